// Which tests the binaries hold: runs every binary's list commands, several at a time, as killable and as well-timed as
// tests are.
#pragma once

#include <string.h>

#include <algorithm>

#include "core/base/escape.hpp"
#include "core/base/signal_name.hpp"
#include "core/base/sorted_order.hpp"
#include "core/list/command.hpp"
#include "core/process/supervisor.hpp"

namespace nextest {

class Lister final : private UnitObserver {
 public:
  // Lists `binaries`, `jobs` commands at a time, each within `timeout`. The first thing that goes wrong ends it.
  static Result<TestList> run(Supervisor& supervisor, Vector<TestBinary> binaries, const StartOptions& start,
                              std::size_t jobs, Duration timeout) {
    Lister lister(supervisor, std::move(binaries), start, jobs, timeout);
    if (Status status = lister.list_all(); !status) return status.error();
    for (std::uint32_t i = 0; i < lister.list_.binaries.size(); ++i) {
      if (Status status = lister.read(i); !status) return status.error();
    }
    return std::move(lister.list_);
  }

 private:
  struct Listing {
    std::uint32_t binary = 0;
    std::size_t number = 0;  // which of the harness's list commands
    Command command;
    Unit* unit = nullptr;
    std::string output;
  };

  Lister(Supervisor& supervisor, Vector<TestBinary> binaries, const StartOptions& start, std::size_t jobs,
         Duration timeout)
      : supervisor_(supervisor), start_(start), jobs_(jobs) {
    list_.binaries = std::move(binaries);
    list_.tests.reserve(list_.binaries.size());
    limits_.slow_timeout.period = timeout;
    limits_.slow_timeout.terminate_after = 1;
    limits_.slow_timeout.grace_period = Duration::milliseconds(500);
    limits_.max_output = std::size_t{64} << 20;
    limits_.overflow_ends = true;
    for (std::uint32_t i = 0; i < list_.binaries.size(); ++i) {
      if (!list_.binaries[i].skip_reason.empty()) continue;
      std::size_t number = 0;
      const Harness& harness = *list_.binaries[i].harness;
      for (Arguments& arguments : harness.list_commands(harness)) {
        Listing& listing = listings_.emplace_back();
        listing.binary = i;
        listing.number = number++;
        listing.command = make_command(list_.binaries[i], std::move(arguments), start_, list_.binaries[i].list_wrapper);
      }
    }
  }

  Status list_all() {
    std::size_t next = 0;
    while (failure_.message.empty() && (next < listings_.size() || supervisor_.running() > 0)) {
      while (next < listings_.size() && supervisor_.running() < jobs_) {
        Listing& listing = listings_[next];
        Launched failure;
        listing.unit = supervisor_.start(listing.command, limits_, "", *this, failure);
        if (listing.unit == nullptr) {
          if (failure.out_of_resources() && supervisor_.running() > 0) break;  // until one ends
          return fail(listing, std::string("could not start: ") + ::strerror(failure.error), "", failure.error);
        }
        ++next;
      }
      supervisor_.wait([&](int signal) { on_signal(signal); });
    }
    supervisor_.kill_all();
    while (supervisor_.running() > 0) supervisor_.wait([](int) {});
    if (!failure_.message.empty()) return failure_;
    return success();
  }

  void on_slow(Unit&, Duration, bool) override {}

  void on_done(Unit& unit) override {
    Listing& listing =
        *std::find_if(listings_.begin(), listings_.end(), [&](const Listing& l) { return l.unit == &unit; });
    listing.unit = nullptr;
    if (!failure_.message.empty()) return;
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
    } else if (outcome.kind == OutcomeKind::Abort) {
      what = describe_signal(outcome.code, outcome.core_dumped);
    } else if (outcome.kind == OutcomeKind::OutputError) {
      what = std::string("its output could not be read: ") + ::strerror(outcome.code);
    } else if (!list_.binaries[listing.binary].harness->list_succeeded(exit_code, output.out)) {
      what = "exited with " + std::to_string(exit_code);
    }
    if (!what.empty()) fail(listing, what, output.err);
    listing.output = std::move(output.out);
  }

  void on_signal(int signal) {
    if (signal == SIGTSTP) return supervisor_.stop();
    if (signal == SIGCONT) return static_cast<void>(supervisor_.go_on());
    if (!Signals::ends(signal)) return;
    failure_ = {ExitCode::TestRunFailed, std::string("cancelled by SIG") + signal_name(signal) + " while listing tests",
                ""};
  }

  Error fail(const Listing& listing, const std::string& what, std::string_view standard_error, int exec_error = 0) {
    const TestBinary& binary = list_.binaries[listing.binary];
    std::string message =
        "listing the tests of " + binary.id + " failed: " + what + "\n  command: " + shell_join(listing.command.argv);
    if (!trim(standard_error).empty()) {
      message += "\n  stderr:\n";
      append_safe_output(message, trim(standard_error).substr(0, 4000), "    ", false);
      message.pop_back();
    }
    std::string hint =
        std::string("it was taken for a ") + binary.harness->name + " program; --harness NAME says otherwise";
    if (exec_error == ENOEXEC)
      hint = "a script needs a first line such as #!/bin/sh; a foreign program --target-runner";
    failure_ = {ExitCode::TestListFailed, std::move(message), std::move(hint)};
    return failure_;
  }

