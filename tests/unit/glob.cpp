#include "core/select/glob.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace {

using nextest::Glob;
using nextest::Result;

using Texts = nextest::Vector<std::string_view>;

bool matches(const std::string& pattern, const std::string& text) {
  const Result<Glob> glob = Glob::parse(pattern);
  REQUIRE(bool(glob));
  return glob.value().matches(text);
}

// What matches and what does not was asked upstream's glob library, except where it takes bytes for characters.
TEST_CASE("glob: what matches") {
  const struct {
    std::string_view pattern;
    Texts yes, no;
  } rows[] = {
      {"", {""}, {"a"}},
      {"abc", {"abc"}, {"abcd", "xabc", ""}},
      {"?", {"a", "/"}, {"", "ab", "\n"}},
      {"a?c", {"abc", "a/c"}, {"ac"}},
      {"*", {"", "abc", "a/b"}, {"a\nb"}},
      {"a*", {"a", "abc"}, {"ba"}},
      {"*c", {"c", "abc"}, {"cb"}},
      {"a*c", {"ac", "abc", "a/c"}, {"abcd"}},
      {"*b*", {"b", "abc"}, {"ac"}},
      {"a*b*c", {"abc", "axxbxxc"}, {"acb"}},
      {"***", {"", "a/b"}, {}},
      {"a**b", {"ab", "a/x/b"}, {}},
      {"[abc]", {"a", "c"}, {"d", ""}},
      {"[a-c]x", {"bx"}, {"dx"}},
      {"[!a]", {"b", "\n"}, {"a"}},
      {"[^a]", {"b"}, {"a"}},
      {"[!a-c]", {"d"}, {"b"}},
      {"[]]", {"]"}, {"a"}},
      {"[]-a]", {"]", "^", "a"}, {"b"}},
      {"[!]]", {"a"}, {"]"}},
      {"[-]", {"-"}, {"a"}},
      {"[a-]", {"a", "-"}, {"b"}},
      {"[-a-c]", {"-", "b"}, {"d"}},
      {"[!!]", {"a"}, {"!"}},
      {"[^^]", {"a"}, {"^"}},
      {"[*]", {"*"}, {"a"}},
      {"[?]", {"?"}, {"a"}},
      {"[[]", {"["}, {"a"}},
      {"[{]", {"{"}, {"a"}},
      {"[\\]", {"\\"}, {"a"}},
      {"[,-.]", {"-", ","}, {"a"}},
      {"[--0]", {"/", "-"}, {"1"}},
      {"[ --]", {"+", " "}, {"a"}},
      {"[a-ce-g]", {"b", "f"}, {"d"}},
      {"{a,b}", {"a", "b"}, {"c", ""}},
      {"x{a,bc}y", {"xay", "xbcy"}, {"xy", "xaby"}},
      {"{a}", {"a"}, {"{a}"}},
      {"{}", {""}, {"a"}},
      {"a{}b", {"ab"}, {}},
      {"{,a}", {"", "a"}, {"b"}},
      {"foo.{exe,}", {"foo.exe", "foo."}, {"foo"}},
      {"{a,b}{c,d}", {"ac", "bd"}, {"ab"}},
      {"{a,{b,c}}", {"a", "b", "c"}, {"{b"}},
      {"{a{b,c},d}e", {"abe", "ace", "de"}, {"ae"}},
      {"{{a,b},{c,d}}", {"a", "d"}, {"e"}},
      {"{a*,*b}", {"ax", "xb"}, {"x"}},
      {"{[ab],c}", {"a", "c"}, {"d"}},
      {"{?,?\?}", {"a", "ab"}, {"abc", ""}},
      {"a,b", {"a,b"}, {"a"}},
      {"{a,b},c", {"a,c", "b,c"}, {}},
      {"\\*", {"\\x", "\\"}, {"*"}},
      {"a\\b", {"a\\b"}, {"ab"}},
      {"\\", {"\\"}, {}},
      {"a]b", {"a]b"}, {}},
      {"a-b!^", {"a-b!^"}, {}},
      {".", {"."}, {"a"}},
      {"a.b", {"a.b"}, {"axb"}},
      {"(a|b)+$^", {"(a|b)+$^"}, {"a"}},
      {"**", {"", "a", "a/b", "/"}, {"a\nb"}},
      {"**/", {"", "a", "a/", "a/b/"}, {}},
      {"**/a", {"a", "x/a", "x/y/a", "/a"}, {"xa"}},
      {"a/**", {"a/", "a/b", "a/b/c"}, {"a", "ab"}},
      {"/**", {"/", "/a"}, {"a"}},
      {"a/**/b", {"a/b", "a/x/b", "a/x/y/b"}, {"ab", "a/xb"}},
      {"**/a/**", {"a/b", "x/a/y"}, {"a"}},
      {"/**/", {"/", "//", "/a/"}, {"/a"}},
      {"**/**/a", {"a", "x/a"}, {}},
      {"a/**/**", {"a/b"}, {"a"}},
      {"a/**/**/b", {"a/b", "a/x/b"}, {}},
      {"**/**", {"", "a"}, {}},
      {"a**", {"a", "a/b", "ab"}, {}},
      {"**a", {"a", "x/a", "xa"}, {}},
      {"a/**b", {"a/b", "a/x/b", "a/xb"}, {"ab"}},
      {"{**/a,b}", {"x/a", "a", "b"}, {}},
      {"{a/**,b}", {"a/x", "b"}, {"a"}},
      {"{a/**/b,c}", {"a/x/b", "a/b", "c"}, {}},
      {"{**,x}", {"a/b", ""}, {}},
      {"{x,**/y}z", {"xz", "yz", "a/yz"}, {}},
      {"{a/,b}**", {"a/x", "bx"}, {}},
      {"[/]**/b", {"/x/b"}, {"/b", "/xb"}},
      {"*/**", {"a/b"}, {"a"}},
      {"core::*/{a,b}*", {"core::x/a1"}, {"core::x/c"}},
      // a character is one character, however many bytes
      {"?", {"é", "日"}, {"ab"}},
      {"?\?", {"日本", "éa"}, {"é"}},
      {"[é-ü]", {"é", "ö"}, {"e", "a"}},
      {"[!é]", {"日", "e"}, {"é"}},
      {"*é?", {"aéb", "éé"}, {"é"}},
      {"[日]本", {"日本"}, {"本"}},
      {"größ[e]", {"größe"}, {"grösse"}},
  };
  for (const auto& row : rows) {
    CAPTURE(row.pattern);
    const Result<Glob> glob = Glob::parse(row.pattern);
    REQUIRE(bool(glob));
    for (const std::string_view text : row.yes) {
      CAPTURE(text);
      CHECK(glob.value().matches(text));
    }
    for (const std::string_view text : row.no) {
      CAPTURE(text);
      CHECK_FALSE(glob.value().matches(text));
    }
  }
}

