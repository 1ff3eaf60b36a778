#include "core/format/toml.hpp"

#include <doctest/doctest.h>
#include <time.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/format/json_writer.hpp"

namespace {

using nextest::JsonWriter;
using nextest::parse_toml;
using nextest::Result;
using nextest::TomlDate;
using nextest::TomlDialect;
using nextest::TomlKind;
using nextest::TomlSource;
using nextest::TomlSpan;
using nextest::TomlValue;
using namespace std::string_literals;

void write(JsonWriter& json, const TomlValue& value) {
  switch (value.kind) {
    case TomlKind::Integer: return json.number(value.integer);
    case TomlKind::Float: return json.number(value.real);
    case TomlKind::Boolean: return json.boolean(value.boolean);
    case TomlKind::String:
    case TomlKind::Date: return json.string(value.text);
    case TomlKind::Array:
      json.begin_array();
      for (const TomlValue& item : value.items) write(json, item);
      return json.end_array();
    case TomlKind::Table:
      json.begin_object();
      for (const auto& member : value.members) write(json.key(member.key), member.value);
      return json.end_object();
  }
}

// The document as JSON, or "LINE:COLUMN: message" of the error.
std::string reread(std::string_view text, TomlDialect dialect = TomlDialect::V1_1_inline_tables) {
  const TomlSource source{"t", std::string(text)};
  const Result<TomlValue> root = parse_toml(source, dialect);
  if (!root) return root.error().message.substr(2, root.error().message.find('\n') - 2);
  std::string out;
  JsonWriter json(out);
  write(json, root.value());
  return out;
}

// What `x = TEXT` says.
std::string value_of(const std::string& text, TomlDialect dialect = TomlDialect::V1_1_inline_tables) {
  const std::string document = reread("x = " + text, dialect);
  if (!nextest::starts_with(document, "{\"x\":")) return document;
  return document.substr(5, document.size() - 6);
}

TomlValue parsed(const TomlSource& source) {
  const Result<TomlValue> root = parse_toml(source);
  CAPTURE(source.text);
  REQUIRE(bool(root));
  return root.value();
}

const TomlValue& at(const TomlValue& table, std::string_view key) {
  const TomlValue* const value = table.find(key);
  CAPTURE(key);
  REQUIRE(value != nullptr);
  return *value;
}

std::string spanned(const TomlSource& source, TomlSpan span) {
  return source.text.substr(span.begin, span.end - span.begin);
}

std::string whole_error(const std::string& text, const std::string& name = "nextest.toml") {
  const Result<TomlValue> root = parse_toml({name, text});
  CAPTURE(text);
  REQUIRE_FALSE(bool(root));
  CHECK(root.error().code == nextest::ExitCode::SetupError);
  return root.error().message + (root.error().hint.empty() ? "" : "\nhint: " + root.error().hint);
}

std::string repeated(std::string_view text, unsigned times) {
  std::string all;
  for (unsigned i = 0; i < times; ++i) all += text;
  return all;
}

struct Row {
  std::string text;
  std::string expected;
};

template <std::size_t Count>
void check_documents(const Row (&rows)[Count]) {
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(reread(row.text) == row.expected);
  }
}

template <std::size_t Count>
void check_values(const Row (&rows)[Count]) {
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(value_of(row.text) == row.expected);
  }
}

// ---- documents ----

TEST_CASE("toml: blanks, comments and line ends") {
  check_documents({
      {"", "{}"},
      {" \t\n\r\n", "{}"},
      {"# only a comment", "{}"},
      {"#\r\n#\n", "{}"},
      {"a=1", R"({"a":1})"},
      {"\t a \t=\t 1 \t# c\xC3\xA9 \t# more", R"({"a":1})"},
      {"a=1\r\nb=2\n\n\nc=3", R"({"a":1,"b":2,"c":3})"},
      {"\xEF\xBB\xBF"
       "a=1",
       R"({"a":1})"},
      {"a=1 b=2", "1:5: expected the line to end here"},
      {"a=1 \"", "1:5: expected the line to end here"},
      {"[a] b=1", "1:5: expected the line to end here"},
      {"a=\"x\" # c\n]", "2:1: expected a key"},
  });
}

TEST_CASE("toml: characters that stand nowhere") {
  check_documents({
      {"a=1\rb=2", "1:4: a carriage return must be part of a CRLF"},
      {"a=1\r", "1:4: a carriage return must be part of a CRLF"},
      {"# \x01", "1:3: a control character is not allowed"},
      {"a='\x7F'", "1:4: a control character is not allowed"},
      {"a='\x1F'", "1:4: a control character is not allowed"},
      {"a='''\n\f'''", "2:1: a control character is not allowed"},
      {"a=1\n\0"s, "2:1: a control character is not allowed"},
      {"# \xFF", "1:3: this is not valid UTF-8"},
      {"a='\xED\xA0\x80'", "1:4: this is not valid UTF-8"},
      {"a='\xC3", "1:4: this is not valid UTF-8"},
      {"\xFF\xFE"
       "a\0"s,
       "1:1: this is not valid UTF-8"},
      {"a=1\n\xEF\xBB\xBF"
       "b=1",
       "2:1: expected a key"},
      {"a = '\t\xC2\x80'", "{\"a\":\"\\t\xC2\x80\"}"},
  });
}

