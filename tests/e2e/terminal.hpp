// A real terminal: a shell in tmux, on a server of its own. Keys go in as a person would type them, and what is looked
// at is the screen.
#pragma once

#include <regex>

#include "screen.hpp"

namespace drive {

// For each of these tests, and what it needs beside that.
template <class... More>
needs a_real_terminal(More... more) {
  return needs(tool("tmux"), pseudo_terminal(), utf8_locale(), proc(), more...);
}

class Terminal {
 public:
  // dash leaves the terminal's modes alone, so what a program forgot is still there at its prompt.
  static std::string plain_shell() {
    const std::string dash = path_of_program("dash");
    return dash.empty() ? "/bin/sh" : dash;
  }

  Terminal(int columns, int rows, const std::string& shell = plain_shell(),
           std::map<std::string, std::string> environment = {}) {
    needs_feature("the bar, keys, debuggers and tracers");
    static int serial = 0;
    const std::string id = std::to_string(getpid()) + "-" + std::to_string(serial++);
    mark_ = "E2E_MARK=terminal." + id;
    socket_ = "nextest-e2e-" + id;
    environment.insert({{"NEXTEST_RECORD", "0"},
                        {"HOME", "/nonexistent"},
                        {"LC_ALL", "C.UTF-8"},
                        {"PATH", ".:" + variable("PATH", "/usr/bin:/bin")},
                        {"TMPDIR", variable("TMPDIR", "/tmp")},
                        {"E2E_GATE", dir / "gate"},
                        {"PS1", "$ "}});
    std::string command = "exec env -i " + quoted(mark_);
    if (environment.count("TERM") == 0) command += " TERM=\"$TERM\"";
    for (const auto& one : environment) command += " " + one.first + "=" + quoted(one.second);
    command += " " + shell + (contains(shell, "bash") ? " --norc --noprofile" : "") + " -i";
    open_gate(0);
    tmux("set-option -g history-limit 20000 ';' set-option -g default-terminal screen-256color ';' new-session -d -x " +
         std::to_string(columns) + " -y " + std::to_string(rows) + " -c " + quoted(dir.path()) + " " + quoted(command));
    pane_ = tmux("display-message -p '#{pane_tty}'");
    while (!pane_.empty() && pane_.back() == '\n') pane_.pop_back();
    CHECK(wait_for_text("$"));  // thrown from here, nobody would end the server
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() {
    close();
    for (const pid_t pid : living_with(mark_)) kill(pid, SIGKILL);
  }

  // A program of one letter or more, which is replaced by nextest with these words (as a shell reads them). Its pid is
  // that of nextest.
  void program(const std::string& name, const std::string& words, const std::string& before = "") const {
    write_file(dir / name,
               "#!/bin/sh\necho $$ > pid\n" + before + "\nexec " + quoted(program_path()) + " " + words + "\n", 0755);
  }
  pid_t pid() const { return atoi(read_file(dir / "pid").c_str()); }
  void send(int signal) const { kill(pid(), signal); }

  // Names of keys as tmux has them: "C-c", "Enter".
  void key(const std::string& name) const { tmux("send-keys " + name); }
  void type(const std::string& text) const { tmux("send-keys -l " + quoted(text)); }
  void enter(const std::string& text) const {
    type(text);
    key("Enter");
  }

  // The shell's command line for a program, which says its exit code.
  void start(const std::string& name) const { enter(name + "; echo code=$?"); }
  // The exit code, once it is there; -1 when it never is.
  int code() const {
    std::string text;
    const std::regex number("(^|\n)code=([0-9]+)\n");
    std::smatch match;
    if (!wait_until([&] {
          text = all();
          return std::regex_search(text, match, number);
        }))
      return -1;
    return std::stoi(match[2]);
  }

  // As when its window is closed.
  void close() const { tmux("kill-server"); }
  void resize(int columns, int rows) const {
    tmux("resize-window -x " + std::to_string(columns) + " -y " + std::to_string(rows));
  }
  // Tests of two_hundred below this number may end.
  void open_gate(int number) const {
    write_file(dir / "gate.new", std::to_string(number));
    REQUIRE(rename((dir / "gate.new").c_str(), (dir / "gate").c_str()) == 0);
  }

  std::string screen() const { return tmux("capture-pane -p"); }    // what is to be seen, a line a row
  std::string all() const { return tmux("capture-pane -p -S -"); }  // and what has scrolled away
  std::string unbroken() const {
    return tmux("capture-pane -p -J -S -");
  }  // rows joined to the lines that were written
  std::string about(const std::string& what) const {
    std::string text = tmux("display-message -p " + quoted("#{" + what + "}"));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
  }
  // As at a prompt of the plain shell.
  std::string modes() const { return output_of("stty -a < " + quoted(pane_) + " 2>&1"); }

  template <class Condition>
  bool wait_until(Condition condition) const {
    const double limit = now_seconds() + hard_timeout_seconds();
    while (!condition()) {
      if (!left_out().empty()) skip_if_left_out(unbroken());
      if (now_seconds() > limit) {
        MESSAGE("not seen in time; the terminal shows:\n" << all());
        return false;
      }
      sleep_ms(15);
    }
    return true;
  }
  bool wait_for_text(const std::string& text, int times = 1) const {
    return wait_until([&] { return occurrences(all(), text) >= times; });
  }

  // Processes that the runs left behind: all but the shell.
  std::vector<pid_t> left_behind(double seconds = 5) const {
    const pid_t shell = atoi(about("pane_pid").c_str());
    const double until = now_seconds() + seconds;
    for (;; sleep_ms(10)) {
      std::vector<pid_t> left = living_with(mark_);
      left.erase(std::remove(left.begin(), left.end(), shell), left.end());
      if (left.empty() || now_seconds() >= until) return left;
    }
  }

  const TempDir dir;

 private:
  std::string output_of(const std::string& command) const {
    FILE* const pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::string text;
    char buffer[65536];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) text.append(buffer, n);
    pclose(pipe);
    return text;
  }
  std::string tmux(const std::string& words) const {
    return output_of("exec env -i PATH=" + quoted(variable("PATH", "/usr/bin:/bin")) +
                     " LC_ALL=C.UTF-8 SHELL=/bin/sh " + "TMUX_TMPDIR=" + quoted(dir.path()) + " tmux -L " + socket_ +
                     " -f /dev/null " + words + " < /dev/null 2>&1");
  }

  std::string mark_, socket_, pane_;
};

// Times, ids and process numbers as fixed words, and no blanks at the end.
inline std::string settled(const std::string& text) {
  std::string out = std::regex_replace(text, std::regex("\\[(>?) *[0-9]+\\.[0-9]{3}s\\]"), "[$1time]");
  out = std::regex_replace(out, std::regex("\\[ [0-9]{2}:[0-9]{2}:[0-9]{2}\\]"), "[clock]");
  out = std::regex_replace(out, std::regex("[0-9]+\\.[0-9]{3}s"), "(time)");
  out = std::regex_replace(out, std::regex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "(id)");
  out = std::regex_replace(out, std::regex("PID [0-9]+"), "PID (pid)");
  out = std::regex_replace(out, std::regex(" +\n"), "\n");
  while (ends_with(out, "\n\n")) out.pop_back();
  return out;
}

}  // namespace drive
