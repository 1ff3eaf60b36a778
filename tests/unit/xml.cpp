#include "core/format/xml.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/format/xml_writer.hpp"

namespace {

using nextest::append_xml_escaped;
using nextest::Result;
using nextest::XmlEvent;
using nextest::XmlReader;
using namespace std::string_literals;

// The events of a document in one line: "start a [x=1] | text 'hi' | end a | done", or the error in place of the rest.
// Attributes are shown when they are among a, b, name.
std::string told(std::string_view document) {
  XmlReader reader(document);
  std::string story;
  for (;;) {
    const Result<XmlEvent> event = reader.next();
    if (!event) return story + "error: " + event.error().message;
    const std::string name(reader.name());
    switch (event.value()) {
      case XmlEvent::StartElement:
        story += "start " + name;
        for (const char* const key : {"a", "b", "name"}) {
          if (const std::string* value = reader.attribute(key)) story += " ["s + key + "=" + *value + "]";
        }
        break;
      case XmlEvent::EndElement: story += "end " + name; break;
      case XmlEvent::Text: story += "text '" + reader.text() + "'"; break;
      case XmlEvent::End: return story + "done";
    }
    story += " | ";
  }
}

std::string repeated(std::string_view text, unsigned times) {
  std::string all;
  for (unsigned i = 0; i < times; ++i) all += text;
  return all;
}

std::string escaped(std::string_view text) {
  std::string out;
  append_xml_escaped(out, text);
  return out;
}

struct Row {
  std::string document;
  std::string expected;
};

TEST_CASE("xml: what is read") {
  const Row rows[] = {
      {"<r/>", "start r | end r | done"},
      {"<r></r>", "start r | end r | done"},
      {"<r ></r\n>", "start r | end r | done"},
      {"<r\t/>", "start r | end r | done"},
      {" \r\n\t<r/> \n", "start r | end r | done"},
      {"\xEF\xBB\xBF<r/>", "start r | end r | done"},
      {"<r>hi</r>", "start r | text 'hi' | end r | done"},
      {"<r> <x/>\n<y>z</y></r>",
       "start r | text ' ' | start x | end x | text '\n' | start y | text 'z' | end y | end r | done"},
      {"<a><a><a/></a></a>", "start a | start a | start a | end a | end a | end a | done"},
      {"<_:x-1.\xC3\xA9/>", "start _:x-1.\xC3\xA9 | end _:x-1.\xC3\xA9 | done"},
      // attributes
      {"<r a='1' b=\"2\"/>", "start r [a=1] [b=2] | end r | done"},
      {"<r a = '1'\n\tb\r\n=\r\n\"2\" >x</r>", "start r [a=1] [b=2] | text 'x' | end r | done"},
      {"<r a='' b=''></r>", "start r [a=] [b=] | end r | done"},
      {"<r a='say \"hi\"' b=\"it's\"/>", "start r [a=say \"hi\"] [b=it's] | end r | done"},
      {"<r a='&lt;&#65;&quot;'/>", "start r [a=<A\"] | end r | done"},
      {"<r A='1'/>", "start r | end r | done"},
      {"<r a='/>'/>", "start r [a=/>] | end r | done"},
      {"<r><x a='1'/><y/></r>", "start r | start x [a=1] | end x | start y | end y | end r | done"},
      // raw: doctest means the newlines and tabs it writes
      {"<r a=' x\n\ty\r\nz > '> a\r\nb\rc > ]]&gt; </r>",
       "start r [a= x\n\ty\r\nz > ] | text ' a\r\nb\rc > ]]> ' | end r | done"},
      {"<r a='\xFF\x01'>\xC3(\x1B]]></r>", "start r [a=\xFF\x01] | text '\xC3(\x1B]]>' | end r | done"},
      {"<r a='\0'>\0</r>"s, "start r [a=\0] | text '\0' | end r | done"s},
      // references
      {"<r>&amp;&lt;&gt;&quot;&apos;</r>", "start r | text '&<>\"'' | end r | done"},
      {"<r>&#65;&#x41;&#x00000000000041;&#9;&#xa;&#xD;</r>", "start r | text 'AAA\t\n\r' | end r | done"},
      {"<r>&#233;&#x20AC;&#x1f600;&#x10FFFF;&#xD7FF;&#xE000;&#xFFFD;</r>",
       "start r | text '\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBD' | "
       "end r | done"},
      {"<r>&amp;lt;&amp;#65;</r>", "start r | text '&lt;&#65;' | end r | done"},
      // declaration, instructions, comments, CDATA
      {"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<r/>", "start r | end r | done"},
      {"<?xml version='1.0'?><!-- <r> & --><?x <y> ?><r/><?x?><!---->", "start r | end r | done"},
      {"<r><!-- a - b > --></r>", "start r | end r | done"},
      {"<r>a<!-- x -->b<?y?>c<![CDATA[<&amp;]]]>d]]>&lt;e</r>", "start r | text 'abc<&amp;]d]]><e' | end r | done"},
      {"<r><![CDATA[]]></r>", "start r | end r | done"},
      {"<r><![CDATA[ </r> ]] > & ]]></r>", "start r | text ' </r> ]] > & ' | end r | done"},
      {"<r><![CDATA[a]]><![CDATA[b]]></r>", "start r | text 'ab' | end r | done"},
      {"<r><x/>a<y/>b</r>", "start r | start x | end x | text 'a' | start y | end y | text 'b' | end r | done"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.document);
    CHECK(told(row.document) == row.expected);
  }
}

TEST_CASE("xml: what is refused, and on which line") {
  const Row rows[] = {
      {"", "error: line 1: there is no element"},
      {" \n\n", "error: line 3: there is no element"},
      {"<!-- x -->", "error: line 1: there is no element"},
      {"hello", "error: line 1: text outside of the root element"},
      {"warning: x\n<r/>", "error: line 1: text outside of the root element"},
      {"<r/>\n x", "start r | end r | error: line 2: text outside of the root element"},
      {"\n&#32;<r/>", "error: line 2: text outside of the root element"},
      {"<r/>\f", "start r | end r | error: line 1: text outside of the root element"},
      {"<r/>\xEF\xBB\xBF", "start r | end r | error: line 1: text outside of the root element"},
      {"<r/><r/>", "start r | end r | error: line 1: <r> is a second root element"},
      {"<r></r>\n<s/>", "start r | end r | error: line 2: <s> is a second root element"},
      // tags
      {"<", "error: line 1: expected the name of an element after '<'"},
      {"< r/>", "error: line 1: expected the name of an element after '<'"},
      {"<1/>", "error: line 1: expected the name of an element after '<'"},
      {"<-/>", "error: line 1: expected the name of an element after '<'"},
      {"<>", "error: line 1: expected the name of an element after '<'"},
      {"<!DOCTYPE r><r/>", "error: line 1: expected the name of an element after '<'"},
      {"<![CDATA[x]]>", "error: line 1: expected the name of an element after '<'"},
      {"<r><!-x--></r>", "start r | error: line 1: expected the name of an element after '<'"},
      {"<r", "error: line 1: expected a blank, '>' or '/>' in <r>"},
      {"<r/", "error: line 1: expected a blank, '>' or '/>' in <r>"},
      {"<r\n/ >", "error: line 2: expected an attribute, '>' or '/>' in <r>"},
      {"<r\n<s/>", "error: line 2: expected an attribute, '>' or '/>' in <r>"},
      {"<r,/>", "error: line 1: expected a blank, '>' or '/>' in <r>"},
      {"<r>\n", "start r | text '\n' | error: line 2: the document ends inside of <r>"},
      {"<r><s></s>", "start r | start s | end s | error: line 1: the document ends inside of <r>"},
      {"</r>", "error: line 1: </r> ends no element"},
      {"<r/></r>", "start r | end r | error: line 1: </r> ends no element"},
      {"<r>\n</s>", "start r | text '\n' | error: line 2: </s> ends <r>"},
      {"<r></R>", "start r | error: line 1: </R> ends <r>"},
      {"<r></rr>", "start r | error: line 1: </rr> ends <r>"},
      {"<a><b></a></b>", "start a | start b | error: line 1: </a> ends <b>"},
      {"<r></>", "start r | error: line 1: </> ends <r>"},
      {"<r></ r>", "start r | error: line 1: expected '>' to end </>"},
      {"<r></r", "start r | error: line 1: expected '>' to end </r>"},
      {"<r></r a='1'>", "start r | error: line 1: expected '>' to end </r>"},
      {"<r></r/>", "start r | error: line 1: expected '>' to end </r>"},
      // attributes
      {"<r a/>", "error: line 1: expected '=' after attribute a"},
      {"<r a b='1'/>", "error: line 1: expected '=' after attribute a"},
      {"<r a=1/>", "error: line 1: expected the value of attribute a in quotes"},
      {"<r a=/>", "error: line 1: expected the value of attribute a in quotes"},
      {"<r a='1\n", "error: line 2: expected a quote to end attribute a"},
      {"<r a='1\">", "error: line 1: expected a quote to end attribute a"},
      {"<r a='1\n<s/>'/>", "error: line 2: expected a quote to end attribute a"},
      {"<r a='1'b='2'/>", "error: line 1: expected a blank, '>' or '/>' in <r>"},
      {"<r a='1'\na='2'/>", "error: line 2: attribute a is there twice"},
      {"<r 1='1'/>", "error: line 1: expected an attribute, '>' or '/>' in <r>"},
      {"<r =''/>", "error: line 1: expected an attribute, '>' or '/>' in <r>"},
      // comments, instructions, CDATA
      {"<!-- x", "error: line 1: expected a comment to end with the first '--', as '-->'"},
      {"<!-->", "error: line 1: expected a comment to end with the first '--', as '-->'"},
      {"<!--->", "error: line 1: expected a comment to end with the first '--', as '-->'"},
      {"<!-- x --->", "error: line 1: expected a comment to end with the first '--', as '-->'"},
      {"<!-- x\n -- y --><r/>", "error: line 2: expected a comment to end with the first '--', as '-->'"},
      {"\n<?x", "error: line 2: expected '?>' to end the processing instruction"},
      {"<?>", "error: line 1: expected '?>' to end the processing instruction"},
      {"<r>x<![CDATA[ ]]</r>", "start r | error: line 1: expected ']]>' to end the CDATA section"},
      {"<r><![CDATA[]>]]</r>", "start r | error: line 1: expected ']]>' to end the CDATA section"},
      {"<r><![cdata[]]></r>", "start r | error: line 1: expected the name of an element after '<'"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.document);
    CHECK(told(row.document) == row.expected);
  }
}

TEST_CASE("xml: references that are none") {
  const std::string_view rows[] = {
      "&",
      "&;",
      "& ",
      "&amp",
      "& amp;",
      "&amp ;",
      "&AMP;",
      "&nbsp;",
      "&am;",
      "&ampx;",
      "&#;",
      "&#x;",
      "&#X41;",
      "&#4x;",
      "&#xg;",
      "&# 65;",
      "&#-65;",
      "&#+65;",
      "&#x-41;",
      "&#0x41;",
      "&#65",
      "&65;",
      "&x41;",
      "&#1114112;",
      "&#x110000;",
      "&#4294967361;",
      "&#x100000041;",
      "&#99999999999999999999;",
      "&#65x;",
      "&#x41g;",
      "&#65 ;",
      "&#6 5;",
      // no characters of XML 1.0
      "&#0;",
      "&#x0;",
      "&#8;",
      "&#11;",
      "&#x1F;",
      "&#xD800;",
      "&#xDFFF;",
      "&#xFFFE;",
      "&#xFFFF;",
  };
  for (const std::string_view row : rows) {
    CAPTURE(row);
    const std::string problem =
        "error: line 2: '&' begins none of &amp; &lt; &gt; &quot; &apos; and no number of an XML character";
    CHECK(told("<r>\n" + std::string(row) + "</r>") == "start r | " + problem);
    CHECK(told("<r a='\n" + std::string(row) + "'/>") == problem);
    CHECK(told("<r>\n" + std::string(row)) == "start r | " + problem);
  }
}

TEST_CASE("xml: a document cut off at any byte is refused") {
  const std::string whole =
      "<?xml version='1.0'?><!-- c --><r a='1&lt;' b=\"2\"><x/>t&#65;<![CDATA[d]]><y>\xC3\xA9</y><?p?><!-- e --></r>";
  REQUIRE(told(whole) ==
          "start r [a=1<] [b=2] | start x | end x | text 'tAd' | start y | text '\xC3\xA9' | end y | end r | done");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    // One copy of exactly that size, so that a sanitizer sees a read past its end; one view with more behind it.
    const std::string cut = whole.substr(0, length);
    CHECK(told(cut).find("error: line 1: ") != std::string::npos);
    CHECK(told(std::string_view(whole).substr(0, length)) == told(cut));
  }
}

