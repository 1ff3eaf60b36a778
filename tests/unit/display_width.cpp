#include "core/base/display_width.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

#include "core/base/escape.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::display_width;
using nextest::elide_middle;

TEST_CASE("display width: of every kind of character") {
  CHECK(display_width("") == 0);
  CHECK(display_width("abc") == 3);
  CHECK(display_width("\u00e9") == 1);              // e with acute
  CHECK(display_width("e\u0301") == 1);             // e, combining acute
  CHECK(display_width("\u4e2d\u6587") == 4);        // Chinese
  CHECK(display_width("\uff21") == 2);              // fullwidth A
  CHECK(display_width("\uff76") == 1);              // halfwidth ka
  CHECK(display_width("\uac00") == 2);              // a Hangul syllable
  CHECK(display_width("\u1100\u1161\u11a8") == 2);  // the same kind from its parts
  CHECK(display_width("\U0001F600") == 2);          // emoji
  CHECK(display_width("\u200b\u200d") == 0);        // zero width space, joiner
  CHECK(display_width("\u05d0") == 1);              // Hebrew
  CHECK(display_width("\U00020000") == 2);          // plane 2
  CHECK(display_width("\u2500\u2026") == 2);        // what we draw with
  CHECK(display_width("\U0010FFFF") == 1);
  CHECK(display_width("\xff") == 1);  // no UTF-8: U+FFFD stands for it
}

TEST_CASE("elide: the middle of what is too wide gives way") {
  CHECK(elide_middle("abcdef", 6, "...") == "abcdef");
  CHECK(elide_middle("abcdefgh", 7, "...") == "ab...gh");
  CHECK(elide_middle("abcdefgh", 6, "...") == "a...gh");
  CHECK(elide_middle("abcdefgh", 5, "\u2026") == "ab\u2026gh");
  CHECK(elide_middle("abcdefgh", 3, "...") == "...");
  CHECK(elide_middle("abcdefgh", 2, "...") == "");
  CHECK(elide_middle("abcdefgh", 0, "...") == "");
  CHECK(elide_middle("\u4e2d\u4e2d\u4e2d\u4e2d", 7, "\u2026") == "\u4e2d\u2026\u4e2d\u4e2d");
  CHECK(elide_middle("ae\u0301bcde\u0301f", 5, "\u2026") == "ae\u0301\u2026e\u0301f");
}

// Whatever the text: it fits, its ends stay, it wastes no more than a wide character at each end.
TEST_CASE("elide: random texts") {
  support::Numbers numbers(3);
  const char* const characters[] = {"a", "\u4e2d", "e\u0301", "\U0001F600", "\u00e9", "\xff"};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::size_t size = numbers.below(30); size > 0; --size) text += characters[numbers.below(6)];
    text = nextest::safe_name(text);
    const std::size_t width = numbers.below(40);
    const std::string elided = elide_middle(text, width, "\u2026");
    CAPTURE(text);
    CAPTURE(width);
    CHECK(display_width(elided) <= width);
    if (display_width(text) <= width) {
      CHECK(elided == text);
    } else if (width > 0) {
      const std::size_t gap = elided.find("\u2026");
      REQUIRE(gap != std::string::npos);
      CHECK(text.compare(0, gap, elided, 0, gap) == 0);
      const std::string tail = elided.substr(gap + 3);
      CHECK(text.compare(text.size() - tail.size(), tail.size(), tail) == 0);
      CHECK(display_width(elided) + 2 >= width);
    }
  }
}

}  // namespace
