// The answer to "what is running?": how each unit stands, and what it has written so far.
#pragma once

#include "core/report/human_lines.hpp"

namespace nextest {

class InfoLines {
 public:
  explicit InfoLines(HumanLines& lines) : lines_(lines) {}

  void begin(const InfoStarted& started) {
    lines_.rule_line();
    lines_.word(Paint::Pass, "Info").count(started.running, "test").text(" running; ").run_counts(started.stats);
  }

  void answer(const InfoResponse& response, CancelReason cancel_reason) {
    const UnitStatus& status = response.status;
    const bool is_test = response.script_id.empty();
    lines_.word(Paint::Pass, decimal(response.index + 1) + "/" + decimal(response.total));
    if (is_test) lines_.test_line(response.stress, response.test);
    else
      lines_.paint(Paint::BinaryId, safe_name(response.script_id))
          .text(std::string(" (") + script_kind(response.phase) + ")\n");
    lines_.text("      status: ");
    const Attempt& attempt = response.attempt;
    if (attempt.total > 1) {
      lines_.text("attempt " + decimal(attempt.number) + "/" + decimal(attempt.total) + " ");
    }
    state(status, cancel_reason);
    if (is_test) lines_.text(", slot " + decimal(response.slot.global_slot));
    if (response.slot.group_slot >= 0) {
      lines_.text(", slot " + decimal(response.slot.group_slot) + " of group ").name(response.slot.test_group);
    }
    lines_.text("\n");
    if (status.output == nullptr) return;
    lines_.stream(HumanLines::out_heading(*status.output), newest(status.output->out), Paint::Pass);
    lines_.stream("stderr", newest(status.output->err), Paint::Pass);
  }

 private:
  void state(const UnitStatus& status, CancelReason cancel_reason) {
    switch (status.state) {
      case UnitState::WaitingForRetry:
        next("waits for ", status.in_state);
        if (status.remaining.ns > 0) next(", starts in ", status.remaining);
        return;
      case UnitState::Running: next("running for ", status.elapsed); break;
      case UnitState::Terminating:
      case UnitState::Killing: next("ending after ", status.elapsed); break;
      case UnitState::Draining:
      case UnitState::Done: next("has ended after ", status.elapsed); break;
    }
    lines_.text(" as PID " + decimal(status.pid));
    if (status.state == UnitState::Running && status.slow) lines_.text(", slow");
    if (status.stopped) lines_.text(", stopped");
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
    lines_.text(" ago because of ")
        .text(status.cause == EndingCause::SlowTimeout ? "its timeout" : cancel_reason_words(cancel_reason));
  }

  void next(const char* words, Duration duration) {
    lines_.text(words).seconds(duration.ns > 0 ? duration : Duration());
  }

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
