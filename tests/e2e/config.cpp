// What each key of the configuration does, seen through the command line.
#include <algorithm>

#include "workspace.hpp"

using namespace drive;

namespace {

constexpr const char* slots = "$NEXTEST_TEST_NAME $NEXTEST_TEST_GLOBAL_SLOT";
constexpr const char* groups = "$NEXTEST_TEST_NAME $NEXTEST_TEST_GROUP $NEXTEST_TEST_GROUP_SLOT";
constexpr const char* attempts = "$NEXTEST_TEST_NAME $NEXTEST_ATTEMPT/$NEXTEST_TOTAL_ATTEMPTS";

Words sorted(Words words) {
  std::sort(words.begin(), words.end());
  return words;
}

std::string profile(const std::string& settings) { return "[profile.default]\n" + settings + "\n"; }
std::string override_of(const std::string& filter, const std::string& settings) {
  return "[[profile.default.overrides]]\nfilter = '" + filter + "'\n" + settings + "\n";
}

// ---- which tests ----

TEST_CASE("config: default-filter, and how to get around it") {
  Workspace workspace(profile("default-filter = 'not test(b)'"));
  workspace.test("a").test("b");
  Workspace::Run run = workspace.run();
  CHECK(run.log == Words{"a"});
  CHECK(contains(run.outcome.err, "via the default-filter"));
  CHECK(sorted(workspace.run({"--ignore-default-filter"}).log) == Words{"a", "b"});
  CHECK(workspace.run({"-E", "test(b)"}).outcome.code == 4);
  CHECK(workspace.run({"-E", "default()", "--ignore-default-filter"}).log == Words{"a"});
  CHECK(sorted(workspace.run({"-E", "test(b)", "-E", "test(a)", "--ignore-default-filter"}).log) == Words{"a", "b"});
}

TEST_CASE("config: default-filter by platform") {
  Workspace workspace(profile("default-filter = 'none()'") +
                      "[[profile.default.overrides]]\nplatform = 'cfg(windows)'\ndefault-filter = 'test(b)'\n"
                      "[[profile.default.overrides]]\nplatform = { host = 'cfg(unix)' }\ndefault-filter = 'test(a)'\n");
  CHECK(workspace.test("a").test("b").run().log == Words{"a"});
}

// ---- threads, groups, order ----

TEST_CASE("config: test-threads") {
  Workspace workspace(profile("test-threads = 1"));
  for (const char* const name : {"a", "b", "c"}) workspace.test(name, "sleep 0.05", slots);
  CHECK(workspace.run().log == Words{"a 0", "b 0", "c 0"});
  CHECK(sorted(workspace.run({"-j3"}).log) == Words{"a 0", "b 1", "c 2"});
}

TEST_CASE("config: test-threads counted from the processors") {
  const auto threads = [](const std::string& setting) {
    Workspace workspace(profile("test-threads = " + setting));
    return workspace.test("a", "", "$NEXTEST_TEST_THREADS").run().log;
  };
  CHECK(threads("-100000") == Words{"1"});  // never none
  const Words all = threads("'num-cpus'");
  REQUIRE(all.size() == 1);
  const int processors = atoi(all[0].c_str());
  CHECK(processors >= 1);
  CHECK(threads("-1") == Words{std::to_string(std::max(processors - 1, 1))});
}

TEST_CASE("config: threads-required, as a number and as all of them") {
  for (const char* const required : {"2", "100", "'num-test-threads'"}) {
    CAPTURE(std::string(required));
    Workspace workspace(profile("test-threads = 2") +
                        override_of("test(heavy)", std::string("threads-required = ") + required));
    workspace.test("a", "sleep 0.1").test("heavy", "ls \"$E2E_LOG.a\" 2>/dev/null; sleep 0.1").test("z");
    for (const char* const name : {"a", "heavy", "z"}) {
      workspace.script(
          std::string("t/") + name,
          std::string("echo start ") + name + " >> \"$E2E_LOG\"; sleep 0.1; echo end " + name + " >> \"$E2E_LOG\"");
    }
    CHECK(workspace.run().log == Words{"start a", "end a", "start heavy", "end heavy", "start z", "end z"});
  }
  Workspace workspace(profile("test-threads = 2\nthreads-required = 'num-cpus'"));
  CHECK(workspace.test("a").run().log == Words{"a"});
}

TEST_CASE("config: tests that need as many threads as there are processors run one by one") {
  Workspace workspace(profile("test-threads = 'num-cpus'\nthreads-required = 'num-cpus'"));
  for (const std::string name : {"a", "b", "c"}) {
    workspace.script("t/" + name,
                     "echo \"start $NEXTEST_TEST_GLOBAL_SLOT\" >> \"$E2E_LOG\"; sleep 0.05; echo end >> \"$E2E_LOG\"");
  }
  CHECK(workspace.run().log == Words{"start 0", "end", "start 0", "end", "start 0", "end"});
}

TEST_CASE("config: a heavy test takes its threads of its group, too, and never more than there are") {
  for (const std::string most : {"1", "2"}) {
    CAPTURE(most);
    Workspace workspace("[test-groups]\ng = { max-threads = " + most + " }\n" + profile("test-group = 'g'") +
                        override_of("test(heavy)", "threads-required = 2") +
                        override_of("test(huge)", "threads-required = 3"));
    for (const std::string name : {"heavy1", "heavy2", "huge"}) {
      workspace.script("t/" + name,
                       "echo \"start $NEXTEST_TEST_GROUP_SLOT\" >> \"$E2E_LOG\"; sleep 0.05; echo end >> "
                       "\"$E2E_LOG\"");
    }
    CHECK(workspace.run({"-j4"}).log == Words{"start 0", "end", "start 0", "end", "start 0", "end"});
  }
}

TEST_CASE("config: a group of two has two slots") {
  Workspace workspace("[test-groups.g]\nmax-threads = 2\n" + profile("test-group = 'g'\ntest-threads = 4"));
  for (const std::string name : {"a", "b"}) {
    // Each waits for the other, so both run at the same time.
    workspace.test(name,
                   "n=0; until [ $(wc -l < \"$E2E_LOG\") = 2 ]; do sleep 0.01; n=$((n + 1)); [ $n -lt 2000 ] || "
                   "exit 1; done",
                   groups);
  }
  const Workspace::Run run = workspace.run();
  CHECK(run.outcome.code == 0);
  CHECK(sorted(run.log) == Words{"a g 0", "b g 1"});
}

TEST_CASE("config: test groups, their slots and their limit") {
  Workspace workspace("[test-groups.one]\nmax-threads = 1\n[test-groups.two]\nmax-threads = 'num-cpus'\n" +
                      override_of("test(/^a/)", "test-group = 'one'") +
                      override_of("test(b)", "test-group = '@global'"));
  workspace.test("a1", "sleep 0.05", groups).test("a2", "sleep 0.05", groups).test("b", "", groups);
  CHECK(sorted(workspace.run({"-j3"}).log) == Words{"a1 one 0", "a2 one 0", "b @global none"});
  CHECK(sorted(workspace.run({"-j3", "-E", "group(one)"}).log) == Words{"a1 one 0", "a2 one 0"});
  CHECK(workspace.run({"-E", "group(@global)"}).log == Words{"b @global none"});
  CHECK(workspace.shown({"test-groups", "./t/a1", "./t/a2", "./t/b"})
            .find("one (max-threads = 1):\n    a1 a1\n    a2 a2\ntwo (max-threads = ") == 0);
}

TEST_CASE("config: priority goes before every order") {
  Workspace workspace(profile("test-threads = 1") + override_of("test(c)", "priority = 50") +
                      override_of("test(a)", "priority = -50"));
  for (const char* const name : {"a", "b", "c", "d"}) workspace.test(name);
  CHECK(workspace.run().log == Words{"c", "b", "d", "a"});
  CHECK(workspace.run({"--order", "listed"}).log == Words{"c", "b", "d", "a"});
  const Workspace::Run random = workspace.run({"--order", "random:7"});
  CHECK(random.log == workspace.run({"--order", "random:7"}).log);
  CHECK(random.log.front() == "c");
  CHECK(random.log.back() == "a");
  CHECK(contains(random.outcome.err, "Order random:7\n"));
  CHECK(contains(workspace.run({"--order", "random"}).outcome.err, "Order random:"));
}

// ---- retries ----

TEST_CASE("config: retries as a number, for some tests others") {
  Workspace workspace(profile("retries = 1\nfail-fast = false") + override_of("test(b)", "retries = 2"));
  workspace.test("a", "exit 1", attempts).test("b", "exit 1", attempts);
  const Words log = sorted(workspace.run().log);
  CHECK(log == Words{"a 1/2", "a 2/2", "b 1/3", "b 2/3", "b 3/3"});
}

TEST_CASE("config: delays between attempts") {
  Workspace workspace(profile("retries = { backoff = 'exponential', count = 4, delay = '10ms', max-delay = '25ms' }"));
  workspace.test("a", "exit 1", attempts);
  std::string err = workspace.run().outcome.err;
  CHECK(contains(err, "DELAY 2/5 by   0.010s a a"));
  CHECK(contains(err, "DELAY 3/5 by   0.020s a a"));
  CHECK(contains(err, "DELAY 4/5 by   0.025s a a"));
  CHECK(contains(err, "DELAY 5/5 by   0.025s a a"));

  write_file(workspace.dir / ".config/nextest.toml",
             profile("retries = { backoff = 'fixed', count = 2, delay = '15ms' }"));
  err = workspace.run().outcome.err;
  CHECK(occurrences(err, "by   0.015s a a") == 2);

  write_file(workspace.dir / ".config/nextest.toml",
             profile("retries = { backoff = 'fixed', count = 2, delay = '100ms', jitter = true }"));
  err = workspace.run().outcome.err;
  for (const char* const number : {"2/3", "3/3"}) {
    const size_t at = err.find(std::string("DELAY ") + number + " by   0.");
    REQUIRE(at != std::string::npos);
    const int ms = atoi(err.c_str() + at + std::string("DELAY 2/3 by   0.").size());
    CHECK(ms >= 50);
    CHECK(ms <= 100);
  }
}

TEST_CASE("config: flaky-result") {
  Workspace workspace(profile("retries = 1\nflaky-result = 'fail'") + override_of("test(b)", "flaky-result = 'pass'"));
  const char* const flaky = "[ $NEXTEST_ATTEMPT = 2 ]";
  CHECK(workspace.test("a", flaky).run().outcome.code == 100);
  Workspace::Run run = workspace.test("b", flaky).run({"-E", "test(b)"});
  CHECK(run.outcome.code == 0);
}

// ---- time ----

TEST_CASE("config: slow-timeout in all its parts") {
  const auto ends = [](const std::string& setting, const char* body) {
    Workspace workspace(profile("slow-timeout = " + setting));
    return workspace.test("a", body).run();
  };
  Workspace::Run run = ends("'50ms'", "sleep 0.12");
  CHECK(run.outcome.code == 0);
  CHECK(words_of(run.screen, "a a").front() == "SLOW");
  run = ends("{ period = '50ms', terminate-after = 2 }", "sleep 60");
  CHECK(run.outcome.code == 100);
  CHECK(words_of(run.screen, "a a").back() == "TIMEOUT");
  run = ends("{ period = '50ms', terminate-after = 1, on-timeout = 'pass' }", "sleep 60");
  CHECK(run.outcome.code == 0);
  CHECK(words_of(run.screen, "a a").back() == "TIMEOUT-PASS");
  run = ends("{ period = '50ms', terminate-after = 1, grace-period = '0s' }", "trap '' TERM; sleep 60 & wait");
  CHECK(contains(run.outcome.err, "killed after the grace period"));
}

TEST_CASE("config: slow-timeout of some tests") {
  Workspace workspace(profile("slow-timeout = '60s'\nfail-fast = false") +
                      override_of("test(a)", "slow-timeout = { period = '50ms', terminate-after = 1 }"));
  const Workspace::Run run = workspace.test("a", "sleep 60").test("b", "sleep 0.1").run();
  CHECK(words_of(run.screen, "a a").back() == "TIMEOUT");
  CHECK(words_of(run.screen, "b b") == Words{"PASS"});
}

TEST_CASE("config: leak-timeout and what a leak is") {
  Workspace workspace(profile("leak-timeout = { period = '20ms', result = 'fail' }\nfail-fast = false") +
                      override_of("test(b)", "leak-timeout = '20ms'"));
  const Workspace::Run run = workspace.test("a", "sleep 60 &").test("b", "sleep 60 &").run();
  CHECK(run.outcome.code == 100);
  CHECK(words_of(run.screen, "a a") == Words{"LEAK-FAIL"});
  CHECK(words_of(run.screen, "b b") == Words{"LEAK"});
}

TEST_CASE("config: sanitizer-reports, and what is kept of them") {
  Workspace workspace(profile("fail-fast = false\njunit.path = 'report.xml'") +
                      override_of("test(b)", "sanitizer-reports = 'ignore'"));
  const std::string report = "echo 'src/a.c:2:66: runtime error: signed integer overflow' >&2";
  const Workspace::Run run = workspace.test("a", report).test("b", report).run();
  CHECK(run.outcome.code == 100);
  CHECK(words_of(run.screen, "a a") == Words{"SANITIZER"});
  CHECK(words_of(run.screen, "b b") == Words{"PASS"});
  CHECK(contains(run.outcome.err, "src/a.c:2: runtime error: signed integer overflow\n"));
  CHECK(contains(read_file(workspace.dir / "target/nextest/default/report.xml"),
                 "message=\"src/a.c:2: runtime error: signed integer overflow\""));
}

TEST_CASE("config: skip-pattern, fail-pattern and pass-pattern") {
  Workspace workspace(profile("fail-fast = false\nfail-pattern = '^ERROR'\njunit.path = 'report.xml'") +
                      override_of("test(/^pass/)", "pass-pattern = '\\bdone\\b'\nfail-pattern = ''") +
                      override_of("test(skip)", "skip-pattern = 'no \\w+ here'"));
  workspace.test("plain", "echo an ERROR").test("fails", "(echo; echo ERROR: x) >&2");
  workspace.test("pass-1", "echo ERROR: done; exit 3").test("pass-2", "echo undone");
  workspace.test("skip", "echo no board here; exit 1");
  const Workspace::Run run = workspace.run();
  CHECK(run.outcome.code == 100);
  CHECK(words_of(run.screen, "plain plain") == Words{"PASS"});
  CHECK(words_of(run.screen, "fails fails") == Words{"FAIL"});
  CHECK(words_of(run.screen, "pass-1 pass-1") == Words{"PASS"});
  CHECK(words_of(run.screen, "pass-2 pass-2") == Words{"FAIL"});
  CHECK(contains(run.outcome.err, "exited with 0, but its output matches fail-pattern\n"));
  CHECK(contains(run.outcome.err, "exited with 0, but its output does not match pass-pattern\n"));
  CHECK(contains(run.outcome.err, "skip skip (skipped by the test)\n"));
  CHECK(contains(read_file(workspace.dir / "target/nextest/default/report.xml"), "matches fail-pattern"));
  // What cannot be seen is not asked for.
  CHECK(workspace.run({"--no-capture", "-E", "test(pass-2)"}).outcome.code == 0);
}

TEST_CASE("config: a pattern that is no regex is an error that shows where") {
  Workspace workspace(profile("fail-pattern = '('"));
  const Outcome outcome = workspace.test("a").run().outcome;
  CHECK(outcome.code == 96);
  CHECK(contains(outcome.err, "nextest.toml:2:16"));
  CHECK(contains(outcome.err, "the regex '(' cannot be used: "));
}

TEST_CASE("config: expected") {
  Workspace workspace(profile("fail-fast = false\nretries = 1") + override_of("test(/^x/)", "expected = 'fail'"));
  workspace.test("x-fails", "exit 3").test("x-aborts", "kill -ABRT $$").test("x-passes").test("x-skips", "exit 77");
  const Workspace::Run run = workspace.test("fails", "exit 3").run();
  CHECK(run.outcome.code == 100);
  CHECK(words_of(run.screen, "x-fails x-fails (failed as expected)") == Words{"PASS"});
  CHECK(words_of(run.screen, "x-aborts x-aborts (failed as expected)") == Words{"PASS"});
  CHECK(contains(run.outcome.err, "x-skips x-skips (skipped by the test)\n"));
  CHECK(contains(run.outcome.err, "TRY 2 XPASS"));
  CHECK(contains(run.outcome.err, "passed, but is expected to fail\n"));
  CHECK(contains(run.outcome.err, "5 tests run: 3 passed (1 skipped by the test), 2 failed"));
}

TEST_CASE("config: a test that the run ends has not failed as expected") {
  Workspace workspace(profile("") + override_of("test(x)", "expected = 'fail'"));
  workspace.test("x", "touch ready; exec sleep 60").test("fails", "while [ ! -e ready ]; do sleep 0.01; done; exit 1");
  const Workspace::Run run = workspace.run({"-j2", "--max-fail", "1:immediate"});
  CHECK(run.outcome.code == 100);
  CHECK(contains(run.outcome.err, "2 tests run: 0 passed, 2 failed"));
}

TEST_CASE("config: a test that a time limit ends has not failed as expected") {
  Workspace workspace(
      profile("expected = 'fail'\nslow-timeout = { period = '100ms', terminate-after = 1 }\nfail-fast = false"));
  const Workspace::Run run = workspace.test("a", "sleep 60").run();
  CHECK(run.outcome.code == 100);
  CHECK(contains(run.outcome.err, "TIMEOUT ["));
  CHECK_FALSE(contains(run.outcome.err, "as expected"));
}

TEST_CASE("config: tmpdir") {
  Workspace workspace(profile("fail-fast = false\ntmpdir = true\njunit.path = 'report.xml'") +
                      override_of("test(c)", "tmpdir = false"));
  const std::string temporary = workspace.dir / "temporary";
  mkdir(temporary.c_str(), 0700);
  const auto names_in = [](const std::string& folder) { return lines_of(execute({"/bin/ls", "-A", folder}).out); };
  workspace.options.environment["TMPDIR"] = temporary;
  const Workspace::Run run = workspace.test("a", "mkdir $TMPDIR/x; ln -s / $TMPDIR/x/root; chmod 500 $TMPDIR/x")
                                 .test("b", "touch $TMPDIR/mine; exit 1")
                                 .test("c", "[ $TMPDIR = " + temporary + " ]")
                                 .run();
  SHOW(run.outcome);
  CHECK(words_of(run.screen, "a a") == Words{"PASS"});
  CHECK(words_of(run.screen, "b b") == Words{"FAIL"});
  CHECK(words_of(run.screen, "c c") == Words{"PASS"});
  const std::string line = "    TMPDIR: ";
  const size_t at = run.outcome.err.find(line + temporary + "/nextest-tmp-");
  REQUIRE(at != std::string::npos);
  const std::string kept = run.outcome.err.substr(at + line.size(), run.outcome.err.find('\n', at) - at - line.size());
  CHECK(names_in(temporary) == Words{kept.substr(kept.rfind('/') + 1)});
  CHECK(names_in(kept) == Words{"mine"});
  CHECK(contains(read_file(workspace.dir / "target/nextest/default/report.xml"),
                 "<property name=\"TMPDIR\" value=\"" + kept + "\"/>"));

  workspace.options.environment["TMPDIR"] = temporary + "/none";
  const Workspace::Run none = workspace.run();
  CHECK(none.outcome.code == 100);
  CHECK(words_of(none.screen, "a a") == Words{"XFAIL"});
  CHECK(words_of(none.screen, "b b") == Words{"XFAIL"});
  CHECK(contains(none.outcome.err, "could not start: its own TMPDIR could not be made: No such file or directory\n"));
}

TEST_CASE("config: combine-output") {
  Workspace workspace(profile("fail-fast = false\ncombine-output = true\njunit.path = 'report.xml'\ntest-threads = 1") +
                      override_of("test(b)", "combine-output = false"));
  const std::string body = "echo one; echo two >&2; echo three; exit 1";
  const Workspace::Run run = workspace.test("a", body).test("b", body).run();
  SHOW(run.outcome);
  const std::string a = "a a\n  output ───\n    one\n    two\n    three\n    exited with 1\n";
  const std::string b = "b b\n  stdout ───\n    one\n    three\n  stderr ───\n    two\n    exited with 1\n";
  CHECK(contains(run.outcome.err, a));
  CHECK(contains(run.outcome.err, b));
  const std::string report = read_file(workspace.dir / "target/nextest/default/report.xml");
  CHECK(contains(report, "<system-out>one\ntwo\nthree\n</system-out>\n        </testcase>"));
  CHECK(contains(report, "<system-err>two\n</system-err>"));
  const Workspace::Run json = workspace.run({"--message-format", "libtest-json"});
  CHECK(contains(json.outcome.out, "\"stdout\":\"one\\ntwo\\nthree\\n\""));
  CHECK(occurrences(json.outcome.out, "one\\ntwo\\nthree") == 2);  // of both: libtest's JSON has one text a test
}

TEST_CASE("config: global-timeout") {
  Workspace workspace(profile("global-timeout = '100ms'"));
  const Workspace::Run run = workspace.test("a", "sleep 60").run();
  CHECK(run.outcome.code == 100);
  CHECK(contains(run.outcome.err, "global timeout"));
}

// ---- failing, showing ----

TEST_CASE("config: fail-fast in all its forms") {
  const auto started = [](const std::string& setting) {
    Workspace workspace(profile("test-threads = 1\nfail-fast = " + setting));
    for (const char* const name : {"a", "b", "c"}) workspace.test(name, "exit 1");
    return workspace.run().log.size();
  };
  CHECK(started("true") == 1);
  CHECK(started("false") == 3);
  CHECK(started("{ max-fail = 2 }") == 2);
  CHECK(started("{ max-fail = 'all' }") == 3);
  CHECK(started("{ max-fail = 2, terminate = 'wait' }") == 2);

  Workspace workspace(profile("test-threads = 2\nfail-fast = { max-fail = 1, terminate = 'immediate' }"));
  const Workspace::Run run = workspace.test("a", "sleep 60").test("b", "sleep 0.1; exit 1").run();
  CHECK(words_of(run.screen, "a a").back() == "SIGTERM");
}

TEST_CASE("config: what is shown") {
  Workspace workspace(profile("status-level = 'none'\nfinal-status-level = 'none'\nsuccess-output = 'final'\n"
                              "failure-output = 'never'\nfail-fast = false") +
                      override_of("test(c)", "success-output = 'never'\nfailure-output = 'final'"));
  workspace.test("a", "echo from-a").test("b", "echo from-b; exit 1").test("c", "echo from-c; exit 1");
  const Workspace::Run run = workspace.run();
  CHECK(run.screen.statuses.empty());
  CHECK(contains(run.outcome.err, "from-a"));
  CHECK_FALSE(contains(run.outcome.err, "from-b"));
  CHECK(occurrences(run.outcome.err, "from-c") == 1);
  const Workspace::Run again = workspace.run({"--status-level", "fail", "--final-status-level", "pass"});
  CHECK(words_of(again.screen, "a a").empty());
  CHECK(words_of(again.screen, "b b") == Words{"FAIL"});
  CHECK(again.screen.finals.size() == 3);
}

// A test for each status; `other` is not selected.
void add_one_of_each_kind(Workspace& workspace, const std::string& settings) {
  write_file(workspace.dir / ".config/nextest.toml", profile("fail-fast = false\nleak-timeout = '10ms'\n" + settings) +
                                                         override_of("test(flaky)", "retries = 1") +
                                                         override_of("test(slow)", "slow-timeout = '100ms'"));
  workspace.test("bad", "exit 1").test("flaky", "[ $NEXTEST_ATTEMPT = 2 ]").test("slow", "sleep 0.2");
  workspace.test("leaky", "sleep 60 &").test("good").test("other");
}

// The tests that have a status line in `text`, each once.
Words tests_in(const std::string& text) {
  Words found;
  for (const char* const name : {"bad", "flaky", "slow", "leaky", "good", "other"}) {
    if (contains(text, std::string("] ") + name + " " + name + "\n")) found.push_back(name);
  }
  return found;
}

TEST_CASE("config: each level of status shows what the one before it does, and more") {
  const struct {
    const char* level;
    Words tests;
  } rows[] = {{"none", {}},
              {"fail", {"bad"}},
              {"retry", {"bad", "flaky"}},
              {"slow", {"bad", "flaky", "slow"}},
              {"leak", {"bad", "flaky", "slow", "leaky"}},
              {"pass", {"bad", "flaky", "slow", "leaky", "good"}},
              {"skip", {"bad", "flaky", "slow", "leaky", "good", "other"}},
              {"all", {"bad", "flaky", "slow", "leaky", "good", "other"}}};
  for (const auto& row : rows) {
    NOTE(row.level);
    Workspace workspace;
    add_one_of_each_kind(workspace, std::string("final-status-level = 'none'\nstatus-level = '") + row.level + "'");
    const Workspace::Run run = workspace.run({"-E", "not test(other)"});
    SHOW(run.outcome);
    CHECK(run.outcome.code == 100);
    CHECK(tests_in(run.outcome.err) == row.tests);
  }
}

TEST_CASE("config: each level of final status, too; retry is another name of flaky") {
  const struct {
    const char* level;
    Words tests;
  } rows[] = {{"none", {}},
              {"fail", {"bad"}},
              {"flaky", {"bad", "flaky"}},
              {"retry", {"bad", "flaky"}},
              {"slow", {"bad", "flaky", "slow"}},
              {"skip", {"bad", "flaky", "slow", "other"}},
              {"leak", {"bad", "flaky", "slow", "leaky", "other"}},
              {"pass", {"bad", "flaky", "slow", "leaky", "good", "other"}},
              {"all", {"bad", "flaky", "slow", "leaky", "good", "other"}}};
  for (const auto& row : rows) {
    NOTE(row.level);
    Workspace workspace;
    add_one_of_each_kind(workspace, std::string("status-level = 'none'\nfinal-status-level = '") + row.level + "'");
    const Workspace::Run run = workspace.run({"-E", "not test(other)"});
    SHOW(run.outcome);
    CHECK(tests_in(run.outcome.err) == row.tests);
  }
}

TEST_CASE("config: outputs are shown never, at once, at the end, or both") {
  const struct {
    const char* when;
    int before, after;  // the summary
  } rows[] = {{"never", 0, 0}, {"immediate", 1, 0}, {"final", 0, 1}, {"immediate-final", 1, 1}};
  for (const auto& row : rows) {
    CAPTURE(std::string(row.when));
    for (const std::string key : {"success-output", "failure-output"}) {
      CAPTURE(key);
      Workspace workspace(profile(key + " = '" + row.when + "'"));
      workspace.test("a", std::string("echo the words; exit ") + (key == "failure-output" ? "1" : "0"));
      const std::string err = workspace.run().outcome.err;
      const size_t summary = err.find("Summary [");
      REQUIRE(summary != std::string::npos);
      CHECK(occurrences(err.substr(0, summary), "the words") == row.before);
      CHECK(occurrences(err.substr(summary), "the words") == row.after);
    }
  }
}

TEST_CASE("config: run-extra-args come after what selects the test") {
  Workspace workspace(profile("run-extra-args = ['--x', 'two words']") + override_of("test(b)", "run-extra-args = []"));
  workspace.test("a", "", "$NEXTEST_TEST_NAME $#:$2").test("b", "", "$NEXTEST_TEST_NAME $#");
  CHECK(sorted(workspace.run().log) == Words{"a 2:two words", "b 0"});
}

// ---- who wins ----

TEST_CASE("config: upstream's example of precedence") {
  Workspace workspace(
      "[profile.default]\nretries = 0\nslow-timeout = '30s'\n"
      "[[profile.default.overrides]]\nfilter = 'package(t)'\nretries = 2\nslow-timeout = '45s'\n"
      "[profile.ci]\nretries = 1\nslow-timeout = { period = '15s', terminate-after = 2 }\n"
      "[[profile.ci.overrides]]\nfilter = 'package(t) and test(/^flaky/)'\nretries = 3\n");
  workspace.test("flaky").test("steady").script("other", "");
  const auto setting = [&](const char* key, const char* path, Words more = {}) {
    more.insert(more.begin(), {"test", "all()", path});
    for (const std::string& line : lines_of(workspace.shown(more))) {
      if (starts_with(line, std::string("    ") + key + " = ")) return line.substr(7 + std::string(key).size());
    }
    return std::string();
  };
  const Words ci = {"-P", "ci"};
  CHECK(setting("retries", "./t/flaky", ci) == "3  # .config/nextest.toml:13");
  CHECK(setting("retries", "./t/steady", ci) == "2  # .config/nextest.toml:6");
  CHECK(setting("retries", "./other", ci) == "1  # .config/nextest.toml:9");
  CHECK(starts_with(setting("slow-timeout", "./t/flaky", ci), "{ period = \"45s\", "));
  CHECK(starts_with(setting("slow-timeout", "./other", ci), "{ period = \"15s\", terminate-after = 2, "));
  CHECK(setting("retries", "./t/flaky") == "2  # .config/nextest.toml:6");
  CHECK(setting("retries", "./other") == "0  # .config/nextest.toml:2");
  CHECK(starts_with(setting("slow-timeout", "./other"), "{ period = \"30s\", "));
  CHECK(setting("leak-timeout", "./other") == "{ period = \"200ms\", result = \"pass\" }  # default");

  CHECK(setting("retries", "./t/flaky", {"-P", "ci", "--config", "retries = 7", "--config", "retries = 8"}) ==
        "8  # --config:1");
  CHECK(setting("retries", "./t/flaky", {"--config", "retries = 7", "--retries", "9"}) == "9  # --retries");
  workspace.options.environment["NEXTEST_RETRIES"] = "5";
  CHECK(setting("retries", "./t/flaky", ci) == "5  # NEXTEST_RETRIES");
  CHECK(setting("retries", "./t/flaky", {"--retries", "6"}) == "6  # --retries");
  workspace.options.environment["NEXTEST_PROFILE"] = "ci";
  workspace.options.environment["NEXTEST_RETRIES"] = "";
  CHECK(setting("retries", "./other") == "1  # .config/nextest.toml:9");
}

TEST_CASE("config: of several overrides the first that says something wins, setting by setting") {
  Workspace workspace(override_of("test(a)", "retries = 1") + override_of("all()", "retries = 2\nleak-timeout = '1s'") +
                      override_of("all()", "retries = 3\nleak-timeout = '2s'\npriority = 4"));
  const std::string shown = workspace.test("a").shown({"test", "all()", "./t/a"});
  CHECK(contains(shown, "    retries = 1  # .config/nextest.toml:3\n"));
  CHECK(contains(shown, "    leak-timeout = { period = \"1s\", result = \"pass\" }  # .config/nextest.toml:7\n"));
  CHECK(contains(shown, "    priority = 4  # .config/nextest.toml:12\n"));
}

TEST_CASE("config: --config goes before overrides, a variable before it, an option before that") {
  Workspace workspace(override_of("all()", "retries = 1"));
  workspace.test("a", "exit 1", attempts);
  const Words config = {"--config", "retries = 2"};
  CHECK(workspace.run().log.size() == 2);
  CHECK(workspace.run(config).log.size() == 3);
  workspace.options.environment["NEXTEST_RETRIES"] = "3";
  CHECK(workspace.run(config).log.size() == 4);
  CHECK(workspace.run({"--config", "retries = 2", "--retries", "0"}).log.size() == 1);
}

TEST_CASE("config: --config takes any setting of a profile, tables too") {
  Workspace workspace;
  workspace.test("a", "exit 1", attempts).test("b", "exit 1", attempts);
  const Workspace::Run run = workspace.run({"--config", "default-filter = 'test(b)'", "--config",
                                            "retries = { backoff = 'fixed', count = 1, delay = '5ms' }", "--config",
                                            "final-status-level = 'none'"});
  CHECK(run.log == Words{"b 1/2", "b 2/2"});
  CHECK(contains(run.outcome.err, "DELAY 2/2 by   0.005s b b"));
  CHECK(run.screen.finals.empty());
}

TEST_CASE("config: -P goes before NEXTEST_PROFILE, and that before the profile for Miri") {
  Workspace workspace("[profile.one]\n[profile.two]\n");
  workspace.test("a", "", "$NEXTEST_PROFILE");
  workspace.options.environment["MIRI_SYSROOT"] = "/nonexistent";
  CHECK(workspace.run().log == Words{"default-miri"});
  workspace.options.environment["NEXTEST_PROFILE"] = "one";
  CHECK(workspace.run().log == Words{"one"});
  CHECK(workspace.run({"-P", "two"}).log == Words{"two"});
}

TEST_CASE("config: overrides for other platforms say nothing") {
  Workspace workspace(
      "[[profile.default.overrides]]\nplatform = 'x86_64-pc-windows-msvc'\nretries = 1\n"
      "[[profile.default.overrides]]\nplatform = { host = 'cfg(unix)', target = 'cfg(windows)' }\nretries = 2\n"
      "[[profile.default.overrides]]\nplatform = 'cfg(not(windows))'\nfilter = 'test(none)'\nretries = 3\n"
      "[[profile.default.overrides]]\nplatform = { target = 'cfg(unix)' }\nretries = 4\n");
  CHECK(
      contains(workspace.test("a").shown({"test", "all()", "./t/a"}), "    retries = 4  # .config/nextest.toml:13\n"));
  CHECK(contains(workspace.shown({"profile"}), "\nretries = 4  # .config/nextest.toml:13\n"));
}

TEST_CASE("config: profiles inherit, link by link") {
  Workspace workspace(
      "[profile.a]\ninherits = 'b'\nretries = 1\n[profile.b]\ninherits = 'c'\nretries = 2\ntest-threads = 2\n"
      "[profile.c]\nretries = 3\ntest-threads = 3\nfail-fast = false\n[profile.default]\nfail-fast = true\n"
      "flaky-result = 'fail'\n");
  const std::string shown = workspace.shown({"profile", "-P", "a"});
  CHECK(starts_with(shown, "[profile.a]\n"));
  CHECK(contains(shown, "\nretries = 1  # .config/nextest.toml:3\n"));
  CHECK(contains(shown, "\ntest-threads = 2  # .config/nextest.toml:7\n"));
  CHECK(contains(shown, "\nfail-fast = { max-fail = \"all\", terminate = \"wait\" }  # .config/nextest.toml:11\n"));
  CHECK(contains(shown, "\nflaky-result = \"fail\"  # .config/nextest.toml:14\n"));
  CHECK(workspace.test("a", "", "$NEXTEST_PROFILE").run({"-P", "b"}).log == Words{"b"});
}

TEST_CASE("config: tools' files are below the workspace's, the first tool above the second") {
  Workspace workspace(profile("retries = 1"));
  write_file(workspace.dir / "one.toml",
             "[profile.default]\nretries = 2\ntest-threads = 2\n"
             "[test-groups.'@tool:one:g']\nmax-threads = 1\n");
  write_file(workspace.dir / "two.toml",
             "[profile.default]\nretries = 3\ntest-threads = 3\nflaky-result = 'fail'\n"
             "[profile.extra]\n");
  const Words tools = {"profile", "--tool-config-file", "one:one.toml", "--tool-config-file", "two:two.toml"};
  const std::string shown = workspace.shown(tools);
  CHECK(contains(shown, "\nretries = 1  # .config/nextest.toml:2\n"));
  CHECK(contains(shown, "\ntest-threads = 2  # one.toml:3\n"));
  CHECK(contains(shown, "\nflaky-result = \"fail\"  # two.toml:4\n"));
  CHECK(workspace.test("a").run({"-P", "extra", "--tool-config-file", "x:two.toml"}).outcome.code == 0);
  write_file(workspace.dir / "three.toml", "[test-groups.g]\nmax-threads = 1\n");
  CHECK(contains(workspace.run({"--tool-config-file", "x:three.toml"}).outcome.err, "begin it with @tool:x:"));
}

TEST_CASE("config: a tool's overrides are below the workspace's, and use groups of its own") {
  Workspace workspace(override_of("test(a)", "retries = 1"));
  write_file(workspace.dir / "tool.toml", "[test-groups.'@tool:x:g']\nmax-threads = 1\n" +
                                              override_of("all()", "retries = 2\ntest-group = '@tool:x:g'"));
  workspace.test("a", "", groups).test("b", "", groups);
  const Words tool = {"--tool-config-file", "x:tool.toml"};
  CHECK(sorted(workspace.run(tool).log) == Words{"a @tool:x:g 0", "b @tool:x:g 0"});
  const std::string shown = workspace.shown({"test", "all()", "./t/a", "./t/b", tool[0], tool[1]});
  CHECK(contains(shown, "    retries = 1  # .config/nextest.toml:3\n"));
  CHECK(contains(shown, "    retries = 2  # tool.toml:5\n"));
}

TEST_CASE("config: another file, and a file further up") {
  Workspace workspace(profile("retries = 1"));
  write_file(workspace.dir / "other.toml", profile("retries = 2"));
  CHECK(contains(workspace.shown({"profile", "--config-file", "other.toml"}), "retries = 2  # other.toml:2"));
  workspace.options.directory = workspace.dir / "t";
  CHECK(contains(workspace.shown({"profile"}), "retries = 1  # " + workspace.dir / ".config/nextest.toml" + ":2"));
}

TEST_CASE("config: preferences of the user") {
  Workspace workspace;
  workspace.test("a", "echo words; exit 1");
  CHECK(contains(workspace.run().outcome.err, "\n    words\n"));
  write_file(workspace.dir / "user.toml", "[ui]\noutput-indent = false\nshow-progress = 'bar'\npager = 'less'\n");
  CHECK(contains(workspace.run({"--user-config-file", "user.toml"}).outcome.err, "\nwords\n"));
  mkdir((workspace.dir / "home").c_str(), 0755);
  mkdir((workspace.dir / "home/nextest").c_str(), 0755);
  write_file(workspace.dir / "home/nextest/config.toml",
             "[[overrides]]\nplatform = 'cfg(unix)'\nui.output-indent = false\n");
  CHECK(contains(workspace.run().outcome.err, "\nwords\n"));
  CHECK(contains(workspace.run({"--user-config-file", "none"}).outcome.err, "\n    words\n"));
  write_file(workspace.dir / "home/nextest/config.toml",
             "[[overrides]]\nplatform = 'cfg(windows)'\nui.output-indent = true\n"
             "[[overrides]]\nplatform = 'cfg(unix)'\nui.output-indent = false\n"
             "[[overrides]]\nplatform = 'cfg(unix)'\nui.output-indent = true\n[ui]\noutput-indent = true\n");
  CHECK(contains(workspace.run().outcome.err, "\nwords\n"));
  workspace.options.environment["NEXTEST_USER_CONFIG_FILE"] = "none";
  CHECK(contains(workspace.run().outcome.err, "\n    words\n"));
  workspace.options.environment["NEXTEST_USER_CONFIG_FILE"] = "";
  write_file(workspace.dir / "home/nextest/config.toml", "[ui]\noutput-ident = false\n");
  CHECK(contains(workspace.run().outcome.err,
                 "config.toml:2: unknown key 'ui.output-ident'; did you mean "
                 "'output-indent'?"));
}

// ---- versions, warnings ----

TEST_CASE("config: versions") {
  Workspace workspace("nextest-version = { required = '0.9.54', recommended = '99.0.0' }\n");
  workspace.test("a", "", "$NEXTEST_REQUIRED_VERSION $NEXTEST_RECOMMENDED_VERSION");
  Workspace::Run run = workspace.run();
  CHECK(run.outcome.code == 0);
  CHECK(run.log == Words{"0.9.54 99.0.0"});
  CHECK(starts_with(run.outcome.err, "warning: this workspace recommends nextest 99.0.0"));
  Outcome shown = nextest({"show-config", "version"}, workspace.options);
  CHECK(shown.code == 10);
  CHECK(contains(shown.out, "required: 0.9.54 (met)\nrecommended: 99.0.0 (not met)\n"));

  write_file(workspace.dir / ".config/nextest.toml", "nextest-version = '99.0.0'\n");
  CHECK(workspace.run().outcome.code == 92);
  CHECK(workspace.run({"--override-version-check"}).outcome.code == 0);
  CHECK(nextest({"show-config", "version"}, workspace.options).code == 92);

  write_file(workspace.dir / ".config/nextest.toml", "nextest-version = '0.9.143'\n");
  CHECK(workspace.run().outcome.err.find("warning") == std::string::npos);
  CHECK(nextest({"show-config", "version"}, workspace.options).code == 0);
}

TEST_CASE("config: of the versions that several files want, the newest holds") {
  Workspace workspace("nextest-version = { required = '0.9.1', recommended = '99.0.0' }\n");
  write_file(workspace.dir / "tool.toml", "nextest-version = { required = '99.1.0', recommended = '0.9.1' }\n");
  const Words tool = {"--tool-config-file", "x:tool.toml"};
  const Outcome shown = nextest({"show-config", "version", tool[0], tool[1]}, workspace.options);
  CHECK(shown.code == 92);
  CHECK(contains(shown.out, "required: 99.1.0 (not met)\nrecommended: 99.0.0 (not met)\n"));
  CHECK(workspace.test("a").run(tool).outcome.code == 92);
}

TEST_CASE("config: keys that are none are told, and nothing else") {
  Workspace workspace("profil = 1\n[profile.default]\nretires = 1\njunit.pth = 'x'\nslow_timeout = '1s'\n" +
                      override_of("all()", "fail-fast = false\nretrys = 1") +
                      "[test-groups.g]\nmax-threads = 1\nmin = 0\n");
  const Workspace::Run run = workspace.test("a").run();
  CHECK(run.outcome.code == 0);
  Words warnings;
  for (const std::string& line : lines_of(run.outcome.err)) {
    if (starts_with(line, "warning: ")) warnings.push_back(line.substr(30));
  }
  CHECK(sorted(warnings) ==
        sorted({"1: unknown key 'profil'; did you mean 'profile'?",
                "3: unknown key 'profile.default.retires'; did you mean 'retries'?",
                "4: unknown key 'profile.default.junit.pth'; did you mean 'junit.path'?",
                "5: unknown key 'profile.default.slow_timeout'; did you mean 'slow-timeout'?",
                "8: unknown key 'profile.default.overrides.fail-fast'; it cannot differ from test to test",
                "9: unknown key 'profile.default.overrides.retrys'; did you mean 'retries'?",
                "12: unknown key 'test-groups.g.min'"}));
}

TEST_CASE("config: a key in the wrong place is told where it belongs") {
  Workspace workspace(profile("priority = 5") + override_of("all()", "test-threads = 5"));
  const std::string err = workspace.test("a").run().outcome.err;
  CHECK(contains(err, "nextest.toml:2: unknown key 'profile.default.priority'; it stands in overrides\n"));
  CHECK(contains(err, "nextest.toml:5: unknown key 'profile.default.overrides.test-threads'; it cannot differ"));
}

TEST_CASE("config: what is reserved or not known by name is told, and the run goes on") {
  Workspace workspace("experimental = ['setup-scripts', 'teleport']\n[profile.default-x]\nretries = 1\n");
  const Workspace::Run run = workspace.test("a").run();
  CHECK(run.outcome.code == 0);
  CHECK(contains(run.outcome.err, "warning: .config/nextest.toml:1: unknown experimental feature 'teleport'"));
  CHECK(contains(run.outcome.err, "warning: .config/nextest.toml:2: names of profiles that begin with default-"));
  CHECK(occurrences(run.outcome.err, "warning: ") == 2);
}

TEST_CASE("config: experimental may be a table, and a section of scripts may be empty") {
  Workspace workspace(
      "[experimental]\nsetup-scripts = true\nbenchmarks = false\nteleport = true\n"
      "[[profile.default.scripts]]\nfilter = 'all()'\n[[profile.default.scripts]]\nplatform = 'cfg(unix)'\nsetup = "
      "[]\n");
  const Workspace::Run run = workspace.test("a").run();
  SHOW(run.outcome);
  CHECK(run.outcome.code == 0);
  CHECK(
      contains(run.outcome.err, "warning: .config/nextest.toml:4: unknown experimental feature 'teleport' is ignored"));
  for (const char* line : {"5", "7"}) {
    CHECK(
        contains(run.outcome.err, std::string("warning: .config/nextest.toml:") + line +
                                      ": this has no setup, teardown, list-wrapper or run-wrapper, and does nothing"));
  }
  CHECK(occurrences(run.outcome.err, "warning: ") == 3);
}

TEST_CASE("config: what has no effect here is accepted, and shown") {
  Workspace workspace(
      "experimental = ['setup-scripts', 'wrapper-scripts', 'benchmarks']\n[store]\ndir = 'target/nextest'\n"
      "[profile.default]\narchive.include = [{ path = 'x', relative-to = 'target' }]\nbench.global-timeout = '2h'\n"
      "bench.slow-timeout = { period = '90s', terminate-after = 3 }\njunit.path = 'junit.xml'\n"
      "junit.report-name = 'mine'\njunit.store-success-output = true\njunit.store-failure-output = false\n"
      "junit.report-skipped = 'ignored'\njunit.flaky-fail-status = 'success'\n[record]\nenabled = true\n");
  const std::string shown = workspace.shown({"profile"});
  for (const char* const line :
       {"bench.global-timeout = \"7200s\"", "bench.slow-timeout = { period = \"90s\", terminate-after = 3, ",
        "junit.path = \"junit.xml\"", "junit.report-name = \"mine\"", "junit.store-success-output = true",
        "junit.store-failure-output = false", "junit.report-skipped = \"ignored\"",
        "junit.flaky-fail-status = \"success\""}) {
    CAPTURE(std::string(line));
    CHECK(contains(shown, std::string("\n") + line));
  }
}

TEST_CASE("config: a file that says all the defaults changes nothing") {
  Workspace workspace;
  const auto shown = [&] {
    std::string values;  // without their places
    for (const std::string& line : lines_of(workspace.shown({"profile"})))
      values += line.substr(0, line.find("  #")) + '\n';
    return values;
  };
  const std::string before = shown();
  write_file(workspace.dir / ".config/nextest.toml", R"toml(
[store]
dir = "target/nextest"
[profile.default]
default-filter = "all()"
retries = 0
flaky-result = "pass"
test-threads = "num-cpus"
threads-required = 1
run-extra-args = []
status-level = "pass"
final-status-level = "flaky"
failure-output = "immediate"
success-output = "never"
fail-fast = true
slow-timeout = { period = "60s", on-timeout = "fail" }
bench.slow-timeout = { period = "30y" }
bench.global-timeout = "30y"
leak-timeout = "200ms"
global-timeout = "30y"
archive.include = []
[profile.default.junit]
report-name = "nextest-run"
store-success-output = false
store-failure-output = true
report-skipped = "none"
flaky-fail-status = "failure"
[profile.default-miri]
)toml");
  CHECK(shown() == before);
  CHECK(contains(before, "\nslow-timeout = { period = \"60s\", grace-period = \"10s\", on-timeout = \"fail\" }\n"));
  CHECK(contains(before, "\nglobal-timeout = \"30y\"\n"));
}

// ---- the shape of a large configuration: the settings of upstream's own fixture, in our words ----

constexpr const char* large = R"toml(
nextest-version = { required = "0.9.54", recommended = "0.9.56" }
experimental = ["benchmarks", "setup-scripts", "wrapper-scripts"]

[profile.default]
fail-fast = false
junit.path = "junit.xml"

[profile.again]
retries = 2

[profile.again-strict]
retries = 2

[profile.ends]
slow-timeout = { period = "1s", terminate-after = 2 }

[profile.ends-well]
slow-timeout = { period = "500ms", terminate-after = 2, on-timeout = "pass" }
retries = 2

[profile.bench-ends]
bench.slow-timeout = { period = "500ms", terminate-after = 2 }

[profile.reports]
default-filter = "not (test(flaky) | package(x))"

[profile.reports.junit]
path = "other.xml"
report-skipped = "all"

[profile.waits]
retries = { backoff = "exponential", count = 2, jitter = true, delay = "1s" }

[profile.archives]
archive.include = [{ path = "", relative-to = "target" }]

[[profile.default.scripts]]
platform = { host = "cfg(unix)" }
filter = "test(=env)"
setup = "prepare"
run-wrapper = "around"

[[profile.default.scripts]]
platform = { host = "cfg(windows)" }
filter = "test(=env)"
setup = "prepare-windows"

[[profile.default.overrides]]
platform = { host = 'cfg(any(windows, target_os = "illumos"))' }
leak-timeout = "1s"

[[profile.default.overrides]]
filter = "test(=leaks)"
leak-timeout = { period = "100ms", result = "fail" }

[[profile.again.overrides]]
filter = "test(=flaky_6)"
threads-required = 2
retries = 5

[[profile.again.overrides]]
filter = """
    test(flaky)
    | test(~other)
"""
retries = 4
test-group = "flaky"

[[profile.again-strict.overrides]]
filter = "test(=flaky_6)"
retries = { backoff = "fixed", count = 3 }
flaky-result = "fail"
junit = { flaky-fail-status = "success" }

[[profile.reports.overrides]]
platform = "cfg(unix)"
default-filter = "not (test(flaky) | package(x) | test(env))"

[test-groups.flaky]
max-threads = 4

[test-groups.unused]
max-threads = 20

[scripts.setup.prepare]
command = { command-line = "prepare.sh", relative-to = "workspace-root", env = {
    A = "value",
    B = "another",
} }

[scripts.setup.prepare-windows]
command = { command-line = 'cmd /c "scripts\\prepare.bat"' }

[scripts.wrapper.around]
command = { command-line = "./debug/wrapper within", relative-to = "target" }
target-runner = "within-wrapper"
)toml";

