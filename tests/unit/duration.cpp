#include "core/base/duration.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace {

using nextest::Duration;
using nextest::parse_duration;
using nextest::Result;

constexpr std::int64_t us = 1000, ms = 1000 * us, s = 1000 * ms, m = 60 * s, h = 60 * m, d = 24 * h;
// as upstream's parser has them: 30.44 and 365.25 days
constexpr std::int64_t month = 2630016 * s, year = 31557600 * s;

std::int64_t ns_of(std::string_view text) {
  const Result<Duration> duration = parse_duration(text);
  CAPTURE(text);
  REQUIRE(bool(duration));
  return duration.value().ns;
}

std::string seconds(std::int64_t ns, int width = 0) {
  std::string out = "|";
  nextest::append_seconds(out, {ns}, width);
  return out;
}

TEST_CASE("duration: every spelling of every unit") {
  const struct {
    std::int64_t ns;
    std::initializer_list<std::string_view> names;
  } units[] = {
      {1, {"ns", "nsec", "nanos"}},
      {us, {"us", "usec", "micros"}},
      {ms, {"ms", "msec", "millis"}},
      {s, {"s", "sec", "secs", "second", "seconds"}},
      {m, {"m", "min", "mins", "minute", "minutes"}},
      {h, {"h", "hr", "hrs", "hour", "hours"}},
      {d, {"d", "day", "days"}},
      {7 * d, {"w", "wk", "wks", "week", "weeks"}},
      {month, {"M", "month", "months"}},
      {year, {"y", "yr", "yrs", "year", "years"}},
  };
  for (const auto& unit : units) {
    for (const std::string_view name : unit.names) {
      const std::string text(name);
      CHECK(ns_of("1" + text) == unit.ns);
      CHECK(ns_of("3 " + text) == 3 * unit.ns);
      CHECK(ns_of("0" + text) == 0);
    }
  }
}

TEST_CASE("duration: fractions, sums and blanks") {
  const struct {
    std::string_view text;
    std::int64_t ns;
  } rows[] = {
      {"1.5s", 1500 * ms},
      {"0.001s", ms},
      {"1.000000001s", s + 1},
      {"0.25h", 15 * m},
      {"1.5d", 36 * h},
      {"2.50 ms", 2500 * us},
      {"0.1ns", 0},
      {"1.23456789012345678901234567890s", 1234567890},
      {"1h 30m", 90 * m},
      {"1h30m", 90 * m},
      {"1h30m15s", 90 * m + 15 * s},
      {"1 h  30\tm", 90 * m},
      {"  5s  ", 5 * s},
      {"2days", 2 * d},
      {"1s 1s", 2 * s},
      {"30m 1h", 90 * m},
      {"1.5h 0.5m", 90 * m + 30 * s},
      {"007s", 7 * s},
      {"1M 1m", month + m},
      {"9223372036854775807ns", INT64_MAX},
      {"292y", 292 * year},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(ns_of(row.text) == row.ns);
  }
}

TEST_CASE("duration: what is none is an error that quotes it and says why") {
  const struct {
    std::string_view text, why;
  } rows[] = {
      {"", "it is empty"},
      {"  ", "it is empty"},
      {"s", "a number is missing"},
      {"-1s", "a number is missing"},
      {"+1s", "a number is missing"},
      {".5s", "a number is missing"},
      {"1s x", "a number is missing"},
      {"1s,2s", "the unit is not known"},
      {"1.s", "digits are missing after the point"},
      {"1.", "digits are missing after the point"},
      {"5", "a unit is missing"},
      {"1.5", "a unit is missing"},
      {"1h 30", "a unit is missing"},
      {"1 2s", "a unit is missing"},
      {"5x", "the unit is not known"},
      {"5S", "the unit is not known"},
      {"5Min", "the unit is not known"},
      {"1.5.5s", "the unit is not known"},
      {"1\xC2\xB5s", "the unit is not known"},
      {"9223372036854775808ns", "the number is too large"},
      {"99999999999999999999999s", "the number is too large"},
      {"9223372036854775807us", "it is too long"},
      {"9223372037s", "it is too long"},
      {"293y", "it is too long"},
      {"200y 200y", "it is too long"},
      {"9223372036854775807ns 1ns", "it is too long"},
      {"292.9y", "it is too long"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Result<Duration> duration = parse_duration(row.text);
    REQUIRE_FALSE(bool(duration));
    CHECK(duration.error().message == "not a duration: '" + std::string(row.text) + "' (" + std::string(row.why) + ")");
    CHECK(duration.error().code == nextest::ExitCode::SetupError);
    CHECK_FALSE(duration.error().hint.empty());
  }
}

TEST_CASE("duration: shown in seconds with three decimals, rounded, right-aligned") {
  CHECK(seconds(0) == "|0.000");
  CHECK(seconds(499999) == "|0.000");
  CHECK(seconds(500000) == "|0.001");
  CHECK(seconds(21 * ms, 8) == "|   0.021");
  CHECK(seconds(999 * ms + 500000) == "|1.000");
  CHECK(seconds(12345678 * ms, 8) == "|12345.678");
  CHECK(seconds(60 * s, 7) == "| 60.000");
  CHECK(seconds(nextest::thirty_years.ns) == "|946728000.000");
}

TEST_CASE("duration: sums, differences and order") {
  CHECK(Duration::seconds(2) == Duration::milliseconds(2000));
  CHECK((Duration::seconds(1) - Duration::seconds(3)).ns == -2 * s);
  CHECK((Duration::seconds(1) + Duration::milliseconds(1)).ns == 1001 * ms);
  CHECK(Duration{1} < Duration{2});
  CHECK_FALSE(Duration{2} < Duration{2});
  CHECK(Duration{2} <= Duration{2});
  CHECK(nextest::thirty_years < nextest::forever);
}

}  // namespace
