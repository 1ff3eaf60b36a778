#include "core/run/dispatcher.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

#include "core/base/uuid.hpp"
#include "tests/unit/support.hpp"

namespace {

using namespace nextest;
using namespace machine;

using Lines = Vector<std::string>;

const char* const reasons[] = {"none",           "setup-script-failure",   "test-failure", "report-error",
                               "global-timeout", "test-failure-immediate", "signal",       "interrupt",
                               "second-signal"};

// Runs shell scripts as plain tests, is the only reader of their run, and writes down what it reads.
class Run final : public EventSink {
 public:
  Run() {
    REQUIRE(bool(Signals::install()));
    Signals::take([](int) {});  // what earlier tests left in the pipe is not ours
    plan.info.run_id = make_uuid();
    options.input_handler = false;
    options.test_threads = 2;
    options.max_fail.count = 0;
    plan.settings.kinds[0].slow_timeout.grace_period = Duration::seconds(60);
    supervisor = std::make_unique<Supervisor>(plan.info.run_id);
  }

  ~Run() override {
    Signals::take([](int) {});
  }  // nor are ours for later ones

  void add(const std::string& name, const std::string& script, Mismatch mismatch = Mismatch::None) {
    support::write_file(folder / name, "#!/bin/sh\n" + script + "\n", 0755);
    add_file(name, mismatch);
  }
  void add_file(const std::string& name, Mismatch mismatch = Mismatch::None) {
    TestBinary binary;
    binary.id = name;
    binary.path = folder / name;
    plan.list.binaries.push_back(binary);
    TestCase test;
    test.name = name;
    test.own_name_size = static_cast<std::uint32_t>(name.size());
    test.binary = static_cast<std::uint32_t>(plan.list.binaries.size() - 1);
    test.mismatch = mismatch;
    plan.list.tests.push_back(test);
    if (mismatch == Mismatch::None) plan.order.push_back(static_cast<TestIndex>(plan.list.tests.size() - 1));
  }
  void add_setup_script(const std::string& name, const std::string& script) {
    add_script(name, script, plan.settings.kinds[0].setup_scripts, options.scripts.setup);
  }
  void add_teardown_script(const std::string& name, const std::string& script) {
    add_script(name, script, plan.settings.kinds[0].teardown_scripts, options.scripts.teardown);
  }
  void add_script(const std::string& name, const std::string& script, Vector<std::uint32_t>& asked_for,
                  Vector<PhaseScript>& scripts) {
    support::write_file(folder / name, "#!/bin/sh\n" + script + "\n", 0755);
    PhaseScript added;
    added.id = name;
    added.command.argv = {folder / name};
    asked_for.push_back(static_cast<std::uint32_t>(scripts.size()));
    scripts.push_back(added);
  }

  const RunOutcome& run() {
    Vector<EventSink*> sinks;
    sinks.push_back(this);
    outcome = Dispatcher(*supervisor, plan, options, std::move(sinks)).run();
    return outcome;
  }

  // --- EventSink ---

  void on_event(const Event& event) override {
    const std::string line = std::visit([&](const auto& what) { return line_of(what); }, event.what);
    lines.push_back(line);
    if (lines.size() == 1) CHECK(event.at == Duration());
    const auto action = std::find_if(actions.begin(), actions.end(), [&](const Action& a) { return a.line == line; });
    if (action != actions.end()) action->act();
  }
  bool flush() override { return is_readable; }
  int waits_for() const override { return behind_fd; }

