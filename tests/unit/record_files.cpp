// The files of a record: what a Recorder writes and a RecordReader reads, whole, cut and damaged.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "core/harness/table.hpp"
#include "record/open_file.hpp"
#include "record/reader.hpp"
#include "record/recorder.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::AttemptResult;
using nextest::BlockReader;
using nextest::Bytes;
using nextest::BytesInMemory;
using nextest::CapturedOutput;
using nextest::Duration;
using nextest::Event;
using nextest::ExitCode;
using nextest::Fd;
using nextest::inline_output;
using nextest::KnownTest;
using nextest::Mismatch;
using nextest::Outcome;
using nextest::OutcomeKind;
using nextest::OwnedBytes;
using nextest::Recorder;
using nextest::RecordReader;
using nextest::RerunState;
using nextest::Result;
using nextest::RunFinished;
using nextest::RunInfo;
using nextest::RunStarted;
using nextest::TestBinary;
using nextest::TestCase;
using nextest::TestFinished;
using nextest::TestIndex;
using nextest::TestList;
using nextest::TestStarted;
using namespace std::string_literals;

std::string line_of(const Event& event) {
  std::string line;
  nextest::append_event_line(line, event, inline_output);
  return line;
}

std::string noise(std::size_t size) {
  support::Numbers numbers(size + 1);
  std::string text;
  while (text.size() < size) text += static_cast<char>(numbers.below(256));
  return text;
}

void add_test(TestList& list, const std::string& name, Mismatch mismatch = Mismatch::None, bool ignored = false) {
  TestCase& test = list.tests.emplace_back();
  test.name = name;
  test.own_name_size = static_cast<std::uint32_t>(name.size());
  test.binary = static_cast<std::uint32_t>(list.binaries.size() - 1);
  test.mismatch = mismatch;
  test.ignored = ignored;
}

// A run that was made up: it owns what its events point to.
struct Run {
  RunInfo info;
  nextest::RunRequest request;
  TestList list;
  RerunState rerun;
  nextest::Vector<Event> events;  // after the start

  Run() = default;
  Run(const Run&) = delete;

  Event start() const { return {{}, RunStarted{&info, &list, rerun.tests.empty() ? nullptr : &rerun, request}}; }

  template <class What>
  void add(What what) {
    events.push_back({Duration::milliseconds(10 * static_cast<std::int64_t>(events.size() + 1)), std::move(what)});
  }

  // A test that starts and ends.
  void add_test_run(TestIndex test, Outcome outcome, const std::string& out, const std::string& err = "") {
    TestStarted started;
    started.test = test;
    started.pid = 1000 + static_cast<int>(test);
    started.command = {"/bin/one", "--exact", list.tests[test].name.str()};
    add(started);
    TestFinished finished;
    finished.test = test;
    AttemptResult& result = finished.result.attempts.emplace_back();
    result.outcome = outcome;
    result.duration = Duration::milliseconds(5);
    result.output = std::make_shared<CapturedOutput>(CapturedOutput{out, err});
    add(finished);
  }
};

struct Files {
  std::string log;
  std::string outputs;
};

// Waits until the block that is open is old enough to be closed.
void close_block(Recorder& recorder) {
  while (recorder.log().pending()) {
    ::poll(nullptr, 0, 10);
    REQUIRE(recorder.flush());
  }
}

