// The event stream as libtest's JSON, a line an object: cargo-nextest's --message-format libtest-json (its version 0.1,
// that is rustc 1.75 with --format json --report-time) and libtest-json-plus. A name is PACKAGE::BINARY$TEST; @stress-N
// follows the binary in a stress run, and #N the test when it took N attempts.
#pragma once

#include <variant>

#include "core/base/escape.hpp"
#include "core/base/outlet.hpp"
#include "core/base/spill.hpp"
#include "core/base/utf8.hpp"
#include "core/format/json_writer.hpp"
#include "core/model/event.hpp"
#include "core/report/status.hpp"

namespace nextest {

struct LibtestJsonOptions {
  bool plus = false;  // suites say whose they are, in "nextest"
};

// Only with `plus` is a line passed on when it happens. Without, only its place between two others shows the suite of a
// line, so the lines of a binary come together, when its last test has finished.
//
// What is found to have leaked after its test had finished is left out: the test has had its last line.
class LibtestJsonReporter final : public EventSink {
 public:
  LibtestJsonReporter(int fd, const LibtestJsonOptions& options) : outlet_(fd), plus_(options.plus) {}

  void on_event(const Event& event) override {
    const auto& what = event.what;
    if (const auto* run = std::get_if<RunStarted>(&what)) {
      begin(*run->list);
    } else if (const auto* started = std::get_if<TestStarted>(&what)) {
      test_line(started->stress, started->test, "started");
    } else if (const auto* finished = std::get_if<TestFinished>(&what)) {
      test_line(finished->stress, finished->test, finished->result.passed() ? "ok" : "failed", &finished->result);
    } else if (const auto* skipped = std::get_if<TestSkipped>(&what)) {
      if (!is_ignored(list_->tests[skipped->test])) return;
      test_line(skipped->stress, skipped->test, "started");
      test_line(skipped->stress, skipped->test, "ignored");
    } else if (std::holds_alternative<StressSubRunFinished>(what) || std::holds_alternative<RunFinished>(what)) {
      // Those of a cancelled run, whose last tests were not started.
      for (std::size_t i = 0; i < list_->binaries.size(); ++i) {
        if (suites_[i].now.begun) end_suite(i);
      }
    }
  }

  bool flush() override {
    bool readable = outlet_.write_some();
    while (readable && !outlet_.pending() && take_ready()) readable = outlet_.write_some();
    return readable;
  }
  int waits_for() const override {
    const bool is_behind = outlet_.pending() || (next_ready_ < ready_.size() && outlet_.error() == 0);
    return is_behind ? outlet_.fd() : -1;
  }

 private:
  // The tests of a binary: how many there are, and what became of them in this iteration. All zero at first.
  struct Suite {
    std::uint32_t selected, ignored, filtered_out;
    struct {
      bool begun;
      std::uint32_t passed, failed, ignored;
      std::int64_t ns;  // that all tests took, one after the other
    } now;
  };

  // With --run-ignored only those that are not have that mismatch, and libtest says that they are filtered out.
  static bool is_ignored(const TestCase& test) { return test.mismatch == Mismatch::Ignored && test.ignored; }

  void begin(const TestList& list) {
    list_ = &list;
    suites_.resize(list.binaries.size());
    waiting_.resize(list.binaries.size());
    for (const TestCase& test : list.tests) {
      Suite& suite = suites_[test.binary];
      ++(test.mismatch == Mismatch::None ? suite.selected : is_ignored(test) ? suite.ignored : suite.filtered_out);
    }
  }

  void test_line(const StressIndex& stress, TestIndex index, const char* event, const TestResult* result = nullptr) {
    const TestCase& test = list_->tests[index];
    Suite& suite = suites_[test.binary];
    std::string out;
    if (!suite.now.begun) {
      suite.now.begun = true;
      stress_ = stress;
      append_format(out, "{\"type\":\"suite\",\"event\":\"started\",\"test_count\":%u", suite.selected + suite.ignored);
      end_suite_line(out, test.binary);
    }
    std::string name = crate_and_binary(list_->binaries[test.binary]);
    if (stress.active) append_format(name, "@stress-%u", stress.current);
    name += '$';
    name += test.name;
    if (result != nullptr && result->attempts.size() > 1) append_format(name, "#%zu", result->attempts.size());
    append_format(out, "{\"type\":\"test\",\"event\":\"%s\"", event);
    member(out, ",\"name\":", name);
    if (result != nullptr) {
      ++(result->passed() ? suite.now.passed : suite.now.failed);
      suite.now.ns += result->last().duration.ns;
      add_result(out, test, *result);
    } else if (*event == 'i') {
      ++suite.now.ignored;
    }
    add(test.binary, out += "}\n");
    const bool is_last = suite.now.passed + suite.now.failed == suite.selected && suite.now.ignored == suite.ignored;
    if (is_last) end_suite(test.binary);
  }

  // As upstream names it, whose readers take it apart; a binary id would do as well.
  static std::string crate_and_binary(const TestBinary& binary) {
    return binary.package.empty() ? binary.id.str() : binary.package.str() + "::" + binary.name.str();
  }

