#include "record/event_json.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "core/format/json_parser.hpp"
#include "record/list_json.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::append_event_line;
using nextest::AttemptResult;
using nextest::CapturedOutput;
using nextest::Duration;
using nextest::Event;
using nextest::FieldReader;
using nextest::inline_output;
using nextest::JsonKind;
using nextest::JsonMember;
using nextest::JsonValue;
using nextest::JsonWriter;
using nextest::no_output_read;
using nextest::parse_json;
using nextest::read_any_text;
using nextest::read_event;
using nextest::Result;
using nextest::RunInfo;
using nextest::RunStarted;
using nextest::TestCase;
using nextest::TestFinished;
using nextest::TestIndex;
using nextest::TestList;
using nextest::TestStarted;
using nextest::WordList;
using support::Numbers;
using namespace std::string_literals;

constexpr auto read_inline = [](const JsonValue& value, std::string& text) { return read_any_text(value, text); };

constexpr std::size_t kinds = std::variant_size_v<decltype(Event::what)>;

std::uint64_t any_number(Numbers& numbers) {
  std::uint64_t number = 0;
  for (int i = 0; i < 4; ++i) number = number << 16 | numbers.below(65536);
  return number >> numbers.below(64);
}

std::string any_text(Numbers& numbers) {
  static const std::string pieces[] = {"a",
                                       "test name",
                                       "\"",
                                       "\\",
                                       "\n",
                                       "\0"s,
                                       "\x7F",
                                       "\xFF",
                                       "\xC3",
                                       "\xED\xA0\x80",
                                       "\xF4\x90\x80\x80",
                                       "\xC3\xBC",
                                       "\xE2\x82\xAC",
                                       "\xF0\x9F\x98\x80",
                                       "\x1B[31m",
                                       "{\"base64\":\"\"}"};
  std::string text;
  for (std::size_t left = numbers.below(6); left > 0; --left) {
    if (numbers.below(3) == 0) text += static_cast<char>(numbers.below(256));
    else text += pieces[numbers.below(std::size(pieces))];
  }
  if (numbers.below(200) == 0) text.append(10000, static_cast<char>(numbers.below(256)));
  return text;
}

// The `Io` that fills an event by chance, so that no field of any kind can be forgotten here.
class RandomFields {
 public:
  RandomFields(Numbers& numbers, const TestList& list) : numbers_(numbers), list_(list) {}

  template <class Number>
  void number(const char*, Number& value, std::int64_t usual = 0) {
    switch (numbers_.below(4)) {
      case 0: value = static_cast<Number>(usual); break;
      case 1: value = std::numeric_limits<Number>::max(); break;
      case 2: value = std::numeric_limits<Number>::min(); break;
      default: value = static_cast<Number>(any_number(numbers_));
    }
  }
  void flag(const char*, bool& value, bool = false) { value = numbers_.below(2) == 0; }
  void text(const char*, std::string& value, std::string_view usual = "") {
    value = numbers_.below(3) == 0 ? std::string(usual) : any_text(numbers_);
  }
  void texts(const char*, nextest::Vector<std::string>& values) {
    values.resize(numbers_.below(4));
    for (std::string& value : values) value = any_text(numbers_);
  }
  void words(const char*, WordList& list) {
    for (std::size_t left = numbers_.below(4); left > 0; --left) list.add(any_text(numbers_));
  }
  // Whole microseconds: that is what is kept.
  void began(Duration& value) { time("began", value); }
  void time(const char*, Duration& value) {
    const std::int64_t limit = INT64_MAX / 1000;
    std::int64_t microseconds = static_cast<std::int64_t>(any_number(numbers_) % static_cast<std::uint64_t>(limit));
    if (numbers_.below(10) == 0) microseconds = limit;
    value.ns = (numbers_.below(4) == 0 ? -microseconds : microseconds) * 1000;
  }
  template <class Choice, std::size_t N>
  void choice(const char*, const char* const (&)[N], Choice& value, Choice = Choice()) {
    value = static_cast<Choice>(numbers_.below(N));
  }
  void test(TestIndex& test) { test = static_cast<TestIndex>(numbers_.below(list_.tests.size())); }
  void command(TestIndex test, nextest::Vector<std::string>& words) {
    texts("", words);
    for (std::string& word : words) {
      const TestCase& named = list_.tests[test];
      if (numbers_.below(2) == 0) word.insert(numbers_.below(word.size() + 1), named.own_name());
      if (numbers_.below(4) == 0) word.insert(numbers_.below(word.size() + 1), named.name);
    }
  }
  void output(std::shared_ptr<const CapturedOutput>& output) {
    if (numbers_.below(3) > 0)
      output = std::make_shared<CapturedOutput>(
          CapturedOutput{any_text(numbers_), any_text(numbers_), numbers_.below(2) == 0});
  }
  void attempts(nextest::Vector<AttemptResult>& attempts) {
    attempts.resize(1 + numbers_.below(3));
    for (AttemptResult& attempt : attempts) fields_of(*this, attempt);
  }

