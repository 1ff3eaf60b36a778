#include "record/store.hpp"

#include <doctest/doctest.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "core/base/base64.hpp"
#include "core/base/size.hpp"
#include "core/select/order.hpp"
#include "core/select/partition.hpp"
#include "record/durations.hpp"
#include "record/retention.hpp"
#include "record/session.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::Duration;
using nextest::Durations;
using nextest::Event;
using nextest::excess_runs;
using nextest::ExitCode;
using nextest::Fd;
using nextest::folder_name_of;
using nextest::Mismatch;
using nextest::OutcomeKind;
using nextest::Partition;
using nextest::pruning_is_due;
using nextest::RecordedRun;
using nextest::RecordSession;
using nextest::RecordSettings;
using nextest::Result;
using nextest::RunFinished;
using nextest::RunIndex;
using nextest::RunInfo;
using nextest::RunStarted;
using nextest::RunStatus;
using nextest::Store;
using nextest::TestCase;
using nextest::TestFinished;
using nextest::TestIndex;
using nextest::TestList;

std::string id_of(std::string start) {
  static const std::string rest = "00000000-0000-4000-8000-000000000000";
  return start + rest.substr(start.size());
}

bool exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

RecordedRun run_of(const std::string& id, std::int64_t seconds, std::uint64_t size = 0) {
  RecordedRun run;
  run.id = id_of(id);
  run.started_at = run.last_written = Duration::seconds(seconds);
  run.log_size = size / 2;
  run.output_size = size - size / 2;
  return run;
}

std::string ids_of(const RunIndex& index) {
  std::string ids;
  for (const RecordedRun& run : index.runs) ids += run.id.substr(0, run.id.find('0')) + ",";
  return ids;
}

TestList list_of(std::size_t tests) {
  TestList list;
  list.binaries.emplace_back().id = "binary";
  for (std::size_t i = 0; i < tests; ++i) {
    TestCase& test = list.tests.emplace_back();
    test.name = "test " + std::to_string(i);
    test.own_name_size = static_cast<std::uint32_t>(test.name.size());
  }
  return list;
}

TestFinished finished(TestIndex test, std::int64_t milliseconds, bool passes = true) {
  TestFinished event;
  event.test = test;
  event.result.attempts.emplace_back().duration = Duration::milliseconds(milliseconds);
  event.result.attempts[0].outcome.kind = passes ? OutcomeKind::Pass : OutcomeKind::Fail;
  return event;
}

RecordSettings no_pruning() {
  RecordSettings settings;
  settings.max_age = Duration::seconds(100000 * 86400LL);
  settings.max_records = 100000;
  return settings;
}

// A run of three tests, of which the last one fails; its warnings.
nextest::Vector<std::string> record_run(const Store& store, const std::string& id, std::int64_t seconds,
                                        const std::string& parent = "", const RecordSettings& settings = no_pruning()) {
  RunInfo info;
  info.run_id = id_of(id);
  info.parent = parent.empty() ? "" : id_of(parent);
  info.started_at = Duration::seconds(seconds);
  info.program = "nextest";
  info.command_line.add("run");
  const TestList list = list_of(3);
  Result<std::unique_ptr<RecordSession>> session = RecordSession::begin(store, info, settings);
  REQUIRE(bool(session));
  RecordSession& recorder = *session.value();
  recorder.on_event({{}, RunStarted{&info, &list, nullptr}});
  for (TestIndex i = 0; i < 3; ++i) {
    TestFinished event = finished(i, 10 * (i + 1), i < 2);
    event.result.attempts[0].output = std::make_shared<nextest::CapturedOutput>(nextest::CapturedOutput{id, ""});
    recorder.on_event({Duration::milliseconds(i), event});
  }
  RunFinished end;
  end.stats.initial_run_count = end.stats.finished_count = 3;
  end.stats.passed = 2;
  end.stats.failed = 1;
  recorder.on_event({Duration::milliseconds(100), end});
  return recorder.end(ExitCode::TestRunFailed);
}

// All that can be known again from the folders of runs.
std::string recoverable(RunIndex index) {
  index.pruned_at = Duration();
  for (RecordedRun& run : index.runs) {
    run.last_written = Duration();
    run.plain_size = 0;
  }
  return index.to_json();
}

// A process of ours that does something, tells so on its pipe, and then waits until it is killed. If it could not, it
// ends without a word.
class Child {
 public:
  template <class Do>
  explicit Child(Do act) {
    nextest::Pipe pipe;
    REQUIRE(nextest::open_pipe(pipe) == 0);
    pid_ = ::fork();
    REQUIRE(pid_ >= 0);
    if (pid_ == 0) {
      const bool kept = act(pipe.write_end.get());
      if (!kept) ::_exit(1);
      static_cast<void>(nextest::write_all(pipe.write_end.get(), "x"));
      while (true) ::pause();
    }
    told_ = std::move(pipe.read_end);
  }
  Child(const Child&) = delete;
  ~Child() { kill(); }

  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    int status = 0;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
  }
  bool has_told() const {
    pollfd wait{told_.get(), POLLIN, 0};
    return ::poll(&wait, 1, 200) == 1;
  }
  bool tells() const {
    char c = 0;
    return nextest::read_some(told_.get(), &c, 1) == 1;
  }

 private:
  pid_t pid_ = -1;
  Fd told_;
};

}  // namespace

TEST_CASE("run index: what is found later is put where it began") {
  RunIndex index;
  for (const auto& [id, at] : {std::pair<const char*, int>{"b", 2}, {"d", 4}, {"a", 1}, {"c", 2}}) {
    index.adopt(run_of(id, at));
  }
  CHECK(ids_of(index) == "a,b,c,d,");
  REQUIRE(index.find(id_of("c")) == &index.runs[2]);
  CHECK(index.find("c") == nullptr);
  CHECK(index.find("") == nullptr);
}

