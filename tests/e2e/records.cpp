// Recorded runs: recorded, replayed, rerun, listed, exported, pruned; and what may be in the way of all that.
#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <set>

#include "workspace.hpp"

using namespace drive;

namespace {

Words folders_in(const std::string& path) {
  Words names;
  DIR* const folder = opendir(path.c_str());
  if (folder == nullptr) return names;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.' && std::string(entry->d_name).size() == 36) names.push_back(entry->d_name);
  }
  closedir(folder);
  std::sort(names.begin(), names.end());
  return names;
}

Words with(Words first, const Words& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

Words sorted(Words words) {
  std::sort(words.begin(), words.end());
  return words;
}

// A workspace with a store of its own.
struct Recorded : Workspace {
  explicit Recorded(const std::string& config = "") : Workspace(config) {
    needs_feature("records");
    options.environment["NEXTEST_RECORD"] = "";
    options.environment["NEXTEST_STATE_DIR"] = dir / "state";
  }
  Outcome command(const Words& words) const { return nextest(words, options); }

  std::string records() const {
    const Outcome found = execute({"/bin/sh", "-c", "echo '" + dir.path() + "'/state/projects/*/records"});
    return lines_of(found.out).at(0);
  }
  Words runs() const { return folders_in(records()); }
  std::string shell(const std::string& command) const {
    const Outcome done = execute({"/bin/sh", "-c", "cd '" + dir.path() + "' && " + command});
    CHECK_MESSAGE(done.code == 0, command, "\n", done.err);
    return done.out;
  }
};

// Without the lines that say which run it is.
std::string without_header(const std::string& text) {
  std::string rest;
  for (const std::string& line : lines_of(text)) {
    if (!starts_with(line, " Nextest run ID ")) rest += line + "\n";
  }
  return rest;
}

const char* const endings[] = {"exit-0",  "exit-3",      "segv",       "rt-signal",    "leak-group", "leak-daemon",
                               "hang",    "ignore-term", "flaky",      "print-both",   "leak-pipe",  "binary-output",
                               "exit-77", "fork-crash",  "long-lines", "leak-session", "term-grace"};

Words all_endings() {
  Words words;
  for (const char* name : endings) words.push_back(fixture(name));
  return words;
}

}  // namespace

TEST_CASE("replay shows what the run showed, byte for byte") {
  Recorded work;
  work.options.environment["E2E_STATE"] = work.dir / "flaky-state";
  const Words limits = {"--max-fail",        "all", "--retries",      "1",    "--slow-timeout", "400ms",
                        "--terminate-after", "1",   "--grace-period", "100ms"};
  const struct {
    Words run, replay;
  } rows[] = {
      {{}, {}},
      {{"--stress-count", "2"}, {}},
      {{"--success-output", "immediate-final", "--failure-output", "final"}, {}},
      {{"--status-level", "all", "--final-status-level", "all"},
       {"--status-level", "all", "--final-status-level", "all"}},
      {{"--color", "always"}, {"--color", "always"}},
      {{"--max-fail", "1:immediate"}, {}},
      {{"--no-output-indent", "-v"}, {"--no-output-indent", "-v"}},
      {{"--retries", "0", "exit"}, {}},
  };
  for (const auto& row : rows) {
    Words words = {"run"}, replay = {"replay"};
    for (const Words& part : {all_endings(), limits, row.run}) words.insert(words.end(), part.begin(), part.end());
    replay.insert(replay.end(), row.replay.begin(), row.replay.end());
    const Outcome live = work.command(words);
    const Outcome again = work.command(replay);
    SHOW(again);
    CHECK(again.code == 0);
    CHECK(again.err == "");
    CHECK(without_header(again.out) == without_header(live.err));
    CHECK(work.command({"replay", "--exit-code", "--status-level", "none"}).code == live.code);
  }
}

TEST_CASE("replay shows both streams in one, a TMPDIR that was kept, and a test that was stopped, as the run did" *
          needs(other_sessions())) {
  Recorded work(
      "[profile.default]\ncombine-output = true\ntmpdir = true\nfail-fast = false\nslow-timeout = { period = '200ms', "
      "terminate-after = 2 }\n");
  work.options.environment["TMPDIR"] = work.dir.path();
  work.test("a", "echo one; echo two >&2; echo three; exit 1").test("b", "kill -STOP $$");
  const Outcome live = work.run({"--status-level", "slow"}).outcome;
  const Outcome again = work.command({"replay", "--status-level", "slow"});
  SHOW(live);
  CHECK(contains(live.err, "  output ───\n    one\n    two\n    three\n    exited with 1\n    TMPDIR: "));
  CHECK(contains(live.err, " b b (stopped)\n"));
  CHECK(without_header(again.out) == without_header(live.err));
}

TEST_CASE("replay takes options of its own") {
  Recorded work;
  const Outcome live = work.command({"run", "--no-fail-fast", fixture("print-both"), fixture("print-fail")});
  CHECK_FALSE(contains(live.err, "    to stdout"));
  const Outcome shown = work.command({"replay", "--success-output", "immediate"});
  SHOW(shown);
  CHECK(contains(shown.out, "    to stdout\n"));
  const Outcome bare = work.command({"replay", "--no-capture"});
  CHECK(contains(bare.out, "\nto stdout\n"));
  const Outcome quiet =
      work.command({"replay", "--status-level", "none", "--failure-output", "never", "--final-status-level", "none"});
  CHECK(lines_of(quiet.out).size() == 5);
}

const Words odd_outputs = {"run", "--no-fail-fast", fixture("binary-output"), fixture("exit-3"), fixture("print-both")};

TEST_CASE("a record can be read by gzip and by BusyBox" * needs(tool("gzip"), tool("zcat", "gzip"), tool("busybox"))) {
  Recorded work;
  work.command(odd_outputs);
  const std::string folder = work.records() + "/" + work.runs().at(0);
  for (const char* file : {"/run.log.gz", "/out.gz"}) {
    const std::string path = folder + file;
    work.shell("gzip -t '" + path + "'");
    CHECK(work.shell("zcat '" + path + "' | cksum") == work.shell("busybox zcat '" + path + "' | cksum"));
  }
}

// Returns what it printed.
std::string check_reader(const Words& run) {
  Recorded work;
  work.command(run);
  const std::string folder = work.records() + "/" + work.runs().at(0);
  const std::string listed =
      work.shell("python3 " + quoted(absolute("tests/fixtures/read_record.py")) + " " + quoted(folder));
  CAPTURE(listed);
  const Outcome live = work.command({"replay", "--status-level", "all"});
  CHECK(!listed.empty());
  for (const std::string& line : lines_of(listed)) CHECK(contains(live.out, line.substr(2, line.find("' b'") - 2)));
  return listed;
}

TEST_CASE("a record can be read by a reader written from the page" * needs(tool("python3"))) {
  const std::string listed = check_reader(odd_outputs);
  CAPTURE(listed);
  CHECK(contains(listed, "b'exit-3' b'exit-3' fail b'' b''"));
  CHECK(contains(listed, "b'print-both' b'print-both' pass b'to stdout\\n' b'to stderr\\n'"));
  CHECK(contains(listed, "b'binary-output' b'binary-output' fail b'before\\x00nul"));
}

