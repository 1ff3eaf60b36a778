// Signals to the runner: it passes them on, ends what runs, says what was not run, and leaves nothing behind. Job
// control stops its one clock.
#include <memory>

#include "screen.hpp"
#include "workspace.hpp"

using namespace drive;

namespace {

// A started `nextest run` whose fixtures log their starts.
struct Running {
  explicit Running(Words words) : log(dir / "log") {
    words.insert(words.begin(), "run");
    arguments = words;
    Options options;
    options.environment["E2E_LOG"] = log;
    process.reset(new Process(program_words(words), options));
  }

  bool wait_for_starts(size_t n) {
    return process->wait_until([&] { return lines_of(read_file(log)).size() >= n; });
  }

  // The tests' processes, without the runner itself and its guardian.
  std::vector<pid_t> tests() const {
    std::vector<pid_t> pids;
    for (pid_t pid : living_with(process->mark())) {
      if (contains(read_file("/proc/" + std::to_string(pid) + "/environ"), "NEXTEST_ATTEMPT_ID=")) pids.push_back(pid);
    }
    return pids;
  }

  Outcome finish() {
    const Outcome outcome = process->finish();
    check_clean(arguments, outcome);
    return outcome;
  }

  TempDir dir;
  std::string log;
  Words arguments;
  std::unique_ptr<Process> process;
};

char state_of(pid_t pid) {
  const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
  const size_t at = stat.rfind(") ");
  return at == std::string::npos ? '?' : stat[at + 2];
}

bool all_in_state(const std::vector<pid_t>& pids, bool stopped) {
  return !pids.empty() &&
         std::all_of(pids.begin(), pids.end(), [&](pid_t pid) { return (state_of(pid) == 'T') == stopped; });
}

TEST_CASE("a test that is stopped is shown so, in its slow lines and when somebody asks" * needs(other_sessions())) {
  needs_feature("the bar, keys, debuggers and tracers");
  Running run({fixture("stop-self"), fixture("hang"), "--slow-timeout", "300ms", "--status-level", "slow"});
  const auto said = [&](const std::string& words) { return contains(run.process->err(), words); };
  REQUIRE(
      run.process->wait_until([&] { return said("s] stop-self stop-self (stopped)\n") && said("s] hang hang\n"); }));
  CHECK_FALSE(said("hang hang (stopped)"));
  run.process->send(SIGUSR1);
  REQUIRE(run.process->wait_until([&] { return said("/2 hang hang\n") && said("/2 stop-self stop-self\n"); }));
  run.process->send(SIGTERM);
  const Outcome outcome = run.finish();
  SHOW(outcome);
  int stopped = 0;
  for (const std::string& line : lines_of(outcome.err))
    stopped += contains(line, " status: ") && contains(line, ", slow, stopped, slot ");
  CHECK(stopped == 1);
}

TEST_CASE("one signal cancels: what runs is ended, what waits is not started, exit code 100") {
  struct Case {
    int signal;
    const char* word;
  };
  for (const Case& one :
       {Case{SIGINT, "SIGINT"}, Case{SIGTERM, "SIGTERM"}, Case{SIGHUP, "SIGHUP"}, Case{SIGQUIT, "SIGQUIT"}}) {
    NOTE(one.word);
    Running run({"-j", "1", fixture("hang"), fixture("group-hang")});
    REQUIRE(run.wait_for_starts(1));
    run.process->send(one.signal);
    const Outcome outcome = run.finish();
    SHOW(outcome);
    CHECK(outcome.code == 100);
    CHECK(outcome.signal == 0);
    CHECK(lines_of(read_file(run.log)).size() == 1);
    const Screen screen = read_screen(outcome.err);
    CHECK(!screen.summary.empty());
    CHECK(counted(screen, "passed") == 0);
    CHECK(contains(screen.summary, "1/2 tests run"));
    CHECK(contains(lower(outcome.err), "not run"));
  }
}

TEST_CASE("the same signal reaches the test") {
  Running run({fixture("hang")});
  REQUIRE(run.wait_for_starts(1));
  run.process->send(SIGINT);
  const Outcome outcome = run.finish();
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(status_of(read_screen(outcome.err), "hang hang").word == "SIGINT");
}

TEST_CASE("one signal: a test that does not heed it is killed after the grace period") {
  Running run({"--grace-period", "300ms", fixture("ignore-term")});
  REQUIRE(run.wait_for_starts(1));
  run.process->send(SIGINT);
  const Outcome outcome = run.finish();
  SHOW(outcome);
  CHECK(outcome.code == 100);
}

// As nohup(1) does, and a shell for its jobs in the background.
Outcome run_with_ignored(const char* signal, const std::string& script) {
  Workspace workspace;
  workspace.test("asks", script);
  Words words = {"/bin/sh", "-c", std::string("trap '' ") + signal + " && exec \"$@\"", "sh"};
  for (const std::string& word : program_words({"run", "./t", "--harness", "plain"})) words.push_back(word);
  return execute(words, workspace.options);
}

TEST_CASE("what was ignored when the runner was started ends nothing") {
  for (const char* const signal : {"HUP", "INT", "TERM", "QUIT"}) {
    NOTE(signal);
    const Outcome outcome = run_with_ignored(signal, std::string("kill -") + signal + " $PPID; sleep 0.3");
    SHOW(outcome);
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.err, "1 passed"));
  }
}

