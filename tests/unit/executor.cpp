#include "core/run/executor.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <sys/resource.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "core/base/uuid.hpp"
#include "core/harness/libtest.hpp"
#include "tests/unit/busy_launcher.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::AttemptResult;
using nextest::Duration;
using nextest::Executor;
using nextest::OutcomeKind;
using nextest::RunOptions;
using nextest::Signals;
using nextest::StressIndex;
using nextest::Supervisor;
using nextest::TestAttemptFailed;
using nextest::TestFinished;
using nextest::TestIndex;
using nextest::TestList;
using nextest::TestResult;
using nextest::TestSlow;
using nextest::TestStarted;

using Lines = nextest::Vector<std::string>;

// Runs scripts as plain tests, and writes down what the executor emits: "start NAME #ATTEMPT/TOTAL @SLOT",
// "fail NAME #ATTEMPT", "slow NAME", "end NAME OUTCOMES".
class Run final : public nextest::EventSink, public nextest::ExecutorObserver {
 public:
  Run() {
    REQUIRE(bool(Signals::install()));
    plan.info.run_id = nextest::make_uuid();
    supervisor = std::make_unique<Supervisor>(plan.info.run_id);
  }

  void add(const std::string& name, const std::string& script, mode_t mode = 0755) {
    support::write_file(folder / name, script, mode);
    nextest::TestBinary binary;
    binary.id = name;
    binary.path = folder / name;
    plan.list.binaries.push_back(binary);
    nextest::TestCase test;
    test.name = name;
    test.own_name_size = static_cast<std::uint32_t>(name.size());
    test.binary = static_cast<std::uint32_t>(plan.list.binaries.size() - 1);
    plan.list.tests.push_back(test);
    plan.order.push_back(static_cast<TestIndex>(plan.list.tests.size() - 1));
  }
  void add_shell(const std::string& name, const std::string& script) { add(name, "#!/bin/sh\n" + script + "\n"); }

  nextest::Vector<nextest::Vector<std::string>> script_variables;

  void begin() {
    events = std::make_unique<nextest::EventStream>(supervisor->loop, nextest::Vector<nextest::EventSink*>{this});
    executor = std::make_unique<Executor>(*supervisor, plan, options, script_variables, *events, *this);
    executor->begin(stress);
  }
  const Lines& run() {
    begin();
    go_on();
    return lines;
  }
  void go_on() {
    while (true) {
      executor->fill();
      if (executor->idle()) break;
      wait();
    }
  }
  void wait() {
    supervisor->wait([](int) {});
  }

  // --- EventSink ---

  void on_event(const nextest::Event& event) override {
    if (const auto* const started = std::get_if<TestStarted>(&event.what)) on_started(*started);
    else if (const auto* const again = std::get_if<nextest::TestRetryStarted>(&event.what)) on_started(*again);
    else if (const auto* const slow = std::get_if<TestSlow>(&event.what))
      lines.push_back("slow " + name_of(slow->test));
    else if (const auto* const failed = std::get_if<TestAttemptFailed>(&event.what)) on_attempt_failed(*failed);
    else if (const auto* const finished = std::get_if<TestFinished>(&event.what)) on_end(*finished);
    else FAIL("another event");
  }
  bool flush() override { return true; }
  int waits_for() const override { return -1; }

  void on_started(const TestStarted& started) {
    CHECK((started.attempt.number == 1) == (attempts_of(started.test) == 0));
    lines.push_back("start " + name_of(started.test) + " #" + std::to_string(started.attempt.number) + "/" +
                    std::to_string(started.attempt.total) + " @" + std::to_string(started.slot.global_slot));
    most_running = std::max(most_running, executor->running());
    starts.push_back(started);
  }
  std::size_t attempts_of(TestIndex test) const {
    std::size_t count = 0;
    for (const TestStarted& start : starts) count += start.test == test;
    return count;
  }
  void on_attempt_failed(const TestAttemptFailed& failed) {
    lines.push_back("fail " + name_of(failed.test) + " #" + std::to_string(failed.result.attempt.number));
    failures.push_back(failed);
    if (after_failure) after_failure();
  }
  void on_end(const TestFinished& finished) {
    std::string line = "end " + name_of(finished.test);
    for (const AttemptResult& attempt : finished.result.attempts) {
      line += " " + std::to_string(static_cast<int>(attempt.outcome.kind)) + ":" + std::to_string(attempt.outcome.code);
    }
    lines.push_back(line);
    results.push_back({finished.test, finished.result});
  }

