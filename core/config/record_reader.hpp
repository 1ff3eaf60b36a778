// [record], in the configuration of a workspace and in a person's own.
#pragma once

#include <string>

#include "core/base/size.hpp"
#include "core/base/vector.hpp"
#include "core/config/config_files.hpp"
#include "core/config/layer.hpp"
#include "core/config/value_reader.hpp"

namespace nextest {

inline void read_record_settings(const ConfigDocument& document, ValueReader& in, const TomlValue& table,
                                 const std::string& where, RecordSettings& settings, Vector<std::string>& warnings) {
  const auto size = [&](const TomlValue& value, std::uint64_t& bytes) {
    std::string written;
    if (value.kind == TomlKind::Integer && value.integer >= 0) {
      bytes = static_cast<std::uint64_t>(value.integer);
    } else if (in.text(value, written, "a size, as in \"10MB\", \"1GB\"")) {
      const Result<std::uint64_t> parsed = parse_size(written);
      if (parsed) bytes = parsed.value();
      else in.fail(value, parsed.error().message, parsed.error().hint);
    }
  };
  in.table(table, [&](const TomlMember& member) {
    std::uint32_t count = 0;
    if (member.key == "enabled") in.boolean(member.value, settings.enabled);
    else if (member.key == "max-records") in.count(member.value, 0, count), settings.max_records = count;
    else if (member.key == "max-total-size") size(member.value, settings.max_total_size);
    else if (member.key == "max-output-size") size(member.value, settings.max_output_size);
    else if (member.key == "max-age") in.duration(member.value, settings.max_age);
    else
      warnings.push_back(unknown_key(
          document, member, where + member.key,
          did_you_mean(member.key, {"enabled", "max-records", "max-total-size", "max-output-size", "max-age"})));
    return true;
  });
}

}  // namespace nextest