TEST_CASE("config: every profile of a large file says what it should, without a warning") {
  Workspace workspace(large);
  for (const char* const name : {"flaky_4", "flaky_6", "leaks", "env"}) workspace.test(name);
  const struct {
    const char* profile;
    const char* test;
    const char* line;
  } rows[] = {
      {"default", "leaks", "leak-timeout = { period = \"100ms\", result = \"fail\" }"},
      {"default", "env", "leak-timeout = { period = \"200ms\", result = \"pass\" }"},
      {"default", "env", "setup = \"prepare\""},
      {"default", "env", "run-wrapper = \"around\""},
      {"default", "flaky_6", "retries = 0"},
      {"again", "leaks", "retries = 2"},
      {"again", "leaks", "leak-timeout = { period = \"100ms\", result = \"fail\" }"},
      {"again", "flaky_4", "retries = 4"},
      {"again", "flaky_4", "threads-required = 1"},
      {"again", "flaky_6", "retries = 5"},
      {"again", "flaky_6", "threads-required = 2"},
      {"again", "flaky_6", "test-group = \"flaky\""},
      {"again-strict", "flaky_6", "retries = 3"},
      {"again-strict", "flaky_6", "flaky-result = \"fail\""},
      {"again-strict", "flaky_6", "junit.flaky-fail-status = \"success\""},
      {"again-strict", "flaky_4", "flaky-result = \"pass\""},
      {"ends", "env",
       "slow-timeout = { period = \"1s\", terminate-after = 2, grace-period = \"10s\", on-timeout = \"fail\" }"},
      {"ends-well", "env",
       "slow-timeout = { period = \"500ms\", terminate-after = 2, grace-period = \"10s\", on-timeout = \"pass\" }"},
      {"bench-ends", "env",
       "bench.slow-timeout = { period = \"500ms\", terminate-after = 2, grace-period = \"10s\", on-timeout = \"fail\" "
       "}"},
      {"reports", "env", "default-filter = \"not (test(flaky) | package(x) | test(env))\""},
      {"reports", "env", "junit.report-skipped = \"all\""},
      {"waits", "env", "retries = { backoff = \"exponential\", count = 2, delay = \"1s\", jitter = true }"},
      {"archives", "env", "retries = 0"},
  };
  for (const auto& row : rows) {
    CAPTURE(std::string(row.profile));
    CAPTURE(std::string(row.line));
    const std::string path = std::string("./t/") + row.test;
    const std::string shown = workspace.shown({"test", "all()", path, "-P", row.profile});
    CHECK(contains(shown, std::string("\n    ") + row.line));
  }
  CHECK(workspace.run({"-P", "reports", "./t/flaky_4", "./t/env", "./t/leaks"}).log == Words{"leaks"});
}

