// Where in the output of a failed test the place of its failure is, and its message. A place is only read from what a
// framework, assert(3), a panic or a sanitizer writes in a form of its own: never is one guessed.
#pragma once

#include <cstring>

#include "core/base/escape.hpp"
#include "core/base/span.hpp"
#include "core/model/failure_wording.hpp"
#include "core/model/harness.hpp"
#include "core/model/outcome.hpp"

namespace nextest {

struct FailurePlace {
  std::string file;  // as it was printed, without control characters; empty: none found
  std::uint32_t line = 0;
  std::string message;  // one line, safe to show
};

// What any program may write.
inline constexpr FailureForm program_failure_forms[] = {
    rust_panic,
    old_rust_panic,
    // assert(3) of glibc; musl; macOS and FreeBSD; NetBSD, OpenBSD and newlib, with or without a function
    FailureForm(":", ": ").where(": Assertion `").behind(": ").message_at("Assertion `"),
    FailureForm(": ", ")\n").where("Assertion failed: ").behind(" (").message_at("Assertion failed: "),
    FailureForm(", line ", ".\n").where("Assertion failed: (").behind(", file ").message_at("Assertion failed: "),
    FailureForm("\", line ", ", function").where("assertion \"").behind(" failed: file \"").message_at("assertion \""),
    FailureForm("\", line ", "\n").where("assertion \"").behind(" failed: file \"").message_at("assertion \""),
    FailureForm(":", ": runtime error: ").message_at("runtime error: "),
    // GoogleMock, at the end of a program with any framework
    FailureForm(":", ": ERROR: this mock object ").where(" should be deleted but never is.").message_at("this mock "),
    sanitizer_frame,
    sanitizer_frame_in_program,
    FailureForm(":", " in ").where("SUMMARY: ").message_at("SUMMARY: ").outside_runtimes(),
};
inline constexpr FailureWording program_failures = [] {
  FailureWording wording;
  wording.forms = program_failure_forms;
  wording.ends = rust_message_ends;
  return wording;
}();
static_assert(program_failures.is_sound());

// Frames of these are of less use than those that called them.
inline constexpr const char* runtime_folders[] = {"libsanitizer/", "compiler-rt/", "/sysdeps/",     "csu/",   "nptl/",
                                                  "./stdlib/",     "./string/",    "/include/c++/", "/rustc/"};

inline bool holds_any(std::string_view text, Span<const char*> list) {
  for (const char* const one : list) {
    if (contains(text, one)) return true;
  }
  return false;
}

// Several lines made one, of at most 200 bytes.
struct PlaceMessage {
  // False when it is full, or when a blank line ends it.
  bool add(std::string_view piece) {
    piece = trim(piece);
    if (piece.empty()) return text.empty();
    for (const char* const one : wording->headings) {
      if (piece != one) continue;
      heading = one;
      return true;
    }
    if (const char* const announced = std::exchange(heading, nullptr); announced != nullptr) {
      if (!append(announced)) return false;
    }
    return append(piece);
  }

  void clear() {
    text.clear();
    heading = nullptr;
  }

  const FailureWording* wording;
  std::string text;
  const char* heading = nullptr;  // that is written when something follows

