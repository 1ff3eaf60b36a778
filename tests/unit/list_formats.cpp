#include "cli/list_formats.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/format/json_parser.hpp"
#include "core/harness/table.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::BuildPlatform;
using nextest::catch2_harness;
using nextest::contains;
using nextest::doctest_harness;
using nextest::googletest_harness;
using nextest::Harness;
using nextest::JsonValue;
using nextest::libtest_harness;
using nextest::ListFormatter;
using nextest::Mismatch;
using nextest::parse_json;
using nextest::plain_harness;
using nextest::Result;
using nextest::StartOptions;
using nextest::Style;
using nextest::TestBinary;
using nextest::TestCase;
using nextest::TestList;

Result<nextest::Vector<TestBinary>> read_metadata(const std::string& file, const char* harness,
                                                  bool has_target_runner) {
  nextest::DiscoverOptions options;
  options.harness = harness;
  options.has_target_runner = has_target_runner;
  nextest::KeptText library_path;
  return nextest::BinariesMetadata::read(file, options, library_path);
}

TestBinary make_binary(const char* id, const char* path, const Harness* harness) {
  TestBinary binary;
  binary.id = id;
  binary.path = path;
  binary.name = nextest::file_name(path);
  binary.package = "suite";
  binary.harness = harness;
  return binary;
}

void add_test(TestList& list, std::string name, Mismatch mismatch = Mismatch::None) {
  TestCase test;
  test.binary = static_cast<std::uint32_t>(list.binaries.size()) - 1;
  test.name = std::move(name);
  test.mismatch = mismatch;
  list.tests.push_back(test);
}

// Three binaries: one with tests of every kind, one that is skipped, one without tests.
TestList make_list() {
  TestList list;
  list.binaries.push_back(make_binary("pkg::parser", "/fake/parser", &libtest_harness));
  add_test(list, "tests::reads");
  add_test(list, "tests::later", Mismatch::Ignored);
  list.tests.back().ignored = true;
  add_test(list, "benches::fast");
  list.tests.back().benchmark = true;
  list.binaries.push_back(make_binary("libhelper.so", "/fake/libhelper.so", &plain_harness));
  list.binaries.back().skip_reason = "a shared library";
  list.binaries.push_back(make_binary("pkg", "/fake/empty", &googletest_harness));
  list.binaries.back().kind = "lib";
  list.binaries.back().build_platform = BuildPlatform::Host;
  return list;
}

struct Formats {
  Style style;
  StartOptions start;
  Formats() { start.folder = "/fake/cwd"; }
  ListFormatter formatter(bool verbose) const { return ListFormatter(style, start, verbose); }
};

// The build's metadata, as the pretty form has it.
std::string pretty_meta() {
  std::string folder;
  nextest::append_json_string(folder, nextest::plain_absolute_path(""));
  const std::string triple = "\"triple\": \"" + nextest::host_triple() + "\",\n";
  return "  \"rust-build-meta\": {\n"
         "    \"target-directory\": " +
         folder +
         ",\n"
         "    \"build-directory\": " +
         folder +
         ",\n"
         "    \"base-output-directories\": [],\n"
         "    \"non-test-binaries\": {},\n"
         "    \"build-script-out-dirs\": {},\n"
         "    \"build-script-info\": {},\n"
         "    \"linked-paths\": [],\n"
         "    \"platforms\": {\n"
         "      \"host\": {\n"
         "        \"platform\": {\n"
         "          " +
         triple +
         "          \"target-features\": \"unknown\"\n"
         "        },\n"
         "        \"libdir\": {\n"
         "          \"status\": \"unavailable\",\n"
         "          \"reason\": \"not-cargo\"\n"
         "        }\n"
         "      },\n"
         "      \"targets\": []\n"
         "    },\n"
         "    \"target-platforms\": [\n"
         "      {\n"
         "        " +
         triple +
         "        \"target-features\": \"unknown\"\n"
         "      }\n"
         "    ],\n"
         "    \"target-platform\": null\n"
         "  },\n";
}