 private:
  Numbers& numbers_;
  const TestList& list_;
};

// Tests of one binary; the last but one has the name of another one, and so a suite behind its own.
TestList some_tests() {
  TestList list;
  list.binaries.emplace_back().id = "binary";
  for (const char* name : {"a", "test name", "\xFF\"", "a::b", "a (suite)", "a a"}) {
    TestCase& test = list.tests.emplace_back();
    test.name = name;
    test.own_name_size = static_cast<std::uint32_t>(test.name.size());
  }
  list.tests[4].own_name_size = 1;
  return list;
}

// The list as a reader of the record knows it.
TestList as_read(const TestList& list) {
  RunInfo info;
  nextest::ListReader reader;
  const auto take = [&](std::string_view line) {
    const Result<JsonValue> tree = parse_json(line);
    REQUIRE(bool(tree));
    REQUIRE(reader.read(tree.value(), 0) == nextest::ListReader::Line::Taken);
  };
  nextest::write_list_lines({&info, &list, nullptr}, take);
  reader.finish(static_cast<std::uint32_t>(list.binaries.size()), static_cast<std::uint32_t>(list.tests.size()), 0);
  return reader.list;
}

std::string line_of(const Event& event, const TestList* list = nullptr) {
  std::string line;
  append_event_line(line, event, inline_output, list);
  return line;
}

JsonValue tree_of(std::string_view line) {
  Result<JsonValue> tree = parse_json(line);
  INFO(line);
  REQUIRE(bool(tree));
  return std::move(tree.value());
}

bool reads(const JsonValue& tree, const TestList* list, Event& event) {
  return read_event(tree, list, read_inline, event);
}

bool reads(std::string_view line, const TestList* list) {
  Event event;
  return reads(tree_of(line), list, event);
}

template <std::size_t I = 0, class Fill>
void fill_alternative(std::size_t kind, Fill& fill) {
  if constexpr (I < std::variant_size_v<decltype(Event::what)>) {
    if (kind == I) fill(std::variant_alternative_t<I, decltype(Event::what)>());
    else fill_alternative<I + 1>(kind, fill);
  }
}

// An event of each kind in turn. What a start points to is kept in `info`.
Event random_event(std::size_t kind, Numbers& numbers, const TestList& list, RunInfo& info) {
  RandomFields fields(numbers, list);
  Event event;
  fields.time("at", event.at);
  auto fill = [&](auto what) {
    if constexpr (std::is_same_v<decltype(what), RunStarted>) {
      info = RunInfo();
      what.info = &info;
      what.list = &list;
    }
    fields_of(fields, what);
    event.what = std::move(what);
  };
  fill_alternative(kind, fill);
  return event;
}

JsonValue number_value(const char* text) {
  JsonValue value;
  value.kind = JsonKind::Number;
  value.text = text;
  return value;
}
JsonValue string_value(const char* text) {
  JsonValue value;
  value.kind = JsonKind::String;
  value.text = text;
  return value;
}
JsonValue empty_value(JsonKind kind) {
  JsonValue value;
  value.kind = kind;
  return value;
}

}  // namespace

