// Where in the output of a failed test the place of its failure is, and what it says. A place is only read from what a
// framework, assert(3), a panic or a sanitizer writes in a form of its own: never is one guessed.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/escape.hpp"
#include "core/base/text.hpp"
#include "core/model/outcome.hpp"
#include "core/model/test_list.hpp"

namespace nextest {

struct FailurePlace {
  std::string file;  // as it was printed, without control characters; empty: none found
  std::uint32_t line = 0;
  std::string message;  // one line, safe to show
};

// A form of line that tells a place: BEFORE, the file, SEPARATOR, the line's number and perhaps :COLUMN, MARKER. Each
// has eight texts:
//   kinds: who writes it, a letter for each harness as in find_failure_place. *: every program; #: a sanitizer's report
//     that has begun; !: a panic of Rust before 1.73 that has. Then + when the message goes on in the lines below, and
//     ~ when a file of a runtime is no place
//   needs: stands somewhere in the line
//   before: empty when anything that a test left in the line may precede the file
//   separator: ":" takes (NUMBER) as well; with ": ", a function's name is between it and the file
//   marker
//   says: where in the line its message begins, or else how; ^: at its start; empty: after the marker
//   lead: what each line below begins with
//   moves: the marker of a line below that knows the place better
inline const char place_forms[] =
    "G+\0\0\0:\0: Failure\n\0\0\0\0"
    "G+\0\0\0(\0): error: \0\0\0\0"
    "D+\0\0\0:\0: ERROR: \0\0\0\0"
    "D+\0\0\0:\0: FATAL ERROR: \0\0\0\0"
    "C+\0\0\0:\0: FAILED:\n\0\0\0\0"
    "B\0\0\0:\0: error: in \"\0\": \0\0: last checkpoint\0"
    "B\0\0\0:\0: fatal error: in \"\0\": \0\0: last checkpoint\0"
    "U+\0\0\0:\0: error: Failure in \0\n\0\0: error:\n\0"
    "R+\0\0[----] \0:\0: Assertion Failed\n\0\0 [----] \0\0"
    "R\0\0[----] \0:\0: Unexpected signal\0Unexpected signal\0\0\0"
    "L\0note: test did not panic\0 at \0:\0\n\0test did not panic\0\0\0"
    "L*+\0thread '\0 panicked at \0:\0:\n\0panicked:\0\0\0"
    "!\0\0', \0:\0\n\0^\0\0\0"
    // assert(3) of glibc; musl; macOS and FreeBSD; NetBSD, OpenBSD and newlib, with or without a function
    "*\0: Assertion `\0: \0:\0: \0Assertion `\0\0\0"
    "*\0Assertion failed: \0 (\0: \0)\n\0Assertion failed: \0\0\0"
    "*\0Assertion failed: (\0, file \0, line \0.\n\0Assertion failed: \0\0\0"
    "*\0assertion \"\0 failed: file \"\0\", line \0, function\0assertion \"\0\0\0"
    "*\0assertion \"\0 failed: file \"\0\", line \0\n\0assertion \"\0\0\0"
    "*\0\0\0:\0: runtime error: \0runtime error: \0\0\0"
    "#~\0    #\0\0:\0\n\0\n\0\0\0"
    "#~\0    #\0\0:\0 (\0\n\0\0\0"
    "*~\0SUMMARY: \0\0:\0 in \0SUMMARY: \0\0\0";

struct PlaceForm {
  const char* fields[8];

  const char* kinds() const { return fields[0]; }
  const char* needs() const { return fields[1]; }
  const char* before() const { return fields[2]; }
  const char* separator() const { return fields[3]; }
  const char* marker() const { return fields[4]; }
  const char* says() const { return fields[5]; }
  const char* lead() const { return fields[6]; }
  const char* moves() const { return fields[7]; }
};

// Whether `text` holds one of a list of texts, each ended by NUL.
inline bool holds_any(std::string_view text, const char* list) {
  for (; *list != '\0'; list += std::strlen(list) + 1) {
    if (contains(text, list)) return true;
  }
  return false;
}

// Several lines made one, of at most 200 bytes.
struct PlaceMessage {
  // False when it is full, or when a blank line ends it.
  bool add(std::string_view piece) {
    piece = trim(piece);
    if (piece.empty()) return text.empty();
    std::size_t fits = text.size();
    if (starts_with(piece, "Which is:")) {  // of GoogleTest
      text += " is";
      piece.remove_prefix(9);
    } else if (!text.empty()) {
      text += std::strchr(":!,[.", text.back()) != nullptr ? " " : ", ";
    }
    while (!piece.empty() && text.size() <= 200) {
      piece.remove_prefix(append_safe_character(text, piece));
      if (text.size() <= 200) fits = text.size();
    }
    text.resize(fits);
    return piece.empty();
  }

