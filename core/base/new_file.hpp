// A file that is put in its place when it is whole, so that whoever reads that place finds all or nothing of it.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.hpp"
#include "core/base/file.hpp"
#include "core/base/out_of_memory.hpp"
#include "core/base/text.hpp"

namespace nextest {

class NewFile {
 public:
  // "-" is standard output. Folders are made as they are needed. A pipe or a device stays what it is, and is written to
  // directly; so does a link, whose file is replaced. `error()` is 0 if that went well.
  NewFile(const std::string& path, mode_t mode) : path_(behind_link(path)), written_(path_) {
    if (path == "-") return;
    struct stat info {};
    is_in_place_ = ::lstat(path_.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
    if (!is_in_place_) {
      append_format(written_, ".%ld.new", static_cast<long>(::getpid()));
      error_ = make_folders(std::string(parent_folder(path_)), 0777);
    }
    if (error_ != 0) return;
    if (!is_in_place_) {
      file_ = create_file(written_, mode);
      if (!file_) error_ = errno;
      return;
    }
    // Nobody may be there to read a pipe: that is an error, and nothing to wait for. What our own output goes to may be
    // a file that has something in it already.
    const int how = starts_with(path, "/dev/") ? O_APPEND : O_TRUNC;
    file_ = Fd(::open(written_.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | how, mode));
    if (!file_) error_ = errno;
    else ::fcntl(file_.get(), F_SETFL, ::fcntl(file_.get(), F_GETFL) & ~O_NONBLOCK);
  }

  int fd() const { return path_ == "-" ? 1 : file_.get(); }
  int error() const { return error_; }  // errno of whatever failed first
  void write(std::string_view text) {
    if (error_ == 0) error_ = write_all(fd(), text);
  }

  // With `error`, of what else was written to it, or one of its own, nothing is left of it. Returns the error.
  int put_in_place(int error = 0) {
    if (error_ == 0) error_ = error;
    if (path_ == "-" || is_in_place_) return error_;
    if (error_ == 0 && ::rename(written_.c_str(), path_.c_str()) != 0) error_ = errno;
    if (error_ != 0) ::unlink(written_.c_str());
    is_in_place_ = true;
    return error_;
  }

 private:
  // The file that a link leads to. Those of /dev/stdout and the like lead to what others have open.
  static std::string behind_link(const std::string& path) {
    struct stat info {};
    const bool is_file = ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
    if (!is_file || ::lstat(path.c_str(), &info) != 0 || !S_ISLNK(info.st_mode)) return path;
    if (starts_with(path, "/dev/") || starts_with(path, "/proc/")) return path;
    char* const file = ::realpath(path.c_str(), nullptr);
    if (file == nullptr && errno == ENOMEM) out_of_memory();
    const std::string found = file != nullptr ? file : path;
    ::free(file);
    return found;
  }

  const std::string path_;
  std::string written_;
  Fd file_;
  bool is_in_place_ = false;
  int error_ = 0;
  const LastDuty remove_now_{[](void* self) {
                               const NewFile& file = *static_cast<NewFile*>(self);
                               if (file.file_ && !file.is_in_place_) ::unlink(file.written_.c_str());
                             },
                             this};
};

}  // namespace nextest