TEST_CASE("a test begins with no signal ignored, whatever the runner was given") {
  for (const char* const signal : {"HUP", "INT", "TERM", "USR2"}) {
    NOTE(signal);
    const Outcome outcome = run_with_ignored(signal, std::string("kill -") + signal + " $$; exit 0");
    SHOW(outcome);
    CHECK(outcome.code == 100);
    CHECK(status_of(read_screen(outcome.err), "asks asks").word == std::string("SIG") + signal);
  }
}

TEST_CASE("a second signal kills at once") {
  for (int second : {SIGINT, SIGTERM}) {
    Running run({"--grace-period", "1000s", fixture("ignore-term"), fixture("group-hang"), "-j", "2"});
    REQUIRE(run.wait_for_starts(2));
    run.process->send(SIGINT);
    CHECK(run.process->wait_until([&] { return contains(lower(run.process->err()), "cancel"); }));
    run.process->send(second);
    const Outcome outcome = run.finish();
    SHOW(outcome);
    CHECK(outcome.code == 100);
    CHECK(counted(read_screen(outcome.err), "passed") == 0);
  }
}

TEST_CASE("a test that was cancelled is not tried again") {
  Running run({"--retries", "5", fixture("hang")});
  REQUIRE(run.wait_for_starts(1));
  run.process->send(SIGINT);
  const Outcome outcome = run.finish();
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(lines_of(read_file(run.log)).size() == 1);
}

TEST_CASE("a test that ended before the signal keeps its result") {
  Running run({"-j", "2", fixture("hang"), fixture("exit-0")});
  REQUIRE(run.process->wait_for_error_text("exit-0 exit-0"));
  REQUIRE(run.wait_for_starts(2));
  run.process->send(SIGTERM);
  const Outcome outcome = run.finish();
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(counted(read_screen(outcome.err), "passed") == 1);
}

TEST_CASE("SIGKILL of the runner ends its tests, and what they started" * needs(proc(), other_sessions())) {
  for (const char* name : {"hang", "group-hang", "session-hang", "ignore-term"}) {
    NOTE(name);
    Running run({fixture(name)});
    REQUIRE(run.wait_for_starts(1));
    REQUIRE(run.process->wait_until([&] { return !run.tests().empty(); }));
    run.process->send(SIGKILL);
    const Outcome outcome = run.finish();
    CHECK(outcome.signal == SIGKILL);
  }
}

TEST_CASE("a signal while the tests are listed" * needs(proc())) {
  for (int sig : {SIGINT, SIGTERM}) {
    Process process(program_words({"run", "--harness", "libtest", fixture("list-hang")}), {});
    process.wait_until([&] { return living_with(process.mark()).size() >= 2; });
    process.send(sig);
    const Outcome outcome = process.finish();
    check_clean({"run", "list-hang"}, outcome);
    SHOW(outcome);
    CHECK((outcome.code == 100 || outcome.signal == sig));
  }
}

TEST_CASE("SIGTSTP stops the tests, the runner and its clock; SIGCONT goes on" * needs(proc())) {
  Running run({"--slow-timeout", "1500ms", "--terminate-after", "1", "--grace-period", "300ms", "-j", "2",
               fixture("hang"), fixture("exit-0")});
  REQUIRE(run.wait_for_starts(2));
  REQUIRE(run.process->wait_for_error_text("exit-0 exit-0"));
  run.process->send(SIGTSTP);
  REQUIRE(run.process->wait_until_stopped());
  REQUIRE(run.process->wait_until([&] { return all_in_state(run.tests(), true); }));
  sleep_ms(4000);
  CHECK(all_in_state(run.tests(), true));
  run.process->resume();
  const Outcome outcome = run.finish();
  SHOW(outcome);
  CHECK(outcome.code == 100);
  const Screen screen = read_screen(outcome.err);
  CHECK(status_of(screen, "hang hang").word == "TIMEOUT");
  // The one second and a half of the timeout is in the test's time, the four seconds of the stop are not.
  const size_t at = outcome.err.find("TIMEOUT [");
  REQUIRE(at != std::string::npos);
  const double seconds = atof(outcome.err.c_str() + at + strlen("TIMEOUT ["));
  CHECK(seconds > 1.0);
  CHECK(seconds < 4.0);
}

