#include "core/report/progress.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/report/human.hpp"
#include "tests/unit/support.hpp"

namespace {

using namespace nextest;

Duration ms(std::int64_t n) { return Duration::milliseconds(n); }

// What is drawn at a size, and the progress of a run of ten tests, "bin test 0" and so on.
class Drawn {
 public:
  explicit Drawn(ProgressOptions options = {}, Style look = {}) : style(look), progress(style, options) {
    list.binaries.resize(1);
    list.binaries[0].id = "bin";
    for (int i = 0; i < 10; ++i) {
      TestCase test;
      test.name = "test " + std::to_string(i);
      list.tests.push_back(test);
    }
    progress.begin(list);
  }

  void start(TestIndex test, std::int64_t at, std::uint32_t attempt = 1) {
    TestStarted started;
    started.test = test;
    started.attempt = {attempt, 3};
    progress.on_started(started, ms(at));
  }
  void finish(TestIndex test, OutcomeKind kind = OutcomeKind::Pass) {
    TestFinished finished;
    finished.test = test;
    finished.result.attempts.resize(1);
    finished.result.attempts[0].outcome.kind = kind;
    progress.on_finished(finished);
  }
  std::string draw(std::int64_t at, std::size_t columns = 80, std::size_t rows = 24) {
    std::string out;
    Footer footer;
    progress.draw(footer, out, ms(at), TerminalSize{columns, rows});
    return out;
  }

