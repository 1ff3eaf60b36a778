// What `nextest list` prints, format by format, and --binaries-metadata, which reads some of it back.
#include <algorithm>

#include "core/base/escape.hpp"
#include "core/format/json_parser.hpp"
#include "screen.hpp"

using namespace drive;
using nextest::JsonKind;
using nextest::JsonMember;
using nextest::JsonValue;

namespace {

Words with(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Words sorted(Words words) {
  std::sort(words.begin(), words.end());
  return words;
}

// What `list` prints with these arguments.
std::string list_of(const Words& arguments, const Options& options = {}) {
  const Outcome outcome = drive::nextest(with({"list"}, arguments), options);
  SHOW(outcome);
  REQUIRE(outcome.code == 0);
  CHECK(outcome.err == "");
  return outcome.out;
}

JsonValue parsed(const std::string& text) {
  const auto json = nextest::parse_json(text);
  INFO(text.substr(0, 4000));
  REQUIRE(bool(json));
  return json.value();
}

JsonValue json_of(const Words& arguments, const Options& options = {}) {
  return parsed(list_of(with({"--message-format", "json"}, arguments), options));
}

const JsonValue& member(const JsonValue& object, const std::string& name) {
  const JsonValue* const value = object.find(name);
  INFO("member " << name);
  REQUIRE(value != nullptr);
  return *value;
}

// "ID NAME" of all tests, or of those that would run; safe to show, as the other formats have them.
Words tests_in(const JsonValue& json, bool all) {
  Words tests;
  for (const JsonMember& suite : member(json, "rust-suites").members) {
    for (const JsonMember& test : member(suite.value, "testcases").members) {
      const bool matches = member(member(test.value, "filter-match"), "status").text == "matches";
      if (all || matches) tests.push_back(nextest::safe_name(suite.name + " " + test.name));
    }
  }
  return tests;
}

const Words& protocol() {
  static const Words words = {"--harness", "libtest", fixture("protocol.sh")};
  return words;
}

TEST_CASE("list: a line for each test, where there is no terminal") {
  const Words path = {fixture("plain")};
  CHECK(list_of(path) == "plain plain\n");
  CHECK(list_of(with({"-T", "auto"}, path)) == "plain plain\n");
  CHECK(list_of(with({"-T", "human"}, path)) == "plain:\n    plain\n");
}

TEST_CASE("list: human on a terminal" * needs(pseudo_terminal())) {
  const Words path = {fixture("plain")};
  Options terminal;
  terminal.terminal = true;
  const Outcome outcome = drive::nextest(with({"list"}, path), terminal);
  SHOW(outcome);
  CHECK(outcome.err == "plain:\r\n    plain\r\n");
  CHECK(drive::nextest(with({"list", "-T", "oneline"}, path), terminal).err == "plain plain\r\n");
}

TEST_CASE("list: verbose tells where a binary is and what is not run") {
  Options options;
  options.directory = fixtures_dir();
  const std::string text = list_of(
      with({"-T", "human", "-v", "--workdir", "/"}, with(protocol(), {"fails", "--", "--skip", "with"})), options);
  CHECK(starts_with(text, "protocol.sh:\n  bin: " + fixture("protocol.sh") +
                              "\n  cwd: /\n  build platform: target\n"
                              "  harness: libtest\n"));
  CHECK(contains(text, "\n    fails\n"));
  CHECK(contains(text, "\n    fails with 7 (skipped)\n"));
  CHECK(contains(text, "\n    later (skipped)\n"));
  CHECK(contains(list_of({"-T", "human", "-v", "--harness", "libtest", fixture("list-empty")}), "\n    (no tests)\n"));
  CHECK(list_of({"-T", "human", "--harness", "libtest", fixture("list-empty")}) == "");
  CHECK(list_of({"-v", "./plain"}, options) ==
        "plain plain [bin: " + fixture("plain") + "] [cwd: " + fixtures_dir() + "] [build platform: target]\n");
}

TEST_CASE("list: a folder's binaries without a harness are shown as skipped") {
  const TempDir dir;
  dir.take("exit-0", "unknown");
  CHECK(contains(list_of({"-T", "human", dir.path()}), "unknown:\n    (skipped: no known harness in it"));
  const JsonValue json = json_of({dir.path()});
  const JsonValue& suite = member(member(json, "rust-suites"), "unknown");
  CHECK(member(suite, "status").text == "skipped");
  CHECK(contains(member(suite, "skip-reason").text, "no known harness"));
  CHECK(member(suite, "testcases").members.empty());
  CHECK(member(json_of({"--list-type", "binaries-only", dir.path()}), "rust-binaries").members.empty());
}

void check_formats(const Words& words) {
  const JsonValue json = json_of(words);
  CHECK(parsed(list_of(with({"-T", "json-pretty"}, words))) == json);
  const Words all = tests_in(json, true);
  CHECK(member(json, "test-count").text == std::to_string(all.size()));
  const std::string human = list_of(with({"-T", "human", "-v"}, words));
  CHECK(static_cast<size_t>(occurrences(human, "\n    ")) == all.size());
  CHECK(sorted(tests_in(json, false)) == sorted(lines_of(list_of(with({"-T", "oneline"}, words)))));
}

TEST_CASE("list: JSON says what the other formats say") {
  for (const Words& words :
       {Words{fixture("plain"), fixture("exit-0")}, protocol(), with(protocol(), {"--run-ignored", "all"}),
        with(protocol(), {"--partition", "slice:1/3"}), with(protocol(), {"fails"})}) {
    check_formats(words);
  }
}

TEST_CASE("list: JSON of a suite has all that cargo-nextest's has") {
  Options options;
  options.directory = fixtures_dir();
  const JsonValue json = json_of({"--harness", "libtest", "./protocol.sh", "--workdir", "binary"}, options);
  const JsonValue& meta = member(json, "rust-build-meta");
  CHECK(member(meta, "target-directory").text == fixtures_dir());
  CHECK(member(meta, "base-output-directories").kind == JsonKind::Array);
  CHECK(member(meta, "non-test-binaries").kind == JsonKind::Object);
  CHECK(member(meta, "linked-paths").kind == JsonKind::Array);
  CHECK(!member(member(member(member(meta, "platforms"), "host"), "platform"), "triple").text.empty());
  const JsonValue& suite = member(member(json, "rust-suites"), "protocol.sh");
  const struct {
    const char* key;
    std::string value;
  } rows[] = {{"package-name", "fixtures"},
              {"binary-id", "protocol.sh"},
              {"binary-name", "protocol.sh"},
              {"package-id", "fixtures"},
              {"kind", "test"},
              {"binary-path", fixture("protocol.sh")},
              {"build-platform", "target"},
              {"cwd", fixtures_dir()},
              {"status", "listed"},
              {"harness", "libtest"}};
  for (const auto& row : rows) {
    NOTE(row.key);
    CHECK(member(suite, row.key).text == row.value);
  }
  const JsonValue& later = member(member(suite, "testcases"), "later");
  CHECK(member(later, "kind").text == "test");
  CHECK(member(later, "ignored").boolean);
  CHECK(member(member(later, "filter-match"), "status").text == "mismatch");
  CHECK(member(member(later, "filter-match"), "reason").text == "ignored");
  const JsonValue& first = member(member(suite, "testcases"), "first");
  CHECK_FALSE(member(first, "ignored").boolean);
  CHECK(member(member(first, "filter-match"), "status").text == "matches");
  CHECK(member(first, "filter-match").find("reason") == nullptr);
}

TEST_CASE("list: JSON says why a test is not run, and what a benchmark is") {
  const auto reason = [](const Words& words, const std::string& test) {
    const JsonValue json = json_of(words);
    const JsonValue& tests = member(member(member(json, "rust-suites"), "protocol.sh"), "testcases");
    return member(member(member(tests, test), "filter-match"), "reason").text;
  };
  CHECK(reason(protocol(), "later") == "ignored");
  CHECK(reason(with(protocol(), {"--run-ignored", "only"}), "first") == "ignored");
  CHECK(reason(with(protocol(), {"fails"}), "first") == "string");
  CHECK(reason(with(protocol(), {"--partition", "count:2/2"}), "first") == "partition");
  CHECK(contains(list_of({"-T", "json", "--harness", "libtest", fixture("list-bench")}), "\"kind\":\"bench\""));
}

TEST_CASE("list: names of any bytes are valid JSON, and none is lost") {
  const TempDir dir;
  write_file(dir / "odd",
             "#!/bin/sh\ncase \"$*\" in *--ignored*) exit 0 ;; esac\n"
             "printf 'a\\377: test\\na\\376: test\\na\\\\xFF: test\\nquote\": test\\n\\033[31m: test\\n'\n",
             0755);
  const Words words = {"--harness", "libtest", dir / "odd"};
  const JsonValue json = json_of(words);
  CHECK(member(json, "test-count").text == "5");
  CHECK(tests_in(json, true).size() == 5);
  const std::string lines = list_of(words);
  CHECK(occurrences(lines, "\n") == 5);
  CHECK_FALSE(contains(lines, "\x1b"));
  CHECK_FALSE(contains(lines, "\377"));
}

// ---- binaries alone -------------------------------------------------------------------------------------------------

TEST_CASE("list: binaries-only runs none of them") {
  const Words words = {"--list-type", "binaries-only",      "--harness",
                       "libtest",     fixture("list-segv"), fixture("list-hang")};
  CHECK(list_of(with({"-T", "human"}, words)) == "list-segv\nlist-hang\n");
  CHECK(list_of(words) == "list-segv\nlist-hang\n");
  CHECK(contains(list_of(with({"-v"}, words)),
                 "list-hang [bin: " + fixture("list-hang") + "] [build platform: target]\n"));
  CHECK(member(json_of(words), "rust-binaries").members.size() == 2);
}

void check_metadata(Words words) {
  const TempDir dir;
  for (const char* folder : {"/a", "/b"}) REQUIRE(mkdir((dir.path() + folder).c_str(), 0700) == 0);
  words.push_back(dir.take("exit-0", "a/same"));
  words.push_back(dir.take("exit-1", "b/same"));
  for (const char* format : {"json", "json-pretty"}) {
    write_file(dir / "m.json", list_of(with({"--list-type", "binaries-only", "-T", format}, words)));
    Options elsewhere;
    elsewhere.directory = dir.path();
    const Words metadata = {"--binaries-metadata", "m.json"};
    const std::string same = list_of(metadata, elsewhere);
    CHECK(sorted(lines_of(same)) == sorted(lines_of(list_of(words))));
    CHECK(contains(same, "a/same same\n"));
    // Written again, it is the same once more.
    CHECK(member(json_of(with(metadata, {"--list-type", "binaries-only"}), elsewhere), "rust-binaries") ==
          member(parsed(read_file(dir / "m.json")), "rust-binaries"));
  }
}

TEST_CASE("binaries metadata: the same binaries, ids and tests, from anywhere") { check_metadata({fixture("plain")}); }

#define LISTS_OF(name)                                                                    \
  TEST_CASE("list: JSON says what the other formats say, of " name* needs(built(name))) { \
    check_formats({fixture("plain"), fixture(name)});                                     \
  }                                                                                       \
  TEST_CASE("binaries metadata: the same from anywhere, of " name* needs(built(name))) {  \
    check_metadata({fixture("plain"), fixture(name)});                                    \
  }
LISTS_OF("googletest")
LISTS_OF("doctest")
LISTS_OF("catch2")
LISTS_OF("boost_test")
LISTS_OF("cpputest")
LISTS_OF("criterion")
LISTS_OF("rust")

TEST_CASE("binaries metadata: its order is cargo-nextest's, and slices are dealt in it") {
  const TempDir dir;
  const std::string path = fixture("exit-0");
  std::string text = R"({"rust-binaries":{)";
  for (const char* id : {"b::t", "a::example/z", "a::bin/z", "a::y", "b", "a-a", "a", "a::x"}) {
    text += std::string(text.back() == '{' ? "" : ",") + "\"" + id + R"(":{"binary-id":")" + id +
            R"(","binary-name":"n","package-id":"p","kind":"test","build-platform":"target","binary-path":")" + path +
            R"(","harness":"plain"})";
  }
  write_file(dir / "m.json", text + "}}");
  const Words metadata = {"--binaries-metadata", dir / "m.json", "-T", "oneline"};
  const auto ids = [&](const Words& words) {
    Words names;
    for (const std::string& line : lines_of(list_of(with(metadata, words))))
      names.push_back(line.substr(0, line.find(' ')));
    return names;
  };
  CHECK(ids({}) == Words{"a", "a::x", "a::y", "a::bin/z", "a::example/z", "a-a", "b", "b::t"});
  CHECK(ids({"--partition", "slice:1/3"}) == Words{"a", "a::bin/z", "b"});
  CHECK(ids({"--partition", "slice:2/3"}) == Words{"a::x", "a::example/z", "b::t"});
  CHECK(ids({"--partition", "slice:3/3"}) == Words{"a::y", "a-a"});
}

TEST_CASE("binaries metadata: a run takes exactly those, by the harness that is stated") {
  const TempDir dir;
  Options elsewhere;
  elsewhere.directory = dir.path();
  write_file(dir / "m.json", list_of(with({"--list-type", "binaries-only", "-T", "json"}, protocol())));
  const Words words = {"run", "--binaries-metadata", "m.json", "--no-fail-fast"};
  const Outcome outcome = drive::nextest(words, elsewhere);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  const Outcome direct = drive::nextest(with({"run", "--no-fail-fast"}, protocol()));
  const Screen screen = read_screen(outcome.err), expected = read_screen(direct.err);
  CHECK(counted(screen, "run") == 11);
  for (const char* what : {"run", "passed", "failed", "skipped"}) {
    NOTE(what);
    CHECK(counted(screen, what) == counted(expected, what));
  }
  const Outcome one = drive::nextest(with(words, {"first"}), elsewhere);
  CHECK(one.code == 0);
  CHECK(counted(read_screen(one.err), "run") == 1);
}

TEST_CASE("binaries metadata: what is wrong is one error that names the file and the key") {
  const TempDir dir;
  const std::string file = dir / "m.json";
  const std::string good = list_of({"--list-type", "binaries-only", "-T", "json", fixture("plain")});
  const auto replaced = [&](const std::string& part, const std::string& by) {
    std::string text = good;
    REQUIRE(contains(text, part));
    return text.replace(text.find(part), part.size(), by);
  };
  const struct {
    std::string text, message;
  } rows[] = {
      {"", "line 1, column 1"},
      {good.substr(0, good.size() / 2), "line 1, column "},
      {replaced("rust-binaries", "rust-suites"), "'rust-binaries' is missing"},
      {replaced("\"binary-path\"", "\"path\""), "'rust-binaries.plain.binary-path' is missing"},
      {replaced("\"kind\":\"test\"", "\"kind\":1"), "'rust-binaries.plain.kind' is not a string"},
      {replaced(fixture("plain"), dir / "none"),
       "'rust-binaries.plain.binary-path' is no executable file: " + dir.path()},
      {replaced("\"harness\":\"plain\"", "\"harness\":\"x\""), "'rust-binaries.plain.harness' is not known: x"},
  };
  for (const auto& row : rows) {
    write_file(file, row.text);
    for (const char* command : {"run", "list"}) {
      const Outcome outcome = drive::nextest({command, "--binaries-metadata", file});
      SHOW(outcome);
      CHECK(outcome.code == 96);
      CHECK(outcome.out == "");
      CHECK(starts_with(outcome.err, "error: cannot read the binaries of " + file + ": " + row.message));
      CHECK(occurrences(outcome.err, "error") == 1);
    }
  }
  write_file(file, good);
  for (const Words& words :
       {Words{"run", "--binaries-metadata", file, fixture("plain")}, Words{"list", "--binaries-metadata", dir / "none"},
        Words{"list", "--binaries-metadata", ""}, Words{"list", "--binaries-metadata"},
        Words{"run", "--list-type", "full", fixture("plain")},
        Words{"list", "--list-type", "none", fixture("plain")}}) {
    const Outcome outcome = drive::nextest(words);
    SHOW(outcome);
    CHECK(outcome.code == 96);
    CHECK(outcome.out == "");
    CHECK(starts_with(outcome.err, "error: "));
  }
}

// One at a time: it takes a folder that stands for a board, and fails where that is in use.
void write_board(const TempDir& dir, const std::string& name) {
  write_file(dir / name,
             "#!/bin/sh\n# RUST_TEST_THREADS\nmkdir " + dir / "board" +
                 " || exit 1\nsleep 0.1\ncase \"$*\" in *--ignored*) ;; *--list*) echo 't: test';; esac\nrmdir " +
                 dir / "board" + "\n",
             0755);
}

TEST_CASE("list-threads: with one, no two lists are taken at a time, nor with one test at a time") {
  const TempDir dir;
  write_board(dir, "a");
  write_board(dir, "b");
  for (const Words& words :
       {Words{"run", "-j1"}, Words{"list", "--list-threads=1"}, Words{"list", "--config", "test-threads = 1"},
        Words{"list", "--config", "list-threads = 1"}}) {
    const Outcome outcome = drive::nextest(with(words, {dir / "a", dir / "b"}));
    SHOW(outcome);
    CHECK(outcome.code == 0);
  }
  const Outcome outcome =
      drive::nextest({"list", "--config", "test-threads = 1", "--list-threads", "4", dir / "a", dir / "b"});
  SHOW(outcome);
  CHECK(outcome.code == 104);
}

TEST_CASE("a program that is still open for writing is listed and run once it is not") {
  const TempDir dir;
  const std::string program = dir / "program";
  write_file(program, read_file(fixture("plain")), 0755);
  // Says when it is open, and when it is not any more.
  const std::string holder = "exec 3>>" + program + "; echo; exec >&-; sleep 0.3; exec 3>&-";
  for (const char* const harness : {"plain", "libtest"}) {
    FILE* const pipe = popen(holder.c_str(), "r");
    REQUIRE(pipe != nullptr);
    CHECK(fgetc(pipe) == '\n');
    const Outcome outcome = drive::nextest({"run", "--harness", harness, program});
    pclose(pipe);
    SHOW(outcome);
    CHECK_FALSE(contains(outcome.err, "usy"));
    CHECK(contains(outcome.err, harness == std::string("plain") ? "1 test run: 1 passed" : "cannot read the line"));
  }
}

}  // namespace
