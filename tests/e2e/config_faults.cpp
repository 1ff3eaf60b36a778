// Faulty configurations: one clear error each, the right exit code, and nothing is run.
#include "workspace.hpp"

using namespace drive;

namespace {

struct Fault {
  const char* config;
  const char* error;  // of the first line, after "error: "
  const char* mark;   // the line of carets, trimmed; empty: none
};

const Fault faults[] = {
    // types and values
    {"[profile.default]\nretries = 'x'\n", ".config/nextest.toml:2:11: 'x' is not allowed", "^^^"},
    {"[profile.default]\nretries = -1\n", ".config/nextest.toml:2:11: '-1' is not allowed", "^^"},
    {"[profile.default]\nretries = [1]\n", ".config/nextest.toml:2:11: an array is not allowed", "^^^"},
    {"[profile.default]\nretries = { count = 1 }\n", ".config/nextest.toml:2:11: a backoff is missing", ""},
    {"[profile.default]\nretries = { backoff = 'fixed' }\n", ".config/nextest.toml:2:11: a count is missing", ""},
    {"[profile.default]\nretries = { backoff = 'slow', count = 1 }\n",
     ".config/nextest.toml:2:23: 'slow' is not allowed", "^^^^^^"},
    {"[profile.default]\nretries = { backoff = 'exponential', count = 1 }\n",
     ".config/nextest.toml:2:11: an exponential backoff needs a delay above 0", ""},
    {"[profile.default]\nretries = { backoff = 'fixed', count = 1, delay = '1s', max-delay = '2s' }\n",
     ".config/nextest.toml:2:11: a max-delay needs an exponential backoff", ""},
    {"[profile.default]\nretries = { backoff = 'exponential', count = 1, delay = '3s', max-delay = '2s' }\n",
     ".config/nextest.toml:2:11: the max-delay is shorter than the delay", ""},
    {"[profile.default]\nretries = { backoff = 'fixed', count = 1, jitter = true }\n",
     ".config/nextest.toml:2:11: jitter needs a delay above 0", ""},
    {"[profile.default]\nslow-timeout = '5'\n", ".config/nextest.toml:2:16: not a duration: '5' (a unit is missing)",
     "^^^"},
    {"[profile.default]\nslow-timeout = 5\n", ".config/nextest.toml:2:16: '5' is not allowed", "^"},
    {"[profile.default]\nslow-timeout = '0s'\n", ".config/nextest.toml:2:16: '0s' is not allowed", "^^^^"},
    {"[profile.default]\nslow-timeout = { terminate-after = 1 }\n", ".config/nextest.toml:2:16: a period is missing",
     ""},
    {"[profile.default]\nslow-timeout = { period = '1s', terminate = 1 }\n",
     ".config/nextest.toml:2:33: there is no key 'terminate' here", "^^^^^^^^^"},
    {"[profile.default]\nslow-timeout = { period = '1s', terminate-after = 0 }\n",
     ".config/nextest.toml:2:51: '0' is not allowed", "^"},
    {"[profile.default]\nleak-timeout = { period = '1s', result = 'no' }\n",
     ".config/nextest.toml:2:42: 'no' is not allowed", "^^^^"},
    {"[profile.default]\nfail-fast = 'no'\n", ".config/nextest.toml:2:13: 'no' is not allowed", "^^^^"},
    {"[profile.default]\nfail-fast = { terminate = 'wait' }\n", ".config/nextest.toml:2:13: a max-fail is missing", ""},
    {"[profile.default]\nfail-fast = { max-fail = 0 }\n", ".config/nextest.toml:2:26: '0' is not allowed", "^"},
    {"[profile.default]\ntest-threads = 0\n", ".config/nextest.toml:2:16: '0' is not allowed", "^"},
    {"[profile.default]\ntest-threads = 'all'\n", ".config/nextest.toml:2:16: 'all' is not allowed", "^^^^^"},
    {"[profile.default]\nthreads-required = -1\n", ".config/nextest.toml:2:20: '-1' is not allowed", "^^"},
    {"[profile.default]\nrun-extra-args = 'x'\n", ".config/nextest.toml:2:18: 'x' is not allowed", "^^^"},
    {"[profile.default]\nrun-extra-args = ['x', 1]\n", ".config/nextest.toml:2:24: '1' is not allowed", "^"},
    {"[profile.default]\nstatus-level = 'loud'\n", ".config/nextest.toml:2:16: 'loud' is not allowed", "^^^^^^"},
    {"[profile.default]\njunit = 'x.xml'\n", ".config/nextest.toml:2:9: 'x.xml' is not allowed", "^^^^^^^"},
    {"[profile.default]\nflaky-result = true\n", ".config/nextest.toml:2:16: a boolean is not allowed", "^^^^"},
    {"[profile]\ndefault = 1\n", ".config/nextest.toml:2:11: '1' is not allowed", "^"},
    {"profile = []\n", ".config/nextest.toml:1:11: an array is not allowed", "^^"},
    {"[profile.default]\nglobal-timeout = 5\n", ".config/nextest.toml:2:18: '5' is not allowed", "^"},
    {"[profile.default]\nfinal-status-level = 'loud'\n", ".config/nextest.toml:2:22: 'loud' is not allowed", "^^^^^^"},
    {"[profile.default]\nsuccess-output = 'always'\n", ".config/nextest.toml:2:18: 'always' is not allowed",
     "^^^^^^^^"},
    {"[profile.default]\nfailure-output = true\n", ".config/nextest.toml:2:18: a boolean is not allowed", "^^^^"},
    {"[profile.default]\ninherits = 1\n", ".config/nextest.toml:2:12: '1' is not allowed", "^"},
    {"[profile.default]\ntest-group = 1\n", ".config/nextest.toml:2:14: '1' is not allowed", "^"},
    {"[profile.default]\ntest-threads = 2.5\n", ".config/nextest.toml:2:16: ", "^^^"},
    {"[profile.default]\nrun-extra-args = ['x', \"a\\u0000b\"]\n",
     ".config/nextest.toml:2:24: an argument cannot hold a NUL", "^^^^^^^^^^"},
    {"[profile.default]\njunit.path = 1\n", ".config/nextest.toml:2:14: '1' is not allowed", "^"},
    {"[profile.default.junit]\nreport-skipped = 'some'\n", ".config/nextest.toml:2:18: 'some' is not allowed",
     "^^^^^^"},
    {"[profile.default]\nbench.slow-timeout = 1\n", ".config/nextest.toml:2:22: '1' is not allowed", "^"},
    {"[profile.default]\narchive.include = 'x'\n", ".config/nextest.toml:2:19: 'x' is not allowed", "^^^"},
    {"[profile.unused]\nretries = 'x'\n", ".config/nextest.toml:2:11: 'x' is not allowed", "^^^"},
    {"[store]\ndir = 3\n", ".config/nextest.toml:2:7: '3' is not allowed", "^"},
    {"experimental = 'setup-scripts'\n", ".config/nextest.toml:1:16: 'setup-scripts' is not allowed",
     "^^^^^^^^^^^^^^^"},
    {"nextest-version = '0.9'\n", ".config/nextest.toml:1:19: '0.9' is not allowed", "^^^^^"},
    {"nextest-version = 9\n", ".config/nextest.toml:1:19: '9' is not allowed", "^"},
    {"[target-runner]\ncommand = ''\n", ".config/nextest.toml:2:11: the command is empty", "^^"},
    // filtersets
    {"[profile.default]\ndefault-filter = 'tset(x)'\n", ".config/nextest.toml:2:18: invalid filterset", ""},
    {"[profile.default]\ndefault-filter = 'default()'\n", ".config/nextest.toml:2:18: invalid filterset", ""},
    {"[[profile.default.overrides]]\nfilter = 'test('\nretries = 1\n", ".config/nextest.toml:2:10: invalid filterset",
     ""},
    {"[[profile.other.overrides]]\nfilter = 'test(/(/)'\nretries = 1\n", ".config/nextest.toml:2:10: invalid filterset",
     ""},
    {"[[profile.default.overrides]]\nfilter = 'group(x)'\nretries = 1\n",
     ".config/nextest.toml:2:10: invalid filterset", ""},
    {"[[profile.default.overrides]]\nretries = 1\n",
     ".config/nextest.toml:1:1: this needs a filter or a platform, or both", ""},
    {"[[profile.default.overrides]]\nfilter = 'all()'\npriority = 101\n",
     ".config/nextest.toml:3:12: '101' is not allowed", "^^^"},
    {"[[profile.default.overrides]]\nfilter = 'all()'\ndefault-filter = 'none()'\n",
     ".config/nextest.toml:3:18: a default-filter here needs a platform, and no filter", "^^^^^^^^"},
    {"[[profile.default.overrides]]\nfilter = 'all()'\nplatform = 'cfg(unix)'\ndefault-filter = 'none()'\n",
     ".config/nextest.toml:4:18: a default-filter here needs a platform, and no filter", "^^^^^^^^"},
    {"[profile.default]\noverrides = 3\n", ".config/nextest.toml:2:13: '3' is not allowed", "^"},
    {"[[profile.default.overrides]]\nplatform = 'cfg(unix'\n", ".config/nextest.toml:2:12: ", ""},
    {"[[profile.default.overrides]]\nplatform = { os = 'cfg(unix)' }\n",
     ".config/nextest.toml:2:14: there is no key 'os' here", "^^"},
    {"[[profile.default.overrides]]\nplatform = 1\n", ".config/nextest.toml:2:12: '1' is not allowed", "^"},
    {"[[profile.default.overrides]]\nfilter = ['all()']\n", ".config/nextest.toml:2:10: an array is not allowed",
     "^^^^^^^^^"},
    {"[[profile.default.overrides]]\nfilter = 'all()'\npriority = 'high'\n",
     ".config/nextest.toml:3:12: 'high' is not allowed", "^^^^^^"},
    {"[[profile.default.overrides]]\nplatform = 'cfg(unix)'\ndefault-filter = 'test('\n",
     ".config/nextest.toml:3:18: invalid filterset", ""},
    {"[[profile.default.scripts]]\nfilter = 'test('\nsetup = 'x'\n[scripts.setup.x]\ncommand = 'x'\n",
     ".config/nextest.toml:2:10: invalid filterset", ""},
    {"[[profile.default.overrides]]\nplatform = 'linus'\n", ".config/nextest.toml:2:12: ", ""},
    // what is named and not there
    {"[profile.default]\ntest-group = 'db'\n", ".config/nextest.toml:2:14: there is no test group 'db'", "^^^^"},
    {"[test-groups.db]\n", ".config/nextest.toml:1:1: the test group 'db' has no max-threads", ""},
    {"[test-groups.'@x']\nmax-threads = 1\n", ".config/nextest.toml:1:14: a test group cannot have the name '@x' here",
     "^^^^"},
    {"[profile.a]\ninherits = 'b'\n", ".config/nextest.toml:2:12: there is no profile 'b'", "^^^"},
    {"[profile.default]\ninherits = 'a'\n[profile.a]\n",
     ".config/nextest.toml:2:12: the default profile cannot inherit from another one", "^^^"},
    {"[profile.a]\ninherits = 'b'\n[profile.b]\ninherits = 'a'\n",
     ".config/nextest.toml:4:12: profiles inherit from each other in a circle: a -> b -> a", "^^^"},
    {"[profile.a]\ninherits = 'a'\n", ".config/nextest.toml:2:12: profiles inherit from each other in a circle: a -> a",
     "^^^"},
    {"[[profile.default.scripts]]\nfilter = 'all()'\nsetup = 'db'\n",
     ".config/nextest.toml:3:9: there is no setup script 'db'", "^^^^"},
    {"[experimental]\nsetup-scripts = 'yes'\n", ".config/nextest.toml:2:17: 'yes' is not allowed", "^^^^^"},
    {"[scripts.wrapper.w]\ncommand = 'env'\n[[profile.default.scripts]]\nfilter = 'test(x)'\nlist-wrapper = 'w'\n",
     ".config/nextest.toml:4:10: invalid filterset", ""},
    {"[scripts.setup.a]\n", ".config/nextest.toml:1:1: the script 'a' has no command", ""},
    {"[scripts.setup.a]\ncommand = ''\n", ".config/nextest.toml:2:11: the command is empty", "^^"},
    {"[scripts.setup.a]\ncommand = \"x 'y\"\n", ".config/nextest.toml:2:11: a quote is not closed", ""},
    {"[scripts.setup.a]\ncommand = { command-line = 'x', env = { NEXTEST_X = '1' } }\n",
     ".config/nextest.toml:2:53: the environment variable 'NEXTEST_X' cannot be set here", "^^^"},
    {"[scripts.setup.a]\ncommand = [1]\n", ".config/nextest.toml:2:12: '1' is not allowed", "^"},
    {"[scripts.setup.a]\ncommand = \"a\\u0000b\"\n", ".config/nextest.toml:2:11: a command cannot hold a NUL",
     "^^^^^^^^^^"},
    {"[scripts.setup.a]\ncommand = 'x'\ncapture-stdout = 'yes'\n", ".config/nextest.toml:3:18: 'yes' is not allowed",
     "^^^^^"},
    {"[scripts.setup.a]\ncommand = 'x'\nslow-timeout = 5\n", ".config/nextest.toml:3:16: '5' is not allowed", "^"},
    {"[scripts.setup.a]\ncommand = { command-line = 'x', relative-to = 'home' }\n",
     ".config/nextest.toml:2:47: 'home' is not allowed", "^^^^^^"},
    {"[scripts.setup.'@tool:x:a']\ncommand = 'x'\n",
     ".config/nextest.toml:1:16: a setup script cannot have the name '@tool:x:a' here", "^^^^^^^^^^^"},
    {"[scripts.wrapper.w]\n", ".config/nextest.toml:1:1: the script 'w' has no command", ""},
    {"[scripts.wrapper.w]\ncommand = 'x'\ntarget-runner = 'no'\n", ".config/nextest.toml:3:17: 'no' is not allowed",
     "^^^^"},
    {"[[profile.default.scripts]]\nfilter = 'all()'\nrun-wrapper = 'w'\n",
     ".config/nextest.toml:3:15: there is no wrapper script 'w'", "^^^"},
    {"[scripts.wrapper.w]\ncommand = 'env'\n[[profile.default.scripts]]\nfilter = 'default()'\nlist-wrapper = 'w'\n",
     ".config/nextest.toml:4:10: invalid filterset", ""},
    {"[test-groups.g]\nmax-threads = 0\n", ".config/nextest.toml:2:15: '0' is not allowed", "^"},
    {"[test-groups.g]\nmax-threads = 'num-test-threads'\n",
     ".config/nextest.toml:2:15: 'num-test-threads' is not allowed", "^^^^^^^^^^^^^^^^^^"},
    {"[harness.x]\nmatch = '*'\n", ".config/nextest.toml:1:1: the harness 'x' has no run", ""},
    {"[[binaries]]\npackage = 'x'\n", ".config/nextest.toml:1:1: [[binaries]] without a path", ""},
    {"[[binaries]]\npath = 'x['\n", ".config/nextest.toml:2:8: not a glob", ""},
    // the language itself
    {"[profile.default]\nretries = 1\nretries = 2\n",
     ".config/nextest.toml:3:1: the key 'retries' is already defined in line 2", "^^^^^^^"},
    {"[profile.default\n", ".config/nextest.toml:1:17: ", "^"},
    {"retries\n", ".config/nextest.toml:1:8: ", "^"},
    {"x = \"abc\n", ".config/nextest.toml:1:", ""},
};

void check_nothing_ran(const Workspace& workspace, const Workspace::Run& run, int code) {
  SHOW(run.outcome);
  CHECK(run.outcome.code == code);
  CHECK(run.outcome.out == "");
  CHECK(run.log.empty());
  CHECK(starts_with(run.outcome.err, "error: "));
  CHECK(occurrences(run.outcome.err, "error: ") == 1);
  CHECK_FALSE(exists(workspace.dir / "log"));
}

TEST_CASE("config: each fault is one error with its place, and nothing is run") {
  for (const Fault& fault : faults) {
    CAPTURE(std::string(fault.config));
    Workspace workspace(fault.config);
    const Workspace::Run run = workspace.test("a").run();
    check_nothing_ran(workspace, run, 96);
    CHECK(starts_with(run.outcome.err, "error: " + std::string(fault.error)));
    bool has_mark = false, has_any = false;
    for (const std::string& line : lines_of(run.outcome.err)) {
      const size_t bar = line.find("| ");
      const std::string rest = bar == std::string::npos ? "" : line.substr(line.find_first_not_of(" |"));
      has_mark = has_mark || rest == fault.mark;
      has_any = has_any || contains(line, "^");
    }
    CHECK((has_mark || std::string(fault.mark).empty()));
    CHECK((has_any || !contains(fault.error, ".toml:")));
  }
}

TEST_CASE("config: a version that is not met is an error of its own, also where the rest could not be read") {
  Workspace workspace("nextest-version = '99.1.2'\n[profile.default]\nretries = 'many'\n");
  const Workspace::Run run = workspace.test("a").run();
  check_nothing_ran(workspace, run, 92);
  CHECK(contains(run.outcome.err, "99.1.2"));
}

TEST_CASE("config: files that are none") {
  Workspace workspace;
  workspace.test("a");
  const std::string file = workspace.dir / ".config/nextest.toml";

  mkdir(file.c_str(), 0755);
  Workspace::Run run = workspace.run();
  check_nothing_ran(workspace, run, 96);
  CHECK(contains(run.outcome.err, "it is a folder"));
  rmdir(file.c_str());

  write_file(file, std::string("x = 'a\0b'\n", 10));
  check_nothing_ran(workspace, workspace.run(), 96);
  write_file(file, "x = '\xff'\n");
  check_nothing_ran(workspace, workspace.run(), 96);

  write_file(file, "");
  REQUIRE(truncate(file.c_str(), 50 << 20) == 0);
  run = workspace.run();
  check_nothing_ran(workspace, run, 96);
  CHECK(contains(run.outcome.err, "larger than 4 MiB"));

  for (const char* const target : {"nextest.toml", "gone.toml"}) {  // to itself, and to nothing
    unlink(file.c_str());
    REQUIRE(symlink(target, file.c_str()) == 0);
    run = workspace.run();
    check_nothing_ran(workspace, run, 96);
    CHECK(contains(run.outcome.err, "cannot read the configuration .config/nextest.toml: "));
  }
  unlink(file.c_str());

  REQUIRE(mkfifo(file.c_str(), 0644) == 0);  // with nobody at its other end
  CHECK(workspace.run().log == Words{"a"});
  unlink(file.c_str());

  if (getuid() != 0) {
    write_file(file, "", 0);
    check_nothing_ran(workspace, workspace.run(), 96);
  }
}

TEST_CASE("config: faults of a tool's file and of the user's have their places, too") {
  const struct {
    const char* option;
    const char* text;
    const char* error;
  } rows[] = {
      {"--tool-config-file=x:file.toml", "[profile.default]\nretries = 'x'\n", "file.toml:2:11: 'x' is not allowed"},
      {"--tool-config-file=x:file.toml", "[scripts.setup.s]\ncommand = 'x'\n",
       "file.toml:1:16: a setup script cannot have the name 's' here"},
      {"--tool-config-file=x:file.toml", "[[binaries]]\npath = 'x'\n", "file.toml:1:1: a tool cannot say"},
      {"--config-file=file.toml", "[profile.default]\nretries = 'x'\n", "file.toml:2:11: 'x' is not allowed"},
      {"--user-config-file=file.toml", "[ui]\noutput-indent = 3\n", "file.toml:2:17: '3' is not allowed"},
      {"--user-config-file=file.toml", "ui = 3\n", "file.toml:1:6: '3' is not allowed"},
      {"--user-config-file=file.toml", "[[overrides]]\nui.output-indent = true\n",
       "file.toml:1:1: this needs a platform"},
      {"--user-config-file=file.toml", "[[overrides]]\nplatform = 'cfg('\n", "file.toml:2:12: "},
      {"--user-config-file=file.toml", "[ui\n", "file.toml:1:4: "},
  };
  Workspace workspace("[profile.default]\nretries = 1\n");
  workspace.test("a");
  for (const auto& row : rows) {
    NOTE(row.text);
    write_file(workspace.dir / "file.toml", row.text);
    const Workspace::Run run = workspace.run({row.option});
    check_nothing_ran(workspace, run, 96);
    CHECK(starts_with(run.outcome.err, std::string("error: ") + row.error));
    CHECK(contains(run.outcome.err, "^"));
  }
}

TEST_CASE("config: show-config and list tell the same faults") {
  Workspace workspace("[profile.default]\nretries = 'x'\n");
  workspace.test("a");
  for (const Words& words : {Words{"show-config", "profile"}, Words{"show-config", "test", "all()", "./t/a"},
                             Words{"show-config", "test-groups", "./t/a"}, Words{"list", "./t/a"}}) {
    CAPTURE(shown(words));
    const Outcome outcome = nextest(words, workspace.options);
    CHECK(outcome.code == 96);
    CHECK(outcome.out == "");
    CHECK(starts_with(outcome.err, "error: .config/nextest.toml:2:11: "));
  }
}

TEST_CASE("config: faults of the options") {
  const struct {
    Words words;
    const char* error;
  } rows[] = {
      {{"--config-file", "none.toml"}, "error: cannot read the configuration none.toml: No such file"},
      {{"--tool-config-file", "x"}, "error: --tool-config-file: 'x' is not TOOL:FILE"},
      {{"--tool-config-file", ":x"}, "error: --tool-config-file: ':x' is not TOOL:FILE"},
      {{"--tool-config-file", "a:none.toml"}, "error: cannot read the configuration none.toml"},
      {{"--user-config-file", "none.toml"}, "error: cannot read the configuration none.toml"},
      {{"--config", "retries = x"}, "error: --config:1:11: "},
      {{"--config", "retries = 'x'"}, "error: --config:1:11: 'x' is not allowed"},
      {{"--config", "retires = 1"}, "error: --config:1: unknown key 'retires'; did you mean 'retries'?"},
      {{"-P", "cii"}, "error: there is no profile 'cii'"},
      {{"--order", "shortest"}, "error: --order: 'shortest' is not allowed"},
      {{"--order", "listed:3"}, "error: --order: 'listed:3' is not allowed"},
  };
  Workspace workspace("[profile.ci]\n");
  workspace.test("a");
  for (const auto& row : rows) {
    CAPTURE(shown(row.words));
    const Workspace::Run run = workspace.run(row.words);
    check_nothing_ran(workspace, run, 96);
    CHECK(starts_with(run.outcome.err, row.error));
  }
  CHECK(contains(workspace.run({"-P", "cii"}).outcome.err, "did you mean 'ci'? profiles: default, default-miri, ci"));
}

TEST_CASE("config: a faulty filterset on the command line is exit 94") {
  Workspace workspace;
  workspace.test("a");
  for (const char* const filterset : {"tset(x)", "test(", "package(none)", "group(none)", "", "test(a) && test(b)"}) {
    CAPTURE(std::string(filterset));
    check_nothing_ran(workspace, workspace.run({"-E", filterset}), 94);
  }
}

}  // namespace