TEST_CASE("event json: events of every kind are read as they were written") {
  const TestList list = some_tests(), list_as_read = as_read(list);
  Numbers numbers(22);
  Event again;  // one for all: what was in it before does not matter
  RunInfo info;
  for (int round = 0; round < 500; ++round) {
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      const Event event = random_event(kind, numbers, list, info);
      const std::string line = line_of(event);
      CAPTURE(line);
      REQUIRE(line.find('\n') == line.size() - 1);
      REQUIRE(nextest::is_utf8(line));
      const JsonValue tree = tree_of(line);
      std::string rewritten;
      JsonWriter(rewritten).value(tree);
      REQUIRE(rewritten + "\n" == line);  // no member twice

      REQUIRE(reads(tree, &list_as_read, again));
      REQUIRE(again.what.index() == kind);
      REQUIRE(again.at == event.at);
      RunInfo info_again;
      if (auto* const started = std::get_if<RunStarted>(&again.what)) {
        FieldReader fields(tree, nullptr, no_output_read);
        fields_of(fields, info_again);
        REQUIRE(fields.ok());
        started->info = &info_again;
        started->list = &list_as_read;
      }
      REQUIRE(line_of(again) == line);

      // With shorter commands, as a record has them.
      const std::string shorter = line_of(event, &list);
      REQUIRE(reads(tree_of(shorter), &list_as_read, again));
      if (auto* const started = std::get_if<RunStarted>(&again.what)) {
        started->info = &info_again;
        started->list = &list_as_read;
      }
      REQUIRE(line_of(again) == line);
    }
  }
}

TEST_CASE("event json: every field of a finished test") {
  const TestList list = some_tests();
  TestFinished finished;
  finished.stress = {true, 3, 7};
  finished.test = 5;
  finished.result.flaky_fails = true;
  finished.success_output = nextest::OutputDisplay::Final;
  finished.failure_output = nextest::OutputDisplay::ImmediateFinal;
  finished.result.attempts.resize(2);
  finished.result.attempts[0].outcome.kind = nextest::OutcomeKind::Abort;
  finished.result.attempts[0].outcome.code = 11;
  finished.result.attempts[0].outcome.core_dumped = true;
  finished.result.attempts[0].outcome.leaked = true;
  AttemptResult& last = finished.result.attempts[1];
  last.attempt = {2, 3};
  last.outcome.kind = nextest::OutcomeKind::Timeout;
  last.outcome.timeout_passes = last.outcome.killed = last.outcome.global_timeout = true;
  last.outcome.skipped_by_test = last.outcome.failed_as_expected = true;
  last.outcome.expected = 4;
  last.started = Duration::milliseconds(1500);
  last.duration = {2000};
  last.slow = true;
  last.output = std::make_shared<CapturedOutput>(CapturedOutput{"out\0\n"s, "\xFF"});
  const std::string line = line_of({Duration::seconds(2), finished});
  CHECK(line ==
        "{\"event\":\"finished\",\"at\":2.000000,\"test\":5,\"stress\":4,\"stress_total\":7,\"began\":1.500000,"
        "\"took\":0.000002,\"stdout\":\"out\\u0000\\n\",\"stderr\":{\"base64\":\"/w==\"},\"outcome\":\"timeout\","
        "\"expected\":4,\"skipped_by_test\":true,\"failed_as_expected\":true,\"timeout_passes\":true,\"killed\":true,"
        "\"global_timeout\":true,\"slow\":true,\"attempt\":2,\"attempts\":3,\"before\":[{\"outcome\":\"abort\","
        "\"code\":11,\"leaked\":true,"
        "\"core_dumped\":true}],\"flaky_fails\":true,\"success_output\":\"final\","
        "\"failure_output\":\"immediate-final\"}\n");
  Event event;
  REQUIRE(reads(tree_of(line), &list, event));
  CHECK(event.at == Duration::seconds(2));
  const auto& read = std::get<TestFinished>(event.what);
  CHECK(read.stress.active);
  CHECK(read.stress.current == 3);
  CHECK(read.stress.total == 7);
  CHECK(read.test == 5);
  CHECK(read.success_output == nextest::OutputDisplay::Final);
  CHECK(read.failure_output == nextest::OutputDisplay::ImmediateFinal);
  CHECK(read.result.flaky_fails);
  REQUIRE(read.result.attempts.size() == 2);
  const AttemptResult& first = read.result.attempts[0];
  CHECK(first.attempt.number == 1);
  CHECK(first.outcome.kind == nextest::OutcomeKind::Abort);
  CHECK(first.outcome.code == 11);
  CHECK(first.outcome.core_dumped);
  CHECK(first.outcome.leaked);
  CHECK_FALSE(bool(first.output));
  const AttemptResult& second = read.result.last();
  CHECK(second.attempt.number == 2);
  CHECK(second.attempt.total == 3);
  CHECK(second.outcome.kind == nextest::OutcomeKind::Timeout);
  CHECK(second.outcome.passed());
  CHECK(second.outcome.killed);
  CHECK(second.outcome.global_timeout);
  CHECK(second.outcome.skipped_by_test);
  CHECK(second.outcome.failed_as_expected);
  CHECK(second.outcome.expected == 4);
  CHECK(second.started.ns == 1500000000);
  CHECK(second.duration.ns == 2000);
  CHECK(second.slow);
  REQUIRE(bool(second.output));
  CHECK(second.output->out == "out\0\n"s);
  CHECK(second.output->err == "\xFF");
}

