// Setup scripts, and what stands between the runner and a test: wrapper scripts and target runners.
#include <signal.h>

#include <algorithm>

#include "workspace.hpp"

using namespace drive;

namespace {

std::string setup(const std::string& name, const std::string& settings) {
  return "[scripts.setup." + name + "]\n" + settings + "\n";
}
std::string rule(const std::string& filter, const std::string& what) {
  return "[[profile.default.scripts]]\nfilter = '" + filter + "'\n" + what + "\n";
}

Words sorted(Words words) {
  std::sort(words.begin(), words.end());
  return words;
}

// ---- setup scripts ----

TEST_CASE("setup scripts: in the order of their definition, in the workspace root, for tests that they match") {
  Workspace workspace(setup("second", "command = './s second'") + setup("first", "command = './s first'") +
                      setup("unused", "command = './s unused'") + rule("test(a)", "setup = ['first', 'second']") +
                      rule("test(b)", "setup = 'unused'"));
  workspace.script("s", "echo \"$1 ${PWD}\" >> \"$E2E_LOG\"");
  workspace.test("a").test("b").test("c");
  const std::string root = workspace.dir.path();
  Workspace::Run run = workspace.run({"-E", "test(a) + test(c)"});
  CHECK(run.outcome.code == 0);
  REQUIRE(run.log.size() == 4);
  CHECK(run.log[0] == "second " + root);
  CHECK(run.log[1] == "first " + root);
  CHECK(contains(run.outcome.err, "SETUP [ 1/2 ] second: ./s second"));
  CHECK(contains(run.outcome.err, "SETUP [ 2/2 ] first: ./s first"));
  CHECK(occurrences(run.outcome.err, "SETUP PASS ") == 2);
  CHECK(workspace.run({"-E", "test(c)"}).log == Words{"c"});
}

TEST_CASE("setup scripts: what they write is in the environment of the tests that they match, and of no other") {
  Workspace workspace(setup("one", "command = './one'") + setup("two", "command = './two'") +
                      rule("test(a)", "setup = ['one', 'two']") + rule("test(b)", "setup = 'two'"));
  workspace.script("one", "echo 'A=from one=1' >> \"$NEXTEST_ENV\"; echo B=1 >> \"$NEXTEST_ENV\"");
  workspace.script("two", "printf '\\nB=2' >> \"$NEXTEST_ENV\"");
  for (const char* const name : {"a", "b", "c"}) workspace.test(name, "", "$NEXTEST_TEST_NAME:$A:$B");
  const Workspace::Run run = workspace.run();
  CHECK(sorted(run.log) == Words{"a:from one=1:2", "b::2", "c::"});
}

TEST_CASE("setup scripts: one that fails ends the run with 105, and no test is run") {
  const struct {
    const char* body;
    const char* word;
    const char* reason;
  } rows[] = {{"exit 3", "SETUP FAIL", "exited with 3"},
              {"kill -9 $$", "SETUP KILL", "SIGKILL"},
              {"echo NEXTEST_X=1 >> \"$NEXTEST_ENV\"", "SETUP FAIL", "line 1 of $NEXTEST_ENV"},
              {"printf 'A=1\\nwords\\n' >> \"$NEXTEST_ENV\"", "SETUP FAIL", "line 2 of $NEXTEST_ENV"},
              {"echo =1 >> \"$NEXTEST_ENV\"", "SETUP FAIL", "line 1 of $NEXTEST_ENV"},
              {"head -c 5 /dev/zero >> \"$NEXTEST_ENV\"", "SETUP FAIL", "line 1 of $NEXTEST_ENV"},
              {"rm \"$NEXTEST_ENV\"", "SETUP FAIL", "could not be made or read: "},
              {"head -c 2000000 /dev/zero >> \"$NEXTEST_ENV\"", "SETUP FAIL", "could not be made or read: "}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.body));
    Workspace workspace(setup("s", "command = './s'") + setup("next", "command = './next'") +
                        rule("all()", "setup = ['s', 'next']"));
    workspace.script("s", row.body).script("next", "echo next >> \"$E2E_LOG\"");
    const Workspace::Run run = workspace.test("a").run({"--no-fail-fast"});
    SHOW(run.outcome);
    CHECK(run.outcome.code == 105);
    CHECK(run.log.empty());
    CHECK(contains(run.outcome.err, row.word));
    CHECK(contains(run.outcome.err, row.reason));
    CHECK(contains(run.outcome.err, "1 setup script failed"));
    CHECK(contains(run.outcome.err, "1/1 test was not run due to setup script failure"));
  }
}

