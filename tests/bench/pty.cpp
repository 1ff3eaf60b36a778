// pty COMMAND [ARG]...
//
// Runs COMMAND with standard error on a terminal of 80 x 24, whose other end reads all as it comes; its output is
// passed on. Exits as COMMAND did, 1 where a signal ended it.
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc < 2) {
    fputs("usage: pty COMMAND [ARG]...\n", stderr);
    return 2;
  }
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || grantpt(master) != 0 || unlockpt(master) != 0) {
    perror("pty: posix_openpt");
    return 2;
  }
  const winsize size = {24, 80, 0, 0};
  ioctl(master, TIOCSWINSZ, &size);
  const pid_t pid = fork();
  if (pid == 0) {
    setsid();
    const int slave = open(ptsname(master), O_RDWR);
    if (slave < 0 || dup2(slave, 2) < 0) _exit(127);
    close(slave);
    setenv("TERM", "xterm", 1);
    unsetenv("CI");
    execvp(argv[1], argv + 1);
    _exit(127);
  }
  if (pid < 0) {
    perror("pty: fork");
    return 2;
  }
  char buffer[65536];
  ssize_t count;
  while ((count = read(master, buffer, sizeof buffer)) > 0 || (count < 0 && errno == EINTR)) {
    // EIO says that nobody has the other end any more.
    for (ssize_t done = 0; done < count;) {
      const ssize_t written = write(2, buffer + done, static_cast<size_t>(count - done));
      if (written < 0) return 2;
      done += written;
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
