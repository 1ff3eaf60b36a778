// A pager between us and a person: $NEXTEST_PAGER, else $PAGER, else less, which ends by itself where a screen is
// enough.
#pragma once

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/fd.hpp"
#include "core/base/file.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/process/signals.hpp"

namespace nextest {

class Pager {
 public:
  // Puts one on standard output if that is a terminal and `wanted`. Where none can be started, output goes where it
  // went.
  explicit Pager(bool wanted) {
    if (!wanted || ::isatty(1) != 1) return;
    std::string command = "less -R";
    for (const char* const name : {"PAGER", "NEXTEST_PAGER"}) {
      const char* const value = ::getenv(name);
      if (value != nullptr) command = value;
    }
    const std::string program = command.substr(0, command.find(' '));
    if (command.empty() || command == "cat" || !is_executable_file(find_program(program))) return;
    Pipe pipe;
    if (open_pipe(pipe) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::dup2(pipe.read_end.get(), 0);
      for (int signal = 1; signal < Signals::limit; ++signal) ::signal(signal, SIG_DFL);
      sigset_t none;
      sigemptyset(&none);
      ::sigprocmask(SIG_SETMASK, &none, nullptr);
      ::setenv("LESS", "FRX", 0);
      ::execl("/bin/sh", "sh", "-c", command.c_str(), static_cast<char*>(nullptr));
      ::_exit(127);
    }
    if (pid_ <= 0) return;
    ::dup2(pipe.write_end.get(), 1);
    ::signal(SIGINT, SIG_IGN);  // it is for the pager
  }

  Pager(const Pager&) = delete;
  Pager& operator=(const Pager&) = delete;

  // Waits until the person has read enough.
  ~Pager() { finish(); }

  bool active() const { return pid_ > 0; }

 private:
  void finish() const {
    if (pid_ <= 0) return;
    ::close(1);
    ::open("/dev/null", O_WRONLY);
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }

  pid_t pid_ = -1;
  const LastDuty finish_now_{[](void* self) { static_cast<Pager*>(self)->finish(); }, this};
};

}  // namespace nextest
