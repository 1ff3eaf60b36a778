#include "core/select/partition.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <string_view>

namespace {

using nextest::apply_partition;
using nextest::Mismatch;
using nextest::parse_partition;
using nextest::Partition;
using nextest::Result;
using nextest::TestCase;
using nextest::TestIndex;
using nextest::TestList;

// Binaries with that many tests each.
TestList make_list(const nextest::Vector<std::size_t>& sizes) {
  TestList list;
  for (std::size_t binary = 0; binary < sizes.size(); ++binary) {
    list.binaries.emplace_back();
    for (std::size_t i = 0; i < sizes[binary]; ++i) {
      TestCase test;
      test.name = "binary " + std::to_string(binary) + " test " + std::to_string(i);
      test.binary = static_cast<std::uint32_t>(binary);
      list.tests.push_back(test);
    }
  }
  return list;
}

Partition make_partition(Partition::Kind kind, std::uint64_t shard, std::uint64_t total) {
  Partition partition;
  partition.kind = kind;
  partition.shard = shard;
  partition.total = total;
  return partition;
}

nextest::Vector<TestIndex> shard_of(TestList list, Partition::Kind kind, std::uint64_t shard, std::uint64_t total) {
  apply_partition(make_partition(kind, shard, total), list, {});
  nextest::Vector<TestIndex> matching;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    if (list.tests[i].mismatch == Mismatch::None) matching.push_back(i);
  }
  return matching;
}

using Indices = nextest::Vector<TestIndex>;

TEST_CASE("partition: what is read") {
  const struct {
    std::string_view text;
    Partition::Kind kind;
    std::uint64_t shard, total;
  } rows[] = {
      {"count:1/1", Partition::Count, 1, 1},   {"count:2/3", Partition::Count, 2, 3},
      {"slice:3/3", Partition::Slice, 3, 3},   {"hash:1/18446744073709551615", Partition::Hash, 1, UINT64_MAX},
      {"hash:07/010", Partition::Hash, 7, 10},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Result<Partition> partition = parse_partition(row.text);
    REQUIRE(bool(partition));
    CHECK(partition.value().kind == row.kind);
    CHECK(partition.value().shard == row.shard);
    CHECK(partition.value().total == row.total);
  }
}

TEST_CASE("partition: what is wrong is an error that quotes it and says why") {
  const struct {
    std::string_view text, why;
  } rows[] = {
      {"", "the kind is not known"},
      {"1/2", "the kind is not known"},
      {"counts:1/2", "the kind is not known"},
      {"Count:1/2", "the kind is not known"},
      {" count:1/2", "the kind is not known"},
      {"count", "M/N is missing"},
      {"hash:", "/N is missing"},
      {"hash:1", "/N is missing"},
      {"count:/", "M is not a number"},
      {"count:/2", "M is not a number"},
      {"count:a/2", "M is not a number"},
      {"count:-1/2", "M is not a number"},
      {"count:1.5/2", "M is not a number"},
      {"count:1/", "N is not a number"},
      {"count:1/2/3", "N is not a number"},
      {"count:1/2 ", "N is not a number"},
      {"count:1/18446744073709551616", "N is not a number"},
      {"slice:0/2", "M is not between 1 and N"},
      {"slice:3/2", "M is not between 1 and N"},
      {"slice:0/0", "M is not between 1 and N"},
      {"slice:1/0", "M is not between 1 and N"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Result<Partition> partition = parse_partition(row.text);
    REQUIRE_FALSE(bool(partition));
    CHECK(partition.error().message ==
          "not a partition: '" + std::string(row.text) + "' (" + std::string(row.why) + ")");
    CHECK(partition.error().code == nextest::ExitCode::SetupError);
    CHECK_FALSE(partition.error().hint.empty());
  }
}

TEST_CASE("partition: shards of every kind are disjoint and complete") {
  const TestList list = make_list({7, 0, 1, 12, 5});
  for (const Partition::Kind kind : {Partition::Count, Partition::Slice, Partition::Hash}) {
    for (std::uint64_t total = 1; total <= 30; ++total) {
      std::multiset<TestIndex> taken;
      for (std::uint64_t shard = 1; shard <= total; ++shard) {
        for (const TestIndex test : shard_of(list, kind, shard, total)) taken.insert(test);
      }
      CAPTURE(kind);
      CAPTURE(total);
      CHECK(taken.size() == list.tests.size());
      CHECK(std::set<TestIndex>(taken.begin(), taken.end()).size() == list.tests.size());
    }
  }
}

TEST_CASE("partition: count goes round in each binary, slice over all") {
  const TestList list = make_list({3, 3, 1});
  CHECK(shard_of(list, Partition::Count, 1, 2) == Indices{0, 2, 3, 5, 6});
  CHECK(shard_of(list, Partition::Count, 2, 2) == Indices{1, 4});
  CHECK(shard_of(list, Partition::Slice, 1, 2) == Indices{0, 2, 4, 6});
  CHECK(shard_of(list, Partition::Slice, 2, 2) == Indices{1, 3, 5});
}

TEST_CASE("partition: count starts anew in a first binary that is not number 0") {
  TestList list = make_list({0, 2, 0, 2});
  CHECK(shard_of(list, Partition::Count, 1, 2) == Indices{0, 2});
}

TEST_CASE("partition: none takes all") {
  const TestList list = make_list({3});
  CHECK(shard_of(list, Partition::None, 1, 1) == Indices{0, 1, 2});
}

TEST_CASE("partition: hash is XXH64 of the test's name alone") {
  TestList list;
  list.binaries.resize(2);
  for (const char* name : {"", "a", "abc"}) {
    TestCase test;
    test.name = name;
    list.tests.push_back(test);
  }
  CHECK(shard_of(list, Partition::Hash, 0xEF46DB3751D8E999u % 5 + 1, 5) == Indices{0});
  CHECK(shard_of(list, Partition::Hash, 0xD24EC4F1A98C6E5Bu % 5 + 1, 5) == Indices{1});
  CHECK(shard_of(list, Partition::Hash, 0x44BC2CF5AD770999u % 5 + 1, 5) == Indices{2});
}

TEST_CASE("partition: a test's hash shard does not change with the tests around it") {
  const TestList all = make_list({10, 10});
  for (std::uint64_t shard = 1; shard <= 4; ++shard) {
    const Indices before = shard_of(all, Partition::Hash, shard, 4);
    for (TestIndex gone = 0; gone < all.tests.size(); ++gone) {
      TestList list = all;
      list.tests.erase(list.tests.begin() + static_cast<std::ptrdiff_t>(gone));
      Indices expected;
      for (const TestIndex test : before) {
        if (test != gone) expected.push_back(test < gone ? test : test - 1);
      }
      CHECK(shard_of(list, Partition::Hash, shard, 4) == expected);
    }
  }
}

TEST_CASE("partition: what other filters took out neither counts nor comes back") {
  TestList list = make_list({6});
  list.tests[0].mismatch = Mismatch::Ignored;
  list.tests[3].mismatch = Mismatch::Name;
  for (const Partition::Kind kind : {Partition::Count, Partition::Slice}) {
    CHECK(shard_of(list, kind, 1, 2) == Indices{1, 4});
    CHECK(shard_of(list, kind, 2, 2) == Indices{2, 5});
  }
  apply_partition(make_partition(Partition::Hash, 1, 1000000007), list, {});
  CHECK(list.tests[0].mismatch == Mismatch::Ignored);
  CHECK(list.tests[3].mismatch == Mismatch::Name);
  CHECK(list.tests[1].mismatch == Mismatch::Partition);
}

}  // namespace
