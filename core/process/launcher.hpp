// Where processes are started, signalled and reaped: the seam between a unit, which knows none of this, and a place.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/features.hpp"
#include "core/base/proc.hpp"
#include "core/process/environment.hpp"
#include "core/process/spawn.hpp"

namespace nextest {

struct Command {
  std::string program;  // a path
  Vector<std::string> argv;
  Vector<std::string> environment;  // NAME=VALUE, beside the launcher's
  std::string folder;               // empty: ours
  bool capture_out = true;          // else it has ours, or what the launcher has in its place
  bool capture_err = true;
  bool combine = false;       // both captured streams through one pipe
  bool has_terminal = false;  // our standard input and our process group, for a program to work with
};

struct Launched {
  pid_t pid = 0;  // also its process group
  Fd out;         // the read ends; empty where the output is not captured
  Fd err;
  bool combined = false;  // `out` is for both
  int error = 0;          // errno when it could not be started

  // The system is out of something that other units will give back when they end.
  bool out_of_resources() const { return error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE; }
  // Somebody still has the program open for writing: a linker, a copy, or a child of theirs that has not come to its
  // exec. That is soon over.
  bool is_busy() const { return error == ETXTBSY; }
};

// Whether a program that has been busy for so long is tried again, and how long after: 20, 40, 80, ... ms after the
// first try.
inline bool waits_for_busy(Duration waited) { return waited < Duration::seconds(1); }
inline Duration busy_pause(Duration waited) { return std::max(waited, Duration::milliseconds(20)); }

struct Exit {
  pid_t pid = 0;
  int status = 0;  // as waitpid has it
};

class Launcher {
 public:
  Environment environment;  // of all that it starts
  int uncaptured_out = 1;   // where standard output goes that is not captured

  virtual ~Launcher() = default;

  // Turns a command into a running process with a group of its own, two pipes, and the promise of an exit status.
  virtual Launched launch(const Command& command) = 0;

  // To the process group, and to the process itself where it moved to another one; once that is reaped only its group
  // is left. False: the process is not ours to signal.
  virtual bool send(pid_t pid, int signal, bool is_reaped) const = 0;

  // Whether it is stopped, as by SIGSTOP or SIGTTOU; false where that cannot be known. Asked only when somebody asks
  // us.
  virtual bool is_stopped(pid_t) const { return false; }

  // Adds what has ended since the last call: what was launched, and what came to us when its parent ended. Never waits.
  virtual void reap(Vector<Exit>& exits) = 0;
};

// On this machine.
class LocalLauncher final : public Launcher {
 public:
  Launched launch(const Command& command) override {
    Launched launched;
    if (!null_) null_ = Fd(::open("/dev/null", O_RDWR | O_CLOEXEC));
    Pipe out, err;
    if (!null_) launched.error = errno;
    if (command.capture_out && launched.error == 0) launched.error = open_pipe(out);
    if (command.capture_err && !command.combine && launched.error == 0) launched.error = open_pipe(err);
    if (launched.error != 0) return launched;

    Vector<char*> argv;
    for (const std::string& word : command.argv) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    Vector<char*> envp = environment.vector(command.environment);

    SpawnRequest request;
    request.program = command.program.c_str();
    request.argv = argv.data();
    request.envp = envp.data();
    request.folder = command.folder.empty() ? nullptr : command.folder.c_str();
    request.in = command.has_terminal ? 0 : null_.get();
    request.own_group = !command.has_terminal;
    request.out = command.capture_out ? out.write_end.get() : uncaptured_out;
    request.err = command.combine ? request.out : command.capture_err ? err.write_end.get() : 2;
    launched.error = spawn(request, launched.pid);
    if (launched.error == 0) {
      launched.out = std::move(out.read_end);
      launched.err = std::move(err.read_end);
      launched.combined = command.combine;
    }
    return launched;
  }

  bool send(pid_t pid, int signal, bool is_reaped) const override {
    ::kill(-pid, signal);
    if (is_reaped) return true;
    if (::getpgid(pid) != pid) ::kill(pid, signal);
    return may_signal(pid);
  }

#if NEXTEST_ON_LINUX
  bool is_stopped(pid_t pid) const override { return nextest::is_stopped(pid); }
#endif

  void reap(Vector<Exit>& exits) override {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) exits.push_back({pid, status});
  }

 private:
  Fd null_;
};

}  // namespace nextest