TEST_CASE("event json: commands are kept without the name of the test") {
  const TestList list = some_tests(), list_as_read = as_read(list);
  const nextest::Vector<std::string> command = {"binary", "--exact", "test name", "--x=test name;test name", "\xFF"};
  TestStarted started;
  started.test = 1;
  started.command = command;
  const std::string line = line_of({{}, started}, &list);
  CHECK(nextest::contains(line, R"("command":["binary","--exact",["",""],["--x=",";test name"],{"base64":"/w=="}])"));
  Event event;
  REQUIRE(reads(tree_of(line), &list_as_read, event));
  CHECK(std::get<TestStarted>(event.what).command == command);

  // Where the list has a longer name than the harness knows, commands are what they were all the same.
  started.test = 4;
  started.command = {"--test-case=a", "--test-suite=suite", "a (suite)"};
  REQUIRE(reads(tree_of(line_of({{}, started}, &list)), &list_as_read, event));
  CHECK(std::get<TestStarted>(event.what).command == started.command);
}

TEST_CASE("event json: what a start announces") {
  const TestList list = some_tests();
  RunInfo info;
  info.run_id = "id";
  const std::string line = line_of({{}, RunStarted{&info, &list, nullptr}});
  CHECK(nextest::starts_with(line, "{\"format\":\"1.0\",\"binaries\":1,\"tests\":6,\"event\":\"run-started\","));
  CHECK(nextest::contains(line, "\"run\":\"id\""));
  CHECK(reads(line, nullptr));
}

TEST_CASE("event json: members of later versions are passed over") {
  const TestList list = some_tests();
  Numbers numbers(7);
  RunInfo info;
  for (std::size_t kind = 0; kind < kinds; ++kind) {
    const Event event = random_event(kind, numbers, list, info);
    for (const char* value : {"null", "[[1,{}]]", "{\"test\":1}", "\"x\"", "1e400"}) {
      JsonValue tree = tree_of(line_of(event));
      JsonMember added{"of a later version", tree_of(value)};
      tree.members.insert(tree.members.begin() + static_cast<std::ptrdiff_t>(numbers.below(tree.members.size() + 1)),
                          added);
      Event again;
      REQUIRE(reads(tree, &list, again));
      if (auto* const started = std::get_if<RunStarted>(&again.what)) *started = std::get<RunStarted>(event.what);
      CHECK(line_of(again) == line_of(event));
    }
  }
}

TEST_CASE("event json: members of another type are refused") {
  const TestList list = some_tests();
  Numbers numbers(11);
  RunInfo info;
  const JsonValue others[] = {
      empty_value(JsonKind::Null),  empty_value(JsonKind::Boolean), number_value("1"),
      string_value("no such word"), empty_value(JsonKind::Array),   empty_value(JsonKind::Object)};
  for (int round = 0; round < 100; ++round) {
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      const JsonValue tree = tree_of(line_of(random_event(kind, numbers, list, info)));
      for (std::size_t i = 0; i < tree.members.size(); ++i) {
        const std::string& name = tree.members[i].name;
        // The start is told of to whoever reads the run; its other members are read with it.
        const bool is_of_start = kind == 0 && name != "event" && name != "at";
        if (is_of_start && (name == "format" || name == "binaries" || name == "tests")) continue;
        for (const JsonValue& other : others) {
          const bool is_text = tree.members[i].value.kind == JsonKind::String || tree.members[i].value.find("base64");
          if (other.kind == tree.members[i].value.kind && other.kind != JsonKind::Object) continue;
          if (is_text && other.kind == JsonKind::String) continue;
          JsonValue changed = tree;
          changed.members[i].value = other;
          CAPTURE(name);
          CAPTURE(static_cast<int>(other.kind));
          Event event;
          bool is_sound = reads(changed, &list, event);
          if (is_of_start) {
            RunInfo read;
            FieldReader fields(changed, nullptr, no_output_read);
            fields_of(fields, read);
            is_sound = is_sound && fields.ok();
          }
          CHECK_FALSE(is_sound);
        }
      }
    }
  }
}