TEST_CASE("a record of many tests can be read by a reader written from the page" *
          needs(tool("python3"), built("googletest"))) {
  CHECK(contains(check_reader({"run", "--no-fail-fast", fixture("googletest")}),
                 "b'googletest' b'Plain.Passes' pass b'Running main()"));
}

TEST_CASE("rerun: what did not pass, until all has passed") {
  Recorded work;
  work.test("a").test("b", "test -e fixed").test("c", "test -e fixed").test("d");
  auto run = work.run({"--no-fail-fast"});
  CHECK(run.outcome.code == 100);
  CHECK(run.log.size() == 4);

  run = work.run({"-R", "latest", "--no-fail-fast"});
  CHECK(run.outcome.code == 100);
  CHECK(std::set<std::string>(run.log.begin(), run.log.end()) == std::set<std::string>{"b", "c"});
  CHECK(contains(run.outcome.err, "2 tests skipped, including 2 tests that already passed"));

  write_file(work.dir / "fixed", "");
  run = work.run({"-R", "latest", "b"});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 5);
  CHECK(run.log == Words{"b"});
  CHECK(contains(run.outcome.err, "1 test is outstanding, which this rerun did not run:\n    c c\n"));

  run = work.run({"-R", "latest"});
  CHECK(run.outcome.code == 0);
  CHECK(run.log == Words{"c"});
  run = work.run({"-R", "latest"});
  CHECK(run.outcome.code == 0);
  CHECK(run.log.empty());
  CHECK(work.run({"-R", "latest", "--no-tests", "fail"}).outcome.code == 4);

  const Outcome list = work.command({"store", "list"});
  SHOW(list);
  CHECK(contains(list.out, "6 recorded runs"));
}

TEST_CASE("rerun: takes the binaries of the run, new tests, and any run of the chain") {
  Recorded work;
  work.test("a").test("b", "exit 1");
  CHECK(work.command({"run", "--harness", "plain", "./t/", "--no-fail-fast"}).code == 100);
  const std::string first = work.runs().at(0);
  unlink((work.dir / "log").c_str());
  work.test("new");
  Outcome again = work.command({"run", "-R", "latest", "--no-fail-fast"});  // no path: as the run had them
  SHOW(again);
  CHECK(again.code == 100);
  CHECK(work.shell("sort log") == "b\nnew\n");
  unlink((work.dir / "log").c_str());
  again = work.command({"run", "-R", "latest", "--no-fail-fast"});  // and once more, of a run that named none itself
  CHECK(read_file(work.dir / "log") == "b\n");
  unlink((work.dir / "log").c_str());
  again = work.command({"run", "-R", first.substr(0, 13), "--no-fail-fast"});
  CHECK(work.shell("sort log") == "b\nnew\n");
  CHECK(contains(again.err, "Rerun of " + first));
}

namespace {

// Two suites of eight tests that speak libtest's protocol, two of each ignored; a test fails while there is a file of
// its name. What ran is logged as SUITE.TEST.
void add_two_suites(Recorded& work) {
  const std::string body =
      "case \"$*\" in\n"
      "*--list*--ignored*) for t in 3 6; do echo \"t$t: test\"; done; exit 0 ;;\n"
      "*--list*) for t in 1 2 3 4 5 6 7 8; do echo \"t$t: test\"; done; exit 0 ;;\n"
      "esac\n"
      "echo \"${0##*/}.$1\" >> \"$E2E_LOG\"\n"
      "test ! -e \"${0##*/}.$1\"";
  work.script("one", body).script("two", body);
}

}  // namespace

TEST_CASE("rerun: of a shard, it runs what failed in that shard, and all shards together run each test once") {
  for (const std::string kind : {"slice", "count", "hash"}) {
    NOTE(kind);
    Recorded work;
    add_two_suites(work);
    const Words failing = {"one.t2", "one.t3", "one.t5", "one.t8", "two.t1", "two.t4", "two.t6", "two.t7"};
    Words all;
    for (const std::string shard : {":1/3", ":2/3", ":3/3"}) {
      for (const std::string& test : failing) write_file(work.dir / test, "");
      const auto run_shard = [&](Words words) {
        words.insert(words.end(), {"--partition", kind + shard, "--run-ignored", "all", "--no-fail-fast"});
        return work.run(words);
      };
      const auto first = run_shard({"--harness", "libtest", "./one", "./two", "--no-tests", "pass"});
      SHOW(first.outcome);
      all.insert(all.end(), first.log.begin(), first.log.end());
      Words left;
      for (const std::string& test : sorted(first.log)) {
        if (std::find(failing.begin(), failing.end(), test) != failing.end()) left.push_back(test);
      }
      CHECK(first.outcome.code == (left.empty() ? 0 : 100));
      for (; !left.empty(); left.erase(left.begin())) {  // one more is mended each time
        const auto again = run_shard({"-R", "latest"});
        SHOW(again.outcome);
        CHECK(sorted(again.log) == left);
        CHECK(again.outcome.code == 100);
        unlink((work.dir / left[0]).c_str());
        CHECK(sorted(run_shard({"-R", "latest"}).log) == left);
      }
      const auto done = run_shard({"-R", "latest"});
      CHECK(done.outcome.code == 0);
      CHECK(done.log.empty());
    }
    Words expected;
    for (const char* suite : {"one.t", "two.t"}) {
      for (int i = 1; i <= 8; ++i) expected.push_back(suite + std::to_string(i));
    }
    CHECK(sorted(all) == expected);
  }
}

TEST_CASE("rerun: of a shard by weight, it runs what failed in that shard") {
  Recorded work;
  add_two_suites(work);
  work.run({"--harness", "libtest", "./one", "./two"});
  CHECK(work.command({"store", "export", "latest", "-o", "run.zip"}).code == 0);
  Words all;
  for (const char* shard : {"weight:1/2", "weight:2/2"}) {
    for (const char* test : {"/one.t1", "/two.t2", "/two.t4", "/two.t8"}) write_file(work.dir.path() + test, "");
    const Words by = {"--partition", shard, "--durations", "run.zip", "--no-fail-fast"};
    Words failed;
    for (const std::string& test : work.run(with({"--harness", "libtest", "./one", "./two"}, by)).log) {
      all.push_back(test);
      if (exists(work.dir / test)) failed.push_back(test);
    }
    CHECK(sorted(work.run(with({"-R", "latest"}, by)).log) == sorted(failed));
    for (const std::string& test : failed) unlink((work.dir / test).c_str());
    const auto again = work.run(with({"-R", "latest"}, by));
    CHECK(again.outcome.code == 0);
    CHECK(sorted(again.log) == sorted(failed));
  }
  CHECK(all.size() == 12);
  CHECK(std::set<std::string>(all.begin(), all.end()).size() == 12);
}

TEST_CASE("rerun: ignored tests that are run as well leave the others in their shards") {
  Recorded work;
  add_two_suites(work);
  for (const std::string kind : {"slice", "count", "hash"}) {
    NOTE(kind);
    const auto shard = [&](const char* ignored) {
      const auto run = work.run({"--harness", "libtest", "./one", "./two", "--partition", kind + ":1/2", "--no-record",
                                 "--run-ignored", ignored});
      return sorted(run.log);
    };
    CHECK(sorted(with(shard("default"), shard("only"))) == shard("all"));
  }
}

