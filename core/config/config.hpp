// The configuration of a run. The settings of a test come from layers, each read once, when the configuration is
// loaded. They are applied one over the other: defaults, profiles from the default one on, their overrides, --config,
// [record] and [ui] of files, options and variables.
#pragma once

#include <algorithm>
#include <memory>

#include "core/base/switches.hpp"
#include "core/base/version.hpp"
#include "core/config/config_files.hpp"
#include "core/config/config_parts.hpp"
#include "core/config/profiles.hpp"
#include "core/config/rule.hpp"
#include "core/config/setting_table.hpp"
#include "core/config/user_config.hpp"
#include "core/model/settings.hpp"
#include "core/model/test_list.hpp"
#include "core/select/filterset.hpp"

namespace nextest {

// What the command line gives of the configuration.
struct ConfigArguments {
  std::string profile;                    // empty: default
  std::string config_file;                // empty: .config/nextest.toml under the workspace root, if it is there
  Vector<std::string> tool_config_files;  // TOOL:FILE; the first has the highest priority
  Vector<std::string> values;             // KEY=VALUE, relative to the profile
  std::string user_config_file;           // empty: the usual one, if it is there; "none": none
  PartialSettings options;                // and variables
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
    if (Status status = config.read_documents(); !status) return status.error();
    if (Status status = config.read_profiles(); !status) return status.error();
    if (Status status = config.read_arguments(); !status) return status.error();
    if (Status status = config.read_user_file(); !status) return status.error();
    if (Status status = config.resolve_run(); !status) return status.error();
    // Of all that was read, places are still asked for, and they are in the text.
    for (const auto& document : config.documents_) document->root = TomlValue();
    return config;
  }

  // Written once, for whoever runs the program.
  Vector<std::string> warnings;
  ConfigParts parts;
  std::string workspace_root;
  std::string profile = "default";
  RunSettings run;
  UiSettings ui;
  RecordSettings record;

  const Filterset& default_filter() const { return default_filter_; }

  // Whether the profile runs any, for whichever tests.
  bool has_scripts() const {
    const Vector<ConfigRule>& rules = profile_.rules;
    return std::any_of(rules.begin(), rules.end(), [](const ConfigRule& rule) { return !rule.is_override; });
  }

  // The wrapper script that lists the tests of a binary; null: none.
  const WrapperScript* list_wrapper_of(const TestBinary& binary) const {
    const WrapperScript* wrapper = nullptr;
    if (!built_in(Feature::Scripts)) return wrapper;
    for (const ConfigRule& rule : profile_.rules) {
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
      rules[i] = rules[i] || profile_.rules[i].filter.matches(list, test, context);
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
    const bool is_here = current_folder() == workspace_root;
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

  Status read_documents() {
    for (const auto& document : documents_) {
      ConfigPartsReader reader(*document, workspace_root, parts, warnings);
      if (Status status = reader.read(); !status) return status;
      const TomlValue* const profiles = document->root.find("profile");
      if (profiles == nullptr) continue;
      ValueReader in(document->source, &warnings);
      in.table(*profiles, {}, [&](const TomlMember& member) {
        const bool is_reserved = starts_with(member.key, "default-") && member.key != "default-miri";
        if (is_reserved && document->tool.empty()) {
          in.warn(member.key_span, "names of profiles that begin with default- are reserved: '" + member.key + "'");
        }
        if (member.value.kind != TomlKind::Table) in.not_allowed(member.value, "a table");
      });
      if (!in.ok()) return in.error();
    }
    return success();
  }

  Status read_profiles() {
    Result<ProfileLayers> read = ProfileReader(documents_, parts, warnings).read(arguments_.profile, profile);
    if (!read) return read.error();
    profile_ = std::move(read.value());
    return success();
  }

  // --config: what is no key there is an error.
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
      Vector<std::string> unknown;
      ValueReader in(document->source, &unknown);
      in.groups = &parts.groups;
      LayerReader{in, PerTest, ""}.read(root.value(), config_values_);
      if (!in.ok()) return in.error();
      if (!unknown.empty()) return Error{ExitCode::SetupError, unknown[0], ""};
      documents_.push_back(std::move(document));
    }
    return success();
  }

  Status read_user_file() {
    const std::string path = user_config_file(arguments_.user_config_file);
    if (path.empty()) return success();
    if (Status status = read_file_at(path, path, ""); !status) return status;
    return UserConfigReader(*documents_.back(), warnings).read(user_);
  }

  // --- from the layers to settings ---

  Status resolve_run() {
    always_.resize(profile_.rules.size());
    for (std::size_t i = 0; i < always_.size(); ++i) always_[i] = !profile_.rules[i].has_filter;
    Settings settings = resolve(always_, nullptr);
    run = std::move(settings.run);
    ui = settings.ui;
    record = settings.record;
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
    for (std::size_t i = 0; i < always_.size(); ++i) {
      matching.push_back(always_[i] ? Vector<bool>(list.tests.size(), true)
                                    : profile_.rules[i].filter.matches_all(list, context));
    }
    return matching;
  }

  // Each layer goes over what the ones before it set.
  Settings resolve(const Vector<bool>& matched, Vector<std::string>* origins) const {
    Settings settings;
    if (origins != nullptr) origins->assign(std::size(setting_table), "default");
    if (built_in(Feature::Config)) {
      for (const PartialSettings& table : profile_.tables) table.apply(settings, origins);
      apply_rules(matched, settings, origins);
      config_values_.apply(settings, origins);
      parts.record.apply(settings, origins);
      user_.apply(settings, origins);
    }
    arguments_.options.apply(settings, origins);
    return settings;
  }

  void apply_rules(const Vector<bool>& matched, Settings& settings, Vector<std::string>* origins) const {
    for (std::size_t i = 0; i < matched.size(); ++i) {
      const ConfigRule& rule = profile_.rules[i];
      if (!matched[i]) continue;
      rule.settings.apply(settings, origins);
      if (rule.run_wrapper != nullptr) settings.test.run_wrapper = rule.run_wrapper;
    }
    settings.test.setup_scripts = asked_for(matched, parts.scripts.setup.size(), &ConfigRule::setup_scripts);
    settings.test.teardown_scripts = asked_for(matched, parts.scripts.teardown.size(), &ConfigRule::teardown_scripts);
  }

  // Each script once, in the order of their definition.
  Vector<std::uint32_t> asked_for(const Vector<bool>& matched, std::size_t scripts,
                                  Vector<std::uint32_t> ConfigRule::*names) const {
    Vector<bool> wanted(scripts);
    for (std::size_t i = 0; i < matched.size(); ++i) {
      if (!matched[i]) continue;
      for (const std::uint32_t script : profile_.rules[i].*names) wanted[script] = true;
    }
    Vector<std::uint32_t> numbers;
    for (std::uint32_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i]) numbers.push_back(i);
    }
    return numbers;
  }

  ConfigArguments arguments_;
  ConfigDocuments documents_;      // of files and of --config
  ProfileLayers profile_;          // and of those that it inherits from
  PartialSettings config_values_;  // of --config
  PartialSettings user_;
  Vector<bool> always_;  // the rules without a filter
  Filterset default_filter_;
};

}  // namespace nextest
