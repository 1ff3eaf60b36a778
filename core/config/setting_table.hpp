// The settings of a profile and its overrides: name, meaning and how it is shown stand in one row each.
#pragma once

#include <string>
#include <string_view>

#include "core/base/switches.hpp"
#include "core/base/vector.hpp"
#include "core/config/value_reader.hpp"
#include "core/model/settings.hpp"
#include "core/select/filterset.hpp"

namespace nextest {

// All that a profile says, for one test.
struct Settings {
  RunSettings run;
  TestSettings test;
};

enum SettingPlaces : std::uint8_t {
  InProfile = 1,
  InOverride = 2,
  OnCommandLine = 4,  // a part of another setting, which an option changes on its own
};

// What a setting may name.
struct SettingNames {
  const Vector<TestGroup>* groups;
};

struct SettingRow {
  const char* key;  // parts joined with '.'
  std::uint8_t places;
  void (*read)(ValueReader& in, const TomlValue& value, const SettingNames& names, Settings& settings);
  std::string (*show)(const Settings& settings, const SettingNames& names);  // as TOML
};

// --- as TOML ---

inline std::string show_duration(Duration duration) {
  if (thirty_years <= duration) return "\"30y\"";
  const std::int64_t ms = 1000000, s = 1000 * ms;
  const std::int64_t unit = duration.ns % s == 0 ? s : duration.ns % ms == 0 ? ms : 1;
  return "\"" + std::to_string(duration.ns / unit) + (unit == s ? "s" : unit == ms ? "ms" : "ns") + "\"";
}

// A basic string (TOML 1.0.0, "String").
inline std::string show_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out.append("\\").append(1, c);
    else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) append_format(out, "\\u%04x", c);
    else out += c;
  }
  return out + "\"";
}

inline const char* show_boolean(bool flag) { return flag ? "true" : "false"; }

inline std::string show_threads(const ThreadCount& threads) {
  if (threads.kind == ThreadCount::Number) return std::to_string(threads.number);
  return threads.kind == ThreadCount::Cpus ? "\"num-cpus\"" : "\"num-test-threads\"";
}

inline std::string show_slow_timeout(const SlowTimeout& slow) {
  std::string out = "{ period = " + show_duration(slow.period);
  if (slow.terminate_after > 0) out += ", terminate-after = " + std::to_string(slow.terminate_after);
  out += ", grace-period = " + show_duration(slow.grace_period);
  return out + ", on-timeout = \"" + (slow.passes ? "pass" : "fail") + "\" }";
}

// --- read the same way in more than one place ---

// An option has a word where a file may have a table.
inline bool is_table(const TomlValue& value) { return built_in(Feature::Config) && value.kind == TomlKind::Table; }

// A duration, or a table.
inline void read_slow_timeout(ValueReader& in, const TomlValue& value, SlowTimeout& slow) {
  SlowTimeout read;
  if (!is_table(value)) {
    in.duration(value, read.period, false);
  } else {
    bool has_period = false;
    in.table(value, [&](const TomlMember& member) {
      if (member.key == "period") in.duration(member.value, read.period, false), has_period = true;
      else if (member.key == "terminate-after") in.count(member.value, 1, read.terminate_after);
      else if (member.key == "grace-period") in.duration(member.value, read.grace_period);
      else if (member.key == "on-timeout") in.choose(member.value, {"fail", "pass"}, read.passes);
      else return false;
      return true;
    });
    if (!has_period) in.fail(value, "a period is missing", "as in { period = \"60s\", terminate-after = 2 }");
  }
  if (in.ok()) slow = read;
}

inline void read_leak_timeout(ValueReader& in, const TomlValue& value, LeakTimeout& leak) {
  LeakTimeout read;
  if (!is_table(value)) {
    in.duration(value, read.period);
  } else {
    bool has_period = false;
    in.table(value, [&](const TomlMember& member) {
      if (member.key == "period") in.duration(member.value, read.period), has_period = true;
      else if (member.key == "result") in.choose(member.value, {"pass", "fail"}, read.fails);
      else return false;
      return true;
    });
    if (!has_period) in.fail(value, "a period is missing", "as in { period = \"500ms\", result = \"fail\" }");
  }
  if (in.ok()) leak = read;
}

