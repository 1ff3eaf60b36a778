#include "record/chrome_trace.hpp"

#include <doctest/doctest.h>
#include <signal.h>

#include <string>
#include <string_view>
#include <utility>

#include "core/format/json_parser.hpp"
#include "tests/json_double.hpp"
#include "tests/unit/support.hpp"

namespace {

using namespace nextest;

// Milliseconds since the run started.
Duration ms(std::int64_t n) { return Duration::milliseconds(n); }

// A list of tests, and a trace of what is told of them.
struct Trace {
  RunInfo info;
  TestList list;
  std::string json;
  ChromeTrace trace{json};

  Trace() {
    TestBinary binary;
    binary.id = "suite";
    list.binaries.push_back(binary);
    for (const char* const name : {"one", "two", "three \xFF\"\n"}) {
      TestCase test;
      test.name = name;
      list.tests.push_back(test);
    }
  }

  template <class What>
  void tell(std::int64_t at, What what) {
    trace.on_event(Event{ms(at), std::move(what)});
  }
  void run_started() {
    info.run_id = "the-id";
    info.profile = "ci";
    for (const char* word : {"run", "a b", "\xFF"}) info.command_line.add(word);
    info.started_at = Duration{1709164805123456789};
    RunStarted started;
    started.info = &info;
    started.list = &list;
    tell(0, started);
  }
  void start(std::int64_t at, TestIndex test, std::uint32_t slot, Attempt attempt = Attempt(),
             StressIndex stress = StressIndex(), const char* group = "@global") {
    const SlotAssignment place{slot, -1, group};
    if (attempt.number == 1) tell(at, TestStarted{stress, test, attempt, place, 1, {}});
    else tell(at, TestRetryStarted{{stress, test, attempt, place, 1, {}}});
  }
  static AttemptResult result(std::int64_t from, std::int64_t to, OutcomeKind kind = OutcomeKind::Pass,
                              Attempt attempt = Attempt(), int code = 0) {
    AttemptResult result;
    result.attempt = attempt;
    result.outcome.kind = kind;
    result.outcome.code = code;
    result.started = ms(from);
    result.duration = ms(to - from);
    return result;
  }
  void fail_attempt(TestIndex test, AttemptResult result) {
    TestAttemptFailed failed;
    failed.test = test;
    const std::int64_t at = (result.started + result.duration).ns / 1000000;
    failed.result = std::move(result);
    tell(at, failed);
  }
  void finish(TestIndex test, nextest::Vector<AttemptResult> attempts, StressIndex stress = StressIndex()) {
    TestFinished finished;
    finished.stress = stress;
    finished.test = test;
    finished.result.attempts = std::move(attempts);
    const AttemptResult& last = finished.result.last();
    tell((last.started + last.duration).ns / 1000000, finished);
  }
  void run_finished(std::int64_t at) {
    RunFinished finished;
    finished.elapsed = ms(at);
    tell(at, finished);
  }

