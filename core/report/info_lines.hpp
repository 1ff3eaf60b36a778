// The answer to "what is running?": how each unit stands, and what it has written so far.
#pragma once

#include <string>
#include <string_view>

#include "core/report/human_lines.hpp"

namespace nextest {

class InfoLines {
 public:
  explicit InfoLines(HumanLines& lines) : lines_(lines) {}

  void begin(const InfoStarted& started) {
    lines_.rule_line();
    lines_.word(Paint::Pass, "Info");
    lines_.count(started.running, "test");
    lines_.text(" running; ");
    lines_.run_counts(started.stats);
  }

  void answer(const InfoResponse& response, CancelReason cancel_reason) {
    const UnitStatus& status = response.status;
    std::string number = std::to_string(response.index + 1) + "/" + std::to_string(response.total);
    lines_.word(Paint::Pass, number);
    if (response.script_id.empty()) {
      lines_.test_line(response.stress, response.test);
    } else {
      lines_.paint(Paint::BinaryId, safe_name(response.script_id));
      lines_.text(" (setup script)\n");
    }
    lines_.text("      status: ");
    if (response.attempt.total > 1) {
      lines_.text("attempt " + std::to_string(response.attempt.number) + "/" + std::to_string(response.attempt.total) +
                  " ");
    }
    state(status, cancel_reason);
    if (response.script_id.empty()) lines_.text(", slot " + std::to_string(response.slot.global_slot));
    if (response.slot.group_slot >= 0) {
      lines_.text(", slot " + std::to_string(response.slot.group_slot) + " of group ").name(response.slot.test_group);
    }
    lines_.text("\n");
    if (status.output == nullptr) return;
    lines_.stream("stdout", newest(status.output->out), Paint::Pass);
    lines_.stream("stderr", newest(status.output->err), Paint::Pass);
  }

 private:
  void state(const UnitStatus& status, CancelReason cancel_reason) {
    switch (status.state) {
      case UnitState::WaitingForRetry:
        lines_.text("waits for ");
        seconds(status.in_state);
        if (status.remaining.ns > 0) next(", starts in ", status.remaining);
        return;
      case UnitState::Running: lines_.text("running for "); break;
      case UnitState::Terminating:
      case UnitState::Killing: lines_.text("ending after "); break;
      case UnitState::Draining:
      case UnitState::Done: lines_.text("has ended after "); break;
    }
    seconds(status.elapsed);
    lines_.text(" as PID " + std::to_string(status.pid));
    if (status.state == UnitState::Running && status.slow) lines_.text(", slow");
    if (status.state == UnitState::Draining) {
      next(", what it left behind is a leak in ", status.remaining);
    } else if (status.state == UnitState::Terminating) {
      asked(", asked to end ", status, cancel_reason);
      next(", will be killed in ", status.remaining);
    } else if (status.state == UnitState::Killing) {
      asked(", killed; asked to end ", status, cancel_reason);
    }
  }

  void asked(const char* words, const UnitStatus& status, CancelReason cancel_reason) {
    next(words, status.in_state);
    lines_.text(" ago because of ");
    lines_.text(status.cause == EndingCause::SlowTimeout ? "its timeout" : cancel_reason_words(cancel_reason));
  }

  void next(const char* words, Duration duration) {
    lines_.text(words);
    seconds(duration);
  }
  void seconds(Duration duration) { lines_.seconds(duration.ns > 0 ? duration : Duration()); }

  // Of a long output only the end, from the start of a line.
  static std::string_view newest(std::string_view output) {
    constexpr std::size_t enough = 65536;
    if (output.size() <= enough) return output;
    output.remove_prefix(output.size() - enough);
    const std::size_t line = output.find('\n');
    return line == std::string_view::npos ? output : output.substr(line + 1);
  }

  HumanLines& lines_;
};

}  // namespace nextest
