#include "core/base/uuid.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace {

TEST_CASE("uuid: version 4 of RFC 9562, lower case, and never the same") {
  std::set<std::string> seen;
  std::set<char> variants;
  for (int i = 0; i < 500; ++i) {
    const std::string uuid = nextest::make_uuid();
    CAPTURE(uuid);
    REQUIRE(uuid.size() == 36);
    for (std::size_t at = 0; at < uuid.size(); ++at) {
      const bool is_dash = at == 8 || at == 13 || at == 18 || at == 23;
      const bool is_hex = (uuid[at] >= '0' && uuid[at] <= '9') || (uuid[at] >= 'a' && uuid[at] <= 'f');
      if (is_dash ? uuid[at] == '-' : is_hex) continue;
      FAIL_CHECK(at);
    }
    CHECK(uuid[14] == '4');
    CHECK(std::string("89ab").find(uuid[19]) != std::string::npos);
    variants.insert(uuid[19]);
    CHECK(seen.insert(uuid).second);
  }
  CHECK(variants.size() == 4);  // the other bits there are random
}

TEST_CASE("uuid: every other digit varies") {
  std::string first = nextest::make_uuid();
  std::set<std::size_t> varied;
  for (int i = 0; i < 200; ++i) {
    const std::string other = nextest::make_uuid();
    for (std::size_t at = 0; at < other.size(); ++at) {
      if (other[at] != first[at]) varied.insert(at);
    }
  }
  CHECK(varied.size() == 31);  // 36 less four dashes and the version
}

}  // namespace