// ---- binaries, runners, harnesses ----

TEST_CASE("config: [[binaries]] is what is run where no path is given") {
  Workspace workspace(
      "[[binaries]]\npath = 't/**/*_test'\npackage = 'parser'\nenv = { TZ = 'UTC', A = 'b' }\n"
      "[[binaries]]\npath = 'other'\ncwd = 'binary'\nharness = 'plain'\n[[binaries]]\npath = 't/sub/last'\ncwd = "
      "'t'\n");
  mkdir((workspace.dir / "t/sub").c_str(), 0755);
  const char* const logged = "$NEXTEST_TEST_NAME $TZ$A ${PWD##*/}";
  workspace.test("one_test", "", logged).test("sub/two_test", "", logged).test("sub/last", "", logged);
  workspace.test("../other", "", logged);
  write_file(workspace.dir / "t/no_test", "not executable");
  const std::string here = workspace.dir.path().substr(workspace.dir.path().rfind('/') + 1);
  const auto run = [&](Words words) {
    words.insert(words.begin(), "run");
    const Outcome outcome = nextest(words, workspace.options);
    SHOW(outcome);
    CHECK(outcome.code == 0);
    const Words log = sorted(lines_of(read_file(workspace.dir / "log")));
    unlink((workspace.dir / "log").c_str());
    return log;
  };
  CHECK(run({}) == Words{"last  t", "one_test UTCb " + here, "other  " + here, "two_test UTCb " + here});
  CHECK(run({"-E", "package(parser)"}) == Words{"one_test UTCb " + here, "two_test UTCb " + here});
  workspace.options.directory = workspace.dir / "t/sub";
  CHECK(run({"two"}) == Words{"two_test UTCb " + here});
  CHECK(run({"./last"}) == Words{"last  sub"});

  write_file(workspace.dir / ".config/nextest.toml", "[[binaries]]\npath = 'none/*'\n");
  const Outcome none = nextest({"run"}, workspace.options);
  CHECK(none.code == 96);
  CHECK(contains(none.err, "no executable file matches none/*"));
}

