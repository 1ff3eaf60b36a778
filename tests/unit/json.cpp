#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "core/format/json_parser.hpp"
#include "core/format/json_writer.hpp"
#include "tests/json_double.hpp"

namespace {

using nextest::JsonKind;
using nextest::JsonValue;
using nextest::JsonWriter;
using nextest::parse_json;
using nextest::Result;
using namespace std::string_literals;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string written(const JsonValue& tree) {
  std::string out;
  JsonWriter(out).value(tree);
  return out;
}

template <class... Numbers>
std::string written_number(Numbers... numbers) {
  std::string out;
  JsonWriter(out).number(numbers...);
  return out;
}

// What the text says, in the form the writer gives it, or the error.
std::string reread(std::string_view text) {
  const Result<JsonValue> tree = parse_json(text);
  return tree ? written(tree.value()) : "error: " + tree.error().message;
}

JsonValue parsed(std::string_view text) {
  const Result<JsonValue> tree = parse_json(text);
  CAPTURE(text);
  REQUIRE(bool(tree));
  return tree.value();
}

std::string repeated(std::string_view text, unsigned times) {
  std::string all;
  for (unsigned i = 0; i < times; ++i) all += text;
  return all;
}

// ---- writing ----

TEST_CASE("json: the writer places commas and colons") {
  std::string out = "before ";
  JsonWriter writer(out);
  writer.begin_object();
  writer.key("empty").begin_object();
  writer.end_object();
  writer.key("none").begin_array();
  writer.end_array();
  writer.key("list").begin_array();
  writer.string("a");
  writer.boolean(true);
  writer.boolean(false);
  writer.null();
  writer.begin_array();
  writer.number(1);
  writer.end_array();
  writer.begin_object();
  writer.key("k").number(2);
  writer.end_object();
  writer.number(3);
  writer.end_array();
  writer.key("last").string("z");
  writer.end_object();
  CHECK(out == R"(before {"empty":{},"none":[],"list":["a",true,false,null,[1],{"k":2},3],"last":"z"})");
}

TEST_CASE("json: the pretty writer takes a line for each member and item") {
  const JsonValue tree = parsed(R"({"a":1,"b":[],"c":{},"d":[true,[null],{"e":"\n"}],"f":{"g":{"h":0.5}}})");
  std::string out = "before ";
  JsonWriter(out, true).value(tree);
  CHECK(out == R"(before {
  "a": 1,
  "b": [],
  "c": {},
  "d": [
    true,
    [
      null
    ],
    {
      "e": "\n"
    }
  ],
  "f": {
    "g": {
      "h": 0.5
    }
  }
})");
  CHECK(parsed(out.substr(7)) == tree);
  for (const std::string_view text : {"[]", "{}", "1", "\"a\"", "null"}) {
    std::string same;
    JsonWriter(same, true).value(parsed(text));
    CHECK(same == text);
  }
}

