// Where real test programs fail, and what is read of it. A fixture marks its lines itself:
//   // HERE test | message      the failure of that test is in this line, and says that
//   // NOWHERE test | message   its output tells no place
#include "core/harness/table.hpp"
#include "core/report/failure_place.hpp"
#include "screen.hpp"

using ::nextest::Harness;

using namespace drive;

namespace {

struct Marked {
  std::string test;
  unsigned line = 0;  // 0: nowhere
  std::string message;
};

std::vector<Marked> marks_of(const std::string& source) {
  std::vector<Marked> marks;
  unsigned number = 0;
  for (const std::string& line : lines_of(read_file(source))) {
    ++number;
    const size_t at = line.find("HERE ");  // of NOWHERE as well
    if (at == std::string::npos || at == 0 || line[at - 1] == '"') continue;
    const bool nowhere = line[at - 1] == 'W';
    std::string text = detail::trimmed(line.substr(at + 5));
    if (ends_with(text, "*/")) text = detail::trimmed(text.substr(0, text.size() - 2));
    const size_t bar = text.find(" | ");
    marks.push_back({text.substr(0, bar), nowhere ? 0 : number, bar == std::string::npos ? "" : text.substr(bar + 3)});
  }
  return marks;
}

struct Failed {
  std::string test;
  ::nextest::CapturedOutput output;
};

// Frameworks draw rules of their own: what is indented under a status line is a test's. The last line says how it
// ended.
std::vector<Failed> failures_of(const std::string& report) {
  std::vector<Failed> list;
  std::string* text = nullptr;
  for (const std::string& line : lines_of(report)) {
    std::string word, rest;
    if (detail::parse_timed_line(line, word, rest)) {
      if (word == "Summary") break;
      list.push_back({rest.substr(rest.find(' ') + 1), {}});
      text = nullptr;
    } else if (list.empty()) {
      continue;
    } else if (starts_with(line, "  stdout ")) {
      text = &list.back().output.out;
    } else if (starts_with(line, "  stderr ")) {
      text = &list.back().output.err;
    } else if (starts_with(line, "    exited with ") || starts_with(line, "    aborted with ")) {
      text = nullptr;
    } else if (text != nullptr) {
      *text += (starts_with(line, "    ") ? line.substr(4) : line) + "\n";
    }
  }
  return list;
}

// The fixtures are built from the top folder; a test runs where its program is.
const std::string& source_folder() {
  static const std::string path = absolute(variable("FIXTURE_SOURCES", "tests/fixtures"));
  return path;
}

void check_places(const Harness& harness, const std::string& source, const Words& programs,
                  const std::string& backtrace = "") {
  const std::vector<Marked> marks = marks_of(source_folder() + "/" + source);
  REQUIRE(!marks.empty());
  Words words = {"run", "--no-fail-fast", "--failure-output", "immediate"};
  words.insert(words.end(), programs.begin(), programs.end());
  Options options;
  options.environment["RUST_BACKTRACE"] = backtrace;
  const Outcome outcome = drive::nextest(words, options);
  const std::vector<Failed> failures = failures_of(outcome.err);
  CHECK(failures.size() == (&harness == &::nextest::plain_harness ? programs.size() : marks.size()));
  for (const Failed& failed : failures) {
    const ::nextest::FailurePlace place = ::nextest::find_failure_place(harness, failed.output);
    INFO(failed.test << " printed:\n" << failed.output.out << "--- stderr\n" << failed.output.err);
    const auto mark =
        std::find_if(marks.begin(), marks.end(), [&](const Marked& one) { return one.test == failed.test; });
    CHECK(mark != marks.end());
    if (mark == marks.end()) continue;
    CHECK(place.line == mark->line);
    CHECK(place.message == mark->message);
    if (mark->line == 0) CHECK(place.file == "");
    else CHECK(ends_with(place.file, "tests/fixtures/" + source));
  }
}

#define PLACES_OF(framework, harness, name, suffix, backtrace)                           \
  TEST_CASE("failure places: " framework* needs(built(name))) {                          \
    check_places(::nextest::harness##_harness, name suffix, {fixture(name)}, backtrace); \
  }
PLACES_OF("GoogleTest", googletest, "places_googletest", ".cpp", "")
PLACES_OF("doctest", doctest, "places_doctest", ".cpp", "")
PLACES_OF("Catch2", catch2_v2, "places_catch2", ".cpp", "")
PLACES_OF("Boost.Test", boost_test, "places_boost_test", ".cpp", "")
PLACES_OF("CppUTest", cpputest, "places_cpputest", ".cpp", "")
PLACES_OF("Criterion", criterion, "places_criterion", ".c", "")
PLACES_OF("Rust", libtest, "places_rust", ".rs", "")
PLACES_OF("Rust with backtraces", libtest, "places_rust", ".rs", "1")

// Of a leaked mock the address is said, too, which is another each time.
TEST_CASE("failure places: GoogleMock" * needs(built("places_mocks"))) {
  const Outcome outcome = drive::nextest({"run", "--no-fail-fast", fixture("places_mocks")});
  const std::string source = "tests/fixtures/places_mocks.cpp";
  const auto place = [&](const std::string& test) {
    unsigned number = 0;
    for (const std::string& line : lines_of(read_file(source_folder() + "/places_mocks.cpp"))) {
      ++number;
      if (ends_with(line, "// HERE " + test)) return source + ":" + std::to_string(number) + ": ";
    }
    return "no line of " + test;
  };
  const std::string summary = outcome.err.substr(outcome.err.find("Summary ["));
  INFO(summary);
  CHECK(contains(summary, " 0 passed, 4 failed"));
  CHECK(contains(
      summary,
      place("leaked") + "this mock object (used in test Mocks.leaked) should be deleted but never is. Its address"));
  CHECK(contains(summary,
                 place("never_called") + "Actual function call count doesn't match EXPECT_CALL(source, next(1))"));
  CHECK(contains(summary, place("called_too_often") + "Mock function called more times than expected"));
  CHECK(contains(summary, " Uninteresting mock function call - returning default value. Function call: next(3)"));
}

// Each program is a test of its own name.
void check_programs(const Words& names) {
  Words programs;
  for (const std::string& name : names) programs.push_back(fixture(name));
  check_places(::nextest::plain_harness, "places_plain.cpp", programs);
}

TEST_CASE("failure places: plain programs") {
  check_programs({"place_assert", "place_abort", "place_exit", "place_throw", "place_noise"});
}

TEST_CASE("failure places: sanitizers" * needs(built("places_sanitized"))) {
  check_programs({"place_heap", "place_libc", "place_leak", "place_overflow", "place_null"});
}

}  // namespace
