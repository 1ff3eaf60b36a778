// What a run leaves for machines and for those who come later: JUnit, lines of JSON, annotations, commands to paste;
// and one test in a debugger or a tracer.
#include "workspace.hpp"

using namespace drive;

namespace {

void check_schema(const std::string& path) {
  static const std::string schema = absolute("tests/fixtures/junit.xsd");
  const Outcome verdict = execute({"/usr/bin/env", "xmllint", "--noout", "--schema", schema, path});
  SHOW(verdict);
  CHECK(verdict.code == 0);
}

// "CASES FAILED SKIPPED SUITES" as python3-junitparser counts them.
std::string counted_by_junitparser(const std::string& path) {
  static const std::string script = absolute("tests/fixtures/count_junit.py");
  const Outcome outcome = execute({"/usr/bin/env", "PATH=/usr/bin:/bin", "python3", script, path});
  SHOW(outcome);
  CHECK(outcome.code == 0);
  return outcome.out.substr(0, outcome.out.find('\n'));
}

const Words all_endings = {"exit-0",        "exit-3",         "segv",          "abort",      "kill-self",  "rt-signal",
                           "leak-pipe",     "leak-fail-exit", "binary-output", "long-lines", "print-both", "flaky",
                           "list-controls", "close-stdout",   "runs-none",     "runs-two",   "plain"};

const Words as_plain = {"--harness", "plain"};

// A run of these fixtures, and its report.
struct Reported {
  explicit Reported(const Words& names, const Words& options = {}) : path(folder / "a/b/junit.xml") {
    Words words = {"run", "--no-fail-fast", "--retries", "1", "-j", "2", "--junit", path};
    words.insert(words.end(), options.begin(), options.end());
    for (const std::string& name : names) words.push_back(starts_with(name, "/") ? name : fixture(name));
    Options run_options;
    run_options.environment["FLAKY_FILE"] = folder / "flaky";
    outcome = nextest(words, run_options);
    INFO("--- stderr\n" << outcome.err.substr(0, 6000));
    CHECK(outcome.code == 100);
    screen = read_screen(outcome.err);
  }

  TempDir folder;
  std::string path;
  Outcome outcome;
  Screen screen;
};

// One that cannot start, one that times out.
struct BadlyReported {
  const TempDir folder;
  Reported run{{no_program(), fixture("hang"), fixture("leak-group")},
               {"--harness", "plain", "--slow-timeout", "300ms", "--terminate-after", "1"}};

 private:
  std::string no_program() const {
    write_file(folder / "no-program",
               "\x7f"
               "ELF, not really",
               0755);
    return folder / "no-program";
  }
};

TEST_CASE("JUnit: of a run with every way to end") {
  const BadlyReported bad;
  const std::string report = read_file(bad.run.path);
  CHECK(contains(report, "type=\"test timeout\""));
  CHECK(contains(report, "type=\"execution failure\""));
  CHECK(contains(report, "<rerunFailure "));
  CHECK(occurrences(report, "<testcase ") == 3);
  const Reported all(all_endings, as_plain);
  CHECK(occurrences(read_file(all.path), "<testcase ") == static_cast<int>(all_endings.size()));
  // Nothing else is left in the folder.
  CHECK(execute({"/bin/ls", all.folder / "a/b"}).out == "junit.xml\n");
}

TEST_CASE("JUnit: of a run with every way to end, valid" * needs(tool("xmllint", "libxml2-utils"))) {
  check_schema(BadlyReported().run.path);
  check_schema(Reported(all_endings, as_plain).path);
}

TEST_CASE("JUnit: of a run with every way to end, read by others with the same counts" *
          needs(python_module("junitparser"))) {
  CHECK(counted_by_junitparser(BadlyReported().run.path) == "3 2 0 3");
  const Reported all(all_endings, as_plain);
  const std::string counts = counted_by_junitparser(all.path);
  CHECK(atoi(counts.c_str()) == counted(all.screen, "run"));
  CHECK(atoi(counts.substr(counts.find(' ')).c_str()) == counted(all.screen, "failed"));
}

// What the frameworks print of themselves may be anything.
#define JUNIT_OF(name)                                                                            \
  TEST_CASE("JUnit: of " name ", valid" * needs(built(name), tool("xmllint", "libxml2-utils"))) { \
    check_schema(Reported({name}).path);                                                          \
  }
JUNIT_OF("googletest")
JUNIT_OF("doctest")
JUNIT_OF("catch2")
JUNIT_OF("boost_test")
JUNIT_OF("cpputest")
JUNIT_OF("criterion")
JUNIT_OF("rust")

// A run whose configuration asks for a report.
struct Configured {
  Configured()
      : space(
            "experimental = [\"setup-scripts\"]\n[store]\ndir = \"out\"\n[profile.ci.junit]\npath = \"x/junit.xml\"\n"
            "report-name = \"my <run>\"\nstore-success-output = true\nreport-skipped = \"all\"\n"
            "[[profile.ci.scripts]]\nfilter = \"all()\"\nsetup = \"prepare\"\n"
            "[scripts.setup.prepare]\ncommand = \"./prepare\"\ncapture-stdout = true\n"),
        path(space.dir / "out/ci/x/junit.xml") {
    space.script("prepare", "echo prepared; echo DB=1 >> $NEXTEST_ENV");
    space.test("good", "echo fine").test("bad", "echo wrong; exit 3");
    space.options.environment["NEXTEST_RECORD"] = "1";
    space.options.environment["NEXTEST_STATE_DIR"] = space.dir / "state";
    const Workspace::Run run = space.run({"-P", "ci", "--no-fail-fast", "-E", "not test(=other)"});
    SHOW(run.outcome);
    CHECK(run.outcome.code == 100);
  }