TEST_CASE("glob: what is wrong") {
  const struct {
    std::string_view pattern, why;
  } rows[] = {
      {"[", "a '[' without its ']'"},
      {"a[b", "a '[' without its ']'"},
      {"[]", "a '[' without its ']'"},
      {"[!]", "a '[' without its ']'"},
      {"[!", "a '[' without its ']'"},
      {"[^]", "a '[' without its ']'"},
      {"[a-", "a '[' without its ']'"},
      {"[z-a]", "a range that ends before it begins"},
      {"[z--]", "a range that ends before it begins"},
      {"[b-a-c]", "a range that ends before it begins"},
      {"[ü-é]", "a range that ends before it begins"},
      {"{", "a '{' without its '}'"},
      {"{a,b", "a '{' without its '}'"},
      {"{a,{b,c}", "a '{' without its '}'"},
      {"}", "a '}' without its '{'"},
      {"a,b}", "a '}' without its '{'"},
      {"{a,b}}", "a '}' without its '{'"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.pattern);
    const Result<Glob> glob = Glob::parse(row.pattern);
    REQUIRE_FALSE(bool(glob));
    CHECK(glob.error().message == "not a glob: '" + std::string(row.pattern) + "' (" + std::string(row.why) + ")");
  }
}

TEST_CASE("glob: size is bounded, time is linear") {
  const auto repeated = [](std::string_view text, std::size_t times) {
    std::string out;
    for (std::size_t i = 0; i < times; ++i) out.append(text);
    return out;
  };
  CHECK_FALSE(matches("*a*a*a*a*a*a*a*a*b", repeated("a", 5000)));
  CHECK(matches("*a*a*a*a*a*a*a*a*b", repeated("a", 5000) + "b"));
  CHECK_FALSE(matches(repeated("{a,aa}", 200) + "b", repeated("a", 300)));
  CHECK(matches(repeated("{", 2000) + "a" + repeated("}", 2000), "a"));
  for (const std::string& pattern : {repeated("a", 20000), repeated("*", 20000), "{" + repeated("a,", 20000) + "}"}) {
    const Result<Glob> glob = Glob::parse(pattern);
    REQUIRE_FALSE(bool(glob));
    CHECK(glob.error().message.find("(it is too large)") != std::string::npos);
  }
}

}  // namespace
