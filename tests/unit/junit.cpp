#include "core/report/junit.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/harness/table.hpp"
#include "tests/unit/support.hpp"

namespace {

using namespace nextest;

Duration ms(std::int64_t n) { return Duration::milliseconds(n); }

Outcome make_outcome(OutcomeKind kind, int code = 0) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.code = code;
  return outcome;
}
const Outcome pass = make_outcome(OutcomeKind::Pass);
const Outcome fail = make_outcome(OutcomeKind::Fail, 3);

// An attempt that begins 10 ms after the one before it and takes 5 ms.
AttemptResult make_attempt(Outcome outcome, std::uint32_t number = 1, std::uint32_t total = 1) {
  AttemptResult result;
  result.outcome = outcome;
  result.attempt = {number, total};
  result.started = ms(10 * number);
  result.duration = ms(5);
  return result;
}
AttemptResult with_output(AttemptResult result, std::string out, std::string err = "") {
  result.output = std::make_shared<const CapturedOutput>(CapturedOutput{std::move(out), std::move(err)});
  return result;
}

StressIndex iteration(std::uint32_t current) {
  StressIndex index;
  index.active = true;
  index.current = current;
  return index;
}

// Tests "one", "two", "three" in "suite" and "four" in "other", and a report of them.
class Report {
 public:
  Report() {
    for (const char* id : {"suite", "other"}) {
      TestBinary binary;
      binary.id = id;
      list.binaries.push_back(binary);
    }
    for (const char* name : {"one", "two", "three", "four"}) {
      TestCase test;
      test.name = name;
      test.binary = list.tests.size() == 3 ? 1 : 0;
      list.tests.push_back(test);
    }
    info.run_id = "RUN-ID";
    info.started_at = Duration{1709164805123456789};
    options.path = folder / "junit.xml";
    options.scripts = &scripts;
  }

  template <class What>
  void tell(What what) {
    if (!started_) {
      started_ = true;
      RunStarted started;
      started.info = &info;
      started.list = &list;
      tell(started);
    }
    reporter.on_event({Duration(), std::move(what)});
  }
  // All attempts of a test, as the runner tells of them.
  void test(TestIndex test, nextest::Vector<AttemptResult> attempts, StressIndex stress = StressIndex()) {
    for (std::size_t i = 0; i + 1 < attempts.size(); ++i) {
      tell(TestAttemptFailed{stress, test, attempts[i], Duration(), OutputDisplay::Immediate});
      attempts[i].output = nullptr;
    }
    finish(test, std::move(attempts), stress);
  }
  void finish(TestIndex test, nextest::Vector<AttemptResult> attempts, StressIndex stress = StressIndex()) {
    TestFinished finished;
    finished.stress = stress;
    finished.test = test;
    finished.result.attempts = std::move(attempts);
    finished.result.flaky_fails = flaky_fails;
    tell(std::move(finished));
  }
  void leak(TestIndex test, bool fails = true, bool known = true, StressIndex stress = StressIndex()) {
    tell(TestLeakedLate{stress, known, test, 7, "sleep 100", fails});
  }
  JunitTestSettings& junit() { return settings.kinds[0].junit; }

  // The whole file.
  std::string text() {
    RunFinished finished;
    finished.elapsed = ms(42);
    tell(finished);
    const Status status = reporter.write();
    REQUIRE(bool(status));
    return support::read_file(options.path);
  }
  // What is between its root's tags.
  std::string suites() {
    const std::string all = text();
    check_schema();
    const std::size_t begin = all.find(">\n", all.find("<testsuites")) + 2;
    REQUIRE(ends_with(all, "</testsuites>\n"));
    return all.substr(begin, all.rfind("</testsuites>") - begin);
  }
  // What is in the only test case, without its indent.
  std::string content() {
    const std::string all = suites();
    const std::size_t begin = all.find('\n', all.find("<testcase")) + 1;
    return all.substr(begin, all.find("        </testcase>") - begin);
  }
  void check_schema() {
    if (!by_schema) return;
    const std::string schema = find_schema();
    REQUIRE_FALSE(schema.empty());
    const std::string command =
        "xmllint --noout --huge --schema '" + schema + "' '" + options.path + "' >'" + (folder / "lint") + "' 2>&1";
    const bool valid = ::system(command.c_str()) == 0;
    INFO(support::read_file(folder / "lint"));
    CHECK(valid);
  }

  static inline bool by_schema = false;  // set where there is an xmllint

  support::TempFolder folder;
  SettingsOfTests settings;
  JunitOptions options;
  PhaseScripts scripts;
  TestList list;
  RunInfo info;
  bool flaky_fails = false;
  JunitReporter reporter{settings, options};

