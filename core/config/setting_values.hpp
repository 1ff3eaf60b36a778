// What the value of a setting may be: how it is read, and how it is shown, as TOML. A form of values is a struct with
// both; rows of the table of settings, and options that are none, name the one that they have.
#pragma once

#include "core/base/choices.hpp"
#include "core/base/size.hpp"
#include "core/config/value_reader.hpp"
#include "core/model/settings.hpp"
#include "core/select/filterset.hpp"
#include "core/select/output_pattern.hpp"
#include "core/select/regex.hpp"

namespace nextest {

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

// --- words and numbers ---

// A form of which no value is a word.
inline constexpr Choices no_words;
struct WithoutWords {
  static constexpr const Choices* words = &no_words;
};

// One of the words, by position.
template <const Choices& choices>
struct ChoiceValue {
  static constexpr const Choices* words = &choices;
  template <class Choice>
  static void read(ValueReader& in, const Written& value, Choice& choice) {
    in.choose(value, choices, choice);
  }
  template <class Choice>
  static std::string show(Choice choice) {
    return show_string(choices.words[static_cast<std::size_t>(choice)]);
  }
};

inline constexpr Choices output_displays = {{"never", "immediate", "final", "immediate-final"}};
inline constexpr Choices status_levels = {{"none", "fail", "retry", "slow", "leak", "pass", "skip", "all"}};
inline constexpr Choices final_status_levels =
    with_alias("retry", 2, {{"none", "fail", "flaky", "slow", "skip", "leak", "pass", "all"}});
inline constexpr Choices skipped_reports = {{"none", "ignored", "all"}};
inline constexpr Choices pass_or_fail = {{"pass", "fail"}};
inline constexpr Choices fail_or_ignore = {{"fail", "ignore"}};
inline constexpr Choices fail_or_pass = {{"fail", "pass"}};
inline constexpr Choices failure_or_success = {{"failure", "success"}};
inline constexpr Choices backoffs = {{"fixed", "exponential"}};
inline constexpr Choices wait_or_immediate = {{"wait", "immediate"}};
inline constexpr Choices progress_displays =
    with_alias("running", 2, needs(Feature::Terminal, " bar only ", {{"auto", "none", "bar", "counter", "only"}}));

struct BooleanValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, bool& flag) { in.boolean(value, flag); }
  static std::string show(bool flag) { return flag ? "true" : "false"; }
};

template <std::int64_t smallest>
struct CountValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::uint32_t& count) { in.count(value, smallest, count); }
  static std::string show(std::uint32_t count) { return decimal(count); }
};

struct PriorityValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::int32_t& priority) {
    std::int64_t wide = 0;
    in.number(value, -100, 100, wide);
    priority = static_cast<std::int32_t>(wide);
  }
  static std::string show(std::int32_t priority) { return decimal(priority); }
};

// How many lines of running tests the bar has.
struct MaxRunningValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::uint32_t& count) {
    if (value.is("infinite")) count = UINT32_MAX;
    else if (value.in_file() == nullptr || value.integer()) in.count(value, 0, count);
    else in.not_allowed(value, "a number, \"infinite\"");
  }
  static std::string show(std::uint32_t count) { return count == UINT32_MAX ? "\"infinite\"" : decimal(count); }
};

struct SizeValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::uint64_t& bytes) {
    std::string written;
    if (const std::optional<std::int64_t> number = value.integer(); number && *number >= 0) {
      bytes = static_cast<std::uint64_t>(*number);
    } else if (in.text(value, written, "a size, as in \"10MB\", \"1GB\"")) {
      const Result<std::uint64_t> parsed = parse_size(written);
      if (parsed) bytes = parsed.value();
      else in.fail(value, parsed.error());
    }
  }
  static std::string show(std::uint64_t bytes) {
    std::string text;
    append_format(text, "%llu", static_cast<unsigned long long>(bytes));
    return text;
  }
};

struct TextValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::string& text) { in.text(value, text); }
  static std::string show(const std::string& text) { return show_string(text); }
};

struct DefaultFilterValue : TextValue {
  static void read(ValueReader& in, const Written& value, std::string& text) {
    if (!in.text(value, text, "a filterset expression")) return;
    const Result<Filterset> filterset = Filterset::parse(text, FiltersetPlace::DefaultFilter);
    if (!filterset) in.fail(value, filterset.error());
  }
};

struct ArgumentsValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, Vector<std::string>& arguments) {
    if (value.in_file() != nullptr) in.strings(*value.in_file(), arguments);
  }
  static std::string show(const Vector<std::string>& arguments) {
    std::string out = "[";
    for (const std::string& word : arguments) out.append(out.size() > 1 ? ", " : "").append(show_string(word));
    return out + "]";
  }
};

