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
  // `waits`: nothing else happens meanwhile, so a large output is written a piece at a time.
  explicit JsonlWriter(int fd, bool waits = false) : outlet_(fd), waits_(waits) {}

  // That a test is skipped stands in the list.
  void on_event(const Event& event) override {
    if (std::holds_alternative<TestSkipped>(event.what)) return;
    const auto write = [this](JsonWriter& json, std::string_view text) { write_output(json, text); };
    append_event_line(outlet_.text, event, write);
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
  static constexpr std::size_t piece_size = 3 * 16384;  // base64 has three bytes in four letters

  void write_output(JsonWriter& json, std::string_view text) {
    if (!waits_ || text.size() <= piece_size) return write_any_text(json, text);
    const bool is_text = is_utf8(text);
    if (!is_text) json.begin_object();
    if (!is_text) json.key("base64");
    json.string("");
    outlet_.text.pop_back();  // its second quote
    while (!text.empty()) {
      std::size_t size = text.size() < piece_size ? text.size() : piece_size;
      // A character stays whole; of four bytes at most one begins one.
      while (is_text && size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
      if (is_text) append_json_characters(outlet_.text, text.substr(0, size));
      else outlet_.text += to_base64(text.substr(0, size));
      text.remove_prefix(size);
      outlet_.write_all();
    }
    outlet_.text += '"';
    if (!is_text) json.end_object();
  }

  Outlet outlet_;
  const bool waits_;
};

}  // namespace nextest
