// How a framework, or any program, words a failure: the forms of line that have its place, and what is around them.
// Rows are data; core/report/failure_place.hpp reads by them.
#pragma once

#include <cstdint>

#include "core/base/span.hpp"

namespace nextest {

// A form of line with a place in it: what stands before the file, the file, a separator, the line's number and perhaps
// :COLUMN, then the marker. A form is put together as a sentence: FailureForm(":", ": FAILED:\n").goes_on().
struct FailureForm {
  // A report of several lines, begun by its title, in which a line may mean what it does not mean elsewhere.
  enum class Report : std::uint8_t { None, Sanitizer, OldPanic };
  // Where in the line the message begins.
  enum class Message : std::uint8_t { BehindMarker, AtStart, AtText, BehindText };

  // A separator ":" takes (NUMBER) as well; with ": ", a function's name is between it and the file.
  constexpr FailureForm(const char* separator_of_it, const char* marker_of_it)
      : separator(separator_of_it), marker(marker_of_it) {}

  // Only in a line that holds that text.
  constexpr FailureForm& where(const char* text) {
    needs = text;
    return *this;
  }
  // Without this, anything that a test left in the line may precede the file.
  constexpr FailureForm& behind(const char* text) {
    before = text;
    return *this;
  }
  // Where the line does not hold that text, the text is the message itself.
  constexpr FailureForm& message_at(const char* text) {
    message = Message::AtText;
    message_text = text;
    return *this;
  }
  constexpr FailureForm& message_behind(const char* text) {
    message = Message::BehindText;
    message_text = text;
    return *this;
  }
  constexpr FailureForm& message_at_start() {
    message = Message::AtStart;
    return *this;
  }
  // The message goes on in the lines below, each of which begins with `text`.
  constexpr FailureForm& goes_on(const char* text = "") {
    has_more = true;
    lead = text;
    return *this;
  }
  // An empty line may come before the message; elsewhere it ends one, even one that has not begun.
  constexpr FailureForm& may_begin_empty() {
    begins_empty = true;
    return *this;
  }
  // Where there is no message, the marker says what there is to say.
  constexpr FailureForm& or_marker() {
    marker_says_it = true;
    return *this;
  }
  // One line without a place, begun by the marker, that is written to standard error when the test is over: the last
  // such line counts, and more than any failure before it. Only once the output is complete, for a test may print the
  // same.
  constexpr FailureForm& at_the_end() {
    is_last = true;
    return *this;
  }
  // A line below with that marker knows the place better.
  constexpr FailureForm& moved_by(const char* text) {
    moves = text;
    return *this;
  }
  // Only while that report lasts; its title is the message.
  constexpr FailureForm& within(Report which) {
    report = which;
    return *this;
  }
  // Only of the thread that runs the test, where that is known; the line names its thread in quotes.
  constexpr FailureForm& of_thread() {
    names_thread = true;
    return *this;
  }
  // Frames of a sanitizer's own, of libc and of the C++ library's headers are less use than those that called them.
  constexpr FailureForm& outside_runtimes() {
    skips_runtimes = true;
    return *this;
  }

  constexpr bool is_sound() const {
    const bool has_text = message == Message::AtText || message == Message::BehindText;
    return *separator != '\0' && *marker != '\0' && has_text == (*message_text != '\0') && (has_more || *lead == '\0');
  }

  const char* separator;
  const char* marker;
  const char* needs = "";
  const char* before = "";
  const char* message_text = "";
  const char* lead = "";
  const char* moves = "";
  Message message = Message::BehindMarker;
  Report report = Report::None;
  bool has_more = false;
  bool begins_empty = false;
  bool marker_says_it = false;
  bool is_last = false;
  bool names_thread = false;
  bool skips_runtimes = false;
};

struct FailureWording {
  Span<FailureForm> forms;
  // Texts in lines below that are no part of the message: it ends there.
  Span<const char*> ends;
  // Lines that only announce what is in the next ones: without that they are no part of the message.
  Span<const char*> headings;
  // A line below that begins with the first text carries on the line before, with the second in its place.
  const char* carries_on = "";
  const char* carried_on_by = "";
  // A line that begins so may have a form's marker without a place.
  const char* nowhere = "";
  // A message with that text only means that the test crashed: where any program's forms find a place, they know more.
  const char* crash = "";
  // Stands before the name of the failed test, once the output is complete: its thread has the same name.
  const char* thread = "";

  constexpr bool is_sound() const {
    for (const FailureForm& form : forms) {
      if (!form.is_sound()) return false;
    }
    return (*carries_on == '\0') == (*carried_on_by == '\0');
  }
};

// --- what a framework and any program may both write ---

// Rust; before version 1.73, the place came after the message.
inline constexpr FailureForm rust_panic =
    FailureForm(":", ":\n").where("thread '").behind(" panicked at ").message_at("panicked:").goes_on().of_thread();
inline constexpr FailureForm old_rust_panic =
    FailureForm(":", "\n").behind("', ").message_at_start().within(FailureForm::Report::OldPanic);
inline constexpr const char* rust_message_ends[] = {"stack backtrace:", "note: "};

// A frame of a sanitizer's stack, and one with the program's name behind it.
inline constexpr FailureForm sanitizer_frame =
    FailureForm(":", "\n").where("    #").message_at("\n").within(FailureForm::Report::Sanitizer).outside_runtimes();
inline constexpr FailureForm sanitizer_frame_in_program =
    FailureForm(":", " (").where("    #").message_at("\n").within(FailureForm::Report::Sanitizer).outside_runtimes();

}  // namespace nextest
