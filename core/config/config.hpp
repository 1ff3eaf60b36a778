// The configuration of a run. What it says of a test is a list of layers, of which the first that knows a setting wins:
// command line, --config, overrides of the profile and of those it inherits from, these profiles themselves, defaults.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/switches.hpp"
#include "core/base/vector.hpp"
#include "core/base/version.hpp"
#include "core/config/config_files.hpp"
#include "core/config/config_parts.hpp"
#include "core/config/rule.hpp"
#include "core/config/setting_table.hpp"
#include "core/model/settings.hpp"
#include "core/model/test_list.hpp"
#include "core/select/filterset.hpp"

namespace nextest {

// An option that stands for a setting.
struct SettingArgument {
  std::string key;
  TomlValue value;
  std::string origin;  // the option or the variable
};

// What the command line says of the configuration.
struct ConfigArguments {
  std::string profile;                    // empty: default
  std::string config_file;                // empty: .config/nextest.toml under the workspace root, if it is there
  Vector<std::string> tool_config_files;  // TOOL:FILE; the first has the highest priority
  Vector<std::string> values;             // KEY=VALUE, relative to the profile
  Vector<SettingArgument> settings;
  bool ignore_version = false;
};

class Config {
 public:
  // Reads and checks all files; nothing in them, used or not, may be wrong.
  static Result<Config> load(ConfigArguments arguments) {
    Config config(std::move(arguments));
    if (!built_in(Feature::Config)) return config.without_files();
    if (Status status = config.read_files(); !status) return status.error();
    if (Status status = config.check_versions(); !status) return status.error();
    for (const auto& document : config.documents_) {
      if (Status status = config.read_document(*document); !status) return status.error();
    }
    if (Status status = config.choose_profile(); !status) return status.error();
    if (Status status = config.read_arguments(); !status) return status.error();
    if (Status status = config.resolve_run(); !status) return status.error();
    return config;
  }

  // Told once, to whoever runs the program.
  Vector<std::string> warnings;
  ConfigParts parts;
  std::string workspace_root;
  std::string profile = "default";
  RunSettings run;

  const Filterset& default_filter() const { return default_filter_; }
  SettingNames names() const { return {&parts.groups}; }

  // Whether the profile runs any, for whichever tests.
  bool has_scripts() const {
    return std::any_of(rules_.begin(), rules_.end(), [](const ConfigRule& rule) { return !rule.is_override; });
  }

  // The wrapper script that lists the tests of a binary; null: none.
  const WrapperScript* list_wrapper_of(const TestBinary& binary) const {
    const WrapperScript* wrapper = nullptr;
    if (!built_in(Feature::Scripts)) return wrapper;
    for (const ConfigRule& rule : rules_) {
      if (rule.list_wrapper != nullptr && rule.filter.matches_binary(binary, {}) == Filterset::Answer::Yes) {
        wrapper = rule.list_wrapper;
      }
    }
    return wrapper;
  }

  SettingsOfTests settings_of(const TestList& list) const {
    SettingsOfTests settings;
    settings.kinds.clear();
    if (!built_in(Feature::Config)) {  // they are the same for all tests
      settings.kinds.push_back(resolve(always_, nullptr).test);
      return settings;
    }
    settings.kind_of.resize(list.tests.size());
    const Vector<Vector<bool>> matching = match_rules(list);
    Vector<Vector<bool>> known;  // which rules match the tests of each kind
    Vector<bool> rules = always_;
    for (TestIndex test = 0; test < list.tests.size(); ++test) {
      for (std::size_t i = 0; i < rules.size(); ++i) rules[i] = matching[i][test];
      const std::size_t kind = static_cast<std::size_t>(std::find(known.begin(), known.end(), rules) - known.begin());
      if (kind == known.size()) {
        known.push_back(rules);
        settings.kinds.push_back(resolve(rules, nullptr).test);
      }
      settings.kind_of[test] = static_cast<std::uint32_t>(kind);
    }
    if (settings.kinds.empty()) settings.kinds.push_back(resolve(always_, nullptr).test);
    return settings;
  }

  // The settings of one test; `origins` gets the place of each, by row of the table of settings.
  Settings explain(const TestList& list, TestIndex test, Vector<std::string>& origins) const {
    const Filterset::Context context{&default_filter_};
    Vector<bool> rules = always_;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      rules[i] = rules[i] || rules_[i].filter.matches(list, test, context);
    }
    return resolve(rules, &origins);
  }
  // Those that hold whatever the test.
  Settings explain(Vector<std::string>& origins) const { return resolve(always_, &origins); }

