// Reads a record: what is known of its run, the test list, then one event after the other. Damage costs what it hit.
#pragma once

#include <memory>

#include "core/base/bytes.hpp"
#include "core/base/number.hpp"
#include "core/model/settings.hpp"
#include "record/list_json.hpp"
#include "record/record_lines.hpp"
#include "record/recorder.hpp"

namespace nextest {

// A test that had started when the record ended, and of which no end is recorded.
struct UnendedTest {
  TestIndex test = 0;
  StressIndex stress;
  Duration since;  // when its last attempt began
};

class RecordReader {
 public:
  // Reads all that comes before the first event. `log_name` is how errors call the file; `whole` is kept with it, and
  // is what comes from elsewhere.
  static Result<std::unique_ptr<RecordReader>> open(std::unique_ptr<Bytes> log, std::unique_ptr<Bytes> outputs,
                                                    const std::string& log_name,
                                                    std::unique_ptr<Bytes> whole = nullptr) {
    auto reader = std::make_unique<RecordReader>(std::move(log), std::move(outputs));
    reader->name_ = log_name;
    if (whole != nullptr) reader->limits_ = ReadingLimits::of_file(whole->size());
    reader->whole_ = std::move(whole);
    if (Status status = reader->read_start(log_name); !status) return status.error();
    return reader;
  }

  RecordReader(std::unique_ptr<Bytes> log, std::unique_ptr<Bytes> outputs)
      : log_(std::move(log)), outputs_(std::move(outputs)), lines_(*log_, limits_.events) {}

  // An error once it asks for more than it may: its events end there.
  Status status() const {
    if (!limits_.events.is_over() && !limits_.outputs.is_over() && !limits_.held.is_over()) return success();
    return Error{ExitCode::SetupError,
                 name_ + " asks for too much: for its size it holds far more " +
                     (limits_.events.is_over() ? "events" : "output") + " than a recorded run",
                 "'unzip -p FILE run.log.gz | zcat' shows what is in it"};
  }

  // That whoever reads its events keeps so much until the end.
  void hold(std::uint64_t bytes) { limits_.held.take(bytes); }

  // The files as they are; outputs may be missing.
  const Bytes& log() const { return *log_; }
  const Bytes* outputs() const { return outputs_.get(); }

  const RunInfo& info() const { return info_; }
  const RunRequest& request() const { return request_; }
  const TestList& list() const { return list_.list; }
  const RerunState& rerun() const { return list_.rerun; }

  // The start of the run, from what was read first.
  Event start() const {
    RunStarted started;
    started.info = &info_;
    started.list = &list_.list;
    if (!info_.parent.empty()) started.rerun = &list_.rerun;
    started.request = request_;
    return {Duration(), std::move(started)};
  }

  // Whose outputs are read; of others it is only known that there are some.
  using Wanted = FunctionRef<bool(const Event&)>;
  static constexpr auto all_outputs = [](const Event&) { return true; };
  static constexpr auto no_outputs = [](const Event&) { return false; };

  // The next event after that; false at the end.
  bool next(Event& event, Wanted wants_outputs = all_outputs) {
    while (!limits_.held.is_over() && (has_pending_ || lines_.next(line_))) {
      has_pending_ = false;
      if (read_line(event, false)) {
        if (std::holds_alternative<RunStarted>(event.what)) continue;
        if (!limits_.events.take(cost_of(event))) return false;
        if (line_.find("stdout") == nullptr || !wants_outputs(event) || read_line(event, true)) {
          note(event);
          return !limits_.outputs.is_over();
        }
      }
      if (!read_exit()) ++lost_lines_;
    }
    return false;
  }

  // Reads all blocks of the outputs, of which some may be damaged.
  void check_outputs() {
    std::string plain;
    std::uint64_t at = 0;
    lacks_outputs_ = outputs_ == nullptr;
    for (BlockReader::Found found = BlockReader::Found::Block; !lacks_outputs_ && !limits_.outputs.is_over();) {
      found = BlockReader(*outputs_).read(at, plain, at);
      if (found == BlockReader::Found::End) break;
      const bool is_whole = found == BlockReader::Found::Block;
      lost_output_blocks_ += !is_whole;
      limits_.outputs.take(is_whole ? plain.size() : Charge::block);
    }
  }

  // How the program ended; -1 when that was not read.
  std::int32_t exit_code() const { return exit_code_; }

  // Whether the end of the run was read, which has all its counts.
  bool finished() const { return finished_; }
  // Whether all of the record's end was read. What has none is of a run that goes on or was killed, or was cut.
  bool has_end() const { return finished_ && exit_code_ >= 0; }

  // When the last event was that has been read.
  Duration last_at() const { return last_at_; }

  // The tests that are under way after what was read.
  Vector<UnendedTest> unended() const {
    Vector<UnendedTest> tests;
    for (TestIndex test = 0; test < progress_.size(); ++test) {
      if (progress_[test].runs) tests.push_back({test, stress_, starts_.of(test)});
    }
    return tests;
  }

