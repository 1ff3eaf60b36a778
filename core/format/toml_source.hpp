// A TOML document with the name it goes by, and errors that point into it.
#pragma once

#include <algorithm>

#include "core/base/escape.hpp"
#include "core/base/utf8.hpp"

namespace nextest {

// Byte offsets into the document.
struct TomlSpan {
  std::uint32_t begin = 0, end = 0;
};

// A document and the name it goes by in errors.
struct TomlSource {
  std::string name;
  std::string text;

  // From 1.
  std::uint32_t line_of(std::uint32_t offset) const {
    const std::string_view before = std::string_view(text).substr(0, offset);
    return static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
  }

  // "NAME:LINE:COLUMN: message", the line, and carets under the span as far as it lies on that line. Columns are
  // characters, from 1. Of a long line the part around the span is shown.
  Error error_at(TomlSpan span, std::string message, std::string hint = "") const {
    constexpr std::size_t longest = 100, kept_before = 40;
    const std::string_view whole = text;
    std::size_t begin = std::min<std::size_t>(span.begin, whole.size());
    std::size_t line_begin = begin == 0 ? 0 : whole.rfind('\n', begin - 1) + 1;  // no newline: npos + 1 is 0
    if (line_begin == 0 && starts_with(whole, byte_order_mark)) line_begin = byte_order_mark.size();
    std::size_t line_end = std::min(whole.find('\n', begin), whole.size());
    if (line_end > line_begin && whole[line_end - 1] == '\r' && line_end < whole.size()) --line_end;
    begin = std::min(begin, line_end);

    std::size_t column = 1;
    for (std::size_t at = line_begin; at < begin; ++column) at += decode_utf8(whole.substr(at)).length;

    const std::size_t first = column > longest - kept_before ? column - kept_before : 1;
    std::string shown = first > 1 ? "..." : "";
    std::string marks(shown.size(), ' ');
    bool is_marked = false;
    std::size_t at = line_begin;
    for (std::size_t i = 1; at < line_end && i < first + longest; ++i) {
      const std::size_t size_before = shown.size();
      const std::string_view rest = whole.substr(at, line_end - at);
      const bool is_tab = rest[0] == '\t';
      const std::size_t length = is_tab ? 1 : append_safe_character(shown, rest);
      const bool marked = at >= begin && (at < span.end || !is_marked);
      if (i < first) {
        shown.resize(size_before);
      } else if (is_tab) {  // kept, so that what follows stands where the line has it
        shown += '\t';
        marks += marked ? '^' : '\t';
      } else {
        const bool is_escaped = rest.substr(0, length) != std::string_view(shown).substr(size_before);
        marks.append(is_escaped ? shown.size() - size_before : 1, marked ? '^' : ' ');
      }
      is_marked = is_marked || marked;
      at += length;
    }
    if (at < line_end) shown += "...";
    if (is_marked) marks.resize(marks.find_last_of('^') + 1);
    else marks += '^';

    const unsigned line = line_of(static_cast<std::uint32_t>(begin));
    std::string number;
    append_format(number, "%5u", line);
    Error error{ExitCode::SetupError, safe_name(name), std::move(hint)};
    append_format(error.message, ":%u:%zu: ", line, column);
    error.message += message + "\n" + number + " | " + shown + "\n";
    error.message.append(number.size(), ' ');
    error.message += " | " + marks;
    return error;
  }

  static constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
};

}  // namespace nextest
