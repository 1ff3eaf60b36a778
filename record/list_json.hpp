// The test list, and what a chain of reruns knows, as lines of JSON: they follow the first line of a record.
#pragma once

#include "core/base/file.hpp"
#include "core/base/function_ref.hpp"
#include "record/event_json.hpp"

namespace nextest {

inline constexpr const char* known_names[] = {"unknown", "passing", "outstanding"};

// Names a line: a line is lost as a whole, and a reader holds it in memory.
inline constexpr std::uint32_t names_in_a_line = 64;

// The members of a binary's line, beside its number.
template <class Io>
void fields_of(Io& io, TestBinary& binary) {
  io.list_text("id", binary.id);
  io.list_text("path", binary.path);
  io.harness(binary.harness);
  io.list_text("name", binary.name, file_name(binary.path));
  io.list_text("package", binary.package, file_name(parent_folder(binary.path)));
  io.list_text("kind", binary.kind, "test");
  io.list_text("folder", binary.folder);
  io.choice("skipped", mismatch_names, binary.mismatch, Mismatch::None);
  io.list_text("skip_reason", binary.skip_reason);
}

// Writes an object for each line, and emits it with its newline.
class ListLines {
 public:
  explicit ListLines(FunctionRef<void(std::string_view)> emit) : emit_(emit) {}

  void write(const TestList& list) {
    TestIndex next = 0;
    for (std::uint32_t i = 0; i < list.binaries.size(); ++i) {
      const TestIndex first = next;
      while (next < list.tests.size() && list.tests[next].binary == i) ++next;
      line("binary", [&](JsonWriter& json, FieldWriter& fields) {
        fields.number("binary", i);
        fields_of(fields, const_cast<TestBinary&>(list.binaries[i]));  // writing changes nothing
        if (next != first + 1) return;
        const TestCase& only = list.tests[first];
        write_any_text(json.key("test"), only.name);
        fields.number("from", first);
        fields.choice("test_skipped", mismatch_names, only.mismatch, Mismatch::None);
        fields.flag("test_ignored", only.ignored);
      });
      if (next > first + 1) write_tests(list, first, next);
    }
  }

  // Words of one kind, as many lines as it takes.
  void write(const char* kind, const WordList& words) {
    for (std::string_view rest = words.all(), word; !rest.empty();) {
      line(kind, [&](JsonWriter& json, FieldWriter&) {
        json.key("words").begin_array();
        for (std::uint32_t i = 0; i < names_in_a_line && WordList::next(rest, word); ++i) write_any_text(json, word);
        json.end_array();
      });
    }
  }

  void write(const RerunState& state) {
    for (std::size_t next = 0; next < state.tests.size();) {
      const KnownTest& first = state.tests[next];
      line("known", [&](JsonWriter& json, FieldWriter& fields) {
        fields.text("binary", first.binary_id);
        fields.choice("known", known_names, first.known);
        json.key("names").begin_array();
        for (std::uint32_t i = 0; i < names_in_a_line && next < state.tests.size(); ++i, ++next) {
          const KnownTest& test = state.tests[next];
          if (test.known != first.known || test.binary_id != first.binary_id) break;
          write_any_text(json, test.name);
        }
        json.end_array();
      });
    }
  }

 private:
  void write_tests(const TestList& list, TestIndex next, TestIndex end) {
    while (next < end) {
      const TestCase& first = list.tests[next];
      line("tests", [&](JsonWriter& json, FieldWriter& fields) {
        fields.number("from", next);
        fields.number("binary", first.binary);
        fields.choice("skipped", mismatch_names, first.mismatch, Mismatch::None);
        fields.flag("ignored", first.ignored);
        json.key("names").begin_array();
        for (std::uint32_t i = 0; i < names_in_a_line && next < end; ++i, ++next) {
          const TestCase& test = list.tests[next];
          if (test.mismatch != first.mismatch || test.ignored != first.ignored) break;
          write_any_text(json, test.name);
        }
        json.end_array();
      });
    }
  }

  void line(const char* event, FunctionRef<void(JsonWriter&, FieldWriter&)> write_members) {
    line_.clear();
    JsonWriter json(line_);
    FieldWriter fields(json, no_output_written);
    json.begin_object();
    json.key("event").string(event);
    write_members(json, fields);
    json.end_object();
    line_ += '\n';
    emit_(line_);
  }

  FunctionRef<void(std::string_view)> emit_;
  std::string line_;
};

// All lines that follow a start and belong to it.
inline void write_list_lines(const RunStarted& started, FunctionRef<void(std::string_view)> emit) {
  ListLines lines(emit);
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
    const std::string* const event = object.find_text("event");
    if (event == nullptr) return Line::Damaged;
    FieldReader fields(object, nullptr, no_output_read);
    if (*event == "binary") return read_binary(fields, object.find("test") != nullptr, may_miss);
    if (*event == "tests") return read_tests(fields, may_miss);
    if (*event == "known") return read_known(fields);
    if (*event == "command-line") return read_words(fields, command_line);
    if (*event == "scope") return read_words(fields, scope_paths);
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
    fields.number("binary", index);
    fields_of(fields, binary);
    fields.list_text("test", test.name);
    fields.number("from", from);
    fields.choice("test_skipped", mismatch_names, test.mismatch);
    fields.flag("test_ignored", test.ignored);
    if (!fields.ok() || index < list.binaries.size() || index - list.binaries.size() > may_miss) return Line::Damaged;
    if (has_test && !goes_on_at(from, may_miss)) return Line::Damaged;
    while (list.binaries.size() < index) add_lost_binary();
    list.binaries.push_back(std::move(binary));
    test.binary = index;
    if (has_test) add_test(std::move(test));
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
      TestCase test = like;
      test.name = std::move(name);
      add_test(std::move(test));
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
    for (std::string& name : names) rerun.tests.push_back({like.binary_id, std::move(name), like.known});
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

  void add_test(TestCase test) {
    test.own_name_size = static_cast<std::uint32_t>(test.name.size());
    list.tests.push_back(std::move(test));
  }
  void add_lost_binary() { list.binaries.emplace_back().id = "(lost binary " + decimal(list.binaries.size()) + ")"; }
  void add_lost_test() {
    if (list.binaries.empty()) add_lost_binary();
    TestCase& test = list.tests.emplace_back();
    test.name = "(lost test " + decimal(list.tests.size() - 1) + ")";
    test.binary = static_cast<std::uint32_t>(list.binaries.size() - 1);
  }
};

}  // namespace nextest