  // Those that were to be run and of which no end was read.
  Vector<TestIndex> missing() const {
    Vector<TestIndex> tests;
    for (TestIndex test = 0; test < list_.list.tests.size(); ++test) {
      const bool has_ended = test < progress_.size() && progress_[test].has_ended;
      if (!has_ended && list_.list.tests[test].mismatch == Mismatch::None) tests.push_back(test);
    }
    return tests;
  }

  // What could not be read so far, a sentence each.
  Vector<std::string> damage() const {
    Vector<std::string> damage;
    const auto add = [&](std::uint32_t count, const char* one, const char* many) {
      if (count > 0) damage.push_back(decimal(count) + (count == 1 ? one : many));
    };
    if (header_lost_) damage.push_back("its first line is lost: what is known of the run as a whole");
    add(lines_.lost_blocks, " block of events is damaged and was left out",
        " blocks of events are damaged and were left out");
    add(lost_lines_, " event could not be read and was left out", " events could not be read and were left out");
    add(lost_outputs_, " output is damaged", " outputs are damaged");
    add(lost_output_blocks_, " block of outputs is damaged", " blocks of outputs are damaged");
    if (lacks_outputs_) damage.push_back("its outputs are missing");
    return damage;
  }

 private:
  // How many names one block may hold at the very most: `"",` each.
  static constexpr std::uint32_t names_in_a_block = 65536 / 3;

  // How many names what is lost so far may have held. Bounded, or a small file of bad lines would be a large list.
  std::uint32_t may_miss() const {
    constexpr std::uint64_t limit = 1 << 20;
    const std::uint64_t missed = (std::uint64_t{lines_.lost_blocks} + lost_lines_) * names_in_a_block;
    return static_cast<std::uint32_t>(missed < limit ? missed : limit);
  }

  Status read_start(const std::string& name) {
    std::uint32_t binaries = 0, tests = 0;
    bool is_first = true;
    while (lines_.next(line_)) {
      if (std::exchange(is_first, false)) {
        if (Status status = read_header(name, binaries, tests); !status) return status.error();
        if (!header_lost_) continue;
      }
      const std::size_t binaries_before = list_.list.binaries.size(), names_before = names_in_list();
      const ListReader::Line line = list_.read(line_, may_miss());
      limits_.events.take((Charge::binary + 2 * SharedText::count()) * (list_.list.binaries.size() - binaries_before) +
                          Charge::name * (names_in_list() - names_before));
      if (line == ListReader::Line::Damaged) ++lost_lines_;
      if (line == ListReader::Line::Other) {
        has_pending_ = true;
        break;
      }
    }
    if (is_first && log_->size() > 0) {
      return Error{ExitCode::SetupError, name + " is no record, or nothing of it can be read", ""};
    }
    header_lost_ |= is_first;  // its runner was killed before it wrote anything
    info_.command_line = std::move(list_.command_line);
    info_.scope.paths = std::move(list_.scope_paths);
    if (limits_.events.is_over()) return status();
    const std::size_t names_before = names_in_list();
    list_.finish(binaries, tests, may_miss());
    limits_.events.take(Charge::name * (names_in_list() - names_before));
    return status();
  }

  // What is known of tests is kept several times.
  std::size_t names_in_list() const { return list_.list.tests.size() + 3 * list_.rerun.tests.size(); }

  Status read_header(const std::string& name, std::uint32_t& binaries, std::uint32_t& tests) {
    const std::string* const format = line_.find_text("format");
    if (format == nullptr) {
      if (lines_.lost_blocks == 0) return Error{ExitCode::SetupError, name + " is no record of a run", ""};
      header_lost_ = true;
      return success();
    }
    const std::string_view major = std::string_view(*format).substr(0, format->find('.'));
    if (major != std::string_view(record_format).substr(0, major.size()) || major.size() != 1) {
      const JsonValue* const program = line_.find("program");
      return Error{ExitCode::SetupError, name + " has format " + *format + ", and this program reads 1.x",
                   program != nullptr ? "it was written by " + program->text : ""};
    }
    FieldReader counts(line_, nullptr, no_output_read);
    counts.number("binaries", binaries);
    counts.number("tests", tests);
    RunStarted started;
    started.info = &info_;
    fields_of(counts, started);
    request_ = started.request;
    header_lost_ = !counts.ok();
    return success();
  }

  // The event of the line, and with it its outputs, or only whether there are some.
  bool read_line(Event& event, bool with_outputs) {
    const JsonValue* const test = line_.find("test");
    const std::uint64_t index = test != nullptr ? test->as_uint64().value_or(UINT64_MAX) : 0;
    line_test_ = index < list_.list.tests.size() ? static_cast<TestIndex>(index) : 0;
    // 0 where the start of its attempt was not read.
    const Duration began = index < list_.list.tests.size() ? starts_.of(line_test_) : Duration();
    int outputs = 2;  // an event has no more than those of one attempt
    const auto output = [&](const JsonValue& value, std::string& text) {
      return outputs-- > 0 && (!with_outputs || read_output(value, text));
    };
    return read_event(line_, &list_.list, output, event, began);
  }

