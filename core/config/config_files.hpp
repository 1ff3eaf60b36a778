// Where configuration comes from: the workspace root, and the files as parsed documents.
#pragma once

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <memory>

#include "core/base/escape.hpp"
#include "core/base/file.hpp"
#include "core/format/toml.hpp"

namespace nextest {

struct ConfigDocument {
  TomlSource source;
  TomlValue root;
  std::string tool;  // of a tool's configuration; empty: the repository's, or the user's
};

// A link to nothing exists: reading it then fails with what is wrong, instead of passing it over.
inline bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

// The nearest folder, from the working folder up, that has .config/nextest.toml, else .git, else the working folder.
inline std::string find_workspace_root() {
  const std::string here = current_folder();
  for (const char* const mark : {".config/nextest.toml", ".git"}) {
    for (std::string folder = here;; folder = parent_folder(folder)) {
      if (exists((folder == "/" ? "" : folder) + "/" + mark)) return folder;
      if (folder == "/" || folder == ".") break;
    }
  }
  return here;
}

inline Result<std::unique_ptr<ConfigDocument>> read_config_file(const std::string& path, std::string shown,
                                                                std::string tool) {
  constexpr std::size_t limit = std::size_t{4} << 20;
  auto document = std::make_unique<ConfigDocument>();
  document->source.name = safe_name(shown);
  document->tool = std::move(tool);
  if (const int error = read_file(path, limit, document->source.text); error != 0) {
    return Error{ExitCode::SetupError,
                 "cannot read the configuration " + document->source.name + ": " +
                     (error == EFBIG ? "it is larger than 4 MiB" : ::strerror(error)),
                 error == EISDIR ? "it is a folder; name the file" : ""};
  }
  Result<TomlValue> root = parse_toml(document->source);
  if (!root) return root.error();
  document->root = std::move(root.value());
  return document;
}

}  // namespace nextest
