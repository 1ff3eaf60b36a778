// Each framework's binary through nextest: the listing is the framework's own; each test gives the outcome, and prints
// what it prints, when the framework itself runs that one test alone. Every test of the fixtures says who it is
// ("I am NAME"), so a run of the wrong test, of none or of two shows.
#include "screen.hpp"

using namespace drive;

namespace {

// One test as its framework knows it.
struct Truth {
  std::string name;  // as the framework lists it
  Words said;        // what it printed about itself when it ran alone
  bool passed = false;
};

// "I am ..." and "I do ..." out of whatever the framework printed around it.
Words said_in(const Words& lines) {
  Words said;
  for (const std::string& line : lines) {
    for (const char* start : {"I am ", "I do "}) {
      const size_t at = line.find(start);
      if (at != std::string::npos) said.push_back(line.substr(at));
    }
  }
  return said;
}

std::string joined(const Words& words) {
  std::string text;
  for (const std::string& word : words) text += word + "\n";
  return text;
}

Words sorted(Words words) {
  std::sort(words.begin(), words.end());
  return words;
}

// How a name is compared: a newline is shown as `\n`; whether a tab is shown raw or as `\t`, and a bell as `\x07` or
// `\u{7}`, is no matter here.
std::string normal(const std::string& name) {
  std::string text;
  for (char c : name) {
    if (c == '\n') text += "\\n";
    else if (c == '\t') text += "\\t";
    else text += c;
  }
  return starts_with(text, "bell") ? "bell" : text;
}

Words normal(const Words& names) {
  Words result;
  for (const std::string& name : names) result.push_back(normal(name));
  return sorted(result);
}

Outcome alone(const Words& words, const Options& options = {}) {
  Options free = options;
  free.may_leave = true;
  return execute(words, free);
}

// Where names repeat, ` (SUITE)` or the like follows.
bool is_shown_as(const std::string& shown_name, const std::string& name) {
  const std::string want = normal(name);
  const std::string got = normal(shown_name);
  return got == want || starts_with(got, want + " (");
}

void compare(const std::string& id, const Words& options, const std::vector<Truth>& truths) {
  Words words = {"run",       "--no-fail-fast",   "--run-ignored", "all", "--success-output",
                 "immediate", "--failure-output", "immediate"};
  words.insert(words.end(), options.begin(), options.end());
  const Outcome outcome = nextest(words);
  const Screen screen = read_screen(outcome.err);
  INFO(shown(words));

  size_t failed = 0;
  for (const Truth& truth : truths) {
    failed += truth.passed ? 0 : 1;
    CAPTURE(truth.name);
    CAPTURE(joined(truth.said));
    CHECK(truth.said.size() >= 1);
    int found = 0;
    for (const StatusLine& line : screen.statuses) {
      if (said_in(line.body) != truth.said) continue;
      found++;
      CAPTURE(line.word);
      CAPTURE(line.test);
      CHECK((line.word == "PASS") == truth.passed);
      CHECK(starts_with(line.test, id + " "));
      if (starts_with(line.test, id + " ")) CHECK(is_shown_as(line.test.substr(id.size() + 1), truth.name));
    }
    CHECK(found == 1);
  }
  CHECK(screen.statuses.size() == truths.size());
  CHECK(counted(screen, "run") == static_cast<int>(truths.size()));
  CHECK(counted(screen, "failed") == static_cast<int>(failed));
  CHECK(counted(screen, "passed") == static_cast<int>(truths.size() - failed));
  CHECK(outcome.code == (failed == 0 ? 0 : 100));
  // What ran another test than its own, or none, or two, names nobody in `truths`.
  for (const StatusLine& line : screen.statuses) {
    const bool known =
        std::any_of(truths.begin(), truths.end(), [&](const Truth& truth) { return truth.said == said_in(line.body); });
    INFO(line.word << " " << line.test << " printed:\n" << joined(line.body));
    CHECK(known);
  }
}

// PASS, skipped or FAIL, by the test's name.
std::map<std::string, std::string> our_verdicts(const std::string& program, const Options& options = {}) {
  const Outcome outcome =
      nextest({"run", "--no-fail-fast", "--failure-output", "never", "--final-status-level", "none", program}, options);
  SHOW(outcome);
  std::map<std::string, std::string> verdicts;
  for (const StatusLine& line : read_screen(outcome.err).statuses) {
    const std::string name = line.test.substr(line.test.find(' ') + 1);
    const std::string skipped = " (skipped by the test)";
    if (ends_with(name, skipped)) verdicts[name.substr(0, name.size() - skipped.size())] = "skipped";
    else verdicts[name] = line.word == "PASS" ? "passed" : "failed";
  }
  return verdicts;
}

// ---- GoogleTest -----------------------------------------------------------------------------------------------------

Words googletest_listing(const std::string& path) {
  Words names;
  std::string suite;
  for (const std::string& line : lines_of(alone({path, "--gtest_list_tests"}).out)) {
    if (starts_with(line, "Running main") || starts_with(line, "    ")) continue;
    if (starts_with(line, "  ")) names.push_back(suite + line.substr(2, line.find("  # GetParam() = ", 2) - 2));
    else suite = line.substr(0, line.find("  # TypeParam = "));
  }
  return names;
}

// One shard a test: GoogleTest's own way to run the n-th test alone, whatever its name.
std::vector<Truth> googletest_truths(const std::string& path) {
  const Words names = googletest_listing(path);
  std::vector<Truth> truths;
  for (size_t i = 0; i < names.size(); i++) {
    Options options;
    options.environment["GTEST_TOTAL_SHARDS"] = std::to_string(names.size());
    options.environment["GTEST_SHARD_INDEX"] = std::to_string(i);
    const Outcome outcome = alone({path, "--gtest_also_run_disabled_tests"}, options);
    truths.push_back({names[i], said_in(lines_of(outcome.out)), outcome.code == 0});
    CHECK(truths.back().said == Words{"I am " + names[i]});
  }
  return truths;
}

TEST_CASE("googletest: the listing is GoogleTest's own" * needs(built("googletest"))) {
  const Words all = googletest_listing(fixture("googletest"));
  Words enabled;
  for (const std::string& name : all) {
    if (!contains(name, "DISABLED_")) enabled.push_back(name);
  }
  CHECK(all.size() > enabled.size());
  CHECK(sorted(listed({fixture("googletest"), "--run-ignored", "all"})) == sorted(all));
  CHECK(sorted(listed({fixture("googletest")})) == sorted(enabled));
  CHECK(listed({fixture("googletest"), "--run-ignored", "only"}).size() == all.size() - enabled.size());
}

TEST_CASE("googletest: each test runs as it does alone" * needs(built("googletest"))) {
  compare("googletest", {fixture("googletest")}, googletest_truths(fixture("googletest")));
}

TEST_CASE("googletest: a test that skips itself is a pass that says so" * needs(built("googletest"))) {
  const Outcome outcome = nextest({"run", fixture("googletest"), "Plain.Skips"});
  SHOW(outcome);
  CHECK(outcome.code == 0);
  CHECK(counted(read_screen(outcome.err), "passed") == 1);
  CHECK(contains(lower(outcome.err), "skipped by the test"));
}

TEST_CASE("googletest: disabled tests are skipped unless asked for" * needs(built("googletest"))) {
  const Outcome outcome = nextest({"run", fixture("googletest"), "--no-fail-fast"});
  SHOW(outcome);
  CHECK_FALSE(contains(outcome.err, "PASS DISABLED"));
  CHECK(counted(read_screen(outcome.err), "skipped") == 3);
  const Outcome only = nextest({"run", fixture("googletest"), "--run-ignored", "only", "--no-fail-fast"});
  CHECK(counted(read_screen(only.err), "run") == 3);
  CHECK(counted(read_screen(only.err), "passed") == 2);
}

TEST_CASE("googletest: two tests of one full name never make one pass together" * needs(built("googletest_twins"))) {
  const Outcome outcome = nextest({"run", fixture("googletest_twins"), "--no-fail-fast", "--success-output",
                                   "immediate", "--failure-output", "immediate"});
  SHOW(outcome);
  CHECK(outcome.code == 100);
  const Screen screen = read_screen(outcome.err);
  int twins = 0;
  for (const StatusLine& line : screen.statuses) {
    if (contains(line.test, "other")) {
      CHECK(line.word == "PASS");
      CHECK(said_in(line.body) == Words{"I am the neighbour"});
      continue;
    }
    twins++;
    if (line.word == "PASS") CHECK(said_in(line.body) == Words{"I am the elder"});
  }
  CHECK(twins >= 1);
}

TEST_CASE("googletest: the verdict on a test is GoogleTest's, whatever the test prints and in whatever colours" *
          needs(built("verdicts_googletest"))) {
  for (const char* colour : {"no", "yes"}) {
    Options options;
    options.environment["GTEST_COLOR"] = colour;
    const Outcome outcome = nextest({"run", fixture("verdicts_googletest"), "--no-fail-fast"}, options);
    CAPTURE(colour);
    SHOW(outcome);
    const Screen screen = read_screen(outcome.err);
    CHECK(screen.statuses.size() == 6);
    for (const StatusLine& line : screen.statuses) {
      CAPTURE(line.test);
      CHECK((line.word == "FAIL") == contains(line.test, " Fails."));
      CHECK(contains(line.test, "skipped by the test") == contains(line.test, " Skips."));
    }
  }
}

TEST_CASE("googletest: a test that never began was skipped" * needs(built("verdicts_googletest"))) {
  Options options;
  options.environment["SKIP_ALL"] = "1";
  const Outcome outcome = nextest({"run", fixture("verdicts_googletest")}, options);
  SHOW(outcome);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "6 passed (6 skipped by the test)"));
}