TEST_CASE("run index: which run is meant") {
  RunIndex index;
  const auto meant = [&](std::string_view wanted) {
    const Result<const RecordedRun*> run = index.resolve(wanted);
    return run ? run.value()->id.substr(0, 4) : run.error().message;
  };
  CHECK(nextest::contains(meant("latest"), "no run is recorded here"));
  CHECK(nextest::contains(meant("a"), "no run is recorded here"));
  index.add(run_of("abc1", 1));
  index.add(run_of("abd2", 2));
  index.add(run_of("b333", 3));
  index.adopt(run_of("a444", 0));
  CHECK(meant("latest") == "b333");
  CHECK(meant("b") == "b333");
  CHECK(meant("abc") == "abc1");
  CHECK(meant(id_of("abd2")) == "abd2");
  const std::string several = meant("ab");
  CHECK(nextest::contains(several, "'ab' is the start of several"));
  CHECK(nextest::contains(several, id_of("abc1") + ", " + id_of("abd2")));
  CHECK_FALSE(nextest::contains(several, id_of("a444")));
  for (const char* none : {"c", "", "lates", "abc2", "A"}) CHECK(nextest::contains(meant(none), "no recorded run"));
  CHECK(nextest::contains(meant(id_of("abc1") + "0"), "no recorded run"));
}

TEST_CASE("run index: shortest unique prefixes") {
  CHECK(RunIndex().unique_prefixes().empty());
  RunIndex index;
  index.add(run_of("abc1", 1));
  CHECK(index.unique_prefixes() == nextest::Vector<std::size_t>{1});
  for (const char* id : {"b", "abd", "abc2", "f"}) index.add(run_of(id, 2));
  CHECK(index.unique_prefixes() == nextest::Vector<std::size_t>{4, 1, 3, 4, 1});

  support::Numbers numbers(3);
  index.runs.clear();
  for (int i = 0; i < 300; ++i) {
    std::string start;
    for (int j = 0; j < 8; ++j) start += "0123456789abcdef"[numbers.below(j < 2 ? 2 : 16)];
    if (index.find(id_of(start)) == nullptr) index.add(run_of(start, static_cast<std::int64_t>(numbers.below(50))));
  }
  const nextest::Vector<std::size_t> prefixes = index.unique_prefixes();
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    const std::string& id = index.runs[i].id;
    const auto found = index.resolve(id.substr(0, prefixes[i]));
    REQUIRE(bool(found));
    CHECK(found.value() == &index.runs[i]);
    if (prefixes[i] > 1) CHECK_FALSE(bool(index.resolve(id.substr(0, prefixes[i] - 1))));
  }
}

TEST_CASE("run index: written and read again") {
  RunIndex index;
  index.pruned_at = Duration::seconds(1700000001);
  RecordedRun run = run_of("a", 1700000000, 12345);
  run.parent = "\xFF";
  run.program = "nextest \"1\"";
  run.profile = "ci";
  run.command_line.add("run");
  run.command_line.add("\n\xC3");
  run.took = Duration::milliseconds(1500);
  run.status = RunStatus::Cancelled;
  run.stressed = true;
  run.tests = 4294967295;
  run.passed = 2;
  run.failed = 3;
  run.exit_code = 100;
  run.plain_size = 1ull << 60;
  index.add(run);
  index.add(run_of("b", 1700000005));
  const std::string text = index.to_json();
  RunIndex again;
  REQUIRE(again.from_json(text));
  CHECK_FALSE(again.is_newer);
  CHECK(again.to_json() == text);
  CHECK(again.pruned_at == index.pruned_at);
  REQUIRE(again.runs.size() == 2);
  CHECK(again.runs[0].parent == "\xFF");
  CHECK(again.runs[0].command_line.words() == run.command_line.words());
  CHECK(again.runs[0].status == RunStatus::Cancelled);
  CHECK(again.runs[0].tests == 4294967295);
  CHECK(again.runs[0].size() == 12345);
  CHECK(again.runs[0].plain_size == 1ull << 60);
  CHECK(again.runs[1].exit_code == -1);
  for (std::size_t size = 0; size + 1 < text.size(); ++size) {
    RunIndex cut;
    REQUIRE_FALSE(cut.from_json(std::string_view(text).substr(0, size)));
  }
}

TEST_CASE("run index: what makes no sense is left out") {
  const auto read = [](const std::string& runs) {
    RunIndex index;
    REQUIRE(index.from_json("{\"format\":\"1.0\",\"runs\":[" + runs + "]}"));
    return index;
  };
  const std::string good = "{\"run\":\"" + id_of("a") + "\",\"status\":\"completed\"}";
  CHECK(read(good).runs.size() == 1);
  CHECK(read(good + "," + good).runs.size() == 1);
  for (const std::string id :
       {"", "a", "..", "../../../../../../../../../tmp/abcdefg", "A0000000-0000-4000-8000-000000000000",
        "a0000000-0000-4000-8000-00000000000/", "a0000000-0000-4000-8000-0000000000000",
        "a0000000+0000-4000-8000-000000000000", "a0000000-0000-4000-8000-00000000000"}) {
    CAPTURE(id);
    CHECK_FALSE(nextest::is_run_id(id));
    CHECK(read("{\"run\":\"" + id + "\"}," + good).runs.size() == 1);
  }
  for (const std::string member : {"\"tests\":-1", "\"status\":\"lost\"", "\"log_size\":-5", "\"took\":\"1\"",
                                   "\"last_written\":-9000000000", "\"started_at\":-1"}) {
    CAPTURE(member);
    CHECK(read("{\"run\":\"" + id_of("b") + "\"," + member + "}," + good).runs.size() == 1);
  }
  CHECK(read("1,null,[],{}," + good).runs.size() == 1);
  RunIndex index;
  for (const char* text : {"", "{}", "[]", "{\"format\":\"1.0\"}", "{\"format\":1,\"runs\":[]}", "{\"runs\":[]}",
                           "{\"format\":\"1.0\",\"runs\":[],\"pruned_at\":\"x\"}"}) {
    CHECK_FALSE(index.from_json(text));
  }
}

TEST_CASE("run index: the counts of a run that has not ended are those of its tests") {
  RecordedRun run;
  for (const bool passes : {true, false, true}) note(run, {Duration::seconds(5), finished(0, 1, passes)});
  CHECK(run.passed == 2);
  CHECK(run.failed == 1);
  CHECK(run.status == RunStatus::Incomplete);
  CHECK(run.took == Duration::seconds(5));
  RunFinished end;
  end.stats.initial_run_count = 9;
  end.stats.finished_count = 8;
  end.stats.passed = 5;
  end.stats.timed_out = 2;
  note(run, {Duration::seconds(6), end});
  CHECK(run.tests == 9);
  CHECK(run.passed == 5);
  CHECK(run.failed == 2);
  CHECK(run.status == RunStatus::Cancelled);
  end.stats.finished_count = 9;
  end.stressed = true;
  end.stress = {{true, 3, 4}, 2, 1};
  note(run, {Duration::seconds(7), end});
  CHECK(run.status == RunStatus::Completed);
  CHECK(run.tests == 4);
  CHECK(run.passed == 2);
  CHECK(run.failed == 1);
}