  std::string name(TestIndex test) const { return plan.list.tests[test].name.str(); }
  std::string line_of(const RunStarted&) { return "run"; }
  std::string line_of(const StressSubRunStarted& e) { return "iteration " + std::to_string(e.index.current); }
  std::string line_of(const StressSubRunFinished& e) { return "end of iteration " + std::to_string(e.index.current); }
  static std::string word_of(ScriptPhase phase) { return phase == ScriptPhase::Setup ? "setup " : "teardown "; }
  std::string line_of(const ScriptStarted& e) { return word_of(e.phase) + e.script_id; }
  std::string line_of(const ScriptSlow& e) { return "slow " + word_of(e.phase) + e.script_id; }
  std::string line_of(const ScriptFinished& e) {
    told_variables += static_cast<unsigned>(e.variables.size());
    return "end of " + word_of(e.phase) + e.script_id + " " + std::to_string(static_cast<int>(e.result.outcome.kind));
  }
  std::string line_of(const TestStarted& e) { return "start " + name(e.test); }
  std::string line_of(const TestSlow& e) { return "slow " + name(e.test); }
  std::string line_of(const TestAttemptFailed& e) { return "fail " + name(e.test); }
  std::string line_of(const TestRetryStarted& e) { return "retry " + name(e.test); }
  std::string line_of(const TestFinished& e) {
    return "end " + name(e.test) + " " + std::to_string(static_cast<int>(e.result.last().outcome.kind));
  }
  std::string line_of(const TestSkipped& e) { return "skip " + name(e.test); }
  std::string line_of(const TestLeakedLate& e) {
    return "late leak " + (e.test_known ? name(e.test) : "of nobody") + (e.fails ? " fails" : "");
  }
  std::string line_of(const InfoStarted& e) { return "info " + std::to_string(e.total); }
  std::string line_of(const InfoResponse& e) {
    return "  " + std::to_string(e.index) + " " + (e.script_id.empty() ? name(e.test) : e.script_id);
  }
  std::string line_of(const InfoFinished&) { return "end of info"; }
  std::string line_of(const InputEnter&) { return "enter"; }
  std::string line_of(const RunBeginKill& e) { return std::string("kill ") + reasons[static_cast<int>(e.reason)]; }
  std::string line_of(const RunBeginCancel& e) { return std::string("cancel ") + reasons[static_cast<int>(e.reason)]; }
  std::string line_of(const RunPaused&) { return "paused"; }
  std::string line_of(const RunContinued&) { return "continued"; }
  std::string line_of(const RunFinished&) { return "end of run"; }

  // What happens when a line is read.
  struct Action {
    std::string line;
    std::function<void()> act;
  };
  void at(const std::string& line, std::function<void()> act) { actions.push_back({line, std::move(act)}); }
  void raise_at(const std::string& line, int signal) {
    at(line, [signal] { ::kill(::getpid(), signal); });
  }
  std::size_t count(const std::string& line) const {
    return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line));
  }

  support::TempFolder folder;
  RunOptions options;
  nextest::RunPlan plan;
  std::unique_ptr<Supervisor> supervisor;
  RunOutcome outcome;
  Lines lines;
  unsigned told_variables = 0;  // of setup scripts
  std::vector<Action> actions;
  bool is_readable = true;
  int behind_fd = -1;
};

// Pass is outcome 0, Leak 1, Fail 2, Abort 3, ExecFail 5, Timeout 6.
static_assert(static_cast<int>(OutcomeKind::Leak) == 1 && static_cast<int>(OutcomeKind::Abort) == 3 &&
              static_cast<int>(OutcomeKind::Timeout) == 6);

std::string until_file(const std::string& path) { return "while [ ! -e " + path + " ]; do sleep 0.01; done"; }
const char* const for_ever = "exec sleep 1000";

void wait_for_file(const std::string& path) {
  while (::access(path.c_str(), F_OK) != 0) ::poll(nullptr, 0, 1);
}

// ---- the stream ----