TEST_CASE("xml: End comes again and again") {
  XmlReader reader("<r/>\n");
  CHECK(reader.next().value() == XmlEvent::StartElement);
  CHECK(reader.next().value() == XmlEvent::EndElement);
  for (int i = 0; i < 3; ++i) {
    const Result<XmlEvent> event = reader.next();
    REQUIRE(bool(event));
    CHECK(event.value() == XmlEvent::End);
  }
}

TEST_CASE("xml: what belongs to one event is gone with the next") {
  XmlReader reader("<r a='1'>text<s/></r>");
  CHECK(reader.attribute("a") == nullptr);
  CHECK(reader.next().value() == XmlEvent::StartElement);
  REQUIRE(reader.attribute("a") != nullptr);
  CHECK(*reader.attribute("a") == "1");
  CHECK(reader.text().empty());
  CHECK(reader.next().value() == XmlEvent::Text);
  CHECK(reader.text() == "text");
  CHECK(reader.attribute("a") == nullptr);
  CHECK(reader.next().value() == XmlEvent::StartElement);
  CHECK(reader.name() == "s");
  CHECK(reader.text().empty());
}

TEST_CASE("xml: each event knows the line it begins on") {
  XmlReader reader("<?xml version='1.0'?>\n<!--\n--><r\n a='\n'>\none\ntwo<s/>\n<!--\n-->\n</r\n>\n");
  struct Expected {
    XmlEvent event;
    std::size_t line;
  };
  const Expected rows[] = {
      {XmlEvent::StartElement, 3}, {XmlEvent::Text, 5},        {XmlEvent::StartElement, 7}, {XmlEvent::EndElement, 7},
      {XmlEvent::Text, 7},         {XmlEvent::EndElement, 10}, {XmlEvent::End, 12},
  };
  CHECK(reader.line() == 1);
  for (const Expected& row : rows) {
    const Result<XmlEvent> event = reader.next();
    REQUIRE(bool(event));
    CHECK((event.value() == row.event));
    CHECK(reader.line() == row.line);
  }
}

