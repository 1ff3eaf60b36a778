// A JUnit report as it grows: for each suite the test cases that are finished, as XML.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "core/base/new_file.hpp"
#include "core/base/text.hpp"
#include "core/base/vector.hpp"
#include "core/model/event.hpp"
#include "core/report/junit_text.hpp"

namespace nextest {

class JunitDocument {
 public:
 protected:
  enum Count { Tests, Skipped, Errors, Failures, CountEnd };

  struct Suite {
    std::int64_t stress;   // -1: it is of no stress run
    std::uint32_t binary;  // script_suite: of a setup script
    std::uint32_t counts[CountEnd];
    std::string name;
    std::string content;
  };

  static constexpr std::uint32_t script_suite = UINT32_MAX;
  static constexpr const char* in_case = "\n            ";

  // Up to its times.
  void begin_case(std::string& out, TestIndex test) {
    append_junit(out, case_start, {&list_->tests[test].name, &list_->binary_of(test).id});
  }

  void add_problem(Suite& suite, std::string& out, const AttemptResult& result, const char* unit, HarnessKind harness) {
    const bool is_error = is_junit_error(result.outcome);
    const char* const name = is_error ? "error" : "failure";
    ++suite.counts[is_error ? Errors : Failures];
    append_junit(out, "\n            <%s", {name});
    append_junit_problem(out, result, unit, harness);
    append_junit(out, "</%s>", {name});
  }

  void add_times(std::string& out, const AttemptResult& result, const char* end) {
    add_times(out, result.started, result.duration, end);
  }
  void add_times(std::string& out, Duration started, const Duration& taken, const char* end) {
    const Duration at = info_->started_at + started;
    append_junit(out, " timestamp=\"%w\" time=\"%d\"%s", {&at, &taken, end});
  }

  // The newest come first: iterations of a stress run follow one another.
  Suite& suite_of(const char* prefix, const std::string& id, const StressIndex& index, std::uint32_t binary) {
    const std::int64_t stress = index.active ? index.current : -1;
    for (std::size_t i = suites_.size(); binary != script_suite && i-- > 0 && suites_[i].stress >= stress;) {
      if (suites_[i].stress == stress && suites_[i].binary == binary) return suites_[i];
    }
    suites_.push_back({stress, binary, {}, prefix + id, {}});
    if (index.active) append_junit(suites_.back().name, "@stress-%u", {&index.current});
    return suites_.back();
  }
  Suite& suite_of(const StressIndex& stress, TestIndex test) {
    return suite_of("", list_->binary_of(test).id, stress, list_->tests[test].binary);
  }

  // Returns 0 or errno.
  int write_to(const std::string& path, const std::string& name) {
    std::uint32_t counts[CountEnd] = {};
    std::string body;
    for (const Suite& suite : suites_) {
      const std::uint32_t(&own)[CountEnd] = suite.counts;
      for (std::size_t i = 0; i < CountEnd; ++i) counts[i] += own[i];
      append_junit(body, "\n    <testsuite name=\"%a\" tests=\"%u\" skipped=\"%u\" errors=\"%u\" failures=\"%u\">",
                   {&suite.name, &own[Tests], &own[Skipped], &own[Errors], &own[Failures]});
      body += suite.content;
      body += "\n    </testsuite>";
    }
    std::string out;
    append_junit(out,
                 "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"%a\" tests=\"%u\" failures=\"%u\" "
                 "errors=\"%u\" uuid=\"%a\"",
                 {&name, &counts[Tests], &counts[Failures], &counts[Errors], &info_->run_id});
    add_times(out, Duration(), elapsed_, ">");
    body += "\n</testsuites>\n";

    NewFile file(path, 0666);
    file.write(out);
    file.write(body);
    return file.put_in_place();
  }

  static constexpr const char* case_start = "\n        <testcase name=\"%a\" classname=\"%a\"";
  static constexpr const char* case_end = "\n        </testcase>";

  const RunInfo* info_ = nullptr;
  const TestList* list_ = nullptr;
  Duration elapsed_;

 private:
  Vector<Suite> suites_;
};

}  // namespace nextest
