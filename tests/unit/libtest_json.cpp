#include "core/report/libtest_json.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/format/json_parser.hpp"
#include "core/harness/table.hpp"
#include "tests/unit/support.hpp"

namespace {

using namespace nextest;

// Binaries "lib" (libtest; two tests to run, one ignored, one filtered out) and "bin" (two to run).
TestList make_list() {
  TestList list;
  list.binaries.resize(2);
  list.binaries[0].id = "lib";
  list.binaries[0].name = "lib-name";
  list.binaries[0].package = "lib-package";
  list.binaries[0].kind = "bench";
  list.binaries[0].harness = &nextest::libtest_harness;
  list.binaries[1].id = "bin";
  list.binaries[1].name = "bin";
  list.binaries[1].package = "folder";
  for (const char* const name : {"m::one", "m::two", "m::ignored", "m::filtered", "x", "y"}) {
    TestCase test;
    test.name = name;
    test.own_name_size = static_cast<std::uint32_t>(test.name.size());
    test.binary = list.tests.size() < 4 ? 0 : 1;
    list.tests.push_back(test);
  }
  list.tests[2].ignored = true;
  list.tests[2].mismatch = Mismatch::Ignored;
  list.tests[3].mismatch = Mismatch::Name;
  return list;
}
constexpr TestIndex one = 0, two = 1, ignored = 2, x = 4, y = 5;

Outcome outcome_of(OutcomeKind kind, int code = 0) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = code;
  return outcome;
}
const Outcome pass = outcome_of(OutcomeKind::Pass), fail = outcome_of(OutcomeKind::Fail, 1);

AttemptResult attempt(Outcome outcome, std::int64_t ns = 5000000) {
  AttemptResult result;
  result.outcome = outcome;
  result.duration = Duration{ns};
  return result;
}
AttemptResult with_output(AttemptResult result, std::string out, std::string err = "") {
  result.output = std::make_shared<const CapturedOutput>(CapturedOutput{std::move(out), std::move(err)});
  return result;
}