TEST_CASE("setup scripts: one that cannot start") {
  Workspace workspace(setup("s", "command = './none'") + rule("all()", "setup = 's'"));
  const Workspace::Run run = workspace.test("a").run();
  CHECK(run.outcome.code == 105);
  CHECK(contains(run.outcome.err, "SETUP XFAIL"));
  CHECK(contains(run.outcome.err, "No such file"));
}

TEST_CASE("setup scripts: without a place for $NEXTEST_ENV it is that which is named, not the script") {
  Workspace workspace(setup("s", "command = './s'") + rule("all()", "setup = 's'"));
  workspace.options.environment["TMPDIR"] = "/nonexistent";
  const Workspace::Run run = workspace.script("s", "exit 0").test("a").run();
  SHOW(run.outcome);
  CHECK(run.outcome.code == 105);
  CHECK(contains(run.outcome.err, "SETUP FAIL"));
  CHECK(
      contains(run.outcome.err, "its file $NEXTEST_ENV, in $TMPDIR or /tmp, could not be made or read: No such file"));
}

TEST_CASE("setup scripts: time limits") {
  Workspace workspace(setup("s",
                            "command = './s'\nslow-timeout = { period = '50ms', terminate-after = 2, "
                            "grace-period = '0s' }") +
                      rule("all()", "setup = 's'"));
  const Workspace::Run run = workspace.script("s", "sleep 60").test("a").run();
  CHECK(run.outcome.code == 105);
  CHECK(contains(run.outcome.err, "SETUP SLOW [>"));
  CHECK(contains(run.outcome.err, "SETUP TMT"));
}

TEST_CASE("setup scripts: the time of the whole run is theirs, too") {
  Workspace workspace("[profile.default]\nglobal-timeout = '100ms'\n" + setup("s", "command = './s'") +
                      rule("all()", "setup = 's'"));
  const Workspace::Run run = workspace.script("s", "sleep 60").test("a").run();
  SHOW(run.outcome);
  CHECK(run.outcome.code != 0);
  CHECK(run.log.empty());
  CHECK(contains(run.outcome.err, "1/1 test was not run due to global timeout"));
  CHECK(contains(run.outcome.err, "Cancelling due to global timeout\n"));  // no test is running
}

TEST_CASE("setup scripts: a slow one is told, and waited for") {
  Workspace workspace(setup("s", "command = './s'\nslow-timeout = '50ms'") + rule("all()", "setup = 's'"));
  const Workspace::Run run = workspace.script("s", "sleep 1").test("a").run();
  CHECK(run.outcome.code == 0);
  CHECK(contains(run.outcome.err, "SETUP SLOW [>"));
  CHECK(contains(run.outcome.err, "SETUP PASS ["));
}

TEST_CASE("setup scripts: output is the terminal's, or kept and shown when it fails") {
  const auto err = [](const std::string& settings, const char* body) {
    Workspace workspace(setup("s", "command = './s'\n" + settings) + rule("all()", "setup = 's'"));
    return workspace.script("s", body).test("a").run().outcome;
  };
  const char* const talks = "echo to-out; echo to-err >&2";
  const char* const fails = "echo to-out; echo to-err >&2; exit 1";
  Outcome outcome = err("", talks);
  CHECK(outcome.out == "to-out\n");
  CHECK(contains(outcome.err, "to-err\n"));
  outcome = err("capture-stdout = true\ncapture-stderr = true", talks);
  CHECK(outcome.out == "");
  CHECK_FALSE(contains(outcome.err, "to-err"));
  outcome = err("capture-stdout = true\ncapture-stderr = true", fails);
  CHECK(outcome.out == "");
  CHECK(contains(outcome.err, "    to-out\n"));
  CHECK(contains(outcome.err, "    to-err\n"));
}

