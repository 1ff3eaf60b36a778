// A workspace of its own: a configuration, and tests that are shell scripts and write down that they ran.
#pragma once

#include <sys/stat.h>

#include "screen.hpp"

namespace drive {

class Workspace {
 public:
  struct Run {
    Outcome outcome;
    Screen screen;
    Words log;  // what the tests wrote to $E2E_LOG
  };

  explicit Workspace(const std::string& config = "") {
    mkdir((dir / ".config").c_str(), 0755);
    mkdir((dir / "t").c_str(), 0755);
    if (!config.empty()) write_file(dir / ".config/nextest.toml", config);
    options.directory = dir.path();
    options.environment["E2E_LOG"] = dir / "log";
    options.environment["XDG_CONFIG_HOME"] = dir / "home";
  }

  // A plain test that logs `logged` (as the shell expands it), and then does `body`.
  Workspace& test(const std::string& name, const std::string& body = "",
                  const std::string& logged = "$NEXTEST_TEST_NAME") {
    return script("t/" + name, "echo \"" + logged + "\" >> \"$E2E_LOG\"\n" + body);
  }
  Workspace& script(const std::string& name, const std::string& body) {
    write_file(dir / name, "#!/bin/sh\n" + body + "\n", 0755);
    return *this;
  }

  Run run(Words words = {}) const {
    words.insert(words.begin(), "run");
    bool has_path = false;
    for (const std::string& word : words) has_path = has_path || starts_with(word, "./");
    if (!has_path && exists(dir / "t")) {
      const Outcome found = execute({"/bin/sh", "-c", "cd '" + dir.path() + "' && ls -d ./t/* 2>/dev/null"});
      for (const std::string& path : lines_of(found.out)) words.push_back(path);
    }
    Run run;
    run.outcome = nextest(words, options);
    run.screen = read_screen(run.outcome.err);
    run.log = lines_of(read_file(dir / "log"));
    unlink((dir / "log").c_str());
    return run;
  }

  // What `show-config` says, without what only differs from machine to machine.
  std::string shown(Words words) const {
    words.insert(words.begin(), "show-config");
    const Outcome outcome = nextest(words, options);
    SHOW(outcome);
    CHECK(outcome.code == 0);
    CHECK(outcome.err == "");
    return outcome.out;
  }

  const TempDir dir;
  Options options;
};

}  // namespace drive
