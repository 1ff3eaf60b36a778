// What is in a folder.
#pragma once

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>

#include "core/base/function_ref.hpp"
#include "core/base/out_of_memory.hpp"

namespace nextest {

// Calls `take` with each name in the folder, "." and ".." among them. Returns 0 or errno: a folder whose rest cannot be
// read is no shorter folder. `folder` is what opendir or fdopendir returned.
[[nodiscard]] inline int each_name_in(DIR* folder, FunctionRef<void(const char*)> take) {
  if (folder == nullptr && errno == ENOMEM) out_of_memory();
  if (folder == nullptr) return errno;
  while (true) {
    errno = 0;  // set by readdir when it fails, and not at its end
    const dirent* const entry = ::readdir(folder);
    if (entry == nullptr) break;
    take(entry->d_name);
  }
  const int error = errno;
  ::closedir(folder);
  return error;
}

[[nodiscard]] inline int each_name(const char* path, FunctionRef<void(const char*)> take) {
  return each_name_in(::opendir(path), take);
}

// The same of an open folder, which stays open.
[[nodiscard]] inline int each_name_of(int fd, FunctionRef<void(const char*)> take) {
  const int own = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  return own < 0 ? errno : each_name_in(::fdopendir(own), take);
}

}  // namespace nextest