TEST_CASE("config: a target runner, with and without places for what it runs") {
  for (const char* const command :
       {"'env A=runner'", "['env', 'A=runner', '{binary}', '{args}']", "['./runner', '{args}', '--', '{binary}']"}) {
    CAPTURE(std::string(command));
    Workspace workspace("[target-runner]\ncommand = " + std::string(command) + "\n" +
                        profile("run-extra-args = ['x', 'y']"));
    workspace.script("runner",
                     "args=; while [ $1 != -- ]; do args=\"$args $1\"; shift; done; shift; A=runner exec $1 $args");
    CHECK(workspace.test("a", "", "$A $*").run().log == Words{"runner x y"});
    CHECK(workspace.run({"--target-runner", "env A=option"}).log == Words{"option x y"});
  }
}

TEST_CASE("config: a harness of one's own, pytest" * needs(tool("pytest-3", "python3-pytest"))) {
  Workspace workspace(
      "[harness.pytest]\nmatch = '*.py'\nlist = ['pytest-3', '--collect-only', '-q', '-p', 'no:cacheprovider', "
      "'{binary}']\nlist-pattern = '^(.*::.*)$'\nrun = ['pytest-3', '-p', 'no:cacheprovider', '{test}']\n"
      "[[binaries]]\npath = 'tests/*.py'\n");
  mkdir((workspace.dir / "tests").c_str(), 0755);
  workspace.options.environment["PYTHONDONTWRITEBYTECODE"] = "1";
  write_file(workspace.dir / "tests/test_x.py",
             "import pytest\ndef test_good(): pass\ndef test_bad(): assert 1 == 2\n"
             "class TestMore:\n    @pytest.mark.parametrize('n', [1, 2])\n    def test_n(self, n): assert n < 2\n");
  const Outcome list = nextest({"list"}, workspace.options);
  const std::string file = "test_x.py tests/test_x.py::";
  CHECK(lines_of(list.out) ==
        Words{file + "test_good", file + "test_bad", file + "TestMore::test_n[1]", file + "TestMore::test_n[2]"});
  const Outcome run = nextest({"run", "--no-fail-fast", "-j2"}, workspace.options);
  CHECK(run.code == 100);
  const Screen screen = read_screen(run.err);
  CHECK(words_of(screen, file + "test_good") == Words{"PASS"});
  CHECK(words_of(screen, file + "test_bad") == Words{"FAIL"});
  CHECK(words_of(screen, file + "TestMore::test_n[1]") == Words{"PASS"});
  CHECK(words_of(screen, file + "TestMore::test_n[2]") == Words{"FAIL"});
}

}  // namespace
