#include "record/rerun.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <utility>

#include "tests/unit/support.hpp"

namespace {

using nextest::decide;
using nextest::Event;
using nextest::InList;
using nextest::Known;
using nextest::KnownTest;
using nextest::Mismatch;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::Outcomes;
using nextest::RerunState;
using nextest::Seen;
using nextest::state_after;
using nextest::TestBinary;
using nextest::TestCase;
using nextest::TestFinished;
using nextest::TestIndex;
using nextest::TestLeakedLate;
using nextest::TestList;
using nextest::TestSkipped;

constexpr Known unknown = Known::Unknown, passing = Known::Passing, outstanding = Known::Outstanding;
constexpr InList in_list[] = {InList::BinaryAbsent, InList::BinarySkipped, InList::TestAbsent,
                              InList::Matches,      InList::LeftOut,       InList::Passed};
constexpr Seen seen[] = {Seen::Nothing, Seen::Pass, Seen::Failure, Seen::SkippedAsPassed, Seen::SkippedOtherwise};
constexpr Known known[] = {unknown, passing, outstanding};

Event finished(TestIndex test, bool passes) {
  TestFinished event;
  event.test = test;
  event.result.attempts.emplace_back().outcome.kind = passes ? OutcomeKind::Pass : OutcomeKind::Fail;
  return {{}, event};
}

Event leaked(TestIndex test, bool fails, bool test_known = true) {
  TestLeakedLate event;
  event.test = test;
  event.fails = fails;
  event.test_known = test_known;
  return {{}, event};
}

Event skipped(TestIndex test, Mismatch reason) {
  TestSkipped event;
  event.test = test;
  event.reason = reason;
  return {{}, event};
}

void add_binary(TestList& list, const std::string& id, bool is_skipped = false) {
  TestBinary& binary = list.binaries.emplace_back();
  binary.id = id;
  if (is_skipped) binary.skip_reason = "no test of it can match";
}

// To the last binary.
void add_test(TestList& list, const std::string& name, Mismatch mismatch = Mismatch::None) {
  TestCase& test = list.tests.emplace_back();
  test.name = name;
  test.own_name_size = static_cast<std::uint32_t>(name.size());
  test.binary = static_cast<std::uint32_t>(list.binaries.size() - 1);
  test.mismatch = mismatch;
}

RerunState state_of(nextest::Vector<KnownTest> tests) {
  RerunState state;
  state.tests = std::move(tests);
  state.finalize();
  return state;
}

bool same(const RerunState& a, const RerunState& b) {
  if (a.tests.size() != b.tests.size()) return false;
  for (std::size_t i = 0; i < a.tests.size(); ++i) {
    const KnownTest &left = a.tests[i], &right = b.tests[i];
    if (left.binary_id != right.binary_id || left.name != right.name || left.known != right.known) return false;
  }
  return true;
}

// Of random chains: what can become of one test in one run.
enum class Fate : std::uint8_t { NoBinary, BinarySkipped, Absent, LeftOut, LeftOutAsPassed, Pass, Fail, Lost };

constexpr std::size_t binaries = 2, tests_each = 2, universe = binaries * tests_each;

const std::string names[] = {"a", "b", "x", "y"};
const std::string& binary_name(std::size_t i) { return names[i]; }
const std::string& test_name(std::size_t i) { return names[binaries + i]; }

// The newest run that says anything of the test decides, with one exception: a pass is forgotten once the test was
// gone from a list.
Known by_history(const nextest::Vector<Fate>& history) {
  bool was_gone = false;
  for (std::size_t i = history.size(); i-- > 0;) {
    switch (history[i]) {
      case Fate::Pass:
      case Fate::LeftOutAsPassed: return was_gone ? unknown : passing;
      case Fate::Fail:
      case Fate::Lost: return outstanding;
      case Fate::Absent: was_gone = true; break;
      case Fate::NoBinary:
      case Fate::BinarySkipped:
      case Fate::LeftOut: break;
    }
  }
  return unknown;
}

// One run of a list by chance after `before`. What became of each test of the universe is added to its history.
struct RandomRun {
  TestList list;
  nextest::Vector<Event> events;

  RandomRun(support::Numbers& numbers, const RerunState& before, nextest::Vector<nextest::Vector<Fate>>& histories) {
    for (std::size_t b = 0; b < binaries; ++b) {
      const std::size_t chance = numbers.below(8);
      if (chance > 0) add_binary(list, binary_name(b), chance == 1);
      for (std::size_t t = 0; t < tests_each; ++t) {
        nextest::Vector<Fate>& history = histories[b * tests_each + t];
        if (chance < 2) history.push_back(chance == 0 ? Fate::NoBinary : Fate::BinarySkipped);
        else if (numbers.below(6) == 0) history.push_back(Fate::Absent);
        else history.push_back(run_one(numbers, b, t, before));
      }
    }
    for (std::size_t i = events.size(); i > 1; --i) std::swap(events[i - 1], events[numbers.below(i)]);
    for (const Event& event : late) events.push_back(event);
  }

