// The table of all options: name, variable, help and meaning of each stand in one row.
#pragma once

#include <sys/stat.h>

#include "cli/command_line.hpp"
#include "cli/option.hpp"
#include "core/base/switches.hpp"
#include "core/harness/table.hpp"
#include "core/select/filterset.hpp"
#include "core/select/partition.hpp"

namespace nextest {

inline constexpr char selection_options[] = "Choosing tests";
inline constexpr char binary_options[] = "Test binaries";
inline constexpr char config_options[] = "Configuration";
inline constexpr char execution_options[] = "Running";
inline constexpr char time_options[] = "Time limits";
inline constexpr char reporting_options[] = "Reporting";
inline constexpr char record_options[] = "Recording";

// --- words that values may be, where no setting has them ---

inline constexpr Choices which_ignored = with_alias("ignored-only", 1, {{"default", "only", "all"}});
inline constexpr Choices no_tests_actions = with_alias("error", 1, {{"auto", "fail", "warn", "pass"}});
inline constexpr Choices folder_words = {{"current", "binary"}};
inline constexpr Choices order_kinds = needs(Feature::Records, " longest ", {{"longest", "listed", "random"}});
inline constexpr Choices message_formats = needs(Feature::Json, " libtest-json libtest-json-plus jsonl ",
                                                 {{"human", "libtest-json", "libtest-json-plus", "jsonl"}});
inline constexpr Choices list_formats =
    needs(Feature::Json, " json json-pretty ", {{"auto", "human", "oneline", "json", "json-pretty"}});
inline constexpr Choices list_types = {{"full", "binaries-only"}};
inline constexpr Choices color_choices = {{"auto", "always", "never"}};
inline constexpr Choices export_formats = needs(Feature::Junit, " junit ", {{"zip", "chrome-trace", "jsonl", "junit"}});

constexpr Choices names_of_harnesses() {
  Choices names;
  std::size_t count = 0;
  for (const Harness* const row : harnesses) {
    const bool is_again = count > 0 && std::string_view(names.words[count - 1]) == row->name;  // catch2 has two rows
    if (is_harness_kept(row->name) && !is_again) names.words[count++] = row->name;
  }
  return names;
}
inline constexpr Choices harness_names = names_of_harnesses();

// --- the table ---

inline constexpr Option option_table[] = {
    needs(Feature::Filtersets,
          {selection_options, ForTests, 'E', "filterset", "EXPR", nullptr,
           "Tests that the expression matches (nextest help filterset); several: those that any of them matches",
           [](CommandLine& line, std::string_view value) -> Status {
             Result<Filterset> filterset = Filterset::parse(value, FiltersetPlace::CommandLine);
             if (!filterset) return filterset.error();
             line.selection.filtersets.push_back(std::move(filterset.value()));
             return success();
           }}),
    forbids(Feature::Filtersets, turns<true, &CommandLine::selection, &Selection::ignore_default_filter>(
                                     {selection_options, ForTests, 0, "ignore-default-filter", nullptr, nullptr,
                                      "Tests that the profile's default-filter leaves out, too"})),
    sets<ChoiceValue<which_ignored>, &CommandLine::selection, &Selection::run_ignored>(
        {selection_options, ForTests, 0, "run-ignored", "WHICH", nullptr,
         "Ignored tests: default (do not run them), only (run just them), all"}),
    {selection_options, ForTests, 0, "partition", "KIND:M/N", nullptr,
     built_in(Feature::Records)
         ? "Shard M of N: count (round-robin in each binary), slice (over all tests), hash (by test name), weight "
           "(by known durations)"
         : "Shard M of N: count (round-robin in each binary), slice (over all tests), hash (by test name)",
     [](CommandLine& line, std::string_view value) -> Status {
       Result<Partition> partition = parse_partition(value);
       if (!partition) return partition.error();
       line.selection.partition = partition.value();
       if (!built_in(Feature::Records) && partition.value().kind == Partition::Weight) {
         return left_out(Feature::Records);
       }
       return success();
     }},
    sets<ChoiceValue<no_tests_actions>, &CommandLine::no_tests>(
        {selection_options, ForRun, 0, "no-tests", "ACTION", "NEXTEST_NO_TESTS",
         "When there is no test to run: auto (default: fail, in a rerun pass), fail (exit 4), warn, pass"}),
    needs(Feature::Records,
          sets<RecordedRunValue, &CommandLine::rerun>(
              {selection_options, ForRun | ForRecords, 'R', "rerun", "RUN", nullptr,
               "A recorded run: latest, the start of its id, or an exported file; run: take what did not pass in it"})),

    needs(Feature::Json,
          sets<FileValue, &CommandLine::binaries, &BinariesRequest::metadata>(
              {binary_options, ForAll, 0, "binaries-metadata", "FILE", nullptr,
               "Take the binaries that 'list --list-type binaries-only --message-format json' printed into FILE"})),
    {binary_options, ForAll, 0, "harness", "NAME", nullptr,
     "What the binaries named here speak, such as googletest; default: what is found in them",
     [](CommandLine& line, std::string_view value) {
       line.binaries.harness = value;  // the configuration may define more than there are here: Discovery looks
       return value.empty() ? check_harness_name(value, nullptr) : success();
     },
     &harness_names},
    {binary_options, ForAll, 0, "target-runner", "'CMD ARGS'", nullptr,
     "Start every binary through this command, such as an emulator",
     [](CommandLine& line, std::string_view value) -> Status {
       return choose_command(value, line.start.target_runner);
     }},
    {binary_options, ForAll, 0, "workdir", "DIR", nullptr,
     "Where tests run: current (default), binary (the folder of each binary), or a folder",
     [](CommandLine& line, std::string_view value) -> Status {
       line.start.in_binary_folder = value == "binary";
       line.start.folder = value == "binary" || value == "current" ? "" : value;
       struct stat info {};
       const std::string& folder = line.start.folder;
       if (value.empty()) return bad_value(value, "current, binary, a folder");
       if (!folder.empty() && (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))) {
         return Error{ExitCode::SetupError, "there is no folder " + folder, ""};
       }
       return success();
     },
     &folder_words},
    sets<DurationValue, &CommandLine::list_timeout>({binary_options, ForAll, 0, "list-timeout", "TIME", nullptr,
                                                     "How long a binary may take to list its tests (default 60s)"}),
    sets(Setting::ListThreads,
         {binary_options, ForAll, 0, "list-threads", "N", nullptr, "List commands at a time: a number, {words}"}),

