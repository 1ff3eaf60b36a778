// A folder of one's own for a while: made where temporary files go, and removed with all that has come into it.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.hpp"
#include "core/base/file.hpp"
#include "core/base/folder.hpp"
#include "core/base/vector.hpp"

namespace nextest {

// $TMPDIR, else /tmp.
inline std::string temporary_folder() {
  const char* const folder = ::getenv("TMPDIR");
  return folder != nullptr && *folder != '\0' ? folder : "/tmp";
}

// Makes a folder with mode 0700 and a name of its own; its absolute path. Returns 0 or errno.
[[nodiscard]] inline int make_private_folder(std::string& path) {
  path = absolute_path(temporary_folder()) + "/nextest-tmp-XXXXXX";
  if (::mkdtemp(&path[0]) != nullptr) return 0;
  path.clear();
  return errno;
}

// Removes a folder and what is in it, however deep and whatever its modes, and never what a link in it leads to.
class FolderRemoval {
 public:
  explicit FolderRemoval(const std::string& path) : path_(path), top_(open_folder(AT_FDCWD, path.c_str())) {}

  // False where something is left of it.
  bool run() {
    if (!top_) return false;
    // Folders inside of folders come up to the first level, so that no path and no stack is as deep as they are.
    Vector<std::string> folders;
    clear(top_.get(), folders);
    while (!folders.empty()) {
      Vector<std::string> next;
      for (const std::string& name : folders) {
        if (!empty_into_top(name, next) || ::unlinkat(top_.get(), name.c_str(), AT_REMOVEDIR) != 0) return false;
      }
      folders = std::move(next);
    }
    return ::rmdir(path_.c_str()) == 0;
  }

 private:
  // Opens what is a folder and no link to one, for reading and removing what is in it.
  static Fd open_folder(int parent, const char* name) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    Fd folder(::openat(parent, name, flags));
    if (!folder && errno == EACCES && is_folder(parent, name)) {
      static_cast<void>(::fchmodat(parent, name, S_IRWXU, 0));
      folder = Fd(::openat(parent, name, flags));
    }
    struct stat info {};
    const bool is_closed = folder && ::fstat(folder.get(), &info) == 0 && (info.st_mode & S_IRWXU) != S_IRWXU;
    if (is_closed) static_cast<void>(::fchmod(folder.get(), S_IRWXU));
    return folder;
  }

  static bool is_folder(int parent, const char* name) {
    struct stat info {};
    return ::fstatat(parent, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(info.st_mode);
  }

  // Removes the files of a folder, and names its folders.
  static void clear(int folder, Vector<std::string>& folders) {
    Vector<std::string> names;
    static_cast<void>(each_name_of(folder, [&](const char* name) {
      const std::string_view text = name;
      if (text != "." && text != "..") names.emplace_back(text);
    }));
    for (std::string& name : names) {
      if (is_folder(folder, name.c_str())) folders.push_back(std::move(name));
      else static_cast<void>(::unlinkat(folder, name.c_str(), 0));
    }
  }

  // Empties a folder of the first level; the folders in it are now of that level, too.
  bool empty_into_top(const std::string& name, Vector<std::string>& folders) {
    const Fd folder = open_folder(top_.get(), name.c_str());
    if (!folder) return false;
    Vector<std::string> inner;
    clear(folder.get(), inner);
    for (const std::string& one : inner) {
      open_folder(folder.get(), one.c_str());  // one that is read-only cannot be moved
      std::string moved;
      do {
        moved = ".nextest-" + decimal(moved_++);
      } while (::faccessat(top_.get(), moved.c_str(), F_OK, 0) == 0);
      if (::renameat(folder.get(), one.c_str(), top_.get(), moved.c_str()) != 0) return false;
      folders.push_back(std::move(moved));
    }
    return true;
  }

  const std::string path_;
  const Fd top_;
  std::uint64_t moved_ = 0;
};

inline bool remove_tree(const std::string& path) { return FolderRemoval(path).run(); }

}  // namespace nextest