TEST_CASE("xml: an error knows its line") {
  XmlReader reader("<r>\n\n<s a='1'\na='2'/></r>");
  CHECK(reader.next());
  CHECK(reader.next());
  const Result<XmlEvent> event = reader.next();
  REQUIRE_FALSE(bool(event));
  CHECK(event.error().code == nextest::ExitCode::SetupError);
  CHECK(event.error().message == "line 4: attribute a is there twice");
  CHECK(reader.line() == 4);
}

TEST_CASE("xml: nesting and attributes are bounded at 256") {
  const std::string deepest = repeated("<a>", 256) + repeated("</a>", 256);
  CHECK(told(deepest) == repeated("start a | ", 256) + repeated("end a | ", 256) + "done");
  const std::string too_deep = "error: line 1: elements nest more than 256 deep";
  CHECK(told(repeated("<a>", 257)) == repeated("start a | ", 256) + too_deep);
  CHECK(told(repeated("<a>", 256) + "<a/>") == repeated("start a | ", 256) + too_deep);
  CHECK(told("<a>" + repeated("<a/>", 300) + "</a>") ==
        "start a | " + repeated("start a | end a | ", 300) + "end a | done");  // it is depth that is bounded

  std::string tag = "<r";
  for (int i = 0; i < 256; ++i) tag += " x" + std::to_string(i) + "=''";
  CHECK(told(tag + "/>") == "start r | end r | done");
  CHECK(told(tag + " more=''/>") == "error: line 1: more than 256 attributes");
}