 private:
  friend Result<Config>;
  Config() = default;
  explicit Config(ConfigArguments arguments) : arguments_(std::move(arguments)) {}

  // In a build without files: options and variables alone, and a word about a file that would have been read.
  Result<Config> without_files() {
    workspace_root = find_workspace_root();
    const std::string path = workspace_root + "/" + usual_file;
    if (exists(path)) {
      warnings.push_back(path + " is not read: " + left_out(Feature::Config).message);
    }
    if (Status status = resolve_run(); !status) return status.error();
    return std::move(*this);
  }

  // --- files, from the lowest priority to the highest ---

  static constexpr const char* usual_file = ".config/nextest.toml";

  Status read_files() {
    workspace_root = find_workspace_root();
    for (std::size_t i = arguments_.tool_config_files.size(); i-- > 0;) {
      const std::string& argument = arguments_.tool_config_files[i];
      const std::size_t colon = argument.find(':');
      if (colon == 0 || colon == std::string::npos || colon + 1 == argument.size()) {
        return Error{ExitCode::SetupError, "--tool-config-file: '" + argument + "' is not TOOL:FILE", ""};
      }
      const std::string path = argument.substr(colon + 1);
      if (Status status = read_file_at(path, path, argument.substr(0, colon)); !status) return status;
    }
    if (!arguments_.config_file.empty()) return read_file_at(arguments_.config_file, arguments_.config_file, "");
    const std::string path = workspace_root + "/" + usual_file;
    if (!exists(path)) return success();
    const bool is_here = absolute_path("x") == workspace_root + "/x";
    return read_file_at(path, is_here ? usual_file : path, "");
  }

  Status read_file_at(const std::string& path, const std::string& shown, std::string tool) {
    Result<std::unique_ptr<ConfigDocument>> document = read_config_file(path, shown, std::move(tool));
    if (!document) return document.error();
    documents_.push_back(std::move(document.value()));
    return success();
  }

  // Before anything else is looked at: a newer file may hold what we do not know.
  Status check_versions() {
    for (const auto& document : documents_) {
      ConfigPartsReader reader(*document, workspace_root, parts, warnings);
      if (Status status = reader.read_versions(); !status) return status;
    }
    if (arguments_.ignore_version) return success();
    if (version_is_below(compatible_version, parts.required_version)) {
      return Error{ExitCode::RequiredVersionNotMet,
                   "this workspace requires nextest " + parts.required_version + "; this program does what nextest " +
                       compatible_version + " does",
                   "take a newer one, or give --override-version-check"};
    }
    if (version_is_below(compatible_version, parts.recommended_version)) {
      warnings.push_back("this workspace recommends nextest " + parts.recommended_version +
                         "; this program does what nextest " + compatible_version + " does");
    }
    return success();
  }

  Status read_document(const ConfigDocument& document) {
    ConfigPartsReader reader(document, workspace_root, parts, warnings);
    if (Status status = reader.read(); !status) return status;
    ValueReader in(&document.source);
    if (const TomlValue* const profiles = document.root.find("profile")) {
      in.table(*profiles, [&](const TomlMember& member) {
        const bool is_reserved = starts_with(member.key, "default-") && member.key != "default-miri";
        if (is_reserved && document.tool.empty()) {
          warnings.push_back(document.place_of(member.key_span) + ": names of profiles that begin with default- are " +
                             "reserved: '" + member.key + "'");
        }
        in.table(member.value, [](const TomlMember&) { return true; });
        return true;
      });
    }
    return in.status();
  }

  // --- profiles ---

  // All tables of a profile, from the lowest priority to the highest.
  Status for_each_table(const std::string& name, FunctionRef<Status(const ConfigDocument&, const TomlValue&)> use) {
    for (const auto& document : documents_) {
      const TomlValue* const profiles = document->root.find("profile");
      const TomlValue* const table = profiles != nullptr ? profiles->find(name) : nullptr;
      if (table == nullptr) continue;
      if (Status status = use(*document, *table); !status) return status;
    }
    return success();
  }

  Vector<std::string> profile_names() const {
    Vector<std::string> names = {"default", "default-miri"};
    for (const auto& document : documents_) {
      const TomlValue* const profiles = document->root.find("profile");
      if (profiles == nullptr) continue;
      for (const TomlMember& member : profiles->members) {
        if (std::find(names.begin(), names.end(), member.key) == names.end()) names.push_back(member.key);
      }
    }
    return names;
  }

