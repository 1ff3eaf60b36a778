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

// What cargo-nextest does with the same lists (nextest-runner/src/list/partition_tests.rs): '/' ends a binary, a name
// in capitals is ignored, '-' stands before a test that another filter took out, '+' before one that has passed
// already. What is left of it: the tests of the shard, in the same writing.
TEST_CASE("partition: tests are dealt as cargo-nextest deals them") {
  const struct {
    std::string_view tests, partition, shard;
  } rows[] = {
      // each binary on its own, or all together
      {"alpha beta delta gamma / one three two", "count:1/2", "alpha delta / one two"},
      {"alpha beta delta gamma / one three two", "count:2/2", "beta gamma / three"},
      {"delta epsilon zeta / alpha beta delta gamma", "count:1/2", "delta zeta / alpha delta"},
      {"delta epsilon zeta / alpha beta delta gamma", "count:2/2", "epsilon / beta gamma"},
      {"delta epsilon zeta / alpha beta delta gamma", "slice:1/2", "delta zeta / beta gamma"},
      {"delta epsilon zeta / alpha beta delta gamma", "slice:2/2", "epsilon / alpha delta"},
      // ignored tests apart from the others
      {"alpha beta delta gamma ONE THREE TWO", "count:1/2", "alpha delta ONE TWO"},
      {"alpha beta delta gamma ONE THREE TWO", "count:2/2", "beta gamma THREE"},
      {"alpha BETA delta GAMMA", "count:1/2", "alpha BETA"},
      {"alpha BETA delta GAMMA", "slice:2/2", "delta GAMMA"},
      {"a B c / D e F", "slice:1/2", "a B / e F"},
      {"a B c / D e F", "slice:2/2", "c / D"},
      {"a B c / D e F", "count:1/2", "a B / D e"},
      {"a B c / D e F", "count:2/2", "c / F"},
      // what has passed is counted, and not run
      {"alpha +beta delta gamma", "count:1/2", "alpha delta"},
      {"alpha +beta delta gamma", "count:2/2", "gamma"},
      {"+alpha beta +delta gamma", "count:1/2", ""},
      {"+alpha beta +delta gamma", "slice:2/2", "beta gamma"},
      {"delta +epsilon zeta / alpha beta delta gamma", "slice:1/2", "delta zeta / beta gamma"},
      {"delta +epsilon zeta / alpha beta delta gamma", "slice:2/2", "/ alpha delta"},
      {"a +B c / D e F", "slice:2/2", "c / D"},
      // what other filters took out is not
      {"alpha beta delta -epsilon gamma", "count:1/2", "alpha delta"},
      {"alpha beta delta epsilon gamma", "count:1/2", "alpha delta gamma"},
      {"alpha beta delta gamma / delta -epsilon zeta", "slice:1/2", "alpha delta / delta"},
      {"alpha beta delta gamma / delta epsilon zeta", "slice:1/2", "alpha delta / delta zeta"},
      {"-alpha +beta delta gamma", "slice:2/2", "delta"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.tests);
    CAPTURE(row.partition);
    TestList list;
    list.binaries.emplace_back();
    for (std::string_view rest = row.tests; !rest.empty();) {
      std::string_view name = nextest::take_part(rest, ' ');
      if (name == "/") {
        list.binaries.emplace_back();
        continue;
      }
      TestCase& test = list.tests.emplace_back();
      test.mismatch = name[0] == '-' ? Mismatch::Name : name[0] == '+' ? Mismatch::Rerun : Mismatch::None;
      if (test.mismatch != Mismatch::None) name.remove_prefix(1);
      test.name = name;
      test.binary = static_cast<std::uint32_t>(list.binaries.size() - 1);
      test.ignored = name[0] <= 'Z';
    }
    apply_partition(parse_partition(row.partition).value(), list, {});
    std::string shard;
    std::uint32_t binary = 0;
    for (const TestCase& test : list.tests) {
      for (; binary < test.binary; ++binary) shard += shard.empty() ? "/" : " /";
      if (test.mismatch != Mismatch::None) continue;
      if (!shard.empty()) shard += ' ';
      shard += test.name.str();
    }
    CHECK(shard == row.shard);
  }
}

TEST_CASE("partition: what has passed keeps that reason, and its shard by every kind") {
  const TestList all = make_list({5, 4, 9});
  nextest::Vector<nextest::Duration> durations;
  for (std::size_t i = 0; i < all.tests.size(); ++i) {
    durations.push_back(nextest::Duration::seconds(static_cast<std::int64_t>(i * 7 % 5)));
  }
  for (const Partition::Kind kind : {Partition::Count, Partition::Slice, Partition::Hash, Partition::Weight}) {
    for (std::uint64_t shard = 1; shard <= 3; ++shard) {
      TestList first = all, rerun = all;
      for (std::size_t i = 0; i < all.tests.size(); i += 2) rerun.tests[i].mismatch = Mismatch::Rerun;
      apply_partition(make_partition(kind, shard, 3), first, durations);
      apply_partition(make_partition(kind, shard, 3), rerun, durations);
      for (std::size_t i = 0; i < all.tests.size(); ++i) {
        CHECK(rerun.tests[i].mismatch == (i % 2 == 0 ? Mismatch::Rerun : first.tests[i].mismatch));
      }
    }
  }
}

}  // namespace
