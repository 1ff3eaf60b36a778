// Damaged files of records, as many as are asked for, through everything that reads them: nothing is read beside them
// (build it with sanitizers), nothing hangs, and what says that it is whole is what it was.
//   tests/damage/run [COUNT [FIRST]]    one file for each number from FIRST on; the same number is the same damage
#include <stdio.h>
#include <sys/wait.h>

#include "cli/configure.hpp"
#include "cli/export.hpp"
#include "cli/rerun_scope.hpp"
#include "core/report/human.hpp"
#include "record/replay.hpp"
#include "record/rerun.hpp"
#include "record/session.hpp"

using namespace nextest;

namespace {

// Numbers that look like chance, and are the same everywhere (SplitMix64).
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % (limit > 0 ? limit : 1)); }

 private:
  std::uint64_t state_;
};

unsigned long current = 0;  // the damage at hand
const char* kind_of_file = "";

void require(bool holds, const char* what) {
  if (holds) return;
  ::fprintf(stderr, "damage %lu of %s: %s\n", current, kind_of_file, what);
  ::abort();
}

std::string read_all(const std::string& path) {
  std::string text;
  require(read_file(path, std::size_t{1} << 30, text) == 0, "cannot read what was written");
  return text;
}
void write_file(const std::string& path, const std::string& text) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  require(file && write_all(file.get(), text) == 0, "cannot write");
}

// --- what is damaged ---

const std::string first_id = "11111111-1111-1111-1111-111111111111";
const std::string second_id = "22222222-2222-2222-2222-222222222222";
const std::string third_id = "33333333-3333-3333-3333-333333333333";

// Of a run that is kept, and of the short one that comes after the damage.
TestList make_list(bool is_short) {
  TestList list;
  for (std::uint32_t b = 0; b < 3; ++b) {
    TestBinary& binary = list.binaries.emplace_back();
    binary.id = "binary" + std::to_string(b);
    binary.path = "./build/binary" + std::to_string(b);
    for (int t = 0; t < (b == 1 || is_short ? 1 : 12); ++t) {
      TestCase& test = list.tests.emplace_back();
      test.name = "suite::test_" + std::to_string(t) + (t == 7 ? "_\xFF" : "");
      test.own_name_size = static_cast<std::uint32_t>(test.name.size());
      test.binary = b;
      if (t % 9 == 8) test.mismatch = Mismatch::Ignored;
    }
  }
  return list;
}

RecordSettings keep_all() {
  RecordSettings settings;
  settings.max_age = Duration::seconds(100000 * 86400LL);
  return settings;
}

void record(const Store& store, const std::string& id, const std::string& parent) {
  static const TestList lists[] = {make_list(false), make_list(true)};
  const TestList& list = lists[id == third_id ? 1 : 0];
  Chance chance(id[0]);
  RunInfo info;
  info.run_id = id;
  info.parent = parent;
  info.started_at = Duration::seconds(1000000 + id[0]);
  info.program = "nextest";
  info.workspace_root = "/w";
  info.folder = "/w";
  info.command_line.add("run");
  info.command_line.add("./build");
  RerunState known;
  if (!parent.empty()) known.tests = {{"binary0", "suite::test_1", Known::Passing}, {"gone", "x", Known::Outstanding}};
  known.finalize();
  Result<std::unique_ptr<RecordSession>> session = RecordSession::begin(store, info, keep_all());
  require(bool(session), "no session");
  RecordSession& recorder = *session.value();
  recorder.on_event({{}, RunStarted{&info, &list, parent.empty() ? nullptr : &known}});
  RunFinished end;
  for (TestIndex i = 0; i < list.tests.size(); ++i) {
    if (list.tests[i].mismatch != Mismatch::None) continue;
    TestStarted started;
    started.test = i;
    started.command = {"./build/x", "--exact", list.tests[i].name.str()};
    recorder.on_event({Duration::milliseconds(10 * i), started});
    TestFinished finished;
    finished.test = i;
    AttemptResult& attempt = finished.result.attempts.emplace_back();
    attempt.started = Duration::milliseconds(10 * i);
    attempt.duration = Duration::milliseconds(7);
    attempt.outcome.kind = i % 5 == 0 ? OutcomeKind::Fail : OutcomeKind::Pass;
    attempt.outcome.code = i % 5 == 0;
    CapturedOutput output;
    // One of the first run is in two blocks, the others are any bytes.
    if (i == 3 && id == first_id) output.out.assign(66000, 'a');
    for (std::size_t n = chance.below(60); n > 0; --n) output.out += static_cast<char>(chance.next());
    output.err = i % 3 == 0 ? "the same each time\n" : "";
    attempt.output = std::make_shared<CapturedOutput>(output);
    recorder.on_event({Duration::milliseconds(10 * i + 7), finished});
    if (i % 8 == 7) recorder.on_event({Duration::milliseconds(10 * i + 8), RunPaused{}});  // it ends a block
    ++end.stats.finished_count;
    ++(i % 5 == 0 ? end.stats.failed : end.stats.passed);
  }
  end.stats.initial_run_count = end.stats.finished_count;
  recorder.on_event({Duration::milliseconds(9999), end});
  require(recorder.end(ExitCode::TestRunFailed).empty(), "a record that is not whole");
}