    needs(Feature::Config,
          sets<TextValue, &CommandLine::config, &ConfigArguments::profile>({config_options, Everywhere, 'P', "profile",
                                                                            "NAME", "NEXTEST_PROFILE",
                                                                            "The profile of the configuration to use"}),
          // Who runs us in a test of theirs may have set the variable.
          [](CommandLine&, std::string_view value) {
            return value == "default" ? success() : Status(left_out(Feature::Config));
          }),
    needs(Feature::Config, sets<TextValue, &CommandLine::config, &ConfigArguments::config_file>(
                               {config_options, Everywhere, 0, "config-file", "FILE", nullptr,
                                "Read that instead of .config/nextest.toml of the workspace"})),
    needs(Feature::Config, sets<OneMoreText, &CommandLine::config, &ConfigArguments::tool_config_files>(
                               {config_options, Everywhere, 0, "tool-config-file", "TOOL:FILE", nullptr,
                                "Settings of a tool, below those of the workspace; several: the first has priority"})),
    needs(Feature::Config,
          sets<TextValue, &CommandLine::config, &ConfigArguments::user_config_file>(
              {config_options, Everywhere, 0, "user-config-file", "FILE", "NEXTEST_USER_CONFIG_FILE",
               "Read that instead of ~/.config/nextest/config.toml; none: read none"}),
          [](CommandLine&, std::string_view value) {
            return value == "none" ? success() : Status(left_out(Feature::Config));
          }),
    needs(Feature::Config, sets<OneMoreText, &CommandLine::config, &ConfigArguments::values>(
                               {config_options, Everywhere, 0, "config", "KEY=VALUE", nullptr,
                                "A setting of the profile, as TOML: --config 'retries = 2'; several: the last wins"})),
    forbids(Feature::Config, turns<true, &CommandLine::config, &ConfigArguments::ignore_version>(
                                 {config_options, Everywhere, 0, "override-version-check", nullptr, nullptr,
                                  "Go on where the configuration asks for a newer nextest"})),

