// The event stream as a JUnit report, in the dialect of cargo-nextest (the crate quick-junit): a suite a binary.
#pragma once

#include <string.h>

#include <variant>

#include "core/base/switches.hpp"
#include "core/format/xml_writer.hpp"
#include "core/model/event.hpp"
#include "core/model/script.hpp"
#include "core/report/failure_place.hpp"
#include "core/report/junit_document.hpp"
#include "core/report/shown_part.hpp"
#include "core/report/status.hpp"

namespace nextest {

struct JunitOptions {
  std::string path;  // a file, which need not be there, nor its folder; or a pipe or a device
  std::string report_name = "nextest-run";
  const PhaseScripts* scripts = nullptr;           // the run's, for what of their outputs is stored
  std::uint64_t max_output_shown = usually_shown;  // bytes of an output
};

class JunitReporter final : public EventSink {
 public:
  JunitReporter(const SettingsOfTests& settings, const JunitOptions& options)
      : settings_(settings), options_(options) {}
  JunitReporter(const SettingsOfTests&, JunitOptions&&) = delete;  // they have to outlive it

  void on_event(const Event& event) override {
    if (const auto* const started = std::get_if<RunStarted>(&event.what)) {
      info_ = started->info;
      list_ = started->list;
    } else if (const auto* const script = std::get_if<ScriptFinished>(&event.what)) {
      if (built_in(Feature::Scripts)) add_script(*script);
    } else if (const auto* const failed = std::get_if<TestAttemptFailed>(&event.what)) {
      keep_earlier(*failed);
    } else if (const auto* const finished = std::get_if<TestFinished>(&event.what)) {
      add_test(*finished);
    } else if (const auto* const skipped = std::get_if<TestSkipped>(&event.what)) {
      add_skipped(*skipped);
    } else if (const auto* const leaked = std::get_if<TestLeakedLate>(&event.what)) {
      if (leaked->fails && leaked->test_known) fail_leaked(leaked->stress, leaked->test);
    } else if (const auto* const end = std::get_if<RunFinished>(&event.what)) {
      elapsed_ = end->elapsed;
    }
  }

  // Of a record without its end: a test that was under way then. An error, whatever it would have come to.
  void add_unended(StressIndex stress, TestIndex test, Duration started, Duration took) {
    AttemptResult result;
    result.started = started;
    result.duration = took;
    JunitSuite& suite = suite_of(stress, test);
    ++suite.counts.tests;
    ++suite.counts.errors;
    suite.time = suite.time + took;
    XmlWriter xml(suite.content, JunitSuite::depth);
    begin_case(xml, test);
    add_times(xml, result);
    const char* const text = "the record of the run ends before this test does";
    xml.begin("error").attribute("message", text).attribute("type", "test without an end").text(text);
    xml.end();
    for (const TestAttemptFailed& earlier : earlier_) {
      if (earlier.test != test) continue;
      const Harness& harness = *list_->binary_of(test).harness;
      add_other_attempt(suite, xml, earlier.result, false, harness, settings_.of(test).junit.store_failure_output);
    }
    xml.end_block();
  }
  // How long such a run is known to have taken.
  void set_elapsed(Duration elapsed) { elapsed_ = elapsed; }

  // For after the run: nothing is written before.
  Status write() {
    if (info_ == nullptr) return success();
    const int error = document_.write_to(options_.path, options_.report_name, *info_, elapsed_);
    if (error == 0) return success();
    return Error{ExitCode::WriteOutputFailed,
                 "cannot write the JUnit report " + options_.path + ": " + ::strerror(error), ""};
  }

 private:
  // --- scripts ---

  void add_script(const ScriptFinished& finished) {
    const AttemptResult& result = finished.result;
    const char* const prefix = finished.phase == ScriptPhase::Setup ? "@setup-script:" : "@teardown-script:";
    JunitSuite& suite = document_.add_suite(prefix + finished.script_id, finished.stress, JunitSuite::script);
    ++suite.counts.tests;
    XmlWriter xml(suite.content, JunitSuite::depth);
    add_properties(xml, finished);
    begin_case(xml, finished.script_id, suite.name);
    add_times(xml, result);
    suite.time = suite.time + result.duration;
    if (!result.outcome.passed()) add_problem(suite, xml, result, "script", plain_harness);
    if (options_.scripts != nullptr) {
      for (const PhaseScript& script : options_.scripts->of(finished.phase)) {
        if (script.id == finished.script_id) add_outputs_of(suite, xml, script, result);
      }
    }
    xml.end_block();
  }

