// The floor: floor K < commands
//
// Runs the commands (one a line, words split at blanks, no quoting, a program needs a '/' or is in the current
// directory), at most K at a time, and does only what any correct runner has to do: two pipes each, own process group,
// stdin from /dev/null, both pipes read to their end, every child reaped, every exit code looked at. No timers, no
// groups checked, no output kept, nothing printed. What a runner costs above this is its own.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace {

struct Slot {
  pid_t pid;
  int open_pipes;
};

[[noreturn]] void die(const char* what) {
  perror(what);
  _exit(2);
}

std::vector<char> read_all(int fd) {
  std::vector<char> text;
  size_t size = 0;
  for (;;) {
    text.resize(size + 65536);
    const ssize_t got = read(fd, text.data() + size, 65535);
    if (got < 0) die("floor: read");
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  text.resize(size);
  text.push_back('\n');
  return text;
}

// Each command's argv ends in a null pointer; `starts` says where in `words` each begins.
void split(std::vector<char>& text, std::vector<char*>& words, std::vector<size_t>& starts) {
  bool in_word = false, in_line = false;
  for (char& c : text) {
    const bool newline = c == '\n';
    if (newline || c == ' ' || c == '\t') {
      c = '\0';
      in_word = false;
      if (newline && in_line) words.push_back(nullptr);
      if (newline) in_line = false;
    } else if (!in_word) {
      if (!in_line) starts.push_back(words.size());
      words.push_back(&c);
      in_word = in_line = true;
    }
  }
}

// vfork: the parent sleeps until the exec, and `failure` is its own memory. Not inlined, so that nothing of the
// caller's frame is live in the child.
__attribute__((noinline)) pid_t start(char* const* argv, int null_fd, int out_fd, int err_fd, volatile int* failure) {
  const pid_t pid = vfork();
  if (pid != 0) return pid;
  if (setpgid(0, 0) == 0 && dup2(null_fd, 0) == 0 && dup2(out_fd, 1) == 1 && dup2(err_fd, 2) == 2) {
    execve(argv[0], argv, environ);
  }
  *failure = errno;
  _exit(127);
}

}  // namespace

int main(int argc, char** argv) {
  const long jobs = argc == 2 ? strtol(argv[1], nullptr, 10) : 0;
  if (jobs < 1 || jobs > 10000) {
    fputs("usage: floor K < commands\n", stderr);
    return 2;
  }
  std::vector<char> text = read_all(0);
  std::vector<char*> words;
  std::vector<size_t> starts;
  split(text, words, starts);
  const int null_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null_fd < 0) die("floor: /dev/null");

  const size_t slots = static_cast<size_t>(jobs);
  std::vector<Slot> running(slots);
  std::vector<pollfd> fds(2 * slots, pollfd{-1, POLLIN, 0});
  static char discard[65536];
  size_t next = 0, busy = 0, failed = 0;

  const auto launch = [&](size_t slot) {
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0 || pipe2(err, O_CLOEXEC) != 0) die("floor: pipe");
    char* const* command = &words[starts[next++]];
    volatile int failure = 0;
    const pid_t pid = start(command, null_fd, out[1], err[1], &failure);
    if (pid < 0) die("floor: vfork");
    if (failure != 0) {
      errno = failure;
      die(command[0]);
    }
    close(out[1]);
    close(err[1]);
    running[slot] = Slot{pid, 2};
    fds[2 * slot].fd = out[0];
    fds[2 * slot + 1].fd = err[0];
    ++busy;
  };

  for (size_t slot = 0; slot < slots && next < starts.size(); ++slot) launch(slot);
  while (busy > 0) {
    if (poll(fds.data(), fds.size(), -1) < 0) die("floor: poll");
    for (size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents == 0) continue;
      // A hang-up with nothing to read is the end of a pipe: no read needed to learn that.
      if ((fds[i].revents & POLLIN) != 0 && read(fds[i].fd, discard, sizeof discard) > 0) continue;
      close(fds[i].fd);
      fds[i].fd = -1;
      const size_t slot = i / 2;
      if (--running[slot].open_pipes > 0) continue;
      int status = 0;
      if (waitpid(running[slot].pid, &status, 0) < 0) die("floor: waitpid");
      if (status != 0) ++failed;
      --busy;
      if (next < starts.size()) launch(slot);
    }
  }
  if (failed > 0) fprintf(stderr, "floor: %zu of %zu commands failed\n", failed, starts.size());
  return failed > 0 ? 1 : 0;
}
