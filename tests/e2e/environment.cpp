// What a test finds when it starts: its variables, its folder, its descriptors, its signals.
#include "screen.hpp"

using namespace drive;

namespace {

using Variables = std::map<std::string, std::string>;

// The environment that the last test run of `words` printed.
Variables seen_by_test(Words words, const Options& options = {}, Outcome* result = nullptr) {
  words.insert(words.begin(), {"run", "--success-output", "immediate"});
  const Outcome outcome = nextest(words, options);
  INFO(shown(words));
  SHOW(outcome);
  CHECK(outcome.code == 0);
  Variables variables;
  for (const StatusLine& line : read_screen(outcome.err).statuses) {
    for (const std::string& text : line.body) {
      const std::string entry = detail::trimmed(text);
      const size_t equals = entry.find('=');
      if (equals != std::string::npos) variables[entry.substr(0, equals)] = entry.substr(equals + 1);
    }
  }
  if (result != nullptr) *result = outcome;
  return variables;
}

bool is_uuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); i++) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : strchr("0123456789abcdef", text[i]) == nullptr) return false;
  }
  return true;
}

TEST_CASE("the variables of a test") {
  Outcome outcome;
  Variables vars = seen_by_test({"-j", "3", fixture("env")}, {}, &outcome);
  CHECK(vars["NEXTEST"] == "1");
  CHECK(is_uuid(vars["NEXTEST_RUN_ID"]));
  CHECK(contains(outcome.err, "Nextest run ID " + vars["NEXTEST_RUN_ID"] + " with nextest profile: default"));
  CHECK(vars["NEXTEST_RUN_MODE"] == "test");
  CHECK(vars["NEXTEST_EXECUTION_MODE"] == "process-per-test");
  CHECK(vars["NEXTEST_PROFILE"] == "default");
  CHECK(!vars["NEXTEST_HPP_VERSION"].empty());
  CHECK(contains(nextest({"--version"}).out, vars["NEXTEST_HPP_VERSION"]));
  CHECK(vars["NEXTEST_VERSION"] == "0.9.143");
  CHECK(starts_with(vars["NEXTEST_WORKSPACE_ROOT"], "/"));
  CHECK(vars["NEXTEST_TEST_PHASE"] == "run");
  CHECK(vars["NEXTEST_REQUIRED_VERSION"] == "none");
  CHECK(vars["NEXTEST_RECOMMENDED_VERSION"] == "none");
  CHECK(vars["NEXTEST_BINARY_ID"] == "env");
  CHECK(vars["NEXTEST_TEST_NAME"] == "env");
  CHECK(vars["NEXTEST_ATTEMPT"] == "1");
  CHECK(vars["NEXTEST_TOTAL_ATTEMPTS"] == "1");
  CHECK(vars["NEXTEST_ATTEMPT_ID"] == vars["NEXTEST_RUN_ID"] + ":env$env");
  CHECK(vars["NEXTEST_STRESS_CURRENT"] == "none");
  CHECK(vars["NEXTEST_STRESS_TOTAL"] == "none");
  CHECK(vars["NEXTEST_TEST_GROUP"] == "@global");
  CHECK(vars["NEXTEST_TEST_GLOBAL_SLOT"] == "0");
  CHECK(vars["NEXTEST_TEST_GROUP_SLOT"] == "none");
  CHECK(vars["NEXTEST_TEST_THREADS"] == "3");
}

TEST_CASE("each run has an id of its own") {
  CHECK(seen_by_test({fixture("env")})["NEXTEST_RUN_ID"] != seen_by_test({fixture("env")})["NEXTEST_RUN_ID"]);
}

TEST_CASE("attempts and their number") {
  Variables vars = seen_by_test({"--retries", "2", fixture("env")});
  CHECK(vars["NEXTEST_ATTEMPT"] == "1");
  CHECK(vars["NEXTEST_TOTAL_ATTEMPTS"] == "3");
}

TEST_CASE("stress runs number themselves") {
  Variables vars = seen_by_test({"--stress-count", "2", fixture("env")});
  CHECK(vars["NEXTEST_STRESS_CURRENT"] == "1");  // counted from 0
  CHECK(vars["NEXTEST_STRESS_TOTAL"] == "2");
  CHECK(vars["NEXTEST_ATTEMPT_ID"] == vars["NEXTEST_RUN_ID"] + ":env@stress-1$env");
}

TEST_CASE("the caller's environment comes through, and nextest's own variables win") {
  Options options;
  options.environment["E2E_ODD"] = "a b=c";
  options.environment["NEXTEST_TEST_NAME"] = "from outside";
  options.environment["NEXTEST_RUN_ID"] = "from outside";
  Variables vars = seen_by_test({fixture("env")}, options);
  CHECK(vars["E2E_ODD"] == "a b=c");
  CHECK(vars["NEXTEST_TEST_NAME"] == "env");
  CHECK(is_uuid(vars["NEXTEST_RUN_ID"]));
  CHECK(contains(vars["E2E_MARK"], "."));
}