// A number, or a table.
inline void read_retries(ValueReader& in, const TomlValue& value, RetryPolicy& retries) {
  RetryPolicy read;
  if (!is_table(value)) {
    in.count(value, 0, read.count);
  } else {
    const TomlValue* backoff = nullptr;
    bool has_count = false, has_max_delay = false;
    in.table(value, [&](const TomlMember& member) {
      if (member.key == "backoff")
        in.choose(member.value, {"fixed", "exponential"}, read.exponential), backoff = &member.value;
      else if (member.key == "count") in.count(member.value, 0, read.count), has_count = true;
      else if (member.key == "delay") in.duration(member.value, read.delay);
      else if (member.key == "max-delay") in.duration(member.value, read.max_delay, false), has_max_delay = true;
      else if (member.key == "jitter") in.boolean(member.value, read.jitter);
      else return false;
      return true;
    });
    const char* const example = "as in { backoff = \"exponential\", count = 3, delay = \"1s\", max-delay = \"10s\" }";
    if (backoff == nullptr) in.fail(value, "a backoff is missing", example);
    else if (!has_count) in.fail(value, "a count is missing", example);
    else if (read.exponential && read.delay.ns == 0)
      in.fail(value, "an exponential backoff needs a delay above 0", example);
    else if (read.exponential && read.max_delay < read.delay)
      in.fail(value, "the max-delay is shorter than the delay", example);
    else if (!read.exponential && has_max_delay) in.fail(value, "a max-delay needs an exponential backoff", example);
    else if (read.jitter && read.delay.ns == 0) in.fail(value, "jitter needs a delay above 0", example);
  }
  if (in.ok()) retries = read;
}

// true, false, or a table.
inline void read_fail_fast(ValueReader& in, const TomlValue& value, MaxFail& max_fail) {
  MaxFail read;
  if (value.kind == TomlKind::Boolean) {
    read.count = value.boolean ? 1 : 0;
  } else if (!is_table(value)) {
    in.not_allowed(value, "true, false, or as in { max-fail = 5, terminate = \"immediate\" }");
  } else {
    bool has_max_fail = false;
    in.table(value, [&](const TomlMember& member) {
      if (member.key == "max-fail") {
        has_max_fail = true;
        if (member.value.kind == TomlKind::String && member.value.text == "all") read.count = 0;
        else if (member.value.kind == TomlKind::Integer) in.count(member.value, 1, read.count);
        else in.not_allowed(member.value, "a number from 1, \"all\"");
      } else if (member.key == "terminate") {
        in.choose(member.value, {"wait", "immediate"}, read.immediate);
      } else {
        return false;
      }
      return true;
    });
    if (!has_max_fail) in.fail(value, "a max-fail is missing", "as in { max-fail = 5, terminate = \"immediate\" }");
  }
  if (in.ok()) max_fail = read;
}

// N, N:wait, N:immediate, all: one word, as an option has it.
inline void read_max_fail(ValueReader& in, const TomlValue& value, MaxFail& max_fail) {
  const std::string_view text = value.text;
  const std::size_t colon = text.find(':');
  const std::string_view mode = colon == std::string_view::npos ? ":wait" : text.substr(colon);
  std::uint64_t count = 0;
  const bool is_number = parse_number(text.substr(0, colon), count, UINT32_MAX - 1) && count > 0;
  if ((!is_number && text != "all") || (mode != ":wait" && mode != ":immediate")) {
    return in.not_allowed(value, "N, N:wait, N:immediate (N from 1), all");
  }
  max_fail = {static_cast<std::uint32_t>(count), mode == ":immediate"};
}

inline constexpr const char* output_displays[] = {"never", "immediate", "final", "immediate-final"};
inline constexpr const char* status_levels[] = {"none", "fail", "retry", "slow", "leak", "pass", "skip", "all"};
inline constexpr const char* final_status_levels[] = {"none", "fail", "flaky", "slow", "skip", "leak", "pass", "all"};
inline constexpr const char* show_progress_words[] = {"auto", "none", "bar", "counter", "only"};
inline constexpr const char* skipped_reports[] = {"none", "ignored", "all"};

