// Any output of a list command: the first byte chooses the harness, the rest, cut at NUL, is what its commands printed.
// With 'c' it is also read by a custom harness.
// The reader ends with tests or an error, and each test can be asked for.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/list_readers.cpp -o fuzz-list-readers
//   ./fuzz-list-readers -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/list_readers
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

#include "core/harness/judge.hpp"
#include "core/harness/table.hpp"

namespace {

using nextest::Harness;
using nextest::ListedTest;
using nextest::OutcomeKind;
using nextest::Result;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_tests(const Harness& harness, const nextest::Vector<ListedTest>& listed, std::string_view file) {
  const std::size_t size = file.size() + 1;
  require(listed.size() <= size);
  nextest::TestList list;
  list.binaries.resize(1);
  for (const ListedTest& test : listed) {
    require(test.name.size() <= size);
    nextest::TestCase added;
    added.name = test.name;
    added.own_name_size = static_cast<std::uint32_t>(test.name.size());
    added.ignored = test.ignored;
    added.rivals = 2;
    list.tests.push_back(added);
  }
  for (nextest::TestIndex i = 0; i < list.tests.size() && i < 20; ++i) {
    const nextest::Arguments arguments = harness.run_arguments(list, list.tests[i]);
    require(!arguments.empty() && !arguments[0].empty());
    for (const std::string& variable : harness.run_environment(list.tests[i])) require(!variable.empty());
    if (harness.mark_ignored_in != nullptr) {
      nextest::Vector<ListedTest> marked = listed;
      harness.mark_ignored_in(nextest::BytesInMemory(file), marked);
      require(marked.size() == listed.size());
    }
    if (harness.pattern_of != nullptr) require(harness.matches(harness.pattern_of(listed[i].name), listed[i].name));
  }
}

void check_judge(const Harness& harness, const std::string& output) {
  for (const OutcomeKind kind : {OutcomeKind::Pass, OutcomeKind::Fail, OutcomeKind::Abort}) {
    nextest::Outcome outcome;
    outcome.kind = kind;
    outcome.code = kind == OutcomeKind::Pass ? 0 : 4;
    nextest::CapturedOutput captured;
    captured.out = captured.err = output;
    nextest::TestBinary binary;
    binary.harness = &harness;
    nextest::judge_attempt(binary, nextest::TestCase(), nextest::TestSettings(), &captured, outcome);
    // Words alone never make a failure a plain pass.
    if (kind == OutcomeKind::Abort) require(outcome.kind == OutcomeKind::Abort);
    if (kind == OutcomeKind::Fail) require(!outcome.passed() || outcome.skipped_by_test);
    require(outcome.kind != OutcomeKind::WrongTests || kind == OutcomeKind::Pass);
  }
}

// The lists of a custom harness: what is found is in them, and can be put into a command.
void check_custom(const nextest::Vector<std::string>& outputs) {
  for (const char* pattern : {"^test (.*)$", "", "([[:alnum:]]+)|x"}) {
    nextest::CustomHarness custom("mine");
    custom.list_pattern = pattern;
    const Result<nextest::Vector<ListedTest>> tests = nextest::read_custom_list(custom, outputs);
    if (!tests) continue;
    for (const ListedTest& test : tests.value()) {
      require(!test.name.empty() && (outputs[0] + '\n' + outputs[1]).find(test.name) != std::string::npos);
      require(nextest::fill_in("{test}", "{test}", test.name) == test.name);
      require(nextest::fill_in("{test-escaped}", "", test.name).size() >= test.name.size());
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (bytes[0] == 'c') {
    const std::size_t cut = bytes.find('\0');
    check_custom({std::string(bytes.substr(0, cut)), std::string(bytes.substr(cut == bytes.npos ? size : cut + 1))});
  }
  const Harness& harness = *nextest::harnesses[data[0] % std::size(nextest::harnesses)];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_judge(harness, std::string(text));
  if (harness.read_list == nullptr) return 0;
  const std::size_t end = text.find('\0');
  nextest::Vector<std::string> outputs = {std::string(text.substr(0, end))};
  if (harness.list_commands(harness).size() > 1) {
    outputs.emplace_back(end == std::string_view::npos ? "" : text.substr(end + 1));
  }
  const Result<nextest::Vector<ListedTest>> tests = harness.read_list(harness, outputs);
  if (tests) {
    check_tests(harness, tests.value(), text);
  } else {
    require(tests.error().code == nextest::ExitCode::TestListFailed && !tests.error().message.empty());
  }
  return 0;
}
