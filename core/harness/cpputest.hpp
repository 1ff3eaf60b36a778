// CppUTest. Groups and names are identifiers, so its strict filters are exact. Its list does not say which tests are
// ignored, and no option prints them without running the others; but IGNORE_TEST(Group, Name) makes a class of its own,
// whose name stands in the program.
#pragma once

#include <algorithm>

#include "core/base/bytes.hpp"
#include "core/format/elf.hpp"
#include "core/harness/row.hpp"

namespace nextest {

inline bool is_identifier_byte(char c) {
  return is_letter(c) || is_digit(c) || c == '_' || c == '$' || static_cast<signed char>(c) < 0;
}

// Group.Name. Either may begin with a digit: the classes that are made of them begin otherwise.
inline bool is_cpputest_name(std::string_view word) {
  std::size_t dots = 0;
  char before = '.';
  for (const char c : word) {
    if (before == '.' && c == '.') return false;
    if (c == '.') ++dots;
    else if (!is_identifier_byte(c)) return false;
    before = c;
  }
  return dots == 1 && before != '.';
}

// The names stand in one line, separated by blanks, which has no end: what the program prints at its exit is glued to
// the last name. So there is a second list, of no test: what is printed even then is the program's own.
inline Result<Vector<ListedTest>> read_cpputest_list(const Harness&, const Vector<std::string>& outputs) {
  Vector<ListedTest> tests;
  std::string_view rest = outputs[0], line;
  if (outputs.size() > 1) rest = without_chatter(rest, outputs[1]);
  if (trim(rest).empty()) rest = outputs[0];  // a version whose lists do not mind filters
  while (next_line(rest, line)) {
    bool is_list = false;
    for (std::size_t end; !(line = trim(line)).empty(); line.remove_prefix(end)) {
      end = std::min(line.find(' '), line.size());
      ListedTest test;
      test.name = line.substr(0, end);
      if (!is_cpputest_name(test.name)) {
        if (is_list) return unreadable_line(test.name, "it should be 'Group.Name'");
        break;
      }
      is_list = true;
      tests.push_back(std::move(test));
    }
  }
  const std::string_view all = trim(outputs[0]);
  const bool is_chatter = outputs.size() > 1 && outputs[1] == outputs[0];
  if (tests.empty() && !all.empty() && !is_chatter)
    return unreadable_line(all.substr(0, 200), "it should be 'Group.Name Group.Name'");
  return tests;
}

// A type name as compilers write it: "27IGNOREGroup_Name_TestShell", perhaps with more before it. Where that could be
// two tests (A_b.c and A.b_c), neither is taken for ignored: better run one in vain than leave one out.
inline void mark_cpputest_class(std::string_view type, Vector<ListedTest>& tests) {
  const std::size_t at = type.find("IGNORE");
  if (at == std::string_view::npos || !ends_with(type.substr(0, at), decimal(type.size() - at))) return;
  type = type.substr(at + 6, type.size() - at - 16);
  ListedTest* found = nullptr;
  for (ListedTest& test : tests) {
    const std::size_t dot = test.name.find('.');
    if (test.name.size() != type.size() || type[dot] != '_' || type.compare(0, dot, test.name, 0, dot) != 0 ||
        type.compare(dot + 1, type.size(), test.name, dot + 1, type.size()) != 0) {
      continue;
    }
    if (found != nullptr) return;
    found = &test;
  }
  if (found != nullptr) found->ignored = true;
}

inline void mark_cpputest_ignored(const Bytes& bytes, Vector<ListedTest>& tests) {
  constexpr std::size_t overlap = 4096;
  constexpr std::string_view suffix = "_TestShell";
  const ElfFile::Range read_only = ElfFile(bytes).section(".rodata");
  const ElfFile::Range where = read_only.size == 0 ? ElfFile::Range{0, bytes.size()} : read_only;
  std::string piece;
  for (std::uint64_t done = 0; done < where.size; done += piece.size() - overlap) {
    piece.resize(static_cast<std::size_t>(std::min<std::uint64_t>(where.size - done, 1 << 20)));
    piece.resize(bytes.read(where.at + done, &piece[0], piece.size()));
    for (std::size_t at = 0; (at = piece.find(suffix, at)) != std::string::npos; at += suffix.size()) {
      std::size_t start = at;
      while (start > 0 && is_identifier_byte(piece[start - 1])) --start;
      mark_cpputest_class(std::string_view(piece).substr(start, at + suffix.size() - start), tests);
    }
    if (piece.size() <= overlap) return;
  }
}

inline Arguments cpputest_run_arguments(const TestList&, const TestCase& test) {
  const std::string_view name = test.own_name();
  const std::size_t dot = std::min(name.find('.'), name.size() - 1);
  Arguments arguments = {"-v", "-sg", std::string(name.substr(0, dot)), "-sn", std::string(name.substr(dot + 1))};
  if (test.ignored) arguments.push_back("-ri");
  return arguments;
}

// 11 tests, 1 ran, 1 checks, 0 ignored, 10 filtered out, 0 ms)
inline bool read_cpputest_counts(std::string_view rest, std::uint64_t& ran, std::uint64_t& ignored) {
  std::uint64_t all = 0, did_run = 0;
  const std::string_view line = rest.substr(0, rest.find('\n'));
  rest = line;
  if (!take_count(rest, " tests, ", all) || !take_count(rest, " ran, ", did_run) || !contains(rest, " ignored")) {
    return false;
  }
  ran = did_run;
  ignored = number_before(rest, " ignored");
  return true;
}

// TEST(Group, Name) - 0 ms      (what the test prints comes before the dash; of another program only -v prints it)
//
// OK (11 tests, 1 ran, 1 checks, 0 ignored, 10 filtered out, 0 ms)
// Other programs that the test or main runs print as much; a count of one test is enough.
inline void judge_cpputest(const TestCase& test, const CapturedOutput& output, Outcome& outcome) {
  constexpr std::string_view end = "OK (";
  const std::string_view out = output.out;
  std::string start = "TEST(" + std::string(test.own_name()) + ")";
  start.replace(std::min(start.find('.'), start.size() - 1), 1, ", ");
  const std::size_t began = out.find(start);
  const bool is_named = began != std::string_view::npos;
  bool found = false;
  std::uint64_t ran = 0, ignored = 0;
  std::size_t at = is_named ? began : 0;
  while (!(found && ran + ignored == 1) && (at = out.find(end, at)) != std::string_view::npos) {
    const std::string_view before = out.substr(0, at);
    at += end.size();
    if (is_named ? !ends_with(before, " ms\n\n") : !before.empty() && before.back() != '\n') continue;
    found |= read_cpputest_counts(out.substr(at), ran, ignored);
  }
  if (!found) {
    if (is_named) return set_unfinished(outcome);
    std::string_view line;
    if (find_last_line(out, end, line)) return expect_tests_run(0, 1, outcome);
    expect_no_start(out, "TEST(", outcome);
    return expect_no_start(out, "IGNORE_TEST(", outcome);
  }
  if (ran == 0 && ignored == 1) outcome.skipped_by_test = outcome.passed();
  else expect_tests_run(ran, 1, outcome);
}

inline constexpr FailureForm cpputest_failure_forms[] = {
    FailureForm(":", ": error: Failure in ").message_at("\n").goes_on().moved_by(": error:\n"),
};
inline constexpr const char* cpputest_message_ends[] = {"difference starts at", "Alloc num"};

inline constexpr Harness cpputest_harness = [] {
  Harness row;
  row.name = "cpputest";
  row.separator = ".";
  row.text = {"test run failed because no te", "sts were run or ignored"};
  row.library = {"libCppU", "Test."};
  row.failures.forms = cpputest_failure_forms;
  row.failures.ends = cpputest_message_ends;
  row.list_commands = [](const Harness&) {
    return Vector<Arguments>{{"-ln"}, {"-ln", "-sg", "no group has this name"}};
  };
  row.read_list = read_cpputest_list;
  row.mark_ignored_in = mark_cpputest_ignored;
  row.run_arguments = cpputest_run_arguments;
  row.judge = judge_cpputest;
  return row;
}();

}  // namespace nextest