  JsonValue finished(bool has_end = true) {
    trace.finish(has_end);
    return read();
  }
  JsonValue read() const {
    Result<JsonValue> tree = parse_json(json);
    INFO((tree ? "" : tree.error().message));
    REQUIRE(bool(tree));
    return std::move(tree.value());
  }
};

std::string text(const JsonValue& event, std::string_view key) {
  const JsonValue* const value = event.find(key);
  return value == nullptr ? "(none)" : value->text;
}
std::string arg(const JsonValue& event, std::string_view key) {
  REQUIRE(event.find("args") != nullptr);
  const JsonValue* const value = event.find("args")->find(key);
  if (value == nullptr) return "(none)";
  return value->kind == JsonKind::Boolean ? (value->boolean ? "true" : "false") : value->text;
}

nextest::Vector<JsonValue> events_of(const JsonValue& tree, std::string_view phase, std::string_view category = "") {
  nextest::Vector<JsonValue> events;
  REQUIRE(tree.find("traceEvents") != nullptr);
  for (const JsonValue& event : tree.find("traceEvents")->items) {
    if (text(event, "ph") == phase && (category.empty() || text(event, "cat") == category)) events.push_back(event);
  }
  return events;
}

// "track from+duration name", a line a slice.
std::string slices(const JsonValue& tree, std::string_view category) {
  std::string lines;
  for (const JsonValue& event : events_of(tree, "X", category)) {
    lines += text(event, "tid") + " " + text(event, "ts") + "+" + text(event, "dur") + " " + text(event, "name") +
             ": " + arg(event, "outcome") + "\n";
  }
  return lines;
}

// The values of a counter, in order.
std::string counter(const JsonValue& tree, std::string_view name, std::string_view key) {
  std::string values;
  for (const JsonValue& event : events_of(tree, "C")) {
    if (text(event, "name") == name) values += (values.empty() ? "" : " ") + arg(event, key);
  }
  return values;
}

std::string track_name(const JsonValue& tree, std::string_view track) {
  std::string name = "(none)";
  for (const JsonValue& event : events_of(tree, "M")) {
    if (text(event, "name") == "thread_name" && text(event, "tid") == track) name = arg(event, "name");
  }
  return name;
}

// What the format wants of every event, of any phase that we use; and that slices of a track do not overlap, but for
// those that lie in another one on the track of the run.
void check_format(const JsonValue& tree) {
  CHECK(text(tree, "displayTimeUnit") == "ms");
  REQUIRE(tree.find("otherData") != nullptr);
  CHECK(tree.find("otherData")->kind == JsonKind::Object);
  REQUIRE(tree.find("traceEvents") != nullptr);
  REQUIRE(tree.find("traceEvents")->kind == JsonKind::Array);
  struct Slice {
    std::string track;
    double from, to;
  };
  nextest::Vector<Slice> seen;
  for (const JsonValue& event : tree.find("traceEvents")->items) {
    const auto has = [&](std::string_view key, JsonKind kind) {
      const JsonValue* const value = event.find(key);
      return value != nullptr && value->kind == kind;
    };
    CHECK(has("name", JsonKind::String));
    CHECK(has("ph", JsonKind::String));
    CHECK(has("ts", JsonKind::Number));
    CHECK(has("pid", JsonKind::Number));
    CHECK(has("tid", JsonKind::Number));
    CHECK(has("args", JsonKind::Object));
    const double from = as_double(*event.find("ts")).value();
    CHECK(from >= 0);
    const std::string phase = text(event, "ph");
    if (phase == "X") {
      CHECK(has("cat", JsonKind::String));
      REQUIRE(has("dur", JsonKind::Number));
      CHECK(track_name(tree, text(event, "tid")) != "(none)");
      const Slice slice{text(event, "tid"), from, from + as_double(*event.find("dur")).value()};
      CHECK(slice.to >= from);
      for (const Slice& other : seen) {
        const bool apart = slice.track != other.track || slice.to <= other.from || other.to <= slice.from;
        const bool nested = slice.track == "1" && ((slice.from >= other.from && slice.to <= other.to) ||
                                                   (other.from >= slice.from && other.to <= slice.to));
        CHECK((apart || nested));
      }
      seen.push_back(slice);
    } else if (phase == "C") {
      CHECK_FALSE(event.find("args")->members.empty());
      for (const JsonMember& value : event.find("args")->members) CHECK(value.value.kind == JsonKind::Number);
    } else if (phase == "M") {
      CHECK((text(event, "name") == "thread_name" || text(event, "name") == "process_name"));
      CHECK(arg(event, "name") != "(none)");
    } else {
      CHECK(phase == "i");
      CHECK(text(event, "s") == "g");
    }
  }
}

}  // namespace

