// A launcher for which a program is open for writing at first.
#pragma once

#include <errno.h>

#include "core/process/launcher.hpp"

namespace support {

class BusyLauncher final : public nextest::Launcher {
 public:
  // Refuses as many starts.
  explicit BusyLauncher(unsigned refusals) : refusals_(refusals) {}

  nextest::Launched launch(const nextest::Command& command) override {
    nextest::Launched launched;
    if (refusals_ > 0) {
      --refusals_;
      launched.error = ETXTBSY;
      return launched;
    }
    local_.environment = environment;
    return local_.launch(command);
  }
  bool send(pid_t pid, int signal, bool is_reaped) const override { return local_.send(pid, signal, is_reaped); }
  void reap(nextest::Vector<nextest::Exit>& exits) override { local_.reap(exits); }

 private:
  nextest::LocalLauncher local_;
  unsigned refusals_;
};

}  // namespace support
