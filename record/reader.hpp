// Reads a record: what is known of its run, the test list, then one event after the other. Damage costs what it hit.
#pragma once

#include <memory>

#include "core/base/bytes.hpp"
#include "core/base/number.hpp"
#include "core/format/json_parser.hpp"
#include "record/block_gzip.hpp"
#include "record/list_json.hpp"
#include "record/recorder.hpp"

namespace nextest {

// The lines of a block-gzip file.
class RecordLines {
 public:
  explicit RecordLines(const Bytes& file) : file_(file) {}

  std::uint32_t lost_blocks = 0;

  // The next line as a tree; false at the end. What is no line after a lost block was the end of one.
  bool next(JsonValue& tree) {
    while (true) {
      const std::size_t end = text_.find('\n', at_);
      if (end == std::string::npos) {
        if (!read_block()) return false;
        continue;
      }
      Result<JsonValue> parsed = parse_json(std::string_view(text_).substr(at_, end - at_));
      at_ = end + 1;
      const bool may_be_torn = std::exchange(after_gap_, false);
      if (parsed && parsed.value().kind == JsonKind::Object) {
        tree = std::move(parsed.value());
        return true;
      }
      if (!may_be_torn) ++lost_blocks;
    }
  }

 private:
  // Our lines are far shorter; what is longer is none of ours.
  static constexpr std::size_t longest_line = 16 << 20;

  bool read_block() {
    text_.erase(0, at_);
    at_ = 0;
    if (text_.size() > longest_line) lose();
    std::string plain;
    const BlockReader::Found found = BlockReader(file_).read(next_, plain, next_);
    if (found == BlockReader::Found::Damaged) lose();
    text_ += plain;
    return found == BlockReader::Found::Block || found == BlockReader::Found::Damaged;
  }

  void lose() {
    ++lost_blocks;
    text_.clear();
    after_gap_ = true;
  }

  const Bytes& file_;
  std::uint64_t next_ = 0;
  std::string text_;
  std::size_t at_ = 0;
  bool after_gap_ = false;
};

// A test that had started when the record ended, and of which no end is recorded.
struct UnendedTest {
  TestIndex test = 0;
  StressIndex stress;
  Duration since;  // when its last attempt began
};

class RecordReader {
 public:
  // Reads all that comes before the first event. `log_name` is how errors call the file; `whole` is kept with it.
  static Result<std::unique_ptr<RecordReader>> open(std::unique_ptr<Bytes> log, std::unique_ptr<Bytes> outputs,
                                                    const std::string& log_name,
                                                    std::unique_ptr<Bytes> whole = nullptr) {
    auto reader = std::make_unique<RecordReader>(std::move(log), std::move(outputs));
    reader->whole_ = std::move(whole);
    if (Status status = reader->read_start(log_name); !status) return status.error();
    return reader;
  }

  RecordReader(std::unique_ptr<Bytes> log, std::unique_ptr<Bytes> outputs)
      : log_(std::move(log)), outputs_(std::move(outputs)), lines_(*log_) {}

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

  // The next event after that; false at the end.
  bool next(Event& event) {
    while (has_pending_ || lines_.next(line_)) {
      has_pending_ = false;
      // An event has no more outputs than those of one attempt; each may be as large as all that the file holds.
      int outputs = 2;
      const auto output = [&](const JsonValue& value, std::string& text) {
        return outputs-- > 0 && read_output(value, text);
      };
      if (read_event(line_, &list_.list, output, event, known_start())) {
        if (std::holds_alternative<RunStarted>(event.what)) continue;
        note(event);
        return true;
      }
      if (!read_exit()) ++lost_lines_;
    }
    return false;
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
      const ListReader::Line line = list_.read(line_, may_miss());
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
    list_.finish(binaries, tests, may_miss());
    return success();
  }

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

  // When the running attempt of the line's test began; 0 where its start was not read.
  Duration known_start() const {
    const JsonValue* const test = line_.find("test");
    const std::uint64_t index = test != nullptr ? test->as_uint64().value_or(UINT64_MAX) : 0;
    return index < list_.list.tests.size() ? starts_.of(static_cast<TestIndex>(index)) : Duration();
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
    while (left > 0) {
      if (!load_block(block) || offset > plain_.size() || (plain_.size() == offset && plain_.empty())) {
        ++lost_outputs_;
        text += "\n[the record of this output is damaged from here on]\n";
        return true;
      }
      const std::size_t from = number_as<std::size_t>(offset);
      const std::uint64_t taken = std::min<std::uint64_t>(left, plain_.size() - from);
      text.append(plain_, from, number_as<std::size_t>(taken));
      left -= taken;
      offset = 0;
      block = after_loaded_;
    }
    return true;
  }

  bool load_block(std::uint64_t block) {
    if (has_loaded_ && loaded_ == block) return true;
    has_loaded_ =
        outputs_ != nullptr && BlockReader(*outputs_).read(block, plain_, after_loaded_) == BlockReader::Found::Block;
    loaded_ = block;
    return has_loaded_;
  }

  struct TestProgress {
    bool runs = false;
    bool has_ended = false;
  };

  std::unique_ptr<Bytes> whole_;  // what the others are parts of, if anything
  std::unique_ptr<Bytes> log_;
  std::unique_ptr<Bytes> outputs_;  // null: the file is not there
  RecordLines lines_;
  JsonValue line_;
  bool has_pending_ = false;  // line_ is an event that was read ahead
  RunInfo info_;
  RunRequest request_;
  ListReader list_;
  bool header_lost_ = false;
  bool finished_ = false;
  AttemptStarts starts_;
  Vector<TestProgress> progress_;  // of each test; empty before the first starts
  StressIndex stress_;             // of the test that started last
  Duration last_at_;
  std::int32_t exit_code_ = -1;
  std::uint32_t lost_lines_ = 0;
  std::uint32_t lost_outputs_ = 0;
  bool has_loaded_ = false;
  std::uint64_t loaded_ = 0;
  std::uint64_t after_loaded_ = 0;
  std::string plain_;
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