  // --- ExecutorObserver ---

  void on_finished(const TestFinished& finished) override {
    REQUIRE_FALSE(results.empty());
    CHECK(results.back().first == finished.test);  // the event came before
    if (after_finish) after_finish(finished.test);
  }

  std::string name_of(TestIndex test) const { return plan.list.tests[test].name.str(); }

  support::TempFolder folder;
  RunOptions options;
  nextest::RunPlan plan;
  StressIndex stress;
  std::unique_ptr<Supervisor> supervisor;
  std::unique_ptr<nextest::EventStream> events;
  std::unique_ptr<Executor> executor;
  Lines lines;
  nextest::Vector<TestAttemptFailed> failures;
  nextest::Vector<TestStarted> starts;
  nextest::Vector<std::pair<TestIndex, TestResult>> results;
  std::uint32_t most_running = 0;
  std::function<void()> after_failure;
  std::function<void(TestIndex)> after_finish;
};

// Pass is outcome 0, Fail is 2, ExecFail is 5.
static_assert(static_cast<int>(OutcomeKind::Pass) == 0 && static_cast<int>(OutcomeKind::Fail) == 2 &&
              static_cast<int>(OutcomeKind::ExecFail) == 5);

std::string until_file(const std::string& path) { return "while [ ! -e " + path + " ]; do sleep 0.01; done"; }

// ---- order and slots ----

TEST_CASE("executor: nothing to run") {
  Run run;
  CHECK(run.run().empty());
  CHECK(run.executor->idle());
}

TEST_CASE("executor: one at a time, in the order of the plan, in one slot") {
  Run run;
  for (const char* name : {"a", "b", "c"}) run.add_shell(name, "exit 0");
  run.plan.order = {2, 0, 1};
  CHECK(run.run() ==
        Lines{"start c #1/1 @0", "end c 0:0", "start a #1/1 @0", "end a 0:0", "start b #1/1 @0", "end b 0:0"});
  CHECK(run.most_running == 1);
}

TEST_CASE("executor: never more at a time than threads") {
  Run run;
  run.options.test_threads = 3;
  for (int i = 0; i < 20; ++i) run.add_shell("t" + std::to_string(i), "exit 0");
  CHECK(run.run().size() == 40);
  CHECK(run.most_running == 3);
  for (const TestStarted& start : run.starts) {
    CHECK(start.slot.global_slot < 3);
    CHECK(start.pid > 0);
  }
}

TEST_CASE("executor: a test gets the smallest free slot") {
  Run run;
  run.options.test_threads = 3;
  run.add_shell("a", until_file(run.folder / "end-a"));
  run.add_shell("b", until_file(run.folder / "end-b"));
  run.add_shell("c", until_file(run.folder / "end-c"));
  run.add_shell("d", until_file(run.folder / "end-d"));
  run.add_shell("e", "exit 0");
  // b ends first, then a: d gets slot 1, e gets slot 0.
  support::write_file(run.folder / "end-b", "");
  run.after_finish = [&](TestIndex test) {
    if (test == 1) support::write_file(run.folder / "end-a", "");
    if (test == 4) support::write_file(run.folder / "end-c", "");
    if (test == 2) support::write_file(run.folder / "end-d", "");
  };
  CHECK(run.run() == Lines{"start a #1/1 @0", "start b #1/1 @1", "start c #1/1 @2", "end b 0:0", "start d #1/1 @1",
                           "end a 0:0", "start e #1/1 @0", "end e 0:0", "end c 0:0", "end d 0:0"});
}

