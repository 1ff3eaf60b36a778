// measure RESULT LABEL SECONDS COMMAND [ARG]...
//
// Runs COMMAND, ends it after SECONDS, and appends one line to the file RESULT:
//   LABEL <tab> wall seconds <tab> peak KiB <tab> exit code, 128 + signal, or "timeout"
// Exits with 0 when COMMAND did, else with 1.
//
// The peak is COMMAND's own. wait4's ru_maxrss is not: it is the largest of the process and all the children that it
// waited for. So VmHWM of /proc/PID/status is read every 5 ms; it is a high-water mark, so only what the process grew
// by in its last 5 ms is missed. ru_maxrss is the answer only when the process was too short for a single sample.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

namespace {

double now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

long high_water_kib(int status_fd) {
  char text[4096];
  const ssize_t got = pread(status_fd, text, sizeof text - 1, 0);
  if (got <= 0) return 0;
  text[got] = '\0';
  const char* line = strstr(text, "\nVmHWM:");
  return line != nullptr ? strtol(line + 7, nullptr, 10) : 0;  // a process that is exiting has no such line
}

__attribute__((noinline)) pid_t start(char* const* argv) {
  const pid_t pid = vfork();  // no copy of this program that could count as COMMAND's peak
  if (pid != 0) return pid;
  execvp(argv[0], argv);
  _exit(127);
}

}  // namespace

int main(int argc, char** argv) {
  const double limit = argc >= 5 ? strtod(argv[3], nullptr) : 0;
  if (limit <= 0) {
    fputs("usage: measure RESULT LABEL SECONDS COMMAND [ARG]...\n", stderr);
    return 2;
  }
  const double begin = now();
  const pid_t pid = start(argv + 4);
  if (pid < 0) {
    perror("measure: vfork");
    return 2;
  }
  const int pid_fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/status", static_cast<long>(pid));
  const int status_fd = open(path, O_RDONLY | O_CLOEXEC);
  if (pid_fd < 0 || status_fd < 0) {
    perror("measure: pidfd_open or /proc");
    kill(pid, SIGKILL);
    return 2;
  }

  long peak = 0;
  bool timed_out = false;
  double deadline = begin + limit;
  pollfd exited{pid_fd, POLLIN, 0};
  while (poll(&exited, 1, 5) == 0) {
    const long sample = high_water_kib(status_fd);
    if (sample > peak) peak = sample;
    if (now() < deadline) continue;
    kill(pid, timed_out ? SIGKILL : SIGTERM);  // two seconds to end its own children
    timed_out = true;
    deadline += 2;
  }
  const double wall = now() - begin;

  int status = 0;
  rusage usage{};
  if (wait4(pid, &status, 0, &usage) < 0) {
    perror("measure: wait4");
    return 2;
  }
  if (peak == 0) peak = usage.ru_maxrss;
  char ended[16] = "timeout";
  if (!timed_out) snprintf(ended, sizeof ended, "%d", WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));

  FILE* result = fopen(argv[1], "ae");
  if (result == nullptr) {
    perror(argv[1]);
    return 2;
  }
  fprintf(result, "%s\t%.4f\t%ld\t%s\n", argv[2], wall, peak, ended);
  if (fclose(result) != 0) {
    perror(argv[1]);
    return 2;
  }
  return !timed_out && status == 0 ? 0 : 1;
}
