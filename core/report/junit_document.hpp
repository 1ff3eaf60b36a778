// A JUnit report as it grows: for each suite the test cases that are finished, as XML, so that outputs which are not
// stored are not kept either.
#pragma once

#include "core/base/new_file.hpp"
#include "core/format/xml_writer.hpp"
#include "core/model/event.hpp"

namespace nextest {

struct JunitCounts {
  std::uint32_t tests = 0, skipped = 0, errors = 0, failures = 0;
};

struct JunitSuite {
  static constexpr std::size_t depth = 2;  // of what is in it

  std::string name;
  std::int64_t iteration = -1;  // of a stress run; -1: it is of none
  std::uint32_t binary = 0;     // script: it is of a setup script
  JunitCounts counts;
  Duration time;  // the sum of its cases
  std::string content;

  static constexpr std::uint32_t script = UINT32_MAX;
};

class JunitDocument {
 public:
  // That of a binary in an iteration, or a new one. The newest come first: iterations follow one another.
  JunitSuite& suite_of(std::string_view id, StressIndex stress, std::uint32_t binary) {
    const std::int64_t iteration = iteration_of(stress);
    for (std::size_t i = suites_.size(); i-- > 0 && suites_[i].iteration >= iteration;) {
      if (suites_[i].iteration == iteration && suites_[i].binary == binary) return suites_[i];
    }
    return add_suite(id, stress, binary);
  }

  JunitSuite& add_suite(std::string_view id, StressIndex stress, std::uint32_t binary) {
    suites_.push_back({std::string(id), iteration_of(stress), binary, {}, {}, {}});
    if (stress.active) suites_.back().name += "@stress-" + decimal(stress.current);
    return suites_.back();
  }

  // Returns 0 or errno.
  int write_to(const std::string& path, const std::string& name, const RunInfo& info, Duration elapsed) const {
    JunitCounts all;
    for (const JunitSuite& suite : suites_) {
      all.tests += suite.counts.tests;
      all.errors += suite.counts.errors;
      all.failures += suite.counts.failures;
    }
    std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    XmlWriter xml(text, 0);
    xml.begin("testsuites").attribute("name", name);
    xml.attribute("tests", all.tests).attribute("failures", all.failures).attribute("errors", all.errors);
    xml.attribute("uuid", info.run_id).date_time("timestamp", info.started_at).seconds("time", elapsed);
    NewFile file(path, 0666);
    for (const JunitSuite& suite : suites_) {
      const JunitCounts& own = suite.counts;
      xml.begin("testsuite").attribute("name", suite.name);
      xml.attribute("tests", own.tests).attribute("skipped", own.skipped);
      xml.attribute("errors", own.errors).attribute("failures", own.failures);
      xml.seconds("time", suite.time).begin_content();
      file.write(text);
      file.write(suite.content);
      text.clear();
      xml.end_block();
    }
    xml.end_block();
    file.write(text + "\n");
    return file.put_in_place();
  }

 private:
  static std::int64_t iteration_of(StressIndex stress) { return stress.active ? stress.current : -1; }

  Vector<JunitSuite> suites_;
};

}  // namespace nextest
