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

// Reads the rest, for what is known of the record only then.
inline void read_to_end(RecordReader& reader) {
  Event event;
  while (reader.next(event)) {
  }
}

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
    feed(reader, junit);
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
    read_to_end(reader);
  } else if (line.export_format == ExportFormat::Jsonl) {
    JsonlWriter writer(file.fd());
    if (feed(reader, writer)) {
      if (reader.exit_code() >= 0) writer.add_exit_code(static_cast<ExitCode>(reader.exit_code()));
      if (!reader.has_end()) writer.add_no_end(reader.last_at(), reader.unended());
    }
    error = writer.finish();
  } else {
    std::string trace;
    ChromeTrace writer(trace);
    feed(reader, writer);
    writer.finish(reader.has_end());
    trace += '\n';
    file.write(trace);
  }
  error = file.put_in_place(error);
  if (error == 0) return end_export(line.color, reader);
  if (error == EPIPE && path == "-") return ExitCode::WriteOutputFailed;
  write_record_warnings(line.color, reader);
  return Error{ExitCode::WriteOutputFailed,
               "cannot write " + (path == "-" ? "standard output" : path) + ": " + ::strerror(error), ""};
}

}  // namespace nextest
