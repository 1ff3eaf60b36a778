// What a test prints, and what becomes of it: shown or not, safe for a terminal, bounded.
#include <functional>

#include "workspace.hpp"

using namespace drive;

namespace {

StatusLine line_of(const Outcome& outcome, const std::string& name) {
  const Screen screen = read_screen(outcome.err);
  return status_of(screen, name + " " + name);
}

// A sanitizer or valgrind has memory of its own: E2E_ANY_MEMORY=1 leaves the check out.
void check_peak(const Outcome& outcome) {
  CHECK(outcome.peak_kib > 0);
  if (variable("E2E_ANY_MEMORY", "0") == "0") CHECK(outcome.peak_kib < 40 * 1024);
}

TEST_CASE("a failing test's output is shown, both streams under their headings, then the reason") {
  const Outcome outcome = nextest({"run", fixture("print-fail")});
  SHOW(outcome);
  const std::string text = outcome.err;
  const size_t out = text.find("stdout");
  const size_t out_line = text.find("failing to stdout");
  const size_t err = text.find("stderr", out_line);
  const size_t err_line = text.find("failing to stderr");
  REQUIRE(out != std::string::npos);
  REQUIRE(out_line != std::string::npos);
  REQUIRE(err != std::string::npos);
  REQUIRE(err_line != std::string::npos);
  CHECK(out < out_line);
  CHECK(out_line < err);
  CHECK(err < err_line);
  CHECK(text.find("exited with 1") > text.find("FAIL ["));
  CHECK(contains(text, "\n    failing to stdout\n"));
  CHECK(outcome.out.empty());
}

// Of what is shown later nothing stays in memory, whoever shows it.
TEST_CASE("many large outputs are shown, stored and passed on in little memory") {
  constexpr int count = 8;
  Workspace work;
  work.options.environment["NEXTEST_STATE_DIR"] = work.dir / "state";
  for (int i = 0; i < count; ++i) work.test("t" + std::to_string(100 + i), "cat large; exit 1");
  std::string large = "it begins\n";
  while (large.size() < 6000000) large += "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789\n";
  large += "it ends\n";
  write_file(work.dir / "large", large);
  work.options.environment["NEXTEST_EXPERIMENTAL_LIBTEST_JSON"] = "1";
  const struct {
    Words words;
    std::function<void(const Outcome&)> check;
  } rows[] = {
      {{"--failure-output", "final"},
       [&](const Outcome& outcome) {
         CHECK(occurrences(outcome.err, "    it begins\n") == count);
         CHECK(occurrences(outcome.err, " bytes of output not shown here ...\n") == count);
         CHECK(occurrences(outcome.err, "    it ends\n") == count);
         CHECK(outcome.err.size() < count * 300000u);
         CHECK(outcome.err.find("Summary [") < outcome.err.find("it begins"));
       }},
      {{"--failure-output", "never", "--junit", "report.xml"},
       [&](const Outcome&) {
         const std::string report = read_file(work.dir / "report.xml");
         CHECK(occurrences(report, "<system-out>it begins\n") == count);
         CHECK(occurrences(report, "it ends\n</system-out>") == count);
         CHECK(report.size() < count * 270000u);
       }},
      {{"--failure-output", "never", "--message-format", "libtest-json"},
       [&](const Outcome& outcome) {
         CHECK(occurrences(outcome.out, "\"stdout\":\"it begins\\n") == count);
         CHECK(occurrences(outcome.out, "it ends\\n\"") == count);
         CHECK(outcome.out.size() > count * large.size());  // all of it
       }},
      {{"--failure-output", "never", "--message-format", "libtest-json-plus"},
       [&](const Outcome& outcome) {
         CHECK(occurrences(outcome.out, "it ends\\n\"") == count);
         CHECK(outcome.out.size() > count * large.size());
       }},
  };
  for (const auto& row : rows) {
    for (const char* record : {"--record", "--no-record"}) {
      if (record == std::string("--record") && &row != &rows[0]) continue;
      CAPTURE(shown(row.words));
      CAPTURE(record);
      Words words = {"--no-fail-fast", "-j", "1", record};
      words.insert(words.end(), row.words.begin(), row.words.end());
      const auto run = work.run(words);
      CHECK(run.outcome.code == 100);
      CHECK(counted(run.screen, "failed") == count);
      row.check(run.outcome);
      check_peak(run.outcome);
    }
  }
}

TEST_CASE("--max-output-shown: the beginning and the end of each stream, and nothing is lost") {
  Workspace work;
  work.test("prints", "seq 1 2000; seq 3001 5000 >&2; exit 1");
  const auto few = work.run({"--max-output-shown", "1000"});
  SHOW(few.outcome);
  for (const char* line : {"    1\n", "    2000\n", "    3001\n", "    5000\n"}) CHECK(contains(few.outcome.err, line));
  for (const char* line : {"    1000\n", "    4000\n"}) CHECK_FALSE(contains(few.outcome.err, line));
  CHECK(occurrences(few.outcome.err, " bytes of output not shown here ...\n") == 2);
  const auto all = work.run({"--max-output-shown", "1MB"});
  for (const char* line : {"    1\n", "    1000\n", "    5000\n"}) CHECK(contains(all.outcome.err, line));
  CHECK_FALSE(contains(all.outcome.err, "not shown"));
  write_file(work.dir / ".config/nextest.toml", "[profile.default]\nmax-output-shown = 300\n");
  CHECK(occurrences(work.run().outcome.err, "not shown here") == 2);
  const auto wrong = work.run({"--max-output-shown", "many"});
  CHECK(wrong.outcome.code == 96);
  CHECK(contains(wrong.outcome.err, "--max-output-shown"));
}

TEST_CASE("a passing test's output is not shown") {
  const Outcome outcome = nextest({"run", fixture("print-both")});
  CHECK(outcome.code == 0);
  CHECK_FALSE(contains(outcome.err, "to stdout"));
  CHECK_FALSE(contains(outcome.err, "to stderr"));
}

TEST_CASE("when output is shown") {
  struct Case {
    Words options;
    int times;
  };
  for (const Case& one : {Case{{"--failure-output", "immediate"}, 1}, Case{{"--failure-output", "final"}, 1},
                          Case{{"--failure-output", "immediate-final"}, 2}, Case{{"--failure-output", "never"}, 0}}) {
    Words words = {"run", fixture("print-fail")};
    words.insert(words.end(), one.options.begin(), one.options.end());
    INFO(shown(words));
    const Outcome outcome = nextest(words);
    SHOW(outcome);
    CHECK(occurrences(outcome.err, "failing to stdout") == one.times);
    CHECK(occurrences(outcome.err, "failing to stderr") == one.times);
  }
  const Outcome at_end = nextest({"run", "--success-output", "final", fixture("print-both")});
  SHOW(at_end);
  CHECK(occurrences(at_end.err, "to stdout") == 1);
  CHECK(at_end.err.find("to stdout") > at_end.err.find("Summary"));
}

TEST_CASE("indentation can be left out") {
  const Outcome outcome = nextest({"run", "--no-output-indent", fixture("print-fail")});
  SHOW(outcome);
  CHECK(contains(outcome.err, "\nfailing to stdout\n"));
}

TEST_CASE("which lines are shown") {
  const Outcome none = nextest({"run", "--status-level", "none", fixture("exit-0")});
  CHECK_FALSE(contains(none.err, "PASS"));
  CHECK(counted(read_screen(none.err), "passed") == 1);
  const Outcome fail =
      nextest({"run", "--no-fail-fast", "--status-level", "fail", fixture("exit-0"), fixture("exit-1")});
  SHOW(fail);
  CHECK_FALSE(contains(fail.err, "PASS"));
  CHECK(status_of(read_screen(fail.err), "exit-1 exit-1").word == "FAIL");
  const Outcome final_none = nextest({"run", "--final-status-level", "none", fixture("exit-1")});
  CHECK(read_screen(final_none.err).finals.empty());
  const Outcome final_pass = nextest({"run", "--final-status-level", "pass", fixture("exit-0")});
  CHECK(read_screen(final_pass.err).finals.size() == 1);
}

TEST_CASE("no capture: the test's output is the runner's own, as it comes") {
  const Outcome outcome = nextest({"run", "--no-capture", fixture("print-both"), fixture("print-fail")});
  SHOW(outcome);
  CHECK(occurrences(outcome.out, "to stdout\n") == 2);
  CHECK(occurrences(outcome.err, "to stderr\n") == 2);
  CHECK(outcome.code == 100);
}

TEST_CASE("no capture: one at a time") {
  const TempDir dir;
  Options options;
  options.environment["E2E_LOG"] = dir / "log";
  Words words = {"run", "--no-capture", "-j", "8"};
  for (const char* name : {"slow", "exit-0", "print-both", "close-stdout"}) words.push_back(fixture(name));
  const Outcome outcome = nextest(words, options);
  SHOW(outcome);
  CHECK(outcome.code == 0);
  for (const std::string& line : lines_of(read_file(dir / "log"))) CHECK(ends_with(line, " 0"));  // slot 0 each time
}

TEST_CASE("binary output, not to a terminal: colours are stripped, invalid UTF-8 is escaped") {
  const Outcome outcome = nextest({"run", fixture("binary-output")});
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK_FALSE(contains(outcome.err, "\x1b[31m"));
  CHECK_FALSE(contains(outcome.err, "\xff"));
  CHECK_FALSE(contains(outcome.err, "\xc3("));
  CHECK_FALSE(contains(outcome.err, "\xed\xa0\x80"));
  CHECK(contains(lower(outcome.err), "\\xff"));
  for (const char* part : {"before", "nul", "invalid", "red", "cleared", "return", "after"})
    CHECK(contains(outcome.err, part));
  CHECK(!read_screen(outcome.err).summary.empty());
}

TEST_CASE("binary output, to a terminal: nothing but colours gets through" * needs(pseudo_terminal())) {
  Options options;
  options.terminal = true;
  options.environment["TERM"] = "xterm";
  const Outcome outcome = nextest({"run", fixture("binary-output")}, options);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  for (const char* bad : {"\x1b]0;", "\x1b[2J", "\x1b[H", "\x07", "\x08", "\x7f", "\xff", "\xed\xa0\x80"}) {
    NOTE(bad);
    CHECK_FALSE(contains(outcome.err, bad));
  }
  CHECK(outcome.err.find('\0') == std::string::npos);
  CHECK(contains(outcome.err, "\x1b[31mred"));
  CHECK(contains(outcome.err, "after"));
  CHECK(contains(outcome.err, "Summary"));
}

void check_controls(bool terminal) {
  Options options;
  options.terminal = terminal;
  options.environment["TERM"] = "xterm";
  const Outcome outcome = nextest({"run", "--harness", "libtest", fixture("list-controls")}, options);
  SHOW(outcome);
  CHECK_FALSE(contains(outcome.err, "esc\x1b[31m"));
  CHECK_FALSE(contains(outcome.err, "\x07"));
  CHECK(contains(outcome.err, "ape"));
  const Outcome list = nextest({"list", "--harness", "libtest", fixture("list-controls")}, options);
  CHECK_FALSE(contains(list.out + list.err, "esc\x1b[31m"));
  CHECK_FALSE(contains(list.out + list.err, "\x07"));
}

TEST_CASE("names with control characters are shown escaped") { check_controls(false); }
TEST_CASE("names with control characters are shown escaped to a terminal" * needs(pseudo_terminal())) {
  check_controls(true);
}

TEST_CASE("a flood of output: bounded memory, the beginning and the end are kept" * needs(proc())) {
  Options options;
  options.environment["FLOOD_MIB"] = variable("FLOOD_MIB", "1024");
  const Outcome outcome =
      nextest({"run", "--success-output", "immediate", "--max-output-shown", "100MB", fixture("flood")}, options);
  INFO("--- stderr begins\n" << outcome.err.substr(0, 1000));
  CHECK(outcome.code == 0);
  check_peak(outcome);
  CHECK(contains(outcome.err, "first line"));
  CHECK(contains(outcome.err, "last line"));
  CHECK(contains(outcome.err, "bytes"));
  CHECK(outcome.err.size() > 5000000);
  CHECK(outcome.err.size() < 20000000);
}

TEST_CASE("a flood of output that nobody wants to see" * needs(proc())) {
  const Outcome outcome = nextest({"run", fixture("flood"), fixture("exit-0"), "-j", "2"});
  SHOW(outcome);
  CHECK(outcome.code == 0);
  check_peak(outcome);
  CHECK(outcome.err.size() < 10000);
}

TEST_CASE("long lines, and no newline at the end") {
  const Outcome outcome = nextest({"run", fixture("long-lines")});
  INFO("--- stderr begins\n" << outcome.err.substr(0, 1000));
  CHECK(contains(outcome.err, "begin " + std::string(200000, 'x') + " end"));
  CHECK(contains(outcome.err, "no newline at the end"));
  CHECK(!read_screen(outcome.err).summary.empty());
}

TEST_CASE("closed outputs are no end of the test") {
  const Outcome outcome = nextest({"run", fixture("close-stdout")});
  CHECK(outcome.code == 0);
  CHECK(line_of(outcome, "close-stdout").word == "PASS");
}

bool coloured(const Words& more, const std::map<std::string, std::string>& environment, bool terminal) {
  Words words = {"run", fixture("exit-0")};
  words.insert(words.end(), more.begin(), more.end());
  Options options;
  options.environment = environment;
  options.terminal = terminal;
  return contains(nextest(words, options).err, "\x1b[");
}

TEST_CASE("colours: only where they are wanted") {
  CHECK_FALSE(coloured({}, {}, false));
  CHECK_FALSE(coloured({"--color", "auto"}, {}, false));
  CHECK(coloured({"--color", "always"}, {}, false));
  CHECK(coloured({"--color=always"}, {{"NO_COLOR", "1"}}, false));
  CHECK(coloured({}, {{"CLICOLOR_FORCE", "1"}}, false));
  CHECK(coloured({}, {{"FORCE_COLOR", "1"}}, false));
}

TEST_CASE("colours: on a terminal, but where they are not wanted" * needs(pseudo_terminal())) {
  CHECK(coloured({}, {{"TERM", "xterm"}}, true));
  CHECK_FALSE(coloured({"--color", "never"}, {{"TERM", "xterm"}}, true));
  CHECK_FALSE(coloured({}, {{"TERM", "xterm"}, {"NO_COLOR", "1"}}, true));
  CHECK_FALSE(coloured({}, {{"TERM", "dumb"}}, true));
}

TEST_CASE("rules of the locale: unicode only where it is UTF-8") {
  Options c_locale;
  c_locale.environment["LC_ALL"] = "C";
  const Outcome plain = nextest({"run", fixture("print-fail")}, c_locale);
  SHOW(plain);
  CHECK(std::none_of(plain.err.begin(), plain.err.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }));
  CHECK(contains(plain.err, "----"));
  CHECK(contains(nextest({"run", fixture("exit-0")}).err, "\xe2\x94\x80\xe2\x94\x80"));
}

