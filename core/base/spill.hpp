// Texts that are needed only later: but for the newest, they are not in memory, but in a temporary file without a name.
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/fd.hpp"
#include "core/base/file.hpp"
#include "core/base/private_folder.hpp"
#include "core/base/text.hpp"

namespace nextest {

// Where no file can be made or the disk is full, they stay in memory.
class Spill {
 public:
  struct Place {
    std::uint64_t at = 0;
    std::uint64_t size = 0;  // bytes
  };

  Place add(std::string_view text) {
    const Place place{in_file_ + newest_.size(), text.size()};
    newest_.append(text);
    if (newest_.size() >= enough && has_file_) write_out();
    return place;
  }

  // As `add`, behind what was added last, which has its place in `last`.
  void extend(Place& last, std::string_view text) { last.size += add(text).size; }

  // Moves the next bytes of a place, at most 64 KiB, to the end of `to`. What cannot be read any more is lost, and said
  // to be.
  void take_some(Place& place, std::string& to) const {
    const std::size_t before = to.size();
    std::size_t size = number_as<std::size_t>(std::min<std::uint64_t>(place.size, enough));
    if (place.at >= in_file_) {
      to.append(newest_, number_as<std::size_t>(place.at - in_file_), size);
    } else {
      to.resize(before + size);
      const ssize_t count = ::pread(file_.get(), &to[before], size, static_cast<off_t>(place.at));
      size = count > 0 ? static_cast<std::size_t>(count) : 0;
      to.resize(before + size);
    }
    place.at += size;
    place.size -= size;
    if (size > 0 || place.size == 0) return;
    to += "(a temporary file could not be read)";
    place.size = 0;
  }

  std::string text_of(Place place) const {
    std::string text;
    text.reserve(number_as<std::size_t>(place.size));
    while (place.size > 0) take_some(place, text);
    return text;
  }

 private:
  static constexpr std::size_t enough = 65536;  // bytes in memory

  void write_out() {
    if (!file_) file_ = make_file();
    has_file_ = file_ && write_all(file_.get(), newest_) == 0;
    if (!has_file_) return;
    in_file_ += newest_.size();
    newest_.clear();
  }

  static Fd make_file() {
    std::string path = temporary_folder() + "/nextest-XXXXXX";
    Fd file(::mkstemp(&path[0]));
    if (!file) return file;
    ::unlink(path.c_str());
    ::fcntl(file.get(), F_SETFD, FD_CLOEXEC);
    return file;
  }

  Fd file_;
  bool has_file_ = true;       // as far as is known
  std::uint64_t in_file_ = 0;  // bytes
  std::string newest_;         // what comes behind these
};

}  // namespace nextest
