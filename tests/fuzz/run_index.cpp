// Any bytes as the index of a store: what is accepted is written and read again as the same, every run is found by the
// shortest prefix that is its own, and what has to go is a part of it.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/run_index.cpp -o fuzz-run-index
//   ./fuzz-run-index -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/run_index
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "record/retention.hpp"

namespace {

using nextest::Duration;
using nextest::RecordedRun;
using nextest::RecordSettings;
using nextest::RunIndex;

void require(bool holds) {
  if (!holds) std::abort();
}

void check_prefixes(const RunIndex& index) {
  const nextest::Vector<std::size_t> prefixes = index.unique_prefixes();
  require(prefixes.size() == index.runs.size());
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    const std::string_view id = index.runs[i].id;
    require(nextest::is_run_id(id) && prefixes[i] >= 1 && prefixes[i] <= id.size());
    const auto found = index.resolve(id.substr(0, prefixes[i]));
    require(bool(found) && found.value() == &index.runs[i]);
    if (prefixes[i] > 1) require(!index.resolve(id.substr(0, prefixes[i] - 1)));
  }
}

void check_retention(const RunIndex& index, Duration now) {
  RecordSettings settings;
  settings.max_records = 2;
  settings.max_total_size = 1000;
  nextest::Vector<bool> goes(index.runs.size());
  for (const std::size_t i : nextest::excess_runs(index, settings, now)) {
    require(i < goes.size() && !goes[i]);
    goes[i] = true;
  }
  RunIndex left;
  for (std::size_t i = 0; i < goes.size(); ++i) {
    if (!goes[i]) left.add(index.runs[i]);
  }
  std::size_t ended = 0;  // the others may go on
  for (const nextest::RecordedRun& run : left.runs) ended += run.status != nextest::RunStatus::Incomplete;
  require(ended <= 2 && nextest::excess_runs(left, settings, now).empty());
  static_cast<void>(nextest::pruning_is_due(index, settings, now));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  RunIndex index;
  if (!index.from_json(std::string_view(reinterpret_cast<const char*>(data), size))) return 0;
  const std::string written = index.to_json();
  RunIndex again;
  require(again.from_json(written) && !again.is_newer);
  require(again.runs.size() == index.runs.size() && again.to_json() == written);
  check_prefixes(index);
  for (const std::int64_t now : {std::int64_t{0}, std::int64_t{1700000000}})
    check_retention(index, Duration::seconds(now));
  for (RecordedRun& run : index.runs) {
    for (RecordedRun* other = &run; other != nullptr && !other->id.empty(); other = index.find(other->parent)) {
      other->id.clear();  // a circle has an end
    }
  }
  return 0;
}