// What doctest 2.4 prints for --list-test-cases --reporters=xml.
TEST_CASE("xml: a listing of doctest") {
  const std::string_view listing =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<doctest binary=\"t\">\n"
      "  <Options order_by=\"file\" rand_seed=\"0\" first=\"0\"/>\n"
      "  <TestCase name=\"a &lt;b> &amp; &quot;c&quot;\n\td\" testsuite=\"s\" filename=\"t.cpp\" line=\"3\""
      " skipped=\"true\"/>\n"
      "  <OverallResultsTestCases unskipped=\"1\"/>\n"
      "</doctest>\n";
  XmlReader reader(listing);
  std::string names;
  Result<XmlEvent> event = reader.next();
  for (; event && event.value() != XmlEvent::End; event = reader.next()) {
    if (event.value() != XmlEvent::StartElement || reader.name() != "TestCase") continue;
    for (const char* const key : {"name", "testsuite", "line", "skipped"}) names += "[" + *reader.attribute(key) + "]";
    CHECK(reader.line() == 4);
  }
  CHECK(bool(event));
  CHECK(names == "[a <b> & \"c\"\n\td][s][3][true]");
}

// What Catch2 v3 prints for --list-tests --reporter xml.
TEST_CASE("xml: a listing of Catch2") {
  CHECK(told("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
             "<MatchingTests>\n"
             "  <TestCase>\n"
             "    <Name>a &lt; b > c</Name>\n"
             "    <ClassName/>\n"
             "    <SourceInfo>\n"
             "      <Line>7</Line>\n"
             "    </SourceInfo>\n"
             "  </TestCase>\n"
             "</MatchingTests>\n") ==
        "start MatchingTests | text '\n  ' | start TestCase | "
        "text '\n    ' | start Name | text 'a < b > c' | end Name | "
        "text '\n    ' | start ClassName | end ClassName | "
        "text '\n    ' | start SourceInfo | text '\n      ' | start Line | text '7' | end Line | "
        "text '\n    ' | end SourceInfo | text '\n  ' | end TestCase | text '\n' | end MatchingTests | done");
}

