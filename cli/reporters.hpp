// From options, variables and the configuration to the readers of the event stream.
#pragma once

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <memory>

#include "cli/command_line.hpp"
#include "cli/messages.hpp"
#include "core/base/switches.hpp"
#include "core/config/config.hpp"
#include "core/report/human.hpp"
#include "core/report/junit.hpp"
#include "core/report/libtest_json.hpp"
#include "core/report/step_summary.hpp"
#include "core/run/options.hpp"
#include "core/run/plan.hpp"
#include "record/jsonl.hpp"

namespace nextest {

inline bool is_set(const char* variable) {
  const char* const value = ::getenv(variable);
  return value != nullptr && *value != '\0';
}

// Without progress, which is not the same for a run and a replay.
inline HumanOptions human_options(const CommandLine& line, const Config& config, int fd) {
  HumanOptions human;
  human.style = Style::detect(fd, line.color);
  human.status_level = config.run.status_level;
  human.final_status_level = config.run.final_status_level;
  human.indent_output = config.ui.indent_output;
  human.max_output_shown = config.run.max_output_shown;
  human.show_commands = line.verbose;
  const char* const github = ::getenv("GITHUB_ACTIONS");
  human.github = built_in(Feature::Github) && github != nullptr && github == std::string_view("true");
  return human;
}

// A bar is for somebody who watches; elsewhere a counter will do. Returns whether there is to be a bar.
inline bool choose_progress(const CommandLine& line, ShowProgress show, int fd, HumanOptions& human) {
  const bool has_cursor = ::isatty(fd) == 1 && is_set("TERM") && ::getenv("TERM") != std::string_view("dumb");
  const bool is_watched =
      built_in(Feature::Terminal) && has_cursor && line.request.capture && (show == ShowProgress::Bar || !is_set("CI"));
  const bool wants_bar = show == ShowProgress::Auto || show == ShowProgress::Bar || show == ShowProgress::Only;
  human.counter = show == ShowProgress::Counter || (wants_bar && show != ShowProgress::Bar && !is_watched);
  if (show == ShowProgress::Only && is_watched) {
    human.status_level = StatusLevel::Slow;
    human.final_status_level = FinalStatusLevel::Fail;
  }
  return wants_bar && is_watched;
}

// Where the JUnit report goes; empty: there is to be none. One that the configuration asks for lies where upstream's
// does, in a folder of the profile.
inline std::string junit_path(const CommandLine& line, const Config& config) {
  if (!built_in(Feature::Junit)) return "";
  const std::string& path = line.junit_file.empty() ? config.run.junit_path : line.junit_file;
  if (path.empty() || !line.junit_file.empty() || path[0] == '/') return path;
  const std::string& folder = config.parts.store_folder;
  return (folder[0] == '/' ? folder : config.workspace_root + "/" + folder) + "/" + config.profile + "/" + path;
}

// The readers of a run, but for its record.
class Reporters {
 public:
  Reporters(const CommandLine& line, const Config& config, const RunOptions& options, const RunPlan& plan,
            const RunClock& clock)
      : color_(line.color),
        junit_options_{junit_path(line, config), config.run.junit_report_name, &options.scripts,
                       config.run.max_output_shown} {
    HumanOptions human = human_options(line, config, 2);
    if (choose_progress(line, config.ui.show_progress, 2, human)) human.clock = &clock;
    human.progress.max_running = config.ui.max_progress_running;
    human.progress.test_threads = options.test_threads;
    if (!line.request.stress.is_on()) human.progress.durations = &plan.history.durations;
    human_ = std::make_unique<HumanReporter>(2, human);
    if (built_in(Feature::Junit) && !junit_options_.path.empty()) {
      report_ = new JunitReporter(plan.settings, junit_options_);
      junit_.reset(report_);
    }
    if (built_in(Feature::Github) && human.github && is_set("GITHUB_STEP_SUMMARY")) {
      summary_ = new StepSummary(::getenv("GITHUB_STEP_SUMMARY"));
      owned_summary_.reset(summary_);
    }
    const MessageFormat format = line.message_format;
    if (!built_in(Feature::Json)) return;
    if (format == MessageFormat::Jsonl) {
      messages_ = std::make_unique<JsonlWriter>(1);
    } else if (format != MessageFormat::Human) {
      const LibtestJsonOptions libtest = {format == MessageFormat::LibtestJsonPlus};
      messages_ = std::make_unique<LibtestJsonReporter>(1, libtest);
    }
  }

  Vector<EventSink*> sinks() {
    Vector<EventSink*> sinks = {human_.get()};
    if (messages_ != nullptr) sinks.push_back(messages_.get());
    if (junit_ != nullptr) sinks.push_back(junit_.get());
    if (owned_summary_ != nullptr) sinks.push_back(owned_summary_.get());
    return sinks;
  }

  // For after the run: what is written only then.
  Status finish() {
    const int error = built_in(Feature::Github) && summary_ != nullptr ? summary_->write() : 0;
    if (error != 0) write_warning(color_, std::string("cannot write $GITHUB_STEP_SUMMARY: ") + ::strerror(error));
    return built_in(Feature::Junit) && report_ != nullptr ? report_->write() : success();
  }

 private:
  const ColorChoice color_;
  std::unique_ptr<HumanReporter> human_;
  std::unique_ptr<EventSink> messages_;  // on standard output
  const JunitOptions junit_options_;
  std::unique_ptr<EventSink> junit_;  // null: there is to be none
  // The same. Its own destructor, named here, would bring all of it into a build without JUnit.
  JunitReporter* report_ = nullptr;
  std::unique_ptr<EventSink> owned_summary_;  // for GitHub; null: nobody asks for one
  StepSummary* summary_ = nullptr;
};

}  // namespace nextest