    sets(Setting::TestThreads, {execution_options, ForSettings, 'j', "test-threads", "N", "NEXTEST_TEST_THREADS",
                                "Tests at a time: a number, a negative number (processors to leave free), {words}"}),
    sets(Setting::Retries, {execution_options, ForSettings, 0, "retries", "N", "NEXTEST_RETRIES",
                            "Run a failed test again, up to N times"}),
    sets(Setting::FlakyResult, {execution_options, ForSettings, 0, "flaky-result", "RESULT", "NEXTEST_FLAKY_RESULT",
                                "How a test counts that passed only when run again: {words}"}),
    sets(Setting::FailFast, "true",
         {execution_options, ForSettings, 0, "fail-fast", nullptr, nullptr,
          "Start no more tests after a failure (the default)"}),
    sets(Setting::FailFast, "false",
         {execution_options, ForSettings, 0, "no-fail-fast", nullptr, nullptr, "Run all tests, whatever fails"}),
    sets(Setting::MaxFail,
         {execution_options, ForSettings, 0, "max-fail", "N[:MODE]", nullptr,
          "Start no more tests after N failures; N:immediate ends the running ones too; all: no limit"}),
    {execution_options, ForRun, 0, "order", "ORDER", nullptr,
     built_in(Feature::Records)
         ? "After priority: longest (longest known time first, the default), listed, random, random:SEED"
         : "After priority: listed (the default), random, random:SEED",
     [](CommandLine& line, std::string_view value) -> Status {
       if (const std::size_t colon = value.find(':'); colon != std::string_view::npos) {
         line.order.has_seed = parse_number(value.substr(colon + 1), line.order.seed);
         if (!line.order.has_seed || value.substr(0, colon) != "random") {
           return bad_value(value, "longest, listed, random, random:SEED (a number)");
         }
         value = value.substr(0, colon);
       }
       ValueReader in;
       in.choose(Written(value), order_kinds, line.order.kind);
       return in.status();
     },
     &order_kinds},
    turns<false, &CommandLine::request, &RunRequest::capture>({execution_options, ForReplay, 0, "no-capture", nullptr,
                                                               nullptr, "Show all outputs as they are, not indented"}),
    turns<false, &CommandLine::request, &RunRequest::capture>({execution_options, ForRun, 0, "no-capture", nullptr,
                                                               nullptr,
                                                               "Tests write straight to the terminal, one at a time"}),
    needs(Feature::Terminal,
          {execution_options, ForRun, 0, "debugger", "'CMD ARGS'", nullptr,
           "Run one test in a debugger: 'gdb --args'; no capture, no timeouts, no retries, no record",
           [](CommandLine& line, std::string_view value) { return intercept(line, value, true); }}),
    needs(Feature::Terminal, {execution_options, ForRun, 0, "tracer", "'CMD ARGS'", nullptr,
                              "The same without standard input, for a tracer: 'strace -f'",
                              [](CommandLine& line, std::string_view value) { return intercept(line, value, false); }}),
    {execution_options, ForRun, 0, "stress-count", "N", nullptr, "Run the tests N times over, or infinite",
     [](CommandLine& line, std::string_view value) {
       line.request.stress.kind = value == "infinite" ? StressCondition::Infinite : StressCondition::Count;
       ValueReader in;
       if (value != "infinite") in.count(Written(value), 1, line.request.stress.count);
       return in.status();
     }},
    {execution_options, ForRun, 0, "stress-duration", "TIME", nullptr, "Run the tests over and over for that long",
     [](CommandLine& line, std::string_view value) {
       line.request.stress.kind = StressCondition::Time;
       ValueReader in;
       in.duration(Written(value), line.request.stress.duration, false);
       return in.status();
     }},

    sets(Setting::SlowTimeoutPeriod, {time_options, ForSettings, 0, "slow-timeout", "TIME", nullptr,
                                      "Call a test slow after each such period (default {default})"}),
    sets(Setting::TerminateAfter, {time_options, ForSettings, 0, "terminate-after", "N", nullptr,
                                   "Terminate a test after N such periods (default: never)"}),
    sets(Setting::GracePeriod, {time_options, ForSettings, 0, "grace-period", "TIME", nullptr,
                                "Kill a test that long after asking it to terminate (default {default}; 0s: at once)"}),
    sets(Setting::LeakTimeoutPeriod,
         {time_options, ForSettings, 0, "leak-timeout", "TIME", nullptr,
          "A test leaks what it leaves running that long after its own end (default {default})"}),
    sets(Setting::GlobalTimeout,
         {time_options, ForSettings, 0, "global-timeout", "TIME", nullptr, "Terminate the whole run after that long"}),