TEST_CASE("event json: numbers out of range, unknown words and tests that are not there are refused") {
  const TestList list = some_tests();
  const auto with = [&](const std::string& kind, const std::string& members) {
    return reads("{\"event\":\"" + kind + "\"" + members + "}", &list);
  };
  CHECK(with("paused", ""));
  CHECK(with("paused", ",\"running\":4294967295"));
  for (const std::string number : {"4294967296", "-1", "1.5", "1e3", "1e400", "9223372036854775808",
                                   "-9223372036854775809", "18446744073709551616", "99999999999999999999999999"}) {
    CHECK_FALSE(with("paused", ",\"running\":" + number));
    CHECK_FALSE(with("started", ",\"test\":" + number));
  }
  CHECK(with("started", ",\"test\":0,\"group_slot\":-2147483648,\"pid\":2147483647"));
  CHECK_FALSE(with("started", ",\"test\":0,\"group_slot\":-2147483649"));
  CHECK_FALSE(with("started", ",\"test\":0,\"pid\":2147483648"));

  CHECK(with("paused", ",\"at\":1"));
  CHECK(with("paused", ",\"at\":-0.5"));
  CHECK(with("paused", ",\"at\":9223372036.854775"));
  for (const std::string time : {"9223372037", "9223372036.854775808", "99999999999999999999", "1e3", "1.5e3",
                                 "1.0000000000e9", "-99999999999", "\"1\""}) {
    CAPTURE(time);
    CHECK_FALSE(with("paused", ",\"at\":" + time));
  }

  CHECK(with("cancel", ",\"why\":\"second-signal\""));
  CHECK_FALSE(with("cancel", ",\"why\":\"Signal\""));
  CHECK_FALSE(with("cancel", ",\"why\":\"\""));
  CHECK_FALSE(with("no such event", ""));
  CHECK_FALSE(with("", ""));
  CHECK_FALSE(reads("{}", &list));
  CHECK_FALSE(reads("{\"event\":5}", &list));
  CHECK_FALSE(reads("[]", &list));
  CHECK_FALSE(reads("null", &list));

  for (const std::string kind : {"started", "slow", "attempt-failed", "retry-started", "finished", "skipped", "info"}) {
    CAPTURE(kind);
    CHECK(with(kind, ",\"test\":5"));
    CHECK_FALSE(with(kind, ",\"test\":6"));
    CHECK_FALSE(reads("{\"event\":\"" + kind + "\",\"test\":0}", nullptr));
  }
  CHECK(with("leaked-late", ",\"test_known\":true,\"test\":5"));
  CHECK_FALSE(with("leaked-late", ",\"test_known\":true,\"test\":6"));
}

TEST_CASE("event json: outputs, texts and attempts that make no sense are refused") {
  const TestList list = some_tests();
  const auto finished = [&](const std::string& members) {
    return reads("{\"event\":\"finished\",\"test\":0," + members + "}", &list);
  };
  CHECK(finished("\"stdout\":\"\""));
  CHECK(finished("\"stdout\":{\"base64\":\"AAEC\"},\"stderr\":\"\""));
  for (const std::string output : {"{\"base64\":\"A\"}", "{\"base64\":\"A===\"}", "{\"base64\":\"AA-C\"}",
                                   "{\"base64\":1}", "{\"base65\":\"\"}", "[0,0,1]", "1", "null"}) {
    CAPTURE(output);
    CHECK_FALSE(finished("\"stdout\":" + output));
    CHECK_FALSE(finished("\"stdout\":\"\",\"stderr\":" + output));
  }
  CHECK(finished("\"before\":[{},{\"outcome\":\"fail\",\"code\":1}]"));
  for (const std::string before : {"{}", "1", "\"\"", "null", "[1]", "[null]", "[[]]", "[{\"outcome\":\"lost\"}]",
                                   "[{\"code\":\"1\"}]", "[{\"stdout\":[]}]"}) {
    CAPTURE(before);
    CHECK_FALSE(finished("\"before\":" + before));
  }
  const auto started = [&](const std::string& command) {
    return reads("{\"event\":\"started\",\"test\":0,\"command\":" + command + "}", &list);
  };
  CHECK(started("[\"a\",[\"b\",\"c\"],{\"base64\":\"/w==\"}]"));
  for (const std::string command :
       {"{}", "\"a\"", "[1]", "[[]]", "[[\"a\"]]", "[[\"a\",\"b\",\"c\"]]", "[[\"a\",1]]", "[{\"base64\":\"?\"}]"}) {
    CAPTURE(command);
    CHECK_FALSE(started(command));
  }
}
