// A GoogleTest binary of TESTS (1,000) tests that do nothing; each run of one pays gtest's own start and filter.
#include <gtest/gtest.h>

#ifndef TESTS
#define TESTS 1000
#endif

namespace {

class Trivial : public testing::TestWithParam<int> {};

TEST_P(Trivial, passes) { EXPECT_GE(GetParam(), 0); }

INSTANTIATE_TEST_SUITE_P(All, Trivial, testing::Range(0, TESTS));

}  // namespace
