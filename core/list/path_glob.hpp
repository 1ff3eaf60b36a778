// The files that a path with wildcards stands for.
#pragma once

#include <sys/stat.h>

#include "core/base/file.hpp"
#include "core/select/glob.hpp"

namespace nextest {

inline bool has_wildcard(std::string_view path) { return path.find_first_of("*?[{") != std::string_view::npos; }

class PathGlob {
 public:
  // Each part between slashes is a glob of its own; ** stands for any folders, also none. What begins with a dot has to
  // be named. In the order of the bytes, without folders.
  static Result<Vector<std::string>> expand(const std::string& pattern) {
    PathGlob glob;
    if (Status status = glob.split(pattern); !status) return status.error();
    glob.walk(starts_with(pattern, "/") ? "/" : "", 0, 0);
    return std::move(glob.files_);
  }

 private:
  struct Part {
    std::string text;
    bool is_wild = false;
    Glob glob;
  };

  Status split(std::string_view pattern) {
    while (!pattern.empty()) {
      Part part;
      part.text = take_part(pattern, '/');
      if (part.text.empty() || part.text == ".") continue;
      part.is_wild = has_wildcard(part.text);
      if (part.is_wild && part.text != "**") {
        Result<Glob> glob = Glob::parse(part.text);
        if (!glob) return glob.error();
        part.glob = std::move(glob.value());
      }
      parts_.push_back(std::move(part));
    }
    return success();
  }

  // `folder` is empty, or ends with a slash.
  void walk(const std::string& folder, std::size_t index, int depth) {
    constexpr int deepest = 100;
    if (index == parts_.size() || depth > deepest) return;
    const Part& part = parts_[index];
    const bool is_last = index + 1 == parts_.size();
    const bool is_any = part.text == "**";
    if (!part.is_wild) return visit(folder + part.text, is_last, index + 1, depth);
    if (is_any && !is_last) walk(folder, index + 1, depth);
    const Result<Vector<std::string>> names = list_folder(folder.empty() ? "." : folder);
    if (!names) return;
    for (const std::string& name : names.value()) {
      struct stat info {};
      if (!is_any && part.glob.matches(name)) visit(folder + name, is_last, index + 1, depth);
      // A link could lead around in a circle.
      else if (is_any && ::lstat((folder + name).c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
        walk(folder + name + "/", index, depth + 1);
      } else if (is_any && is_last) {
        visit(folder + name, true, index, depth);
      }
    }
  }

  void visit(const std::string& path, bool is_last, std::size_t next, int depth) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return;
    if (S_ISDIR(info.st_mode)) {
      if (!is_last) walk(path + "/", next, depth);
    } else if (is_last && (files_.empty() || files_.back() != path)) {
      files_.push_back(path);
    }
  }

  Vector<Part> parts_;
  Vector<std::string> files_;
};

}  // namespace nextest
