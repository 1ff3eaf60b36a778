// nextest run: the flow of a run, a call a step.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "cli/command_line.hpp"
#include "cli/configure.hpp"
#include "cli/find_tests.hpp"
#include "cli/messages.hpp"
#include "cli/records.hpp"
#include "cli/reporters.hpp"
#include "core/base/hash.hpp"
#include "core/base/switches.hpp"
#include "core/base/vector.hpp"
#include "core/run/dispatcher.hpp"
#include "core/select/order.hpp"
#include "core/select/select.hpp"
#include "record/durations.hpp"
#include "record/rerun.hpp"
#include "record/session.hpp"

namespace nextest {

// Of a rerun: what is known of tests, and which run said so.
inline Status begin_rerun(CommandLine& line, const Config& config, Durations& durations) {
  Result<OpenedRun> opened = open_recorded(line, config, line.rerun);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;
  line.run.info.parent = opened.value().entry.id;
  line.run.rerun = state_after(reader, durations);
  line.selection.rerun = &line.run.rerun;
  write_warnings(line, reader.damage());
  inherit_scope(line, config, reader.info());
  return success();
}

// Without a store, and where anything else is in its way, the run goes on unrecorded, with a warning.
inline std::unique_ptr<RecordSession> begin_record(const CommandLine& line, const Config& config) {
  if (!built_in(Feature::Records) || !line.record.enabled) return nullptr;
  Result<Store> store = open_store(line, config);
  Error error;
  if (store) {
    Result<std::unique_ptr<RecordSession>> session =
        RecordSession::begin(std::move(store.value()), line.run.info, line.record);
    if (session) return std::move(session.value());
    error = session.error();
  } else {
    error = store.error();
  }
  write_warning(line, "this run is not recorded: " + error.message + (error.hint.empty() ? "" : "; " + error.hint));
  return nullptr;
}

// Of a run that had nothing to run.
inline Result<ExitCode> exit_code_without_tests(const CommandLine& line, const TestList& list) {
  const bool is_rerun = !line.rerun.empty();
  if (line.no_tests == NoTests::Pass || (line.no_tests == NoTests::Auto && is_rerun)) return ExitCode::Success;
  if (line.no_tests == NoTests::Warn) {
    write_warning(line, "no tests to run");
    return ExitCode::Success;
  }
  std::string hint = "--no-tests=warn or --no-tests=pass makes this a success";
  for (const TestBinary& binary : list.binaries) {
    if (!binary.skip_reason.empty()) hint += "\n  skipped: " + binary.path + ": " + binary.skip_reason.str();
  }
  return Error{ExitCode::NoTestsRun, "no tests to run", hint};
}

// The one place that decides it; the worse news goes first. `reports` is how those went that are written at the end.
inline Result<ExitCode> exit_code_of(const CommandLine& line, const TestList& list, const RunOutcome& outcome,
                                     const Status& reports) {
  Result<ExitCode> code = ExitCode::Success;
  if (!outcome.all_read) code = ExitCode::WriteOutputFailed;
  else if (outcome.setup_failed()) code = ExitCode::SetupScriptFailed;
  else if (outcome.failed()) code = ExitCode::TestRunFailed;
  else if (outcome.stats.initial_run_count == 0) code = exit_code_without_tests(line, list);
  const bool passed = code && code.value() == ExitCode::Success;
  if (!reports) {
    if (passed) return reports.error();
    write_warning(line, reports.error().message);
  }
  const bool outstanding = built_in(Feature::Records) && passed && !line.run.rerun.outstanding_beside(list).empty();
  if (outstanding) code = ExitCode::RerunTestsOutstanding;
  return code;
}

// A debugger or a tracer is for one test.
inline Status check_interceptor(const RunOptions& run, const TestList& list, const Vector<TestIndex>& plan) {
  if (!run.interceptor.active()) return success();
  const std::string name = run.interceptor.debugs ? "--debugger" : "--tracer";
  if (run.info.stress.kind != StressCondition::Off) {
    return Error{ExitCode::SetupError, name + " cannot run a stress test", ""};
  }
  const std::string& program = run.interceptor.command[0];
  if (!is_executable_file(find_program(program))) {
    return Error{ExitCode::SetupError, name + ": cannot find " + program, "give its path, or add its folder to PATH"};
  }
  if (plan.size() <= 1) return success();
  const std::string hint = "choose one, as in:" + only_test_words(list.tests[plan[0]].name);
  return Error{ExitCode::SetupError, name + " takes one test; " + std::to_string(plan.size()) + " are selected", hint};
}

inline Result<ExitCode> run_command(CommandLine& line) {
  const Result<Config> config = load_config(line);
  if (!config) return config.error();
  const RunOptions& run = line.run;
  Supervisor supervisor(run.info.run_id);
#if NEXTEST_HAS_PRCTL
  if (!supervisor.gets_orphans()) {
    write_warning(line,
                  "this system does not tell of orphans (PR_SET_CHILD_SUBREAPER): a leak that left its process group "
                  "is not found");
  }
#endif
  set_run_environment(supervisor.launcher().environment, run);
  // What programs read on stdout holds nothing else.
  if (line.message_format != MessageFormat::Human || line.junit_file == "-") supervisor.launcher().uncaptured_out = 2;

  Durations durations_before;
  if (built_in(Feature::Records) && !line.rerun.empty()) {
    if (Status status = begin_rerun(line, config.value(), durations_before); !status) return status.error();
  } else {
    line.run.info.scope.harness = line.harness;  // so that the command to run a test again can say it
  }
  describe_run(line.run.info, config.value());
  Result<TestList> list = find_tests(supervisor, line, config.value());
  if (!list) return list.error();
  Result<Vector<Duration>> durations =
      known_durations(line, config.value(), list.value(), true, std::move(durations_before));
  if (!durations) return durations.error();
  line.selection.durations = std::move(durations.value());
  Vector<TestIndex> plan = select_tests(line, config.value(), list.value());
  line.run.info.order = line.order.settle(Xxh64::hash(run.info.run_id));
  order_tests(plan, line.order, line.selection.durations,
              [&](TestIndex test) { return run.settings.of(test).priority; });
  if (Status status = check_interceptor(run, list.value(), plan); !status) return status.error();

  Reporters reporters(line, config.value(), supervisor.loop.clock);
  Vector<EventSink*> sinks = reporters.sinks();
  // One shard after the other on one machine: all of them have to go by the same durations.
  if (line.selection.partition.kind == Partition::Weight) line.record.keep_durations = false;
  const std::unique_ptr<RecordSession> record = begin_record(line, config.value());
  if (built_in(Feature::Records) && record != nullptr) sinks.push_back(record.get());

  const RunOutcome outcome = Dispatcher(supervisor, list.value(), run, std::move(sinks)).run(plan);
  Result<ExitCode> code = exit_code_of(line, list.value(), outcome, reporters.finish());
  if (built_in(Feature::Records) && record != nullptr)
    write_warnings(line, record->end(code ? code.value() : code.error().code));
  return code;
}

}  // namespace nextest