// ---- doctest --------------------------------------------------------------------------------------------------------

std::string xml_text(const std::string& text) {
  static const std::pair<const char*, const char*> entities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}};
  std::string result;
  for (size_t at = 0; at < text.size();) {
    bool entity = false;
    for (const auto& one : entities) {
      if (text.compare(at, strlen(one.first), one.first) != 0) continue;
      result += one.second;
      at += strlen(one.first);
      entity = true;
      break;
    }
    if (!entity) result += text[at++];
  }
  return result;
}

std::string xml_attribute(const std::string& element, const std::string& name) {
  const size_t at = element.find(" " + name + "=\"");
  if (at == std::string::npos) return "";
  const size_t from = at + name.size() + 3;
  return xml_text(element.substr(from, element.find('"', from) - from));
}

struct DoctestCase {
  std::string name;
  bool skipped = false;
};

std::vector<DoctestCase> doctest_listing(const std::string& path) {
  const std::string text = alone({path, "--list-test-cases", "--reporters=xml", "--no-skip"}).out;
  std::vector<DoctestCase> cases;
  for (size_t at = text.find("<TestCase"); at != std::string::npos; at = text.find("<TestCase", at + 1)) {
    const std::string element = text.substr(at, text.find("/>\n", at) - at);
    cases.push_back({xml_attribute(element, "name"), xml_attribute(element, "skipped") == "true"});
  }
  return cases;
}

// `--first=N --last=N` runs the N-th test of the listing alone, whatever its name.
std::vector<Truth> doctest_truths(const std::string& path) {
  const std::vector<DoctestCase> cases = doctest_listing(path);
  std::vector<Truth> truths;
  for (size_t i = 1; i <= cases.size(); i++) {
    const std::string number = std::to_string(i);
    const Outcome outcome = alone({path, "--no-skip", "--first=" + number, "--last=" + number});
    truths.push_back({cases[i - 1].name, said_in(lines_of(outcome.out)), outcome.code == 0});
    CAPTURE(outcome.out);
    CHECK(truths.back().said.size() >= 1);
  }
  return truths;
}

// The listing's names without what tells repeated ones apart.
Words without_suffix(Words names) {
  for (std::string& name : names) {
    for (const char* repeated : {"same", "both files", "line twin"}) {
      if (starts_with(name, std::string(repeated) + " (")) name = repeated;
    }
  }
  return names;
}

TEST_CASE("doctest: the listing is doctest's own" * needs(built("doctest"))) {
  Words all;
  Words enabled;
  for (const DoctestCase& one : doctest_listing(fixture("doctest"))) {
    all.push_back(one.name);
    if (!one.skipped) enabled.push_back(one.name);
  }
  CHECK(all.size() > enabled.size());
  CHECK(normal(without_suffix(listed({fixture("doctest"), "--run-ignored", "all"}))) == normal(all));
  CHECK(normal(without_suffix(listed({fixture("doctest")}))) == normal(enabled));
}

TEST_CASE("doctest: each test runs as it does alone" * needs(built("doctest"))) {
  compare("doctest", {fixture("doctest")}, doctest_truths(fixture("doctest")));
}

