// Personal preferences, the same for all workspaces: $XDG_CONFIG_HOME/nextest/config.toml.
#pragma once

#include <string>

#include "core/base/vector.hpp"
#include "core/config/config_files.hpp"
#include "core/config/layer.hpp"
#include "core/config/platform.hpp"
#include "core/config/value_reader.hpp"

namespace nextest {

// Which file that is. `asked_for` as --user-config-file has it: empty for the usual one, "none" for none. Empty: none.
inline std::string user_config_file(const std::string& asked_for) {
  if (!asked_for.empty()) return asked_for == "none" ? "" : asked_for;
  const std::string usual = user_config_path();
  return !usual.empty() && exists(usual) ? usual : "";
}

class UserConfigReader {
 public:
  UserConfigReader(const ConfigDocument& document, Vector<std::string>& warnings)
      : document_(document), warnings_(warnings), in_(&document.source) {}

  Status read(PartialSettings& said) {
    const auto elsewhere = [](const TomlValue&) {};
    read_table(document_, in_, document_.root, "", warnings_,
               {{"ui", [&](const TomlValue& v) { read_ui(v, "ui.", said); }},
                {"record", [&](const TomlValue& v) { read_record(v, "record.", said); }},
                {"experimental", elsewhere},
                {"overrides", elsewhere}});
    // Wherever they stand in the file, they go before it.
    if (const TomlValue* const overrides = document_.root.find("overrides")) read_overrides(*overrides, said);
    return in_.status();
  }

 private:
  void read_ui(const TomlValue& table, const std::string& where, PartialSettings& said) {
    in_.fail_with(
        LayerReader(document_, InUserConfig, no_groups_, where, warnings_, {"pager", "paginate", "streampager"})
            .read(table, said, "ui."));
  }

  void read_record(const TomlValue& table, const std::string& where, PartialSettings& said) {
    in_.fail_with(LayerReader(document_, InRecord, no_groups_, where, warnings_).read(table, said, "record."));
  }

  // [[overrides]] for some platforms; the first that says something wins.
  void read_overrides(const TomlValue& list, PartialSettings& said) {
    if (list.kind != TomlKind::Array) return in_.not_allowed(list, "an array of tables");
    const auto elsewhere = [](const TomlValue&) {};
    for (std::size_t i = list.items.size(); i-- > 0;) {
      const TomlValue& item = list.items[i];
      const TomlValue* const platform = item.find("platform");
      std::string text;
      if (platform == nullptr) return in_.fail(item, "this needs a platform", "as in platform = \"cfg(unix)\"");
      if (!in_.text(*platform, text, "a target triple, cfg(...)")) return;
      const Result<PlatformExpression> expression = PlatformExpression::parse(text);
      if (!expression) return in_.fail(*platform, expression.error().message, expression.error().hint);
      if (!expression.value().matches(host_platform())) continue;
      read_table(document_, in_, item, "overrides.", warnings_,
                 {{"ui", [&](const TomlValue& v) { read_ui(v, "overrides.ui.", said); }},
                  {"record", [&](const TomlValue& v) { read_record(v, "overrides.record.", said); }},
                  {"experimental", elsewhere},
                  {"overrides", elsewhere},
                  {"platform", elsewhere, false}});
    }
  }

  const ConfigDocument& document_;
  Vector<std::string>& warnings_;
  const Vector<TestGroup> no_groups_;
  ValueReader in_;
};

}  // namespace nextest