  // The profile that the last of `chain` inherits from. A profile that is in it already is an error.
  Status parent_of(const Vector<std::string>& chain, const Vector<std::string>& known, std::string& parent) {
    const std::string& name = chain.back();
    parent = "default";
    Status cycle = success();
    Status status = for_each_table(name, [&](const ConfigDocument& document, const TomlValue& table) {
      ValueReader in(&document.source);
      const TomlValue* const inherits = table.find("inherits");
      if (inherits == nullptr || !in.text(*inherits, parent)) return in.status();
      cycle = success();
      if (std::find(chain.begin(), chain.end(), parent) != chain.end()) {
        std::string names;
        for (const std::string& link : chain) names.append(link).append(" -> ");
        ValueReader there(&document.source);
        there.fail(*inherits, "profiles inherit from each other in a circle: " + names + parent, "");
        cycle = there.status();
      }
      if (name == "default") in.fail(*inherits, "the default profile cannot inherit from another one", "");
      if (std::find(known.begin(), known.end(), parent) == known.end()) {
        in.fail(*inherits, "there is no profile '" + parent + "'", did_you_mean(parent, {known.begin(), known.end()}));
      }
      return in.status();
    });
    if (!status) return status;
    return cycle;
  }

  Status choose_profile() {
    const Vector<std::string> known = profile_names();
    if (!arguments_.profile.empty()) profile = arguments_.profile;
    else if (::getenv("MIRI_SYSROOT") != nullptr) profile = "default-miri";
    if (std::find(known.begin(), known.end(), profile) == known.end()) {
      std::string all;
      for (const std::string& name : known) all.append(all.empty() ? "" : ", ").append(name);
      const std::string hint = did_you_mean(profile, {known.begin(), known.end()});
      return Error{ExitCode::SetupError, "there is no profile '" + profile + "'",
                   hint + (hint.empty() ? "" : " ") + "profiles: " + all};
    }
    for (const std::string& name : known) {
      Vector<std::string> chain = {name};  // up to the default profile
      for (std::string parent;;) {
        if (Status status = parent_of(chain, known, parent); !status) return status;
        if (chain.back() == "default") break;
        chain.push_back(parent);
      }
      if (Status status = check_profile(name); !status) return status;
      if (name != profile) continue;
      std::reverse(chain.begin(), chain.end());
      chain_ = std::move(chain);
    }
    for (const std::string& name : chain_) {
      if (Status status = add_rules(name, rules_, nullptr); !status) return status;
    }
    return success();
  }

  // All that it says is read once for its errors and warnings; its rules are made again if it is used.
  Status check_profile(const std::string& name) {
    Status status = for_each_table(name, [&](const ConfigDocument& document, const TomlValue& table) {
      Settings scratch;
      SettingLayer layer(document, InProfile, names(), {"inherits", "overrides", "scripts"});
      layer.warnings = &warnings;
      layer.where = "profile." + name + ".";
      return layer.read(table, scratch);
    });
    Vector<ConfigRule> rules;
    if (!status) return status;
    return add_rules(name, rules, &warnings);
  }

  // In the order in which they have to be applied: within a file the last comes first.
  Status add_rules(const std::string& name, Vector<ConfigRule>& rules, Vector<std::string>* tell) {
    return for_each_table(name, [&](const ConfigDocument& document, const TomlValue& table) -> Status {
      for (const char* const kind : {"overrides", "scripts"}) {
        const TomlValue* const list = table.find(kind);
        if (list == nullptr) continue;
        if (list->kind != TomlKind::Array) {
          ValueReader in(&document.source);
          in.not_allowed(*list, "an array of tables");
          return in.error();
        }
        RuleReader reader(document, parts, "profile." + name + "." + kind + ".", tell);
        for (std::size_t i = list->items.size(); i-- > 0;) {
          Result<ConfigRule> rule = reader.read(list->items[i], *kind == 'o');
          if (!rule) return rule.error();
          if (rule.value().platform_matches) rules.push_back(std::move(rule.value()));
        }
      }
      return success();
    });
  }

  // --- settings ---

  // --config, and options that stand for settings: checked like all others.
  Status read_arguments() {
    for (const std::string& text : arguments_.values) {
      auto document = std::make_unique<ConfigDocument>();
      document->source = {"--config", text};
      Result<TomlValue> root = parse_toml(document->source);
      if (!root) {
        Error error = root.error();
        error.hint += std::string(error.hint.empty() ? "" : "; ") +
                      "--config takes TOML: a text is quoted, as in --config 'flaky-result = \"fail\"'";
        return error;
      }
      document->root = std::move(root.value());
      Settings scratch;
      Vector<std::string> unknown;
      SettingLayer layer(*document, InProfile | InOverride, names());
      layer.warnings = &unknown;
      if (Status status = layer.read(document->root, scratch); !status) return status;
      if (!unknown.empty()) return Error{ExitCode::SetupError, unknown[0], ""};
      values_.push_back(std::move(document));
    }
    return success();
  }

