// What a JUnit report is made of: elements with any text in them, and what is said of an attempt.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include "core/base/clock.hpp"
#include "core/base/text.hpp"
#include "core/format/xml.hpp"
#include "core/model/outcome.hpp"
#include "core/report/failure_place.hpp"
#include "core/report/status.hpp"

namespace nextest {

// Any text, without what steers a terminal: colours, cursor (ECMA-48, section 5.4: CSI). In an attribute, a reader
// takes a bare newline or tab for a blank (XML 1.0, section 3.3.3).
inline void append_junit_text(std::string& out, std::string_view text, bool is_attribute) {
  while (true) {
    std::size_t at = text.find_first_of(is_attribute ? "\x1B\t\n" : "\x1B");
    append_xml_escaped(out, text.substr(0, at));
    if (at == std::string_view::npos) return;
    const char c = text[at++];
    if (c != '\x1B') {
      append_format(out, "&#%d;", c);
    } else if (at < text.size() && text[at] == '[') {
      do ++at;
      while (at < text.size() && text[at] >= 0x20 && text[at] < 0x40);
      if (at < text.size() && text[at] >= 0x40) ++at;
    }
    text.remove_prefix(at);
  }
}

// Appends `format` with what `values` point at: %s a C string as it is, %a and %t a std::string in an attribute and in
// text, %u a std::uint32_t, %d a Duration in seconds, %w a Duration as wall time (RFC 3339). One function for all
// elements, because code is dear here.
inline void append_junit(std::string& out, const char* format, std::initializer_list<const void*> values) {
  const void* const* next = values.begin();
  for (; *format != '\0'; ++format) {
    if (*format != '%') {
      out += *format;
      continue;
    }
    const void* const value = *next++;
    switch (*++format) {
      case 's': out += static_cast<const char*>(value); break;
      case 'u': append_format(out, "%u", *static_cast<const std::uint32_t*>(value)); break;
      case 'd': append_seconds(out, *static_cast<const Duration*>(value)); break;
      case 'w':
        append_date_time(out, *static_cast<const Duration*>(value));
        append_format(out, ".%03d+00:00", static_cast<int>(static_cast<const Duration*>(value)->ns / 1000000 % 1000));
        break;
      default: append_junit_text(out, *static_cast<const std::string*>(value), *format == 'a');
    }
  }
}

inline bool is_junit_error(const Outcome& outcome) {
  return outcome.kind == OutcomeKind::ExecFail || outcome.kind == OutcomeKind::LeakFail;
}

// The rest of an element that says how an attempt went wrong and where, up to its end tag. The types are upstream's;
// `unit` is "test" or "script".
inline void append_junit_problem(std::string& out, const AttemptResult& result, const char* unit, HarnessKind harness) {
  const Outcome& outcome = result.outcome;
  const OutcomeKind kind = outcome.kind;
  const char* type = "%s failure";
  switch (kind) {
    case OutcomeKind::Fail: type = "%s failure with exit code %d"; break;
    case OutcomeKind::Abort: type = "%s abort"; break;
    case OutcomeKind::LeakFail: type = "%s exited with code 0, but leaked handles so was marked failed"; break;
    case OutcomeKind::ExecFail: type = "execution failure"; break;
    case OutcomeKind::Timeout: type = "%s timeout"; break;
    default: break;
  }
  const bool exited_badly = kind == OutcomeKind::Fail || kind == OutcomeKind::Abort;
  std::string text;
  if ((exited_badly || kind == OutcomeKind::Timeout) && result.output != nullptr) {
    const FailurePlace place = find_failure_place(harness, *result.output);
    if (!place.file.empty()) text = place.file + ":" + std::to_string(place.line) + ": ";
    if (!place.message.empty()) text += place.message + "\n";
  }
  text += reason_of(outcome);
  const std::string message = text.substr(0, text.find('\n'));
  append_junit(out, " message=\"%a\" type=\"", {&message});
  append_format(out, type, unit, outcome.code);
  append_junit(out, outcome.leaked && exited_badly ? " (leaked handles)\">%t" : "\">%t", {&text});
}

inline void append_junit_outputs(std::string& out, const char* indent, const AttemptResult& result, bool has_out = true,
                                 bool has_err = true) {
  const CapturedOutput* const output = result.output.get();
  for (const bool is_out : {true, false}) {
    const char* const name = is_out ? "out" : "err";
    append_junit(out, "%s<system-%s>", {indent, name});
    if (result.outcome.kind == OutcomeKind::ExecFail) out += "(process failed to start)";
    else if (output == nullptr || !(is_out ? has_out : has_err)) append_junit(out, "(std%s not captured)", {name});
    else append_junit_text(out, is_out ? output->out : output->err, false);
    append_junit(out, "</system-%s>", {name});
  }
}

}  // namespace nextest