 private:
  // From the source folder, where tests run.
  static std::string find_schema() {
    const std::string path = std::string(parent_folder(parent_folder(__FILE__))) + "/fixtures/junit.xsd";
    struct stat info {};
    return ::stat(path.c_str(), &info) == 0 ? path : "";
  }

  bool started_ = false;
};

// A test of reports, and once more with each of them held against the schema.
#define REPORT_TEST(name) NAMED_REPORT_TEST(name, DOCTEST_ANONYMOUS(report_test_))
#define NAMED_REPORT_TEST(name, function)                                                 \
  void function();                                                                        \
  TEST_CASE(name) { function(); }                                                         \
  TEST_CASE(name ", valid" * support::needs(support::tool("xmllint", "libxml2-utils"))) { \
    Report::by_schema = true;                                                             \
    function();                                                                           \
    Report::by_schema = false;                                                            \
  }                                                                                       \
  void function()

// ---- the frame ----

REPORT_TEST("junit: a run without tests") {
  Report report;
  CHECK(report.text() ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"nextest-run\" tests=\"0\" failures=\"0\" errors=\"0\" uuid=\"RUN-ID\" "
        "timestamp=\"2024-02-29T00:00:05.123+00:00\" time=\"0.042\">\n"
        "</testsuites>\n");
  report.check_schema();
}

REPORT_TEST("junit: a test that had started and has no end is an error, with the attempts that it had") {
  Report report;
  AttemptResult first;
  first.outcome.kind = OutcomeKind::Fail;
  first.outcome.code = 3;
  report.tell(TestAttemptFailed{StressIndex(), 1, first, Duration(), OutputDisplay::Immediate});
  report.tell(TestAttemptFailed{StressIndex(), 2, first, Duration(), OutputDisplay::Immediate});  // of another
  report.reporter.add_unended(StressIndex(), 1, ms(7), ms(2));
  const std::string suites = report.suites();
  INFO(suites);
  CHECK(contains(suites, " tests=\"1\" skipped=\"0\" errors=\"1\" failures=\"0\" time=\"0.002\">\n"));
  CHECK(contains(suites,
                 "<error message=\"the record of the run ends before this test does\" type=\"test without an end\">"));
  const std::size_t attempt = suites.find("<rerunFailure ");
  CHECK(attempt != std::string::npos);
  CHECK(suites.find("<rerunFailure ", attempt + 1) == std::string::npos);
}

TEST_CASE("junit: a run that never started has no report") {
  Report report;
  CHECK(bool(report.reporter.write()));
  struct stat info {};
  CHECK(::stat(report.options.path.c_str(), &info) != 0);
}

REPORT_TEST("junit: a suite a binary, in the order of their first results") {
  Report report;
  report.options.report_name = "mine & \"yours\"";
  report.test(3, {make_attempt(pass)});
  report.test(1, {make_attempt(fail)});
  report.test(0, {make_attempt(pass)});
  AttemptResult not_started = make_attempt(make_outcome(OutcomeKind::ExecFail, ENOEXEC));
  report.test(2, {not_started});
  CHECK(report.text() == R"xml(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="mine &amp; &quot;yours&quot;" tests="4" failures="1" errors="1" uuid="RUN-ID" timestamp="2024-02-29T00:00:05.123+00:00" time="0.042">
    <testsuite name="other" tests="1" skipped="0" errors="0" failures="0" time="0.005">
        <testcase name="four" classname="other" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
        </testcase>
    </testsuite>
    <testsuite name="suite" tests="3" skipped="0" errors="1" failures="1" time="0.015">
        <testcase name="two" classname="suite" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
            <failure message="exited with 3" type="test failure with exit code 3">exited with 3</failure>
            <system-out>(stdout not captured)</system-out>
            <system-err>(stderr not captured)</system-err>
        </testcase>
        <testcase name="one" classname="suite" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
        </testcase>
        <testcase name="three" classname="suite" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
            <error message="could not start: Exec format error (the binary is for another architecture?)" type="execution failure">could not start: Exec format error (the binary is for another architecture?)</error>
            <system-out>(process failed to start)</system-out>
            <system-err>(process failed to start)</system-err>
        </testcase>
    </testsuite>
</testsuites>
)xml");
  report.check_schema();
}

