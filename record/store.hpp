// Where the runs of a workspace are kept: a folder a run, an index of all, and a lock around every change of it.
#pragma once

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "core/base/clock.hpp"
#include "core/base/escape.hpp"
#include "core/base/features.hpp"
#include "core/base/file.hpp"
#include "core/base/hash.hpp"
#include "record/reader.hpp"
#include "record/run_index.hpp"

#if NEXTEST_HAS_FLOCK
#include <sys/file.h>
#endif

namespace nextest {

inline constexpr const char* log_file = "run.log.gz";
inline constexpr const char* output_file = "out.gz";
inline constexpr const char* index_file = "runs.json.gz";
inline constexpr const char* changes_file = "runs.changes.gz";  // since the index was written, the latest last

// `state_dir` (of --state-dir and NEXTEST_STATE_DIR), else the XDG state folder; empty when there is neither that nor a
// home.
inline std::string state_folder(const std::string& state_dir) {
  if (!state_dir.empty()) return absolute_path(state_dir);
  const char* const xdg = ::getenv("XDG_STATE_HOME");
  if (xdg != nullptr && *xdg == '/') return std::string(xdg) + "/nextest";  // the specification: others are ignored
  const char* const home = ::getenv("HOME");
  return home != nullptr && *home == '/' ? std::string(home) + "/.local/state/nextest" : "";
}

// A path as the name of one folder: as cargo-nextest's, and as unique as the path.
inline std::string folder_name_of(std::string_view path) {
  std::string name;
  for (const char c : path) {
    if (c == '_') name += "__";
    else if (c == '/') name += "_s";
    else name += c;
  }
  constexpr std::size_t longest = 96;
  if (name.size() <= longest) return name;
  std::string hashed = name.substr(0, longest - 17);
  append_format(hashed, "_%016llx", static_cast<unsigned long long>(Xxh64::hash(path)));
  return hashed;
}

// All of a block-gzip file, for what is small enough to be read at once; false when any of it is damaged, which is left
// out then.
[[nodiscard]] inline bool read_blocks(const Bytes& file, std::string& text) {
  const BlockReader reader(file);
  std::string plain;
  std::uint64_t at = 0;
  bool is_whole = true;
  for (;;) {
    const BlockReader::Found found = reader.read(at, plain, at);
    if (found == BlockReader::Found::End) return is_whole;
    is_whole &= found == BlockReader::Found::Block;
    text += plain;
  }
}

// Puts `text` in place of the file, all of it or nothing; 0 or errno. `sync`: so that a power cut cannot lose both.
[[nodiscard]] inline int replace_blocks(const std::string& path, std::string_view text, bool sync) {
  Deflate deflate;
  BlockWriter writer(deflate);
  writer.append(text);
  writer.finish();
  const std::string temporary = path + ".new";
  int error = 0;
  {
    const Fd file = create_file(temporary, 0600);
    if (!file) return errno;
    error = write_all(file.get(), writer.ready);
    if (error == 0 && sync && ::fsync(file.get()) != 0) error = errno;
  }
  if (error == 0 && ::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error != 0) ::unlink(temporary.c_str());
  return error;
}

class Store {
 public:
  Store() = default;
  // `folder` need not be there.
  explicit Store(std::string folder) : folder_(std::move(folder)) {}

  static Store of_workspace(const std::string& state, const std::string& workspace_root) {
    return Store(state + "/projects/" + folder_name_of(workspace_root) + "/records");
  }

  const std::string& folder() const { return folder_; }
  std::string folder_of(const std::string& run_id) const { return folder_ + "/" + run_id; }

  // Whether it is ours alone, if it is there: what lies in it is believed, and names what a rerun executes.
  Status check_owner() const {
    const std::string above(parent_folder(folder_));  // who may write there may put another store in its place
    for (const std::string& path : {folder_, above}) {
      struct stat info {};
      if (::stat(path.c_str(), &info) != 0) continue;
      const bool is_ours = info.st_uid == ::geteuid() || (path == above && info.st_uid == 0);
      const bool is_open = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
      if (is_ours && !is_open) continue;
      return Error{
          ExitCode::SetupError,
          "the folder of records " + path + (is_ours ? " can be written to by others" : " belongs to another user"),
          is_ours ? "make it yours alone: chmod 700 " + shell_quote(path)
                  : "name another place by --state-dir or NEXTEST_STATE_DIR"};
    }
    return success();
  }

  // What read_index found: a damaged index, say.
  Vector<std::string> warnings;

  // Held until it goes. Others wait for five seconds at most; the system frees it when its holder dies.
  using Lock = Fd;