TEST_CASE("retention: too old, too many, too large, in that order") {
  RecordSettings settings;
  settings.max_records = 3;
  settings.max_total_size = 1000;
  settings.max_age = Duration::seconds(100);
  const Duration now = Duration::seconds(1000);
  const auto excess = [&](const RunIndex& index, const std::string& spared = "") {
    std::string ids;
    for (const std::size_t i : excess_runs(index, settings, now, spared)) ids += index.runs[i].id.substr(0, 1);
    return ids;
  };
  const auto run_of = [](const char* id, int at, std::uint64_t size) {
    RecordedRun run = ::run_of(id, at, size);
    run.status = RunStatus::Completed;
    return run;
  };
  RunIndex index;
  CHECK(excess(index) == "");
  for (const auto& [id, at] : {std::pair<const char*, int>{"a", 950}, {"b", 960}, {"c", 970}}) {
    index.add(run_of(id, at, 300));
  }
  CHECK(excess(index) == "");
  index.add(run_of("d", 980, 100));
  CHECK(excess(index) == "a");                          // one too many
  index.runs[0].last_written = Duration::seconds(999);  // by a rerun of it
  CHECK(excess(index) == "b");
  CHECK(excess(index, id_of("b")) == "c");
  index.runs[3].last_written = Duration::seconds(899);
  CHECK(excess(index) == "d");  // too old
  index.runs[3].last_written = Duration::seconds(900);
  index.runs[3].log_size = 1000;
  CHECK(excess(index) == "d");
  index.runs[0].log_size = 1000;
  CHECK(excess(index) == "dbca");
  CHECK(excess(index, id_of("a")) == "dbc");
  for (RecordedRun& run : index.runs) run.last_written = Duration::seconds(5000);  // a clock that went back
  settings.max_total_size = 10000;
  settings.max_records = 4;
  CHECK(excess(index) == "");

  for (RecordedRun& run : index.runs) run.status = RunStatus::Incomplete;
  CHECK(excess(index) == "");  // they may go on
}

TEST_CASE("retention: what has no end may go on for a day, whatever the limits") {
  RecordSettings settings;
  settings.max_records = 0;
  const int now = 200000;
  RunIndex index;
  index.add(run_of("a", now - 86399));
  index.add(run_of("b", now - 86400));
  index.add(run_of("c", now - 10));
  index.runs[0].status = index.runs[1].status = RunStatus::Incomplete;
  index.runs[2].status = RunStatus::Completed;
  std::string ids;
  for (const std::size_t i : excess_runs(index, settings, Duration::seconds(now))) ids += index.runs[i].id.substr(0, 1);
  CHECK(ids == "bc");
}

TEST_CASE("retention: when to prune") {
  RecordSettings settings;
  settings.max_records = 2;
  settings.max_total_size = 1000;
  RunIndex index;
  index.pruned_at = Duration::seconds(100000);
  const auto is_due = [&](std::int64_t seconds) { return pruning_is_due(index, settings, Duration::seconds(seconds)); };
  CHECK_FALSE(is_due(100000));
  CHECK_FALSE(is_due(100000 + 86399));
  CHECK(is_due(100000 + 86400));
  CHECK(is_due(99999));
  for (const char* id : {"a", "b", "c"}) index.add(run_of(id, 1, 500));
  CHECK_FALSE(is_due(100000));
  index.runs[0].log_size += 10;
  CHECK(is_due(100000));
  index.runs[0].log_size -= 20;
  index.add(run_of("d", 1));
  CHECK(is_due(100000));
}

