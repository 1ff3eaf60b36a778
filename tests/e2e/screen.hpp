// Reads what the program prints for people: status lines, the output under each, the summary. It takes the words and
// the numbers and lets the layout be.
#pragma once

#include "drive.hpp"

namespace drive {

struct StatusLine {
  std::string word;  // "PASS", "TRY 1 FAIL", "FAIL + LEAK", ...
  std::string test;  // "BINARY-ID TEST-NAME"
  Words body;        // the lines after it, up to the next status line or rule, as printed
};

struct Screen {
  std::vector<StatusLine> statuses;  // as the tests ended
  std::vector<StatusLine> finals;    // after the summary
  std::string summary;               // the summary's line without its time
};

namespace detail {

inline std::string trimmed(const std::string& text) {
  const size_t from = text.find_first_not_of(' ');
  if (from == std::string::npos) return "";
  return text.substr(from, text.find_last_not_of(' ') - from + 1);
}

// `WORD [   0.005s] REST` or `WORD [> 60.000s] REST`. Words are made of capitals, digits and a few signs.
inline bool parse_timed_line(const std::string& line, std::string& word, std::string& rest) {
  const size_t open = line.find(" [");
  if (open == std::string::npos || open == 0) return false;
  size_t at = open + 2;
  while (at < line.size() && (line[at] == ' ' || line[at] == '>')) at++;
  const size_t digits = at;
  while (at < line.size() && ((line[at] >= '0' && line[at] <= '9') || line[at] == '.')) at++;
  if (at == digits || line.compare(at, 2, "s]") != 0) return false;
  word = trimmed(line.substr(0, open));
  rest = line.substr(std::min(at + 3, line.size()));
  const bool capitals = std::none_of(word.begin(), word.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  return !word.empty() && (capitals || word == "Summary");
}

inline bool is_rule(const std::string& line) {
  const std::string thin = trimmed(line);
  if (starts_with(thin, "----") && thin.find_first_not_of('-') == std::string::npos) return true;
  return starts_with(thin, "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80") && !contains(thin, " ");
}

}  // namespace detail

inline Screen read_screen(const std::string& text) {
  Screen screen;
  StatusLine* current = nullptr;
  for (const std::string& line : lines_of(text)) {
    std::string word, rest;
    if (detail::is_rule(line)) {
      current = nullptr;
    } else if (detail::parse_timed_line(line, word, rest)) {
      if (word == "Summary") {
        screen.summary = rest;
        current = nullptr;
      } else {
        std::vector<StatusLine>& list = screen.summary.empty() ? screen.statuses : screen.finals;
        list.push_back({word, rest, {}});
        current = &list.back();
      }
    } else if (current != nullptr) {
      current->body.push_back(line);
    }
  }
  return screen;
}

// The number before `what` in the summary, 0 where it is not mentioned: counted(s, "passed"), counted(s, "run"). What
// stands in brackets is looked at as well, but not "3 skipped by the test" for "skipped".
inline int counted(const Screen& screen, const std::string& what) {
  std::string text = screen.summary;
  const std::string run_word = contains(text, " tests run") ? " tests run" : " test run";
  const std::string wanted = what == "run" ? run_word : " " + what;
  for (size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at + 1)) {
    const size_t after = at + wanted.size();
    const bool whole = after == text.size() ||
                       (!isalpha(static_cast<unsigned char>(text[after])) && text.compare(after, 4, " by ") != 0);
    size_t from = at;
    while (from > 0 && isdigit(static_cast<unsigned char>(text[from - 1]))) from--;
    if (!whole || from == at) continue;
    // "2/5 tests run": two of the five that were to be run
    size_t slash = from;
    if (slash > 1 && text[slash - 1] == '/') {
      for (from = slash - 1; from > 0 && isdigit(static_cast<unsigned char>(text[from - 1]));) from--;
    }
    return atoi(text.c_str() + from);
  }
  return 0;
}

// The last status line of a test in the list, or an empty one.
inline StatusLine status_of(const std::vector<StatusLine>& list, const std::string& test) {
  StatusLine found;
  for (const StatusLine& line : list) {
    if (line.test == test) found = line;
  }
  return found;
}

inline StatusLine status_of(const Screen& screen, const std::string& test) { return status_of(screen.statuses, test); }

// Words of all status lines of one test, in the order they were printed.
inline Words words_of(const Screen& screen, const std::string& test) {
  Words words;
  for (const StatusLine& line : screen.statuses) {
    if (line.test == test) words.push_back(line.word);
  }
  return words;
}

inline bool body_has(const StatusLine& line, const std::string& part) {
  return std::any_of(line.body.begin(), line.body.end(), [&](const std::string& one) { return contains(one, part); });
}

inline int body_count(const StatusLine& line, const std::string& text) {
  return static_cast<int>(std::count_if(line.body.begin(), line.body.end(),
                                        [&](const std::string& one) { return detail::trimmed(one) == text; }));
}

// Where a line with this word first stands, for "this came before that"; -1 if nowhere.
inline int position_of(const Screen& screen, const std::string& word) {
  for (size_t i = 0; i < screen.statuses.size(); i++) {
    if (screen.statuses[i].word == word) return static_cast<int>(i);
  }
  return -1;
}

// The lines of `nextest list --message-format oneline`, without the binary id.
inline Words listed(const Words& arguments, int* code = nullptr) {
  Words words = {"list", "--message-format", "oneline"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const Outcome outcome = nextest(words);
  INFO(shown(words) << "\n--- stderr\n" << outcome.err);
  if (code != nullptr) *code = outcome.code;
  else REQUIRE(outcome.code == 0);
  Words names;
  for (const std::string& line : lines_of(outcome.out)) {
    const size_t blank = line.find(' ');
    REQUIRE(blank != std::string::npos);
    names.push_back(line.substr(blank + 1));
  }
  return names;
}

}  // namespace drive

// Shows what was run and printed when a check of this scope fails.
#define SHOW(outcome) \
  INFO("--- stdout\n" << (outcome).out.substr(0, 6000) << "\n--- stderr\n" << (outcome).err.substr(0, 6000))

// CAPTURE for a C string: doctest would print its address.
#define NOTE(text) INFO(#text " := " << std::string(text))