TEST_CASE("rerun: binaries named now narrow it for once, and one that is gone is told of") {
  Recorded work;
  work.test("a").test("b", "exit 1").test("c", "exit 1");
  CHECK(work.run({"--no-fail-fast"}).outcome.code == 100);
  const auto rerun = [&](Words words) {
    unlink((work.dir / "log").c_str());
    words.insert(words.begin(), {"run", "-R", "latest", "--no-fail-fast"});
    return work.command(words);
  };
  CHECK(rerun({"./t/b"}).code == 100);
  CHECK(read_file(work.dir / "log") == "b\n");
  CHECK(rerun({}).code == 100);
  CHECK(work.shell("sort log") == "b\nc\n");
  unlink((work.dir / "t/c").c_str());
  write_file(work.dir / "t/b", "#!/bin/sh\necho b >> \"$E2E_LOG\"\n", 0755);
  const Outcome gone = rerun({});
  SHOW(gone);
  CHECK(gone.code == 5);
  CHECK(contains(gone.err, "warning: ./t/c is gone; what is known of its tests stays"));
  CHECK(contains(gone.err, "1 test is outstanding, which this rerun did not run:\n    c c\n"));
}

TEST_CASE("rerun: the passes of a stress run that was killed do not count") {
  Recorded work;
  work.test("a").test("b", "sleep 0.05");
  Options options = work.options;
  options.may_leave = true;
  Process process(program_words({"run", "--stress-count", "1000", "./t/a", "./t/b"}), options);
  REQUIRE(process.wait_for_error_text("Stress test iteration 3/1000"));
  sleep_ms(300);
  process.send(SIGKILL);
  process.finish();
  const Outcome replay = work.command({"replay"});
  CHECK(replay.code == 0);
  CHECK(contains(replay.out, "     Summary ["));               // of what there is
  CHECK(work.command({"replay", "--exit-code"}).code == 106);  // it has none
  const auto rerun = work.run({"-R", "latest"});
  SHOW(rerun.outcome);
  CHECK(contains(rerun.outcome.err, "2 tests run: 2 passed, 0 skipped"));
}

TEST_CASE("rerun: the passes of a stress run that was cancelled do not count, those of a whole one do") {
  for (const bool is_cancelled : {true, false}) {
    Recorded work;
    work.test("a", is_cancelled ? "[ $NEXTEST_STRESS_CURRENT != 2 ] || kill -TERM $PPID" : "").test("b");
    const auto run = work.run({"--stress-count", "4", "-j", "1"});
    SHOW(run.outcome);
    CHECK(run.outcome.code == (is_cancelled ? 100 : 0));
    const auto rerun = work.run({"-R", "latest", "-j", "1", "--order", "listed"});
    SHOW(rerun.outcome);
    CHECK(rerun.log == (is_cancelled ? Words{"a", "b"} : Words{}));
  }
}

TEST_CASE("rerun: errors say what there is") {
  Recorded work;
  work.test("a");
  Outcome none = work.command({"run", "-R", "latest"});
  CHECK(none.code == 96);
  CHECK(contains(none.err, "no run is recorded here"));
  CHECK(work.run().outcome.code == 0);
  CHECK(contains(work.command({"run", "-R", "zzz"}).err, "no recorded run has an id that begins with 'zzz'"));
  CHECK(contains(work.command({"replay", "-R", "./nowhere.zip"}).err, "cannot read ./nowhere.zip: No such file"));
  write_file(work.dir / "not.zip", "not a zip");
  CHECK(contains(work.command({"replay", "-R", "not.zip"}).err, "an exported run is a zip file"));
  CHECK(work.command({"store", "lst"}).code == 96);
  CHECK(contains(work.command({"store", "lst"}).err, "did you mean 'list'?"));
  CHECK(contains(work.command({"store", "info"}).err, "store info takes one run"));
}

TEST_CASE("export: a zip file that unzip and python read" * needs(tool("unzip"), tool("python3"))) {
  Recorded work;
  work.test("a").test("b", "exit 1");
  CHECK(work.run({"--no-fail-fast"}).outcome.code == 100);
  CHECK(work.command({"store", "export", "latest", "-o", "run.zip"}).code == 0);
  work.shell("unzip -t run.zip");
  work.shell("python3 -c \"import zipfile; assert zipfile.ZipFile('run.zip').testzip() is None\"");
}

TEST_CASE("export: a zip file that is replayed and rerun anywhere, from a pipe as well" * needs(file("/dev/stdin"))) {
  Recorded work;
  work.test("a").test("b", "exit 1");
  CHECK(work.run({"--no-fail-fast"}).outcome.code == 100);
  const Outcome exported = work.command({"store", "export", "latest", "-o", "run.zip"});
  SHOW(exported);
  CHECK(exported.code == 0);
  CHECK(work.command({"store", "export", "latest"}).code == 0);
  CHECK(exists(work.dir / ("nextest-run-" + work.runs().at(0) + ".zip")));

  const Outcome live = work.command({"replay"});
  const std::string elsewhere = work.dir / "elsewhere";
  CHECK(work.command({"replay", "-R", "run.zip"}).out == live.out);
  const std::string environment = "NEXTEST_STATE_DIR='" + work.dir.path() + "/other' ";
  CHECK(work.shell(environment + quoted(program_path()) + " replay -R ./run.zip 2>&1") == live.out);
  CHECK(work.shell("cat run.zip | " + environment + quoted(program_path()) + " replay -R /dev/stdin 2>&1") == live.out);
  unlink((work.dir / "log").c_str());
  work.options.environment["NEXTEST_STATE_DIR"] = work.dir / "other";
  const Outcome rerun = work.command({"run", "-R", "run.zip"});
  SHOW(rerun);
  CHECK(rerun.code == 100);
  CHECK(read_file(work.dir / "log") == "b\n");
}

// A workspace with a test, and programs that no file from elsewhere may start: in it and outside.
struct Besieged : Recorded {
  Besieged() {
    test("a", "exit 1");
    CHECK(run({"--no-fail-fast"}).outcome.code == 100);
    CHECK(command({"store", "export", "latest", "-o", "true.zip"}).code == 0);
    for (const std::string& path : {outside / "evil", dir / "evil.sh", dir / "tools/evil"}) {
      mkdir((dir / "tools").c_str(), 0755);
      write_file(path, "#!/bin/sh\necho evil >> \"$E2E_LOG\"\nexit 1\n", 0755);
    }
    options.environment["NEXTEST_STATE_DIR"] = dir / "other";
  }

  // Changes the file as CODE says (tests/fixtures/change_record.py), in which OUTSIDE is that folder, and reruns it.
  Outcome rerun(std::string code, const Words& more = {}) const {
    for (std::size_t at; (at = code.find("OUTSIDE")) != std::string::npos;) code.replace(at, 7, outside.path());
    const Outcome changed = execute({"/usr/bin/env", "python3", absolute("tests/fixtures/change_record.py"),
                                     dir / "true.zip", dir / "run.zip", code});
    REQUIRE_MESSAGE(changed.code == 0, changed.err);
    Words words = {"run", "-R", "run.zip", "--no-fail-fast"};
    words.insert(words.end(), more.begin(), more.end());
    return nextest(words, options);
  }
  std::string log() const { return read_file(dir / "log"); }

