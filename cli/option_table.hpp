// The table of all options: name, variable, help and meaning of each stand in one row.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "cli/command_line.hpp"
#include "cli/option.hpp"
#include "core/base/switches.hpp"
#include "core/base/text.hpp"
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

inline constexpr Option option_table[] =
    {
        needs(Feature::Filtersets,
        {selection_options, ForTests, 'E', "filterset", "EXPR", nullptr,
         "Tests that the expression matches (nextest help filterset); several: those that any of them matches",
         [](CommandLine& line, std::string_view value) -> Status {
           Result<Filterset> filterset = Filterset::parse(value, FiltersetPlace::CommandLine);
           if (!filterset) return filterset.error();
           line.selection.filtersets.push_back(std::move(filterset.value()));
           return success();
         }}),
        forbids(Feature::Filtersets,
        {selection_options, ForTests, 0, "ignore-default-filter", nullptr, nullptr,
         "Tests that the profile's default-filter leaves out, too",
         [](CommandLine& line, std::string_view) {
           line.selection.ignore_default_filter = true;
           return success();
         }}),
        {selection_options, ForTests, 0, "run-ignored", "WHICH", nullptr,
         "Ignored tests: default (do not run them), only (run just them), all",
         [](CommandLine& line, std::string_view value) {
           return choose(value, {"default", "only", "all"}, line.selection.run_ignored);
         }},
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
        {selection_options, ForRun, 0, "no-tests", "ACTION", "NEXTEST_NO_TESTS",
         "When there is no test to run: auto (default: fail, in a rerun pass), fail (exit 4), warn, pass",
         [](CommandLine& line, std::string_view value) {
           return choose(value, {"auto", "fail", "warn", "pass"}, line.no_tests);
         }},
        needs(Feature::Records,
        {selection_options, ForRun | ForReplay, 'R', "rerun", "RUN", nullptr,
         "A recorded run: latest, the start of its id, or an exported file; run: take what did not pass in it",
         [](CommandLine& line, std::string_view value) -> Status {
           line.rerun = value;
           return value.empty() ? Status(bad_value(value, "latest, the start of a run id, a file")) : success();
         }}),

        needs(Feature::Json,
        {binary_options, ForAll, 0, "binaries-metadata", "FILE", nullptr,
         "Take the binaries that 'list --list-type binaries-only --message-format json' printed into FILE",
         [](CommandLine& line, std::string_view value) -> Status {
           line.binaries_metadata = value;
           return value.empty() ? Status(bad_value(value, "a file")) : success();
         }}),
        {binary_options, ForAll, 0, "harness", "NAME", nullptr,
         "What the binaries named here speak, such as googletest; default: what is found in them",
         [](CommandLine& line, std::string_view value) {
           line.harness = value;  // the configuration may define more than there are here: Discovery looks
           return value.empty() ? check_harness_name(value, nullptr) : success();
         }},
        {binary_options, ForAll, 0, "target-runner", "'CMD ARGS'", nullptr,
         "Start every binary through this command, such as an emulator",
         [](CommandLine& line, std::string_view value) -> Status {
           return choose_command(value, line.run.start.target_runner);
         }},
        {binary_options, ForAll, 0, "workdir", "DIR", nullptr,
         "Where tests run: current (default), binary (the folder of each binary), or a folder",
         [](CommandLine& line, std::string_view value) -> Status {
           line.run.start.in_binary_folder = value == "binary";
           line.run.start.folder = value == "binary" || value == "current" ? "" : value;
           struct stat info {};
           const std::string& folder = line.run.start.folder;
           if (value.empty()) return bad_value(value, "current, binary, a folder");
           if (!folder.empty() && (::stat(folder.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))) {
             return Error{ExitCode::SetupError, "there is no folder " + folder, ""};
           }
           return success();
         }},
        {binary_options, ForAll, 0, "list-timeout", "TIME", nullptr,
         "How long a binary may take to list its tests (default 60s)",
         [](CommandLine& line, std::string_view value) { return choose_duration(value, line.list_timeout); }},

        needs(Feature::Config,
        {config_options, Everywhere, 'P', "profile", "NAME", "NEXTEST_PROFILE",
         "The profile of the configuration to use",
         [](CommandLine& line, std::string_view value) {
           line.config.profile = value;
           return success();
         }},
        // Who runs us in a test of theirs may have set the variable.
        [](CommandLine&, std::string_view value) {
          return value == "default" ? success() : Status(left_out(Feature::Config));
        }),
        needs(Feature::Config,
        {config_options, Everywhere, 0, "config-file", "FILE", nullptr,
         "Read that instead of .config/nextest.toml of the workspace",
         [](CommandLine& line, std::string_view value) {
           line.config.config_file = value;
           return success();
         }}),
        needs(Feature::Config,
        {config_options, Everywhere, 0, "tool-config-file", "TOOL:FILE", nullptr,
         "Settings of a tool, below those of the workspace; several: the first has priority",
         [](CommandLine& line, std::string_view value) {
           line.config.tool_config_files.emplace_back(value);
           return success();
         }}),
        needs(Feature::Config,
        {config_options, Everywhere, 0, "user-config-file", "FILE", "NEXTEST_USER_CONFIG_FILE",
         "Read that instead of ~/.config/nextest/config.toml; none: read none",
         [](CommandLine& line, std::string_view value) {
           line.user_config_file = value;
           return success();
         }},
        [](CommandLine&, std::string_view value) {
          return value == "none" ? success() : Status(left_out(Feature::Config));
        }),
        needs(Feature::Config,
        {config_options, Everywhere, 0, "config", "KEY=VALUE", nullptr,
         "A setting of the profile, as TOML: --config 'retries = 2'; several: the last wins",
         [](CommandLine& line, std::string_view value) {
           line.config.values.emplace_back(value);
           return success();
         }}),
        forbids(Feature::Config,
        {config_options, Everywhere, 0, "override-version-check", nullptr, nullptr,
         "Go on where the configuration asks for a newer nextest",
         [](CommandLine& line, std::string_view) {
           line.config.ignore_version = true;
           return success();
         }}),

        {execution_options, ForSettings, 'j', "test-threads", "N", "NEXTEST_TEST_THREADS",
         "Tests at a time: a number, a negative number (processors to leave free), num-cpus (default)",
         [](CommandLine& line, std::string_view value) { return line.set("test-threads", value); }},
        {execution_options, ForSettings, 0, "retries", "N", "NEXTEST_RETRIES", "Run a failed test again, up to N times",
         [](CommandLine& line, std::string_view value) { return line.set("retries", value); }},
        {execution_options, ForSettings, 0, "flaky-result", "RESULT", "NEXTEST_FLAKY_RESULT",
         "How a test counts that passed only when run again: pass (default), fail",
         [](CommandLine& line, std::string_view value) { return line.set("flaky-result", value); }},
        {execution_options, ForSettings, 0, "fail-fast", nullptr, nullptr,
         "Start no more tests after a failure (the default)",
         [](CommandLine& line, std::string_view) { return line.set("fail-fast", "true"); }},
        {execution_options, ForSettings, 0, "no-fail-fast", nullptr, nullptr, "Run all tests, whatever fails",
         [](CommandLine& line, std::string_view) { return line.set("fail-fast", "false"); }},
        {execution_options, ForSettings, 0, "max-fail", "N[:MODE]", nullptr,
         "Start no more tests after N failures; N:immediate ends the running ones too; all: no limit",
         [](CommandLine& line, std::string_view value) { return line.set("fail-fast.max-fail", value); }},
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
           return choose_with<Feature::Records>(" longest ", value, {"longest", "listed", "random"}, line.order.kind);
         }},
        {execution_options, ForReplay, 0, "no-capture", nullptr, nullptr, "Show all outputs as they are, not indented",
         [](CommandLine& line, std::string_view) {
           line.run.info.capture = false;
           return success();
         }},
        {execution_options, ForRun, 0, "no-capture", nullptr, nullptr,
         "Tests write straight to the terminal, one at a time",
         [](CommandLine& line, std::string_view) {
           line.run.info.capture = false;
           return success();
         }},
        {execution_options, ForRun, 0, "debugger", "'CMD ARGS'", nullptr,
         "Run one test in a debugger: 'gdb --args'; no capture, no timeouts, no retries, no record",
         [](CommandLine& line, std::string_view value) { return intercept(line, value, true); }},
        {execution_options, ForRun, 0, "tracer", "'CMD ARGS'", nullptr,
         "The same without standard input, for a tracer: 'strace -f'",
         [](CommandLine& line, std::string_view value) { return intercept(line, value, false); }},
        {execution_options, ForRun, 0, "stress-count", "N", nullptr, "Run the tests N times over, or infinite",
         [](CommandLine& line, std::string_view value) {
           line.run.info.stress.kind = value == "infinite" ? StressCondition::Infinite : StressCondition::Count;
           return value == "infinite" ? success() : choose_number(value, line.run.info.stress.count, 1);
         }},
        {execution_options, ForRun, 0, "stress-duration", "TIME", nullptr, "Run the tests over and over for that long",
         [](CommandLine& line, std::string_view value) -> Status {
           line.run.info.stress.kind = StressCondition::Time;
           Status status = choose_duration(value, line.run.info.stress.duration);
           if (status && line.run.info.stress.duration.ns == 0) return bad_value(value, "a time above 0");
           return status;
         }},

        {time_options, ForSettings, 0, "slow-timeout", "TIME", nullptr,
         "Call a test slow after each such period (default 60s)",
         [](CommandLine& line, std::string_view value) { return line.set("slow-timeout.period", value); }},
        {time_options, ForSettings, 0, "terminate-after", "N", nullptr,
         "Terminate a test after N such periods (default: never)",
         [](CommandLine& line, std::string_view value) { return line.set("slow-timeout.terminate-after", value); }},
        {time_options, ForSettings, 0, "grace-period", "TIME", nullptr,
         "Kill a test that long after asking it to terminate (default 10s; 0s: at once)",
         [](CommandLine& line, std::string_view value) { return line.set("slow-timeout.grace-period", value); }},
        {time_options, ForSettings, 0, "leak-timeout", "TIME", nullptr,
         "A test leaks what it leaves running that long after its own end (default 200ms)",
         [](CommandLine& line, std::string_view value) { return line.set("leak-timeout.period", value); }},
        {time_options, ForSettings, 0, "global-timeout", "TIME", nullptr, "Terminate the whole run after that long",
         [](CommandLine& line, std::string_view value) { return line.set("global-timeout", value); }},

        {reporting_options, ForSettings | ForReplay, 0, "status-level", "LEVEL", "NEXTEST_STATUS_LEVEL",
         "Which statuses to show: none, fail, retry, slow, leak, pass (default), skip, all; each shows the ones before "
         "it",
         [](CommandLine& line, std::string_view value) { return line.set("status-level", value); }},
        {reporting_options, ForSettings | ForReplay, 0, "final-status-level", "LEVEL", "NEXTEST_FINAL_STATUS_LEVEL",
         "Which to show again at the end: none, fail, flaky (default), slow, skip, leak, pass, all",
         [](CommandLine& line, std::string_view value) { return line.set("final-status-level", value); }},
        {reporting_options, ForSettings | ForReplay, 0, "success-output", "WHEN", "NEXTEST_SUCCESS_OUTPUT",
         "When to show the output of tests that passed: never (default), immediate, final, immediate-final",
         [](CommandLine& line, std::string_view value) { return line.set("success-output", value); }},
        {reporting_options, ForSettings | ForReplay, 0, "failure-output", "WHEN", "NEXTEST_FAILURE_OUTPUT",
         "When to show the output of tests that failed: immediate (default), final, immediate-final, never",
         [](CommandLine& line, std::string_view value) { return line.set("failure-output", value); }},
        {reporting_options, ForRun | ForReplay, 0, "no-output-indent", nullptr, "NEXTEST_NO_OUTPUT_INDENT",
         "Show outputs as they are, not indented",
         [](CommandLine& line, std::string_view) {
           line.no_output_indent = true;
           return success();
         }},
        {reporting_options, ForRun | ForReplay, 0, "show-progress", "HOW", "NEXTEST_SHOW_PROGRESS",
         built_in(Feature::Terminal)
             ? "auto (default: bar on a terminal, else counter), bar (with the running tests), counter, only (bar, and "
               "only what fails), none"
             : "auto (default: counter), counter, none",
         [](CommandLine& line, std::string_view value) {
           line.show_progress = ShowProgress();
           return choose_with<Feature::Terminal>(" bar only ", value, {"auto", "none", "bar", "counter", "only"},
                                                 *line.show_progress);
         }},
        tunes(Feature::Terminal,
        {reporting_options, ForRun, 0, "max-progress-running", "N", "NEXTEST_MAX_PROGRESS_RUNNING",
         "Running tests to show below the bar (default 8), or infinite",
         [](CommandLine& line, std::string_view value) {
           line.max_progress_running = UINT32_MAX;
           return value == "infinite" ? success() : choose_number(value, *line.max_progress_running, 0);
         }}),
        forbids(Feature::Terminal,
        {reporting_options, ForRun, 0, "no-input-handler", nullptr, "NEXTEST_NO_INPUT_HANDLER",
         "Leave the terminal's modes and keys alone (t: what is running, Enter: progress)",
         [](CommandLine& line, std::string_view) {
           line.no_input_handler = true;
           return success();
         }}),
        {reporting_options, ForTests | ForReplay, 'v', "verbose", nullptr, "NEXTEST_VERBOSE",
         "Show the start of each test and its command; list what is not run, too",
         [](CommandLine& line, std::string_view) {
           line.verbose = true;
           return success();
         }},
        {reporting_options, ForRun, 0, "message-format", "FORMAT", "NEXTEST_MESSAGE_FORMAT",
         built_in(Feature::Json)
             ? "Beside the report on stderr, on stdout: nothing (human, the default), libtest-json, libtest-json-plus, "
               "jsonl (all events)"
             : "Beside the report on stderr, on stdout: nothing (human, the default)",
         [](CommandLine& line, std::string_view value) {
           return choose_with<Feature::Json>(" libtest-json libtest-json-plus jsonl ", value,
                                             {"human", "libtest-json", "libtest-json-plus", "jsonl"},
                                             line.message_format);
         }},
        needs(Feature::Junit,
        {reporting_options, ForRun, 0, "junit", "FILE", nullptr,
         built_in(Feature::Config) ? "Write a JUnit report (default: where junit.path of the profile says)"
                                   : "Write a JUnit report",
         [](CommandLine& line, std::string_view value) -> Status {
           line.junit_file = value;
           return value.empty() ? Status(bad_value(value, "a file")) : success();
         }}),
        {reporting_options, ForList, 'T', "message-format", "FORMAT", nullptr,
         built_in(Feature::Json) ? "auto (default: human on a terminal, else oneline), human, oneline ('BINARY-ID "
                                   "TEST-NAME' a line), json, json-pretty"
                                 : "auto (default: human on a terminal, else oneline), human, oneline ('BINARY-ID "
                                   "TEST-NAME' a line)",
         [](CommandLine& line, std::string_view value) {
           return choose_with<Feature::Json>(" json json-pretty ", value,
                                             {"auto", "human", "oneline", "json", "json-pretty"}, line.list_format);
         }},
        {reporting_options, ForList, 0, "list-type", "TYPE", nullptr,
         "full (default), or binaries-only: the test binaries, of which none is run",
         [](CommandLine& line, std::string_view value) {
           return choose(value, {"full", "binaries-only"}, line.list_type);
         }},
        {reporting_options, Everywhere, 0, "color", "WHEN", nullptr, "auto (default), always, never",
         [](CommandLine& line, std::string_view value) {
           return choose(value, {"auto", "always", "never"}, line.color);
         }},

        needs(Feature::Records,
        {record_options, ForRun, 0, "record", nullptr, "NEXTEST_RECORD", "Keep a record of the run (the default)",
         [](CommandLine& line, std::string_view) {
           line.record.enabled = line.record_is_said = true;
           return success();
         }}),
        forbids(Feature::Records,
        {record_options, ForRun, 0, "no-record", nullptr, nullptr, "Keep none",
         [](CommandLine& line, std::string_view) {
           line.record.enabled = false;
           line.record_is_said = true;
           return success();
         }}),
        tunes(Feature::Records,
        {record_options, ForTests | ForRecords, 0, "state-dir", "DIR", "NEXTEST_STATE_DIR",
         "Where records are kept (default: nextest in $XDG_STATE_HOME, or in ~/.local/state)",
         [](CommandLine& line, std::string_view value) -> Status {
           line.state_dir = value;
           return value.empty() ? Status(bad_value(value, "a folder")) : success();
         }}),
        needs(Feature::Records,
        {record_options, ForTests, 0, "durations", "RUN", nullptr,
         "Take the durations of that recorded run for --order and for --partition weight:M/N",
         [](CommandLine& line, std::string_view value) -> Status {
           line.durations = value;
           return value.empty() ? Status(bad_value(value, "latest, the start of a run id, a file")) : success();
         }}),
        needs(Feature::Records,
        {record_options, ForReplay, 0, "exit-code", nullptr, nullptr, "Exit as the recorded run did, not with 0",
         [](CommandLine& line, std::string_view) {
           line.exit_as_recorded = true;
           return success();
         }}),
        needs(Feature::Records,
        {record_options, ForReplay, 0, "no-pager", nullptr, nullptr, "Write straight to the terminal",
         [](CommandLine& line, std::string_view) {
           line.pager = false;
           return success();
         }}),
        needs(Feature::Records,
        {record_options, ForStore, 'n', "dry-run", nullptr, nullptr, "prune: show what would be deleted",
         [](CommandLine& line, std::string_view) {
           line.dry_run = true;
           return success();
         }}),
        needs(Feature::Records,
        {record_options, ForStore, 0, "format", "FORMAT", nullptr,
         built_in(Feature::Junit)
             ? "export: zip (default; for -R), chrome-trace (for Perfetto), jsonl (the events, outputs in them), junit"
             : "export: zip (default; for -R), chrome-trace (for Perfetto), jsonl (the events, outputs in them)",
         [](CommandLine& line, std::string_view value) {
           return choose_with<Feature::Junit>(" junit ", value, {"zip", "chrome-trace", "jsonl", "junit"},
                                              line.export_format);
         }}),
        needs(Feature::Records,
        {record_options, ForStore, 'o', "output", "FILE", nullptr,
         "export: where to; - is standard output (default: nextest-run-ID.zip for zip, else -)",
         [](CommandLine& line, std::string_view value) -> Status {
           line.export_file = value;
           return value.empty() ? Status(bad_value(value, "a file, -")) : success();
         }}),
};

}  // namespace nextest
