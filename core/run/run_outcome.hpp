// How a run ended, as far as it is known when it has.
#pragma once

#include "core/model/event.hpp"

namespace nextest {

struct RunOutcome {
  RunStats stats;  // of a stress run: of its last sub-run
  StressStats stress;
  bool all_read = true;  // every reader took all events

  bool failed() const {
    return !stats.all_ran_and_passed() || stress.failed > 0 || stats.cancel_reason != CancelReason::None;
  }
  // What a signal ended is no failure of a script.
  bool teardown_failed() const {
    return stats.teardown_scripts_failed + stress.teardown_scripts_failed > 0 &&
           stats.cancel_reason < CancelReason::Signal;
  }
  bool setup_failed() const { return stats.setup_scripts_failed > 0 && stats.cancel_reason < CancelReason::Signal; }
};

}  // namespace nextest
