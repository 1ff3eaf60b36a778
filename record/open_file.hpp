// A record that was exported: a zip file, or a pipe that one comes through.
#pragma once

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include <memory>

#include "core/base/bytes.hpp"
#include "core/base/file.hpp"
#include "record/reader.hpp"
#include "record/store.hpp"
#include "record/zip.hpp"

namespace nextest {

// What a pipe gave.
class OwnedBytes final : public Bytes {
 public:
  explicit OwnedBytes(std::string text) : text_(std::move(text)), bytes_(text_) {}
  std::uint64_t size() const override { return bytes_.size(); }
  std::size_t read(std::uint64_t at, char* buffer, std::size_t count) const override {
    return bytes_.read(at, buffer, count);
  }

 private:
  const std::string text_;
  BytesInMemory bytes_;
};

inline Result<std::unique_ptr<RecordReader>> open_record_file(const std::string& path) {
  const auto failure = [&](int error) {
    return Error{ExitCode::SetupError, "cannot read " + path + ": " + ::strerror(error), ""};
  };
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return failure(errno);
  std::unique_ptr<Bytes> whole;
  if (S_ISREG(info.st_mode)) {
    auto file = std::make_unique<BytesOfFile>();
    if (const int error = file->open(path); error != 0) return failure(error);
    whole = std::move(file);
  } else {
    std::string text;
    constexpr std::size_t largest = std::size_t{1} << 30;
    if (const int error = read_file(path, largest, text); error != 0) return failure(error);
    whole = std::make_unique<OwnedBytes>(std::move(text));
  }
  const Result<ZipReader> zip = ZipReader::open(*whole);
  if (!zip) return Error{ExitCode::SetupError, path + ": " + zip.error().message, "an exported run is a zip file"};
  std::unique_ptr<Bytes> log, outputs;
  for (const ZipReader::Entry& entry : zip.value().entries()) {
    std::unique_ptr<Bytes>* const part = entry.name == log_file ? &log : entry.name == output_file ? &outputs : nullptr;
    if (part == nullptr) continue;
    if (!entry.stored) {
      return Error{ExitCode::SetupError, path + ": " + entry.name + " in it is compressed once more",
                   "take the file as 'nextest store export' wrote it"};
    }
    *part = std::make_unique<BytesPart>(*whole, entry.offset, entry.size);
  }
  if (log == nullptr) return Error{ExitCode::SetupError, path + " holds no recorded run", ""};
  return RecordReader::open(std::move(log), std::move(outputs), path, std::move(whole));
}

}  // namespace nextest
