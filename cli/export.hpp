// nextest store export: a recorded run as a file for others to read.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <string>
#include <utility>

#include "cli/records.hpp"
#include "core/base/fd.hpp"
#include "record/replay.hpp"
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

inline Status export_zip(int fd, const OpenedRun& opened) {
  std::string manifest;
  JsonWriter json(manifest, true);
  json.begin_object();
  json.key("format").string(record_format);
  json.key("run").string(opened.entry.id);
  json.key("program").string(std::string("nextest ") + version);
  if (opened.entry.exit_code >= 0) json.key("exit_code").number(opened.entry.exit_code);
  json.end_object();
  manifest += '\n';
  ZipWriter zip(fd);
  Status status = zip.add("manifest.json", BytesInMemory(manifest));
  if (status) status = zip.add(log_file, opened.reader->log());
  if (status && opened.reader->outputs() != nullptr) status = zip.add(output_file, *opened.reader->outputs());
  return status ? zip.finish() : status;
}

inline Result<ExitCode> export_run(const CommandLine& line, const Config& config, const std::string& wanted) {
  Result<OpenedRun> opened = open_recorded(line, config, wanted);
  if (!opened) return opened.error();
  RecordReader& reader = *opened.value().reader;
  std::string path = line.export_file;
  if (path.empty())
    path = line.export_format == ExportFormat::Zip ? "nextest-run-" + opened.value().entry.id + ".zip" : "-";
  const auto failure = [&](int error) {
    return Error{ExitCode::WriteOutputFailed, "cannot write " + path + ": " + ::strerror(error), ""};
  };
  Fd file;
  if (path != "-") {
    file = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!file) return failure(errno);
  }
  const int fd = path == "-" ? 1 : file.get();
  Status status = success();
  if (line.export_format == ExportFormat::Zip) {
    status = export_zip(fd, opened.value());
  } else if (line.export_format == ExportFormat::Jsonl) {
    JsonlWriter writer(fd);
    Replay replay(reader, writer, ReplayOptions());
    if (replay.run()) writer.finish(reader.exit_code());
    if (writer.error != 0) status = failure(writer.error);
  }
  write_warnings(line, reader.damage());
  if (!status) return status.error();
  return ExitCode::Success;
}

}  // namespace nextest
