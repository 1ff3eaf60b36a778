// What a harness's row is made with: reading lists, judging ends, writing filters. The row itself is
// core/model/harness.
#pragma once

#include "core/model/harness.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

inline Error unreadable_line(std::string_view line, const char* expected) {
  return Error{ExitCode::TestListFailed, "cannot read the line '" + std::string(line) + "': " + expected, ""};
}

// How much of `output` the end of it takes that is like `chatter`: the same but for numbers, which may be times and ids
// of processes. npos where the end is another one. A number that `chatter` begins with may stand behind a name that
// ends with digits, so of that one the digits are as many.
inline std::size_t size_of_end_like(std::string_view chatter, std::string_view output) {
  std::size_t i = output.size(), j = chatter.size();
  while (j > 0) {
    if (i == 0) return std::string_view::npos;
    if (is_digit(chatter[j - 1]) && is_digit(output[i - 1])) {
      const std::size_t end = j;
      while (j > 0 && is_digit(chatter[j - 1])) --j;
      const std::size_t most = j == 0 ? end : output.size();
      for (std::size_t n = 0; n < most && i > 0 && is_digit(output[i - 1]); ++n) --i;
    } else if (chatter[--j] != output[--i]) {
      return std::string_view::npos;
    }
  }
  return output.size() - i;
}

// As far as a list and the program's own words are alike: in `output` and in `chatter`.
struct AlikeUntil {
  std::size_t in_output = 0, in_chatter = 0;

  // One byte further, or one number; false where they are not alike.
  bool advance(std::string_view output, std::string_view chatter) {
    if (in_chatter == chatter.size() || in_output == output.size()) return false;
    const char one = output[in_output], other = chatter[in_chatter];
    if (is_digit(one) && is_digit(other)) {
      while (in_output < output.size() && is_digit(output[in_output])) ++in_output;
      while (in_chatter < chatter.size() && is_digit(chatter[in_chatter])) ++in_chatter;
      return true;
    }
    if (one != other) return false;
    ++in_output;
    ++in_chatter;
    return true;
  }
};

// `output` without what the program's own main prints before and after every list; `chatter` is both together.
inline std::string_view without_chatter(std::string_view output, std::string_view chatter) {
  AlikeUntil before;
  for (AlikeUntil at; at.advance(output, chatter);) {
    if (output[at.in_output - 1] == '\n') before = at;
  }
  // The first name may begin as the farewell does, so of a line that main left open only as much as it takes.
  do {
    const std::string_view list = output.substr(before.in_output);
    const std::size_t end = size_of_end_like(chatter.substr(before.in_chatter), list);
    if (end <= list.size()) return list.substr(0, list.size() - end);
  } while (before.advance(output, chatter));
  return output;
}

// Marks the next test of that name, from `next` on and around. False when there is none that is not marked yet.
inline bool mark_ignored(Vector<ListedTest>& tests, std::string_view name, std::size_t& next) {
  for (std::size_t seen = 0; seen < tests.size(); ++seen) {
    ListedTest& test = tests[(next + seen) % tests.size()];
    if (test.name != name || test.ignored) continue;
    test.ignored = true;
    next += seen + 1;
    return true;
  }
  return false;
}

// The last line of `output` that starts with `prefix`, without it; false when there is none.
inline bool find_last_line(std::string_view output, std::string_view prefix, std::string_view& rest_of_line) {
  std::size_t end = output.size();
  while (true) {
    const std::size_t at = output.substr(0, end).rfind(prefix);
    if (at == std::string_view::npos) return false;
    if (at == 0 || output[at - 1] == '\n') {
      rest_of_line = output.substr(at + prefix.size());
      rest_of_line = rest_of_line.substr(0, rest_of_line.find('\n'));
      return true;
    }
    end = at + prefix.size() - 1;
  }
}

// The number that `text` starts with, after blanks; 0 when there is none.
inline std::uint64_t leading_number(std::string_view text) {
  while (starts_with(text, " ")) text.remove_prefix(1);
  std::uint64_t value = 0;
  return parse_number(take_digits(text).substr(0, 18), value) ? value : 0;
}

// The number that ends before the first `word` of `text`; without that, the one that `text` starts with.
inline std::uint64_t number_before(std::string_view text, std::string_view word) {
  const std::size_t end = text.find(word);
  std::size_t start = end == std::string_view::npos ? 0 : end;
  while (start > 0 && is_digit(text[start - 1])) --start;
  return leading_number(text.substr(start, end - start));
}

// How many lines of `output` start with `prefix`.
inline std::size_t count_lines(std::string_view output, std::string_view prefix) {
  std::size_t count = 0;
  for (std::size_t at = 0; (at = output.find(prefix, at)) != std::string_view::npos; at += prefix.size()) {
    if (at == 0 || output[at - 1] == '\n') ++count;
  }
  return count;
}

// A pass of a harness that was cut short, by exit(0) for example, is none.
inline void set_unfinished(Outcome& outcome) {
  if (outcome.passed() && outcome.kind != OutcomeKind::Timeout) outcome.kind = OutcomeKind::Unfinished;
}

// A pass counts only if the harness ran what it was asked to run.
inline void expect_tests_run(std::uint64_t ran, std::uint64_t expected, Outcome& outcome) {
  if (outcome.passed() && outcome.kind != OutcomeKind::Timeout && ran != expected) {
    outcome.kind = OutcomeKind::WrongTests;
    outcome.code = static_cast<int>(ran);
    outcome.expected = static_cast<int>(expected);
  }
}

// For output without a count of the tests that ran. Many projects print nothing of their passes, so that alone proves
// nothing; but a harness that began with that line and did not end was cut short, by exit(0) for example.
inline void expect_no_start(std::string_view output, std::string_view prefix, Outcome& outcome) {
  std::string_view line;
  if (find_last_line(output, prefix, line)) set_unfinished(outcome);
}

// `text`, with a backslash before each character of `special`.
inline void append_escaped(std::string& out, std::string_view text, std::string_view special) {
  for (const char c : text) {
    if (special.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
}

// Whether `text` matches `pattern`, where * is any run of characters and ? any one of them, as GoogleTest and doctest
// read their filters.
inline bool wildcard_match(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

}  // namespace nextest
