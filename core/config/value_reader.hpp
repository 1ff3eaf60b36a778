// Values of a configuration, read into what they mean. The first one that is not allowed is kept as the error.
#pragma once

#include <initializer_list>
#include <optional>

#include "core/base/choices.hpp"
#include "core/base/duration.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/switches.hpp"
#include "core/format/toml.hpp"
#include "core/model/settings.hpp"

namespace nextest {

// A value as it is written: in a file, where it has a kind and a place, or as a word, in an option or a variable. A
// word is of whichever kind it is asked for, if it can be read as that.
class Written {
 public:
  Written(const TomlValue& value) : value_(&value) {}
  explicit Written(std::string_view word) : word_(word) {}

  // Null for a word.
  const TomlValue* in_file() const { return built_in(Feature::Config) ? value_ : nullptr; }
  bool is_table() const { return in_file() != nullptr && value_->kind == TomlKind::Table; }

  std::optional<std::string_view> text() const {
    if (in_file() == nullptr) return word_;
    if (value_->kind != TomlKind::String) return std::nullopt;
    return value_->text;
  }
  bool is(std::string_view word) const { return text() == word; }

  std::optional<std::int64_t> integer() const {
    if (in_file() == nullptr) return integer_of(word_);
    if (value_->kind != TomlKind::Integer) return std::nullopt;
    return value_->integer;
  }

  std::optional<bool> boolean() const {
    if (in_file() != nullptr && value_->kind == TomlKind::Boolean) return value_->boolean;
    if (in_file() != nullptr || (word_ != "true" && word_ != "false")) return std::nullopt;
    return word_ == "true";
  }

  // As errors call it.
  std::string shown() const {
    if (const std::optional<std::string_view> word = text()) return "'" + std::string(*word) + "'";
    if (value_->kind == TomlKind::Integer) return "'" + decimal(value_->integer) + "'";
    return toml_kind_name(*value_);
  }

 private:
  static std::optional<std::int64_t> integer_of(std::string_view word) {
    const bool is_negative = starts_with(word, "-");
    std::uint64_t number = 0;
    if (!parse_number(word.substr(is_negative ? 1 : 0), number, INT64_MAX)) return std::nullopt;
    return static_cast<std::int64_t>(number) * (is_negative ? -1 : 1);
  }

  const TomlValue* value_ = nullptr;
  std::string_view word_;
};

// "FILE:LINE"
inline std::string place_of(const TomlSource& source, std::uint32_t offset) {
  return source.name + ":" + decimal(source.line_of(offset));
}

inline std::string did_you_mean(std::string_view word, const Vector<std::string_view>& known) {
  const std::string_view near = nearest(word, known);
  return near.empty() ? "" : "did you mean '" + std::string(near) + "'?";
}

// A key that a table may have, and what to do with its value.
struct TableKey {
  std::string_view name;
  FunctionRef<void(const TomlValue&)> read;
  bool is_suggested = true;  // to who wrote one that is none
};

class ValueReader {
 public:
  ValueReader() = default;  // of words
  // Of values in `source`. Without `warnings`, tables may hold no key that is not known.
  explicit ValueReader(const TomlSource& source, Vector<std::string>* warnings = nullptr)
      : source_(&source), warnings_(warnings) {}

  const Vector<TestGroup>* groups = nullptr;  // that a setting may name

  bool ok() const { return error_.message.empty(); }
  const Error& error() const { return error_; }
  const TomlSource& source() const { return *source_; }
  Status status() const { return ok() ? success() : Status(error_); }

  void fail(const Written& at, std::string message, std::string hint) {
    if (!ok()) return;
    error_ = at.in_file() != nullptr ? source_->error_at(at.in_file()->span, std::move(message), std::move(hint))
                                     : Error{ExitCode::SetupError, std::move(message), std::move(hint)};
  }

  // With the error of a parser; what is left out of this build keeps its exit code.
  void fail(const Written& at, const Error& why) {
    if (!ok()) return;
    fail(at, why.message, why.hint);
    if (why.code == ExitCode::ExperimentalFeatureNotEnabled) error_.code = why.code;
  }

  void not_allowed(const Written& value, const std::string& allowed) {
    fail(value, value.shown() + " is not allowed", "allowed: " + allowed);
  }

  bool text(const Written& value, std::string& text, const char* allowed = "a string") {
    const std::optional<std::string_view> written = value.text();
    if (!written) return not_allowed(value, allowed), false;
    text = *written;
    return true;
  }

  // The one of `all` that has this name; else an error, with the table that would define it.
  template <class Named>
  const Named* find_named(const Written& value, const Vector<Named>& all, std::string Named::*name, const char* what,
                          const char* table, const char* content) {
    Vector<std::string_view> names;
    for (const Named& one : all) names.push_back(one.*name);
    const std::size_t found = find_name(value, names, what, table, content);
    return found < names.size() ? &all[found] : nullptr;
  }

