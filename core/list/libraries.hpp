// What the shared libraries of a program show, where it shows no framework itself: a build may give the framework's
// library any name, or put the framework into a library of the project.
#pragma once

#include <stdlib.h>

#include <algorithm>

#include "core/base/file.hpp"
#include "core/harness/recognise.hpp"
#include "core/list/architecture.hpp"

namespace nextest {

class Libraries {
 public:
  // The frameworks that they show, in the order of the table. Each library is looked into once.
  Vector<const Harness*> shown_by(const std::string& program, const ElfFile& elf) {
    Vector<std::string> found = needed_by(program, elf);
    Vector<const Harness*> shown;
    for (std::size_t i = 0; i < found.size() && i < most; ++i) {
      const Library& library = look_into(found[i], elf.machine());
      for (const Harness* const one : library.shown) add(shown, one);
      if (!library.shown.empty()) continue;  // what it needs in turn is the framework's
      for (const std::string& path : library.needed) add(found, path);
    }
    Vector<const Harness*> in_order;
    for (const Harness* const row : harnesses) {
      if (std::find(shown.begin(), shown.end(), row) != shown.end()) in_order.push_back(row);
    }
    return in_order;
  }

 private:
  static constexpr std::size_t most = 64;  // of a program

  struct Library {
    std::string path;
    Vector<const Harness*> shown;
    Vector<std::string> needed;
  };

  template <class T>
  static void add(Vector<T>& list, const T& one) {
    if (std::find(list.begin(), list.end(), one) == list.end()) list.push_back(one);
  }

  const Library& look_into(const std::string& path, unsigned machine) {
    for (const Library& library : libraries_) {
      if (library.path == path) return library;
    }
    Library library;
    library.path = path;
    BytesOfFile file;
    if (file.open(path) == 0) {
      const ElfFile elf(file);
      if (elf.machine() == machine) {
        for (const Recognition::Finding& finding : Recognition(file, elf).findings()) {
          library.shown.push_back(finding.harness);
        }
        library.needed = needed_by(path, elf);
      }
    }
    libraries_.push_back(std::move(library));
    return libraries_.back();
  }

  // Everybody's; no framework is in them.
  static bool is_of_system(std::string_view name) {
    for (const char* const start : {"libc.", "libm.", "libstdc++.", "libc++", "libgcc_s.", "libpthread.", "libdl.",
                                    "librt.", "ld-", "linux-vdso"}) {
      if (starts_with(name, start)) return true;
    }
    return false;
  }

  // The paths of the libraries that a file names, as the dynamic linker finds them.
  static Vector<std::string> needed_by(const std::string& file, const ElfFile& elf) {
    constexpr std::uint64_t dt_needed = 1, dt_rpath = 15, dt_runpath = 29;
    const Vector<std::string> names = elf.dynamic_texts(dt_needed);
    Vector<std::string> folders;
    if (names.empty()) return folders;
    const Vector<std::string> runpaths = elf.dynamic_texts(dt_runpath);
    const std::string origin(parent_folder(absolute_path(file)));
    if (runpaths.empty()) {
      for (const std::string& path : elf.dynamic_texts(dt_rpath)) add_folders(folders, path, origin);
    }
    if (const char* const path = ::getenv("LD_LIBRARY_PATH")) add_folders(folders, path, origin);
    for (const std::string& path : runpaths) add_folders(folders, path, origin);
    add_folders(folders,
                "/usr/local/lib:/usr/lib/" + machine_name(elf.machine()) + "-linux-gnu:/usr/lib64:/usr/lib:/lib",
                origin);
    Vector<std::string> paths;
    for (const std::string& name : names) {
      if (is_of_system(name)) continue;
      if (contains(name, "/")) {
        paths.push_back(name);
        continue;
      }
      for (const std::string& folder : folders) {
        std::string path = folder + "/" + name;
        if (::access(path.c_str(), R_OK) != 0) continue;
        paths.push_back(std::move(path));
        break;
      }
    }
    return paths;
  }

  static void add_folders(Vector<std::string>& folders, std::string_view path, const std::string& origin) {
    while (!path.empty()) {
      std::string folder(take_part(path, ':'));
      for (const std::string_view word : {"$ORIGIN", "${ORIGIN}"}) {
        const std::size_t at = folder.find(word);
        if (at != std::string::npos) folder.replace(at, word.size(), origin);
      }
      if (!folder.empty()) folders.push_back(std::move(folder));
    }
  }

  Vector<Library> libraries_;
};

}  // namespace nextest
