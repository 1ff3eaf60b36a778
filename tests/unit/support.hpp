// What several unit tests need: a folder of their own, the environment as it was, numbers that look random.
#pragma once

#include <dirent.h>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.hpp"
#include "core/base/fd.hpp"
#include "core/base/file.hpp"
#include "core/base/function_ref.hpp"
#include "core/model/test_list.hpp"
#include "tests/needs.hpp"

namespace support {

using namespace machine;

inline nextest::TestBinary binary_of(const nextest::Harness& harness) {
  nextest::TestBinary binary;
  binary.harness = &harness;
  return binary;
}

// One round of a loop, as the supervisor does it. True when a signal may have come.
template <class Loop>
bool turn(Loop& loop) {
  const bool signalled = loop.wait();
  loop.expire();
  return signalled;
}

// Root reads everything.
class Nobody {
 public:
  static Need possible() {
    return {"another user than root", "", [] { return Nobody().is_nobody(); }};
  }
  Nobody() { static_cast<void>(before_ == 0 && ::seteuid(65534) != 0); }
  Nobody(const Nobody&) = delete;
  ~Nobody() {
    if (::geteuid() != before_ && ::seteuid(before_) != 0) ::abort();
  }
  bool is_nobody() const { return ::geteuid() != 0; }

 private:
  const uid_t before_ = ::geteuid();
};

struct Ended {
  int status = 0;
  std::string err;
};

// What becomes of a process that does `work`: what it writes to its standard error, and how it ends.
inline Ended in_a_process(nextest::FunctionRef<void()> work) {
  nextest::Pipe pipe;
  REQUIRE(nextest::open_pipe(pipe) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    for (int signal = 1; signal < 32; ++signal) ::signal(signal, SIG_DFL);  // doctest's
    ::dup2(pipe.write_end.get(), 2);
    work();
    ::_exit(0);
  }
  pipe.write_end.close();
  Ended ended;
  char buffer[4096];
  for (ssize_t size; (size = nextest::read_some(pipe.read_end.get(), buffer, sizeof buffer)) > 0;) {
    ended.err.append(buffer, static_cast<std::size_t>(size));
  }
  REQUIRE(::waitpid(pid, &ended.status, 0) == pid);
  return ended;
}

inline void write_file(const std::string& path, std::string_view text, mode_t mode = 0644) {
  const nextest::Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  REQUIRE(bool(file));
  REQUIRE(nextest::write_all(file.get(), text) == 0);
  REQUIRE(::fchmod(file.get(), mode) == 0);
}

inline std::string read_file(const std::string& path) {
  nextest::BytesOfFile file;
  REQUIRE(file.open(path) == 0);
  std::string text(static_cast<std::size_t>(file.size()), '\0');
  if (!text.empty()) REQUIRE(file.read(0, &text[0], text.size()) == text.size());
  return text;
}

// A new empty folder, gone with all that is in it at the end.
class TempFolder {
 public:
  TempFolder() {
    const char* const base = ::getenv("TMPDIR");
    path_ = std::string(base != nullptr && *base != '\0' ? base : "/tmp") + "/nextest-unit-XXXXXX";
    REQUIRE(::mkdtemp(&path_[0]) != nullptr);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder() { remove_all(path_); }

  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

  // A folder in it, with its parents.
  std::string make_folder(const std::string& name) const {
    for (std::size_t end = 0; end != std::string::npos;) {
      end = name.find('/', end + 1);
      ::mkdir((*this / name.substr(0, end)).c_str(), 0700);
    }
    return *this / name;
  }

 private:
  static void remove_all(const std::string& path) {
    struct stat info {};
    DIR* const folder = ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode) ? ::opendir(path.c_str()) : nullptr;
    while (const dirent* const entry = folder != nullptr ? ::readdir(folder) : nullptr) {
      const std::string name = entry->d_name;
      if (name != "." && name != "..") remove_all(path + "/" + name);
    }
    if (folder != nullptr) ::closedir(folder);
    ::remove(path.c_str());
  }

  std::string path_;
};

// The numbers of this program's open file descriptors.
inline nextest::Vector<int> open_descriptors() {
  nextest::Vector<int> numbers;
  for (int fd = 0; fd < 1024; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) numbers.push_back(fd);
  }
  return numbers;
}

// An environment variable with another value, or none, until the end of the scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* const before = ::getenv(name)) before_ = before;
    if (value != nullptr) ::setenv(name, value, 1);
    else ::unsetenv(name);
  }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;
  ~Variable() {
    if (before_) ::setenv(name_, before_->c_str(), 1);
    else ::unsetenv(name_);
  }

 private:
  const char* name_;
  std::optional<std::string> before_;
};

// xorshift64*: the same numbers each time.
class Numbers {
 public:
  explicit Numbers(std::uint64_t seed) : state_(seed) {}
  std::size_t below(std::size_t limit) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<std::size_t>((state_ * 0x2545F4914F6CDD1D) >> 33) % limit;
  }

 private:
  std::uint64_t state_;
};

}  // namespace support
