// The program on a real terminal: the bar, the keys, job control, and how the terminal is left.
#include "terminal.hpp"

#include "workspace.hpp"

using namespace drive;

namespace {

const char* const bar_word = "Running [ ";

std::string two_hundred() { return "--harness libtest " + quoted(fixture("two_hundred")); }

// A line of a test that is running: blanks, then its time. Those of tests that have ended begin with a word.
bool is_running_line(const std::string& line) {
  static const std::regex running("^ {13}\\[ *[0-9]+\\.[0-9]{3}s\\] .*");
  static const std::regex more("^ {13}and [0-9]+ more *$");
  return std::regex_match(line, running) || std::regex_match(line, more);
}

Words leftovers(const std::string& text) {
  Words found;
  for (const std::string& line : lines_of(text)) {
    if (contains(line, bar_word) || is_running_line(line)) found.push_back(line);
  }
  return found;
}

void check_no_leftovers(const Terminal& terminal) {
  const std::string all = terminal.all();
  INFO("--- the terminal shows\n" << all);
  for (const std::string& line : leftovers(all)) CHECK_MESSAGE(false, "left: " << line);
}

// Tests that say when they are there: "hangs" ends when it is asked to, "stubborn" does not.
void write_tests(const Terminal& terminal) {
  write_file(terminal.dir / "hangs", "#!/bin/sh\necho ready\n: > up\nexec sleep 1000\n", 0755);
  write_file(terminal.dir / "stubborn",
             "#!/bin/sh\ntrap '' INT TERM HUP QUIT\necho ready\n: > up\nwhile :; do sleep 1000; done\n", 0755);
  write_file(terminal.dir / "passes", "#!/bin/sh\n", 0755);
  write_file(terminal.dir / "fails", "#!/bin/sh\nexit 1\n", 0755);
}

bool wait_for_test(const Terminal& terminal) {
  return terminal.wait_until([&] { return exists(terminal.dir / "up"); });
}

// The last lines of the screen, from the bar on.
std::string footer_of(const std::string& screen) {
  const size_t bar = screen.rfind(bar_word);
  if (bar == std::string::npos) return "";
  return settled(screen.substr(screen.rfind('\n', bar) + 1));
}

// The bar is there once, below all other lines, and none of its lines is broken.
void check_one_footer(const Terminal& terminal) {
  std::string broken, unbroken;
  // Two looks that saw the same picture.
  REQUIRE(terminal.wait_until([&] {
    broken = footer_of(terminal.all());
    unbroken = footer_of(terminal.unbroken());
    return broken == unbroken;
  }));
  const std::string all = terminal.all();
  INFO("--- the terminal shows\n" << all);
  CHECK(occurrences(all, bar_word) == 1);
  bool in_footer = false;
  for (const std::string& line : lines_of(settled(all))) {
    in_footer = in_footer || contains(line, "Running [clock]");
    if (in_footer) CHECK((contains(line, "[clock]") || starts_with(line, "             ")));
  }
  CHECK(in_footer);
}

int count_lines(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  int count = 0;
  for (const std::string& line : lines_of(text)) count += std::regex_search(line, regex) ? 1 : 0;
  return count;
}

// What follows the line of the shell that started it, up to the prompt after it.
std::string report_of(const Terminal& terminal) {
  const std::string text = settled(terminal.unbroken());
  const size_t from = text.find("code=$?\n");
  const size_t to = text.find("\ncode=", from);
  return from == std::string::npos || to == std::string::npos ? text : text.substr(from + 8, to + 1 - from - 8);
}

// Each of the 200 tests has its line, with nothing else in it.
void check_two_hundred_lines(const Terminal& terminal) {
  Words expected, found;
  for (const std::string& line : lines_of(execute({fixture("two_hundred"), "--list"}).out)) {
    expected.push_back("        PASS [time] two_hundred " + line.substr(0, line.rfind(": test")));
  }
  for (const std::string& line : lines_of(report_of(terminal))) {
    if (contains(line, "PASS")) found.push_back(line);
  }
  std::sort(expected.begin(), expected.end());
  std::sort(found.begin(), found.end());
  REQUIRE(expected.size() == 200);
  CHECK(found == expected);
}

// ---- the bar --------------------------------------------------------------------------------------------------------

TEST_CASE("terminal: 200 tests on 80 columns and 24 rows" * a_real_terminal()) {
  Terminal terminal(80, 24);
  terminal.program("r", "run -j 8 " + two_hundred());
  terminal.start("r");
  REQUIRE(terminal.wait_for_text("0/200: 8 running"));
  REQUIRE(terminal.wait_for_text("::number_007"));
  CHECK(settled(terminal.screen()) == R"($ r; echo code=$?
────────────
 Nextest run ID (id) with nextest profile: defau
lt
    Starting 200 tests across 1 binary
     Running [clock] ──────────────────────── 0/200: 8 running
             [time] two_hundred group0::number_000
             [time] two_hundred group1::number_001
             [time] two_hundred group2::number_002
             [time] two_hundred group3::number_003
             [time] two_hundred group4::number_004
             [time] two_hundred a_module_with_a_long…_there_is::number_005
             [time] two_hundred 漢字の名前が付いた試…幅が広い::number_006
             [time] two_hundred éééééééééééééééééééé::number_007
)");
  terminal.open_gate(100);
  REQUIRE(terminal.wait_for_text("100/200: 8 running, 100 passed"));
  REQUIRE(terminal.wait_for_text("::number_107"));
  CHECK(footer_of(terminal.screen()) == R"(     Running [clock] ━━━━━━━━━━━──────────── 100/200: 8 running, 100 passed
             [time] two_hundred group0::number_100
             [time] two_hundred group1::number_101
             [time] two_hundred group2::number_102
             [time] two_hundred group3::number_103
             [time] two_hundred group4::number_104
             [time] two_hundred a_module_with_a_long…_there_is::number_105
             [time] two_hundred 漢字の名前が付いた試…幅が広い::number_106
             [time] two_hundred éééééééééééééééééééé::number_107
)");
  check_one_footer(terminal);
  CHECK(count_lines(terminal.all(), "^ +PASS \\[") == 100);
  terminal.open_gate(200);
  CHECK(terminal.code() == 0);
  check_no_leftovers(terminal);
  check_two_hundred_lines(terminal);
  const Words lines = lines_of(report_of(terminal));
  REQUIRE(lines.size() == 205);
  CHECK(lines[0] == "────────────");
  for (size_t i = 3; i < 203; i++) CHECK(starts_with(lines[i], "        PASS [time] two_hundred "));
  CHECK(lines[203] == "────────────");
  CHECK(lines[204] == "     Summary [time] 200 tests run: 200 passed, 0 skipped");
  CHECK(terminal.left_behind().empty());
}

TEST_CASE("terminal: 200 tests on 40 columns and 10 rows" * a_real_terminal(window_size())) {
  Terminal terminal(40, 10);
  terminal.program("r", "run -j 8 " + two_hundred());
  terminal.start("r");
  REQUIRE(terminal.wait_for_text("and 4 more"));
  CHECK(footer_of(terminal.screen()) == R"(     Running [clock] ──────── 0/200
             [time] t…ed grou…_000
             [time] t…ed grou…_001
             [time] t…ed grou…_002
             [time] t…ed grou…_003
             and 4 more
)");
  check_one_footer(terminal);
  terminal.open_gate(104);
  REQUIRE(terminal.wait_for_text("104/200"));
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "…_107"); }));
  // A wide character that does not fit leaves its column free.
  CHECK(footer_of(terminal.screen()) == R"(     Running [clock] ━━━─── 104/200
             [time] t…ed grou…_104
             [time] t…ed a_mo…_105
             [time] t…ed 漢字…_106
             [time] t…ed éééé…_107
             and 4 more
)");
  check_one_footer(terminal);
  terminal.open_gate(200);
  CHECK(terminal.code() == 0);
  check_no_leftovers(terminal);
  check_two_hundred_lines(terminal);
  CHECK(contains(terminal.unbroken(), "200 tests run: 200 passed, 0 skipped"));
}