TEST_CASE("setup scripts: commands in all their forms") {
  for (const char* const command :
       {"'./s \"two words\"'", "['./s', 'two words']", "{ command-line = './s \"two words\"' }",
        "{ command-line = ['s', 'two words'], relative-to = 'workspace-root' }",
        "{ command-line = 's \"two words\"', relative-to = 'target' }"}) {
    CAPTURE(std::string(command));
    Workspace workspace(setup("s", std::string("command = ") + command) + rule("all()", "setup = 's'"));
    workspace.options.environment["CARGO_TARGET_DIR"] = workspace.dir.path();
    workspace.script("s", "echo \"$1\" >> \"$E2E_LOG\"");
    CHECK(workspace.test("a").run().log == Words{"two words", "a"});
  }
  Workspace workspace(setup("s", "command = { command-line = './s', env = { GREETING = 'hello', } }") +
                      rule("all()", "setup = 's'"));
  workspace.script("s", "echo $GREETING >> \"$E2E_LOG\"");
  CHECK(workspace.test("a", "", "a$GREETING").run().log == Words{"hello", "a"});
}

TEST_CASE("setup scripts: they start in the workspace root, wherever the program was started") {
  for (const char* const command : {"'./s'", "{ command-line = 's', relative-to = 'workspace-root' }"}) {
    NOTE(command);
    Workspace workspace(setup("s", std::string("command = ") + command) + rule("all()", "setup = 's'"));
    workspace.script("s", "echo \"root $PWD\" >> \"$E2E_LOG\"").test("a", "", "test");
    workspace.script("t/s", "echo wrong >> \"$E2E_LOG\"");
    workspace.options.directory = workspace.dir / "t";
    CHECK(workspace.run({"./a"}).log == Words{"root " + workspace.dir.path(), "test"});
  }
}

TEST_CASE("setup scripts: they know the run; their env goes before the caller's environment") {
  Workspace workspace(setup("s", "command = { command-line = './s', env = { COLOUR = 'ours' } }") +
                      rule("all()", "setup = 's'") + "[profile.ci]\n");
  workspace.options.environment["COLOUR"] = "theirs";
  workspace.script("s",
                   "echo \"RUN=$NEXTEST_RUN_ID\" >> \"$NEXTEST_ENV\"\n"
                   "echo \"$NEXTEST $NEXTEST_PROFILE $COLOUR\" >> \"$E2E_LOG\"");
  workspace.test("a", "[ \"$RUN\" = \"$NEXTEST_RUN_ID\" ]", "$COLOUR");
  const Workspace::Run run = workspace.run({"-P", "ci"});  // the default profile's rules hold in all
  CHECK(run.outcome.code == 0);
  CHECK(run.log == Words{"1 ci ours", "theirs"});
}

TEST_CASE("setup scripts: by platform, and by the profile") {
  Workspace workspace(setup("one", "command = './s one'") + setup("two", "command = './s two'") +
                      setup("three", "command = './s three'") +
                      "[[profile.default.scripts]]\nplatform = 'cfg(unix)'\nsetup = 'one'\n"
                      "[[profile.default.scripts]]\nplatform = 'cfg(windows)'\nfilter = 'all()'\nsetup = 'two'\n"
                      "[[profile.ci.scripts]]\nfilter = 'all()'\nsetup = 'three'\n");
  workspace.script("s", "echo $1 >> \"$E2E_LOG\"").test("a");
  CHECK(workspace.run().log == Words{"one", "a"});
  CHECK(workspace.run({"-P", "ci"}).log == Words{"one", "three", "a"});
}

TEST_CASE("setup scripts: of the first run only, where tests are retried") {
  Workspace workspace(setup("s", "command = './s'") + rule("all()", "setup = 's'"));
  workspace.script("s", "echo setup >> \"$E2E_LOG\"; echo A=1 >> \"$NEXTEST_ENV\"").test("a", "exit 1", "test $A");
  CHECK(workspace.run({"--retries", "1"}).log == Words{"setup", "test 1", "test 1"});
}

