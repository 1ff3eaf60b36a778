// All that is decided before the first test starts.
#pragma once

#include "core/model/history.hpp"
#include "core/model/run_info.hpp"
#include "core/model/settings.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

struct RunPlan {
  RunInfo info;
  TestList list;
  SettingsOfTests settings;  // of the tests of the list
  History history;
  Vector<TestIndex> order;  // the tests to run, in the order in which they start
};

}  // namespace nextest
