// How an attempt ended, once its process is gone and all that it printed is there.
#pragma once

#include "core/base/escape.hpp"
#include "core/model/harness.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

// The harness judges what it would have printed without colours: they are no part of what it says.
inline void judge_attempt(const Harness& harness, const TestCase& test, const CapturedOutput& output,
                          Outcome& outcome) {
  if (!contains(output.out, "\x1B") && !contains(output.err, "\x1B")) return harness.judge(test, output, outcome);
  harness.judge(test, CapturedOutput{without_colours(output.out), without_colours(output.err)}, outcome);
}

}  // namespace nextest
