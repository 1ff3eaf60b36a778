// Every exit code that a run can reach, each from a real situation, with a message that says what to do.
#include "screen.hpp"

using namespace drive;

namespace {

// A usage or setup error: 96, nothing on stdout, and each of the parts in the message.
void check_refused(const Words& arguments, const Words& parts, int code = 96) {
  const Outcome outcome = nextest(arguments);
  INFO(shown(arguments));
  SHOW(outcome);
  CHECK(outcome.code == code);
  CHECK(outcome.out.empty());
  for (const std::string& part : parts) {
    CAPTURE(part);
    CHECK(contains(outcome.err, part));
  }
}

// An ELF program as this machine has it, but for another processor and the other word size.
std::string foreign_program() {
  std::string bytes = read_file(fixture("plain"));
  REQUIRE(starts_with(bytes,
                      "\x7f"
                      "ELF"));
  const int one = 1;
  const bool little = *reinterpret_cast<const char*>(&one) == 1;
  const int machine = 21;  // EM_PPC64
  bytes[little ? 18 : 19] = static_cast<char>(machine);
  bytes[little ? 19 : 18] = 0;
  return bytes;
}

TEST_CASE("0: all passed") { CHECK(nextest({"run", fixture("exit-0")}).code == 0); }

TEST_CASE("100: a test failed") { CHECK(nextest({"run", fixture("exit-1")}).code == 100); }

TEST_CASE("4: no tests to run") {
  const Outcome outcome = nextest({"run", fixture("exit-0"), "no such name"});
  SHOW(outcome);
  CHECK(outcome.code == 4);
  CHECK(contains(outcome.err, "no tests to run"));
  CHECK(nextest({"run", "--no-tests", "fail", fixture("exit-0"), "no such name"}).code == 4);
  const Outcome warned = nextest({"run", "--no-tests", "warn", fixture("exit-0"), "no such name"});
  CHECK(warned.code == 0);
  CHECK(contains(warned.err, "no tests to run"));
  CHECK(nextest({"run", "--no-tests=pass", fixture("exit-0"), "no such name"}).code == 0);
}

TEST_CASE("4: a program that lists no tests") {
  CHECK(nextest({"run", "--harness", "libtest", fixture("list-empty")}).code == 4);
}

TEST_CASE("an empty folder never passes") {
  const TempDir dir;
  const Outcome outcome = nextest({"run", dir.path()});
  SHOW(outcome);
  CHECK((outcome.code == 4 || outcome.code == 96));
  CHECK(!outcome.err.empty());
}

TEST_CASE("a folder with nothing but programs of unknown harness never passes") {
  const TempDir dir;
  dir.take("exit-0", "exit-0");
  const Outcome outcome = nextest({"run", dir.path()});
  SHOW(outcome);
  CHECK((outcome.code == 4 || outcome.code == 96));
  CHECK(contains(outcome.err, "exit-0"));  // it says which it skipped
}

TEST_CASE("96: options that do not exist name the nearest that does") {
  const std::string path = fixture("exit-0");
  check_refused({"run", "--retires", "2", path}, {"--retires", "--retries"});
  check_refused({"run", "--no-fial-fast", path}, {"--no-fial-fast", "--no-fail-fast"});
  check_refused({"run", "--slow-timout=1s", path}, {"--slow-timout", "--slow-timeout"});
  check_refused({"list", "--mesage-format", "oneline", path}, {"--message-format"});
  check_refused({"run", "-Q", path}, {"-Q"});
  check_refused({"rnu", path}, {"rnu", "run"});
}

TEST_CASE("96: values that are none") {
  const std::string path = fixture("exit-0");
  check_refused({"run", "--retries", "many", path}, {"many", "--retries"});
  check_refused({"run", "--retries=-1", path}, {"-1"});
  check_refused({"run", "--test-threads", "several", path}, {"several"});
  check_refused({"run", "-j", "0", path}, {"0"});
  check_refused({"run", "--slow-timeout", "soon", path}, {"soon"});
  check_refused({"run", "--slow-timeout", "5 parsecs", path}, {"parsecs"});
  check_refused({"run", "--run-ignored", "some", path}, {"some", "only"});
  check_refused({"run", "--no-tests", "maybe", path}, {"maybe"});
  check_refused({"run", "--harness", "gogletest", path}, {"gogletest", "googletest"});
  check_refused({"run", "--max-fail", "few", path}, {"few"});
  check_refused({"run", "--color", "sometimes", path}, {"sometimes"});
  check_refused({"run", "--stress-count", "0", path}, {"0"});
  check_refused({"list", "--message-format", "yaml", path}, {"yaml", "oneline"});
  check_refused({"run", path, "--retries"}, {"--retries"});
  check_refused({"run", "--no-fail-fast=yes", path}, {"--no-fail-fast"});
  check_refused({"run", path, "--", "--skip"}, {"--skip"});
}

TEST_CASE("96: no path says where tests could come from") {
  const TempDir dir;
  Options options;
  options.directory = dir.path();
  const Outcome outcome = nextest({"run"}, options);
  SHOW(outcome);
  CHECK(outcome.code == 96);
  CHECK(contains(outcome.err, "nextest run"));
}

TEST_CASE("96: paths that are no test programs, each with its reason") {
  const TempDir dir;
  check_refused({"run", dir / "missing"}, {dir / "missing", "No such file"});
  write_file(dir / "plain-file", read_file(fixture("exit-0")), 0644);
  check_refused({"run", dir / "plain-file"}, {"plain-file", "executable"});
  write_file(dir / "foreign", foreign_program(), 0755);
  check_refused({"run", dir / "foreign"}, {"foreign", "powerpc", "--target-runner"});
  check_refused({"run", dir / "missing/deeper"}, {"missing/deeper"});
  check_refused({"run", fixture("exit-0") + "/"}, {"exit-0/"});
  REQUIRE(symlink("nowhere", (dir / "dangling").c_str()) == 0);
  check_refused({"run", dir / "dangling"}, {"dangling"});
}

TEST_CASE("an empty executable file is no pass") {
  const TempDir dir;
  write_file(dir / "empty", "", 0755);
  for (const Words& words : {Words{"run", dir / "empty"}, Words{"run", "--harness", "plain", dir / "empty"}}) {
    const Outcome outcome = nextest(words);
    SHOW(outcome);
    CHECK((outcome.code == 96 || outcome.code == 100));
    CHECK(contains(outcome.err, "empty"));
    CHECK(counted(read_screen(outcome.err), "passed") == 0);
  }
}

TEST_CASE("one bad path among good ones stops the run before it starts") {
  const TempDir dir;
  Options options;
  options.environment["E2E_LOG"] = dir / "log";
  const Outcome outcome = nextest({"run", fixture("exit-0"), dir / "missing"}, options);
  CHECK(outcome.code == 96);
  CHECK_FALSE(exists(dir / "log"));
}

TEST_CASE("104: a listing that failed names the binary, the command, the line, and shows its stderr") {
  auto refused = [](const std::string& name, const Words& parts) {
    for (const char* command : {"run", "list"}) {
      check_refused({command, "--harness", "libtest", fixture(name)}, parts, 104);
    }
  };
  refused("list-garbage", {"list-garbage", "--list", "Hello, this is no test"});
  refused("list-exit3", {"list-exit3", "--list", "exited with 3", "the database is not there"});
  refused("list-segv", {"list-segv", "--list", "SIGSEGV"});
}

TEST_CASE("104: a listing without end") {
  const Outcome outcome = nextest({"list", "--harness", "libtest", fixture("list-flood")});
  INFO("--- stderr\n" << outcome.err.substr(0, 2000));
  CHECK(outcome.code == 104);
  CHECK(outcome.out.empty());
  CHECK(contains(outcome.err, "list-flood"));
  CHECK(contains(outcome.err, "64"));
  CHECK(outcome.err.size() < 100000);
}

TEST_CASE("104: one listing that failed stops the run before it starts") {
  const TempDir dir;
  Options options;
  options.environment["E2E_LOG"] = dir / "log";
  const std::string bad = dir / "bad";
  write_file(bad, "#!/bin/sh\nexit 3\n", 0755);
  const Outcome outcome =
      nextest({"run", "--harness", "libtest", fixture("list-garbage"), fixture("list-stderr"), bad}, options);
  SHOW(outcome);
  CHECK(outcome.code == 104);
  CHECK_FALSE(contains(outcome.err, "PASS"));
}

TEST_CASE("104: a listing that hangs") {
  const Outcome outcome = nextest({"list", "--list-timeout", "500ms", "--harness", "libtest", fixture("list-hang")});
  SHOW(outcome);
  CHECK(outcome.code == 104);
  CHECK(contains(outcome.err, "list-hang"));
}

TEST_CASE("what a listing prints on stderr does no harm") {
  CHECK(listed({"--harness", "libtest", fixture("list-stderr")}) == Words{"good"});
  CHECK(listed({"--harness", "libtest", fixture("list-no-newline")}) == Words{"good", "last"});
}

TEST_CASE("110: the output could not be written" * needs(full_device())) {
  Options full;
  full.stdout_file = "/dev/full";
  const Outcome outcome = nextest({"list", "--harness", "libtest", fixture("stress_suite")}, full);
  SHOW(outcome);
  CHECK(outcome.code == 110);
  CHECK(contains(outcome.err, "No space left on device"));
}

TEST_CASE("110: nobody reads the output any more: quietly") {
  Options gone;
  gone.stdout_gone = true;
  for (const char* format : {"human", "oneline"}) {
    const Outcome outcome =
        nextest({"list", "--message-format", format, "--harness", "libtest", fixture("stress_suite")}, gone);
    SHOW(outcome);
    CHECK(outcome.code == 110);
    CHECK(outcome.signal == 0);
    CHECK(outcome.err.empty());
  }
}

TEST_CASE("help and version go to stdout and succeed") {
  const Outcome version = nextest({"--version"});
  CHECK(version.code == 0);
  CHECK(starts_with(version.out, "nextest "));
  CHECK(version.err.empty());
  for (const Words& words : {Words{"--help"}, Words{"run", "--help"}, Words{"list", "--help"}, Words{"help"},
                             Words{"help", "run"}, Words{"run", "-h"}}) {
    INFO(shown(words));
    const Outcome outcome = nextest(words);
    CHECK(outcome.code == 0);
    CHECK(outcome.out.size() > 100);
    CHECK(outcome.err.empty());
  }
  CHECK(contains(nextest({"run", "--help"}).out, "--retries"));
  CHECK_FALSE(contains(nextest({"list", "--help"}).out, "--retries"));
}

TEST_CASE("nextest alone prints a short help") {
  const Outcome outcome = nextest({});
  CHECK(outcome.signal == 0);
  CHECK(contains(outcome.out + outcome.err, "nextest run"));
}

TEST_CASE("short options bundle, values come with = or after a blank") {
  CHECK(nextest({"run", "-j2", fixture("exit-0")}).code == 0);
  CHECK(nextest({"run", "-j", "2", fixture("exit-0")}).code == 0);
  CHECK(nextest({"run", "--test-threads=2", fixture("exit-0")}).code == 0);
  CHECK(nextest({"run", "--test-threads", "num-cpus", fixture("exit-0")}).code == 0);
  CHECK(nextest({"run", "--test-threads=-1", fixture("exit-0")}).code == 0);
  CHECK(nextest({"run", fixture("exit-0"), "--test-threads", "2"}).code == 0);
}

}  // namespace

TEST_CASE("104: a listing that failed, while what another one left behind holds its output" *
          needs(tool("setsid", "util-linux"))) {
  TempDir dir;
  write_file(dir / "suite",
             "#!/bin/sh\n"
             "case \"$*\" in *--ignored*) env -i setsid sleep 20 & exit 0 ;; esac\n"
             "sleep 0.1\n"
             "exit 3\n",
             0755);
  Options options;
  options.may_leave = true;  // sleep has shed all by which it could be known
  const Outcome outcome = nextest({"list", "--harness", "libtest", dir / "suite"}, options);
  SHOW(outcome);
  CHECK(outcome.code == 104);
  CHECK(contains(outcome.err, "exited with 3"));
}