TEST_CASE("terminal: another size in the middle of a run" * a_real_terminal(window_size())) {
  Terminal terminal(80, 24);
  terminal.program("r", "run -j 8 " + two_hundred());
  terminal.start("r");
  REQUIRE(terminal.wait_for_text("0/200: 8 running"));
  REQUIRE(terminal.wait_for_text("::number_007"));
  terminal.resize(40, 10);
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "and 4 more"); }));
  check_one_footer(terminal);
  terminal.open_gate(50);
  REQUIRE(terminal.wait_for_text("50/200"));
  terminal.resize(100, 30);
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "50/200: 8 running, 50 passed"); }));
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "group0::number_050"); }));
  check_one_footer(terminal);
  terminal.open_gate(100);
  REQUIRE(terminal.wait_for_text("100/200"));
  terminal.resize(50, 12);  // now that the screen is full
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "and 3 more"); }));
  check_one_footer(terminal);
  terminal.resize(80, 24);
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "100/200: 8 running, 100 passed"); }));
  check_one_footer(terminal);
  terminal.open_gate(200);
  CHECK(terminal.code() == 0);
  check_no_leftovers(terminal);
  check_two_hundred_lines(terminal);
}

// ---- the keys -------------------------------------------------------------------------------------------------------

pid_t running_test(const Terminal& terminal) {
  for (const pid_t pid : terminal.left_behind(0)) {
    if (contains(read_file("/proc/" + std::to_string(pid) + "/environ"), "NEXTEST_ATTEMPT_ID=")) return pid;
  }
  return 0;
}