TEST_CASE("store: a run, its files and its entry") {
  const support::TempFolder folder;
  Store store = Store::of_workspace(folder / "state", "/work_space");
  CHECK(store.folder() == folder / "state/projects/_swork__space/records");
  CHECK(store.read_index().runs.empty());
  CHECK(store.warnings.empty());
  CHECK(record_run(store, "a", 1700000000).empty());
  const RunIndex index = store.read_index();
  CHECK(store.warnings.empty());
  REQUIRE(index.runs.size() == 1);
  const RecordedRun& run = index.runs[0];
  CHECK(run.id == id_of("a"));
  CHECK(run.status == RunStatus::Completed);
  CHECK(run.tests == 3);
  CHECK(run.passed == 2);
  CHECK(run.failed == 1);
  CHECK(run.exit_code == 100);
  CHECK(run.took == Duration::milliseconds(100));
  CHECK(run.command_line.words() == nextest::Vector<std::string>{"run"});
  CHECK(run.plain_size > run.output_size);
  for (const char* name : {"run.log.gz", "out.gz"}) {
    struct stat info {};
    REQUIRE(::stat((store.folder_of(run.id) + "/" + name).c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0600);
    CHECK(static_cast<std::uint64_t>(info.st_size) == (name[0] == 'r' ? run.log_size : run.output_size));
  }
  for (const std::string& path : {store.folder(), store.folder_of(run.id), folder / "state/projects"}) {
    struct stat info {};
    REQUIRE(::stat(path.c_str(), &info) == 0);
    CHECK((info.st_mode & 0777) == 0700);
  }
  const auto reader = store.open_run(run.id);
  REQUIRE(bool(reader));
  CHECK(reader.value()->list().tests.size() == 3);
  CHECK_FALSE(bool(store.open_run(id_of("b"))));
  CHECK_FALSE(bool(store.create_run(run.id)));  // there is one
  const Durations known = Durations::load(store);
  CHECK(known.of(list_of(4)) == nextest::Vector<Duration>{Duration::milliseconds(10), Duration::milliseconds(20),
                                                          Duration::milliseconds(30), Durations::unknown});
}

TEST_CASE("store: of a run whose first line is lost it is known when it was last written to, and it is the latest") {
  const support::TempFolder folder;
  Store store(folder / "records");
  record_run(store, "a", 1700000000);
  record_run(store, "b", 1700000001);
  support::write_file(store.folder_of(id_of("b")) + "/run.log.gz", "");
  ::unlink((folder / "records/runs.json.gz").c_str());
  const RunIndex index = store.read_index();
  REQUIRE(ids_of(index) == "a,b,");
  CHECK(index.runs[1].started_at.ns > Duration::seconds(1700000001).ns);
  CHECK(index.runs[1].started_at.ns == index.runs[1].last_written.ns);
}

TEST_CASE("store: an index that is missing, cut or changed is made again, and no run is lost") {
  const support::TempFolder folder;
  Store store(folder / "records");
  record_run(store, "a", 1700000000);
  record_run(store, "b", 1700000001, "a");
  record_run(store, "c", 1700000002, "b");
  const std::string path = folder / "records/runs.json.gz", index = support::read_file(path);
  const std::string right = recoverable(store.read_index());
  CHECK(store.warnings.empty());
  CHECK(ids_of(store.read_index()) == "a,b,c,");

  ::unlink(path.c_str());
  CHECK(recoverable(store.read_index()) == right);
  REQUIRE(store.warnings.size() == 1);
  CHECK(nextest::contains(store.warnings[0], "is missing; made again from 3 runs in " + store.folder()));
  std::size_t told = 0;
  for (std::size_t size = 0; size < index.size(); ++size) {
    CAPTURE(size);
    support::write_file(path, index.substr(0, size));
    REQUIRE(recoverable(store.read_index()) == right);
    told += store.warnings.size();
    if (!store.warnings.empty()) REQUIRE(nextest::contains(store.warnings[0], "damaged; made again from 3 runs"));
  }
  CHECK(told >= index.size() - 2);
  told = 0;
  for (std::size_t at = 0; at < index.size(); ++at) {
    CAPTURE(at);
    std::string changed = index;
    changed[at] = static_cast<char>(changed[at] ^ 1 << at % 8);
    support::write_file(path, changed);
    REQUIRE(recoverable(store.read_index()) == right);
    told += store.warnings.size();
  }
  CHECK(told >= index.size() - 8);  // the last bits of a compressed block mean nothing
  support::write_file(path, "no index");
  record_run(store, "d", 1700000003);  // mends it
  store.read_index();
  CHECK(store.warnings.empty());
  CHECK(ids_of(store.read_index()) == "a,b,c,d,");
}

// An index of so many runs that their ends are written beside it.
void fill(Store& store) {
  RunIndex index;
  for (int i = 0; i < 500; ++i) {
    RecordedRun run = run_of(std::string(1, static_cast<char>('a' + i % 6)), 1600000000 + i);
    const std::string number = nextest::decimal(100000 + i);
    run.id.replace(run.id.size() - number.size(), number.size(), number);
    run.status = RunStatus::Completed;
    nextest::append_format(run.program, "%016llx", static_cast<unsigned long long>(nextest::Xxh64::hash(number)));
    index.add(std::move(run));
  }
  index.pruned_at = nextest::wall_time();
  REQUIRE(bool(store.lock()));
  REQUIRE(bool(store.write_index(index)));
}

// The runs that are no filling, as `store list` has them.
std::string recorded(Store& store) {
  RunIndex index = store.read_index(), left;
  store.count(index);
  for (RecordedRun& run : index.runs) {
    if (Duration::seconds(1690000000) < run.started_at) left.add(std::move(run));
  }
  CHECK(store.warnings.empty());
  return recoverable(std::move(left));
}

TEST_CASE("store: the end of a run is written beside an index of many, until there is much beside it") {
  const support::TempFolder folder;
  Store store(folder / "records");
  fill(store);
  const std::string index_path = folder / "records/runs.json.gz", changes_path = folder / "records/runs.changes.gz";
  const std::string index = support::read_file(index_path);
  CHECK(record_run(store, "a", 1700000000).empty());
  CHECK(record_run(store, "b", 1700000001).empty());
  CHECK(support::read_file(index_path) == index);
  CHECK(exists(changes_path));
  const RunIndex both = store.read_index();
  REQUIRE(both.runs.size() == 502);
  CHECK(both.runs[500].id == id_of("a"));
  CHECK(both.runs[501].status == RunStatus::Completed);
  CHECK(both.runs[501].exit_code == 100);

  // A rerun touches the entries of others.
  CHECK(record_run(store, "c", 4000000000, "a").empty());
  CHECK(support::read_file(index_path) == index);
  const RunIndex with_rerun = store.read_index();
  REQUIRE(with_rerun.runs.size() == 503);
  CHECK(with_rerun.runs[502].id == id_of("c"));  // the latest
  CHECK(with_rerun.runs[500].last_written == Duration::seconds(4000000000));
  CHECK(with_rerun.runs[500].status == RunStatus::Completed);
  const std::string three = recorded(store);
  CHECK(record_run(store, "d", 1700000003).empty());

  // What was written beside it counts once, also when the index has it already; and no deleted run comes back.
  const std::string four = recorded(store), changes = support::read_file(changes_path);
  CHECK(support::read_file(index_path) == index);
  REQUIRE(bool(store.write_index(store.read_index())));
  CHECK_FALSE(exists(changes_path));
  support::write_file(changes_path, changes);
  CHECK(recorded(store) == four);
  RecordedRun begun = run_of("d", 1700000003);  // of a change that the index had already
  begun.tests = 7;
  REQUIRE(bool(store.enter({begun})));
  CHECK(recorded(store) == four);
  support::write_file(index_path, index);
  CHECK(recorded(store) == four);
  REQUIRE(bool(store.remove_run(id_of("d"))));
  CHECK(recorded(store) == three);

  REQUIRE(bool(store.write_index(store.read_index())));
  int entries = 0;
  for (; !store.index_is_due(); ++entries) {
    REQUIRE(entries < 100);
    REQUIRE(bool(store.enter({run_of("e", 1700000004)})));
  }
  CHECK(entries > 2);
  CHECK(record_run(store, "f", 1700000005).empty());
  CHECK_FALSE(exists(changes_path));
  CHECK(store.read_index().runs.size() == 504);
}

TEST_CASE("store: what is written beside the index may be missing, cut or changed, and no run is lost") {
  const support::TempFolder folder;
  Store store(folder / "records");
  fill(store);
  record_run(store, "a", 1700000000);
  record_run(store, "b", 1700000001);
  const std::string path = folder / "records/runs.changes.gz", changes = support::read_file(path);
  const std::string right = recorded(store);
  ::unlink(path.c_str());
  CHECK(recorded(store) == right);
  for (std::size_t at = 0; at < changes.size(); at += 5) {
    CAPTURE(at);
    support::write_file(path, changes.substr(0, at));
    REQUIRE(recorded(store) == right);
    std::string changed = changes;
    changed[at] = static_cast<char>(changed[at] ^ 1 << at % 8);
    support::write_file(path, changed);
    REQUIRE(recorded(store) == right);
  }
}

TEST_CASE("store: behind a torn line beside the index the next ones are read") {
  const support::TempFolder folder;
  Store store(folder / "records");
  fill(store);
  const std::string path = folder / "records/runs.changes.gz";
  REQUIRE(bool(store.enter({run_of("a", 1700000000)})));
  const std::string line = support::read_file(path);
  // Of this one nothing can be read but its line.
  const nextest::RecordedRun run = run_of("b", 1700000001);
  REQUIRE(::mkdir(store.folder_of(run.id).c_str(), 0700) == 0);
  support::write_file(store.folder_of(run.id) + "/run.log.gz", "x");
  for (std::size_t size = 0; size <= line.size(); ++size) {
    CAPTURE(size);
    support::write_file(path, line.substr(0, size));
    REQUIRE(bool(store.enter({run})));
    REQUIRE(store.read_index().find(run.id) != nullptr);
  }
}

TEST_CASE("store: what finds no room beside the index leaves nothing there") {
  const support::TempFolder folder;
  Store store(folder / "records");
  fill(store);
  const std::string path = folder / "records/runs.changes.gz";
  REQUIRE(bool(store.enter({run_of("a", 1700000000)})));
  const std::string before = support::read_file(path);
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit = {before.size() + 20, before.size() + 20};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    const nextest::Status status = store.enter({run_of("b", 1700000001)});
    ::_exit(!status && nextest::contains(status.error().message, "cannot write " + path) ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK(support::read_file(path) == before);
}

TEST_CASE("store: runs that the index does not know are found, and what is no run is left alone") {
  const support::TempFolder folder;
  Store store(folder / "records");
  record_run(store, "a", 1700000000);
  record_run(store, "b", 1700000001);
  const support::TempFolder other;
  Store others(other / "records");
  record_run(others, "c", 1699999999);
  REQUIRE(::rename((others.folder_of(id_of("c"))).c_str(), store.folder_of(id_of("c")).c_str()) == 0);
  for (const std::string& name : {std::string("folder"), id_of("A"), id_of("d"), id_of("e")}) {
    folder.make_folder("records/" + name);
  }
  support::write_file(folder / "records/file", "x");
  support::write_file(folder / "records/" + id_of("e") + "/mine", "x");
  support::write_file(folder / "records/" + id_of("f"), "no folder");

  const RunIndex index = store.read_index();
  CHECK(ids_of(index) == "c,a,b,");
  CHECK(store.warnings.empty());
  store.remove_empty_folders(index);
  for (const std::string& name :
       {std::string("folder"), std::string("file"), id_of("A"), id_of("c"), id_of("f"), id_of("e") + "/mine"}) {
    CHECK(exists(folder / "records/" + name));
  }
  CHECK_FALSE(exists(folder / "records/" + id_of("d")));

  support::write_file(store.folder_of(id_of("a")) + "/mine", "x");
  for (const char* id : {"a", "b", "0"}) CHECK(bool(store.remove_run(id_of(id))));
  CHECK(exists(store.folder_of(id_of("a")) + "/mine"));
  CHECK_FALSE(exists(store.folder_of(id_of("a")) + "/out.gz"));
  CHECK_FALSE(exists(store.folder_of(id_of("b"))));
}

TEST_CASE("store: a run of which nothing is written yet has a day to begin") {
  const support::TempFolder folder;
  Store store(folder / "records");
  for (const char* id : {"a", "b", "c"}) {
    folder.make_folder("records/" + id_of(id));
    support::write_file(store.folder_of(id_of(id)) + "/run.log.gz", id[0] == 'c' ? "x" : "");
  }
  for (const char* id : {"b", "c"}) {
    timespec times[2] = {};
    times[0].tv_sec = times[1].tv_sec = ::time(nullptr) - 2 * 86400;
    REQUIRE(::utimensat(AT_FDCWD, (store.folder_of(id_of(id)) + "/run.log.gz").c_str(), times, 0) == 0);
  }
  store.remove_empty_folders(RunIndex());
  CHECK(exists(store.folder_of(id_of("a"))));
  CHECK_FALSE(exists(store.folder_of(id_of("b"))));
  CHECK(exists(store.folder_of(id_of("c"))));
}

TEST_CASE("store: an index of a later program is read and not written") {
  const support::TempFolder folder;
  Store store(folder / "records");
  record_run(store, "a", 1700000000);
  std::string text = store.read_index().to_json();
  text.replace(text.find("1.0"), 3, "1.1");
  const std::string path = folder / "records/runs.json.gz";
  REQUIRE(nextest::replace_blocks(path, text, false) == 0);
  const std::string before = support::read_file(path);
  RunIndex index = store.read_index();
  CHECK(index.is_newer);
  CHECK(ids_of(index) == "a,");
  CHECK(bool(store.write_index(index)));
  record_run(store, "b", 1700000001);
  CHECK((support::read_file(path) == before));
  index = store.read_index();
  REQUIRE(ids_of(index) == "a,b,");
  CHECK(index.runs[1].status == RunStatus::Completed);
  CHECK(index.runs[1].exit_code == 100);
}

TEST_CASE("store: one process at a time, and a lock ends with its holder") {
  const support::TempFolder folder;
  Store store(folder / "records");
  Child second([&](int) {
    static std::optional<Result<Store::Lock>> lock;
    lock.emplace(store.lock());
    return bool(*lock);
  });
  REQUIRE(second.tells());
  Child third([&](int told) {
    static_cast<void>(nextest::write_all(told, "x"));  // it is about to try
    static std::optional<Result<Store::Lock>> lock;
    lock.emplace(store.lock());
    return bool(*lock);
  });
  REQUIRE(third.tells());
  CHECK_FALSE(third.has_told());
  second.kill();
  CHECK(third.tells());
  third.kill();
  {
    const Result<Store::Lock> lock = store.lock();
    CHECK(bool(lock));
  }
  CHECK(bool(store.lock()));
  support::write_file(folder / "file", "");
  CHECK_FALSE(bool(Store(folder / "file/records").lock()));
}

TEST_CASE("store: a run without an end is as large as its files, and was last written to when they were") {
  const support::TempFolder folder;
  Store store(folder / "records");
  record_run(store, "a", 1700000000);
  RunInfo info;
  info.run_id = id_of("b");
  info.started_at = Duration::seconds(1700000001);
  const TestList list = list_of(3);
  Result<std::unique_ptr<RecordSession>> session = RecordSession::begin(store, info, no_pruning());
  REQUIRE(bool(session));
  session.value()->on_event({{}, RunStarted{&info, &list, nullptr}});
  session.value()->on_event({Duration::milliseconds(7), finished(1, 5)});
  session.value()->on_event({Duration::milliseconds(9), nextest::RunPaused{}});  // all that there is is written
  struct stat log {};
  REQUIRE(::stat((store.folder_of(info.run_id) + "/run.log.gz").c_str(), &log) == 0);
  for (const bool has_index : {true, false}) {
    if (!has_index) REQUIRE(::unlink((store.folder() + "/runs.json.gz").c_str()) == 0);
    RunIndex index = store.read_index();
    const RecordedRun& run = *index.find(info.run_id);
    CHECK(run.status == RunStatus::Incomplete);
    CHECK(run.log_size == static_cast<std::uint64_t>(log.st_size));
    CHECK(run.last_written == nextest::time_of_file(log.st_mtime));
    CHECK(total_size(index) == index.find(id_of("a"))->size() + run.size());
    store.count(index);
    CHECK(run.tests == 3);
    CHECK(run.passed == 1);
    CHECK(run.took == Duration::milliseconds(9));
    CHECK(index.find(id_of("a"))->status == RunStatus::Completed);
  }
}

TEST_CASE("store: a run whose file was cut is counted anew, and has no end") {
  const support::TempFolder folder;
  Store store(folder / "records");
  record_run(store, "a", 1700000000);
  record_run(store, "b", 1700000001);
  const std::string log = store.folder_of(id_of("a")) + "/run.log.gz";
  struct stat info {};
  REQUIRE(::stat(log.c_str(), &info) == 0);
  REQUIRE(::truncate(log.c_str(), info.st_size - 29) == 0);
  RunIndex index = store.read_index();
  const RecordedRun &cut = *index.find(id_of("a")), &whole = *index.find(id_of("b"));
  store.count(index);
  CHECK(cut.status == RunStatus::Incomplete);
  CHECK(cut.exit_code == -1);
  CHECK(cut.log_size == static_cast<std::uint64_t>(info.st_size - 29));
  CHECK(cut.started_at == Duration::seconds(1700000000));
  CHECK(whole.status == RunStatus::Completed);
  CHECK(whole.exit_code == 100);
  REQUIRE(::truncate(log.c_str(), 5) == 0);  // nothing of it can be read
  store.count(index);
  CHECK(cut.status == RunStatus::Incomplete);
  CHECK(cut.passed == 0);
}

TEST_CASE("store: what limits the size of all counts runs without an end, too") {
  const support::TempFolder folder;
  Store store(folder / "records");
  RunInfo info;
  info.run_id = id_of("a");
  info.started_at = Duration::seconds(1700000000);
  const TestList list = list_of(3);
  Result<std::unique_ptr<RecordSession>> killed = RecordSession::begin(store, info, no_pruning());
  REQUIRE(bool(killed));
  killed.value()->on_event({{}, RunStarted{&info, &list, nullptr}});
  killed.value()->on_event({Duration::milliseconds(9), nextest::RunPaused{}});
  const RunIndex before = store.read_index();
  const std::string log = store.folder_of(info.run_id) + "/run.log.gz";
  const timespec two_days_ago[2] = {{::time(nullptr) - 172800, 0}, {::time(nullptr) - 172800, 0}};
  REQUIRE(::utimensat(AT_FDCWD, log.c_str(), two_days_ago, 0) == 0);
  RecordSettings settings = no_pruning();
  settings.max_total_size = total_size(before) / 2;
  CHECK(pruning_is_due(before, settings, before.pruned_at));
  record_run(store, "b", 1700000001, "", settings);
  CHECK(ids_of(store.read_index()) == "b,");
}

TEST_CASE("store: old runs go, the ancestors of a rerun stay") {
  const support::TempFolder folder;
  Store store(folder / "records");
  const std::int64_t now = nextest::wall_time().ns / 1000000000;
  RecordSettings settings = no_pruning();
  settings.max_records = 2;
  record_run(store, "a", now - 9, "", settings);  // prunes; then not for a day
  for (const char* id : {"b", "c"}) CHECK(record_run(store, id, now - 8, "", settings).empty());
  CHECK(ids_of(store.read_index()) == "a,b,c,");
  RunIndex index = store.read_index();
  for (RecordedRun& run : index.runs) run.last_written = Duration::seconds(1);
  REQUIRE(bool(store.write_index(index)));
  CHECK(record_run(store, "d", now, "a", settings).empty());  // the fourth is too many by half
  CHECK(ids_of(store.read_index()) == "a,d,");
  CHECK(store.read_index().runs[0].last_written == Duration::seconds(now));
  CHECK_FALSE(exists(store.folder_of(id_of("b"))));

  // A circle of parents has an end.
  index = store.read_index();
  index.runs[0].parent = id_of("d");
  REQUIRE(bool(store.write_index(index)));
  CHECK(record_run(store, "e", now + 1, "d", no_pruning()).empty());
}

TEST_CASE("durations: the last time counts, but a failure makes none shorter") {
  const TestList list = list_of(4);
  Durations known;
  CHECK(known.empty());
  CHECK(known.of(list) == nextest::Vector<Duration>(4, Durations::unknown));
  const auto update = [&](const nextest::Vector<TestFinished>& events) {
    Durations newer;
    for (const TestFinished& event : events) newer.note(list, event);
    known.update(newer);
  };
  const auto are = [&](nextest::Vector<std::int64_t> milliseconds) {
    nextest::Vector<std::int64_t> now;
    for (const Duration duration : known.of(list)) now.push_back(duration.ns < 0 ? -1 : duration.ns / 1000000);
    return now == milliseconds;
  };
  update({finished(0, 100), finished(1, 100, false), finished(2, 100)});
  CHECK(are({100, 100, 100, -1}));
  update({finished(0, 50), finished(1, 50, false), finished(2, 200, false)});
  CHECK(are({50, 100, 200, -1}));
  update({finished(2, 10, false), finished(2, 300), finished(2, 20, false), finished(3, 70), finished(3, 5, false)});
  CHECK(are({50, 100, 300, 70}));

  Durations again;
  REQUIRE(again.from_text(known.to_text()));
  CHECK(again.of(list) == known.of(list));
  CHECK(again.of(list_of(6))[5] == Durations::unknown);
  CHECK(again.from_text(""));
  CHECK_FALSE(again.from_text("not of ours"));
  TestList elsewhere = list;
  elsewhere.binaries[0].id = "another";
  CHECK(known.of(elsewhere) == nextest::Vector<Duration>(4, Durations::unknown));
}

TEST_CASE("durations: they are kept in a store, and damage to them costs nothing else") {
  const support::TempFolder folder;
  const Store store(folder.path());
  const TestList list = list_of(100);
  Durations noted, known;
  for (TestIndex i = 0; i < 100; ++i) noted.note(list, finished(i, 7 * i));
  known.update(noted);
  REQUIRE(known.save(store) == 0);
  const std::string path = folder / "durations.gz", file = support::read_file(path);
  CHECK(Durations::load(store).of(list) == known.of(list));
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    support::write_file(path, changed);
    const Durations read = Durations::load(store);
    REQUIRE((read.empty() || read.of(list) == known.of(list)));  // some bits mean nothing
  }
  ::unlink(path.c_str());
  CHECK(Durations::load(store).empty());
  CHECK(known.save(Store(folder / "none")) == ENOENT);
}

TEST_CASE("durations: tests that are gone go once they are too many") {
  const auto kept = [](std::size_t old_tests) {
    const TestList list = list_of(old_tests);
    Durations noted, known, read;
    for (TestIndex i = 0; i < old_tests; ++i) noted.note(list, finished(i, 100));
    known.update(noted);
    REQUIRE(read.from_text(known.to_text()));
    Durations newer;
    for (TestIndex i = 0; i < 10; ++i) newer.note(list, finished(i, 200));
    read.update(newer);
    Durations after;
    REQUIRE(after.from_text(read.to_text()));
    const nextest::Vector<Duration> durations = after.of(list);
    for (std::size_t i = 0; i < 10; ++i) CHECK(durations[i] == Duration::milliseconds(200));
    return static_cast<std::size_t>(
        std::count_if(durations.begin(), durations.end(), [](Duration d) { return d.ns >= 0; }));
  };
  CHECK(kept(10000) == 10000);
  CHECK(kept(10500) == 10);
}

TEST_CASE("folder names: one folder for each path") {
  CHECK(folder_name_of("/home/a_b/c s") == "_shome_sa__b_sc s");
  CHECK(folder_name_of("").empty());
  std::set<std::string> names;
  std::size_t count = 0;
  for (unsigned code = 0; code < 4096; ++code) {
    std::string path;
    for (unsigned i = 0; i < 6; ++i) path += "_/sa"[code >> (2 * i) & 3];
    const std::string name = folder_name_of(path);
    CHECK(name.find('/') == std::string::npos);
    names.insert(name);
    ++count;
  }
  CHECK(names.size() == count);
  const std::string deep(200, '/');
  CHECK(folder_name_of(deep).size() == 96);
  CHECK(folder_name_of(deep) != folder_name_of(deep + "/"));
  CHECK(folder_name_of(std::string(96, 'a')) == std::string(96, 'a'));
  CHECK(folder_name_of(std::string(97, 'a')).size() == 96);
}

TEST_CASE("state folder: said, or as XDG has it, or at home") {
  const support::Variable home("HOME", "/home/me"), xdg("XDG_STATE_HOME", "/state");
  CHECK(nextest::state_folder("/said") == "/said");
  CHECK(nextest::state_folder("") == "/state/nextest");
  {
    const support::Variable relative("XDG_STATE_HOME", "state");
    CHECK(nextest::state_folder("") == "/home/me/.local/state/nextest");
    const support::Variable none("HOME", nullptr);
    CHECK(nextest::state_folder("") == "");
  }
}

TEST_CASE("sizes: what is read") {
  const struct {
    std::string_view text;
    std::uint64_t bytes;
  } rows[] = {
      {"0", 0},     {"500", 500},   {"500B", 500}, {" 10 MB ", 10000000}, {"10mb", 10000000},
      {"1K", 1000}, {"1KiB", 1024}, {"1ki", 1024}, {"1TiB", 1ull << 40},  {"1000000TB", 1000000000000000000},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const Result<std::uint64_t> bytes = nextest::parse_size(row.text);
    REQUIRE(bool(bytes));
    CHECK(bytes.value() == row.bytes);
  }
  for (const std::string text : {"", "B", "MB", "-1", "+1", "1.MB", ".5MB", "1 M B", "1PB", "1KiBB", "1bb", "1i", "1iB",
                                 "0x10", "1e3", "99999999999999999999", "1000000000000000TB", "1,5MB", "1.5MB"}) {
    CAPTURE(text);
    const Result<std::uint64_t> bytes = nextest::parse_size(text);
    REQUIRE_FALSE(bool(bytes));
    CHECK(nextest::contains(bytes.error().message, "not a size: '" + text + "'"));
  }
}

TEST_CASE("sizes: what is shown") {
  const struct {
    std::uint64_t bytes;
    std::string text;
  } rows[] = {{0, "0 B"},
              {9, "9 B"},
              {999, "999 B"},
              {1000, "1.0 KB"},
              {1049, "1.0 KB"},
              {1050, "1.1 KB"},
              {9949, "9.9 KB"},
              {9950, "10 KB"},
              {34567, "35 KB"},
              {999400, "999 KB"},
              {999950, "1.0 MB"},
              {12345678, "12 MB"},
              {1ull << 30, "1.1 GB"},
              {5000000000000, "5.0 TB"},
              {999000000000000, "999 TB"}};
  for (const auto& row : rows) {
    CAPTURE(row.bytes);
    CHECK(nextest::show_size(row.bytes) == row.text);
  }
  support::Numbers numbers(1);
  for (int i = 0; i < 10000; ++i) {
    const std::uint64_t bytes =
        (std::uint64_t{numbers.below(1u << 31)} << 31 | numbers.below(1u << 31)) >> (13 + numbers.below(49));
    const std::string text = nextest::show_size(bytes);
    if (nextest::contains(text, ".")) continue;  // what is written has no fractions
    const Result<std::uint64_t> again = nextest::parse_size(text);
    CAPTURE(bytes);
    CAPTURE(text);
    REQUIRE(bool(again));
    REQUIRE(again.value() <= bytes + bytes / 18 + 1);
    REQUIRE(bytes <= again.value() + again.value() / 18 + 1);
  }
}

TEST_CASE("base64: what RFC 4648 has") {
  const std::pair<std::string, std::string> rows[] = {{"", ""},
                                                      {"f", "Zg=="},
                                                      {"fo", "Zm8="},
                                                      {"foo", "Zm9v"},
                                                      {"foob", "Zm9vYg=="},
                                                      {"fooba", "Zm9vYmE="},
                                                      {"foobar", "Zm9vYmFy"},
                                                      {"\xFF\xFE\xFB", "//77"}};
  for (const auto& [bytes, text] : rows) {
    CHECK(nextest::to_base64(bytes) == text);
    std::string back = "before";
    CHECK(nextest::from_base64(text, back));
    CHECK(back == bytes);
  }
  support::Numbers numbers(64);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes, back;
    while (bytes.size() < size) bytes += static_cast<char>(numbers.below(256));
    CHECK(nextest::from_base64(nextest::to_base64(bytes), back));
    CHECK((back == bytes));
  }
  std::string back;
  for (const char* text :
       {"Z", "Zg", "Zg=", "Z===", "====", "Zg==Zg==", "=Zg=", "Z=g=", "Zm9\n", "Zm-_", "Zm9vY", "Zm9v    "}) {
    CHECK_FALSE(nextest::from_base64(text, back));
  }
}

