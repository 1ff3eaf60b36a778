// The event stream as a JUnit report, in the dialect of cargo-nextest (the crate quick-junit): a suite a binary.
#pragma once

#include <string.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "core/base/result.hpp"
#include "core/base/text.hpp"
#include "core/base/vector.hpp"
#include "core/model/event.hpp"
#include "core/model/script.hpp"
#include "core/report/junit_document.hpp"
#include "core/report/junit_text.hpp"

namespace nextest {

struct JunitOptions {
  std::string path;  // a file, which need not be there, nor its folder; or a pipe or a device
  std::string report_name = "nextest-run";
  const Vector<SetupScript>* scripts = nullptr;  // the run's, for what of their outputs is stored
};

class JunitReporter final : public EventSink, private JunitDocument {
 public:
  JunitReporter(const SettingsOfTests& settings, const JunitOptions& options)
      : settings_(settings), options_(options) {}
  JunitReporter(const SettingsOfTests&, JunitOptions&&) = delete;  // they have to outlive it

  void on_event(const Event& event) override {
    if (const auto* const started = std::get_if<RunStarted>(&event.what)) {
      info_ = started->info;
      list_ = started->list;
    } else if (const auto* const script = std::get_if<SetupScriptFinished>(&event.what)) {
      add_script(*script);
    } else if (const auto* const failed = std::get_if<TestAttemptFailed>(&event.what)) {
      earlier_.push_back({failed->test, failed->result});
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

  bool flush() override { return true; }  // all is written at the end
  int waits_for() const override { return -1; }

  // For after the run.
  Status write() {
    const int error = info_ != nullptr ? write_to(options_.path, options_.report_name) : 0;
    if (error == 0) return success();
    return Error{ExitCode::WriteOutputFailed,
                 "cannot write the JUnit report " + options_.path + ": " + ::strerror(error), ""};
  }

 private:
  // An attempt that another one follows.
  struct Earlier {
    TestIndex test;
    AttemptResult result;
  };

  void add_script(const SetupScriptFinished& finished) {
    const AttemptResult& result = finished.result;
    Suite& suite = suite_of("@setup-script:", finished.script_id, finished.stress, script_suite);
    ++suite.counts[Tests];
    std::string& out = suite.content;
    out += "\n        <properties>";
    std::string arguments;
    for (std::size_t i = 1; i < finished.command.size(); ++i) {
      if (i > 1) arguments += ' ';
      arguments += shell_quote(finished.command[i]);
    }
    std::string name = "command";
    if (!finished.command.empty()) add_property(out, name, finished.command[0]);
    name = "args";
    add_property(out, name, arguments);
    for (const std::string& variable : finished.variables) {
      const std::size_t end = variable.find('=');
      name.assign("output-env:").append(variable, 0, end);
      if (is_secret_name(name) || end == std::string::npos) continue;  // as in records
      add_property(out, name, variable.substr(end + 1));
    }
    out += "\n        </properties>";
    append_junit(out, case_start, {&finished.script_id, &suite.name});
    add_times(out, result, ">");
    if (!result.outcome.passed()) add_problem(suite, out, result, "script", HarnessKind::Plain);
    for (std::size_t i = 0; options_.scripts != nullptr && i < options_.scripts->size(); ++i) {
      const SetupScript& script = (*options_.scripts)[i];
      if (script.id != finished.script_id) continue;
      const bool wanted =
          result.outcome.passed() ? script.junit_store_success_output : script.junit_store_failure_output;
      if (wanted) append_junit_outputs(out, in_case, result, script.capture_out, script.capture_err);
    }
    out += case_end;
  }
  static void add_property(std::string& out, const std::string& name, const std::string& value) {
    append_junit(out, "\n            <property name=\"%a\" value=\"%a\"/>", {&name, &value});
  }

  // That attempt with its output.
  const AttemptResult& told(TestIndex test, const AttemptResult& attempt) const {
    for (const Earlier& earlier : earlier_) {
      if (earlier.test == test && earlier.result.attempt.number == attempt.attempt.number) return earlier.result;
    }
    return attempt;
  }

  void add_test(const TestFinished& finished) {
    const TestIndex test = finished.test;
    const TestResult& result = finished.result;
    const JunitTestSettings& junit = settings_.of(test).junit;
    const HarnessKind harness = list_->binary_of(test).harness;
    const bool passed = result.last().outcome.passed();
    const AttemptResult& main = passed ? result.last() : told(test, result.attempts.front());
    Suite& suite = suite_of(finished.stress, test);
    ++suite.counts[Tests];
    std::string& out = suite.content;
    begin_case(out, test);
    add_times(out, main, ">");
    if (!passed) {
      add_problem(suite, out, main, "test", harness);
    } else if (!result.passed() && !junit.flaky_fails_succeed) {
      append_junit(out,
                   "\n            <failure message=\"test passed on attempt %u/%u but is configured to fail when "
                   "flaky\" type=\"flaky failure\"/>",
                   {&main.attempt.number, &main.attempt.total});
      ++suite.counts[Failures];
    } else if (main.outcome.skipped_by_test) {
      out += "\n            <skipped message=\"Skipped: by the test itself\"/>";
      ++suite.counts[Skipped];
    }
    for (const AttemptResult& attempt : result.attempts) {
      if (attempt.attempt.number == main.attempt.number) continue;
      const AttemptResult& again = told(test, attempt);
      const char* const what = passed ? "flaky" : "rerun";
      const char* const kind = is_junit_error(again.outcome) ? "Error" : "Failure";
      append_junit(out, "\n            <%s%s", {what, kind});
      add_times(out, again, "");
      append_junit_problem(out, again, "test", harness);
      if (junit.store_failure_output) {
        append_junit_outputs(out, "\n                ", again);
        out += in_case;
      }
      append_junit(out, "</%s%s>", {what, kind});
    }
    if (passed ? junit.store_success_output : junit.store_failure_output) append_junit_outputs(out, in_case, main);
    out += case_end;
    for (std::size_t i = earlier_.size(); i-- > 0;) {
      if (earlier_[i].test == test) earlier_.erase(earlier_.begin() + i);
    }
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
                                              "is filtered out by the profile&apos;s default-filter",
                                              "is in a different partition",
                                              "already passed"};
    Suite& suite = suite_of(skipped.stress, skipped.test);
    ++suite.counts[Tests];
    ++suite.counts[Skipped];
    begin_case(suite.content, skipped.test);
    append_junit(suite.content,
                 " time=\"0.000\">\n            <skipped message=\"Skipped: test %s\"/>\n        </testcase>",
                 {reasons[static_cast<std::size_t>(skipped.reason)]});
  }

  // Makes a failure of a test that had passed. Its output is stored or not as that of one that passes.
  void fail_leaked(const StressIndex& stress, TestIndex test) {
    Suite& suite = suite_of(stress, test);
    std::string& out = suite.content;
    std::string begin;
    begin_case(begin, test);
    const std::size_t at = out.find(begin);
    if (at == std::string::npos) return;
    const std::size_t end = out.find('>', at) + 1;
    // That it failed is the first thing in a test case.
    if (out.find("<failure", end) == end + 13 || out.find("<error", end) == end + 13) return;
    AttemptResult result;
    result.outcome.kind = OutcomeKind::LeakFail;
    begin.clear();
    add_problem(suite, begin, result, "test", HarnessKind::Plain);
    out.insert(end, begin);
  }

  const SettingsOfTests& settings_;
  const JunitOptions& options_;
  Vector<Earlier> earlier_;
};

}  // namespace nextest