  Workspace space;
  std::string path;
};

TEST_CASE("JUnit: where the configuration says, with its settings, for a setup script, and from a record") {
  const Configured run;
  const std::string report = read_file(run.path);
  CHECK(contains(report, "<testsuites name=\"my &lt;run&gt;\" tests=\"3\" failures=\"1\" errors=\"0\""));
  CHECK(contains(report, "<testsuite name=\"@setup-script:prepare\" tests=\"1\""));
  CHECK(contains(report, "<property name=\"output-env:DB\" value=\"1\"/>"));
  CHECK(contains(report, "<system-out>prepared\n</system-out>"));
  CHECK(contains(report, "<system-out>fine\n</system-out>"));
  // The same again, from the record.
  const Outcome again =
      nextest({"store", "export", "latest", "--format", "junit", "-P", "ci", "-o", "again.xml"}, run.space.options);
  SHOW(again);
  CHECK(again.code == 0);
  CHECK(read_file(run.space.dir / "again.xml") == report);
  const Outcome out = nextest({"store", "export", "latest", "--format", "junit", "-P", "ci"}, run.space.options);
  CHECK(out.out == report);
  // Without a profile that asks for it there is none.
  CHECK(run.space.run({"-E", "test(=good)"}).outcome.code == 0);
  CHECK_FALSE(exists(run.space.dir / "out/default"));
}

TEST_CASE("JUnit: as the configuration says, valid" * needs(tool("xmllint", "libxml2-utils"))) {
  check_schema(Configured().path);
}

TEST_CASE("JUnit: a report that cannot be written is told of, and failing tests are the worse news" *
          needs(full_device(), file("/dev/stdout"))) {
  const Outcome good = nextest({"run", fixture("exit-0"), "--junit", "/dev/full"});
  CHECK(good.code == 110);
  CHECK(contains(good.err, "error: cannot write the JUnit report /dev/full: No space left on device\n"));
  const Outcome bad = nextest({"run", fixture("exit-3"), "--junit", "/dev/null/none/junit.xml"});
  CHECK(bad.code == 100);
  CHECK(contains(bad.err, "warning: cannot write the JUnit report /dev/null/none/junit.xml: "));
  const Outcome piped = nextest({"run", fixture("exit-0"), "--junit", "/dev/stdout"});
  CHECK(piped.code == 0);
  CHECK(contains(piped.out, "<testcase name=\"exit-0\""));
}

TEST_CASE("lines of JSON: every event of a run, as an export of its record has them") {
  const TempDir folder;
  Options options;
  options.environment["NEXTEST_RECORD"] = "1";
  options.environment["NEXTEST_STATE_DIR"] = folder / "state";
  const Outcome live = nextest({"run", "--no-fail-fast", "--message-format", "jsonl", fixture("print-fail"),
                                fixture("list-controls"), fixture("exit-3"), fixture("binary-output")},
                               options);
  SHOW(live);
  CHECK(live.code == 100);
  const Outcome exported = nextest({"store", "export", "latest", "--format", "jsonl"}, options);
  CHECK(exported.code == 0);
  // The record knows how the run ended, and has no more than microseconds of time.
  const Words lines = lines_of(live.out), recorded = lines_of(exported.out);
  CHECK(lines.size() + 1 == recorded.size());
  for (size_t i = 0; i < lines.size() && i < recorded.size(); ++i) CHECK(lines[i] == recorded[i]);
  CHECK_FALSE(contains(lines.at(0), "\"at\""));  // it begins at nothing, however busy the machine is
}

TEST_CASE("lines of JSON: python reads each" * needs(tool("python3"))) {
  const TempDir folder;
  const Outcome live = nextest({"run", "--no-fail-fast", "--message-format", "jsonl", fixture("print-fail"),
                                fixture("list-controls"), fixture("exit-3"), fixture("binary-output")});
  const std::string reader = "import json,sys\nfor line in sys.stdin: json.loads(line)\nprint('whole')";
  write_file(folder / "out", live.out);
  CHECK(!live.out.empty());
  CHECK(execute({"/bin/sh", "-c", "python3 -c \"$1\" < \"$2\"", "sh", reader, folder / "out"}).out == "whole\n");
}

TEST_CASE("nobody reads: a clean end with 110 or the run's own code, whatever the format" * needs(full_device())) {
  for (const char* format : {"human", "libtest-json", "libtest-json-plus", "jsonl"}) {
    NOTE(format);
    std::string command = quoted(program_path()) + " run --no-fail-fast --message-format " + format;
    for (const char* name : {"exit-0", "slow", "print-both"}) command += " " + quoted(fixture(name));
    const bool is_human = std::string(format) == "human";
    const auto code = [&](const std::string& redirection) {
      return execute({"/bin/sh", "-c", command + " " + redirection}).code;
    };
    CHECK(code(">/dev/full") == (is_human ? 0 : 110));
    CHECK(code("2>/dev/full") == 110);
    CHECK(code(">&-") == 0);
    CHECK(code("2>&-") == 0);
    CHECK(code(">&- 2>&-") == 0);
    CHECK(execute({"/bin/sh", "-c", "{ { " + command + " 2>/dev/null; echo $? >&3; } | :; } 3>&1"}).out ==
          (is_human ? "0\n" : "110\n"));
    CHECK(execute({"/bin/sh", "-c", "{ { " + command + " 2>&1 >/dev/null; echo $? >&3; } | :; } 3>&1"}).out == "110\n");
  }
}

TEST_CASE("a JUnit report behind a link is replaced as a whole, and the link stays") {
  const TempDir folder;
  const std::string file = folder / "file.xml", named = folder / "link.xml", other = folder / "other.xml";
  write_file(file, "old");
  REQUIRE(link(file.c_str(), other.c_str()) == 0);  // who has the old file open still sees all of it
  REQUIRE(symlink("file.xml", named.c_str()) == 0);
  CHECK(nextest({"run", fixture("exit-0"), "--junit", named}).code == 0);
  CHECK(contains(read_file(file), "</testsuites>"));
  CHECK(read_file(other) == "old");
  char target[16];
  CHECK(readlink(named.c_str(), target, sizeof target) == 8);
}

TEST_CASE("what programs read on stdout holds nothing of setup scripts, and of tests that are not captured") {
  Workspace space(
      "experimental = [\"setup-scripts\"]\n[[profile.default.scripts]]\nfilter = \"all()\"\nsetup = \"loud\"\n"
      "[scripts.setup.loud]\ncommand = \"echo from the script\"\n");
  space.test("says", "echo from the test");
  for (const Words& words :
       {Words{"--message-format", "jsonl"}, {"--message-format", "libtest-json"}, {"--junit", "-"}}) {
    Words all = words;
    all.push_back("--no-capture");
    const Outcome outcome = space.run(all).outcome;
    SHOW(outcome);
    CHECK(outcome.code == 0);
    CHECK(contains(outcome.err, "from the script\n"));
    CHECK(contains(outcome.err, "from the test\n"));
    CHECK(!contains(outcome.out, "from the script\n"));
    CHECK(!contains(outcome.out, "from the test\n"));
  }
  CHECK(contains(space.run({"--no-capture"}).outcome.out, "from the script\nfrom the test\n"));
}

TEST_CASE("the command that runs a failed test again names the harness, if the run did") {
  needs_feature("filtersets");
  Options options;
  options.directory = fixtures_dir();  // whose path may have to be quoted
  const Outcome outcome = nextest({"run", "./exit-3", "--harness", "plain"}, options);
  CHECK(contains(outcome.err, "run: nextest run ./exit-3 --harness plain -E 'test(=exit-3)'\n"));
}

TEST_CASE("GitHub Actions: an annotation a failure at its place, and outputs that can be folded" *
          needs(built("places_googletest"))) {
  needs_feature("annotations and a summary for GitHub");
  Options options;
  options.environment["GITHUB_ACTIONS"] = "true";
  const Outcome outcome = nextest(
      {"run", "--no-fail-fast", fixture("places_googletest"), fixture("print-both"), "--success-output", "final"},
      options);
  SHOW(outcome);
  const int failed = counted(read_screen(outcome.err), "failed");
  CHECK(failed > 0);
  CHECK(occurrences(outcome.err, "\n::error ") == failed);
  CHECK(occurrences(outcome.err, "\n::group::output\n") == occurrences(outcome.err, "\n::endgroup::\n"));
  CHECK(contains(outcome.err, "\n::error file=tests/fixtures/places_googletest.cpp,line="));
  CHECK(contains(outcome.err, ",title=places_googletest Places.equal::Expected equality of these values: "));
  CHECK(contains(outcome.err, "%0Aexited with 1\n"));
  // A test knows the run's id: it must not end what keeps its output from commanding.
  const std::size_t id = outcome.err.find("run ID ") + 7;
  CHECK(!contains(outcome.err, "::nextest-" + outcome.err.substr(id, 36)));
  // Nothing that a test prints is a command, and what has nothing to say of its own is annotated as well.
  CHECK(occurrences(outcome.err, "\n::stop-commands::nextest-") == occurrences(outcome.err, "\n::nextest-"));
  CHECK(occurrences(outcome.err, "\n::stop-commands::nextest-") >= occurrences(outcome.err, "\n::group::output\n"));
  Workspace space(
      "experimental = [\"setup-scripts\"]\n[[profile.bad.scripts]]\nfilter = \"all()\"\nsetup = \"broken\"\n"
      "[scripts.setup.broken]\ncommand = \"false\"\n");
  space.options.environment["GITHUB_ACTIONS"] = "true";
  space.test("shaky", "test -e \"$E2E_LOG.was\" || { touch \"$E2E_LOG.was\"; exit 1; }");
  Workspace::Run run = space.run({"--retries", "1", "--flaky-result", "fail"});
  CHECK(contains(run.outcome.err, "\n::error title=shaky shaky::flaky, and a flaky test counts as failed here\n"));
  run = space.run({"-P", "bad"});
  CHECK(contains(run.outcome.err, "\n::error title=broken::exited with 1\n"));
  options.environment["GITHUB_ACTIONS"] = "";
  CHECK_FALSE(contains(nextest({"run", fixture("places_googletest")}, options).err, "::error"));
}

TEST_CASE("GitHub Actions: a summary is added to its file" * needs(built("places_googletest"))) {
  needs_feature("annotations and a summary for GitHub");
  const TempDir folder;
  Options options;
  options.environment["GITHUB_ACTIONS"] = "true";
  options.environment["GITHUB_STEP_SUMMARY"] = folder / "summary.md";
  write_file(folder / "summary.md", "a step before\n");
  const Outcome outcome = nextest({"run", "--no-fail-fast", fixture("places_googletest"), fixture("exit-3")}, options);
  CHECK(outcome.code == 100);
  const std::string summary = read_file(folder / "summary.md");
  INFO(summary);
  CHECK(starts_with(summary, "a step before\n### nextest: "));
  CHECK(occurrences(summary, "\n| ") == 2 + counted(read_screen(outcome.err), "failed"));
  CHECK(contains(summary, "| FAIL | exit-3 | exit-3 |  | exited with 3 |\n"));
  CHECK(contains(summary, " | tests/fixtures/places&#95;googletest.cpp&#58;"));
  // One that cannot be written costs a warning, not the run.
  options.environment["GITHUB_STEP_SUMMARY"] = folder / "none/summary.md";
  const Outcome without = nextest({"run", fixture("exit-0")}, options);
  CHECK(without.code == 0);
  CHECK(contains(without.err, "warning: cannot write $GITHUB_STEP_SUMMARY: No such file or directory\n"));
  // Nor is one written elsewhere.
  options.environment["GITHUB_ACTIONS"] = "";
  CHECK_FALSE(contains(nextest({"run", fixture("exit-0")}, options).err, "warning"));
}

// The line that follows `run: ` under each failed test, pasted into a shell, runs just this test.
void check_own_commands(const std::string& name, size_t failures) {
  const Outcome outcome = nextest({"run", "--no-fail-fast", "--run-ignored", "all", fixture(name)});
  const Screen screen = read_screen(outcome.err);
  CHECK(screen.finals.size() == failures);
  CHECK(counted(screen, "failed") == static_cast<int>(failures));
  size_t number = 0;
  for (const StatusLine& failed : screen.finals) {
    NOTE(failed.test);
    REQUIRE(failed.body.size() >= 2);
    std::string run, command;
    for (const std::string& line : failed.body) {
      if (contains(line, "   run: nextest ")) run = line.substr(line.find("nextest ") + 8);
      if (contains(line, "   command: ")) command = line.substr(line.find(": ") + 2);
    }
    CHECK(!command.empty());
    // One in five is enough for every day.
    if (number++ % 5 != 0 && variable("E2E_ROUNDS", "").empty()) continue;
    const Outcome again =
        execute({"/bin/sh", "-c", "NEXTEST_SHOW_PROGRESS=none " + quoted(program_path()) + " " + run});
    SHOW(again);
    const Screen one = read_screen(again.err);
    CHECK(counted(one, "run") == 1);
    REQUIRE(one.finals.size() == 1);
    CHECK(one.finals[0].test == failed.test);
  }
}

#define OWN_COMMANDS_OF(name, failures)                                                            \
  TEST_CASE("a failure's own command runs that test and no other, of " name* needs(built(name))) { \
    check_own_commands(name, failures);                                                            \
  }
OWN_COMMANDS_OF("googletest", 14)
OWN_COMMANDS_OF("doctest", 19)
OWN_COMMANDS_OF("catch2", 14)
OWN_COMMANDS_OF("boost_test", 14)
OWN_COMMANDS_OF("cpputest", 5)
OWN_COMMANDS_OF("criterion", 6)
OWN_COMMANDS_OF("rust", 6)
OWN_COMMANDS_OF("exit-3", 1)

// The words behind `run: nextest` of the only test that failed.
std::string run_words(const Outcome& outcome) {
  const size_t at = outcome.err.find("   run: nextest ");
  if (at == std::string::npos) return "";
  const size_t begin = at + 16;
  return outcome.err.substr(begin, outcome.err.find('\n', begin) - begin);
}

// They run it in the same way: it fails again, and is alone.
void check_run_words(Workspace& space, const std::string& words) {
  NOTE(words);
  const Outcome again = execute({"/bin/sh", "-c", quoted(program_path()) + " " + words}, space.options);
  SHOW(again);
  CHECK(again.code == 100);
  CHECK(counted(read_screen(again.err), "run") == 1);
  CHECK(counted(read_screen(again.err), "failed") == 1);
}

TEST_CASE("a failure's own command finds a binary as its run did: an entry of [[binaries]]") {
  needs_feature("configuration files");
  Workspace space(
      "[[binaries]]\npath = 't/*'\ncwd = 't'\nharness = 'plain'\nenv = { MODE = 'odd' }\n"
      "[[profile.default.overrides]]\nfilter = 'binary_id(a)'\nretries = 1\n");
  space.test("a", "[ \"$MODE\" != odd ]").test("b");
  const std::string words = run_words(nextest({"run", "--no-fail-fast"}, space.options));
  if (left_out_as("filtersets").empty()) CHECK(words == "run -E 'binary_id(=a) & test(=a)'");
  check_run_words(space, words);
}

TEST_CASE("a failure's own command finds a binary as its run did: metadata") {
  needs_feature("JSON");
  Workspace space;
  space.test("a", "exit 1").test("b");
  write_file(space.dir / "m.json",
             nextest({"list", "-T", "json", "--list-type", "binaries-only", "t/a", "t/b"}, space.options).out);
  const std::string words =
      run_words(nextest({"run", "--binaries-metadata", "m.json", "--no-fail-fast"}, space.options));
  if (left_out_as("filtersets").empty()) CHECK(words == "run --binaries-metadata m.json -E 'binary_id(=a) & test(=a)'");
  check_run_words(space, words);
}

TEST_CASE("a failure's own command finds a binary as its run did: one of two of a name") {
  Workspace space;
  mkdir((space.dir / "t/x").c_str(), 0755);
  mkdir((space.dir / "t/y").c_str(), 0755);
  space.test("x/same", "exit 1").test("y/same").test("other");
  const std::string words =
      run_words(nextest({"run", "t/other", "t/x/same", "t/y/same", "--no-fail-fast"}, space.options));
  if (left_out_as("filtersets").empty()) {
    CHECK(words == "run t/x/same t/y/same -E 'binary_id(=x/same) & test(=same)'");
  }
  check_run_words(space, words);
}

TEST_CASE("a tracer has one test, our environment, no input, and the test's exit code") {
  Workspace space;
  space.test("one", "exit 3").test("two");
  space.script("trace", "echo \"traced $1 $2 $3: $NEXTEST_TEST_NAME\"; shift; exec \"$@\"");
  space.options.environment["NEXTEST_RECORD"] = "1";
  space.options.environment["NEXTEST_STATE_DIR"] = space.dir / "state";
  Workspace::Run run =
      space.run({"./t/one", "./t/two", "--tracer", "./trace -f", "-E", "test(=one)", "--retries", "2"});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 100);
  CHECK(run.outcome.out == "traced -f ./t/one : one\n");
  CHECK(run.log == Words{"one"});
  CHECK(counted(run.screen, "failed") == 1);
  CHECK_FALSE(exists(space.dir / "state"));  // what a tracer says of a test is no result to remember

