// Other processes, as Linux shows them in /proc.
#pragma once

#include <errno.h>
#include <signal.h>
#include <sys/types.h>

#include <cstdlib>

#include "core/base/file.hpp"
#include "core/base/folder.hpp"
#include "core/base/text.hpp"
#include "core/base/vector.hpp"

namespace nextest {

// As far as /proc can be read.
inline Vector<pid_t> all_processes() {
  Vector<pid_t> pids;
  static_cast<void>(each_name("/proc", [&](const char* name) {
    const pid_t pid = static_cast<pid_t>(std::atol(name));
    if (pid > 0) pids.push_back(pid);
  }));
  return pids;
}

// The whole of /proc/PID/NAME; empty when the process is gone or not ours to look into.
inline std::string read_proc(pid_t pid, const char* name) {
  return read_system_file("/proc/" + decimal(pid) + "/" + name);
}

// False: it is another user's.
inline bool may_signal(pid_t pid) { return ::kill(pid, 0) == 0 || errno != EPERM; }

// Whether a signal has stopped it, or a debugger: PID (NAME) STATE ..., where the name may hold anything. False where
// there is no /proc.
inline bool is_stopped(pid_t pid) {
  const std::string stat = read_proc(pid, "stat");
  const std::size_t name_end = stat.rfind(") ");
  const char state = name_end + 2 < stat.size() ? stat[name_end + 2] : '?';
  return state == 'T' || state == 't';
}

// Whether it has no memory any more: it is about to end, or has ended and waits to be reaped.
inline bool has_no_memory(pid_t pid) { return starts_with(read_proc(pid, "statm"), "0 "); }

// The entry of an environment (NAME=VALUE, each ended by a NUL) that starts with `prefix`; empty when there is none.
inline std::string_view find_variable(std::string_view variables, std::string_view prefix) {
  while (!variables.empty()) {
    const std::string_view entry = take_part(variables, '\0');
    if (starts_with(entry, prefix)) return entry;
  }
  return {};
}

inline bool has_variable(std::string_view variables, std::string_view entry) {
  return find_variable(variables, entry) == entry;
}

}  // namespace nextest
