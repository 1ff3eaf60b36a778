// The part of a profile that is for some tests only: overrides, and which scripts run for them.
#pragma once

#include <algorithm>

#include "core/config/config_parts.hpp"
#include "core/config/layer.hpp"
#include "core/config/platform.hpp"
#include "core/select/filterset.hpp"

namespace nextest {

struct ConfigRule {
  bool is_override = true;
  bool has_filter = false;
  bool platform_matches = true;
  Filterset filter;
  PartialSettings settings;  // of an override
  Vector<std::uint32_t> setup_scripts;
  Vector<std::uint32_t> teardown_scripts;
  const WrapperScript* list_wrapper = nullptr;
  const WrapperScript* run_wrapper = nullptr;
};

class RuleReader {
 public:
  // `where` is the name of the list that the rule is in, for warnings.
  RuleReader(const ConfigDocument& document, const ConfigParts& parts, std::string where, Vector<std::string>& warnings)
      : parts_(parts), where_(std::move(where)), in_(document.source, &warnings) {
    in_.groups = &parts.groups;
  }

  Result<ConfigRule> read(const TomlValue& table, bool is_override) {
    ConfigRule rule;
    rule.is_override = is_override;
    if (table.kind != TomlKind::Table) in_.not_allowed(table, "a table");
    const TomlValue* const filter = table.find("filter");
    const TomlValue* const platform = table.find("platform");
    if (filter == nullptr && platform == nullptr) {
      in_.fail(table, "this needs a filter or a platform, or both", "as in filter = \"test(slow)\"");
    }
    if (is_override) read_override(table, rule.settings);
    else read_scripts(table, rule);
    if (platform != nullptr) read_platform(*platform, rule.platform_matches);
    rule.has_filter = filter != nullptr;
    if (filter != nullptr) {
      read_filter(*filter, rule.list_wrapper != nullptr ? FiltersetPlace::ListWrapper : FiltersetPlace::Config,
                  rule.filter);
    }
    if (!in_.ok()) return in_.error();
    return rule;
  }

 private:
  void read_override(const TomlValue& table, PartialSettings& settings) {
    LayerReader{in_, InOverride, where_, {"filter", "platform"}}.read(table, settings);
    const TomlValue* const default_filter = table.find("default-filter");
    if (default_filter == nullptr) return;
    if (table.find("filter") != nullptr || table.find("platform") == nullptr) {
      in_.fail(*default_filter, "a default-filter here needs a platform, and no filter", "");
    }
  }

  void read_filter(const TomlValue& value, FiltersetPlace place, Filterset& filter) {
    std::string text;
    if (!in_.text(value, text, "a filterset expression")) return;
    Result<Filterset> parsed = Filterset::parse(text, place);
    if (parsed) filter = std::move(parsed.value());
    else in_.fail(value, parsed.error());
  }

  // A triple or cfg(...), or { host = ..., target = ... }. Tests run on the machine that we run on.
  void read_platform(const TomlValue& value, bool& matches) {
    const auto read_one = [&](const TomlValue& one) {
      PlatformValue::read(in_, one, "a target triple, cfg(...), { host = ..., target = ... }", matches);
    };
    if (value.kind != TomlKind::Table) return read_one(value);
    in_.table(value, {{"host", read_one}, {"target", read_one}});
  }

  void read_scripts(const TomlValue& table, ConfigRule& rule) {
    const auto elsewhere = [](const TomlValue&) {};
    const auto wrapper = [&](const TomlValue& value) {
      return in_.find_named(value, parts_.wrapper_scripts, &WrapperScript::id, "wrapper script", "scripts.wrapper",
                            "command");
    };
    const auto setup = [&](const TomlValue& value) {
      read_named(value, parts_.scripts.setup, ScriptPhase::Setup, "scripts.setup", rule.setup_scripts);
    };
    const auto teardown = [&](const TomlValue& value) {
      read_named(value, parts_.scripts.teardown, ScriptPhase::Teardown, "scripts.teardown", rule.teardown_scripts);
    };
    in_.table(table, where_,
              {{"filter", elsewhere},
               {"platform", elsewhere},
               {"setup", setup},
               {"teardown", teardown},
               {"list-wrapper", [&](const TomlValue& value) { rule.list_wrapper = wrapper(value); }},
               {"run-wrapper", [&](const TomlValue& value) { rule.run_wrapper = wrapper(value); }}});
    const bool is_empty = rule.setup_scripts.empty() && rule.teardown_scripts.empty() && rule.list_wrapper == nullptr &&
                          rule.run_wrapper == nullptr;
    if (in_.ok() && is_empty) {
      in_.warn(table.span, "this has no setup, teardown, list-wrapper or run-wrapper, and does nothing");
    }
  }

  // A name or an array of names becomes numbers of scripts.
  void read_named(const TomlValue& value, const Vector<PhaseScript>& scripts, ScriptPhase phase, const char* table,
                  Vector<std::uint32_t>& numbers) {
    const auto add = [&](const TomlValue& name) {
      const PhaseScript* const script =
          in_.find_named(name, scripts, &PhaseScript::id, script_kind(phase), table, "command");
      if (script != nullptr) numbers.push_back(static_cast<std::uint32_t>(script - &scripts[0]));
    };
    if (value.kind != TomlKind::Array) return add(value);
    for (const TomlValue& item : value.items) add(item);
  }

  const ConfigParts& parts_;
  const std::string where_;
  ValueReader in_;
};

}  // namespace nextest