TEST_CASE("weights: shards are disjoint, cover all, and take about as long") {
  support::Numbers numbers(8);
  for (int round = 0; round < 200; ++round) {
    TestList list = list_of(numbers.below(60));
    nextest::Vector<Duration> durations;
    const bool all_known = round % 2 == 0;
    std::int64_t longest = 0;
    for (TestCase& test : list.tests) {
      if (numbers.below(8) == 0) test.mismatch = Mismatch::Filterset;
      durations.push_back(!all_known && numbers.below(5) == 0
                              ? Durations::unknown
                              : Duration::milliseconds(static_cast<std::int64_t>(numbers.below(10000))));
      longest = std::max(longest, durations.back().ns);
    }
    const std::uint64_t total = 1 + numbers.below(9);
    nextest::Vector<int> taken(list.tests.size());
    nextest::Vector<std::int64_t> loads;
    for (std::uint64_t shard = 1; shard <= total; ++shard) {
      TestList mine = list, again = list;
      const Partition partition{Partition::Weight, shard, total};
      nextest::apply_partition(partition, mine, durations);
      nextest::apply_weights(partition, again, durations);
      loads.push_back(0);
      for (std::size_t i = 0; i < list.tests.size(); ++i) {
        const Mismatch now = mine.tests[i].mismatch;
        REQUIRE(now == again.tests[i].mismatch);
        if (list.tests[i].mismatch != Mismatch::None) REQUIRE(now == list.tests[i].mismatch);
        else REQUIRE((now == Mismatch::None || now == Mismatch::Partition));
        taken[i] += now == Mismatch::None;
        if (now == Mismatch::None && durations[i].ns > 0) loads.back() += durations[i].ns;
      }
    }
    for (std::size_t i = 0; i < taken.size(); ++i) {
      REQUIRE(taken[i] == (list.tests[i].mismatch == Mismatch::None ? 1 : 0));
    }
    const auto [least, most] = std::minmax_element(loads.begin(), loads.end());
    if (all_known) REQUIRE(*most - *least <= longest + 1000 * 60);
  }
}