TEST_CASE("the working directory") {
  const TempDir dir;
  auto directory_with = [&](const Words& more) {
    Words words = {"run", "--success-output", "immediate", fixture("cwd")};
    words.insert(words.end(), more.begin(), more.end());
    Options options;
    options.directory = dir.path();
    const Outcome outcome = nextest(words, options);
    SHOW(outcome);
    CHECK(outcome.code == 0);
    const StatusLine line = status_of(read_screen(outcome.err), "cwd cwd");
    for (const std::string& text : line.body) {
      if (starts_with(detail::trimmed(text), "/")) return detail::trimmed(text);
    }
    return std::string();
  };
  CHECK(directory_with({}) == dir.path());
  CHECK(directory_with({"--workdir", "current"}) == dir.path());
  CHECK(directory_with({"--workdir", "binary"}) == fixtures_dir());
  CHECK(directory_with({"--workdir", "/"}) == "/");
}

TEST_CASE("a relative path works with another working directory") {
  const TempDir dir;
  dir.take("exit-0", "exit-0");
  Options options;
  options.directory = dir.path();
  const Outcome outcome = nextest({"run", "--workdir", "/", "./exit-0"}, options);
  SHOW(outcome);
  CHECK(outcome.code == 0);
}

TEST_CASE("stdin is empty, whatever the runner's own is") {
  Options options;
  options.has_input = true;
  options.input = "not for the tests\n";
  const Outcome outcome = nextest({"run", fixture("need-stdin")}, options);
  SHOW(outcome);
  CHECK(outcome.code == 0);
}

TEST_CASE("descriptors, signals and the group are as after a fresh start") {
  for (const char* name : {"fds", "sigmask", "pgrp"}) {
    for (const Words& more : {Words{}, Words{"--no-capture"}}) {
      Words words = {"run", fixture(name)};
      words.insert(words.end(), more.begin(), more.end());
      INFO(shown(words));
      const Outcome outcome = nextest(words);
      SHOW(outcome);
      CHECK(outcome.code == 0);
    }
  }
}

TEST_CASE("the target runner comes before the program") {
  Options options;
  Variables vars = seen_by_test({"--target-runner", "env E2E_RUNNER='two words'", fixture("env")}, options);
  CHECK(vars["E2E_RUNNER"] == "two words");
}

TEST_CASE("the target runner applies to listing as well") {
  const TempDir dir;
  write_file(dir / "runner", "#!/bin/sh\necho \"$@\" >>\"$E2E_RUNNER_LOG\"\nexec \"$@\"\n", 0755);
  Options options;
  options.environment["E2E_RUNNER_LOG"] = dir / "log";
  const Outcome outcome = nextest({"run", "--harness", "libtest", "--target-runner", dir / "runner",
                                   fixture("protocol.sh"), "--", "--exact", "first"},
                                  options);
  SHOW(outcome);
  CHECK(outcome.code == 0);
  const std::string log = read_file(dir / "log");
  CHECK(contains(log, "--list"));
  CHECK(contains(log, "first --exact"));
}

TEST_CASE("a target runner that does not exist is an error, not a pass") {
  const Outcome outcome = nextest({"run", "--target-runner", "/nonexistent/runner", fixture("exit-0")});
  SHOW(outcome);
  CHECK(outcome.code != 0);
  CHECK(contains(outcome.err, "/nonexistent/runner"));
}

TEST_CASE("the number of threads from the environment; the flag beats it") {
  Options options;
  options.environment["NEXTEST_TEST_THREADS"] = "5";
  CHECK(seen_by_test({fixture("env")}, options)["NEXTEST_TEST_THREADS"] == "5");
  CHECK(seen_by_test({"-j", "2", fixture("env")}, options)["NEXTEST_TEST_THREADS"] == "2");
}

// Each test with its outcome, whatever order they ended in.
Words outcomes_of(const std::string& path, const Options& options, std::string& errors) {
  const Outcome outcome = nextest({"run", "--no-fail-fast", path}, options);
  SHOW(outcome);
  errors = outcome.err;
  Words outcomes;
  for (const StatusLine& line : read_screen(outcome.err).statuses) outcomes.push_back(line.word + " " + line.test);
  // (12/53) before the name counts what has ended.
  for (std::string& line : outcomes) {
    const size_t open = line.find('('), close = line.find(") ", open);
    if (close != std::string::npos) line.erase(open, close + 2 - open);
  }
  std::sort(outcomes.begin(), outcomes.end());
  return outcomes;
}

