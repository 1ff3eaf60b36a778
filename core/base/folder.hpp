// What is in a folder.
#pragma once

#include <dirent.h>
#include <errno.h>

#include "core/base/function_ref.hpp"
#include "core/base/out_of_memory.hpp"

namespace nextest {

// Calls `take` with each name in the folder, "." and ".." among them. Returns 0 or errno: a folder whose rest cannot be
// read is no shorter folder.
[[nodiscard]] inline int each_name(const char* path, FunctionRef<void(const char*)> take) {
  DIR* const folder = ::opendir(path);
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

}  // namespace nextest