 private:
  bool append(std::string_view piece) {
    std::size_t fits = text.size();
    const std::string_view carries_on = wording->carries_on;
    if (!carries_on.empty() && starts_with(piece, carries_on)) {
      text += wording->carried_on_by;
      piece.remove_prefix(carries_on.size());
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
  // `err_size`: how much at the start of the text is standard error.
  PlaceFinder(std::string_view text, std::size_t err_size) : text_(text), err_size_(err_size) {}

  // Looks for what is worded so. What is not found leaves `place` as it is.
  bool find(const FailureWording& wording, FailurePlace& place) {
    rest_ = text_;
    thread_ = thread_of_test(wording.thread);
    open_ = Report::None;
    message_.wording = &wording;
    bool has_reports = false, has_last = false, found = false, is_known = false;
    for (const FailureForm& form : wording.forms) {
      has_reports |= form.report != Report::None;
      has_last |= form.is_last && !thread_.empty();
    }
    const bool needs_place = !has_last && *wording.nowhere == '\0';
    while (next()) {
      if (has_reports) open_report();
      const bool is_passed_over = needs_place && !has_number_;
      for (const FailureForm& form : wording.forms) {
        if (is_passed_over || (found && !form.is_last)) continue;
        if (!may_be_here(form) || !read_line(form)) continue;
        if (form.report == Report::None) message_.clear();
        message_.add(message_part_);
        set_place(place);
        if (!form.is_last) read_below(form, place);
        if (message_.text.empty() && form.marker_says_it) message_.add(std::string_view(form.marker).substr(2));
        place.message = message_.text;
        if (!has_last) return true;
        found |= !form.is_last;
        is_known = true;
        open_ = Report::None;
        break;
      }
      if (open_ == Report::OldPanic) message_.add(line_);
      if (open_ == Report::OldPanic && line_ == " \n") open_ = Report::None;  // a blank line
    }
    return is_known;
  }

 private:
  using Report = FailureForm::Report;
  using Message = FailureForm::Message;

  // The thread whose panics count; empty: any.
  std::string_view thread_of_test(std::string_view stands_before) const {
    const std::size_t at = stands_before.empty() ? std::string_view::npos : text_.rfind(stands_before);
    if (at == std::string_view::npos) return {};
    const std::string_view name = text_.substr(at + stands_before.size());
    return name.substr(0, name.find('\n'));
  }

  // The next line without colours, a blank before it, blanks for its control characters, and with the newline.
  bool next() {
    std::string_view line;
    if (!next_line(rest_, line)) return false;
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    line_ = " ";
    has_number_ = false;
    while (!line.empty()) {
      const char c = line[0];
      const std::size_t colour = c == '\x1B' ? colour_sequence_size(line) : 0;
      if (colour == 0) line_ += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
      has_number_ |= is_digit(c);
      line.remove_prefix(colour > 0 ? colour : 1);
    }
    line_ += '\n';
    return true;
  }

  bool may_be_here(const FailureForm& form) const {
    if (form.is_last) {
      return !thread_.empty() && open_ != Report::OldPanic && text_.size() - rest_.size() <= err_size_;
    }
    return (form.report == Report::None || form.report == open_) && (!form.names_thread || counts());
  }

  // Whether the line begins so, but for what libtest has written before the test ran: "test NAME ... ".
  static bool starts_alone(std::string_view line, std::string_view text) {
    const std::string_view before = line.substr(0, line.find(text));
    return before.size() == 1 ||
           (before.size() < line.size() && starts_with(before, " test ") && ends_with(before, " ... "));
  }

  // Whether a panic in the line is the test's.
  bool counts() const {
    std::string_view rest = line_;
    rest.remove_prefix(rest.find('\'') + 1);
    rest = rest.substr(0, rest.find("' "));
    return thread_.empty() || rest == thread_ || rest == "main";
  }

  // Reads the place that `text` ends with. False when no number is there; no file: what is before it is none.
  bool read_place(const FailureForm& form, std::string_view text) {
    std::string_view separator = form.separator;
    file_ = "";
    if (separator == ":" && ends_with(text, ")")) {
      separator = "(";
      text.remove_suffix(1);
    }
    if (!take_number(text, separator, number_)) return false;
    // What was read was the column, when another number is before it.
    take_number(text, separator, number_);
    if (separator.size() == 2) text = text.substr(0, text.rfind(separator));  // ": "
    const std::string_view before = form.before;
    std::size_t at = text.rfind(before);
    if (at > text.size()) return true;
    at += before.size();
    if (before.empty()) {
      // A relative path with a blank in it is less likely than output without a newline before it.
      at = text.rfind(" /");
      if (at > text.size()) at = text.rfind(' ');
      ++at;
    }
    text.remove_prefix(at);
    if (form.skips_runtimes && holds_any(text, runtime_folders)) return true;
    if (text.size() < 1024) file_ = text;
    return true;
  }

  // Reads the place in the line, and the part of it that is the message.
  bool read_line(const FailureForm& form) {
    const std::string_view line = line_, marker = form.marker;
    if (!contains(line, form.needs)) return false;
    const std::string_view unknown_place = message_.wording->nowhere;
    const bool is_whole_line = form.is_last && starts_alone(line, marker);
    const bool nowhere = is_whole_line || (!unknown_place.empty() && starts_with(line, unknown_place));
    if (form.is_last && !is_whole_line) return false;
    for (std::size_t at = 0; (at = line.find(marker, at)) != std::string_view::npos; ++at) {
      if (!read_place(form, line.substr(0, at)) && !nowhere) continue;
      if (file_.empty() && !nowhere) return false;
      const std::string_view text = form.message_text;
      std::size_t from = at + marker.size(), to = line.size();
      if (form.message == Message::AtStart) from = 0;
      else if (form.message != Message::BehindMarker) from = line.find(text);
      if (form.message == Message::BehindText) from += text.size();
      const std::size_t file = file_.empty() ? 0 : static_cast<std::size_t>(file_.data() - line.data());
      if (from < file) to = file - std::string_view(form.before).size();
      message_part_ = from > line.size() ? text : line.substr(from, to - from);
      return true;
    }
    return false;
  }

  void set_place(FailurePlace& place) const {
    place.file = file_;
    place.line = file_.empty() ? 0 : number_;
  }

  // Of a report of several lines, the title comes first.
  void open_report() {
    constexpr const char* old_panic = "' panicked at '";
    std::string_view line = line_;
    const std::size_t title = line.find("Sanitizer: "), panic = line.find(old_panic);
    if (panic < line.size() && counts()) {
      open_ = Report::OldPanic;
      message_.text = "panicked:";
      line_.erase(0, panic + std::strlen(old_panic));
    } else if (title < line.size() && (line[1] == '=' || line[1] == 'W')) {
      open_ = Report::Sanitizer;
      message_.clear();
      line.remove_prefix(line.rfind(' ', title) + 1);
      line = line.substr(0, line.find(" on "));
      message_.add(line.substr(0, line.find(" (")));
    }
  }

  void read_below(const FailureForm& form, FailurePlace& place) {
    // Of Boost: two collections, or values of several lines.
    const std::size_t values = message_part_.rfind(" has failed [");
    bool more = form.has_more || ends_with(message_part_, ". \n") ||
                (values < message_part_.size() && message_part_.rfind(']') + 1 < values + 1);
    while ((more || place.file.empty()) && next() && starts_with(line_, form.lead)) {
      if (line_.size() == 2 && !form.begins_empty) return;
      const std::string_view line = line_;
      const std::size_t moves = *form.moves != '\0' ? line.find(form.moves) : line.size();
      if (moves < line.size() && read_place(form, line.substr(0, moves)) && !file_.empty()) {
        set_place(place);
        continue;
      }
      if (holds_any(line, message_.wording->ends) || read_line(form)) return;
      if (!message_.add(line.substr(std::string_view(form.lead).size()))) return;
      more = form.has_more;
    }
  }

  const std::string_view text_;
  const std::size_t err_size_;
  std::string_view rest_, thread_;
  std::string line_;
  std::string_view file_, message_part_;  // in the line, or constant
  std::uint32_t number_ = 0;
  bool has_number_ = false;     // the line has
  Report open_ = Report::None;  // that has begun
  PlaceMessage message_{&program_failures, {}};
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

// The first failure that the framework itself reports. Where it reports none, or only that the test crashed: what any
// program may write.
inline FailurePlace find_failure_place(const Harness& harness, const CapturedOutput& output) {
  std::string text;
  append_ends(text, output.err);
  const std::size_t err_only = text.size();
  append_ends(text, output.out);
  const std::size_t err_size = output.combined ? text.size() : err_only;
  FailurePlace place;
  PlaceFinder finder(text, err_size);
  const bool found = finder.find(harness.failures, place);
  const std::string_view crash = harness.failures.crash;
  const bool is_crash = !crash.empty() && contains(place.message, crash);
  if (!found || is_crash) finder.find(program_failures, place);
  return place;
}

}  // namespace nextest
