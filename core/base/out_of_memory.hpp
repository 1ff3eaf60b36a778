// The end of a program that gets no more memory: one error, and nothing left behind. Nothing here asks for memory.
#pragma once

#include <unistd.h>

#include "core/base/exit_code.hpp"
#include "core/base/fd.hpp"

namespace nextest {

// Something to be put in order before the program may end at any moment. It counts as long as it lives; make it the
// last member, so that it finds all others whole.
class LastDuty {
 public:
  // `put_in_order` is given `owner`; it may be in the midst of anything that asks for memory, and must not.
  LastDuty(void (*put_in_order)(void* owner), void* owner)
      : put_in_order_(put_in_order), owner_(owner), before_(newest_) {
    newest_ = this;
  }
  LastDuty(const LastDuty&) = delete;
  LastDuty& operator=(const LastDuty&) = delete;
  ~LastDuty() {
    LastDuty** link = &newest_;
    while (*link != this) link = &(*link)->before_;
    *link = before_;
  }

  // All of them, the newest first, each once.
  static void do_all() {
    while (newest_ != nullptr) {
      const LastDuty& duty = *newest_;
      newest_ = duty.before_;
      duty.put_in_order_(duty.owner_);
    }
  }

 private:
  static inline LastDuty* newest_ = nullptr;

  void (*const put_in_order_)(void* owner);
  void* const owner_;
  LastDuty* before_;
};

// Called wherever there is no memory, by operator new as well (std::set_new_handler).
[[noreturn]] inline void out_of_memory() {
  LastDuty::do_all();
  static_cast<void>(write_all(2,
                              "error: out of memory\n"
                              "  hint: fewer tests at a time (-j 1), and tests that print less, need less of it; "
                              "'ulimit -v' shows a limit\n"));
  ::_exit(static_cast<int>(ExitCode::SetupError));
}

}  // namespace nextest
