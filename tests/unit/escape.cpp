#include "core/base/escape.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

using nextest::safe_name;
using namespace std::string_literals;

std::string output(std::string_view text, std::string_view indent = "", bool keep_colours = false) {
  std::string out;
  nextest::append_safe_output(out, text, indent, keep_colours);
  return out;
}

std::string without_colours(std::string text) {
  for (std::size_t at; (at = text.find("\x1B[")) != std::string::npos;) text.erase(at, text.find('m', at) + 1 - at);
  return text;
}

// ---- names ----

TEST_CASE("escape: names of printable characters stay as they are") {
  for (const char* name : {"", "plain", "a::b<c>, \"d\" 'e' \\ [f] {g} ~", "na\xC3\xAFve \xE6\x97\xA5\xE6\x9C\xAC",
                           "\xF0\x9F\x98\x80", "\xC2\xA0", "\xEF\xBF\xBD", "e\xCC\x81"}) {
    CHECK(safe_name(name) == name);
  }
}

TEST_CASE("escape: every C0 control and DEL in a name") {
  for (int code = 0; code < 0x20; ++code) {
    char hex[8];
    std::snprintf(hex, sizeof hex, "\\x%02X", static_cast<unsigned>(code));
    const std::string expected = code == '\n' ? "\\n" : code == '\t' ? "\\t" : code == '\r' ? "\\r" : hex;
    CHECK(safe_name("a"s + static_cast<char>(code) + "b") == "a" + expected + "b");
  }
  CHECK(safe_name("\x7F") == "\\x7F");
}

TEST_CASE("escape: every C1 control, as a character and as a byte") {
  for (unsigned code = 0x80; code < 0xA0; ++code) {
    char character[16], byte[16];
    std::snprintf(character, sizeof character, "\\u{%X}", code);
    std::snprintf(byte, sizeof byte, "\\x%02X", code);
    CHECK(safe_name("\xC2"s + static_cast<char>(code)) == character);
    CHECK(safe_name(std::string(1, static_cast<char>(code))) == byte);
  }
}

TEST_CASE("escape: what changes direction or breaks a line") {
  const struct {
    std::string_view text, shown;
  } rows[] = {
      {"\xE2\x80\xAA", "\\u{202A}"},    {"\xE2\x80\xAB", "\\u{202B}"},    {"\xE2\x80\xAC", "\\u{202C}"},
      {"\xE2\x80\xAD", "\\u{202D}"},    {"\xE2\x80\xAE", "\\u{202E}"},    {"\xE2\x81\xA6", "\\u{2066}"},
      {"\xE2\x81\xA7", "\\u{2067}"},    {"\xE2\x81\xA8", "\\u{2068}"},    {"\xE2\x81\xA9", "\\u{2069}"},
      {"\xE2\x80\xA8", "\\u{2028}"},    {"\xE2\x80\xA9", "\\u{2029}"},    {"\xE2\x80\xAF", "\xE2\x80\xAF"},
      {"\xE2\x81\xA5", "\xE2\x81\xA5"}, {"\xE2\x81\xAA", "\xE2\x81\xAA"},
  };
  for (const auto& row : rows) {
    CHECK(safe_name(row.text) == row.shown);
    CHECK(output(row.text) == std::string(row.shown) + "\n");
  }
}

TEST_CASE("escape: what is not UTF-8 comes byte by byte") {
  const struct {
    std::string_view text, shown;
  } rows[] = {
      {"a\xFF"
       "b",
       "a\\xFFb"},
      {"\xC3", "\\xC3"},    // cut
      {"\xC3(", "\\xC3("},  // not continued
      {"\xE2\x82", "\\xE2\\x82"},
      {"\xC0\xAF", "\\xC0\\xAF"},                    // longer than need be
      {"\xED\xA0\x80", "\\xED\\xA0\\x80"},           // a surrogate
      {"\xF4\x90\x80\x80", "\\xF4\\x90\\x80\\x80"},  // above U+10FFFF
      {"\xC2\xC2\xA9", "\\xC2\xC2\xA9"},
  };
  for (const auto& row : rows) {
    CHECK(safe_name(row.text) == row.shown);
    CHECK(output(row.text) == std::string(row.shown) + "\n");
  }
}

TEST_CASE("escape: a colour in a name is shown, not obeyed") {
  CHECK(safe_name("\x1B[31mred\x1B[0m") == "\\x1B[31mred\\x1B[0m");
}

TEST_CASE("escape: a name is appended") {
  std::string out = "before ";
  nextest::append_safe_name(out, "a\nb");
  CHECK(out == "before a\\nb");
}

// ---- colour sequences ----

TEST_CASE("escape: what is a colour sequence, and how long") {
  const struct {
    std::string_view text;
    std::size_t size;
  } rows[] = {
      {"\x1B[m", 3},   {"\x1B[0m", 4},   {"\x1B[0mx", 4},     {"\x1B[1;31mx", 7},  {"\x1B[38:5:1m", 9},
      {"\x1B[;;m", 5}, {"", 0},          {"\x1B", 0},         {"\x1B[", 0},        {"\x1B[31", 0},
      {"\x1B[2J", 0},  {"\x1B[?25l", 0}, {"\x1B[31 m", 0},    {"\x1B]0;t\x07", 0}, {"x\x1B[0m", 0},
      {"\x1B[>4m", 0}, {"\x1B(m", 0},    {"\x1B[\x1B[0m", 0},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(nextest::colour_sequence_size(row.text) == row.size);
  }
}