TEST_CASE("executor: a test knows who and where it is") {
  Run run;
  run.stress.active = true;
  run.stress.current = 4;
  run.stress.total = 0;
  run.plan.settings.kinds[0].retries.count = 1;
  run.add_shell("first", "exit 0");
  run.add_shell("a b",
                "echo \"$NEXTEST_BINARY_ID|$NEXTEST_TEST_NAME|$NEXTEST_ATTEMPT/$NEXTEST_TOTAL_ATTEMPTS|"
                "$NEXTEST_ATTEMPT_ID|$NEXTEST_STRESS_CURRENT/$NEXTEST_STRESS_TOTAL|$NEXTEST_TEST_GROUP|"
                "$NEXTEST_TEST_GLOBAL_SLOT|$NEXTEST_TEST_GROUP_SLOT\"; [ $NEXTEST_ATTEMPT = 2 ]");
  run.run();
  REQUIRE(run.results.size() == 2);
  const nextest::Vector<AttemptResult>& attempts = run.results[1].second.attempts;
  REQUIRE(attempts.size() == 2);
  const std::string id = run.plan.info.run_id + ":a b@stress-4$a b";
  CHECK_FALSE(bool(attempts[0].output));  // it came with the event of that failure
  REQUIRE(run.failures.size() == 1);
  CHECK(run.failures[0].result.output->out == "a b|a b|1/2|" + id + "|4/unknown|@global|0|none\n");
  CHECK(attempts[1].output->out == "a b|a b|2/2|" + id + "#2|4/unknown|@global|0|none\n");
  CHECK(run.starts[1].command == Lines{run.folder / "a b"});
}

TEST_CASE("executor: without capture there is no output to keep") {
  Run run;
  run.options.request.capture = false;
  run.add_shell("a", "exit 77");
  run.run();
  REQUIRE(run.results.size() == 1);
  CHECK_FALSE(bool(run.results[0].second.last().output));
  CHECK(run.results[0].second.last().outcome.skipped_by_test);
}

TEST_CASE("executor: the harness judges the end") {
  Run run;
  run.add_shell("a", "exit 77");
  CHECK(run.run() == Lines{"start a #1/1 @0", "end a 0:0"});
  CHECK(run.results.at(0).second.last().outcome.skipped_by_test);
}

TEST_CASE("executor: slow is told, with the settings' periods") {
  Run run;
  run.plan.settings.kinds[0].slow_timeout.period = Duration::milliseconds(10);
  run.plan.settings.kinds[0].slow_timeout.terminate_after = 2;
  run.add_shell("a", "exec sleep 60");
  run.run();
  REQUIRE(run.lines.size() == 4);
  CHECK(run.lines[1] == "slow a");
  CHECK(run.lines[2] == "slow a");
  CHECK(run.results.at(0).second.last().outcome.kind == OutcomeKind::Timeout);
  CHECK(run.results.at(0).second.last().slow);
}

// ---- retries ----

// Fails until its n-th attempt.
std::string passes_at(int attempt) { return "[ $NEXTEST_ATTEMPT -ge " + std::to_string(attempt) + " ]"; }

TEST_CASE("executor: a test is run again until it passes, or has had its attempts") {
  Run run;
  run.plan.settings.kinds[0].retries.count = 2;
  run.add_shell("a", passes_at(2));
  run.add_shell("b", "exit 4");
  CHECK(run.run() == Lines{"start a #1/3 @0", "fail a #1", "start a #2/3 @0", "end a 2:1 0:0", "start b #1/3 @0",
                           "fail b #1", "start b #2/3 @0", "fail b #2", "start b #3/3 @0", "end b 2:4 2:4 2:4"});
  CHECK(run.results.at(0).second.flaky());
  CHECK(run.results.at(0).second.passed());
  CHECK_FALSE(run.results.at(1).second.passed());
}

TEST_CASE("executor: a leak that passes is not run again") {
  Run run;
  run.plan.settings.kinds[0].retries.count = 2;
  run.plan.settings.kinds[0].leak_timeout.period = Duration{};
  run.add_shell("a", "sleep 60 & exit 0");
  CHECK(run.run() == Lines{"start a #1/3 @0", "end a 1:0"});
}

TEST_CASE("executor: flaky results carry how they count") {
  Run run;
  run.plan.settings.kinds[0].retries.count = 1;
  run.plan.settings.kinds[0].flaky_fails = true;
  run.add_shell("a", passes_at(2));
  run.run();
  CHECK(run.results.at(0).second.flaky());
  CHECK_FALSE(run.results.at(0).second.passed());
}

