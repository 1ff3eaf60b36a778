#include "core/select/select.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using nextest::Mismatch;
using nextest::NamePattern;
using nextest::Partition;
using nextest::RunIgnored;
using nextest::select_tests;
using nextest::Selection;
using nextest::TestCase;
using nextest::TestIndex;
using nextest::TestList;

using Indices = nextest::Vector<TestIndex>;
using Reasons = nextest::Vector<Mismatch>;

struct Row {
  const char* name;
  bool ignored = false;
  std::size_t own_name_size = std::string::npos;
};

TestList make_list(const nextest::Vector<Row>& rows) {
  TestList list;
  list.binaries.emplace_back();
  for (const Row& row : rows) {
    TestCase test;
    test.name = row.name;
    test.own_name_size =
        static_cast<std::uint32_t>(row.own_name_size == std::string::npos ? test.name.size() : row.own_name_size);
    test.ignored = row.ignored;
    list.tests.push_back(test);
  }
  return list;
}

Reasons reasons_of(const TestList& list) {
  Reasons reasons;
  for (const TestCase& test : list.tests) reasons.push_back(test.mismatch);
  return reasons;
}

TEST_CASE("select: with no filter every test but the ignored ones") {
  TestList list = make_list({{"a"}, {"b", true}, {""}});
  CHECK(select_tests(Selection(), list, {}, {}) == Indices{0, 2});
  CHECK(reasons_of(list) == Reasons{Mismatch::None, Mismatch::Ignored, Mismatch::None});
}

TEST_CASE("select: ignored tests only, and all") {
  TestList list = make_list({{"a"}, {"b", true}});
  Selection selection;
  selection.run_ignored = RunIgnored::Only;
  CHECK(select_tests(selection, list, {}, {}) == Indices{1});
  CHECK(reasons_of(list) == Reasons{Mismatch::Ignored, Mismatch::None});
  selection.run_ignored = RunIgnored::All;
  CHECK(select_tests(selection, list, {}, {}) == Indices{0, 1});
}

TEST_CASE("select: a name is a part, or exact") {
  TestList list = make_list({{"a::parse"}, {"parse"}, {"parse_all"}, {"Parse"}});
  Selection selection;
  selection.names = {{"parse", false}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{0, 1, 2});
  CHECK(list.tests[3].mismatch == Mismatch::Name);
  selection.names = {{"parse", true}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{1});
}

TEST_CASE("select: any name of several is enough, and any skip is too many") {
  TestList list = make_list({{"ab"}, {"bc"}, {"cd"}, {"abcd"}});
  Selection selection;
  selection.names = {{"ab", false}, {"cd", false}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{0, 2, 3});
  selection.skips = {{"bc", false}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{0, 2});
  selection.skips = {{"bc", true}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{0, 2, 3});
  selection.names.clear();
  CHECK(select_tests(selection, list, {}, {}) == Indices{0, 2, 3});
  selection.skips = {{"cd", true}, {"ab", false}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{1});
}

TEST_CASE("select: any filterset of several is enough") {
  TestList list = make_list({{"ab"}, {"bc"}, {"cd"}});
  Selection selection;
  for (const char* const text : {"test(a)", "test(d)"}) {
    nextest::Result<nextest::Filterset> parsed = nextest::Filterset::parse(text, nextest::FiltersetPlace::CommandLine);
    REQUIRE(bool(parsed));
    selection.filtersets.push_back(std::move(parsed.value()));
  }
  CHECK(select_tests(selection, list, {}, {}) == Indices{0, 2});
  CHECK(list.tests[1].mismatch == Mismatch::Filterset);
}

TEST_CASE("select: no pattern language in a name") {
  TestList list = make_list({{"a*b"}, {"ab"}, {"axb"}});
  Selection selection;
  selection.names = {{"a*b", false}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{0});
}

TEST_CASE("select: an exact name may leave out what makes it unique") {
  TestList list = make_list({{"same (suite 1)", false, 4}, {"same (suite 2)", false, 4}});
  Selection selection;
  selection.names = {{"same", true}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{0, 1});
  selection.names = {{"same (suite 2)", true}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{1});
  selection.names = {{"suite 1", false}};
  CHECK(select_tests(selection, list, {}, {}) == Indices{0});
}

TEST_CASE("select: ignored comes before named as a reason") {
  TestList list = make_list({{"a", true}, {"b", true}, {"c"}});
  Selection selection;
  selection.names = {{"a", false}};
  CHECK(select_tests(selection, list, {}, {}).empty());
  CHECK(reasons_of(list) == Reasons{Mismatch::Ignored, Mismatch::Ignored, Mismatch::Name});
}

TEST_CASE("select: a partition splits what the other filters left") {
  TestList list = make_list({{"x1"}, {"y1"}, {"x2"}, {"x3", true}, {"x4"}, {"x5"}});
  Selection selection;
  selection.names = {{"x", false}};
  selection.partition.kind = Partition::Slice;
  selection.partition.total = 2;
  CHECK(select_tests(selection, list, {}, {}) == Indices{0, 4});
  CHECK(list.tests[2].mismatch == Mismatch::Partition);
  CHECK(list.tests[1].mismatch == Mismatch::Name);
  CHECK(list.tests[3].mismatch == Mismatch::Ignored);
  selection.partition.shard = 2;
  CHECK(select_tests(selection, list, {}, {}) == Indices{2, 5});  // the marks of before are gone
}

TEST_CASE("select: nothing from nothing") {
  TestList list;
  Selection selection;
  selection.partition.kind = Partition::Count;
  CHECK(select_tests(selection, list, {}, {}).empty());
}

}  // namespace