// What colours, filters, shards or shapes the output of a framework.
const std::vector<std::pair<const char*, std::vector<std::pair<const char*, const char*>>>> user_variables = {
    {"googletest",
     {{"GTEST_FILTER", "-*"},
      {"TESTBRIDGE_TEST_ONLY", "Plain.Passes"},
      {"GTEST_TOTAL_SHARDS", "7"},
      {"GTEST_REPEAT", "0"},
      {"GTEST_SHUFFLE", "1"},
      {"GTEST_ALSO_RUN_DISABLED_TESTS", "1"},
      {"GTEST_FLAGFILE", "/dev/null"},
      {"GTEST_BRIEF", "1"},
      {"GTEST_FAIL_FAST", "1"},
      {"GTEST_PRINT_TIME", "0"},
      {"GTEST_RANDOM_SEED", "5"}}},
    {"doctest", {{"GTEST_FILTER", "-*"}, {"TESTBRIDGE_TEST_ONLY", "x"}}},
    {"catch2", {{"TESTBRIDGE_TEST_ONLY", "nothing"}, {"TEST_TOTAL_SHARDS", "7"}, {"TEST_SHARD_INDEX", "3"}}},
    {"boost_test",
     {{"BOOST_TEST_RUN_FILTERS", "nothing"},
      {"BOOST_TEST_RANDOM", "1"},
      {"BOOST_TEST_COLOR_OUTPUT", "1"},
      {"BOOST_TEST_BUILD_INFO", "1"},
      {"BOOST_TEST_SHOW_PROGRESS", "1"},
      {"BOOST_TEST_LOG_LEVEL", "all"}}},
    {"cpputest", {{"GTEST_FILTER", "-*"}}},
    {"criterion", {{"CRITERION_TEST_PATTERN", "x/y"}, {"CRITERION_FAIL_FAST", "1"}, {"CRITERION_USE_ASCII", "1"}}},
    {"rust", {{"RUST_TEST_THREADS", "1"}, {"RUST_TEST_SHUFFLE", "1"}, {"RUST_TEST_NOCAPTURE", "1"}}},
};

void check_variables(const std::string& name) {
  std::string errors;
  const Words plain = outcomes_of(fixture(name), {}, errors);
  REQUIRE(!plain.empty());
  CHECK_FALSE(contains(errors, "no test gets it"));
  for (const auto& framework : user_variables) {
    if (framework.first != name) continue;
    for (const auto& variable : framework.second) {
      NOTE(variable.first);
      Options options;
      options.environment[variable.first] = variable.second;
      CHECK(outcomes_of(fixture(name), options, errors) == plain);
    }
  }
}

#define VARIABLES_OF(name)                                                                              \
  TEST_CASE("a framework's variables, one at a time, change no outcome of " name* needs(built(name))) { \
    check_variables(name);                                                                              \
  }
VARIABLES_OF("googletest")
VARIABLES_OF("doctest")
VARIABLES_OF("catch2")
VARIABLES_OF("boost_test")
VARIABLES_OF("cpputest")
VARIABLES_OF("criterion")
VARIABLES_OF("rust")

TEST_CASE("a filter that no test gets is said once, also while listing" * needs(built("googletest"))) {
  Options options;
  options.environment["GTEST_FILTER"] = "Plain.*";
  for (const char* command : {"run", "list"}) {
    const Outcome outcome = nextest({command, fixture("googletest"), "-E", "test(=Plain.Passes)"}, options);
    SHOW(outcome);
    CHECK(outcome.code == 0);
    CHECK(
        contains(outcome.err, "warning: GTEST_FILTER is set, but no test gets it: choose tests by name or with -E\n"));
  }
}

TEST_CASE("colours and the bar are asked for by cargo's and upstream's variables, too") {
  Options options;
  options.environment["CARGO_TERM_COLOR"] = "always";
  CHECK(contains(nextest({"run", fixture("exit-0")}, options).err, "\x1b["));
  CHECK_FALSE(contains(nextest({"run", "--color", "never", fixture("exit-0")}, options).err, "\x1b["));
  options.environment["CARGO_TERM_COLOR"] = "sometimes";
  const Outcome wrong = nextest({"run", fixture("exit-0")}, options);
  CHECK(wrong.code == 96);
  CHECK(contains(wrong.err, "error: the environment variable CARGO_TERM_COLOR: 'sometimes' is not allowed"));
  options.environment = {{"NEXTEST_SHOW_PROGRESS", ""}};
  CHECK(contains(nextest({"run", fixture("exit-0")}, options).err, "(1/1) exit-0"));
  options.environment["NEXTEST_HIDE_PROGRESS_BAR"] = "1";
  CHECK_FALSE(contains(nextest({"run", fixture("exit-0")}, options).err, "(1/1)"));
  options.environment["NEXTEST_SHOW_PROGRESS"] = "counter";
  CHECK(contains(nextest({"run", fixture("exit-0")}, options).err, "(1/1) exit-0"));
  CHECK(nextest({"r", fixture("exit-0"), "--nff"}).code == 0);
}

}  // namespace