REPORT_TEST("junit: iterations of a stress run have suites of their own") {
  Report report;
  for (const std::uint32_t i : {0u, 1u}) {
    report.test(0, {make_attempt(pass)}, iteration(i));
    report.test(3, {make_attempt(pass)}, iteration(i));
    report.test(1, {make_attempt(pass)}, iteration(i));
  }
  report.leak(0, true, true, iteration(0));
  const std::string all = report.suites();
  const std::string four = R"(" tests="1" skipped="0" errors="0" failures="0" time="0.005">
        <testcase name="four" classname="other" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
        </testcase>
    </testsuite>
)";
  const std::string two =
      R"(        <testcase name="two" classname="suite" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
        </testcase>
    </testsuite>
)";
  const std::string one =
      R"(        <testcase name="one" classname="suite" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
)";
  CHECK(
      all ==
      R"(    <testsuite name="suite@stress-0" tests="2" skipped="0" errors="1" failures="0" time="0.010">
)" + one +
          R"(            <error message="exited with 0, but left processes behind, which have been ended" type="test exited with code 0, but leaked handles so was marked failed">exited with 0, but left processes behind, which have been ended</error>
        </testcase>
)" + two + R"(    <testsuite name="other@stress-0)" +
          four + R"(    <testsuite name="suite@stress-1" tests="2" skipped="0" errors="0" failures="0" time="0.010">
)" + one + R"(        </testcase>
)" + two + R"(    <testsuite name="other@stress-1)" +
          four);
}

// ---- how a test ends ----

REPORT_TEST("junit: every way to end") {
  Outcome leaky_fail = fail;
  leaky_fail.leaked = true;
  Outcome abort = make_outcome(OutcomeKind::Abort, SIGSEGV);
  abort.core_dumped = true;
  Outcome leaky_abort = make_outcome(OutcomeKind::Abort, SIGABRT);
  leaky_abort.leaked = true;
  Outcome killed = make_outcome(OutcomeKind::Timeout);
  killed.killed = true;
  Outcome global = make_outcome(OutcomeKind::Timeout);
  global.global_timeout = true;
  Outcome leak = make_outcome(OutcomeKind::LeakFail), leaky_timeout = make_outcome(OutcomeKind::Timeout);
  leak.leaked = leaky_timeout.leaked = true;
  const struct {
    Outcome outcome;
    const char *tag, *type;
  } rows[] = {
      {fail, "failure", "test failure with exit code 3"},
      {leaky_fail, "failure", "test failure with exit code 3 (leaked handles)"},
      {abort, "failure", "test abort"},
      {leaky_abort, "failure", "test abort (leaked handles)"},
      {leaky_timeout, "failure", "test timeout"},
      {leak, "error", "test exited with code 0, but leaked handles so was marked failed"},
      {make_outcome(OutcomeKind::ExecFail, ENOENT), "error", "execution failure"},
      {make_outcome(OutcomeKind::Timeout), "failure", "test timeout"},
      {killed, "failure", "test timeout"},
      {global, "failure", "test timeout"},
      {make_outcome(OutcomeKind::OutputError, EIO), "failure", "test failure"},
      {make_outcome(OutcomeKind::WrongTests, 0), "failure", "test failure"},
      {make_outcome(OutcomeKind::Unfinished), "failure", "test failure"},
      {make_outcome(OutcomeKind::BadVariable, 2), "failure", "test failure"},
      {make_outcome(OutcomeKind::SanitizerReport), "failure", "test failure"},
  };
  for (const auto& row : rows) {
    Report report;
    report.junit().store_failure_output = false;
    report.test(0, {make_attempt(row.outcome)});
    const std::string reason = reason_of(row.outcome);
    CAPTURE(reason);
    const std::string tag = row.tag;
    std::string escaped;
    append_xml_escaped(escaped, reason);
    CHECK(report.content() == "            <" + tag + " message=\"" + escaped + "\" type=\"" + row.type + "\">" +
                                  escaped + "</" + tag + ">\n");
    const bool is_error = tag == "error";
    CHECK(contains(report.text(), is_error ? "tests=\"1\" failures=\"0\" errors=\"1\" uuid"
                                           : "tests=\"1\" failures=\"1\" errors=\"0\" uuid"));
    CHECK(contains(report.text(), is_error ? "skipped=\"0\" errors=\"1\" failures=\"0\" time="
                                           : "skipped=\"0\" errors=\"0\" failures=\"1\" time="));
  }
}

REPORT_TEST("junit: what passes has no more to say, unless the test says that it does not apply") {
  Outcome slow = make_outcome(OutcomeKind::Timeout);
  slow.timeout_passes = true;
  for (const Outcome& outcome : {pass, make_outcome(OutcomeKind::Leak), slow}) {
    Report report;
    report.test(0, {with_output(make_attempt(outcome), "panicked at ERROR: ", "Error: none")});
    CHECK(report.content() == "");
  }
  Outcome skipped = pass;
  skipped.skipped_by_test = true;
  Report report;
  report.test(0, {make_attempt(skipped)});
  CHECK(report.content() == "            <skipped message=\"Skipped: by the test itself\"/>\n");
  CHECK(contains(report.text(), "tests=\"1\" skipped=\"1\" errors=\"0\" failures=\"0\" time="));
}

