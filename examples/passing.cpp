// Tests that pass.
#include "tiny.hpp"

TEST("sum::of_nothing_is_zero") { CHECK(0 == 0); }
TEST("sum::of_two_numbers") { CHECK(1 + 1 == 2); }
TEST("sum::order_does_not_matter") { CHECK(1 + 2 == 2 + 1); }