 private:
  // A stress run ends a test several times, a leak is found after the end.
  nextest::Vector<Event> late;

  Fate run_one(support::Numbers& numbers, std::size_t b, std::size_t t, const RerunState& before) {
    static constexpr Mismatch reasons[] = {Mismatch::Ignored, Mismatch::Name, Mismatch::Filterset,
                                           Mismatch::DefaultFilter, Mismatch::Partition};
    const TestIndex index = static_cast<TestIndex>(list.tests.size());
    if (numbers.below(5) == 0) {
      const Mismatch reason = reasons[numbers.below(5)];
      add_test(list, test_name(t), reason);
      if (numbers.below(2) == 0) events.push_back(skipped(index, reason));
      return Fate::LeftOut;
    }
    if (before.of(binary_name(b), test_name(t)) == passing) {
      add_test(list, test_name(t), Mismatch::Rerun);
      if (numbers.below(2) == 0) events.push_back(skipped(index, Mismatch::Rerun));
      return Fate::LeftOutAsPassed;
    }
    add_test(list, test_name(t));
    switch (numbers.below(10)) {
      case 0: return Fate::Lost;
      case 1:
      case 2: events.push_back(finished(index, false)); return Fate::Fail;
      case 3:  // of a stress run
        events.push_back(finished(index, false));
        for (int i = 0; i < 2; ++i) events.push_back(finished(index, true));
        return Fate::Fail;
      case 4:
        events.push_back(finished(index, true));
        late.push_back(leaked(index, true));
        return Fate::Fail;
      case 5:
        events.push_back(finished(index, true));
        late.push_back(leaked(index, false));
        late.push_back(leaked(index, true, false));  // of no test, whatever it says
        return Fate::Pass;
      case 6: events.push_back(skipped(index, Mismatch::Rerun)); return Fate::Pass;  // told late that it had passed
      case 7: events.push_back(skipped(index, Mismatch::Filterset)); return Fate::LeftOut;
      default: events.push_back(finished(index, true)); return Fate::Pass;
    }
  }
};

}  // namespace

TEST_CASE("rerun: the table, row by row") {
  const struct {
    int number;
    nextest::Vector<InList> listed;
    nextest::Vector<Seen> outcomes;  // empty: any
    nextest::Vector<Known> before;   // empty: any
    Known after;
  } rows[] = {
      {1, {InList::BinaryAbsent}, {}, {passing}, passing},
      {2, {InList::BinaryAbsent}, {}, {outstanding}, outstanding},
      {3, {InList::BinaryAbsent}, {}, {unknown}, unknown},
      {4, {InList::BinarySkipped}, {}, {passing}, passing},
      {5, {InList::BinarySkipped}, {}, {outstanding}, outstanding},
      {6, {InList::BinarySkipped}, {}, {unknown}, unknown},
      {7, {InList::TestAbsent}, {}, {passing}, unknown},
      {8, {InList::TestAbsent}, {}, {outstanding}, outstanding},
      {9, {InList::TestAbsent}, {}, {unknown}, unknown},
      {10, {InList::Matches}, {Seen::Pass}, {}, passing},
      {11, {InList::Matches}, {Seen::Failure}, {}, outstanding},
      {12, {InList::Matches}, {Seen::Nothing}, {}, outstanding},
      {13, {InList::Matches}, {Seen::SkippedAsPassed}, {}, passing},
      {14, {InList::Matches}, {Seen::SkippedOtherwise}, {passing}, passing},
      {15, {InList::Matches}, {Seen::SkippedOtherwise}, {outstanding}, outstanding},
      {16, {InList::Matches}, {Seen::SkippedOtherwise}, {unknown}, unknown},
      {17, {InList::Passed}, {}, {}, passing},
      {18, {InList::LeftOut}, {}, {passing}, passing},
      {19, {InList::LeftOut}, {}, {outstanding}, outstanding},
      {20, {InList::LeftOut}, {}, {unknown}, unknown},
  };
  const auto holds = [](const auto& values, auto value, bool empty_is_any) {
    for (const auto& one : values) {
      if (one == value) return true;
    }
    return empty_is_any && values.empty();
  };
  for (const InList listed : in_list) {
    for (const Seen outcome : seen) {
      for (const Known before : known) {
        CAPTURE(static_cast<int>(listed));
        CAPTURE(static_cast<int>(outcome));
        CAPTURE(static_cast<int>(before));
        int matching = 0;
        for (const auto& row : rows) {
          if (!holds(row.listed, listed, false) || !holds(row.outcomes, outcome, true)) continue;
          if (!holds(row.before, before, true)) continue;
          CAPTURE(row.number);
          ++matching;
          CHECK(decide(listed, outcome, before) == row.after);
        }
        CHECK(matching == 1);  // the rows exclude each other, and leave nothing open
      }
    }
  }
}