TEST_CASE("executor: a retry's delay frees the thread, and keeps the slot") {
  Run run;
  run.plan.settings.kinds[0].retries.count = 1;
  run.plan.settings.kinds[0].retries.delay = Duration::milliseconds(500);
  run.add_shell("a", passes_at(2));
  run.add_shell("b", "exit 0");
  CHECK(run.run() ==
        Lines{"start a #1/2 @0", "fail a #1", "start b #1/2 @1", "end b 0:0", "start a #2/2 @0", "end a 2:1 0:0"});
}

TEST_CASE("executor: jitter takes half of a delay at most, and each time another part of it") {
  Run run;
  run.options.test_threads = 4;
  run.plan.settings.kinds[0].retries.count = 1;
  run.plan.settings.kinds[0].retries.delay = Duration::seconds(3600);
  run.plan.settings.kinds[0].retries.jitter = true;
  for (int i = 0; i < 24; ++i) run.add_shell("t" + std::to_string(i), "exit 1");
  run.begin();
  while (run.failures.size() < 24) {
    run.executor->fill();
    run.wait();
  }
  std::size_t others = 0;
  for (const TestAttemptFailed& failed : run.failures) {
    CHECK(Duration::seconds(1800) <= failed.delay_before_next);
    CHECK(failed.delay_before_next <= Duration::seconds(3600));
    others += !(failed.delay_before_next == run.failures[0].delay_before_next);
  }
  CHECK(others > 0);
  run.executor->cancel();
}

TEST_CASE("executor: a test whose delay has passed goes before a new one") {
  Run run;
  run.plan.settings.kinds[0].retries.count = 1;
  run.plan.settings.kinds[0].retries.delay = Duration::milliseconds(500);
  run.add_shell("a", passes_at(2));
  run.add_shell("b", "sleep 1");
  run.add_shell("c", "exit 0");
  CHECK(run.run() == Lines{"start a #1/2 @0", "fail a #1", "start b #1/2 @1", "end b 0:0", "start a #2/2 @0",
                           "end a 2:1 0:0", "start c #1/2 @0", "end c 0:0"});
}

// ---- what cannot start ----

TEST_CASE("executor: a test that cannot start has started and ended, with its errno") {
  Run run;
  run.add("a", "no program\n");
  run.add_shell("b", "exit 0");
  CHECK(run.run() == Lines{"start a #1/1 @0", "end a 5:" + std::to_string(ENOEXEC), "start b #1/1 @0", "end b 0:0"});
  CHECK(run.starts.at(0).pid == 0);
  CHECK(run.starts.at(1).pid > 0);
}

TEST_CASE("executor: what could not start is tried again like any failure") {
  Run run;
  run.plan.settings.kinds[0].retries.count = 1;
  run.add("a", "no program\n");
  const std::string error = "5:" + std::to_string(ENOEXEC);
  CHECK(run.run() == Lines{"start a #1/2 @0", "fail a #1", "start a #2/2 @0", "end a " + error + " " + error});
}

// Room for that many more file descriptors, until the end of the scope.
class DescriptorLimit {
 public:
  explicit DescriptorLimit(int more) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    // All below the highest open one are taken, so that the limit is exact.
    int highest = 0;
    for (const int fd : support::open_descriptors()) highest = std::max(highest, fd);
    for (int fd = 0; fd <= highest;) {
      fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      REQUIRE(fd >= 0);
      if (fd > highest) ::close(fd);
      else taken_.emplace_back(fd);
    }
    rlimit limit = before_;
    limit.rlim_cur = static_cast<rlim_t>(highest) + 1 + static_cast<rlim_t>(more);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  DescriptorLimit(const DescriptorLimit&) = delete;
  DescriptorLimit& operator=(const DescriptorLimit&) = delete;
  ~DescriptorLimit() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
  nextest::Vector<nextest::Fd> taken_;
};

// The first start of all takes a pipe more: it tells whether vfork shares our memory (spawn.hpp).
void start_a_first_one() {
  Run run;
  run.add_shell("first", "exit 0");
  run.run();
}

