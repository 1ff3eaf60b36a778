// Signals as people read them.
#pragma once

#include <signal.h>

#include "core/base/text.hpp"

namespace nextest {

// Their numbers differ from one processor and system to the next; `usual` is Linux's on most processors, by which
// records go.
inline constexpr struct {
  int number;
  int usual;
  const char* name;
} signal_names[] = {
    {SIGHUP, 1, "HUP"},        {SIGINT, 2, "INT"},    {SIGQUIT, 3, "QUIT"},  {SIGILL, 4, "ILL"},
    {SIGTRAP, 5, "TRAP"},      {SIGABRT, 6, "ABRT"},  {SIGBUS, 7, "BUS"},    {SIGFPE, 8, "FPE"},
    {SIGKILL, 9, "KILL"},      {SIGUSR1, 10, "USR1"}, {SIGSEGV, 11, "SEGV"}, {SIGUSR2, 12, "USR2"},
    {SIGPIPE, 13, "PIPE"},     {SIGALRM, 14, "ALRM"}, {SIGTERM, 15, "TERM"}, {SIGCHLD, 17, "CHLD"},
    {SIGCONT, 18, "CONT"},     {SIGSTOP, 19, "STOP"}, {SIGTSTP, 20, "TSTP"}, {SIGTTIN, 21, "TTIN"},
    {SIGTTOU, 22, "TTOU"},     {SIGURG, 23, "URG"},   {SIGXCPU, 24, "XCPU"}, {SIGXFSZ, 25, "XFSZ"},
    {SIGVTALRM, 26, "VTALRM"}, {SIGPROF, 27, "PROF"}, {SIGSYS, 31, "SYS"},
};

// The part after SIG, as in <signal.h>; nullptr for a signal without a name.
inline const char* signal_name(int signal) {
  for (const auto& row : signal_names) {
    if (row.number == signal) return row.name;
  }
  return nullptr;
}

// A signal without a name has one number only.
inline int usual_signal(int signal) {
  for (const auto& row : signal_names) {
    if (row.number == signal) return row.usual;
  }
  return signal;
}

inline int signal_of_usual(int usual) {
  for (const auto& row : signal_names) {
    if (row.usual == usual) return row.number;
  }
  return usual;
}

// "aborted with signal 11 (SIGSEGV), core dumped"
inline std::string describe_signal(int signal, bool core_dumped) {
  std::string text = "aborted with signal " + decimal(signal);
  if (const char* name = signal_name(signal)) text.append(" (SIG").append(name).append(")");
  if (core_dumped) text += ", core dumped";
  return text;
}

}  // namespace nextest