REPORT_TEST("junit: outputs are stored where the settings say so") {
  for (const bool passes : {true, false}) {
    for (const bool on_success : {true, false}) {
      for (const bool on_failure : {true, false}) {
        Report report;
        report.junit().store_success_output = on_success;
        report.junit().store_failure_output = on_failure;
        report.test(0, {with_output(make_attempt(passes ? pass : fail), "to <stdout>\n", "")});
        std::string expected;
        if (!passes) {
          expected =
              "            <failure message=\"exited with 3\" type=\"test failure with exit code 3\">exited with "
              "3</failure>\n";
        }
        if (passes ? on_success : on_failure) {
          expected +=
              "            <system-out>to &lt;stdout&gt;\n</system-out>\n            <system-err></system-err>\n";
        }
        CHECK(report.content() == expected);
      }
    }
  }
}

// ---- more than one attempt ----

REPORT_TEST("junit: a test that failed each time is its first attempt, the others are reruns") {
  Report report;
  report.test(0, {with_output(make_attempt(fail, 1, 3), "first", ""),
                  make_attempt(make_outcome(OutcomeKind::ExecFail, ENOENT), 2, 3),
                  with_output(make_attempt(make_outcome(OutcomeKind::Abort, SIGTERM), 3, 3), "", "third")});
  const std::string exec = "could not start: " + std::string(::strerror(ENOENT));
  const std::string term = reason_of(make_outcome(OutcomeKind::Abort, SIGTERM));
  CHECK(report.suites() ==
        R"(    <testsuite name="suite" tests="1" skipped="0" errors="0" failures="1" time="0.005">
        <testcase name="one" classname="suite" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
            <failure message="exited with 3" type="test failure with exit code 3">exited with 3</failure>
            <rerunError timestamp="2024-02-29T00:00:05.143+00:00" time="0.005" message=")" +
            exec + R"(" type="execution failure">)" + exec + R"(
                <system-out>(process failed to start)</system-out>
                <system-err>(process failed to start)</system-err>
            </rerunError>
            <rerunFailure timestamp="2024-02-29T00:00:05.153+00:00" time="0.005" message=")" +
            term + R"(" type="test abort">)" + term + R"(
                <system-out></system-out>
                <system-err>third</system-err>
            </rerunFailure>
            <system-out>first</system-out>
            <system-err></system-err>
        </testcase>
    </testsuite>
)");
}

REPORT_TEST("junit: a flaky test is its last attempt, and may count as failed") {
  const std::string flaky =
      R"(            <flakyFailure timestamp="2024-02-29T00:00:05.133+00:00" time="0.005" message="exited with 3" type="test failure with exit code 3">exited with 3
                <system-out>first</system-out>
                <system-err></system-err>
            </flakyFailure>
            <flakyError timestamp="2024-02-29T00:00:05.143+00:00" time="0.005" message="exited with 0, but left processes behind, which have been ended" type="test exited with code 0, but leaked handles so was marked failed">exited with 0, but left processes behind, which have been ended
                <system-out>second</system-out>
                <system-err></system-err>
            </flakyError>
)";
  const std::string failure =
      "            <failure message=\"test passed on attempt 3/4 but is configured to fail when flaky\" type=\"flaky "
      "failure\"/>\n";
  for (const bool fails : {false, true}) {
    for (const bool succeed : {false, true}) {
      Report report;
      report.flaky_fails = fails;
      report.junit().flaky_fails_succeed = succeed;
      report.test(0, {with_output(make_attempt(fail, 1, 4), "first"),
                      with_output(make_attempt(make_outcome(OutcomeKind::LeakFail), 2, 4), "second"),
                      with_output(make_attempt(pass, 3, 4), "third")});
      const bool failed = fails && !succeed;
      CHECK(report.content() == (failed ? failure + flaky : flaky));
      CHECK(contains(report.text(), failed ? "skipped=\"0\" errors=\"0\" failures=\"1\" time="
                                           : "skipped=\"0\" errors=\"0\" failures=\"0\" time="));
      CHECK(contains(report.text(),
                     "<testcase name=\"one\" classname=\"suite\" "
                     "timestamp=\"2024-02-29T00:00:05.153+00:00\" time=\"0.005\">"));
    }
  }
}