TEST_CASE("setup scripts: values are taken as they are, the last of a name wins") {
  Workspace workspace(setup("s", "command = './s'") + rule("all()", "setup = 's'"));
  workspace.script("s", "printf 'A=1\\nB=\\nC= x=\"y\" $HOME \\nA=2\\n' >> \"$NEXTEST_ENV\"");
  workspace.options.environment["B"] = "before";
  CHECK(workspace.test("a", "", "$A:$B:$C:").run().log == Words{"2:: x=\"y\" $HOME :"});
}

TEST_CASE("setup scripts: one that leaves its captured output open leaks; with result fail it failed") {
  const auto run = [](const std::string& leak_timeout) {
    Workspace workspace(setup("s", "command = './s'\ncapture-stdout = true\nleak-timeout = " + leak_timeout) +
                        rule("all()", "setup = 's'"));
    return workspace.script("s", "sleep 60 &").test("a").run();
  };
  Workspace::Run leaks = run("'20ms'");
  SHOW(leaks.outcome);
  CHECK(leaks.outcome.code == 0);
  CHECK(contains(leaks.outcome.err, "SETUP LEAK "));
  CHECK(leaks.log == Words{"a"});
  leaks = run("{ period = '20ms', result = 'fail' }");
  CHECK(leaks.outcome.code == 105);
  CHECK(leaks.log.empty());
}

TEST_CASE("setup scripts: each stream is captured on its own") {
  Workspace workspace(setup("s", "command = './s'\ncapture-stderr = true") + rule("all()", "setup = 's'"));
  const Outcome outcome = workspace.script("s", "echo to-out; echo to-err >&2").test("a").run().outcome;
  CHECK(outcome.out == "to-out\n");
  CHECK_FALSE(contains(outcome.err, "to-err"));
}

TEST_CASE("setup scripts: a test list alone starts none") {
  Workspace workspace(setup("s", "command = './s'") + rule("all()", "setup = 's'"));
  workspace.script("s", "echo setup >> \"$E2E_LOG\"").test("a");
  CHECK(nextest({"list", "./t/a"}, workspace.options).code == 0);
  CHECK(contains(workspace.shown({"test", "all()", "./t/a"}), "    setup = \"s\"\n"));
  CHECK_FALSE(exists(workspace.dir / "log"));
}

void check_left_running(const std::string& way) {
  Workspace workspace(setup("s", "command = './s'") + rule("all()", "setup = 's'"));
  workspace.script("s", way + " echo PID=$! >> \"$NEXTEST_ENV\"");
  workspace.test("a", "kill -0 $PID");
  const Workspace::Run run = workspace.run();  // finds what was left behind
  SHOW(run.outcome);
  CHECK(run.outcome.code == 0);
  CHECK(words_of(run.screen, "a a") == Words{"PASS"});
}

TEST_CASE("setup scripts: what one leaves running lives as long as the tests, and no longer") {
  check_left_running("sleep 300 &");
}
TEST_CASE("setup scripts: what one leaves running in another session lives no longer than the tests" *
          needs(proc(), other_sessions(), tool("setsid", "util-linux"))) {
  check_left_running("setsid sleep 300 < /dev/null > /dev/null 2>&1 &");
}

TEST_CASE("setup scripts: each round of a stress run has its own") {
  Workspace workspace(setup("s", "command = './s'") + rule("all()", "setup = 's'"));
  workspace.script("s", "echo setup >> \"$E2E_LOG\"");
  CHECK(workspace.test("a").run({"--stress-count", "2"}).log == Words{"setup", "a", "setup", "a"});
}

TEST_CASE("setup scripts: an interrupt ends them, and the run") {
  Workspace workspace(setup("s", "command = './s'") + rule("all()", "setup = 's'"));
  workspace.script("s", "echo started >> \"$E2E_LOG\"; sleep 60").test("a");
  Process process(program_words({"run", "./t/a"}), workspace.options);
  REQUIRE(process.wait_until([&] { return read_file(workspace.dir / "log") == "started\n"; }));
  process.send(SIGINT);
  const Outcome outcome = process.finish();
  check_clean({"run"}, outcome);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(contains(outcome.err, "1/1 test was not run"));
  CHECK(lines_of(read_file(workspace.dir / "log")) == Words{"started"});
}

