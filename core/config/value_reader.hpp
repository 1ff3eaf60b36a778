// Values of a configuration, read into what they mean. The first one that is not allowed is kept as the error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/duration.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/result.hpp"
#include "core/base/text.hpp"
#include "core/base/vector.hpp"
#include "core/format/toml.hpp"
#include "core/model/settings.hpp"

namespace nextest {

class ValueReader {
 public:
  // Values of `source`; without one, those of the command line, where a text is all there is.
  explicit ValueReader(const TomlSource* source) : source_(source) {}

  bool ok() const { return error_.message.empty(); }
  const Error& error() const { return error_; }
  Status status() const { return ok() ? success() : Status(error_); }

  void fail(const TomlValue& at, std::string message, std::string hint) {
    if (!ok()) return;
    error_ = source_ != nullptr ? source_->error_at(at.span, std::move(message), std::move(hint))
                                : Error{ExitCode::SetupError, std::move(message), std::move(hint)};
  }

  // With what a parser said; what is left out of this build keeps its exit code.
  void fail(const TomlValue& at, const Error& why) {
    if (!ok()) return;
    fail(at, why.message, why.hint);
    if (why.code == ExitCode::ExperimentalFeatureNotEnabled) error_.code = why.code;
  }

  void fail_with(const Error& error) {
    if (ok()) error_ = error;
  }

  void not_allowed(const TomlValue& value, const std::string& allowed) {
    std::string what = toml_kind_name(value);
    if (value.kind == TomlKind::Integer) what = "'" + std::to_string(value.integer) + "'";
    if (value.kind == TomlKind::String || source_ == nullptr) what = "'" + value.text + "'";
    fail(value, what + " is not allowed", "allowed: " + allowed);
  }

  // A string, or what was given on the command line.
  bool text(const TomlValue& value, std::string& text, const char* allowed = "a string") {
    if (value.kind != TomlKind::String && source_ != nullptr) return not_allowed(value, allowed), false;
    text = value.text;
    return true;
  }

  void boolean(const TomlValue& value, bool& flag) {
    if (value.kind != TomlKind::Boolean) return not_allowed(value, "true, false");
    flag = value.boolean;
  }

  void number(const TomlValue& value, std::int64_t smallest, std::int64_t largest, std::int64_t& number) {
    if (value.kind != TomlKind::Integer || value.integer < smallest || value.integer > largest) {
      std::string allowed = "a number from " + std::to_string(smallest);
      if (largest < UINT32_MAX - 1) allowed += " to " + std::to_string(largest);
      return not_allowed(value, allowed);
    }
    number = value.integer;
  }
  void count(const TomlValue& value, std::int64_t smallest, std::uint32_t& count) {
    std::int64_t wide = 0;
    number(value, smallest, UINT32_MAX - 1, wide);
    if (ok()) count = static_cast<std::uint32_t>(wide);
  }

  // A word of `words`, by position.
  template <class Choice, std::size_t N>
  void choose(const TomlValue& value, const char* const (&words)[N], Choice& choice) {
    const std::size_t chosen = find_word(value, words, N);
    if (chosen < N) choice = static_cast<Choice>(chosen);
  }

  void duration(const TomlValue& value, Duration& duration, bool may_be_zero = true) {
    std::string written;
    if (!text(value, written, "a duration, as in \"500ms\", \"1.5s\", \"2m\", \"1h 30m\"")) return;
    const Result<Duration> parsed = parse_duration(written);
    if (!parsed) return fail(value, parsed.error().message, parsed.error().hint);
    if (!may_be_zero && parsed.value().ns == 0) return not_allowed(value, "a time above 0");
    // As good as no limit, and no sum with it overflows.
    duration = parsed.value() < thirty_years ? parsed.value() : thirty_years;
  }

  void strings(const TomlValue& value, Vector<std::string>& list) {
    if (value.kind != TomlKind::Array) return not_allowed(value, "an array of strings");
    list.clear();
    for (const TomlValue& item : value.items) {
      std::string word;
      if (!text(item, word)) return;
      if (word.find('\0') != std::string::npos) return fail(item, "an argument cannot hold a NUL", "");
      list.push_back(std::move(word));
    }
  }

  // Each member is given to `on_member`, which returns false for a key that it does not know.
  void table(const TomlValue& value, FunctionRef<bool(const TomlMember&)> on_member) {
    if (value.kind != TomlKind::Table) return not_allowed(value, "a table");
    for (const TomlMember& member : value.members) {
      if (!on_member(member)) {
        TomlValue at = member.value;
        at.span = member.key_span;
        fail(at, "there is no key '" + member.key + "' here", "");
      }
    }
  }

  // A number of threads; `words` are the names that may stand for one.
  void threads(const TomlValue& value, std::int64_t smallest, bool may_be_test_threads, ThreadCount& threads) {
    const std::string allowed = std::string("a number from 1") +
                                (smallest < 0 ? ", a negative number (processors to leave free)" : "") +
                                ", \"num-cpus\"" + (may_be_test_threads ? ", \"num-test-threads\"" : "");
    if (value.kind == TomlKind::Integer && value.integer != 0 && value.integer >= smallest && value.integer <= 100000) {
      threads = {ThreadCount::Number, value.integer};
    } else if (value.text == "num-cpus") {
      threads = {ThreadCount::Cpus, 0};
    } else if (value.text == "num-test-threads" && may_be_test_threads) {
      threads = {ThreadCount::TestThreads, 0};
    } else {
      not_allowed(value, allowed);
    }
  }

 private:
  std::size_t find_word(const TomlValue& value, const char* const* words, std::size_t count) {
    std::string allowed;
    for (std::size_t i = 0; i < count; ++i) {
      if (value.text == words[i] && (value.kind == TomlKind::String || source_ == nullptr)) return i;
      allowed.append(i > 0 ? ", " : "").append(words[i]);
    }
    not_allowed(value, allowed);
    return count;
  }

  const TomlSource* const source_;
  Error error_;
};

}  // namespace nextest
