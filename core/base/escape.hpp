// Names and outputs as they may be shown: no byte of a test ever steers the terminal.
#pragma once

#include "core/base/function_ref.hpp"
#include "core/base/text.hpp"
#include "core/base/utf8.hpp"

namespace nextest {

// The size of the SGR (colour) sequence that `text` starts with: ESC [ digits and ; m. 0 when it does not.
inline std::size_t colour_sequence_size(std::string_view text) {
  if (!starts_with(text, "\x1B[")) return 0;
  for (std::size_t i = 2; i < text.size() && i < 64; ++i) {
    if (text[i] == 'm') return i + 1;
    if (!is_digit(text[i]) && text[i] != ';' && text[i] != ':') return 0;
  }
  return 0;
}

// Of all that `text` starts with.
inline std::size_t colours_size(std::string_view text) {
  std::size_t size = 0;
  while (const std::size_t sequence = colour_sequence_size(text.substr(size))) size += sequence;
  return size;
}

// `text` without its colours.
inline std::string without_colours(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  while (!text.empty()) {
    const std::size_t escape = text.find('\x1B');
    plain.append(text.substr(0, escape));
    if (escape == std::string_view::npos) break;
    text.remove_prefix(escape);
    const std::size_t colour = colour_sequence_size(text);
    if (colour == 0) plain += text.front();
    text.remove_prefix(colour > 0 ? colour : 1);
  }
  return plain;
}

// The first character of `text`, safe to show, and how many bytes of `text` it took. C0 and C1 controls, DEL, the
// bidirectional overrides and what is not UTF-8 come as \n, \xHH or \u{HHHH}.
inline std::size_t append_safe_character(std::string& out, std::string_view text) {
  const DecodedCharacter c = decode_utf8(text);
  const bool overrides_direction = (c.code >= 0x202A && c.code <= 0x202E) || (c.code >= 0x2066 && c.code <= 0x2069);
  const bool line_separator = c.code == 0x2028 || c.code == 0x2029;
  if (!c.valid) {
    append_format(out, "\\x%02X", static_cast<unsigned>(static_cast<unsigned char>(text[0])));
  } else if (c.code == '\n') {
    out += "\\n";
  } else if (c.code == '\r') {
    out += "\\r";
  } else if (c.code == '\t') {
    out += "\\t";
  } else if (c.code < 0x20 || c.code == 0x7F) {
    append_format(out, "\\x%02X", static_cast<unsigned>(c.code));
  } else if ((c.code >= 0x80 && c.code < 0xA0) || overrides_direction || line_separator) {
    append_format(out, "\\u{%X}", static_cast<unsigned>(c.code));
  } else {
    out.append(text.substr(0, c.length));
  }
  return c.length;
}

inline void append_safe_name(std::string& out, std::string_view name) {
  while (!name.empty()) name.remove_prefix(append_safe_character(out, name));
}

inline std::string safe_name(std::string_view name) {
  std::string out;
  append_safe_name(out, name);
  return out;
}

// Output, each line after `indent`, the last one ended by a newline too. Tabs and newlines stay as they are, the \r of
// a \r\n is dropped; colour sequences stay where `keep_colours`, and are dropped where not. `on_growth` is called now
// and then, and may empty `out`.
inline void append_safe_output(std::string& out, std::string_view text, std::string_view indent, bool keep_colours,
                               FunctionRef<void()> on_growth) {
  bool line_start = true;
  bool coloured = false;
  while (!text.empty()) {
    on_growth();
    const char c = text.front();
    const std::size_t newline = c == '\n' ? 1 : c == '\r' && starts_with(text, "\r\n") ? 2 : 0;
    if (newline > 0) {
      out += '\n';
      line_start = true;
      text.remove_prefix(newline);
      continue;
    }
    const std::size_t colours = c == '\x1B' ? colours_size(text) : 0;
    const std::string_view next = text.substr(colours);
    // Colours alone make no line: what follows them decides.
    const bool no_line = colours > 0 && (next.empty() || starts_with(next, "\n") || starts_with(next, "\r\n"));
    if (line_start && !no_line) {
      out.append(indent);
      line_start = false;
    }
    if (colours > 0) {
      if (keep_colours) out.append(text.substr(0, colours));
      coloured |= keep_colours;
      text = next;
    } else if (c >= 0x20 && c < 0x7F) {  // by far the most: copied a run at a time
      std::size_t run = 1;
      while (run < text.size() && text[run] >= 0x20 && text[run] < 0x7F) ++run;
      out.append(text.substr(0, run));
      text.remove_prefix(run);
    } else if (c == '\t') {
      out += '\t';
      text.remove_prefix(1);
    } else {
      text.remove_prefix(append_safe_character(out, text));
    }
  }
  if (coloured) out += "\x1B[0m";
  if (!line_start) out += '\n';
}

inline void append_safe_output(std::string& out, std::string_view text, std::string_view indent, bool keep_colours) {
  append_safe_output(out, text, indent, keep_colours, [] {});
}

}  // namespace nextest
