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

// All that is recorded, as it is. False when nobody reads any more.
inline bool feed(RecordReader& reader, EventSink& sink) {
  if (!emit_and_wait(sink, reader.start())) return false;
  Event event;
  while (reader.next(event)) {
    if (!emit_and_wait(sink, event)) return false;
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
  if (built_in(Feature::Junit) && line.export_format == ExportFormat::Junit) {
    const SettingsOfTests settings = config.settings_of(reader.list());
    const JunitOptions options = {path, config.run.junit_report_name, &config.parts.scripts};
    JunitReporter junit(settings, options);
    feed(reader, junit);
    write_warnings(line.color, reader.damage());
    if (Status status = junit.write(); !status) return status.error();
    return ExitCode::Success;
  }
  NewFile file(path, 0600);  // it may be the one that is read
  int error = file.error();
  if (error != 0) return Error{ExitCode::SetupError, "cannot write " + path + ": " + ::strerror(error), ""};
  if (line.export_format == ExportFormat::Zip) {
    error = export_zip(file.fd(), opened.value());
  } else if (line.export_format == ExportFormat::Jsonl) {
    JsonlWriter writer(file.fd());
    if (feed(reader, writer) && reader.exit_code() >= 0) {
      writer.add_exit_code(static_cast<ExitCode>(reader.exit_code()));
    }
    error = writer.finish();
  } else {
    std::string trace;
    ChromeTrace writer(trace);
    feed(reader, writer);
    writer.finish();
    trace += '\n';
    file.write(trace);
  }
  error = file.put_in_place(error);
  write_warnings(line.color, reader.damage());
  if (error == 0) return ExitCode::Success;
  if (error == EPIPE && path == "-") return ExitCode::WriteOutputFailed;
  return Error{ExitCode::WriteOutputFailed,
               "cannot write " + (path == "-" ? "standard output" : path) + ": " + ::strerror(error), ""};
}

}  // namespace nextest
