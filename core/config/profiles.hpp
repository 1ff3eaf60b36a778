// All profiles of all files: each is read once, whether it is used or not, for nothing in it may be wrong.
#pragma once

#include <stdlib.h>

#include <algorithm>
#include <memory>

#include "core/config/config_files.hpp"
#include "core/config/config_parts.hpp"
#include "core/config/layer.hpp"
#include "core/config/rule.hpp"

namespace nextest {

using ConfigDocuments = Vector<std::unique_ptr<ConfigDocument>>;  // from the lowest priority to the highest

// The layers of a profile, or of a profile and those it inherits from, in the order in which they are applied.
struct ProfileLayers {
  Vector<PartialSettings> tables;
  Vector<ConfigRule> rules;

  void append(ProfileLayers other) {
    for (PartialSettings& table : other.tables) tables.push_back(std::move(table));
    for (ConfigRule& rule : other.rules) rules.push_back(std::move(rule));
  }
};

class ProfileReader {
 public:
  ProfileReader(const ConfigDocuments& documents, const ConfigParts& parts, Vector<std::string>& warnings)
      : documents_(documents), parts_(parts), warnings_(warnings) {}

  // The layers of `asked_for` (empty: the usual one), which becomes `profile`, and of those that it inherits from.
  Result<ProfileLayers> read(const std::string& asked_for, std::string& profile) {
    const Vector<std::string> known = names();
    if (!asked_for.empty()) profile = asked_for;
    else if (::getenv("MIRI_SYSROOT") != nullptr) profile = "default-miri";
    if (!known.has(profile)) {
      std::string all;
      for (const std::string& name : known) all.append(all.empty() ? "" : ", ").append(name);
      const std::string hint = did_you_mean(profile, {known.begin(), known.end()});
      return Error{ExitCode::SetupError, "there is no profile '" + profile + "'",
                   hint + (hint.empty() ? "" : " ") + "profiles: " + all};
    }
    Vector<ProfileLayers> layers(known.size());
    Vector<std::string> chain;  // from the profile to the default one
    for (std::size_t i = 0; i < known.size(); ++i) {
      Vector<std::string> links = {known[i]};
      for (std::string parent;;) {
        if (Status status = parent_of(links, known, parent); !status) return status.error();
        if (links.back() == "default") break;
        links.push_back(parent);
      }
      if (Status status = read_profile(known[i], layers[i]); !status) return status.error();
      if (known[i] == profile) chain = std::move(links);
    }
    ProfileLayers chosen;
    for (std::size_t i = chain.size(); i-- > 0;) {
      chosen.append(
          std::move(layers[static_cast<std::size_t>(std::find(known.begin(), known.end(), chain[i]) - known.begin())]));
    }
    return chosen;
  }

 private:
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

  Vector<std::string> names() const {
    Vector<std::string> names = {"default", "default-miri"};
    for (const auto& document : documents_) {
      const TomlValue* const profiles = document->root.find("profile");
      if (profiles == nullptr) continue;
      for (const TomlMember& member : profiles->members) {
        if (!names.has(member.key)) names.push_back(member.key);
      }
    }
    return names;
  }

  // The profile that the last of `chain` inherits from. A profile that is in it already is an error.
  Status parent_of(const Vector<std::string>& chain, const Vector<std::string>& known, std::string& parent) {
    const std::string& name = chain.back();
    parent = "default";
    const TomlValue* inherits = nullptr;  // the last one counts
    const TomlSource* source = nullptr;
    Status status = for_each_table(name, [&](const ConfigDocument& document, const TomlValue& table) {
      ValueReader in(document.source);
      const TomlValue* const value = table.find("inherits");
      if (value == nullptr || !in.text(*value, parent)) return in.status();
      inherits = value;
      source = &document.source;
      if (name == "default") in.fail(*value, "the default profile cannot inherit from another one", "");
      if (!known.has(parent)) {
        in.fail(*value, "there is no profile '" + parent + "'", did_you_mean(parent, {known.begin(), known.end()}));
      }
      return in.status();
    });
    if (!status || inherits == nullptr || !chain.has(parent)) return status;
    std::string names;
    for (const std::string& link : chain) names.append(link).append(" -> ");
    ValueReader in(*source);
    in.fail(*inherits, "profiles inherit from each other in a circle: " + names + parent, "");
    return in.status();
  }

  // Its tables, then its rules. Those of a file are applied from the last to the first.
  Status read_profile(const std::string& name, ProfileLayers& layers) {
    const std::string where = "profile." + name + ".";
    Status status = for_each_table(name, [&](const ConfigDocument& document, const TomlValue& table) {
      ValueReader in(document.source, &warnings_);
      in.groups = &parts_.groups;
      LayerReader{in, InProfile, where, {"inherits", "overrides", "scripts"}}.read(table, layers.tables.emplace_back());
      return in.status();
    });
    if (!status) return status;
    return for_each_table(name, [&](const ConfigDocument& document, const TomlValue& table) -> Status {
      for (const char* const kind : {"overrides", "scripts"}) {
        const TomlValue* const list = table.find(kind);
        if (list == nullptr) continue;
        if (list->kind != TomlKind::Array) {
          ValueReader in(document.source);
          in.not_allowed(*list, "an array of tables");
          return in.error();
        }
        RuleReader reader(document, parts_, where + kind + ".", warnings_);
        for (std::size_t i = list->items.size(); i-- > 0;) {
          Result<ConfigRule> rule = reader.read(list->items[i], *kind == 'o');
          if (!rule) return rule.error();
          if (rule.value().platform_matches) layers.rules.push_back(std::move(rule.value()));
        }
      }
      return success();
    });
  }

  const ConfigDocuments& documents_;
  const ConfigParts& parts_;
  Vector<std::string>& warnings_;
};

}  // namespace nextest