TEST_CASE("json: the writer escapes strings and names alike") {
  struct Row {
    std::string text;
    std::string expected;
  };
  const Row rows[] = {
      {"", R"("")"},
      {"plain", R"("plain")"},
      {R"(say "hi" \ / 'x')", R"("say \"hi\" \\ / 'x'")"},
      {"a\nb\rc\td", R"("a\nb\rc\td")"},
      {"\0\x01\b\f\x1B\x1F"s, R"("\u0000\u0001\u0008\u000c\u001b\u001f")"},
      {" ~\x7F", "\" ~\x7F\""},
      {"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "\"\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\""},
      {"\xFF", "\"\xEF\xBF\xBD\""},
      {"a\xC3", "\"a\xEF\xBF\xBD\""},
      {"\xE2\x82x", "\"\xEF\xBF\xBD\xEF\xBF\xBDx\""},
      {"\xED\xA0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\""},
      {"\xEF\xBF\xBD", "\"\xEF\xBF\xBD\""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    std::string out;
    JsonWriter(out).string(row.text);
    CHECK(out == row.expected);

    std::string object;
    JsonWriter writer(object);
    writer.begin_object();
    writer.key(row.text).null();
    writer.end_object();
    CHECK(object == "{" + row.expected + ":null}");
  }
}

TEST_CASE("json: any bytes become a valid string, valid UTF-8 reads back as it was") {
  for (unsigned first = 0; first < 256; ++first) {
    for (const std::string_view after : {"", "x", "\x80", "\x9F\x80", "\x90\x80\x80", "\""}) {
      const std::string text = static_cast<char>(first) + std::string(after);
      CAPTURE(text);
      std::string out;
      nextest::append_json_string(out, text);
      const JsonValue value = parsed(out);
      bool is_valid = true;
      for (std::string_view rest = text; !rest.empty(); rest.remove_prefix(nextest::decode_utf8(rest).length)) {
        is_valid = is_valid && nextest::decode_utf8(rest).valid;
      }
      CHECK(value.kind == JsonKind::String);
      CHECK((value.text == text) == is_valid);
    }
  }
}

TEST_CASE("json: integers are written exactly") {
  CHECK(written_number(0) == "0");
  CHECK(written_number(-1) == "-1");
  CHECK(written_number(short{7}) == "7");
  CHECK(written_number(std::size_t{8}) == "8");
  CHECK(written_number(std::numeric_limits<std::int64_t>::min()) == "-9223372036854775808");
  CHECK(written_number(std::numeric_limits<std::int64_t>::max()) == "9223372036854775807");
  CHECK(written_number(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
}

TEST_CASE("json: doubles are written short, or with fixed digits") {
  CHECK(written_number(0.0) == "0");
  CHECK(written_number(-0.0) == "-0");
  CHECK(written_number(0.1) == "0.1");
  CHECK(written_number(1.5f) == "1.5");
  CHECK(written_number(0.1 + 0.2) == "0.30000000000000004");
  CHECK(written_number(1e22) == "1e+22");
  CHECK(written_number(1e23) == "1e+23");  // not 9.999999999999999e+22, which is the same double
  CHECK(written_number(-1.5e-300) == "-1.5e-300");
  CHECK(written_number(1.0, 3) == "1.000");
  CHECK(written_number(0.0, 0) == "0");
  CHECK(written_number(-2.34567, 2) == "-2.35");
  CHECK(written_number(12345678.9, 1) == "12345678.9");
  CHECK(written_number(1e300, 2).size() == 304);
  for (const double odd : {infinity, -infinity, std::nan("")}) {
    CHECK(written_number(odd) == "null");
    CHECK(written_number(odd, 3) == "null");
  }
  CHECK(written_number(std::numeric_limits<long double>::max()) ==
        (std::isinf(static_cast<double>(std::numeric_limits<long double>::max()))
             ? "null"
             : written_number(std::numeric_limits<double>::max())));
}

TEST_CASE("json: a double reads back as the same double") {
  const auto check_same = [](double number) {
    const std::optional<double> again = as_double(parsed(written_number(number)));
    CAPTURE(number);
    REQUIRE(again.has_value());
    // NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): to the bit, for -0 as well
    CHECK(std::memcmp(&*again, &number, sizeof number) == 0);
  };
  using Limits = std::numeric_limits<double>;
  const double special[] = {0.0, -0.0, 1.0 / 3, Limits::max(), Limits::lowest(), Limits::min(), Limits::denorm_min()};
  for (const double number : special) check_same(number);
  std::uint64_t bits = 88172645463325252u;
  for (int i = 0; i < 2000; ++i) {
    bits ^= bits << 13, bits ^= bits >> 7, bits ^= bits << 17;  // xorshift64: the same numbers in each run
    double number = 0;
    std::memcpy(&number, &bits, sizeof number);
    if (std::isfinite(number)) check_same(number);
  }
}

// ---- reading ----

TEST_CASE("json: what is read, as it is written again") {
  struct Row {
    std::string text;
    std::string expected;
  };
  const Row rows[] = {
      {"null", "null"},
      {"true", "true"},
      {"false", "false"},
      {" \t\r\n1 \t\r\n", "1"},
      {"[]", "[]"},
      {"{}", "{}"},
      {" [ ] ", "[]"},
      {" { } ", "{}"},
      {"[1 , 2\n,3]", "[1,2,3]"},
      {R"({ "b" : 1 , "a" : [ true , { "c" : null } ] })", R"({"b":1,"a":[true,{"c":null}]})"},
      {R"({"":0})", R"({"":0})"},
      {"[[],[[]],{}]", "[[],[[]],{}]"},
      // numbers stay as they are written
      {"[0,-0,1,-1,10,1234567890123456789012345678901234567890]",
       "[0,-0,1,-1,10,1234567890123456789012345678901234567890]"},
      {"[0.0,-0.10,1.5e3,1E5,1e+05,2e-0,0e0]", "[0.0,-0.10,1.5e3,1E5,1e+05,2e-0,0e0]"},
      // escapes
      {R"("\"\\\/\b\f\n\r\t")", R"("\"\\/\u0008\u000c\n\r\t")"},
      {R"("\u0041\u00e9\u00E9\u20ac\uFFFF")", "\"A\xC3\xA9\xC3\xA9\xE2\x82\xAC\xEF\xBF\xBF\""},
      {R"("\u0000")", R"("\u0000")"},
      {R"("\ud83d\ude00")", "\"\xF0\x9F\x98\x80\""},
      {R"("\uD800\uDC00\uDBFF\uDFFF")", "\"\xF0\x90\x80\x80\xF4\x8F\xBF\xBF\""},
      {R"("\\u0041")", R"("\\u0041")"},
      {"\"\x7F\xC3\xA9\xF4\x8F\xBF\xBF\"", "\"\x7F\xC3\xA9\xF4\x8F\xBF\xBF\""},
      // repeated names: the last one counts, where it stands
      {R"({"a":1,"b":2,"a":3})", R"({"b":2,"a":3})"},
      {R"({"a":1,"a":2,"a":3})", R"({"a":3})"},
      {R"({"a":1,"\u0061":2})", R"({"a":2})"},
      {R"({"a":{"b":1},"b":[{"a":1,"a":2}]})", R"({"a":{"b":1},"b":[{"a":2}]})"},
      {R"({"c":1,"a":2,"c":3,"b":4,"a":5})", R"({"c":3,"b":4,"a":5})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(reread(row.text) == row.expected);
    CHECK(reread(row.expected) == row.expected);
  }
}

TEST_CASE("json: what is refused, and where") {
  struct Row {
    std::string text;
    std::string expected;
  };
  const Row rows[] = {
      {"", "line 1, column 1: expected a value"},
      {" ", "line 1, column 2: expected a value"},
      {"\xEF\xBB\xBF[]", "line 1, column 1: expected a value"},  // a byte order mark (section 8.1)
      {"\0"s, "line 1, column 1: expected a value"},
      {"\f1", "line 1, column 1: expected a value"},
      {"\xC2\xA0 1", "line 1, column 1: expected a value"},
      {"nul", "line 1, column 1: expected a value"},
      {"True", "line 1, column 1: expected a value"},
      {"tru", "line 1, column 1: expected a value"},
      {"nulll", "line 1, column 5: expected nothing after the value"},
      {"truefalse", "line 1, column 5: expected nothing after the value"},
      {"1 2", "line 1, column 3: expected nothing after the value"},
      {"[]]", "line 1, column 3: expected nothing after the value"},
      {"{} \0"s, "line 1, column 4: expected nothing after the value"},
      {"// no\n1", "line 1, column 1: expected a value"},
      {"'a'", "line 1, column 1: expected a value"},
      {"NaN", "line 1, column 1: expected a value"},
      {"-Infinity", "line 1, column 2: expected a digit"},
      // numbers
      {"-", "line 1, column 2: expected a digit"},
      {"+1", "line 1, column 1: expected a value"},
      {"--1", "line 1, column 2: expected a digit"},
      {".5", "line 1, column 1: expected a value"},
      {"01", "line 1, column 2: a number has no leading zeros"},
      {"-01", "line 1, column 3: a number has no leading zeros"},
      {"00", "line 1, column 2: a number has no leading zeros"},
      {"1.", "line 1, column 3: expected a digit after the decimal point"},
      {"1.e5", "line 1, column 3: expected a digit after the decimal point"},
      {"1e", "line 1, column 3: expected a digit in the exponent"},
      {"1e+", "line 1, column 4: expected a digit in the exponent"},
      {"1e+-1", "line 1, column 4: expected a digit in the exponent"},
      {"1E-x", "line 1, column 4: expected a digit in the exponent"},
      {"1e5.2", "line 1, column 4: expected nothing after the value"},
      {"0x1F", "line 1, column 2: expected nothing after the value"},
      {"1_000", "line 1, column 2: expected nothing after the value"},
      // arrays and objects
      {"[1,]", "line 1, column 4: expected a value"},
      {"[,1]", "line 1, column 2: expected a value"},
      {"[1,,2]", "line 1, column 4: expected a value"},
      {"[1 2]", "line 1, column 4: expected ',' or ']'"},
      {"[1}", "line 1, column 3: expected ',' or ']'"},
      {"[\n  1,\n  x\n]", "line 3, column 3: expected a value"},
      {R"({"a":1,})", "line 1, column 8: expected a member name in double quotes"},
      {R"({,"a":1})", "line 1, column 2: expected a member name in double quotes"},
      {"{a:1}", "line 1, column 2: expected a member name in double quotes"},
      {"{1:1}", "line 1, column 2: expected a member name in double quotes"},
      {R"({"a" 1})", "line 1, column 6: expected ':' after the member name"},
      {R"({"a":})", "line 1, column 6: expected a value"},
      {R"({"a"::1})", "line 1, column 6: expected a value"},
      {R"({"a":1 "b":2})", "line 1, column 8: expected ',' or '}'"},
      {R"({"a":1])", "line 1, column 7: expected ',' or '}'"},
      // strings
      {"\"a", "line 1, column 3: expected '\"' to end the string"},
      {"\"a\nb\"", "line 1, column 3: a control character in a string must be escaped"},
      {"\"\t\"", "line 1, column 2: a control character in a string must be escaped"},
      {"\"\0\""s, "line 1, column 2: a control character in a string must be escaped"},
      {"\"\x1F\"", "line 1, column 2: a control character in a string must be escaped"},
      {"\"\xFF\"", "line 1, column 2: not valid UTF-8"},
      {"\"\xC0\x80\"", "line 1, column 2: not valid UTF-8"},
      {"\"\xED\xA0\x80\"", "line 1, column 2: not valid UTF-8"},
      {"\"\xE2\x82\"", "line 1, column 2: not valid UTF-8"},
      {"{\"\xFF\":1}", "line 1, column 3: not valid UTF-8"},
      {R"("\x")", "line 1, column 2: expected one of \" \\ / b f n r t u after '\\'"},
      {R"("\U0041")", "line 1, column 2: expected one of \" \\ / b f n r t u after '\\'"},
      {"\"\\\0\""s, "line 1, column 2: expected one of \" \\ / b f n r t u after '\\'"},
      {"\"\\", "line 1, column 2: expected one of \" \\ / b f n r t u after '\\'"},
      {R"("\u123")", "line 1, column 4: expected four hexadecimal digits after \\u"},
      {R"("\u12g4")", "line 1, column 4: expected four hexadecimal digits after \\u"},
      {R"("\u-123")", "line 1, column 4: expected four hexadecimal digits after \\u"},
      {R"("\u 123")", "line 1, column 4: expected four hexadecimal digits after \\u"},
      {R"("\u0x12")", "line 1, column 4: expected four hexadecimal digits after \\u"},
      {R"("\uD800")", "line 1, column 8: half a surrogate pair"},
      {R"("\uDC00")", "line 1, column 8: half a surrogate pair"},
      {R"("\uDFFF")", "line 1, column 8: half a surrogate pair"},
      {R"("\uDC00\uD800")", "line 1, column 8: half a surrogate pair"},
      {R"("\uD800x")", "line 1, column 8: half a surrogate pair"},
      {R"("\uD800\n")", "line 1, column 8: half a surrogate pair"},
      {R"("\uD800\uD800")", "line 1, column 14: half a surrogate pair"},
      {R"("\uD800\uDBFF")", "line 1, column 14: half a surrogate pair"},
      {R"("\uD800\u0041")", "line 1, column 14: half a surrogate pair"},
      {R"("\uD800\uE000")", "line 1, column 14: half a surrogate pair"},
      // columns are characters, lines end with a newline
      {"[\"\xC3\xA9\xF0\x9F\x98\x80\" x]", "line 1, column 7: expected ',' or ']'"},
      {"\r\n\r\n[\r\n\"\xC3\xA9\", x]", "line 4, column 6: expected a value"},
      {"[1\n\n", "line 3, column 1: expected ',' or ']'"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(reread(row.text) == "error: " + row.expected);
  }
  CHECK(parse_json("").error().code == nextest::ExitCode::SetupError);
}

TEST_CASE("json: a text cut off at any byte is refused") {
  const std::string whole = R"( {"name": "a\n\"\u00e9\uD83D\uDE00)"
                            "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"
                            R"(", "list": [true, false, null, -12.5e+3, [], {}], "deep": {"x": [[1]]}})";
  REQUIRE(parse_json(whole));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(parse_json(whole.substr(0, length)));
    CHECK_FALSE(parse_json(std::string_view(whole).substr(0, length)));
  }
}

TEST_CASE("json: nesting is bounded at 256") {
  struct Row {
    std::string_view opening, inner, closing;
  };
  const Row rows[] = {{"[", "1", "]"}, {"[", "", "]"}, {R"({"a":)", "1", "}"}, {R"([{"a":)", "1", "}]"}};
  for (const Row& row : rows) {
    CAPTURE(row.opening);
    const unsigned levels = row.closing.size() == 2 ? 2 : 1;
    const auto nested = [&](unsigned depth) {
      return repeated(row.opening, depth / levels) + std::string(row.inner) + repeated(row.closing, depth / levels);
    };
    CHECK(reread(nested(256)) == nested(256));
    CHECK_FALSE(parse_json(nested(256 + levels)));
    CHECK(reread(nested(256 + levels)).find("nest more than 256 deep") != std::string::npos);
    CHECK_FALSE(parse_json(repeated(row.opening, 100000)));
  }
  CHECK(reread(repeated("[", 257)) == "error: line 1, column 257: arrays and objects nest more than 256 deep");
  // It is depth that is bounded, not the number of brackets.
  CHECK(parse_json("[" + repeated("[],{},", 1000) + "0]"));
}

TEST_CASE("json: kinds and find") {
  const JsonValue tree = parsed(R"({"null":null,"yes":true,"no":false,"n":-1.50,"s":"-1.50","a":[1,"x"],"o":{"s":1}})");
  CHECK(tree.kind == JsonKind::Object);
  REQUIRE(tree.members.size() == 7);
  CHECK(tree.members[0].name == "null");
  CHECK(tree.members[6].name == "o");
  REQUIRE(tree.find("null") != nullptr);
  CHECK(tree.find("null")->kind == JsonKind::Null);
  CHECK(tree.find("yes")->kind == JsonKind::Boolean);
  CHECK(tree.find("yes")->boolean);
  CHECK(tree.find("no")->kind == JsonKind::Boolean);
  CHECK_FALSE(tree.find("no")->boolean);
  CHECK(tree.find("n")->kind == JsonKind::Number);
  CHECK(tree.find("n")->text == "-1.50");
  CHECK(tree.find("s")->kind == JsonKind::String);
  CHECK(tree.find("s")->text == "-1.50");
  CHECK(tree.find("a")->kind == JsonKind::Array);
  REQUIRE(tree.find("a")->items.size() == 2);
  CHECK(tree.find("a")->items[1].text == "x");
  CHECK(tree.find("o")->find("s")->as_int64() == 1);
  CHECK(tree.find("") == nullptr);
  CHECK(tree.find("N") == nullptr);
  CHECK(tree.find("a")->find("x") == nullptr);
  CHECK(tree.find("s")->find("s") == nullptr);
}

TEST_CASE("json: numbers as integers and doubles") {
  struct Row {
    std::string_view text;
    std::optional<std::int64_t> signed_integer;
    std::optional<std::uint64_t> unsigned_integer;
    std::optional<double> real;
  };
  constexpr std::nullopt_t none = std::nullopt;
  const Row rows[] = {
      {"0", 0, 0u, 0.0},
      {"-0", 0, none, 0.0},
      {"42", 42, 42u, 42.0},
      {"-42", -42, none, -42.0},
      {"9223372036854775807", INT64_MAX, 9223372036854775807u, 9223372036854775807.0},
      {"9223372036854775808", none, 9223372036854775808u, 9223372036854775808.0},
      {"-9223372036854775808", INT64_MIN, none, -9223372036854775808.0},
      {"-9223372036854775809", none, none, -9223372036854775809.0},
      {"18446744073709551615", none, UINT64_MAX, 18446744073709551615.0},
      {"18446744073709551616", none, none, 18446744073709551616.0},
      {"1.5", none, none, 1.5},
      {"1.0", none, none, 1.0},
      {"1e3", none, none, 1000.0},
      {"1e308", none, none, 1e308},
      {"1e309", none, none, none},
      {"-1e999999999", none, none, none},
      {"1e-999999999", none, none, 0.0},
      {"\"1\"", none, none, none},
      {"true", none, none, none},
      {"null", none, none, none},
      {"[1]", none, none, none},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const JsonValue value = parsed(row.text);
    CHECK((value.as_int64() == row.signed_integer));
    CHECK((value.as_uint64() == row.unsigned_integer));
    CHECK((as_double(value) == row.real));
  }
}

TEST_CASE("json: trees differ when anything in them differs") {
  const std::string_view different[] = {
      "null",
      "true",
      "false",
      "0",
      "-0",
      "0.0",
      R"("0")",
      R"("")",
      "[]",
      "{}",
      "[0]",
      "[0,0]",
      "[[]]",
      "[{}]",
      R"({"a":0})",
      R"({"b":0})",
      R"({"a":1})",
      R"({"a":0,"b":0})",
      R"({"b":0,"a":0})",
  };
  for (const std::string_view a : different) {
    for (const std::string_view b : different) {
      CAPTURE(a);
      CAPTURE(b);
      CHECK((parsed(a) == parsed(b)) == (a == b));
      CHECK((written(parsed(a)) == written(parsed(b))) == (a == b));
    }
  }
}

TEST_CASE("json: many names take no time to speak of, repeated or not") {
  std::string text = "{";
  for (int i = 0; i < 50000; ++i) text += "\"name " + std::to_string(i % 40000) + "\":" + std::to_string(i) + ",";
  text += R"("last":0})";
  const JsonValue tree = parsed(text);
  REQUIRE(tree.members.size() == 40001);
  CHECK(tree.members.front().name == "name 10000");
  CHECK(tree.members[39999].name == "name 9999");
  CHECK(tree.members[39999].value.as_int64() == 49999);
  CHECK(tree.members.back().name == "last");
}

}  // namespace