// ---- teardown scripts ----

std::string teardown(const std::string& name, const std::string& settings) {
  return "[scripts.teardown." + name + "]\n" + settings + "\n";
}

TEST_CASE("teardown scripts: after the tests, in the order of their definition, for tests that they match") {
  Workspace workspace(teardown("second", "command = './s second'") + teardown("first", "command = './s first'") +
                      teardown("unused", "command = './s unused'") + rule("test(a)", "teardown = ['first', 'second']") +
                      rule("test(b)", "teardown = 'unused'"));
  workspace.script("s", "echo \"$1 ${PWD}\" >> \"$E2E_LOG\"");
  workspace.test("a").test("b").test("c");
  const std::string root = workspace.dir.path();
  const Workspace::Run run = workspace.run({"-j1", "-E", "test(a) + test(c)"});
  CHECK(run.outcome.code == 0);
  CHECK(run.log == Words{"a", "c", "second " + root, "first " + root});
  CHECK(contains(run.outcome.err, "    TEARDOWN [ 1/2 ] second: ./s second"));
  CHECK(contains(run.outcome.err, "    TEARDOWN [ 2/2 ] first: ./s first"));
  CHECK(occurrences(run.outcome.err, " TEARDN PASS [") == 2);
  CHECK(workspace.run({"-E", "test(c)"}).log == Words{"c"});
  CHECK(contains(workspace.shown({"test", "test(a)", "./t/a"}), "    teardown = \"first\"\n"));
}

TEST_CASE("teardown scripts: what setup scripts wrote is theirs, and what setup scripts left running is there") {
  Workspace workspace(setup("db", "command = './start'") + setup("one", "command = './one'") +
                      teardown("db", "command = './stop'") + rule("test(a)", "setup = ['db', 'one']") +
                      rule("all()", "teardown = 'db'"));
  workspace.script("start", "sleep 300 & echo PID=$! >> \"$NEXTEST_ENV\"");
  workspace.script("one", "echo ONE=1 >> \"$NEXTEST_ENV\"");
  workspace.script("stop", "kill -0 $PID && echo \"stopping ${ONE} ${NEXTEST_ENV-none}\" >> \"$E2E_LOG\"");
  workspace.test("a").test("b");
  const Workspace::Run run = workspace.run({"-j1"});
  CHECK(run.outcome.code == 0);
  CHECK(run.log == Words{"a", "b", "stopping 1 none"});
}

TEST_CASE("teardown scripts: all of them run, however the run went") {
  const std::string both = teardown("one", "command = './s one'") + teardown("two", "command = './s two'");
  const std::string asked = rule("all()", "teardown = ['one', 'two']");
  SUBCASE("one that fails is no reason for the next; tests that passed do not make up for it") {
    Workspace workspace(both + asked);
    workspace.script("s", "echo $1 >> \"$E2E_LOG\"; [ $1 = two ]");
    const Workspace::Run run = workspace.test("a").run();
    CHECK(run.outcome.code == 105);
    CHECK(run.log == Words{"a", "one", "two"});
    CHECK(contains(run.outcome.err, " TEARDN FAIL ["));
    CHECK(contains(run.outcome.err, "1 test run: 1 passed, 1 teardown script failed, 0 skipped"));
    CHECK_FALSE(contains(run.outcome.err, "ancelling"));
  }
  SUBCASE("a test that failed is the worse news") {
    Workspace workspace(both + asked);
    workspace.script("s", "echo $1 >> \"$E2E_LOG\"; exit 1");
    const Workspace::Run run = workspace.test("a", "exit 1").run();
    CHECK(run.outcome.code == 100);
    CHECK(run.log == Words{"a", "one", "two"});
    CHECK(contains(run.outcome.err, "1 failed, 2 teardown scripts failed, 0 skipped"));
  }
  SUBCASE("a setup script that failed") {
    Workspace workspace(both + asked + setup("broken", "command = 'false'") + rule("all()", "setup = 'broken'"));
    workspace.script("s", "echo $1 >> \"$E2E_LOG\"");
    const Workspace::Run run = workspace.test("a").run();
    CHECK(run.outcome.code == 105);
    CHECK(run.log == Words{"one", "two"});
  }
  SUBCASE("failing fast") {
    Workspace workspace(both + asked);
    workspace.script("s", "echo $1 >> \"$E2E_LOG\"");
    const Workspace::Run run = workspace.test("a", "exit 1").test("b").run({"-j1", "--fail-fast"});
    CHECK(run.outcome.code == 100);
    CHECK(run.log == Words{"a", "one", "two"});
  }
  SUBCASE("the time of the whole run") {
    Workspace workspace(both + asked + "[profile.default]\nglobal-timeout = '50ms'\n");
    workspace.script("s", "echo $1 >> \"$E2E_LOG\"");
    const Workspace::Run run = workspace.test("a", "sleep 60").run();
    CHECK(run.outcome.code == 100);
    CHECK(run.log == Words{"a", "one", "two"});
  }
  SUBCASE("no test to run") {
    Workspace workspace(both + asked);
    workspace.script("s", "echo $1 >> \"$E2E_LOG\"");
    CHECK(workspace.test("a").run({"-E", "none()", "--no-tests", "pass"}).log.empty());
    CHECK(nextest({"list", "./t/a"}, workspace.options).code == 0);
    CHECK_FALSE(exists(workspace.dir / "log"));
  }
}

