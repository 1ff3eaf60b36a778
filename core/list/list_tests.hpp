// Which tests the binaries hold: runs every binary's list commands, several at a time, as killable and as well-timed as
// tests are.
#pragma once

#include <string.h>

#include <algorithm>

#include "core/base/escape.hpp"
#include "core/base/signal_name.hpp"
#include "core/list/command.hpp"
#include "core/list/libraries.hpp"
#include "core/list/test_names.hpp"
#include "core/process/supervisor.hpp"

namespace nextest {

class Lister final : private UnitObserver {
 public:
  // Lists `binaries`, `jobs` commands at a time, each within `timeout`. The error is of all that cannot be listed.
  static Result<TestList> run(Supervisor& supervisor, Vector<TestBinary> binaries, const StartOptions& start,
                              std::size_t jobs, Duration timeout) {
    Lister lister(supervisor, std::move(binaries), start, jobs, timeout);
    if (Status status = lister.list_all(); !status) return status.error();
    for (std::uint32_t i = 0; i < lister.list_.binaries.size(); ++i) {
      lister.read(i);
    }
    if (Status status = lister.failures(); !status) return status.error();
    return std::move(lister.list_);
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  struct Listing {
    std::uint32_t binary = 0;
    Command command;
    Unit* unit = nullptr;
    std::string output;
    std::string error_output;
    Duration busy_since = forever;  // its program
  };

  // How far a binary is: the list commands that it was asked with last, and the first of them that failed.
  struct Progress {
    std::size_t first = 0, count = 0;  // in listings_
    std::size_t open = 0;              // of them, not ended yet
    bool plain = false;                // these are the harness's plain ones
    bool timed_out = false;            // so it is not asked in other words, for as long again
    std::unique_ptr<Error> failure;    // few have one
    std::size_t failed = none;         // whose that is, in listings_: of several, the first
  };

  static constexpr std::size_t shown_output = 4000;
  // How long those that still list are waited for once one has failed: their failures are of interest, too, but a
  // program that hangs keeps nobody from the first.
  static constexpr Duration patience = Duration::seconds(3);

  Lister(Supervisor& supervisor, Vector<TestBinary> binaries, const StartOptions& start, std::size_t jobs,
         Duration timeout)
      : supervisor_(supervisor), start_(start), jobs_(jobs), busy_(supervisor.loop), failed_(supervisor.loop) {
    list_.binaries = std::move(binaries);
    list_.tests.reserve(list_.binaries.size());
    limits_.slow_timeout.period = timeout;
    limits_.slow_timeout.terminate_after = 1;
    limits_.slow_timeout.grace_period = Duration::milliseconds(500);
    limits_.max_output = std::size_t{64} << 20;
    limits_.overflow_ends = true;
    progress_ = Vector<Progress>(list_.binaries.size());
    for (std::uint32_t i = 0; i < list_.binaries.size(); ++i) {
      if (list_.binaries[i].skip_reason.empty()) ask(i);
    }
  }

  // Adds the list commands of a binary's harness.
  void ask(std::uint32_t index) {
    TestBinary& binary = list_.binaries[index];
    Progress& progress = progress_[index];
    const Harness& harness = *binary.harness;
    binary.option_prefix = SharedText();
    BytesOfFile file;
    if (harness.find_option_prefix != nullptr &&
        file.open(libraries_.file_with(harness, binary.path.str(), binary.environment)) == 0) {
      binary.option_prefix = SharedText("--" + harness.find_option_prefix(file));
    }
    progress.first = listings_.size();
    progress.failure = nullptr;
    progress.failed = none;
    for (Arguments& arguments : (progress.plain ? harness.plain_list_commands : harness.list_commands)(harness)) {
      Listing& listing = listings_.emplace_back();
      listing.binary = index;
      listing.command = make_command(binary, std::move(arguments), start_, binary.list_wrapper);
      for (const Harness* const other : binary.other_harnesses) {
        if (other->runs_nothing != nullptr) listing.command.environment.push_back(other->runs_nothing);
      }
    }
    progress.count = progress.open = listings_.size() - progress.first;
  }

  // After the last list command of a binary: asks it in other words, if there are any, where these told nothing.
  void ask_again(std::uint32_t index) {
    TestBinary& binary = list_.binaries[index];
    Progress& progress = progress_[index];
    const bool failed = progress.failure != nullptr;
    if (failed && !progress.plain && !progress.timed_out && binary.harness->plain_list_commands != nullptr) {
      progress.plain = true;
      return ask(index);
    }
    const bool is_last = binary.other_harnesses.empty();
    const bool plain_is_next = !is_last && binary.other_harnesses[0] == &plain_harness;
    if (failed && (is_last || plain_is_next)) failed_.set(patience);
    if (is_last || (failed && plain_is_next)) return;
    if (!failed) {
      const Vector<std::string> outputs = outputs_of(progress);
      const Result<Vector<ListedTest>> tests = read_list_of(binary, outputs);
      const bool is_list = plain_is_next ? contains(outputs[0], binary.harness->list_mark) : trim(outputs[0]).empty();
      if (tests && (!tests.value().empty() || is_list)) return;
    }
    binary.harness = binary.other_harnesses[0];
    binary.other_harnesses.erase(binary.other_harnesses.begin(), binary.other_harnesses.begin() + 1);
    progress.plain = false;
    ask(index);
  }

  Vector<std::string> outputs_of(const Progress& progress) const {
    Vector<std::string> outputs;
    for (std::size_t i = 0; i < progress.count; ++i) outputs.push_back(listings_[progress.first + i].output);
    return outputs;
  }

  Status list_all() {
    std::size_t next = 0;
    while (!cancelled_ && !failed_.rings) {
      if (busy_.rings) take_all(waiting_, due_);
      busy_.rings = false;
      while (supervisor_.running() < jobs_ && (!due_.empty() || next < listings_.size())) {
        const bool is_new = due_.empty();
        if (!try_start(is_new ? next : due_.back())) break;  // until one ends
        if (is_new) ++next;
        else due_.pop_back();
      }
      if (supervisor_.running() == 0 && waiting_.empty()) break;
      supervisor_.wait([&](int signal) { on_signal(signal); });
    }
    give_up();
    if (cancelled_) return failure_;
    return success();
  }

  static void take_all(Vector<std::size_t>& from, Vector<std::size_t>& to) {
    for (const std::size_t one : from) to.push_back(one);
    from.clear();
  }

  // False when the system is out of something that another one will give back.
  bool try_start(std::size_t index) {
    Listing& listing = listings_[index];
    Launched failure;
    listing.unit = supervisor_.start(listing.command, limits_, "", *this, failure);
    if (listing.unit != nullptr) return true;
    if (failure.out_of_resources() && supervisor_.running() > 0) return false;
    const Duration now = supervisor_.loop.clock.now();
    if (listing.busy_since == forever) listing.busy_since = now;
    if (failure.is_busy() && waits_for_busy(now - listing.busy_since)) {
      waiting_.push_back(index);
      busy_.set(busy_pause(now - listing.busy_since));
      return true;
    }
    fail(listing, std::string("could not start: ") + ::strerror(failure.error), {}, failure.error);
    on_end_of(listing.binary);
    return true;
  }

  // Ends what still lists, and remembers whose.
  void give_up() {
    ended_ = true;
    for (std::size_t i = 0; i < progress_.size(); ++i) {
      if (progress_[i].open == 0 || progress_[i].failure != nullptr) continue;
      not_waited_for_.append(not_waited_for_.empty() ? "" : ", ").append(list_.binaries[i].id);
    }
    supervisor_.kill_all();
    while (supervisor_.running() > 0) supervisor_.wait([](int) {});
  }

  // One of its list commands has ended.
  void on_end_of(std::uint32_t binary) {
    if (--progress_[binary].open == 0) ask_again(binary);
  }

  void on_slow(Unit&, Duration, bool) override {}

  void on_done(Unit& unit) override {
    Listing& listing =
        *std::find_if(listings_.begin(), listings_.end(), [&](const Listing& l) { return l.unit == &unit; });
    listing.unit = nullptr;
    if (ended_) return;
    const bool too_much = unit.overflowed();
    CapturedOutput output = unit.take_output();
    const Outcome outcome = unit.outcome();
    const int exit_code = outcome.kind == OutcomeKind::Fail ? outcome.code : 0;
    std::string what;
    if (too_much) {
      what = "printed more than 64 MiB";
    } else if (outcome.kind == OutcomeKind::Timeout) {
      what = "did not end within ";
      append_seconds(what, limits_.slow_timeout.period);
      what += " s (--list-timeout)";
      progress_[listing.binary].timed_out = true;
    } else if (outcome.kind == OutcomeKind::Abort) {
      what = describe_signal(outcome.code, outcome.core_dumped);
    } else if (outcome.kind == OutcomeKind::OutputError) {
      what = std::string("its output could not be read: ") + ::strerror(outcome.code);
    } else if (!list_.binaries[listing.binary].harness->list_succeeded(exit_code, output.out)) {
      what = "exited with " + decimal(exit_code);
    }
    if (!what.empty()) fail(listing, what, output);
    listing.output = without_marks(std::move(output.out));
    listing.error_output = trim(output.err).substr(0, shown_output);
    on_end_of(listing.binary);
  }

  // A list as its harness wrote it, wherever it came through: without a byte order mark, lines ending as they do here.
  static std::string without_marks(std::string output) {
    if (starts_with(output, "\xEF\xBB\xBF")) output.erase(0, 3);
    if (!contains(output, "\r\n")) return output;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < output.size(); ++i) {
      if (output[i] != '\r' || i + 1 == output.size() || output[i + 1] != '\n') output[kept++] = output[i];
    }
    output.resize(kept);
    return output;
  }

