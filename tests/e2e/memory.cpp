// Out of memory: one error with exit code 96, and nothing left behind, whatever was going on. Tests that count memory
// are left out where a sanitizer has memory of its own (E2E_ANY_MEMORY=1). tests/memory/run looks at every limit.
#include "workspace.hpp"

using namespace drive;

namespace {

// The sanitizers' memory is their own.
Need memory_limits() {
  return {"limits of memory as Linux has them", "", [] {
#ifdef __linux__
            return variable("E2E_ANY_MEMORY", "0") == "0";
#else
            return false;
#endif
          }};
}

const char* const error_text =
    "error: out of memory\n  hint: fewer tests at a time (-j 1), and tests that print less, ";

// The program with so much memory from its start.
Outcome limited(long kib, const Words& arguments, const Options& options = {}) {
  Words words = {"/bin/sh", "-c", "ulimit -v " + std::to_string(kib) + " && exec \"$@\"", "sh"};
  for (const std::string& word : program_words(arguments)) words.push_back(word);
  const Outcome outcome = execute(words, options);
  check_clean(arguments, outcome, options);
  return outcome;
}

// From now on it gets no more than it has.
void give_no_more(pid_t pid) {
#ifdef __linux__
  const std::string status = read_file("/proc/" + std::to_string(pid) + "/status");
  const size_t at = status.find("VmSize:");
  REQUIRE(at != std::string::npos);
  const rlim_t bytes = static_cast<rlim_t>(atol(status.c_str() + at + 7)) * 1024;
  const struct rlimit limit = {bytes, bytes};
  REQUIRE(prlimit(pid, RLIMIT_AS, &limit, nullptr) == 0);
#else
  (void)pid;
#endif
}

bool is_out_of_memory(const Outcome& outcome) {
  return outcome.code == 96 && occurrences(outcome.err, "error:") == 1 && contains(outcome.err, error_text) &&
         ends_with(outcome.err, "shows a limit\n");
}

// `first` passes, `hangs` starts a process that leaves its group, and `prints` more than there is room for, once it is
// told to; `later` has to wait for them.
void write_tests(Workspace& workspace) {
  workspace.test("a_first");
  workspace.test("b_hangs", "setsid sleep 1000 & echo up >> \"$E2E_LOG\"; sleep 1000");
  workspace.test("c_prints",
                 "while [ ! -e go ]; do sleep 0.02; done; head -c 9000000 /dev/zero | tr '\\0' x; sleep 1000");
  workspace.test("d_later");
}

Words run_words(const Words& more) {
  Words words = {"run", "-j", "2", "--order", "listed", "./t"};
  words.insert(words.end(), more.begin(), more.end());
  words.insert(words.end(), {"--harness", "plain"});
  return words;
}

bool all_run(const Workspace& workspace) {
  const Words log = lines_of(read_file(workspace.dir / "log"));
  const auto has = [&](const char* word) { return std::count(log.begin(), log.end(), word) == 1; };
  return has("a_first") && has("b_hangs") && has("up") && has("c_prints");
}

TEST_CASE("out of memory: while tests are listed" * needs(memory_limits())) {
  const Outcome outcome = limited(24 * 1024, {"list", "--harness", "libtest", fixture("list-flood")});
  SHOW(outcome);
  CHECK(is_out_of_memory(outcome));
  CHECK(starts_with(outcome.err, error_text));
  CHECK(outcome.out.empty());
}

TEST_CASE("out of memory: while tests run, they are ended, with what left their groups" * needs(memory_limits())) {
  Workspace workspace;
  write_tests(workspace);
  const Words words = run_words({});
  Process process(program_words(words), workspace.options);
  REQUIRE(process.wait_until([&] { return all_run(workspace); }));
  give_no_more(process.runner());
  write_file(workspace.dir / "go", "");
  const Outcome outcome = process.finish();
  check_clean(words, outcome);
  SHOW(outcome);
  CHECK(is_out_of_memory(outcome));
  CHECK_FALSE(contains(outcome.err, "Summary"));
  CHECK(lines_of(read_file(workspace.dir / "log")).size() == 4);  // d_later was not started
}

TEST_CASE("out of memory: on a terminal, the bar goes, and the modes come back" *
          needs(memory_limits(), pseudo_terminal())) {
  Workspace workspace;
  write_tests(workspace);
  Options options = workspace.options;
  options.terminal = true;
  options.environment["NEXTEST_SHOW_PROGRESS"] = "bar";
  options.environment["TERM"] = "xterm";
  const Words words = run_words({});
  Process process(program_words(words), options);
  REQUIRE(process.wait_until([&] { return all_run(workspace) && contains(process.err(), "c_prints"); }));
  give_no_more(process.runner());
  write_file(workspace.dir / "go", "");
  const Outcome outcome = process.finish();
  check_clean(words, outcome, options);  // the modes are looked at there
  SHOW(outcome);
  CHECK(outcome.code == 96);
  CHECK(contains(outcome.err, "\x1B[?7h\r\x1B[Jerror: out of memory\r\n"));
}

TEST_CASE("out of memory: a record holds what had happened, and says that its end is missing" *
          needs(memory_limits())) {
  Workspace workspace;
  write_tests(workspace);
  Options options = workspace.options;
  options.environment["NEXTEST_RECORD"] = "1";
  options.environment["XDG_STATE_HOME"] = workspace.dir / "state";
  const Words words = run_words({});
  Process process(program_words(words), options);
  // Written are blocks of a quarter of a second.
  const auto is_recorded = [&] {
    const Outcome replay = execute(program_words({"replay"}), options);
    return contains(replay.err + replay.out, "a_first a_first");
  };
  REQUIRE(process.wait_until([&] { return all_run(workspace) && is_recorded(); }));
  give_no_more(process.runner());
  write_file(workspace.dir / "go", "");
  const Outcome outcome = process.finish();
  check_clean(words, outcome, options);
  CHECK(is_out_of_memory(outcome));
  const Outcome replay = nextest({"replay"}, options);
  SHOW(replay);
  CHECK(contains(replay.err, "the record has no end"));
  CHECK(contains(replay.err + replay.out, "a_first a_first"));
  CHECK(contains(nextest({"store", "list"}, options).out, "incomplete"));
}

// With so little, the system or its loader may not even start the program: then it cannot say its version either.
bool is_loaded(long kib) {
  const Outcome outcome = execute(
      {"/bin/sh", "-c", "ulimit -v " + std::to_string(kib) + " && exec \"$0\" --version", program_words({}).front()});
  return outcome.signal == 0 && outcome.code != 127 && !(outcome.out + outcome.err).empty();
}

TEST_CASE("out of memory: whatever the limit, a run ends right, or with that error, or is not even loaded" *
          needs(memory_limits())) {
  int right = 0, without = 0;
  for (long kib = 1024; kib <= 16384; kib += kib < 8192 ? 128 : 2048) {
    NOTE(std::to_string(kib));
    if (!is_loaded(kib)) {
      ++without;
      continue;
    }
    const Outcome outcome = limited(kib, {"run", fixture("exit-0"), fixture("print-both")});
    SHOW(outcome);
    CHECK(outcome.signal == 0);
    const bool is_right = outcome.code == 0 && contains(outcome.err, "2 tests run: 2 passed");
    // The tests have no more than we have.
    const bool is_failed = outcome.code == 100 && contains(outcome.err, " failed");
    CHECK((is_right || is_out_of_memory(outcome) || is_failed));
    right += is_right;
    without += !is_right;
  }
  CHECK(right > 0);
  CHECK(without > 0);
}

}  // namespace
