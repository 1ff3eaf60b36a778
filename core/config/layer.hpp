// One layer of settings: what one place sets, read once, from a table of a document by the table of settings, or from
// the words of options and variables.
#pragma once

#include <algorithm>
#include <iterator>

#include "core/config/setting_table.hpp"
#include "core/config/value_reader.hpp"

namespace nextest {

// The values of some settings, and where each was set.
class PartialSettings {
 public:
  // `word` is what stands behind the option or variable `origin`.
  Status set(Setting setting, std::string_view word, std::string origin) {
    ValueReader in;
    row_of(setting).read(in, Written(word), values_);
    if (in.ok()) origins_.push_back({setting, 0, nullptr, std::move(origin)});
    return in.status();
  }

  // To a value of a document.
  void set(Setting setting, ValueReader& in, const TomlMember& member) {
    row_of(setting).read(in, member.value, values_);
    origins_.push_back({setting, member.key_span.begin, &in.source(), ""});
  }

  bool empty() const { return origins_.empty(); }
  bool has(Setting setting) const {
    return std::any_of(origins_.begin(), origins_.end(), [&](const Origin& o) { return o.setting == setting; });
  }
  // Of what is not set, the default.
  const Settings& values() const { return values_; }

  // Over what `settings` has. `origins` gets the place of each, by Setting; null: nobody wants to know.
  void apply(Settings& settings, Vector<std::string>* origins = nullptr) const {
    for (const Origin& place : origins_) {
      const SettingRow& row = row_of(place.setting);
      row.copy(values_, settings);
      if (!built_in(Feature::Config) || origins == nullptr) continue;
      std::string& origin = (*origins)[static_cast<std::size_t>(row.whole)];
      origin = (row.is_part() ? origin + ", " : "") +
               (place.source != nullptr ? place_of(*place.source, place.at) : place.name);
    }
  }

 private:
  struct Origin {
    Setting setting;
    std::uint32_t at;          // in the source
    const TomlSource* source;  // which outlives this; null: it was an option or a variable
    std::string name;          // of that
  };

  Settings values_;
  Vector<Origin> origins_;  // in this order: the last of two for one setting is in `values_`
};

// The settings of a table that may stand in `places`.
struct LayerReader {
  ValueReader& in;
  const std::uint8_t places;                 // of one kind of table, so all that fit are of one family
  const std::string where;                   // goes before a key that is none, in the warning about it
  const Vector<std::string_view> also = {};  // keys beside them, which are read elsewhere

  void read(const TomlValue& table, PartialSettings& settings) const {
    if (table.kind != TomlKind::Table) in.not_allowed(table, "a table");
    read_members(table, std::string(family()), settings);
  }

 private:
  // With which the keys of all settings in the table begin, and which stands before the table's own name.
  std::string_view family() const { return places == InUserConfig ? "ui." : places == InRecord ? "record." : ""; }

  void read_members(const TomlValue& table, const std::string& prefix, PartialSettings& settings) const {
    for (const TomlMember& member : table.members) {
      const std::string key = prefix + member.key;
      const SettingRow* const row = find_setting(key);
      const auto is_inside = [&](const SettingRow& other) { return fits(other) && starts_with(other.key, key + "."); };
      if (row != nullptr && fits(*row)) {
        settings.set(row->setting, in, member);
      } else if (std::any_of(std::begin(setting_table), std::end(setting_table), is_inside)) {
        if (member.value.kind == TomlKind::Table) read_members(member.value, key + ".", settings);
        else in.not_allowed(member.value, "a table");
      } else {
        warn_unknown(member, std::string_view(key).substr(family().size()), row);
      }
    }
  }

  // `row`: of a setting that may stand elsewhere.
  void warn_unknown(const TomlMember& member, std::string_view key, const SettingRow* row) const {
    if (also.has(key)) return;
    std::string hint = places == InProfile ? "it stands in overrides" : "it cannot differ from test to test";
    if (row == nullptr || (row->places & PerTest) == 0) {
      Vector<std::string_view> known = also;
      for (const SettingRow& other : setting_table) {
        if (fits(other)) known.push_back(std::string_view(other.key).substr(family().size()));
      }
      hint = did_you_mean(key, known);
    }
    in.warn_unknown(member, where + std::string(key), hint);
  }

  bool fits(const SettingRow& row) const { return (row.places & places) != 0; }
};

}  // namespace nextest
