// The test list, and what a chain of reruns knows, as lines of JSON: they follow the first line of a record.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/file.hpp"
#include "core/base/function_ref.hpp"
#include "core/base/vector.hpp"
#include "core/harness/table.hpp"
#include "record/event_json.hpp"

namespace nextest {

inline constexpr const char* known_names[] = {"unknown", "passing", "outstanding"};

// Names a line: a line is lost as a whole, and a reader holds it in memory.
inline constexpr std::uint32_t names_in_a_line = 64;

// Begins an object for each line, and tells of it with its newline.
class ListLines {
 public:
  explicit ListLines(FunctionRef<void(std::string_view)> tell) : tell_(tell) {}

  void write(const TestList& list) {
    TestIndex next = 0;
    for (std::uint32_t i = 0; i < list.binaries.size(); ++i) {
      const TestIndex first = next;
      while (next < list.tests.size() && list.tests[next].binary == i) ++next;
      write_binary(i, list.binaries[i]);
      if (next == first + 1) write_only_test(first, list.tests[first]);
      end();
      if (next > first + 1) write_tests(list, first, next);
    }
  }

  // Words of one kind, as many lines as it takes.
  void write(const char* kind, const WordList& words) {
    std::string_view rest = words.all();
    while (!rest.empty()) {
      begin(kind);
      json().key("words").begin_array();
      std::string_view word;
      for (std::uint32_t i = 0; i < names_in_a_line && WordList::next(rest, word); ++i) write_any_text(json(), word);
      json().end_array();
      end();
    }
  }

  void write(const RerunState& state) {
    for (std::size_t from = 0; from < state.tests.size();) {
      const KnownTest& first = state.tests[from];
      std::size_t to = from;
      begin("known");
      FieldWriter fields(json(), no_output_written);
      fields.text("binary", first.binary_id);
      fields.choice("known", known_names, first.known);
      json().key("names").begin_array();
      while (to < state.tests.size() && to - from < names_in_a_line && state.tests[to].known == first.known &&
             state.tests[to].binary_id == first.binary_id) {
        write_any_text(json(), state.tests[to++].name);
      }
      json().end_array();
      end();
      from = to;
    }
  }

 private:
  void write_tests(const TestList& list, TestIndex from, TestIndex end) {
    while (from < end) {
      const TestCase& first = list.tests[from];
      TestIndex to = from;
      const auto is_like_first = [&](const TestCase& test) {
        return test.mismatch == first.mismatch && test.ignored == first.ignored;
      };
      begin("tests");
      FieldWriter fields(json(), no_output_written);
      fields.number("from", from);
      fields.number("binary", first.binary);
      fields.choice("skipped", mismatch_names, first.mismatch, Mismatch::None);
      fields.flag("ignored", first.ignored);
      json().key("names").begin_array();
      for (; to < end && to - from < names_in_a_line && is_like_first(list.tests[to]); ++to) {
        write_any_text(json(), list.tests[to].name);
      }
      json().end_array();
      this->end();
      from = to;
    }
  }

  // Its line goes on after that.
  void write_binary(std::uint32_t index, const TestBinary& binary) {
    begin("binary");
    FieldWriter fields(json(), no_output_written);
    fields.number("binary", index);
    fields.text("id", binary.id);
    fields.text("path", binary.path);
    fields.text("harness", binary.harness->name_in_records());
    fields.text("name", binary.name, file_name(binary.path));
    fields.text("package", binary.package.str(), file_name(parent_folder(binary.path)));
    fields.text("kind", binary.kind.str(), "test");
    fields.text("folder", binary.folder.str());
    fields.choice("skipped", mismatch_names, binary.mismatch, Mismatch::None);
    fields.text("skip_reason", binary.skip_reason.str());
  }

  void write_only_test(TestIndex index, const TestCase& test) {
    write_any_text(json().key("test"), test.name);
    FieldWriter fields(json(), no_output_written);
    fields.number("from", index);
    fields.choice("test_skipped", mismatch_names, test.mismatch, Mismatch::None);
    fields.flag("test_ignored", test.ignored);
  }

  void begin(const char* what) {
    line_.clear();
    json_.emplace(line_);
    json().begin_object();
    json().key("event").string(what);
  }
  void end() {
    json().end_object();
    line_ += '\n';
    tell_(line_);
  }
  JsonWriter& json() { return *json_; }

  FunctionRef<void(std::string_view)> tell_;
  std::string line_;
  std::optional<JsonWriter> json_;
};

// All lines that follow a start and belong to it.
inline void write_list_lines(const RunStarted& started, FunctionRef<void(std::string_view)> tell) {
  ListLines lines(tell);
  lines.write("command-line", started.info->command_line);
  lines.write("scope", started.info->scope.paths);
  lines.write(*started.list);
  if (started.rerun != nullptr) lines.write(*started.rerun);
}

// The last line: how the program ended.
inline void append_exit_line(std::string& out, ExitCode code) {
  append_format(out, "{\"event\":\"exit\",\"exit_code\":%d}\n", static_cast<int>(code));
}

// Puts a list together again from its lines. Where lines are missing, tests and binaries of no name stand in their
// place, so that the others keep their numbers.
class ListReader {
 public:
  TestList list;
  RerunState rerun;
  WordList command_line;
  WordList scope_paths;

