#include "core/report/shown_part.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

std::string shown(const std::string& text, std::uint64_t most) {
  std::string room;
  return std::string(nextest::shown_part(text, most, room));
}

std::string numbered_lines(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "line " + std::to_string(i) + "\n";
  return text;
}

TEST_CASE("shown part: what is short enough is all there") {
  const std::string text = numbered_lines(40);
  CHECK(shown(text, text.size()) == text);
  CHECK(shown(text, 1 << 20) == text);
  CHECK(shown("", 0).empty());
  CHECK(shown(std::string(256, 'x'), 0) == std::string(256, 'x'));  // never fewer than 256
}

TEST_CASE("shown part: whole lines from both ends, and how much is between them") {
  const std::string text = numbered_lines(1000), part = shown(text, 1000);
  CHECK(part.size() <= 1000);
  CHECK(part.size() > 700);
  const std::size_t gap = part.find("... ");
  REQUIRE(gap != std::string::npos);
  const std::size_t end = part.find('\n', gap) + 1;
  const std::string head = part.substr(0, gap), tail = part.substr(end);
  CHECK(text.compare(0, head.size(), head) == 0);
  CHECK(text.compare(text.size() - tail.size(), tail.size(), tail) == 0);
  CHECK(head.back() == '\n');
  CHECK(tail.compare(0, 5, "line ") == 0);
  CHECK(part.substr(gap, end - gap) ==
        "... " + std::to_string(text.size() - head.size() - tail.size()) + " bytes of output not shown here ...\n");
}

TEST_CASE("shown part: of what it made nothing is left out") {
  for (const std::uint64_t most : {0, 256, 257, 1000, 5000}) {
    const std::string part = shown(numbered_lines(1000), most), again = shown(std::string(100000, 'y'), most);
    CHECK(shown(part, most) == part);
    CHECK(shown(again, most) == again);
  }
}

TEST_CASE("shown part: characters stay whole where there are no lines") {
  for (std::size_t lead = 0; lead < 4; ++lead) {
    std::string text(lead, '.');
    while (text.size() < 4000) text += "\xF0\x9F\x98\x80";
    const std::string part = shown(text, 512);
    CHECK(part.size() <= 512);
    const std::size_t gap = part.find("\n... "), end = part.find('\n', gap + 1) + 1;
    REQUIRE(gap != std::string::npos);
    CHECK((gap - lead) % 4 == 0);
    CHECK(part.compare(end, 4, "\xF0\x9F\x98\x80") == 0);
  }
}

}  // namespace