  // What readers of events do with it: they write names, look through the tests that run, and through all at each
  // iteration of a stress run.
  std::uint64_t cost_of(const Event& event) const {
    const TestList& list = list_.list;
    if (std::holds_alternative<StressSubRunStarted>(event.what)) return 4 * list.tests.size();
    if (list.tests.empty()) return 0;
    return list.tests[line_test_].name.size() + list.binary_of(line_test_).id.size() + running_ / 16;
  }

  void note(const Event& event) {
    last_at_ = event.at;
    finished_ |= std::holds_alternative<RunFinished>(event.what);
    starts_.note(event);
    const TestStarted* started = std::get_if<TestStarted>(&event.what);
    if (started == nullptr) started = std::get_if<TestRetryStarted>(&event.what);
    const auto* const ended = std::get_if<TestFinished>(&event.what);
    if (started == nullptr && ended == nullptr) return;
    if (progress_.empty()) progress_.resize(list_.list.tests.size());
    TestProgress& progress = progress_[started != nullptr ? started->test : ended->test];
    running_ += (started != nullptr) - progress.runs;
    progress.runs = started != nullptr;
    progress.has_ended |= ended != nullptr;
    if (started != nullptr) stress_ = started->stress;  // iterations follow one another
  }

  bool read_exit() {
    const JsonValue* const code = line_.find("exit_code");
    const std::optional<std::int64_t> number = code != nullptr ? code->as_int64() : std::nullopt;
    if (!number || *number < 0 || *number > 255) return false;
    exit_code_ = static_cast<std::int32_t>(*number);
    return true;
  }

  // The text of an output, from here or from where it is kept. A line stands for what is damaged.
  bool read_output(const JsonValue& value, std::string& text) {
    if (value.kind != JsonKind::Array) return read_any_text(value, text);
    if (value.items.size() != 3) return false;
    const std::optional<std::uint64_t> at = value.items[0].as_uint64(), in_block = value.items[1].as_uint64(),
                                       size = value.items[2].as_uint64();
    if (!at || !in_block || !size) return false;
    std::uint64_t block = *at, offset = *in_block, left = *size;
    // More than that is never recorded, with the lines that stand for what was left out.
    constexpr std::uint64_t most = most_output + 1000;
    while (left > 0) {
      const Loaded* const loaded = *size <= most ? load(block) : nullptr;
      if (loaded == nullptr || loaded->plain.empty() || offset > loaded->plain.size()) {
        ++lost_outputs_;
        text += "\n[the record of this output is damaged from here on]\n";
        return true;
      }
      const std::size_t from = number_as<std::size_t>(offset);
      const std::uint64_t taken = std::min<std::uint64_t>(left, loaded->plain.size() - from);
      text.append(loaded->plain, from, number_as<std::size_t>(taken));
      if (!limits_.outputs.take(taken)) return true;
      left -= taken;
      offset = 0;
      block = loaded->next;
    }
    return true;
  }

  // A block of outputs.
  struct Loaded {
    bool is_whole = false;
    std::uint64_t at = 0;
    std::uint64_t next = 0;
    std::string plain;
  };

  // Null when it is damaged. Outputs that are the same lie in one place: the last few blocks are kept.
  const Loaded* load(std::uint64_t at) {
    for (const Loaded& loaded : loaded_) {
      if (loaded.is_whole && loaded.at == at) return &loaded;
    }
    if (outputs_ == nullptr) return nullptr;
    Loaded& loaded = loaded_[oldest_++ % std::size(loaded_)];
    loaded.at = at;
    loaded.is_whole = BlockReader(*outputs_).read(at, loaded.plain, loaded.next) == BlockReader::Found::Block;
    limits_.outputs.take(loaded.is_whole ? loaded.plain.size() : Charge::block);
    return loaded.is_whole ? &loaded : nullptr;
  }

  struct TestProgress {
    bool runs = false;
    bool has_ended = false;
  };

  std::unique_ptr<Bytes> whole_;  // what the others are parts of, if anything
  std::unique_ptr<Bytes> log_;
  std::unique_ptr<Bytes> outputs_;  // null: the file is not there
  std::string name_;                // for errors
  ReadingLimits limits_;
  RecordLines lines_;
  JsonValue line_;
  TestIndex line_test_ = 0;   // of that line, if it has one
  bool has_pending_ = false;  // line_ is an event that was read ahead
  RunInfo info_;
  RunRequest request_;
  ListReader list_;
  bool header_lost_ = false;
  bool finished_ = false;
  AttemptStarts starts_;
  Vector<TestProgress> progress_;  // of each test; empty before the first starts
  StressIndex stress_;             // of the test that started last
  std::uint32_t running_ = 0;      // tests
  Duration last_at_;
  std::int32_t exit_code_ = -1;
  std::uint32_t lost_lines_ = 0;
  std::uint32_t lost_outputs_ = 0;
  std::uint32_t lost_output_blocks_ = 0;
  bool lacks_outputs_ = false;
  Loaded loaded_[4];
  unsigned oldest_ = 0;
};

// Waits until all of the event is passed on, however long that takes: while a record is read, nothing else happens.
// False when nobody can read the sink any more.
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
