// Files and paths.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/fd.hpp"
#include "core/base/folder.hpp"
#include "core/base/result.hpp"
#include "core/base/sorted_order.hpp"
#include "core/base/text.hpp"
#include "core/base/vector.hpp"

namespace nextest {

// Where these are short, a file on a large disk cannot be looked at, and no time is later than January 2038. A libc
// that has no other is taken as it is: glibc before 2.34 has no longer time_t.
static_assert(sizeof(off_t) >= 8 && sizeof(ino_t) >= 8,
              "include nextest.hpp before all other headers, or compile with -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64");
#if defined(__GLIBC__)
static_assert(sizeof(time_t) >= 8 || __GLIBC__ * 100 + __GLIBC_MINOR__ < 234,
              "include nextest.hpp before all other headers, or compile with -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64");
#endif

inline std::string_view file_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The folder part without its trailing slash: "/" for "/a", "." for "a".
inline std::string_view parent_folder(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return ".";
  return path.substr(0, slash == 0 ? 1 : slash);
}

// Where relative paths begin; "." where that has no name, as of a folder that is gone.
inline std::string current_folder() {
  char folder[4096];
  return ::getcwd(folder, sizeof folder) != nullptr ? folder : ".";
}

inline std::string absolute_path(const std::string& path) {
  const std::string folder = current_folder();
  return starts_with(path, "/") || folder == "." ? path : folder + "/" + path;
}

inline bool is_executable_file(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

// A folder with its parents, as far as they are not there. Returns 0 or errno.
inline int make_folders(const std::string& path, mode_t mode) {
  for (std::size_t slash = path.find('/', 1);; slash = path.find('/', slash + 1)) {
    const std::string folder = path.substr(0, slash);
    struct stat info {};
    if (::mkdir(folder.c_str(), mode) != 0) {
      const int error = errno;
      if (::stat(folder.c_str(), &info) != 0) return error;
      if (!S_ISDIR(info.st_mode)) return ENOTDIR;
    }
    if (slash == std::string::npos) return 0;
  }
}

// A file that was not there before, whoever may write to its folder: never one behind a link. What a process that was
// killed left under that name goes. Invalid with errno.
inline Fd create_file(const std::string& path, mode_t mode) {
  constexpr int how = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  Fd file(::open(path.c_str(), how, mode));
  if (!file && errno == EEXIST && ::unlink(path.c_str()) == 0) file = Fd(::open(path.c_str(), how, mode));
  return file;
}

// The names in a folder, sorted by bytes, without those that start with a dot.
inline Result<Vector<std::string>> list_folder(const std::string& path) {
  Vector<std::string> names;
  const int error = each_name(path.c_str(), [&](const char* name) {
    if (name[0] != '.') names.push_back(name);
  });
  if (error != 0) {
    return Error{ExitCode::SetupError, "cannot read the folder " + path + ": " + ::strerror(error), ""};
  }
  Vector<std::string> sorted;
  for (const std::uint32_t i : sorted_order(names.size(), [&](auto a, auto b) { return names[a] < names[b]; })) {
    sorted.push_back(std::move(names[i]));
  }
  return sorted;
}

// All of a file or pipe; 0 or errno, EFBIG when there is more than `limit`. A pipe that stays silent for ten seconds is
// ETIMEDOUT, one that nobody writes to is empty.
[[nodiscard]] inline int read_file(const std::string& path, std::size_t limit, std::string& text) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file) return errno;
  text.clear();
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + 65536);
    const ssize_t size = read_some(file.get(), &text[before], 65536);
    text.resize(before + (size > 0 ? static_cast<std::size_t>(size) : 0));
    if (size == 0) return 0;
    if (size < 0 && errno != EAGAIN) return errno;
    pollfd wait = {file.get(), POLLIN, 0};
    if (size < 0 && ::poll(&wait, 1, 10000) == 0) return ETIMEDOUT;
    if (text.size() > limit) return EFBIG;
  }
}

// All of a file of /proc or /sys; empty when it cannot be read.
inline std::string read_system_file(const std::string& path) {
  std::string text;
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char buffer[4096];
  for (ssize_t size; file && (size = read_some(file.get(), buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

// Where the shell would find `program`: as it stands if it holds a slash, else in PATH. Empty when nowhere.
inline std::string find_program(const std::string& program) {
  if (program.find('/') != std::string::npos) return program;
  const char* const path = ::getenv("PATH");
  std::string_view folders = path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
  while (true) {
    const std::size_t colon = folders.find(':');
    const std::string_view folder = folders.substr(0, colon);
    std::string candidate = folder.empty() ? program : std::string(folder) + "/" + program;
    if (is_executable_file(candidate)) return candidate;
    if (colon == std::string_view::npos) return "";
    folders.remove_prefix(colon + 1);
  }
}

}  // namespace nextest
