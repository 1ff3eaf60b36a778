// A test that becomes another user's process, which we may not end: the run ends all the same, and says so once.
#include <sys/stat.h>

#include "workspace.hpp"

using namespace drive;

namespace {

Words as_nobody(const Words& more) {
  Words words = {"/bin/sh", "-c", "exec setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"", "sh"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Need programs_of_root() {
  return {"root, setpriv, and a folder for programs that are set-user-ID", "", [] {
            return system(
                       "d=$(mktemp -d) && chmod 755 $d && cp \"$(command -v id)\" $d/id && chmod 4755 $d/id &&"
                       " setpriv --reuid 65534 --regid 65534 --clear-groups $d/id 2>&1 | grep -q 'euid=0(';"
                       " code=$?; rm -rf \"$d\"; exit $code") == 0;
          }};
}

// Seconds to sleep that no other process has.
struct OtherUser {
  OtherUser() : seconds(std::to_string(2000000 + getpid())) {
    chmod(work.dir.path().c_str(), 0777);
    chmod((work.dir / "t").c_str(), 0777);
    execute({"/bin/sh", "-c",
             "cp " + quoted(program_path()) + " " + (work.dir / "nextest") + " && cp " + quoted(fixture("other_user")) +
                 " " + (work.dir / "other_user") + " && chmod 4755 " + (work.dir / "other_user")});
    work.options.may_leave = true;
  }
  ~OtherUser() {
    for (const pid_t pid : living_named(seconds)) kill(pid, SIGKILL);
  }

  Words words(const Words& more) const {
    Words all = {work.dir / "nextest", "run", "--no-record", "./t", "--harness", "plain", "--no-fail-fast"};
    all.insert(all.end(), more.begin(), more.end());
    return as_nobody(all);
  }
  std::string becomes_it() const { return work.dir / "other_user" + " " + seconds; }

  Workspace work;
  const std::string seconds;
};

void check_said_once(const Outcome& outcome, const OtherUser& other) {
  CHECK(occurrences(outcome.err, "behind, which cannot be ended: sleep " + other.seconds) == 1);
  CHECK_FALSE(contains(outcome.err, "has been ended"));
  CHECK_FALSE(contains(outcome.err, "have been ended"));
}

TEST_CASE("another user's process: at its time limit the run goes on, and ends" *
          needs(proc(), other_sessions(), programs_of_root())) {
  OtherUser other;
  other.work.test("a_becomes", "exec " + other.becomes_it()).test("b_passes");
  const Outcome outcome =
      execute(other.words({"-j1", "--slow-timeout", "200ms", "--terminate-after", "1", "--grace-period", "100ms"}),
              other.work.options);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(contains(outcome.err, "timed out, and cannot be ended"));
  CHECK(contains(outcome.err, "1 passed, 1 timed out"));
  CHECK_FALSE(contains(outcome.err, "a test that is not known"));
  check_said_once(outcome, other);
}

TEST_CASE("another user's process: Ctrl-C ends the run, once and twice" *
          needs(proc(), other_sessions(), programs_of_root())) {
  for (const bool twice : {false, true}) {
    CAPTURE(twice);
    OtherUser other;
    other.work.test("becomes", "exec " + other.becomes_it());
    Process process(other.words({"--grace-period", twice ? "1000s" : "100ms"}), other.work.options);
    REQUIRE(process.wait_until([&] { return !living_named(std::string("sleep\0", 6) + other.seconds).empty(); }));
    process.send(SIGINT);
    if (twice) {
      REQUIRE(process.wait_for_error_text("Cancelling due to interrupt"));
      process.send(SIGINT);
    }
    const Outcome outcome = process.finish();
    SHOW(outcome);
    CHECK(outcome.code == 100);
    check_said_once(outcome, other);
  }
}

TEST_CASE("another user's process that a test leaves behind is a leak that lives on" *
          needs(proc(), other_sessions(), programs_of_root())) {
  OtherUser other;
  other.work.test("leaves", other.becomes_it() + " & while [ ! -e /proc/$! ]; do :; done");
  const Outcome outcome =
      execute(other.words({"--leak-timeout", "100ms", "--status-level", "none"}), other.work.options);
  SHOW(outcome);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "1 passed (1 leaky)"));
  check_said_once(outcome, other);
}

}  // namespace