TEST_CASE("escape: a colour sequence that goes on and on is none") {
  CHECK(nextest::colour_sequence_size("\x1B[" + std::string(100, '1') + "m") == 0);
  CHECK(nextest::colour_sequence_size("\x1B[" + std::string(100000, ';')) == 0);
  CHECK(nextest::colour_sequence_size("\x1B[" + std::string(30, '1') + "m") == 33);
}

TEST_CASE("escape: a text without its colours") {
  CHECK(nextest::without_colours("") == "");
  CHECK(nextest::without_colours("a\nb") == "a\nb");
  CHECK(nextest::without_colours("\x1B[1;31m[\x1B[0m \x1B[m\x1B[mb\x1B[") == "[ b\x1B[");
  CHECK(nextest::without_colours("\x1B[2J\x1B\x1B[0m") == "\x1B[2J\x1B");
}

TEST_CASE("escape: colours in output are kept or dropped") {
  CHECK(output("a \x1B[1;31mred\x1B[0m b\n", "  ", false) == "  a red b\n");
  const std::string kept = output("a \x1B[1;31mred\x1B[0m b\n", "  ", true);
  CHECK(nextest::starts_with(kept, "  a \x1B[1;31mred\x1B[0m b"));
}

TEST_CASE("escape: a colour left on ends with the output") {
  CHECK(output("\x1B[31mred", "  ", true) == "  \x1B[31mred\x1B[0m\n");
  CHECK(output("\x1B[31mred", "  ", false) == "  red\n");
  CHECK(output("plain", "  ", true) == "  plain\n");
}

TEST_CASE("escape: a colour left on ends after a last newline, too") {
  const std::string out = output("\x1B[31mred\n", "  ", true);
  CHECK(nextest::starts_with(out, "  \x1B[31mred"));
  CHECK(nextest::ends_with(without_colours(out), "red\n"));
  CHECK(nextest::contains(out, "\x1B[0m"));
}

TEST_CASE("escape: a colour is no line of its own") {
  // What many programs print: a line, and the reset after its newline.
  CHECK(output("\x1B[31mred\n\x1B[0m", "  ", false) == "  red\n");
  CHECK(output("a\n\x1B[0m\nb", "  ", false) == "  a\n\n  b\n");
  CHECK(output("\x1B[0m", "  ", false) == "");
  CHECK(without_colours(output("\x1B[31mred\n\x1B[0m", "  ", true)) == "  red\n");
}

TEST_CASE("escape: sequences that are cut, or no colours, are shown as text") {
  for (const bool keep : {false, true}) {
    CAPTURE(keep);
    CHECK(output("a\x1B", "", keep) == "a\\x1B\n");
    CHECK(output("a\x1B[", "", keep) == "a\\x1B[\n");
    CHECK(output("a\x1B[31", "", keep) == "a\\x1B[31\n");
    CHECK(output("a\x1B[31\nb", "", keep) == "a\\x1B[31\nb\n");
    CHECK(output("\x1B[2Jgone", "", keep) == "\\x1B[2Jgone\n");
    CHECK(output("\x1B]0;title\x07", "", keep) == "\\x1B]0;title\\x07\n");
    CHECK(output("\xC2\x9B"
                 "2J",
                 "", keep) == "\\u{9B}2J\n");
    CHECK(output("\x9B"
                 "2J",
                 "", keep) == "\\x9B2J\n");
  }
}

// ---- output ----

TEST_CASE("escape: lines of output, indented, the last one ended") {
  const struct {
    std::string_view text, shown;
  } rows[] = {
      {"", ""},     {"a", "  a\n"},         {"a\n", "  a\n"},     {"a\nb\n", "  a\n  b\n"}, {"a\n\nb", "  a\n\n  b\n"},
      {"\n", "\n"}, {"\n\na", "\n\n  a\n"}, {"a\n\n", "  a\n\n"}, {"\ta\tb", "  \ta\tb\n"}, {" \n", "   \n"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(output(row.text, "  ") == row.shown);
  }
  CHECK(output("a\nb") == "a\nb\n");
}

TEST_CASE("escape: the \\r of a \\r\\n goes, any other is shown") {
  CHECK(output("a\r\nb\r\n", "  ") == "  a\n  b\n");
  CHECK(output("a\rb") == "a\\rb\n");
  CHECK(output("a\r") == "a\\r\n");
  CHECK(output("a\r\r\n") == "a\\r\n");
}

TEST_CASE("escape: an empty line stays empty when it ends in \\r\\n") {
  CHECK(output("a\r\n\r\nb\r\n", "  ") == "  a\n\n  b\n");
}

TEST_CASE("escape: controls in output are shown") {
  CHECK(output("a\x08\x07\x7F\x0B\x0C"
               "b\0c"s) == "a\\x08\\x07\\x7F\\x0B\\x0Cb\\x00c\n");
}

TEST_CASE("escape: output is appended") {
  std::string out = "before\n";
  nextest::append_safe_output(out, "a", "> ", false);
  CHECK(out == "before\n> a\n");
}

}  // namespace
