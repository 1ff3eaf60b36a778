// Processes that outlive the test that started them. The ones that stay in its process group are found by the group.
// The ones that left it become our children (we are their subreaper) and carry the attempt's id in their environment.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "core/base/fd.hpp"
#include "core/base/features.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/proc.hpp"
#include "core/process/children.hpp"

#if NEXTEST_HAS_PRCTL
#include <sys/prctl.h>
#endif

namespace nextest {

// Whether any process is left in the group of a process that we have already reaped.
inline bool group_exists(pid_t group) { return ::kill(-group, 0) == 0 || errno == EPERM; }

struct Orphan {
  pid_t pid = 0;
  std::string attempt_id;  // empty: of a listing, or not known (it cleaned its environment)
  std::string command;     // as what it was started, for a person; once it is seen by end_all()
  bool was_seen = false;
};

class Strays {
 public:
  // `run_marker` is in the environment of all that the run starts.
  explicit Strays(std::string run_marker) : run_marker_(std::move(run_marker)) {
#if NEXTEST_HAS_PRCTL
    gets_orphans_ = ::prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L) == 0;
    // CONFIG_PROC_CHILDREN: the cheap way, one pread a look.
    children_ = Fd(::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC));
#endif
    // With children from before (of a shell that exec'ed us), a new one may be theirs; then only the run's id is proof.
    had_children_ = has_child();
  }

  // Whether what leaves its group comes to us when its parent ends: on Linux it does, but an emulator may refuse that.
  bool gets_orphans() const { return gets_orphans_; }

  // Before a process is started: once it has been, there is room to note it.
  void expect_one() { own_.reserve(own_.size() + 1); }
  void on_started(pid_t pid) {
    own_.push_back(pid);
    search_.on_started(pid);
  }
  // What we have started and not reaped yet.
  const Vector<pid_t>& own() const { return own_; }
  void on_reaped(pid_t pid) {
    for (pid_t& own : own_) {
      if (own != pid) continue;
      own = own_.back();
      return own_.pop_back();
    }
    for (Orphan& orphan : orphans_) {
      if (orphan.pid != pid) continue;
      std::swap(orphan, orphans_.back());
      return orphans_.pop_back();
    }
  }

  // What we started and cannot wait for any longer is from now on like a child that came to us.
  void take_over(pid_t pid, const std::string& attempt_id) {
    on_reaped(pid);
    Orphan& orphan = orphans_.emplace_back();
    orphan.pid = pid;
    orphan.attempt_id = attempt_id;
  }

  // Looks, whatever it costs.
  const Vector<Orphan>& find_all() {
    adopt_new(all_children(), true);
    return orphans_;
  }

  // Looks, where that is cheap. Whether there is any of that attempt.
  bool find(std::string_view attempt_id) {
    if (children_) adopt_new(children(), false);
    for (const Orphan& orphan : orphans_) {
      if (orphan.attempt_id == attempt_id) return true;
    }
    return false;
  }

  // Ends those of an attempt whose leak is reported; what of it turns up later is not reported again. False: some may
  // not be ended.
  bool end(const std::string& attempt_id) {
    bool may_be_ended = true;
    if (find(attempt_id)) {
      for (const Orphan& orphan : orphans_) {
        if (orphan.attempt_id == attempt_id && ::kill(orphan.pid, SIGKILL) != 0 && errno == EPERM) may_be_ended = false;
      }
    }
    if (!attempt_id.empty()) ended_.push_back(attempt_id);
    return may_be_ended;
  }
  // Ends all of them, until none is left but those that may not be ended, and those that SIGKILL does not end. Then
  // `found` gets each once. `reap` reaps what has ended.
  void end_all(FunctionRef<void()> reap, FunctionRef<void(const Orphan&, bool has_ended)> found) {
    constexpr int quick = 1000;    // looks without a pause: one that forks for ever is a moving target
    constexpr int patient = 1000;  // then one each 5 ms: what SIGKILL does not end is the kernel's
    Vector<Orphan> seen;
    for (int i = 0; i < quick + patient; ++i) {
      reap();
      find_all();
      bool any_left = some_are_ending_;  // what they started comes to us only then
      for (Orphan& orphan : orphans_) {
        if (!std::exchange(orphan.was_seen, true)) {
          orphan.command = command_of(orphan.pid);
          seen.push_back(orphan);
        }
        any_left = any_left || may_signal(orphan.pid);
        ::kill(orphan.pid, SIGKILL);
      }
      if (!any_left) break;
      if (i >= quick) ::poll(nullptr, 0, 5);
    }
    reap();
    for (const Orphan& orphan : seen) found(orphan, !is_known(orphan.pid));
    ended_.clear();
  }

  bool was_ended(const std::string& attempt_id) const { return ended_.has(attempt_id); }

  static std::string command_of(pid_t pid) {
    std::string words = read_proc(pid, "cmdline");
    while (!words.empty() && words.back() == '\0') words.pop_back();
    std::replace(words.begin(), words.end(), '\0', ' ');
    return words;
  }

 private:
  bool is_known(pid_t pid) const {
    if (own_.has(pid)) return true;
    for (const Orphan& orphan : orphans_) {
      if (orphan.pid == pid) return true;
    }
    return false;
  }

  // One that is just becoming another program shows neither its environment nor its command line: for microseconds, or
  // for as long as the disk takes.
  static std::string environment_of(pid_t pid) {
    constexpr int patient = 20;  // looks, one each 1 ms
    std::string variables;
    bool is_settled = false;
    for (int i = 0; i < patient; ++i) {
      variables = read_proc(pid, "environ");
      if (!variables.empty() || is_settled || has_no_memory(pid)) break;
      is_settled = !read_proc(pid, "cmdline").empty();
      if (!is_settled) ::poll(nullptr, 0, 1);
    }
    return variables;
  }

  // A process without an environment has none, or is gone already; only the first is worth `even_bare`.
  void adopt_new(const Vector<pid_t>& pids, bool even_bare) {
    some_are_ending_ = false;
    for (const pid_t pid : pids) {
      if (is_known(pid)) continue;
      const std::string variables = environment_of(pid);
      if (variables.empty() && has_no_memory(pid)) {
        some_are_ending_ = true;
        continue;
      }
      const bool may_be_ours = !had_children_ && (even_bare || !variables.empty());
      if (!may_be_ours && !has_variable(variables, run_marker_)) continue;
      Orphan& orphan = orphans_.emplace_back();
      orphan.pid = pid;
      constexpr std::string_view attempt_marker = "NEXTEST_ATTEMPT_ID=";
      const std::string_view attempt = find_variable(variables, attempt_marker);
      if (!attempt.empty()) orphan.attempt_id = attempt.substr(attempt_marker.size());
    }
  }

  Vector<pid_t> all_children() {
    if (children_) return children();
    const Vector<pid_t> processes = all_processes();
    return processes.empty() ? children_without_proc() : children_by_scan(processes);
  }

  Vector<pid_t> children_without_proc() {
#if NEXTEST_HAS_PRCTL
    return search_.find();
#else
    return {};
#endif
  }

  Vector<pid_t> children() const {
    Vector<pid_t> pids;
    char buffer[4096];
    pid_t pid = 0;
    for (off_t offset = 0;;) {
      const ssize_t size = ::pread(children_.get(), buffer, sizeof buffer, offset);
      for (ssize_t i = 0; i < size; ++i) {
        if (is_digit(buffer[i])) {
          pid = pid * 10 + (buffer[i] - '0');
        } else if (pid != 0) {
          pids.push_back(pid);
          pid = 0;
        }
      }
      // The kernel fills a page with whole numbers: with room for another one left, that was all.
      if (size < static_cast<ssize_t>(sizeof buffer) - 16) break;
      offset += size;
    }
    return pids;
  }

  // For kernels without the children file: every process whose parent we are.
  static Vector<pid_t> children_by_scan(const Vector<pid_t>& processes) {
    Vector<pid_t> pids;
    for (const pid_t pid : processes) {
      const std::string stat = read_proc(pid, "stat");  // PID (NAME) STATE PARENT ...; NAME may hold anything
      const std::size_t close = stat.rfind(')');
      if (close != std::string::npos && close + 4 < stat.size() && std::atol(&stat[close + 4]) == ::getpid()) {
        pids.push_back(pid);
      }
    }
    return pids;
  }

  std::string run_marker_;
  Fd children_;
  bool gets_orphans_ = false;
  ChildSearch search_;  // where there is no /proc
  bool had_children_ = false;
  bool some_are_ending_ = false;  // by themselves, in the last look
  Vector<pid_t> own_;             // started by us and not reaped yet
  Vector<Orphan> orphans_;
  Vector<std::string> ended_;
};

}  // namespace nextest
