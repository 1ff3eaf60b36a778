// A package of cargo, and the variables CARGO_PKG_* that its tests have (nextest-runner/src/test_command.rs): from its
// id, and from its Cargo.toml, which may inherit from that of its workspace.
#pragma once

#include <algorithm>

#include "core/base/file.hpp"
#include "core/base/switches.hpp"
#include "core/format/toml.hpp"

namespace nextest {

struct CargoPackage {
  std::string name, version;
  std::string folder;  // empty: it is none of this machine

  // KIND+URL#[NAME@]VERSION; before cargo 1.77 NAME VERSION (KIND+URL). No name: this is no id of cargo's.
  static CargoPackage of_id(std::string_view id) {
    CargoPackage package;
    const std::size_t hash = std::min(id.rfind('#'), id.size());
    std::string_view url = id.substr(0, hash), name, number = id.substr(std::min(hash + 1, id.size()));
    if (const std::size_t old = id.find(" ("); old != std::string_view::npos && ends_with(id, ")")) {
      url = id.substr(old + 2, id.size() - old - 3);
      number = id.substr(0, old);
      name = take_part(number, ' ');
    } else if (contains(number, "@")) {
      name = take_part(number, '@');
    }
    if (!contains(url, "+") || !contains(url, "://") || number.empty() || !is_digit(number[0])) return package;
    constexpr std::string_view local = "path+file://";
    if (starts_with(url, local)) package.folder = decoded(url.substr(local.size()));
    package.name = name.empty() ? decoded(file_name(url.substr(0, url.find('?')))) : std::string(name);
    package.version = number;
    return package;
  }

  void add_variables(Vector<std::string>& variables) const {
    const auto add = [&](const char* which, std::string_view value) {
      variables.push_back(std::string("CARGO_PKG_").append(which).append("=").append(value));
    };
    add("NAME", name);
    add("VERSION", version);
    std::string_view rest = std::string_view(version).substr(0, version.find('+'));
    std::string_view numbers = take_part(rest, '-');
    for (const char* const part : {"VERSION_MAJOR", "VERSION_MINOR", "VERSION_PATCH"})
      add(part, take_part(numbers, '.'));
    add("VERSION_PRE", rest);
    if (!built_in(Feature::Config)) return;
    TomlValue root;
    const TomlValue* const package = read_manifest(folder, root) ? root.find("package") : nullptr;
    if (package == nullptr) return;
    Workspace workspace(folder, root);
    for (const Key& key : keys) {
      const TomlValue* value = package->find(key.name);
      const bool is_inherited = value != nullptr && value->find("workspace") != nullptr;
      if (is_inherited) value = workspace.find(key.name);
      std::string text = value != nullptr ? text_of(*value) : "";
      // What is inherited is a path from the workspace.
      if (is_inherited && key.name == "license-file" && !text.empty()) text.insert(0, workspace.from_package);
      if (key.name == "rust-version" && !text.empty()) text = three_numbers(std::move(text));
      add(key.variable, text);
    }
  }

 private:
  struct Key {
    std::string_view name;
    const char* variable;
  };
  static constexpr Key keys[] = {
      {"authors", "AUTHORS"},           {"description", "DESCRIPTION"},   {"homepage", "HOMEPAGE"},
      {"license", "LICENSE"},           {"license-file", "LICENSE_FILE"}, {"repository", "REPOSITORY"},
      {"rust-version", "RUST_VERSION"},
  };

  // That of the nearest folder with a workspace, from the package's up, unless the package says where it is. Read when
  // it is asked.
  class Workspace {
   public:
    Workspace(const std::string& folder, const TomlValue& manifest) : folder_(folder), manifest_(manifest) {}

    std::string from_package;  // the way there, with a slash behind it

    const TomlValue* find(std::string_view key) {
      if (!is_read_) read();
      is_read_ = true;
      const TomlValue* const table = root_.find("workspace");
      const TomlValue* const package = table != nullptr ? table->find("package") : nullptr;
      return package != nullptr ? package->find(key) : nullptr;
    }

   private:
    void read() {
      if (const TomlValue* const named = manifest_.find("package")->find("workspace")) {
        from_package = text_of(*named) + "/";
        read_manifest(folder_ + "/" + from_package, root_);
        return;
      }
      root_ = manifest_;
      for (std::string_view at = folder_; root_.find("workspace") == nullptr && at.size() > 1;) {
        at = parent_folder(at);
        from_package += "../";
        if (!read_manifest(std::string(at), root_)) root_ = {};
      }
    }

    const std::string& folder_;
    const TomlValue& manifest_;
    TomlValue root_;
    bool is_read_ = false;
  };

  static bool read_manifest(const std::string& folder, TomlValue& root) {
    constexpr std::size_t limit = std::size_t{4} << 20;
    TomlSource source;
    if (folder.empty() || read_file(folder + "/Cargo.toml", limit, source.text) != 0) return false;
    Result<TomlValue> parsed = parse_toml(source);
    if (!parsed) return false;
    root = std::move(parsed.value());
    return true;
  }

  // Of an array, all of it.
  static std::string text_of(const TomlValue& value) {
    std::string text = value.kind == TomlKind::String ? value.text : "";
    for (const TomlValue& item : value.items) text.append(text.empty() ? "" : ":").append(item.text);
    return text;
  }

  // cargo-nextest takes 1.58 for 1.58.0.
  static std::string three_numbers(std::string number) {
    for (std::ptrdiff_t dots = std::count(number.begin(), number.end(), '.'); dots < 2; ++dots) number += ".0";
    return number;
  }

  // %20 is a blank.
  static std::string decoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const bool is_code =
          text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) < 16 && hex_digit(text[i + 2]) < 16;
      out += is_code ? static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2])) : text[i];
      if (is_code) i += 2;
    }
    return out;
  }
};

}  // namespace nextest
