#include "core/list/list_tests.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "core/base/uuid.hpp"
#include "core/harness/cpputest.hpp"
#include "core/harness/doctest.hpp"
#include "core/harness/googletest.hpp"
#include "core/harness/libtest.hpp"
#include "tests/unit/busy_launcher.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::Command;
using nextest::Duration;
using nextest::Exit;
using nextest::Launched;
using nextest::Lister;
using nextest::LocalLauncher;
using nextest::Result;
using nextest::Signals;
using nextest::Supervisor;
using nextest::TestList;

// Starts processes here, as if the system had room for so many at a time.
class NarrowLauncher final : public nextest::Launcher {
 public:
  explicit NarrowLauncher(std::size_t room) : room_(room) {}

  Launched launch(const Command& command) override {
    Launched launched;
    if (running_ == room_) {
      launched.error = EMFILE;
      return launched;
    }
    local_.environment = environment;
    launched = local_.launch(command);
    if (launched.error == 0) ++running_;
    return launched;
  }
  bool send(pid_t pid, int signal, bool is_reaped) const override { return local_.send(pid, signal, is_reaped); }
  void reap(nextest::Vector<Exit>& exits) override {
    const std::size_t before = exits.size();
    local_.reap(exits);
    running_ -= std::min(running_, exits.size() - before);
  }

 private:
  LocalLauncher local_;
  const std::size_t room_;
  std::size_t running_ = 0;
};

// Lists shell scripts as programs of libtest, which have two lists: of all tests, and of those that are ignored.
class Run {
 public:
  Run() {
    REQUIRE(bool(Signals::install()));
    Signals::take([](int) {});  // what earlier tests left in the pipe is not ours
  }
  ~Run() {
    Signals::take([](int) {});
  }

  void add(const std::string& name, const std::string& script) {
    support::write_file(folder / name, "#!/bin/sh\n" + script + "\n", 0755);
    nextest::TestBinary& binary = binaries.emplace_back();
    binary.id = name;
    binary.path = folder / name;
    binary.harness = &nextest::libtest_harness;
  }

  // The names, or what is wrong.
  std::string list(std::unique_ptr<nextest::Launcher> launcher = std::make_unique<LocalLauncher>()) {
    Supervisor supervisor(nextest::make_uuid(), std::move(launcher));
    const nextest::StartOptions start;
    const Result<TestList> list = Lister::run(supervisor, binaries, start, 8, timeout);
    if (!list) return list.error().message;
    std::string names;
    for (const nextest::TestCase& test : list.value().tests) names += test.name.str() + " ";
    return names;
  }

  support::TempFolder folder;
  nextest::Vector<nextest::TestBinary> binaries;
  Duration timeout = nextest::thirty_years;
};

const char* const lists_one = "[ \"$*\" = \"${*%--ignored*}\" ] && echo 'one: test'; exit 0";

TEST_CASE("lister: tests are in the order of their programs") {
  Run run;
  run.add("a", "sleep 0.05\necho 'z: test'; echo 'y: test'");
  run.add("b", lists_one);
  CHECK(run.list() == "z y one ");
}

TEST_CASE("lister: only a signal that asks for an end ends it") {
  for (const char* const signal : {"USR1", "CONT", "TERM", "HUP"}) {
    Run run;
    run.add("a", std::string("kill -") + signal + " $PPID; " + lists_one);
    const bool ends = signal == std::string("TERM") || signal == std::string("HUP");
    CHECK(run.list() == (ends ? std::string("cancelled by SIG") + signal + " while listing tests" : "one "));
  }
}

TEST_CASE("lister: a start that the system refuses is made once another one has ended") {
  Run run;
  for (const char* const name : {"a", "b", "c"}) run.add(name, lists_one);
  CHECK(run.list(std::make_unique<NarrowLauncher>(1)) == "one one one ");
}

TEST_CASE("lister: a start that is refused while nothing runs is an error") {
  Run run;
  run.add("a", lists_one);
  CHECK(nextest::starts_with(run.list(std::make_unique<NarrowLauncher>(0)),
                             "listing the tests of a failed: could not start: "));
}

TEST_CASE("lister: a list without end is ended where it is too long, however long it may take" *
          support::needs(support::file("/dev/zero"))) {
  Run run;
  run.add("a", "exec cat /dev/zero");
  CHECK(nextest::starts_with(run.list(), "listing the tests of a failed: printed more than 64 MiB\n"));
}

TEST_CASE("lister: a program that is skipped is not started") {
  Run run;
  run.add("a", "echo > " + (run.folder / "started") + "; " + lists_one);
  run.add("b", lists_one);
  run.binaries[0].skip_reason = "no test in it can match";
  CHECK(run.list() == "one ");
  CHECK(::access((run.folder / "started").c_str(), F_OK) != 0);
}