  std::string text;
};

// Takes the number at the end of `text`, which is not 0, and the separator before it.
inline bool take_number(std::string_view& text, std::string_view separator, std::uint32_t& number) {
  std::uint64_t value = 0, scale = 1;
  std::size_t left = text.size();
  for (; left > 0 && is_digit(text[left - 1]) && text.size() - left < 10; --left) {
    value += scale * static_cast<std::uint64_t>(text[left - 1] - '0');
    scale *= 10;
  }
  if (value - 1 >= UINT32_MAX || !ends_with(text.substr(0, left), separator)) return false;
  text = text.substr(0, left - separator.size());
  number = static_cast<std::uint32_t>(value);
  return true;
}

class PlaceFinder {
 public:
  explicit PlaceFinder(std::string_view text) : text_(text) {}

  // Looks for what programs of a kind write. `thread`: the one whose panics count; empty: any. What is not found leaves
  // `place` as it is.
  bool find(char kind, std::string_view thread, FailurePlace& place) {
    rest_ = text_;
    thread_ = thread;
    open_ = ' ';
    while (next()) {
      if (kind == '*' || kind == 'L') open_report();
      PlaceForm form;
      for (const char* at = place_forms; at < place_forms + sizeof place_forms - 1;) {
        for (const char*& field : form.fields) {
          field = at;
          at += std::strlen(at) + 1;
        }
        const bool is_open = std::strchr(form.kinds(), open_) != nullptr;
        if (!is_open && std::strchr(form.kinds(), kind) == nullptr) continue;
        if (*form.needs() == 't' && !counts()) continue;
        if (!read_line(form)) continue;
        if (!is_open) message_.text.clear();
        message_.add(said_);
        take_place(place);
        read_below(form, place);
        if (message_.text.empty()) message_.add(form.marker() + 2);
        place.message = message_.text;
        return true;
      }
      if (open_ == '!') message_.add(line_);
      if (open_ == '!' && line_.size() == 2) open_ = ' ';  // a blank line
    }
    return false;
  }

 private:
  // The next line without colours, a blank before it, blanks for its control characters, and with the newline.
  bool next() {
    std::string_view line;
    if (!next_line(rest_, line)) return false;
    if (ends_with(line, "\r")) line.remove_suffix(1);
    line_ = " ";
    while (!line.empty()) {
      std::size_t taken = colour_sequence_size(line);
      if (taken == 0) {
        line_ += static_cast<unsigned char>(line[0]) < ' ' ? ' ' : line[0];
        taken = 1;
      }
      line.remove_prefix(taken);
    }
    line_ += '\n';
    return true;
  }

  // Whether a panic that the line tells of is the test's.
  bool counts() const {
    std::string_view rest = line_;
    rest.remove_prefix(rest.find('\'') + 1);
    rest = rest.substr(0, rest.find("' "));
    return thread_.empty() || rest == thread_ || rest == "main";
  }

  // Reads the place that `text` ends with. False when no number is there; no file: what is before it is none.
  bool read_place(const PlaceForm& form, std::string_view text) {
    std::string_view separator = form.separator();
    file_ = "";
    if (separator == ":" && ends_with(text, ")")) {
      separator = "(";
      text.remove_suffix(1);
    }
    if (!take_number(text, separator, number_)) return false;
    // What was read was the column, when another number is before it.
    take_number(text, separator, number_);
    if (separator.size() == 2) text = text.substr(0, text.rfind(separator));  // ": "
    std::size_t at = text.rfind(form.before());
    if (at > text.size()) return true;
    at += std::strlen(form.before());
    if (*form.before() == '\0') {
      // A relative path with a blank in it is less likely than output without a newline before it.
      at = text.rfind(" /");
      if (at > text.size()) at = text.rfind(' ');
      ++at;
    }
    // Frames of a sanitizer's own, of libc and of the C++ library's headers say less than those that called them.
    constexpr const char* runtimes =
        "libsanitizer/\0compiler-rt/\0/sysdeps/\0csu/\0nptl/\0./stdlib/\0./string/\0"
        "/include/c++/\0/rustc/\0";
    text.remove_prefix(at);
    if (std::strchr(form.kinds(), '~') != nullptr && holds_any(text, runtimes)) return true;
    if (text.size() < 1024) file_ = text;
    return true;
  }

