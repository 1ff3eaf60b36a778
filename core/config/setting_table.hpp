// The table of all settings: where one may stand, what its value may be, and which member it sets stand in one row.
#pragma once

#include <type_traits>

#include "core/base/switches.hpp"
#include "core/config/setting_values.hpp"
#include "core/config/value_reader.hpp"
#include "core/model/settings.hpp"

namespace nextest {

// All that is configured, for one test.
struct Settings {
  RunSettings run;
  TestSettings test;
  UiSettings ui;
  RecordSettings record;
};

enum SettingPlaces : std::uint8_t {
  InProfile = 1,
  InOverride = 2,
  InUserConfig = 4,  // [ui]
  InRecord = 8,      // [record], of the workspace or of the user
  OnCommandLine = 16,

  PerTest = InProfile | InOverride,
  // Of settings that options set as well: of the run, of each test, of the user.
  RunOption = InProfile | OnCommandLine,
  TestOption = PerTest | OnCommandLine,
  UserOption = InUserConfig | OnCommandLine
};

// By row.
enum class Setting : std::uint8_t {
  DefaultFilter,
  TestThreads,
  ListThreads,
  FailFast,
  MaxFail,
  GlobalTimeout,
  StatusLevel,
  FinalStatusLevel,
  MaxOutputShown,
  JunitPath,
  JunitReportName,
  BenchGlobalTimeout,
  Retries,
  FlakyResult,
  SlowTimeout,
  SlowTimeoutPeriod,
  TerminateAfter,
  GracePeriod,
  LeakTimeout,
  LeakTimeoutPeriod,
  SanitizerReports,
  SkipPattern,
  FailPattern,
  PassPattern,
  Expected,
  Tmpdir,
  CombineOutput,
  ThreadsRequired,
  TestGroup,
  Priority,
  SuccessOutput,
  FailureOutput,
  RunExtraArgs,
  JunitStoreSuccessOutput,
  JunitStoreFailureOutput,
  JunitReportSkipped,
  JunitFlakyFailStatus,
  BenchSlowTimeout,
  ArchiveInclude,
  OutputIndent,
  ShowProgress,
  MaxProgressRunning,
  InputHandler,
  RecordEnabled,
  RecordMaxRecords,
  RecordMaxTotalSize,
  RecordMaxOutputSize,
  RecordMaxAge,
  None,
};

struct SettingRow {
  Setting setting;
  Setting whole;  // itself; or that of which this is a part, which an option changes on its own
  std::uint8_t places;
  const char* key;       // parts joined with '.'
  const Choices* words;  // values that are words
  // These are null where this build has no place to set it in.
  void (*read)(ValueReader& in, const Written& value, Settings& settings) = nullptr;
  void (*copy)(const Settings& from, Settings& to) = nullptr;
  // As TOML; null of what is accepted, without effect.
  std::string (*show)(const Settings& settings, const Vector<TestGroup>& groups) = nullptr;

