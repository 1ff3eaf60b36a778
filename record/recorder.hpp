// The reader of the event stream that keeps it: events as lines in one file, outputs in another.
#pragma once

#include <variant>

#include "core/base/clock.hpp"
#include "core/base/exit_code.hpp"
#include "core/base/fd.hpp"
#include "core/base/hash.hpp"
#include "core/base/number.hpp"
#include "record/block_gzip.hpp"
#include "record/deflate.hpp"
#include "record/list_json.hpp"

namespace nextest {

// Which outputs are stored already, and where. Knows them by 96 bits of hash, and as many as take three megabytes.
class KnownOutputs {
 public:
  // True where there is an identical output: then `place` is made the place of that. Else `place` is remembered.
  bool find_or_add(std::string_view output, BlockWriter::Place& place) {
    if (count_ * 4 >= slots_.size() * 3 && count_ < limit) grow();
    const Slot wanted{Xxh64::hash(output), place.block, static_cast<std::uint32_t>(Xxh64::hash(output, 1)),
                      place.offset + 1};
    Slot& slot = slot_for(wanted);
    if (slot.after_offset != 0) {
      place = {slot.block, slot.after_offset - 1};
      return true;
    }
    if (count_ < limit) {
      slot = wanted;
      ++count_;
    }
    return false;
  }

 private:
  static constexpr std::size_t limit = 98304;  // three quarters of the slots that there are then

  struct Slot {
    std::uint64_t hash = 0;
    std::uint64_t block = 0;
    std::uint32_t more_hash = 0;
    std::uint32_t after_offset = 0;  // 0: nobody's
  };

  Slot& slot_for(const Slot& wanted) {
    std::size_t at = number_as<std::size_t>(wanted.hash) & (slots_.size() - 1);
    while (slots_[at].after_offset != 0 &&
           (slots_[at].hash != wanted.hash || slots_[at].more_hash != wanted.more_hash)) {
      at = (at + 1) & (slots_.size() - 1);
    }
    return slots_[at];
  }

  void grow() {
    Vector<Slot> before(slots_.empty() ? 64 : slots_.size() * 2);
    before.swap(slots_);
    for (const Slot& slot : before) {
      if (slot.after_offset != 0) slot_for(slot) = slot;
    }
  }

  Vector<Slot> slots_;
  std::size_t count_ = 0;
};

// When the running attempt of each test began: what its start has, its end need not repeat.
class AttemptStarts {
 public:
  // Tests have numbers below that.
  void expect(std::size_t count) { starts_.reserve(count); }

  void note(const Event& event) {
    const TestStarted* started = std::get_if<TestStarted>(&event.what);
    if (started == nullptr) started = std::get_if<TestRetryStarted>(&event.what);
    if (started == nullptr) return;
    if (started->test >= starts_.size()) starts_.resize(started->test + 1);
    starts_[started->test] = event.at;
  }

  // Of the attempt that this event ends; 0 when it ends none, or one whose start is not known.
  Duration of(const Event& event) const {
    if (const auto* const failed = std::get_if<TestAttemptFailed>(&event.what)) return of(failed->test);
    const auto* const finished = std::get_if<TestFinished>(&event.what);
    return finished != nullptr ? of(finished->test) : Duration();
  }
  Duration of(TestIndex test) const { return test < starts_.size() ? starts_[test] : Duration(); }

 private:
  Vector<Duration> starts_;
};

class Recorder final : public EventSink {
 public:
  // Takes two empty files. Outputs above `max_output` bytes lose their middle.
  Recorder(Fd log, Fd outputs, std::size_t max_output)
      : log_{std::move(log), BlockWriter(deflate_)},
        outputs_{std::move(outputs), BlockWriter(deflate_)},
        max_output_(max_output) {}

  void on_event(const Event& event) override {
    if (const auto* const script = std::get_if<ScriptFinished>(&event.what)) return on_script(event.at, *script);
    keep(event);
    if (std::holds_alternative<RunPaused>(event.what)) close_blocks();  // who knows for how long
  }