  // Reads the place that the line tells, and what it says.
  bool read_line(const PlaceForm& form) {
    const std::string_view line = line_;
    if (!contains(line, form.needs())) return false;
    for (std::size_t at = 0; (at = line.find(form.marker(), at)) != std::string_view::npos; ++at) {
      const bool nowhere =
          std::strchr("GB", *form.kinds()) != nullptr && starts_with(line, " unknown ");  // an exception
      if (!read_place(form, line.substr(0, at)) && !nowhere) continue;
      if (file_.empty() && !nowhere) return false;
      std::size_t from = at + std::strlen(form.marker()), to = line.size();
      if (*form.says() != '\0') from = *form.says() == '^' ? 0 : line.find(form.says());
      if (*form.says() == '"') from += 3;
      const std::size_t file = file_.empty() ? 0 : static_cast<std::size_t>(file_.data() - line.data());
      if (from < file) to = file - std::strlen(form.before());
      said_ = from > line.size() ? form.says() : line.substr(from, to - from);
      return true;
    }
    return false;
  }

  void take_place(FailurePlace& place) const {
    place.file = file_;
    place.line = file_.empty() ? 0 : number_;
  }

  // What is told over several lines: the title comes first.
  void open_report() {
    constexpr const char* old_panic = "' panicked at '";
    std::string_view line = line_;
    const std::size_t title = line.find("Sanitizer: "), panic = line.find(old_panic);
    if (panic < line.size() && counts()) {
      open_ = '!';
      message_.text = "panicked:";
      line_.erase(0, panic + std::strlen(old_panic));
    } else if (title < line.size() && (line[1] == '=' || line[1] == 'W')) {
      open_ = '#';
      message_.text.clear();
      line.remove_prefix(line.rfind(' ', title) + 1);
      line = line.substr(0, line.find(" on "));
      message_.add(line.substr(0, line.find(" (")));
    }
  }

  void read_below(const PlaceForm& form, FailurePlace& place) {
    // Of Boost: two collections, or values of several lines.
    const bool all = contains(form.kinds(), "+");
    bool more = all || ends_with(said_, ". \n") || said_.rfind('[') + 1 > said_.rfind(']') + 1;
    while ((more || place.file.empty()) && next() && starts_with(line_, form.lead())) {
      const std::string_view line = line_;
      const std::size_t moves = *form.moves() != '\0' ? line.find(form.moves()) : line.size();
      if (moves < line.size() && read_place(form, line.substr(0, moves)) && !file_.empty()) {
        take_place(place);
        continue;
      }
      constexpr const char* ends =
          "[  \0[ RUN \0[-----\0Google Test trace:\0With diff:\0 msg:\n\0Stack trace:\0"
          "stack backtrace:\0note: \0difference starts at\0Alloc num\0";
      if (holds_any(line, ends) || read_line(form)) return;
      if (!message_.add(line.substr(std::strlen(form.lead())))) return;
      more = all;
    }
  }

  const std::string_view text_;
  std::string_view rest_, thread_;
  std::string line_;
  std::string_view file_, said_;  // in the line, or constant
  std::uint32_t number_ = 0;
  char open_ = ' ';  // the kind of the report that has begun
  PlaceMessage message_;
};

// Of a long text the first and the last 256 KiB, in whole lines.
inline void append_ends(std::string& out, std::string_view text) {
  constexpr std::size_t part = 256 * 1024;
  if (text.size() > 2 * part) {
    out.append(text.substr(0, part)).append("\n\n");
    text.remove_prefix(text.size() - part);
    text.remove_prefix(text.find('\n') < text.size() ? text.find('\n') : text.size());
  }
  out.append(text).append("\n\n");
}

// The first failure that the framework itself tells of; where it tells none, or but that the test crashed, what any
// program may write.
inline FailurePlace find_failure_place(HarnessKind harness, const CapturedOutput& output) {
  std::string text;
  append_ends(text, output.err);
  append_ends(text, output.out);
  constexpr std::string_view failures = "failures:\n    ";  // and the test's name, of libtest: its thread has that, too
  std::string_view thread = "";
  const std::size_t at = text.rfind(failures);
  if (at != std::string::npos) {
    thread = std::string_view(text).substr(at + failures.size());
    thread = thread.substr(0, thread.find('\n'));
  }
  FailurePlace place;
  PlaceFinder finder(text);
  const bool found = finder.find("LGDCCBUR  "[static_cast<int>(harness)], thread, place);
  const bool is_crash = holds_any(place.message, "CRASHED: \0fatal error condition\0signal caught below\0");
  if (!found || is_crash) finder.find('*', "", place);
  return place;
}

}  // namespace nextest
