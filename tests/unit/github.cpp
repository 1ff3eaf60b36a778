#include "core/report/github.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using nextest::FailurePlace;

std::string line_of(const FailurePlace& place, const char* title, const char* message) {
  std::string line;
  nextest::append_github_error(line, place, title, message);
  return line;
}

TEST_CASE("github: a place, a title and a message are told apart, whatever is in them") {
  FailurePlace place;
  place.file = "a,b:c%.cpp";
  place.line = 12;
  CHECK(line_of(place, "bin x::y, z", "a: b, c%\r\nd") ==
        "::error file=a%2Cb%3Ac%25.cpp,line=12,title=bin x%3A%3Ay%2C z::a: b, c%25%0D%0Ad\n");
}

TEST_CASE("github: without a place there is a title and a message") {
  CHECK(line_of({}, "t", "m") == "::error title=t::m\n");
}

}  // namespace
