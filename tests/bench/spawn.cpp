// spawn PROGRAM [STARTS]
//
// Which way to start a process is cheapest, and does it depend on how big the parent is? Each way does what the runner
// needs: own group, stdin from /dev/null, stdout and stderr to two pipes, default signal mask and dispositions, a
// working directory, exec's errno back. Starts are sequential (start, both pipes to their end, reap); the ways take
// turns in small batches, in rotating order, so that noise of the machine hits all of them alike.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

namespace {

constexpr int changed_signals[] = {SIGINT,  SIGTERM, SIGHUP,  SIGQUIT, SIGTSTP, SIGCONT,
                                   SIGUSR1, SIGCHLD, SIGPIPE, SIGTTIN, SIGTTOU};
constexpr size_t batch = 25;

struct Job {
  char* const* argv;
  const char* directory;
  int null_fd, out_fd, err_fd;
};

struct Started {
  pid_t pid;
  int error;
};

sigset_t default_mask;
sigset_t all_signals;

[[noreturn]] void die(const char* what) {
  perror(what);
  exit(2);
}

double now_us() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) * 1e-3;
}

// The child's part of fork and vfork; returns only when something failed. Dispositions first: with the mask open, a
// handler of the parent's must not run in the child.
int become(const Job& job) {
  struct sigaction usual;
  memset(&usual, 0, sizeof usual);
  usual.sa_handler = SIG_DFL;
  for (const int number : changed_signals) sigaction(number, &usual, nullptr);
  sigprocmask(SIG_SETMASK, &default_mask, nullptr);
  if (setpgid(0, 0) == 0 && dup2(job.null_fd, 0) == 0 && dup2(job.out_fd, 1) == 1 && dup2(job.err_fd, 2) == 2 &&
      chdir(job.directory) == 0) {
    execve(job.argv[0], job.argv, environ);
  }
  return errno;
}

// A forked child has its own memory, so errno comes back through a third pipe that a successful exec closes.
Started by_fork(const Job& job) {
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) die("pipe");
  sigset_t before;
  sigprocmask(SIG_SETMASK, &all_signals, &before);
  const pid_t pid = fork();
  if (pid == 0) {
    const int error = become(job);
    _exit(write(report[1], &error, sizeof error) > 0 ? 127 : 126);
  }
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) die("fork");
  close(report[1]);
  int error = 0;
  if (read(report[0], &error, sizeof error) < 0) die("read");
  close(report[0]);
  return {pid, error};
}

__attribute__((noinline)) pid_t vfork_and_become(const Job& job, volatile int* error) {
  const pid_t pid = vfork();
  if (pid != 0) return pid;
  *error = become(job);
  _exit(127);
}

Started by_vfork(const Job& job) {
  volatile int error = 0;
  sigset_t before;
  sigprocmask(SIG_SETMASK, &all_signals, &before);
  const pid_t pid = vfork_and_become(job, &error);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) die("vfork");
  return {pid, error};
}

Started by_posix_spawn(const Job& job) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t usual;
  sigemptyset(&usual);
  for (const int number : changed_signals) sigaddset(&usual, number);
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, job.null_fd, 0);
  posix_spawn_file_actions_adddup2(&actions, job.out_fd, 1);
  posix_spawn_file_actions_adddup2(&actions, job.err_fd, 2);
  posix_spawn_file_actions_addchdir_np(&actions, job.directory);  // not POSIX until 2024
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setsigmask(&attributes, &default_mask);
  posix_spawnattr_setsigdefault(&attributes, &usual);
  pid_t pid = -1;
  const int error = posix_spawn(&pid, job.argv[0], &actions, &attributes, job.argv, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return {pid, error};
}

struct Way {
  const char* name;
  Started (*start)(const Job& job);
  std::vector<double> to_exec, whole;
};

void drain(int fd) {
  char discard[4096];
  while (read(fd, discard, sizeof discard) > 0) {
  }
  close(fd);
}

