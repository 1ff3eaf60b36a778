// What earlier runs say of the tests of a list.
#pragma once

#include "core/base/duration.hpp"
#include "core/model/rerun_state.hpp"

namespace nextest {

struct History {
  RerunState rerun;            // of the chain that is rerun; empty: there is none
  Vector<Duration> durations;  // of each test, below 0 where none is known; empty: nobody asked
};

}  // namespace nextest