TEST_CASE("the tests run again after SIGCONT") {
  Running run({fixture("slow")});
  REQUIRE(run.wait_for_starts(1));
  run.process->send(SIGTSTP);
  const bool stopped = run.process->wait_until_stopped();  // false if the test was faster
  if (stopped) run.process->resume();
  const Outcome outcome = run.finish();
  SHOW(outcome);
  CHECK(outcome.code == 0);
  CHECK(counted(read_screen(outcome.err), "passed") == 1);
}

TEST_CASE("a signal that ends the run reaches it while it is stopped") {
  Running run({fixture("hang")});
  REQUIRE(run.wait_for_starts(1));
  run.process->send(SIGTSTP);
  REQUIRE(run.process->wait_until_stopped());
  run.process->send(SIGTERM);
  run.process->resume();
  const Outcome outcome = run.finish();
  SHOW(outcome);
  CHECK(outcome.code == 100);
}

TEST_CASE("SIGTSTP twice, and again" * needs(proc())) {
  Running run({fixture("hang")});
  REQUIRE(run.wait_for_starts(1));
  for (int i = 0; i < 3; i++) {
    run.process->send(SIGTSTP);
    REQUIRE(run.process->wait_until_stopped());
    REQUIRE(run.process->wait_until([&] { return all_in_state(run.tests(), true); }));
    run.process->resume();
    CHECK(run.process->wait_until([&] { return all_in_state(run.tests(), false); }));
  }
  run.process->send(SIGINT);
  const Outcome outcome = run.finish();
  SHOW(outcome);
  CHECK(outcome.code == 100);
}

TEST_CASE("SIGTSTP right after SIGCONT stops it again") {
  Running run({fixture("hang")});
  REQUIRE(run.wait_for_starts(1));
  run.process->send(SIGTSTP);
  for (int i = 0; i < rounds(10); ++i) {
    CAPTURE(i);
    REQUIRE(run.process->wait_until_stopped());
    run.process->resume();
    run.process->send(SIGTSTP);
  }
  REQUIRE(run.process->wait_until_stopped());
  run.process->send(SIGINT);
  run.process->resume();
  CHECK(run.finish().code == 100);
}

TEST_CASE("Ctrl-C on a terminal" * needs(pseudo_terminal())) {
  const TempDir dir;
  Options options;
  options.terminal = true;
  options.environment["E2E_LOG"] = dir / "log";
  options.environment["TERM"] = "xterm";
  const Words words = {"run", "-j", "2", "--grace-period", "1000s", fixture("hang"), fixture("ignore-term")};
  Process process(program_words(words), options);
  REQUIRE(process.wait_until([&] { return lines_of(read_file(dir / "log")).size() >= 2; }));
  process.type("\x03");
  CHECK(process.wait_until([&] { return contains(lower(process.err()), "cancel"); }));
  process.type("\x03");
  const Outcome outcome = process.finish();
  check_clean(words, outcome);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(contains(outcome.err, "Summary"));
}

TEST_CASE("SIGTTOU and SIGTTIN never stop the runner") {
  Running run({fixture("hang")});
  REQUIRE(run.wait_for_starts(1));
  run.process->send(SIGTTOU);
  run.process->send(SIGTTIN);
  run.process->send(SIGINT);
  const Outcome outcome = run.finish();
  CHECK_FALSE(run.process->stopped());
  CHECK(outcome.code == 100);
}

// 200 times for the closing note: E2E_ROUNDS=400, half of them on a terminal.
void interrupt_at_random_moments(bool terminal) {
  unsigned state = static_cast<unsigned>(getpid()) * 2654435761u + static_cast<unsigned>(time(nullptr));
  for (int i = 0; i < (rounds(6) + 1) / 2; i++) {
    state = state * 1664525u + 1013904223u;
    const int ms = static_cast<int>((state >> 8) % 1500);
    Options options;
    options.terminal = terminal;
    options.environment["TERM"] = "xterm";
    CAPTURE(i);
    CAPTURE(ms);
    const Words words = {"run", "-j16",      "--no-fail-fast", "--grace-period",
                         "5s",  "--harness", "libtest",        fixture("stress_suite")};
    Process process(program_words(words), options);
    const double until = now_seconds() + ms / 1000.0;
    process.wait_until([&] { return now_seconds() >= until; });
    if (options.terminal) process.type("\x03");
    else process.send(SIGINT);
    const Outcome outcome = process.finish();
    check_clean(words, outcome);
    SHOW(outcome);
    // Before the program has set up its signals, SIGINT ends it as it ends any program.
    const bool too_early = outcome.signal == SIGINT && !contains(outcome.err, "Nextest run");
    CHECK((outcome.code == 100 || too_early));
    CHECK_FALSE(ends_with(outcome.err, "\x1b[?25l"));  // no hidden cursor is left
  }
}

TEST_CASE("SIGINT at a random moment leaves nothing behind") { interrupt_at_random_moments(false); }
TEST_CASE("Ctrl-C at a random moment leaves nothing behind" * needs(pseudo_terminal())) {
  interrupt_at_random_moments(true);
}

}  // namespace