  Status resolve_run() {
    always_.resize(rules_.size());
    for (std::size_t i = 0; i < rules_.size(); ++i) always_[i] = !rules_[i].has_filter;
    run = resolve(always_, nullptr).run;
    if (!built_in(Feature::Filtersets)) return success();  // then it lets all tests through
    Result<Filterset> filter = Filterset::parse(run.default_filter, FiltersetPlace::DefaultFilter);
    if (!filter) return filter.error();
    default_filter_ = std::move(filter.value());
    return success();
  }

  // By rule and test.
  Vector<Vector<bool>> match_rules(const TestList& list) const {
    const Filterset::Context context{&default_filter_};
    Vector<Vector<bool>> matching;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      matching.push_back(always_[i] ? Vector<bool>(list.tests.size(), true)
                                    : rules_[i].filter.matches_all(list, context));
    }
    return matching;
  }

  // The layers from the last to the first: each overwrites what the ones before it said. All of it has been read
  // before, so nothing can fail any more.
  Settings resolve(const Vector<bool>& matched, Vector<std::string>* origins) const {
    Settings settings;
    if (origins != nullptr) origins->assign(std::size(setting_table), "default");
    if (built_in(Feature::Config)) apply_documents(matched, settings, origins);
    for (const SettingArgument& argument : arguments_.settings) {
      ValueReader in(nullptr);
      find_setting(argument.key)->read(in, argument.value, names(), settings);
      if (origins != nullptr) note_argument(argument, *origins);
    }
    return settings;
  }

  void apply_documents(const Vector<bool>& matched, Settings& settings, Vector<std::string>* origins) const {
    const auto use = [&](const ConfigDocument& document, const TomlValue& table, std::uint8_t places) {
      SettingLayer layer(document, places, names());
      layer.origins = origins;
      if (Status status = layer.read(table, settings); !status) return;
    };
    for (const std::string& name : chain_) {
      for (const auto& document : documents_) {
        if (const TomlValue* const table = find_profile(*document, name)) use(*document, *table, InProfile);
      }
    }
    Vector<bool> asked_for(parts.setup_scripts.size());
    for (std::size_t i = 0; i < rules_.size(); ++i) {
      const ConfigRule& rule = rules_[i];
      if (!matched[i]) continue;
      if (rule.is_override) use(*rule.document, *rule.table, InOverride);
      if (rule.run_wrapper != nullptr) settings.test.run_wrapper = rule.run_wrapper;
      for (const std::uint32_t script : rule.setup_scripts) asked_for[script] = true;
    }
    for (std::uint32_t i = 0; i < asked_for.size(); ++i) {
      if (asked_for[i]) settings.test.setup_scripts.push_back(i);
    }
    for (const auto& document : values_) use(*document, document->root, InProfile | InOverride);
  }

  // An option may change a part of a setting; then its place is added to that of the whole.
  static void note_argument(const SettingArgument& argument, Vector<std::string>& origins) {
    const SettingRow* row = find_setting(argument.key);
    const bool is_part = row != nullptr && row->places == OnCommandLine;
    if (is_part) row = find_setting(std::string_view(argument.key).substr(0, argument.key.rfind('.')));
    if (row == nullptr) return;
    std::string& origin = origins[static_cast<std::size_t>(row - setting_table)];
    origin = is_part ? origin + ", " + argument.origin : argument.origin;
  }

  static const TomlValue* find_profile(const ConfigDocument& document, const std::string& name) {
    const TomlValue* const profiles = document.root.find("profile");
    return profiles != nullptr ? profiles->find(name) : nullptr;
  }

  ConfigArguments arguments_;
  Vector<std::unique_ptr<ConfigDocument>> documents_;  // of files, from the lowest priority to the highest
  Vector<std::unique_ptr<ConfigDocument>> values_;     // of --config, likewise
  Vector<std::string> chain_;                          // the profile last, the default profile first
  Vector<ConfigRule> rules_;                           // in the order in which they are applied
  Vector<bool> always_;                                // the rules without a filter
  Filterset default_filter_;
};

}  // namespace nextest