  // What of the line is in `out`, and the members of a result. What comes behind an output is in `out` then.
  void add_result(std::string& out, const TestCase& test, const TestResult& result) {
    const AttemptResult& last = result.last();
    exec_time(out, last.duration.ns);
    std::string reason = reason_of(last.outcome);
    if (last.outcome.kind == OutcomeKind::Timeout) reason = "time limit exceeded";
    if (last.outcome.passed() && !result.passed()) reason = "flaky test treated as failure";
    if (!last.outcome.passed() && last.output != nullptr) {
      add(test.binary, out += ",\"stdout\":\"");
      add_output(test, *last.output);
      out += '"';
    }
    if (!reason.empty()) member(out, ",\"reason\":", reason);
  }

  void end_suite(std::size_t binary) {
    Suite& suite = suites_[binary];
    std::string text;
    const std::uint32_t not_run = suite.selected - suite.now.passed - suite.now.failed;
    append_format(text,
                  "{\"type\":\"suite\",\"event\":\"%s\",\"passed\":%u,\"failed\":%u,\"ignored\":%u,\"measured\":0,"
                  "\"filtered_out\":%u",
                  suite.now.failed > 0 ? "failed" : "ok", suite.now.passed, suite.now.failed, suite.ignored,
                  suite.filtered_out + not_run);
    exec_time(text, suite.now.ns);
    end_suite_line(text, binary);
    add(binary, text);
    for (const Spill::Place& place : waiting_[binary]) ready_.push_back(place);
    waiting_[binary].clear();
    suite.now = {};
  }

  // A line of a suite, or a part of one; empties the text.
  void add(std::size_t binary, std::string& text) {
    Vector<Spill::Place>& places = plus_ ? ready_ : waiting_[binary];
    const Spill::Place place = lines_.add(text);
    if (!places.empty() && places.back().at + places.back().size == place.at) places.back().size += place.size;
    else places.push_back(place);
    text.clear();
  }

  // Gives some of what may be written to the outlet. False: there is nothing.
  bool take_ready() {
    if (next_ready_ == ready_.size()) {
      ready_.clear();
      next_ready_ = 0;
      return false;
    }
    Spill::Place& place = ready_[next_ready_];
    lines_.take_some(place, outlet_.text);
    if (place.size == 0) ++next_ready_;
    return true;
  }

  void end_suite_line(std::string& out, std::size_t index) {
    if (plus_) {
      const TestBinary& binary = list_->binaries[index];
      member(out, ",\"nextest\":{\"crate\":", binary.package.str());
      member(out, ",\"test_binary\":", binary.name);
      member(out, ",\"kind\":", binary.kind.str());
      member(out, ",\"binary_id\":", binary.id);  // two folders of a name may hold binaries of a name
      if (stress_.active) append_format(out, ",\"stress_index\":%u", stress_.current);
      if (stress_.total > 0) append_format(out, ",\"stress_total\":%u", stress_.total);
      out += '}';
    }
    out += "}\n";
  }

  // Names that differ in bytes that are no UTF-8 stay different.
  static void member(std::string& out, const char* key, std::string_view text) {
    out += key;
    if (is_utf8(text)) append_json_string(out, text);
    else append_json_string(out, safe_name(text));
  }

  static void exec_time(std::string& out, std::int64_t ns) {
    append_format(out, ",\"exec_time\":%lld.%09lld", static_cast<long long>(ns / 1000000000),
                  static_cast<long long>(ns % 1000000000));
  }

  // Both streams, without colours, and without what a harness itself says around them to people.
  void add_output(const TestCase& test, const CapturedOutput& output) {
    const std::string_view out = list_->binaries[test.binary].harness->own_output(test, output.out);
    add_stream(test.binary, out);
    if (!out.empty() && !output.err.empty()) add_stream(test.binary, "\n--- STDERR ---\n");
    add_stream(test.binary, output.err);
  }

  // In pieces: a large output is not copied whole.
  void add_stream(std::size_t binary, std::string_view text) {
    std::string escaped;
    while (!text.empty()) {
      const std::string_view piece = first_piece(text);
      append_json_characters(escaped, without_colours(piece));
      add(binary, escaped);
      text.remove_prefix(piece.size());
    }
  }

  // At most 64 KiB, in whole lines where they are shorter than that; else in whole characters and colours.
  static std::string_view first_piece(std::string_view text) {
    constexpr std::size_t most = 65536;
    if (text.size() <= most) return text;
    std::size_t end = text.rfind('\n', most - 1) + 1;  // none: 0
    if (end == 0) end = std::min(text.rfind('\x1B', most), most);
    if (end < most - 64) end = most;
    while (end > most / 2 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
    return text.substr(0, end);
  }

  Outlet outlet_;
  const bool plus_;
  const TestList* list_ = nullptr;
  StressIndex stress_;
  Vector<Suite> suites_;  // by binary
  Spill lines_;
  Vector<Vector<Spill::Place>> waiting_;  // by binary: the lines of suites that have not ended
  Vector<Spill::Place> ready_;            // what may be written, in order
  std::size_t next_ready_ = 0;
};

}  // namespace nextest
