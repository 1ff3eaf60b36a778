// A writer of XML 1.0 (fifth edition) that is valid whatever texts are given to it.
#pragma once

#include "core/base/clock.hpp"
#include "core/base/duration.hpp"
#include "core/base/utf8.hpp"
#include "core/format/xml.hpp"

namespace nextest {

// Appends `text` as the content of an element, or of an attribute in quotes of either kind. Any bytes will do: each
// character that XML forbids and each byte that is not part of valid UTF-8 becomes one U+FFFD. A carriage return is
// written as a reference, since a reader takes a bare one for a newline (section 2.11).
inline void append_xml_escaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const DecodedCharacter character = decode_utf8(text);
    switch (character.code) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&apos;"; break;
      case '\r': out += "&#13;"; break;
      default: append_utf8(out, is_xml_character(character.code) ? character.code : replacement_character);
    }
    text.remove_prefix(character.length);
  }
}

// As append_xml_escaped, without what steers a terminal: colours, cursor (ECMA-48, section 5.4: CSI). In an attribute,
// a reader takes a bare newline or tab for a blank (section 3.3.3), so they are references there.
inline void append_xml_text(std::string& out, std::string_view text, bool is_attribute) {
  while (true) {
    std::size_t at = text.find_first_of(is_attribute ? "\x1B\t\n" : "\x1B");
    append_xml_escaped(out, text.substr(0, at));
    if (at == std::string_view::npos) return;
    const char c = text[at++];
    if (c != '\x1B') {
      append_format(out, "&#%d;", c);
    } else if (at < text.size() && text[at] == '[') {
      do ++at;
      while (at < text.size() && text[at] >= 0x20 && text[at] < 0x40);
      if (at < text.size() && text[at] >= 0x40) ++at;
    }
    text.remove_prefix(at);
  }
}

// Appends elements to a string, each on a line of its own, four blanks deeper for each level. The caller pairs begin
// with one of the ends, gives attributes before anything else, and literals for names.
class XmlWriter {
 public:
  XmlWriter(std::string& out, std::size_t depth) : out_(out), depth_(depth) {}

  XmlWriter& begin(const char* name) {
    begin_content();
    new_line(open_.size());
    out_.append("<").append(name);
    is_in_tag_ = true;
    open_.push_back(name);
    return *this;
  }

  XmlWriter& attribute(const char* name, std::string_view value) {
    out_.append(" ").append(name).append("=\"");
    append_xml_text(out_, value, true);
    out_ += '"';
    return *this;
  }
  XmlWriter& attribute(const char* name, std::uint32_t value) { return attribute(name, decimal(value)); }
  // In seconds, with milliseconds.
  XmlWriter& seconds(const char* name, Duration value) {
    std::string text;
    append_seconds(text, value);
    return attribute(name, text);
  }
  // Wall time as RFC 3339 has it, with milliseconds, in UTC.
  XmlWriter& date_time(const char* name, Duration value) {
    std::string text;
    append_date_time(text, value);
    append_format(text, ".%03d+00:00", static_cast<int>(value.ns / 1000000 % 1000));
    return attribute(name, text);
  }

  XmlWriter& text(std::string_view text) {
    begin_content();
    append_xml_text(out_, text, false);
    return *this;
  }

  // No attribute follows; for who appends the content to the string.
  void begin_content() {
    if (is_in_tag_) out_ += '>';
    is_in_tag_ = false;
  }

  // Behind its text; of one that has no content there is no end tag.
  void end() {
    if (is_in_tag_) out_ += "/>";
    else out_.append("</").append(open_.back()).append(">");
    is_in_tag_ = false;
    open_.pop_back();
  }
  // Below the elements that are in it, of which there may be none.
  void end_block() {
    begin_content();
    new_line(open_.size() - 1);
    end();
  }

 private:
  void new_line(std::size_t depth) { out_.append(1, '\n').append(4 * (depth_ + depth), ' '); }

  std::string& out_;
  const std::size_t depth_;
  Vector<const char*> open_;
  bool is_in_tag_ = false;
};

}  // namespace nextest