TEST_CASE("dispatcher: a run is one stream, from its start at 0 to its end") {
  Run run;
  run.options.test_threads = 1;
  run.add("a", "exit 0");
  run.add("left-out", "exit 0", Mismatch::Ignored);
  run.add("b", "exit 1");
  const RunOutcome& outcome = run.run();
  CHECK(run.lines == Lines{"run", "skip left-out", "start a", "end a 0", "start b", "end b 2", "end of run"});
  CHECK(outcome.stats.initial_run_count == 2);
  CHECK(outcome.stats.passed == 1);
  CHECK(outcome.stats.skipped == 1);
  CHECK(outcome.failed());
  CHECK_FALSE(outcome.setup_failed());
  CHECK(outcome.all_read);
}

TEST_CASE("dispatcher: without tests there is a start and an end, and nothing failed") {
  Run run;
  CHECK_FALSE(run.run().failed());
  CHECK(run.lines == Lines{"run", "end of run"});
}

TEST_CASE("dispatcher: a reader that is gone ends the run") {
  Run run;
  run.add("a", "exit 0");
  run.is_readable = false;
  CHECK_FALSE(run.run().all_read);
  CHECK(run.outcome.stats.cancel_reason == CancelReason::ReportError);
  CHECK(run.lines == Lines{"run", "cancel report-error", "end of run"});
}

TEST_CASE("dispatcher: while a reader is behind, no test is started") {
  Run run;
  run.options.test_threads = 1;
  Pipe pipe;
  REQUIRE(open_pipe(pipe) == 0);
  REQUIRE(set_nonblocking(pipe.write_end.get()));
  const std::string block(4096, 'x');
  while (::write(pipe.write_end.get(), block.data(), block.size()) > 0) {
  }
  run.add("a", "exit 0");
  run.behind_fd = pipe.write_end.get();
  run.raise_at("run", SIGUSR1);  // somebody asks, which is a turn of the loop and no reason to start one
  run.at("end of info", [&] { run.behind_fd = -1; });
  run.run();
  CHECK(run.lines == Lines{"run", "info 0", "end of info", "start a", "end a 0", "end of run"});
}

// ---- failing fast ----

TEST_CASE("dispatcher: at max-fail no more are started, and what runs may end") {
  Run run;
  run.options.max_fail.count = 1;
  run.add("a", "exit 1");
  run.add("b", until_file(run.folder / "go"));
  run.add("c", "exit 0");
  run.at("cancel test-failure", [&] { support::write_file(run.folder / "go", ""); });
  run.run();
  CHECK(run.lines == Lines{"run", "start a", "start b", "end a 2", "cancel test-failure", "end b 0", "end of run"});
  CHECK(run.outcome.stats.not_run() == 1);
}

TEST_CASE("dispatcher: tests that fail together cancel once") {
  Run run;
  run.options.max_fail.count = 1;
  run.options.test_threads = 3;
  run.add("a", until_file(run.folder / "go") + "; exit 1");
  run.add("b", until_file(run.folder / "go") + "; exit 1");
  run.add("c", until_file(run.folder / "end"));
  run.at("start c", [&] { support::write_file(run.folder / "go", ""); });
  run.at("end b 2", [&] {
    if (run.count("end a 2") > 0) support::write_file(run.folder / "end", "");
  });
  run.at("end a 2", [&] {
    if (run.count("end b 2") > 0) support::write_file(run.folder / "end", "");
  });
  run.run();
  CHECK(run.count("cancel test-failure") == 1);
}

TEST_CASE("dispatcher: immediate max-fail ends what runs") {
  Run run;
  run.options.max_fail = {1, true};
  run.add("a", until_file(run.folder / "up") + "; exit 1");
  run.add("b", "echo > " + (run.folder / "up") + "\n" + for_ever);
  run.run();
  CHECK(run.count("cancel test-failure-immediate") == 1);
  CHECK(run.count("end b 3") == 1);
  CHECK(run.outcome.stats.cancel_reason == CancelReason::TestFailureImmediate);
}

TEST_CASE("dispatcher: nothing is cancelled where nothing is left") {
  Run run;
  run.options.max_fail.count = 1;
  run.add("a", "exit 1");
  run.run();
  CHECK(run.lines == Lines{"run", "start a", "end a 2", "end of run"});
  CHECK(run.outcome.failed());
}