// `blocks`: how many blocks the events are spread over.
Files record(const Run& run, std::size_t max_output = 10000000, std::size_t blocks = 1) {
  const support::TempFolder folder;
  const auto make = [&](const char* name) {
    Fd file(::open((folder / name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    REQUIRE(bool(file));
    return file;
  };
  Recorder recorder(make("log"), make("outputs"), max_output);
  recorder.on_event(run.start());
  for (std::size_t i = 0; i < run.events.size(); ++i) {
    recorder.on_event(run.events[i]);
    if (blocks > 1 && (i + 1) % (run.events.size() / blocks) == 0) close_block(recorder);
  }
  recorder.finish(ExitCode::TestRunFailed);
  CHECK(recorder.error() == 0);
  Files files{support::read_file(folder / "log"), support::read_file(folder / "outputs")};
  CHECK(recorder.log().size() == files.log.size());
  CHECK(recorder.outputs().size() == files.outputs.size());
  return files;
}

nextest::Vector<std::string> lines_of_start(const Event& start) {
  nextest::Vector<std::string> lines = {line_of(start)};
  const auto add = [&](std::string_view line) { lines.emplace_back(line); };
  nextest::write_list_lines(std::get<RunStarted>(start.what), add);
  return lines;
}

nextest::Vector<std::string> event_lines(const Run& run) {
  nextest::Vector<std::string> lines;
  for (const Event& event : run.events) {
    if (nextest::is_recorded(event)) lines.push_back(line_of(event));
  }
  return lines;
}

// All that a reader makes of two files.
struct Read {
  std::string problem;  // empty: it was opened
  nextest::Vector<std::string> start;
  nextest::Vector<std::string> events;
  nextest::Vector<std::string> damage;
  std::int32_t exit_code = -1;
  bool finished = false;
  TestList list;

  Read(std::string log, std::unique_ptr<Bytes> outputs) {
    Result<std::unique_ptr<RecordReader>> opened =
        RecordReader::open(std::make_unique<OwnedBytes>(std::move(log)), std::move(outputs), "the record");
    if (!opened) {
      problem = opened.error().message + "; " + opened.error().hint;
      CHECK(nextest::contains(problem, "the record"));
      return;
    }
    RecordReader& reader = *opened.value();
    start = lines_of_start(reader.start());
    Event event;
    while (reader.next(event)) events.push_back(line_of(event));
    CHECK_FALSE(reader.next(event));
    damage = reader.damage();
    exit_code = reader.exit_code();
    finished = reader.finished();
    list = reader.list();
  }
  explicit Read(const Files& files) : Read(files.log, std::make_unique<OwnedBytes>(files.outputs)) {}

  bool is_all_of(const Run& run) const {
    return problem.empty() && start == lines_of_start(run.start()) && events == event_lines(run);
  }
};

// The plain text of each block of a sound file, and where it ends.
struct Block {
  std::string plain;
  std::size_t end;
};
nextest::Vector<Block> blocks_of(const std::string& file) {
  const BytesInMemory bytes(file);
  nextest::Vector<Block> blocks;
  std::uint64_t at = 0, next = 0;
  std::string plain;
  BlockReader::Found found;
  while ((found = BlockReader(bytes).read(at, plain, next)) == BlockReader::Found::Block) {
    blocks.push_back({plain, static_cast<std::size_t>(next)});
    at = next;
  }
  REQUIRE(found == BlockReader::Found::End);
  return blocks;
}

std::size_t count_lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Any text as a file of blocks.
std::string in_blocks(const std::string& text) {
  nextest::Deflate deflate;
  nextest::BlockWriter writer(deflate);
  writer.append(text);
  writer.finish();
  return writer.ready;
}

RunInfo some_info() {
  RunInfo info;
  info.run_id = "00000000-1111-4222-8333-444444444444";
  info.parent = "99999999-1111-4222-8333-444444444444";
  info.started_at = Duration::seconds(1700000000);
  info.program = "nextest 0.1.0";
  info.profile = "ci";
  info.command_line.add("run");
  info.command_line.add("gr\xFC\xDF");
  info.workspace_root = "/work space/\xFF";
  info.folder = "/folder";
  info.host = "x86_64-unknown-linux-gnu";
  info.environment = {"NEXTEST_PROFILE=ci", "CARGO_TERM_COLOR="};
  info.scope.paths.add("build/one");
  info.scope.harness = "libtest";
  info.order = "random:5";
  return info;
}

// Every kind of event that is recorded, and every way to end.
void fill_whole_run(Run& run) {
  run.info = some_info();
  run.request.capture = false;
  TestBinary& one = run.list.binaries.emplace_back();
  one.id = "one";
  one.path = "/build/one";
  one.name = "one";
  one.package = "build";
  one.kind = "bench";
  one.folder = "/build";
  one.harness = &nextest::libtest_harness;
  const std::size_t outcomes = static_cast<std::size_t>(OutcomeKind::BadVariable) + 1;
  for (std::size_t i = 0; i < outcomes; ++i) add_test(run.list, "ends " + std::to_string(i));
  TestBinary& skipped = run.list.binaries.emplace_back();
  skipped.id = "skipped";
  skipped.path = "/build/skipped";
  skipped.skip_reason = "no test of it can match";
  skipped.mismatch = Mismatch::DefaultFilter;
  TestBinary& two = run.list.binaries.emplace_back();
  two.id = two.name = two.path = "two";
  two.harness = &nextest::criterion_harness;
  for (int reason = 1; reason <= static_cast<int>(Mismatch::Rerun); ++reason) {
    add_test(run.list, "skipped " + std::to_string(reason), static_cast<Mismatch>(reason), reason == 1);
  }
  const TestIndex flaky = static_cast<TestIndex>(run.list.tests.size());
  add_test(run.list, "flaky \xFF");
  run.rerun.tests = {{"one", "ends 0", nextest::Known::Outstanding},
                     {"two", "gone", nextest::Known::Outstanding},
                     {"two", "skipped 6", nextest::Known::Passing}};
  run.rerun.finalize();

  run.add(nextest::ScriptStarted{{}, nextest::ScriptPhase::Setup, 0, 1, "script", {"sh", "-c", "true"}});
  run.add(nextest::ScriptSlow{{}, nextest::ScriptPhase::Setup, "script", {"sh"}, Duration::seconds(1), true});
  nextest::ScriptFinished script;
  script.script_id = "script";
  script.variables = {"A=b\n", "C=\xFF"};
  script.result.output = std::make_shared<CapturedOutput>(CapturedOutput{"out", "err"});
  run.add(script);
  nextest::each_skipped(run.list, {}, [&](const nextest::TestSkipped& event) { run.add(event); });
  for (TestIndex i = 0; i < outcomes; ++i) {
    Outcome outcome;
    outcome.kind = static_cast<OutcomeKind>(i);
    outcome.code = static_cast<int>(i) - 2;
    run.add_test_run(i, outcome, "stdout of " + std::to_string(i) + "\n", i % 2 == 0 ? "" : "\x1B[31m\0\xFF"s);
  }
  run.add(nextest::TestSlow{{}, 0, {1, 2}, Duration::seconds(60), false, true});
  nextest::TestAttemptFailed failed;
  failed.test = flaky;
  failed.result.outcome.kind = OutcomeKind::Fail;
  failed.result.attempt = {1, 2};
  failed.result.output = std::make_shared<CapturedOutput>(CapturedOutput{"first attempt", ""});
  failed.result.tmpdir = "/tmp/nextest-tmp-a";
  failed.result.properties = {"name", "value", "other", "\xFF"};
  failed.delay_before_next = Duration::milliseconds(20);
  run.add(failed);
  run.add(nextest::TestRetryStarted{{{}, flaky, {2, 2}, {3, 1, "group"}, 77, {"two", "flaky \xFF"}}});
  TestFinished finished;
  finished.test = flaky;
  finished.stress = {true, 1, 2};
  finished.result.attempts = {failed.result, {}};
  finished.result.attempts[0].output = nullptr;
  finished.result.attempts[1].attempt = {2, 2};
  finished.result.flaky_fails = true;
  run.add(finished);
  run.add(nextest::StressSubRunStarted{{true, 1, 2}, {nextest::StressCondition::Count, 2, {}}});
  run.add(nextest::StressSubRunFinished{{true, 1, 2}, Duration::seconds(2), {}});
  run.add(nextest::TestLeakedLate{{}, true, flaky, 78, "sleep 100", true});
  run.add(nextest::TestLeakedLate{{}, false, 0, 79, "sleep 200", false});
  run.add(nextest::InfoStarted{});
  run.add(nextest::InfoResponse{});
  run.add(nextest::InfoFinished{});
  run.add(nextest::InputEnter{});
  run.add(nextest::RunPaused{1});
  run.add(nextest::RunContinued{1});
  run.add(nextest::RunBeginCancel{nextest::CancelReason::Interrupt, 3});
  run.add(nextest::RunBeginKill{nextest::CancelReason::SecondSignal, 2});
  RunFinished end;
  end.elapsed = Duration::seconds(3);
  end.stats.initial_run_count = 12;
  end.stats.failed = 9;
  end.stressed = true;
  end.stress = {{true, 2, 2}, 1, 1};
  run.add(end);
}

// As small as it can be with a bit of all: three blocks of events, two of outputs.
void fill_small_run(Run& run) {
  run.info.run_id = "00000000-1111-4222-8333-444444444444";
  run.info.parent = "1";
  run.list.binaries.emplace_back().id = "one";
  for (const char* name : {"a", "b", "c"}) add_test(run.list, name);
  run.rerun.tests = {{"one", "d", nextest::Known::Passing}};
  for (TestIndex i = 0; i < 3; ++i) run.add_test_run(i, {}, noise(20 + i));
}

}  // namespace

TEST_CASE("record: a run is read as it was written") {
  Run run;
  fill_whole_run(run);
  const Files files = record(run);
  const Read read(files);
  INFO(read.problem);
  REQUIRE(read.problem.empty());
  CHECK(read.start == lines_of_start(run.start()));
  CHECK(read.events == event_lines(run));
  CHECK(read.damage.empty());
  CHECK(read.exit_code == 100);
  CHECK(read.finished);

  Result<std::unique_ptr<RecordReader>> reader = RecordReader::open(
      std::make_unique<OwnedBytes>(files.log), std::make_unique<OwnedBytes>(files.outputs), "the record");
  REQUIRE(bool(reader));
  const RunInfo& info = reader.value()->info();
  CHECK(info.run_id == run.info.run_id);
  CHECK(info.parent == run.info.parent);
  CHECK(info.started_at == run.info.started_at);
  CHECK(info.program == run.info.program);
  CHECK(info.profile == "ci");
  CHECK(info.command_line.words() == run.info.command_line.words());
  CHECK(info.scope.paths.words() == run.info.scope.paths.words());
  CHECK(info.workspace_root == run.info.workspace_root);
  CHECK(info.environment == run.info.environment);
  CHECK(info.order == "random:5");
  CHECK_FALSE(reader.value()->request().capture);
  CHECK(reader.value()->exit_code() == -1);  // not yet
  CHECK_FALSE(reader.value()->finished());

  const TestList& list = reader.value()->list();
  REQUIRE(list.binaries.size() == run.list.binaries.size());
  for (std::size_t i = 0; i < list.binaries.size(); ++i) {
    const TestBinary &left = list.binaries[i], &right = run.list.binaries[i];
    CHECK(left.id == right.id);
    CHECK(left.path == right.path);
    CHECK(left.name == right.name);
    CHECK(left.package.str() == right.package.str());
    CHECK(left.kind.str() == right.kind.str());
    CHECK(left.folder.str() == right.folder.str());
    CHECK(left.harness == right.harness);
    CHECK(left.mismatch == right.mismatch);
    CHECK(left.skip_reason.str() == right.skip_reason.str());
  }
  REQUIRE(list.tests.size() == run.list.tests.size());
  for (std::size_t i = 0; i < list.tests.size(); ++i) {
    const TestCase &left = list.tests[i], &right = run.list.tests[i];
    CHECK(left.name == right.name);
    CHECK(left.binary == right.binary);
    CHECK(left.mismatch == right.mismatch);
    CHECK(left.ignored == right.ignored);
  }
  const RerunState& rerun = reader.value()->rerun();
  REQUIRE(rerun.tests.size() == 3);
  CHECK(rerun.of("one", "ends 0") == nextest::Known::Outstanding);
  CHECK(rerun.of("two", "skipped 6") == nextest::Known::Passing);
  const Event start = reader.value()->start();
  CHECK(std::get<RunStarted>(start.what).rerun == &rerun);
}

TEST_CASE("record: which tests had started and not ended, and which have no result") {
  Run run;
  run.list.binaries.emplace_back().id = "one";
  for (const char* name : {"a", "b", "c", "d"}) add_test(run.list, name);
  add_test(run.list, "left out", Mismatch::Name);
  run.add_test_run(0, {}, "");
  TestStarted started;
  started.test = 1;
  run.add(started);
  nextest::TestAttemptFailed failed;
  failed.test = 1;
  failed.result.outcome.kind = OutcomeKind::Fail;
  run.add(failed);
  started.test = 2;
  run.add(nextest::TestRetryStarted{started});  // its start is lost
  Files files = record(run);
  const Result<std::unique_ptr<RecordReader>> reader = RecordReader::open(
      std::make_unique<OwnedBytes>(files.log), std::make_unique<OwnedBytes>(files.outputs), "the record");
  REQUIRE(bool(reader));
  Event event;
  while (reader.value()->next(event)) {
  }
  const nextest::Vector<nextest::UnendedTest> unended = reader.value()->unended();
  REQUIRE(unended.size() == 2);
  CHECK(unended[0].test == 1);
  CHECK(unended[0].since == Duration::milliseconds(30));
  CHECK(unended[1].test == 2);
  CHECK(unended[1].since == Duration::milliseconds(50));
  CHECK(reader.value()->missing() == nextest::Vector<TestIndex>{1, 2, 3});
  CHECK(reader.value()->last_at() == Duration::milliseconds(50));
  CHECK_FALSE(reader.value()->has_end());
}

TEST_CASE("record: a run of nothing, and one that is no rerun") {
  Run run;
  CHECK(Read(record(run)).is_all_of(run));
  fill_small_run(run);
  run.info.parent.clear();
  run.rerun.tests.clear();
  CHECK(Read(record(run)).is_all_of(run));
}

TEST_CASE("record: the first line and the list are in blocks of their own") {
  Run run;
  fill_whole_run(run);
  const Files files = record(run);
  const nextest::Vector<Block> blocks = blocks_of(files.log);
  REQUIRE(blocks.size() == 5);  // the run is stopped in between
  CHECK(nextest::starts_with(blocks[0].plain, "{\"format\":\"1.0\","));
  CHECK(count_lines(blocks[0].plain) == 1);
  CHECK(blocks[1].plain.back() == '\n');
  CHECK(nextest::contains(blocks[1].plain, "\"binary\""));
  CHECK_FALSE(nextest::contains(blocks[1].plain, "\"script-started\""));
  CHECK(nextest::starts_with(blocks[2].plain, "{\"event\":\"script-started\""));
  CHECK(nextest::contains(blocks[2].plain, "\"paused\""));
  CHECK(blocks[4].plain.empty());
}

TEST_CASE("record: gzip reads it" * support::needs(support::tool("gzip"))) {
  Run run;
  fill_small_run(run);
  const auto files = record(run);
  std::string lines;
  for (const auto& block : blocks_of(files.log)) lines += block.plain;
  CHECK(count_lines(lines) > 3);
  const support::TempFolder folder;
  support::write_file(folder / "log.gz", files.log);
  FILE* const pipe = ::popen(("gzip -dc " + folder / "log.gz").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  char buffer[4096];
  while (const std::size_t got = ::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, got);
  CHECK(::pclose(pipe) == 0);
  CHECK(text == lines);
}

TEST_CASE("record: an output over several blocks, and identical ones stored once") {
  Run run;
  fill_small_run(run);
  const std::string large = noise(1 << 20);
  const std::size_t before = blocks_of(record(run).outputs).size();
  run.add_test_run(0, {}, large, "err");
  run.add_test_run(1, {}, "err", large);
  run.add_test_run(2, {}, large, large);
  const Files files = record(run);
  CHECK(blocks_of(files.outputs).size() >= before + 16);
  std::size_t plain = 0;
  for (const Block& block : blocks_of(files.outputs)) plain += block.plain.size();
  CHECK(plain == 20 + 21 + 22 + large.size() + 3);
  CHECK(files.outputs.size() < plain + 2000);
  const Read read(files);
  CHECK(read.is_all_of(run));
  CHECK(read.damage.empty());
}

TEST_CASE("record: outputs of all sizes around that of a block") {
  Run run;
  fill_small_run(run);
  const std::size_t limit = nextest::BlockWriter::largest_plain;
  for (const std::size_t size : {limit - 64, limit, limit + 1, std::size_t{1}, limit - 1, limit, 2 * limit}) {
    run.add_test_run(0, {}, noise(size + run.events.size()).substr(0, size));
  }
  const Read read(record(run));
  CHECK(read.is_all_of(run));
  CHECK(read.damage.empty());
}

TEST_CASE("record: an output that is too large loses its middle") {
  Run run;
  run.list.binaries.emplace_back().id = "one";
  add_test(run.list, "a");
  run.add_test_run(0, {}, "0123456789", "01234567890");
  const Read read(record(run, 10));
  REQUIRE(read.events.size() == 2);
  CHECK(nextest::contains(read.events[1], "\"stdout\":\"0123456789\""));
  CHECK(
      nextest::contains(read.events[1], "\"stderr\":\"01234\\n... 1 bytes of output were not recorded ...\\n67890\""));
  CHECK(nextest::contains(Read(record(run, 0)).events[1],
                          "\"stdout\":\"\\n... 10 bytes of output were not recorded ...\\n\""));
}

void check_disk(const char* path, int error) {
  Run run;
  fill_whole_run(run);
  Fd log(::open(path, O_WRONLY | O_CLOEXEC)), outputs(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  REQUIRE(bool(log));
  Recorder recorder(std::move(log), std::move(outputs), 100);
  recorder.on_event(run.start());
  for (const Event& event : run.events) recorder.on_event(event);
  recorder.finish(ExitCode::Success);
  CHECK(recorder.error() == error);
  CHECK(recorder.flush_within() == nextest::forever);
}

TEST_CASE("record: a disk that is not full is no error") { check_disk("/dev/null", 0); }
TEST_CASE("record: a disk that is full is told of, and the run goes on" * support::needs(support::full_device())) {
  check_disk("/dev/full", ENOSPC);
}

TEST_CASE("record: cut anywhere, all events of whole blocks are there") {
  Run run;
  fill_small_run(run);
  const Files files = record(run, 10000000, 3);
  const nextest::Vector<Block> blocks = blocks_of(files.log);
  CHECK(blocks.size() == 7);  // start, list, three of events, exit code, end
  const nextest::Vector<std::string> all = event_lines(run), start = lines_of_start(run.start());
  for (std::size_t size = 0; size <= files.log.size(); ++size) {
    CAPTURE(size);
    const Read read({files.log.substr(0, size), files.outputs});
    std::size_t lines = 0;
    for (const Block& block : blocks) lines += block.end <= size ? count_lines(block.plain) : 0;
    REQUIRE(read.problem.empty() == (lines > 0 || size == 0));  // nothing is what a killed runner may leave
    if (lines == 0) continue;
    REQUIRE(read.damage.empty());
    REQUIRE(nextest::contains(read.start[0], run.info.run_id));
    if (lines == 1) REQUIRE(read.list.tests.empty());
    else REQUIRE(read.start == start);
    lines -= std::min(lines, start.size());
    REQUIRE(read.exit_code == (lines > all.size() ? 100 : -1));
    REQUIRE(read.events == nextest::Vector<std::string>(
                               all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(lines, all.size()))));
  }
  for (std::size_t size = 0; size <= files.outputs.size(); ++size) {
    CAPTURE(size);
    const Read read({files.log, files.outputs.substr(0, size)});
    REQUIRE(read.problem.empty());
    REQUIRE(read.start == start);
    REQUIRE(read.events.size() == all.size());
    REQUIRE(read.exit_code == 100);
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (read.events[i] == all[i]) continue;
      ++wrong;
      REQUIRE(nextest::contains(read.events[i], "the record of this output is damaged from here on"));
    }
    const std::string told = wrong == 1 ? "1 output is damaged" : std::to_string(wrong) + " outputs are damaged";
    if (wrong == 0) REQUIRE(read.damage.empty());
    else REQUIRE(read.damage == nextest::Vector<std::string>{told});
  }
  const Read without(files.log, nullptr);
  CHECK(without.events.size() == all.size());
  CHECK(without.damage == nextest::Vector<std::string>{"3 outputs are damaged"});
}

TEST_CASE("record: outputs are in their file before the events that name them, whenever the runner is killed") {
  Run run;
  fill_small_run(run);
  const support::TempFolder folder;
  Recorder recorder(Fd(::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)),
                    Fd(::open((folder / "outputs").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)), 10000000);
  recorder.on_event(run.start());
  const nextest::Vector<std::string> all = event_lines(run);
  for (std::size_t i = 0; i < run.events.size(); i += 2) {
    recorder.on_event(run.events[i]);
    recorder.on_event(run.events[i + 1]);
    close_block(recorder);
    const Read read({support::read_file(folder / "log"), support::read_file(folder / "outputs")});
    CHECK(read.damage.empty());
    CHECK(read.events == nextest::Vector<std::string>(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(i + 2)));
  }
}

TEST_CASE("record: bytes in a block that its deflate stream does not need are damage") {
  const std::string sound = in_blocks("{}\n");
  std::string plain;
  std::uint64_t next = 0;
  REQUIRE(BlockReader(BytesInMemory(sound)).read(0, plain, next) == BlockReader::Found::Block);
  std::string padded = sound;
  padded.insert(static_cast<std::size_t>(next) - nextest::block_trailer_size, 1, '\0');
  padded[16] = static_cast<char>(next);  // where its size less 1 stands
  CHECK(BlockReader(BytesInMemory(padded)).read(0, plain, next) == BlockReader::Found::Damaged);
  CHECK(plain.empty());
}

TEST_CASE("record: no byte can be changed without notice") {
  Run run;
  fill_small_run(run);
  const Files files = record(run, 10000000, 3);
  const nextest::Vector<std::string> all = event_lines(run);
  std::size_t told = 0, tried = 0;
  for (const bool in_log : {true, false}) {
    for (std::size_t at = 0; at < (in_log ? files.log : files.outputs).size(); ++at) {
      for (const char change : {'\x01', '\x80', '\xFF'}) {
        Files changed = files;
        char& byte = (in_log ? changed.log : changed.outputs)[at];
        byte = static_cast<char>(byte ^ change);
        const Read read(changed);
        CAPTURE(in_log);
        CAPTURE(at);
        CAPTURE(static_cast<int>(change));
        const bool is_told = !read.problem.empty() || !read.damage.empty();
        REQUIRE((is_told || read.is_all_of(run)));
        told += is_told;
        ++tried;
        if (in_log) continue;
        REQUIRE(read.problem.empty());
        REQUIRE(read.events.size() == all.size());
      }
    }
  }
  CHECK(told > tried * 3 / 4);
}

TEST_CASE("record: bytes between blocks are damage, and the blocks around them are read") {
  Run run;
  fill_small_run(run);
  const Files files = record(run, 10000000, 3);
  const nextest::Vector<Block> blocks = blocks_of(files.log);
  for (const std::size_t after : {std::size_t{2}, std::size_t{3}}) {
    for (const std::string& strange : {"x"s, noise(100), std::string(200000, '\x1F'), files.outputs.substr(0, 17)}) {
      Files changed = files;
      changed.log.insert(blocks[after].end, strange);
      const Read read(changed);
      CHECK(read.is_all_of(run));
      CHECK(read.damage.size() == 1);
    }
  }
  // Half of the disk's blocks never got there.
  Files holed = files;
  for (std::size_t i = blocks[1].end; i < blocks[2].end; ++i) holed.log[i] = '\0';
  const Read read(holed);
  CHECK(read.events.size() == event_lines(run).size() * 2 / 3);
  CHECK(read.damage.size() == 1);
}

TEST_CASE("record: the next block is found wherever it begins") {
  const std::string sound = in_blocks("{}\n");
  for (std::size_t size = 65536 - 24; size < 65536 + 8; ++size) {
    std::string plain;
    std::uint64_t next = 0;
    const std::string file = std::string(size, 'x') + sound;
    CAPTURE(size);
    CHECK(BlockReader(BytesInMemory(file)).read(0, plain, next) == BlockReader::Found::Damaged);
    CHECK(next == size);
  }
}

TEST_CASE("record: the end of a line that is lost with its block is no loss of its own") {
  Run run;
  fill_small_run(run);
  std::string lines;
  for (const Block& block : blocks_of(record(run).log)) lines += block.plain;
  const std::size_t event = lines.find("{\"event\":\"started\"");
  const std::size_t cuts[] = {event, event + 10, lines.size()};
  nextest::Deflate deflate;
  nextest::BlockWriter writer(deflate);
  std::size_t from = 0, lost = 0;
  for (const std::size_t to : cuts) {
    if (from == event) lost = writer.ready.size();
    writer.append(std::string_view(lines).substr(from, to - from));
    writer.close_block();
    from = to;
  }
  writer.finish();
  std::string file = writer.ready;
  file[lost + nextest::block_header_size] = static_cast<char>(~file[lost + nextest::block_header_size]);
  const Read read(file, nullptr);
  CHECK(read.events.size() == event_lines(run).size() - 1);
  REQUIRE(read.damage.size() == 2);  // and all outputs
  CHECK(read.damage[0] == "1 block of events is damaged and was left out");
}

TEST_CASE("inflate: what was there before the stream is no part of it, and its limit holds") {
  std::string out = "x";
  std::size_t used = 0;
  const std::string one_before_the_start = "\x03\x02\0"s;  // one repetition, of what lies one byte before
  CHECK(nextest::inflate(one_before_the_start, 100, out, used) == nextest::Inflated::Damaged);
  CHECK(out == "x");

  nextest::Deflate deflate;
  std::string packed;
  deflate.compress(std::string(1000, 'a'), packed);
  for (const std::size_t limit : {0u, 1u, 10u, 258u, 999u}) {
    out = "x";
    CHECK(nextest::inflate(packed, limit, out, used) == nextest::Inflated::TooLarge);
    CHECK(out.size() <= 1 + limit);
  }
  out = "x";
  CHECK(nextest::inflate(packed, 1000, out, used) == nextest::Inflated::Whole);
  CHECK(out == "x" + std::string(1000, 'a'));
}

TEST_CASE("record: lost blocks of the list leave the others their numbers") {
  Run run;
  run.info = some_info();
  for (std::size_t b = 0; b < 40; ++b) {
    run.list.binaries.emplace_back().id = "binary " + std::to_string(b);
    for (std::size_t t = 0; t < 90; ++t)
      add_test(run.list,
               "a test of a name that is rather long, to fill blocks soon, " + std::to_string(run.list.tests.size()));
  }
  for (TestIndex i = 0; i < run.list.tests.size(); i += 100) run.add_test_run(i, {}, "");
  const Files files = record(run);
  const nextest::Vector<Block> blocks = blocks_of(files.log);
  std::size_t of_list = 1;
  while (!nextest::starts_with(blocks[of_list].plain, "{\"event\":\"started\"")) ++of_list;
  CHECK(of_list >= 5);
  const nextest::Vector<std::string> all = event_lines(run);
  for (unsigned lost = 1; lost < 1u << of_list; ++lost) {
    CAPTURE(lost);
    Files changed = files;
    for (std::size_t i = 0; i < of_list; ++i) {
      if ((lost >> i & 1) != 0) changed.log[blocks[i].end - 12] ^= 1;
    }
    const Read read(changed);
    REQUIRE(read.problem.empty());
    REQUIRE_FALSE(read.damage.empty());
    const bool is_header_lost = (lost & 1) != 0, is_last_lost = (lost >> (of_list - 1) & 1) != 0;
    if (is_header_lost && is_last_lost) continue;  // then nobody knows how many there were
    REQUIRE(read.list.tests.size() == run.list.tests.size());
    REQUIRE(read.list.binaries.size() == run.list.binaries.size());
    std::size_t kept = 0;
    for (std::size_t i = 0; i < run.list.tests.size(); ++i) {
      const TestCase& test = read.list.tests[i];
      if (test.own_name_size == 0) {
        REQUIRE(test.name == "(lost test " + std::to_string(i) + ")");
        continue;
      }
      ++kept;
      REQUIRE(test.name == run.list.tests[i].name);
      REQUIRE(test.binary == run.list.tests[i].binary);
    }
    if ((lost >> 1) == 0) REQUIRE(kept == run.list.tests.size());
    else REQUIRE(kept < run.list.tests.size());
    if (lost == 4) REQUIRE(kept > run.list.tests.size() / 2);
    REQUIRE(read.events.size() == all.size());
    for (std::size_t i = 1; i < all.size(); i += 2) REQUIRE(read.events[i] == all[i]);  // without their commands
  }
}

TEST_CASE("record: other versions") {
  const auto opened = [](const std::string& line) { return Read({in_blocks(line + "\n"), ""}).problem; };
  CHECK(opened("{\"format\":\"1.0\",\"event\":\"run-started\"}").empty());
  CHECK(opened("{\"format\":\"1.17\",\"of a later version\":[1]}").empty());
  for (const std::string format : {"2.0", "0.9", "10.0", "11", "", ".1", "x"}) {
    const std::string problem = opened("{\"format\":\"" + format + "\",\"program\":\"nextest 9.8.7\"}");
    CAPTURE(problem);
    CHECK(nextest::contains(problem, "has format " + format + ", and this program reads 1.x"));
    CHECK(nextest::contains(problem, "nextest 9.8.7"));
  }
  CHECK_FALSE(opened("{\"format\":\"2.0\",\"program\":5}").empty());
  CHECK(nextest::contains(opened("{\"format\":1}"), "is no record of a run"));
  CHECK(nextest::contains(opened("{}"), "is no record of a run"));
}

TEST_CASE("record: what is no record is refused") {
  for (const std::string& log : {"x"s, noise(1000), std::string(1000, '\0'), in_blocks(""), in_blocks("{"),
                                 in_blocks("1\n"), in_blocks("\n\n\n"), std::string(nextest::block_header)}) {
    CHECK_FALSE(Read({log, ""}).problem.empty());
  }
}

TEST_CASE("record: a line of a later version costs what it says, not those after it") {
  std::string text =
      "{\"format\":\"1.1\",\"binaries\":1,\"tests\":4}\n{\"event\":\"binary\",\"id\":\"b\",\"harness\":\"plain\"}\n";
  text += "{\"event\":\"tests\",\"names\":[\"a\"]}\n";
  text += "{\"event\":\"tests\",\"from\":1,\"skipped\":\"for a reason of later\",\"names\":[\"b\",\"c\"]}\n";
  text += "{\"event\":\"tests\",\"from\":3,\"names\":[\"d\"]}\n";
  const Read read({in_blocks(text), ""});
  REQUIRE(read.list.tests.size() == 4);
  CHECK(read.list.tests[0].name == "a");
  CHECK(read.list.tests[1].name == "(lost test 1)");
  CHECK(read.list.tests[3].name == "d");
  CHECK(read.damage.size() == 1);
}

TEST_CASE("record: small files cannot ask for much memory") {
  const auto size_of_list = [](const std::string& text) {
    const std::string log = in_blocks(text);
    CHECK(log.size() < 2000);
    const auto reader = RecordReader::open(std::make_unique<OwnedBytes>(log), nullptr, "");
    REQUIRE(bool(reader));
    return reader.value()->list().tests.size() + reader.value()->list().binaries.size();
  };
  const std::string many = "{\"format\":\"1.0\",\"binaries\":4294967295,\"tests\":4294967295}\n";
  CHECK(size_of_list(many) == 0);
  const std::string far = "{\"event\":\"tests\",\"from\":4000000000,\"binary\":4000000000,\"names\":[\"a\"]}\n";
  CHECK(size_of_list(many + far) < 100000);
  std::string bad = many;
  for (int i = 0; i < 100000; ++i) bad += "x\n";
  CHECK(size_of_list(bad + far) < 10000000);
  bad = many;
  for (int i = 0; i < 5000; ++i) bad += "{\"event\":\"tests\",\"from\":-1}\n";
  CHECK(size_of_list(bad) < 10000000);

  const std::string list = "{\"format\":\"1.0\",\"tests\":1,\"binaries\":1}\n{\"event\":\"tests\",\"names\":[\"a\"]}\n";
  std::string before;
  for (int i = 0; i < 50000; ++i) before += "{\"stdout\":[0,0,1000000]},";
  const Read greedy({in_blocks(list + "{\"event\":\"finished\",\"before\":[" + before + "{}]}\n"),
                     in_blocks(std::string(1000000, 'a'))});
  CHECK(greedy.events.empty());
  CHECK(greedy.damage == nextest::Vector<std::string>{"1 event could not be read and was left out"});

  for (const std::string place : {"[0,0,18446744073709551615]", "[0,3,18446744073709551615]", "[0,4,1]", "[1,0,1]",
                                  "[18446744073709551615,18446744073709551615,18446744073709551615]"}) {
    const std::string text =
        "{\"format\":\"1.0\",\"tests\":1,\"binaries\":1}\n{\"event\":\"tests\",\"names\":[\"a\"]}\n"
        "{\"event\":\"finished\",\"stdout\":" +
        std::string(place) + "}\n";
    const Read one({in_blocks(text), in_blocks("abc")});
    REQUIRE(one.events.size() == 1);
    CHECK(nextest::contains(one.events[0], "the record of this output is damaged"));
    CHECK(one.damage == nextest::Vector<std::string>{"1 output is damaged"});
  }
}
