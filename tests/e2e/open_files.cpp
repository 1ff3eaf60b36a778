// With few files that may be open: fewer tests at a time, or one error before the first of them.
#include "workspace.hpp"

using namespace drive;

namespace {

// A sanitizer opens files of its own, and reports faults where it cannot; so does an emulator.
Need only_our_files() {
  return {"no sanitizer and no emulator", "", [] { return variable("E2E_ANY_MEMORY", "0") == "0"; }};
}

Outcome limited(int files, const Words& arguments, const Options& options) {
  Words words = {"/bin/sh", "-c", "ulimit -n " + std::to_string(files) + " && exec \"$@\"", "sh"};
  for (const std::string& word : program_words(arguments)) words.push_back(word);
  return execute(words, options);
}

TEST_CASE("open files: with few of them fewer tests run at a time, or none" *
          needs(tool("head", "coreutils"), only_our_files())) {
  needs_feature("records");
  needs_feature("junit");
  bool some_refused = false, some_ran = false;
  for (int files = 4; files < 30; ++files) {
    Workspace work;
    for (const char* name : {"a", "b", "c", "d", "e", "f"}) work.test(name, "sleep 0.05");
    work.test("g", "head -c 300000 /dev/zero | tr '\\0' x; sleep 1000 & exit 1");
    work.options.environment["NEXTEST_STATE_DIR"] = absolute(work.dir.path()) + "/state";
    NOTE(std::to_string(files) + " files");
    const Outcome outcome =
        limited(files,
                {"run", "./t/a", "./t/b", "./t/c", "./t/d", "./t/e", "./t/f", "./t/g", "--no-fail-fast", "-j", "8",
                 "--record", "--junit", "junit.xml", "--failure-output", "final"},
                work.options);
    SHOW(outcome);
    if (exists(work.dir / "log")) {
      CHECK(outcome.code == 100);
      CHECK(contains(outcome.err, "7 tests run: 6 passed, 1 failed, 0 skipped"));
      CHECK_FALSE(contains(outcome.err, "cannot"));
      some_ran = true;
    } else {
      CHECK(outcome.code == 96);
      CHECK(occurrences(outcome.err, "error: ") == 1);
      CHECK((contains(outcome.err, "files may be open") || contains(outcome.err, "Too many open files")));
      some_refused = true;
    }
  }
  CHECK(some_refused);
  CHECK(some_ran);
}

TEST_CASE("open files: a limit that lets fewer tests run than asked for is said once" * needs(only_our_files())) {
  Workspace work;
  work.test("a", "", "$NEXTEST_TEST_THREADS");
  const Outcome outcome = limited(30, {"run", "./t/a", "-j", "8"}, work.options);
  SHOW(outcome);
  CHECK(outcome.code == 0);
  const Words threads = lines_of(read_file(work.dir / "log"));
  REQUIRE(threads.size() == 1);
  CHECK(atol(threads[0].c_str()) < 8);
  CHECK(occurrences(outcome.err,
                    "warning: only 30 files may be open (ulimit -n): tests at a time: " + threads[0] + "\n") == 1);
}

}  // namespace
