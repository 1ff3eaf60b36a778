// Splitting one test list over several machines.
#pragma once

#include "core/base/duration.hpp"
#include "core/base/hash.hpp"
#include "core/base/sorted_order.hpp"
#include "core/base/switches.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

// Shard `shard` (from 1) of `total`.
struct Partition {
  enum Kind : std::uint8_t {
    None,
    Count,   // round-robin inside each binary
    Slice,   // round-robin over all tests
    Hash,    // by XXH64 of the test name: a test's shard never changes
    Weight,  // by known durations: each shard takes about as long; without any, as Slice
  } kind = None;
  std::uint64_t shard = 1;
  std::uint64_t total = 1;
};

// "KIND:M/N"
inline Result<Partition> parse_partition(std::string_view text) {
  const auto invalid = [&](const char* why) {
    return Error{ExitCode::SetupError, "not a partition: '" + std::string(text) + "' (" + why + ")",
                 "write KIND:M/N with KIND count, slice, hash or weight and 1 <= M <= N, as in slice:1/3"};
  };
  Partition partition;
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (kind == "count") partition.kind = Partition::Count;
  else if (kind == "slice") partition.kind = Partition::Slice;
  else if (kind == "hash") partition.kind = Partition::Hash;
  else if (kind == "weight") partition.kind = Partition::Weight;
  else return invalid("the kind is not known");
  if (colon == std::string_view::npos) return invalid("M/N is missing");
  const std::string_view shards = text.substr(colon + 1);
  const std::size_t slash = shards.find('/');
  if (slash == std::string_view::npos) return invalid("/N is missing");
  if (!parse_number(shards.substr(0, slash), partition.shard)) return invalid("M is not a number");
  if (!parse_number(shards.substr(slash + 1), partition.total)) return invalid("N is not a number");
  if (partition.shard < 1 || partition.shard > partition.total) return invalid("M is not between 1 and N");
  return partition;
}

// What has passed already is dealt like the others, so that a shard's rerun runs what that shard left.
inline bool is_dealt(const TestCase& test) {
  return test.mismatch == Mismatch::None || (built_in(Feature::Records) && test.mismatch == Mismatch::Rerun);
}

// Longest processing time first: each test, from the longest on, to the shard that has least to do (Graham 1969: no
// shard takes more than 4/3 of the best split). What has no duration counts as the median. The same input gives the
// same shards everywhere.
inline void apply_weights(const Partition& partition, TestList& list, const Vector<Duration>& durations) {
  Vector<TestIndex> tests;
  Vector<Duration> known;
  for (TestIndex test = 0; test < list.tests.size(); ++test) {
    if (!is_dealt(list.tests[test])) continue;
    tests.push_back(test);
    if (durations[test].ns >= 0) known.push_back(durations[test]);
  }
  const Vector<std::uint32_t> by_duration =
      sorted_order(known.size(), [&](std::uint32_t a, std::uint32_t b) { return known[a] < known[b]; });
  const std::int64_t median = known.empty() ? 0 : known[by_duration[known.size() / 2]].ns;
  const auto weight = [&](std::uint32_t i) {
    const std::int64_t duration = durations[tests[i]].ns;
    return (duration < 0 ? median : duration) + 1000;  // none is for nothing
  };
  const Vector<std::uint32_t> order =
      sorted_order(tests.size(), [&](std::uint32_t a, std::uint32_t b) { return weight(a) > weight(b); });
  // With more shards than tests the last ones stay empty.
  const bool has_fewer = partition.total < tests.size();
  Vector<Duration> loads(has_fewer ? static_cast<std::size_t>(partition.total) : tests.size());
  for (const std::uint32_t i : order) {
    std::size_t lightest = 0;
    for (std::size_t shard = 1; shard < loads.size(); ++shard) {
      if (loads[shard] < loads[lightest]) lightest = shard;
    }
    loads[lightest].ns += weight(i);
    TestCase& test = list.tests[tests[i]];
    if (lightest != partition.shard - 1 && test.mismatch == Mismatch::None) test.mismatch = Mismatch::Partition;
  }
}

// Marks the tests of other shards. Ignored tests are counted apart from the others, so they do not move those when they
// are run as well. `durations`: of each test of the list, below 0 where it is not known; may be empty.
inline void apply_partition(const Partition& partition, TestList& list, const Vector<Duration>& durations) {
  if (partition.kind == Partition::None) return;
  if (built_in(Feature::Records) && partition.kind == Partition::Weight && !durations.empty())
    return apply_weights(partition, list, durations);
  std::uint64_t counters[2] = {};  // of the ignored ones the second
  std::uint32_t binary = 0;
  for (TestCase& test : list.tests) {
    if (partition.kind == Partition::Count && test.binary != binary) {
      binary = test.binary;
      counters[0] = counters[1] = 0;
    }
    if (!is_dealt(test)) continue;
    const std::uint64_t bucket = partition.kind == Partition::Hash ? Xxh64::hash(test.name) : counters[test.ignored]++;
    const bool is_ours = bucket % partition.total == partition.shard - 1;
    if (!is_ours && test.mismatch == Mismatch::None) test.mismatch = Mismatch::Partition;
  }
}

}  // namespace nextest
