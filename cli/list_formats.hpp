// What `nextest list` prints: for people, a line for each test, and JSON; of tests, or of binaries alone.
#pragma once

#include "core/format/json_writer.hpp"
#include "core/list/binaries_metadata.hpp"
#include "core/model/test_list.hpp"
#include "core/report/style.hpp"

namespace nextest {

class ListFormatter {
 public:
  ListFormatter(const Style& style, const StartOptions& start, bool verbose)
      : style_(style), start_(start), verbose_(verbose) {}

  // Binaries without a test to run are shown when `verbose`; those that were not even listed always, with the reason.
  std::string human(const TestList& list) {
    TestIndex next = 0;
    for (std::uint32_t i = 0; i < list.binaries.size(); ++i) {
      const TestBinary& binary = list.binaries[i];
      std::string tests;
      for (; next < list.tests.size() && list.tests[next].binary == i; ++next) {
        const bool selected = list.tests[next].mismatch == Mismatch::None;
        if (!selected && !verbose_) continue;
        tests += "    ";
        style_.test_name(tests, list.tests[next].name, binary.harness->separator);
        tests += selected ? "\n" : " (skipped)\n";
      }
      if (tests.empty() && !verbose_ && (binary.skip_reason.empty() || binary.mismatch != Mismatch::None)) continue;
      add_binary(binary, true);
      if (tests.empty() && binary.skip_reason.empty()) tests = "    (no tests)\n";
      out_ += tests;
    }
    return std::move(out_);
  }

  std::string oneline(const TestList& list) {
    for (TestIndex i = 0; i < list.tests.size(); ++i) {
      const TestBinary& binary = list.binary_of(i);
      const bool selected = list.tests[i].mismatch == Mismatch::None;
      if (!selected && !verbose_) continue;
      add_id(binary);
      out_ += ' ';
      style_.test_name(out_, list.tests[i].name, binary.harness->separator);
      if (verbose_) add_fields(binary, true, " [", "]");
      out_ += selected ? "\n" : " (skipped)\n";
    }
    return std::move(out_);
  }

  std::string json(const TestList& list, bool pretty) {
    // Words of the same meaning as in Mismatch.
    static constexpr const char* reasons[] = {
        "", "ignored", "string", "expression", "default-filter", "partition", "rerun-already-passed"};
    JsonWriter json(out_, pretty);
    json.begin_object();
    write_build_meta(json);
    json.key("test-count").number(list.tests.size());
    json.key("rust-suites").begin_object();
    Vector<std::size_t> first_of(list.binaries.size());
    for (std::size_t i = list.tests.size(); i-- > 0;) first_of[list.tests[i].binary] = i;
    for (const JsonNames::Name& id : json_ids(list.binaries)) {
      const TestBinary& binary = list.binaries[id.index];
      json.key(id.text).begin_object();
      write_binary(json, binary, id.text);
      write_text(json, "cwd", absolute_working_folder(binary, start_));
      write_text(json, "status", !binary.skip_reason.empty() ? "skipped" : "listed");
      if (!binary.skip_reason.empty()) write_text(json, "skip-reason", binary.skip_reason.str());
      json.key("testcases").begin_object();
      Vector<std::string_view> names;
      const std::size_t first = first_of[id.index];
      for (std::size_t i = first; i < list.tests.size() && list.tests[i].binary == id.index; ++i) {
        names.push_back(list.tests[i].name);
      }
      for (const JsonNames::Name& name : JsonNames(names, JsonNames::by_bytes)) {
        const TestCase& test = list.tests[first + name.index];
        json.key(name.text).begin_object();
        write_text(json, "kind", test.benchmark ? "bench" : "test");
        json.key("ignored").boolean(test.ignored);
        json.key("filter-match").begin_object();
        write_text(json, "status", test.mismatch == Mismatch::None ? "matches" : "mismatch");
        if (test.mismatch != Mismatch::None) write_text(json, "reason", reasons[static_cast<int>(test.mismatch)]);
        json.end_object();
        json.end_object();
      }
      json.end_object();
      json.end_object();
    }
    json.end_object();
    json.end_object();
    out_ += '\n';
    return std::move(out_);
  }

  // --- binaries alone ---

  std::string human(const Vector<TestBinary>& binaries) {
    for (const TestBinary& binary : binaries) {
      if (verbose_) {
        add_binary(binary, false);
      } else if (binary.skip_reason.empty()) {
        add_id(binary);
        out_ += '\n';
      }
    }
    return std::move(out_);
  }

  std::string oneline(const Vector<TestBinary>& binaries) {
    for (const TestBinary& binary : binaries) {
      if (!binary.skip_reason.empty()) continue;
      add_id(binary);
      if (verbose_) add_fields(binary, false, " [", "]");
      out_ += '\n';
    }
    return std::move(out_);
  }

 private:
  void add_id(const TestBinary& binary) { style_.paint(out_, Paint::BinaryId, safe_name(binary.id)); }

  void add_binary(const TestBinary& binary, bool with_folder) {
    add_id(binary);
    out_ += ":\n";
    if (verbose_) add_fields(binary, with_folder, "  ", "\n");
    if (verbose_) add_field("harness", binary.harness->name, "  ", "\n");
    if (!binary.skip_reason.empty()) out_.append("    (skipped: ").append(binary.skip_reason.str()).append(")\n");
  }

  void add_fields(const TestBinary& binary, bool with_folder, const char* before, const char* after) {
    add_field("bin", plain_absolute_path(binary.path), before, after);
    if (with_folder) add_field("cwd", absolute_working_folder(binary, start_), before, after);
    add_field("build platform", name_of(binary.build_platform), before, after);
  }

  void add_field(const char* name, std::string_view value, const char* before, const char* after) {
    out_ += before;
    style_.paint(out_, Paint::Skip, std::string(name) + ":");
    out_ += ' ';
    append_safe_name(out_, value);
    out_ += after;
  }

  const Style& style_;
  const StartOptions& start_;
  const bool verbose_;
  std::string out_;
};

}  // namespace nextest
