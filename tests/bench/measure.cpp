// measure RESULT LABEL SECONDS COMMAND [ARG]...
//
// Runs COMMAND, ends it after SECONDS, and appends one line to the file RESULT:
//   LABEL <tab> wall seconds <tab> peak KiB <tab> exit code, 128 + signal, or "timeout"
// Exits with 0 when COMMAND did, else with 1.
//
// The peak is COMMAND's own, or that of a child that is the same program: nextest's first process is a guardian, and
// its child does the work. wait4's ru_maxrss is not: it is the largest of the process and all the children that it
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

bool same_program(pid_t one, pid_t other) {
  char path[64], program[2][4096];
  ssize_t size[2];
  for (int i = 0; i < 2; ++i) {
    snprintf(path, sizeof path, "/proc/%ld/exe", static_cast<long>(i == 0 ? one : other));
    size[i] = readlink(path, program[i], sizeof program[i]);
  }
  return size[0] > 0 && size[0] == size[1] && memcmp(program[0], program[1], static_cast<size_t>(size[0])) == 0;
}

// Its first child, if that is the same program; else 0.
pid_t child_of_same_program(pid_t pid) {
  char text[64];
  snprintf(text, sizeof text, "/proc/%ld/task/%ld/children", static_cast<long>(pid), static_cast<long>(pid));
  const int children = open(text, O_RDONLY | O_CLOEXEC);
  if (children < 0) return 0;
  const ssize_t got = read(children, text, sizeof text - 1);
  close(children);
  text[got > 0 ? got : 0] = '\0';
  const pid_t child = static_cast<pid_t>(strtol(text, nullptr, 10));
  return child > 0 && same_program(pid, child) ? child : 0;
}

int open_status(pid_t pid) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/status", static_cast<long>(pid));
  return open(path, O_RDONLY | O_CLOEXEC);
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
  const int status_fd = open_status(pid);
  if (pid_fd < 0 || status_fd < 0) {
    perror("measure: pidfd_open or /proc");
    kill(pid, SIGKILL);
    return 2;
  }

  long peak = 0;
  int child_fd = -1;
  bool timed_out = false;
  double deadline = begin + limit;
  pollfd exited{pid_fd, POLLIN, 0};
  while (poll(&exited, 1, 5) == 0) {
    const long sample = high_water_kib(status_fd);
    if (sample > peak) peak = sample;
    if (child_fd < 0) {
      if (const pid_t child = child_of_same_program(pid); child > 0) child_fd = open_status(child);
    } else if (const long of_child = high_water_kib(child_fd); of_child > peak) {
      peak = of_child;
    }
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
