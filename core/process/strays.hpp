// Processes that outlive the test that started them. The ones that stay in its process group are found by the group.
// The ones that left it become our children (we are their subreaper) and carry the attempt's id in their environment.
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/fd.hpp"
#include "core/base/features.hpp"
#include "core/base/text.hpp"

#if NEXTEST_HAS_PRCTL
#  include <sys/prctl.h>
#endif

namespace nextest {

// Whether any process is left in the group of a process that we have already reaped.
inline bool group_exists(pid_t group) { return ::kill(-group, 0) == 0 || errno == EPERM; }

struct Orphan {
  pid_t pid = 0;
  std::string attempt_id;  // empty: of a listing
};

class Strays {
 public:
  // Only orphans that carry this run's id are ours to end.
  explicit Strays(std::string run_id) : run_marker_("NEXTEST_RUN_ID=" + std::move(run_id)) {
#if NEXTEST_HAS_PRCTL
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    // CONFIG_PROC_CHILDREN: the cheap way, one pread a look.
    children_ = Fd(::open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC));
#endif
  }

  void on_started(pid_t pid) { own_.push_back(pid); }
  void on_reaped(pid_t pid) {
    own_.erase(std::remove(own_.begin(), own_.end(), pid), own_.end());
    const auto is_it = [&](const Orphan& orphan) { return orphan.pid == pid; };
    orphans_.erase(std::remove_if(orphans_.begin(), orphans_.end(), is_it), orphans_.end());
  }

  // Looks, whatever it costs.
  const std::vector<Orphan>& find_all() {
    adopt_all(children_ ? children() : children_by_scan());
    return orphans_;
  }

  // Looks, where that is cheap, and says whether there is any of that attempt.
  bool find(std::string_view attempt_id) {
    if (children_) adopt_all(children());
    for (const Orphan& orphan : orphans_) {
      if (orphan.attempt_id == attempt_id) return true;
    }
    return false;
  }

  void kill_all_of(std::string_view attempt_id) const {
    for (const Orphan& orphan : orphans_) {
      if (orphan.attempt_id == attempt_id) ::kill(orphan.pid, SIGKILL);
    }
  }

  // What `pid` was started as, for a person.
  static std::string command_of(pid_t pid) {
    std::string words = read_proc(pid, "cmdline");
    while (!words.empty() && words.back() == '\0') words.pop_back();
    std::replace(words.begin(), words.end(), '\0', ' ');
    return words;
  }

 private:
  void adopt_all(const std::vector<pid_t>& pids) {
    for (const pid_t pid : pids) {
      const bool known = std::find(own_.begin(), own_.end(), pid) != own_.end() ||
                         std::any_of(orphans_.begin(), orphans_.end(), [&](const Orphan& o) { return o.pid == pid; });
      if (!known) adopt(pid);
    }
  }

  void adopt(pid_t pid) {
    const std::string variables = read_proc(pid, "environ");
    std::string_view attempt_id;
    bool is_ours = false;
    for (std::string_view rest = variables; !rest.empty();) {
      const std::string_view entry = rest.substr(0, rest.find('\0'));
      constexpr std::string_view attempt_marker = "NEXTEST_ATTEMPT_ID=";
      if (entry == run_marker_) is_ours = true;
      if (starts_with(entry, attempt_marker)) attempt_id = entry.substr(attempt_marker.size());
      rest.remove_prefix(entry.size() < rest.size() ? entry.size() + 1 : entry.size());
    }
    if (is_ours) orphans_.push_back({pid, std::string(attempt_id)});
  }

  std::vector<pid_t> children() const {
    std::vector<pid_t> pids;
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
  static std::vector<pid_t> children_by_scan() {
    std::vector<pid_t> pids;
    DIR* const proc = ::opendir("/proc");
    if (proc == nullptr) return pids;
    while (const dirent* entry = ::readdir(proc)) {
      const pid_t pid = static_cast<pid_t>(std::atol(entry->d_name));
      if (pid <= 0) continue;
      const std::string stat = read_proc(pid, "stat");  // PID (NAME) STATE PARENT ...; NAME may hold anything
      const std::size_t close = stat.rfind(')');
      if (close != std::string::npos && close + 4 < stat.size() && std::atol(&stat[close + 4]) == ::getpid()) {
        pids.push_back(pid);
      }
    }
    ::closedir(proc);
    return pids;
  }

  static std::string read_proc(pid_t pid, const char* name) {
    std::string text;
    const std::string path = "/proc/" + std::to_string(pid) + "/" + name;
    const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char buffer[4096];
    for (ssize_t size; file && (size = read_some(file.get(), buffer, sizeof buffer)) > 0;) {
      text.append(buffer, static_cast<std::size_t>(size));
    }
    return text;
  }

  std::string run_marker_;
  Fd children_;
  std::vector<pid_t> own_;  // started by us and not reaped yet
  std::vector<Orphan> orphans_;
};

}  // namespace nextest