  run = space.run({"./t/one", "./t/two", "--tracer", "./trace -f"});
  CHECK(run.outcome.code == 96);
  CHECK(contains(run.outcome.err, "error: --tracer takes one test; 2 are selected\n  hint: choose one, as in: -E "));
  CHECK(run.log.empty());
  CHECK(space.run({"./t/one", "./t/two", "--tracer", "./trace", "-E", "none()"}).outcome.code == 4);
  run = space.run({"./t/one", "./t/two", "--tracer", "./nowhere", "-E", "test(=one)"});
  CHECK(run.outcome.code == 96);
  CHECK(contains(run.outcome.err, "--tracer: cannot find ./nowhere"));
  run = space.run({"./t/one", "./t/two", "--tracer", "a", "--debugger", "b"});
  CHECK(run.outcome.code == 96);
  CHECK(contains(run.outcome.err, "exclude each other"));
  CHECK(space.run({"./t/one", "./t/two", "--tracer", "./trace", "-E", "test(=one)", "--stress-count", "2"})
            .outcome.code == 96);
}

TEST_CASE("a debugger has our input and our process group, and no timeout") {
  Workspace space;
  space.test("one", "exit 3");
  space.script("debug", "read line; echo \"said $line\"; sleep 0.5; exec " + quoted(fixture("groups")));
  const Outcome outcome =
      execute({"/bin/sh", "-c",
               "cd '" + space.dir.path() + "' && echo continue | NEXTEST_SHOW_PROGRESS=none NEXTEST_RECORD=0 " +
                   quoted(program_path()) +
                   " run ./t/one --debugger ./debug --slow-timeout 100ms --terminate-after 1 --global-timeout 100ms"});
  SHOW(outcome);
  CHECK(outcome.code == 0);  // the debugger's
  const Words lines = lines_of(outcome.out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] == "said continue");
  CHECK(lines[1] == lines[2]);
}

}  // namespace
