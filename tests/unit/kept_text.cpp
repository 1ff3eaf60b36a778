#include "core/base/kept_text.hpp"

#include <doctest/doctest.h>

#include "core/base/shared_text.hpp"

using nextest::KeptText;
using nextest::SharedText;

TEST_CASE("kept text: it outlives what it was made from, whatever its size") {
  nextest::Vector<KeptText> texts;
  nextest::Vector<std::string> wanted;
  for (std::size_t i = 0; i < 3000; ++i) {
    const std::string text(i % 17 == 0 ? i * 20 : i % 40, static_cast<char>('a' + i % 26));
    wanted.push_back(text);
    texts.push_back(text);
  }
  for (std::size_t i = 0; i < texts.size(); ++i) CHECK(texts[i].str() == wanted[i]);
}

TEST_CASE("kept text: of a text that lives as long, nothing is copied") {
  const KeptText path = "build/tests/one";
  const KeptText name = KeptText::of(path.substr(12));
  CHECK(name == "one");
  CHECK(name.data() == path.data() + 12);
  CHECK(KeptText(name).data() == name.data());
  CHECK(KeptText().empty());
  CHECK(KeptText("").empty());
}

TEST_CASE("shared text: texts that are the same are one") {
  const SharedText empty, one = "one of thousands", other = "another", again = std::string("one of thousands");
  CHECK(one == again);
  CHECK(&one.str() == &again.str());
  CHECK_FALSE(one == other);
  CHECK(one.str() == "one of thousands");
  CHECK(other.str() == "another");
  CHECK(empty.empty());
  CHECK(empty == SharedText(""));
  CHECK_FALSE(one.empty());
}
