// The answer to "what is running?": how each unit stands, and what it has written so far.
#pragma once

#include <string>
#include <string_view>

#include "core/report/human_lines.hpp"

namespace nextest {

class InfoLines {
 public:
  explicit InfoLines(HumanLines& lines) : lines_(lines), out_(lines.out_) {}

  void begin(const InfoStarted& started) {
    lines_.rule_line();
    lines_.word(Paint::Pass, "Info");
    lines_.count(started.running, "test");
    out_ += " running; ";
    lines_.run_counts(started.stats);
  }

  void answer(const InfoResponse& response, CancelReason cancel_reason) {
    const UnitStatus& status = response.status;
    std::string number = std::to_string(response.index + 1) + "/" + std::to_string(response.total);
    lines_.word(Paint::Pass, number);
    if (response.script_id.empty()) {
      lines_.test_line(response.stress, response.test);
    } else {
      lines_.style_.paint(out_, Paint::BinaryId, safe_name(response.script_id));
      out_ += " (setup script)\n";
    }
    out_ += "      status: ";
    if (response.attempt.total > 1) {
      append_format(out_, "attempt %u/%u ", response.attempt.number, response.attempt.total);
    }
    state(status, cancel_reason);
    if (response.script_id.empty()) append_format(out_, ", slot %u", response.slot.global_slot);
    if (response.slot.group_slot >= 0) {
      out_.append(", slot ").append(std::to_string(response.slot.group_slot)).append(" of group ");
      append_safe_name(out_, response.slot.test_group);
    }
    out_ += '\n';
    if (status.output == nullptr) return;
    lines_.stream("stdout", newest(status.output->out), Paint::Pass);
    lines_.stream("stderr", newest(status.output->err), Paint::Pass);
  }

 private:
  void state(const UnitStatus& status, CancelReason cancel_reason) {
    switch (status.state) {
      case UnitState::WaitingForRetry:
        out_ += "waits for ";
        seconds(status.in_state);
        if (status.remaining.ns > 0) next(", starts in ", status.remaining);
        return;
      case UnitState::Running: out_ += "running for "; break;
      case UnitState::Terminating:
      case UnitState::Killing: out_ += "ending after "; break;
      case UnitState::Draining:
      case UnitState::Done: out_ += "has ended after "; break;
    }
    seconds(status.elapsed);
    append_format(out_, " as PID %ld", static_cast<long>(status.pid));
    if (status.state == UnitState::Running && status.slow) out_ += ", slow";
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
    out_ += " ago because of ";
    out_ += status.cause == EndingCause::SlowTimeout ? "its timeout" : cancel_reason_words(cancel_reason);
  }

  void next(const char* words, Duration duration) {
    out_ += words;
    seconds(duration);
  }
  void seconds(Duration duration) {
    append_seconds(out_, duration.ns > 0 ? duration : Duration());
    out_ += 's';
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
  std::string& out_;
};

}  // namespace nextest
