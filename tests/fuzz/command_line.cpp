// Any arguments, cut at NUL; the first byte chooses the command. They are understood or refused with a message, and
// what is understood keeps to the limits of the options.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/command_line.cpp -o fuzz-command-line
//   ./fuzz-command-line -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/command_line
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cli/parse.hpp"

namespace {

using nextest::CommandLine;
using nextest::Result;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_line(const CommandLine& line, const nextest::Vector<std::string_view>& words) {
  nextest::Settings settings;
  line.config.options.apply(settings);
  require(settings.run.test_threads.resolve(8, 1) >= 1 && settings.run.test_threads.resolve(8, 1) <= 100000);
  require(line.selection.partition.shard >= 1 && line.selection.partition.shard <= line.selection.partition.total);
  require(settings.test.slow_timeout.period.ns > 0);
  require(settings.test.slow_timeout.grace_period.ns >= 0);
  require(settings.test.leak_timeout.period.ns >= 0);
  require(line.request.stress.kind != nextest::StressCondition::Count || line.request.stress.count >= 1);
  const nextest::Vector<nextest::KeptText>& paths = line.binaries.paths;
  require(paths.size() + line.selection.names.size() + line.selection.skips.size() <= words.size());
  for (const std::string_view path : paths) require(nextest::contains(path, "/"));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const bool run = data[0] % 2 == 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  nextest::Vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = text.find('\0');
    words.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  bool wants_help = false;
  const Result<CommandLine> line =
      nextest::Parser::parse(run ? nextest::ForRun : nextest::ForList, run ? "run" : "list", words, wants_help);
  if (wants_help) return 0;
  if (line) {
    check_line(line.value(), words);
  } else {
    const nextest::ExitCode code = line.error().code;
    require(code == nextest::ExitCode::SetupError || code == nextest::ExitCode::InvalidFilterset);
    require(!line.error().message.empty());
  }
  return 0;
}
