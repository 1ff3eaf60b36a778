// What cargo-nextest knows of a build by cargo, `rust-build-meta`, and what a test has of it in its environment
// (nextest-runner/src/test_command.rs, list/rust_build_meta.rs).
#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <algorithm>

#include "core/base/file.hpp"
#include "core/format/json_value.hpp"
#include "core/list/cargo_package.hpp"
#include "core/list/command.hpp"

namespace nextest {

class CargoBuild {
 public:
  explicit CargoBuild(const JsonValue& meta) : meta_(meta) {
    if (const std::string* const folder = meta.find_text("target-directory")) target_ = build_ = *folder;
    if (const std::string* const folder = meta.find_text("build-directory")) build_ = *folder;
  }

  // Which member is not what it is to be; empty: none.
  std::string fault() const {
    for (const Member& one : members) {
      const JsonValue* const member = meta_.find(one.name);
      if (member == nullptr || member->kind == one.kind || member->kind == JsonKind::Null) continue;
      return std::string(one.name) + "' is not " + one.kind_name;
    }
    return "";
  }

  // Where programs of the build look for libraries, what we have for that behind it; empty: there is no more than that.
  std::string library_path() const {
    Vector<std::string> folders;
    const auto add = [&](const std::string& folder) {
      if (!folders.has(folder)) folders.push_back(folder);
    };
    for (const JsonValue& path : items("linked-paths")) {
      const std::string folder = build_ + "/" + path.text;
      if (::access(folder.c_str(), F_OK) == 0) add(folder);
    }
    for (const JsonValue& base : items("base-output-directories")) {
      add(target_ + "/" + base.text);
      add(build_ + "/" + base.text + "/deps");
    }
    if (const JsonValue* const platforms = meta_.find("platforms")) {
      const JsonValue *const host = platforms->find("host"), *const targets = platforms->find("targets");
      const bool has_target = targets != nullptr && !targets->items.empty();
      for (const JsonValue* const platform : {host, has_target ? &targets->items[0] : nullptr}) {
        const JsonValue* const libraries = platform != nullptr ? platform->find("libdir") : nullptr;
        const std::string* const folder = libraries != nullptr ? libraries->find_text("path") : nullptr;
        if (folder != nullptr) add(*folder);
      }
    }
    const char* const ours = ::getenv("LD_LIBRARY_PATH");
    if (!folders.empty() && ours != nullptr && *ours != '\0') folders.push_back(ours);
    std::string path;
    for (const std::string& folder : folders) path.append(path.empty() ? "" : ":").append(folder);
    return path;
  }

  // The variables of a test of that package; `is_apart`: it is no part of what it tests, and finds that by its path.
  Vector<std::string> environment_of(const std::string& id, const CargoPackage& package, const std::string& folder,
                                     bool is_apart) const {
    Vector<std::string> variables, more;
    if (const JsonValue* const out_dirs = meta_.find("build-script-out-dirs")) {
      if (const std::string* const out_dir = out_dirs->find_text(id.c_str())) add_build_script(id, *out_dir, variables);
    }
    if (!folder.empty()) more.push_back("CARGO_MANIFEST_DIR=" + folder);
    if (!package.name.empty()) package.add_variables(more);
    if (is_apart) add_programs(id, more);
    add_variables(variables, more);
    return variables;
  }

 private:
  struct Member {
    const char* name;
    JsonKind kind;
    const char* kind_name;
  };
  static constexpr Member members[] = {
      {"target-directory", JsonKind::String, "a string"},
      {"build-directory", JsonKind::String, "a string"},
      {"base-output-directories", JsonKind::Array, "an array"},
      {"non-test-binaries", JsonKind::Object, "an object"},
      {"build-script-out-dirs", JsonKind::Object, "an object"},
      {"build-script-info", JsonKind::Object, "an object"},
      {"linked-paths", JsonKind::Array, "an array"},
      {"platforms", JsonKind::Object, "an object"},
  };

  const Vector<JsonValue>& items(const char* name) const {
    static const Vector<JsonValue> none;
    const JsonValue* const member = meta_.find(name);
    return member != nullptr ? member->items : none;
  }

  // What the build script set by cargo::rustc-env: as cargo told it, else, in a file of before 0.9.131, as it printed
  // it.
  void add_build_script(const std::string& id, const std::string& out_dir, Vector<std::string>& variables) const {
    variables.push_back("OUT_DIR=" + build_ + "/" + out_dir);
    const JsonValue* const all = meta_.find("build-script-info");
    if (all == nullptr || all->kind == JsonKind::Null) return add_printed(variables);
    const JsonValue* const info = all->find(id);
    const JsonValue* const set = info != nullptr ? info->find("envs") : nullptr;
    for (std::size_t i = 0; set != nullptr && i < set->members.size(); ++i) {
      add_variables(variables, {set->members[i].name + "=" + set->members[i].value.text});
    }
  }

  static void add_printed(Vector<std::string>& variables) {
    const std::string folder = variables[0].substr(variables[0].find('=') + 1);
    std::string text;
    if (read_file(std::string(parent_folder(folder)) + "/output", std::size_t{16} << 20, text) != 0) return;
    std::string_view rest = text, line;
    while (next_line(rest, line)) {
      for (const std::string_view start : {"cargo::rustc-env=", "cargo:rustc-env="}) {
        if (!starts_with(line, start)) continue;
        line.remove_prefix(start.size());
        if (contains(line, "=")) add_variables(variables, {std::string(line)});
        break;
      }
    }
  }

  // Some shells drop variables with a hyphen in their name.
  void add_programs(const std::string& id, Vector<std::string>& variables) const {
    const JsonValue* const all = meta_.find("non-test-binaries");
    const JsonValue* const programs = all != nullptr ? all->find(id) : nullptr;
    for (std::size_t i = 0; programs != nullptr && i < programs->items.size(); ++i) {
      const JsonValue& one = programs->items[i];
      const std::string *const name = one.find_text("name"), *const kind = one.find_text("kind"),
                               *const path = one.find_text("path");
      if (name == nullptr || kind == nullptr || path == nullptr || *kind != "bin-exe") continue;
      const std::string value = "=" + target_ + "/" + *path;
      variables.push_back("CARGO_BIN_EXE_" + *name + value);
      std::string plain = *name;
      std::replace(plain.begin(), plain.end(), '-', '_');
      variables.push_back("NEXTEST_BIN_EXE_" + *name + value);
      if (plain != *name) variables.push_back("NEXTEST_BIN_EXE_" + plain + value);
    }
  }

  const JsonValue& meta_;
  std::string target_, build_;  // the folders of what is built, and of what was needed for that
};

}  // namespace nextest
