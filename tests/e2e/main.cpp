// The main function of the end-to-end tests. They drive the program named by NEXTEST_BIN (default ./nextest) on the
// fixtures in FIXTURES_DIR (default build/fixtures). E2E_ROUNDS sets how often the loops about rare moments go round,
// E2E_HARD_TIMEOUT the seconds after which a run counts as hung, E2E_REQUIRE_ALL=1 makes missing fixtures an error.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