TEST_CASE("teardown scripts: an interrupt ends the tests, a second one the script that runs, and the next one runs") {
  Workspace workspace(teardown("one", "command = './s one'") + teardown("two", "command = './two'") +
                      rule("all()", "teardown = ['one', 'two']"));
  workspace.script("s", "echo one >> \"$E2E_LOG\"; exec sleep 60");
  workspace.script("two", "echo two >> \"$E2E_LOG\"").test("a", "exec sleep 60");
  Process process(program_words({"run", "./t/a"}), workspace.options);
  const auto logged = [&](const char* text) {
    return process.wait_until([&] { return read_file(workspace.dir / "log") == text; });
  };
  REQUIRE(logged("a\n"));
  process.send(SIGINT);
  REQUIRE(logged("a\none\n"));
  process.send(SIGINT);
  const Outcome outcome = process.finish();
  check_clean({"run"}, outcome);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(lines_of(read_file(workspace.dir / "log")) == Words{"a", "one", "two"});
  CHECK(contains(outcome.err, " TEARDN PASS ["));
}

TEST_CASE("teardown scripts: time limits, and slow ones") {
  Workspace workspace(teardown("slow", "command = './s'\nslow-timeout = { period = '50ms', terminate-after = 2 }") +
                      rule("all()", "teardown = 'slow'"));
  const Workspace::Run run = workspace.script("s", "sleep 60").test("a").run();
  CHECK(run.outcome.code == 105);
  CHECK(contains(run.outcome.err, " TEARDN SLOW [>"));
  CHECK(contains(run.outcome.err, " TERMINATING [>"));
  CHECK(contains(run.outcome.err, "TEARDN TMT ["));
}

TEST_CASE("teardown scripts: each round of a stress run has its own") {
  Workspace workspace(teardown("s", "command = './s'") + rule("all()", "teardown = 's'"));
  workspace.script("s", "echo end >> \"$E2E_LOG\"");
  CHECK(workspace.test("a").run({"--stress-count", "2"}).log == Words{"a", "end", "a", "end"});
}

TEST_CASE("teardown scripts: one that fails in any round of a stress run is told") {
  Workspace workspace(teardown("s", "command = './s'") + rule("all()", "teardown = 's'"));
  workspace.script("s", "[ -e second ] || { echo > second; exit 3; }");
  const Workspace::Run run = workspace.test("a").run({"--stress-count", "2"});
  CHECK(run.outcome.code == 105);
  CHECK(contains(run.outcome.err, "2/2 stress run iterations: 2 passed, 1 teardown script failed\n"));
}