// ---- signals ----

// A test that says in a file that it is up, notes in another that it was asked to end, and goes on.
std::string goes_on(const Run& run) {
  return "trap 'echo > " + (run.folder / "asked") + "' TERM INT; echo > " + (run.folder / "up") +
         "; while :; do sleep 0.01; done";
}
// One that takes no notice itself, and ends when the other was asked.
std::string unmoved(const Run& run) {
  return "trap '' TERM INT; echo > " + (run.folder / "unmoved") + "; " + until_file(run.folder / "asked");
}

TEST_CASE("dispatcher: the first signal asks the tests to end, the second kills them, a third adds nothing") {
  for (const int signal : {SIGTERM, SIGINT}) {
    Run run;
    run.options.test_threads = 3;
    run.add("a", goes_on(run));
    run.add("b", until_file(run.folder / "up") + "; " + until_file(run.folder / "unmoved"));
    run.add("c", unmoved(run));
    run.plan.order = {0, 2, 1};
    run.raise_at("end b 0", signal);
    run.raise_at("end c 0", signal);
    run.raise_at("kill second-signal", signal);
    run.run();
    const std::string cancel = signal == SIGINT ? "cancel interrupt" : "cancel signal";
    CHECK(run.lines[run.lines.size() - 3] == "kill second-signal");
    CHECK(run.lines[run.lines.size() - 2] == "end a 3");
    CHECK(run.count(cancel) == 1);
    CHECK(run.count("kill second-signal") == 1);
    CHECK(run.outcome.stats.cancel_reason == CancelReason::SecondSignal);
  }
}

TEST_CASE("dispatcher: a signal outranks a failure before it, and is outranked by none after it") {
  Run run;
  run.options.max_fail.count = 1;
  run.options.test_threads = 3;
  run.add("a", goes_on(run));
  run.add("b", unmoved(run) + "; exit 1");
  run.add("c", until_file(run.folder / "up") + "; " + until_file(run.folder / "unmoved") + "; exit 1");
  run.raise_at("cancel test-failure", SIGTERM);
  run.raise_at("end b 2", SIGTERM);
  run.run();
  CHECK(run.count("cancel test-failure") == 1);
  CHECK(run.count("cancel signal") == 1);
  CHECK(run.count("kill second-signal") == 1);
  CHECK(run.count("end a 3") == 1);
}

TEST_CASE("dispatcher: a signal is seen, too, when no test can start and nothing was waited for") {
  Run run;
  run.options.test_threads = 1;
  run.add_file("absent");
  run.raise_at("end absent 5", SIGINT);
  run.run();
  CHECK(run.count("cancel interrupt") == 1);
  CHECK(run.outcome.stats.cancel_reason == CancelReason::Interrupt);
}

TEST_CASE("dispatcher: a SIGCONT for its own sake is not told") {
  Run run;
  run.add("a", until_file(run.folder / "go"));
  run.at("start a", [] {
    ::kill(::getpid(), SIGCONT);
    ::kill(::getpid(), SIGUSR1);
  });
  run.at("end of info", [&] { support::write_file(run.folder / "go", ""); });
  run.run();
  CHECK(run.lines == Lines{"run", "start a", "info 1", "  0 a", "end of info", "end a 0", "end of run"});
}

TEST_CASE("dispatcher: under a debugger, SIGINT and SIGQUIT are for it, and SIGTERM is for us") {
  for (const int signal : {SIGINT, SIGQUIT, SIGTERM}) {
    Run run;
    run.options.interceptor.command = {"/bin/sh"};
    run.options.interceptor.debugs = true;
    run.add("a", "trap '' TERM; echo > " + (run.folder / "up") + "; " + until_file(run.folder / "go"));
    run.at("start a", [&] {
      wait_for_file(run.folder / "up");
      ::kill(::getpid(), signal);
      ::kill(::getpid(), SIGUSR1);
    });
    run.at("end of info", [&] { support::write_file(run.folder / "go", ""); });
    run.run();
    CHECK(run.count("end a 0") == 1);
    CHECK(run.count("cancel signal") == (signal == SIGTERM ? 1 : 0));
    CHECK(run.count("cancel interrupt") == 0);
  }
}