TEST_CASE("executor: a start that the system refuses is put back, and made when another test has ended") {
  start_a_first_one();
  Run run;
  run.options.test_threads = 4;
  for (const char* name : {"a", "b", "c", "d"}) run.add_shell(name, "exit 0");
  // /dev/null and four ends of pipes for one, of which two stay; two more for the start of a second are not enough.
  const DescriptorLimit limit(1 + 4 + 1);
  CHECK(run.run() == Lines{"start a #1/1 @0", "end a 0:0", "start b #1/1 @1", "end b 0:0", "start c #1/1 @0",
                           "end c 0:0", "start d #1/1 @1", "end d 0:0"});
}

TEST_CASE("executor: a test whose program is open for writing is tried again, for a second") {
  Run run;
  run.supervisor = std::make_unique<Supervisor>(run.plan.info.run_id, std::make_unique<support::BusyLauncher>(3u));
  run.add_shell("a", "exit 0");
  CHECK(run.run() == Lines{"start a #1/1 @0", "end a 0:0"});
  Run never;
  never.supervisor =
      std::make_unique<Supervisor>(never.plan.info.run_id, std::make_unique<support::BusyLauncher>(1000u));
  never.add_shell("a", "exit 0");
  const Lines& lines = never.run();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == "start a #1/1 @0");
  CHECK(nextest::ends_with(lines[1], ":" + std::to_string(ETXTBSY)));
}

TEST_CASE("executor: a test that the system refused to start waits since it was first tried") {
  start_a_first_one();
  Run run;
  run.options.test_threads = 2;
  for (const char* name : {"a", "b"}) run.add_shell(name, "exit 0");
  ::poll(nullptr, 0, 5);
  run.begin();
  const Duration before = run.supervisor->loop.clock.now();
  {
    const DescriptorLimit limit(1 + 4 + 1);
    run.executor->fill();
  }
  nextest::Vector<nextest::InfoResponse> responses;
  run.executor->report([&](nextest::InfoResponse response) { responses.push_back(std::move(response)); });
  REQUIRE(responses.size() == 2);
  CHECK(responses[1].status.state == nextest::UnitState::WaitingForRetry);
  CHECK(responses[1].status.in_state <= run.supervisor->loop.clock.now() - before);
  run.go_on();
}

TEST_CASE("executor: a start that is refused while nothing runs fails") {
  Run run;
  run.options.test_threads = 4;
  run.add_shell("a", "exit 0");
  const DescriptorLimit limit(3);
  CHECK(run.run() == Lines{"start a #1/1 @0", "end a 5:" + std::to_string(EMFILE)});
}

// ---- cancelling ----

TEST_CASE("executor: cancelled, it starts no more, and what runs may end") {
  Run run;
  run.options.test_threads = 2;
  run.add_shell("a", "exit 1");
  run.add_shell("b", until_file(run.folder / "end-b"));
  run.add_shell("c", "exit 0");
  run.after_finish = [&](TestIndex test) {
    if (test != 0) return;
    run.executor->cancel();
    CHECK_FALSE(run.executor->idle());
    CHECK(run.executor->running() == 1);
    support::write_file(run.folder / "end-b", "");
  };
  CHECK(run.run() == Lines{"start a #1/1 @0", "start b #1/1 @1", "end a 2:1", "end b 0:0"});
}

TEST_CASE("executor: cancelled, a test that fails is not run again") {
  Run run;
  run.plan.settings.kinds[0].retries.count = 3;
  run.add_shell("a", until_file(run.folder / "end-a") + "; exit 1");
  run.begin();
  run.executor->fill();
  run.executor->cancel();
  support::write_file(run.folder / "end-a", "");
  run.go_on();
  CHECK(run.lines == Lines{"start a #1/4 @0", "end a 2:1"});
}

TEST_CASE("executor: cancelled, a test that waits for its next attempt ends with the ones it had") {
  for (const Duration delay : {Duration::seconds(3600), Duration{}}) {
    Run run;
    run.plan.settings.kinds[0].retries.count = 3;
    run.plan.settings.kinds[0].retries.delay = delay;
    run.add_shell("a", "exit 1");
    run.add_shell("b", "exit 0");
    run.begin();
    run.executor->fill();
    while (run.lines.back() != "fail a #1") run.wait();
    run.executor->cancel();
    CHECK(run.executor->idle());
    run.executor->fill();
    CHECK(run.lines == Lines{"start a #1/4 @0", "fail a #1", "end a 2:1"});
    REQUIRE(run.results.size() == 1);
    CHECK(run.results[0].second.last().attempt.number == 1);
    CHECK(run.results[0].second.last().attempt.total == 4);
  }
}

