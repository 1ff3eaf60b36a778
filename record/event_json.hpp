// Events as JSON objects, and back: the lines of a record, and of --message-format jsonl. docs/record-format.md.
#pragma once

#include <memory>
#include <type_traits>
#include <variant>

#include "core/base/base64.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/utf8.hpp"
#include "core/format/json_writer.hpp"
#include "core/harness/table.hpp"
#include "record/event_fields.hpp"

namespace nextest {

// Any bytes: what no JSON string can hold is written as {"base64":"..."}.
inline void write_any_text(JsonWriter& json, std::string_view text) {
  if (is_utf8(text)) return json.string(text);
  json.begin_object();
  json.key("base64").string(to_base64(text));
  json.end_object();
}

// False when `value` is no text.
[[nodiscard]] inline bool read_any_text(const JsonValue& value, std::string& text) {
  if (value.kind == JsonKind::String) {
    text = value.text;
    return true;
  }
  const std::string* const base64 = value.find_text("base64");
  return base64 != nullptr && from_base64(*base64, text);
}

// Writes an output, or where it is kept.
using OutputWriter = FunctionRef<void(JsonWriter&, std::string_view)>;
// The other way round; false when that is no output.
using OutputReader = FunctionRef<bool(const JsonValue&, std::string&)>;

// For outputs that stand in their events.
inline constexpr auto inline_output = [](JsonWriter& json, std::string_view text) { write_any_text(json, text); };

// For objects without outputs.
inline constexpr auto no_output_written = [](JsonWriter&, std::string_view) {};
inline constexpr auto no_output_read = [](const JsonValue&, std::string&) { return false; };

// The `Io` that writes fields (event_fields.hpp) as members of an object that has begun. It changes nothing.
class FieldWriter {
 public:
  // With a list, commands are written without the names of tests.
  // `began`: when the attempt of the event began, as far as a reader knows.
  FieldWriter(JsonWriter& json, OutputWriter write_output, const TestList* list = nullptr, Duration began = Duration())
      : json_(json), write_output_(write_output), list_(list), began_(began) {}

  template <class Number>
  void number(const char* key, Number value, std::int64_t usual = 0) {
    if (static_cast<std::int64_t>(value) != usual) json_.key(key).number(static_cast<std::int64_t>(value));
  }
  void flag(const char* key, bool value, bool usual = false) {
    if (value != usual) json_.key(key).boolean(value);
  }
  void text(const char* key, std::string_view value, std::string_view usual = {}) {
    if (value != usual) write_any_text(json_.key(key), value);
  }
  template <class Text>
  void list_text(const char* key, const Text& value, std::string_view usual = {}) {
    text(key, value.str(), usual);
  }
  void texts(const char* key, const Vector<std::string>& values) {
    if (values.empty()) return;
    json_.key(key).begin_array();
    for (const std::string& value : values) write_any_text(json_, value);
    json_.end_array();
  }
  void words(const char* key, const WordList& list) { texts(key, list.words()); }
  // Seconds; what is below a microsecond is left out.
  void time(const char* key, Duration value, Duration usual = Duration()) {
    if (value.ns / 1000 != usual.ns / 1000) json_.key(key).fixed(value.ns / 1000, 6);
  }
  void began(Duration value) { time("began", value, began_); }
  template <class Choice, std::size_t N>
  void choice(const char* key, const char* const (&names)[N], Choice value) {
    json_.key(key).string(names[static_cast<std::size_t>(value)]);
  }
  template <class Choice, std::size_t N>
  void choice(const char* key, const char* const (&names)[N], Choice value, Choice usual) {
    if (value != usual) choice(key, names, value);
  }
  void test(TestIndex test) { json_.key("test").number(test); }
  void harness(const Harness* harness) { text("harness", harness->name_in_records()); }

  // A word with the name of the test in it is an array of what stands before and behind it.
  void command(TestIndex test, const Vector<std::string>& words) {
    if (list_ == nullptr) return texts("command", words);
    const std::string_view name = list_->tests[test].name;
    json_.key("command").begin_array();
    for (const std::string& word : words) {
      const std::size_t at = name.empty() ? std::string::npos : word.find(name);
      if (at == std::string::npos) {
        write_any_text(json_, word);
        continue;
      }
      json_.begin_array();
      write_any_text(json_, std::string_view(word).substr(0, at));
      write_any_text(json_, std::string_view(word).substr(at + name.size()));
      json_.end_array();
    }
    json_.end_array();
  }

  void output(const std::shared_ptr<const CapturedOutput>& output) {
    if (output == nullptr) return;
    write_output_(json_.key("stdout"), output->out);
    if (!output->err.empty()) write_output_(json_.key("stderr"), output->err);
    flag("combined", output->combined);
  }