// ---- keys ----

TEST_CASE("toml: keys") {
  check_documents({
      {"bare_Key-9 = 1", R"({"bare_Key-9":1})"},
      {"1234 = 1\n-_ = 2\ntrue = 3", R"({"1234":1,"-_":2,"true":3})"},
      {R"("127.0.0.1" = 1)", R"({"127.0.0.1":1})"},
      {R"("a\u00e9\"" = 1)", "{\"a\xC3\xA9\\\"\":1}"},
      {R"('a\n' = 1)", R"({"a\\n":1})"},
      {"\"\" = 1", R"({"":1})"},
      {"'' = 1", R"({"":1})"},
      {"a.b.c = 1", R"({"a":{"b":{"c":1}}})"},
      {"a . \"b.c\"\t.'' = 1", R"({"a":{"b.c":{"":1}}})"},
      {"3.14159 = 'pi'", R"({"3":{"14159":"pi"}})"},
      {"= 1", "1:1: expected a key"},
      {"a", "1:2: expected '=' after the key"},
      {"a b = 1", "1:3: expected '=' after the key"},
      {"a\n= 1", "1:2: expected '=' after the key"},
      {"a = = 1", "1:5: expected a value"},
      {"a =", "1:4: expected a value"},
      {"a =\n1", "1:4: expected a value"},
      {"a. = 1", "1:4: expected a key"},
      {".a = 1", "1:1: expected a key"},
      {"a..b = 1", "1:3: expected a key"},
      {"\xC3\xA9 = 1", "1:1: expected a key"},
      {"a# = 1", "1:2: expected '=' after the key"},
      {"\"\"\"a\"\"\" = 1", "1:1: a key cannot be a multi-line string"},
      {"'''a''' = 1", "1:1: a key cannot be a multi-line string"},
      {"\"a\n\" = 1", "1:1: a string must be closed with \" before the line ends"},
  });
}

// ---- strings ----