TEST_CASE("the header, the counts, one line a test, the summary: in this order") {
  const Outcome outcome = nextest({"run", fixture("exit-0"), fixture("print-both"), fixture("plain")});
  SHOW(outcome);
  const std::string& text = outcome.err;
  const size_t header = text.find("Nextest run ID ");
  const size_t starting = text.find("Starting 3 tests across 3 binaries");
  const size_t first = text.find("PASS [");
  const size_t summary = text.find("Summary [");
  REQUIRE(header != std::string::npos);
  REQUIRE(starting != std::string::npos);
  REQUIRE(first != std::string::npos);
  REQUIRE(summary != std::string::npos);
  CHECK(header < starting);
  CHECK(starting < first);
  CHECK(first < summary);
  CHECK(text.rfind("PASS [") < summary);
  CHECK(read_screen(text).summary == "3 tests run: 3 passed, 0 skipped");
}

TEST_CASE("one test, one binary: no plural") {
  const Outcome outcome = nextest({"run", fixture("exit-0")});
  SHOW(outcome);
  CHECK(contains(outcome.err, "Starting 1 test across 1 binary"));
  CHECK(read_screen(outcome.err).summary == "1 test run: 1 passed, 0 skipped");
}

TEST_CASE("stderr that nobody reads does not stop the tests from being run") {
  // The reading end of the terminal or pipe is gone: the run may end early, but it neither hangs nor leaves anything.
  const TempDir dir;
  Options options;
  options.environment["E2E_PROGRAM"] = program_path();
  options.environment["E2E_TEST"] = fixture("slow");
  const Outcome outcome =
      execute({"/bin/sh", "-c", "{ \"$E2E_PROGRAM\" run \"$E2E_TEST\" 2>&1; echo \"code $?\" >&2; } | true"}, options);
  check_clean({"run", "slow"}, outcome);
  SHOW(outcome);
  CHECK(contains(outcome.err, "code "));
}

}  // namespace
