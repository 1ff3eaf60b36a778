// What the end of a run shows again, failures last, where they are still on the screen; each of these with the place
// that it failed at and the commands that run it alone.
#pragma once

#include "core/base/sorted_order.hpp"
#include "core/base/spill.hpp"
#include "core/base/switches.hpp"
#include "core/report/failure_place.hpp"
#include "core/report/human_lines.hpp"
#include "core/report/run_alone.hpp"

namespace nextest {

class FinalList {
 public:
  struct Entry {
    StressIndex stress;
    TestIndex test = 0;
    FinalStatusLevel level;  // Skip: it was skipped
    bool passed = false;
    bool flaky = false;
    bool show_output = false;
    AttemptResult last{};
    FailurePlace place{};
    std::string command{};  // of the test itself

    // Of what is shown: where `outputs_` has it. The result has no output any more.
    Spill::Place out{};
    Spill::Place err{};
    bool combined = false;
  };

  explicit FinalList(std::uint64_t max_output_shown) : max_output_shown_(max_output_shown) {}

  void add(Entry entry) {
    if (entry.show_output && entry.last.output != nullptr) {
      const CapturedOutput& output = *entry.last.output;
      std::string room;
      entry.out = outputs_.add(shown_part(output.out, max_output_shown_, room));
      entry.err = outputs_.add(shown_part(output.err, max_output_shown_, room));
      entry.combined = output.combined;
    }
    entry.last.output = nullptr;
    entries_.push_back(std::move(entry));
  }

  // Sorts what there is, to be written from then on.
  void begin() {
    order_ = sorted_order(entries_.size(), [&](std::uint32_t left, std::uint32_t right) {
      const Entry &a = entries_[left], &b = entries_[right];
      if (a.level != b.level) return a.level > b.level;
      if (a.stress.current != b.stress.current) return a.stress.current < b.stress.current;
      return a.test < b.test;
    });
  }
  bool has_more() const { return next_ < order_.size(); }
  void write_next(HumanLines& lines, const RunInfo& info) { write_entry(lines, info, entries_[order_[next_++]]); }

 private:
  void write_entry(HumanLines& lines, const RunInfo& info, const Entry& entry) const {
    if (entry.level == FinalStatusLevel::Skip) return lines.start_line("SKIP", Paint::Skip, entry.stress, entry.test);
    write_word(lines, entry);
    lines.bracketed(entry.last.duration).test_line(entry.stress, entry.test, pass_note(entry.last.outcome));
    if (!entry.passed) {
      lines.place_line(entry.place);
      lines.note_line("run", command_of(info, lines.list(), entry.test));
      if (!entry.command.empty()) lines.note_line("command", entry.command);
      if (built_in(Feature::Config) && !entry.last.tmpdir.empty()) lines.note_line("TMPDIR", entry.last.tmpdir);
    }
    if (!entry.show_output) return;
    const CapturedOutput output{outputs_.text_of(entry.out), outputs_.text_of(entry.err), entry.combined};
    lines.output_of(entry.last, &output, entry.passed ? Paint::Pass : Paint::Fail);
  }

  static void write_word(HumanLines& lines, const Entry& entry) {
    const AttemptResult& last = entry.last;
    if (entry.flaky) {
      const std::string of = decimal(last.attempt.number) + "/" + decimal(last.attempt.total);
      lines.word(entry.passed ? Paint::Skip : Paint::Fail, (entry.passed ? "FLAKY " : "FLKY-FL ") + of);
    } else if (!entry.passed) {
      lines.failure_word(last);
    } else if (last.slow) {
      const OutcomeKind kind = last.outcome.kind;
      lines.word(Paint::Skip, kind == OutcomeKind::Pass   ? "SLOW"
                              : kind == OutcomeKind::Leak ? "SLOW + LEAK"
                                                          : "SLOW+TMPASS");
    } else {
      lines.word(paint_of(last.outcome), status_word(last.outcome));
    }
  }

  const std::uint64_t max_output_shown_;
  Spill outputs_;
  Vector<Entry> entries_;
  Vector<std::uint32_t> order_;  // in which they are written
  std::size_t next_ = 0;
};

}  // namespace nextest