  void add_outputs_of(JunitSuite& suite, XmlWriter& xml, const PhaseScript& script, const AttemptResult& result) {
    const bool wanted = result.outcome.passed() ? script.junit_store_success_output : script.junit_store_failure_output;
    if (wanted) add_outputs(suite, xml, result, script.capture_out, script.capture_err);
  }

  static void add_properties(XmlWriter& xml, const ScriptFinished& finished) {
    xml.begin("properties");
    std::string arguments;
    for (std::size_t i = 1; i < finished.command.size(); ++i) {
      if (i > 1) arguments += ' ';
      arguments += shell_quote(finished.command[i]);
    }
    if (!finished.command.empty()) add_property(xml, "command", finished.command[0]);
    add_property(xml, "args", arguments);
    for (const std::string& variable : finished.variables) {
      const std::size_t end = variable.find('=');
      const std::string name = "output-env:" + variable.substr(0, end);
      if (is_secret_name(name) || end == std::string::npos) continue;  // as in records
      add_property(xml, name, std::string_view(variable).substr(end + 1));
    }
    xml.end_block();
  }

  // --- tests ---

  void add_test(const TestFinished& finished) {
    const TestIndex test = finished.test;
    const TestResult& result = finished.result;
    const JunitTestSettings& junit = settings_.of(test).junit;
    const Harness& harness = *list_->binary_of(test).harness;
    const bool passed = result.last().outcome.passed();
    const AttemptResult& main = passed ? result.last() : with_output(test, result.attempts.front());
    JunitSuite& suite = suite_of(finished.stress, test);
    ++suite.counts.tests;
    XmlWriter xml(suite.content, JunitSuite::depth);
    begin_case(xml, test);
    add_times(xml, main);
    add_properties(xml, main);
    suite.time = suite.time + main.duration;
    if (!passed) {
      add_problem(suite, xml, main, "test", harness);
    } else if (!result.passed() && !junit.flaky_fails_succeed) {
      const std::string attempt = decimal(main.attempt.number) + "/" + decimal(main.attempt.total);
      xml.begin("failure");
      xml.attribute("message", "test passed on attempt " + attempt + " but is configured to fail when flaky");
      xml.attribute("type", "flaky failure").end();
      ++suite.counts.failures;
    } else if (main.outcome.skipped_by_test) {
      xml.begin("skipped").attribute("message", "Skipped: by the test itself").end();
      ++suite.counts.skipped;
    }
    for (const AttemptResult& attempt : result.attempts) {
      if (attempt.attempt.number == main.attempt.number) continue;
      add_other_attempt(suite, xml, with_output(test, attempt), passed, harness, junit.store_failure_output);
    }
    if (passed ? junit.store_success_output : junit.store_failure_output) add_outputs(suite, xml, main);
    xml.end_block();
    for (std::size_t i = earlier_.size(); i-- > 0;) {
      if (earlier_[i].test == test) earlier_.erase(earlier_.begin() + i);
    }
  }

  static void add_properties(XmlWriter& xml, const AttemptResult& attempt) {
    const Vector<std::string>& properties = attempt.properties;
    if (!has_test_properties || (attempt.tmpdir.empty() && properties.size() < 2)) return;
    xml.begin("properties");
    if (!attempt.tmpdir.empty()) add_property(xml, "TMPDIR", attempt.tmpdir);
    for (std::size_t i = 0; i + 1 < properties.size(); i += 2) add_property(xml, properties[i], properties[i + 1]);
    xml.end_block();
  }
  static void add_property(XmlWriter& xml, std::string_view name, std::string_view value) {
    xml.begin("property").attribute("name", name).attribute("value", value).end();
  }