JsonValue parsed(const std::string& text) {
  const Result<JsonValue> json = parse_json(text);
  CAPTURE(text);
  REQUIRE(bool(json));
  return json.value();
}

const JsonValue& member(const JsonValue& object, std::string_view name) {
  const JsonValue* const value = object.find(name);
  CAPTURE(name);
  REQUIRE(value != nullptr);
  return *value;
}

nextest::Vector<std::string> names_of(const JsonValue& object) {
  nextest::Vector<std::string> names;
  for (const auto& one : object.members) names.push_back(one.name);
  return names;
}

TEST_CASE("list: for people, tests that are not run and binaries without tests are left out") {
  CHECK(Formats().formatter(false).human(make_list()) ==
        "pkg::parser:\n"
        "    tests::reads\n"
        "    benches::fast\n"
        "libhelper.so:\n"
        "    (skipped: a shared library)\n");
}

TEST_CASE("list: for people, a binary in which nothing can match is left out, unless all is to be shown") {
  TestList list = make_list();
  list.binaries[1].mismatch = Mismatch::Filterset;
  list.binaries[1].skip_reason = "no test in it can match the filterset";
  CHECK_FALSE(nextest::contains(Formats().formatter(false).human(list), "libhelper"));
  CHECK(nextest::contains(Formats().formatter(true).human(list), "libhelper"));
}

TEST_CASE("list: for people, verbose") {
  CHECK(Formats().formatter(true).human(make_list()) ==
        "pkg::parser:\n"
        "  bin: /fake/parser\n"
        "  cwd: /fake/cwd\n"
        "  build platform: target\n"
        "  harness: libtest\n"
        "    tests::reads\n"
        "    tests::later (skipped)\n"
        "    benches::fast\n"
        "libhelper.so:\n"
        "  bin: /fake/libhelper.so\n"
        "  cwd: /fake/cwd\n"
        "  build platform: target\n"
        "  harness: plain\n"
        "    (skipped: a shared library)\n"
        "pkg:\n"
        "  bin: /fake/empty\n"
        "  cwd: /fake/cwd\n"
        "  build platform: host\n"
        "  harness: googletest\n"
        "    (no tests)\n");
}

TEST_CASE("list: a line for each test") {
  CHECK(Formats().formatter(false).oneline(make_list()) ==
        "pkg::parser tests::reads\n"
        "pkg::parser benches::fast\n");
  CHECK(Formats().formatter(true).oneline(make_list()) ==
        "pkg::parser tests::reads [bin: /fake/parser] [cwd: /fake/cwd] [build platform: target]\n"
        "pkg::parser tests::later [bin: /fake/parser] [cwd: /fake/cwd] [build platform: target] (skipped)\n"
        "pkg::parser benches::fast [bin: /fake/parser] [cwd: /fake/cwd] [build platform: target]\n");
}

TEST_CASE("list: colours") {
  Formats formats;
  formats.style.coloured = true;
  TestList list;
  list.binaries.push_back(make_binary("bin", "/fake/bin", &libtest_harness));
  add_test(list, "a::b");
  CHECK(formats.formatter(true).human(list) ==
        "\x1B[35mbin\x1B[0m:\n"
        "  \x1B[33;1mbin:\x1B[0m /fake/bin\n"
        "  \x1B[33;1mcwd:\x1B[0m /fake/cwd\n"
        "  \x1B[33;1mbuild platform:\x1B[0m target\n"
        "  \x1B[33;1mharness:\x1B[0m libtest\n"
        "    \x1B[36ma::\x1B[0m\x1B[34;1mb\x1B[0m\n");
}

