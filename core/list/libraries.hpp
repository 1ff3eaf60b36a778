// What the shared libraries of a program show: a build may give the framework's library any name, or put the framework
// into a library of the project.
#pragma once

#include <stdlib.h>

#include <algorithm>

#include "core/base/file.hpp"
#include "core/harness/recognise.hpp"
#include "core/list/architecture.hpp"

namespace nextest {

class Libraries {
 public:
  // What the program's environment has besides ours, as NAME=VALUE; nullptr: nothing.
  using Environment = const Vector<std::string>*;

  // The frameworks that they show, in the order of the table. Each library is looked into once.
  Vector<const Harness*> shown_by(const std::string& program, const ElfFile& elf, Environment environment = nullptr) {
    Vector<const Harness*> shown;
    for (const std::string& path : with_frameworks(program, elf, environment)) {
      for (const Harness* const one : look_into(path, elf.machine()).shown) add(shown, one);
    }
    Vector<const Harness*> in_order;
    for (const Harness* const row : harnesses) {
      if (shown.has(row)) in_order.push_back(row);
    }
    return in_order;
  }

  // The file with the constants of that framework: the program, or the first of its libraries that shows them.
  std::string file_with(const Harness& row, const std::string& program, Environment environment) {
    BytesOfFile file;
    if (file.open(program) != 0) return program;
    const ElfFile elf(file);
    if (Recognition(file, elf).shows_text(row)) return program;
    for (const std::string& path : with_frameworks(program, elf, environment)) {
      BytesOfFile library;
      if (!look_into(path, elf.machine()).shown.has(&row) || library.open(path) != 0) continue;
      if (Recognition(library, ElfFile(library)).shows_text(row)) return path;
    }
    return program;
  }

 private:
  static constexpr std::size_t most = 64;  // of a program
  static constexpr std::uint64_t dt_needed = 1, dt_rpath = 15, dt_runpath = 29;

  // What a file says of the libraries that it needs. $ORIGIN is its folder, wherever a link to it is.
  struct Needs {
    explicit Needs(const ElfFile& elf, const std::string& file) : names(elf.dynamic_texts(dt_needed)) {
      if (names.empty()) return;
      char* const real = ::realpath(file.c_str(), nullptr);
      const std::string origin(parent_folder(real != nullptr ? std::string(real) : absolute_path(file)));
      ::free(real);
      for (const std::string& path : elf.dynamic_texts(dt_runpath)) add_folders(runpaths, path, origin);
      if (!runpaths.empty()) return;  // then the other does not count
      for (const std::string& path : elf.dynamic_texts(dt_rpath)) add_folders(rpaths, path, origin);
    }

    Vector<std::string> names, rpaths, runpaths;
  };

  struct Library {
    std::string path;
    Vector<const Harness*> shown;
    Needs needs;
  };

  // A file, and where the libraries that it needs are looked for first: DT_RPATH holds for what is needed in turn, too.
  struct Needed {
    std::string path;
    Vector<std::string> rpaths;
  };

  template <class T>
  static void add(Vector<T>& list, const T& one) {
    if (!list.has(one)) list.push_back(one);
  }

  // The paths of the libraries that show a framework. What they need in turn is the framework's.
  Vector<std::string> with_frameworks(const std::string& program, const ElfFile& elf, Environment environment) {
    Vector<Needed> found;
    add_needed(found, Needs(elf, program), {}, elf.machine(), environment);
    Vector<std::string> paths;
    for (std::size_t i = 0; i < found.size() && i < most; ++i) {
      const Library& library = look_into(found[i].path, elf.machine());
      if (!library.shown.empty()) paths.push_back(library.path);
      else add_needed(found, library.needs, found[i].rpaths, elf.machine(), environment);
    }
    return paths;
  }

  const Library& look_into(const std::string& path, unsigned machine) {
    for (const Library& library : libraries_) {
      if (library.path == path) return library;
    }
    BytesOfFile file;
    const bool is_open = file.open(path) == 0;
    const ElfFile elf(file);
    const bool fits = is_open && elf.machine() == machine;
    Library library = {path, {}, Needs(fits ? elf : ElfFile(BytesInMemory("")), path)};
    for (const Recognition::Finding& finding :
         fits ? Recognition(file, elf).findings() : Vector<Recognition::Finding>()) {
      library.shown.push_back(finding.harness);
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

  // Adds the libraries that a file names, as the dynamic linker finds them; `rpaths` are of those that need the file.
  static void add_needed(Vector<Needed>& found, const Needs& needs, Vector<std::string> rpaths, unsigned machine,
                         Environment environment) {
    rpaths.insert(rpaths.begin(), needs.rpaths.begin(), needs.rpaths.end());
    Vector<std::string> folders;
    if (needs.runpaths.empty()) folders = rpaths;
    add_folders(folders, library_path(environment), "");
    folders.insert(folders.end(), needs.runpaths.begin(), needs.runpaths.end());
    add_folders(folders, "/usr/local/lib:/usr/lib/" + machine_name(machine) + "-linux-gnu:/usr/lib64:/usr/lib:/lib",
                "");
    for (const std::string& name : needs.names) {
      if (is_of_system(name)) continue;
      std::string path = name;
      for (std::size_t i = 0; !contains(name, "/") && i < folders.size(); ++i) {
        path = folders[i] + "/" + name;
        if (::access(path.c_str(), R_OK) == 0) break;
        path.clear();
      }
      const auto is_it = [&](const Needed& one) { return one.path == path; };
      if (!contains(path, "/") || std::any_of(found.begin(), found.end(), is_it)) continue;
      found.push_back({std::move(path), rpaths});
    }
  }

  // The last of LD_LIBRARY_PATH counts, and ours where the program has none of its own.
  static std::string_view library_path(Environment environment) {
    constexpr std::string_view start = "LD_LIBRARY_PATH=";
    for (std::size_t i = built_in(Feature::Config) && environment != nullptr ? environment->size() : 0; i-- > 0;) {
      if (starts_with((*environment)[i], start)) return std::string_view((*environment)[i]).substr(start.size());
    }
    const char* const ours = ::getenv("LD_LIBRARY_PATH");
    return ours != nullptr ? ours : "";
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
