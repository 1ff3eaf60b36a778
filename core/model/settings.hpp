// What may be configured: for each test, and for the run as a whole. Defaults are upstream's.
#pragma once

#include <memory>

#include "core/base/duration.hpp"

namespace nextest {

enum class OutputDisplay : std::uint8_t { Never, Immediate, Final, ImmediateFinal };

inline bool is_immediate(OutputDisplay display) {
  return display == OutputDisplay::Immediate || display == OutputDisplay::ImmediateFinal;
}
inline bool is_final(OutputDisplay display) {
  return display == OutputDisplay::Final || display == OutputDisplay::ImmediateFinal;
}

struct SlowTimeout {
  Duration period = Duration::seconds(60);
  std::uint32_t terminate_after = 0;  // periods; 0: never
  Duration grace_period = Duration::seconds(10);
  bool passes = false;
};

struct LeakTimeout {
  Duration period = Duration::milliseconds(200);
  bool fails = false;
};

struct RetryPolicy {
  std::uint32_t count = 0;
  Duration delay{};
  bool exponential = false;  // each delay is twice the one before
  Duration max_delay = thirty_years;
  bool jitter = false;  // shortens each delay to between half of it and all of it

  // The delay after the attempt of that number (from 1), without jitter.
  Duration delay_after(std::uint32_t attempt) const {
    Duration result = delay;
    for (std::uint32_t i = 1; exponential && i < attempt && result < max_delay; ++i) {
      result.ns = result < thirty_years ? result.ns * 2 : result.ns;
    }
    return exponential && max_delay < result ? max_delay : result;
  }
};

// A number, or one that is known only when the run is.
struct ThreadCount {
  enum Kind : std::uint8_t { Number, Cpus, TestThreads } kind = Number;
  std::int64_t number = 1;  // of a count of test threads: below 0 means so many processors less

  // At least 1.
  std::uint32_t resolve(std::uint32_t cpus, std::uint32_t test_threads) const {
    if (kind != Number) return kind == Cpus ? cpus : test_threads;
    const std::int64_t count = number < 0 ? cpus + number : number;
    return count < 1 ? 1 : static_cast<std::uint32_t>(count);
  }
};

enum class ReportSkipped : std::uint8_t { None, Ignored, All };

// What the JUnit report has of a test.
struct JunitTestSettings {
  bool store_success_output = false;
  bool store_failure_output = true;
  ReportSkipped report_skipped = ReportSkipped::None;
  bool flaky_fails_succeed = false;
};

struct WrapperScript;
struct OutputPattern;

struct TestSettings {
  SlowTimeout slow_timeout;
  SlowTimeout bench_slow_timeout{thirty_years};
  LeakTimeout leak_timeout;
  RetryPolicy retries;
  bool flaky_fails = false;
  bool ignores_sanitizers = false;  // what they report fails no test
  // Null: there is none.
  std::shared_ptr<const OutputPattern> skip_pattern;  // skipped where it matches
  std::shared_ptr<const OutputPattern> fail_pattern;  // failed where it matches
  std::shared_ptr<const OutputPattern> pass_pattern;  // passed where it matches, whatever the exit code, and only there
  bool expected_to_fail = false;
  bool own_tmpdir = false;      // a TMPDIR for each attempt
  bool combine_output = false;  // both streams come in one, in order
  OutputDisplay success_output = OutputDisplay::Never;
  OutputDisplay failure_output = OutputDisplay::Immediate;
  Vector<std::string> run_extra_args;
  ThreadCount threads_required;
  std::uint32_t group = 0;  // of RunOptions::groups
  std::int32_t priority = 0;
  JunitTestSettings junit;
  const WrapperScript* run_wrapper = nullptr;  // the configuration's
  Vector<std::uint32_t> setup_scripts;         // those whose variables it gets, by number
  Vector<std::uint32_t> teardown_scripts;      // by number
};

// The settings of every test: many tests, few kinds.
struct SettingsOfTests {
  Vector<TestSettings> kinds = {TestSettings()};
  Vector<std::uint32_t> kind_of;  // by test; empty: all are of the first kind

  const TestSettings& of(std::uint32_t test) const { return kinds[kind_of.empty() ? 0 : kind_of[test]]; }
};

// The group of a test that is in none, as upstream names it.
inline constexpr char no_group[] = "@global";

// At most `max_threads` threads at a time are taken by tests of the group.
struct TestGroup {
  std::string name;
  std::uint32_t max_threads = UINT32_MAX;
};

struct MaxFail {
  std::uint32_t count = 1;  // 0: all tests run, whatever fails
  bool immediate = false;   // running tests are terminated too
};

// What is kept of one output; no record can keep more.
inline constexpr std::uint64_t most_output = 10000000;  // bytes a stream

// What of an output is shown on the screen and stored in JUnit reports.
inline constexpr std::uint64_t usually_shown = 262144;  // bytes a stream

// Of recorded runs.
struct RecordSettings {
  bool enabled = true;
  std::uint32_t max_records = 100;
  std::uint64_t max_total_size = 1000000000;  // bytes on disk
  Duration max_age = Duration::seconds(30 * 86400);
  std::uint64_t max_output_size = most_output;  // bytes an output
  bool keep_durations = true;                   // for runs to come
};

// How far a run is: see docs/reporting.md.
enum class ShowProgress : std::uint8_t { Auto, None, Bar, Counter, Only };

// What a person likes.
struct UiSettings {
  bool indent_output = true;
  ShowProgress show_progress = ShowProgress::Auto;
  std::uint32_t max_progress_running = 8;
  bool input_handler = true;
};

// From the least to the most that is shown.
enum class StatusLevel : std::uint8_t { None, Fail, Retry, Slow, Leak, Pass, Skip, All };
enum class FinalStatusLevel : std::uint8_t { None, Fail, Flaky, Slow, Skip, Leak, Pass, All };

struct RunSettings {
  ThreadCount test_threads{ThreadCount::Cpus, 0};
  ThreadCount list_threads{ThreadCount::TestThreads, 0};
  MaxFail max_fail;
  Duration global_timeout = thirty_years;
  Duration bench_global_timeout = thirty_years;
  std::uint64_t max_output_shown = usually_shown;  // bytes a stream
  StatusLevel status_level = StatusLevel::Pass;
  FinalStatusLevel final_status_level = FinalStatusLevel::Flaky;
  std::string default_filter = "all()";
  std::string junit_path;  // empty: no report
  std::string junit_report_name = "nextest-run";
};

}  // namespace nextest
