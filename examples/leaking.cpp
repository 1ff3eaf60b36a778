// Passes, but leaves a process behind. nextest says so, and ends it.
#include <unistd.h>

#include "tiny.hpp"

TEST("server::stops_when_asked") {
  if (fork() == 0) {
    sleep(60);
    _exit(0);
  }
}