TEST_CASE("terminal: t tells what is running, Enter how far it is, SIGUSR1 as t" * a_real_terminal()) {
  Terminal terminal(80, 40);
  write_tests(terminal);
  terminal.program("r", "run ./hangs");
  terminal.start("r");
  REQUIRE(terminal.wait_for_text("0/1: 1 running"));
  const std::string answer = R"(────────────
        Info 1 test running; 0/1 test run: 0 passed, 0 skipped
         1/1 hangs hangs
      status: running for (time) as PID (pid), slot 0
  stdout ───
    ready
────────────
)";
  const std::string bar = R"(     Running [clock] ──────────────────────── 0/1: 1 running
             [time] hangs hangs
)";
  REQUIRE(wait_for_test(terminal));
  terminal.type("t");
  REQUIRE(terminal.wait_for_text("status: running for"));
  check_one_footer(terminal);
  CHECK(ends_with(settled(terminal.screen()), answer + bar));
  const pid_t pid = running_test(terminal);
  CHECK(contains(terminal.screen(), " as PID " + std::to_string(pid) + ", slot 0"));

  terminal.key("Enter");
  REQUIRE(terminal.wait_for_text(bar_word, 2));
  const std::string line = "     Running [clock] ──────────────────────── 0/1: 1 running\n";
  CHECK(ends_with(settled(terminal.screen()), answer + line + bar));

  terminal.send(SIGUSR1);
  REQUIRE(terminal.wait_for_text("status: running for", 2));
  CHECK(ends_with(settled(terminal.screen()), answer + line + answer + bar));

  // Other keys do nothing, and are not shown.
  terminal.type("xyz?");
  terminal.key("C-c");
  CHECK(terminal.code() == 100);
  CHECK(ends_with(report_of(terminal), answer + line + answer + R"(  Cancelling due to interrupt: 1 test still running
      SIGINT [time] hangs hangs
────────────
     Summary [time] 1 test run: 0 passed, 1 failed, 0 skipped
)"));
  CHECK(terminal.left_behind().empty());
}

TEST_CASE("terminal: t says why a test is being ended, and when it will be killed" * a_real_terminal()) {
  struct Case {
    const char* options;
    bool interrupt;
    const char* cause;
  };
  for (const Case& one :
       {Case{"--slow-timeout 300ms --terminate-after 1", false, "its timeout"}, Case{"", true, "interrupt"}}) {
    NOTE(one.cause);
    Terminal terminal(130, 40);
    terminal.program("r", std::string("run --grace-period 1000s ") + one.options + " ./stubborn");
    write_tests(terminal);
    terminal.start("r");
    REQUIRE(wait_for_test(terminal));
    if (one.interrupt) terminal.key("C-c");
    REQUIRE(terminal.wait_for_text(one.interrupt ? "Cancelling due to" : "TERMINATING ["));
    terminal.type("t");
    REQUIRE(terminal.wait_for_text("status: ending"));
    const std::string screen = settled(terminal.screen());
    INFO(screen);
    CHECK(contains(screen,
                   std::string("      status: ending after (time) as PID (pid), asked to end (time) ago because of ") +
                       one.cause + ", will be killed in (time), slot 0\n  stdout ───\n    ready\n"));
    terminal.key("C-c");
    if (!one.interrupt) {
      REQUIRE(terminal.wait_for_text("Cancelling due to"));
      terminal.key("C-c");
    }
    CHECK(terminal.code() == 100);
    CHECK(terminal.left_behind().empty());
  }
}

// ---- job control ----------------------------------------------------------------------------------------------------

