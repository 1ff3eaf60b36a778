// A test that leaves something behind: it is found, it is said, and it is ended. That nothing is left after each run is
// checked by nextest() itself.
#include "screen.hpp"

using namespace drive;

namespace {

TEST_CASE("what stays in the group or holds the output is a leak, and a pass") {
  for (const char* name : {"leak-pipe", "leak-stderr", "leak-group", "leak-stubborn", "leak-session-pipe"}) {
    NOTE(name);
    const Outcome outcome = nextest({"run", fixture(name)});
    SHOW(outcome);
    const Screen screen = read_screen(outcome.err);
    CHECK(outcome.code == 0);
    CHECK(words_of(screen, std::string(name) + " " + name) == Words{"LEAK"});
    CHECK(counted(screen, "passed") == 1);
    CHECK(counted(screen, "leaky") == 1);
  }
}

TEST_CASE("what left the group is a leak of its test too, said by the end of the run" *
          needs(proc(), other_sessions())) {
  for (const char* name : {"leak-session", "nested-group", "leak-daemon"}) {
    NOTE(name);
    const Outcome outcome = nextest({"run", "-j", "2", fixture(name), fixture("exit-0")});
    SHOW(outcome);
    const Screen screen = read_screen(outcome.err);
    CHECK(outcome.code == 0);
    bool said = false;
    for (const std::string& line : lines_of(outcome.err)) {
      if (!contains(line, "LEAK")) continue;
      said = said || contains(line, std::string(name) + " " + name);
      CHECK_FALSE(contains(line, "exit-0"));
    }
    CHECK(said);
    CHECK(status_of(screen, "exit-0 exit-0").word == "PASS");
    CHECK(counted(screen, "passed") == 2);
    CHECK(counted(screen, "leaky") == 1);
  }
}

// The living processes that were started under this name.
std::vector<pid_t> living_as(const std::string& name) {
  std::vector<pid_t> found;
  DIR* proc = opendir("/proc");
  REQUIRE(proc != nullptr);
  while (const struct dirent* process = readdir(proc)) {
    const std::string words = read_file(std::string("/proc/") + process->d_name + "/cmdline");
    if (starts_with(words, name + '\0')) found.push_back(atoi(process->d_name));
  }
  closedir(proc);
  return found;
}

TEST_CASE("what cleaned its environment is ended and said, though not whose it was" * needs(proc(), other_sessions())) {
  const Words words = {"run", fixture("leak-bare")};
  Process process(program_words(words), {});
  const std::string name = "bare-" + process.mark().substr(process.mark().find('=') + 1);
  const Outcome outcome = process.finish();
  check_clean(words, outcome);
  SHOW(outcome);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "LEAK"));
  CHECK(contains(outcome.err, name));
  // Killed, it takes a moment to go.
  const double until = now_seconds() + hard_timeout_seconds();
  while (!living_as(name).empty() && now_seconds() < until) sleep_ms(10);
  CHECK(living_as(name).size() == 0);
}

TEST_CASE("a process with a clean environment can be found" * needs(proc())) {
  Options options;
  options.may_leave = true;
  Process process({fixture("leak-bare")}, options);
  const std::string name = "bare-" + process.mark().substr(process.mark().find('=') + 1);
  process.finish();
  const std::vector<pid_t> found = living_as(name);
  CHECK(found.size() == 1);
  for (const pid_t pid : found) kill(pid, SIGKILL);
}

TEST_CASE("a failing test that leaks is both") {
  const Outcome outcome = nextest({"run", fixture("leak-fail-exit")});
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(read_screen(outcome.err).statuses.size() == 1);
  CHECK(status_of(read_screen(outcome.err), "leak-fail-exit leak-fail-exit").word == "FAIL + LEAK");
}

TEST_CASE("a failing test that leaks, tried again") {
  const Outcome outcome = nextest({"run", "--retries", "1", fixture("leak-fail-exit")});
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(outcome.code == 100);
  CHECK(position_of(screen, "TRY 1 FL+LK") >= 0);
  CHECK(position_of(screen, "TRY 2 FL+LK") >= 0);
}

TEST_CASE("no leak: a zombie, closed outputs, a child that goes in time") {
  for (const char* name : {"zombie", "close-stdout", "fork-crash", "late-closer"}) {
    NOTE(name);
    const Outcome outcome = nextest({"run", "--leak-timeout", "30s", fixture(name)});
    SHOW(outcome);
    CHECK(outcome.code == 0);
    CHECK(words_of(read_screen(outcome.err), std::string(name) + " " + name) == Words{"PASS"});
    CHECK(counted(read_screen(outcome.err), "leaky") == 0);
  }
}

TEST_CASE("leaks do not hold others up, and each is its own test's") {
  const Outcome outcome = nextest({"run", "-j", "4", fixture("leak-pipe"), fixture("leak-group"), fixture("exit-0"),
                                   fixture("leak-session"), fixture("print-both"), fixture("slow")});
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(outcome.code == 0);
  CHECK(counted(screen, "passed") == 6);
  CHECK(counted(screen, "leaky") == (sees_other_sessions() ? 3 : 2));
  for (const char* name : {"exit-0", "print-both", "slow"})
    CHECK(status_of(screen, std::string(name) + " " + name).word == "PASS");
}

TEST_CASE("a leak is found without capture as well") {
  const Outcome outcome = nextest({"run", "--no-capture", fixture("leak-group")});
  SHOW(outcome);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "LEAK"));
}

}  // namespace