TEST_CASE("weights: what is not known counts as the median") {
  const TestList list = list_of(5);
  const auto shard = [&](std::uint64_t number, std::uint64_t total, nextest::Vector<Duration> durations) {
    TestList mine = list;
    nextest::apply_weights({Partition::Weight, number, total}, mine, durations);
    std::string tests;
    for (std::size_t i = 0; i < 5; ++i) tests += mine.tests[i].mismatch == Mismatch::None ? std::to_string(i) : "";
    return tests;
  };
  const auto s = [](std::int64_t seconds) { return Duration::seconds(seconds); };
  const Duration unknown = Durations::unknown;
  CHECK(shard(1, 2, {s(1), s(2), s(9), s(4), s(2)}) == "2");
  CHECK(shard(2, 2, {s(1), s(2), s(9), s(4), s(2)}) == "0134");
  CHECK(shard(1, 2, {s(10), unknown, s(1), s(4), unknown}) == shard(1, 2, {s(10), s(4), s(1), s(4), s(4)}));
  CHECK(shard(1, 3, nextest::Vector<Duration>(5, unknown)) == "03");
  CHECK(shard(3, 3, nextest::Vector<Duration>(5, s(0))) == "2");
  CHECK(shard(6, 9, nextest::Vector<Duration>(5, unknown)) == "");
  CHECK(shard(UINT64_MAX, UINT64_MAX, nextest::Vector<Duration>(5, unknown)) == "");
  TestList nothing;
  nextest::apply_weights({Partition::Weight, 1, 2}, nothing, {});
}

