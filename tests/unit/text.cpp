#include "core/base/text.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "core/base/word_list.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::parse_number;
using nextest::Result;
using nextest::shell_quote;
using nextest::split_shell_words;
using namespace std::string_literals;

using Words = nextest::Vector<std::string>;

Words words_of(std::string_view text) {
  const Result<Words> words = split_shell_words(text);
  CAPTURE(text);
  REQUIRE(bool(words));
  return words.value();
}

// ---- lists of words ----

TEST_CASE("text: numbers in decimal, as printf has them") {
  std::int64_t number = 1;
  for (int digits = 1; digits <= 18; ++digits, number *= 10) {
    for (const std::int64_t each : {number, number - 1, number + 8, -number}) {
      CHECK(nextest::decimal(each) == std::to_string(each));
    }
  }
  CHECK(nextest::decimal(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  CHECK(nextest::decimal(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
}

TEST_CASE("word list: words come back in order, and are cut at a NUL") {
  nextest::WordList list;
  CHECK(list.empty());
  CHECK(list.words().empty());
  list.add("one");
  list.add("");
  list.add("cut\0off"s);
  CHECK_FALSE(list.empty());
  CHECK(list.words() == Words{"one", "", "cut"});
}

TEST_CASE("word list: a copy does not see what its original gets, nor the other way") {
  nextest::WordList list;
  list.add("one");
  nextest::WordList copy = list;
  CHECK(copy.all().data() == list.all().data());  // shared until then
  list.add("two");
  copy.add("three");
  CHECK(list.words() == Words{"one", "two"});
  CHECK(copy.words() == Words{"one", "three"});
  const nextest::WordList empty;
  nextest::WordList filled = empty;
  filled.add("four");
  CHECK(empty.empty());
}

// ---- formatting ----

TEST_CASE("text: append_format keeps what is there, whatever the length of what comes") {
  for (const std::size_t length : {0u, 1u, 254u, 255u, 256u, 257u, 1000u, 100000u}) {
    const std::string word(length, 'x');
    std::string out = "before ";
    nextest::append_format(out, "%s%d", word.c_str(), 7);
    CAPTURE(length);
    CHECK(out == "before " + word + "7");
    CHECK(out.c_str()[out.size()] == '\0');
  }
}

// ---- parts ----

TEST_CASE("text: starts, ends and parts") {
  CHECK(nextest::starts_with("abc", "ab"));
  CHECK(nextest::starts_with("abc", ""));
  CHECK(nextest::starts_with("", ""));
  CHECK_FALSE(nextest::starts_with("ab", "abc"));
  CHECK_FALSE(nextest::starts_with("xabc", "abc"));
  CHECK(nextest::ends_with("abc", "bc"));
  CHECK(nextest::ends_with("abc", ""));
  CHECK_FALSE(nextest::ends_with("bc", "abc"));
  CHECK_FALSE(nextest::ends_with("abcx", "abc"));
  CHECK(nextest::contains("abc", "b"));
  CHECK(nextest::contains("abc", ""));
  CHECK_FALSE(nextest::contains("abc", "ac"));
}

TEST_CASE("text: trim takes every kind of blank from both ends and none from inside") {
  CHECK(nextest::trim(" \t\n\v\f\r a \t b \r\n") == "a \t b");
  CHECK(nextest::trim(" \t ") == "");
  CHECK(nextest::trim("") == "");
  CHECK(nextest::trim("\xC2\xA0x") == "\xC2\xA0x");  // ASCII only
}

TEST_CASE("text: lower case is ASCII only") {
  CHECK(nextest::ascii_lower('A') == 'a');
  CHECK(nextest::ascii_lower('Z') == 'z');
  CHECK(nextest::ascii_lower('@') == '@');
  CHECK(nextest::ascii_lower('[') == '[');
  CHECK(nextest::ascii_lower('\xC4') == '\xC4');
}

TEST_CASE("text: lines come without their newline, and the last needs none") {
  const struct {
    std::string_view text;
    Words lines;
  } rows[] = {
      {"", {}},           {"\n", {""}},         {"a", {"a"}},
      {"a\n", {"a"}},     {"a\nb", {"a", "b"}}, {"a\n\nb\n", {"a", "", "b"}},
      {"\n\n", {"", ""}}, {"a\r\n", {"a\r"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    Words lines;
    std::string_view rest = row.text, line;
    while (nextest::next_line(rest, line)) lines.emplace_back(line);
    CHECK(lines == row.lines);
    CHECK(rest.empty());
  }
}

// ---- numbers ----

TEST_CASE("text: numbers up to their limit, and not one more") {
  const struct {
    std::string_view text;
    std::uint64_t limit;
    std::uint64_t value;
  } rows[] = {
      {"0", UINT64_MAX, 0},
      {"7", 7, 7},
      {"00012", 12, 12},
      {"0", 0, 0},
      {"10", 10, 10},
      {"4294967295", UINT32_MAX, UINT32_MAX},
      {"9223372036854775807", INT64_MAX, INT64_MAX},
      {"18446744073709551615", UINT64_MAX, UINT64_MAX},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    std::uint64_t value = 99;
    CHECK(parse_number(row.text, value, row.limit));
    CHECK(value == row.value);
  }
}

TEST_CASE("text: what is no number leaves the value alone") {
  const struct {
    std::string_view text;
    std::uint64_t limit;
  } rows[] = {
      {"", UINT64_MAX},
      {" 1", UINT64_MAX},
      {"1 ", UINT64_MAX},
      {"+1", UINT64_MAX},
      {"-1", UINT64_MAX},
      {"0x1", UINT64_MAX},
      {"1.0", UINT64_MAX},
      {"1e3", UINT64_MAX},
      {"a", UINT64_MAX},
      {"8", 7},
      {"11", 10},
      {"100", 99},
      {"1", 0},
      {"4294967296", UINT32_MAX},
      {"18446744073709551616", UINT64_MAX},
      {"18446744073709551620", UINT64_MAX},
      {"99999999999999999999999", UINT64_MAX},
      {"\xD9\xA1", UINT64_MAX},  // an Arabic-Indic digit
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    std::uint64_t value = 99;
    CHECK_FALSE(parse_number(row.text, value, row.limit));
    CHECK(value == 99);
  }
}

TEST_CASE("text: every number near every limit") {
  for (std::uint64_t limit = 0; limit < 130; ++limit) {
    for (std::uint64_t number = 0; number < 140; ++number) {
      std::uint64_t value = 999;
      const bool fits = parse_number(std::to_string(number), value, limit);
      if (fits == (number <= limit) && value == (fits ? number : 999)) continue;
      CAPTURE(limit);
      FAIL_CHECK(number);
    }
  }
}

// ---- shell words ----

TEST_CASE("text: a word is quoted only where the shell would change it") {
  const struct {
    std::string_view word, quoted;
  } rows[] = {
      {"abc", "abc"},
      {"./a-b_c.d/e:f,g=h@i%j+k", "./a-b_c.d/e:f,g=h@i%j+k"},
      {"", "''"},
      {"a b", "'a b'"},
      {"it's", "'it'\\''s'"},
      {"'", "''\\'''"},
      {"$x", "'$x'"},
      {"a*", "'a*'"},
      {"~", "'~'"},
      {"a\nb", "'a\nb'"},
      {"a;b", "'a;b'"},
      {"#a", "'#a'"},
      {"!", "'!'"},
      {"=ls", "'=ls'"},
      {"\xC3\xA9", "'\xC3\xA9'"},
  };
  for (const auto& row : rows) CHECK(shell_quote(row.word) == row.quoted);
}

TEST_CASE("text: joined words keep the empty ones") {
  CHECK(nextest::shell_join({}) == "");
  CHECK(nextest::shell_join({""}) == "''");
  CHECK(nextest::shell_join({"", "a", ""}) == "'' a ''");
  CHECK(nextest::shell_join({"a b", "c"}) == "'a b' c");
}

TEST_CASE("text: words are split as POSIX splits a simple command") {
  const struct {
    std::string_view text;
    Words words;
  } rows[] = {
      {"", {}},
      {" \t\n ", {}},
      {"a", {"a"}},
      {"  a\tb\nc  ", {"a", "b", "c"}},
      {"''", {""}},
      {"\"\"", {""}},
      {"a '' b", {"a", "", "b"}},
      {"'a b'", {"a b"}},
      {"'a'\"b\"c", {"abc"}},
      {"'a\"b'", {"a\"b"}},
      {"\"a'b\"", {"a'b"}},
      {"'a\\b'", {"a\\b"}},
      {"\"a\\b\"", {"a\\b"}},
      {R"("\$\`\"\\")", {"$`\"\\"}},
      {R"(a\ b)", {"a b"}},
      {R"(\\)", {"\\"}},
      {R"(\')", {"'"}},
      {R"(\n)", {"n"}},
      {"a\\\nb", {"ab"}},
      {"\"a\\\nb\"", {"ab"}},
      {"'a\\\nb'", {"a\\\nb"}},
      {"a \\\n b", {"a", "b"}},
      {"\\\n", {}},
      {"$x *?", {"$x", "*?"}},
      {"\xC3\xA9 \xFF", {"\xC3\xA9", "\xFF"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(words_of(row.text) == row.words);
  }
  CHECK(words_of("a\0b c"s) == Words{"a\0b"s, "c"});
}

TEST_CASE("text: an open quote and a last backslash are errors that show the text") {
  for (const std::string_view text : {"'", "\"", "a 'b", "a \"b", "'a\"", "\"a\\\"", "\"\\", "\"a\\"}) {
    CAPTURE(text);
    const Result<Words> words = split_shell_words(text);
    REQUIRE_FALSE(bool(words));
    CHECK(words.error().message == "a quote is not closed in: " + std::string(text));
    CHECK(words.error().code == nextest::ExitCode::SetupError);
  }
  for (const std::string_view text : {"\\", "a \\", "''\\"}) {
    CAPTURE(text);
    const Result<Words> words = split_shell_words(text);
    REQUIRE_FALSE(bool(words));
    CHECK(words.error().message == "a backslash ends: " + std::string(text));
  }
}

TEST_CASE("text: what is joined is split into the same words") {
  constexpr char alphabet[] = {'a', '\'', '"', '\\', ' ', '\n', '\t', '$', '*', '=', '\0', '\xFF', '-', '~'};
  support::Numbers numbers(1);
  for (int round = 0; round < 5000; ++round) {
    Words words(numbers.below(4));
    for (std::string& word : words) {
      word.resize(numbers.below(6));
      for (char& c : word) c = alphabet[numbers.below(sizeof alphabet)];
    }
    const std::string joined = nextest::shell_join(words);
    const Result<Words> again = split_shell_words(joined);
    if (again && again.value() == words) continue;
    FAIL_CHECK(joined);
  }
}

// ---- near misses ----

TEST_CASE("text: edits between two words") {
  const struct {
    std::string_view a, b;
    std::size_t edits;
  } rows[] = {
      {"", "", 0},       {"abc", "abc", 0},         {"", "abc", 3},  {"abc", "", 3},           {"abc", "abd", 1},
      {"abc", "ab", 1},  {"abc", "xabc", 1},        {"ab", "ba", 2}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2},
      {"abc", "xyz", 3}, {"saturday", "sunday", 3},
  };
  for (const auto& row : rows) {
    CAPTURE(row.a);
    CAPTURE(row.b);
    CHECK(nextest::edit_distance(row.a, row.b) == row.edits);
    CHECK(nextest::edit_distance(row.b, row.a) == row.edits);
  }
}

TEST_CASE("text: the nearest candidate, the first of equals, none that is far") {
  const nextest::Vector<std::string_view> options = {"--retries", "--retry", "--color", "--partition"};
  CHECK(nextest::nearest("--retires", options) == "--retries");
  CHECK(nextest::nearest("--retry", options) == "--retry");
  CHECK(nextest::nearest("--colour", options) == "--color");
  CHECK(nextest::nearest("--something", options) == "");
  CHECK(nextest::nearest("abcd", {"abcx", "abcy"}) == "abcx");
  CHECK(nextest::nearest("abcd", {"abxx", "abcy"}) == "abcy");
  CHECK(nextest::nearest("abcdef", {"wxyzef", "uvwxyz"}) == "");
  CHECK(nextest::nearest("abcdef", {"xbcdyf"}) == "xbcdyf");
  CHECK(nextest::nearest("abcdef", {}) == "");
}

}  // namespace