struct Files {
  std::string log, outputs, zip;
  std::string truth;  // all that is in them
  RecordedRun counts;
};

struct StoreFiles {
  std::string index, changes, durations;
  RunIndex truth;
};

// --- damage ---

std::string damaged(const std::string& whole, Chance& chance) {
  std::string bytes = whole;
  const auto place = [&] {  // often where headers are
    return chance.below(4) == 0 ? chance.below(64) % bytes.size() : chance.below(bytes.size());
  };
  switch (chance.below(3)) {
    case 0:  // flips
      for (std::size_t n = 1 + chance.below(8); n > 0; --n) bytes[place()] ^= static_cast<char>(1 << chance.below(8));
      break;
    case 1:  // cut: its end, its start, or a piece
      if (chance.below(2) == 0) bytes.resize(chance.below(bytes.size()));
      else bytes.erase(place(), 1 + chance.below(chance.below(2) == 0 ? 16 : bytes.size()));
      break;
    default: {  // smashed: other bytes in place of a range, or a piece of the file itself
      const std::size_t at = place(), size = std::min(bytes.size() - at, 1 + chance.below(512));
      const std::size_t kind = chance.below(3), from = chance.below(bytes.size() - size + 1);
      for (std::size_t i = 0; i < size; ++i) {
        bytes[at + i] = kind == 0 ? '\0' : kind == 1 ? static_cast<char>(chance.next()) : whole[from + i];
      }
    }
  }
  return bytes;
}

// --- readers ---

using Opened = Result<std::unique_ptr<RecordReader>>;

const Config& configuration() {
  static const Result<Config> config = load_config(CommandLine());
  require(bool(config), "no configuration");
  return config.value();
}

bool is_whole(const RecordReader& reader) { return reader.status() && reader.damage().empty() && reader.has_end(); }

// All of it as lines, to compare.
std::string text_of(RecordReader& reader) {
  std::string text;
  const Event start = reader.start();
  append_event_line(text, start, inline_output);
  write_list_lines(std::get<RunStarted>(start.what), [&](std::string_view line) { text += line; });
  Event event;
  while (reader.next(event)) append_event_line(text, event, inline_output);
  return text + std::to_string(reader.exit_code());
}

// As replay, store info, store export and run -R read it. `open` opens it once more for each.
void check_record(FunctionRef<Opened()> open, const Files& files) {
  const RecordedRun& counts = files.counts;
  {
    Opened reader = open();
    if (!reader) return require(!reader.error().message.empty(), "an error without words");
    const std::string text = text_of(*reader.value());
    require(!is_whole(*reader.value()) || text == files.truth, "it is said to be whole, and is not what it was");
  }
  const auto each = [&](FunctionRef<void(RecordReader&)> read) {
    Opened reader = open();
    require(bool(reader), "it was opened before");
    read(*reader.value());
    for (const std::string& sentence : reader.value()->damage()) require(!sentence.empty(), "a sentence without words");
  };
  each([](RecordReader& reader) {
    HumanReporter human(1, HumanOptions());
    Replay replay(reader, human, {});
    require(replay.run(), "standard output is gone");
  });
  each([&](RecordReader& reader) {
    const RecordedRun run = summarize(reader);
    reader.check_outputs();
    const bool is_right = run.tests == counts.tests && run.passed == counts.passed && run.failed == counts.failed &&
                          run.exit_code == counts.exit_code;
    require(!is_whole(reader) || is_right, "counts that are not what they were");
  });
  each([](RecordReader& reader) {
    const Config& config = configuration();
    const SettingsOfTests settings = config.settings_of(reader.list());
    const JunitOptions options = {"/dev/null", "damage", nullptr};
    JunitReporter junit(settings, options);
    feed(reader, junit, RecordReader::all_outputs);
    for (const UnendedTest& test : reader.unended()) junit.add_unended(test.stress, test.test, test.since, Duration());
    require(bool(junit.write()), "no JUnit report");
  });
  each([](RecordReader& reader) {
    JsonlWriter writer(1, true);
    require(feed(reader, writer, RecordReader::all_outputs), "standard output is gone");
    writer.add_no_end(reader.last_at(), reader.unended());
    require(writer.finish() == 0, "standard output is gone");
  });
  each([](RecordReader& reader) {
    std::string trace;
    ChromeTrace writer(trace);
    feed(reader, writer, RecordReader::no_outputs);
    writer.finish(reader.has_end());
    require(bool(parse_json(trace)), "a trace that is no JSON");
  });
  each([](RecordReader& reader) {
    Durations durations;
    const RerunState state = state_after(reader, durations);
    static_cast<void>(durations.of(reader.list()));
    for (const KnownTest& test : state.tests) require(test.known != Known::Unknown, "what is not known is known");
    const Config& config = configuration();
    ForeignScope scope("it", config);
    scope.take(reader);
  });
}