void start_once(Way& way, char* const* argv, int null_fd) {
  const double begin = now_us();
  int out[2], err[2];
  if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) die("pipe");
  const Started started = way.start(Job{argv, ".", null_fd, out[1], err[1]});
  const double running = now_us();
  if (started.error != 0) {
    errno = started.error;
    die(argv[0]);
  }
  close(out[1]);
  close(err[1]);
  drain(out[0]);
  drain(err[0]);
  int status = 0;
  if (waitpid(started.pid, &status, 0) < 0 || status != 0) die("the program failed");
  way.to_exec.push_back(running - begin);
  way.whole.push_back(now_us() - begin);
}

double median(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const size_t half = values.size() / 2;
  return values.size() % 2 != 0 ? values[half] : (values[half - 1] + values[half]) / 2;
}

// In pieces below malloc's mmap threshold, as a program's heap grows: ordinary 4 KiB pages, each with its table entry.
void grow_heap(std::vector<void*>& heap, size_t to_mib) {
  constexpr size_t piece = 16384;
  while (heap.size() * piece < to_mib << 20) {
    void* const memory = malloc(piece);
    if (memory == nullptr) die("malloc");
    heap.push_back(memset(memory, 1, piece));
  }
}

void noted(int) {}

}  // namespace

int main(int argc, char** argv) {
  const long wanted = argc == 3 ? strtol(argv[2], nullptr, 10) : 1000;
  if (argc < 2 || argc > 3 || wanted < 1) {
    fputs("usage: spawn PROGRAM [STARTS]\n", stderr);
    return 2;
  }
  sigprocmask(SIG_SETMASK, nullptr, &default_mask);
  sigfillset(&all_signals);
  struct sigaction noting;
  memset(&noting, 0, sizeof noting);
  noting.sa_handler = noted;
  noting.sa_flags = SA_RESTART;
  for (const int number : changed_signals) sigaction(number, &noting, nullptr);
  signal(SIGPIPE, SIG_IGN);
  const int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null_fd < 0) die("/dev/null");
  char* command[] = {argv[1], nullptr};

  const size_t rounds = (static_cast<size_t>(wanted) + batch - 1) / batch;
  std::vector<void*> heap;
  printf("microseconds a start, median of %zu\n", rounds * batch);
  printf("%-12s  %-16s  %8s  %5s  %15s  %5s\n", "heap touched", "way", "to exec", "ratio", "to exit, reaped", "ratio");
  for (const size_t mib : {size_t{1}, size_t{50}}) {
    grow_heap(heap, mib);
    Way ways[] = {
        {"fork + exec", by_fork, {}, {}}, {"vfork + exec", by_vfork, {}, {}}, {"posix_spawn", by_posix_spawn, {}, {}}};
    constexpr size_t count = sizeof ways / sizeof ways[0];
    for (Way& way : ways) start_once(way, command, null_fd);
    for (Way& way : ways) {
      way.to_exec.clear();
      way.whole.clear();
    }
    for (size_t round = 0; round < rounds; ++round) {
      for (size_t turn = 0; turn < count; ++turn) {
        for (size_t i = 0; i < batch; ++i) start_once(ways[(round + turn) % count], command, null_fd);
      }
    }
    double to_exec[count], whole[count];
    for (size_t i = 0; i < count; ++i) {
      to_exec[i] = median(ways[i].to_exec);
      whole[i] = median(ways[i].whole);
    }
    const double least_exec = *std::min_element(to_exec, to_exec + count);
    const double least_whole = *std::min_element(whole, whole + count);
    for (size_t i = 0; i < count; ++i) {
      printf("%8zu MiB  %-16s  %8.1f  %5.2f  %15.1f  %5.2f\n", mib, ways[i].name, to_exec[i], to_exec[i] / least_exec,
             whole[i], whole[i] / least_whole);
    }
  }
  return 0;
}