TEST_CASE("chrome trace: a slice for each attempt, on the track of its slot") {
  Trace run;
  run.run_started();
  run.start(1, 0, 0);
  run.start(2, 1, 1, {1, 3}, StressIndex(), "database");
  run.fail_attempt(1, Trace::result(2, 5, OutcomeKind::Fail, {1, 3}, 1));
  run.finish(0, {Trace::result(1, 8)});
  run.start(9, 1, 1, {2, 3}, StressIndex(), "database");
  run.start(9, 2, 0);
  run.fail_attempt(1, Trace::result(9, 11, OutcomeKind::Abort, {2, 3}, SIGSEGV));
  run.start(12, 1, 1, {3, 3}, StressIndex(), "database");
  AttemptResult last = Trace::result(12, 20, OutcomeKind::Leak, {3, 3});
  last.slow = true;
  last.duration.ns += 1;
  run.finish(1, {Trace::result(2, 5, OutcomeKind::Fail, {1, 3}, 1), Trace::result(9, 11), last});
  run.finish(2, {Trace::result(9, 21, OutcomeKind::Timeout)});
  RunFinished finished;
  finished.elapsed = ms(22);
  finished.stats.passed = 1;
  finished.stats.failed = 1;
  finished.stats.timed_out = 1;
  run.tell(22, finished);
  const JsonValue tree = run.finished();
  check_format(tree);
  CHECK(slices(tree, "test") ==
        "4 2000.000+3000.000 two: fail\n"
        "3 1000.000+7000.000 one: pass\n"
        "4 9000.000+2000.000 two: abort\n"
        "4 12000.000+8000.001 two: leak\n"
        "3 9000.000+12000.000 three \xEF\xBF\xBD\"\n: timeout\n");
  CHECK(track_name(tree, "3") == "slot 0");
  CHECK(track_name(tree, "4") == "slot 1");
  CHECK(track_name(tree, "1") == "run");
  CHECK(track_name(tree, "2") == "(none)");
  CHECK(counter(tree, "running tests", "tests") == "1 2 1 0 1 2 1 2 1 0");
  CHECK(counter(tree, "results", "passed") == "1 2 2");
  CHECK(counter(tree, "results", "failed") == "0 0 1");

  const nextest::Vector<JsonValue> tests = events_of(tree, "X", "test");
  const JsonValue& third = tests.at(3);
  CHECK(arg(third, "binary_id") == "suite");
  CHECK(arg(third, "test_name") == "two");
  CHECK(arg(third, "attempt") == "3");
  CHECK(arg(third, "total_attempts") == "3");
  CHECK(arg(third, "test_group") == "database");
  CHECK(arg(third, "time_taken_ms") == "8.000001");
  CHECK(arg(third, "slow") == "true");
  CHECK(arg(third, "stress_iteration") == "(none)");
  CHECK(arg(tests.at(0), "attempt") == "1");
  CHECK(arg(tests.at(1), "test_group") == "(none)");
  CHECK(arg(tests.at(1), "slow") == "false");

  CHECK(slices(tree, "run") == "1 0.000+22000.000 nextest run: (none)\n");
  CHECK(arg(events_of(tree, "X", "run").at(0), "passed") == "1");
  CHECK(arg(events_of(tree, "X", "run").at(0), "failed") == "2");
}

TEST_CASE("chrome trace: what is known of the run") {
  Trace run;
  run.run_started();
  run.run_finished(1);
  const JsonValue tree = run.finished();
  check_format(tree);
  const JsonValue& other = *tree.find("otherData");
  CHECK(text(other, "started_at") == "2024-02-29T00:00:05.123456Z");
  CHECK(text(other, "run_id") == "the-id");
  CHECK(text(other, "profile") == "ci");
  REQUIRE(other.find("command_line") != nullptr);
  const nextest::Vector<JsonValue>& words = other.find("command_line")->items;
  REQUIRE(words.size() == 3);
  CHECK(words[1].text == "a b");
  CHECK(words[2].text == "\xEF\xBF\xBD");
  const JsonValue process = events_of(tree, "M").at(0);
  CHECK(text(process, "name") == "process_name");
  CHECK(arg(process, "name") == "nextest run the-id");
}

