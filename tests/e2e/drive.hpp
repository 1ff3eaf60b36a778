// Drives the built program as a user or a CI machine would: starts it in a clean environment, feeds it signals, reads
// what it prints, and afterwards looks whether it left a process behind. Every run made with nextest() is checked for
// that, whatever else the test is about.
#pragma once

#include <dirent.h>
#include <doctest/doctest.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/needs.hpp"

namespace drive {

using namespace machine;

using Words = std::vector<std::string>;

// ---- small things ---------------------------------------------------------------------------------------------------

inline std::string variable(const char* name, const std::string& otherwise) {
  const char* value = getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

inline std::string absolute(const std::string& path) {
  char buffer[PATH_MAX];
  return realpath(path.c_str(), buffer) != nullptr ? buffer : path;
}

// The paths are taken when the first test asks, before any of them could change the working directory.
inline const std::string& program_path() {
  static const std::string path = absolute(variable("NEXTEST_BIN", "./nextest"));
  return path;
}

inline const std::string& fixtures_dir() {
  static const std::string path = absolute(variable("FIXTURES_DIR", "build/fixtures"));
  return path;
}

inline std::string fixture(const std::string& name) { return fixtures_dir() + "/" + name; }

// For needs(): a fixture that was built only where its framework is.
inline Need built(const std::string& name) {
  static const struct {
    const char *name, *what, *package;
  } frameworks[] = {{"googletest", "GoogleTest", "libgtest-dev"},
                    {"doctest", "doctest", "doctest-dev"},
                    {"catch2", "Catch2 2", "catch2"},
                    {"boost_test", "Boost.Test", "libboost-test-dev"},
                    {"cpputest", "CppUTest", "libcpputest-dev"},
                    {"criterion", "Criterion", "libcriterion-dev"},
                    {"rust", "rustc", "rustc"},
                    {"minimal_sanitized", "clang++ with UBSan's minimal runtime", "clang"},
                    {"sanitized", "a compiler's sanitizers", ""}};
  const auto is_built = [name] { return access(fixture(name).c_str(), F_OK) == 0; };
  for (const auto& one : frameworks) {
    if (name.find(one.name) != std::string::npos) return {one.what, one.package, is_built};
  }
  return {"the fixture " + name, "", is_built};
}

// How often the tests that are about rare moments go round; the long form is for a closing note, not for every day.
inline int rounds(int otherwise) {
  const int asked = atoi(variable("E2E_ROUNDS", "0").c_str());
  return asked > 0 ? asked : otherwise;
}

inline int hard_timeout_seconds() { return atoi(variable("E2E_HARD_TIMEOUT", "120").c_str()); }

inline bool exists(const std::string& path) { return access(path.c_str(), F_OK) == 0; }

inline double now_seconds() {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) / 1e9;
}

inline void sleep_ms(int ms) { poll(nullptr, 0, ms); }

inline bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

inline bool starts_with(const std::string& text, const std::string& part) {
  return text.compare(0, part.size(), part) == 0;
}

inline bool ends_with(const std::string& text, const std::string& part) {
  return text.size() >= part.size() && text.compare(text.size() - part.size(), part.size(), part) == 0;
}

inline int occurrences(const std::string& text, const std::string& part) {
  int n = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) n++;
  return n;
}