  // Of its output is kept what will be stored, and what tells of the failure.
  void keep_earlier(const TestAttemptFailed& failed) {
    earlier_.push_back(failed);
    std::shared_ptr<const CapturedOutput>& output = earlier_.back().result.output;
    const std::uint64_t most = std::max(options_.max_output_shown, 2 * usually_shown);
    if (output == nullptr || (output->out.size() <= most && output->err.size() <= most)) return;
    std::string out, err;
    CapturedOutput kept;
    kept.out = shown_part(output->out, most, out);
    kept.err = shown_part(output->err, most, err);
    kept.combined = output->combined;
    output = std::make_shared<CapturedOutput>(std::move(kept));
  }

  // That attempt with its output.
  const AttemptResult& with_output(TestIndex test, const AttemptResult& attempt) const {
    for (const TestAttemptFailed& earlier : earlier_) {
      if (earlier.test == test && earlier.result.attempt.number == attempt.attempt.number) return earlier.result;
    }
    return attempt;
  }

  void add_other_attempt(JunitSuite& suite, XmlWriter& xml, const AttemptResult& attempt, bool is_flaky,
                         const Harness& harness, bool store_output) {
    const bool is_error = is_error_of(attempt.outcome);
    xml.begin(is_flaky ? (is_error ? "flakyError" : "flakyFailure") : (is_error ? "rerunError" : "rerunFailure"));
    add_times(xml, attempt);
    describe_problem(xml, attempt, "test", harness);
    if (!store_output) return xml.end();
    add_outputs(suite, xml, attempt);
    xml.end_block();
  }

  void add_skipped(const TestSkipped& skipped) {
    const ReportSkipped wanted = settings_.of(skipped.test).junit.report_skipped;
    if (wanted == ReportSkipped::None || (wanted == ReportSkipped::Ignored && skipped.reason != Mismatch::Ignored)) {
      return;
    }
    static constexpr const char* reasons[] = {"",
                                              "does not match the run-ignored option",
                                              "does not match the provided string filters",
                                              "does not match the provided expression filters",
                                              "is filtered out by the profile's default-filter",
                                              "is in a different partition",
                                              "already passed"};
    JunitSuite& suite = suite_of(skipped.stress, skipped.test);
    ++suite.counts.tests;
    ++suite.counts.skipped;
    XmlWriter xml(suite.content, JunitSuite::depth);
    begin_case(xml, skipped.test);
    xml.seconds("time", Duration());
    xml.begin("skipped")
        .attribute("message", std::string("Skipped: test ") + reasons[static_cast<std::size_t>(skipped.reason)])
        .end();
    xml.end_block();
  }

  // Makes a failure of a test that had passed. Its output is stored or not as that of one that passes.
  void fail_leaked(StressIndex stress, TestIndex test) {
    JunitSuite& suite = suite_of(stress, test);
    std::string start;
    XmlWriter case_start(start, JunitSuite::depth);
    begin_case(case_start, test);
    const std::size_t at = suite.content.find(start);
    if (at == std::string::npos) return;
    std::size_t end = suite.content.find('>', at) + 1;
    // That it failed is the first thing in a test case, but for its properties.
    constexpr std::string_view properties_end = "</properties>";
    if (has_test_properties && starts_with(trim(std::string_view(suite.content).substr(end)), "<properties>")) {
      end = suite.content.find(properties_end, end) + properties_end.size();
    }
    const std::string_view first = trim(std::string_view(suite.content).substr(end));
    if (starts_with(first, "<failure ") || starts_with(first, "<error ")) return;
    AttemptResult result;
    result.outcome.kind = OutcomeKind::LeakFail;
    std::string problem;
    XmlWriter xml(problem, JunitSuite::depth + 1);
    add_problem(suite, xml, result, "test", plain_harness);
    suite.insert(end, problem);
  }

  // --- what both are made of ---

  JunitSuite& suite_of(StressIndex stress, TestIndex test) {
    return document_.suite_of(list_->binary_of(test).id, stress, list_->tests[test].binary);
  }