  enum class Line : std::uint8_t { Other, Taken, Damaged };

  // `may_miss`: how many names may be missing before this line.
  Line read(const JsonValue& object, std::uint32_t may_miss) {
    const JsonValue* const name = object.find("event");
    if (name == nullptr || name->kind != JsonKind::String) return Line::Damaged;
    FieldReader fields(object, nullptr, no_output_read);
    if (name->text == "binary") return read_binary(fields, object.find("test") != nullptr, may_miss);
    if (name->text == "tests") return read_tests(fields, may_miss);
    if (name->text == "known") return read_known(fields);
    if (name->text == "command-line") return read_words(fields, command_line);
    if (name->text == "scope") return read_words(fields, scope_paths);
    return Line::Other;
  }

  // Once all lines are read: `binaries` and `tests` are how many the first line announced.
  void finish(std::uint32_t binaries, std::uint32_t tests, std::uint32_t may_miss) {
    for (; list.binaries.size() < binaries && may_miss > 0; --may_miss) add_lost_binary();
    for (; list.tests.size() < tests && may_miss > 0; --may_miss) add_lost_test();
    rerun.finalize();
  }

 private:
  Line read_binary(FieldReader& fields, bool has_test, std::uint32_t may_miss) {
    TestBinary binary;
    TestCase test;
    std::uint32_t index = 0, from = 0;
    std::string harness, package, kind, folder, skip_reason;
    fields.number("binary", index);
    fields.text("id", binary.id);
    fields.text("path", binary.path);
    fields.text("harness", harness, plain_harness.name);
    fields.text("name", binary.name, file_name(binary.path));
    fields.text("package", package, file_name(parent_folder(binary.path)));
    fields.text("kind", kind, "test");
    fields.text("folder", folder);
    fields.choice("skipped", mismatch_names, binary.mismatch);
    fields.text("skip_reason", skip_reason);
    fields.text("test", test.name);
    fields.number("from", from);
    fields.choice("test_skipped", mismatch_names, test.mismatch);
    fields.flag("test_ignored", test.ignored);
    binary.harness = find_recorded_harness(harness);
    if (!fields.ok() || binary.harness == nullptr || index < list.binaries.size() ||
        index - list.binaries.size() > may_miss)
      return Line::Damaged;
    if (has_test && !goes_on_at(from, may_miss)) return Line::Damaged;
    binary.package = package;
    binary.kind = kind;
    binary.folder = folder;
    binary.skip_reason = skip_reason;
    while (list.binaries.size() < index) add_lost_binary();
    list.binaries.push_back(std::move(binary));
    test.binary = index;
    test.own_name_size = static_cast<std::uint32_t>(test.name.size());
    if (has_test) list.tests.push_back(std::move(test));
    return Line::Taken;
  }

  Line read_tests(FieldReader& fields, std::uint32_t may_miss) {
    TestCase like;
    std::uint32_t from = 0;
    Vector<std::string> names;
    fields.number("from", from);
    fields.number("binary", like.binary);
    fields.choice("skipped", mismatch_names, like.mismatch);
    fields.flag("ignored", like.ignored);
    fields.texts("names", names);
    if (!fields.ok()) return Line::Damaged;
    if (like.binary >= list.binaries.size() && like.binary - list.binaries.size() > may_miss) return Line::Damaged;
    while (list.binaries.size() <= like.binary) add_lost_binary();
    if (!goes_on_at(from, may_miss)) return Line::Damaged;
    for (std::string& name : names) {
      TestCase& test = list.tests.emplace_back(like);
      test.name = std::move(name);
      test.own_name_size = static_cast<std::uint32_t>(test.name.size());
    }
    return Line::Taken;
  }

  Line read_known(FieldReader& fields) {
    KnownTest like;
    Vector<std::string> names;
    fields.text("binary", like.binary_id);
    fields.choice("known", known_names, like.known);
    fields.texts("names", names);
    if (!fields.ok()) return Line::Damaged;
    for (std::string& name : names) {
      rerun.tests.push_back(like);
      rerun.tests.back().name = std::move(name);
    }
    return Line::Taken;
  }

  static Line read_words(FieldReader& fields, WordList& words) {
    fields.words("words", words);
    return fields.ok() ? Line::Taken : Line::Damaged;
  }

  // Whether the list may go on with that test; what is missing before it gets its place.
  bool goes_on_at(TestIndex from, std::uint32_t may_miss) {
    if (from < list.tests.size() || from - list.tests.size() > may_miss) return false;
    while (list.tests.size() < from) add_lost_test();
    return true;
  }

  void add_lost_binary() {
    list.binaries.emplace_back().id = "(lost binary " + std::to_string(list.binaries.size()) + ")";
  }
  void add_lost_test() {
    if (list.binaries.empty()) add_lost_binary();
    TestCase& test = list.tests.emplace_back();
    test.name = "(lost test " + std::to_string(list.tests.size() - 1) + ")";
    test.binary = static_cast<std::uint32_t>(list.binaries.size() - 1);
  }
};

}  // namespace nextest