TEST_CASE("teardown scripts: JUnit has them, and a record") {
  Workspace workspace(setup("db", "command = 'true'") + teardown("db", "command = './s now'\ncapture-stdout = true") +
                      rule("all()", "setup = 'db'\nteardown = 'db'"));
  workspace.script("s", "echo cleaning up; exit 4").test("a").options.environment["NEXTEST_RECORD"] = "1";
  workspace.options.environment["NEXTEST_STATE_DIR"] = workspace.dir / "state";
  CHECK(workspace.run({"--junit", "report.xml"}).outcome.code == 105);
  const std::string report = read_file(workspace.dir / "report.xml");
  CHECK(contains(report, "<testsuite name=\"@setup-script:db\" tests=\"1\" skipped=\"0\" errors=\"0\" failures=\"0\""));
  CHECK(contains(report,
                 "<testsuite name=\"@teardown-script:db\" tests=\"1\" skipped=\"0\" errors=\"0\" failures=\"1\""));
  CHECK(contains(report, "cleaning up"));
  const Outcome replay = nextest({"replay", "-R", "latest"}, workspace.options);
  SHOW(replay);
  CHECK(replay.code == 0);
  CHECK(contains(replay.out, " SETUP PASS ["));
  CHECK(contains(replay.out, " TEARDN FAIL ["));
  CHECK(contains(replay.out, "1 teardown script failed"));
  const Outcome lines = nextest({"store", "export", "latest", "--format", "jsonl", "-o", "-"}, workspace.options);
  CHECK(occurrences(lines.out, "\"phase\":\"teardown\"") == 2);
}

// ---- wrapper scripts ----

TEST_CASE("wrapper scripts: run-wrapper for the tests that it matches, the first that does") {
  Workspace workspace(
      "[scripts.wrapper.one]\ncommand = 'env W=one'\n[scripts.wrapper.two]\n"
      "command = { command-line = 'env W=two', env = { V = 'v' } }\n" +
      rule("test(a)", "run-wrapper = 'one'") + rule("all() - test(c)", "run-wrapper = 'two'"));
  for (const char* const name : {"a", "b", "c"}) workspace.test(name, "", "$NEXTEST_TEST_NAME$W$V");
  CHECK(sorted(workspace.run().log) == Words{"aone", "btwov", "c"});
}

TEST_CASE("wrapper scripts: list-wrapper for listing alone") {
  Workspace workspace("[scripts.wrapper.w]\ncommand = './w'\n" + rule("binary(protocol.sh)", "list-wrapper = 'w'") +
                      rule("binary(none)", "list-wrapper = 'w'"));
  workspace.script("w", "echo \"listing $2\" >> \"$E2E_LOG\"; exec \"$@\"");
  write_file(workspace.dir / "t/protocol.sh", read_file(fixture("protocol.sh")), 0755);
  const Workspace::Run run = workspace.run({"./t/protocol.sh", "--harness", "libtest", "--no-fail-fast"});
  CHECK(sorted(run.log) == Words{"listing --list", "listing --list"});
  CHECK(counted(run.screen, "run") > 0);
}

TEST_CASE("wrapper scripts: the profile's own go before the default profile's") {
  Workspace workspace("[scripts.wrapper.one]\ncommand = 'env W=one'\n[scripts.wrapper.two]\ncommand = 'env W=two'\n" +
                      rule("all()", "run-wrapper = 'one'") +
                      "[[profile.ci.scripts]]\nfilter = 'test(a)'\nrun-wrapper = 'two'\n");
  for (const char* const name : {"a", "b"}) workspace.test(name, "", "$NEXTEST_TEST_NAME$W");
  CHECK(sorted(workspace.run().log) == Words{"aone", "bone"});
  CHECK(sorted(workspace.run({"-P", "ci"}).log) == Words{"atwo", "bone"});
}

TEST_CASE("wrapper scripts: relative to the workspace root, to where cargo builds") {
  for (const char* const folder : {"workspace-root", "target"}) {
    NOTE(folder);
    Workspace workspace(std::string("[scripts.wrapper.w]\ncommand = { command-line = 'w x', relative-to = '") + folder +
                        "' }\n" + rule("all()", "run-wrapper = 'w'"));
    mkdir((workspace.dir / "target").c_str(), 0755);
    workspace.script(std::string(folder) == "target" ? "target/w" : "w", "shift; W=wrapped exec \"$@\"");
    workspace.test("a", "", "$W ${PWD##*/}");
    workspace.options.directory = workspace.dir / "t";
    CHECK(workspace.run({"./a"}).log == Words{"wrapped t"});
  }
}