TEST_CASE("dispatcher: who asks is told of each test that holds a slot, and of a setup script alone") {
  Run run;
  run.add_setup_script("prepare", until_file(run.folder / "told"));
  run.add("a", until_file(run.folder / "go"));
  run.add("b", until_file(run.folder / "go"));
  run.raise_at("setup prepare", SIGUSR1);
  run.raise_at("start b", SIGUSR1);
  run.at("end of info", [&] { support::write_file(run.folder / (run.count("end of info") == 1 ? "told" : "go"), ""); });
  run.run();
  const Lines expected = {"run",     "setup prepare", "info 1", "  0 prepare", "end of info", "end of setup prepare 0",
                          "start a", "start b",       "info 2", "  0 a",       "  1 b",       "end of info"};
  REQUIRE(run.lines.size() > expected.size());
  run.lines.resize(expected.size());
  CHECK(run.lines == expected);
}

// ---- time ----

TEST_CASE("dispatcher: the global timeout ends what runs as timed out") {
  Run run;
  run.options.global_timeout = Duration::milliseconds(20);
  run.add("a", for_ever);
  run.add("b", for_ever);
  run.add("c", for_ever);
  run.run();
  CHECK(run.count("cancel global-timeout") == 1);
  CHECK(run.count("end a 6") == 1);
  CHECK(run.count("end b 6") == 1);
  CHECK(run.count("start c") == 0);
  CHECK(run.outcome.failed());
}

// ---- stress ----

TEST_CASE("dispatcher: iterations are counted, each with its events") {
  Run run;
  run.options.request.stress = {StressCondition::Count, 3, {}};
  run.add("a", "[ \"$NEXTEST_STRESS_CURRENT\" != 1 ]");
  run.add("left-out", "", Mismatch::Ignored);
  run.run();
  CHECK(run.lines == Lines{"run", "iteration 0", "skip left-out", "start a", "end a 0", "end of iteration 0",
                           "iteration 1", "skip left-out", "start a", "end a 2", "end of iteration 1", "iteration 2",
                           "skip left-out", "start a", "end a 0", "end of iteration 2", "end of run"});
  CHECK(run.outcome.stress.completed.current == 3);
  CHECK(run.outcome.stress.passed == 2);
  CHECK(run.outcome.stress.failed == 1);
  CHECK(run.outcome.failed());
}

TEST_CASE("dispatcher: an iteration that is cancelled before its end is none") {
  Run run;
  run.options.test_threads = 1;
  run.options.request.stress = {StressCondition::Infinite, 0, {}};
  const std::string up = run.folder / "up", go = run.folder / "go";
  run.add("a", "[ $NEXTEST_STRESS_CURRENT = 0 ] || { trap '' TERM; echo > " + up + "; " + until_file(go) + "; }");
  run.add("b", "exit 0");
  run.at("start a", [&] {
    if (run.count("iteration 1") == 0) return;
    wait_for_file(up);
    ::kill(::getpid(), SIGTERM);
  });
  run.at("cancel signal", [&] { support::write_file(go, ""); });
  run.run();
  CHECK(run.count("end a 0") == 2);
  CHECK(run.count("iteration 2") == 0);
  CHECK(run.outcome.stress.completed.current == 1);
  CHECK(run.outcome.stress.passed == 1);
  CHECK(run.outcome.stress.failed == 0);
  CHECK(run.outcome.failed());
}

// ---- setup scripts ----