void stop_and_go_on(const std::string& shell) {
  NOTE(shell);
  Terminal terminal(80, 24, shell);
  terminal.enter("stty -a > before");
  terminal.program("r", "run --slow-timeout 2s --terminate-after 1 " + two_hundred() + " -E 'test(/number_000/)'");
  terminal.enter("r");
  REQUIRE(terminal.wait_for_text("0/1: 1 running"));
  terminal.key("C-z");
  REQUIRE(terminal.wait_for_text("Stopped"));
  const double since = now_seconds();
  terminal.enter("stty -a > meanwhile; echo the prompt works, $((40 + 2)) times");
  REQUIRE(terminal.wait_for_text("the prompt works, 42 times"));
  CHECK(read_file(terminal.dir / "meanwhile") == read_file(terminal.dir / "before"));
  CHECK(contains(terminal.all(), "     Pausing due to signal: 1 test running\n"));
  check_no_leftovers(terminal);
  while (now_seconds() < since + 3.2) sleep_ms(50);
  terminal.enter("fg; echo code=$?");
  REQUIRE(terminal.wait_for_text("  Continuing due to signal: 1 test running\n"));
  REQUIRE(terminal.wait_for_text("0/1: 1 running"));
  CHECK(contains(terminal.modes(), "-icanon"));
  terminal.type("t");
  REQUIRE(terminal.wait_for_text("status: running for"));
  terminal.open_gate(1);
  CHECK(terminal.code() == 0);
  terminal.enter("stty -a > after; echo all $((1 + 1)) done");
  REQUIRE(terminal.wait_for_text("all 2 done"));
  CHECK(read_file(terminal.dir / "after") == read_file(terminal.dir / "before"));
  const std::string all = terminal.all();
  INFO(all);
  CHECK(contains(all, "1 test run: 1 passed, 199 skipped"));
  CHECK_FALSE(contains(all, "SLOW"));
  CHECK_FALSE(contains(all, "TERMINATING"));
  check_no_leftovers(terminal);
}

TEST_CASE("terminal: Ctrl-Z, the prompt, fg, in a plain shell" * a_real_terminal()) {
  stop_and_go_on(Terminal::plain_shell());
}

TEST_CASE("terminal: Ctrl-Z, the prompt, fg, in bash" * a_real_terminal(tool("bash"))) {
  stop_and_go_on(path_of_program("bash"));
}

void background_and_foreground(const std::string& shell) {
  NOTE(shell);
  Terminal terminal(80, 30, shell);
  terminal.enter("stty tostop; stty -a > before");
  needs_feature("filtersets");  // in the background it would be stopped before it could say so
  terminal.program("r", "run -j 1 " + two_hundred() + " -E 'test(/number_00[01]/)'");
  terminal.enter("r &");
  REQUIRE(terminal.wait_for_text("Starting 2 tests"));
  terminal.open_gate(1);
  REQUIRE(terminal.wait_for_text("PASS ["));  // it may write
  terminal.enter("stty -a > meanwhile; jobs > jobs; echo the prompt works, $((40 + 2)) times");
  REQUIRE(terminal.wait_for_text("the prompt works, 42 times"));
  CHECK(read_file(terminal.dir / "meanwhile") == read_file(terminal.dir / "before"));
  NOTE(read_file(terminal.dir / "jobs"));
  CHECK(contains(read_file(terminal.dir / "jobs"), "Running"));
  check_no_leftovers(terminal);  // a bar would be drawn over what is typed
  terminal.enter("fg; echo code=$?");
  REQUIRE(terminal.wait_for_text("1/2: 1 running"));
  REQUIRE(terminal.wait_until([&] { return contains(terminal.modes(), "-icanon"); }));
  terminal.type("t");
  REQUIRE(terminal.wait_for_text("status: running for"));
  terminal.open_gate(2);
  CHECK(terminal.code() == 0);
  terminal.enter("stty -a > after; echo all $((1 + 1)) done");
  REQUIRE(terminal.wait_for_text("all 2 done"));
  CHECK(read_file(terminal.dir / "after") == read_file(terminal.dir / "before"));
  check_no_leftovers(terminal);
}

TEST_CASE("terminal: in the background it does not touch the terminal, in the foreground it has the keys, plain shell" *
          a_real_terminal()) {
  background_and_foreground(Terminal::plain_shell());
}

TEST_CASE("terminal: in the background it does not touch the terminal, in the foreground it has the keys, bash" *
          a_real_terminal(tool("bash"))) {
  background_and_foreground(path_of_program("bash"));
}

// ---- the ways out ---------------------------------------------------------------------------------------------------

