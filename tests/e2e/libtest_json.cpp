// nextest run --message-format libtest-json: what it says of real tests, looked at by
// tests/fixtures/check_libtest_json.py.
#include "screen.hpp"

using namespace drive;

namespace {

// What the checker has against a run of that; empty when it has nothing.
std::string faults(Words arguments, bool complete, int code) {
  static const std::string checker = absolute("tests/fixtures/check_libtest_json.py");
  std::string all;
  for (const char* format : {"libtest-json", "libtest-json-plus"}) {
    Words words = {"run", "--no-record", "--message-format", format};
    words.insert(words.end(), arguments.begin(), arguments.end());
    const Outcome outcome = nextest(words);
    CHECK(outcome.code == code);
    CHECK(!outcome.out.empty());
    const TempDir folder;
    write_file(folder / "out", outcome.out);
    Words check = {"/usr/bin/env", "python3", checker, folder / "out"};
    if (contains(format, "plus")) check.push_back("--plus");
    if (complete) check.push_back("--complete");
    const Outcome verdict = execute(check);
    if (verdict.code != 0) all += std::string(format) + ": " + verdict.out + verdict.err;
  }
  return all;
}

#define LIBTEST_JSON_OF(framework, name)                                                                       \
  TEST_CASE("libtest JSON: every test of " framework " has its lines" * needs(built(name), tool("python3"))) { \
    CHECK(faults({"--no-fail-fast", fixture(name)}, true, 100) == "");                                         \
  }
LIBTEST_JSON_OF("GoogleTest", "googletest")
LIBTEST_JSON_OF("doctest", "doctest")
LIBTEST_JSON_OF("Catch2", "catch2")
LIBTEST_JSON_OF("Boost.Test", "boost_test")
LIBTEST_JSON_OF("CppUTest", "cpputest")
LIBTEST_JSON_OF("Criterion", "criterion")
LIBTEST_JSON_OF("libtest", "rust")

TEST_CASE("libtest JSON: binaries side by side, any bytes, and every way to end" * needs(tool("python3"))) {
  const Words binaries = {fixture("segv"),          fixture("exit-3"),     fixture("plain"),
                          fixture("print-both"),    fixture("print-fail"), fixture("binary-output"),
                          fixture("list-controls"), fixture("leak-group")};
  Words words = {"--no-fail-fast", "--retries", "1"};
  words.insert(words.end(), binaries.begin(), binaries.end());
  CHECK(faults(words, true, 100) == "");
  words.insert(words.begin(), {"--stress-count", "2"});
  CHECK(faults(words, true, 100) == "");
  CHECK(faults({"--slow-timeout", "100ms", "--terminate-after", "1", fixture("hang")}, true, 100) == "");
}

TEST_CASE("libtest JSON: ignored tests, a selection, and a run that was cancelled" *
          needs(built("doctest"), tool("python3"))) {
  CHECK(faults({"--no-fail-fast", "--run-ignored", "only", fixture("doctest")}, true, 100) == "");
  CHECK(faults({"--no-fail-fast", "--run-ignored", "all", fixture("doctest")}, true, 100) == "");
  CHECK(faults({"--partition", "count:1/3", "--no-fail-fast", fixture("doctest")}, true, 100) == "");
  CHECK(faults({fixture("doctest"), fixture("plain")}, false, 100) == "");
}

TEST_CASE("libtest JSON: a reader that is gone ends the run" * needs(full_device())) {
  const Outcome outcome =
      execute({"/bin/sh", "-c", "\"$0\" run --no-record --message-format libtest-json-plus \"$1\" >/dev/full",
               program_path(), fixture("plain")});
  CHECK(outcome.code == 110);
}

}  // namespace