// Its ^ and $ are the ends of each line. An empty one is none.
struct OutputPatternValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, std::shared_ptr<const OutputPattern>& pattern) {
    OutputPattern read;
    if (!in.text(value, read.text, "a regex")) return;
    PatternFault fault;
    if (read.text.empty()) pattern = nullptr;
    else if (Regex::compile("(?m)" + read.text, read.regex, fault))
      pattern = std::make_shared<const OutputPattern>(std::move(read));
    else in.fail(value, "the regex " + value.shown() + " cannot be used: " + fault.what, "");
  }
  static std::string show(const std::shared_ptr<const OutputPattern>& pattern) {
    return show_string(pattern == nullptr ? std::string_view() : pattern->text);
  }
};

// --- time ---

struct DurationValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, Duration& duration) { in.duration(value, duration); }
  static std::string show(Duration duration) {
    if (thirty_years <= duration) return "\"30y\"";
    const std::int64_t ms = 1000000, s = 1000 * ms;
    const std::int64_t unit = duration.ns % s == 0 ? s : duration.ns % ms == 0 ? ms : 1;
    return "\"" + decimal(duration.ns / unit) + (unit == s ? "s" : unit == ms ? "ms" : "ns") + "\"";
  }
};

struct PositiveDurationValue : DurationValue {
  static void read(ValueReader& in, const Written& value, Duration& duration) { in.duration(value, duration, false); }
};

// A duration, or a table.
struct SlowTimeoutValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, SlowTimeout& slow) {
    SlowTimeout read;
    if (!value.is_table()) {
      in.duration(value, read.period, false);
    } else {
      in.table(*value.in_file(),
               {{"period", [&](const TomlValue& v) { in.duration(v, read.period, false); }},
                {"terminate-after", [&](const TomlValue& v) { in.count(v, 1, read.terminate_after); }},
                {"grace-period", [&](const TomlValue& v) { in.duration(v, read.grace_period); }},
                {"on-timeout", [&](const TomlValue& v) { in.choose(v, fail_or_pass, read.passes); }}},
               "period", "{ period = \"60s\", terminate-after = 2 }");
    }
    if (in.ok()) slow = read;
  }
  static std::string show(const SlowTimeout& slow) {
    std::string out = "{ period = " + DurationValue::show(slow.period);
    if (slow.terminate_after > 0) out += ", terminate-after = " + decimal(slow.terminate_after);
    out += ", grace-period = " + DurationValue::show(slow.grace_period);
    return out + ", on-timeout = \"" + fail_or_pass.words[slow.passes] + "\" }";
  }
};

struct LeakTimeoutValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, LeakTimeout& leak) {
    LeakTimeout read;
    if (!value.is_table()) {
      in.duration(value, read.period);
    } else {
      in.table(*value.in_file(),
               {{"period", [&](const TomlValue& v) { in.duration(v, read.period); }},
                {"result", [&](const TomlValue& v) { in.choose(v, pass_or_fail, read.fails); }}},
               "period", "{ period = \"500ms\", result = \"fail\" }");
    }
    if (in.ok()) leak = read;
  }
  static std::string show(const LeakTimeout& leak) {
    return "{ period = " + DurationValue::show(leak.period) + ", result = \"" + pass_or_fail.words[leak.fails] + "\" }";
  }
};

// --- how many ---

inline constexpr Choices all_cpus = {{"num-cpus"}};
inline constexpr Choices all_cpus_or_threads = {{"num-cpus", "num-test-threads"}};

struct TestThreadsValue {
  static constexpr const Choices* words = &all_cpus;
  static void read(ValueReader& in, const Written& value, ThreadCount& threads) {
    read(in, value, -100000, "a number from 1, a negative number (processors to leave free), \"num-cpus\"", threads);
  }
  static void read(ValueReader& in, const Written& value, std::int64_t smallest, const char* allowed,
                   ThreadCount& threads) {
    const std::optional<std::int64_t> number = value.integer();
    if (number && *number != 0 && *number >= smallest && *number <= 100000) threads = {ThreadCount::Number, *number};
    else if (value.is("num-cpus")) threads = {ThreadCount::Cpus, 0};
    else in.not_allowed(value, allowed);
  }
  static std::string show(const ThreadCount& threads) {
    if (threads.kind == ThreadCount::Number) return decimal(threads.number);
    return threads.kind == ThreadCount::Cpus ? "\"num-cpus\"" : "\"num-test-threads\"";
  }
};

// Those of a group, too.
struct MaxThreadsValue : TestThreadsValue {
  static void read(ValueReader& in, const Written& value, ThreadCount& threads) {
    TestThreadsValue::read(in, value, 1, "a number from 1, \"num-cpus\"", threads);
  }
};