  bool is_part() const { return whole != setting; }
};

constexpr SettingRow with_functions(SettingRow row, decltype(SettingRow::read) read, decltype(SettingRow::copy) copy,
                                    decltype(SettingRow::show) show) {
  if (!built_in(Feature::Config) && (row.places & OnCommandLine) == 0) return row;
  row.read = read;
  row.copy = copy;
  row.show = show;
  return row;
}

// The part of `settings` that has the member, and in it the member to which `first` and those behind it lead.
template <class AnySettings, class Member, class Part>
auto& part_with(AnySettings& settings, Member Part::*) {
  if constexpr (std::is_same_v<Part, RunSettings>) return settings.run;
  else if constexpr (std::is_same_v<Part, TestSettings>) return settings.test;
  else if constexpr (std::is_same_v<Part, UiSettings>) return settings.ui;
  else return settings.record;
}
template <auto first, auto... rest, class AnySettings>
auto& member_of(AnySettings& settings) {
  return ((part_with(settings, first).*first).*....*rest);
}

// The row of a setting whose values have that form, and are kept in that member of a part of Settings.
template <class Value, auto... member>
constexpr SettingRow row(Setting setting, const char* key, std::uint8_t places) {
  return with_functions(
      {setting, setting, places, key, Value::words},
      [](ValueReader& in, const Written& value, Settings& settings) {
        Value::read(in, value, member_of<member...>(settings));
      },
      [](const Settings& from, Settings& to) { member_of<member...>(to) = member_of<member...>(from); },
      [](const Settings& settings, const Vector<TestGroup>&) { return Value::show(member_of<member...>(settings)); });
}

template <class Value, auto... member>
constexpr SettingRow part(Setting whole, Setting setting, const char* key) {
  SettingRow part = row<Value, member...>(setting, key, OnCommandLine);
  part.whole = whole;
  return part;
}

// --- rows that are more than a form and a member ---

// Its value is a name, and its meaning a number.
inline void read_test_group(ValueReader& in, const Written& value, Settings& settings) {
  const TestGroup* const group =
      in.find_named(value, *in.groups, &TestGroup::name, "test group", "test-groups", "max-threads");
  if (group != nullptr) settings.test.group = static_cast<std::uint32_t>(group - in.groups->data());
}

inline std::string show_test_group(const Settings& settings, const Vector<TestGroup>& groups) {
  return show_string(groups[settings.test.group].name);
}

// Of `cargo nextest archive`, which has no counterpart here.
inline void read_archive_include(ValueReader& in, const Written& value, Settings&) {
  const TomlValue* const list = value.in_file();
  if (list != nullptr && list->kind != TomlKind::Array) in.not_allowed(value, "an array of tables");
}

// --- the table ---

inline constexpr SettingRow setting_table[] = {
    row<DefaultFilterValue, &RunSettings::default_filter>(Setting::DefaultFilter, "default-filter", PerTest),
    row<TestThreadsValue, &RunSettings::test_threads>(Setting::TestThreads, "test-threads", RunOption),
    row<ThreadsRequiredValue, &RunSettings::list_threads>(Setting::ListThreads, "list-threads", RunOption),
    row<FailFastValue, &RunSettings::max_fail>(Setting::FailFast, "fail-fast", RunOption),
    part<MaxFailValue, &RunSettings::max_fail>(Setting::FailFast, Setting::MaxFail, "fail-fast.max-fail"),
    row<DurationValue, &RunSettings::global_timeout>(Setting::GlobalTimeout, "global-timeout", RunOption),
    row<ChoiceValue<status_levels>, &RunSettings::status_level>(Setting::StatusLevel, "status-level", RunOption),
    row<ChoiceValue<final_status_levels>, &RunSettings::final_status_level>(Setting::FinalStatusLevel,
                                                                            "final-status-level", RunOption),
    row<SizeValue, &RunSettings::max_output_shown>(Setting::MaxOutputShown, "max-output-shown",
                                                   built_in(Feature::Config) ? RunOption : InProfile),
    row<TextValue, &RunSettings::junit_path>(Setting::JunitPath, "junit.path", InProfile),
    row<TextValue, &RunSettings::junit_report_name>(Setting::JunitReportName, "junit.report-name", InProfile),
    row<DurationValue, &RunSettings::bench_global_timeout>(Setting::BenchGlobalTimeout, "bench.global-timeout",
                                                           InProfile),
    row<RetriesValue, &TestSettings::retries>(Setting::Retries, "retries", TestOption),
    row<ChoiceValue<pass_or_fail>, &TestSettings::flaky_fails>(Setting::FlakyResult, "flaky-result", TestOption),
    row<SlowTimeoutValue, &TestSettings::slow_timeout>(Setting::SlowTimeout, "slow-timeout", PerTest),
    part<PositiveDurationValue, &TestSettings::slow_timeout, &SlowTimeout::period>(
        Setting::SlowTimeout, Setting::SlowTimeoutPeriod, "slow-timeout.period"),
    part<CountValue<1>, &TestSettings::slow_timeout, &SlowTimeout::terminate_after>(
        Setting::SlowTimeout, Setting::TerminateAfter, "slow-timeout.terminate-after"),
    part<DurationValue, &TestSettings::slow_timeout, &SlowTimeout::grace_period>(
        Setting::SlowTimeout, Setting::GracePeriod, "slow-timeout.grace-period"),
    row<LeakTimeoutValue, &TestSettings::leak_timeout>(Setting::LeakTimeout, "leak-timeout", PerTest),
    part<DurationValue, &TestSettings::leak_timeout, &LeakTimeout::period>(
        Setting::LeakTimeout, Setting::LeakTimeoutPeriod, "leak-timeout.period"),
    row<ChoiceValue<fail_or_ignore>, &TestSettings::ignores_sanitizers>(Setting::SanitizerReports, "sanitizer-reports",
                                                                        PerTest),
    row<OutputPatternValue, &TestSettings::skip_pattern>(Setting::SkipPattern, "skip-pattern", PerTest),
    row<OutputPatternValue, &TestSettings::fail_pattern>(Setting::FailPattern, "fail-pattern", PerTest),
    row<OutputPatternValue, &TestSettings::pass_pattern>(Setting::PassPattern, "pass-pattern", PerTest),
    row<ChoiceValue<pass_or_fail>, &TestSettings::expected_to_fail>(Setting::Expected, "expected", PerTest),
    row<BooleanValue, &TestSettings::own_tmpdir>(Setting::Tmpdir, "tmpdir", PerTest),
    row<BooleanValue, &TestSettings::combine_output>(Setting::CombineOutput, "combine-output", PerTest),
    row<ThreadsRequiredValue, &TestSettings::threads_required>(Setting::ThreadsRequired, "threads-required", PerTest),
    with_functions(
        {Setting::TestGroup, Setting::TestGroup, PerTest, "test-group", &no_words}, read_test_group,
        [](const Settings& from, Settings& to) { to.test.group = from.test.group; }, show_test_group),
    row<PriorityValue, &TestSettings::priority>(Setting::Priority, "priority", InOverride),
    row<ChoiceValue<output_displays>, &TestSettings::success_output>(Setting::SuccessOutput, "success-output",
                                                                     TestOption),
    row<ChoiceValue<output_displays>, &TestSettings::failure_output>(Setting::FailureOutput, "failure-output",
                                                                     TestOption),
    row<ArgumentsValue, &TestSettings::run_extra_args>(Setting::RunExtraArgs, "run-extra-args", PerTest),
    row<BooleanValue, &TestSettings::junit, &JunitTestSettings::store_success_output>(
        Setting::JunitStoreSuccessOutput, "junit.store-success-output", PerTest),
    row<BooleanValue, &TestSettings::junit, &JunitTestSettings::store_failure_output>(
        Setting::JunitStoreFailureOutput, "junit.store-failure-output", PerTest),
    row<ChoiceValue<skipped_reports>, &TestSettings::junit, &JunitTestSettings::report_skipped>(
        Setting::JunitReportSkipped, "junit.report-skipped", PerTest),
    row<ChoiceValue<failure_or_success>, &TestSettings::junit, &JunitTestSettings::flaky_fails_succeed>(
        Setting::JunitFlakyFailStatus, "junit.flaky-fail-status", PerTest),
    row<SlowTimeoutValue, &TestSettings::bench_slow_timeout>(Setting::BenchSlowTimeout, "bench.slow-timeout", PerTest),
    with_functions(
        {Setting::ArchiveInclude, Setting::ArchiveInclude, InProfile, "archive.include", &no_words},
        read_archive_include, [](const Settings&, Settings&) {}, nullptr),
    row<BooleanValue, &UiSettings::indent_output>(Setting::OutputIndent, "ui.output-indent", UserOption),
    row<ChoiceValue<progress_displays>, &UiSettings::show_progress>(Setting::ShowProgress, "ui.show-progress",
                                                                    UserOption),
    row<MaxRunningValue, &UiSettings::max_progress_running>(Setting::MaxProgressRunning, "ui.max-progress-running",
                                                            UserOption),
    row<BooleanValue, &UiSettings::input_handler>(Setting::InputHandler, "ui.input-handler", UserOption),
    row<BooleanValue, &RecordSettings::enabled>(Setting::RecordEnabled, "record.enabled", InRecord | OnCommandLine),
    row<CountValue<0>, &RecordSettings::max_records>(Setting::RecordMaxRecords, "record.max-records", InRecord),
    row<SizeValue, &RecordSettings::max_total_size>(Setting::RecordMaxTotalSize, "record.max-total-size", InRecord),
    row<SizeValue, &RecordSettings::max_output_size>(Setting::RecordMaxOutputSize, "record.max-output-size", InRecord),
    row<DurationValue, &RecordSettings::max_age>(Setting::RecordMaxAge, "record.max-age", InRecord),
};

constexpr const SettingRow& row_of(Setting setting) { return setting_table[static_cast<std::size_t>(setting)]; }

constexpr bool settings_are_in_order() {
  std::size_t i = 0;
  for (const SettingRow& row : setting_table) {
    if (static_cast<std::size_t>(row.setting) != i++) return false;
  }
  return i == static_cast<std::size_t>(Setting::None);
}
static_assert(settings_are_in_order(), "a row for each Setting, in the order of that list");

inline const SettingRow* find_setting(std::string_view key) {
  for (const SettingRow& row : setting_table) {
    if (key == row.key) return &row;
  }
  return nullptr;
}

}  // namespace nextest
