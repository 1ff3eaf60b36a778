// Personal preferences, the same for all workspaces: $XDG_CONFIG_HOME/nextest/config.toml.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/switches.hpp"
#include "core/base/vector.hpp"
#include "core/config/config_files.hpp"
#include "core/config/layer.hpp"
#include "core/config/platform.hpp"
#include "core/config/record_reader.hpp"
#include "core/config/value_reader.hpp"

namespace nextest {

struct UserConfig {
  UiSettings ui;
  RecordSettings record;
  Vector<std::string> warnings;

  // `path` as --user-config-file has it: empty for the usual one, "none" for none. `record` is what the workspace says.
  static Result<UserConfig> load(const std::string& path, const RecordSettings& record) {
    UserConfig config;
    config.record = record;
    if (!built_in(Feature::Config)) return config;
    const std::string usual = user_config_path();
    if (path == "none" || (path.empty() && (usual.empty() || !exists(usual)))) return config;
    const std::string& chosen = path.empty() ? usual : path;
    Result<std::unique_ptr<ConfigDocument>> document = read_config_file(chosen, chosen, "");
    if (!document) return document.error();
    ValueReader in(&document.value()->source);
    config.read(*document.value(), in, document.value()->root, "");
    if (!in.ok()) return in.error();
    return config;
  }

 private:
  void read(const ConfigDocument& document, ValueReader& in, const TomlValue& table, const std::string& where) {
    in.table(table, [&](const TomlMember& member) {
      const Vector<std::string_view> known = {"ui", "record", "experimental", "overrides"};
      const bool is_condition = member.key == "platform" && !where.empty();
      if (member.key == "ui") read_ui(document, in, member.value, where + "ui.");
      else if (member.key == "record")
        read_record_settings(document, in, member.value, where + "record.", record, warnings);
      else if (std::find(known.begin(), known.end(), member.key) == known.end() && !is_condition) {
        warnings.push_back(unknown_key(document, member, where + member.key, did_you_mean(member.key, known)));
      }
      return true;
    });
    // Wherever they stand in the file, they go before it.
    const TomlValue* const overrides = where.empty() ? table.find("overrides") : nullptr;
    if (overrides != nullptr) read_overrides(document, in, *overrides);
  }

  void read_ui(const ConfigDocument& document, ValueReader& in, const TomlValue& table, const std::string& where) {
    in.table(table, [&](const TomlMember& member) {
      const Vector<std::string_view> known = {"output-indent", "show-progress", "max-progress-running", "input-handler",
                                              "pager",         "paginate",      "streampager"};
      if (member.key == "output-indent") in.boolean(member.value, ui.indent_output);
      else if (member.key == "show-progress") in.choose(member.value, show_progress_words, ui.show_progress);
      else if (member.key == "input-handler") in.boolean(member.value, ui.input_handler);
      else if (member.key == "max-progress-running") max_running(in, member.value);
      else if (std::find(known.begin(), known.end(), member.key) == known.end()) {
        warnings.push_back(unknown_key(document, member, where + member.key, did_you_mean(member.key, known)));
      }
      return true;
    });
  }

  void max_running(ValueReader& in, const TomlValue& value) {
    if (value.kind == TomlKind::String && value.text == "infinite") ui.max_progress_running = UINT32_MAX;
    else if (value.kind == TomlKind::Integer) in.count(value, 0, ui.max_progress_running);
    else in.not_allowed(value, "a number, \"infinite\"");
  }

  // [[overrides]] for some platforms; the first that says something wins.
  void read_overrides(const ConfigDocument& document, ValueReader& in, const TomlValue& list) {
    if (list.kind != TomlKind::Array) return in.not_allowed(list, "an array of tables");
    for (std::size_t i = list.items.size(); i-- > 0;) {
      const TomlValue* const platform = list.items[i].find("platform");
      std::string text;
      if (platform == nullptr) return in.fail(list.items[i], "this needs a platform", "as in platform = \"cfg(unix)\"");
      if (!in.text(*platform, text, "a target triple, cfg(...)")) return;
      const Result<PlatformExpression> expression = PlatformExpression::parse(text);
      if (!expression) return in.fail(*platform, expression.error().message, expression.error().hint);
      if (expression.value().matches(host_platform())) read(document, in, list.items[i], "overrides.");
    }
  }
};

}  // namespace nextest