  Result<Lock> lock() {
    if (const int error = make_folders(folder_, 0700); error != 0) {
      return failure("cannot make the folder " + folder_, error);
    }
    Fd file(::open((folder_ + "/runs.lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return failure("cannot open " + folder_ + "/runs.lock", errno);
    for (int i = 0; i < 500; ++i) {
      if (try_lock(file.get())) return file;
      if (!would_block(errno) && errno != EACCES && errno != EINTR) break;
      ::poll(nullptr, 0, 10);
    }
    return failure("cannot lock " + folder_ + "/runs.lock", errno);
  }

  // The index as the files have it. Where it is missing or damaged, and for runs that it does not know, their folders
  // are read. Of runs without an end it has no counts, but how large they are and when they were last written to.
  RunIndex read_index() {
    warnings.clear();
    RunIndex index;
    BytesOfFile file, later;
    std::string text, changes;
    // First, for whoever writes the index removes them. What is damaged in them is found in the folders.
    if (later.open(path_of(changes_file)) == 0) static_cast<void>(read_blocks(later, changes));
    const int error = file.open(path_of(index_file));
    const bool is_sound = error == 0 && read_blocks(file, text) && index.from_json(text);
    if (!is_sound) index = RunIndex();
    index.enter(changes, [&](const std::string& id) { return holds(id); });
    for (RecordedRun& run : index.runs) {
      if (run.status == RunStatus::Incomplete) measure(run);
    }
    bool has_adopted = false;
    NameSet known = index.ids();
    const Result<Vector<std::string>> names = list_folder(folder_);
    for (std::size_t i = 0; names && i < names.value().size(); ++i) {
      const std::string& name = names.value()[i];
      if (!is_run_id(name) || known.contains(name)) continue;
      RecordedRun run;
      if (!read_run(name, run)) continue;
      index.adopt(std::move(run));
      has_adopted = true;
    }
    if (!is_sound && (error == 0 || has_adopted)) {
      const std::size_t count = index.runs.size();
      warnings.push_back("the index of recorded runs is " + std::string(error == ENOENT ? "missing" : "damaged") +
                         "; made again from " + decimal(count) + (count == 1 ? " run" : " runs") + " in " + folder_);
    }
    return index;
  }

  // Size and time of a run as its files have them. True when their size is another than `run` had.
  bool measure(RecordedRun& run) const {
    struct stat log {
    }, outputs{};
    if (::stat((folder_of(run.id) + "/" + log_file).c_str(), &log) != 0) return false;
    const bool has_outputs = ::stat((folder_of(run.id) + "/" + output_file).c_str(), &outputs) == 0;
    const std::uint64_t before = run.size();
    run.log_size = static_cast<std::uint64_t>(log.st_size);
    run.output_size = has_outputs ? static_cast<std::uint64_t>(outputs.st_size) : 0;
    // The end of a run is written down to the index, and so is a rerun of it.
    const bool is_known = run.status != RunStatus::Incomplete && run.last_written.ns > 0;
    if (!is_known && run.last_written < time_of_file(log.st_mtime)) run.last_written = time_of_file(log.st_mtime);
    return run.size() != before;
  }

  // For who shows them: of runs without an end, and of those whose files are not what the index says, what is in the
  // files.
  void count(RunIndex& index) {
    for (RecordedRun& run : index.runs) {
      const bool has_changed = measure(run);
      if (has_changed || run.status == RunStatus::Incomplete) recount(run);
    }
  }

  // Under the lock. An index of a later program is left as it is.
  Status write_index(const RunIndex& index) {
    if (index.is_newer) return success();
    const int error = replace_blocks(path_of(index_file), index.to_json(), true);
    if (error != 0) return failure("cannot write " + path_of(index_file), error);
    ::unlink(path_of(changes_file).c_str());
    return success();
  }

  // Under the lock: entries of runs, without a look at the index, however many runs that has.
  Status enter(const Vector<RecordedRun>& runs) {
    const std::string path = path_of(changes_file);
    Deflate deflate;
    BlockWriter writer(deflate);
    for (const RecordedRun& run : runs) writer.append(RunIndex::line_of(run));
    writer.close_block();
    const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return failure("cannot open " + path, errno);
    const off_t before = ::lseek(file.get(), 0, SEEK_END);
    int error = write_all(file.get(), writer.ready);
    if (error == 0 && ::fsync(file.get()) != 0) error = errno;
    if (error == 0) return success();
    if (::ftruncate(file.get(), before) != 0) ::unlink(path.c_str());  // nothing is read behind half a block
    return failure("cannot write " + path, error);
  }

  // Whether the index is to be written again: it is small, the changes have become many beside it, or it is a day old.
  bool index_is_due() const {
    struct stat index {
    }, changes{};
    if (::stat(path_of(index_file).c_str(), &index) != 0) return true;
    if (::stat(path_of(changes_file).c_str(), &changes) != 0) changes.st_size = 0;
    constexpr off_t small = 4096;
    const Duration age = wall_time() - time_of_file(index.st_mtime);
    return index.st_size < small + 4 * changes.st_size || age.ns < 0 || Duration::seconds(86400) <= age;
  }

  struct RunFiles {
    Fd log;
    Fd outputs;
  };
  // The empty files of a new run.
  Result<RunFiles> create_run(const std::string& run_id) {
    const std::string folder = folder_of(run_id);
    if (::mkdir(folder.c_str(), 0700) != 0) return failure("cannot make the folder " + folder, errno);
    const auto make = [&](const char* name) {
      return Fd(::open((folder + "/" + name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    };
    RunFiles files{make(log_file), make(output_file)};
    if (!files.log || !files.outputs) return failure("cannot make files in " + folder, errno);
    return files;
  }

  Result<std::unique_ptr<RecordReader>> open_run(const std::string& run_id) const {
    const std::string folder = folder_of(run_id);
    auto log = std::make_unique<BytesOfFile>();
    auto outputs = std::make_unique<BytesOfFile>();
    if (const int error = log->open(folder + "/" + log_file); error != 0) {
      return failure("cannot read " + folder + "/" + log_file, error);
    }
    if (outputs->open(folder + "/" + output_file) != 0) outputs = nullptr;
    return RecordReader::open(std::move(log), std::move(outputs), folder + "/" + log_file);
  }

  // Under the lock. What else lies in its folder stays.
  Status remove_run(const std::string& run_id) {
    const std::string folder = folder_of(run_id);
    for (const char* name : {log_file, output_file}) {
      const std::string path = folder + "/" + name;
      if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failure("cannot remove " + path, errno);
    }
    if (::rmdir(folder.c_str()) != 0 && errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST) {
      return failure("cannot remove " + folder, errno);
    }
    return success();
  }

  bool holds(const std::string& run_id) const {
    struct stat info {};
    return ::stat((folder_of(run_id) + "/" + log_file).c_str(), &info) == 0;
  }

  // Under the lock: folders that were made for runs of which nothing was ever written.
  void remove_empty_folders(const RunIndex& index) {
    NameSet known = index.ids();
    const Result<Vector<std::string>> names = list_folder(folder_);
    for (std::size_t i = 0; names && i < names.value().size(); ++i) {
      const std::string& name = names.value()[i];
      if (!is_run_id(name) || known.contains(name)) continue;
      struct stat log {};
      const bool has_log = ::stat((folder_of(name) + "/" + log_file).c_str(), &log) == 0;
      if (!has_log) ::rmdir(folder_of(name).c_str());
      else if (log.st_size == 0 && time_of_file(log.st_mtime) < wall_time() - Duration::seconds(86400))
        static_cast<void>(remove_run(name));
    }
  }

 private:
  std::string path_of(const char* name) const { return folder_ + "/" + name; }

  static Error failure(const std::string& what, int error) {
    return Error{ExitCode::SetupError, what + ": " + ::strerror(error), ""};
  }

  static bool try_lock(int fd) {
#if NEXTEST_HAS_FLOCK
    return ::flock(fd, LOCK_EX | LOCK_NB) == 0;
#else
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    return ::fcntl(fd, F_SETLK, &whole) == 0;
#endif
  }

  bool read_run(const std::string& run_id, RecordedRun& run);
  void recount(RecordedRun& run) const;

  std::string folder_;
};

// The entry of a record in an index; reads all of it.
inline RecordedRun summarize(RecordReader& reader) {
  RecordedRun run = entry_of(reader.info());
  run.tests = reader.list().counts().selected_tests;
  Event event;
  while (reader.next(event, RecordReader::no_outputs)) note(run, event);
  run.exit_code = reader.exit_code();
  if (!reader.has_end()) run.status = RunStatus::Incomplete;
  return run;
}

inline void take_counts(RecordedRun& run, const RecordedRun& read) {
  run.status = read.status;
  run.stressed = read.stressed;
  run.tests = read.tests;
  run.passed = read.passed;
  run.failed = read.failed;
  run.exit_code = read.exit_code;
  run.took = read.took;
}

// Of what cannot be read there are no counts, and no end.
inline void Store::recount(RecordedRun& run) const {
  Result<std::unique_ptr<RecordReader>> reader = open_run(run.id);
  take_counts(run, reader ? summarize(*reader.value()) : RecordedRun());
}

inline bool Store::read_run(const std::string& run_id, RecordedRun& run) {
  Result<std::unique_ptr<RecordReader>> reader = open_run(run_id);
  if (!reader) return false;
  run = summarize(*reader.value());
  run.id = run_id;
  run.last_written = Duration();
  measure(run);
  // Its first line may be lost, on a full disk for instance.
  if (run.started_at.ns == 0) run.started_at = run.last_written;
  return true;
}

}  // namespace nextest