  // Nothing at all is executed, and the error says which name is the reason.
  void check_refused(const std::string& code, const std::string& name, const std::string& why) const {
    CAPTURE(code);
    const Outcome refused = rerun(code);
    SHOW(refused);
    CHECK(refused.code == 96);
    CHECK(contains(refused.err, "error: run.zip names " + name + ", " + why + "\n"));
    CHECK(log() == "");
    CHECK_FALSE(exists(dir / "other"));  // nor is a record of it made
  }

  const char* const outside_words = "which is outside of this workspace";
  const char* const stranger_words = "which was no test binary of that run";
  TempDir outside;
};

const Need python = tool("python3");

TEST_CASE("a hostile file: as it was, it starts the test of its run" * needs(python)) {
  Besieged work;
  const Outcome rerun = work.rerun("pass");
  SHOW(rerun);
  CHECK(rerun.code == 100);
  CHECK(work.log() == "a\n");
}
TEST_CASE("a hostile file: an absolute path" * needs(python)) {
  Besieged work;
  work.check_refused("scope('OUTSIDE/evil')", work.outside / "evil", work.outside_words);
  work.check_refused("scope('OUTSIDE/evil'); binaries[0]['path'] = 'OUTSIDE/evil'", work.outside / "evil",
                     work.outside_words);
}
TEST_CASE("a hostile file: an absolute path beside one that is ours" * needs(python)) {
  Besieged work;
  work.check_refused("scope('./t/a', 'OUTSIDE/evil')", work.outside / "evil", work.outside_words);
}
TEST_CASE("a hostile file: a path in its command line" * needs(python)) {
  Besieged work;
  work.check_refused("command('run', 'OUTSIDE/evil')", work.outside / "evil", work.outside_words);
  work.check_refused("command('run', './evil.sh')", "./evil.sh", work.stranger_words);
}
TEST_CASE("a hostile file: a path with .. in it" * needs(python)) {
  Besieged work;
  const std::string up = "../" + work.outside.path().substr(work.outside.path().rfind('/') + 1) + "/evil";
  work.check_refused("scope('" + up + "')", up, work.outside_words);
  work.check_refused("scope('t/../" + up + "')", "t/../" + up, work.outside_words);
  work.check_refused("scope('" + up + "x')", up + "x", work.outside_words);  // not there yet
}
TEST_CASE("a hostile file: a workspace that lies elsewhere in it" * needs(python)) {
  Besieged work;
  const std::string up = "../" + work.outside.path().substr(work.outside.path().rfind('/') + 1) + "/evil";
  work.check_refused(
      "start['workspace_root'] = '/x'; start['folder'] = '/x'; binaries[0]['path'] = '" + up + "'; scope('" + up + "')",
      up, work.outside_words);
}
TEST_CASE("a hostile file: a link out of the workspace" * needs(python)) {
  Besieged work;
  REQUIRE(symlink((work.outside / "evil").c_str(), (work.dir / "link").c_str()) == 0);
  work.check_refused("scope('./link'); binaries[0].update(path='./link', id='link')", "./link", work.outside_words);
  REQUIRE(symlink(work.outside.path().c_str(), (work.dir / "folder").c_str()) == 0);
  work.check_refused("scope('folder/evil'); binaries[0].update(path='folder/evil', id='evil')", "folder/evil",
                     work.outside_words);
  work.check_refused("scope('folder/')", "folder/", work.outside_words);
}
TEST_CASE("a hostile file: a script of the workspace that was no test" * needs(python)) {
  Besieged work;
  work.check_refused("scope('./evil.sh')", "./evil.sh", work.stranger_words);
  work.check_refused("scope('./t/a', './evil.sh')", "./evil.sh", work.stranger_words);
}
TEST_CASE("a hostile file: a script in place of a program of another harness" * needs(python)) {
  Besieged work;
  for (const char* forced : {"", "; start['scope_harness'] = 'plain'"}) {
    work.check_refused("scope('./evil.sh'); binaries[0].update(path='./evil.sh', id='evil.sh', harness='doctest')" +
                           std::string(forced),
                       "./evil.sh", "which is of another harness than in that run");
  }
}
TEST_CASE("a hostile file: folders, all of which it would have executed" * needs(python)) {
  Besieged work;
  for (const std::string folder : {"./tools", "./tools/", "."}) {
    work.check_refused("scope('" + folder + "'); start['scope_harness'] = 'plain'", folder, work.stranger_words);
  }
  // Of a folder that holds a test of that run, nothing else is started.
  write_file(work.dir / "t/evil", "#!/bin/sh\necho evil >> \"$E2E_LOG\"\n", 0755);
  const Outcome rerun = work.rerun("scope('./t/'); start['scope_harness'] = 'plain'");
  SHOW(rerun);
  CHECK(rerun.code == 100);
  CHECK(work.log() == "a\n");
}
TEST_CASE("a hostile file: options that were recorded" * needs(python)) {
  Besieged work;
  work.check_refused("command('run', '--harness', 'plain', './tools/')", "./tools/", work.stranger_words);
  work.check_refused("command('run', '--harness', 'plain')", "the harness plain", "for binaries that it does not name");
  work.check_refused("command('run', '--binaries-metadata', 'OUTSIDE/m.json')", work.outside / "m.json",
                     work.outside_words);
  const Outcome others =
      work.rerun("command('run', './t/a', '--target-runner', './evil.sh', '--debugger', './evil.sh')");
  CHECK_FALSE(contains(work.log(), "evil"));
}

// Metadata of one binary.
std::string metadata_of(const std::string& path, const std::string& id, const std::string& harness = "plain") {
  return "{\"rust-binaries\":{\"x\":{\"binary-id\":\"" + id + "\",\"binary-name\":\"" + id +
         "\",\"kind\":\"test\",\"binary-path\":\"" + path + "\",\"build-platform\":\"target\",\"harness\":\"" +
         harness + "\"}}}";
}