  TestList list;
  Style style;
  Progress progress;
};

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

TEST_CASE("progress: a bar, counts, and the tests that run, the oldest first") {
  Drawn drawn;
  CHECK(drawn.draw(0) == "     Running [ 00:00:00] ------------------------ 0/10");
  drawn.start(0, 0);
  drawn.start(1, 500);
  drawn.start(2, 1000, 2);
  CHECK(drawn.draw(2250) ==
        "     Running [ 00:00:02] ------------------------ 0/10: 3 running\n"
        "             [   2.250s] bin test 0\n"
        "             [   1.750s] bin test 1\n"
        "       TRY 2 [   1.250s] bin test 2");
  drawn.finish(1);
  drawn.finish(0, OutcomeKind::Fail);
  TestSlow slow;
  slow.test = 2;
  drawn.progress.on_slow(slow);
  CHECK(drawn.draw(3661000) ==
        "     Running [ 01:01:01] ===--------------- 2/10: 1 running, 1 failed, 1 passed\n"
        "        SLOW [3660.000s] bin test 2");
  slow.will_terminate = true;
  drawn.progress.on_slow(slow);
  drawn.progress.stats.cancel_reason = CancelReason::Interrupt;
  CHECK(drawn.draw(2000) ==
        "  Cancelling [ 00:00:02] ===--------------- 2/10: 1 running, 1 failed, 1 passed\n"
        " TERMINATING [   1.000s] bin test 2");
  drawn.progress.on_attempt_ended(2);
  CHECK(first_line(drawn.draw(2000)) == drawn.draw(2000));
}

TEST_CASE("progress: what does not fit gives way, no line is as wide as the terminal") {
  Drawn drawn;
  for (TestIndex test = 0; test < 10; ++test) drawn.start(test, 0);
  drawn.finish(0);
  drawn.finish(1, OutcomeKind::Fail);
  CHECK(drawn.draw(0, 40, 10) ==
        "     Running [ 00:00:00] 2/10: 1 failed\n"
        "             [   0.000s] bin test 2\n"
        "             [   0.000s] bin test 3\n"
        "             [   0.000s] bin test 4\n"
        "             [   0.000s] bin test 5\n"
        "             and 4 more");
  CHECK(first_line(drawn.draw(0, 60)) == "     Running [ 00:00:00] =------- 2/10: 8 running, 1 failed");
  CHECK(drawn.draw(0, 36) == "");
  drawn.list.tests[2].name = std::string(10000, 'x') + "end";
  drawn.list.tests[3].name = std::string(3000, 'x') + std::string("\xff\n") + "\u4e2d";
  drawn.list.binaries[0].id = std::string(200, 'b');
  for (std::size_t columns = 1; columns < 130; ++columns) {
    const std::string text = drawn.draw(0, columns);
    std::string_view line;
    for (std::string_view rest = text; next_line(rest, line);) CHECK(display_width(line) < columns);
  }
  CHECK(contains(drawn.draw(0, 100), "xend\n"));
}

TEST_CASE("progress: as many running tests as asked for") {
  ProgressOptions options;
  options.max_running = 2;
  Drawn two(options);
  for (TestIndex test = 0; test < 4; ++test) two.start(test, 0);
  CHECK(two.draw(0) ==
        "     Running [ 00:00:00] ------------------------ 0/10: 4 running\n"
        "             [   0.000s] bin test 0\n"
        "             and 3 more");
  options.max_running = 0;
  Drawn none(options);
  none.start(0, 0);
  CHECK(none.draw(0) == "     Running [ 00:00:00] ------------------------ 0/10: 1 running");
}

TEST_CASE("progress: what is left is told when all of it is known") {
  Vector<Duration> durations(10, ms(4000));
  ProgressOptions options;
  options.durations = &durations;
  options.test_threads = 2;
  durations[9] = ms(-1);
  Drawn drawn(options);
  CHECK_FALSE(contains(drawn.draw(0), "left"));
  drawn.start(9, 0);
  CHECK_FALSE(contains(drawn.draw(0), "left"));
  drawn.finish(9);
  CHECK(contains(drawn.draw(1000), ", about 18s left"));  // 9 x 4 s by two
  drawn.start(0, 1000);
  drawn.start(1, 1000);
  CHECK(contains(drawn.draw(3000), ", about 16s left"));
  CHECK(contains(drawn.draw(60000), ", about 14s left"));  // they take longer than before
  for (TestIndex test = 0; test < 8; ++test) drawn.finish(test);
  drawn.start(8, 60000);
  CHECK(contains(drawn.draw(61000), ", about 3s left"));  // one test cannot be split
  CHECK(contains(drawn.draw(63999), ", about 1s left"));
  CHECK_FALSE(contains(drawn.draw(64000), "left"));  // it takes longer than before
  CHECK_FALSE(contains(drawn.draw(70000), "left"));
  drawn.finish(8);
  CHECK_FALSE(contains(drawn.draw(64000), "left"));
  durations.assign(10, ms(1000000));
  Drawn minutes(options);
  CHECK(contains(minutes.draw(0, 120), "about 1h 23m left"));
  durations.assign(10, ms(100000));
  Drawn seconds(options);
  CHECK(contains(seconds.draw(0, 120), "about 8m 20s left"));
}

TEST_CASE("footer: the cursor waits where it begins, and erases from there") {
  Footer footer;
  std::string out;
  footer.erase(out);
  CHECK(out == "");
  footer.begin(out);
  CHECK(out == "\x1B[?7l");
  out.clear();
  footer.add_line(out, "0123456789");
  footer.add_line(out, "01234");
  CHECK(out == "0123456789\n01234");
  CHECK(footer.shown());
  out.clear();
  footer.end(out);
  CHECK(out == "\x1B[?7h\r\x1B[1A");
  out.clear();
  footer.erase(out);
  CHECK(out == "\r\x1B[K\x1B[C\x1B[J\r");
  CHECK_FALSE(footer.shown());
  out.clear();
  footer.add_line(out, "");
  footer.end(out);
  CHECK(out == "\x1B[?7h\r");
}

TEST_CASE("human: a counter stands before the tests that have finished, and a gap before others") {
  const support::TempFolder folder;
  const Fd file(::open((folder / "out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  HumanOptions options;
  options.counter = true;
  Drawn drawn;
  HumanReporter reporter(file.get(), options);
  RunInfo info;
  RunStarted started;
  started.info = &info;
  started.list = &drawn.list;
  reporter.on_event({Duration(), started});
  TestSlow slow;
  reporter.on_event({Duration(), slow});
  TestFinished finished;
  finished.result.attempts.resize(1);
  reporter.on_event({Duration(), finished});
  RunFinished end;
  reporter.on_event({Duration(), end});
  REQUIRE(reporter.flush());
  const std::string text = support::read_file(folder / "out");
  CHECK(contains(text, "        SLOW [>  0.000s]         bin test 0\n"));
  CHECK(contains(text, "        PASS [   0.000s] ( 1/10) bin test 0\n"));
}

TEST_CASE("human: an attempt that failed runs no more, and the next one does") {
  const support::TempFolder folder;
  const Fd file(::open((folder / "out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  Drawn drawn;
  HumanReporter reporter(file.get(), HumanOptions());
  RunInfo info;
  RunStarted started;
  started.info = &info;
  started.list = &drawn.list;
  reporter.on_event({Duration(), started});
  const auto running = [&] {
    const std::size_t before = support::read_file(folder / "out").size();
    reporter.on_event({Duration(), nextest::InputEnter()});
    REQUIRE(reporter.flush());
    const std::string line = support::read_file(folder / "out").substr(before);
    return contains(line, " 1 running") ? 1 : contains(line, " 2 running") ? 2 : 0;
  };
  REQUIRE(reporter.flush());
  TestStarted start;
  reporter.on_event({Duration(), start});
  CHECK(running() == 1);
  nextest::TestAttemptFailed failed;
  failed.result.attempt = {1, 2};
  failed.result.outcome.kind = OutcomeKind::Fail;
  reporter.on_event({Duration(), failed});
  CHECK(running() == 0);
  start.attempt = {2, 2};
  reporter.on_event({Duration(), nextest::TestRetryStarted{start}});
  CHECK(running() == 1);
}

TEST_CASE("human: the answer to what is running") {
  const support::TempFolder folder;
  const Fd file(::open((folder / "out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  Drawn drawn;
  HumanReporter reporter(file.get(), HumanOptions());
  RunInfo info;
  RunStarted started;
  started.info = &info;
  started.list = &drawn.list;
  reporter.on_event({Duration(), started});
  REQUIRE(reporter.flush());
  const std::size_t before = support::read_file(folder / "out").size();

  InfoStarted asked;
  asked.total = 6;
  asked.running = 4;
  asked.stats.initial_run_count = 10;
  reporter.on_event({Duration(), asked});
  InfoResponse one;
  one.total = 6;
  one.slot.global_slot = 3;
  one.status.pid = 42;
  one.status.elapsed = ms(1500);
  one.status.output = std::make_shared<CapturedOutput>(CapturedOutput{"so far\n", ""});
  reporter.on_event({Duration(), one});
  InfoResponse two = one;
  two.index = 1;
  two.attempt = {2, 3};
  two.slot.group_slot = 1;
  two.slot.test_group = "db";
  two.status.slow = true;
  two.status.output = nullptr;
  two.status.state = UnitState::Terminating;
  two.status.cause = EndingCause::SlowTimeout;
  two.status.in_state = ms(500);
  two.status.remaining = ms(9500);
  reporter.on_event({Duration(), two});
  RunBeginCancel cancel;
  cancel.reason = CancelReason::Interrupt;
  reporter.on_event({Duration(), cancel});
  InfoResponse three = one;
  three.index = 2;
  three.status.output = nullptr;
  three.status.state = UnitState::Killing;
  three.status.cause = EndingCause::Cancelled;
  three.status.in_state = ms(10000);
  reporter.on_event({Duration(), three});
  InfoResponse four = three;
  four.index = 3;
  four.status.state = UnitState::Draining;
  four.status.remaining = ms(150);
  reporter.on_event({Duration(), four});
  InfoResponse five;
  five.index = 4;
  five.total = 6;
  five.attempt = {2, 3};
  five.status.state = UnitState::WaitingForRetry;
  five.status.in_state = ms(1000);
  five.status.remaining = ms(4000);
  reporter.on_event({Duration(), five});
  InfoResponse six = one;
  six.index = 5;
  six.script_id = "prepare";
  reporter.on_event({Duration(), six});
  reporter.on_event({Duration(), InfoFinished()});
  reporter.on_event({ms(2000), InputEnter()});
  REQUIRE(reporter.flush());
  CHECK(support::read_file(folder / "out").substr(before) ==
        "------------\n"
        "        Info 4 tests running; 0/10 tests run: 0 passed, 0 skipped\n"
        "         1/6 bin test 0\n"
        "      status: running for 1.500s as PID 42, slot 3\n"
        "  stdout ---\n"
        "    so far\n"
        "         2/6 bin test 0\n"
        "      status: attempt 2/3 ending after 1.500s as PID 42, asked to end 0.500s ago because of its timeout, will "
        "be "
        "killed in 9.500s, slot 3, slot 1 of group db\n"
        "  Cancelling due to interrupt\n"
        "         3/6 bin test 0\n"
        "      status: ending after 1.500s as PID 42, killed; asked to end 10.000s ago because of interrupt, slot 3\n"
        "         4/6 bin test 0\n"
        "      status: has ended after 1.500s as PID 42, what it left behind is a leak in 0.150s, slot 3\n"
        "         5/6 bin test 0\n"
        "      status: attempt 2/3 waits for 1.000s, starts in 4.000s, slot 0\n"
        "         6/6 prepare (setup script)\n"
        "      status: running for 1.500s as PID 42\n"
        "  stdout ---\n"
        "    so far\n"
        "------------\n"
        "  Cancelling [ 00:00:02] ------------------------ 0/10\n");
}

}  // namespace
