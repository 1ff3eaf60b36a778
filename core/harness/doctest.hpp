// doctest. Its filters know wildcards but cannot escape them; where a name lets more tests through, --first and --last
// pick the one. The dt- spelling of each option works in every program that has no prefix of its own.
#pragma once

#include <algorithm>

#include "core/base/bytes.hpp"
#include "core/base/file.hpp"
#include "core/format/elf.hpp"
#include "core/format/xml.hpp"
#include "core/harness/row.hpp"

namespace nextest {

inline Result<Vector<ListedTest>> read_doctest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  const std::size_t start = outputs[0].find("<?xml");
  if (start == std::string::npos) return unreadable_line(outputs[0].substr(0, 200), "it should be doctest's XML");
  const std::string_view document = std::string_view(outputs[0]).substr(start);
  XmlReader xml(document);
  while (true) {
    Result<XmlEvent> event = xml.next();
    if (!event) return Error{ExitCode::TestListFailed, event.error().message, ""};
    if (event.value() == XmlEvent::End) return tests;
    if (event.value() == XmlEvent::EndElement && xml.name() == "doctest") return tests;
    if (event.value() != XmlEvent::StartElement || xml.name() != "TestCase") continue;
    const auto text_of = [&](std::string_view attribute) {
      const std::string* const value = xml.attribute(attribute);
      return value != nullptr ? *value : std::string();
    };
    ListedTest& test = tests.emplace_back();
    test.name = text_of("name");
    test.suite = text_of("testsuite");
    test.source = std::string(file_name(text_of("filename"))) + ":" + text_of("line");
    test.ignored = text_of("skipped") == "true";
  }
}

// A pattern that matches the name; "*" for a name that doctest cannot be given: the empty one, and one in whose listing
// doctest wrote a byte as \xHH, so that the name itself is not known.
inline std::string doctest_pattern(std::string_view name) {
  return name.empty() || contains(name, "\\x") ? "*" : std::string(name);
}

inline Arguments doctest_run_arguments(const TestList&, const TestCase& test) {
  std::string filter = "--dt-test-case=";
  append_escaped(filter, doctest_pattern(test.own_name()), ",\\");
  Arguments arguments = {std::move(filter), "--dt-case-sensitive=true", "--dt-no-skip=true"};
  if (test.rivals > 1) {
    const std::string number = decimal(test.rank + 1);
    arguments.insert(arguments.end(), {"--dt-order-by=file", "--dt-first=" + number, "--dt-last=" + number});
  }
  return arguments;
}

// [doctest] test cases: 1 | 1 passed | 0 failed | 24 skipped     (counted before --first and --last)
inline void judge_doctest(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  const std::string_view out = output.out;
  constexpr std::string_view summary = "[doctest] test cases:", start = "[doctest] run with \"";
  std::string_view line, begun;
  const bool ended = find_last_line(out, summary, line);
  // Other programs that the test or main runs print as much; a count of as many tests as were asked for is enough.
  std::uint64_t ran = leading_number(line);
  for (std::string_view rest = out, other; ran != test.rivals && next_line(rest, other);) {
    if (starts_with(other, summary) && leading_number(other.substr(summary.size())) == test.rivals) ran = test.rivals;
  }
  if (ended) expect_tests_run(ran, test.rivals, outcome);
  if (!find_last_line(out, start, begun)) return;
  // Another program with tests that this one runs prints both lines, too, but may be ended early. So the last end is
  // believed to be this one's, unless no test was left out there: then the other ran all of its own, and this one,
  // which left out all others, did not come to its end.
  const bool is_behind = ended && line.data() > begun.data();
  const bool ran_all = ended && contains(line, "| 0 skipped") && count_lines(out, start) > count_lines(out, summary);
  if (!is_behind || ran_all) set_unfinished(outcome);
}

// A project may give its options a prefix of its own (DOCTEST_CONFIG_OPTIONS_PREFIX). The name of each stands in the
// program with it, perhaps as the end of another text.
inline std::string find_doctest_prefix(const Bytes& bytes) {
  constexpr std::size_t overlap = 256;
  constexpr std::string_view wanted("list-test-cases\0", 16);
  const std::string usual = "dt-";
  const ElfFile::Range read_only = ElfFile(bytes).section(".rodata");
  const ElfFile::Range where = read_only.size == 0 ? ElfFile::Range{0, bytes.size()} : read_only;
  std::string piece, found = usual;
  for (std::uint64_t done = 0; done < where.size; done += piece.size() - overlap) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(where.size - done, 1 << 20)));
    piece.resize(bytes.read(where.at + done, &piece[0], piece.size()));
    for (std::size_t at = 0; (at = piece.find(wanted, at)) != std::string::npos; at += wanted.size()) {
      std::size_t start = at;
      while (start > 0 && piece[start - 1] > ' ' && piece[start - 1] != 0x7F) --start;
      while (piece[start] == '-') ++start;
      if (start > at) start = at;
      const std::string prefix = piece.substr(start, at - start);
      if (prefix == usual) return usual;
      if (found == usual || found.empty()) found = prefix;
    }
    if (piece.size() <= overlap) break;
  }
  return found;
}

inline constexpr FailureForm doctest_failure_forms[] = {
    FailureForm(":", ": ERROR: ").goes_on(),
    FailureForm(":", ": FATAL ERROR: ").goes_on(),
};
inline constexpr const char* doctest_headings[] = {"logged:"};

inline constexpr Harness doctest_harness = [] {
  Harness row;
  row.name = "doctest";
  row.text = {"filters OUT tests b", "y their name"};
  row.failures.forms = doctest_failure_forms;
  row.failures.headings = doctest_headings;
  row.failures.crash = "CRASHED: ";
  row.list_commands = [](const Harness&) {
    return Vector<Arguments>{{"--dt-list-test-cases", "--dt-reporters=xml", "--dt-no-skip=true", "--dt-order-by=file"}};
  };
  row.read_list = read_doctest_list;
  row.option_start = "--dt-";
  row.find_option_prefix = find_doctest_prefix;
  row.pattern_of = doctest_pattern;
  row.matches = wildcard_match;
  row.run_arguments = doctest_run_arguments;
  row.judge = judge_doctest;
  return row;
}();

}  // namespace nextest