TEST_CASE("a hostile file: metadata that lies elsewhere" * needs(python)) {
  Besieged work;
  write_file(work.outside / "m.json", metadata_of(work.dir / "evil.sh", "a"));
  work.check_refused("start['scope_binaries_metadata'] = 'OUTSIDE/m.json'", work.outside / "m.json",
                     work.outside_words);
}
TEST_CASE("a hostile file: metadata by .." * needs(python)) {
  Besieged work;
  write_file(work.outside / "m.json", metadata_of(work.dir / "evil.sh", "a"));
  const std::string up = "../" + work.outside.path().substr(work.outside.path().rfind('/') + 1) + "/m.json";
  work.check_refused("start['scope_binaries_metadata'] = '" + up + "'", up, work.outside_words);
}
TEST_CASE("a hostile file: metadata behind a link" * needs(python)) {
  Besieged work;
  write_file(work.outside / "m.json", metadata_of(work.dir / "evil.sh", "a"));
  REQUIRE(symlink((work.outside / "m.json").c_str(), (work.dir / "m.json").c_str()) == 0);
  work.check_refused("start['scope_binaries_metadata'] = 'm.json'", "m.json", work.outside_words);
}
TEST_CASE("a hostile file: metadata of ours that names what that run had not, or what lies elsewhere" * needs(python)) {
  Besieged work;
  const std::string code = "start['scope_binaries_metadata'] = 'm.json'";
  write_file(work.dir / "m.json", metadata_of(work.dir / "evil.sh", "evil"));
  work.check_refused(code, work.dir / "evil.sh", work.stranger_words);
  write_file(work.dir / "m.json", metadata_of(work.outside / "evil", "a"));
  work.check_refused(code, work.outside / "evil", work.outside_words);
  write_file(work.dir / "m.json", metadata_of(work.dir / "evil.sh", "a"));
  work.check_refused(code + "; binaries[0]['harness'] = 'doctest'", work.dir / "evil.sh",
                     "which is of another harness than in that run");
  write_file(work.dir / "m.json", metadata_of(work.dir / "t/a", "a"));
  const Outcome rerun = work.rerun(code);
  SHOW(rerun);
  CHECK(rerun.code == 100);
  CHECK(work.log() == "a\n");
}
TEST_CASE("a hostile file: what it names does not come in by way of a record of our own" * needs(python)) {
  Besieged work;
  for (const char* const code : {"scope('OUTSIDE/evil')", "scope('./evil.sh')", "command('run', './evil.sh')",
                                 "start['scope_harness'] = 'plain'; scope('./tools/')"}) {
    CAPTURE(code);
    unlink((work.dir / "log").c_str());
    CHECK(work.rerun(code, {"./t/a"}).code == 100);
    const Outcome again = work.command({"run", "-R", "latest", "--no-fail-fast"});
    SHOW(again);
    CHECK(again.code == 100);
    CHECK(work.log() == "a\na\n");
  }
}
TEST_CASE("a file from elsewhere: what is gone is told of, and the others are run" * needs(python)) {
  Besieged work;
  const Outcome rerun = work.rerun(
      "scope('./t/a', './t/b'); start.update(binaries=2, tests=2); lines.insert(lines.index(binaries[0]) + 1, "
      "{**binaries[0], 'binary': 1, 'path': './t/b', 'id': 'b', 'test': 'b', 'from': 1})");
  SHOW(rerun);
  CHECK(rerun.code == 100);
  CHECK(contains(rerun.err, "warning: ./t/b is gone; what is known of its tests stays\n"));
  CHECK(work.log() == "a\n");
}

TEST_CASE("export: a file from elsewhere starts no program outside of the workspace, a record of one's own does") {
  Recorded work;
  const TempDir outside;
  write_file(outside / "x", "#!/bin/sh\necho x >> \"$E2E_LOG\"\nexit 1\n", 0755);
  work.test("a", "exit 1");
  CHECK(work.run({"--no-fail-fast", "./t/a", outside / "x"}).outcome.code == 100);
  CHECK(work.command({"store", "export", "latest", "-o", "run.zip"}).code == 0);
  for (const bool is_file : {true, false}) {
    unlink((work.dir / "log").c_str());
    const Outcome rerun = work.command({"run", "--no-fail-fast", "-R", is_file ? "./run.zip" : "latest"});
    SHOW(rerun);
    CHECK(rerun.code == (is_file ? 96 : 100));
    CHECK(contains(read_file(work.dir / "log"), "a\n") == !is_file);
    CHECK(contains(read_file(work.dir / "log"), "x\n") == !is_file);
    if (is_file) CHECK(contains(rerun.err, "names " + (outside / "x") + ", which is outside of this workspace"));
  }
}

TEST_CASE("export: chrome-trace and jsonl are JSON of the documented form" * needs(tool("python3"))) {
  Recorded work;
  Words words = {"run", "--no-fail-fast", "--retries", "1", "--slow-timeout", "300ms", "--terminate-after",
                 "1",   "--grace-period", "0s"};
  for (const std::string& path : all_endings()) words.push_back(path);
  work.command(words);
  CHECK(work.command({"store", "export", "latest", "--format", "chrome-trace", "-o", "trace.json"}).code == 0);
  const std::string attempts = work.shell(
      "python3 - <<'END'\n"
      "import json\n"
      "trace = json.load(open('trace.json'))\n"
      "events = trace['traceEvents']\n"
      "assert trace['otherData']['run_id'] and trace['displayTimeUnit'] == 'ms'\n"
      "for e in events:\n"
      "  assert e['ph'] in 'XMCi' and isinstance(e['name'], str) and isinstance(e['pid'], int) and "
      "isinstance(e['tid'], int), e\n"
      "  assert e['ts'] >= 0 and (e['ph'] != 'X' or e['dur'] >= 0) and (e['ph'] not in 'MC' or e['args']), e\n"
      "print(sum(1 for e in events if e['ph'] == 'X' and e['cat'] == 'test'))\n"
      "END");
  const Outcome jsonl = work.command({"store", "export", "latest", "--format", "jsonl"});
  CHECK(jsonl.code == 0);
  int ended = 0;
  for (const std::string& line : lines_of(jsonl.out)) {
    ended += contains(line, "\"event\":\"finished\"") || contains(line, "\"event\":\"attempt-failed\"") ? 1 : 0;
  }
  CHECK(attempts == std::to_string(ended) + "\n");
  write_file(work.dir / "events.jsonl", jsonl.out);
  work.shell("python3 -c \"import json; [json.loads(line) for line in open('events.jsonl')]\"");
  CHECK(contains(jsonl.out, "{\"base64\":"));
}

TEST_CASE("store: info tells all but secrets, prune keeps to its limits" * needs(tool("zcat", "gzip"))) {
  Recorded work("[record]\nmax-records = 2\n");
  work.test("a");
  work.options.environment["NEXTEST_API_TOKEN"] = "hidden";
  work.options.environment["CARGO_REGISTRY_SECRET"] = "hidden";
  work.options.environment["NEXTEST_DB_PASSWORD_OLD"] = "hidden";
  work.options.environment["CARGO_SHOWN"] = "shown";
  for (int i = 0; i < 3; ++i) CHECK(work.run().outcome.code == 0);
  const Outcome info = work.command({"store", "info", "latest"});
  SHOW(info);
  CHECK(contains(info.out, "CARGO_SHOWN=shown"));
  CHECK_FALSE(contains(info.out, "hidden"));
  CHECK_FALSE(contains(work.shell("zcat '" + work.records() + "'/*/run.log.gz"), "hidden"));
  CHECK(contains(work.command({"store", "prune", "--dry-run"}).out, "would delete 1 run"));
  CHECK(work.runs().size() == 3);
  CHECK(contains(work.command({"store", "prune"}).out, "deleted 1 run"));
  CHECK(work.runs().size() == 2);
  CHECK(contains(work.command({"store", "list"}).out, "2 recorded runs"));
  for (int i = 0; i < 2; ++i) work.run();
  CHECK(work.runs().size() == 2);  // pruned by half above the limit
  CHECK(work.shell("find state -type d ! -perm 700; find state -type f ! -perm 600") == "");
}

TEST_CASE("recording is turned off by an option, a variable, a configuration") {
  for (const char* config : {"", "[record]\nenabled = false\n"}) {
    Recorded work(config);
    work.test("a");
    const bool is_on = *config == '\0';
    work.run();
    CHECK(exists(work.dir / "state") == is_on);
    work.shell("rm -rf state");
    work.run({"--no-record"});
    CHECK_FALSE(exists(work.dir / "state"));
    work.options.environment["NEXTEST_RECORD"] = "0";
    work.run();
    CHECK_FALSE(exists(work.dir / "state"));
    work.run({"--record"});
    CHECK(exists(work.dir / "state"));
  }
}

