// The main function of the unit tests. doctest must not put its own signal handlers in the place of ours.
#define DOCTEST_CONFIG_IMPLEMENT
#define DOCTEST_CONFIG_NO_POSIX_SIGNALS
#include <doctest/doctest.h>

#include "tests/needs.hpp"

int main(int argc, char** argv) { return machine::main_of_tests(argc, argv); }