TEST_CASE("rerun: what a run saw of its tests") {
  Outcomes outcomes(12);
  for (const Event& event :
       {finished(1, true), finished(2, false),                                         // once
        finished(3, true), finished(3, false), finished(4, false), finished(4, true),  // in a stress run
        finished(5, true), leaked(5, true), finished(6, true), leaked(6, false),       // leaks found late
        finished(7, true), leaked(7, true, false),                                     // of nobody knows what
        skipped(8, Mismatch::Rerun), skipped(9, Mismatch::Name), leaked(10, true)}) {  // not run
    outcomes.note(event);
  }
  outcomes.note({{}, nextest::TestAttemptFailed{}});
  outcomes.note({{}, nextest::TestStarted{}});
  const Seen expected[] = {Seen::Nothing, Seen::Pass,   Seen::Failure, Seen::Failure,         Seen::Failure,
                           Seen::Failure, Seen::Pass,   Seen::Pass,    Seen::SkippedAsPassed, Seen::SkippedOtherwise,
                           Seen::Failure, Seen::Nothing};
  for (TestIndex test = 0; test < 12; ++test) {
    CAPTURE(test);
    CHECK(outcomes.of(test) == expected[test]);
  }
}

TEST_CASE("rerun: flaky tests, and every way to end") {
  for (int kind = 0; kind <= static_cast<int>(OutcomeKind::BadVariable); ++kind) {
    for (const bool flag : {false, true}) {
      TestFinished event;
      Outcome& outcome = event.result.attempts.emplace_back().outcome;
      outcome.kind = static_cast<OutcomeKind>(kind);
      outcome.timeout_passes = flag;
      CAPTURE(kind);
      Outcomes outcomes(1);
      outcomes.note({{}, event});
      CHECK((outcomes.of(0) == Seen::Pass) == outcome.passed());
    }
  }
  for (const bool flaky_fails : {false, true}) {
    TestFinished event;
    event.result.attempts.resize(2);
    event.result.attempts[0].outcome.kind = OutcomeKind::Fail;
    event.result.flaky_fails = flaky_fails;
    Outcomes outcomes(1);
    outcomes.note({{}, event});
    CHECK(outcomes.of(0) == (flaky_fails ? Seen::Failure : Seen::Pass));
  }
}

TEST_CASE("rerun state: settled, it is sorted and knows each test once") {
  const RerunState state = state_of({{"b", "y", passing},
                                     {"a", "z", outstanding},
                                     {"b", "x", unknown},
                                     {"a", "z", passing},  // the first one of a test counts
                                     {"ab", "", passing},
                                     {"a", "bz", outstanding}});
  CHECK(same(state, state_of(state.tests)));
  REQUIRE(state.tests.size() == 4);
  CHECK(state.tests[0].name == "bz");
  CHECK(state.tests[1].known == outstanding);
  CHECK(state.tests[2].binary_id == "ab");
  CHECK(state.of("a", "z") == outstanding);
  CHECK(state.of("b", "y") == passing);
  CHECK(state.of("b", "x") == unknown);
  CHECK(state.of("a", "") == unknown);
  CHECK(state.of("ab", "z") == unknown);
  CHECK(state.of("c", "z") == unknown);
  CHECK(RerunState().of("a", "z") == unknown);
}

TEST_CASE("rerun state: what is outstanding beside a list") {
  const RerunState state = state_of({{"a", "run", outstanding},
                                     {"a", "left out", outstanding},
                                     {"a", "passed", passing},
                                     {"a", "gone", outstanding},
                                     {"gone", "x", outstanding},
                                     {"skipped", "x", outstanding}});
  TestList list;
  add_binary(list, "skipped", true);
  add_binary(list, "a");
  add_test(list, "left out", Mismatch::Filterset);
  add_test(list, "run");
  add_test(list, "new");
  add_test(list, "passed", Mismatch::Rerun);
  std::string left;
  for (const KnownTest* const test : state.outstanding_beside(list)) left += test->binary_id + "/" + test->name + ",";
  CHECK(left == "a/gone,a/left out,gone/x,skipped/x,");
  CHECK(RerunState().outstanding_beside(list).empty());
  CHECK(state.outstanding_beside(TestList()).size() == 5);
}