TEST_CASE("chrome trace: setup scripts have a track of their own") {
  Trace run;
  run.run_started();
  run.tell(1, ScriptStarted{StressIndex(), ScriptPhase::Setup, 0, 2, "db", {"sh"}});
  run.tell(4, ScriptFinished{StressIndex(), ScriptPhase::Setup, 0, 2, "db", {"sh"}, {}, Trace::result(1, 4)});
  run.tell(4, ScriptStarted{{true, 2, 5}, ScriptPhase::Setup, 1, 2, "net", {"sh"}});
  run.tell(6, ScriptFinished{{true, 2, 5},
                             ScriptPhase::Setup,
                             1,
                             2,
                             "net",
                             {"sh"},
                             {},
                             Trace::result(4, 6, OutcomeKind::Fail, Attempt(), 3)});
  run.tell(7, ScriptStarted{StressIndex(), ScriptPhase::Setup, 0, 2, "cut", {"sh"}});
  run.tell(9, InfoFinished{});
  const JsonValue tree = run.finished();
  check_format(tree);
  CHECK(slices(tree, "setup-script") ==
        "2 1000.000+3000.000 db: pass\n2 4000.000+2000.000 net: fail\n2 7000.000+2000.000 cut: incomplete\n");
  CHECK(track_name(tree, "2") == "scripts");
  CHECK(arg(events_of(tree, "X", "setup-script").at(1), "stress_iteration") == "3");
  CHECK(counter(tree, "running tests", "tests") == "");
}

TEST_CASE("chrome trace: iterations of a stress run lie in the run") {
  Trace run;
  run.run_started();
  for (std::uint32_t i = 0; i < 2; ++i) {
    const StressIndex stress{true, i, 2};
    const std::int64_t at = 10 * i;
    run.tell(at, StressSubRunStarted{stress, StressCondition()});
    run.start(at + 1, 0, 0, Attempt(), stress);
    run.finish(0, {Trace::result(at + 1, at + 8)}, stress);
    StressSubRunFinished finished;
    finished.index = stress;
    finished.elapsed = ms(9);
    finished.stats.passed = 1;
    run.tell(at + 9, finished);
  }
  RunFinished finished;
  finished.elapsed = ms(20);
  finished.stressed = true;
  finished.stats.passed = 1;
  run.tell(20, finished);
  const JsonValue tree = run.finished();
  check_format(tree);
  CHECK(slices(tree, "stress") == "1 0.000+9000.000 iteration 1: (none)\n1 10000.000+9000.000 iteration 2: (none)\n");
  CHECK(slices(tree, "test") == "3 1000.000+7000.000 one: pass\n3 11000.000+7000.000 one: pass\n");
  CHECK(arg(events_of(tree, "X", "test").at(1), "stress_iteration") == "2");
  CHECK(arg(events_of(tree, "X", "stress").at(1), "passed") == "1");
  CHECK(arg(events_of(tree, "X", "run").at(0), "passed") == "2");
  CHECK(counter(tree, "results", "passed") == "1 2");
}

TEST_CASE("chrome trace: a run that was cut short still is a trace") {
  Trace run;
  run.run_started();
  run.tell(1, StressSubRunStarted{{true, 0, 0}, StressCondition()});
  run.start(2, 0, 0, Attempt(), {true, 0, 0});
  run.start(3, 1, 1, {1, 2}, {true, 0, 0});
  run.fail_attempt(1, Trace::result(3, 5, OutcomeKind::Fail, {1, 2}));
  run.start(6, 2, 1, {1, 2}, {true, 0, 0});
  run.fail_attempt(2, Trace::result(6, 7, OutcomeKind::Fail, {1, 2}));
  run.start(8, 2, 1, {2, 2}, {true, 0, 0});
  run.tell(9, RunPaused{2});
  const JsonValue tree = run.finished();
  check_format(tree);
  CHECK(slices(tree, "test") ==
        "4 3000.000+2000.000 two: fail\n4 6000.000+1000.000 three \xEF\xBF\xBD\"\n: fail\n"
        "3 2000.000+7000.000 one: incomplete\n4 8000.000+1000.000 three \xEF\xBF\xBD\"\n: incomplete\n");
  CHECK(slices(tree, "stress") == "1 1000.000+8000.000 iteration 1: incomplete\n");
  CHECK(slices(tree, "run") == "1 0.000+9000.000 nextest run: incomplete\n");
  CHECK(arg(events_of(tree, "X", "test").at(3), "attempt") == "2");

  Trace nothing;
  check_format(nothing.finished());
}