  void boolean(const Written& value, bool& flag) {
    const std::optional<bool> written = value.boolean();
    if (!written) return not_allowed(value, "true, false");
    flag = *written;
  }

  void number(const Written& value, std::int64_t smallest, std::int64_t largest, std::int64_t& number) {
    const std::optional<std::int64_t> written = value.integer();
    if (!written || *written < smallest || *written > largest) {
      std::string allowed = "a number from " + decimal(smallest);
      if (largest < UINT32_MAX - 1) allowed += " to " + decimal(largest);
      return not_allowed(value, allowed);
    }
    number = *written;
  }
  void count(const Written& value, std::int64_t smallest, std::uint32_t& count) {
    std::int64_t wide = 0;
    number(value, smallest, UINT32_MAX - 1, wide);
    if (ok()) count = static_cast<std::uint32_t>(wide);
  }

  // A word of `choices`, by position.
  template <class Choice>
  void choose(const Written& value, const Choices& choices, Choice& choice) {
    const std::optional<std::size_t> chosen = find_word(value, choices);
    if (chosen) choice = static_cast<Choice>(*chosen);
  }

  void duration(const Written& value, Duration& duration, bool may_be_zero = true) {
    std::string written;
    if (!text(value, written, "a duration, as in \"500ms\", \"1.5s\", \"2m\", \"1h 30m\"")) return;
    const Result<Duration> parsed = parse_duration(written);
    if (!parsed) return fail(value, parsed.error());
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

  void warn(TomlSpan at, const std::string& text) { warnings_->push_back(place_of(*source_, at.begin) + ": " + text); }
  void warn_unknown(const TomlMember& member, const std::string& key, const std::string& hint) {
    warn(member.key_span, "unknown key '" + key + "'" + (hint.empty() ? "" : "; " + hint));
  }

  // Each member is given to the key of its name; without one, to `unknown`.
  using TableKeys = std::initializer_list<TableKey>;
  void table(const TomlValue& value, TableKeys keys, FunctionRef<void(const TomlMember&)> unknown) {
    if (value.kind != TomlKind::Table) return not_allowed(value, "a table");
    for (const TomlMember& member : value.members) {
      const TableKey* found = nullptr;
      for (const TableKey& key : keys) {
        if (member.key == key.name) found = &key;
      }
      if (found != nullptr) found->read(member.value);
      else unknown(member);
    }
  }
  // Without one it is a warning, in which `where` goes before it.
  void table(const TomlValue& value, const std::string& where, TableKeys keys) {
    table(value, keys, [&](const TomlMember& member) {
      Vector<std::string_view> known;
      for (const TableKey& key : keys) {
        if (key.is_suggested) known.push_back(key.name);
      }
      warn_unknown(member, where + member.key, did_you_mean(member.key, known));
    });
  }
  // Without one it is an error.
  void table(const TomlValue& value, TableKeys keys) {
    table(value, keys,
          [&](const TomlMember& member) { fail_at_key(member, "there is no key '" + member.key + "' here", ""); });
  }

  // As well as that, `required` must be there.
  void table(const TomlValue& value, TableKeys keys, const char* required, const char* example) {
    table(value, keys);
    if (value.find(required) != nullptr) return;
    fail(value, std::string("a ") + required + " is missing", std::string("as in ") + example);
  }

  void fail_at_key(const TomlMember& member, std::string message, std::string hint) {
    TomlValue at;
    at.span = member.key_span;
    fail(at, std::move(message), std::move(hint));
  }

 private:
  // Past the last of them when it is not there.
  std::size_t find_name(const Written& value, const Vector<std::string_view>& names, const char* what,
                        const char* table, const char* content) {
    std::string wanted;
    if (!text(value, wanted)) return names.size();
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (names[i] == wanted) return i;
    }
    std::string hint = did_you_mean(wanted, names);
    if (hint.empty()) hint = std::string("define it: [") + table + "." + wanted + "] with a " + content;
    fail(value, std::string("there is no ") + what + " '" + wanted + "'", hint);
    return names.size();
  }

  std::optional<std::size_t> find_word(const Written& value, const Choices& choices) {
    // What a build cannot do may still stand in a file that other builds read, too.
    const bool is_word = value.in_file() == nullptr;
    for (std::size_t i = 0; choices.words[i] != nullptr; ++i) {
      const bool is_alias = choices.alias != nullptr && i == choices.alias_of && value.is(choices.alias);
      if (!value.is(choices.words[i]) && !is_alias) continue;
      if (!is_word || choices.is_there(i)) return i;
      return fail(value, left_out(*choices.left_out)), std::nullopt;
    }
    return not_allowed(value, choices.listed(!is_word)), std::nullopt;
  }

  const TomlSource* source_ = nullptr;
  Vector<std::string>* warnings_ = nullptr;
  Error error_;
};

}  // namespace nextest
