#include "core/select/regex.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace {

using nextest::Automaton;
using nextest::PatternFault;
using nextest::Regex;

using Texts = nextest::Vector<std::string_view>;

bool compiles(std::string_view pattern, Automaton& automaton) {
  PatternFault fault;
  const bool valid = Regex::compile(pattern, automaton, fault);
  const std::string what = valid ? "" : fault.what;
  CAPTURE(what);
  REQUIRE(valid);
  return valid;
}

bool matches(std::string_view pattern, std::string_view text) {
  Automaton automaton;
  return compiles(pattern, automaton) && automaton.matches(text);
}

// What matches and what does not was asked upstream's regex library.
TEST_CASE("regex: what matches") {
  const struct {
    std::string_view pattern;
    Texts yes, no;
  } rows[] = {
      {"", {"", "a"}, {}},
      {"a", {"a", "ba"}, {"b", ""}},
      {"^a", {"ab"}, {"ba"}},
      {"a$", {"ba"}, {"ab", "a\n"}},
      {"^$", {""}, {"a", "\n"}},
      {"\\Aa\\z", {"a"}, {"aa"}},
      {"a|b", {"b"}, {"c"}},
      {"a|", {"", "x"}, {}},
      {"^(a|)$", {"", "a"}, {"b"}},
      {"|a", {"z"}, {}},
      {"^(?:|a|bc)d$", {"d", "ad", "bcd"}, {"bd"}},
      {"^()$", {""}, {"a"}},
      {"^a*$", {"", "aaa"}, {"ab"}},
      {"^a+$", {"a", "aaa"}, {""}},
      {"^a?$", {"", "a"}, {"aa"}},
      {"^a**$", {"aaa"}, {"b"}},
      {"^a++$", {"aaa"}, {""}},
      {"^a?+b$", {"b", "aab"}, {}},
      {"^(a*)*$", {"", "aa"}, {"b"}},
      {"^(a*)+b$", {"aab"}, {"aac"}},
      {"(^a)*b", {"b", "ab"}, {}},
      {"^*a", {"a"}, {}},
      {"^a{3}$", {"aaa"}, {"aa", "aaaa"}},
      {"^a{2,}$", {"aa", "aaaa"}, {"a"}},
      {"^a{1,2}$", {"a", "aa"}, {"", "aaa"}},
      {"^a{0}$", {""}, {"a"}},
      {"^a{0,1}b{0,}$", {"", "ab", "bb"}, {"aab"}},
      {"^(ab){2}c$", {"ababc"}, {"abc"}},
      {"^(a{2}){2}$", {"aaaa"}, {"aaa"}},
      {"^a{ 1 , 2 }$", {"aa"}, {"aaa"}},
      {"^a*?$", {"aaa"}, {}},
      {"^a+?b?\?$", {"aa", "aab"}, {}},
      {"^a{1,2}?$", {"aa"}, {"aaa"}},
      {"^.$", {"a", "é", "日", "😀"}, {"\n", "ab", ""}},
      {"^..$", {"éa", "日本"}, {"é"}},
      {"(?s)^.$", {"\n", "é"}, {}},
      {"(?s:^.)x", {"\nx"}, {}},
      {"[abc]", {"c"}, {"d"}},
      {"[^abc]", {"d", "é", "\n"}, {"a"}},
      {"^[a-c]+$", {"abc"}, {"abd"}},
      {"^[a-cx-z]$", {"b", "y"}, {"d"}},
      {"^[^a]$", {"é", "日"}, {"a"}},
      {"^[é-ü日]$", {"é", "ö", "日"}, {"e", "本"}},
      {"^[]a]$", {"]", "a"}, {"b"}},
      {"^[^]a]$", {"b"}, {"]"}},
      {"^[-a]$", {"-", "a"}, {"b"}},
      {"^[a-]$", {"-", "a"}, {}},
      {"^[--a]$", {"-", "a"}, {"5"}},
      {"^[a^]$", {"^", "a"}, {}},
      {"^[\\]\\\\\\-\\^]$", {"]", "\\", "-", "^"}, {"a"}},
      {"^[.*+?(){}|$]$", {".", "$", "}"}, {"a"}},
      {"^[\\n\\t\\x41]$", {"\n", "\t", "A"}, {"x"}},
      {"^[\\d_]$", {"5", "_"}, {"a"}},
      {"^[\\D]$", {"a"}, {"5"}},
      {"^[^\\d]$", {"a", "é"}, {"5"}},
      {"^[\\W5]$", {"5", "-"}, {"a"}},
      {"^[\\w-]+$", {"a-b"}, {"a b"}},
      {"^[[:alpha:]]$", {"a", "Z"}, {"5", "é"}},
      {"^[[:^alpha:]]$", {"5", "é"}, {"a"}},
      {"^[[:digit:][:punct:]]+$", {"5!"}, {"a"}},
      {"^[[:word:]-]$", {"_", "-"}, {"."}},
      {"^[[:xdigit:]]{2}$", {"fF"}, {"g0"}},
      {"^[[:space:]]$", {" ", "\013"}, {"a"}},
      {"^[[:ascii:]]$", {std::string_view("\0", 1)}, {"é"}},
      {"^[[:cntrl:]]$", {"\177"}, {" "}},
      {"^[:al]$", {"a", "l", ":"}, {"p"}},
      {"^[Z-\\[]$", {"[", "Z"}, {"a"}},
      {"^\\d+$", {"0123", "\331\243"}, {"a"}},
      {"^\\D$", {"a"}, {"1"}},
      {"^\\w+$", {"aZ_9", "größe", "日本"}, {"a-b"}},
      {"^\\W$", {"-", " "}, {"é"}},
      {"^\\s$", {" ", "\t", "\n", "\302\240", "\342\200\203"}, {"a"}},
      {"^\\S$", {"a"}, {" "}},
      {"\\bfoo\\b", {"foo", "a foo b", "foo-"}, {"foobar", "_foo"}},
      {"\\Boo", {"foo"}, {"oo"}},
      {"\\b", {"a"}, {"", "-"}},
      {"^\\b$", {}, {""}},
      {"\\bé", {"é"}, {"aé"}},
      {"^\\B$", {""}, {"a"}},
      {"x\\bé", {}, {"xé"}},
      {"(?i)abc", {"ABC", "aBc"}, {"abd"}},
      {"(?i)^[a-c]$", {"B"}, {"d"}},
      {"(?i)^[^a]$", {"b"}, {"A"}},
      {"a(?i)b", {"aB"}, {"AB"}},
      {"a(?i:b)c", {"aBc"}, {"aBC"}},
      {"(?i)a(?-i)b", {"Ab"}, {"AB"}},
      {"(a(?i)b)c", {"aBc"}, {"aBC"}},
      {"a(?i)b|c", {"C"}, {"A"}},
      {"(?i)k", {"\342\204\252", "K"}, {}},
      {"(?i)s", {"\305\277"}, {}},
      {"(?i)[[:upper:]]", {"a"}, {}},
      {"(?i)\\x41", {"a"}, {}},
      {"(?m)^b$", {"a\nb\nc"}, {"ab"}},
      {"^b$", {}, {"a\nb"}},
      {"(?m)a$", {"a\nb"}, {"ab"}},
      {"(?m:^)b$", {"a\nb"}, {}},
      {"(?im)^B", {"a\nb"}, {}},
      {"(?U)a+", {"a"}, {}},
      {"(?s-i).", {"\n"}, {}},
      {"(?:ab)+$", {"abab"}, {"aba"}},
      {"(?P<x>a)(b)", {"ab"}, {"ba"}},
      {"(((a)))", {"a"}, {}},
      {"\\.\\*\\+\\?\\(\\)\\[\\]\\{\\}\\|\\^\\$\\\\", {".*+?()[]{}|^$\\"}, {}},
      {"\\/\\-\\#\\&\\~\\ \\%\\@", {"/-#&~ %@"}, {}},
      {"\\x41\\x{42}\\u{43}\\u0044\\U00000045", {"ABCDE"}, {}},
      {"\\x{1F600}", {"😀"}, {}},
      {"\\a\\f\\t\\n\\r\\v", {"\007\014\t\n\r\013"}, {}},
      {"a}b]c", {"a}b]c"}, {}},
      {"日本", {"x日本y"}, {}},
      {"(a|b)*c(d|e)+", {"ababcd", "ce"}, {"c"}},
      {"^(a|ab)(c|bcd)(d*)$", {"abcd"}, {}},
      {"(?:a?){9}a{9}$", {"aaaaaaaaa"}, {"aaaaaaaa"}},
      {"^test_(network|io)::.*_v[46]$", {"test_network::tcp_v4"}, {"test_io::x_v5", "xtest_io::_v6"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.pattern);
    Automaton automaton;
    compiles(row.pattern, automaton);
    // The second time from what the first one left.
    for (int round = 0; round < 2; ++round) {
      for (const std::string_view text : row.yes) {
        CAPTURE(text);
        CHECK(automaton.matches(text));
      }
      for (const std::string_view text : row.no) {
        CAPTURE(text);
        CHECK_FALSE(automaton.matches(text));
      }
    }
  }
}

TEST_CASE("regex: zero bytes and words' other edges") {
  using namespace std::string_view_literals;
  CHECK(matches("a\0b"sv, "a\0b"sv));
  CHECK(matches("^\\x00$", "\0"sv));
  CHECK_FALSE(matches("[[:ascii:]]", "é"));
  CHECK(matches("^[[:ascii:]]$", "\0"sv));
  CHECK(matches("\\b{start}a", "b a"));
  CHECK_FALSE(matches("\\b{start}a", "ba"));
  CHECK(matches("a\\b{end}", "a b"));
  CHECK_FALSE(matches("a\\b{end}", "ab"));
  CHECK(matches("\\<a\\>", "-a-"));
  CHECK_FALSE(matches("\\<a\\>", "-ab-"));
  CHECK(matches("\\b{start-half}-", "--"));
  CHECK_FALSE(matches("\\b{start-half}-", "a-"));
  CHECK(matches("-\\b{end-half}", "--"));
  CHECK_FALSE(matches("-\\b{end-half}", "-a"));
  CHECK(matches("\\/\\-\\ \\%", "/- %"));
}

TEST_CASE("regex: a byte that is not UTF-8 is one character") {
  CHECK(matches("^a.b$",
                "a\xFF"
                "b"));
  CHECK_FALSE(matches("^a.b$",
                      "a\xC3\xA9\xFF"
                      "b"));
}

TEST_CASE("regex: what is wrong, and where") {
  const struct {
    std::string_view pattern;
    std::size_t at, size;
    std::string_view what;
  } rows[] = {
      {"(", 0, 1, "this group is not closed"},
      {"a(b", 1, 1, "this group is not closed"},
      {"a)", 1, 1, "there is no '(' for it"},
      {")", 0, 1, "there is no '(' for it"},
      {"(?:a", 0, 1, "this group is not closed"},
      {"*", 0, 1, "there is nothing to repeat"},
      {"+a", 0, 1, "there is nothing to repeat"},
      {"?", 0, 1, "there is nothing to repeat"},
      {"{2}", 0, 1, "there is nothing to repeat"},
      {"a|*", 2, 1, "there is nothing to repeat"},
      {"(*)", 1, 1, "there is nothing to repeat"},
      {"(?i)*", 4, 1, "there is nothing to repeat"},
      {"a{", 1, 1, "this repetition is not closed"},
      {"a{2", 1, 2, "this repetition is not closed"},
      {"a{2,", 1, 3, "this repetition is not closed"},
      {"a{,3}", 1, 1, "a count is missing"},
      {"a{x}", 1, 1, "a count is missing"},
      {"a{3,2}", 1, 5, "the first count is above the second"},
      {"a{99999999999}", 1, 12, "the regex is too large"},
      {"a{20000}", 1, 7, "the regex is too large"},
      {"(((a{200}){200}){200})", 10, 5, "the regex is too large"},
      {"[", 0, 1, "this class is not closed"},
      {"[a", 0, 1, "this class is not closed"},
      {"[^", 0, 1, "this class is not closed"},
      {"[]", 0, 1, "this class is not closed"},
      {"[a-", 0, 1, "this class is not closed"},
      {"[z-a]", 1, 3, "the range ends before it begins"},
      {"[a-\\d]", 1, 4, "a class can't be the end of a range"},
      {"[\\d-z]", 1, 4, "a class can't be the end of a range"},
      {"[\\b]", 1, 2, "this escape means nothing in a class"},
      {"[a[b]]", 2, 1, "classes in classes are not supported"},
      {"[a&&b]", 2, 2, "set operations in classes are not supported"},
      {"[a--b]", 2, 2, "set operations in classes are not supported"},
      {"[a~~b]", 2, 2, "set operations in classes are not supported"},
      {"\\", 0, 1, "the escape is cut off"},
      {"\\y", 0, 2, "there is no such escape"},
      {"\\é", 0, 3, "there is no such escape"},
      {"\\8", 0, 2, "back-references are not supported"},
      {"(a)\\1", 3, 2, "back-references are not supported"},
      {"\\p{L}", 0, 2, "Unicode classes are not supported"},
      {"\\PL", 0, 2, "Unicode classes are not supported"},
      {"[\\p{L}]", 1, 2, "Unicode classes are not supported"},
      {"\\x", 0, 2, "the escape is cut off"},
      {"\\x4", 0, 3, "the escape is cut off"},
      {"\\xg0", 2, 1, "not a hexadecimal digit"},
      {"\\x{}", 0, 4, "the digits are missing"},
      {"\\x{110000}", 0, 10, "there is no such character"},
      {"\\x{D800}", 0, 8, "there is no such character"},
      {"\\x{12", 0, 5, "the escape is cut off"},
      {"\\u12", 0, 4, "the escape is cut off"},
      {"(?=a)", 0, 3, "look-around is not supported"},
      {"(?!a)", 0, 3, "look-around is not supported"},
      {"(?<=a)", 0, 4, "look-around is not supported"},
      {"(?<!a)", 0, 4, "look-around is not supported"},
      {"(?P<a", 0, 5, "the group's name does not end"},
      {"(?P<>a)", 0, 4, "the group's name is empty"},
      {"(?P<1>a)", 4, 1, "not a character for a group's name"},
      {"(?<a-b>c)", 4, 1, "not a character for a group's name"},
      {"(?", 0, 2, "the flags do not end"},
      {"(?i", 0, 3, "the flags do not end"},
      {"(?)", 0, 2, "there is nothing to repeat"},
      {"(?-)", 2, 1, "no flag follows"},
      {"(?i-", 0, 4, "the flags do not end"},
      {"(?ii)", 3, 1, "the flag is there twice"},
      {"(?i--s)", 4, 1, "a second '-'"},
      {"(?z)", 2, 1, "there is no such flag"},
      {"(?x)a", 2, 1, "this flag is not supported"},
      {"(?-u)a", 3, 1, "this flag is not supported"},
      {"(?R)a", 2, 1, "this flag is not supported"},
      {"(?i)é", 4, 2, "only ASCII characters are supported where (?i) ignores case"},
      {"(?i)[a-ü]", 5, 4, "only ASCII characters are supported where (?i) ignores case"},
      {"(?Pa)", 2, 1, "there is no such flag"},
      {"a**{", 3, 1, "this repetition is not closed"},
      {"é{", 2, 1, "this repetition is not closed"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.pattern);
    Automaton automaton;
    PatternFault fault;
    REQUIRE_FALSE(Regex::compile(row.pattern, automaton, fault));
    CHECK(fault.what == row.what);
    CHECK(fault.at == row.at);
    CHECK(fault.size == row.size);
  }
}

TEST_CASE("regex: size and depth are bounded, time is linear") {
  const auto repeated = [](std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out.append(text);
    return out;
  };
  const auto fault_of = [](const std::string& pattern) {
    Automaton automaton;
    PatternFault fault;
    return Regex::compile(pattern, automaton, fault) ? std::string() : std::string(fault.what);
  };
  CHECK(matches(repeated("(", 250) + "a" + repeated(")", 250), "a"));
  CHECK(fault_of(repeated("(", 251) + repeated(")", 251)) == "more than 250 groups in each other");
  CHECK(fault_of(repeated("(", 100000)) == "more than 250 groups in each other");
  CHECK(fault_of("a{5000}").empty());
  CHECK(fault_of(repeated("a", 20000)) == "the regex is too large");
  CHECK(fault_of("a" + repeated("*", 20000)) == "the regex is too large");
  CHECK(fault_of(repeated("a|", 20000)) == "the regex is too large");
  CHECK(fault_of("((a{0,100}){0,100}){0,100}") == "the regex is too large");

  const std::string text = repeated("a", 5000);
  CHECK(matches("^(a|aa)+$", text));
  CHECK_FALSE(matches("^(a+)+b$", text));
  CHECK_FALSE(matches("(a*)*(a*)*(a*)*(a*)*b", text));
  CHECK_FALSE(matches("(x+x+)+y", repeated("x", 5000)));
}

// "[what the first group took]"; "-" when the pattern has no group, "" when none was taken.
std::string group_of(std::string_view pattern, std::string_view text) {
  Automaton automaton;
  PatternFault fault;
  REQUIRE(Regex::compile(pattern, automaton, fault, Regex::Group::Kept));
  if (!automaton.has_group()) return "-";
  const std::string_view group = automaton.find_group(text);
  CHECK((group.empty() || automaton.matches(text)));
  return group.empty() ? "" : "[" + std::string(group) + "]";
}

// The answers are those of Python's re, which finds as upstream's regex library does.
TEST_CASE("regex: what the first group takes") {
  const struct {
    std::string_view pattern, text, group;
  } rows[] = {
      {"^test (.*)$", "test a b", "[a b]"},
      {"^test (.*)$", "a test b", ""},
      {"(a|b)c", "xacx", "[a]"},
      {"(a|ab)(c|bcd)?", "abcd", "[a]"},
      {"(ab|a)(c|bcd)?", "abcd", "[ab]"},
      {"(x)?y", "y", ""},
      {"(x)?y", "xy", "[x]"},
      {"(x)|(y)", "y", ""},
      {"(?:x)(y)", "xy", "[y]"},
      {"(?P<name>[a-z]+)=(.*)", "1 ab=cd", "[ab]"},
      {"(?<name>a+?)a", "aaa", "[a]"},
      {"(a+)a", "aaa", "[aa]"},
      {"(a+?)", "aaa", "[a]"},
      {"(a*?)b", "aab", "[aa]"},
      {"(a{1,3})", "aaaa", "[aaa]"},
      {"(a{1,3}?)", "aaaa", "[a]"},
      {"(a{2,})", "aaaa", "[aaaa]"},
      {"(a{2,}?)", "aaaa", "[aa]"},
      {"(?:(a)|b)*", "ab", "[a]"},
      {"(?:(a.))*", "abacad", "[ad]"},
      {"((a)b)+", "abab", "[ab]"},
      {"\\b(\\w+)\\b", " one two", "[one]"},
      {"(\\d+)$", "1 22 333", "[333]"},
      {"^(.*):(.*)$", "a:b:c", "[a:b]"},
      {"^(.*?):(.*)$", "a:b:c", "[a]"},
      {"(\xC3\xA4+)", "\xC3\xA4\xC3\xA4x", "[\xC3\xA4\xC3\xA4]"},
      {"^(.+)$", "\xFFx", "[\xFFx]"},
      {"(a){0}b", "ab", ""},
      {"((((a))))", "ba", "[a]"},
      {"ab", "ab", "-"},
      {"(?:ab)", "ab", "-"},
      {"(?i)(AB)", "xab", "[ab]"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.pattern);
    CAPTURE(row.text);
    CHECK(group_of(row.pattern, row.text) == row.group);
  }
  // U swaps what is lazy, which Python does not know.
  CHECK(group_of("(?U)(a+)", "aaa") == "[a]");
  CHECK(group_of("(?U)(a+?)", "aaa") == "[aaa]");
  CHECK(group_of("(a*)*(a*)*(a*)*b", std::string(5000, 'a')) == "");
}

TEST_CASE("regex: more states than are remembered") {
  // Which of the last twelve characters were an a: 4096 states, of which some are forgotten again and again.
  Automaton automaton;
  compiles("a.{11}$", automaton);
  std::uint32_t random = 1;
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = 0; i < 60; ++i) {
      random = random * 1664525u + 1013904223u;
      text += (random >> 16 & 3) == 0 ? "é" : (random >> 16 & 3) == 1 ? "b" : "a";
    }
    std::size_t characters = 0, from = text.size();
    while (characters < 12) {
      --from;
      if ((static_cast<unsigned char>(text[from]) & 0xC0) != 0x80) ++characters;
    }
    CAPTURE(text);
    CHECK(automaton.matches(text) == (text[from] == 'a'));
  }
}

TEST_CASE("regex: the state that is one too many takes no other's place") {
  // The step that is one too many is from state 1, which is that behind the x: it is what the number means afterwards.
  for (std::size_t size = 200; size < 400; ++size) {
    Automaton automaton;
    compiles("a.{11}$|b.{9}$", automaton);
    std::string text = "x";
    std::uint32_t random = 1;
    while (text.size() < size) {
      random = random * 1664525u + 1013904223u;
      text += (random >> 16 & 1) == 0 ? 'x' : 'a';
    }
    automaton.matches(text);
    CAPTURE(size);
    CHECK(automaton.matches("xbbxxxxxxxx"));
    CHECK(automaton.matches("xbxxxxxxxxx"));
    CHECK_FALSE(automaton.matches("xbbxxxxxxx"));
  }
}

}  // namespace
