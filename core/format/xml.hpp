// A reader of XML 1.0 (fifth edition), as much of it as test programs print when they list their tests.
#pragma once

#include <algorithm>
#include <cstring>
#include <iterator>

#include "core/base/text_cursor.hpp"
#include "core/base/utf8.hpp"

namespace nextest {

// How deep elements may nest and how many attributes one may have: input must not choose our memory and time.
constexpr std::size_t xml_limit = 256;

// Production [2], Char: the other code points may not occur in a document, not even as a reference.
inline bool is_xml_character(char32_t code) {
  return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

enum class XmlEvent { StartElement, EndElement, Text, End };

// A pull reader: next() moves to the next event, the accessors describe it. An error ends the reading.
//
// No DTD, no namespaces. Attribute values and text come as they stand: no attribute-value normalisation (section 3.3.3)
// and no newline normalisation, because doctest writes the raw newlines and tabs of a name and means them. For the same
// reason any byte may occur: what is not UTF-8 or no XML character is the business of whoever uses the text.
class XmlReader : private TextCursor {
 public:
  // `document` must outlive the reader.
  explicit XmlReader(std::string_view document) : TextCursor(document) {
    take("\xEF\xBB\xBF");  // a byte order mark
  }

  // An element without content gives StartElement and EndElement too. Text between two tags is one event, whatever
  // comments, CDATA sections and references are in it; around the root element there is none. End comes once the root
  // element is closed and nothing follows, and then again each time.
  Result<XmlEvent> next() {
    attributes_.clear();
    content_.clear();
    count_lines();
    if (is_empty_element_) return end_element();
    if (Status status = read_text(); !status) return status.error();
    if (!content_.empty()) return XmlEvent::Text;
    count_lines();
    if (take("</")) return read_end_tag();
    if (take("<")) return read_start_tag();
    if (!open_.empty()) return fail("the document ends inside of <" + std::string(open_.back()) + ">");
    if (!has_root_) return fail("there is no element");
    return XmlEvent::End;
  }

  // StartElement and EndElement: the name of the element.
  std::string_view name() const { return name_; }

  // Text: the characters, never empty.
  const std::string& text() const { return content_; }

  // StartElement: the value of that attribute; null when the element has none of that name.
  const std::string* attribute(std::string_view name) const {
    for (const Attribute& candidate : attributes_) {
      if (candidate.name == name) return &candidate.value;
    }
    return nullptr;
  }

  // The line, from 1, on which the event begins, or on which the error is.
  std::size_t line() const { return line_; }

 private:
  struct Attribute {
    std::string_view name;
    std::string value;
  };

  // Everything up to the next tag or the end of the document.
  Status read_text() {
    while (at_ < text_.size()) {
      std::string_view content;
      if (next_is("<!--")) {
        const bool is_closed = take_section("<!--", "--", content) && take(">");  // no "--" inside (production [15])
        if (!is_closed) return fail("expected a comment to end with the first '--', as '-->'");
      } else if (next_is("<?")) {
        if (!take_section("<?", "?>", content)) return fail("expected '?>' to end the processing instruction");
      } else if (next_is("<![CDATA[") && !open_.empty()) {
        if (!take_section("<![CDATA[", "]]>", content)) return fail("expected ']]>' to end the CDATA section");
        content_ += content;
      } else if (next_is("<")) {
        return success();
      } else if (open_.empty()) {
        if (!skip_blanks()) return fail("text outside of the root element");
      } else if (Status status = read_characters(content_, '<'); !status) {
        return status;
      }
    }
    return success();
  }

  Result<XmlEvent> read_start_tag() {
    name_ = take_name();
    if (name_.empty()) return fail("expected the name of an element after '<'");
    if (open_.empty() && has_root_) return fail("<" + std::string(name_) + "> is a second root element");
    if (open_.size() == xml_limit) return fail("elements nest more than 256 deep");
    for (;;) {
      const bool is_separated = skip_blanks();
      is_empty_element_ = take("/>");
      if (is_empty_element_ || take(">")) break;
      if (!is_separated) return fail("expected a blank, '>' or '/>' in <" + std::string(name_) + ">");
      if (Status status = read_attribute(); !status) return status.error();
    }
    has_root_ = true;
    open_.push_back(name_);
    return XmlEvent::StartElement;
  }

  Status read_attribute() {
    Attribute entry{take_name(), ""};
    if (entry.name.empty()) return fail("expected an attribute, '>' or '/>' in <" + std::string(name_) + ">");
    const std::string label = "attribute " + std::string(entry.name);
    if (attribute(entry.name) != nullptr) return fail(label + " is there twice");
    if (attributes_.size() == xml_limit) return fail("more than 256 attributes");
    skip_blanks();
    if (!take("=")) return fail("expected '=' after " + label);
    skip_blanks();
    const char* const quote = next_is("'") ? "'" : "\"";
    if (!take(quote)) return fail("expected the value of " + label + " in quotes");
    if (Status status = read_characters(entry.value, *quote); !status) return status;
    if (!take(quote)) return fail("expected a quote to end " + label);
    attributes_.push_back(std::move(entry));
    return success();
  }

  Result<XmlEvent> read_end_tag() {
    name_ = take_name();
    skip_blanks();
    if (!take(">")) return fail("expected '>' to end </" + std::string(name_) + ">");
    if (open_.empty()) return fail("</" + std::string(name_) + "> ends no element");
    if (open_.back() != name_) {
      return fail("</" + std::string(name_) + "> ends <" + std::string(open_.back()) + ">");
    }
    return end_element();
  }

  Result<XmlEvent> end_element() {
    is_empty_element_ = false;
    open_.pop_back();
    return XmlEvent::EndElement;
  }

  // Characters as they stand and references resolved, up to `stop` or to a '<', which neither text nor a value holds.
  Status read_characters(std::string& out, char stop) {
    for (; at_ < text_.size() && text_[at_] != stop && text_[at_] != '<'; ++at_) {
      if (text_[at_] != '&') {
        out += text_[at_];
      } else if (Status status = read_reference(out); !status) {
        return status;
      }
    }
    return success();
  }

  // Leaves `at_` on the ';'.
  Status read_reference(std::string& out) {
    constexpr std::string_view names[] = {"amp", "lt", "gt", "quot", "apos"};
    constexpr std::string_view characters = "&<>\"'";
    const std::size_t end = std::min(text_.find(';', at_), text_.size());
    std::string_view reference = text_.substr(at_ + 1, end - at_ - 1);
    const auto named = std::find(std::begin(names), std::end(names), reference);
    if (end < text_.size() && named != std::end(names)) {
      out += characters[static_cast<std::size_t>(named - std::begin(names))];
    } else if (char32_t code = 0; end < text_.size() && parse_character_number(reference, code)) {
      append_utf8(out, code);
    } else {
      return fail("'&' begins none of &amp; &lt; &gt; &quot; &apos; and no number of an XML character");
    }
    at_ = end;
    return success();
  }

  // "#N" or "#xN".
  static bool parse_character_number(std::string_view reference, char32_t& code) {
    const bool is_hexadecimal = starts_with(reference, "#x");
    if (!starts_with(reference, "#")) return false;
    reference.remove_prefix(is_hexadecimal ? 2 : 1);
    const unsigned base = is_hexadecimal ? 16 : 10;
    code = 0;
    for (const char c : reference) {
      if (hex_digit(c) >= base || code > 0x10FFFF) return false;
      code = code * base + hex_digit(c);
    }
    return !reference.empty() && is_xml_character(code);
  }

  // ASCII as in productions [4] and [4a]; beyond it any byte, since nothing hangs on which letters those are.
  std::string_view take_name() {
    const std::size_t start = at_;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      const char lower = ascii_lower(c);
      const bool may_begin = (lower >= 'a' && lower <= 'z') || c == '_' || c == ':' || (c & 0x80) != 0;
      const bool may_follow = is_digit(c) || c == '-' || c == '.';
      if (!may_begin && !(may_follow && at_ > start)) break;
    }
    return text_.substr(start, at_ - start);
  }

  bool take_section(const char* opening, const char* closing, std::string_view& content) {
    const std::size_t start = at_ + ::strlen(opening);
    const std::size_t end = text_.find(closing, start);
    if (end == std::string_view::npos) return false;
    content = text_.substr(start, end - start);
    at_ = end + ::strlen(closing);
    return true;
  }

  bool skip_blanks() { return take_all_of(" \t\r\n"); }

  void count_lines() {
    const auto from = text_.begin() + static_cast<std::ptrdiff_t>(counted_);
    const auto to = text_.begin() + static_cast<std::ptrdiff_t>(at_);
    line_ += static_cast<std::size_t>(std::count(from, to, '\n'));
    counted_ = at_;
  }

  Error fail(const std::string& problem) {
    count_lines();
    return Error{ExitCode::SetupError, "line " + decimal(line_) + ": " + problem, ""};
  }

  std::size_t line_ = 1;
  std::size_t counted_ = 0;  // how far `line_` has counted
  std::string_view name_;
  std::string content_;
  Vector<Attribute> attributes_;
  Vector<std::string_view> open_;  // the elements around the current place, outermost first
  bool has_root_ = false;
  bool is_empty_element_ = false;  // the last event was the start of <name/>, its end comes next
};

}  // namespace nextest