REPORT_TEST("junit: attempts of several tests at a time, and earlier outputs that are not stored") {
  Report report;
  report.junit().store_failure_output = false;
  report.junit().store_success_output = true;
  for (const TestIndex test : {0u, 1u}) {
    const AttemptResult first =
        with_output(make_attempt(fail, 1, 2), "a: a.c:5: main: Assertion `" + std::to_string(test) + "' failed.\n");
    report.tell(TestAttemptFailed{StressIndex(), test, first, Duration(), OutputDisplay::Never});
  }
  for (const TestIndex test : {1u, 0u}) {
    report.finish(test, {make_attempt(fail, 1, 2), with_output(make_attempt(pass, 2, 2), "good")});
  }
  const auto test_case = [](const char* name, const std::string& number) {
    return std::string("        <testcase name=\"") + name +
           R"(" classname="suite" timestamp="2024-02-29T00:00:05.143+00:00" time="0.005">
            <flakyFailure timestamp="2024-02-29T00:00:05.133+00:00" time="0.005" message="a.c:5: Assertion `)" +
           number + R"(&apos; failed." type="test failure with exit code 3">a.c:5: Assertion `)" + number +
           R"(&apos; failed.
exited with 3</flakyFailure>
            <system-out>good</system-out>
            <system-err></system-err>
        </testcase>
)";
  };
  CHECK(report.suites() ==
        "    <testsuite name=\"suite\" tests=\"2\" skipped=\"0\" errors=\"0\" failures=\"0\" time=\"0.010\">\n" +
            test_case("two", "1") + test_case("one", "0") + "    </testsuite>\n");
}

REPORT_TEST("junit: a test that ended while it waited for its next attempt") {
  Report report;
  const AttemptResult first = with_output(make_attempt(fail, 1, 3), "first");
  report.tell(TestAttemptFailed{StressIndex(), 0, first, ms(1000), OutputDisplay::Never});
  report.finish(0, {make_attempt(fail, 1, 3)});
  CHECK(report.content() ==
        R"(            <failure message="exited with 3" type="test failure with exit code 3">exited with 3</failure>
            <system-out>first</system-out>
            <system-err></system-err>
)");
}

REPORT_TEST("junit: both streams in one are standard output, and the other is not said to be empty") {
  Report report;
  AttemptResult combined = make_attempt(fail);
  combined.output = std::make_shared<const CapturedOutput>(CapturedOutput{"out\nerr\n", "", true});
  report.test(0, {combined});
  CHECK(contains(report.content(), "            <system-out>out\nerr\n</system-out>\n"));
  CHECK_FALSE(contains(report.content(), "system-err"));
}

// ---- leaks that are found late ----

REPORT_TEST("junit: a late leak makes a failure of what had passed, whatever is in the test case") {
  const std::string error =
      "            <error message=\"exited with 0, but left processes behind, which have been ended\" type=\"test "
      "exited with code 0, but leaked handles so was marked failed\">exited with 0, but left processes behind, which "
      "have been ended</error>\n";
  Report report;
  report.junit().store_success_output = true;
  report.test(0, {with_output(make_attempt(fail, 1, 2), "a"), with_output(make_attempt(pass, 2, 2), "b > c")});
  const std::string before = report.content();
  report.leak(0, false);
  report.leak(0, true, false);
  report.leak(1);  // never finished
  CHECK(report.content() == before);
  report.leak(0);
  report.leak(0);
  CHECK(report.content() == error + before);
  CHECK(contains(report.text(), "tests=\"1\" failures=\"0\" errors=\"1\" uuid"));
}

REPORT_TEST("junit: a TMPDIR that was kept is a property, before what a late leak adds") {
  Report report;
  AttemptResult kept = make_attempt(fail);
  kept.tmpdir = "/tmp/a</properties>";
  report.test(0, {kept});
  const std::string before = report.content();
  CHECK(starts_with(before,
                    "            <properties>\n                <property name=\"TMPDIR\" "
                    "value=\"/tmp/a&lt;/properties&gt;\"/>\n            </properties>\n            <failure "));
  report.leak(0);
  CHECK(report.content() == before);
  Report passed;
  AttemptResult left = make_attempt(pass);
  left.tmpdir = "/tmp/b";
  passed.test(0, {left});
  passed.leak(0);
  CHECK(contains(passed.content(), "            </properties>\n            <error "));
}

REPORT_TEST("junit: what a test says of itself is a property of its test case") {
  Report report;
  AttemptResult told = make_attempt(pass);
  told.properties = {"answer", "42", "<a>", "b\nc", "half"};
  report.test(0, {told});
  CHECK(report.content() ==
        "            <properties>\n"
        "                <property name=\"answer\" value=\"42\"/>\n"
        "                <property name=\"&lt;a&gt;\" value=\"b&#10;c\"/>\n"
        "            </properties>\n");
}

REPORT_TEST("junit: a late leak adds nothing to a failure") {
  for (const Outcome& outcome : {fail, make_outcome(OutcomeKind::LeakFail)}) {
    Report report;
    report.test(0, {make_attempt(outcome)});
    report.test(1, {make_attempt(fail)});
    const std::string before = report.suites();
    report.leak(0);
    CHECK(report.suites() == before);
  }
}

// ---- skipped tests ----

REPORT_TEST("junit: skipped tests are reported where the settings say so") {
  const struct {
    Mismatch reason;
    const char* words;
  } rows[] = {
      {Mismatch::Ignored, "does not match the run-ignored option"},
      {Mismatch::Name, "does not match the provided string filters"},
      {Mismatch::Filterset, "does not match the provided expression filters"},
      {Mismatch::DefaultFilter, "is filtered out by the profile&apos;s default-filter"},
      {Mismatch::Partition, "is in a different partition"},
      {Mismatch::Rerun, "already passed"},
  };
  for (const ReportSkipped policy : {ReportSkipped::None, ReportSkipped::Ignored, ReportSkipped::All}) {
    for (const auto& row : rows) {
      Report report;
      report.junit().report_skipped = policy;
      report.tell(TestSkipped{StressIndex(), 3, row.reason});
      const bool told =
          policy == ReportSkipped::All || (policy == ReportSkipped::Ignored && row.reason == Mismatch::Ignored);
      CHECK(report.suites() ==
            (!told ? ""
                   : std::string(
                         R"(    <testsuite name="other" tests="1" skipped="1" errors="0" failures="0" time="0.000">
        <testcase name="four" classname="other" time="0.000">
            <skipped message="Skipped: test )") +
                         row.words + R"("/>
        </testcase>
    </testsuite>
)"));
    }
  }
}

// ---- setup scripts ----

REPORT_TEST("junit: a setup script is a suite with its command and its variables") {
  Report report;
  PhaseScript script;
  script.id = "db";
  script.capture_out = true;
  report.scripts.setup.push_back(script);
  ScriptFinished finished;
  finished.script_id = "db";
  finished.command = {"/bin/make", "-C", "a b", "<all>"};
  finished.variables = {"PORT=1=\"2\"", "MY_TOKEN=x", "EMPTY="};
  finished.result = with_output(make_attempt(pass), "ready\n");
  report.tell(finished);
  finished.stress = iteration(1);
  finished.command = {"true"};
  finished.variables.clear();
  finished.result = with_output(make_attempt(fail), "ERROR: no\n");
  report.tell(finished);
  report.scripts.setup[0].junit_store_failure_output = false;
  finished.result = make_attempt(make_outcome(OutcomeKind::BadVariable, 2));
  report.tell(finished);
  CHECK(report.suites() ==
        R"(    <testsuite name="@setup-script:db" tests="1" skipped="0" errors="0" failures="0" time="0.005">
        <properties>
            <property name="command" value="/bin/make"/>
            <property name="args" value="-C &apos;a b&apos; &apos;&lt;all&gt;&apos;"/>
            <property name="output-env:PORT" value="1=&quot;2&quot;"/>
            <property name="output-env:EMPTY" value=""/>
        </properties>
        <testcase name="db" classname="@setup-script:db" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
            <system-out>ready
</system-out>
            <system-err>(stderr not captured)</system-err>
        </testcase>
    </testsuite>
    <testsuite name="@setup-script:db@stress-1" tests="1" skipped="0" errors="0" failures="1" time="0.005">
        <properties>
            <property name="command" value="true"/>
            <property name="args" value=""/>
        </properties>
        <testcase name="db" classname="@setup-script:db@stress-1" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
            <failure message="exited with 3" type="script failure with exit code 3">exited with 3</failure>
            <system-out>ERROR: no
</system-out>
            <system-err>(stderr not captured)</system-err>
        </testcase>
    </testsuite>
    <testsuite name="@setup-script:db@stress-1" tests="1" skipped="0" errors="0" failures="1" time="0.005">
        <properties>
            <property name="command" value="true"/>
            <property name="args" value=""/>
        </properties>
        <testcase name="db" classname="@setup-script:db@stress-1" timestamp="2024-02-29T00:00:05.133+00:00" time="0.005">
            <failure message="exited with 0, but line 2 of $NEXTEST_ENV is not NAME=VALUE with a name that does not begin with NEXTEST" type="script failure">exited with 0, but line 2 of $NEXTEST_ENV is not NAME=VALUE with a name that does not begin with NEXTEST</failure>
        </testcase>
    </testsuite>
)");
}

REPORT_TEST("junit: a teardown script is a suite of its own kind, whatever setup script has its name") {
  Report report;
  PhaseScript script;
  script.id = "db";
  report.scripts.setup.push_back(script);
  script.capture_out = true;
  report.scripts.teardown.push_back(script);
  ScriptFinished finished;
  finished.phase = ScriptPhase::Teardown;
  finished.script_id = "db";
  finished.result = with_output(make_attempt(pass), "cleaned\n");
  report.tell(finished);
  const std::string text = report.suites();
  CHECK(contains(text, "<testsuite name=\"@teardown-script:db\" tests=\"1\""));
  CHECK(contains(text, "<system-out>cleaned\n"));
  CHECK(contains(text, "(stderr not captured)"));
}

REPORT_TEST("junit: a setup script that nothing is known of") {
  Report report;
  report.options.scripts = nullptr;
  ScriptFinished finished;
  finished.script_id = "x";
  finished.variables = {"no value"};
  finished.result = with_output(make_attempt(pass), "ready\n");
  report.tell(finished);
  CHECK(report.content() == "");
}

// ---- texts ----

REPORT_TEST("junit: a failure says where it was and what it said") {
  const struct {
    const nextest::Harness* harness;
    const char *out, *err, *text;  // text: what stands before "exited with 3"
  } rows[] = {
      {&nextest::googletest_harness, "[ RUN      ] A.B\na.cpp:5: Failure\nFailed\n[  FAILED  ] A.B (0 ms)\n", "",
       "a.cpp:5: Failed\n"},
      {&nextest::plain_harness, "", "a: a.c:5: main: Assertion `0' failed.\n", "a.c:5: Assertion `0' failed.\n"},
      {&nextest::googletest_harness, "unknown file: Failure\nC++ exception with description \"x\" thrown.\n", "",
       "C++ exception with description \"x\" thrown.\n"},
      {&nextest::plain_harness, "nothing in particular\n", "nor here\n", ""},
      {&nextest::plain_harness, "", "", ""},
  };
  for (const auto& row : rows) {
    Report report;
    report.list.binaries[0].harness = row.harness;
    report.junit().store_failure_output = false;
    report.test(0, {with_output(make_attempt(fail), row.out, row.err)});
    const std::string text = std::string(row.text) + "exited with 3";
    std::string message, escaped;
    append_xml_escaped(message, text.substr(0, text.find('\n')));
    append_xml_escaped(escaped, text);
    CHECK(report.content() == "            <failure message=\"" + message +
                                  "\" type=\"test failure with exit code 3\">" + escaped + "</failure>\n");
  }
}