  void on_signal(int signal) {
    if (signal == SIGTSTP) return supervisor_.stop();
    if (signal == SIGCONT) return static_cast<void>(supervisor_.go_on());
    if (!Signals::ends(signal)) return;
    cancelled_ = true;
    failure_ = {ExitCode::TestRunFailed, std::string("cancelled by SIG") + signal_name(signal) + " while listing tests",
                ""};
  }

  static void add_output(std::string& message, const char* which, std::string_view output) {
    if (trim(output).empty()) return;
    message.append("\n  ").append(which).append(":\n");
    append_safe_output(message, trim(output).substr(0, shown_output), "    ", false);
    message.pop_back();
  }

  // Keeps the first thing that is wrong with a binary.
  void fail(const Listing& listing, const std::string& what, const CapturedOutput& output, int exec_error = 0) {
    Progress& progress = progress_[listing.binary];
    const std::size_t index = static_cast<std::size_t>(&listing - &listings_[0]);
    if (progress.failed < index) return;
    progress.failed = index;
    const TestBinary& binary = list_.binaries[listing.binary];
    std::string message = "listing the tests of " + binary.id.str() + " failed: " + what +
                          "\n  command: " + shell_join(listing.command.argv);
    add_output(message, "stdout", output.out);
    add_output(message, "stderr", output.err);
    std::string hint =
        std::string("it was taken for a ") + binary.harness->name + " program; --harness NAME says otherwise";
    if (exec_error == ENOEXEC)
      hint = "a script needs a first line such as #!/bin/sh; a foreign program --target-runner";
    progress.failure = std::make_unique<Error>(Error{ExitCode::TestListFailed, std::move(message), std::move(hint)});
  }