TEST_CASE("toml: strings in double quotes") {
  check_values({
      {R"("")", R"("")"},
      {R"("a b # 'c'")", R"("a b # 'c'")"},
      {R"("\b\t\n\f\r\"\\")", R"("\u0008\t\n\u000c\r\"\\")"},
      {R"("\u0000\u00E9\U0001f600")", "\"\\u0000\xC3\xA9\xF0\x9F\x98\x80\""},
      {R"("\uD7FF\uE000\U0010FFFF")", "\"\xED\x9F\xBF\xEE\x80\x80\xF4\x8F\xBF\xBF\""},
      {R"("\uD800")", "1:6: there is no such Unicode character"},
      {R"("\uDFFF")", "1:6: there is no such Unicode character"},
      {R"("\U00110000")", "1:6: there is no such Unicode character"},
      {R"("\UFFFFFFFF")", "1:6: there is no such Unicode character"},
      {R"("\u12")", "1:6: expected four hexadecimal digits after \\u"},
      {R"("\u12g4")", "1:6: expected four hexadecimal digits after \\u"},
      {R"("\U0001F60")", "1:6: expected eight hexadecimal digits after \\U"},
      {R"("\e")", "1:6: there is no such escape sequence"},
      {R"("\x41")", "1:6: there is no such escape sequence"},
      {R"("\/")", "1:6: there is no such escape sequence"},
      {"\"\\\xC3\xA9\"", "1:6: there is no such escape sequence"},
      {"\"abc", "1:5: a string must be closed with \" before the line ends"},
      {"\"abc\n\"", "1:5: a string must be closed with \" before the line ends"},
      {"\"abc\r\n\"", "1:5: a string must be closed with \" before the line ends"},
      {"\"abc\\\n\"", "1:5: a string must be closed with \" before the line ends"},
      {"\"abc\\", "1:5: a string must be closed with \" before the line ends"},
      {R"("a" "b")", "1:9: expected the line to end here"},
  });
}

TEST_CASE("toml: strings in single quotes") {
  check_values({
      {"''", R"("")"},
      {R"('C:\Users\n "x"')", R"("C:\\Users\\n \"x\"")"},
      {"'abc", "1:5: a string must be closed with ' before the line ends"},
      {"'it''s'", "1:9: expected the line to end here"},
  });
}

TEST_CASE("toml: strings of several lines") {
  check_values({
      {R"("""""")", R"("")"},
      {"\"\"\"\na\n b\n\"\"\"", R"("a\n b\n")"},
      {"\"\"\"\n\na\"\"\"", R"("\na")"},
      {"\"\"\"\r\na\r\nb\"\"\"", R"("a\nb")"},
      {R"("""a"b""c""")", R"("a\"b\"\"c")"},
      {R"("""a"""")", R"("a\"")"},
      {R"("""a""""")", R"("a\"\"")"},
      {R"("""a"""""")", "1:14: expected the line to end here"},
      {R"("""""""")", R"("\"\"")"},
      {R"("""\"""\"""")", R"("\"\"\"\"")"},
      {"\"\"\"a\\\n  \n\t b\"\"\"", R"("ab")"},
      {"\"\"\"a\\ \t\r\n  b \\\n\"\"\"", R"("ab ")"},
      {"\"\"\"a\\\\\nb\"\"\"", R"("a\\\nb")"},
      {"\"\"\"a\\ b\"\"\"", "1:9: there is no such escape sequence"},
      {"\"\"\"a\\q\"\"\"", "1:9: there is no such escape sequence"},
      {"\"\"\"a\nb", "1:5: a multi-line string must be closed with \"\"\""},
      {"\"\"\"a\"\"", "1:5: a multi-line string must be closed with \"\"\""},
      {"\"\"\"a\\", "1:5: a multi-line string must be closed with \"\"\""},
      {"\"\"\"a\\\n", "1:5: a multi-line string must be closed with \"\"\""},
      {"''''''", R"("")"},
      {"'''\na\\\n'b''\n'''", R"("a\\\n'b''\n")"},
      {"'''a''''", R"("a'")"},
      {"'''a'''''", R"("a''")"},
      {"'''a''''''", "1:14: expected the line to end here"},
      {"'''a''", "1:5: a multi-line string must be closed with '''"},
  });
}

// ---- numbers ----

TEST_CASE("toml: integers") {
  check_values({
      {"0", "0"},
      {"+0", "0"},
      {"-0", "0"},
      {"+99", "99"},
      {"-17", "-17"},
      {"1_000_0", "10000"},
      {"9223372036854775807", "9223372036854775807"},
      {"-9223372036854775808", "-9223372036854775808"},
      {"9223372036854775808", "1:5: an integer must fit in 64 bits, with its sign"},
      {"-9223372036854775809", "1:5: an integer must fit in 64 bits, with its sign"},
      {"99999999999999999999999", "1:5: an integer must fit in 64 bits, with its sign"},
      {"0xDEAD_beef", "3735928559"},
      {"0x00f", "15"},
      {"0x7fffffffffffffff", "9223372036854775807"},
      {"0x8000000000000000", "1:5: an integer must fit in 64 bits, with its sign"},
      {"0o755", "493"},
      {"0b1101_0110", "214"},
      {"01", "1:5: a number has no leading zeros"},
      {"-007", "1:5: a number has no leading zeros"},
      {"0_0", "1:5: a number has no leading zeros"},
      {"_1", "1:5: expected a value"},
      {"1_", "1:5: this is no number"},
      {"1__0", "1:5: this is no number"},
      {"0x", "1:5: expected a value"},
      {"0x_1", "1:5: expected a value"},
      {"0xg", "1:5: expected a value"},
      {"0x1g", "1:5: this is no number"},
      {"0o8", "1:5: expected a value"},
      {"0b12", "1:5: this is no number"},
      {"0X1", "1:5: this is no number"},
      {"-0x1", "1:5: this is no number"},
      {"+0b1", "1:5: this is no number"},
      {"++1", "1:5: expected a value"},
      {"+", "1:5: expected a value"},
      {"60s", "1:5: this is no number"},
      {"0x1.8", "1:5: this is no number"},
  });
}

TEST_CASE("toml: floats") {
  check_values({
      {"1.0", "1"},
      {"+3.1415", "3.1415"},
      {"-0.01", "-0.01"},
      {"0.0", "0"},
      {"-0.0", "-0"},
      {"0e0", "0"},
      {"5e+22", "5e+22"},
      {"1e06", "1000000"},
      {"-2E-2", "-0.02"},
      {"6.626e-34", "6.626e-34"},
      {"224_617.445_991_228", "224617.445991228"},
      {"1_0e1_0", "100000000000"},
      {"1.7976931348623157e308", "1.7976931348623157e+308"},
      {"5e-324", "4.94065645841247e-324"},
      {"1e400", "1:5: this number is too large for a float"},
      {"-1e400", "1:5: this number is too large for a float"},
      {"1.", "1:5: a float has a digit on both sides of its point"},
      {"1.e2", "1:5: a float has a digit on both sides of its point"},
      {"1._5", "1:5: a float has a digit on both sides of its point"},
      {".5", "1:5: expected a value"},
      {"-.5", "1:5: expected a value"},
      {"1_.5", "1:5: this is no number"},
      {"1.5_", "1:5: this is no number"},
      {"1e", "1:5: this is no number"},
      {"1e+", "1:5: this is no number"},
      {"1e_5", "1:5: this is no number"},
      {"1e5.5", "1:5: this is no number"},
      {"1.2.3", "1:5: this is no number"},
      {"01.5", "1:5: a number has no leading zeros"},
      {"00e1", "1:5: a number has no leading zeros"},
      {"Inf", "1:5: expected a value"},
      {"NaN", "1:5: expected a value"},
      {"infinity", "1:5: expected a value"},
  });
}

TEST_CASE("toml: infinities and what is not a number") {
  const TomlValue root = parsed({"t", "a = inf\nb = +inf\nc = -inf\nd = nan\ne = +nan\nf = -nan\ng = -0.0"});
  for (const auto& member : root.members) CHECK(member.value.kind == TomlKind::Float);
  CHECK(at(root, "a").real == HUGE_VAL);
  CHECK(at(root, "b").real == HUGE_VAL);
  CHECK(at(root, "c").real == -HUGE_VAL);
  CHECK(std::isnan(at(root, "d").real));
  CHECK(std::isnan(at(root, "e").real));
  CHECK(std::isnan(at(root, "f").real));
  CHECK(std::signbit(at(root, "g").real));
}

TEST_CASE("toml: booleans, and words that are no value") {
  check_values({
      {"true", "true"},
      {"false", "false"},
      {"True", "1:5: expected a value"},
      {"truer", "1:5: expected a value"},
      {"yes", "1:5: expected a value"},
      {"null", "1:5: expected a value"},
      {"\xC3\xA9", "1:5: expected a value"},
      {"#", "1:5: expected a value"},
      {"@", "1:5: expected a value"},
  });
}

// ---- dates ----

TEST_CASE("toml: the four kinds of dates") {
  struct DateRow {
    std::string text;
    TomlDate date;
  };
  const DateRow rows[] = {
      {"1979-05-27T07:32:00Z", TomlDate::OffsetDateTime},
      {"1979-05-27t07:32:00z", TomlDate::OffsetDateTime},
      {"1979-05-27 07:32:00Z", TomlDate::OffsetDateTime},
      {"1979-05-27T00:32:00.999999-07:00", TomlDate::OffsetDateTime},
      {"0000-01-01T00:00:00+23:59", TomlDate::OffsetDateTime},
      {"2016-12-31T23:59:60Z", TomlDate::OffsetDateTime},
      {"1979-05-27T07:32:00", TomlDate::LocalDateTime},
      {"1979-05-27 07:32:00.1234567890123456789", TomlDate::LocalDateTime},
      {"1979-05-27", TomlDate::LocalDate},
      {"2024-02-29", TomlDate::LocalDate},
      {"2000-02-29", TomlDate::LocalDate},
      {"9999-12-31", TomlDate::LocalDate},
      {"07:32:00", TomlDate::LocalTime},
      {"23:59:60.5", TomlDate::LocalTime},
  };
  for (const DateRow& row : rows) {
    CAPTURE(row.text);
    for (const char* const after : {"", " ", " # c", "\n", "\r\n"}) {
      const TomlValue root = parsed({"t", "x = " + row.text + after});
      CHECK(at(root, "x").kind == TomlKind::Date);
      CHECK(at(root, "x").date == row.date);
      CHECK(at(root, "x").text == row.text);
    }
  }
}

TEST_CASE("toml: dates and times that there are not") {
  const std::string texts[] = {"2023-02-29",
                               "1900-02-29",
                               "2024-02-30",
                               "2023-04-31",
                               "2023-06-31",
                               "2023-09-31",
                               "2023-11-31",
                               "2023-01-32",
                               "2023-00-10",
                               "2023-13-10",
                               "2023-10-00",
                               "2023-1-01",
                               "2023-01-1",
                               "2023-01-01x",
                               "2023-01-01T",
                               "2023-01-01T10",
                               "2023-01-01T10:00",
                               "2023-01-01T24:00:00",
                               "2023-01-01T10:60:00",
                               "2023-01-01T10:00:61",
                               "2023-01-01T10:00:00.",
                               "2023-01-01T10:00:00.Z",
                               "2023-01-01T10:00:00+1:00",
                               "2023-01-01T10:00:00+01",
                               "2023-01-01T10:00:00+0100",
                               "2023-01-01T10:00:00+24:00",
                               "2023-01-01T10:00:00+00:60",
                               "2023-01-01T10:00:00ZZ",
                               "2023-01-0110:00:00",
                               "2023-01-01 10:00",
                               "10:00",
                               "24:00:00",
                               "10:0:00",
                               "10:00:00Z",
                               "10:00:00+01:00",
                               "10:00:00.x",
                               "1234-5"};
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(value_of(text) == "1:5: there is no such date or time");
  }
  CHECK(value_of("10000-01-01") == "1:5: this is no number");
  CHECK(value_of("2023-01-01  10:00:00") == "1:17: expected the line to end here");
  CHECK(value_of("2023-01-01\t10:00:00") == "1:16: expected the line to end here");
}

// ---- arrays and inline tables ----

TEST_CASE("toml: arrays") {
  check_values({
      {"[]", "[]"},
      {"[ \n # c\n ]", "[]"},
      {"[1, 'a', [true, {b = 2}], 1.5]", R"([1,"a",[true,{"b":2}],1.5])"},
      {"[\n1,#c\n2 # c\n,\r\n3,\n]", "[1,2,3]"},
      {"[1", "1:5: an array must be closed with ']'"},
      {"[1,", "1:5: an array must be closed with ']'"},
      {"[", "1:5: an array must be closed with ']'"},
      {"[1\n[2]]", "2:1: expected ',' or ']'"},
      {"[1 2]", "1:8: expected ',' or ']'"},
      {"[,]", "1:6: expected a value"},
      {"[1,,]", "1:8: expected a value"},
      {"[1]]", "1:8: expected the line to end here"},
      {"[1,\na = 2]", "2:1: expected a value"},
  });
}

TEST_CASE("toml: inline tables") {
  check_values({
      {"{}", "{}"},
      {"{ }", "{}"},
      {"{a=1,b.c='x' , b.d=[\n2\n]}", R"({"a":1,"b":{"c":"x","d":[2]}})"},
      {"{a={b={}}}", R"({"a":{"b":{}}})"},
      {"{a=1", "1:5: an inline table must be closed with '}'"},
      {"{a=1 b=2}", "1:10: expected ',' or '}'"},
      {"{,}", "1:6: expected a key"},
      {"{a=1,,b=2}", "1:10: expected a key"},
      {"{a}", "1:7: expected '=' after the key"},
      {"{a=1, a=2}", "1:11: the key 'a' is already defined in line 1"},
      {"{a.b=1, a=2}", "1:13: the key 'a' is already defined in line 1"},
      {"{a={}, a.b=2}", "1:12: the key 'a' is already defined in line 1"},
      {"{a=1}}", "1:10: expected the line to end here"},
  });
}

TEST_CASE("toml: inline tables over several lines are for who asks") {
  const Row rows[] = {
      {"{a=1,}", "1:10: a comma cannot come before the '}' of an inline table"},
      {"{\na=1}", "1:5: an inline table must be closed with '}' before the line ends"},
      {"{a=1\n}", "1:5: an inline table must be closed with '}' before the line ends"},
      {"{a=1,\n}", "1:5: an inline table must be closed with '}' before the line ends"},
      {"{ # c\r\n a=1 # c\n , # c\n\n}", "1:7: expected a key"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(value_of(row.text) == R"({"a":1})");
    CHECK(value_of(row.text, TomlDialect::V1_0) == row.expected);
  }
  CHECK(value_of("{a\n=1}") == "1:7: expected '=' after the key");
  CHECK(value_of("{a=\n1}") == "1:8: expected a value");
  CHECK(value_of("\"\\e\"") == "1:6: there is no such escape sequence");  // not of 1.1
  CHECK(value_of("10:00") == "1:5: there is no such date or time");
}

// ---- tables ----

TEST_CASE("toml: tables") {
  check_documents({
      {"[a]\nb=1\n[c]\nd=2", R"({"a":{"b":1},"c":{"d":2}})"},
      {"[ a . \"b.c\" . 'd' ] # c\nx=1", R"({"a":{"b.c":{"d":{"x":1}}}})"},
      {"[a.b]\nx=1\n[a]\ny=2", R"({"a":{"b":{"x":1},"y":2}})"},
      {"[a]\n[a.b]\n[a.c]\n[b]", R"({"a":{"b":{},"c":{}},"b":{}})"},
      {"a.x=1\na.y=2\n[b]\nc.d.e=1\nc.d.f=2\n[b.c.d.g]", R"({"a":{"x":1,"y":2},"b":{"c":{"d":{"e":1,"f":2,"g":{}}}}})"},
      {"apple.type=1\norange.type=2\napple.skin=3", R"({"apple":{"type":1,"skin":3},"orange":{"type":2}})"},
      {"[a.b]\n[a.b.c]\n[a]\nd.e=1", R"({"a":{"b":{"c":{}},"d":{"e":1}}})"},
      {"[a.b.c]\n[a]\nb.d=1\nb.e=2", R"({"a":{"b":{"c":{},"d":1,"e":2}}})"},
      {"[a.b.c]\n[a]\nb.d=1\n[a.b.f]", R"({"a":{"b":{"c":{},"d":1,"f":{}}}})"},
      {"['']\n''=1", R"({"":{"":1}})"},
      {"[]", "1:2: expected a key"},
      {"[a", "1:3: expected ']' after the name of a table"},
      {"[a b]", "1:4: expected ']' after the name of a table"},
      {"[a.]", "1:4: expected a key"},
      {"[a\n]", "1:3: expected ']' after the name of a table"},
      {"[a]]", "1:4: expected the line to end here"},
      {"[a]=1", "1:4: expected the line to end here"},
  });
}

TEST_CASE("toml: arrays of tables") {
  check_documents({
      {"[[a]]\nx=1\n[[a]]\n[[a]]\nx=3", R"({"a":[{"x":1},{},{"x":3}]})"},
      {"[[f]]\n[f.p]\nc=1\n[[f.v]]\nn=1\n[[f.v]]\nn=2\n[[f]]\n[[f.v]]\nn=3\n[f.p]",
       R"({"f":[{"p":{"c":1},"v":[{"n":1},{"n":2}]},{"v":[{"n":3}],"p":{}}]})"},
      {"[[a.b]]\n[a]\nx=1\n[[a.b]]", R"({"a":{"b":[{},{}],"x":1}})"},
      {"[[a]", "1:4: expected ']]' after the name of an array of tables"},
      {"[[a] ]", "1:4: expected ']]' after the name of an array of tables"},
      {"[ [a]]", "1:3: expected a key"},
      {"[[]]", "1:3: expected a key"},
      {"[[a]]]", "1:6: expected the line to end here"},
  });
}

TEST_CASE("toml: nothing is defined twice") {
  const std::string texts[] = {
      "a=1\na=2",
      "a=1\n'a'=2",
      "a=1\n\"\\u0061\"=2",
      "a=1\na.b=2",
      "a.b=1\na=2",
      "a.b=1\na.b.c=2",
      "[a]\n[a]",
      "[a]\nb=1\n[a.b]",
      "[a]\nb=1\n[[a.b]]",
      "[a]\nb=1\n[a.b.c]",
      "[a.b]\n[a]\nb=1",
      "[a.b]\n[a]\nb.c=1",
      "[a.b.c]\n[a]\nb.d=1\n[a.b]",
      "[a.b.c]\n[a]\nb.c.d=1",
      "[a]\nb.c=1\n[a.b]",
      "[a]\nb.c.d=1\n[a.b.c]",
      "[a]\nb.c=1\n[[a.b]]",
      "a={}\n[a]",
      "a={}\n[a.b]",
      "a={}\n[[a]]",
      "a={}\na.b=1",
      "a={b={}}\n[a.b.c]",
      "[a]\nb={c=1}\nb.d=2",
      "a=[]\n[[a]]",
      "a=[{}]\n[a.b]",
      "a=[{}]\n[[a.b]]",
      "[[a]]\n[a]",
      "[a]\n[[a]]",
      "[a.b]\n[[a]]",
      "[[a.b]]\n[a]\nb.c=1",
      "[[a.b]]\n[a]\nb=1",
      "[[a]]\n[a.b]\n[a.b]",
      "[a.b]\n[a]\n[a]",
  };
  for (const std::string& text : texts) {
    CAPTURE(text);
    CHECK(nextest::contains(reread(text), "' is already defined in line "));
  }
}

// ---- spans ----

TEST_CASE("toml: spans are what is written") {
  const TomlSource source{"t",
                          "a . 'b' = \"x\\n\" # c\n"
                          "n = -1_0\n"
                          "d = 1979-05-27 07:32:00 \n"
                          "m = '''\nx'''\n"
                          "l = [ 1, {k = true} ]\n"
                          "[ t.u ] # c\n"
                          "v = 0.5\n"
                          "[[t.w]]\n"
                          "[[t.w]]\n"
                          "[t]\n"};
  const TomlValue root = parsed(source);
  CHECK(root.span.begin == 0);
  CHECK(root.span.end == source.text.size());
  CHECK(spanned(source, root.members[0].key_span) == "a");
  CHECK(spanned(source, at(root, "a").span) == "a");
  CHECK(spanned(source, at(root, "a").members[0].key_span) == "'b'");
  CHECK(spanned(source, at(at(root, "a"), "b").span) == "\"x\\n\"");
  CHECK(spanned(source, at(root, "n").span) == "-1_0");
  CHECK(spanned(source, at(root, "d").span) == "1979-05-27 07:32:00");
  CHECK(spanned(source, at(root, "m").span) == "'''\nx'''");
  CHECK(spanned(source, at(root, "l").span) == "[ 1, {k = true} ]");
  CHECK(spanned(source, at(root, "l").items[0].span) == "1");
  CHECK(spanned(source, at(root, "l").items[1].span) == "{k = true}");
  CHECK(spanned(source, at(root, "l").items[1].members[0].key_span) == "k");
  CHECK(spanned(source, at(root, "l").items[1].members[0].value.span) == "true");
  const TomlValue& t = at(root, "t");
  CHECK(spanned(source, t.span) == "[t]");  // not the header that only led through it
  CHECK(spanned(source, at(t, "u").span) == "[ t.u ]");
  CHECK(spanned(source, at(at(t, "u"), "v").span) == "0.5");
  const TomlValue& w = at(t, "w");
  CHECK(spanned(source, w.items[1].span) == "[[t.w]]");
  CHECK(w.span.begin == w.items[0].span.begin);
  CHECK(w.items[1].span.begin == w.items[0].span.end + 1);
  CHECK(source.line_of(w.items[1].span.begin) == 10);
  CHECK(source.line_of(0) == 1);
  CHECK(source.line_of(99999) == 12);
}

TEST_CASE("toml: kinds have names") {
  const TomlValue root = parsed({"t", "a=''\nb=1\nc=1.5\nd=true\ne=10:00:00\nf=[]\ng={}"});
  const char* const names[] = {"a string", "an integer", "a float", "a boolean", "a date", "an array", "a table"};
  for (std::size_t i = 0; i < 7; ++i) CHECK(nextest::toml_kind_name(root.members[i].value) == std::string(names[i]));
  CHECK(root.find("h") == nullptr);
  CHECK(root.members[0].value.find("a") == nullptr);
}

// ---- errors ----

TEST_CASE("toml: errors show the place") {
  CHECK(whole_error("ok = 1\n\n[profile.default]\nretries = 1\nretries = 2\n", "a/nextest.toml") ==
        "a/nextest.toml:5:1: the key 'retries' is already defined in line 4\n"
        "    5 | retries = 2\n"
        "      | ^^^^^^^");
  CHECK(whole_error("[a]\nx = 60s # c\n") ==
        "nextest.toml:2:5: this is no number\n"
        "    2 | x = 60s # c\n"
        "      |     ^^^\n"
        "hint: a string stands in quotes");
  CHECK(whole_error("x =") ==
        "nextest.toml:1:4: expected a value\n"
        "    1 | x =\n"
        "      |    ^");
  CHECK(whole_error("x = \"abc\r\ny = 1\r\n") ==
        "nextest.toml:1:5: a string must be closed with \" before the line ends\n"
        "    1 | x = \"abc\n"
        "      |     ^^^^");
  CHECK(whole_error("x = [\n1,\n", "--config") ==
        "--config:1:5: an array must be closed with ']'\n"
        "    1 | x = [\n"
        "      |     ^");
  CHECK(whole_error(repeated("\n", 123455) + "x") ==
        "nextest.toml:123456:2: expected '=' after the key\n"
        "123456 | x\n"
        "       |  ^");
}

TEST_CASE("toml: hints say what to do") {
  const Row rows[] = {
      {"a={}\n[a.b]", "nothing can be added to an inline table after its '}'"},
      {"a={}\na.b=1", "nothing can be added to an inline table after its '}'"},
      {"a={}\na=1", ""},
      {"a=[]\n[[a]]", "nothing can be added to an array after its ']'"},
      {"[[a]]\n[a]", "another table of an array of tables has its name in [[ ]]"},
      {"[a.b]\n[a]\nb.c=1", "a table that has a header is added to below that header only"},
      {"a = '", ""},
      {"a = \"\\d\"", "write \\\\ for a backslash, or put the string in single quotes"},
      {"a b", ""},
      {"a = yes", "a string stands in quotes"},
      {"\xC3\xA9 = 1", "a key of other characters than A-Z a-z 0-9 _ - stands in quotes"},
      {"a = 2023-02-30", "they look like 1979-05-27, 07:32:00, 1979-05-27T07:32:00 and 1979-05-27T07:32:00Z"},
      {"a = '\x1B'", "in a string in double quotes, write it as \\u and four digits"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const Result<TomlValue> root = parse_toml({"t", row.text});
    REQUIRE_FALSE(bool(root));
    CHECK(root.error().hint == row.expected);
  }
}

TEST_CASE("toml: columns are characters, and carets line up") {
  CHECK(whole_error("x = '\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80' y") ==
        "nextest.toml:1:11: expected the line to end here\n"
        "    1 | x = '\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80' y\n"
        "      |           ^");
  CHECK(whole_error("\tx\t= yes") ==
        "nextest.toml:1:6: expected a value\n"
        "    1 | \tx\t= yes\n"
        "      | \t \t  ^^^\n"
        "hint: a string stands in quotes");
  CHECK(whole_error("\xEF\xBB\xBFx = y") ==
        "nextest.toml:1:5: expected a value\n"
        "    1 | x = y\n"
        "      |     ^\n"
        "hint: a string stands in quotes");
  CHECK(whole_error("a = '\x1B[31m\xFF'", "b\x1B.toml") ==
        "b\\x1B.toml:1:6: a control character is not allowed\n"
        "    1 | a = '\\x1B[31m\\xFF'\n"
        "      |      ^^^^\n"
        "hint: in a string in double quotes, write it as \\u and four digits");
  CHECK(whole_error("'\xC2\x9B' = 1\n'\xC2\x9B' = 2") ==
        "nextest.toml:2:1: the key '\\u{9B}' is already defined in line 1\n"
        "    2 | '\\u{9B}' = 2\n"
        "      | ^^^^^^^^");
}

TEST_CASE("toml: long lines are cut around the place") {
  const std::string x = repeated("x", 200);
  CHECK(whole_error("a = '" + x + "' b # " + x) ==
        "nextest.toml:1:208: expected the line to end here\n"
        "    1 | ..." +
            repeated("x", 38) + "' b # " + repeated("x", 56) +
            "...\n"
            "      | " +
            repeated(" ", 43) + "^");
  CHECK(whole_error("a b = '" + x + "'") ==
        "nextest.toml:1:3: expected '=' after the key\n"
        "    1 | a b = '" +
            repeated("x", 93) +
            "...\n"
            "      |   ^");
  CHECK(whole_error("a = '" + x) ==
        "nextest.toml:1:5: a string must be closed with ' before the line ends\n"
        "    1 | a = '" +
            repeated("x", 95) +
            "...\n"
            "      |     " +
            repeated("^", 96));
  CHECK(whole_error(x + "=1\n" + x + "=1") ==
        "nextest.toml:2:1: this key is already defined in line 1\n"
        "    2 | " +
            repeated("x", 100) +
            "...\n"
            "      | " +
            repeated("^", 100));
}

TEST_CASE("toml: any span may be pointed at") {
  const TomlSource source{"t", "ab\r\ncd\n"};
  CHECK(source.error_at({0, 6}, "m", "h").message == "t:1:1: m\n    1 | ab\n      | ^^");
  CHECK(source.error_at({0, 6}, "m", "h").hint == "h");
  CHECK(source.error_at({1, 1}, "m").message == "t:1:2: m\n    1 | ab\n      |  ^");
  CHECK(source.error_at({3, 4}, "m").message == "t:1:3: m\n    1 | ab\n      |   ^");
  CHECK(source.error_at({5, 2}, "m").message == "t:2:2: m\n    2 | cd\n      |  ^");
  CHECK(source.error_at({7, 7}, "m").message == "t:3:1: m\n    3 | \n      | ^");
  CHECK(source.error_at({999, 9999}, "m").message == "t:3:1: m\n    3 | \n      | ^");
  CHECK(TomlSource{"t", ""}.error_at({}, "m").message == "t:1:1: m\n    1 | \n      | ^");
}

// ---- size ----

TEST_CASE("toml: depth has an end") {
  const std::string too_deep = "keys, arrays and tables nest more than 100 deep";
  CHECK(nextest::starts_with(value_of(repeated("[", 99) + repeated("]", 99)), "[[["));
  CHECK(value_of(repeated("[", 100) + repeated("]", 100)) == "1:104: " + too_deep);
  CHECK(value_of(repeated("[", 100000)) == "1:104: " + too_deep);
  CHECK(value_of(repeated("{a=", 100000)) == "1:153: " + too_deep);
  CHECK(nextest::starts_with(reread(repeated("a.", 99) + "a=1"), "{\"a\""));
  CHECK(reread(repeated("a.", 100) + "a=1") == "1:201: " + too_deep);
  CHECK(nextest::starts_with(reread("[" + repeated("a.", 99) + "a]"), "{\"a\""));
  CHECK(reread("[" + repeated("a.", 100) + "a]") == "1:202: " + too_deep);
  CHECK(reread("[" + repeated("a.", 98) + "a]\nb.c=1") == "2:3: " + too_deep);
  CHECK(reread("[[" + repeated("a.", 98) + "a]]\nb=[1]") == "2:3: " + too_deep);
}

TEST_CASE("toml: large documents take no more than their share of time") {
  std::string members, headers, arrays, super_tables;
  for (int i = 0; i < 100000; ++i) {
    const std::string number = std::to_string(i);
    members += "k" + number + "=1\n";
    headers += "[t" + number + "]\n";
    arrays += "[[a]]\n";
    super_tables += "[a.b" + number + ".c]\n";
  }
  const clock_t before = clock();  // of the processor: others may keep the machine busy
  for (const std::string* text : {&members, &headers, &arrays, &super_tables})
    CHECK(parsed({"t", *text}).members.size() > 0);
  CHECK((clock() - before) / CLOCKS_PER_SEC < 60);  // quadratic, it takes many minutes
  CHECK(reread(members + "k7=1") == "100001:1: the key 'k7' is already defined in line 8");
}

}  // namespace