REPORT_TEST("junit: nothing that a test prints or is called breaks the report") {
  Report report;
  report.list.binaries[0].id = "bin & <x>";
  report.list.tests[0].name = "a\tb\nc\r\"d\" 'e' \xFF \x01 ]]>";
  std::string bytes = "]]> <![CDATA[ &amp; \x1B[1;31mred\x1B[0m \x1B[2K\x1B[ \n\x1B]0;t\x07 \x1B";
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  bytes += "\xED\xA0\x80 \xEF\xBF\xBF \xF4\x90\x80\x80 \xC3";
  report.test(0, {with_output(make_attempt(fail), bytes, "a: \x1B[31ma.c:5: \x1B[0mmain: Assertion `\x01' failed.\n")});
  const std::string all = report.suites();
  CHECK(contains(all, "<testsuite name=\"bin &amp; &lt;x&gt;\""));
  CHECK(contains(all,
                 "<testcase name=\"a&#9;b&#10;c&#13;&quot;d&quot; &apos;e&apos; \xEF\xBF\xBD \xEF\xBF\xBD ]]&gt;\" "
                 "classname=\"bin &amp; &lt;x&gt;\""));
  CHECK(contains(all, "<failure message=\"a.c:5: Assertion ` &apos; failed.\" type="));
  CHECK(contains(all, "<system-out>]]&gt; &lt;![CDATA[ &amp;amp; red \n]0;t\xEF\xBF\xBD "));
  CHECK_FALSE(contains(all, "\x1B"));
  // Our own reader takes it, too, and gives the name back.
  const std::string text = report.text();
  XmlReader reader(text);
  std::string name;
  while (true) {
    const Result<XmlEvent> event = reader.next();
    REQUIRE(bool(event));
    if (event.value() == XmlEvent::End) break;
    if (event.value() == XmlEvent::StartElement && reader.name() == "testcase") name = *reader.attribute("name");
  }
  CHECK(name == "a\tb\nc\r\"d\" 'e' \xEF\xBF\xBD \xEF\xBF\xBD ]]>");
}