TEST_CASE("rerun: a test without a name is not known, the others are") {
  TestList list;
  add_binary(list, "a");
  add_test(list, "x");
  add_test(list, "(lost test 1)");
  list.tests[1].own_name_size = 0;
  Outcomes outcomes(2);
  outcomes.note(finished(0, true));
  outcomes.note(finished(1, false));
  CHECK(same(state_after(list, RerunState(), outcomes), state_of({{"a", "x", passing}})));
}

TEST_CASE("rerun: random chains say what the history of each test says") {
  support::Numbers numbers(20240601);
  std::size_t wrong = 0, beside = 0, runs = 0;
  std::size_t reached[3] = {};
  for (int chain = 0; chain < 100000 && wrong == 0; ++chain) {
    nextest::Vector<nextest::Vector<Fate>> histories(universe);
    RerunState state;
    for (std::size_t left = 1 + numbers.below(7); left > 0; --left, ++runs) {
      const RandomRun run(numbers, state, histories);
      std::size_t outstanding_beside = 0;
      for (std::size_t i = 0; i < universe; ++i) {
        const Fate fate = histories[i].back();
        // One that matches is run, as far as anyone knows when the run begins.
        const TestIndex none = static_cast<TestIndex>(run.list.tests.size());
        TestIndex at = 0;
        while (at < none && (run.list.tests[at].name != test_name(i % tests_each) ||
                             run.list.binary_of(at).id != binary_name(i / tests_each))) {
          ++at;
        }
        const bool is_run = at < none && run.list.tests[at].mismatch == Mismatch::None;
        if (fate == Fate::Fail || fate == Fate::Lost) wrong += !is_run;
        const Known before = state.of(binary_name(i / tests_each), test_name(i % tests_each));
        outstanding_beside += before == outstanding && !is_run;
      }
      wrong += state.outstanding_beside(run.list).size() != outstanding_beside;
      beside += outstanding_beside;
      Outcomes outcomes(run.list.tests.size());
      for (const Event& event : run.events) outcomes.note(event);
      state = state_after(run.list, state, outcomes);
      std::size_t tracked = 0;
      for (std::size_t i = 0; i < universe; ++i) {
        const Known expected = by_history(histories[i]);
        wrong += state.of(binary_name(i / tests_each), test_name(i % tests_each)) != expected;
        tracked += expected != unknown;
        ++reached[static_cast<std::size_t>(expected)];
      }
      // Each test once, so what passes and what is outstanding are disjoint; none that is not tracked, none invented.
      wrong += state.tests.size() != tracked || !same(state, state_of(state.tests));
    }
    if (wrong > 0) FAIL_CHECK("chain " << chain);
  }
  CHECK(runs > 100000);
  CHECK(beside > 10000);
  for (const std::size_t count : reached) CHECK(count > 100000);
}

TEST_CASE("rerun: a chain in which all that is run passes has nothing left to run") {
  support::Numbers numbers(5);
  for (int chain = 0; chain < 200; ++chain) {
    nextest::Vector<nextest::Vector<Fate>> histories(universe);
    RerunState state;
    for (std::size_t left = numbers.below(5); left > 0; --left) {
      const RandomRun run(numbers, state, histories);
      Outcomes outcomes(run.list.tests.size());
      for (const Event& event : run.events) outcomes.note(event);
      state = state_after(run.list, state, outcomes);
    }
    RerunState before;
    for (int round = 0; round < 3; ++round) {
      TestList all;
      std::size_t selected = 0;
      for (std::size_t b = 0; b < binaries; ++b) {
        add_binary(all, binary_name(b));
        for (std::size_t t = 0; t < tests_each; ++t) {
          const bool passed = state.of(binary_name(b), test_name(t)) == passing;
          add_test(all, test_name(t), passed ? Mismatch::Rerun : Mismatch::None);
          selected += !passed;
        }
      }
      CHECK(state.outstanding_beside(all).empty());
      if (round > 0) {
        CHECK(selected == 0);
        CHECK(same(state, before));
      }
      before = state;
      Outcomes outcomes(all.tests.size());
      for (TestIndex i = 0; i < all.tests.size(); ++i) {
        if (all.tests[i].mismatch == Mismatch::None) outcomes.note(finished(i, true));
      }
      state = state_after(all, state, outcomes);
      CHECK(state.tests.size() == universe);
      for (const KnownTest& test : state.tests) CHECK(test.known == passing);
      if (round == 0) before = state;
    }
  }
}
