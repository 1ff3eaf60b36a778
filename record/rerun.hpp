// What a rerun has to run. decide is the table of spec and documentation, in one place.
#pragma once

#include "core/model/rerun_state.hpp"
#include "record/durations.hpp"

namespace nextest {

// Where a test is in the list of the run that is rerun. Passed: left out, for it had passed in that chain before.
enum class InList : std::uint8_t { BinaryAbsent, BinarySkipped, TestAbsent, Matches, LeftOut, Passed };

// What that run saw of it. The last two are of tests that match and are not run all the same.
enum class Seen : std::uint8_t { Nothing, Pass, Failure, SkippedAsPassed, SkippedOtherwise };

// What is known of the test after that run, `before` being what was known when it began. Everything that is not passing
// is run again.
constexpr Known decide(InList listed, Seen seen, Known before) {
  switch (listed) {
    case InList::BinaryAbsent:
    case InList::BinarySkipped:
    case InList::LeftOut: return before;
    // Should it come back, it is run whatever it was.
    case InList::TestAbsent: return before == Known::Outstanding ? Known::Outstanding : Known::Unknown;
    case InList::Passed: return Known::Passing;
    case InList::Matches: break;
  }
  switch (seen) {
    case Seen::Pass:
    case Seen::SkippedAsPassed: return Known::Passing;
    case Seen::Failure:
    case Seen::Nothing: return Known::Outstanding;
    case Seen::SkippedOtherwise: break;
  }
  return before;
}

// What a run saw of each test of its list. A test of a stress run passes when no iteration of it failed.
class Outcomes {
 public:
  explicit Outcomes(std::size_t tests) : seen_(tests, Seen::Nothing) {}

  void note(const Event& event) {
    if (const auto* const finished = std::get_if<TestFinished>(&event.what)) {
      Seen& seen = seen_[finished->test];
      if (!finished->result.passed()) seen = Seen::Failure;
      else if (seen != Seen::Failure) seen = Seen::Pass;
    } else if (const auto* const leaked = std::get_if<TestLeakedLate>(&event.what)) {
      if (leaked->test_known && leaked->fails) seen_[leaked->test] = Seen::Failure;
    } else if (const auto* const skipped = std::get_if<TestSkipped>(&event.what)) {
      seen_[skipped->test] = skipped->reason == Mismatch::Rerun ? Seen::SkippedAsPassed : Seen::SkippedOtherwise;
    }
  }

  void forget_passes() {
    for (Seen& seen : seen_) {
      if (seen == Seen::Pass) seen = Seen::Nothing;
    }
  }

  Seen of(TestIndex test) const { return seen_[test]; }

 private:
  Vector<Seen> seen_;
};

// What is known after the run of `list` that began with `before`. Tests without a name (of a damaged record) are not
// known.
inline RerunState state_after(const TestList& list, const RerunState& before, const Outcomes& outcomes) {
  RerunState after;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    const TestCase& test = list.tests[i];
    const KeptText binary_id = list.binaries[test.binary].id;
    const InList listed = test.mismatch == Mismatch::None    ? InList::Matches
                          : test.mismatch == Mismatch::Rerun ? InList::Passed
                                                             : InList::LeftOut;
    if (test.own_name_size == 0) continue;
    after.tests.push_back(
        {binary_id.str(), test.name.str(), decide(listed, outcomes.of(i), before.of(binary_id, test.name))});
  }
  after.finalize();
  Vector<KnownTest> unlisted;
  const TestBinary* binary = nullptr;
  const std::string* looked_up = nullptr;
  for (const KnownTest& test : before.tests) {
    // What is known does not become unknown in a list.
    if (after.of(test.binary_id, test.name) != Known::Unknown) continue;
    if (looked_up == nullptr || *looked_up != test.binary_id) {  // neighbours are of one binary
      looked_up = &test.binary_id;
      binary = nullptr;
      for (const TestBinary& one : list.binaries) {
        if (one.id == test.binary_id) binary = &one;
      }
    }
    const InList listed = binary == nullptr              ? InList::BinaryAbsent
                          : !binary->skip_reason.empty() ? InList::BinarySkipped
                                                         : InList::TestAbsent;
    unlisted.push_back({test.binary_id, test.name, decide(listed, Seen::Nothing, test.known)});
  }
  for (KnownTest& test : unlisted) after.tests.push_back(std::move(test));
  after.finalize();
  return after;
}

// What is known after a recorded run, and how long its tests took; reads the rest of it. Of a stress run that did not
// come to its end, passes do not count.
inline RerunState state_after(RecordReader& reader, Durations& durations) {
  Outcomes outcomes(reader.list().tests.size());
  bool is_whole = !reader.request().stress.is_on();
  Event event;
  while (reader.next(event, RecordReader::no_outputs)) {
    outcomes.note(event);
    if (const auto* const finished = std::get_if<TestFinished>(&event.what)) durations.note(reader.list(), *finished);
    if (const auto* const end = std::get_if<RunFinished>(&event.what)) {
      is_whole |= end->stats.cancel_reason == CancelReason::None;
    }
  }
  durations.finalize();
  if (!is_whole) outcomes.forget_passes();
  return state_after(reader.list(), reader.rerun(), outcomes);
}

}  // namespace nextest