using In = ValueReader;
using Value = TomlValue;

inline const SettingRow setting_table[] = {
    {"default-filter", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       if (!in.text(v, s.run.default_filter, "a filterset expression")) return;
       const Result<Filterset> filterset = Filterset::parse(s.run.default_filter, FiltersetPlace::DefaultFilter);
       if (!filterset) in.fail(v, filterset.error());
     },
     [](const Settings& s, const SettingNames&) { return show_string(s.run.default_filter); }},
    {"test-threads", InProfile,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       in.threads(v, -100000, false, s.run.test_threads);
     },
     [](const Settings& s, const SettingNames&) { return show_threads(s.run.test_threads); }},
    {"fail-fast", InProfile,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { read_fail_fast(in, v, s.run.max_fail); },
     [](const Settings& s, const SettingNames&) {
       const MaxFail& max_fail = s.run.max_fail;
       const std::string count = max_fail.count == 0 ? "\"all\"" : std::to_string(max_fail.count);
       return "{ max-fail = " + count + ", terminate = \"" + (max_fail.immediate ? "immediate" : "wait") + "\" }";
     }},
    {"fail-fast.max-fail", OnCommandLine,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { read_max_fail(in, v, s.run.max_fail); }, nullptr},
    {"global-timeout", InProfile,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.duration(v, s.run.global_timeout); },
     [](const Settings& s, const SettingNames&) { return show_duration(s.run.global_timeout); }},
    {"status-level", InProfile,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.choose(v, status_levels, s.run.status_level); },
     [](const Settings& s, const SettingNames&) {
       return show_string(status_levels[static_cast<std::size_t>(s.run.status_level)]);
     }},
    {"final-status-level", InProfile,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       if (v.kind == TomlKind::String && v.text == "retry") s.run.final_status_level = FinalStatusLevel::Flaky;
       else in.choose(v, final_status_levels, s.run.final_status_level);
     },
     [](const Settings& s, const SettingNames&) {
       return show_string(final_status_levels[static_cast<std::size_t>(s.run.final_status_level)]);
     }},
    {"junit.path", InProfile,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.text(v, s.run.junit_path); },
     [](const Settings& s, const SettingNames&) { return show_string(s.run.junit_path); }},
    {"junit.report-name", InProfile,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.text(v, s.run.junit_report_name); },
     [](const Settings& s, const SettingNames&) { return show_string(s.run.junit_report_name); }},
    {"bench.global-timeout", InProfile,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.duration(v, s.run.bench_global_timeout); },
     [](const Settings& s, const SettingNames&) { return show_duration(s.run.bench_global_timeout); }},

    {"retries", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { read_retries(in, v, s.test.retries); },
     [](const Settings& s, const SettingNames&) {
       const RetryPolicy& retries = s.test.retries;
       if (retries.delay.ns == 0) return std::to_string(retries.count);
       std::string out = std::string("{ backoff = \"") + (retries.exponential ? "exponential" : "fixed") +
                         "\", count = " + std::to_string(retries.count) + ", delay = " + show_duration(retries.delay);
       if (retries.exponential && retries.max_delay < thirty_years)
         out += ", max-delay = " + show_duration(retries.max_delay);
       return out + (retries.jitter ? ", jitter = true }" : " }");
     }},
    {"flaky-result", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       in.choose(v, {"pass", "fail"}, s.test.flaky_fails);
     },
     [](const Settings& s, const SettingNames&) { return show_string(s.test.flaky_fails ? "fail" : "pass"); }},
    {"slow-timeout", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { read_slow_timeout(in, v, s.test.slow_timeout); },
     [](const Settings& s, const SettingNames&) { return show_slow_timeout(s.test.slow_timeout); }},
    {"slow-timeout.period", OnCommandLine,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       in.duration(v, s.test.slow_timeout.period, false);
     },
     nullptr},
    {"slow-timeout.terminate-after", OnCommandLine,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       in.count(v, 1, s.test.slow_timeout.terminate_after);
     },
     nullptr},
    {"slow-timeout.grace-period", OnCommandLine,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.duration(v, s.test.slow_timeout.grace_period); },
     nullptr},
    {"leak-timeout", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { read_leak_timeout(in, v, s.test.leak_timeout); },
     [](const Settings& s, const SettingNames&) {
       const LeakTimeout& leak = s.test.leak_timeout;
       return "{ period = " + show_duration(leak.period) + ", result = \"" + (leak.fails ? "fail" : "pass") + "\" }";
     }},
    {"leak-timeout.period", OnCommandLine,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.duration(v, s.test.leak_timeout.period); },
     nullptr},
    {"threads-required", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.threads(v, 1, true, s.test.threads_required); },
     [](const Settings& s, const SettingNames&) { return show_threads(s.test.threads_required); }},
    {"test-group", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames& names, Settings& s) {
       std::string name;
       if (!in.text(v, name)) return;
       Vector<std::string_view> known;
       for (std::size_t i = 0; i < names.groups->size(); ++i) {
         if (name == (*names.groups)[i].name) {
           s.test.group = static_cast<std::uint32_t>(i);
           return;
         }
         known.push_back((*names.groups)[i].name);
       }
       const std::string_view near = nearest(name, known);
       in.fail(v, "there is no test group '" + name + "'",
               near.empty() ? "define it: [test-groups." + name + "] with a max-threads"
                            : "did you mean '" + std::string(near) + "'?");
     },
     [](const Settings& s, const SettingNames& names) { return show_string((*names.groups)[s.test.group].name); }},
    {"priority", InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       std::int64_t priority = 0;
       in.number(v, -100, 100, priority);
       s.test.priority = static_cast<std::int32_t>(priority);
     },
     [](const Settings& s, const SettingNames&) { return std::to_string(s.test.priority); }},
    {"success-output", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       in.choose(v, output_displays, s.test.success_output);
     },
     [](const Settings& s, const SettingNames&) {
       return show_string(output_displays[static_cast<std::size_t>(s.test.success_output)]);
     }},
    {"failure-output", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       in.choose(v, output_displays, s.test.failure_output);
     },
     [](const Settings& s, const SettingNames&) {
       return show_string(output_displays[static_cast<std::size_t>(s.test.failure_output)]);
     }},
    {"run-extra-args", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.strings(v, s.test.run_extra_args); },
     [](const Settings& s, const SettingNames&) {
       std::string out = "[";
       for (const std::string& word : s.test.run_extra_args)
         out.append(out.size() > 1 ? ", " : "").append(show_string(word));
       return out + "]";
     }},
    {"junit.store-success-output", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.boolean(v, s.test.junit.store_success_output); },
     [](const Settings& s, const SettingNames&) {
       return std::string(show_boolean(s.test.junit.store_success_output));
     }},
    {"junit.store-failure-output", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) { in.boolean(v, s.test.junit.store_failure_output); },
     [](const Settings& s, const SettingNames&) {
       return std::string(show_boolean(s.test.junit.store_failure_output));
     }},
    {"junit.report-skipped", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       in.choose(v, skipped_reports, s.test.junit.report_skipped);
     },
     [](const Settings& s, const SettingNames&) {
       return show_string(skipped_reports[static_cast<std::size_t>(s.test.junit.report_skipped)]);
     }},
    {"junit.flaky-fail-status", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       in.choose(v, {"failure", "success"}, s.test.junit.flaky_fails_succeed);
     },
     [](const Settings& s, const SettingNames&) {
       return show_string(s.test.junit.flaky_fails_succeed ? "success" : "failure");
     }},
    {"bench.slow-timeout", InProfile | InOverride,
     [](In& in, const Value& v, const SettingNames&, Settings& s) {
       read_slow_timeout(in, v, s.test.bench_slow_timeout);
     },
     [](const Settings& s, const SettingNames&) { return show_slow_timeout(s.test.bench_slow_timeout); }},
    // Of `cargo nextest archive`, which has no counterpart here.
    {"archive.include", InProfile,
     [](In& in, const Value& v, const SettingNames&, Settings&) {
       if (v.kind != TomlKind::Array) in.not_allowed(v, "an array of tables");
     },
     nullptr},
};

inline const SettingRow* find_setting(std::string_view key) {
  for (const SettingRow& row : setting_table) {
    if (key == row.key) return &row;
  }
  return nullptr;
}

}  // namespace nextest
