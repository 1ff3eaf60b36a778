// Two processes are one program: whichever of them is killed, nothing is left, whatever hid itself from the run; and to
// a shell, to job control and to who sends signals, they are one.
#include "workspace.hpp"

using namespace drive;

namespace {

// A folder with tests whose processes have another environment, session, parent or name; each says when it is there.
// All of their command lines end with the folder's own number of seconds to sleep.
struct Hiding {
  Hiding() : seconds(std::to_string(1000000 + getpid() * 10 + serial()++ % 10)) {
    workspace.test("a_bare", "env -i /bin/sleep " + seconds + " & wait");
    workspace.test("b_session", "setsid env -i /bin/sleep " + seconds + " & wait");
    workspace.test("c_twice", "(setsid sh -c 'env -i /bin/sleep " + seconds + " & exec env -i /bin/sleep " + seconds +
                                  "' &) ; exec sleep " + seconds);
    workspace.test("d_forks", "while :; do (env -i /bin/sleep " + seconds + " &); sleep 0.02; done");
  }

  static int& serial() {
    static int number = 0;
    return number;
  }
  size_t count() const { return living_named(seconds).size(); }

  Workspace workspace;
  const std::string seconds;
};

bool all_gone(Process& process, const Hiding& hiding) {
  for (int i = 0; i < 2000; ++i) {
    if (hiding.count() == 0 && living_with(process.mark()).empty()) return true;
    sleep_ms(5);
  }
  return false;
}

TEST_CASE("guardian: when the runner is killed, nothing is left, and the program ends as the runner did" *
          needs(proc(), other_sessions())) {
  for (int round = 0; round < rounds(8); ++round) {
    CAPTURE(round);
    Hiding hiding;
    Process process(program_words({"run", "-j", "4", "./t", "--harness", "plain"}), hiding.workspace.options);
    REQUIRE(process.wait_until([&] { return hiding.count() >= static_cast<size_t>(round % 8); }));
    const pid_t runner = process.runner();
    kill(runner, SIGKILL);
    const Outcome outcome = process.finish();
    SHOW(outcome);
    CHECK(outcome.signal == SIGKILL);
    CHECK(hiding.count() == 0);  // not before the program has ended
    CHECK(outcome.left_behind.empty());
  }
}

TEST_CASE("guardian: when it is killed, the runner ends all, and itself" * needs(proc(), other_sessions())) {
  for (int round = 0; round < rounds(8); ++round) {
    CAPTURE(round);
    Hiding hiding;
    Process process(program_words({"run", "-j", "4", "./t", "--harness", "plain"}), hiding.workspace.options);
    REQUIRE(process.wait_until([&] { return hiding.count() >= static_cast<size_t>(round % 8); }));
    process.send(SIGKILL);
    const Outcome outcome = process.finish();
    CHECK(outcome.signal == SIGKILL);
    CHECK(all_gone(process, hiding));
  }
}

TEST_CASE("guardian: a stopped runner ends all when its guardian is killed" * needs(proc(), other_sessions())) {
  Hiding hiding;
  Process process(program_words({"run", "-j", "4", "./t", "--harness", "plain"}), hiding.workspace.options);
  REQUIRE(process.wait_until([&] { return hiding.count() >= 4; }));
  kill(process.runner(), SIGSTOP);
  process.send(SIGKILL);
  process.finish();
  CHECK(all_gone(process, hiding));
}

TEST_CASE("guardian: a runner inside of a test goes with the outer one" * needs(proc(), other_sessions())) {
  for (int round = 0; round < rounds(2); ++round) {
    const bool kills_runner = round % 2 == 0;
    CAPTURE(round);
    Hiding hiding;
    mkdir((hiding.workspace.dir / "outer").c_str(), 0755);
    hiding.workspace.script("outer/inner", "exec " + quoted(program_path()) + " run -j 4 ./t --harness plain");
    Process process(program_words({"run", "./outer", "--harness", "plain"}), hiding.workspace.options);
    REQUIRE(process.wait_until([&] { return hiding.count() >= 6; }));
    kill(kills_runner ? process.runner() : process.pid(), SIGKILL);
    process.finish();
    CHECK(all_gone(process, hiding));
  }
}

TEST_CASE("guardian: a signal to the whole group is one signal" * needs(proc(), other_sessions())) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal);
    Workspace workspace;
    workspace.test(
        "tidy", "trap 'sleep 0.3; echo once >> tidied; exit 1' INT TERM HUP; touch up; while :; do sleep 0.01; done");
    Process process(program_words({"run", "./t", "--harness", "plain"}), workspace.options);
    REQUIRE(process.wait_until([&] { return exists(workspace.dir / "up"); }));
    kill(-process.pid(), signal);
    const Outcome outcome = process.finish();
    SHOW(outcome);
    CHECK(outcome.code == 100);
    CHECK(read_file(workspace.dir / "tidied") == "once\n");
    CHECK_FALSE(contains(outcome.err, "Killing"));
  }
}

