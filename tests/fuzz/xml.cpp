// Any bytes: the reader ends, its events are well nested, and what it tells can be written and told again.
//   clang++ -std=c++17 -g -O1 -I. -fsanitize=fuzzer,address,undefined tests/fuzz/xml.cpp -o fuzz-xml
//   ./fuzz-xml -max_total_time=60 NEW_CORPUS tests/fuzz/corpus/xml
#include "core/format/xml.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/format/xml_writer.hpp"

namespace {

using nextest::Result;
using nextest::XmlEvent;
using nextest::XmlReader;

void require(bool holds) {
  if (!holds) std::abort();
}

// Every event but the last takes at least one byte of the document, except the end of an empty element.
void check_document(std::string_view document) {
  XmlReader reader(document);
  nextest::Vector<std::string> open;
  std::size_t line = 1;
  for (std::size_t events = 0;; ++events) {
    require(events <= 2 * document.size());
    const Result<XmlEvent> event = reader.next();
    require(reader.line() >= line);
    line = reader.line();
    if (!event) {
      require(nextest::starts_with(event.error().message, "line " + std::to_string(line) + ": "));
      return;
    }
    switch (event.value()) {
      case XmlEvent::StartElement:
        require(!reader.name().empty());
        open.emplace_back(reader.name());
        break;
      case XmlEvent::EndElement:
        require(!open.empty() && open.back() == reader.name());
        open.pop_back();
        break;
      case XmlEvent::Text: require(!open.empty() && !reader.text().empty()); break;
      case XmlEvent::End: return require(open.empty());
    }
  }
}

// Any bytes can be written as an attribute in quotes of either kind and as text, and are read back as they were, with
// U+FFFD for what XML cannot hold.
void check_escaping(std::string_view bytes) {
  std::string expected;
  for (std::string_view rest = bytes; !rest.empty();) {
    const nextest::DecodedCharacter character = nextest::decode_utf8(rest);
    nextest::append_utf8(expected, nextest::is_xml_character(character.code) ? character.code : 0xFFFD);
    rest.remove_prefix(character.length);
  }
  std::string escaped;
  nextest::append_xml_escaped(escaped, bytes);
  const std::string document = "<r a='" + escaped + "' b=\"" + escaped + "\">" + escaped + "</r>";
  XmlReader reader(document);
  require(reader.next().value() == XmlEvent::StartElement);
  require(*reader.attribute("a") == expected && *reader.attribute("b") == expected);
  if (!expected.empty()) {
    require(reader.next().value() == XmlEvent::Text);
    require(reader.text() == expected);
  }
  require(reader.next().value() == XmlEvent::EndElement);
  require(reader.next().value() == XmlEvent::End);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_document(text);
  check_escaping(text);
  return 0;
}