TEST_CASE("terminal: Ctrl-C ends the run, a second one kills" * a_real_terminal()) {
  Terminal terminal(80, 40);
  write_tests(terminal);
  terminal.program("once", "run -j 1 ./hangs ./passes");
  terminal.start("once");
  REQUIRE(terminal.wait_for_text("0/2: 1 running"));
  terminal.key("C-c");
  CHECK(terminal.code() == 100);
  CHECK(terminal.left_behind().empty());
  check_no_leftovers(terminal);
  CHECK(contains(report_of(terminal), R"(  Cancelling due to interrupt: 1 test still running
      SIGINT [time] hangs hangs
────────────
     Summary [time] 1/2 tests run: 0 passed, 1 failed, 0 skipped
warning: 1/2 tests were not run due to interrupt
)"));

  terminal.enter("clear");
  terminal.program("twice", "run --grace-period 1000s ./stubborn");
  unlink((terminal.dir / "up").c_str());
  terminal.start("twice");
  REQUIRE(wait_for_test(terminal));
  terminal.key("C-c");
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "Cancelling ["); }));
  terminal.key("C-c");
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "code=100"); }));
  CHECK(terminal.left_behind().empty());
  check_no_leftovers(terminal);
  CHECK(contains(settled(terminal.screen()), R"(  Cancelling due to interrupt: 1 test still running
     Killing due to second signal: 1 test still running
     SIGKILL [time] stubborn stubborn
────────────
     Summary [time] 1 test run: 0 passed, 1 failed, 0 skipped
)"));
}

TEST_CASE("terminal: its modes are the same after every way out" * a_real_terminal()) {
  struct Case {
    const char* name;
    Words steps;  // keys, or numbers of signals, one after the other
    int code;
    const char* test;
    const char* options;
  };
  const auto number = [](int signal) { return std::to_string(signal); };
  const std::vector<Case> cases = {
      {"normal end", {}, 0, "passes", ""},
      {"failure", {}, 100, "fails", ""},
      {"Ctrl-C", {"C-c"}, 100, "hangs", ""},
      {"Ctrl-C twice", {"C-c", "C-c"}, 100, "stubborn", "--grace-period 1000s"},
      {"Ctrl-\\", {"C-\\\\"}, 100, "hangs", ""},
      {"SIGTERM", {number(SIGTERM)}, 100, "hangs", ""},
      {"SIGHUP", {number(SIGHUP)}, 100, "hangs", ""},
      {"SIGQUIT", {number(SIGQUIT)}, 100, "hangs", ""},
      {"SIGABRT", {number(SIGABRT)}, 128 + SIGABRT, "hangs", ""},
      {"SIGSEGV", {number(SIGSEGV)}, 128 + SIGSEGV, "hangs", ""},
      {"no input handler", {number(SIGINT)}, 100, "hangs", "--no-input-handler"},
  };
  Terminal terminal(100, 24);
  write_tests(terminal);
  const std::string before = terminal.modes();
  CHECK(contains(before, " icanon"));
  for (const Case& one : cases) {
    NOTE(one.name);
    const bool crashes = one.code > 128;
    // A sanitizer has a handler of its own; where only POSIX is used nobody ends the tests of a runner that is gone.
    if (crashes && (variable("E2E_ANY_MEMORY", "0") != "0" || !sees_other_sessions())) continue;
    terminal.program("r", std::string("run ") + one.options + " ./" + one.test, "ulimit -c 0");
    terminal.enter("clear; r; echo code=$?");
    if (!one.steps.empty()) {
      REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "0/1: 1 running"); }));
      REQUIRE(wait_for_test(terminal));
      unlink((terminal.dir / "up").c_str());
      const bool has_keys = std::string(one.options) != "--no-input-handler";
      CHECK(contains(terminal.modes(), "-icanon") == has_keys);
      if (!has_keys) CHECK(terminal.modes() == before);
    }
    for (size_t i = 0; i < one.steps.size(); i++) {
      if (i > 0) REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "Cancelling ["); }));
      const int signal = atoi(one.steps[i].c_str());
      if (signal > 0) terminal.send(signal);
      else terminal.key(one.steps[i]);
    }
    REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "\ncode=" + std::to_string(one.code)); }));
    CHECK(terminal.modes() == before);
    CHECK(terminal.left_behind().empty());
  }
}

// A pager takes the modes that it finds, and puts them back when it ends: that must not be ours.
TEST_CASE("terminal: a report that goes to a pager leaves keys and modes to it" * a_real_terminal()) {
  Terminal terminal(100, 24);
  write_tests(terminal);
  const std::string before = terminal.modes();
  terminal.program("r", "run ./hangs 2>&1 | cat");
  terminal.enter("clear; r");
  REQUIRE(wait_for_test(terminal));
  CHECK(terminal.modes() == before);
  terminal.key("C-c");
  CHECK(terminal.left_behind().empty());  // cat is gone as well, so nobody reads how it ends
  CHECK(terminal.modes() == before);
}

TEST_CASE("terminal: a window that is closed ends the run, and leaves nothing behind" * a_real_terminal()) {
  Terminal terminal(80, 24);
  write_tests(terminal);
  terminal.program("r", "run --grace-period 300ms ./hangs ./stubborn");
  terminal.start("r");
  REQUIRE(wait_for_test(terminal));
  terminal.close();
  CHECK(terminal.wait_until([&] { return terminal.left_behind(0).empty(); }));
}