TEST_CASE("guardian: to the runner alone, a signal means the same" * needs(proc(), other_sessions())) {
  Workspace workspace;
  workspace.test("hangs", "touch up; sleep 1000");
  Process process(program_words({"run", "./t", "--harness", "plain"}), workspace.options);
  REQUIRE(process.wait_until([&] { return exists(workspace.dir / "up"); }));
  kill(process.runner(), SIGTERM);
  const Outcome outcome = process.finish();
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(contains(outcome.err, "Cancelling due to signal"));
}

TEST_CASE("guardian: SIGSTOP to it stops the run, SIGCONT goes on" * needs(proc(), other_sessions())) {
  const auto state_of = [](pid_t pid) {
    const std::string stat = read_file("/proc/" + std::to_string(pid) + "/stat");
    const size_t at = stat.rfind(") ");
    return at == std::string::npos ? '?' : stat[at + 2];
  };
  Workspace workspace;
  workspace.test("waits", "echo $$ > up; while [ ! -e go ]; do sleep 0.01; done");
  Process process(program_words({"run", "./t", "--harness", "plain"}), workspace.options);
  REQUIRE(process.wait_until([&] { return ends_with(read_file(workspace.dir / "up"), "\n"); }));
  const pid_t runner = process.runner(), test = atoi(read_file(workspace.dir / "up").c_str());
  for (int round = 0; round < 3; ++round) {
    CAPTURE(round);
    process.send(SIGSTOP);
    // D: a shell whose child from vfork has stopped.
    CHECK(process.wait_until(
        [&] { return state_of(runner) == 'T' && (state_of(test) == 'T' || state_of(test) == 'D'); }));
    process.resume();
    CHECK(process.wait_until([&] { return state_of(runner) != 'T' && state_of(test) != 'T'; }));
  }
  write_file(workspace.dir / "go", "");
  const Outcome outcome = process.finish();
  SHOW(outcome);
  CHECK(outcome.code == 0);
}

TEST_CASE("guardian: children from before are not of the run" * needs(proc(), other_sessions())) {
  for (const bool is_killed : {false, true}) {
    CAPTURE(is_killed);
    Workspace workspace;
    workspace.test("one", "touch up; while [ ! -e go ]; do sleep 0.01; done");
    workspace.options.may_leave = true;
    Words words = {"/bin/sh", "-c", "sleep 1000 & echo $! > before; exec \"$@\"", "sh"};
    for (const std::string& word : program_words({"run", "./t", "--harness", "plain"})) words.push_back(word);
    Process process(words, workspace.options);
    REQUIRE(process.wait_until([&] { return exists(workspace.dir / "up"); }));
    const pid_t before = atoi(read_file(workspace.dir / "before").c_str());
    REQUIRE(before > 1);
    if (is_killed) kill(process.runner(), SIGKILL);
    write_file(workspace.dir / "go", "");
    const Outcome outcome = process.finish();
    SHOW(outcome);
    CHECK(outcome.signal == (is_killed ? SIGKILL : 0));
    CHECK(outcome.left_behind == std::vector<pid_t>{before});
  }
}

}  // namespace