TEST_CASE("dispatcher: setup scripts that tests ask for run first, in order, and what they write is for the tests") {
  Run run;
  run.options.test_threads = 1;
  run.add_setup_script("one", "echo A=1 >> \"$NEXTEST_ENV\"");
  run.add_setup_script("two", "echo B=2 >> \"$NEXTEST_ENV\"");
  run.add_setup_script("unasked", "exit 1");
  run.plan.settings.kinds[0].setup_scripts.pop_back();
  run.add("a", "[ \"$A$B\" = 12 ]");
  run.run();
  CHECK(run.lines == Lines{"run", "setup one", "end of setup one 0", "setup two", "end of setup two 0", "start a",
                           "end a 0", "end of run"});
  CHECK(run.outcome.stats.setup_scripts == 2);
  CHECK(run.told_variables == 2);
}

TEST_CASE("dispatcher: setup scripts leave no file of ours in the folder for temporary files") {
  Run run;
  const std::string temporary = run.folder.make_folder("tmp");
  run.add_setup_script("one",
                       "echo A=1 >> \"$NEXTEST_ENV\"; case $NEXTEST_ENV in " + temporary + "/*) ;; *) exit 1 ;; esac");
  run.add_setup_script("two", "echo no variable >> \"$NEXTEST_ENV\"; exit 3");
  run.add("a", "exit 0");
  {
    const support::Variable variable("TMPDIR", temporary.c_str());
    run.run();
  }
  CHECK(run.count("end of setup one 0") == 1);
  CHECK(run.count("end of setup two 2") == 1);
  CHECK(::rmdir(temporary.c_str()) == 0);  // it is empty
}

TEST_CASE("dispatcher: the first setup script that fails ends the run") {
  Run run;
  run.add_setup_script("one", "exit 3");
  run.add_setup_script("two", "exit 0");
  run.add("a", "exit 0");
  run.run();
  CHECK(run.lines == Lines{"run", "setup one", "end of setup one 2", "cancel setup-script-failure", "end of run"});
  CHECK(run.outcome.setup_failed());
  CHECK(run.outcome.stats.setup_scripts_failed == 1);
}

TEST_CASE("dispatcher: a setup script that a signal ends is no failed one") {
  Run run;
  run.add_setup_script("one", for_ever);
  run.add("a", "exit 0");
  run.raise_at("setup one", SIGTERM);
  run.run();
  CHECK_FALSE(run.outcome.setup_failed());
  CHECK(run.outcome.failed());
  CHECK(run.count("start a") == 0);
}

TEST_CASE("dispatcher: what a setup script left running is there for the tests, and asked to end after them") {
  Run run;
  run.add_setup_script("serve", "(trap 'echo > " + (run.folder / "asked") + "; exit' TERM; echo > " +
                                    (run.folder / "up") + "; while :; do sleep 0.01; done) >/dev/null 2>&1 &");
  run.add("a", until_file(run.folder / "up") + "; [ ! -e " + (run.folder / "asked") + " ]");
  run.run();
  CHECK(run.count("end a 0") == 1);
  CHECK(::access((run.folder / "asked").c_str(), F_OK) == 0);
  for (const std::string& line : run.lines) CHECK_FALSE(starts_with(line, "late leak"));
}

// ---- teardown scripts ----

TEST_CASE("dispatcher: teardown scripts that tests ask for run last, in order, each of them") {
  Run run;
  run.add_setup_script("prepare", "echo A=1 >> \"$NEXTEST_ENV\"");
  run.add_teardown_script("one", "[ \"$A$NEXTEST_ENV\" = 1 ] || exit 1; exit 3");
  run.add_teardown_script("two", "[ \"$A$NEXTEST_ENV\" = 1 ]");
  run.add_teardown_script("unasked", "exit 1");
  run.plan.settings.kinds[0].teardown_scripts.pop_back();
  run.add("a", "exit 0");
  run.run();
  CHECK(run.lines == Lines{"run", "setup prepare", "end of setup prepare 0", "start a", "end a 0", "teardown one",
                           "end of teardown one 2", "teardown two", "end of teardown two 0", "end of run"});
  CHECK(run.outcome.stats.setup_scripts == 1);
  CHECK(run.outcome.stats.teardown_scripts == 2);
  CHECK(run.outcome.stats.teardown_scripts_failed == 1);
  CHECK(run.outcome.teardown_failed());
  CHECK_FALSE(run.outcome.setup_failed());
  CHECK_FALSE(run.outcome.failed());
}

