// Takes its time; with --slow-timeout 1s it is named while it runs.
#include <unistd.h>

#include "tiny.hpp"

TEST("index::rebuilds_from_scratch") { sleep(2); }
