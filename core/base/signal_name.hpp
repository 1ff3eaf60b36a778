// Signals as people read them.
#pragma once

#include <signal.h>

#include <string>

namespace nextest {

// The part after SIG, as in <signal.h>; nullptr for a signal without a name.
inline const char* signal_name(int signal) {
  static constexpr struct {
    int number;
    const char* name;
  } names[] = {
      {SIGHUP, "HUP"},   {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGILL, "ILL"},   {SIGTRAP, "TRAP"},
      {SIGABRT, "ABRT"}, {SIGBUS, "BUS"},   {SIGFPE, "FPE"},   {SIGKILL, "KILL"}, {SIGUSR1, "USR1"},
      {SIGSEGV, "SEGV"}, {SIGUSR2, "USR2"}, {SIGPIPE, "PIPE"}, {SIGALRM, "ALRM"}, {SIGTERM, "TERM"},
      {SIGCHLD, "CHLD"}, {SIGCONT, "CONT"}, {SIGSTOP, "STOP"}, {SIGTSTP, "TSTP"}, {SIGTTIN, "TTIN"},
      {SIGTTOU, "TTOU"}, {SIGURG, "URG"},   {SIGXCPU, "XCPU"}, {SIGXFSZ, "XFSZ"}, {SIGVTALRM, "VTALRM"},
      {SIGPROF, "PROF"}, {SIGSYS, "SYS"},
  };
  for (const auto& row : names) {
    if (row.number == signal) return row.name;
  }
  return nullptr;
}

// "aborted with signal 11 (SIGSEGV), core dumped"
inline std::string describe_signal(int signal, bool core_dumped) {
  std::string text = "aborted with signal " + std::to_string(signal);
  if (const char* name = signal_name(signal)) text.append(" (SIG").append(name).append(")");
  if (core_dumped) text += ", core dumped";
  return text;
}

}  // namespace nextest