TEST_CASE("lister: a name that no program could be given is an error") {
  Run run;
  run.add("a", "printf 'a\\0b: test\\n'");
  CHECK(nextest::starts_with(run.list(), "listing the tests of a failed: a test name holds a NUL byte\n"));
}

TEST_CASE("lister: all that fail are reported, in the order of the programs") {
  Run run;
  run.add("a", "sleep 0.1; echo this is odd; echo it is gone >&2; exit 3");
  run.add("b", lists_one);
  run.add("c", "exit 4");
  const std::string message = run.list();
  CHECK(nextest::starts_with(message, "listing the tests of a failed: exited with 3\n"));
  CHECK(nextest::contains(message,
                          "\n  stdout:\n    this is odd\n  stderr:\n    it is gone\n"
                          "  hint: it was taken for a libtest program; --harness NAME says otherwise\n"
                          "error: listing the tests of c failed: exited with 4\n"));
  CHECK_FALSE(nextest::contains(message, "of b"));
}

TEST_CASE("lister: a byte order mark and the line ends of other systems are not of a name") {
  Run run;
  run.add("a", "case $* in *--ignored*) ;; *) printf '\\357\\273\\277one: test\\r\\ntwo: test\\r\\n';; esac");
  CHECK(run.list() == "one two ");
}

TEST_CASE("lister: what lists nothing is asked in the words of the other frameworks that it shows") {
  Run run;
  // As the doctest of a GoogleTest program would, which ran all tests if nothing told it not to.
  const std::string script =
      "case $* in *--gtest_list_tests*) echo \"${GTEST_FILTER-unset}\"; printf 'S.\\n  A\\n';; "
      "*) [ \"$GTEST_FILTER\" = '-*' ] || echo ran > " +
      (run.folder / "ran") + "; echo 'no XML';; esac";
  run.add("a", script);
  run.binaries[0].harness = &nextest::doctest_harness;
  run.binaries[0].other_harnesses = {&nextest::googletest_harness};
  CHECK(run.list() == "S.A ");
  CHECK(::access((run.folder / "ran").c_str(), F_OK) != 0);
  run.add("b", "exit 3");
  run.binaries[1].harness = &nextest::doctest_harness;
  run.binaries[1].other_harnesses = {&nextest::cpputest_harness, &nextest::libtest_harness};
  CHECK(nextest::contains(run.list(), "b --list --format terse"));
  CHECK_FALSE(nextest::contains(run.list(), "--dt-"));
}

TEST_CASE("lister: a list that fails is asked for plainly, once") {
  Run run;
  run.add("a", "case $* in *json*) kill -ABRT $$;; *) printf 'S.\\n  A\\n';; esac");
  run.binaries[0].harness = &nextest::googletest_harness;
  CHECK(run.list() == "S.A ");
  run.add("b", "echo x >> " + (run.folder / "asked") + "; exit 1");
  run.binaries[1].harness = &nextest::googletest_harness;
  CHECK(nextest::starts_with(run.list(), "listing the tests of b failed: exited with 1\n"));
  CHECK(support::read_file(run.folder / "asked") == "x\nx\n");
}

TEST_CASE("lister: a program that did not end in time is not asked in other words, for as long again") {
  Run run;
  run.timeout = Duration::milliseconds(100);
  run.add("a", "echo >> " + (run.folder / "asked") + "; exec sleep 1000");
  run.binaries[0].harness = &nextest::googletest_harness;
  CHECK(nextest::contains(run.list(), "did not end within"));
  CHECK(support::read_file(run.folder / "asked") == "\n");
}

TEST_CASE("lister: a program that is open for writing is tried again, for a second") {
  Run run;
  run.add("a", lists_one);
  CHECK(run.list(std::make_unique<support::BusyLauncher>(3u)) == "one ");
  CHECK(nextest::starts_with(run.list(std::make_unique<support::BusyLauncher>(1000u)),
                             "listing the tests of a failed: could not start: "));
}

TEST_CASE("lister: a program that lists without end is waited for a moment, when another one has failed") {
  Run run;
  run.add("a", "exit 3");
  run.add("b", "exec sleep 1000");
  run.add("c", "sleep 0.2; exit 4");
  const std::string message = run.list();
  CHECK(nextest::starts_with(message, "listing the tests of a failed: exited with 3\n"));
  CHECK(nextest::contains(message, "\nerror: listing the tests of c failed: exited with 4\n"));
  CHECK(nextest::ends_with(message, "\n  not waited for: b"));
}

TEST_CASE("lister: options have the prefix that the program has for them") {
  Run run;
  const std::string constants = "\n# " + std::string("\0my-list-test-cases\0", 20);
  run.add("a",
          "case \"$1 $2\" in '--my-list-test-cases --my-reporters=xml') echo '<?xml?><doctest><TestCase name=\"x\"/>"
          "</doctest>';; *) exit 1;; esac; exit 0" +
              constants);
  run.binaries[0].harness = &nextest::doctest_harness;
  CHECK(run.list() == "x ");
}

}  // namespace