TEST_CASE(
    "dispatcher: teardown scripts run though a setup script failed, and one that a signal ends is no failed one") {
  Run run;
  run.add_setup_script("prepare", "exit 3");
  run.add_teardown_script("one", for_ever);
  run.add_teardown_script("two", "exit 0");
  run.add("a", "exit 0");
  run.raise_at("teardown one", SIGTERM);
  run.run();
  CHECK(run.lines == Lines{"run", "setup prepare", "end of setup prepare 2", "cancel setup-script-failure",
                           "teardown one", "cancel signal", "end of teardown one 3", "teardown two",
                           "end of teardown two 0", "end of run"});
  CHECK_FALSE(run.outcome.teardown_failed());
}

TEST_CASE("dispatcher: of a stress run each round's teardown counts") {
  Run run;
  run.options.request.stress.kind = StressCondition::Count;
  run.options.request.stress.count = 2;
  run.add_teardown_script(
      "once", "[ -e " + (run.folder / "second") + " ] || { echo > " + (run.folder / "second") + "; exit 3; }");
  run.add("a", "exit 0");
  run.run();
  CHECK(run.outcome.stress.passed == 2);
  CHECK(run.outcome.stress.teardown_scripts_failed == 1);
  CHECK(run.outcome.teardown_failed());
}

TEST_CASE(
    "dispatcher: neither the time of the run nor a reader that is gone ends a teardown script, or begins a round") {
  Run run;
  run.options.request.stress.kind = StressCondition::Count;
  run.options.request.stress.count = 2;
  SUBCASE("the time is over") {
    run.options.global_timeout = Duration::milliseconds(200);
    run.add_teardown_script("one", "sleep 0.4");
  }
  SUBCASE("nobody reads any more") {
    run.add_teardown_script("one", "sleep 0.1");
    run.at("teardown one", [&] { run.is_readable = false; });
  }
  run.add_teardown_script("two", "exit 0");
  run.add("a", "exit 0");
  run.run();
  CHECK(run.count("end of teardown one 0") == 1);
  CHECK(run.count("end of teardown two 0") == 1);
  CHECK(run.count("start a") == 1);
}

TEST_CASE("dispatcher: a teardown script gets what a setup script wrote that failed then") {
  Run run;
  run.add_setup_script("serve", "printf 'A=1\\r\\nno variable\\nB=2\\n' >> \"$NEXTEST_ENV\"; exit 3");
  run.add_teardown_script("end", "[ \"$A$B\" = 12 ]");
  run.add("a", "exit 0");
  run.run();
  CHECK(run.count("end of setup serve 2") == 1);
  CHECK(run.count("end of teardown end 0") == 1);
  CHECK(run.told_variables == 0);  // no test got them
}

TEST_CASE("dispatcher: who asks is told of a teardown script that runs") {
  Run run;
  run.add_teardown_script("clean", until_file(run.folder / "told"));
  run.add("a", "exit 0");
  run.raise_at("teardown clean", SIGUSR1);
  run.at("end of info", [&] { support::write_file(run.folder / "told", ""); });
  run.run();
  CHECK(run.lines == Lines{"run", "start a", "end a 0", "teardown clean", "info 1", "  0 clean", "end of info",
                           "end of teardown clean 0", "end of run"});
}

// ---- leaks ----

