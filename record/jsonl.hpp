// The events as lines of JSON, outputs in them, so that nothing but JSON is needed to read them: of a run while it goes
// on, and of a recorded one.
#pragma once

#include <variant>

#include "core/base/outlet.hpp"
#include "record/event_json.hpp"
#include "record/list_json.hpp"
#include "record/reader.hpp"

namespace nextest {

class JsonlWriter final : public EventSink {
 public:
  explicit JsonlWriter(int fd) : outlet_(fd) {}

  // That a test is skipped stands in the list.
  void on_event(const Event& event) override {
    if (std::holds_alternative<TestSkipped>(event.what)) return;
    append_event_line(outlet_.text, event, inline_output);
    const auto* const started = std::get_if<RunStarted>(&event.what);
    if (started != nullptr) write_list_lines(*started, [this](std::string_view line) { outlet_.text += line; });
  }
  bool flush() override { return outlet_.write_some(); }
  int waits_for() const override { return outlet_.pending() ? outlet_.fd() : -1; }

  // For after the last event.
  void add_exit_code(ExitCode code) { append_exit_line(outlet_.text, code); }
  // For a record without its end, in place of the line that it would have: what was under way then.
  void add_no_end(Duration at, const Vector<UnendedTest>& unended) {
    JsonWriter json(outlet_.text);
    json.begin_object();
    json.key("event").string("no-end");
    json.key("at").fixed(at.ns / 1000, 6);
    json.key("unended").begin_array();
    for (const UnendedTest& test : unended) json.number(test.test);
    json.end_array();
    json.end_object();
    outlet_.text += '\n';
  }
  // Waits until all is read. Returns the errno of the first write that failed, else 0.
  int finish() {
    outlet_.write_all();
    return outlet_.error();
  }

 private:
  Outlet outlet_;
};

}  // namespace nextest