struct ThreadsRequiredValue : TestThreadsValue {
  static constexpr const Choices* words = &all_cpus_or_threads;
  static void read(ValueReader& in, const Written& value, ThreadCount& threads) {
    if (value.is("num-test-threads")) threads = {ThreadCount::TestThreads, 0};
    else TestThreadsValue::read(in, value, 1, "a number from 1, \"num-cpus\", \"num-test-threads\"", threads);
  }
};

// A number, or a table.
struct RetriesValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, RetryPolicy& retries) {
    RetryPolicy read;
    if (value.is_table()) read_table(in, *value.in_file(), read);
    else in.count(value, 0, read.count);
    if (in.ok()) retries = read;
  }
  static std::string show(const RetryPolicy& retries) {
    if (retries.delay.ns == 0) return decimal(retries.count);
    std::string out = std::string("{ backoff = \"") + backoffs.words[retries.exponential] +
                      "\", count = " + decimal(retries.count) + ", delay = " + DurationValue::show(retries.delay);
    if (retries.exponential && retries.max_delay < thirty_years)
      out += ", max-delay = " + DurationValue::show(retries.max_delay);
    return out + (retries.jitter ? ", jitter = true }" : " }");
  }

 private:
  static void read_table(ValueReader& in, const TomlValue& table, RetryPolicy& read) {
    in.table(table, {{"backoff", [&](const TomlValue& v) { in.choose(v, backoffs, read.exponential); }},
                     {"count", [&](const TomlValue& v) { in.count(v, 0, read.count); }},
                     {"delay", [&](const TomlValue& v) { in.duration(v, read.delay); }},
                     {"max-delay", [&](const TomlValue& v) { in.duration(v, read.max_delay, false); }},
                     {"jitter", [&](const TomlValue& v) { in.boolean(v, read.jitter); }}});
    const char* wrong = nullptr;
    if (table.find("backoff") == nullptr) wrong = "a backoff is missing";
    else if (table.find("count") == nullptr) wrong = "a count is missing";
    else if (read.exponential && read.delay.ns == 0) wrong = "an exponential backoff needs a delay above 0";
    else if (read.exponential && read.max_delay < read.delay) wrong = "the max-delay is shorter than the delay";
    else if (!read.exponential && table.find("max-delay") != nullptr)
      wrong = "a max-delay needs an exponential backoff";
    else if (read.jitter && read.delay.ns == 0) wrong = "jitter needs a delay above 0";
    if (wrong == nullptr) return;
    in.fail(table, wrong, "as in { backoff = \"exponential\", count = 3, delay = \"1s\", max-delay = \"10s\" }");
  }
};

// true, false, or a table.
struct FailFastValue : WithoutWords {
  static void read(ValueReader& in, const Written& value, MaxFail& max_fail) {
    MaxFail read;
    if (const std::optional<bool> is_on = value.boolean()) {
      read.count = *is_on ? 1 : 0;
    } else if (!value.is_table()) {
      in.not_allowed(value, "true, false, or as in { max-fail = 5, terminate = \"immediate\" }");
    } else {
      in.table(*value.in_file(),
               {{"max-fail", [&](const TomlValue& v) { read_count(in, v, read.count); }},
                {"terminate", [&](const TomlValue& v) { in.choose(v, wait_or_immediate, read.immediate); }}},
               "max-fail", "{ max-fail = 5, terminate = \"immediate\" }");
    }
    if (in.ok()) max_fail = read;
  }
  static std::string show(const MaxFail& max_fail) {
    const std::string count = max_fail.count == 0 ? "\"all\"" : decimal(max_fail.count);
    return "{ max-fail = " + count + ", terminate = \"" + wait_or_immediate.words[max_fail.immediate] + "\" }";
  }

 private:
  static void read_count(ValueReader& in, const Written& value, std::uint32_t& count) {
    if (value.is("all")) count = 0;
    else if (value.integer()) in.count(value, 1, count);
    else in.not_allowed(value, "a number from 1, \"all\"");
  }
};

inline constexpr Choices all_failures = {{"all"}};

// N, N:wait, N:immediate, all: one word, as an option has it.
struct MaxFailValue : FailFastValue {
  static constexpr const Choices* words = &all_failures;
  static void read(ValueReader& in, const Written& value, MaxFail& max_fail) {
    const std::string_view text = value.text().value_or("");
    const std::size_t colon = text.find(':');
    const std::string_view mode = colon == std::string_view::npos ? ":wait" : text.substr(colon);
    std::uint64_t count = 0;
    const bool is_number = parse_number(text.substr(0, colon), count, UINT32_MAX - 1) && count > 0;
    if ((!is_number && text != "all") || (mode != ":wait" && mode != ":immediate")) {
      return in.not_allowed(value, "N, N:wait, N:immediate (N from 1), all");
    }
    max_fail = {static_cast<std::uint32_t>(count), mode == ":immediate"};
  }
};

}  // namespace nextest
