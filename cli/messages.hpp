// The program's own words, outside of a run: errors and warnings on stderr, answers on stdout.
#pragma once

#include <errno.h>
#include <string.h>

#include "core/base/fd.hpp"
#include "core/report/style.hpp"

namespace nextest {

// "error: ...", one clear message of one or more lines; nothing in it steers the terminal. When stderr itself is gone,
// the exit code has to do.
inline void write_message(const Style& style, Paint paint, std::string_view word, std::string_view text) {
  std::string out;
  style.paint(out, paint, word);
  out.append(": ");
  for (std::string_view rest = text, line; next_line(rest, line); out += '\n') append_safe_name(out, line);
  if (write_all(2, out) != 0) return;
}

inline void write_warning(ColorChoice color, std::string_view warning) {
  write_message(Style::detect(2, color), Paint::Skip, "warning", warning);
}
inline void write_warnings(ColorChoice color, const Vector<std::string>& warnings) {
  for (const std::string& warning : warnings) write_warning(color, warning);
}

inline void write_error(const Error& error) {
  const Style style = Style::detect(2, ColorChoice::Auto);
  std::string text = error.message;
  if (!error.hint.empty()) text += "\n  hint: " + error.hint;
  write_message(style, Paint::Fail, "error", text);
}

// A closed pipe is a reader who has seen enough: quiet, but not a success.
inline Result<ExitCode> write_stdout(std::string_view text) {
  const int error = write_all(1, text);
  if (error == 0) return ExitCode::Success;
  if (error == EPIPE) return ExitCode::WriteOutputFailed;
  return Error{ExitCode::WriteOutputFailed, std::string("cannot write to standard output: ") + ::strerror(error), ""};
}

}  // namespace nextest