inline Words lines_of(const std::string& text) {
  Words lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

inline std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

// As one word of a shell.
inline std::string quoted(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

inline std::string read_file(const std::string& path) {
  std::string text;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char buffer[65536];
  for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
  close(fd);
  return text;
}

inline void write_file(const std::string& path, const std::string& text, mode_t mode = 0644) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  REQUIRE(fd >= 0);
  size_t at = 0;
  while (at < text.size()) {
    const ssize_t n = write(fd, text.data() + at, text.size() - at);
    REQUIRE(n > 0);
    at += static_cast<size_t>(n);
  }
  close(fd);
  chmod(path.c_str(), mode);
}

// A folder of its own, gone with everything in it at the end.
class TempDir {
 public:
  TempDir() {
    std::string pattern = variable("TMPDIR", "/tmp") + "/nextest-e2e.XXXXXX";
    REQUIRE(mkdtemp(&pattern[0]) != nullptr);
    path_ = absolute(pattern);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir() { remove_tree(path_); }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // The fixture under another name (and so another behaviour or binary id): its path.
  std::string take(const std::string& fixture_name, const std::string& name) const {
    const std::string to = path_ + "/" + name;
    write_file(to, read_file(fixture(fixture_name)), 0755);
    return to;
  }

 private:
  static void remove_tree(const std::string& path) {
    DIR* dir = opendir(path.c_str());
    if (dir != nullptr) {
      while (const struct dirent* entry = readdir(dir)) {
        const std::string name = entry->d_name;
        if (name == "." || name == "..") continue;
        const std::string full = path + "/" + name;
        struct stat info;
        if (lstat(full.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) remove_tree(full);
        else unlink(full.c_str());
      }
      closedir(dir);
    }
    rmdir(path.c_str());
  }

  std::string path_;
};

// ---- what the program under test leaves out (tests/switches/run) ----

// A test that asks the program for what it leaves out ends with this: it does not apply (switches.cpp).
struct LeftOut {
  std::string what;  // as the program says it: "filtersets (NEXTEST_WITHOUT_FILTERSETS)"
};

const char* const left_out_words = "this program was built without ";

inline void skip_if_left_out(const std::string& said) {
  size_t at = said.find(left_out_words);
  if (at == std::string::npos || variable("E2E_SKIP_LEFT_OUT", "0") != "1") return;
  at += strlen(left_out_words);
  throw LeftOut{said.substr(at, said.find(')', at) + 1 - at)};
}

// ---- processes ------------------------------------------------------------------------------------------------------

// The living processes that have `entry` ("NAME=value") in their environment. A zombie has no environment any more and
// does not count. Linux only; elsewhere none are found.
inline std::vector<pid_t> living_with(const std::string& entry) {
  std::vector<pid_t> found;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return found;
  while (const struct dirent* process = readdir(proc)) {
    const int pid = atoi(process->d_name);
    if (pid <= 0 || pid == getpid()) continue;
    const std::string environment = '\0' + read_file("/proc/" + std::to_string(pid) + "/environ");
    if (contains(environment, '\0' + entry + '\0')) found.push_back(pid);
  }
  closedir(proc);
  return found;
}

// Living processes with that word on their command line.
inline std::vector<pid_t> living_named(const std::string& word) {
  std::vector<pid_t> found;
  DIR* const proc = opendir("/proc");
  if (proc == nullptr) return found;
  while (const struct dirent* process = readdir(proc)) {
    const pid_t pid = atoi(process->d_name);
    if (pid > 0 && pid != getpid() && contains(read_file("/proc/" + std::to_string(pid) + "/cmdline"), word))
      found.push_back(pid);
  }
  closedir(proc);
  return found;
}

struct Options {
  std::map<std::string, std::string> environment;  // on top of the clean one; an empty value removes
  std::string directory;                           // working directory; empty: this process's
  bool has_input = false;                          // stdin gives `input`; otherwise it is /dev/null
  std::string input;
  bool terminal = false;     // it runs on a pseudo-terminal of its own; what is printed there comes as `err`
  bool stdout_gone = false;  // nobody reads stdout: the reading end is closed before the program starts
  std::string stdout_file;   // stdout goes to this file instead
  long max_files = 0;        // limit of open files, 0: as it is
  bool may_leave = false;    // do not look for processes left behind
};

struct Outcome {
  int code = -1;   // exit code, or -1
  int signal = 0;  // the signal that ended it, or 0
  bool hung = false;
  std::string out;
  std::string err;
  long peak_kib = 0;               // VmHWM as last seen
  std::vector<pid_t> left_behind;  // processes that carry the run's mark seconds after its end
  bool terminal_changed = false;   // the terminal's modes are not what they were
};

// A started program. Its stdout and stderr are read as they come; nothing here waits longer than the hard timeout.
class Process {
 public:
  Process(const Words& words, const Options& options) : options_(options) {
#ifdef PR_SET_CHILD_SUBREAPER
    prctl(PR_SET_CHILD_SUBREAPER, 1L, 0L, 0L, 0L);  // what the program leaves behind comes to us, and can be counted
#endif
    static int serial = 0;
    mark_ = "E2E_MARK=" + std::to_string(getpid()) + "." + std::to_string(serial++);
    deadline_ = now_seconds() + hard_timeout_seconds();
    all().push_back(this);
    start(words);
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process() {
    if (!ended_) kill_all();
    all().erase(std::find(all().begin(), all().end(), this));
    for (int fd : {out_, err_, terminal_}) {
      if (fd >= 0) close(fd);
    }
  }

  pid_t pid() const { return pid_; }  // the one that a shell would know: the guardian's
  // The one that does the work: the guardian's child of the same name; where there is none, the program itself.
  pid_t runner() const {
    const std::string folder = "/proc/" + std::to_string(pid_);
    const std::string children = read_file(folder + "/task/" + std::to_string(pid_) + "/children");
    for (size_t at = 0; at < children.size(); at = children.find(' ', at) + 1) {
      const std::string child = std::to_string(atol(children.c_str() + at));
      if (read_file("/proc/" + child + "/cmdline") == read_file(folder + "/cmdline")) return atoi(child.c_str());
    }
    return pid_;
  }
  const std::string& mark() const { return mark_; }
  const std::string& out() const { return outcome_.out; }
  const std::string& err() const { return outcome_.err; }
  void send(int sig) const { kill(pid_, sig); }

  // As at the keyboard; "\x03" is Ctrl-C.
  void type(const std::string& keys) const { REQUIRE(write(err_, keys.data(), keys.size()) > 0); }

  // Waits until `condition()` holds; false if the program ended or the hard timeout came first.
  template <typename Condition>
  bool wait_until(Condition condition) {
    while (!condition()) {
      if (ended_ || out_of_time()) return condition();
      pump(5);
      reap();
      skip_if_left_out(outcome_.err);  // what it was not told may make it wait for long
    }
    return true;
  }

  bool wait_for_error_text(const std::string& text) {
    return wait_until([&] { return contains(outcome_.err, text); });
  }

  // True once the program is stopped by job control.
  bool wait_until_stopped() {
    return wait_until([&] { return stopped_; });
  }

  bool stopped() const { return stopped_; }

  void resume() {
    stopped_ = false;
    kill(pid_, SIGCONT);
  }

  Outcome finish() {
    wait_until([&] { return ended_; });
    if (!ended_) {
      outcome_.hung = true;
      kill_all();
    }
    pump(0);
    drop_warning_of_emulators();
    look_for_leftovers();
    skip_if_left_out(outcome_.err);
    if (terminal_ >= 0) outcome_.terminal_changed = modes() != modes_before_;
    return outcome_;
  }

 private:
  void start(const Words& words) {
    int out[2] = {-1, -1};
    int err[2] = {-1, -1};
    int in[2] = {-1, -1};
    if (options_.terminal) {
      open_terminal(err);
      terminal_ = err[1];
      modes_before_ = modes();
    } else {
      REQUIRE(pipe(err) == 0);
    }
    REQUIRE(pipe(out) == 0);
    REQUIRE(pipe(in) == 0);
    if (options_.stdout_gone) {
      close(out[0]);
      out[0] = -1;
    }
    const std::vector<std::string> environment = clean_environment();
    std::vector<char*> argv = pointers(words);
    std::vector<char*> envp = pointers(environment);

    // Until the child has shed doctest's signal handlers no signal may reach it: they would report a crash here.
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &before);
    pid_ = fork();
    if (pid_ != 0) sigprocmask(SIG_SETMASK, &before, nullptr);
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      for (int sig = 1; sig < 32; sig++) signal(sig, SIG_DFL);
      if (options_.terminal) {
        setsid();
        ioctl(err[1], TIOCSCTTY, 0);
      } else {
        setpgid(0, 0);  // signals meant for the program reach it alone
      }
      sigset_t none;
      sigemptyset(&none);
      sigprocmask(SIG_SETMASK, &none, nullptr);
      const int null = open("/dev/null", O_RDONLY);
      dup2(options_.has_input ? in[0] : options_.terminal ? err[1] : null, 0);
      int to = options_.terminal ? err[1] : out[1];
      if (!options_.stdout_file.empty()) to = open(options_.stdout_file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
      dup2(to, 1);
      dup2(err[1], 2);
      for (int fd = 3; fd < 256; fd++) close(fd);
      if (!options_.directory.empty() && chdir(options_.directory.c_str()) != 0) _exit(126);
      limit_files();
      execve(argv[0], argv.data(), envp.data());
      dprintf(2, "e2e: cannot start %s: %s\n", argv[0], strerror(errno));
      _exit(127);
    }
    if (!options_.terminal) {
      setpgid(pid_, pid_);
      close(err[1]);
    }
    close(out[1]);
    close(in[0]);
    out_ = out[0];
    err_ = err[0];
    for (int fd : {out_, err_}) {
      if (fd < 0) continue;
      fcntl(fd, F_SETFL, O_NONBLOCK);
      fcntl(fd, F_SETFD, FD_CLOEXEC);
    }
    signal(SIGPIPE, SIG_IGN);
    size_t at = 0;
    while (at < options_.input.size()) {
      const ssize_t n = write(in[1], options_.input.data() + at, options_.input.size() - at);
      if (n <= 0) break;
      at += static_cast<size_t>(n);
    }
    close(in[1]);
  }

  // What stty would show. Its cursor and colours are not among it.
  std::vector<unsigned> modes() const {
    struct termios now;
    REQUIRE(tcgetattr(terminal_, &now) == 0);
    std::vector<unsigned> list = {now.c_iflag, now.c_oflag, now.c_cflag, now.c_lflag};
    list.insert(list.end(), now.c_cc, now.c_cc + NCCS);
    return list;
  }

  static void open_terminal(int (&ends)[2]) {
    ends[0] = posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(ends[0] >= 0);
    REQUIRE(grantpt(ends[0]) == 0);
    REQUIRE(unlockpt(ends[0]) == 0);
    ends[1] = open(ptsname(ends[0]), O_RDWR | O_NOCTTY);
    REQUIRE(ends[1] >= 0);
  }

  void limit_files() const {
    if (options_.max_files <= 0) return;
    const auto files = static_cast<rlim_t>(options_.max_files);
    const struct rlimit limit = {files, files};
    setrlimit(RLIMIT_NOFILE, &limit);
  }

  // Nothing of the caller's environment but what a program needs to run at all: these tests may themselves run under
  // nextest, on a terminal or in CI, and must not see the difference.
  std::vector<std::string> clean_environment() const {
    std::map<std::string, std::string> vars;
    for (const char* name : {"PATH", "TMPDIR", "LD_LIBRARY_PATH", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
      const std::string value = variable(name, "");
      if (!value.empty()) vars[name] = value;
    }
    vars["LC_ALL"] = "C.UTF-8";
    vars["TERM"] = "dumb";
    vars["HOME"] = "/nonexistent";
    vars["NEXTEST_RECORD"] = "0";            // tests of recording say where
    vars["NEXTEST_SHOW_PROGRESS"] = "none";  // tests of progress say how
    for (const auto& change : options_.environment) {
      if (change.second.empty()) vars.erase(change.first);
      else vars[change.first] = change.second;
    }
    std::vector<std::string> entries = {mark_};
    for (const auto& var : vars) entries.push_back(var.first + "=" + var.second);
    return entries;
  }

  static std::vector<char*> pointers(const std::vector<std::string>& words) {
    std::vector<char*> list;
    for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
    list.push_back(nullptr);
    return list;
  }

  bool out_of_time() const { return now_seconds() > deadline_; }

  // Reads what there is, waiting at most `ms` for something to come.
  void pump(int ms) {
    struct pollfd fds[2] = {{out_, POLLIN, 0}, {err_, POLLIN, 0}};
    poll(fds, 2, ms);
    read_some(out_, outcome_.out);
    read_some(err_, outcome_.err);
    measure();
  }

  // In an emulator every run begins with it; no test is about that.
  void drop_warning_of_emulators() {
    const size_t words = outcome_.err.find("this system does not tell of orphans");
    if (words == std::string::npos) return;
    const size_t line = outcome_.err.rfind('\n', words) + 1;  // npos + 1 is 0
    outcome_.err.erase(line, outcome_.err.find('\n', words) - line + 1);
  }

  static void read_some(int& fd, std::string& text) {
    if (fd < 0) return;
    char buffer[65536];
    for (;;) {
      const ssize_t n = read(fd, buffer, sizeof buffer);
      if (n > 0) {
        text.append(buffer, static_cast<size_t>(n));
        continue;
      }
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      close(fd);  // end of file, or EIO from a terminal that nobody holds any more
      fd = -1;
      return;
    }
  }

  // getrusage would count the memory of the forked copy of this process as well; the kernel's own mark does not.
  void measure() {
    const std::string status = read_file("/proc/" + std::to_string(runner()) + "/status");
    const size_t at = status.find("VmHWM:");
    if (at != std::string::npos) outcome_.peak_kib = std::max(outcome_.peak_kib, atol(status.c_str() + at + 6));
  }

  // Everything: what has ended and was left to us must not look alive to the program. There may be several programs.
  static void reap() {
    int status = 0;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0;) {
      for (Process* process : all()) {
        if (process->pid_ == pid) process->on_status(status);
      }
    }
  }

  void on_status(int status) {
    if (WIFSTOPPED(status)) {
      stopped_ = true;
      return;
    }
    ended_ = true;
    if (WIFEXITED(status)) outcome_.code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) outcome_.signal = WTERMSIG(status);
  }

  static std::vector<Process*>& all() {
    static std::vector<Process*> processes;
    return processes;
  }

  void kill_all() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    ended_ = true;
    for (pid_t pid : living_with(mark_)) kill(pid, SIGKILL);
  }

  // A process that was just killed takes a moment to go; one that was forgotten stays.
  void look_for_leftovers() {
    const double until = now_seconds() + 3;
    do {
      reap();
      outcome_.left_behind = living_with(mark_);
      if (outcome_.left_behind.empty()) break;
      sleep_ms(10);
    } while (now_seconds() < until);
    for (pid_t pid : outcome_.left_behind) kill(pid, SIGKILL);
    reap();
  }

  Options options_;
  Outcome outcome_;
  std::string mark_;
  double deadline_ = 0;
  pid_t pid_ = -1;
  int out_ = -1;
  int err_ = -1;
  int terminal_ = -1;
  std::vector<unsigned> modes_before_;
  bool ended_ = false;
  bool stopped_ = false;
};

inline Words program_words(const Words& arguments) {
  Words words = {program_path()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

inline std::string shown(const Words& arguments) {
  std::string text = "nextest";
  for (const std::string& word : arguments) text += " '" + word + "'";
  return text;
}

// A program built with NEXTEST_POSIX_ONLY cannot see what left the process group, nor what is stopped.
inline bool sees_other_sessions() { return getenv("NEXTEST_POSIX_ONLY") == nullptr; }
inline Need other_sessions() { return {"a program that sees other sessions", "", sees_other_sessions}; }
// Nor does it know how large a window is.
inline Need window_size() { return {"a program that knows the size of a window", "", sees_other_sessions}; }

// What holds after every run, however it ended.
inline void check_clean(const Words& arguments, const Outcome& outcome, const Options& options = {}) {
  INFO(shown(arguments) << "\n--- stderr\n" << outcome.err.substr(0, 4000));
  CHECK_FALSE(outcome.hung);
  CHECK_FALSE(outcome.terminal_changed);
  if (!options.may_leave && sees_other_sessions()) CHECK(outcome.left_behind.size() == 0);
}

// What the program says that it leaves out: "filtersets (NEXTEST_WITHOUT_FILTERSETS)".
inline const Words& left_out() {
  static const Words list = [] {
    Process process({program_path(), "--version"}, Options());
    Words found;
    for (const std::string& line : lines_of(process.finish().out)) {
      if (starts_with(line, "without ")) found.push_back(line.substr(8));
    }
    return found;
  }();
  return list;
}

// "filtersets (NEXTEST_WITHOUT_FILTERSETS)", or "" if the program has it.
inline std::string left_out_as(const std::string& name) {
  for (const std::string& one : left_out()) {
    if (starts_with(one, name + " (")) return one;
  }
  return "";
}

// For a test that needs a feature and does not ask for it in words that the program would refuse.
inline void needs_feature(const std::string& name) {
  for (const std::string& one : left_out()) {
    if (starts_with(one, name + " (")) skip_if_left_out(left_out_words + one);
  }
}

// Any program, to its end.
inline Outcome execute(const Words& words, const Options& options = {}) {
  Process process(words, options);
  return process.finish();
}

// The program under test, to its end.
inline Outcome nextest(const Words& arguments, const Options& options = {}) {
  const Outcome outcome = execute(program_words(arguments), options);
  check_clean(arguments, outcome, options);
  return outcome;
}

}  // namespace drive