TEST_CASE("list: JSON, pretty, in cargo-nextest's order") {
  CHECK(Formats().formatter(false).json(make_list(), true) == "{\n" + pretty_meta() +
                                                                  R"(  "test-count": 3,
  "rust-suites": {
    "libhelper.so": {
      "package-name": "suite",
      "binary-id": "libhelper.so",
      "binary-name": "libhelper.so",
      "package-id": "suite",
      "kind": "test",
      "binary-path": "/fake/libhelper.so",
      "build-platform": "target",
      "harness": "plain",
      "cwd": "/fake/cwd",
      "status": "skipped",
      "skip-reason": "a shared library",
      "testcases": {}
    },
    "pkg": {
      "package-name": "suite",
      "binary-id": "pkg",
      "binary-name": "empty",
      "package-id": "suite",
      "kind": "lib",
      "binary-path": "/fake/empty",
      "build-platform": "host",
      "harness": "googletest",
      "cwd": "/fake/cwd",
      "status": "listed",
      "testcases": {}
    },
    "pkg::parser": {
      "package-name": "suite",
      "binary-id": "pkg::parser",
      "binary-name": "parser",
      "package-id": "suite",
      "kind": "test",
      "binary-path": "/fake/parser",
      "build-platform": "target",
      "harness": "libtest",
      "cwd": "/fake/cwd",
      "status": "listed",
      "testcases": {
        "benches::fast": {
          "kind": "bench",
          "ignored": false,
          "filter-match": {
            "status": "matches"
          }
        },
        "tests::later": {
          "kind": "test",
          "ignored": true,
          "filter-match": {
            "status": "mismatch",
            "reason": "ignored"
          }
        },
        "tests::reads": {
          "kind": "test",
          "ignored": false,
          "filter-match": {
            "status": "matches"
          }
        }
      }
    }
  }
}
)");
}

TEST_CASE("list: JSON without blanks says the same") {
  const std::string compact = Formats().formatter(false).json(make_list(), false);
  CHECK(parsed(compact) == parsed(Formats().formatter(false).json(make_list(), true)));
  CHECK(compact.find('\n') == compact.size() - 1);
  CHECK(nextest::starts_with(compact, "{\"rust-build-meta\":{\"target-directory\":\""));
}

TEST_CASE("list: JSON has a word for each reason") {
  const struct {
    Mismatch mismatch;
    const char* reason;
  } rows[] = {{Mismatch::Ignored, "ignored"},
              {Mismatch::Name, "string"},
              {Mismatch::Filterset, "expression"},
              {Mismatch::DefaultFilter, "default-filter"},
              {Mismatch::Partition, "partition"}};
  TestList list;
  list.binaries.push_back(make_binary("bin", "/fake/bin", &libtest_harness));
  for (const auto& row : rows) add_test(list, row.reason, row.mismatch);
  const JsonValue json = parsed(Formats().formatter(false).json(list, false));
  CHECK(member(json, "test-count").text == "5");
  for (const auto& row : rows) {
    const JsonValue& tests = member(member(member(json, "rust-suites"), "bin"), "testcases");
    const JsonValue& match = member(member(tests, row.reason), "filter-match");
    CHECK(member(match, "status").text == "mismatch");
    CHECK(member(match, "reason").text == row.reason);
  }
}

TEST_CASE("list: ids come in cargo-nextest's order") {
  const char* const in_order[] = {
      "bar",        "bar::name",  "bar::bin/name",  "bar::proc_macro/name", "foo",
      "foo::name1", "foo::name2", "foo::bin/name1", "foo::bin/name2",       "foo::proc_macro/name"};
  TestList list;
  for (std::size_t i = std::size(in_order); i-- > 0;) {
    list.binaries.push_back(make_binary(in_order[i], "/fake/bin", &libtest_harness));
    add_test(list, in_order[i]);
  }
  const JsonValue json = parsed(Formats().formatter(false).json(list, false));
  const JsonValue& suites = member(json, "rust-suites");
  CHECK(names_of(suites) == nextest::Vector<std::string>(std::begin(in_order), std::end(in_order)));
  for (const auto& suite : suites.members) {
    CHECK(names_of(member(suite.value, "testcases")) == nextest::Vector<std::string>{suite.name});
  }
}

