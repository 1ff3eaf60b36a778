// The words of a TOML document and the way through it: what TomlParser reads with.
#pragma once

#include <algorithm>

#include "core/base/text_cursor.hpp"
#include "core/base/utf8.hpp"
#include "core/format/toml_source.hpp"
#include "core/format/toml_value.hpp"

namespace nextest {

// What can fail returns false and has called fail(): a Status from each step would be much more machine code.
class TomlLexer : protected TextCursor {
 protected:
  explicit TomlLexer(const TomlSource& source) : TextCursor(source.text), source_(source) {}

  // What is allowed nowhere is looked for first, so that the rest need not care (section "Spec", "Comment", "String").
  bool check_characters() {
    for (std::size_t at = 0; at < text_.size();) {
      const char c = text_[at];
      const DecodedCharacter character = decode_utf8(text_.substr(at));
      const TomlSpan span = {position(at), position(at + character.length)};
      if (!character.valid) return fail(span, "this is not valid UTF-8");
      if (c == '\r' && text_.substr(at + 1, 1) != "\n") return fail(span, "a carriage return must be part of a CRLF");
      if ((character.code < 0x20 && c != '\t' && c != '\n' && c != '\r') || c == 0x7F) {
        return fail(span, "a control character is not allowed",
                    "in a string in double quotes, write it as \\u and four digits");
      }
      at += character.length;
    }
    return true;
  }

  bool parse_string(std::string& out) {
    const std::size_t start = at_;
    const std::string_view quotes = text_.substr(at_, 3);
    const bool is_multi_line = quotes == "\"\"\"" || quotes == "'''";
    const std::string_view delimiter = quotes.substr(0, is_multi_line ? 3 : 1);
    const bool has_escapes = quotes[0] == '"';
    at_ += delimiter.size();
    if (is_multi_line && !take("\n")) take("\r\n");  // a newline right after the opening is not part of the string
    while (!take(delimiter)) {
      if (at_ == text_.size() || (!is_multi_line && next_is_line_end())) {
        std::string message =
            is_multi_line ? "a multi-line string must be closed with " : "a string must be closed with ";
        message += delimiter;
        if (!is_multi_line) message += " before the line ends";
        return fail(is_multi_line ? TomlSpan{position(start), position(start + 3)} : since(start), message);
      }
      if (has_escapes && next_is("\\")) {
        if (!parse_escape(out, is_multi_line)) return false;
      } else {
        take("\r");  // a newline in the document is one in the string, whichever of the two it is
        out += text_[at_++];
      }
    }
    // One or two quotes may stand before the closing three.
    for (int i = 0; is_multi_line && i < 2 && take(delimiter.substr(0, 1)); ++i) out += delimiter[0];
    return true;
  }

  bool parse_escape(std::string& out, bool is_multi_line) {
    const std::size_t start = at_++;
    constexpr std::string_view letters = "btnfr\"\\";
    constexpr std::string_view meanings = "\b\t\n\f\r\"\\";
    if (at_ == text_.size() || (!is_multi_line && next_is_line_end())) return true;  // not closed, as will be seen
    const char c = text_[at_];
    if (const std::size_t index = letters.find(c); index != std::string_view::npos) {
      out += meanings[index];
      ++at_;
      return true;
    }
    if (c == 'u' || c == 'U') {
      ++at_;
      const std::size_t digits = c == 'u' ? 4 : 8;
      std::uint64_t code = 0;
      std::size_t count = 0;
      while (count < digits && at_ < text_.size() && hex_digit(text_[at_]) < 16) {
        code = code << 4 | hex_digit(text_[at_++]);
        ++count;
      }
      if (count < digits) {
        return fail(since(start), c == 'u' ? "expected four hexadecimal digits after \\u"
                                           : "expected eight hexadecimal digits after \\U");
      }
      const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
      if (is_surrogate || code > 0x10FFFF) return fail(since(start), "there is no such Unicode character");
      append_utf8(out, static_cast<char32_t>(code));
      return true;
    }
    // A backslash at the end of a line takes away the newline and all blanks up to the next character.
    if (is_multi_line) {
      skip_blanks();
      if (at_ < text_.size() && next_is_line_end()) {
        take_all_of(" \t\r\n");
        return true;
      }
      at_ = start + 1;
    }
    at_ += decode_utf8(text_.substr(at_)).length;
    return fail(since(start), "there is no such escape sequence",
                "write \\\\ for a backslash, or put the string in single quotes");
  }

  // A boolean, a number or a date.
  bool parse_word(TomlValue& value) {
    const std::size_t start = at_;
    if (next_is_line_end()) return fail_here("expected a value");
    take_all_of(word_characters);
    // A blank may stand between a date and a time (RFC 3339, section 5.6).
    const bool may_be_date = at_ - start == 10 && text_[start + 4] == '-';
    if (may_be_date && next_is(" ") && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      ++at_;
      take_all_of(word_characters);
    }
    const TomlProblem problem = TomlWord::read(value, text_.substr(start, at_ - start));
    return problem.message == nullptr || fail(since(start), problem.message, problem.hint);
  }

  // --- the way ---

  bool next_is_line_end() const { return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

  void skip_blanks() { take_all_of(" \t"); }

  // Comments go with the lines they end.
  void skip_blanks_and_lines() {
    for (;;) {
      take_all_of(" \t\r\n");
      if (!next_is("#")) return;
      at_ = std::min(text_.find('\n', at_), text_.size());
    }
  }

  static std::uint32_t position(std::size_t at) { return static_cast<std::uint32_t>(at); }
  TomlSpan since(std::size_t start) const { return {position(start), position(at_)}; }

  bool fail(TomlSpan span, std::string_view message, const char* hint = "") {
    wrong_ = span;
    message_ = message;
    hint_ = hint;
    return false;
  }

  // At the character at hand.
  bool fail_here(const char* message, const char* hint = "") {
    return fail({position(at_), position(at_ + decode_utf8(text_.substr(at_)).length)}, message, hint);
  }

  Error error() const { return source_.error_at(wrong_, message_, hint_); }

  static constexpr std::string_view word_characters =
      "+.:ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
  static constexpr std::string_view key_characters = word_characters.substr(3);

  const TomlSource& source_;

 private:
  TomlSpan wrong_;
  std::string message_;
  const char* hint_ = "";
};

}  // namespace nextest