  // Blocks that are old enough are closed: what is in one when the program is killed is lost. A file takes all at once.
  bool flush() override {
    if (log_.writer.pending() && flush_within().ns == 0) close_blocks();
    return true;
  }
  Duration flush_within() const override {
    if (!log_.writer.pending() || error_ != 0) return forever;
    const Duration due = pending_since_ + oldest_block - read_clock(CLOCK_MONOTONIC);
    return due.ns < 0 ? Duration() : due;
  }

  // After the last event: how the program is about to end.
  void finish(ExitCode code) {
    line_.clear();
    append_exit_line(line_, code);
    log_.writer.append(line_);
    outputs_.writer.finish();
    log_.writer.finish();
    write(outputs_);
    write(log_);
  }

  // The first thing that went wrong, as errno; from then on nothing is kept.
  int error() const { return error_; }

  const BlockWriter& log() const { return log_.writer; }
  const BlockWriter& outputs() const { return outputs_.writer; }

 private:
  static constexpr Duration oldest_block = Duration::milliseconds(250);

  struct File {
    Fd fd;
    BlockWriter writer;
  };

  void keep(const Event& event) {
    if (!is_recorded(event) || error_ != 0) return;
    if (!log_.writer.pending()) pending_since_ = read_clock(CLOCK_MONOTONIC);
    const auto* const started = std::get_if<RunStarted>(&event.what);
    if (started != nullptr) {
      list_ = started->list;
      starts_.expect(list_->tests.size());
    }
    starts_.note(event);
    line_.clear();
    const auto write = [this](JsonWriter& to, std::string_view output) { write_output(to, output); };
    append_event_line(line_, event, write, list_, starts_.of(event));
    log_.writer.append(line_);
    if (started != nullptr) {
      line_ = std::string();  // the whole command line was in it
      // A block of its own for what is known of the run, others for the list: damage to one spares the others.
      close_blocks();
      write_list_lines(*started, [this](std::string_view line) {
        log_.writer.append(line);
        pass_on();
      });
      close_blocks();
    }
    pass_on();
  }

  // Without the variables that nobody else should know.
  void on_script(Duration at, ScriptFinished script) {
    Vector<std::string> shown;
    for (std::string& variable : script.variables) {
      const std::string_view name = std::string_view(variable).substr(0, variable.find('='));
      if (!is_secret_name(name)) shown.push_back(std::move(variable));
    }
    script.variables = std::move(shown);
    keep({at, std::move(script)});
  }

  // [offset of its block in the file, offset in that block, size]; what is empty is written as it is.
  void write_output(JsonWriter& json, std::string_view output) {
    std::string shortened;
    if (output.size() > max_output_) {
      const std::size_t half = max_output_ / 2;
      append_format(shortened, "\n... %zu bytes of output were not recorded ...\n", output.size() - 2 * half);
      shortened.insert(0, output.substr(0, half));
      shortened.append(output.substr(output.size() - half));
      output = shortened;
    }
    if (output.empty()) return json.string("");
    BlockWriter::Place place = outputs_.writer.place();
    if (!known_.find_or_add(output, place)) outputs_.writer.append(output);
    json.begin_array();
    json.number(place.block);
    json.number(place.offset);
    json.number(output.size());
    json.end_array();
  }

  void close_blocks() {
    log_.writer.close_block();
    pass_on();
  }

  // Outputs first: an event in the file never names an output that is not.
  void pass_on() {
    if (!log_.writer.ready.empty()) outputs_.writer.close_block();
    write(outputs_);
    write(log_);
  }

  void write(File& file) {
    if (error_ == 0 && !file.writer.ready.empty()) error_ = write_all(file.fd.get(), file.writer.ready);
    file.writer.ready = std::string();  // as large as a block; the other file's may take its place
  }

  Deflate deflate_;
  File log_;
  File outputs_;
  const std::size_t max_output_;
  KnownOutputs known_;
  std::string line_;
  const TestList* list_ = nullptr;
  AttemptStarts starts_;
  Duration pending_since_{};
  int error_ = 0;
};

}  // namespace nextest