TEST_CASE("wrapper scripts: one that is not there is a failure of what it should start") {
  Workspace workspace("[scripts.wrapper.w]\ncommand = './none'\n" + rule("binary(a)", "run-wrapper = 'w'") +
                      rule("binary(protocol.sh)", "list-wrapper = 'w'"));
  Workspace::Run run = workspace.test("a").run();
  CHECK(run.outcome.code == 100);
  CHECK(words_of(run.screen, "a a") == Words{"XFAIL"});
  CHECK(run.log.empty());
  write_file(workspace.dir / "t/protocol.sh", read_file(fixture("protocol.sh")), 0755);
  run = workspace.run({"./t/protocol.sh", "--harness", "libtest"});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 104);
  CHECK(counted(run.screen, "run") == 0);
}

TEST_CASE("wrapper scripts: what becomes of a target runner while listing") {
  const struct {
    const char* target_runner;
    const char* log;
  } rows[] = {{"ignore", "wrapper --list"},
              {"overrides-wrapper", "runner --list"},
              {"within-wrapper", "wrapper runner --list"},
              {"around-wrapper", "runner wrapper --list"}};
  for (const auto& row : rows) {
    NOTE(row.target_runner);
    Workspace workspace(std::string("[scripts.wrapper.w]\ncommand = './step wrapper'\ntarget-runner = '") +
                        row.target_runner + "'\n" + rule("binary(protocol.sh)", "list-wrapper = 'w'"));
    workspace.script("step",
                     "export STEPS=\"$STEPS$1 \"; shift\n"
                     "case $1 in *step) ;; *) echo \"$STEPS$2\" >> \"$E2E_LOG\" ;; esac; exec \"$@\"");
    write_file(workspace.dir / "t/protocol.sh", read_file(fixture("protocol.sh")), 0755);
    const Outcome list = nextest(
        {"list", "./t/protocol.sh", "--harness", "libtest", "--target-runner", "./step runner"}, workspace.options);
    SHOW(list);
    CHECK(list.code == 0);
    const Words log = lines_of(read_file(workspace.dir / "log"));
    CHECK(std::count(log.begin(), log.end(), row.log) == static_cast<long>(log.size()));
    CHECK_FALSE(log.empty());
  }
}

TEST_CASE("wrapper scripts: what becomes of a target runner") {
  const struct {
    const char* target_runner;
    const char* log;
  } rows[] = {{"", "wrapper test"},
              {"target-runner = 'ignore'", "wrapper test"},
              {"target-runner = 'overrides-wrapper'", "runner test"},
              {"target-runner = 'within-wrapper'", "wrapper runner test"},
              {"target-runner = 'around-wrapper'", "runner wrapper test"}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.target_runner));
    Workspace workspace("[scripts.wrapper.w]\ncommand = './step wrapper'\n" + std::string(row.target_runner) + "\n" +
                        rule("all()", "run-wrapper = 'w'"));
    workspace.script("step", "printf '%s ' $1 >> \"$E2E_LOG\"; shift; exec \"$@\"");
    workspace.test("a", "", "test");
    CHECK(workspace.run({"--target-runner=./step runner"}).log == Words{row.log});
    CHECK(workspace.run().log == Words{"wrapper test"});
  }
}

TEST_CASE("wrapper scripts: a target runner that replaces a wrapper takes its environment away, too") {
  Workspace workspace(
      "[scripts.wrapper.w]\ncommand = { command-line = 'env', env = { FROM = 'wrapper' } }\n"
      "target-runner = 'overrides-wrapper'\n" +
      rule("all()", "run-wrapper = 'w'"));
  workspace.test("a", "", "from ${FROM:-nobody}");
  CHECK(workspace.run({"--target-runner=env"}).log == Words{"from nobody"});
  CHECK(workspace.run().log == Words{"from wrapper"});
}

}  // namespace