    sets(Setting::StatusLevel,
         {reporting_options, ForSettings | ForReplay, 0, "status-level", "LEVEL", "NEXTEST_STATUS_LEVEL",
          "Which statuses to show: {words}; each shows the ones before it"}),
    sets(Setting::FinalStatusLevel, {reporting_options, ForSettings | ForReplay, 0, "final-status-level", "LEVEL",
                                     "NEXTEST_FINAL_STATUS_LEVEL", "Which to show again at the end: {words}"}),
    sets(Setting::SuccessOutput, {reporting_options, ForSettings | ForReplay, 0, "success-output", "WHEN",
                                  "NEXTEST_SUCCESS_OUTPUT", "When to show the output of tests that passed: {words}"}),
    sets(Setting::FailureOutput, {reporting_options, ForSettings | ForReplay, 0, "failure-output", "WHEN",
                                  "NEXTEST_FAILURE_OUTPUT", "When to show the output of tests that failed: {words}"}),
    needs(Feature::Config, sets(Setting::MaxOutputShown,
                                {reporting_options, ForSettings | ForReplay, 0, "max-output-shown", "SIZE", nullptr,
                                 "Of a longer output show the beginning and the end (default {default} bytes)"})),
    sets(Setting::OutputIndent, "false",
         {reporting_options, ForRun | ForReplay, 0, "no-output-indent", nullptr, "NEXTEST_NO_OUTPUT_INDENT",
          "Show outputs as they are, not indented"}),
    // Above --show-progress, whose variable wins over this one.
    sets(Setting::ShowProgress, "none",
         {reporting_options, ForRun, 0, "hide-progress-bar", nullptr, "NEXTEST_HIDE_PROGRESS_BAR",
          "As --show-progress none"}),
    sets(
        Setting::ShowProgress,
        {reporting_options, ForRun | ForReplay, 0, "show-progress", "HOW", "NEXTEST_SHOW_PROGRESS",
         built_in(Feature::Terminal)
             ? "auto (default: bar on a terminal, else counter), bar (with the running tests), counter, only (bar, and "
               "only what fails), none"
             : "auto (default: counter), counter, none"}),
    tunes(Feature::Terminal,
          sets(Setting::MaxProgressRunning,
               {reporting_options, ForRun, 0, "max-progress-running", "N", "NEXTEST_MAX_PROGRESS_RUNNING",
                "Running tests to show below the bar (default {default}), or infinite"})),
    forbids(Feature::Terminal,
            sets(Setting::InputHandler, "false",
                 {reporting_options, ForRun, 0, "no-input-handler", nullptr, "NEXTEST_NO_INPUT_HANDLER",
                  "Leave the terminal's modes and keys alone (t: what is running, Enter: progress)"})),
    turns<true, &CommandLine::verbose>({reporting_options, ForTests | ForReplay, 'v', "verbose", nullptr,
                                        "NEXTEST_VERBOSE",
                                        "Show the start of each test and its command; list what is not run, too"}),
    sets<ChoiceValue<message_formats>, &CommandLine::message_format>(
        {reporting_options, ForRun, 0, "message-format", "FORMAT", "NEXTEST_MESSAGE_FORMAT",
         built_in(Feature::Json)
             ? "Beside the report on stderr, on stdout: nothing (human, the default), libtest-json, libtest-json-plus, "
               "jsonl (all events)"
             : "Beside the report on stderr, on stdout: nothing (human, the default)"}),
    needs(Feature::Json, {reporting_options, ForRun, 0, "message-format-version", "VERSION",
                          "NEXTEST_MESSAGE_FORMAT_VERSION", "Which version of libtest-json: 0.1, the only one so far",
                          [](CommandLine&, std::string_view value) {
                            return value == "0.1"
                                       ? success()
                                       : Error{ExitCode::SetupError, "there is no such version", "0.1 is the only one"};
                          }}),
    needs(Feature::Junit,
          sets<FileValue, &CommandLine::junit_file>(
              {reporting_options, ForRun, 0, "junit", "FILE", nullptr,
               built_in(Feature::Config) ? "Write a JUnit report (default: where junit.path of the profile says)"
                                         : "Write a JUnit report"})),
    sets<ChoiceValue<list_formats>, &CommandLine::list_format>(
        {reporting_options, ForList, 'T', "message-format", "FORMAT", nullptr,
         built_in(Feature::Json) ? "auto (default: human on a terminal, else oneline), human, oneline ('BINARY-ID "
                                   "TEST-NAME' a line), json, json-pretty"
                                 : "auto (default: human on a terminal, else oneline), human, oneline ('BINARY-ID "
                                   "TEST-NAME' a line)"}),
    sets<ChoiceValue<list_types>, &CommandLine::list_type>(
        {reporting_options, ForList, 0, "list-type", "TYPE", nullptr,
         "full (default), or binaries-only: the test binaries, of which none is run"}),
    sets<ChoiceValue<color_choices>, &CommandLine::color>(
        {reporting_options, Everywhere, 0, "color", "WHEN", "CARGO_TERM_COLOR", "auto (default), always, never"}),

