// One layer of settings: a table of a document, read by the table of settings.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

#include "core/base/vector.hpp"
#include "core/config/config_files.hpp"
#include "core/config/setting_table.hpp"

namespace nextest {

inline std::string did_you_mean(std::string_view word, const Vector<std::string_view>& known) {
  const std::string_view near = nearest(word, known);
  return near.empty() ? "" : "did you mean '" + std::string(near) + "'?";
}

inline std::string unknown_key(const ConfigDocument& document, const TomlMember& member, const std::string& key,
                               const std::string& hint) {
  return document.place_of(member.key_span) + ": unknown key '" + key + "'" + (hint.empty() ? "" : "; " + hint);
}

class SettingLayer {
 public:
  // The settings of `document` that may stand in `places`. `also` are keys beside them, which are read elsewhere.
  SettingLayer(const ConfigDocument& document, std::uint8_t places, SettingNames names,
               Vector<std::string_view> also = {})
      : document_(document), places_(places), names_(names), also_(std::move(also)), in_(&document.source) {}

  // Where the settings were found, by row of the table of settings.
  Vector<std::string>* origins = nullptr;
  // Warnings about keys that are none; `where` is the name of the table.
  Vector<std::string>* warnings = nullptr;
  std::string where;

  Status read(const TomlValue& table, Settings& settings) {
    read_members(table, "", settings);
    return in_.status();
  }

 private:
  void read_members(const TomlValue& table, const std::string& prefix, Settings& settings) {
    for (const TomlMember& member : table.members) {
      const std::string key = prefix + member.key;
      const SettingRow* const row = find_setting(key);
      const auto is_inside = [&](const SettingRow& other) { return fits(other) && starts_with(other.key, key + "."); };
      if (row != nullptr && fits(*row)) {
        row->read(in_, member.value, names_, settings);
        if (origins != nullptr)
          (*origins)[static_cast<std::size_t>(row - setting_table)] = document_.place_of(member.key_span);
      } else if (std::any_of(std::begin(setting_table), std::end(setting_table), is_inside)) {
        if (member.value.kind == TomlKind::Table) read_members(member.value, key + ".", settings);
        else in_.not_allowed(member.value, "a table");
      } else if (warnings != nullptr && std::find(also_.begin(), also_.end(), key) == also_.end()) {
        Vector<std::string_view> known = also_;
        for (const SettingRow& other : setting_table) {
          if (fits(other)) known.push_back(other.key);
        }
        const std::string hint = row == nullptr         ? did_you_mean(key, known)
                                 : places_ == InProfile ? "it stands in overrides"
                                                        : "it cannot differ from test to test";
        warnings->push_back(unknown_key(document_, member, where + key, hint));
      }
    }
  }

  bool fits(const SettingRow& row) const { return (row.places & places_) != 0; }

  const ConfigDocument& document_;
  const std::uint8_t places_;
  const SettingNames names_;
  const Vector<std::string_view> also_;
  ValueReader in_;
};

}  // namespace nextest
