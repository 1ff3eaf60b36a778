// A JUnit report as it grows: for each suite the test cases that are finished, as XML, so that outputs which are not
// stored are not kept either. Those that are stored are not in memory.
#pragma once

#include "core/base/new_file.hpp"
#include "core/base/spill.hpp"
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

  // What belongs between two bytes of the content.
  struct Output {
    std::size_t at = 0;
    Spill::Place place;
  };
  Vector<Output> outputs;  // in order

  // For what is not at the end of the content.
  void insert(std::size_t at, std::string_view text) {
    content.insert(at, text);
    for (Output& output : outputs) {
      if (output.at >= at) output.at += text.size();
    }
  }

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
    JunitSuite& suite = suites_.emplace_back();
    suite.name = id;
    suite.iteration = iteration_of(stress);
    suite.binary = binary;
    if (stress.active) suite.name += "@stress-" + decimal(stress.current);
    return suite;
  }

  // Behind the content that is there, as the text of an element.
  void add_output(JunitSuite& suite, std::string_view output) {
    std::string text;
    append_xml_text(text, output, false);
    suite.outputs.push_back({suite.content.size(), outputs_.add(text)});
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
      text.clear();
      write_content(suite, file);
      xml.end_block();
    }
    xml.end_block();
    file.write(text + "\n");
    return file.put_in_place();
  }

 private:
  void write_content(const JunitSuite& suite, NewFile& file) const {
    std::size_t at = 0;
    std::string text;
    for (const JunitSuite::Output& output : suite.outputs) {
      file.write(std::string_view(suite.content).substr(at, output.at - at));
      at = output.at;
      for (Spill::Place place = output.place; place.size > 0;) {
        outputs_.take_some(place, text);
        file.write(text);
        text.clear();
      }
    }
    file.write(std::string_view(suite.content).substr(at));
  }

  static std::int64_t iteration_of(StressIndex stress) { return stress.active ? std::int64_t{stress.current} : -1; }

  Vector<JunitSuite> suites_;
  Spill outputs_;
};

}  // namespace nextest
