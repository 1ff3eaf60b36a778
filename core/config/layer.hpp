// One layer of settings: what one place says, read once, from a table of a document by the table of settings, or from
// the words of options and variables.
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/vector.hpp"
#include "core/config/config_files.hpp"
#include "core/config/setting_table.hpp"

namespace nextest {

// The values of some settings, and where each was said.
class PartialSettings {
 public:
  // What an option or a variable, `origin`, says.
  Status say(Setting setting, std::string_view word, std::string origin) {
    ValueReader in;
    row_of(setting).read(in, Written(word), values_);
    if (in.ok()) said_.push_back({setting, 0, nullptr, std::move(origin)});
    return in.status();
  }

  // What `member` of the document says.
  void say(Setting setting, ValueReader& in, const TomlMember& member, const TomlSource& source) {
    row_of(setting).read(in, member.value, values_);
    said_.push_back({setting, member.key_span.begin, &source, ""});
  }

  bool empty() const { return said_.empty(); }
  bool says(Setting setting) const {
    return std::any_of(said_.begin(), said_.end(), [&](const Said& said) { return said.setting == setting; });
  }
  // Of what it does not say, the default.
  const Settings& values() const { return values_; }

  // Over what `settings` has. `origins` gets the place of each, by Setting; null: nobody wants to know.
  void apply(Settings& settings, Vector<std::string>* origins = nullptr) const {
    for (const Said& said : said_) {
      const SettingRow& row = row_of(said.setting);
      row.copy(values_, settings);
      if (!built_in(Feature::Config) || origins == nullptr) continue;
      std::string& origin = (*origins)[static_cast<std::size_t>(row.whole)];
      origin = (row.is_part() ? origin + ", " : "") + said.where();
    }
  }

 private:
  struct Said {
    Setting setting;
    std::uint32_t at;          // in the source
    const TomlSource* source;  // which outlives this; null: it was an option or a variable
    std::string origin;        // its name

    std::string where() const { return source != nullptr ? place_of(*source, at) : origin; }
  };

  Settings values_;
  Vector<Said> said_;  // in this order: the last of two for one setting is in `values_`
};

inline std::string did_you_mean(std::string_view word, const Vector<std::string_view>& known) {
  const std::string_view near = nearest(word, known);
  return near.empty() ? "" : "did you mean '" + std::string(near) + "'?";
}

inline std::string unknown_key(const ConfigDocument& document, const TomlMember& member, const std::string& key,
                               const std::string& hint) {
  return document.place_of(member.key_span) + ": unknown key '" + key + "'" + (hint.empty() ? "" : "; " + hint);
}

// A table whose keys are those. Another one is a warning, in which `where` goes before it.
inline void read_table(const ConfigDocument& document, ValueReader& in, const TomlValue& table,
                       const std::string& where, Vector<std::string>& warnings, ValueReader::TableKeys keys) {
  in.table(table, keys, [&](const TomlMember& member) {
    Vector<std::string_view> known;
    for (const TableKey& key : keys) {
      if (key.is_suggested) known.push_back(key.name);
    }
    warnings.push_back(unknown_key(document, member, where + member.key, did_you_mean(member.key, known)));
  });
}

class LayerReader {
 public:
  // The settings of `document` that may stand in `places`. `also` are keys beside them, which are read elsewhere.
  // Warnings about keys that are none begin with `where`.
  LayerReader(const ConfigDocument& document, std::uint8_t places, const Vector<TestGroup>& groups, std::string where,
              Vector<std::string>& warnings, Vector<std::string_view> also = {})
      : document_(document),
        places_(places),
        where_(std::move(where)),
        warnings_(warnings),
        also_(std::move(also)),
        in_(&document.source) {
    in_.groups = &groups;
  }

  // `family`: with which the keys of all settings in the table begin, where that is not said in it.
  Status read(const TomlValue& table, PartialSettings& said, std::string_view family = "") {
    family_ = family;
    if (table.kind != TomlKind::Table) in_.not_allowed(table, "a table");
    read_members(table, std::string(family), said);
    return in_.status();
  }

 private:
  void read_members(const TomlValue& table, const std::string& prefix, PartialSettings& said) {
    for (const TomlMember& member : table.members) {
      const std::string key = prefix + member.key;
      const SettingRow* const row = find_setting(key);
      const auto is_inside = [&](const SettingRow& other) { return fits(other) && starts_with(other.key, key + "."); };
      if (row != nullptr && fits(*row)) {
        said.say(row->setting, in_, member, document_.source);
      } else if (std::any_of(std::begin(setting_table), std::end(setting_table), is_inside)) {
        if (member.value.kind == TomlKind::Table) read_members(member.value, key + ".", said);
        else in_.not_allowed(member.value, "a table");
      } else {
        warn_unknown(member, std::string_view(key).substr(family_.size()), row);
      }
    }
  }

  // `row`: of a setting that may stand elsewhere.
  void warn_unknown(const TomlMember& member, std::string_view key, const SettingRow* row) {
    if (std::find(also_.begin(), also_.end(), key) != also_.end()) return;
    std::string hint = places_ == InProfile ? "it stands in overrides" : "it cannot differ from test to test";
    if (row == nullptr || (row->places & InProfiles) == 0) {
      Vector<std::string_view> known = also_;
      for (const SettingRow& other : setting_table) {
        if (fits(other)) known.push_back(std::string_view(other.key).substr(family_.size()));
      }
      hint = did_you_mean(key, known);
    }
    warnings_.push_back(unknown_key(document_, member, where_ + std::string(key), hint));
  }

  // `places_` is of one kind of table, so all that fit are of the family.
  bool fits(const SettingRow& row) const { return (row.places & places_) != 0; }

  const ConfigDocument& document_;
  const std::uint8_t places_;
  const std::string where_;
  Vector<std::string>& warnings_;
  const Vector<std::string_view> also_;
  std::string_view family_;
  ValueReader in_;
};

}  // namespace nextest
