// What a build may leave out: whoever asks for it is told once, and which macro it was. These hold for every build, the
// whole one as well; tests/switches/run runs them, and all tests that apply, on builds without something.
#include <stdio.h>

#include "workspace.hpp"

using namespace drive;

namespace {

// Nothing is open any more that could be lost: the stack of the test has been unwound.
doctest::String end_as_skipped(LeftOut& left_out) {
  printf("skipped: the program was built without %s\n", left_out.what.c_str());
  fflush(stdout);
  _exit(77);
}
REGISTER_EXCEPTION_TRANSLATOR(LeftOut& left_out) { return end_as_skipped(left_out); }

// As the tests above see it: the words of the program are what is looked at.
Outcome ask(const Words& words, const Options& options = {}) {
  try {
    return nextest(words, options);
  } catch (const LeftOut& what) {
    Outcome outcome;
    outcome.code = 95;
    outcome.err = "this program was built without " + what.what;
    return outcome;
  }
}

// Exit code 95 and the macro if the feature is left out; anything else, and no such word, if it is there.
void check_answer(const char* feature, const Words& words, const Options& options = {}) {
  INFO(shown(words));
  const std::string missing = left_out_as(feature);
  const Outcome outcome = ask(words, options);
  INFO(outcome.err);
  CHECK((outcome.code == 95) == !missing.empty());
  CHECK(contains(outcome.err, "this program was built without ") == !missing.empty());
  if (!missing.empty()) CHECK(contains(outcome.err, "this program was built without " + missing));
}

TEST_CASE("left out: options, commands, topics and words that ask for it") {
  const std::string passing = fixture("exit-0");
  const struct {
    const char* feature;
    Words words;
  } rows[] = {
      {"filtersets", {"run", passing, "-E", "all()"}},
      {"filtersets", {"list", passing, "--filterset=all()"}},
      {"records", {"replay", "-R", "./none.zip"}},
      {"records", {"store", "list"}},
      {"records", {"help", "store"}},
      {"records", {"run", passing, "-R", "./none.zip"}},
      {"records", {"run", passing, "--durations", "./none.zip"}},
      {"records", {"run", passing, "--state-dir", "/nonexistent"}},
      {"records", {"run", passing, "--partition", "weight:1/1"}},
      {"records", {"run", passing, "--order", "longest"}},
      {"configuration files", {"show-config", "version"}},
      {"configuration files", {"run", passing, "-P", "default-miri"}},
      {"configuration files", {"run", passing, "--config", "retries = 1"}},
      {"configuration files", {"run", passing, "--config-file", "/nonexistent"}},
      {"configuration files", {"run", passing, "--tool-config-file", "tool:/nonexistent"}},
      {"configuration files", {"run", passing, "--user-config-file", "/nonexistent"}},
      {"JUnit reports", {"run", passing, "--junit", "/dev/null"}},
      {"JSON", {"run", passing, "--message-format", "libtest-json"}},
      {"JSON", {"run", passing, "--message-format=libtest-json-plus"}},
      {"JSON", {"run", passing, "--message-format=jsonl"}},
      {"JSON", {"list", passing, "-T", "json"}},
      {"JSON", {"list", passing, "-Tjson-pretty", "--list-type", "binaries-only"}},
      {"JSON", {"run", "--binaries-metadata", "/nonexistent"}},
      {"the bar, keys, debuggers and tracers", {"run", passing, "--show-progress", "bar"}},
      {"the bar, keys, debuggers and tracers", {"run", passing, "--show-progress=only"}},
      {"the bar, keys, debuggers and tracers", {"run", passing, "--max-progress-running", "3"}},
      {"the bar, keys, debuggers and tracers", {"run", passing, "--debugger", "/bin/true"}},
      {"the bar, keys, debuggers and tracers", {"run", passing, "--tracer", "/bin/true"}},
      {"help topics and completions", {"completions", "bash"}},
  };
  for (const auto& row : rows) check_answer(row.feature, row.words);
}

TEST_CASE("left out: topics of the help, with what they are about or all together") {
  const char* const rows[][2] = {{"filterset", "filtersets"},
                                 {"record", "records"},
                                 {"config", "configuration files"},
                                 {"harness", "help topics and completions"}};
  for (const auto& row : rows) {
    const bool alone = left_out_as(row[1]).empty();
    check_answer(alone ? "help topics and completions" : row[1], {"help", row[0]});
  }
}

TEST_CASE("left out: variables that ask for it") {
  const struct {
    const char *feature, *variable, *value;
  } rows[] = {
      {"records", "NEXTEST_RECORD", "1"},
      {"configuration files", "NEXTEST_PROFILE", "default-miri"},
      {"configuration files", "NEXTEST_USER_CONFIG_FILE", "/nonexistent"},
      {"JSON", "NEXTEST_MESSAGE_FORMAT", "jsonl"},
      {"the bar, keys, debuggers and tracers", "NEXTEST_SHOW_PROGRESS", "bar"},
  };
  const TempDir state;
  for (const auto& row : rows) {
    NOTE(row.variable);
    Options options;
    options.environment["NEXTEST_STATE_DIR"] = state.path();
    options.environment[row.variable] = row.value;
    check_answer(row.feature, {"run", fixture("exit-0")}, options);
  }
}

TEST_CASE("left out: who asks that it be not done, or how, gets what they ask for") {
  const TempDir state;
  Options options;
  options.environment = {{"NEXTEST_RECORD", "0"},
                         {"NEXTEST_PROFILE", "default"},
                         {"NEXTEST_STATE_DIR", state / ""},
                         {"NEXTEST_USER_CONFIG_FILE", "none"},
                         {"NEXTEST_NO_INPUT_HANDLER", "1"},
                         {"NEXTEST_MAX_PROGRESS_RUNNING", "2"},
                         {"NEXTEST_MESSAGE_FORMAT", "human"},
                         {"NEXTEST_SHOW_PROGRESS", "counter"}};
  const Words words = {"run",
                       fixture("exit-0"),
                       "--no-record",
                       "--no-input-handler",
                       "--ignore-default-filter",
                       "--override-version-check",
                       "--profile",
                       "default",
                       "--user-config-file=none",
                       "--message-format=human"};
  const Outcome outcome = ask(words, options);
  INFO(outcome.err);
  CHECK(outcome.code == 0);
  CHECK_FALSE(contains(outcome.err, "built without"));
}

TEST_CASE("left out: help and completion do not show it") {
  const std::string help = nextest({"help", "run"}).out + nextest({"help", "list"}).out + nextest({}).out;
  const bool completes = left_out_as("help topics and completions").empty();
  const std::string completion = completes ? nextest({"completions", "bash"}).out : "";
  const struct {
    const char* feature;
    Words shown;
  } rows[] = {
      {"filtersets", {"--filterset", "--ignore-default-filter", "filterset"}},
      {"records",
       {"--rerun", "--record", "--no-record", "--state-dir", "--durations", "nextest replay", "weight", "longest"}},
      {"configuration files", {"--profile", "--config-file", "--user-config-file", "nextest show-config"}},
      {"JUnit reports", {"--junit"}},
      {"JSON", {"--binaries-metadata", "libtest-json", "json-pretty"}},
      {"the bar, keys, debuggers and tracers",
       {"--max-progress-running", "--no-input-handler", "--debugger", "--tracer"}},
      {"help topics and completions", {"nextest completions"}},
  };
  for (const auto& row : rows) {
    for (const std::string& word : row.shown) {
      NOTE(word);
      const bool is_there = left_out_as(row.feature).empty();
      CHECK(contains(help, word) == is_there);
      const bool is_completed = starts_with(word, "--") || starts_with(word, "nextest ");
      const std::string completed = starts_with(word, "nextest ") ? word.substr(8) : word;
      if (completes && is_completed) CHECK(contains(completion, " " + completed) == is_there);
    }
  }
}

TEST_CASE("left out: a configuration that is there is told of, and one that asks for it") {
  const Workspace plain("[profile.default]\nretries = 1\n");
  const Outcome told = ask({"run", fixture("exit-0")}, plain.options);
  INFO(told.err);
  if (!left_out_as("configuration files").empty()) {
    CHECK(contains(told.err, "NEXTEST_WITHOUT_CONFIG"));
    return;
  }
  CHECK(told.code == 0);
  CHECK_FALSE(contains(told.err, "warning"));
  const struct {
    const char *feature, *config;
  } rows[] = {
      {"JUnit reports", "[profile.default.junit]\npath = \"junit.xml\"\n"},
      {"filtersets", "[profile.default]\ndefault-filter = \"all()\"\n"},
      {"filtersets", "[[profile.default.overrides]]\nfilter = \"all()\"\nretries = 1\n"},
      {"scripts",
       "[scripts.wrapper.env]\ncommand = \"env\"\n"
       "[[profile.default.scripts]]\nplatform = \"cfg(unix)\"\nrun-wrapper = \"env\"\n"},
  };
  for (const auto& row : rows) {
    NOTE(row.config);
    const Workspace workspace(row.config);
    check_answer(row.feature, {"run", fixture("exit-0")}, workspace.options);
  }
}

TEST_CASE("left out: a program of a harness is still known for what it is") {
  const std::string names[][2] = {{"googletest", "googletest"}, {"doctest", "doctest"},   {"catch2", "catch2"},
                                  {"boost-test", "boost_test"}, {"cpputest", "cpputest"}, {"criterion", "criterion"},
                                  {"libtest", "rust"}};
  for (const auto& name : names) {
    if (exists(fixture(name[1]))) check_answer(name[0].c_str(), {"list", fixture(name[1])});
    check_answer(name[0].c_str(), {"list", "--harness", name[0], fixture("list-empty")});
  }
}

TEST_CASE("left out: what is always there") {
  const TempDir dir;
  const std::string failing = dir.take("exit-1", "failing");
  const Outcome outcome =
      ask({"run", fixture("exit-0"), failing, "--retries", "1", "--no-fail-fast", "--slow-timeout", "30s", "-j2",
           "--terminate-after", "2", "--partition", "slice:1/1", "--leak-timeout", "1s", "--", "--skip", "none"});
  INFO(outcome.err);
  CHECK(outcome.code == 100);
  CHECK(contains(outcome.err, "1 passed, 1 failed"));
  CHECK(contains(outcome.err, "TRY 2 FAIL"));
  // The command that runs a test again is one that this program takes.
  const size_t at = outcome.err.rfind("run: nextest ");
  REQUIRE(at != std::string::npos);
  const std::string line = outcome.err.substr(at + 13, outcome.err.find('\n', at) - at - 13);
  const Outcome again = execute({"/bin/sh", "-c", "'" + program_path() + "' " + line});
  INFO(line);
  INFO(again.err);
  CHECK(again.code == 100);
  CHECK(contains(again.err, "1 test run: 0 passed, 1 failed"));
}

}  // namespace
