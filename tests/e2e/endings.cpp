// Every way in which a test can end, each from a program that ends so.
#include "screen.hpp"

using namespace drive;

namespace {

struct Ending {
  const char* fixture;
  const char* word;
  const char* reason;  // part of what is said about it
};

Outcome run_one(const std::string& name, const Words& more = {}, const Options& options = {}) {
  Words words = {"run", fixture(name)};
  words.insert(words.end(), more.begin(), more.end());
  return nextest(words, options);
}

std::string id_of(const std::string& name) { return name + " " + name; }

TEST_CASE("a failure has a word, a reason, and exit code 100") {
  const Ending endings[] = {
      {"exit-1", "FAIL", "exited with 1"},
      {"exit-2", "FAIL", "exited with 2"},
      {"exit-255", "FAIL", "exited with 255"},
      {"segv", "SIGSEGV", "signal 11 (SIGSEGV)"},
      {"abort", "SIGABRT", "signal 6 (SIGABRT)"},
      {"kill-self", "SIGKILL", "signal 9 (SIGKILL)"},
      {"leak-fail-exit", "FAIL + LEAK", "exited with 3"},
  };
  for (const Ending& ending : endings) {
    NOTE(ending.fixture);
    const Outcome outcome = run_one(ending.fixture);
    SHOW(outcome);
    const Screen screen = read_screen(outcome.err);
    CHECK(outcome.code == 100);
    CHECK(outcome.out.empty());
    CHECK(words_of(screen, id_of(ending.fixture)) == Words{ending.word});
    CHECK(status_of(screen.finals, id_of(ending.fixture)).word == ending.word);
    CHECK(contains(outcome.err, ending.reason));
    CHECK(counted(screen, "run") == 1);
    CHECK(counted(screen, "passed") == 0);
    CHECK(counted(screen, "failed") == 1);
  }
}

TEST_CASE("a signal without a name is given by its number") {
  const std::string number = std::to_string(SIGRTMIN + 3);
  const Outcome outcome = run_one("rt-signal");
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(words_of(read_screen(outcome.err), id_of("rt-signal")) == Words{"ABORT SIG " + number});
  CHECK(contains(outcome.err, "signal " + number));
}

TEST_CASE("SIGKILL from outside is the test's end, not the run's" * needs(proc())) {
  Process process(program_words({"run", fixture("hang"), fixture("exit-0"), "--no-fail-fast", "-j", "2"}), {});
  pid_t victim = 0;
  process.wait_until([&] {
    for (pid_t pid : living_with("NEXTEST_BINARY_ID=hang")) {
      if (contains(read_file("/proc/" + std::to_string(pid) + "/environ"), process.mark())) victim = pid;
    }
    return victim != 0 && contains(process.err(), "exit-0 exit-0");
  });
  REQUIRE(victim != 0);
  kill(victim, SIGKILL);
  const Outcome outcome = process.finish();
  check_clean({"run", "hang"}, outcome);
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(outcome.code == 100);
  CHECK(status_of(screen, id_of("hang")).word == "SIGKILL");
  CHECK(status_of(screen, id_of("exit-0")).word == "PASS");
}

TEST_CASE("passes: exit 0, whatever went on before") {
  for (const char* name :
       {"exit-0", "close-stdout", "need-stdin", "fork-crash", "zombie", "print-both", "sigmask", "pgrp", "fds"}) {
    NOTE(name);
    const Outcome outcome = run_one(name);
    SHOW(outcome);
    CHECK(outcome.code == 0);
    CHECK(words_of(read_screen(outcome.err), id_of(name)) == Words{"PASS"});
  }
}

TEST_CASE("exit 77 is a pass that says it was skipped") {
  const Outcome outcome = run_one("exit-77");
  SHOW(outcome);
  CHECK(outcome.code == 0);
  CHECK(counted(read_screen(outcome.err), "passed") == 1);
  CHECK(contains(lower(outcome.err), "skipped by the test"));
}

TEST_CASE("a program that is deleted between list and run could not start") {
  const TempDir dir;
  const std::string path = dir.take("list_misbehave", "list-vanish");
  const Outcome outcome = nextest({"run", "--harness", "libtest", path});
  SHOW(outcome);
  CHECK_FALSE(exists(path));
  CHECK(outcome.code == 100);
  const Screen screen = read_screen(outcome.err);
  CHECK(words_of(screen, "list-vanish good") == Words{"XFAIL"});
  CHECK(contains(outcome.err, "could not start"));
  CHECK(contains(outcome.err, "No such file or directory"));
  CHECK(counted(screen, "passed") == 0);
}

TEST_CASE("a script whose interpreter is missing could not start") {
  const TempDir dir;
  write_file(dir / "script", "#!/nonexistent/interpreter\n", 0755);
  const Outcome outcome = nextest({"run", "--harness", "plain", dir / "script"});
  SHOW(outcome);
  CHECK(outcome.code != 0);
  CHECK(counted(read_screen(outcome.err), "passed") == 0);
  CHECK(contains(outcome.err, "script"));
}

TEST_CASE("one of each in one run: none is folded into another") {
  const Outcome outcome =
      nextest({"run", "--no-fail-fast", "-j", "4", fixture("exit-0"), fixture("exit-1"), fixture("segv"),
               fixture("leak-group"), fixture("leak-fail-exit"), fixture("exit-77"), fixture("print-both")});
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(outcome.code == 100);
  CHECK(counted(screen, "run") == 7);
  CHECK(counted(screen, "passed") == 4);
  CHECK(counted(screen, "failed") == 3);
  CHECK(counted(screen, "leaky") == 1);  // of the passes
  CHECK(screen.finals.size() >= 3);
}

TEST_CASE("the summary lists what failed, and no pass") {
  const Outcome outcome = nextest({"run", "--no-fail-fast", fixture("exit-0"), fixture("exit-1"), fixture("segv")});
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(screen.finals.size() == 2);
  CHECK(status_of(screen.finals, id_of("exit-1")).word == "FAIL");
  CHECK(status_of(screen.finals, id_of("segv")).word == "SIGSEGV");
}

TEST_CASE("fail-fast: what starts after a failure") {
  struct Case {
    Words options;
    int starts;
  };
  const Case cases[] = {
      {{}, 1},
      {{"--fail-fast"}, 1},
      {{"--no-fail-fast"}, 3},
      {{"--max-fail", "2"}, 2},
      {{"--max-fail=all"}, 3},
      {{"--max-fail", "1:wait"}, 1},
      {{"--max-fail", "1:immediate"}, 1},
  };
  for (const Case& one : cases) {
    const TempDir dir;
    Options options;
    options.environment["E2E_LOG"] = dir / "log";
    Words words = {"run", "-j", "1", fixture("exit-1"), fixture("exit-2"), fixture("exit-3")};
    words.insert(words.end(), one.options.begin(), one.options.end());
    const Outcome outcome = nextest(words, options);
    INFO(shown(words));
    SHOW(outcome);
    CHECK(outcome.code == 100);
    CHECK(lines_of(read_file(dir / "log")).size() == static_cast<size_t>(one.starts));
    CHECK(counted(read_screen(outcome.err), "failed") == one.starts);
  }
}

TEST_CASE("fail-fast: running tests end by themselves, or are ended with :immediate") {
  const Outcome waits = nextest({"run", "-j", "2", fixture("exit-1"), fixture("slow")});
  SHOW(waits);
  CHECK(waits.code == 100);
  CHECK(status_of(read_screen(waits.err), id_of("slow")).word == "PASS");

  const Outcome at_once = nextest({"run", "-j", "2", "--max-fail", "1:immediate", fixture("hang"), fixture("exit-1")});
  INFO("--- stderr\n" << at_once.err);
  CHECK(at_once.code == 100);
  CHECK(counted(read_screen(at_once.err), "passed") == 0);
}

TEST_CASE("few file descriptors: tests wait for each other instead of failing") {
  Options options;
  options.max_files = 32;
  Words words = {"run", "-j", "64", "--no-fail-fast", "--harness", "libtest", fixture("stress_suite"), "group1"};
  const Outcome scarce = nextest(words, options);
  const Outcome plenty = nextest(words);
  SHOW(scarce);
  CHECK(counted(read_screen(scarce.err), "run") == 50);
  CHECK(counted(read_screen(scarce.err), "passed") == counted(read_screen(plenty.err), "passed"));
  CHECK(counted(read_screen(scarce.err), "failed") == counted(read_screen(plenty.err), "failed"));
}

TEST_CASE("threads: never more at once than asked, and each has the smallest free slot") {
  const TempDir dir;
  Options options;
  options.environment["E2E_LOG"] = dir / "log";
  Words words = {"run", "-j", "3", "--no-fail-fast"};
  for (const char* name : {"slow", "exit-0", "exit-1", "exit-2", "exit-3", "exit-77", "print-both", "close-stdout"})
    words.push_back(fixture(name));
  const Outcome outcome = nextest(words, options);
  SHOW(outcome);
  const Words starts = lines_of(read_file(dir / "log"));
  CHECK(starts.size() == 8);
  bool first_slot_used = false;
  for (const std::string& line : starts) {
    const int slot = atoi(line.c_str() + line.rfind(' ') + 1);
    CHECK(slot >= 0);
    CHECK(slot <= 2);
    first_slot_used = first_slot_used || slot == 0;
  }
  CHECK(first_slot_used);
}

}  // namespace