TEST_CASE("recording never changes how a run ends, and says once what is in its way") {
  const struct {
    const char* what;
    std::function<void(Recorded&)> prepare;
    const char* warning;
  } rows[] = {
      {"no home",
       [](Recorded& work) {
         for (const char* name : {"NEXTEST_STATE_DIR", "HOME", "XDG_STATE_HOME"}) work.options.environment[name] = "";
       },
       "there is no home folder"},
      {"a file", [](Recorded& work) { write_file(work.dir / "state", "x"); }, "Not a directory"},
      {"no such place", [](Recorded& work) { work.options.environment["NEXTEST_STATE_DIR"] = "/dev/null/none"; },
       "/dev/null/none"},
      {"the folder is a file deep down",
       [](Recorded& work) {
         work.run();
         work.shell("rm -rf state/projects/*/records && touch \"$(ls -d state/projects/*)/records\"");
       },
       "Not a directory"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.what);
    Recorded work;
    work.test("a").test("b", "exit 1");
    row.prepare(work);
    const auto run = work.run({"--no-fail-fast"});
    SHOW(run.outcome);
    CHECK(run.outcome.code == 100);
    CHECK(run.log.size() == 2);
    CHECK(contains(run.outcome.err, row.warning));
    std::size_t warnings = 0;
    for (const std::string& line : lines_of(run.outcome.err)) warnings += starts_with(line, "warning: ") ? 1 : 0;
    CHECK(warnings == 1);
  }
}

// Not in a user namespace, which has root alone.
Need other_users() {
  return {"the right to give files away", "", [] {
            std::string dir = variable("TMPDIR", "/tmp") + "/nextest-e2e.XXXXXX";
            if (mkdtemp(&dir[0]) == nullptr) return false;
            const bool can = chown(dir.c_str(), 1, static_cast<gid_t>(-1)) == 0;
            rmdir(dir.c_str());
            return can;
          }};
}

// The run goes on unrecorded, with one warning; what would read the store is an error.
void check_store_refused(Recorded& work, const std::string& words, const std::string& hint) {
  const std::string before = work.shell("ls -lR state");
  const auto run = work.run({"--no-fail-fast"});
  SHOW(run.outcome);
  CHECK(run.outcome.code == 100);
  CHECK(run.log.size() == 2);
  CHECK(occurrences(run.outcome.err, "warning: ") == 1);
  CHECK(contains(run.outcome.err, "warning: this run is not recorded: the folder of records "));
  CHECK(contains(run.outcome.err, words + "; " + hint));
  CHECK(work.shell("ls -lR state") == before);
  for (const Words& command :
       {Words{"store", "list"}, Words{"store", "prune"}, Words{"replay"}, Words{"run", "-R", "latest"}}) {
    const Outcome refused = work.command(command);
    SHOW(refused);
    CHECK(refused.code == 96);
    CHECK(contains(refused.err, words + "\n  hint: " + hint));
  }
  CHECK(read_file(work.dir / "log") == "");
}

TEST_CASE("a store that others may write to is refused") {
  for (const char* mode : {"770", "707", "777"}) {
    for (const char* folder : {"state/projects/*/records", "state/projects/*"}) {
      Recorded work;
      work.test("a").test("b", "exit 1");
      work.run();
      work.shell(std::string("chmod ") + mode + " " + folder);
      check_store_refused(work, "can be written to by others", "make it yours alone: chmod 700 ");
      work.shell(std::string("chmod 755 ") + folder);  // may be read
      CHECK_FALSE(contains(work.run({"--no-fail-fast"}).outcome.err, "warning: "));
    }
  }
}

TEST_CASE("a store that belongs to somebody else is refused" * needs(other_users())) {
  for (const char* folder : {"state/projects/*/records", "state/projects/*"}) {
    Recorded work;
    work.test("a").test("b", "exit 1");
    work.run();
    work.shell(std::string("chown 1 ") + folder);
    check_store_refused(work, "belongs to another user", "name another place by --state-dir or NEXTEST_STATE_DIR");
  }
}

TEST_CASE("no file of a store is made through a link") {
  Recorded work;
  work.test("a");
  work.run();
  for (const char* name : {"runs.json.gz.new", "durations.gz.new"}) {
    CAPTURE(name);
    write_file(work.dir / "mine", "precious");
    REQUIRE(symlink((work.dir / "mine").c_str(), (work.records() + "/" + name).c_str()) == 0);
    const auto run = work.run();
    SHOW(run.outcome);
    CHECK(run.outcome.code == 0);
    CHECK_FALSE(contains(run.outcome.err, "warning: "));
    CHECK(read_file(work.dir / "mine") == "precious");
  }
  CHECK(contains(work.command({"store", "list"}).out, "3 recorded runs"));
  // Whoever would lock what another file is, does not.
  unlink((work.records() + "/runs.lock").c_str());
  REQUIRE(symlink((work.dir / "made").c_str(), (work.records() + "/runs.lock").c_str()) == 0);
  const auto run = work.run();
  CHECK(run.outcome.code == 0);
  CHECK(contains(run.outcome.err, "warning: this run is not recorded: cannot open "));
  CHECK_FALSE(exists(work.dir / "made"));
}

Need small_disks() {
  return {"the right to mount a small disk", "", [] {
            std::string dir = variable("TMPDIR", "/tmp") + "/nextest-e2e.XXXXXX";
            if (mkdtemp(&dir[0]) == nullptr) return false;
            const bool can = mount("none", dir.c_str(), "tmpfs", 0, "size=4k") == 0;
            if (can) umount(dir.c_str());
            rmdir(dir.c_str());
            return can;
          }};
}

TEST_CASE("a full disk costs the record and nothing else" * needs(small_disks())) {
  for (const char* size : {"4k", "16k", "32k", "64k"}) {
    CAPTURE(size);
    Recorded work;
    for (int i = 0; i < 30; ++i) work.test("t" + std::to_string(i), "head -c 4000 /dev/urandom | od");
    const std::string disk = work.dir / "state";
    mkdir(disk.c_str(), 0700);
    REQUIRE(mount("none", disk.c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) == 0);
    const auto run = work.run();
    SHOW(run.outcome);
    CHECK(run.outcome.code == 0);
    CHECK(run.log.size() == 30);
    std::size_t warnings = 0;
    for (const std::string& line : lines_of(run.outcome.err)) warnings += starts_with(line, "warning: ") ? 1 : 0;
    CHECK(warnings == 1);
    const Outcome list = work.command({"store", "list"});
    CHECK(list.code == 0);
    if (contains(list.out, "1 recorded run")) {
      const Outcome replay = work.command({"replay"});
      CHECK((replay.code == 0 || contains(replay.err, "is no record, or nothing of it can be read")));
    }
    umount(disk.c_str());
  }
}

