// What is in the way of a record: disks that fail at any call, limits of the size of files, files from elsewhere that
// ask for much. The run goes on with the exit code that it has without a record, and one warning.
#include <errno.h>
#include <sys/stat.h>

#include <algorithm>

#include "workspace.hpp"

using namespace drive;

namespace {

// A workspace with a store of its own.
struct Recorded : Workspace {
  Recorded() {
    needs_feature("records");
    options.environment["NEXTEST_RECORD"] = "";
    options.environment["NEXTEST_STATE_DIR"] = absolute(dir.path()) + "/state";
  }
  Outcome command(const Words& words) const { return nextest(words, options); }
};

int warnings_in(const Outcome& outcome) {
  int count = 0;
  for (const std::string& line : lines_of(outcome.err)) count += starts_with(line, "warning: ");
  return count;
}

// What the store says of a run of which something was not written: `list` and `replay` are right, or say one error.
void check_store(const Recorded& work, int code) {
  const Outcome list = work.command({"store", "list"});
  SHOW(list);
  CHECK(list.code == 0);
  CHECK(occurrences(list.out, "recorded run") == 1);
  const bool is_listed = starts_with(list.out, "1 recorded run,");
  CHECK((is_listed || starts_with(list.out, "0 recorded runs,")));
  const Outcome replay = work.command({"replay", "--exit-code"});
  SHOW(replay);
  if (!contains(list.out, "incomplete") && is_listed) {
    // It says that it is whole.
    CHECK(contains(list.out, ", exit " + std::to_string(code) + "\n"));
    CHECK(replay.code == code);
    CHECK(contains(replay.out, code == 0 ? "2 tests run: 2 passed" : "2 tests run: 1 passed, 1 failed"));
  } else if (replay.code == 96) {
    CHECK(occurrences(replay.err, "error: ") == 1);
  } else {
    CHECK(replay.code == 106);  // it says that there is no end
    CHECK(contains(replay.err, "the record has no end"));
  }
}

Need failing_store() {
  return {"glibc, and /proc", "", [] { return built("fail_store.so").is_there() && proc().is_there(); }};
}

// Runs with each call in turn failing, that one or all from it on, until there is none left.
void check_every_call(int error, bool goes_on, const std::vector<int>& codes = {0, 100}) {
  for (const int code : codes) {
    std::string told;
    int call = 1;
    do {
      Recorded work;
      work.test("a", "echo out").test("b", code == 0 ? "echo more" : "echo more; exit 1");
      NOTE(std::to_string(call) + " of a run with exit code " + std::to_string(code));
      const Options as_before = work.options;
      // A list, in which a blank ends a path.
      REQUIRE(execute({"/bin/cp", fixture("fail_store.so"), work.dir.path()}).code == 0);
      work.options.environment["LD_PRELOAD"] = absolute(work.dir.path()) + "/fail_store.so";
      work.options.environment["FAIL_STORE"] = absolute(work.dir.path()) + "/state";
      work.options.environment["FAIL_AT"] = std::to_string(call);
      work.options.environment["FAIL_ERRNO"] = std::to_string(error);
      work.options.environment["FAIL_TOLD"] = work.dir / "told";
      if (goes_on) work.options.environment["FAIL_ON"] = "1";
      const auto run = work.run({"--no-fail-fast"});
      told = read_file(work.dir / "told");
      NOTE(told);
      SHOW(run.outcome);
      CHECK(run.outcome.code == code);
      CHECK(run.log.size() == 2);
      CHECK(contains(run.outcome.err, code == 0 ? "2 tests run: 2 passed" : "2 tests run: 1 passed, 1 failed"));
      work.options = as_before;
      // A folder that is there need not be made.
      const bool is_harmless = occurrences(told, " mkdir\n") == static_cast<int>(lines_of(told).size());
      CHECK(warnings_in(run.outcome) <= (told.empty() ? 0 : 1));
      if (warnings_in(run.outcome) == 1) {
        CHECK(contains(run.outcome.err, strerror(error)));
        check_store(work, code);
      } else {
        CHECK(is_harmless);
        CHECK(work.command({"replay", "--exit-code"}).code == code);
      }
      // The next run is recorded as if nothing had been.
      if (call % 5 == 0 && !told.empty()) {
        CHECK(warnings_in(work.run({"--no-fail-fast"}).outcome) == 0);
        CHECK(work.command({"replay", "--exit-code"}).code == code);
      }
      ++call;
    } while (!told.empty() && call < 200);
    CHECK(call > 15);
    CHECK(call < 200);
  }
}

TEST_CASE("a disk that is full at any call costs the record, and nothing else" * needs(failing_store())) {
  check_every_call(ENOSPC, true);
}
TEST_CASE("a disk that is full at one call costs the record, and nothing else" * needs(failing_store())) {
  check_every_call(ENOSPC, false);
}
TEST_CASE("a quota that is used up costs the record, and nothing else" * needs(failing_store())) {
  check_every_call(EDQUOT, true, {100});
}
TEST_CASE("a disk that fails once costs the record, and nothing else" * needs(failing_store())) {
  check_every_call(EIO, false, {0});
}
TEST_CASE("a disk that fails from then on costs the record, and nothing else" * needs(failing_store())) {
  check_every_call(EIO, true, {100});
}
TEST_CASE("a disk that becomes read-only costs the record, and nothing else" * needs(failing_store())) {
  check_every_call(EROFS, true, {0});
}
TEST_CASE("a file that may not grow costs the record, and nothing else" * needs(failing_store())) {
  check_every_call(EFBIG, false, {100});
}

// ---- SIGXFSZ ----

// The program with files of at most so many blocks of 512 bytes.
Outcome small_files(int blocks, const Words& arguments, const Options& options) {
  Words words = {"/bin/sh", "-c", "ulimit -f " + std::to_string(blocks) + " && exec \"$@\"", "sh"};
  for (const std::string& word : program_words(arguments)) words.push_back(word);
  const Outcome outcome = execute(words, options);
  check_clean(arguments, outcome, options);
  return outcome;
}

TEST_CASE("a limit of the size of files costs the record, and nothing else") {
  for (const int blocks : {0, 1, 2, 8, 64}) {
    for (const int code : {0, 100}) {
      NOTE(std::to_string(blocks));
      Recorded work;
      // What they print is no file; they cannot be compressed to nothing either.
      for (const char* name : {"a", "b"})
        work.script(std::string("t/") + name, "head -c 30000 /dev/urandom | od\nexit " + std::to_string(code / 100));
      const Words words = {"run", "--no-fail-fast", "./t/a", "./t/b"};
      const Outcome run = small_files(blocks, words, work.options);
      SHOW(run);
      CHECK(run.signal == 0);
      CHECK(run.code == code);
      CHECK(contains(run.err, code == 0 ? "2 tests run: 2 passed" : "2 tests run: 0 passed, 2 failed"));
      CHECK(warnings_in(run) == 1);
      CHECK(contains(run.err, strerror(EFBIG)));
      const Outcome list = work.command({"store", "list"});
      SHOW(list);
      CHECK(list.code == 0);
      CHECK((contains(list.out, "incomplete") || starts_with(list.out, "0 recorded runs")));
    }
  }
}

TEST_CASE("a limit of the size of files: a test has it as it is without us") {
  Workspace work;
  work.script("t/a", "head -c 3000 /dev/zero > file");
  const Outcome run = small_files(1, {"run", "./t/a"}, work.options);
  SHOW(run);
  CHECK(run.code == 100);
  work.script("t/b", "kill -XFSZ $$; sleep 1000");
  const auto killed = work.run({"./t/b"});
  SHOW(killed.outcome);
  CHECK(killed.outcome.code == 100);
  CHECK(contains(killed.outcome.err, "SIGXFSZ"));
}

TEST_CASE("a limit of the size of files: a JUnit report that does not fit is an error" *
          needs(tool("head", "coreutils"))) {
  needs_feature("junit");
  for (const int code : {0, 100}) {
    Workspace work;
    work.script("t/a", "exit " + std::to_string(code / 100));
    const Outcome run = small_files(0, {"run", "./t/a", "--junit", "j.xml"}, work.options);
    SHOW(run);
    CHECK(run.signal == 0);
    CHECK(run.code == (code == 0 ? 110 : 100));
    CHECK(contains(run.err, "cannot write the JUnit report j.xml: File too large"));
    CHECK_FALSE(exists(work.dir / "j.xml"));
  }
}

TEST_CASE("a limit of the size of files: an export that does not fit is an error, and leaves nothing") {
  Recorded work;
  work.test("a", "head -c 30000 /dev/urandom | od; exit 1");
  work.run();
  for (const char* format : {"zip", "jsonl", "junit", "chrome-trace"}) {
    NOTE(format);
    const Outcome outcome =
        small_files(0, {"store", "export", "latest", "--format", format, "-o", "out"}, work.options);
    SHOW(outcome);
    CHECK(outcome.signal == 0);
    CHECK(outcome.code == 110);
    CHECK(contains(outcome.err, "out: File too large"));
    CHECK_FALSE(exists(work.dir / "out"));
  }
}

TEST_CASE("a limit of the size of files: a file that our own output goes to") {
  Recorded work;
  work.test("a", "exit 1");
  work.run();
  work.options.stdout_file = work.dir / "out";
  for (const Words& words :
       {Words{"replay"}, Words{"store", "list"}, Words{"store", "export", "latest", "--format", "jsonl"},
        Words{"list", "./t/a"}, Words{"run", "./t/a", "--message-format", "libtest-json"}}) {
    const Outcome outcome = small_files(0, words, work.options);
    SHOW(outcome);
    CHECK(outcome.signal == 0);
    CHECK(outcome.code == 110);
  }
}

// ---- files from elsewhere ----

Need memory_limits() {
  return {"limits of memory as Linux has them", "", [] {
#ifdef __linux__
            return variable("E2E_ANY_MEMORY", "0") == "0";
#else
            return false;
#endif
          }};
}

// Commands that read a file, in an address space of 136 MiB: the memory they take stays below 100. Four of them see all
// kinds; the others, which read as those do, the first one alone.
void check_hostile(const Words& kinds) {
  Recorded work;
  work.test("a");
  mkdir((work.dir / "zips").c_str(), 0755);
  Words make = {"/usr/bin/env", "python3", absolute("tests/fixtures/hostile_zip.py"), work.dir / "zips"};
  make.insert(make.end(), kinds.begin(), kinds.end());
  const Outcome made = execute(make);
  REQUIRE_MESSAGE(made.code == 0, made.err);
  for (const std::string& kind : kinds) {
    const std::string zip = "./zips/" + kind + ".zip";
    REQUIRE(exists(work.dir / zip));
    std::vector<Words> commands = {{"replay", "-R", zip},
                                   {"store", "export", zip, "--format", "jsonl", "-o", "out"},
                                   {"store", "export", zip, "--format", "junit", "-o", "out"},
                                   {"run", "-R", zip, "./t/a", "--no-tests", "pass"}};
    if (kind == kinds[0]) {
      commands.insert(commands.end(), {{"store", "info", zip},
                                       {"store", "export", zip, "-o", "out"},
                                       {"store", "export", zip, "--format", "chrome-trace", "-o", "out"},
                                       {"run", "./t/a", "--durations", zip}});
    }
    for (const Words& arguments : commands) {
      Words words = {"/bin/sh", "-c", "ulimit -v 140000 && exec \"$@\" > /dev/null", "sh"};
      for (const std::string& word : program_words(arguments)) words.push_back(word);
      const Outcome outcome = execute(words, work.options);
      NOTE(kind);
      SHOW(outcome);
      CHECK(outcome.signal == 0);
      CHECK((outcome.code == 0 || outcome.code == 1 || outcome.code == 5 || outcome.code == 96));
      CHECK_FALSE(contains(outcome.err, "out of memory"));
      CHECK((outcome.code == 96) == contains(outcome.err, "error: "));
      CHECK((outcome.code != 1 || contains(outcome.err, "warning: ")));
      if (outcome.code == 96) CHECK_FALSE(exists(work.dir / "out"));
      unlink((work.dir / "out").c_str());
    }
  }
}

TEST_CASE("a file that asks for much: outputs" * needs(tool("python3"), memory_limits())) {
  check_hostile({"one-output-of-326-MB", "fifty-outputs-of-13-MB", "outputs-of-9-MB-of-controls",
                 "one-output-of-9-MB-of-quotes"});
}
TEST_CASE("a file that asks for much: outputs of many" * needs(tool("python3"), memory_limits())) {
  check_hostile({"outputs-that-are-shown-final", "a-byte-of-each-block", "an-output-in-each-of-many-attempts",
                 "attempts-with-outputs"});
}
TEST_CASE("a file that asks for much: lines" * needs(tool("python3"), memory_limits())) {
  check_hostile({"a-line-of-arrays", "a-line-of-members", "an-endless-line", "deep", "deep-enough", "a-long-text",
                 "a-long-base64", "lost-lines"});
}
TEST_CASE("a file that asks for much: lists" * needs(tool("python3"), memory_limits())) {
  check_hostile({"a-list-of-known", "many-known", "many-tests", "many-tests-in-a-line", "many-binaries", "lost-tests",
                 "a-name-of-7-MB", "a-name-in-each-word", "environment"});
}
TEST_CASE("a file that asks for much: events" * needs(tool("python3"), memory_limits())) {
  check_hostile({"many-events", "many-at-a-time", "many-iterations", "many-suites", "many-late-leaks", "many-attempts",
                 "many-failed-attempts", "commands-of-many-words"});
}
TEST_CASE("a file that asks for much: blocks and entries" * needs(tool("python3"), memory_limits())) {
  check_hostile({"damaged-blocks", "headers", "outputs-in-damaged-blocks", "blocks-in-blocks", "many-entries",
                 "overlapping-entries"});
}

TEST_CASE("a file that asks for much is told of" * needs(tool("python3"))) {
  Recorded work;
  const Outcome made = execute({"/usr/bin/env", "python3", absolute("tests/fixtures/hostile_zip.py"), work.dir.path(),
                                "outputs-of-9-MB-of-lines", "many-events", "many-iterations", "one-output-of-326-MB"});
  REQUIRE_MESSAGE(made.code == 0, made.err);
  const struct {
    Words words;
    const char* what;
  } rows[] = {{{"replay", "-R", "outputs-of-9-MB-of-lines.zip"}, "output"},
              {{"store", "info", "many-events.zip"}, "events"},
              {{"run", "-R", "many-events.zip"}, "events"},
              {{"replay", "-R", "many-iterations.zip"}, "events"},
              {{"store", "export", "many-events.zip", "--format", "jsonl"}, "events"},
              {{"store", "export", "many-events.zip", "--format", "jsonl", "-o", "out"}, "events"}};
  for (const auto& row : rows) {
    const Outcome outcome = work.command(row.words);
    SHOW(outcome);
    CHECK(outcome.code == 96);
    CHECK(contains(outcome.err, std::string(" asks for too much: for its size it holds far more ") + row.what));
    CHECK(occurrences(outcome.err, "error: ") == 1);
    CHECK_FALSE(exists(work.dir / "out"));
  }
  // More than was ever recorded of an output.
  CHECK(contains(work.command({"replay", "-R", "one-output-of-326-MB.zip"}).err, "warning: 2 outputs are damaged"));
}

TEST_CASE("rerun: that its run was killed is said once") {
  Recorded work;
  work.test("a", "exit 1");
  work.run();
  const Outcome cut =
      execute({"/bin/sh", "-c",
               "cd '" + (work.dir / "state") +
                   "'/projects/*/records/*-*/ && head -c -60 run.log.gz > x && cat x > run.log.gz && rm x"});
  REQUIRE_MESSAGE(cut.code == 0, cut.err);
  const Outcome replay = work.command({"replay"});
  SHOW(replay);
  CHECK(occurrences(replay.err, "warning: ") == 1);
  work.command({"store", "export", "latest", "-o", "run.zip"});
  for (const char* name : {"latest", "run.zip"}) {
    const Outcome rerun = work.command({"run", "-R", name});
    SHOW(rerun);
    CHECK(occurrences(rerun.err, "warning: the record has no end: ") == 1);
    CHECK(occurrences(rerun.err, "warning: ") == 1);
  }
}

}  // namespace
