#include "cli/parse.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tests/unit/support.hpp"

namespace {

using nextest::CommandLine;
using nextest::Error;
using nextest::ForList;
using nextest::ForRun;
using nextest::KeptText;
using nextest::NamePattern;
using nextest::OptionCommands;
using nextest::OutputDisplay;
using nextest::Parser;
using nextest::Result;
using nextest::RunIgnored;

using Words = nextest::Vector<std::string_view>;
using Variables = nextest::Vector<std::pair<const char*, const char*>>;

struct Parsed {
  Result<CommandLine> line;
  bool wants_help;
};

// With those variables set, and no other that an option listens to.
Parsed parse(const Words& words, OptionCommands command = ForRun, const Variables& variables = {}) {
  nextest::Vector<std::unique_ptr<support::Variable>> environment;
  for (const nextest::Option& option : nextest::option_table) {
    if (option.variable != nullptr)
      environment.push_back(std::make_unique<support::Variable>(option.variable, nullptr));
  }
  for (const auto& variable : variables) {
    environment.push_back(std::make_unique<support::Variable>(variable.first, variable.second));
  }
  bool wants_help = true;
  Result<CommandLine> line = Parser::parse(command, command == ForRun ? "run" : "list", words, wants_help);
  while (!environment.empty()) environment.pop_back();
  return {std::move(line), wants_help};
}

CommandLine line_of(const Words& words, OptionCommands command = ForRun, const Variables& variables = {}) {
  Parsed parsed = parse(words, command, variables);
  const std::string message = parsed.line ? "" : parsed.line.error().message;
  CAPTURE(message);
  REQUIRE(bool(parsed.line));
  CHECK_FALSE(parsed.wants_help);
  return std::move(parsed.line.value());
}

// The settings that the line asks for, on top of the defaults.
nextest::Settings said(const CommandLine& line) {
  nextest::Settings settings;
  line.config.options.apply(settings);
  return settings;
}

Error error_of(const Words& words, OptionCommands command = ForRun, const Variables& variables = {}) {
  Parsed parsed = parse(words, command, variables);
  REQUIRE_FALSE(bool(parsed.line));
  CHECK(parsed.line.error().code == nextest::ExitCode::SetupError);
  return parsed.line.error();
}

std::string show(const nextest::Vector<NamePattern>& patterns) {
  std::string text;
  for (const NamePattern& pattern : patterns)
    text += (text.empty() ? "" : " ") + pattern.text + (pattern.exact ? "!" : "");
  return text;
}

using Strings = nextest::Vector<std::string>;

// ---- words ----

TEST_CASE("parse: a word with a / is a path, any other a name") {
  const CommandLine line = line_of({"./a.out", "parse", "build/", "/x", "a.out", "-", ""});
  CHECK(line.binaries.paths == nextest::Vector<KeptText>{"./a.out", "build/", "/x"});
  CHECK(show(line.selection.names) == "parse a.out - ");
}

TEST_CASE("parse: nothing at all gives the defaults") {
  for (const OptionCommands command : {ForRun, ForList}) {
    const CommandLine line = line_of({}, command);
    CHECK(line.binaries.paths.empty());
    CHECK(line.selection.names.empty());
    CHECK(line.config.options.empty());
    CHECK(line.request.capture);
    CHECK(said(line).run.max_fail.count == 1);
    CHECK(said(line).test.retries.count == 0);
    CHECK(said(line).test.slow_timeout.period == nextest::Duration::seconds(60));
    CHECK(said(line).test.slow_timeout.terminate_after == 0);
    CHECK(said(line).test.slow_timeout.grace_period == nextest::Duration::seconds(10));
    CHECK(said(line).test.leak_timeout.period == nextest::Duration::milliseconds(200));
    CHECK(said(line).test.success_output == OutputDisplay::Never);
    CHECK(said(line).test.failure_output == OutputDisplay::Immediate);
    CHECK(said(line).ui.indent_output);
  }
}

// ---- spellings ----

TEST_CASE("parse: a value after a blank, an = or its letter") {
  for (const Words& words : {Words{"--test-threads", "7"}, Words{"--test-threads=7"}, Words{"-j", "7"}, Words{"-j7"},
                             Words{"-vj7"}, Words{"-vj", "7"}, Words{"a", "-j7", "b"}}) {
    CHECK(said(line_of(words)).run.test_threads.number == 7);
  }
  CHECK(line_of({"-vj7"}).verbose);
}

TEST_CASE("parse: a value may look like an option, or be empty, or hold an =") {
  CHECK(said(line_of({"-j", "-1"})).run.test_threads.number == -1);
  CHECK(said(line_of({"-j-1"})).run.test_threads.number == -1);
  CHECK(line_of({"--target-runner", "--x"}).start.target_runner == Strings{"--x"});
  CHECK(line_of({"--target-runner=env A=B"}).start.target_runner == Strings{"env", "A=B"});
  CHECK(nextest::contains(error_of({"--target-runner="}).message, "''"));
}

TEST_CASE("parse: letters are bundled") {
  CHECK(line_of({"-vv"}).verbose);
  const CommandLine list = line_of({"-vToneline"}, ForList);
  CHECK(list.verbose);
  CHECK(list.list_format == nextest::ListFormat::Oneline);
  CHECK(nextest::contains(error_of({"-vx"}).message, "unknown option -x"));
  CHECK(nextest::contains(error_of({"-jv"}).message, "-j: 'v'"));
}

TEST_CASE("parse: of an option given twice the last counts") {
  CHECK(said(line_of({"-j2", "-j3"})).run.test_threads.number == 3);
  CHECK(said(line_of({"--no-fail-fast", "--fail-fast"})).run.max_fail.count == 1);
  CHECK(said(line_of({"--fail-fast", "--no-fail-fast"})).run.max_fail.count == 0);
}

TEST_CASE("parse: options that contradict each other are an error, whatever comes first") {
  const struct {
    Words words;
    const char* error;
  } rows[] = {
      {{"--no-fail-fast", "--max-fail=2"}, "--no-fail-fast and --max-fail exclude each other"},
      {{"--max-fail=2", "--ff"}, "--max-fail and --fail-fast exclude each other"},
      {{"--stress-count=2", "--stress-duration=1s"}, "--stress-count and --stress-duration exclude each other"},
      {{"--tracer=a", "--debugger=b"}, "--tracer and --debugger exclude each other"},
      {{"--run-ignored=all", "--", "--ignored"}, "--run-ignored and --ignored after -- exclude each other"},
      {{"--", "--ignored", "--include-ignored"}, "--ignored and --include-ignored after -- exclude each other"},
      {{"--no-capture", "--", "--nocapture"}, "--no-capture and --nocapture after -- exclude each other"},
      {{"--", "--nocapture", "--no-capture"}, "--nocapture and --no-capture after -- exclude each other"},
      {{"--", "--exact", "--exact", "a"}, "--exact and --exact once more exclude each other"},
  };
  for (const auto& row : rows) CHECK(error_of(row.words).message == row.error);
  CHECK(line_of({"--", "--include-ignored"}).selection.run_ignored == nextest::RunIgnored::All);
}

TEST_CASE("parse: other spellings mean the same, and errors name what was typed") {
  CHECK(said(line_of({"--jobs=3"})).run.test_threads.number == 3);
  CHECK(said(line_of({"--jobs", "3"})).run.test_threads.number == 3);
  CHECK(said(line_of({"--max-fail=7"})).run.max_fail.count == 7);
  CHECK(said(line_of({"--ff"})).run.max_fail.count == 1);
  CHECK(said(line_of({"--nff"})).run.max_fail.count == 0);
  CHECK_FALSE(line_of({"--nocapture"}).request.capture);
  CHECK(line_of({"--filter-expr=all()"}).selection.filtersets.size() == 1);
  CHECK(line_of({"--run-id=latest"}).rerun == "latest");
  CHECK(line_of({"--run-id=latest"}, nextest::ForReplay).rerun == "latest");
  CHECK(line_of({"--run-ignored=ignored-only"}).selection.run_ignored == nextest::RunIgnored::Only);
  CHECK(line_of({"--no-tests=error"}).no_tests == nextest::NoTests::Fail);
  CHECK(said(line_of({"--show-progress=running"})).ui.show_progress == nextest::ShowProgress::Bar);
  CHECK(said(line_of({"--final-status-level=retry"})).run.final_status_level == nextest::FinalStatusLevel::Flaky);
  CHECK(error_of({"--jobs"}).message == "--jobs needs a value: --jobs N");
  CHECK(error_of({"--ff=1"}).message == "--ff takes no value");
  CHECK(nextest::contains(error_of({"--jobs=3"}, ForList).message, "unknown option --jobs"));
}

TEST_CASE("parse: options belong to their command") {
  CHECK(nextest::contains(error_of({"--retries=1"}, ForList).message, "unknown option --retries"));
  CHECK(nextest::contains(error_of({"-j1"}, ForList).message, "unknown option -j"));
  CHECK(nextest::contains(error_of({"-T", "oneline"}, ForRun).message, "unknown option -T"));
  CHECK(line_of({"--partition=slice:1/2"}, ForList).selection.partition.total == 2);
}

// ---- every option's meaning ----

TEST_CASE("parse: numbers of threads") {
  const auto threads = [](const Words& words) { return said(line_of(words)).run.test_threads.resolve(8, 0); };
  CHECK(threads({"-jnum-cpus"}) == 8);
  CHECK(said(line_of({"-j1"})).run.test_threads.number == 1);
  CHECK(said(line_of({"-j100000"})).run.test_threads.number == 100000);
  CHECK(threads({"-j", "-1"}) == 7);
  CHECK(threads({"-j", "-99999"}) == 1);
  for (const char* value : {"0", "-0", "", "-", "x", "1.5", "+1", "100001", "--1", "num_cpus"}) {
    CAPTURE(std::string(value));
    CHECK(nextest::starts_with(error_of({"--test-threads", value}).message,
                               "--test-threads: '" + std::string(value) + "'"));
  }
}

TEST_CASE("parse: no capture, wherever it stands") {
  for (const Words& words : {Words{"--no-capture", "-j4"}, Words{"-j4", "--no-capture"},
                             Words{"-j4", "--", "--nocapture"}, Words{"-j4", "--", "--no-capture"}}) {
    const CommandLine line = line_of(words);
    CHECK_FALSE(line.request.capture);
  }
}

TEST_CASE("parse: how many failures are too many") {
  const struct {
    const char* value;
    std::uint32_t count;
    bool immediate;
  } rows[] = {{"1", 1, false}, {"3:wait", 3, false}, {"3:immediate", 3, true}, {"all", 0, false}};
  for (const auto& row : rows) {
    const nextest::MaxFail max_fail = said(line_of({"--max-fail", row.value})).run.max_fail;
    CHECK(max_fail.count == row.count);
    CHECK(max_fail.immediate == row.immediate);
  }
  for (const char* value : {"0", "", "x", "1:", "1:now", ":wait", "all:wait", "-1", "4294967296", "1:wait:wait"}) {
    CAPTURE(std::string(value));
    CHECK(nextest::starts_with(error_of({"--max-fail", value}).message, "--max-fail: '" + std::string(value) + "'"));
  }
}

TEST_CASE("parse: words of a choice, and what is said of another") {
  CHECK(line_of({"--run-ignored=default"}).selection.run_ignored == RunIgnored::Default);
  CHECK(line_of({"--run-ignored=only"}).selection.run_ignored == RunIgnored::Only);
  CHECK(line_of({"--run-ignored=all"}).selection.run_ignored == RunIgnored::All);
  CHECK(line_of({"--no-tests=fail"}).no_tests == nextest::NoTests::Fail);
  CHECK(line_of({"--no-tests=warn"}).no_tests == nextest::NoTests::Warn);
  CHECK(line_of({"--no-tests=pass"}).no_tests == nextest::NoTests::Pass);
  CHECK_FALSE(said(line_of({"--flaky-result=pass"})).test.flaky_fails);
  CHECK(said(line_of({"--flaky-result=fail"})).test.flaky_fails);
  CHECK(line_of({"--color=auto"}).color == nextest::ColorChoice::Auto);
  CHECK(line_of({"--color=always"}).color == nextest::ColorChoice::Always);
  CHECK(line_of({"--color=never"}).color == nextest::ColorChoice::Never);
  CHECK(said(line_of({"--success-output=never"})).test.success_output == OutputDisplay::Never);
  CHECK(said(line_of({"--success-output=immediate"})).test.success_output == OutputDisplay::Immediate);
  CHECK(said(line_of({"--failure-output=final"})).test.failure_output == OutputDisplay::Final);
  CHECK(said(line_of({"--failure-output=immediate-final"})).test.failure_output == OutputDisplay::ImmediateFinal);
  CHECK(line_of({"--message-format=human"}, ForList).list_format == nextest::ListFormat::Human);

  const Error error = error_of({"--run-ignored=some"});
  CHECK(error.message == "--run-ignored: 'some' is not allowed");
  CHECK(error.hint == "allowed: default, only, all");
  CHECK(error_of({"--run-ignored=Default"}).hint == error.hint);
  CHECK(error_of({"--run-ignored="}).hint == error.hint);
}

TEST_CASE("parse: levels in their order") {
  using nextest::FinalStatusLevel;
  using nextest::StatusLevel;
  const std::pair<const char*, StatusLevel> levels[] = {{"none", StatusLevel::None},   {"fail", StatusLevel::Fail},
                                                        {"retry", StatusLevel::Retry}, {"slow", StatusLevel::Slow},
                                                        {"leak", StatusLevel::Leak},   {"pass", StatusLevel::Pass},
                                                        {"skip", StatusLevel::Skip},   {"all", StatusLevel::All}};
  for (const auto& level : levels)
    CHECK(said(line_of({"--status-level", level.first})).run.status_level == level.second);
  const std::pair<const char*, FinalStatusLevel> final_levels[] = {
      {"none", FinalStatusLevel::None},   {"fail", FinalStatusLevel::Fail}, {"flaky", FinalStatusLevel::Flaky},
      {"retry", FinalStatusLevel::Flaky}, {"slow", FinalStatusLevel::Slow}, {"skip", FinalStatusLevel::Skip},
      {"leak", FinalStatusLevel::Leak},   {"pass", FinalStatusLevel::Pass}, {"all", FinalStatusLevel::All}};
  for (const auto& level : final_levels) {
    CHECK(said(line_of({"--final-status-level", level.first})).run.final_status_level == level.second);
  }
}

TEST_CASE("parse: times") {
  const CommandLine line =
      line_of({"--slow-timeout=1.5s", "--terminate-after=2", "--grace-period", "0s", "--leak-timeout", "1ms",
               "--global-timeout=1h", "--list-timeout", "2m", "--stress-duration=3s"});
  CHECK(said(line).test.slow_timeout.period == nextest::Duration::milliseconds(1500));
  CHECK(said(line).test.slow_timeout.terminate_after == 2);
  CHECK(said(line).test.slow_timeout.grace_period.ns == 0);
  CHECK(said(line).test.leak_timeout.period == nextest::Duration::milliseconds(1));
  CHECK(said(line).run.global_timeout == nextest::Duration::seconds(3600));
  CHECK(line.list_timeout == nextest::Duration::seconds(120));
  CHECK(line.request.stress.kind == nextest::StressCondition::Time);
  CHECK(line.request.stress.duration == nextest::Duration::seconds(3));
  CHECK(error_of({"--slow-timeout=5"}).message == "--slow-timeout: not a duration: '5' (a unit is missing)");
  CHECK(error_of({"--slow-timeout=0s"}).hint == "allowed: a time above 0");
  CHECK(error_of({"--terminate-after=0"}).hint == "allowed: a number from 1");
}

TEST_CASE("parse: rounds of a stress run") {
  const CommandLine line = line_of({"--stress-count=3"});
  CHECK(line.request.stress.kind == nextest::StressCondition::Count);
  CHECK(line.request.stress.count == 3);
  CHECK(line_of({"--stress-count=infinite"}).request.stress.kind == nextest::StressCondition::Infinite);
  CHECK(error_of({"--stress-count=0"}).hint == "allowed: a number from 1");
}

TEST_CASE("parse: retries, from none") {
  CHECK(said(line_of({"--retries=0"})).test.retries.count == 0);
  CHECK(said(line_of({"--retries=4294967294"})).test.retries.count == 4294967294);
  CHECK(error_of({"--retries=-1"}).hint == "allowed: a number from 0");
  CHECK(error_of({"--retries=4294967295"}).hint == "allowed: a number from 0");
}

TEST_CASE("parse: a harness by its name") {
  // A configuration may define more than there are in the table, so Discovery is where names are checked.
  for (const char* name : {"libtest", "boost-test", "plain", "my-own"}) {
    CHECK(line_of({"--harness", name}).binaries.harness == name);
  }
  CHECK(error_of({"--harness", ""}).hint ==
        "allowed: doctest, catch2, boost-test, cpputest, criterion, googletest, libtest, plain");
}

TEST_CASE("parse: where tests run") {
  const support::TempFolder folder;
  CHECK(line_of({"--workdir", folder.path()}).start.folder == folder.path());
  CHECK(line_of({"--workdir", "current"}).start.folder == "");
  const CommandLine line = line_of({"--workdir", folder.path(), "--workdir", "binary"});
  CHECK(line.start.in_binary_folder);
  CHECK(line.start.folder == "");
  support::write_file(folder / "file", "");
  CHECK(nextest::contains(error_of({"--workdir", folder / "file"}).message, "there is no folder " + (folder / "file")));
  CHECK(nextest::contains(error_of({"--workdir", folder / "none"}).message, "there is no folder " + (folder / "none")));
}

TEST_CASE("parse: a target runner in shell words") {
  CHECK(line_of({"--target-runner", "qemu-arm -L '/usr/a b'"}).start.target_runner ==
        Strings{"qemu-arm", "-L", "/usr/a b"});
  CHECK(nextest::contains(error_of({"--target-runner", "'open"}).message, "a quote is not closed"));
  CHECK(error_of({"--target-runner", " "}).hint == "allowed: a command");
}

TEST_CASE("parse: a partition's error comes with its option and its hint") {
  const Error error = error_of({"--partition", "slice:3/2"});
  CHECK(error.message == "--partition: not a partition: 'slice:3/2' (M is not between 1 and N)");
  CHECK_FALSE(error.hint.empty());
}

// ---- errors ----

TEST_CASE("parse: an unknown option names the nearest one of its command") {
  const struct {
    const char *word, *message, *hint;
  } rows[] = {
      {"--retires", "unknown option --retires", "did you mean --retries? 'nextest run --help' lists all"},
      {"--retires=3", "unknown option --retires", "did you mean --retries? 'nextest run --help' lists all"},
      {"--hlep", "unknown option --hlep", "did you mean --help? 'nextest run --help' lists all"},
      {"--something-else", "unknown option --something-else", "'nextest run --help' lists all"},
      {"-Q", "unknown option -Q", "'nextest run --help' lists all"},
      {"--test-thread", "unknown option --test-thread", "did you mean --test-threads? 'nextest run --help' lists all"},
      {"--skip", "unknown option --skip", "--skip is given after --, as in: nextest run PATH -- --skip"},
      {"--exact", "unknown option --exact", "--exact is given after --, as in: nextest run PATH -- --exact"},
      {"--include-ignored", "unknown option --include-ignored",
       "--include-ignored is given after --, as in: nextest run PATH -- --include-ignored"},
  };
  for (const auto& row : rows) {
    const Error error = error_of({row.word});
    CHECK(error.message == row.message);
    CHECK(error.hint == row.hint);
  }
  CHECK(nextest::contains(error_of({"--partitoin"}, ForList).hint, "did you mean --partition? 'nextest list --help'"));
}

TEST_CASE("parse: a value that is missing, or too many") {
  CHECK(error_of({"--retries"}).message == "--retries needs a value: --retries N");
  CHECK(error_of({"a", "-j"}).message == "-j needs a value: -j N");
  CHECK(error_of({"-vj"}).message == "-j needs a value: -j N");
  CHECK(error_of({"--no-capture=yes"}).message == "--no-capture takes no value");
  CHECK(error_of({"--verbose="}).message == "--verbose takes no value");
}

// ---- help ----

TEST_CASE("parse: help wins over every error, but not after --") {
  for (const Words& words :
       {Words{"--help"}, Words{"-h"}, Words{"--nonsense", "--help"}, Words{"a", "-j", "x", "-h"}}) {
    CHECK(parse(words).wants_help);
  }
  CHECK_FALSE(parse({"a", "--", "--help"}).wants_help);
  CHECK_FALSE(parse({"help", "--helper"}).wants_help);
}

TEST_CASE("parse: help bundled with other letters, but not where it is a value") {
  CHECK(parse({"-vh"}).wants_help);
  CHECK_FALSE(parse({"-E", "all()", "-Ptest-h"}).wants_help);
  CHECK_FALSE(parse({"-Ph"}).wants_help);
}

// ---- environment ----

TEST_CASE("parse: variables stand in for options, and flags beat them") {
  const Variables variables = {{"NEXTEST_RETRIES", "2"},
                               {"NEXTEST_TEST_THREADS", "5"},
                               {"NEXTEST_NO_TESTS", "warn"},
                               {"NEXTEST_FLAKY_RESULT", "fail"},
                               {"NEXTEST_STATUS_LEVEL", "slow"},
                               {"NEXTEST_FINAL_STATUS_LEVEL", "none"},
                               {"NEXTEST_SUCCESS_OUTPUT", "final"},
                               {"NEXTEST_FAILURE_OUTPUT", "never"},
                               {"NEXTEST_NO_OUTPUT_INDENT", "1"},
                               {"NEXTEST_VERBOSE", "true"}};
  const CommandLine line = line_of({}, ForRun, variables);
  CHECK(said(line).test.retries.count == 2);
  CHECK(said(line).run.test_threads.number == 5);
  CHECK(line.no_tests == nextest::NoTests::Warn);
  CHECK(said(line).test.flaky_fails);
  CHECK(said(line).run.status_level == nextest::StatusLevel::Slow);
  CHECK(said(line).run.final_status_level == nextest::FinalStatusLevel::None);
  CHECK(said(line).test.success_output == OutputDisplay::Final);
  CHECK(said(line).test.failure_output == OutputDisplay::Never);
  CHECK_FALSE(said(line).ui.indent_output);
  CHECK(line.verbose);

  const CommandLine flags =
      line_of({"--retries=7", "-j6", "--no-tests=pass", "--flaky-result=pass"}, ForRun, variables);
  CHECK(said(flags).test.retries.count == 7);
  CHECK(said(flags).run.test_threads.number == 6);
  CHECK(flags.no_tests == nextest::NoTests::Pass);
  CHECK_FALSE(said(flags).test.flaky_fails);
}

TEST_CASE("parse: an empty variable is none, and a switch may be set to off") {
  CHECK(said(line_of({}, ForRun, {{"NEXTEST_RETRIES", ""}})).test.retries.count == 0);
  for (const char* off : {"", "0", "n", "no", "f", "false", "off", "OFF"}) {
    CAPTURE(std::string(off));
    CHECK_FALSE(line_of({}, ForRun, {{"NEXTEST_VERBOSE", off}}).verbose);
  }
  for (const char* on : {"1", "y", "yes", "t", "true", "on", "Yes"}) {
    CAPTURE(std::string(on));
    CHECK(line_of({}, ForRun, {{"NEXTEST_VERBOSE", on}}).verbose);
  }
  for (const char* neither : {"2", "yes t", " ", "never"}) {
    CAPTURE(std::string(neither));
    CHECK(error_of({}, ForRun, {{"NEXTEST_VERBOSE", neither}}).message ==
          "the environment variable NEXTEST_VERBOSE: '" + std::string(neither) + "' is not allowed");
  }
}

TEST_CASE("parse: a variable with a bad value is an error that names it, even where a flag follows") {
  const Error error = error_of({"--retries=1"}, ForRun, {{"NEXTEST_RETRIES", "many"}});
  CHECK(error.message == "the environment variable NEXTEST_RETRIES: 'many' is not allowed");
  CHECK(error.hint == "allowed: a number from 0");
}

TEST_CASE("parse: a variable of another command is not looked at") {
  CHECK_FALSE(line_of({}, ForList, {{"NEXTEST_RETRIES", "many"}}).verbose);
}

// ---- after -- ----

TEST_CASE("parse: after -- come libtest's words") {
  const CommandLine line =
      line_of({"x", "./a", "--", "parse", "--skip", "slow", "--skip=big", "a/b", "-", "--ignored"});
  CHECK(line.binaries.paths == nextest::Vector<KeptText>{"./a"});
  CHECK(show(line.selection.names) == "x parse a/b -");
  CHECK(show(line.selection.skips) == "slow big");
  CHECK(line.selection.run_ignored == RunIgnored::Only);
  CHECK(line_of({"--", "--include-ignored"}).selection.run_ignored == RunIgnored::All);
  CHECK(line_of({"--"}).selection.names.empty());
}

TEST_CASE("parse: exact is for all names after --, wherever it stands, and for none before") {
  for (const Words& words :
       {Words{"x", "--", "--exact", "a", "b", "--skip", "c"}, Words{"x", "--", "a", "b", "--skip", "c", "--exact"}}) {
    const CommandLine line = line_of(words);
    CHECK(show(line.selection.names) == "x a! b!");
    CHECK(show(line.selection.skips) == "c!");
  }
}

TEST_CASE("parse: the value of a skip may look like an option") {
  CHECK(show(line_of({"--", "--skip", "--exact"}).selection.skips) == "--exact");
  CHECK(show(line_of({"--", "--skip="}).selection.skips) == "");
}

TEST_CASE("parse: errors after --") {
  CHECK(error_of({"--", "--skip"}).message == "--skip needs a name");
  const Error error = error_of({"--", "--exect"});
  CHECK(error.message == "unknown option --exect after --");
  CHECK(nextest::contains(error.hint, "did you mean --exact?"));
  CHECK(error_of({"--", "--retries=1"}).message == "unknown option --retries=1 after --");
  CHECK(error_of({"--", "-j2"}).message == "unknown option -j2 after --");
  CHECK(line_of({"--", "--", "--exact"}).selection.names[0].text == "--exact");  // then all are names
}

// ---- the table ----

TEST_CASE("parse: every option can be given, and its letter is its own") {
  for (const nextest::Option& option : nextest::option_table) {
    CAPTURE(std::string(option.name));
    for (const nextest::Option& other : nextest::option_table) {
      if (&option == &other) continue;
      const bool share_a_command = (option.commands & other.commands) != 0;
      CHECK((std::string_view(option.name) != other.name || !share_a_command));
      if (option.letter != 0) CHECK(option.letter != other.letter);
      if (option.variable != nullptr && other.variable != nullptr) {
        CHECK(std::string_view(option.variable) != other.variable);
      }
    }
    CHECK(option.commands != 0);
    CHECK(option.letter != 'h');
    CHECK(std::string_view(option.name) != "help");
  }
}

}  // namespace
