#include "core/report/step_summary.hpp"

#include <doctest/doctest.h>

#include <string>

#include "tests/unit/support.hpp"

namespace {

using namespace nextest;

class Summary {
 public:
  Summary() : reporter_(folder_ / "summary.md") {
    list_.binaries.resize(1);
    list_.binaries[0].id = "bin_1";
    list_.tests.resize(1);
    list_.tests[0].name = "a|b *c*";
    info_.profile = "c_i";
    RunStarted started;
    started.info = &info_;
    started.list = &list_;
    reporter_.on_event(Event{{}, started});
  }

  Summary& finish(Vector<OutcomeKind> kinds, CapturedOutput output = {}, bool flaky_fails = false) {
    TestFinished finished;
    finished.result.flaky_fails = flaky_fails;
    for (const OutcomeKind kind : kinds) {
      AttemptResult& result = finished.result.attempts.emplace_back();
      result.attempt = {static_cast<std::uint32_t>(finished.result.attempts.size()), 3};
      result.outcome.kind = kind;
      result.outcome.code = kind == OutcomeKind::Fail ? 3 : 0;
      result.output = std::make_shared<const CapturedOutput>(output);
    }
    reporter_.on_event(Event{{}, finished});
    return *this;
  }

  std::string end(const RunStats& stats, const StressStats* stress = nullptr) {
    RunFinished finished;
    finished.elapsed = Duration::milliseconds(2345);
    finished.stressed = stress != nullptr;
    if (stress != nullptr) finished.stress = *stress;
    finished.stats = stats;
    reporter_.on_event(Event{{}, finished});
    CHECK(reporter_.write() == 0);
    return support::read_file(folder_ / "summary.md");
  }

 private:
  support::TempFolder folder_;
  TestList list_;
  RunInfo info_;
  StepSummary reporter_;
};

RunStats stats_of(std::uint32_t passed, std::uint32_t failed) {
  RunStats stats;
  stats.initial_run_count = stats.finished_count = passed + failed;
  stats.passed = passed;
  stats.failed = failed;
  return stats;
}

constexpr const char* heading = "| | binary | test | where | what |\n| --- | --- | --- | --- | --- |\n";

TEST_CASE("step summary: a run that passed has its counts, and no table") {
  CHECK(Summary().finish({OutcomeKind::Pass}).end(stats_of(1, 0)) ==
        "### nextest: 1 test run: 1 passed\n\nProfile c&#95;i, 2.3 s.\n\n");
}

TEST_CASE("step summary: scripts that failed, and the rounds of a stress run") {
  RunStats stats = stats_of(1, 0);
  stats.setup_scripts_failed = 2;
  stats.teardown_scripts_failed = 1;
  CHECK(starts_with(Summary().end(stats),
                    "### nextest: 1 test run: 1 passed, 2 setup scripts failed, 1 teardown script failed\n"));
  StressStats stress;
  stress.completed = {true, 3, 4};
  stress.passed = 1;
  stress.failed = 2;
  stress.teardown_scripts_failed = 2;
  stats.setup_scripts_failed = 0;
  CHECK(starts_with(Summary().end(stats, &stress),
                    "### nextest: 3/4 iterations: 1 passed, 2 failed, 2 teardown scripts failed\n"));
}

TEST_CASE("step summary: failures and flaky tests have a line each, with the place or the end") {
  RunStats stats = stats_of(1, 2);
  stats.flaky = 1;
  stats.initial_run_count = 5;
  stats.skipped = 4;
  stats.cancel_reason = CancelReason::Signal;
  CHECK(Summary()
            .finish({OutcomeKind::Fail})
            .finish({OutcomeKind::Fail, OutcomeKind::Pass})
            .finish({OutcomeKind::Fail, OutcomeKind::Pass}, {}, true)
            .finish({OutcomeKind::Fail}, {"", "prog: x.c:7: main: Assertion `a' failed.\n"})
            .end(stats) ==
        "### nextest: 3/5 tests run: 1 passed, 1 flaky, 2 failed, 4 skipped\n\n"
        "Profile c&#95;i, 2.3 s; cancelled due to signal.\n\n" +
            std::string(heading) +
            "| FAIL | bin&#95;1 | a&#124;b &#42;c&#42; |  | exited with 3 |\n"
            "| FLAKY 2/3 | bin&#95;1 | a&#124;b &#42;c&#42; |  |  |\n"
            "| FLKY-FL 2/3 | bin&#95;1 | a&#124;b &#42;c&#42; |  | a flaky test counts as failed here |\n"
            "| FAIL | bin&#95;1 | a&#124;b &#42;c&#42; | x.c&#58;7 | Assertion &#96;a&#39; failed. |\n\n");
}

TEST_CASE("step summary: Markdown in names stays what it is") {
  CHECK(StepSummary::escaped("a_b <i> @you #1 [x](y) `z` \\ \x1B") ==
        "a&#95;b &#60;i&#62; &#64;you &#35;1 &#91;x&#93;&#40;y&#41; &#96;z&#96; &#92; &#92;x1B");
}

TEST_CASE("step summary: it is added to what is there, and the lines have an end") {
  Summary summary;
  for (int i = 0; i < 250; ++i) summary.finish({OutcomeKind::Fail});
  const std::string first = summary.end(stats_of(0, 250));
  CHECK(nextest::contains(first, "And 50 more.\n"));
  std::size_t rows = 0;
  for (std::size_t at = 0; (at = first.find("\n| FAIL | ", at)) != std::string::npos; ++at) ++rows;
  CHECK(rows == 200);
  CHECK(summary.end(stats_of(0, 250)) == first + first);
}

TEST_CASE("step summary: a file that cannot be written is errno") {
  StepSummary reporter("/nonexistent/summary");
  RunInfo info;
  TestList list;
  RunStarted started;
  started.info = &info;
  started.list = &list;
  CHECK(reporter.write() == 0);  // nothing ran
  reporter.on_event(Event{{}, started});
  CHECK(reporter.write() == ENOENT);
}

}  // namespace