TEST_CASE("executor: cancelled, a test that the system refused to start was never there") {
  start_a_first_one();
  Run run;
  run.options.test_threads = 2;
  run.add_shell("a", until_file(run.folder / "end-a"));
  run.add_shell("b", "exit 0");
  {
    const DescriptorLimit limit(1 + 4 + 1);
    run.begin();
    run.executor->fill();
  }
  CHECK(run.lines == Lines{"start a #1/1 @0"});
  run.executor->cancel();
  support::write_file(run.folder / "end-a", "");
  run.go_on();
  CHECK(run.lines == Lines{"start a #1/1 @0", "end a 0:0"});
}

TEST_CASE("executor: a test that cannot start has started all the same, when it was tried") {
  Run run;
  run.add("a", "no program\n");
  run.begin();
  ::poll(nullptr, 0, 2);
  const Duration before = run.events->elapsed();
  run.go_on();
  REQUIRE(run.results.size() == 1);
  CHECK(before <= run.results[0].second.last().started);
}

TEST_CASE("executor: a test that waits for its next attempt tells for how long it has") {
  Run run;
  run.plan.settings.kinds[0].retries.count = 1;
  run.plan.settings.kinds[0].retries.delay = Duration::seconds(3600);
  run.add_shell("a", "exit 1");
  ::poll(nullptr, 0, 5);
  run.begin();
  const Duration before = run.supervisor->loop.clock.now();
  run.executor->fill();
  while (run.failures.empty()) run.wait();
  ::poll(nullptr, 0, 5);
  nextest::Vector<nextest::InfoResponse> responses;
  run.executor->report([&](nextest::InfoResponse response) { responses.push_back(std::move(response)); });
  const Duration after = run.supervisor->loop.clock.now();
  REQUIRE(responses.size() == 1);
  CHECK(responses[0].status.state == nextest::UnitState::WaitingForRetry);
  CHECK(responses[0].status.in_state <= after - before);
  CHECK(Duration{} < responses[0].status.in_state);
  CHECK(responses[0].status.remaining <= Duration::seconds(3600));
  CHECK(Duration::seconds(3000) < responses[0].status.remaining);
  run.executor->cancel();
}

// ---- commands ----

TEST_CASE("executor: extra arguments come behind those that select the test") {
  Run run;
  run.plan.settings.kinds[0].run_extra_args = {"x y", "--z"};
  run.add_shell("a", "printf '%s,' \"$@\" > " + (run.folder / "arguments"));
  run.plan.list.binaries[0].harness = &nextest::libtest_harness;
  CHECK(run.run() == Lines{"start a #1/1 @0", "end a 0:0"});
  CHECK(support::read_file(run.folder / "arguments") == "a,--exact,--nocapture,x y,--z,");
}

TEST_CASE("executor: what a tracer leaves behind is no leak of the test") {
  Run run;
  const std::string up = run.folder / "up";
  support::write_file(run.folder / "tracer",
                      "#!/bin/sh\n(echo > " + up + "; while [ -e " + (run.folder / "a") +
                          " ]; do sleep 0.01; done) >/dev/null 2>&1 &\n" + until_file(up) + "\nexec \"$@\"\n",
                      0755);
  run.options.interceptor.command = {run.folder / "tracer"};
  run.add_shell("a", "exit 0");
  CHECK(run.run() == Lines{"start a #1/1 @0", "end a 0:0"});
}