TEST_CASE("doctest: names that repeat are told apart" * needs(built("doctest"))) {
  Words names = listed({fixture("doctest"), "--run-ignored", "all"});
  CHECK(std::count(names.begin(), names.end(), "same (one)") == 1);
  CHECK(std::count(names.begin(), names.end(), "same (two)") == 1);
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

// ---- Catch2 ---------------------------------------------------------------------------------------------------------

// Catch2 v2 has no way to run the n-th test, and its test specs have traps for many names. So the spec that selects
// exactly this one is written here by hand; compare() proves that it does.
struct CatchCase {
  const char* name;
  const char* spec;
  bool hidden = false;
};

const CatchCase catch_cases[] = {
    {"passes", "passes"},
    {"fails", "fails"},
    {"passes too", "passes too"},
    {"throws", "throws"},
    {"sections", "sections"},
    {"hidden by a dot", "hidden by a dot", true},
    {"hidden and slow", "hidden and slow", true},
    {"hidden by hide", "hidden by hide", true},
    {"hidden and tagged", "hidden and tagged", true},
    {"may fail", "may fail"},
    {"should fail", "should fail"},
    {"should fail but does not", "should fail but does not"},
    {"typed - int", "typed - int"},
    {"typed - char", "typed - char"},
    {"has a door", "has a door"},
    {"Anonymous test case 1", "Anonymous test case 1"},
    {"comma, separated", "comma\\, separated"},
    {"comma", "comma"},
    {"quote \" and '", "quote \" and '"},
    {"\"quoted\"", "\\\"quoted\\\""},
    {"quoted", "quoted"},
    {"[brackets]", "\"[brackets]\""},
    {"tagged brackets", "tagged brackets"},
    {"in [the] middle", "\"in [the] middle\""},
    {"*star ends*", "\"**star ends**\""},
    {"rising star ends well", "rising star ends well"},
    {"only at end*", "\"*only at end**\""},
    {"only at end, really", "only at end\\, really"},
    {"*only at start", "\"**only at start\""},
    {"not only at start", "not only at start"},
    {"*", "\"***\"~\"**star ends**\"~\"*only at end**\"~\"**only at start\"~\"mid*dle\""},
    {"mid*dle", "mid*dle"},
    {"~tilde", "\"~tilde\""},
    {"tilde", "tilde"},
    {"exclude:x", "\"*exclude:x\""},
    {"x", "x"},
    {"#hash", "\"#hash\""},
    {"-dash", "\"-dash\""},
    {"--list-tests", "\"--list-tests\""},
    {"back\\slash", "\"back\\\\slash\""},
    {"back\\, comma", "\"back\\\\\\, comma\""},
    {"ends in back\\", "\"ends in back\\\\\""},
    {"two  blanks", "two  blanks"},
    {"gr\xc3\xb6\xc3\x9f\x65 \xe6\xbc\xa2\xe5\xad\x97", "gr\xc3\xb6\xc3\x9f\x65 \xe6\xbc\xa2\xe5\xad\x97"},
    {"<&> &amp;", "<&> &amp;"},
    {"what?", "what?"},
    {"tab\there", "tab\there"},
    {"line\nbreak", "line\nbreak"},
    {"line", "line"},
    {"a name of exactly one hundred and fifty characters, which is wider than the eighty columns that the long listing "
     "has, so that it has to be wrapped....",
     "a name of exactly one hundred and fifty characters\\, which is wider than the eighty columns that the long "
     "listing has\\, so that it has to be wrapped...."},
};

Words catch_listing(const Words& words) {
  Words lines = lines_of(alone(words).out);
  for (std::string& line : lines) {
    if (line == "\"#hash\"") line = "#hash";  // Catch2 quotes what would be a comment in a file of names
  }
  return lines;
}

// One name a line, as Catch2 prints them.
Words as_lines(const Words& names) {
  Words lines;
  for (const std::string& name : names) {
    if (name == "line\\nbreak") lines.insert(lines.end(), {"line", "break"});
    else lines.push_back(name);
  }
  return lines;
}

TEST_CASE("catch2: the listing is Catch2's own" * needs(built("catch2"))) {
  const std::string path = fixture("catch2");
  CHECK(normal(as_lines(listed({path}))) == normal(catch_listing({path, "--list-test-names-only"})));
  CHECK(normal(as_lines(listed({path, "--run-ignored", "all"}))) ==
        normal(catch_listing({path, "--list-test-names-only", "*"})));
  Words hidden;
  for (const CatchCase& one : catch_cases) {
    if (one.hidden) hidden.push_back(one.name);
  }
  CHECK(normal(listed({path, "--run-ignored", "only"})) == normal(hidden));
}

TEST_CASE("catch2: each test runs as it does alone" * needs(built("catch2"))) {
  std::vector<Truth> truths;
  for (const CatchCase& one : catch_cases) {
    const Outcome outcome = alone({fixture("catch2"), one.spec});
    truths.push_back({one.name, said_in(lines_of(outcome.out)), outcome.code == 0});
    NOTE(one.spec);
    CHECK(!truths.back().said.empty());
    if (!truths.back().said.empty()) CHECK(truths.back().said[0] == "I am " + normal(std::string(one.name)));
    CHECK(std::count_if(truths.back().said.begin(), truths.back().said.end(),
                        [](const std::string& line) { return starts_with(line, "I am"); }) == 1);
  }
  compare("catch2", {fixture("catch2")}, truths);
}

// ---- libtest --------------------------------------------------------------------------------------------------------

Words libtest_listing(const Words& words) {
  Words names;
  for (const std::string& line : lines_of(alone(words).out)) {
    if (ends_with(line, ": test")) names.push_back(line.substr(0, line.size() - 6));
  }
  return names;
}

std::vector<Truth> libtest_truths(const std::string& path) {
  const Words ignored = libtest_listing({path, "--list", "--format", "terse", "--ignored"});
  std::vector<Truth> truths;
  for (const std::string& name : sorted(libtest_listing({path, "--list", "--format", "terse"}))) {
    Words words = {path, name, "--exact", "--nocapture"};
    if (std::count(ignored.begin(), ignored.end(), name) > 0) words.push_back("--ignored");
    const Outcome outcome = alone(words);
    truths.push_back({name, said_in(lines_of(outcome.out)), outcome.code == 0});
    CHECK(truths.back().said == Words{"I am " + name});
  }
  return truths;
}

void check_libtest_listing(const std::string& path, const Words& options) {
  const Words all = libtest_listing({path, "--list", "--format", "terse"});
  const Words ignored = libtest_listing({path, "--list", "--format", "terse", "--ignored"});
  Words rest;
  for (const std::string& name : all) {
    if (std::count(ignored.begin(), ignored.end(), name) == 0) rest.push_back(name);
  }
  auto with = [&](const Words& more) {
    Words words = options;
    words.insert(words.end(), more.begin(), more.end());
    return sorted(listed(words));
  };
  CHECK(with({"--run-ignored", "all"}) == sorted(all));
  CHECK(with({"--run-ignored", "only"}) == sorted(ignored));
  CHECK(with({}) == sorted(rest));
  CHECK(ignored.size() == 2);
}

TEST_CASE("rust: the listing is libtest's own" * needs(built("rust"))) {
  check_libtest_listing(fixture("rust"), {fixture("rust")});
}

TEST_CASE("rust: each test runs as it does alone" * needs(built("rust"))) {
  compare("rust", {fixture("rust")}, libtest_truths(fixture("rust")));
}

TEST_CASE("protocol: a hand-written script lists what it says") {
  check_libtest_listing(fixture("protocol.sh"), {"--harness", "libtest", fixture("protocol.sh")});
}

TEST_CASE("protocol: each test of the script runs as it does alone") {
  compare("protocol.sh", {"--harness", "libtest", fixture("protocol.sh")}, libtest_truths(fixture("protocol.sh")));
}

// ---- Boost.Test -----------------------------------------------------------------------------------------------------

// As with Catch2, the filter that selects exactly this test is written by hand; compare() proves that it does.
struct BoostCase {
  const char* name;
  const char* filter;
  bool disabled = false;
};

const BoostCase boost_cases[] = {
    {"passes", "passes"},
    {"passes_without_checks", "passes_without_checks"},
    {"fails", "fails"},
    {"throws", "throws"},
    {"crashes", "crashes"},
    {"warns", "warns"},
    {"exits_early", "exits_early"},
    {"times_out", "times_out"},
    {"fails_as_expected", "fails_as_expected"},
    {"suite/passes", "suite/passes"},
    {"suite/disabled", "suite/disabled", true},
    {"suite/disabled_and_fails", "suite/disabled_and_fails", true},
    {"suite/depends", "suite/depends"},
    {"suite/not_here", "suite/not_here"},
    {"suite/inner/passes", "suite/inner/passes"},
    {"suite/inner/fails", "suite/inner/fails"},
    {"off/inherits", "off/inherits", true},
    {"off/on_again", "off/on_again"},
    {"data/_0", "data/_0"},
    {"data/_1", "data/_1"},
    {"data/_2", "data/_2"},
    {"typed<int>", "typed<int>"},
    {"typed<std__pair<int_ long>>", "typed<std__pair<int_ long>>"},
    {"typed<std__pair<int_ char>>", "typed<std__pair<int_ char>>"},
    {"back\\slash", "back\\slash"},
    {"quo\"te", "quo\"te"},
    {"pipe|x(3)", "pipe|x(3)"},
    {"x|timeout=3", "x|timeout=3"},
    {"new\nline", "new\nline"},
    {"gr\xc3\xb6\xc3\x9f\x65", "gr\xc3\xb6\xc3\x9f\x65"},
    {"-dash", "-dash"},
    {"--list_content", "--list_content"},
    {"two  blanks", "two  blanks"},
    {"semi;colon];", "semi;colon];"},
    {"what?", "what?"},
    {"comma, separated", "comma*"},
    {"separated", "separated"},
    {"co:lon", "!comma*:co*"},
    {"lon", "lon"},
    {"*star*", "!rising star ends:*star*"},
    {"rising star ends", "rising star ends"},
    {"!bang", "*bang"},
};

void check_boost_listing(const std::string& name) {
  const std::string list = alone({fixture(name), "--list_content=HRF"}).err;
  Words all, enabled;
  for (const BoostCase& one : boost_cases) {
    const std::string full = one.name;
    const size_t depth = static_cast<size_t>(std::count(full.begin(), full.end(), '/'));
    const std::string line =
        std::string(4 * depth, ' ') + full.substr(full.rfind('/') + 1) + (one.disabled ? " " : "*");
    NOTE(line);
    CHECK((contains(list, "\n" + line + "\n") || contains(list, "\n" + line + ": ") || starts_with(list, line + "\n")));
    all.push_back(full);
    if (!one.disabled) enabled.push_back(full);
  }
  const size_t suites = 4;
  const std::string graph = alone({fixture(name), "--list_content=DOT"}).err;
  CHECK(occurrences(graph, "[shape=Mrecord") == static_cast<int>(all.size() + suites));
  CHECK(normal(listed({fixture(name), "--run-ignored", "all"})) == normal(all));
  CHECK(normal(listed({fixture(name)})) == normal(enabled));
  CHECK(listed({fixture(name), "--run-ignored", "only"}).size() == all.size() - enabled.size());
}

void check_boost_runs(const std::string& name) {
  std::vector<Truth> truths;
  for (const BoostCase& one : boost_cases) {
    const Outcome outcome = alone({fixture(name), std::string("--run_test=") + one.filter});
    // Alone it exits with 0, which we do not take for a pass.
    truths.push_back(
        {one.name, said_in(lines_of(outcome.out)), outcome.code == 0 && std::string(one.name) != "exits_early"});
    NOTE(one.name);
    REQUIRE(!truths.back().said.empty());
    CHECK(truths.back().said.back() == "I am " + normal(std::string(one.name)));
    CHECK(truths.back().said.size() == (std::string(one.name) == "suite/depends" ? 2 : 1));
  }
  compare(name, {fixture(name)}, truths);
}

// As a header, and with its library, static and shared.
#define BOOST_TESTS(name, how)                                                                                      \
  TEST_CASE("boost-test: the listing is Boost.Test's own, " how* needs(built(name))) { check_boost_listing(name); } \
  TEST_CASE("boost-test: each test runs as it does alone, " how* needs(built(name))) { check_boost_runs(name); }
BOOST_TESTS("boost_test", "header only")
BOOST_TESTS("boost_test_static", "static")
BOOST_TESTS("boost_test_shared", "shared")

TEST_CASE("boost-test: a crash is the signal it is, an early exit is no pass, a precondition skips" *
          needs(built("boost_test"))) {
  const Outcome outcome = nextest({"run", fixture("boost_test"), "--no-fail-fast"});
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(status_of(screen, "boost_test crashes").word == "SIGSEGV");
  CHECK(status_of(screen, "boost_test exits_early").word == "FAIL");
  CHECK(contains(outcome.err, "its harness was cut short"));
  CHECK(status_of(screen, "boost_test suite/not_here (skipped by the test)").word == "PASS");
  CHECK(counted(screen, "skipped") == 3);
}

TEST_CASE("boost-test: the user's variables change neither what runs nor how it counts" * needs(built("boost_test"))) {
  const std::pair<const char*, const char*> variables[] = {
      {"BOOST_TEST_LIST_CONTENT", "HRF"},  {"BOOST_TEST_LIST_LABELS", "yes"},    {"BOOST_TEST_RESULT_CODE", "no"},
      {"BOOST_TEST_RUN_FILTERS", "fails"}, {"BOOST_TEST_OUTPUT_FORMAT", "XML"},  {"BOOST_TEST_REPORT_LEVEL", "no"},
      {"BOOST_TEST_LOG_LEVEL", "nothing"}, {"BOOST_TEST_REPORT_SINK", "stdout"}, {"BOOST_TEST_RANDOM", "1"}};
  for (const auto& one : variables) {
    NOTE(one.first);
    Options options;
    options.environment[one.first] = one.second;
    const Outcome outcome = nextest({"run", fixture("boost_test"), "--no-fail-fast", "--success-output", "immediate",
                                     "--failure-output", "immediate", "--", "suite/"},
                                    options);
    SHOW(outcome);
    const Screen screen = read_screen(outcome.err);
    CHECK(counted(screen, "run") == 5);
    CHECK(counted(screen, "failed") == 1);
    CHECK(status_of(screen, "boost_test suite/inner/fails").word == "FAIL");
    CHECK(status_of(screen, "boost_test suite/not_here (skipped by the test)").word == "PASS");
    CHECK(said_in(status_of(screen, "boost_test suite/passes").body) == Words{"I am suite/passes"});
  }
}

// ---- CppUTest -------------------------------------------------------------------------------------------------------

const Words cpputest_ignored = {"Hidden.ignored", "One.ignored", "One.ignored_and_fails"};

Words cpputest_listing(const std::string& path) {
  Words names;
  const std::string list = alone({path, "-ln"}).out;
  for (size_t at = 0; at < list.size();) {
    const size_t end = std::min(list.find(' ', at), list.size());
    names.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

TEST_CASE("cpputest: the listing is CppUTest's own" * needs(built("cpputest"))) {
  const Words all = cpputest_listing(fixture("cpputest"));
  CHECK(all.size() == 16);
  CHECK(listed({fixture("cpputest"), "--run-ignored", "all"}) == all);
  CHECK(sorted(listed({fixture("cpputest"), "--run-ignored", "only"})) == cpputest_ignored);
}

// What -v prints of a test is an argument that runs it.
TEST_CASE("cpputest: each test runs as it does alone" * needs(built("cpputest"))) {
  std::vector<Truth> truths;
  for (const std::string& name : cpputest_listing(fixture("cpputest"))) {
    const size_t dot = name.find('.');
    const bool ignored = std::count(cpputest_ignored.begin(), cpputest_ignored.end(), name) > 0;
    Words words = {fixture("cpputest"),
                   (ignored ? "IGNORE_TEST(" : "TEST(") + name.substr(0, dot) + ", " + name.substr(dot + 1) + ")"};
    if (ignored) words.push_back("-ri");
    const Outcome outcome = alone(words);
    truths.push_back({name, said_in(lines_of(outcome.out)), outcome.code == 0 && name != "One.exits_early"});
    CHECK(truths.back().said == Words{"I am " + name});
  }
  compare("cpputest", {fixture("cpputest")}, truths);
}

TEST_CASE("cpputest: an early exit is no pass, and two tests of one full name never make one pass together" *
          needs(built("cpputest_twins"))) {
  const Outcome outcome = nextest({"run", fixture("cpputest_twins"), "--no-fail-fast"});
  SHOW(outcome);
  const Screen screen = read_screen(outcome.err);
  CHECK(status_of(screen, "cpputest_twins One.exits_early").word == "FAIL");
  CHECK(status_of(screen, "cpputest_twins Twins.same").word == "FAIL");  // CppUTest lists the name once
  CHECK(contains(outcome.err, "its harness was cut short"));
  CHECK(contains(outcome.err, "its harness ran 2 tests instead of 1"));
  CHECK(counted(screen, "skipped") == 3);
}

// ---- Criterion ------------------------------------------------------------------------------------------------------

struct CriterionCase {
  std::string name;
  bool disabled = false;
};

std::vector<CriterionCase> criterion_listing(const std::string& path) {
  std::vector<CriterionCase> cases;
  std::string suite;
  Options options;
  options.environment["LC_ALL"] = "C";
  for (const std::string& line : lines_of(alone({path, "--list"}, options).out)) {
    const bool disabled = ends_with(line, " (skipped)");
    if (line[0] != '|' && line[0] != '`') suite = line.substr(0, line.find(':'));
    else cases.push_back({suite + "/" + line.substr(4, line.size() - 4 - (disabled ? 10 : 0)), disabled});
  }
  return cases;
}

TEST_CASE("criterion: the listing is Criterion's own, in any locale" * needs(built("criterion"), utf8_locale())) {
  Words all, enabled;
  for (const CriterionCase& one : criterion_listing(fixture("criterion"))) {
    all.push_back(one.name);
    if (!one.disabled) enabled.push_back(one.name);
  }
  CHECK(all.size() == enabled.size() + 2);
  for (const char* locale : {"C", "C.UTF-8"}) {
    Options options;
    options.environment["LC_ALL"] = locale;
    const Outcome outcome =
        nextest({"list", "--message-format", "oneline", fixture("criterion"), "--run-ignored", "all"}, options);
    Words names;
    for (const std::string& line : lines_of(outcome.out)) names.push_back(line.substr(line.find(' ') + 1));
    CHECK(names == all);
  }
  CHECK(listed({fixture("criterion")}) == enabled);
}

TEST_CASE("criterion: each test runs as it does alone" * needs(built("criterion"))) {
  std::vector<Truth> truths;
  for (const CriterionCase& one : criterion_listing(fixture("criterion"))) {
    if (one.disabled) continue;
    const Outcome outcome = alone({fixture("criterion"), "--filter", one.name});
    truths.push_back({one.name, said_in(lines_of(outcome.out)), outcome.code == 0});
    CHECK(std::count(truths.back().said.begin(), truths.back().said.end(), "I am " + one.name) == 1);
    CHECK(std::count_if(truths.back().said.begin(), truths.back().said.end(),
                        [](const std::string& line) { return starts_with(line, "I am"); }) == 1);
  }
  compare("criterion", {fixture("criterion"), "--run-ignored", "default"}, truths);
}

TEST_CASE("criterion: a test that skips itself passes, one that is disabled cannot be run" *
          needs(built("criterion"))) {
  const Outcome skipped = nextest({"run", fixture("criterion"), "--", "one/skips"});
  SHOW(skipped);
  CHECK(skipped.code == 0);
  CHECK(contains(skipped.err, "skipped by the test"));
  const Outcome only = nextest({"run", fixture("criterion"), "--run-ignored", "only", "--no-fail-fast"});
  SHOW(only);
  CHECK(only.code == 100);
  CHECK(counted(read_screen(only.err), "failed") == 2);
  CHECK(contains(only.err, "its harness ran 0 tests instead of 1"));
}

TEST_CASE("criterion: the user's variables change neither what runs nor how it counts" * needs(built("criterion"))) {
  const std::pair<const char*, const char*> variables[] = {
      {"CRITERION_ALWAYS_SUCCEED", "1"},
      {"CRITERION_ENABLE_TAP", "1"},
      {"CRITERION_TEST_PATTERN", "x/y"},
      {"CRITERION_OUTPUTS", "json:-"},
      {"CRITERION_JOBS", "9"},
      {"CRITERION_FAIL_FAST", "1"},
      {"CRITERION_VERBOSITY_LEVEL", "-1"},
      {"CRITERION_VERBOSITY_LEVEL", "0"},
      {"CRITERION_VERBOSITY_LEVEL", "3"},
      {"CRITERION_USE_ASCII", "1"},
      {"CRITERION_SHORT_FILENAME", "1"},
      {"CRITERION_DISABLE_TIME_MEASUREMENTS", "1"},
  };
  for (const auto& one : variables) {
    NOTE(one.first);
    NOTE(one.second);
    Options options;
    options.environment[one.first] = one.second;
    const Outcome outcome = nextest(
        {"run", fixture("criterion"), "--no-fail-fast", "--", "one/fails", "one/skips", "one/passes_too"}, options);
    SHOW(outcome);
    CHECK(counted(read_screen(outcome.err), "passed") == 2);
    CHECK(counted(read_screen(outcome.err), "failed") == 1);
    CHECK(contains(outcome.err, "one/skips (skipped by the test)"));
  }
  // A level of 3 and more takes the report away.
  Options quiet;
  quiet.environment["CRITERION_VERBOSITY_LEVEL"] = "3";
  CHECK(our_verdicts(fixture("criterion"), quiet) == our_verdicts(fixture("criterion")));
}

// Its tests are processes in sessions of their own; that none is left is checked for every run.
TEST_CASE("criterion: a test that hangs is ended with all its processes" * needs(built("criterion"))) {
  Options options;
  options.environment["SLEEP_LONG"] = "1";
  const Outcome outcome = nextest({"run", fixture("criterion"), "--slow-timeout", "300ms", "--terminate-after", "1",
                                   "--grace-period", "200ms", "--", "slow/sleeps"},
                                  options);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(status_of(read_screen(outcome.err), "criterion slow/sleeps").word == "TIMEOUT");
}

// ---- plain, and what all have in common -----------------------------------------------------------------------------

TEST_CASE("plain: the program is one test, named as the binary") {
  CHECK(listed({fixture("plain")}) == Words{"plain"});
  const Outcome outcome = nextest({"run", fixture("plain"), "--success-output", "immediate"});
  SHOW(outcome);
  CHECK(outcome.code == 0);
  const StatusLine line = status_of(read_screen(outcome.err), "plain plain");
  CHECK(line.word == "PASS");
  CHECK(said_in(line.body) == Words{"I am plain"});
}

// Their exit code is the number of failures, modulo 256.
TEST_CASE("plain: what Unity and cmocka print at their end goes before the exit code") {
  const std::map<std::string, std::string> expected = {
      {"unity-3-0-0", "passed"},          {"unity-3-1-0", "failed"},      {"unity-80-77-0", "failed"},
      {"unity-256-256-0", "failed"},      {"unity-3-0-1", "passed"},      {"unity-2-0-2", "skipped"},
      {"looks-at-unity-3-1-0", "passed"}, {"cmocka-3-0-0", "passed"},     {"cmocka-3-1-0", "failed"},
      {"cmocka-80-77-0", "failed"},       {"cmocka-256-256-0", "failed"}, {"cmocka-3-0-3", "passed"},
      {"looks-at-cmocka-3-1-0", "passed"}};
  for (const auto& one : expected) {
    CAPTURE(one.first);
    CHECK(our_verdicts(fixture(one.first)) == std::map<std::string, std::string>{one});
  }
  // The exit code is what cannot tell.
  CHECK(execute({fixture("unity-80-77-0")}).code == 77);
  CHECK(execute({fixture("cmocka-80-77-0")}).code == 77);
  CHECK(execute({fixture("unity-256-256-0")}).code == 0);
  CHECK(execute({fixture("cmocka-256-256-0")}).code == 0);
}

TEST_CASE("plain: what UBSan's minimal runtime reports fails a test, unless it is to be ignored" *
          needs(built("minimal_sanitized"))) {
  const std::string program = fixture("minimal_sanitized");
  const Outcome itself = execute({program});
  CHECK(itself.code == 0);
  CHECK(contains(itself.err, "ubsan: add-overflow"));
  CHECK(our_verdicts(program) == std::map<std::string, std::string>{{"minimal_sanitized", "failed"}});
  const Outcome outcome = nextest({"run", program});
  SHOW(outcome);
  CHECK(status_of(read_screen(outcome.err), "minimal_sanitized minimal_sanitized").word == "SANITIZER");
  const Outcome ignored = nextest({"run", program, "--config", "sanitizer-reports = 'ignore'"});
  SHOW(ignored);
  CHECK(ignored.code == 0);
  CHECK(counted(read_screen(ignored.err), "passed") == 1);
}

TEST_CASE("human listing: the binary's id, then its tests, indented") {
  const Outcome outcome = nextest({"list", "--message-format", "human", fixture("plain"), fixture("exit-0")});
  SHOW(outcome);
  CHECK(outcome.code == 0);
  const Words lines = lines_of(outcome.out);
  CHECK(std::count(lines.begin(), lines.end(), "plain:") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "    plain") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "exit-0:") == 1);
  CHECK(std::count(lines.begin(), lines.end(), "    exit-0") == 1);
}

void check_together(const Words& names) {
  Words words = {"run", "--no-fail-fast", fixture("plain"), fixture("exit-0")};
  for (const std::string& name : names) words.push_back(fixture(name));
  const Outcome outcome = nextest(words);
  SHOW(outcome);
  CHECK(contains(outcome.err, "across " + std::to_string(words.size() - 2) + " binar"));
  CHECK(status_of(read_screen(outcome.err), "plain plain").word == "PASS");
}

TEST_CASE("plain programs and doctest in one run" * needs(built("doctest"))) { check_together({"doctest"}); }

TEST_CASE("rust: a benchmark runs once, as a test" * needs(built("rust_bench"))) {
  const Outcome outcome = nextest({"run", fixture("rust_bench"), "--success-output", "final"});
  SHOW(outcome);
  CHECK(outcome.code == 0);
  CHECK(contains(outcome.err, "2 tests run: 2 passed"));
  const std::size_t first = outcome.err.find("one iteration\n");
  REQUIRE(first != std::string::npos);
  CHECK(outcome.err.find("one iteration\n", first + 1) == std::string::npos);
}

TEST_CASE("all frameworks in one run" * needs(built("googletest"), built("doctest"), built("catch2"), built("rust"),
                                              built("boost_test"), built("cpputest"), built("criterion"))) {
  check_together({"googletest", "doctest", "catch2", "rust", "boost_test", "cpputest", "criterion"});
}

// What a program's own main prints before, after and at its exit is not the list.
void check_list(const std::string& name, const Words& tests) {
  NOTE(name);
  Words expected;
  for (const std::string& test : tests) expected.push_back(name + " " + test);
  const Outcome list = nextest({"list", "--message-format", "oneline", fixture(name)});
  SHOW(list);
  CHECK(list.code == 0);
  CHECK(lines_of(list.out) == expected);
  CHECK_FALSE(contains(list.err, "I am "));
  const Outcome run = nextest({"run", "--success-output", "immediate", fixture(name)});
  SHOW(run);
  CHECK(run.code == 0);
  CHECK(counted(read_screen(run.err), "passed") == static_cast<int>(tests.size()));
  for (const std::string& test : tests) CHECK(contains(run.err, "I am " + test));
}

// Nor does it change a verdict. The first of the tests fails with FAIL in its environment.
void check_main(const std::string& name, const Words& tests) {
  check_list(name, tests);
  Options options;
  options.environment["FAIL"] = "1";
  const Outcome run = nextest({"run", "--no-fail-fast", fixture(name)}, options);
  SHOW(run);
  CHECK(run.code == 100);
  CHECK(counted(read_screen(run.err), "run") == static_cast<int>(tests.size()));
  CHECK(counted(read_screen(run.err), "failed") == 1);
  CHECK(status_of(read_screen(run.err), name + " " + tests.front()).word == "FAIL");
}

TEST_CASE("googletest: a main that prints in the form of a list" * needs(built("mains_googletest"))) {
  needs_feature("JSON");  // in which GoogleTest writes its list to a file
  check_list("mains_googletest", {"Calc.Adds", "Calc.Subtracts"});
}

TEST_CASE("googletest: RecordProperty is a property in JUnit, and costs nothing without" *
          needs(built("properties_googletest"))) {
  needs_feature("configuration files");  // a build without has no properties
  const TempDir dir;
  Options options;
  options.environment["TMPDIR"] = dir.path();
  const Words words = {"run", "--no-fail-fast", "--retries", "1", fixture("properties_googletest")};
  Words with = words;
  with.insert(with.end(), {"--junit", dir / "report.xml"});
  const Outcome outcome = nextest(with, options);
  SHOW(outcome);
  const std::string report = read_file(dir / "report.xml");
  const auto properties_of = [&](const std::string& test) {
    const std::string text = report.substr(report.find("<testcase name=\"" + test + "\""));
    std::string found;
    for (const std::string& line : lines_of(text.substr(0, text.find("<testcase", 1)))) {
      if (contains(line, "<property ")) found += detail::trimmed(line);
    }
    return found;
  };
  CHECK(properties_of("Properties.passes") ==
        "<property name=\"answer\" value=\"42\"/>"
        "<property name=\"a_text\" value=\"&lt;&quot;tab&#9;&quot; &amp; more&gt;\"/>");
  CHECK(properties_of("Properties.fails") == "<property name=\"answer\" value=\"41\"/>");
  CHECK(properties_of("Properties.flaky") == "<property name=\"attempt\" value=\"2\"/>");
  CHECK(properties_of("Properties.none") == "");
  CHECK(properties_of("Properties.dies") == "");
  CHECK(properties_of("Some/Numbers.are/1") == "<property name=\"number\" value=\"2\"/>");
  CHECK_FALSE(contains(outcome.err, "nextest-report-"));
  const auto left = [&] { return execute({"/bin/ls", dir.path()}).out; };
  CHECK(left() == "report.xml\n");

  // What the user asks GoogleTest for is left alone.
  options.environment["GTEST_OUTPUT"] = "xml:" + (dir / "own/");
  nextest(with, options);
  CHECK(left() == "own\nreport.xml\n");
  CHECK_FALSE(contains(read_file(dir / "report.xml"), "<property "));
}

// Times and ids of processes are others in each list.
bool differs_at_each_start(const std::string& name, const std::string& list_option) {
  return alone({fixture(name), list_option}).out != alone({fixture(name), list_option}).out;
}

TEST_CASE("cpputest: a program that prints around its list, names that begin with digits" *
          needs(built("mains_cpputest"))) {
  CHECK(differs_at_each_start("mains_cpputest", "-ln"));
  check_main("mains_cpputest", {"2nd.subtracts", "Calc.1st", "Calc.adds"});
}

TEST_CASE("catch2: a program that prints around its list" * needs(built("mains_catch2"))) {
  CHECK(differs_at_each_start("mains_catch2", "--list-test-names-only"));
  check_main("mains_catch2", {"adds", "all of it"});
  CHECK(listed({fixture("mains_catch2"), "--run-ignored", "only"}) == Words{"2nd"});
}

TEST_CASE("doctest: a program that prints around its list" * needs(built("mains_doctest"))) {
  check_main("mains_doctest", {"adds", "subtracts"});
  CHECK(listed({fixture("mains_doctest"), "--run-ignored", "only"}) == Words{"2nd"});
}

TEST_CASE("Catch2: a choice that is too long for an argument goes through a file, which is gone then" *
          needs(built("many_catch2"))) {
  const TempDir temporary;
  Options options;
  options.environment["TMPDIR"] = temporary.path();
  const Outcome outcome = nextest({"run", fixture("many_catch2"), "--", "--exact", "prefix*"}, options);
  SHOW(outcome);
  CHECK(outcome.code == 100);
  CHECK(contains(outcome.err, "500 (0x1f4) == 0"));
  CHECK(contains(outcome.err, "1 test run: 0 passed, 1 failed, 500 skipped"));
  CHECK(rmdir(temporary.path().c_str()) == 0);  // it is empty
}

TEST_CASE("GoogleMock's mocks alone: the program is a plain one" * needs(built("mocks_alone"))) {
  needs_feature("JSON");  // by which an empty list is told from none
  check_list("mocks_alone", {"mocks_alone"});
}

TEST_CASE("doctest with GoogleMock: listing runs none of its tests" * needs(built("mocks_doctest"))) {
  check_list("mocks_doctest", {"mocked", "by hand"});
}

// Some frameworks report on standard error, some on standard output: with both in one, the verdicts are the same.
void check_combined_output(const std::string& name) {
  const TempDir dir;
  write_file(dir / "combined.toml", "[profile.default]\ncombine-output = true\n");
  write_file(dir / "plain.toml", "[profile.default]\n");
  const auto verdicts = [&](const char* config) {
    const Outcome outcome =
        nextest({"run", "--no-fail-fast", "--failure-output", "never", "--config-file", dir / config, fixture(name)});
    Words lines;
    for (const std::string& line : lines_of(outcome.err)) {
      std::string word, rest;
      if (detail::parse_timed_line(line, word, rest) && word != "Summary") lines.push_back(word + " " + rest);
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  };
  const Words expected = verdicts("plain.toml");
  CHECK_FALSE(expected.empty());
  CHECK(verdicts("combined.toml") == expected);
}

#define COMBINED_OUTPUT_OF(name)                                                                      \
  TEST_CASE("combine-output: the verdicts are what they are without, of " name* needs(built(name))) { \
    check_combined_output(name);                                                                      \
  }
COMBINED_OUTPUT_OF("googletest")
COMBINED_OUTPUT_OF("verdicts_googletest")
COMBINED_OUTPUT_OF("places_googletest")
COMBINED_OUTPUT_OF("doctest")
COMBINED_OUTPUT_OF("verdicts_doctest")
COMBINED_OUTPUT_OF("catch2")
COMBINED_OUTPUT_OF("verdicts_catch2")
COMBINED_OUTPUT_OF("boost_test")
COMBINED_OUTPUT_OF("places_boost_test")
COMBINED_OUTPUT_OF("cpputest")
COMBINED_OUTPUT_OF("verdicts_cpputest")
COMBINED_OUTPUT_OF("criterion")
COMBINED_OUTPUT_OF("places_criterion")
COMBINED_OUTPUT_OF("rust")
COMBINED_OUTPUT_OF("verdicts_rust")
COMBINED_OUTPUT_OF("places_rust")

// What is between the first `begin` and the `end` behind it.
std::string between(const std::string& text, const std::string& begin, const std::string& end) {
  const size_t from = text.find(begin);
  if (from == std::string::npos) return "";
  const size_t start = from + begin.size();
  return text.substr(start, text.find(end, start) - start);
}

std::string without_entities(std::string text) {
  for (const auto& [entity, character] :
       {std::pair{"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&apos;", "'"}, {"&amp;", "&"}}) {
    for (size_t at = 0; (at = text.find(entity, at)) != std::string::npos; ++at)
      text.replace(at, strlen(entity), character);
  }
  return text;
}

// The framework's own verdict on each test of a whole run: "passed", "failed", "aborted", "skipped", by its path.
std::map<std::string, std::string> boost_verdicts(const std::string& program) {
  const std::string report = execute({program, "--report_format=XML", "--report_level=detailed", "--report_sink=stdout",
                                      "--log_level=nothing"})
                                 .out;
  std::map<std::string, std::string> verdicts;
  std::vector<std::string> path;
  for (size_t at = 0; (at = report.find('<', at)) != std::string::npos; ++at) {
    const std::string rest = report.substr(at, 500);
    if (starts_with(rest, "</TestSuite>") || starts_with(rest, "</TestCase>")) path.pop_back();
    if (!starts_with(rest, "<TestSuite ") && !starts_with(rest, "<TestCase ")) continue;
    const auto value = [&](const std::string& name) {
      const size_t begin = rest.find(name + "=\"") + name.size() + 2;
      return without_entities(rest.substr(begin, rest.find('"', begin) - begin));
    };
    path.push_back(path.empty() ? "" : path.back() + (path.back().empty() ? "" : "/") + value("name"));
    if (starts_with(rest, "<TestCase ")) verdicts[path.back()] = value("result");
  }
  return verdicts;
}

TEST_CASE("Boost.Test: decorators mean what they mean to the framework" * needs(built("decorators_boost_test"))) {
  std::map<std::string, std::string> own = boost_verdicts(fixture("decorators_boost_test"));
  CHECK(own.size() == 26);
  for (auto& one : own) {
    if (one.second == "aborted") one.second = "failed";
  }
  CHECK(our_verdicts(fixture("decorators_boost_test")) == own);
}

TEST_CASE(
    "Boost.Test: what main prints is not the verdict, an early end is no pass, a suite's skip is that of its tests" *
    needs(built("verdicts_boost_test"))) {
  const std::map<std::string, std::string> expected = {{"passes", "passed"},
                                                       {"passes_and_runs_another", "passed"},
                                                       {"fails", "failed"},
                                                       {"exits_early", "failed"},
                                                       {"exits_quickly", "failed"},
                                                       {"skipped/outer", "skipped"},
                                                       {"skipped/inner/one", "skipped"}};
  CHECK(our_verdicts(fixture("verdicts_boost_test")) == expected);
}

TEST_CASE("Catch2: names, generators and tags mean what they mean to the framework" * needs(built("names_catch2"))) {
  const std::string report = execute({fixture("names_catch2"), "-r", "xml"}).out;
  std::map<std::string, std::string> own;
  for (size_t at = 0; (at = report.find("<TestCase ", at)) != std::string::npos; ++at) {
    const std::string one = report.substr(at, report.find("</TestCase>", at) - at);
    own[without_entities(between(one, "name=\"", "\""))] =
        contains(one, "<OverallResult success=\"true\"") ? "passed" : "failed";
  }
  CHECK(own.size() == 29);
  CHECK(our_verdicts(fixture("names_catch2")) == own);
}

TEST_CASE("CppUTest: names, ignored tests and mocks mean what they mean to the framework" *
          needs(built("names_cpputest"))) {
  const TempDir dir;
  Options options;
  options.directory = dir.path();
  execute({absolute(fixture("names_cpputest")), "-ojunit"}, options);
  std::map<std::string, std::string> own;
  for (const std::string& file : lines_of(execute({"/bin/ls", dir.path()}).out)) {
    const std::string report = read_file(dir / file);
    for (size_t at = 0; (at = report.find("<testcase ", at)) != std::string::npos; ++at) {
      const std::string one = report.substr(at, report.find("</testcase>", at) - at);
      if (contains(one, "<skipped")) continue;  // ignored
      own[between(one, "classname=\"", "\"") + "." + between(one, " name=\"", "\"")] =
          contains(one, "<failure") ? "failed" : "passed";
    }
  }
  CHECK(own.size() == 18);
  CHECK(our_verdicts(fixture("names_cpputest")) == own);
}

// The name of a test says how it ends.
void check_verdicts(const std::string& name, size_t tests) {
  const std::map<std::string, std::string> verdicts = our_verdicts(fixture(name));
  CHECK(verdicts.size() == tests);
  for (const auto& one : verdicts) {
    CAPTURE(one.first);
    CHECK(one.second == (starts_with(lower(one.first), "fails") ? "failed" : "passed"));
  }
}

TEST_CASE("catch2: another program with tests that a test or main runs is not the verdict" *
          needs(built("verdicts_catch2"), built("mains_catch2"))) {
  check_verdicts("verdicts_catch2", 16);
}

TEST_CASE("doctest: another program with tests that a test or main runs is not the verdict" *
          needs(built("verdicts_doctest"), built("mains_doctest"))) {
  check_verdicts("verdicts_doctest", 16);
}

TEST_CASE("cpputest: another program with tests that a test or main runs is not the verdict" *
          needs(built("verdicts_cpputest"), built("mains_cpputest"))) {
  check_verdicts("verdicts_cpputest", 14);
}

TEST_CASE("rust: another program with tests that a test runs is not the verdict" * needs(built("verdicts_rust"))) {
  check_verdicts("verdicts_rust", 12);
}

TEST_CASE("doctest: options with a prefix of the project's own" * needs(built("prefixed_doctest"))) {
  check_list("prefixed_doctest", {"adds", "adds, too"});
}

TEST_CASE("doctest: in a shared library of the project" * needs(built("library_doctest"))) {
  check_list("library_doctest", {"here"});
}

TEST_CASE("doctest: its main in a library, with a prefix, and GoogleMock in the program: listing runs no test" *
          needs(built("split_doctest"))) {
  check_list("split_doctest", {"mocked", "by hand"});
}

TEST_CASE("libtest: a program that prints around its list" * needs(built("mains_rust"))) {
  check_main("mains_rust", {"adds", "subtracts"});
}

TEST_CASE("binary ids: as many parent folders as make them unique") {
  const TempDir dir;
  for (const char* folder : {"/a", "/b"}) REQUIRE(mkdir((dir.path() + folder).c_str(), 0700) == 0);
  dir.take("exit-0", "a/exit-0");
  dir.take("exit-0", "b/exit-0");
  const Outcome outcome = nextest({"list", "--message-format", "oneline", dir / "a/exit-0", dir / "b/exit-0"});
  SHOW(outcome);
  Words ids;
  for (const std::string& line : lines_of(outcome.out)) ids.push_back(line.substr(0, line.find(' ')));
  CHECK(sorted(ids) == Words{"a/exit-0", "b/exit-0"});
}

// A harness that ran nothing, or more than it was asked for, must not count as a pass.
TEST_CASE("a run of no test, or of two, is a failure") {
  for (const char* name : {"runs-none", "runs-two"}) {
    NOTE(name);
    const Outcome outcome = nextest({"run", "--harness", "libtest", "--no-fail-fast", fixture(name)});
    SHOW(outcome);
    CHECK(outcome.code == 100);
    CHECK(counted(read_screen(outcome.err), "passed") == 0);
    CHECK(counted(read_screen(outcome.err), "failed") == (std::string(name) == "runs-none" ? 1 : 2));
  }
}

}  // namespace