  // The attempt that decided, and in "before" the others.
  void attempts(Vector<AttemptResult>& attempts) {
    if (attempts.empty()) return;
    fields_of(*this, attempts.back());
    if (attempts.size() == 1) return;
    json_.key("before").begin_array();
    for (std::size_t i = 0; i + 1 < attempts.size(); ++i) {
      json_.begin_object();
      fields_of(*this, attempts[i]);
      json_.end_object();
    }
    json_.end_array();
  }

 private:
  JsonWriter& json_;
  OutputWriter write_output_;
  const TestList* list_;
  Duration began_;
};

// The `Io` that reads them. Members that it does not know are of a later version, and passed over.
class FieldReader {
 public:
  // Without a list no event of a test is sound.
  FieldReader(const JsonValue& object, const TestList* list, OutputReader read_output, Duration began = Duration())
      : object_(object), list_(list), read_output_(read_output), began_(began) {}

  bool ok() const { return ok_; }

  template <class Number>
  void number(const char* key, Number& value, std::int64_t usual = 0) {
    const std::int64_t read = integer(key, usual);
    value = static_cast<Number>(read);
    ok_ = ok_ && static_cast<std::int64_t>(value) == read && (std::is_signed_v<Number> || read >= 0);
  }
  void flag(const char* key, bool& value, bool usual = false) {
    const JsonValue* const member = object_.find(key);
    ok_ = ok_ && (member == nullptr || member->kind == JsonKind::Boolean);
    value = member == nullptr ? usual : member->boolean;
  }
  void text(const char* key, std::string& value, std::string_view usual = {}) {
    value = usual;
    if (const JsonValue* const member = object_.find(key)) ok_ = ok_ && read_any_text(*member, value);
  }
  // Of thousands of tests: a KeptText, a SharedText.
  template <class Text>
  void list_text(const char* key, Text& value, std::string_view usual = {}) {
    std::string read;
    text(key, read, usual);
    value = read;
  }
  void texts(const char* key, Vector<std::string>& values) {
    values.clear();
    const JsonValue* const member = object_.find(key);
    if (member == nullptr) return;
    ok_ = ok_ && member->kind == JsonKind::Array;
    for (const JsonValue& item : member->items) ok_ = ok_ && read_any_text(item, values.emplace_back());
  }
  void words(const char* key, WordList& list) {
    Vector<std::string> words;
    texts(key, words);
    for (const std::string& word : words) list.add(word);
  }
  void time(const char* key, Duration& value, Duration usual = Duration()) {
    value = usual;
    if (const JsonValue* const member = object_.find(key)) ok_ = ok_ && read_seconds(*member, value);
  }
  void began(Duration& value) { time("began", value, began_); }
  template <class Choice, std::size_t N>
  void choice(const char* key, const char* const (&names)[N], Choice& value, Choice usual = Choice()) {
    value = static_cast<Choice>(position(key, names, N, static_cast<std::size_t>(usual)));
  }
  void test(TestIndex& test) {
    number("test", test);
    ok_ = ok_ && list_ != nullptr && test < list_->tests.size();
  }
  void harness(const Harness*& harness) {
    std::string name;
    text("harness", name, plain_harness.name);
    harness = find_recorded_harness(name);
    ok_ = ok_ && harness != nullptr;
  }

  void command(TestIndex test, Vector<std::string>& words) {
    words.clear();
    const JsonValue* const member = object_.find("command");
    if (member == nullptr || !ok_) return;
    ok_ = member->kind == JsonKind::Array;
    std::size_t size = 0;
    for (const JsonValue& item : member->items) {
      // A test's name in every word of many would be more than any command can be.
      constexpr std::size_t longest_command = 8 << 20;
      if (size > longest_command) ok_ = false;
      if (!ok_) return;
      std::string& word = words.emplace_back();
      if (item.kind != JsonKind::Array) {
        ok_ = ok_ && read_any_text(item, word);
        continue;
      }
      std::string behind;
      ok_ = ok_ && item.items.size() == 2 && read_any_text(item.items[0], word) && read_any_text(item.items[1], behind);
      word.append(list_->tests[test].name).append(behind);
      size += word.size();
    }
  }

  void output(std::shared_ptr<const CapturedOutput>& output) {
    const JsonValue* const out = object_.find("stdout");
    const JsonValue* const err = object_.find("stderr");
    if (out == nullptr) return;
    auto read = std::make_shared<CapturedOutput>();
    ok_ = ok_ && read_output_(*out, read->out) && (err == nullptr || read_output_(*err, read->err));
    flag("combined", read->combined);
    output = std::move(read);
  }

