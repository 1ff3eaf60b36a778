// The way of all events from a run to its readers. There is one, so every reader sees one order of things; and what a
// slow reader has not taken yet never holds up the loop.
#pragma once

#include <algorithm>

#include "core/model/event.hpp"
#include "core/process/event_loop.hpp"

namespace nextest {

class EventStream final : private EventLoop::Client {
 public:
  // The run starts now.
  EventStream(EventLoop& loop, Vector<EventSink*> sinks) : loop_(loop), sinks_(std::move(sinks)) { loop_.add(*this); }
  ~EventStream() override { loop_.remove(*this); }

  // Both since the run started.
  Duration elapsed() const { return since_start(loop_.clock.now()); }
  Duration since_start(Duration run_clock) const { return run_clock - started_; }

  template <class What>
  void emit(What&& what) {
    emit_at(elapsed(), std::forward<What>(what));
  }
  // `at` is since the run started.
  template <class What>
  void emit_at(Duration at, What&& what) {
    emit_event({at, std::forward<What>(what)});
  }
  void emit_event(const Event& event) {
    for (EventSink* sink : sinks_) sink->on_event(event);
  }

  // Lets the readers pass on what they have. Without `at_once` at most fifty times a second: a reader that is woken for
  // every line takes the processor from the tests. The loop wakes for the next flush that is due, and for a reader that
  // is behind. Returns whether one is.
  bool flush(bool at_once = false) {
    const Duration now = loop_.clock.now();
    if (!at_once && !is_behind_ && now < earliest_flush_) {
      deadline = flush_due(now);
      return false;
    }
    earliest_flush_ = now + Duration::milliseconds(20);
    int behind = -1;
    for (EventSink* sink : sinks_) {
      if (!sink->flush()) readable_ = false;
      if (sink->waits_for() >= 0) behind = sink->waits_for();
    }
    loop_.want_writable(behind);
    is_behind_ = behind >= 0;
    deadline = is_behind_ ? forever : flush_due(now);
    return is_behind_;
  }

  // False once a reader is gone: nobody can read it any more (a closed pipe, a full disk).
  bool readable() const { return readable_; }

 private:
  // It only wakes the loop; the next flush is part of each turn.
  void on_deadline() override {}

  Duration flush_due(Duration now) const {
    Duration soonest = forever;
    for (const EventSink* sink : sinks_) soonest = std::min(soonest, sink->flush_within());
    return std::max(soonest < thirty_years ? now + soonest : forever, earliest_flush_);
  }

  EventLoop& loop_;
  const Vector<EventSink*> sinks_;
  const Duration started_ = loop_.clock.now();
  Duration earliest_flush_{};
  bool is_behind_ = false;
  bool readable_ = true;
};

}  // namespace nextest