TEST_CASE("xml: escaping") {
  const std::string replaced = "\xEF\xBF\xBD";
  struct Escaped {
    std::string text;
    std::string expected;
  };
  const Escaped rows[] = {
      {"", ""},
      {"plain text", "plain text"},
      {"<a b=\"c\" d='e'>&amp;]]>", "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;amp;]]&gt;"},
      {"\t\n", "\t\n"},
      {"a\r\nb", "a&#13;\nb"},
      {"\0a\x01\x08\x0B\x0C\x0E\x1B[0m\x1F"s, repeated(replaced, 1) + "a" + repeated(replaced, 6) + "[0m" + replaced},
      {"\x7F\xC2\x80\xC2\x9F", "\x7F\xC2\x80\xC2\x9F"},  // allowed, if discouraged
      {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF"},
      {"\xEF\xBF\xBC\xEF\xBF\xBD\xEF\xBF\xBE\xEF\xBF\xBF", "\xEF\xBF\xBC" + repeated(replaced, 3)},
      {"\xFF<\xC3<\xE2\x82<", replaced + "&lt;" + replaced + "&lt;" + repeated(replaced, 2) + "&lt;"},
      {"\xED\xA0\x80\xC0\x80", repeated(replaced, 5)},
  };
  for (const Escaped& row : rows) {
    CAPTURE(row.text);
    CHECK(escaped(row.text) == row.expected);
  }
  std::string out = "before ";
  append_xml_escaped(out, "<");
  CHECK(out == "before &lt;");
}

TEST_CASE("xml: escaped text reads back, as text and in quotes of either kind") {
  std::string everything;
  for (char32_t code = 0; code < 0x11000; ++code) {
    if (nextest::is_xml_character(code)) nextest::append_utf8(everything, code);
  }
  const std::string rows[] = {"<&>\"'", "]]>", "<!-- x -->", "a\r\nb\rc\td", "&amp;&#65;", everything};
  for (const std::string& text : rows) {
    CAPTURE(text.size());
    const std::string content = escaped(text);
    CHECK(told("<r>" + content + "</r>") == "start r | text '" + text + "' | end r | done");
    CHECK(told("<r a='" + content + "'/>") == "start r [a=" + text + "] | end r | done");
    CHECK(told("<r b=\"" + content + "\"/>") == "start r [b=" + text + "] | end r | done");
  }
}

TEST_CASE("xml: which code points are characters of XML 1.0") {
  struct Range {
    char32_t from, to;
    bool is_character;
  };
  const Range rows[] = {
      {0x0, 0x8, false},       {0x9, 0xA, true},          {0xB, 0xC, false},           {0xD, 0xD, true},
      {0xE, 0x1F, false},      {0x20, 0xD7FF, true},      {0xD800, 0xDFFF, false},     {0xE000, 0xFFFD, true},
      {0xFFFE, 0xFFFF, false}, {0x10000, 0x10FFFF, true}, {0x110000, 0x110000, false},
  };
  for (const Range& row : rows) {
    CAPTURE(static_cast<unsigned>(row.from));
    unsigned wrong = 0;
    for (char32_t code = row.from; code <= row.to; ++code) wrong += nextest::is_xml_character(code) != row.is_character;
    CHECK(wrong == 0);
  }
}

}  // namespace
