// The main function of the end-to-end tests. They drive the program named by NEXTEST_BIN (default ./nextest) on the
// fixtures in FIXTURES_DIR (default build/fixtures). E2E_ROUNDS sets how often the loops about rare moments go round,
// E2E_HARD_TIMEOUT the seconds after which a run counts as hung, E2E_REQUIRE_ALL=1 makes a test fail that lacks what it
// needs, E2E_ANY_MEMORY=1 leaves out the check of peak memory (sanitizers), FLOOD_MIB makes the flood of output
// smaller.
// --missing tells which tests are skipped here.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "tests/needs.hpp"

int main(int argc, char** argv) { return machine::main_of_tests(argc, argv); }
