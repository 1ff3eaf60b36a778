// Splitting one test list over several machines.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/hash.hpp"
#include "core/base/result.hpp"
#include "core/base/text.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

// Shard `shard` (from 1) of `total`.
struct Partition {
  enum Kind : std::uint8_t {
    None,
    Count,  // round-robin inside each binary
    Slice,  // round-robin over all tests
    Hash,   // by XXH64 of the test name: a test's shard never changes
  } kind = None;
  std::uint64_t shard = 1;
  std::uint64_t total = 1;
};

// "KIND:M/N"
inline Result<Partition> parse_partition(std::string_view text) {
  const auto invalid = [&](const char* why) {
    return Error{ExitCode::SetupError, "not a partition: '" + std::string(text) + "' (" + why + ")",
                 "write KIND:M/N with KIND count, slice or hash and 1 <= M <= N, as in slice:1/3"};
  };
  Partition partition;
  const std::size_t colon = text.find(':');
  const std::string_view kind = text.substr(0, colon);
  if (kind == "count") partition.kind = Partition::Count;
  else if (kind == "slice") partition.kind = Partition::Slice;
  else if (kind == "hash") partition.kind = Partition::Hash;
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

// Marks the tests of other shards; only those that match so far are counted.
inline void apply_partition(const Partition& partition, TestList& list) {
  if (partition.kind == Partition::None) return;
  std::uint64_t counter = 0;
  std::uint32_t binary = 0;
  for (TestCase& test : list.tests) {
    if (partition.kind == Partition::Count && test.binary != binary) {
      binary = test.binary;
      counter = 0;
    }
    if (test.mismatch != Mismatch::None) continue;
    const std::uint64_t bucket = partition.kind == Partition::Hash ? Xxh64::hash(test.name) : counter++;
    if (bucket % partition.total != partition.shard - 1) test.mismatch = Mismatch::Partition;
  }
}

}  // namespace nextest
