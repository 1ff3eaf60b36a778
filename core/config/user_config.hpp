// Personal preferences, the same for all workspaces: $XDG_CONFIG_HOME/nextest/config.toml.
#pragma once

#include <stdlib.h>

#include "core/config/config_files.hpp"
#include "core/config/layer.hpp"
#include "core/config/platform.hpp"
#include "core/config/value_reader.hpp"

namespace nextest {

// Which file that is; empty: none. `asked_for`, as --user-config-file has it, is empty for the usual one and "none" for
// none.
inline std::string user_config_file(const std::string& asked_for) {
  if (!asked_for.empty()) return asked_for == "none" ? "" : asked_for;
  const char* const config = ::getenv("XDG_CONFIG_HOME");
  const char* const home = ::getenv("HOME");
  std::string folder;
  if (config != nullptr && *config == '/') folder = config;
  else if (home != nullptr && *home == '/') folder = std::string(home) + "/.config";
  const std::string usual = folder + "/nextest/config.toml";
  return !folder.empty() && exists(usual) ? usual : "";
}

class UserConfigReader {
 public:
  UserConfigReader(const ConfigDocument& document, Vector<std::string>& warnings)
      : root_(document.root), in_(document.source, &warnings) {}

  Status read(PartialSettings& settings) {
    read_tables(root_, "", settings);
    // Wherever they stand in the file, they go before it.
    if (const TomlValue* const overrides = root_.find("overrides")) read_overrides(*overrides, settings);
    return in_.status();
  }

 private:
  // `where`: "overrides." of one of these, which has a platform.
  void read_tables(const TomlValue& table, const std::string& where, PartialSettings& settings) {
    const auto elsewhere = [](const TomlValue&) {};
    const auto ui = [&](const TomlValue& v) {
      LayerReader{in_, InUserConfig, where + "ui.", {"pager", "paginate", "streampager"}}.read(v, settings);
    };
    const auto record = [&](const TomlValue& v) { LayerReader{in_, InRecord, where + "record."}.read(v, settings); };
    if (where.empty()) {
      in_.table(table, where, {{"ui", ui}, {"record", record}, {"experimental", elsewhere}, {"overrides", elsewhere}});
    } else {
      in_.table(table, where,
                {{"ui", ui},
                 {"record", record},
                 {"experimental", elsewhere},
                 {"overrides", elsewhere},
                 {"platform", elsewhere, false}});
    }
  }

  // [[overrides]] for some platforms; the first that sets something wins.
  void read_overrides(const TomlValue& list, PartialSettings& settings) {
    if (list.kind != TomlKind::Array) return in_.not_allowed(list, "an array of tables");
    for (std::size_t i = list.items.size(); i-- > 0;) {
      const TomlValue* const platform = list.items[i].find("platform");
      if (platform == nullptr)
        return in_.fail(list.items[i], "this needs a platform", "as in platform = \"cfg(unix)\"");
      bool matches = true;
      PlatformValue::read(in_, *platform, "a target triple, cfg(...)", matches);
      if (in_.ok() && matches) read_tables(list.items[i], "overrides.", settings);
    }
  }

  const TomlValue& root_;
  ValueReader in_;
};

}  // namespace nextest