TEST_CASE("executor: the command of a test holds from any folder, behind a target runner") {
  nextest::TestBinary binary;
  binary.id = "id";
  binary.path = "build/a b";
  nextest::StartOptions options;
  nextest::Command command = nextest::make_command(binary, {"x"}, options, nullptr);
  CHECK(command.program == "build/a b");
  CHECK(command.argv == Lines{"build/a b", "x"});
  CHECK(command.folder == "");
  CHECK(command.environment == Lines{"NEXTEST_BINARY_ID=id"});

  binary.path = "plain";
  CHECK(nextest::make_command(binary, {}, options, nullptr).program == "./plain");

  binary.path = "build/a b";
  options.in_binary_folder = true;
  command = nextest::make_command(binary, {}, options, nullptr);
  CHECK(command.folder == "build");
  CHECK(nextest::starts_with(command.program, "/"));
  CHECK(nextest::ends_with(command.program, "/build/a b"));

  options = {};
  options.target_runner = {"sh", "-e"};
  command = nextest::make_command(binary, {"x"}, options, nullptr);
  CHECK(command.program == nextest::find_program("sh"));
  CHECK(command.argv == Lines{"sh", "-e", "build/a b", "x"});
}

TEST_CASE("executor: a target runner given by a relative path is found from another folder, too") {
  Run run;
  run.add_shell("a", "exit 0");
  support::write_file(run.folder / "runner", "#!/bin/sh\nexec \"$@\"\n", 0755);
  const support::TempFolder elsewhere;
  char before[4096];
  REQUIRE(::getcwd(before, sizeof before) != nullptr);
  REQUIRE(::chdir(run.folder.path().c_str()) == 0);
  run.options.start.target_runner = {"./runner"};
  run.options.start.folder = elsewhere.path();
  const Lines lines = run.run();
  REQUIRE(::chdir(before) == 0);
  CHECK(lines == Lines{"start a #1/1 @0", "end a 0:0"});
}

// ---- a TMPDIR of its own ----

// The folders that are left in what TMPDIR is for us.
Lines left_in(const std::string& folder) { return nextest::list_folder(folder).value(); }

TEST_CASE("executor: each attempt has a TMPDIR of its own, which is gone after a pass and there after a failure") {
  Run run;
  const std::string temporary = run.folder.make_folder("temporary");
  const support::Variable variable("TMPDIR", temporary.c_str());
  run.plan.settings.kinds[0].own_tmpdir = true;
  run.plan.settings.kinds[0].retries.count = 1;
  run.add_shell("passes", "mkdir $TMPDIR/a && touch $TMPDIR/a/b && chmod 500 $TMPDIR/a");
  run.add_shell("flaky", "touch $TMPDIR/$NEXTEST_ATTEMPT; [ $NEXTEST_ATTEMPT = 2 ]");
  run.run();
  REQUIRE(run.failures.size() == 1);
  const std::string kept = run.failures[0].result.tmpdir;
  CHECK(nextest::starts_with(kept, temporary + "/nextest-tmp-"));
  CHECK(left_in(temporary) == Lines{std::string(nextest::file_name(kept))});
  CHECK(left_in(kept) == Lines{"1"});
  for (const auto& result : run.results) CHECK(result.second.last().tmpdir.empty());
}

TEST_CASE("executor: a test whose TMPDIR cannot be made has not started, and one that cannot start has none") {
  Run run;
  const std::string temporary = run.folder.make_folder("temporary");
  run.plan.settings.kinds[0].own_tmpdir = true;
  run.add("broken", "no program", 0755);
  run.add_shell("fine", "exit 0");
  {
    const support::Variable variable("TMPDIR", temporary.c_str());
    run.run();
    CHECK(left_in(temporary).empty());
    CHECK(run.results[0].second.last().outcome.code == ENOEXEC);
  }
  run.results.clear();
  run.starts.clear();
  const support::Variable variable("TMPDIR", (temporary + "/none").c_str());
  run.run();
  REQUIRE(run.results.size() == 2);
  for (const auto& result : run.results) {
    CHECK(result.second.last().outcome.kind == OutcomeKind::ExecFail);
    CHECK(result.second.last().outcome.code == -ENOENT);
    CHECK(result.second.last().tmpdir.empty());
  }
}

TEST_CASE("executor: without that setting TMPDIR is the runner's") {
  Run run;
  const std::string temporary = run.folder.make_folder("temporary");
  const support::Variable variable("TMPDIR", temporary.c_str());
  run.add_shell("same", "exit 3");
  run.run();
  CHECK(left_in(temporary).empty());
  CHECK(run.results[0].second.last().tmpdir.empty());
}

}  // namespace