// One that left its group, and of which nobody but its environment says that it is of the test `a`.
// It is there once it is `sleep`: while it becomes that, it has no environment.
std::string leaves_one_of_a(const std::string& behind_name = "") {
  return "NEXTEST_ATTEMPT_ID=\"$NEXTEST_RUN_ID:a\\$a" + behind_name + "\" setsid sleep 1000 >/dev/null 2>&1 &\n" +
         "until grep -qa ^sleep /proc/$!/cmdline && grep -qa NEXTEST_ATTEMPT_ID= /proc/$!/environ; do sleep 0.01; "
         "done\n";
}

Need late_leaks() {
  return {"setsid, and orphans that come to us with their environment", "", [] {
            return Supervisor(make_uuid()).gets_orphans() && ::access("/proc/self/environ", R_OK) == 0 &&
                   tool("setsid").is_there();
          }};
}

TEST_CASE("dispatcher: leaks that are found late turn a pass, once, and are each an event" * needs(late_leaks())) {
  for (const bool fails : {false, true}) {
    Run run;
    run.options.test_threads = 1;
    run.plan.settings.kinds[0].leak_timeout.fails = fails;
    run.add("a", "exit 0");
    run.add("b", leaves_one_of_a() + leaves_one_of_a());
    run.run();
    CHECK(run.count("end a 0") == 1);
    CHECK(run.count("end b 0") == 1);
    CHECK(run.count(fails ? "late leak a fails" : "late leak a") == 2);
    CHECK(run.outcome.stats.passed == (fails ? 1 : 2));
    CHECK(run.outcome.stats.leaky == (fails ? 0 : 1));
    CHECK(run.outcome.stats.leaky_failed == (fails ? 1 : 0));
    CHECK(run.outcome.stats.failed == (fails ? 1 : 0));
    CHECK(run.outcome.failed() == fails);
  }
}

TEST_CASE("dispatcher: a leak of an earlier attempt that is found late does not count beside that of the last one" *
          needs(late_leaks())) {
  Run run;
  run.options.test_threads = 1;
  run.plan.settings.kinds[0].retries.count = 1;
  run.plan.settings.kinds[0].leak_timeout.period = Duration::milliseconds(1);
  run.add("a", "[ $NEXTEST_ATTEMPT = 2 ] || exit 1; sleep 1000 & exit 0");
  run.add("b", leaves_one_of_a());
  run.run();
  CHECK(run.count("end a 1") == 1);
  CHECK(run.count("late leak a") == 1);
  CHECK(run.outcome.stats.passed == 2);
  CHECK(run.outcome.stats.leaky == 1);
}

TEST_CASE("dispatcher: a late leak is of the test of its attempt's whole name" * needs(late_leaks())) {
  const struct {
    const char *behind_name, *line;
  } rows[] = {{"", "late leak a"}, {"#2", "late leak a"}, {"b", "late leak of nobody"}};
  for (const auto& row : rows) {
    Run run;
    run.options.test_threads = 1;
    run.add("a", "exit 0");
    run.add("b", leaves_one_of_a(row.behind_name));
    run.run();
    CHECK(run.count(row.line) == 1);
  }
}

TEST_CASE("dispatcher: a late leak of a test that failed, or was seen to leak, counts no more" * needs(late_leaks())) {
  for (const char* const end : {"exit 1", "sleep 1000 & exit 0"}) {
    Run run;
    run.options.test_threads = 1;
    run.plan.settings.kinds[0].leak_timeout.period = Duration::milliseconds(1);
    run.add("a", end);
    run.add("b", leaves_one_of_a());
    run.run();
    const bool leaks = end[0] == 's';
    CHECK(run.outcome.stats.leaky == (leaks ? 1 : 0));
    CHECK(run.outcome.stats.passed == (leaks ? 2 : 1));
    CHECK(run.outcome.stats.failed == (leaks ? 0 : 1));
  }
}

}  // namespace
