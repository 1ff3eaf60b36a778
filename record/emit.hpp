// Events of a record on their way to a reader. Nothing else happens meanwhile, so this may wait.
#pragma once

#include "core/base/fd.hpp"
#include "core/model/event.hpp"

namespace nextest {

// Waits until all of it is passed on, however long that takes. False when nobody can read the sink any more.
[[nodiscard]] inline bool emit_and_wait(EventSink& sink, const Event& event) {
  sink.on_event(event);
  bool readable = sink.flush();
  while (readable && sink.waits_for() >= 0) {
    wait_until_writable(sink.waits_for());
    readable = sink.flush();
  }
  return readable;
}

}  // namespace nextest