TEST_CASE("chrome trace: of a record without its end the last event says so") {
  for (const bool has_end : {true, false}) {
    Trace run;
    run.run_started();
    run.start(2, 0, 0);
    run.start(3, 1, 1);
    const JsonValue tree = run.finished(has_end);
    check_format(tree);
    const nextest::Vector<JsonValue> instants = events_of(tree, "i");
    REQUIRE(instants.size() == (has_end ? 0 : 1));
    if (has_end) continue;
    CHECK(text(instants[0], "name") == "no end");
    CHECK(arg(instants[0], "running") == "2");
    CHECK(text(tree.find("traceEvents")->items.back(), "name") == "no end");
  }
}

TEST_CASE("chrome trace: cancelling, killing, stopping") {
  Trace run;
  run.run_started();
  run.start(1, 0, 0, {1, 2});
  run.fail_attempt(0, Trace::result(1, 2, OutcomeKind::Fail, {1, 2}));
  run.start(2, 1, 0);
  run.tell(3, RunPaused{1});
  run.tell(4, RunContinued{{1}});
  run.tell(5, RunBeginCancel{CancelReason::TestFailure, 1});
  // It was waiting for its retry: its one attempt was told before.
  TestFinished waited;
  waited.test = 0;
  waited.result.attempts = {Trace::result(1, 2, OutcomeKind::Fail, {1, 2})};
  run.tell(5, waited);
  run.tell(6, RunBeginKill{{CancelReason::SecondSignal, 1}});
  run.finish(1, {Trace::result(2, 7, OutcomeKind::Abort, Attempt(), SIGKILL)});
  run.run_finished(8);
  const JsonValue tree = run.finished();
  check_format(tree);
  CHECK(slices(tree, "test") == "3 1000.000+1000.000 one: fail\n3 2000.000+5000.000 two: abort\n");
  CHECK(counter(tree, "results", "failed") == "1 2");
  std::string told;
  for (const JsonValue& event : events_of(tree, "i")) {
    told +=
        text(event, "ts") + " " + text(event, "name") + " " + arg(event, "reason") + " " + arg(event, "running") + "\n";
  }
  CHECK(told ==
        "3000.000 pause (none) 1\n4000.000 continue (none) 1\n5000.000 cancel test-failure 1\n"
        "6000.000 kill second-signal 1\n");
}

TEST_CASE("chrome trace: slots in any order, times that cannot be") {
  Trace run;
  run.run_started();
  run.start(1, 0, UINT32_MAX);
  run.start(1, 1, 2);
  run.start(1, 2, 0);
  AttemptResult impossible;
  impossible.started.ns = INT64_MIN;
  impossible.duration.ns = INT64_MIN;
  TestFinished finished;  // run.finish adds the two
  finished.test = 0;
  finished.result.attempts = {impossible};
  run.tell(1, finished);
  run.finish(2, {Trace::result(1, 2)});
  run.tell(-5, InfoFinished{});
  const JsonValue tree = run.finished();
  check_format(tree);
  CHECK(track_name(tree, "4294967298") == "slot 4294967295");
  CHECK(track_name(tree, "5") == "slot 2");
  CHECK(track_name(tree, "3") == "slot 0");
  CHECK(slices(tree, "test") ==
        "4294967298 0.000+0.000 one: pass\n3 1000.000+1000.000 three \xEF\xBF\xBD\"\n: pass\n"
        "5 1000.000+1000.000 two: incomplete\n");
}

TEST_CASE("chrome trace: python reads it" * support::needs(support::tool("python3"))) {
  Trace run;
  run.run_started();
  run.start(1, 2, 0);
  run.finish(2, {Trace::result(1, 2)});
  run.run_finished(3);
  run.trace.finish();
  const support::TempFolder folder;
  support::write_file(folder / "trace.json", run.json);
  const std::string command =
      "python3 -c 'import json, sys\n"
      "trace = json.load(open(sys.argv[1], encoding=\"utf-8\"))\n"
      "events = trace[\"traceEvents\"]\n"
      "assert sorted(e[\"cat\"] for e in events if e[\"ph\"] == \"X\") == [\"run\", \"test\"]\n"
      "assert all(type(e[\"ts\"]) is float and e[\"pid\"] == 1 for e in events)\n"
      "' " +
      folder / "trace.json";
  CHECK(::system(command.c_str()) == 0);
}