// ---- what is shown where --------------------------------------------------------------------------------------------

TEST_CASE("terminal: what each kind of progress shows" * a_real_terminal()) {
  struct Case {
    const char* name;
    const char* before;  // commands, or assignments
    const char* options;
    const char* after;
    bool bar, counter, lines;
  };
  const Case cases[] = {
      {"by default", "", "", "", true, false, true},
      {"auto", "", "--show-progress auto", "", true, false, true},
      {"bar", "", "--show-progress=bar", "", true, false, true},
      {"counter", "", "--show-progress=counter", "", false, true, true},
      {"only", "", "--show-progress=only", "", true, false, false},
      {"none", "", "--show-progress=none", "", false, false, true},
      {"a terminal without a cursor", "export TERM=dumb", "", "", false, true, true},
      {"CI", "export CI=1", "", "", false, true, true},
      {"bar in CI", "export CI=1", "--show-progress=bar", "", true, false, true},
      {"a pipe", "", "", "2>&1 | cat", false, true, true},
      {"bar into a pipe", "", "--show-progress=bar", "2>&1 | cat", false, false, true},
      {"no capture", "", "--no-capture", "", false, true, true},
  };
  Terminal terminal(80, 24);
  for (const Case& one : cases) {
    NOTE(one.name);
    terminal.open_gate(0);
    terminal.program("r", std::string("run -j 1 ") + one.options + " " + two_hundred() + " -E 'test(/number_00[012]/)'",
                     one.before);
    terminal.enter(std::string("clear; r ") + one.after + "; echo code=$?");
    const auto shows = [&](const std::string& text) {
      return terminal.wait_until([&] { return contains(terminal.screen(), text); });
    };
    REQUIRE(shows("Starting 3 tests"));
    terminal.open_gate(1);
    if (one.bar) {
      REQUIRE(shows("1/3: 1 running, 1 passed, 197 skipped\n"));
      REQUIRE(shows("] two_hundred group1::number_001\n"));
      CHECK(occurrences(terminal.screen(), bar_word) == 1);
    } else {
      REQUIRE(shows("PASS ["));
      CHECK(leftovers(terminal.screen()).empty());
    }
    terminal.open_gate(3);
    REQUIRE(shows("\ncode=0\n"));
    std::string screen = settled(terminal.screen());
    std::string expected;
    if (contains(one.options, "no-capture")) {
      for (const char number : {'0', '1', '2'}) {
        const std::string name = std::string("two_hundred group") + number + "::number_00" + number + "\n";
        expected += "       START [         ]       " + name + "I am number " + number + "\n        PASS [time] (" +
                    char(number + 1) + "/3) " + name;
      }
    } else if (one.lines) {
      for (const std::string word : {"0", "1", "2"}) {
        expected += "        PASS [time] ";
        if (one.counter) expected += "(" + std::to_string(atoi(word.c_str()) + 1) + "/3) ";
        expected += "two_hundred group" + word + "::number_00" + word + "\n";
      }
    }
    expected = "    Starting 3 tests across 1 binary (197 tests skipped)\n" + expected +
               "────────────\n     Summary [time] 3 tests run: 3 passed, 197 skipped\ncode=0\n";
    screen.erase(0, screen.find("    Starting"));
    if (starts_with(screen.substr(expected.size()), "$")) screen.erase(expected.size());
    CHECK(screen == expected);
    if (contains(one.after, "cat")) CHECK_FALSE(contains(screen, "\x1b"));
  }
}

TEST_CASE("terminal: as many running tests below the bar as asked for" * a_real_terminal()) {
  Terminal terminal(80, 24);
  terminal.program("two", "run -j 4 --max-progress-running 2 " + two_hundred());
  terminal.program("none", "run -j 4 --max-progress-running 0 " + two_hundred());
  terminal.enter("clear; two");
  REQUIRE(terminal.wait_for_text("and 3 more"));
  CHECK(footer_of(terminal.screen()) == R"(     Running [clock] ──────────────────────── 0/200: 4 running
             [time] two_hundred group0::number_000
             and 3 more
)");
  terminal.key("C-c");
  REQUIRE(terminal.wait_for_text("due to interrupt\n$"));
  check_no_leftovers(terminal);
  terminal.enter("clear; none");
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "0/200: 4 running"); }));
  CHECK(footer_of(terminal.screen()) == "     Running [clock] ──────────────────────── 0/200: 4 running\n");
  terminal.key("C-c");
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "due to interrupt\n$"); }));
  check_no_leftovers(terminal);
}