TEST_CASE("order: the longest first, before them those that are not known, and above all priority") {
  using Plan = nextest::Vector<TestIndex>;
  const nextest::Vector<Duration> durations = {Duration::seconds(1), Durations::unknown, Duration::seconds(5),
                                               Duration::seconds(1), Durations::unknown, Duration::seconds(0)};
  const auto ordered = [&](nextest::RunOrder::Kind kind, const nextest::Vector<std::int32_t>& priorities, Plan plan) {
    nextest::order_tests(plan, {kind, true, 1}, durations, [&](TestIndex test) { return priorities[test]; });
    return plan;
  };
  const nextest::Vector<std::int32_t> none(6);
  CHECK(ordered(nextest::RunOrder::Longest, none, {0, 1, 2, 3, 4, 5}) == Plan{1, 4, 2, 0, 3, 5});
  CHECK(ordered(nextest::RunOrder::Longest, none, {5, 3, 0}) == Plan{3, 0, 5});
  CHECK(ordered(nextest::RunOrder::Longest, {0, -1, 0, 3, 0, 0}, {0, 1, 2, 3, 4, 5}) == Plan{3, 4, 2, 0, 5, 1});
  CHECK(ordered(nextest::RunOrder::Listed, none, {0, 1, 2, 3, 4, 5}) == Plan{0, 1, 2, 3, 4, 5});
  CHECK(ordered(nextest::RunOrder::Random, {0, 0, 0, 0, 0, 9}, {0, 1, 2, 3, 4, 5})[0] == 5);
}