TEST_CASE("junit: random bytes give valid reports" * support::needs(support::tool("xmllint", "libxml2-utils"))) {
  Report::by_schema = true;
  support::Numbers numbers(7);
  for (int round = 0; round < 20; ++round) {
    Report report;
    report.junit().store_success_output = true;
    for (TestIndex test = 0; test < 4; ++test) {
      const auto bytes = [&] {
        constexpr std::string_view likely = "\x1B[;m0<>&]\"'\n\t\r\xC3\xA9\xF0\x9F\x98\x80";
        std::string text;
        for (std::size_t size = numbers.below(200); size > 0; --size) {
          text += numbers.below(2) == 0 ? static_cast<char>(numbers.below(256)) : likely[numbers.below(likely.size())];
        }
        return text;
      };
      report.list.tests[test].name = bytes();
      report.test(test, {with_output(make_attempt(numbers.below(2) == 0 ? pass : fail), bytes(), "ERROR: " + bytes())});
    }
    report.text();
    report.check_schema();
  }
  Report::by_schema = false;
}

REPORT_TEST("junit: long lines") {
  Report report;
  const std::string line(10000, 'x');
  report.test(0, {with_output(make_attempt(fail), line + "\n", line)});
  const std::string all = report.suites();
  CHECK(contains(all, "<system-out>" + line + "\n</system-out>"));
  CHECK(contains(all, "<system-err>" + line + "</system-err>"));
}

