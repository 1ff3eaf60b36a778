// Which processes are our children, where there is no /proc to read. The kernel answers for one process at a time.
#pragma once

#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/vector.hpp"

namespace nextest {

// Whether we have any child at all, dead ones among them.
inline bool has_child() {
  siginfo_t info{};
  return ::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

class ChildSearch {
 public:
  void on_started(pid_t pid) { highest_ = std::max(highest_, pid); }

  // Processes are numbered upwards, and from the start again when numbers run out: what was started since we were has
  // a number between ours and the newest, or after that start any up to a little above the highest that was seen.
  Vector<pid_t> find() {
    Vector<pid_t> children;
    if (!has_child()) return children;
    const pid_t newest = newest_process();
    on_started(newest);
    const bool began_again = newest < ::getpid();
    const pid_t last = began_again ? highest_ + 1000 : newest;
    for (pid_t pid = began_again ? 1 : ::getpid(); pid <= last; ++pid) {
      siginfo_t info{};
      const bool is_child = ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0;
      if (is_child && info.si_pid == 0) children.push_back(pid);  // else it is dead already
    }
    return children;
  }

 private:
  // One that is started to have a number, and is gone already.
  static pid_t newest_process() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(0);
    if (child > 0) ::waitpid(child, nullptr, 0);
    return child;
  }

  pid_t highest_ = 0;
};

}  // namespace nextest