TEST_CASE("list: no name steers the terminal, and names of any bytes stay apart in JSON") {
  TestList list;
  list.binaries.push_back(make_binary("b\xFFn", "/fake/b\xFFn", &libtest_harness));
  for (const char* name :
       {"esc\x1B[31m", "line\nbreak", "a\xFF", "a\xFE", "a\\xFF", "a\xEF\xBF\xBD", "quote\"", "\xFF\xFF"}) {
    add_test(list, name);
  }
  list.binaries.push_back(make_binary("b\xFEn", "/fake/b\xFEn", &libtest_harness));
  for (const bool verbose : {false, true}) {
    for (const std::string& text :
         {Formats().formatter(verbose).human(list), Formats().formatter(verbose).oneline(list)}) {
      CHECK(text.find('\x1B') == std::string::npos);
      CHECK(text.find('\xFF') == std::string::npos);
      CHECK(contains(text, "line\\nbreak"));
    }
  }
  const JsonValue json = parsed(Formats().formatter(false).json(list, false));
  CHECK(names_of(member(json, "rust-suites")) == nextest::Vector<std::string>{"b\\xFEn", "b\\xFFn"});
  const JsonValue& suite = member(member(json, "rust-suites"), "b\\xFFn");
  CHECK(member(suite, "binary-id").text == "b\\xFFn");
  CHECK(names_of(member(suite, "testcases")) == nextest::Vector<std::string>{"\\xFF\\xFF", "a\\xFE", "a\\xFF",
                                                                             "a\\xFF (#2)", "a\xEF\xBF\xBD",
                                                                             "esc\x1B[31m", "line\nbreak", "quote\""});
}

TEST_CASE("list: two tests of one name are both in JSON") {
  TestList list;
  list.binaries.push_back(make_binary("bin", "/fake/bin", &doctest_harness));
  for (const char* name : {"same (one)", "same (one)", "same (one) (#2)"}) add_test(list, name);
  const JsonValue json = parsed(Formats().formatter(false).json(list, false));
  CHECK(names_of(member(member(member(json, "rust-suites"), "bin"), "testcases")) ==
        nextest::Vector<std::string>{"same (one)", "same (one) (#2)", "same (one) (#3)"});
}

TEST_CASE("list: binaries alone") {
  const nextest::Vector<TestBinary> binaries = make_list().binaries;
  CHECK(Formats().formatter(false).human(binaries) == "pkg::parser\npkg\n");
  CHECK(Formats().formatter(false).oneline(binaries) == "pkg::parser\npkg\n");
  CHECK(Formats().formatter(true).oneline(binaries) ==
        "pkg::parser [bin: /fake/parser] [build platform: target]\n"
        "pkg [bin: /fake/empty] [build platform: host]\n");
  CHECK(Formats().formatter(true).human(binaries) ==
        "pkg::parser:\n  bin: /fake/parser\n  build platform: target\n  harness: libtest\n"
        "libhelper.so:\n  bin: /fake/libhelper.so\n  build platform: target\n  harness: plain\n"
        "    (skipped: a shared library)\n"
        "pkg:\n  bin: /fake/empty\n  build platform: host\n  harness: googletest\n");
  CHECK(nextest::write_binaries_metadata(binaries, true) == "{\n" + pretty_meta() + R"(  "rust-binaries": {
    "pkg": {
      "package-name": "suite",
      "binary-id": "pkg",
      "binary-name": "empty",
      "package-id": "suite",
      "kind": "lib",
      "binary-path": "/fake/empty",
      "build-platform": "host",
      "harness": "googletest"
    },
    "pkg::parser": {
      "package-name": "suite",
      "binary-id": "pkg::parser",
      "binary-name": "parser",
      "package-id": "suite",
      "kind": "test",
      "binary-path": "/fake/parser",
      "build-platform": "target",
      "harness": "libtest"
    }
  }
}
)");
}

