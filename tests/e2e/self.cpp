// The tests' own tools: a check that cannot fail proves nothing, so here they are shown what they have to notice.
#include "screen.hpp"

using namespace drive;

namespace {

TEST_CASE("a process that is left behind is noticed, wherever it went" * needs(proc())) {
  for (const char* name : {"leak-pipe", "leak-group", "leak-session", "nested-group", "leak-daemon"}) {
    NOTE(name);
    const Outcome outcome = execute({fixture(name)});
    CHECK(outcome.code == 0);
    CHECK(outcome.left_behind.size() == 1);
  }
  CHECK(execute({fixture("exit-0")}).left_behind.empty());
  CHECK(execute({fixture("zombie")}).left_behind.empty());
}

TEST_CASE("exit codes, signals and outputs are told apart") {
  CHECK(execute({fixture("exit-255")}).code == 255);
  CHECK(execute({fixture("segv")}).signal == SIGSEGV);
  const Outcome both = execute({fixture("print-both")});
  CHECK(both.out == "to stdout\n");
  CHECK(both.err == "to stderr\n");
}

TEST_CASE("a started program finds a clean place") {
  for (const char* name : {"fds", "sigmask", "pgrp", "need-stdin"}) {
    NOTE(name);
    const Outcome outcome = execute({fixture(name)});
    INFO(outcome.out);
    CHECK(outcome.code == 0);
  }
}

TEST_CASE("signals and stops reach a started program") {
  Process process({fixture("term-grace-fail")}, {});
  REQUIRE(process.wait_until([&] { return contains(process.out(), "ready"); }));
  process.send(SIGTSTP);
  REQUIRE(process.wait_until_stopped());
  process.resume();
  process.send(SIGTERM);
  CHECK(process.finish().code == 3);
}

TEST_CASE("the screen is read") {
  const Screen screen = read_screen(
      "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\n"
      " Nextest run ID 3f0c with nextest profile: default\n"
      "    Starting 3 tests across 1 binary (1 skipped)\n"
      "        SLOW [>  1.000s] id slow\n"
      "  TRY 1 FAIL [   0.003s] id a b\n"
      "  stdout \xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\n"
      "    captured [ 1.0s] line\n"
      " FAIL + LEAK [   0.003s] id a b\n"
      "ABORT SIG 42 [   0.003s] id wide\n"
      "----------\n"
      "     Summary [   0.021s] 2/3 tests run: "
      "2 passed (1 slow, 1 flaky, 7 skipped by the test), 12 failed, 1 timed out, 1 skipped\n"
      "        FAIL [   0.003s] id other\n");
  REQUIRE(screen.statuses.size() == 4);
  CHECK(screen.statuses[0].word == "SLOW");
  CHECK(screen.statuses[0].test == "id slow");
  CHECK(words_of(screen, "id a b") == Words{"TRY 1 FAIL", "FAIL + LEAK"});
  CHECK(body_count(screen.statuses[1], "captured [ 1.0s] line") == 1);
  CHECK(screen.statuses[2].body.empty());
  CHECK(counted(screen, "run") == 2);
  CHECK(counted(screen, "passed") == 2);
  CHECK(counted(screen, "flaky") == 1);
  CHECK(counted(screen, "failed") == 12);
  CHECK(counted(screen, "timed out") == 1);
  CHECK(counted(screen, "leaky") == 0);
  CHECK(counted(screen, "skipped") == 1);
  CHECK(screen.statuses[3].word == "ABORT SIG 42");
  REQUIRE(screen.finals.size() == 1);
  CHECK(screen.finals[0].test == "id other");
}

}  // namespace