TEST_CASE("junit: outputs that are not stored are not held") {
  Report report;
  const auto output = std::make_shared<const CapturedOutput>(CapturedOutput{"x", "y"});
  AttemptResult failed = make_attempt(fail, 1, 2);
  AttemptResult passed = make_attempt(pass, 2, 2);
  failed.output = passed.output = output;
  for (int i = 0; i < 3; ++i) report.test(0, {failed, passed});
  failed.output = passed.output = nullptr;
  CHECK(output.use_count() == 1);
  report.tell(TestAttemptFailed{StressIndex(), 0, failed, Duration(), OutputDisplay::Never});  // and never any more
}

// ---- files ----

TEST_CASE("junit: folders are made, a report that is there is replaced, nothing else is left") {
  Report report;
  report.options.path = report.folder / "a/b/junit.xml";
  report.test(0, {make_attempt(pass)});
  const std::string first = report.text();
  report.test(1, {make_attempt(pass)});
  const std::string second = report.text();
  CHECK(second.size() > first.size());
  const auto names = list_folder(report.folder / "a/b");
  REQUIRE(bool(names));
  CHECK(names.value() == nextest::Vector<std::string>{"junit.xml"});
  struct stat info {};
  REQUIRE(::stat(report.options.path.c_str(), &info) == 0);
  const mode_t mask = ::umask(0);
  ::umask(mask);
  CHECK((info.st_mode & 0777) == (0666 & ~mask));
}

void check_error(Report& report, const std::string& path, int error) {
  report.options.path = path;
  report.tell(RunFinished());
  const Status status = report.reporter.write();
  REQUIRE_FALSE(bool(status));
  CHECK(status.error().code == ExitCode::WriteOutputFailed);
  CHECK(status.error().message == "cannot write the JUnit report " + path + ": " + ::strerror(error));
}

TEST_CASE("junit: what is in the way of writing is an error" * support::needs(support::full_device())) {
  Report report;
  report.test(0, {make_attempt(pass)});
  support::write_file(report.folder / "file", "");
  check_error(report, report.folder / "file/junit.xml", ENOTDIR);
  check_error(report, report.folder.path(), EISDIR);
  check_error(report, "/dev/full", ENOSPC);
  REQUIRE(::mkfifo((report.folder / "pipe").c_str(), 0600) == 0);
  check_error(report, report.folder / "pipe", ENXIO);
}

TEST_CASE("junit: a file that cannot be whole leaves nothing behind, and what was there before") {
  Report report;
  report.test(0, {make_attempt(pass)});
  support::write_file(report.folder / "old.xml", "old");
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    report.options.path = report.folder / "old.xml";
    const Status status = report.reporter.write();
    ::_exit(!status && contains(status.error().message, ::strerror(EFBIG)) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(support::read_file(report.folder / "old.xml") == "old");
  const auto names = list_folder(report.folder.path());
  REQUIRE(bool(names));
  CHECK(names.value() == nextest::Vector<std::string>{"old.xml"});
}

TEST_CASE("junit: a pipe is written to, and a link is followed") {
  Report report;
  report.test(0, {make_attempt(pass)});
  const std::string expected = report.text();
  const std::string pipe = report.folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const Fd reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  report.options.path = pipe;
  REQUIRE(bool(report.reporter.write()));
  char buffer[4096];
  const ssize_t size = read_some(reader.get(), buffer, sizeof buffer);
  REQUIRE(size > 0);
  CHECK(std::string(buffer, static_cast<std::size_t>(size)) == expected);

  support::write_file(report.folder / "target", std::string(10000, 'x'));
  report.options.path = report.folder / "link";
  REQUIRE(::symlink("target", report.options.path.c_str()) == 0);
  REQUIRE(bool(report.reporter.write()));
  CHECK(support::read_file(report.folder / "target") == expected);
}

}  // namespace
