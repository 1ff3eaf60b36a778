// nextest store export: a recorded run as a file for others to read.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "cli/records.hpp"
#include "core/base/fd.hpp"
#include "record/chrome_trace.hpp"
#include "record/zip.hpp"

namespace nextest {

// The events of a record as it has them, outputs in them, so that nothing but JSON is needed to read them.
class JsonlWriter final : public EventSink {
 public:
  explicit JsonlWriter(int fd) : fd_(fd) {}

  void on_event(const Event& event) override {
    if (!is_recorded(event)) return;
    append_event_line(text_, event, inline_output);
    const auto* const started = std::get_if<RunStarted>(&event.what);
    const auto add = [this](std::string_view line) { text_ += line; };
    if (started != nullptr) write_list_lines(*started, add);
  }
  bool flush() override {
    if (text_.size() > 65536) write();
    return error == 0;
  }
  int waits_for() const override { return -1; }

  void finish(std::int32_t exit_code) {
    if (exit_code >= 0) append_exit_line(text_, static_cast<ExitCode>(exit_code));
    write();
  }

  int error = 0;  // errno of the first write that failed

 private:
  void write() {
    if (error == 0) error = write_all(fd_, text_);
    text_.clear();
  }

  const int fd_;
  std::string text_;
};

// All that is recorded, as it is. False when nobody reads any more.
inline bool feed(RecordReader& reader, EventSink& sink) {
  sink.on_event(reader.start());
  Event event;
  while (reader.next(event)) {
    sink.on_event(event);
    if (!sink.flush()) return false;
  }
  return true;
}

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

inline Result<ExitCode> export_run(const CommandLine& line, const Config& config, const std::string& wanted) {
  Result<OpenedRun> opened = open_recorded(line, config, wanted);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;
  std::string path = line.export_file;
  if (path.empty())
    path = line.export_format == ExportFormat::Zip ? "nextest-run-" + opened.value().entry.id + ".zip" : "-";
  Fd file;
  // A file is put in its place when it is whole; it may be the one that is read.
  struct stat info {};
  const bool is_file = path != "-" && (::stat(path.c_str(), &info) != 0 || S_ISREG(info.st_mode));
  const std::string written = is_file ? path + ".new" : path;
  if (path != "-") {
    file = Fd(::open(written.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!file) return Error{ExitCode::SetupError, "cannot write " + written + ": " + ::strerror(errno), ""};
  }
  const int fd = path == "-" ? 1 : file.get();
  int error = 0;
  if (line.export_format == ExportFormat::Zip) {
    error = export_zip(fd, opened.value());
  } else if (line.export_format == ExportFormat::Jsonl) {
    JsonlWriter writer(fd);
    if (feed(reader, writer)) writer.finish(reader.exit_code());
    error = writer.error;
  } else {
    std::string trace;
    ChromeTrace writer(trace);
    feed(reader, writer);
    writer.finish();
    trace += '\n';
    error = write_all(fd, trace);
  }
  if (is_file && error == 0 && ::rename(written.c_str(), path.c_str()) != 0) error = errno;
  if (is_file && error != 0) ::unlink(written.c_str());
  write_warnings(line, reader.damage());
  if (error == 0) return ExitCode::Success;
  if (error == EPIPE && path == "-") return ExitCode::WriteOutputFailed;
  return Error{ExitCode::WriteOutputFailed,
               "cannot write " + (path == "-" ? "standard output" : path) + ": " + ::strerror(error), ""};
}

}  // namespace nextest