TEST_CASE("a damaged index is made again, a damaged record says what it lost") {
  Recorded work;
  work.test("a").test("b", "echo out; exit 1");
  for (int i = 0; i < 3; ++i) work.run({"--no-fail-fast"});
  const Words runs = work.runs();
  const std::string index = work.records() + "/runs.json.gz";
  const std::string whole = read_file(index);
  for (std::size_t size = 0; size + 28 < whole.size(); size += 1 + whole.size() / 40) {
    write_file(index, whole.substr(0, size));
    const Outcome list = work.command({"store", "list"});
    CHECK(list.code == 0);
    CHECK(contains(list.out, "3 recorded runs"));
    CHECK(contains(list.err, "warning: the index of recorded runs is damaged; made again from 3 runs"));
  }
  unlink(index.c_str());
  CHECK(contains(work.command({"store", "list"}).err, "is missing; made again from 3 runs"));
  work.run({"--no-fail-fast"});
  CHECK(contains(work.command({"store", "list"}).out, "4 recorded runs"));
  CHECK(work.command({"store", "list"}).err == "");

  const Outcome sound = work.command({"replay"});
  Words now = work.runs();
  for (const std::string& old : runs) now.erase(std::find(now.begin(), now.end(), old));
  for (const char* name : {"/run.log.gz", "/out.gz"}) {
    const std::string path = work.records() + "/" + now.at(0) + name;
    const std::string content = read_file(path);
    for (std::size_t i = 0; i<content.size(); i += rounds(0)> 0 ? 1 : 13) {
      std::string flipped = content;
      flipped[i] = static_cast<char>(flipped[i] ^ 0x10);
      write_file(path, flipped);
      const Outcome replay = work.command({"replay", "-R", now.at(0)});
      CAPTURE(i);
      CHECK(replay.signal == 0);
      if (replay.out != sound.out || replay.code != 0)
        CHECK(contains(replay.err, replay.code == 0 ? "warning: " : "error: "));
    }
    write_file(path, content);
  }
  CHECK(work.command({"replay", "-R", now.at(0)}).out == sound.out);
}

TEST_CASE("a record of a killed runner has all that ended a moment before, and is completed by a rerun") {
  Recorded work;
  for (int i = 0; i < rounds(3); ++i) {
    CAPTURE(i);
    unlink((work.dir / "log").c_str());
    work.shell("rm -rf state");
    Options options = work.options;
    options.may_leave = true;
    options.environment["E2E_LOG"] = work.dir / "log";
    Process process(program_words({"run", "-j4", fixture("stress_suite"), "--no-fail-fast"}), options);
    const double until = now_seconds() + 0.05 + 0.001 * (rand() % 1500);
    process.wait_until([&] { return now_seconds() >= until; });
    // What has been shown is in the record a moment later, and stays there.
    const std::string seen = process.err();
    const auto has_all = [&] {
      const std::string out = nextest({"replay"}, options).out;
      for (const std::string& line : lines_of(seen)) {
        if ((contains(line, " PASS [") || contains(line, " FAIL [")) && !contains(out, line)) return false;
      }
      return true;
    };
    CHECK(process.wait_until([&] { return work.runs().empty() || has_all(); }));
    process.send(SIGKILL);
    process.finish();
    if (work.runs().empty()) continue;
    const Outcome replay = work.command({"replay"});
    SHOW(replay);
    CHECK(replay.code == 0);
    CHECK(contains(replay.out, "     Summary ["));  // of what there is
    for (const std::string& line : lines_of(seen)) {
      if (contains(line, " PASS [") || contains(line, " FAIL [")) CHECK(contains(replay.out, line));
    }
    const Outcome rerun = work.command({"run", "-R", "latest", "--no-fail-fast"});
    CHECK((rerun.code == 0 || rerun.code == 100));
    const Outcome over = work.command({"replay", "--status-level", "all"});
    for (const std::string& line : lines_of(replay.out)) {
      if (contains(line, " PASS [")) CHECK_FALSE(contains(over.out, " PASS [" + line.substr(line.find(']'))));
    }
  }
}

// What each way to look at a record says of the latest one, which has no end.
void check_has_no_end(const Recorded& work, const std::string& counts, const Words& unended, int running) {
  const char* const warning = "warning: the record has no end: the run goes on, or was killed; ";
  const Outcome list = work.command({"store", "list"});
  SHOW(list);
  CHECK(list.code == 0);
  CHECK(contains(list.out, "incomplete: " + counts));
  for (const Words& words : {Words{"store", "info", "latest"}, Words{"replay"}}) {
    const Outcome shown = work.command(words);
    SHOW(shown);
    CHECK(shown.code == 0);
    CHECK(contains(shown.err, warning));
    if (words[0] == "store") {
      CHECK(contains(shown.out, "\nstatus          incomplete\n"));
      CHECK(contains(shown.out, "\nresult          incomplete: " + counts));
    }
  }
  for (const char* format : {"zip", "junit", "jsonl", "chrome-trace"}) {
    CAPTURE(format);
    const Outcome exported = work.command({"store", "export", "latest", "--format", format, "-o", "exported.zip"});
    SHOW(exported);
    CHECK(exported.code == 1);
    CHECK(contains(exported.err, warning));
    const std::string text = read_file(work.dir / "exported.zip");
    if (format == std::string("junit")) {
      CHECK(contains(text, " errors=\"" + std::to_string(unended.size()) + "\" "));
      for (const std::string& name : unended) {
        const std::size_t at = text.find("<testcase name=\"" + name + "\"");
        REQUIRE(at != std::string::npos);
        CHECK(contains(text.substr(at, text.find("</testcase>", at) - at), " type=\"test without an end\""));
      }
    } else if (format == std::string("jsonl")) {
      CHECK(starts_with(lines_of(text).back(), "{\"event\":\"no-end\",\"at\":"));
      CHECK(occurrences(lines_of(text).back(), ",") == 1 + static_cast<int>(std::max<std::size_t>(unended.size(), 1)));
    } else if (format == std::string("chrome-trace")) {
      CHECK(ends_with(text, "\"args\":{\"running\":" + std::to_string(running) + "}}]}\n"));
      CHECK(occurrences(text, "{\"name\":\"no end\",\"ph\":\"i\"") == 1);
    } else {
      CHECK(contains(work.command({"replay", "-R", "exported.zip"}).err, warning));
      CHECK(contains(work.command({"store", "info", "./exported.zip"}).out, "incomplete: " + counts));
      CHECK(work.command({"store", "export", "./exported.zip", "--format", "jsonl"}).code == 1);
    }
  }
}

TEST_CASE("a record without its end says so everywhere: every process of the run was killed" *
          needs(other_sessions())) {
  Recorded work("[profile.default]\nretries = { backoff = 'fixed', count = 1, delay = '600s' }\n");
  work.test("a").test("b", "echo out; exit 1").test("c", "touch waits; sleep 600").test("d", "exit 1");
  Options options = work.options;
  options.may_leave = true;
  Process process(program_words({"run", "./t/a", "./t/b", "./t/c", "./t/d", "--no-fail-fast", "-j4"}), options);
  CHECK(process.wait_until([&] {
    return exists(work.dir / "waits") && contains(process.err(), " a a\n") && contains(process.err(), " b b\n") &&
           contains(process.err(), " d d\n");
  }));
  INFO(process.err());
  const auto is_recorded = [&] { return contains(nextest({"replay"}, work.options).out, " d d\n"); };
  CHECK(process.wait_until(is_recorded));
  for (const pid_t pid : living_with(process.mark())) kill(pid, SIGKILL);
  process.finish();
  // b and d have failed once, and wait for another attempt.
  check_has_no_end(work, "1 passed\n", {"b", "c", "d"}, 1);
  CHECK(work.command({"replay", "--exit-code"}).code == 106);
  const std::string list = work.command({"store", "list"}).out;
  CHECK_FALSE(contains(list, "1 recorded run, 0 B"));
  CHECK_FALSE(contains(list, " 0.000s "));
  CHECK(contains(work.command({"store", "prune", "--dry-run"}).out, "would delete 0 runs, 0 B; 1 left"));
}