// As store list, and the next run, which writes it anew.
void check_store(const std::string& folder, const RunIndex& truth) {
  Store store(folder);
  RunIndex index = store.read_index();
  store.count(index);
  const auto is_right = [&](const RunIndex& read) {
    for (const RecordedRun& run : truth.runs) {
      const RecordedRun* const found = read.find(run.id);
      if (found == nullptr || found->passed != run.passed || found->failed != run.failed ||
          found->exit_code != run.exit_code || found->parent != run.parent) {
        return false;
      }
    }
    return true;
  };
  require(index.is_newer || is_right(index), "runs that are not what they were");
  record(store, third_id, second_id);
  index = store.read_index();
  require(index.is_newer || (is_right(index) && index.find(third_id) != nullptr), "a run is lost");
  static_cast<void>(Durations::load(store).of(make_list(false)));
  require(bool(store.remove_run(third_id)), "cannot remove");
}

void check(const std::string& folder, const Files& files, const StoreFiles& store) {
  Chance chance(current);
  const auto open_bytes = [](const std::string& log, const std::string& outputs) {
    return RecordReader::open(std::make_unique<OwnedBytes>(log), std::make_unique<OwnedBytes>(outputs), "it");
  };
  switch (current % 6) {
    case 0: {
      kind_of_file = "run.log.gz";
      const std::string log = damaged(files.log, chance);
      return check_record([&] { return open_bytes(log, files.outputs); }, files);
    }
    case 1: {
      kind_of_file = "out.gz";
      const std::string outputs = damaged(files.outputs, chance);
      return check_record([&] { return open_bytes(files.log, outputs); }, files);
    }
    case 2:
      kind_of_file = "runs.json.gz";
      write_file(folder + "/runs.json.gz", damaged(store.index, chance));
      break;
    case 3:
      kind_of_file = "runs.changes.gz";
      write_file(folder + "/runs.changes.gz", damaged(store.changes, chance));
      break;
    case 4:
      kind_of_file = "durations.gz";
      write_file(folder + "/durations.gz", damaged(store.durations, chance));
      break;
    default:
      kind_of_file = "a zip file";
      write_file(folder + "/it.zip", damaged(files.zip, chance));
      return check_record([&] { return open_record_file(folder + "/it.zip"); }, files);
  }
  check_store(folder, store.truth);
  write_file(folder + "/runs.json.gz", store.index);
  write_file(folder + "/runs.changes.gz", store.changes);
  write_file(folder + "/durations.gz", store.durations);
}

Files take_record(const Store& store, const std::string& id) {
  const std::string folder = store.folder_of(id) + "/";
  Files files;
  files.log = read_all(folder + log_file);
  files.outputs = read_all(folder + output_file);
  OpenedRun opened;
  Opened reader = store.open_run(id);
  require(bool(reader), "the record cannot be read");
  files.counts = summarize(*reader.value());
  reader = store.open_run(id);
  require(bool(reader), "the record cannot be read again");
  opened.reader = std::move(reader.value());
  files.truth = text_of(*opened.reader);
  require(is_whole(*opened.reader), "the record is not whole");
  {
    const Fd zip(::open((folder + "zip").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    require(export_zip(zip.get(), opened) == 0, "no zip file");
  }
  files.zip = read_all(folder + "zip");
  return files;
}

int run(const std::string& folder, unsigned long first, unsigned long count) {
  Store store(folder);
  record(store, first_id, "");
  record(store, second_id, first_id);
  const Files large = take_record(store, first_id), small = take_record(store, second_id);
  const RunIndex index = store.read_index();
  for (const RecordedRun& run : index.runs) require(bool(store.enter({run})), "no room beside the index");
  const StoreFiles files = {read_all(folder + "/runs.json.gz"), read_all(folder + "/runs.changes.gz"),
                            read_all(folder + "/durations.gz"), index};
  for (current = first; current < first + count; ++current) {
    ::alarm(60);  // for one of them
    check(folder, current / 6 % 8 == 0 ? large : small, files);
  }
  return 0;
}

}  // namespace

// records FOLDER FIRST COUNT: what they print goes to /dev/null.
int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const Fd nothing(::open("/dev/null", O_WRONLY));
  ::dup2(nothing.get(), 1);
  return run(argv[1], std::strtoul(argv[2], nullptr, 10), std::strtoul(argv[3], nullptr, 10));
}