    needs(Feature::Records, sets(Setting::RecordEnabled, "true",
                                 {record_options, ForRun, 0, "record", nullptr, "NEXTEST_RECORD",
                                  "Keep a record of the run (the default)"})),
    forbids(Feature::Records, sets(Setting::RecordEnabled, "false",
                                   {record_options, ForRun, 0, "no-record", nullptr, nullptr, "Keep none"})),
    tunes(Feature::Records,
          sets<FolderValue, &CommandLine::state_dir>(
              {record_options, ForTests | ForRecords, 0, "state-dir", "DIR", "NEXTEST_STATE_DIR",
               "Where records are kept (default: nextest in $XDG_STATE_HOME, or in ~/.local/state)"})),
    needs(Feature::Records,
          sets<RecordedRunValue, &CommandLine::durations>(
              {record_options, ForTests, 0, "durations", "RUN", nullptr,
               "Take the durations of that recorded run for --order and for --partition weight:M/N"})),
    needs(Feature::Records,
          turns<true, &CommandLine::exit_as_recorded>({record_options, ForReplay, 0, "exit-code", nullptr, nullptr,
                                                       "Exit as the recorded run did, not with 0"})),
    needs(Feature::Records, turns<false, &CommandLine::pager>({record_options, ForReplay, 0, "no-pager", nullptr,
                                                               nullptr, "Write straight to the terminal"})),
    needs(Feature::Records, turns<true, &CommandLine::dry_run>({record_options, ForStore, 'n', "dry-run", nullptr,
                                                                nullptr, "prune: show what would be deleted"})),
    needs(
        Feature::Records,
        sets<ChoiceValue<export_formats>, &CommandLine::export_format>(
            {record_options, ForStore, 0, "format", "FORMAT", nullptr,
             built_in(Feature::Junit)
                 ? "export: zip (default; for -R), chrome-trace (for Perfetto), jsonl (the events, outputs in them), "
                   "junit"
                 : "export: zip (default; for -R), chrome-trace (for Perfetto), jsonl (the events, outputs in them)"})),
    needs(Feature::Records,
          sets<OutputFileValue, &CommandLine::export_file>(
              {record_options, ForStore, 'o', "output", "FILE", nullptr,
               "export: where to; - is standard output (default: nextest-run-ID.zip for zip, else -)"})),
};

// Other spellings that cargo-nextest takes, too.
struct OptionAlias {
  const char* alias;
  const char* name;
};
inline constexpr OptionAlias option_aliases[] = {
    {"jobs", "test-threads"},    {"ff", "fail-fast"},          {"nff", "no-fail-fast"},
    {"nocapture", "no-capture"}, {"filter-expr", "filterset"}, {"run-id", "rerun"},
};

// Two of these on one command line contradict each other.
struct OptionConflict {
  const char* one;
  const char* other;
};
inline constexpr OptionConflict option_conflicts[] = {
    {"max-fail", "fail-fast"},
    {"max-fail", "no-fail-fast"},
    {"stress-count", "stress-duration"},
    {"debugger", "tracer"},
};

constexpr bool is_option_name(std::string_view name) {
  for (const Option& option : option_table) {
    if (name == option.name) return true;
  }
  return false;
}
constexpr bool options_of_tables_exist() {
  for (const OptionAlias& alias : option_aliases) {
    if (!is_option_name(alias.name) || is_option_name(alias.alias)) return false;
  }
  for (const OptionConflict& conflict : option_conflicts) {
    if (!is_option_name(conflict.one) || !is_option_name(conflict.other)) return false;
  }
  return true;
}
static_assert(options_of_tables_exist(), "an alias or a conflict names no option");

constexpr bool settings_have_words() {
  for (const Option& option : option_table) {
    if (option.is_setting() && (row_of(option.setting).places & OnCommandLine) == 0) return false;
  }
  return true;
}
static_assert(settings_have_words(), "an option sets a setting whose row is not OnCommandLine");

}  // namespace nextest