  void attempts(Vector<AttemptResult>& attempts) {
    if (const JsonValue* const before = object_.find("before")) {
      ok_ = ok_ && before->kind == JsonKind::Array;
      for (const JsonValue& item : before->items) {
        FieldReader reader(item, list_, read_output_, began_);
        fields_of(reader, attempts.emplace_back());
        ok_ = ok_ && reader.ok() && item.kind == JsonKind::Object;
      }
    }
    fields_of(*this, attempts.emplace_back());
  }

  // A decimal number without exponent, exactly, down to a nanosecond; as long as a Duration can be.
  static bool read_seconds(const JsonValue& value, Duration& time) {
    if (value.kind != JsonKind::Number) return false;
    std::string_view digits = value.text;
    const bool is_negative = starts_with(digits, "-");
    if (is_negative) digits.remove_prefix(1);
    const std::size_t point = digits.find('.');
    std::string fraction(point == std::string_view::npos ? "" : digits.substr(point + 1));
    if (fraction.find_first_not_of("0123456789") != std::string::npos) return false;
    fraction.resize(9, '0');
    std::uint64_t seconds = 0, nanoseconds = 0;
    if (!parse_number(digits.substr(0, point), seconds, INT64_MAX / 1000000000)) return false;
    if (!parse_number(fraction, nanoseconds) || nanoseconds > INT64_MAX - seconds * 1000000000) return false;
    time.ns = static_cast<std::int64_t>(seconds * 1000000000 + nanoseconds) * (is_negative ? -1 : 1);
    return true;
  }

 private:
  std::int64_t integer(const char* key, std::int64_t usual) {
    const JsonValue* const member = object_.find(key);
    if (member == nullptr) return usual;
    const std::optional<std::int64_t> value = member->as_int64();
    ok_ = ok_ && value.has_value();
    return value.value_or(usual);
  }

  std::size_t position(const char* key, const char* const* names, std::size_t count, std::size_t usual) {
    const JsonValue* const member = object_.find(key);
    if (member == nullptr) return usual;
    for (std::size_t i = 0; i < count; ++i) {
      if (member->kind == JsonKind::String && member->text == names[i]) return i;
    }
    ok_ = false;
    return usual;
  }

  const JsonValue& object_;
  const TestList* const list_;
  OutputReader read_output_;
  const Duration began_;
  bool ok_ = true;
};

// Of what we write. A reader refuses another major version; a later minor one adds what may be passed over.
inline constexpr const char* record_format = "1.0";

// Appends the event as a line, with its newline. That of the start has how much of a list follows. With the list here,
// commands are shorter (FieldWriter::command).
inline void append_event_line(std::string& out, const Event& event, OutputWriter write_output,
                              const TestList* list = nullptr, Duration began = Duration()) {
  JsonWriter json(out);
  json.begin_object();
  const auto* const started = std::get_if<RunStarted>(&event.what);
  if (started != nullptr && started->list != nullptr) {
    json.key("format").string(record_format);
    json.key("binaries").number(started->list->binaries.size());
    json.key("tests").number(started->list->tests.size());
  }
  json.key("event").string(event_names[event.what.index()]);
  FieldWriter writer(json, write_output, list, began);
  writer.time("at", event.at);
  // What a FieldWriter is given stays as it is; only a FieldReader needs more than a const event.
  std::visit([&](auto& what) { fields_of(writer, what); }, const_cast<Event&>(event).what);
  json.end_object();
  out += '\n';
}

// What a replay makes of the list is not kept in a record, nor are answers to a person.
inline bool is_recorded(const Event& event) {
  return !std::holds_alternative<TestSkipped>(event.what) && !std::holds_alternative<InfoStarted>(event.what) &&
         !std::holds_alternative<InfoResponse>(event.what) && !std::holds_alternative<InfoFinished>(event.what) &&
         !std::holds_alternative<InputEnter>(event.what);
}

// Reads an event of that kind; false when there is no such kind.
template <std::size_t... I>
bool read_alternative(std::size_t index, FieldReader& reader, Event& event, std::index_sequence<I...>) {
  return ((index == I && (fields_of(reader, event.what.emplace<I>()), true)) || ...);
}

// The event of an object that has one. False when it is none, or not sound.
[[nodiscard]] inline bool read_event(const JsonValue& object, const TestList* list, OutputReader read_output,
                                     Event& event, Duration began = Duration()) {
  const std::string* const name = object.find_text("event");
  if (name == nullptr) return false;
  FieldReader reader(object, list, read_output, began);
  reader.time("at", event.at);
  std::size_t index = 0;
  while (index < std::size(event_names) && *name != event_names[index]) ++index;
  return read_alternative(index, reader, event, std::make_index_sequence<std::size(event_names)>()) && reader.ok();
}

}  // namespace nextest
