// Which tests run: paths, names, --skip, --exact, ignored ones, partitions. The listing and the run must agree.
#include <set>

#include "screen.hpp"

using namespace drive;

namespace {

using Names = std::set<std::string>;

Names as_set(const Words& names) { return Names(names.begin(), names.end()); }

Words with(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

const Words& protocol() {
  static const Words words = {"--harness", "libtest", fixture("protocol.sh")};
  return words;
}

const Words& stress() {
  static const Words words = {"--harness", "libtest", fixture("stress_suite")};
  return words;
}

Names selected(const Words& base, const Words& more) {
  const Words names = listed(with(base, more));
  CHECK(names.size() == as_set(names).size());
  return as_set(names);
}

TEST_CASE("a bare word is part of a name") {
  CHECK(selected(protocol(), {"fails"}) == Names{"fails", "fails with 7"});
  CHECK(selected(protocol(), {"fails", "first"}) == Names{"fails", "fails with 7", "first"});
  CHECK(selected(protocol(), {"::b::"}) == Names{"a::b::c"});
  CHECK(selected(protocol(), {"*"}) == Names{"star*"});
  CHECK(selected(protocol(), {"gr\xc3\xb6"}) == Names{"gr\xc3\xb6\xc3\x9f\x65"});
}

TEST_CASE("names after -- follow libtest's rules") {
  CHECK(selected(protocol(), {"--", "fails"}) == Names{"fails", "fails with 7"});
  CHECK(selected(protocol(), {"--", "--exact", "fails"}) == Names{"fails"});
  CHECK(selected(protocol(), {"--", "fails", "--exact", "first"}) == Names{"fails", "first"});
  CHECK(selected(protocol(), {"--", "fails", "--skip", "with"}) == Names{"fails"});
  CHECK(selected(protocol(), {"--", "--skip", "s", "--skip", "t", "--skip", "b"}) == Names{"gr\xc3\xb6\xc3\x9f\x65"});
  CHECK(selected(protocol(), {"--", "--exact", "--skip", "fails", "fails", "fails with 7"}) == Names{"fails with 7"});
  CHECK(selected(protocol(), {"--", "--exact", "quote ' and \""}) == Names{"quote ' and \""});
  CHECK(selected(protocol(), {"--", "--ignored"}) == Names{"later", "later and failing"});
  CHECK(selected(protocol(), {"--", "--include-ignored"}).size() == 13);
  CHECK(selected(protocol(), {"--", "--ignored", "failing"}) == Names{"later and failing"});
}

TEST_CASE("--run-ignored") {
  CHECK(selected(protocol(), {}).size() == 11);
  CHECK(selected(protocol(), {"--run-ignored", "default"}).size() == 11);
  CHECK(selected(protocol(), {"--run-ignored", "only"}) == Names{"later", "later and failing"});
  CHECK(selected(protocol(), {"--run-ignored", "all"}).size() == 13);
}

TEST_CASE("what runs is what is listed, and the rest is counted as skipped") {
  const Outcome outcome = nextest(with({"run", "--no-fail-fast"}, with(protocol(), {"fails"})));
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(outcome.code == 100);
  CHECK(counted(screen, "run") == 2);
  CHECK(counted(screen, "skipped") == 11);
  CHECK(contains(outcome.err, "Starting 2 tests across 1 binary (11 "));
  CHECK(words_of(screen, "protocol.sh fails") == Words{"FAIL"});
  CHECK(words_of(screen, "protocol.sh fails with 7") == Words{"FAIL"});
}

TEST_CASE("one odd name, run exactly") {
  for (const char* name : {"quote ' and \"", "star*", "back\\slash", "with  two blanks", "colon: test"}) {
    NOTE(name);
    const Outcome outcome =
        nextest(with({"run", "--success-output", "immediate"}, with(protocol(), {"--", "--exact", name})));
    SHOW(outcome);
    CHECK(outcome.code == 0);
    const StatusLine line = status_of(read_screen(outcome.err), std::string("protocol.sh ") + name);
    CHECK(line.word == "PASS");
    CHECK(body_count(line, std::string("I am ") + name) == 1);
  }
}

TEST_CASE("several paths, and names for all of them") {
  const Words words = {fixture("exit-0"), fixture("exit-1"), fixture("exit-2"), "exit-1", "t-2"};
  CHECK(selected(words, {}) == Names{"exit-1", "exit-2"});
}

TEST_CASE("one path named twice is one binary") {
  CHECK(listed({fixture("exit-0"), fixture("exit-0")}) == Words{"exit-0"});
}

TEST_CASE("a folder: its test programs, not recursively, nothing else" * needs(built("googletest"))) {
  const TempDir dir;
  dir.take("googletest", "suite");
  dir.take("exit-0", "unknown");  // no harness is known: a folder does not make it a test
  write_file(dir / "notes.txt", "not a program");
  write_file(dir / "data", read_file(fixture("exit-1")), 0644);
  REQUIRE(mkdir((dir / "inner").c_str(), 0700) == 0);
  dir.take("exit-1", "inner/exit-1");
  const Outcome outcome = nextest({"list", "--message-format", "oneline", dir.path()});
  SHOW(outcome);
  CHECK(outcome.code == 0);
  for (const std::string& line : lines_of(outcome.out)) CHECK(starts_with(line, "suite "));
  const Outcome run = nextest({"run", dir.path(), "Plain.Passes"});
  INFO("--- stderr\n" << run.err);
  CHECK(run.code == 0);
  CHECK(counted(read_screen(run.err), "run") == 2);  // Plain.Passes and Plain.PassesNot
}

TEST_CASE("relative paths need a slash") {
  const TempDir dir;
  dir.take("plain", "here");
  Options options;
  options.directory = dir.path();
  CHECK(nextest({"run", "./here"}, options).code == 0);
  CHECK(nextest({"run", "here"}, options).code == 96);  // a name, and then there is no path
}

// ---- partitions -----------------------------------------------------------------------------------------------------

TEST_CASE("partitions are disjoint and complete") {
  const Words all_in_order = listed(stress());
  const Names all = as_set(all_in_order);
  REQUIRE(all.size() == 500);
  for (const char* kind : {"count", "slice", "hash"}) {
    for (int n : {1, 2, 3, 7}) {
      NOTE(kind);
      CAPTURE(n);
      Names seen;
      size_t total = 0;
      for (int m = 1; m <= n; m++) {
        const Names part =
            selected(stress(), {"--partition", std::string(kind) + ":" + std::to_string(m) + "/" + std::to_string(n)});
        total += part.size();
        seen.insert(part.begin(), part.end());
        if (std::string(kind) != "hash") CHECK(part.size() <= static_cast<size_t>(500 / n + 1));
        if (std::string(kind) == "hash" && n > 1) CHECK(part.size() < 500);
      }
      CHECK(total == 500);
      CHECK(seen == all);
    }
  }
}

TEST_CASE("count goes round in each binary, slice over all") {
  const TempDir dir;
  Words paths;
  for (const char* name : {"a", "b", "c", "d"}) paths.push_back(dir.take("exit-0", name));
  // Four binaries of one test each: to `count` each is the first of its binary.
  CHECK(listed(with(paths, {"--partition", "count:1/2"})).size() == 4);
  CHECK(listed(with(paths, {"--partition", "count:2/2"})).size() == 0);
  CHECK(listed(with(paths, {"--partition", "slice:1/2"})).size() == 2);
  CHECK(listed(with(paths, {"--partition", "slice:2/2"})).size() == 2);
}

TEST_CASE("a test's hash bucket depends on its name alone") {
  const Names bucket = selected(stress(), {"--partition", "hash:2/3"});
  Names of_group;
  for (const std::string& name : bucket) {
    if (starts_with(name, "group4::")) of_group.insert(name);
  }
  CHECK(selected(stress(), {"--partition", "hash:2/3", "group4::"}) == of_group);
}

TEST_CASE("partitions apply after the other filters") {
  size_t total = 0;
  for (const char* part : {"count:1/2", "count:2/2"}) {
    const size_t size = selected(stress(), {"--partition", part, "group4::"}).size();
    CHECK(size == 25);
    total += size;
  }
  CHECK(total == 50);
}

TEST_CASE("partitions that are none") {
  for (const char* text : {"count:0/3", "count:4/3", "hash:1/0", "half:1/2", "count:1", "count:", "slice:a/b",
                           "hash:-1/2", "hash:1/2/3", "hash:1/99999999999999999999"}) {
    NOTE(text);
    const Outcome outcome = nextest(with({"list", "--partition", text}, stress()));
    SHOW(outcome);
    CHECK(outcome.code == 96);
    CHECK(outcome.out.empty());
    CHECK(!outcome.err.empty());
  }
}

}  // namespace
