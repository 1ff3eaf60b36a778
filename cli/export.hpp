// nextest store export: a recorded run as a file for others to read.
#pragma once

#include <errno.h>
#include <string.h>

#include "cli/records.hpp"
#include "core/base/new_file.hpp"
#include "core/base/switches.hpp"
#include "core/config/config.hpp"
#include "core/report/junit.hpp"
#include "record/chrome_trace.hpp"
#include "record/jsonl.hpp"
#include "record/zip.hpp"

namespace nextest {

// All that is recorded, as it is. False when nobody reads any more. `before` is told of each event.
inline bool feed(
    RecordReader& reader, EventSink& sink, RecordReader::Wanted wants_outputs,
    FunctionRef<void(const Event&)> before = [](const Event&) {}) {
  if (!emit_and_wait(sink, reader.start())) return false;
  Event event;
  while (reader.next(event, wants_outputs)) {
    before(event);
    if (!reader.status()) break;
    if (!emit_and_wait(sink, event)) return false;
  }
  return true;
}

// A JUnit report, but for its outputs, is kept until the end: what may not be kept of a record from elsewhere is not
// even read.
class JunitExport {
 public:
  JunitExport(RecordReader& reader, const SettingsOfTests& settings) : reader_(reader), settings_(settings) {}

  bool wants_output(const Event& event) const {
    const auto* const finished = std::get_if<TestFinished>(&event.what);
    return finished == nullptr || !finished->result.passed() || settings_.of(finished->test).junit.store_success_output;
  }

  void note(const Event& event) {
    std::uint64_t size = 0;
    if (const auto* const failed = std::get_if<TestAttemptFailed>(&event.what)) {
      size = size_of(failed->test) + held_of(failed->result);
    } else if (const auto* const finished = std::get_if<TestFinished>(&event.what)) {
      size = size_of(finished->test) + empty_case * finished->result.attempts.size();
    } else if (std::holds_alternative<ScriptFinished>(event.what)) {
      size = empty_case;
    } else if (std::holds_alternative<TestLeakedLate>(event.what)) {
      size = kept_ / 64;  // its test is looked for in all of them
    }
    kept_ += size;
    reader_.hold(size);
  }

 private:
  static constexpr std::uint64_t empty_case = 512;

  // In XML, at most.
  static std::uint64_t size_of(std::string_view text) {
    std::uint64_t size = 0;
    for (const char c : text) size += is_special(c) ? 6u : c >= 0x20 || c == '\n' ? 1u : 3u;
    return size;
  }
  static bool is_special(char c) { return c == '&' || c == '<' || c == '>' || c == '"' || c == '\'' || c == '\r'; }
  // Of an attempt that is followed by another, until the test has finished.
  static std::uint64_t held_of(const AttemptResult& result) {
    if (result.output == nullptr) return 0;
    return std::min<std::uint64_t>(result.output->out.size() + result.output->err.size(), 4 * usually_shown);
  }
  std::uint64_t size_of(TestIndex test) const {
    const TestList& list = reader_.list();
    return empty_case + size_of(list.tests[test].name) + size_of(list.binary_of(test).id);
  }

  RecordReader& reader_;
  const SettingsOfTests& settings_;
  std::uint64_t kept_ = 0;
};

// Returns 0 or errno.
inline int export_zip(int fd, const OpenedRun& opened) {
  std::string manifest;
  append_format(manifest, "{\"format\":\"%s\",\"run\":\"%s\",\"exit_code\":%d}\n", record_format,
                opened.entry.id.c_str(), opened.entry.exit_code);
  ZipWriter zip(fd);
  int error = zip.add("manifest.json", BytesInMemory(manifest));
  if (error == 0) error = zip.add(log_file, opened.reader->log());
  if (error == 0 && opened.reader->outputs() != nullptr) error = zip.add(output_file, *opened.reader->outputs());
  return error == 0 ? zip.finish() : error;
}

// What is written of a record without its end is all that there is of it.
inline ExitCode end_export(ColorChoice color, const RecordReader& reader) {
  write_record_warnings(color, reader);
  return reader.has_end() ? ExitCode::Success : ExitCode::ExportIncomplete;
}

inline Result<ExitCode> export_run(const CommandLine& line, const Config& config, const std::string& wanted) {
  Result<OpenedRun> opened = open_recorded(line, config, wanted);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;
  std::string path = line.export_file;
  if (path.empty())
    path = line.export_format == ExportFormat::Zip ? "nextest-run-" + opened.value().entry.id + ".zip" : "-";
  if (built_in(Feature::Junit) && line.export_format == ExportFormat::Junit) {
    const SettingsOfTests settings = config.settings_of(reader.list());
    const JunitOptions options = {path, config.run.junit_report_name, &config.parts.scripts,
                                  config.run.max_output_shown};
    JunitReporter junit(settings, options);
    JunitExport limits(reader, settings);
    feed(
        reader, junit, [&](const Event& event) { return limits.wants_output(event); },
        [&](const Event& event) { limits.note(event); });
    if (Status status = reader.status(); !status) return status.error();
    if (!reader.has_end()) {
      for (const UnendedTest& test : reader.unended()) {
        junit.add_unended(test.stress, test.test, test.since, reader.last_at() - test.since);
      }
    }
    if (!reader.finished()) junit.set_elapsed(reader.last_at());
    if (Status status = junit.write(); !status) {
      write_record_warnings(line.color, reader);
      return status.error();
    }
    return end_export(line.color, reader);
  }
  NewFile file(path, 0600);  // it may be the one that is read
  int error = file.error();
  if (error != 0) return Error{ExitCode::SetupError, "cannot write " + path + ": " + ::strerror(error), ""};
  if (line.export_format == ExportFormat::Zip) {
    error = export_zip(file.fd(), opened.value());
    summarize(reader);  // what is known of it only then
    reader.check_outputs();
  } else if (line.export_format == ExportFormat::Jsonl) {
    JsonlWriter writer(file.fd(), true);
    if (feed(reader, writer, RecordReader::all_outputs) && reader.status()) {
      if (reader.exit_code() >= 0) writer.add_exit_code(static_cast<ExitCode>(reader.exit_code()));
      if (!reader.has_end()) writer.add_no_end(reader.last_at(), reader.unended());
    }
    error = writer.finish();
  } else {
    std::string trace;
    ChromeTrace writer(trace);
    feed(reader, writer, RecordReader::no_outputs, [&](const Event&) {
      if (trace.size() < 65536) return;
      file.write(trace);
      trace.clear();
    });
    writer.finish(reader.has_end());
    trace += '\n';
    file.write(trace);
  }
  if (Status status = reader.status(); !status) {
    file.put_in_place(ECANCELED);
    return status.error();
  }
  error = file.put_in_place(error);
  if (error == 0) return end_export(line.color, reader);
  if (error == EPIPE && path == "-") return ExitCode::WriteOutputFailed;
  write_record_warnings(line.color, reader);
  return Error{ExitCode::WriteOutputFailed,
               "cannot write " + (path == "-" ? "standard output" : path) + ": " + ::strerror(error), ""};
}

}  // namespace nextest