TEST_CASE("a record without its end says so everywhere: its file was cut") {
  Recorded work;
  work.test("a").test("b", "head -c 3000 /dev/urandom | od");
  // Its end is in a block behind the one that has those of the others.
  work.test("c",
            "until " + quoted(program_path()) +
                " replay 2> /dev/null | grep '(2/3)\\| b b$' > ended; grep -q b ended; do sleep 0.1; done; exit 1");
  CHECK(work.run({"--no-fail-fast", "-j3"}).outcome.code == 100);
  const Outcome whole = work.command({"store", "export", "latest", "--format", "jsonl"});
  CHECK(whole.code == 0);
  CHECK(whole.err == "");
  const std::string path = work.records() + "/" + work.runs().at(0) + "/run.log.gz";
  const std::string log = read_file(path);
  // Without its last, empty block nothing is missing. Without the one before, its end is.
  write_file(path, log.substr(0, log.size() - 28));
  CHECK(work.command({"store", "export", "latest", "--format", "jsonl"}).code == 0);
  write_file(path, log.substr(0, log.size() - 29));
  check_has_no_end(work, "2 passed\n", {"c"}, 1);
  for (std::size_t size = 0; size < log.size() - 28; size += 1 + log.size() / 20) {
    CAPTURE(size);
    write_file(path, log.substr(0, size));
    CHECK(contains(work.command({"store", "list"}).out, "  incomplete: "));
    for (const char* format : {"zip", "junit", "jsonl", "chrome-trace"}) {
      const Outcome cut = work.command({"store", "export", "latest", "--format", format, "-o", "cut"});
      CHECK((cut.code == 1 || contains(cut.err, "is no record, or nothing of it can be read")));
      CHECK(cut.code != 0);
    }
  }
}

TEST_CASE("many runs at once: none is lost") {
  for (int i = 0; i < rounds(2); ++i) {
    Recorded work;
    work.test("a");
    const std::string one = "NEXTEST_RECORD=1 NEXTEST_STATE_DIR='" + work.dir.path() + "/state' E2E_LOG=log " +
                            quoted(program_path()) + " run ./t/a --status-level none 2>>errors & ";
    std::string all;
    for (int k = 0; k < 16; ++k) all += one;
    work.shell("{ " + all + " wait; }");
    CHECK_FALSE(contains(read_file(work.dir / "errors"), "warning"));
    CHECK(work.runs().size() == 16);
    const Outcome list = work.command({"store", "list"});
    CHECK(list.err == "");
    CHECK(contains(list.out, "16 recorded runs"));
    CHECK_FALSE(contains(list.out, "incomplete"));
  }
}

TEST_CASE("a dead holder of the store's lock is in nobody's way" * needs(tool("flock", "util-linux"))) {
  Recorded work;
  work.test("a");
  work.run();
  work.shell("flock '" + work.records() + "/runs.lock' sh -c 'kill -9 $PPID $$' & wait; true");
  CHECK(work.run().outcome.err.find("warning") == std::string::npos);
}

TEST_CASE("durations decide the order of the next run, and shards of the same length") {
  Recorded work;
  work.test("a", "sleep 0.4").test("b", "sleep 1.2").test("c").test("d", "sleep 0.8");
  CHECK(work.run({"-j1"}).log == Words{"a", "b", "c", "d"});
  CHECK(work.run({"-j1"}).log == Words{"b", "d", "a", "c"});
  work.test("new");
  CHECK(work.run({"-j1"}).log == Words{"new", "b", "d", "a", "c"});
  CHECK(work.run({"-j1", "--order", "listed"}).log == Words{"a", "b", "c", "d", "new"});

  CHECK(work.command({"store", "export", "latest", "-o", "run.zip"}).code == 0);
  Recorded other;
  for (const char* name : {"a", "b", "c", "d", "new", "newer"}) other.test(name);
  write_file(other.dir / "run.zip", read_file(work.dir / "run.zip"));
  Words all;
  for (const char* shard : {"weight:1/2", "weight:2/2"}) {
    const auto run = other.run({"--partition", shard, "--durations", "run.zip", "-j1", "--no-record"});
    CHECK(run.outcome.code == 0);
    all.insert(all.end(), run.log.begin(), run.log.end());
    CHECK((std::find(run.log.begin(), run.log.end(), "b") != run.log.end()) == (shard[7] == '1'));
  }
  std::sort(all.begin(), all.end());
  CHECK(all == Words{"a", "b", "c", "d", "new", "newer"});

  const auto without = other.run({"--partition", "weight:1/2", "-j1", "--no-record"});
  CHECK(contains(without.outcome.err, "no durations of tests are recorded yet: --partition weight splits as slice"));
  CHECK(without.log == Words{"a", "c", "new"});
}

TEST_CASE("shards by weight, one after the other on one machine, cover everything") {
  Recorded work;
  for (int i = 0; i < 10; ++i) work.test("t" + std::to_string(i), "sleep 0.0" + std::to_string(i));
  CHECK(work.run().outcome.code == 0);
  for (int i = 5; i < 10; ++i) work.test("t" + std::to_string(i));  // they take no time any more
  Words all;
  for (const char* shard : {"weight:1/3", "weight:2/3", "weight:3/3"}) {
    const auto run = work.run({"--partition", shard});
    all.insert(all.end(), run.log.begin(), run.log.end());
  }
  std::sort(all.begin(), all.end());
  CHECK(all == Words{"t0", "t1", "t2", "t3", "t4", "t5", "t6", "t7", "t8", "t9"});
}

TEST_CASE("what a setup script writes is kept, but for secrets" * needs(tool("zcat", "gzip"))) {
  Recorded work(
      "[scripts.setup.keys]\ncommand = './setup.sh'\n[[profile.default.scripts]]\nfilter = 'all()'\nsetup = 'keys'\n");
  work.script("setup.sh", "echo API_TOKEN=hidden >> \"$NEXTEST_ENV\"; echo PLACE=shown >> \"$NEXTEST_ENV\"");
  work.test("a", "test \"$API_TOKEN\" = hidden");
  CHECK(work.run().outcome.code == 0);
  const std::string log = work.shell("zcat '" + work.records() + "'/*/run.log.gz");
  CHECK(contains(log, "PLACE=shown"));
  CHECK_FALSE(contains(log, "hidden"));
}

TEST_CASE("nobody reads a replay or an export to its end") {
  Recorded work;
  Words words = {"run", "--no-fail-fast", fixture("stress_suite"), "--status-level", "none"};
  work.command(words);
  Options options = work.options;
  options.stdout_gone = true;
  for (const Words& command :
       {Words{"replay"}, Words{"store", "list"}, Words{"store", "export", "latest", "--format", "jsonl"},
        Words{"store", "export", "latest", "--format", "zip", "-o", "-"}}) {
    const Outcome outcome = nextest(command, options);
    SHOW(outcome);
    CHECK(outcome.code == 110);
    CHECK(outcome.err == "");
  }
}