  static void begin_case(XmlWriter& xml, std::string_view name, std::string_view class_name) {
    xml.begin("testcase").attribute("name", name).attribute("classname", class_name);
  }
  void begin_case(XmlWriter& xml, TestIndex test) const {
    begin_case(xml, list_->tests[test].name, list_->binary_of(test).id);
  }

  void add_times(XmlWriter& xml, const AttemptResult& result) const {
    xml.date_time("timestamp", info_->started_at + result.started).seconds("time", result.duration);
  }

  static bool is_error_of(const Outcome& outcome) {
    return outcome.kind == OutcomeKind::ExecFail || outcome.kind == OutcomeKind::LeakFail;
  }

  // `unit` is "test" or "script".
  static void add_problem(JunitSuite& suite, XmlWriter& xml, const AttemptResult& result, const char* unit,
                          const Harness& harness) {
    const bool is_error = is_error_of(result.outcome);
    ++(is_error ? suite.counts.errors : suite.counts.failures);
    xml.begin(is_error ? "error" : "failure");
    describe_problem(xml, result, unit, harness);
    xml.end();
  }

  // How an attempt went wrong and where, as attributes and text of the element that was begun.
  static void describe_problem(XmlWriter& xml, const AttemptResult& result, const char* unit, const Harness& harness) {
    const Outcome& outcome = result.outcome;
    std::string text;
    const bool may_say_where = exited_badly(outcome) || outcome.kind == OutcomeKind::Timeout ||
                               outcome.kind == OutcomeKind::SanitizerReport ||
                               outcome.kind == OutcomeKind::ReportedFail;
    if (result.output != nullptr && may_say_where) {
      const FailurePlace place = find_failure_place(harness, *result.output);
      if (!place.file.empty()) text = place.file + ":" + decimal(place.line) + ": ";
      if (!place.message.empty()) text += place.message + "\n";
    }
    text += reason_of(outcome);
    xml.attribute("message", std::string_view(text).substr(0, text.find('\n')));
    xml.attribute("type", problem_type(outcome, unit)).text(text);
  }

  static bool exited_badly(const Outcome& outcome) {
    return outcome.kind == OutcomeKind::Fail || outcome.kind == OutcomeKind::Abort;
  }

  // In upstream's words.
  static std::string problem_type(const Outcome& outcome, const std::string& unit) {
    const char* const leaked = outcome.leaked && exited_badly(outcome) ? " (leaked handles)" : "";
    switch (outcome.kind) {
      case OutcomeKind::Fail: return unit + " failure with exit code " + decimal(outcome.code) + leaked;
      case OutcomeKind::Abort: return unit + " abort" + leaked;
      case OutcomeKind::LeakFail: return unit + " exited with code 0, but leaked handles so was marked failed";
      case OutcomeKind::ExecFail: return "execution failure";
      case OutcomeKind::Timeout: return unit + " timeout";
      default: return unit + " failure";
    }
  }

  void add_outputs(JunitSuite& suite, XmlWriter& xml, const AttemptResult& result, bool has_out = true,
                   bool has_err = true) {
    const bool has_started = result.outcome.kind != OutcomeKind::ExecFail;
    for (const bool is_out : {true, false}) {
      if (!is_out && result.output != nullptr && result.output->combined) return;
      xml.begin(is_out ? "system-out" : "system-err");
      const bool is_captured = result.output != nullptr && (is_out ? has_out : has_err);
      if (!has_started) xml.text("(process failed to start)");
      else if (!is_captured) xml.text(is_out ? "(stdout not captured)" : "(stderr not captured)");
      else add_output(suite, xml, is_out ? result.output->out : result.output->err);
      xml.end();
    }
  }

  void add_output(JunitSuite& suite, XmlWriter& xml, std::string_view output) {
    std::string room;
    xml.begin_content();
    document_.add_output(suite, shown_part(output, options_.max_output_shown, room));
  }

  const SettingsOfTests& settings_;
  const JunitOptions& options_;
  const RunInfo* info_ = nullptr;
  const TestList* list_ = nullptr;
  Duration elapsed_{};
  JunitDocument document_;
  Vector<TestAttemptFailed> earlier_;  // of tests that have not finished
};

}  // namespace nextest