TEST_CASE("list: nothing at all") {
  CHECK(Formats().formatter(true).human(TestList()).empty());
  CHECK(Formats().formatter(true).oneline(TestList()).empty());
  const JsonValue json = parsed(Formats().formatter(false).json(TestList(), false));
  CHECK(member(json, "test-count").text == "0");
  CHECK(member(json, "rust-suites").members.empty());
}

// ---- reading the metadata of binaries ----

TEST_CASE("binaries metadata: what was written is read") {
  const support::TempFolder folder;
  nextest::Vector<TestBinary> binaries;
  for (const Harness* const harness :
       {&libtest_harness, &googletest_harness, &doctest_harness, &catch2_harness, &plain_harness}) {
    const std::string path = folder / std::to_string(binaries.size());
    support::write_file(path, "#!/bin/sh\n", 0755);
    binaries.push_back(make_binary(("id::" + std::to_string(binaries.size())).c_str(), path.c_str(), harness));
  }
  binaries[1].kind = "proc-macro";
  binaries[1].build_platform = BuildPlatform::Host;
  for (const bool pretty : {false, true}) {
    support::write_file(folder / "m.json", nextest::write_binaries_metadata(binaries, pretty));
    const auto read = read_metadata(folder / "m.json", "", false);
    REQUIRE_MESSAGE(bool(read), read.error().message);
    REQUIRE(read.value().size() == binaries.size());
    for (std::size_t i = 0; i < binaries.size(); ++i) {
      CHECK(read.value()[i].id == binaries[i].id);
      CHECK(read.value()[i].path == binaries[i].path);
      CHECK(read.value()[i].name == binaries[i].name);
      CHECK(read.value()[i].package == binaries[i].package);
      CHECK(read.value()[i].kind == binaries[i].kind);
      CHECK(read.value()[i].build_platform == binaries[i].build_platform);
      CHECK(std::string(read.value()[i].harness->name) == binaries[i].harness->name);
      CHECK(read.value()[i].skip_reason.empty());
    }
  }
}

TEST_CASE("binaries metadata: cargo-nextest's own, where package and harness are not stated") {
  const support::TempFolder folder;
  const std::string path = folder / "camino-5be71433c290cfc5";
  // In two halves, or this program would be taken for one of libtest's.
  support::write_file(path, std::string("no ELF file, but it holds RUST_TEST_") + "THREADS", 0755);
  support::write_file(folder / "m.json", R"({"rust-build-meta": {"target-directory": "/x"}, "rust-binaries": {
    "camino::it/x": {"binary-id": "camino::it/x", "binary-name": "camino", "kind": "bin",
      "package-id": "path+file:///home/user/camino#1.1.7", "binary-path": ")" +
                                             path + R"(",
      "build-platform": "target"}}})");
  const auto read = read_metadata(folder / "m.json", "", false);
  REQUIRE_MESSAGE(bool(read), read.error().message);
  REQUIRE(read.value().size() == 1);
  CHECK(read.value()[0].package == "camino");
  CHECK(read.value()[0].kind == "bin");
  CHECK(read.value()[0].harness == &libtest_harness);
  const auto told = read_metadata(folder / "m.json", "doctest", false);
  REQUIRE(bool(told));
  CHECK(told.value()[0].harness == &doctest_harness);
}