// A setup script that is not captured; its file begins with `body` and ends at the gate.
void write_setup_script(const Terminal& terminal, const std::string& body) {
  mkdir((terminal.dir / ".config").c_str(), 0755);
  write_file(terminal.dir / ".config/nextest.toml", R"x(experimental = ["setup-scripts"]
[scripts.setup.talk]
command = "./talk"
[[profile.default.scripts]]
filter = "all()"
setup = "talk"
)x");
  write_file(
      terminal.dir / "talk",
      "#!/bin/sh\n" + body + "until [ \"$(cat \"$E2E_GATE\")\" -gt 0 ]; do sleep 0.05; done\necho the script ends\n",
      0755);
}

TEST_CASE("terminal: a setup script that writes to the terminal is not torn" * a_real_terminal()) {
  Terminal terminal(80, 24);
  write_setup_script(terminal, "for i in 1 2 3; do echo out $i; sleep 0.15; echo err $i >&2; done\n");
  terminal.program("r", "run " + two_hundred() + " -E 'test(/number_001/)'");
  terminal.start("r");
  const std::string script = R"(    Starting 1 test across 1 binary (199 tests skipped)
       SETUP [ 1/1 ] talk: ./talk
out 1
err 1
out 2
err 2
out 3
err 3
)";
  REQUIRE(terminal.wait_for_text("err 3"));
  CHECK(ends_with(settled(terminal.screen()), script));  // and no bar
  terminal.open_gate(1);
  REQUIRE(terminal.wait_for_text("0/1: 1 running"));
  CHECK(ends_with(settled(terminal.screen()), script + R"(the script ends
  SETUP PASS [time] talk: ./talk
     Running [clock] ──────────────────────── 0/1: 1 running, 199 skipped
             [time] two_hundred group1::number_001
)"));
  terminal.open_gate(2);
  CHECK(terminal.code() == 0);
  check_no_leftovers(terminal);
  CHECK(ends_with(report_of(terminal), script + R"(the script ends
  SETUP PASS [time] talk: ./talk
        PASS [time] two_hundred group1::number_001
────────────
     Summary [time] 1 test run: 1 passed, 199 skipped
)"));
}

TEST_CASE("terminal: a setup script that was stopped goes on, and has no bar below it" * a_real_terminal()) {
  Terminal terminal(80, 24);
  write_setup_script(terminal,
                     "echo begins\nwhile [ ! -f again ]; do sleep 0.02; done\n"
                     "for i in 1 2 3; do printf 'this '; sleep 0.15; echo is whole; done\n");
  terminal.program("r", "run " + two_hundred() + " -E 'test(/number_001/)'");
  terminal.enter("r");
  REQUIRE(terminal.wait_for_text("begins"));
  terminal.key("C-z");
  REQUIRE(terminal.wait_for_text("Stopped"));
  CHECK(contains(terminal.all(), "begins\n     Pausing due to signal: 0 tests running\n"));
  terminal.enter("clear; fg; echo code=$?");
  REQUIRE(terminal.wait_for_text("Continuing due to signal"));
  write_file(terminal.dir / "again", "");
  REQUIRE(terminal.wait_for_text("this is whole\nthis is whole\nthis is whole\n"));
  CHECK(leftovers(terminal.screen()).empty());
  terminal.open_gate(1);
  REQUIRE(terminal.wait_for_text("0/1: 1 running"));
  terminal.open_gate(2);
  CHECK(terminal.code() == 0);
  check_no_leftovers(terminal);
  CHECK(contains(settled(terminal.screen()), R"(  Continuing due to signal: 0 tests running
this is whole
this is whole
this is whole
the script ends
  SETUP PASS [time] talk: ./talk
        PASS [time] two_hundred group1::number_001
)"));
}

TEST_CASE("terminal: what a failed test printed stands whole above the bar" * a_real_terminal()) {
  Terminal terminal(80, 24);
  write_tests(terminal);
  write_file(terminal.dir / "talks", "#!/bin/sh\necho on stdout\nprintf 'on stderr, no newline' >&2\nexit 3\n", 0755);
  terminal.program("r", "run -j 1 --no-fail-fast --retries 1 ./talks ./hangs");
  terminal.start("r");
  REQUIRE(terminal.wait_for_text("1/2: 1 running, 1 failed"));
  const std::string shown = R"(    Starting 2 tests across 2 binaries
  TRY 1 FAIL [time] talks talks
  stdout ───
    on stdout
  stderr ───
    on stderr, no newline
    exited with 3

  TRY 2 FAIL [time] talks talks
  stdout ───
    on stdout
  stderr ───
    on stderr, no newline
    exited with 3

)";
  const std::string screen = settled(terminal.screen());
  INFO(screen);
  CHECK(ends_with(screen, shown + R"(     Running [clock] ━━━━━━━━━━━━──────────── 1/2: 1 running, 1 failed
             [time] hangs hangs
)"));
  terminal.key("C-c");
  CHECK(terminal.code() == 100);
  check_no_leftovers(terminal);
  CHECK(contains(report_of(terminal), shown + R"(  Cancelling due to interrupt: 1 test still running
)"));
}

// ---- what tests print -----------------------------------------------------------------------------------------------

TEST_CASE("terminal: nothing that a test prints or is called does it any harm" * a_real_terminal()) {
  Terminal terminal(80, 24);
  // Each clears, moves, scrolls, switches screens, hides the cursor, sets a title, charsets, modes, or asks.
  write_file(terminal.dir / "hostile", R"x(#!/bin/sh
case " $* " in
  *" --list "*" --ignored "* | *" --ignored "*" --list "*) exit 0 ;;
  *" --list "*)
    printf 'plain: test\n'
    printf 'title\033]0;TAKEN\007: test\n'
    printf 'alternate\033[?1049h: test\n'
    printf 'cleared\033[2J\033[H: test\n'
    printf 'back\rward: test\n'
    printf 'c1\302\2332Jcsi: test\n'
    printf 'reversed\342\200\256lanoitceridib: test\n'
    exit 0 ;;
esac
printf '\033]0;TAKEN\007\033]2;TAKEN\033\\\033kTAKEN\033\\'
printf '\033[?1049h\033[?47h\033[2J\033[H\033[3J\033[5;10r\033[?25l\033[?7l\033[?2004h\033[?1000h\033(0\016'
printf '\033[6n\033[c\033[4l\033[20h\033c\033[!p\033#8\302\2332J\033P+q\033\\'
printf 'first\rsecond\r\nback\b\b\b\b\a\v\f\n'
printf '\033[31mred and left so\n'
printf '%10000s\n' x | tr ' ' y
printf 'on stderr \033[2J\033]0;TAKEN\007\n' >&2
until [ "$(cat "$E2E_GATE")" -gt 0 ]; do sleep 0.02; done
exit 1
)x",
             0755);
  terminal.program("r", "run -j 7 --no-fail-fast --harness libtest ./hostile");
  const std::string modes = terminal.modes();
  const char* const states =
      "pane_title} #{alternate_on} #{cursor_flag} #{insert_flag} #{keypad_cursor_flag} #{keypad_flag} "
      "#{mouse_any_flag} "
      "#{origin_flag} #{scroll_region_upper} #{scroll_region_lower} #{wrap_flag";
  const std::string before = terminal.about(states);
  CHECK_FALSE(contains(before, "TAKEN"));
  terminal.start("r");
  REQUIRE(terminal.wait_for_text("0/7: 7 running"));
  CHECK(terminal.about(states) == before);
  check_one_footer(terminal);
  terminal.type("t");  // the outputs so far are no more harmful
  REQUIRE(terminal.wait_for_text("status: running for", 7));
  REQUIRE(terminal.wait_until([&] { return contains(terminal.screen(), "0/7: 7 running"); }));
  CHECK(terminal.about(states) == before);
  check_one_footer(terminal);
  terminal.open_gate(1);
  CHECK(terminal.code() == 100);
  check_no_leftovers(terminal);
  CHECK(terminal.about(states) == before);
  CHECK(terminal.modes() == modes);
  const std::string all = terminal.unbroken();
  for (const char* name : {"plain", "title\\x1B]0;TAKEN\\x07", "alternate\\x1B[?1049h", "cleared\\x1B[2J\\x1B[H",
                           "back\\rward", "c1\\u{9B}2Jcsi", "reversed\\u{202E}lanoitceridib"}) {
    NOTE(name);
    CHECK(contains(all, std::string("hostile ") + name + "\n"));
  }
  CHECK(contains(all, "first\\rsecond\n"));
  CHECK(contains(all, std::string(9999, 'y') + "x\n"));
  CHECK(contains(all, "    on stderr \\x1B[2J\\x1B]0;TAKEN\\x07\n"));
  CHECK(contains(all, "7 tests run: 0 passed, 7 failed, 0 skipped"));
  // What the terminal was asked for would have been answered as if it was typed.
  terminal.enter("echo the prompt works, $((40 + 2)) times");
  REQUIRE(terminal.wait_for_text("\n$ echo the prompt works, $((40 + 2)) times\nthe prompt works, 42 times\n"));
}

}  // namespace