  // All that went wrong, as one error that reads as one for each program.
  Status failures() {
    Error all;
    for (Progress& progress : progress_) {
      if (progress.failure == nullptr) continue;
      Error& failure = *progress.failure;
      if (all.message.empty()) {
        all = std::move(failure);
        continue;
      }
      all.message.append("\n  hint: ").append(all.hint).append("\nerror: ").append(failure.message);
      all.hint = std::move(failure.hint);
    }
    if (all.message.empty()) return success();
    if (!not_waited_for_.empty()) all.message += "\n  not waited for: " + not_waited_for_;
    return all;
  }

  // Turns what a binary's list commands printed into tests.
  void read(std::uint32_t index) {
    const TestBinary& binary = list_.binaries[index];
    const Harness& harness = *binary.harness;
    Progress& progress = progress_[index];
    if (!binary.skip_reason.empty() || progress.open > 0 || progress.failure != nullptr) return;
    Vector<std::string> outputs;
    for (std::size_t i = 0; i < progress.count; ++i) {
      outputs.push_back(std::move(listings_[progress.first + i].output));
    }
    const auto fail_to_read = [&](const std::string& what) {
      const Listing& last = listings_[progress.first + progress.count - 1];
      fail(last, what, {"", last.error_output});
    };
    Result<Vector<ListedTest>> read = read_list_of(binary, outputs);
    if (!read) return fail_to_read(read.error().message);
    outputs = {};
    Vector<ListedTest>& tests = read.value();
    const std::size_t first = list_.tests.size();
    list_.tests.reserve(first + tests.size());
    for (ListedTest& listed : tests) {
      // It could not be given to the program: an argument ends at a NUL.
      if (listed.name.find('\0') != std::string::npos) return fail_to_read("a test name holds a NUL byte");
      TestCase& test = list_.tests.emplace_back();
      test.binary = index;
      test.name = std::move(listed.name);
      test.own_name_size = static_cast<std::uint32_t>(test.name.size());
      test.ignored = listed.ignored;
      test.benchmark = listed.benchmark;
      test.runs_others = listed.runs_others;
    }
    make_names_unique(list_.tests, tests, first);
    tests = {};
    if (harness.pattern_of != nullptr) find_rivals(harness, list_.tests, first);
  }

  // The tests in a binary, from what its list commands printed; without such commands, it is one test itself.
  static Result<Vector<ListedTest>> read_list_of(const TestBinary& binary, const Vector<std::string>& outputs) {
    const Harness& harness = *binary.harness;
    if (outputs.empty()) {
      ListedTest test;
      test.name = KeptText::of(file_name(binary.path));
      return Vector<ListedTest>{std::move(test)};
    }
    Result<Vector<ListedTest>> tests = harness.read_list(harness, outputs);
    if (tests && harness.mark_ignored_in != nullptr) {
      BytesOfFile file;
      if (file.open(binary.path.str()) == 0) harness.mark_ignored_in(file, tests.value());
    }
    return tests;
  }

  Supervisor& supervisor_;
  const StartOptions& start_;
  const std::size_t jobs_;
  UnitLimits limits_;
  TestList list_;
  Libraries libraries_;
  Vector<Listing> listings_;
  Vector<Progress> progress_;          // by binary
  Vector<std::size_t> waiting_, due_;  // in listings_: whose programs are busy, and which of them to try again
  Alarm busy_, failed_;                // when to try these again; when others are not waited for any more
  std::string not_waited_for_;
  bool ended_ = false;
  bool cancelled_ = false;
  Error failure_;  // why
};

}  // namespace nextest