TEST_CASE("binaries metadata: what is wrong is said with the file and the key") {
  const support::TempFolder folder;
  const std::string program = folder / "program";
  support::write_file(program, "#!/bin/sh\n", 0755);
  const std::string file = folder / "m.json";
  const std::string good =
      R"("binary-id":"a","binary-name":"n","kind":"test","build-platform":"target","binary-path":")" + program + "\"";
  const auto with = [&](const std::string& members) { return R"({"rust-binaries":{"a":{)" + members + "}}}"; };
  const auto without = [&](const std::string& part, const std::string& instead = "") {
    std::string text = good + ",";
    const std::size_t at = text.find(part);
    REQUIRE(at != std::string::npos);
    text.replace(at, part.size(), instead);
    if (!text.empty() && text.back() == ',') text.pop_back();
    return with(text);
  };
  const struct {
    std::string text, message;
  } rows[] = {
      {"", "line 1, column 1: expected a value"},
      {"{", "line 1, column 2: expected a member name in double quotes"},
      {"[]", "'rust-binaries' is missing"},
      {"{}", "'rust-binaries' is missing"},
      {R"({"rust-suites":{}})", "'rust-binaries' is missing"},
      {R"({"rust-binaries":[]})", "'rust-binaries' is not an object"},
      {R"({"rust-binaries":{"a":1}})", "'rust-binaries.a' is not an object"},
      {R"({"rust-binaries":{"a\u001b":null}})", "'rust-binaries.a\\x1B' is not an object"},
      {without(R"("binary-id":"a",)"), "'rust-binaries.a.binary-id' is missing"},
      {without(R"("binary-id":"a")", R"("binary-id":1)"), "'rust-binaries.a.binary-id' is not a string"},
      {without(R"("binary-id":"a")", R"("binary-id":"")"), "'rust-binaries.a.binary-id' is empty"},
      {without(R"("binary-name":"n",)"), "'rust-binaries.a.binary-name' is missing"},
      {without(R"("kind":"test",)"), "'rust-binaries.a.kind' is missing"},
      {without(R"("kind":"test")", R"("kind":null)"), "'rust-binaries.a.kind' is not a string"},
      {without(R"("build-platform":"target",)"), "'rust-binaries.a.build-platform' is missing"},
      {without(R"("target")", R"("both")"), "'rust-binaries.a.build-platform' is neither target nor host"},
      {without(R"("binary-path":")" + program + "\","), "'rust-binaries.a.binary-path' is missing"},
      {without(program, "/nonexistent"), "'rust-binaries.a.binary-path' is no executable file: /nonexistent"},
      {without(program, folder.path()), "'rust-binaries.a.binary-path' is no executable file: " + folder.path()},
      {without(program, file), "'rust-binaries.a.binary-path' is no executable file: " + file},
      {with(good + R"(,"harness":"junit")"), "'rust-binaries.a.harness' is not known: junit"},
      {with(good + R"(,"harness":[])"), "'rust-binaries.a.harness' is not a string"},
      {with(good + R"(,"package-name":7)"), "'rust-binaries.a.package-name' is not a string"},
      {R"({"rust-binaries":{"a":{)" + good + R"(},"b":{)" + good + "}}}",
       "'rust-binaries.b.binary-id' is that of another binary, too"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    support::write_file(file, row.text);
    const auto read = read_metadata(file, "", false);
    REQUIRE_FALSE(bool(read));
    CHECK(read.error().message == "cannot read the binaries of " + file + ": " + row.message);
    CHECK(contains(read.error().hint, "--list-type binaries-only --message-format json"));
    CHECK(read.error().code == nextest::ExitCode::SetupError);
  }
  const auto gone = read_metadata(folder / "none.json", "", false);
  REQUIRE_FALSE(bool(gone));
  CHECK(gone.error().message ==
        "cannot read the binaries of " + (folder / "none.json") + ": No such file or directory");
  CHECK(gone.error().hint.empty());
  const auto a_folder = read_metadata(folder.path(), "", false);
  REQUIRE_FALSE(bool(a_folder));
  CHECK(contains(a_folder.error().message, "Is a directory"));

  support::write_file(file, R"({"rust-binaries":{}})");
  const auto none = read_metadata(file, "", false);
  REQUIRE(bool(none));
  CHECK(none.value().empty());
}

}  // namespace