// A reporter that writes into a file, and what it has written since it was last asked.
class Report {
 public:
  explicit Report(bool plus, TestList tests = make_list()) : list(std::move(tests)) {
    file_ = Fd(::open((folder_ / "out").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    LibtestJsonOptions options;
    options.plus = plus;
    reporter_ = std::make_unique<LibtestJsonReporter>(file_.get(), options);
    RunStarted started;
    started.info = &info_;
    started.list = &list;
    CHECK(tell(started).empty());
  }

  template <class What>
  std::string tell(What what) {
    reporter_->on_event({Duration{}, std::move(what)});
    REQUIRE(reporter_->flush());
    CHECK(reporter_->waits_for() == -1);
    const std::string all = support::read_file(folder_ / "out");
    const std::string now = all.substr(seen_);
    seen_ = all.size();
    return now;
  }
  std::string skip(StressIndex stress = StressIndex()) {
    std::string said;
    each_skipped(list, stress, [&](TestSkipped skipped) { said += tell(skipped); });
    return said;
  }
  std::string start(TestIndex test, StressIndex stress = StressIndex()) {
    TestStarted started;
    started.stress = stress;
    started.test = test;
    return tell(started);
  }
  std::string finish(TestIndex test, std::initializer_list<AttemptResult> attempts, StressIndex stress = StressIndex(),
                     bool flaky_fails = false) {
    TestFinished finished;
    finished.stress = stress;
    finished.test = test;
    finished.result.attempts = attempts;
    finished.result.flaky_fails = flaky_fails;
    return tell(finished);
  }

  TestList list;

 private:
  support::TempFolder folder_;
  Fd file_;
  RunInfo info_;
  std::unique_ptr<LibtestJsonReporter> reporter_;
  std::size_t seen_ = 0;
};

// What the last line of test "x" says after its name, when it ends in that way.
std::string end_of(std::initializer_list<AttemptResult> attempts, bool flaky_fails = false) {
  Report report(true);
  report.start(x);
  const std::string line = report.finish(x, attempts, StressIndex(), flaky_fails);
  return line.substr(15, line.size() - 17);
}

// The stdout of a failed test of that binary.
std::string output_in(TestIndex test, std::string out, std::string err = "") {
  Report report(true);
  report.start(test);
  Result<JsonValue> line =
      parse_json(report.finish(test, {with_output(attempt(fail), std::move(out), std::move(err))}));
  REQUIRE(bool(line));
  const JsonValue* const text = line.value().find("stdout");
  REQUIRE(text != nullptr);
  return text->text;
}

TEST_CASE("libtest JSON: the lines of a binary come together, when its last test has finished") {
  Report report(false);
  CHECK(report.skip().empty());
  CHECK(report.start(one).empty());
  CHECK(report.start(x).empty());
  CHECK(report.finish(one, {attempt(pass, 21000007)}).empty());
  CHECK(report.start(y).empty());
  CHECK(report.start(two).empty());
  CHECK(report.finish(x, {attempt(pass, 1)}).empty());
  CHECK(report.finish(two, {with_output(attempt(fail, 1500000000), "hear\n")}) ==
        R"({"type":"suite","event":"started","test_count":3}
{"type":"test","event":"started","name":"lib-package::lib-name$m::ignored"}
{"type":"test","event":"ignored","name":"lib-package::lib-name$m::ignored"}
{"type":"test","event":"started","name":"lib-package::lib-name$m::one"}
{"type":"test","event":"ok","name":"lib-package::lib-name$m::one","exec_time":0.021000007}
{"type":"test","event":"started","name":"lib-package::lib-name$m::two"}
{"type":"test","event":"failed","name":"lib-package::lib-name$m::two","exec_time":1.500000000,"stdout":"hear\n","reason":"exited with 1"}
{"type":"suite","event":"failed","passed":1,"failed":1,"ignored":1,"measured":0,"filtered_out":1,"exec_time":1.521000007}
)");
  CHECK(report.finish(y, {attempt(pass)}) == R"({"type":"suite","event":"started","test_count":2}
{"type":"test","event":"started","name":"folder::bin$x"}
{"type":"test","event":"started","name":"folder::bin$y"}
{"type":"test","event":"ok","name":"folder::bin$x","exec_time":0.000000001}
{"type":"test","event":"ok","name":"folder::bin$y","exec_time":0.005000000}
{"type":"suite","event":"ok","passed":2,"failed":0,"ignored":0,"measured":0,"filtered_out":0,"exec_time":0.005000001}
)");
  CHECK(report.tell(RunFinished()).empty());
}

TEST_CASE("libtest JSON plus: each line comes when it happens, and suites say whose they are") {
  Report report(true);
  CHECK(
      report.skip() ==
      R"({"type":"suite","event":"started","test_count":3,"nextest":{"crate":"lib-package","test_binary":"lib-name","kind":"bench","binary_id":"lib"}}
{"type":"test","event":"started","name":"lib-package::lib-name$m::ignored"}
{"type":"test","event":"ignored","name":"lib-package::lib-name$m::ignored"}
)");
  CHECK(
      report.start(x) ==
      R"({"type":"suite","event":"started","test_count":2,"nextest":{"crate":"folder","test_binary":"bin","kind":"test","binary_id":"bin"}}
{"type":"test","event":"started","name":"folder::bin$x"}
)");
  CHECK(report.start(one) == "{\"type\":\"test\",\"event\":\"started\",\"name\":\"lib-package::lib-name$m::one\"}\n");
  CHECK(report.finish(x, {attempt(pass)}) ==
        "{\"type\":\"test\",\"event\":\"ok\",\"name\":\"folder::bin$x\",\"exec_time\":0.005000000}\n");
  report.start(y);
  CHECK(report.finish(y, {attempt(fail)}) ==
        R"({"type":"test","event":"failed","name":"folder::bin$y","exec_time":0.005000000,"reason":"exited with 1"}
{"type":"suite","event":"failed","passed":1,"failed":1,"ignored":0,"measured":0,"filtered_out":0,"exec_time":0.010000000,"nextest":{"crate":"folder","test_binary":"bin","kind":"test","binary_id":"bin"}}
)");
}

TEST_CASE("libtest JSON: how a test ends") {
  const std::string ok = R"("ok","name":"folder::bin$x","exec_time":0.005000000)";
  const std::string failed = R"("failed","name":"folder::bin$x","exec_time":0.005000000)";
  const auto end = [](Outcome outcome) {
    const std::string line = end_of({with_output(attempt(outcome), "o")});
    return line.substr(line.find(':') + 1);
  };
  CHECK(end(pass) == ok);
  CHECK(end(outcome_of(OutcomeKind::Leak)) ==
        ok + R"(,"reason":"passed, but left processes behind, which have been ended")");
  CHECK(end(outcome_of(OutcomeKind::LeakFail)) ==
        failed + R"(,"stdout":"o","reason":"exited with 0, but left processes behind, which have been ended")");
  CHECK(end(outcome_of(OutcomeKind::Abort, SIGSEGV)) ==
        failed + R"x(,"stdout":"o","reason":"aborted with signal 11 (SIGSEGV)")x");
  CHECK(end(outcome_of(OutcomeKind::ExecFail, ENOENT)) ==
        failed + R"(,"stdout":"o","reason":"could not start: No such file or directory")");
  CHECK(end(outcome_of(OutcomeKind::Timeout)) == failed + R"(,"stdout":"o","reason":"time limit exceeded")");
  Outcome outcome = outcome_of(OutcomeKind::Timeout);
  outcome.timeout_passes = true;
  CHECK(end(outcome) == ok + R"(,"reason":"time limit exceeded")");
  outcome = pass;
  outcome.skipped_by_test = true;
  CHECK(end(outcome) == ok + R"(,"reason":"skipped by the test")");
  CHECK(end_of({attempt(fail)}) == "\"event\":" + failed + R"(,"reason":"exited with 1")");  // not captured
}

TEST_CASE("libtest JSON: the number of attempts is in the name, and the last attempt decides") {
  CHECK(end_of({attempt(fail, 7), attempt(fail, 8), attempt(pass, 9)}) ==
        R"("event":"ok","name":"folder::bin$x#3","exec_time":0.000000009)");
  CHECK(
      end_of({attempt(fail), with_output(attempt(fail, 8), "second")}) ==
      R"("event":"failed","name":"folder::bin$x#2","exec_time":0.000000008,"stdout":"second","reason":"exited with 1")");
  CHECK(
      end_of({attempt(fail), with_output(attempt(pass, 8), "second")}, true) ==
      R"("event":"failed","name":"folder::bin$x#2","exec_time":0.000000008,"reason":"flaky test treated as failure")");
  CHECK(end_of({attempt(pass, 8)}, true) == R"("event":"ok","name":"folder::bin$x","exec_time":0.000000008)");

  Report report(true);
  report.start(x);
  TestAttemptFailed failed;
  failed.test = x;
  failed.result = attempt(fail);
  CHECK(report.tell(failed).empty());
  TestRetryStarted again;
  again.test = x;
  CHECK(report.tell(again).empty());
}

TEST_CASE("libtest JSON: a cancelled run ends the suites that began, and counts what was not run as filtered out") {
  for (const bool plus : {false, true}) {
    Report report(plus);
    report.start(one);
    std::string said = report.finish(one, {attempt(fail)});
    CHECK(said.empty() == !plus);
    said = report.tell(RunFinished());
    CHECK(said.find(R"({"type":"suite","event":"failed","passed":0,"failed":1,"ignored":1,"measured":0,)"
                    R"("filtered_out":2,"exec_time":0.005000000)") != std::string::npos);
    CHECK(said.find("folder") == std::string::npos);
    CHECK(report.tell(RunFinished()).empty());
  }
}

TEST_CASE("libtest JSON: a binary of which all tests are ignored has lines, one of which none is selected has not") {
  TestList list = make_list();
  for (const TestIndex test : {one, two}) list.tests[test].mismatch = Mismatch::Partition;
  for (const TestIndex test : {x, y}) list.tests[test].mismatch = Mismatch::Filterset;
  Report report(false, std::move(list));
  CHECK(report.skip() == R"({"type":"suite","event":"started","test_count":1}
{"type":"test","event":"started","name":"lib-package::lib-name$m::ignored"}
{"type":"test","event":"ignored","name":"lib-package::lib-name$m::ignored"}
{"type":"suite","event":"ok","passed":0,"failed":0,"ignored":1,"measured":0,"filtered_out":3,"exec_time":0.000000000}
)");
  CHECK(report.tell(RunFinished()).empty());
}

TEST_CASE("libtest JSON: where only ignored tests are run, the others are filtered out") {
  TestList list = make_list();
  for (TestCase& test : list.tests) test.mismatch = test.ignored ? Mismatch::None : Mismatch::Ignored;
  Report report(false, std::move(list));
  CHECK(report.skip().empty());
  report.start(ignored);
  CHECK(report.finish(ignored, {attempt(pass, 0)}) == R"({"type":"suite","event":"started","test_count":1}
{"type":"test","event":"started","name":"lib-package::lib-name$m::ignored"}
{"type":"test","event":"ok","name":"lib-package::lib-name$m::ignored","exec_time":0.000000000}
{"type":"suite","event":"ok","passed":1,"failed":0,"ignored":0,"measured":0,"filtered_out":3,"exec_time":0.000000000}
)");
}

TEST_CASE("libtest JSON: each iteration of a stress run has its own suites") {
  Report report(true);
  StressIndex stress;
  stress.active = true;
  for (stress.current = 0; stress.current < 2; ++stress.current) {
    stress.total = stress.current == 0 ? 0 : 2;  // not known, known
    const std::string now = std::to_string(stress.current);
    const std::string about = R"(,"nextest":{"crate":"folder","test_binary":"bin","kind":"test","binary_id":"bin",)"
                              R"("stress_index":)" +
                              now + (stress.total > 0 ? R"(,"stress_total":2}})" : "}}") + "\n";
    CHECK(report.start(x, stress) == R"({"type":"suite","event":"started","test_count":2)" + about +
                                         R"({"type":"test","event":"started","name":"folder::bin@stress-)" + now +
                                         "$x\"}\n");
    CHECK(report.finish(x, {attempt(fail), attempt(pass)}, stress) ==
          R"({"type":"test","event":"ok","name":"folder::bin@stress-)" + now + "$x#2\",\"exec_time\":0.005000000}\n");
    CHECK(report.tell(StressSubRunFinished()) ==
          R"({"type":"suite","event":"ok","passed":1,"failed":0,"ignored":0,"measured":0,"filtered_out":1,)"
          R"("exec_time":0.005000000)" +
              about);
  }
  CHECK(report.tell(RunFinished()).empty());
}

TEST_CASE("libtest JSON: what is not of a test's life is not told") {
  Report report(true);
  report.start(x);
  report.finish(x, {attempt(pass)});
  TestLeakedLate leaked;
  leaked.test_known = leaked.fails = true;
  leaked.test = x;
  CHECK(report.tell(leaked).empty());
  CHECK(report.tell(TestSlow()).empty());
  CHECK(report.tell(ScriptStarted()).empty());
  CHECK(report.tell(ScriptFinished()).empty());
  CHECK(report.tell(RunBeginCancel()).empty());
  CHECK(report.tell(RunPaused()).empty());
  CHECK(report.tell(InputEnter()).empty());
}

TEST_CASE("libtest JSON: outputs") {
  CHECK(output_in(x, "") == "");
  CHECK(output_in(x, "out\n") == "out\n");
  CHECK(output_in(x, "", "err") == "err");
  CHECK(output_in(x, "out", "err") == "out\n--- STDERR ---\nerr");
  CHECK(output_in(x, "a \xFF\xC3 b\r\n\t\x07") == "a \xEF\xBF\xBD\xEF\xBF\xBD b\r\n\t\x07");
  CHECK(output_in(x, std::string("nul \0 byte", 10)) == std::string("nul \0 byte", 10));

  // Colours go, what else a terminal might obey stays: it is data here.
  CHECK(output_in(x, "\x1B[1;31mred\x1B[0m\x1B[m \x1B[2J") == "red \x1B[2J");
  CHECK(output_in(x, "\x1B\x1B[0m[", "\x1B[") == "\x1B[\n--- STDERR ---\n\x1B[");
}

TEST_CASE("libtest JSON: both streams in one are the output") {
  Report report(true);
  report.start(x);
  AttemptResult result = attempt(fail);
  result.output = std::make_shared<const CapturedOutput>(CapturedOutput{"out\nerr\nout\n", "", true});
  CHECK(contains(report.finish(x, {result}), "\"stdout\":\"out\\nerr\\nout\\n\""));
}

TEST_CASE("libtest JSON: what libtest says around the output of a test is dropped") {
  const std::string before = "\nrunning 1 test\n";
  const std::string after = "\n\nfailures:\n\nfailures:\n    m::one\n\ntest result: FAILED. 0 passed; 1 failed\n";
  const std::string end = "test m::one ... FAILED\n" + after;
  CHECK(output_in(one, before + "mine\n" + end) == "mine\n");
  CHECK(output_in(one, before + end) == "");
  CHECK(output_in(one, "early\n" + before + "mine\n" + end, "panicked\n") == "mine\n\n--- STDERR ---\npanicked\n");
  CHECK(output_in(one, before + "cut short") == "cut short");
  CHECK(output_in(one, before + "mine\ntest m::two ... FAILED\n") == "mine\ntest m::two ... FAILED\n");
  CHECK(output_in(one, "no libtest") == "no libtest");
  CHECK(output_in(x, before + end) == before + end);
}

TEST_CASE("libtest JSON: names of any bytes make valid JSON, and stay different") {
  TestList list;
  list.binaries.resize(2);
  list.binaries[0].id = "q\"\\\n";
  list.binaries[0].name = "n\xFF\"";
  list.binaries[0].package = "p\x80";
  list.binaries[0].kind = "k\xED\xA0\x80";
  list.binaries[1].id = "i\xC0";
  const nextest::Vector<std::string> names = {"a\xFF", "a\xFE", "a\"\\", std::string("a\0b", 3), "$#2", "\x1F\x7F", ""};
  for (const std::string& name : names) {
    TestCase test;
    test.name = name;
    list.tests.push_back(test);
  }
  TestCase other;
  other.name = "other";
  other.binary = 1;
  list.tests.push_back(other);
  Report report(true, std::move(list));
  nextest::Vector<std::string> seen;
  for (TestIndex test = 0; test <= names.size(); ++test) {
    report.start(test);
    std::string said = report.finish(test, {attempt(pass)});
    said.resize(said.find('\n'));
    Result<JsonValue> line = parse_json(said);
    REQUIRE(bool(line));
    const JsonValue* const name = line.value().find("name");
    REQUIRE(name != nullptr);
    for (const std::string& before : seen) CHECK(name->text != before);
    seen.push_back(name->text);
  }
  CHECK(seen[0] == "p\\x80::n\\xFF\"$a\\xFF");
  CHECK(seen[2] == "p\\x80::n\\xFF\"$a\"\\");
  CHECK(seen[3] == "p\\x80::n\\xFF\"$a\\x00b");
  CHECK(seen[7] == "i\\xC0$other");
}

TEST_CASE("libtest JSON: all lines are valid, whatever a test prints and is called") {
  support::Numbers numbers(7);
  const auto any_bytes = [&](std::size_t limit) {
    constexpr std::string_view special = "\"\\\n\x1B[0m$#\xC3\xA9\xFF\xF0\x9F\x98\x80";
    std::string bytes;
    for (std::size_t size = numbers.below(limit); bytes.size() < size;) {
      const std::size_t choice = numbers.below(256);
      bytes += numbers.below(2) == 0 ? special[choice % special.size()] : static_cast<char>(choice);
    }
    return bytes;
  };
  for (int round = 0; round < 300; ++round) {
    TestList list = make_list();
    for (TestCase& test : list.tests) test.name = any_bytes(12);
    list.binaries[1].id = any_bytes(8);
    list.binaries[0].name = any_bytes(8);
    Report report(round % 2 == 0, std::move(list));
    std::string said = report.skip();
    for (const TestIndex test : {one, x, y, two}) {
      said += report.start(test);
      said += report.finish(test, {with_output(attempt(fail), any_bytes(60), any_bytes(60))});
    }
    int lines = 0, suites = 0;
    std::string_view rest = said;
    for (std::string_view line; next_line(rest, line); ++lines) {
      Result<JsonValue> value = parse_json(line);
      REQUIRE(bool(value));
      const JsonValue* const type = value.value().find("type");
      REQUIRE(type != nullptr);
      if (type->text == "suite") ++suites;
    }
    CHECK(said.back() == '\n');
    CHECK(suites == 4);
    CHECK(lines == 4 + 5 * 2);
  }
}

TEST_CASE("libtest JSON: nobody reads any more") {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  Fd read_end(ends[0]);
  const Fd write_end(ends[1]);
  LibtestJsonReporter reporter(write_end.get(), LibtestJsonOptions());
  const TestList list = make_list();
  RunStarted started;
  started.list = &list;
  reporter.on_event({Duration{}, started});
  for (const TestIndex test : {x, y}) {
    TestFinished finished;
    finished.test = test;
    finished.result.attempts = {attempt(pass)};
    reporter.on_event({Duration{}, finished});
  }
  CHECK(reporter.waits_for() == write_end.get());
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  read_end = Fd();
  CHECK(!reporter.flush());
  CHECK(reporter.waits_for() == -1);
  ::signal(SIGPIPE, before);
}

}  // namespace