  // Turns what a binary's list commands printed into tests.
  Status read(std::uint32_t index) {
    const TestBinary& binary = list_.binaries[index];
    const Harness& harness = *binary.harness;
    if (!binary.skip_reason.empty()) return success();
    Vector<std::string> outputs;
    const Listing* last = nullptr;
    for (; next_read_ < listings_.size() && listings_[next_read_].binary == index; ++next_read_) {
      last = &listings_[next_read_];
      outputs.push_back(std::move(listings_[next_read_].output));
    }
    Result<Vector<ListedTest>> read = read_list_of(binary, outputs);
    if (!read) return fail(*last, read.error().message, "");
    outputs = {};
    Vector<ListedTest>& tests = read.value();
    const std::size_t first = list_.tests.size();
    list_.tests.reserve(first + tests.size());
    for (ListedTest& listed : tests) {
      // It could not be given to the program: an argument ends at a NUL.
      if (listed.name.find('\0') != std::string::npos) return fail(*last, "a test name holds a NUL byte", "");
      TestCase& test = list_.tests.emplace_back();
      test.binary = index;
      test.name = std::move(listed.name);
      test.own_name_size = static_cast<std::uint32_t>(test.name.size());
      test.ignored = listed.ignored;
      test.benchmark = listed.benchmark;
      test.runs_others = listed.runs_others;
    }
    make_names_unique(tests, first);
    tests = {};
    if (harness.pattern_of != nullptr) find_rivals(harness, first);
    return success();
  }

  // The tests in a binary, from what its list commands printed; without such commands, it is one test itself.
  static Result<Vector<ListedTest>> read_list_of(const TestBinary& binary, const Vector<std::string>& outputs) {
    const Harness& harness = *binary.harness;
    if (outputs.empty()) {
      ListedTest test;
      test.name = file_name(binary.path);
      return Vector<ListedTest>{std::move(test)};
    }
    Result<Vector<ListedTest>> tests = harness.read_list(harness, outputs);
    if (tests && harness.mark_ignored_in != nullptr) {
      BytesOfFile file;
      if (file.open(binary.path) == 0) harness.mark_ignored_in(file, tests.value());
    }
    return tests;
  }

  // Tests of one name are distinguished by their suite, else by their source, else by their place in the list. `tests`
  // has given its names to the list.
  void make_names_unique(const Vector<ListedTest>& tests, std::size_t first) {
    const auto name_of = [&](std::uint32_t test) { return list_.tests[first + test].own_name(); };
    const Vector<std::uint32_t> order =
        sorted_order(tests.size(), [&](std::uint32_t a, std::uint32_t b) { return name_of(a) < name_of(b); });
    for (std::size_t from = 0, to; from < order.size(); from = to) {
      for (to = from + 1; to < order.size() && name_of(order[to]) == name_of(order[from]);) ++to;
      if (to - from == 1) continue;
      const auto all_differ = [&](std::string ListedTest::*field) {
        for (std::size_t i = from; i < to; ++i) {
          for (std::size_t j = from; j < i; ++j) {
            if (tests[order[i]].*field == tests[order[j]].*field) return false;
          }
        }
        return true;
      };
      const bool by_suite = all_differ(&ListedTest::suite);
      const bool by_source = !by_suite && all_differ(&ListedTest::source);
      for (std::size_t i = from; i < to; ++i) {
        const ListedTest& test = tests[order[i]];
        const std::string what = by_suite ? test.suite : by_source ? test.source : "#" + std::to_string(i - from + 1);
        if (!what.empty()) list_.tests[first + order[i]].name += " (" + what + ")";
      }
    }
  }

  // For each test, how many tests the harness's own filter for it lets through, and which of them it is.
  void find_rivals(const Harness& harness, std::size_t first) {
    Vector<std::string> patterns;
    for (std::size_t i = first; i < list_.tests.size(); ++i) {
      patterns.push_back(harness.pattern_of(list_.tests[i].own_name()));
    }
    const Vector<std::uint32_t> order =
        sorted_order(patterns.size(), [&](std::uint32_t a, std::uint32_t b) { return patterns[a] < patterns[b]; });
    for (std::size_t from = 0, to; from < order.size(); from = to) {
      const std::string& pattern = patterns[order[from]];
      for (to = from + 1; to < order.size() && patterns[order[to]] == pattern;) ++to;
      Vector<std::uint32_t> matched(order.begin() + static_cast<std::ptrdiff_t>(from),
                                    order.begin() + static_cast<std::ptrdiff_t>(to));
      if (pattern.find_first_of("*?") != std::string::npos) {
        matched.clear();
        for (std::uint32_t i = 0; i < order.size(); ++i) {
          if (harness.matches(pattern, list_.tests[first + i].own_name())) matched.push_back(i);
        }
      }
      for (std::size_t i = from; i < to; ++i) {
        TestCase& test = list_.tests[first + order[i]];
        const auto place = std::find(matched.begin(), matched.end(), order[i]);
        test.rank = static_cast<std::uint32_t>(place - matched.begin());
        test.rivals = static_cast<std::uint32_t>(matched.size());
      }
    }
  }

  Supervisor& supervisor_;
  const StartOptions& start_;
  const std::size_t jobs_;
  UnitLimits limits_;
  TestList list_;
  Vector<Listing> listings_;
  std::size_t next_read_ = 0;
  Error failure_;
};

}  // namespace nextest
