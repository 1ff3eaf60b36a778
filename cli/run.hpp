// nextest run: the flow of a run, a call a step.
#pragma once

#include <memory>

#include "cli/command_line.hpp"
#include "cli/configure.hpp"
#include "cli/messages.hpp"
#include "cli/planner.hpp"
#include "cli/records.hpp"
#include "cli/reporters.hpp"
#include "core/base/switches.hpp"
#include "core/process/open_files.hpp"
#include "core/run/dispatcher.hpp"
#include "record/durations.hpp"
#include "record/rerun.hpp"
#include "record/session.hpp"

namespace nextest {

// Of a rerun: which run it follows, what is known of its tests, and which binaries they are in.
inline Status begin_rerun(const CommandLine& line, const Config& config, Planner& planner, Durations& durations) {
  Result<OpenedRun> opened = open_recorded(line, config, line.rerun);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;
  RunInfo& info = planner.plan.info;
  info.parent = opened.value().entry.id;
  planner.plan.history.rerun = state_after(reader, durations);
  if (Status status = reader.status(); !status) return status.error();
  write_record_warnings(line.color, reader);
  if (!is_record_path(line.rerun)) {
    info.scope = scope_of(reader.info());
  } else if (line.binaries.named()) {
    info.scope = named_scope(line, info);
  } else {
    const auto foreign = std::make_shared<ForeignScope>(line.rerun, config);
    foreign->take(reader);
    if (!foreign->refusals.empty()) return foreign->error(foreign->refusals[0]);
    for (const std::string& path : foreign->gone) write_gone(line.color, path);
    info.scope = foreign->scope;
    planner.foreign = foreign;
  }
  planner.set_binaries(binaries_in(info.scope, line, config));
  return success();
}

// Without a store, and where anything else is in its way, the run goes on unrecorded, with a warning.
inline std::unique_ptr<RecordSession> begin_record(const CommandLine& line, const Config& config, const RunInfo& info) {
  const RecordSettings settings = record_settings(line, config);
  if (!built_in(Feature::Records) || !settings.enabled) return nullptr;
  Result<Store> store = open_store(line, config);
  Error error;
  if (store) {
    Result<std::unique_ptr<RecordSession>> session = RecordSession::begin(std::move(store.value()), info, settings);
    if (session) return std::move(session.value());
    error = session.error();
  } else {
    error = store.error();
  }
  write_warning(line.color,
                "this run is not recorded: " + error.message + (error.hint.empty() ? "" : "; " + error.hint));
  return nullptr;
}

// Of a run that had nothing to run.
inline Result<ExitCode> exit_code_without_tests(const CommandLine& line, const TestList& list) {
  const bool is_rerun = !line.rerun.empty();
  if (line.no_tests == NoTests::Pass || (line.no_tests == NoTests::Auto && is_rerun)) return ExitCode::Success;
  if (line.no_tests == NoTests::Warn) {
    write_warning(line.color, "no tests to run");
    return ExitCode::Success;
  }
  std::string hint = "--no-tests=warn or --no-tests=pass makes this a success";
  for (const TestBinary& binary : list.binaries) {
    if (!binary.skip_reason.empty()) hint += "\n  skipped: " + binary.path.str() + ": " + binary.skip_reason.str();
  }
  return Error{ExitCode::NoTestsRun, "no tests to run", hint};
}

// The one place that decides it; the worse news goes first. `reports` is how those went that are written at the end.
inline Result<ExitCode> exit_code_of(const CommandLine& line, const RunPlan& plan, const RunOutcome& outcome,
                                     const Status& reports) {
  const bool scripts_failed = outcome.setup_failed() || (outcome.teardown_failed() && !outcome.failed());
  Result<ExitCode> code = ExitCode::Success;
  if (!outcome.all_read) code = ExitCode::WriteOutputFailed;
  else if (scripts_failed) code = ExitCode::SetupScriptFailed;
  else if (outcome.failed()) code = ExitCode::TestRunFailed;
  else if (outcome.stats.initial_run_count == 0) code = exit_code_without_tests(line, plan.list);
  const bool passed = code && code.value() == ExitCode::Success;
  if (!reports) {
    if (passed) return reports.error();
    write_warning(line.color, reports.error().message);
  }
  if (built_in(Feature::Records) && passed && !plan.history.rerun.outstanding_beside(plan.list).empty())
    code = ExitCode::RerunTestsOutstanding;
  return code;
}

// A debugger or a tracer is for one test.
inline Status check_interceptor(const RunOptions& run, const RunPlan& plan) {
  if (!run.interceptor.active()) return success();
  const std::string name = run.interceptor.debugs ? "--debugger" : "--tracer";
  if (run.request.stress.is_on()) {
    return Error{ExitCode::SetupError, name + " cannot run a stress test", ""};
  }
  const std::string& program = run.interceptor.command[0];
  if (!is_executable_file(find_program(program))) {
    return Error{ExitCode::SetupError, name + ": cannot find " + program, "give its path, or add its folder to PATH"};
  }
  if (plan.order.size() <= 1) return success();
  const std::string hint = "choose one, as in:" + only_test_words(plan.list.tests[plan.order[0]].name);
  return Error{ExitCode::SetupError, name + " takes one test; " + decimal(plan.order.size()) + " are selected", hint};
}

// With few files that may be open fewer tests run at a time; with too few, none.
inline Status fit_open_files(const CommandLine& line, std::uint32_t& test_threads) {
  const OpenFiles files = OpenFiles::now();
  if (files.units() >= test_threads) return success();
  test_threads = static_cast<std::uint32_t>(files.units());
  std::string words;
  append_format(words, "only %lu files may be open (ulimit -n): ", number_as<unsigned long>(files.allowed()));
  if (test_threads == 0) {
    append_format(words, "a test takes %lu", number_as<unsigned long>(files.needed()));
    return Error{ExitCode::SetupError, std::move(words), ""};
  }
  append_format(words, "tests at a time: %u", test_threads);
  write_warning(line.color, words);
  return success();
}

inline Result<ExitCode> run_command(const CommandLine& line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  RunOptions options = run_options(line, config.value());
  options.keeps_properties = !options.interceptor.active() && !junit_path(line, config.value()).empty();
  Planner planner(line, config.value(), options);
  const RunPlan& plan = planner.plan;
  planner.plan.info = describe_run(line, config.value());
  const Guardian guardian(plan.info.run_id);
  Supervisor supervisor(plan.info.run_id);
  supervisor.follow(guardian);
#if NEXTEST_HAS_PRCTL
  if (!supervisor.gets_orphans()) {
    write_warning(line.color,
                  "this system does not tell of orphans (PR_SET_CHILD_SUBREAPER): a leak that left its process group "
                  "is not found");
  }
#endif
  if (Status status = fit_open_files(line, options.test_threads); !status) return status.error();
  set_run_environment(supervisor.launcher().environment, options);
  // What programs read on stdout holds nothing else.
  if (line.message_format != MessageFormat::Human || line.junit_file == "-") supervisor.launcher().uncaptured_out = 2;

  Durations durations;
  if (built_in(Feature::Records) && !line.rerun.empty()) {
    if (Status status = begin_rerun(line, config.value(), planner, durations); !status) return status.error();
  } else {
    RunInfo& info = planner.plan.info;  // for the command that runs one test again
    info.scope = named_scope(line, info);
  }
  if (Status status = planner.find_tests(supervisor); !status) return status.error();
  begin_test_phase(supervisor.launcher().environment);
  if (Status status = planner.find_durations(true, std::move(durations)); !status) return status.error();
  planner.select();
  planner.sort();
  if (Status status = check_interceptor(options, plan); !status) return status.error();

  Reporters reporters(line, config.value(), options, plan, supervisor.loop.clock);
  Vector<EventSink*> sinks = reporters.sinks();
  const std::unique_ptr<RecordSession> record = begin_record(line, config.value(), plan.info);
  if (built_in(Feature::Records) && record != nullptr) sinks.push_back(record.get());

  const RunOutcome outcome = Dispatcher(supervisor, plan, options, std::move(sinks)).run();
  Result<ExitCode> code = exit_code_of(line, plan, outcome, reporters.finish());
  if (built_in(Feature::Records) && record != nullptr)
    write_warnings(line.color, record->end(code ? code.value() : code.error().code));
  return code;
}

}  // namespace nextest
