// The event stream: the runner writes it, everything else reads it. Each event holds what happened, to which test and
// when; a reader needs nothing but the events to show a run. JUnit also asks the settings of a test.
#pragma once

#include <type_traits>
#include <variant>

#include "core/base/duration.hpp"
#include "core/base/switches.hpp"
#include "core/model/outcome.hpp"
#include "core/model/rerun_state.hpp"
#include "core/model/run_info.hpp"
#include "core/model/run_request.hpp"
#include "core/model/run_stats.hpp"
#include "core/model/settings.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

// Which sub-run of a stress run an event belongs to. total is 0 where it is not known.
struct StressIndex {
  bool active = false;
  std::uint32_t current = 0;  // from 0
  std::uint32_t total = 0;
};

// Kept by a test across its attempts.
struct SlotAssignment {
  std::uint32_t global_slot = 0;
  std::int32_t group_slot = -1;  // -1: in no group
  std::string test_group = no_group;
};

struct RunStarted {
  const RunInfo* info = nullptr;
  const TestList* list = nullptr;
  const RerunState* rerun = nullptr;  // null: it is no rerun
  RunRequest request = {};
};

struct StressSubRunStarted {
  StressIndex index;
  StressCondition condition;
};
struct StressSubRunFinished {
  StressIndex index;
  Duration elapsed;
  RunStats stats;
};

struct ScriptStarted {
  StressIndex stress;
  ScriptPhase phase = ScriptPhase::Setup;
  std::uint32_t index = 0, total = 0;
  std::string script_id;
  Vector<std::string> command;
};
struct ScriptSlow {
  StressIndex stress;
  ScriptPhase phase = ScriptPhase::Setup;
  std::string script_id;
  Vector<std::string> command;
  Duration elapsed;
  bool will_terminate = false;
  bool stopped = false;
};
struct ScriptFinished {
  StressIndex stress;
  ScriptPhase phase = ScriptPhase::Setup;
  std::uint32_t index = 0, total = 0;
  std::string script_id;
  Vector<std::string> command;
  Vector<std::string> variables;  // NAME=VALUE, for the tests that it matches; of a setup script
  AttemptResult result;
};

struct TestStarted {
  StressIndex stress;
  TestIndex test = 0;
  Attempt attempt;
  SlotAssignment slot;
  ProcessNumber pid = 0;
  Vector<std::string> command;
};
struct TestSlow {
  StressIndex stress;
  TestIndex test = 0;
  Attempt attempt;
  Duration elapsed;
  bool will_terminate = false;
  bool stopped = false;  // its process does not run now, as far as that is known
};
// An attempt failed and another will follow.
struct TestAttemptFailed {
  StressIndex stress;
  TestIndex test = 0;
  AttemptResult result;
  Duration delay_before_next;
  OutputDisplay failure_output = OutputDisplay::Immediate;
};
// The start of a later attempt.
struct TestRetryStarted : TestStarted {};
struct TestFinished {
  StressIndex stress;
  TestIndex test = 0;
  TestResult result;
  OutputDisplay success_output = OutputDisplay::Never;
  OutputDisplay failure_output = OutputDisplay::Immediate;
};
struct TestSkipped {
  StressIndex stress;
  TestIndex test = 0;
  Mismatch reason = Mismatch::None;
};

// What an iteration begins with: an event for each test of `list` that is not run.
template <class Emit>
void each_skipped(const TestList& list, StressIndex stress, Emit&& emit) {
  for (TestIndex test = 0; test < list.tests.size(); ++test) {
    const Mismatch reason = list.tests[test].mismatch;
    if (reason != Mismatch::None) emit(TestSkipped{stress, test, reason});
  }
}

// A process of a test that had finished before was found, and ended. Of one that cleaned its environment no test is
// known.
struct TestLeakedLate {
  StressIndex stress;
  bool test_known = false;
  TestIndex test = 0;
  ProcessNumber pid = 0;
  std::string command;
  bool fails = false;
  bool lives_on = false;  // it could not be ended: another user's, or stuck in the kernel
};

// Somebody asked what is going on: InfoStarted, an InfoResponse for each unit, InfoFinished.
struct InfoStarted {
  std::uint32_t total = 0;  // units
  std::uint32_t running = 0;
  RunStats stats;
};
struct InfoResponse {
  std::uint32_t index = 0, total = 0;  // from 0
  StressIndex stress;
  std::string script_id;  // empty: it is a test
  ScriptPhase phase = ScriptPhase::Setup;
  TestIndex test = 0;
  Attempt attempt;
  SlotAssignment slot;
  UnitStatus status;
};
struct InfoFinished {};
// Somebody pressed Enter: the progress as it is now, in a line that stays.
struct InputEnter {
  RunStats stats;
  std::uint32_t running = 0;
};

struct RunBeginCancel {
  CancelReason reason = CancelReason::None;
  std::uint32_t running = 0;
};
struct RunBeginKill : RunBeginCancel {};
struct RunPaused {
  std::uint32_t running = 0;
};
struct RunContinued : RunPaused {};

struct StressStats {
  StressIndex completed;
  std::uint32_t passed = 0;
  std::uint32_t failed = 0;
  std::uint32_t teardown_scripts_failed = 0;  // in all of them
};
struct RunFinished {
  Duration elapsed;
  RunStats stats;  // of a stress run: of its last sub-run
  bool stressed = false;
  StressStats stress;
};

struct Event {
  Duration at;  // since the run started, on the run clock
  std::variant<RunStarted, StressSubRunStarted, StressSubRunFinished, ScriptStarted, ScriptSlow, ScriptFinished,
               TestStarted, TestSlow, TestAttemptFailed, TestRetryStarted, TestFinished, TestSkipped, TestLeakedLate,
               InfoStarted, InfoResponse, InfoFinished, InputEnter, RunBeginCancel, RunBeginKill, RunPaused,
               RunContinued, RunFinished>
      what;
};

// Whether this build emits events like `What`: a reader that has no code for the others is smaller.
template <class What, class... Kinds>
inline constexpr bool is_one_of = (std::is_same_v<std::decay_t<What>, Kinds> || ...);
template <class What>
inline constexpr bool is_emitted = is_one_of<What, ScriptStarted, ScriptSlow, ScriptFinished>
                                       ? built_in(Feature::Scripts)
                                   : is_one_of<What, InfoStarted, InfoResponse, InfoFinished, InputEnter>
                                       ? built_in(Feature::Terminal)
                                       : true;

// A reader of the stream.
class EventSink {
 public:
  virtual ~EventSink() = default;
  virtual void on_event(const Event& event) = 0;

  // Comes when the runner is about to wait, at most fifty times a second: passes on what can be passed on without
  // waiting. False when nobody can read us any more (closed pipe, full disk); that ends the run.
  [[nodiscard]] virtual bool flush() { return true; }

  // The file descriptor whose reader is behind, so that flush would have more to do once it is writable; -1: none.
  virtual int waits_for() const { return -1; }

  // How long it may take until flush comes, though nothing happens; forever: as long as it likes.
  virtual Duration flush_within() const { return waits_for() >= 0 ? Duration() : forever; }
};

}  // namespace nextest
