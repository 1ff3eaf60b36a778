// A crash ends one test, not the suite.
#include <csignal>

#include "tiny.hpp"

TEST("tree::empty_tree_has_no_root") {}
TEST("tree::follows_a_wild_pointer") { std::raise(SIGSEGV); }
