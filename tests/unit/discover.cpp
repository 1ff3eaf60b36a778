#include "core/list/discover.hpp"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "core/harness/table.hpp"
#include "tests/unit/support.hpp"

namespace {

using nextest::catch2_harness;
using nextest::DiscoverOptions;
using nextest::Discovery;
using nextest::doctest_harness;
using nextest::Error;
using nextest::googletest_harness;
using nextest::libtest_harness;
using nextest::plain_harness;
using nextest::Result;
using nextest::TestBinary;

using Strings = nextest::Vector<std::string>;

const std::string libtest_text = std::string("RUST_TEST_") + "THREADS";
const std::string doctest_text = std::string("filters OUT tests b") + "y their name";

// A folder of programs, which is the working folder for the while.
class Place {
 public:
  Place() {
    REQUIRE(::getcwd(before_, sizeof before_) != nullptr);
    REQUIRE(::chdir(folder.path().c_str()) == 0);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  ~Place() { CHECK(::chdir(before_) == 0); }

  void add(const std::string& path, const std::string& text = "", mode_t mode = 0755) const {
    const std::size_t slash = path.rfind('/');
    if (slash != std::string::npos) folder.make_folder(path.substr(0, slash));
    support::write_file(folder / path, text, mode);
  }

  support::TempFolder folder;

 private:
  char before_[4096];
};

nextest::DiscoverOptions options_of(const Strings& paths, const std::string& harness, bool has_target_runner) {
  nextest::DiscoverOptions options;
  options.paths = {paths.begin(), paths.end()};
  options.harness = harness;
  options.has_target_runner = has_target_runner;
  return options;
}

nextest::Vector<TestBinary> found(const Strings& paths, const std::string& harness = "",
                                  bool has_target_runner = false) {
  Result<nextest::Vector<TestBinary>> binaries = Discovery::run(options_of(paths, harness, has_target_runner));
  const std::string message = binaries ? "" : binaries.error().message;
  CAPTURE(message);
  REQUIRE(bool(binaries));
  return std::move(binaries.value());
}

Error error_of(const Strings& paths, const std::string& harness = "", bool has_target_runner = false) {
  Result<nextest::Vector<TestBinary>> binaries = Discovery::run(options_of(paths, harness, has_target_runner));
  REQUIRE_FALSE(bool(binaries));
  CHECK(binaries.error().code == nextest::ExitCode::SetupError);
  return binaries.error();
}

Strings ids(const Strings& paths) {
  Strings all;
  for (const TestBinary& binary : found(paths)) all.push_back(binary.id.str());
  return all;
}

Strings paths_of(const Strings& paths) {
  Strings all;
  for (const TestBinary& binary : found(paths)) all.push_back(binary.path.str());
  return all;
}

// ---- which files ----

TEST_CASE("discover: files in the order they were named, with their harness") {
  const Place place;
  place.add("b", libtest_text);
  place.add("a", doctest_text);
  place.add("script", "#!/bin/sh\n");
  const nextest::Vector<TestBinary> binaries = found({"./b", "./a", "./script"});
  REQUIRE(binaries.size() == 3);
  CHECK(binaries[0].path == "./b");
  CHECK(binaries[0].id == "b");
  CHECK(binaries[0].harness == &libtest_harness);
  CHECK(binaries[1].harness == &doctest_harness);
  CHECK(binaries[2].harness == &plain_harness);
  for (const TestBinary& binary : binaries) CHECK(binary.skip_reason.empty());
}

TEST_CASE("discover: no paths, no binaries") { CHECK(found({}).empty()); }

TEST_CASE("discover: of a folder its executable files, sorted, not what is below or hidden") {
  const Place place;
  place.add("d/b", libtest_text);
  place.add("d/a", libtest_text);
  place.add("d/data", libtest_text, 0644);
  place.add("d/.hidden", libtest_text);
  place.add("d/below/c", libtest_text);
  REQUIRE(::symlink("b", "d/link") == 0);
  REQUIRE(::symlink("nowhere", "d/dangling") == 0);
  CHECK(paths_of({"d"}) == Strings{"d/a", "d/b", "d/link"});
  CHECK(paths_of({"d/"}) == Strings{"d/a", "d/b", "d/link"});
  CHECK(ids({"./d/"}) == Strings{"a", "b", "link"});
}

TEST_CASE("discover: a file of no known harness is plain when named, and skipped when a folder swept it up") {
  const Place place;
  place.add("d/script", "#!/bin/sh\n");
  place.add("d/test", libtest_text);
  nextest::Vector<TestBinary> binaries = found({"d"});
  REQUIRE(binaries.size() == 2);
  CHECK(!binaries[0].skip_reason.empty());
  CHECK(binaries[1].skip_reason.empty());
  CHECK(found({"d/script"}).at(0).skip_reason.empty());
  for (const TestBinary& binary : found({"d"}, "plain")) {
    CHECK(binary.harness == &plain_harness);
    CHECK(binary.skip_reason.empty());
  }
}

TEST_CASE("discover: a file both named and swept up is named") {
  const Place place;
  place.add("d/script", "#!/bin/sh\n");
  for (const Strings& paths : {Strings{"d/script", "d"}, Strings{"d", "d/script"}}) {
    const nextest::Vector<TestBinary> binaries = found(paths);
    REQUIRE(binaries.size() == 1);
    CHECK(binaries[0].skip_reason.empty());
  }
}

TEST_CASE("discover: each link to one program is a binary, and each file after it is looked into anew") {
  const Place place;
  place.add("real", doctest_text);
  REQUIRE(::link("real", "hard") == 0);
  REQUIRE(::symlink("real", "soft") == 0);
  place.add("other", libtest_text);
  const nextest::Vector<TestBinary> binaries = found({"./real", "./hard", "./soft", "./other"});
  REQUIRE(binaries.size() == 4);
  for (int i = 0; i < 3; ++i) CHECK(binaries[static_cast<std::size_t>(i)].harness == &doctest_harness);
  CHECK(binaries[3].harness == &libtest_harness);
}

TEST_CASE("discover: a harness that is given is taken, what the file holds decides among rows of one name") {
  const Place place;
  place.add("a", libtest_text);
  CHECK(found({"./a"}, "googletest").at(0).harness == &googletest_harness);
  CHECK(found({"./a"}, "catch2").at(0).harness == &catch2_harness);
}

// ---- errors ----

TEST_CASE("discover: errors say which path and what to do") {
  const Place place;
  place.add("data", "", 0644);
  place.add("empty/data", "", 0644);
  place.folder.make_folder("nothing");
  Error error = error_of({"./none"});
  CHECK(nextest::contains(error.message, "./none"));
  CHECK(nextest::contains(error.message, ::strerror(ENOENT)));
  CHECK_FALSE(error.hint.empty());
  error = error_of({"./data"});
  CHECK(error.message == "./data is not an executable file");
  CHECK(nextest::contains(error.hint, "chmod +x ./data"));
  for (const char* folder : {"empty", "nothing"}) {
    error = error_of({folder});
    CHECK(error.message == "no executable file in the folder " + std::string(folder));
    CHECK_FALSE(error.hint.empty());
  }
  CHECK(nextest::contains(error_of({"./data/x"}).message, ::strerror(ENOTDIR)));
  CHECK(nextest::contains(error_of({"/dev/null"}).message, "is not an executable file"));
}

TEST_CASE("discover: the first wrong path is the error, whatever else is right") {
  const Place place;
  place.add("a", libtest_text);
  CHECK(nextest::contains(error_of({"./a", "./none", "./none2"}).message, "./none:"));
}

TEST_CASE("discover: a program for another machine is named as such, unless something else runs it") {
  const Place place;
  std::string foreign(
      "\x7F"
      "ELF\x02\x01\x01",
      7);
  foreign.resize(64);
  foreign[18] = 22;  // s390x, little-endian: no machine we could be on
  place.add("foreign", foreign);
  const nextest::BytesInMemory bytes(foreign);
  if (nextest::foreign_machine(nextest::ElfFile(bytes)).empty()) {  // an emulator is registered
    CHECK(found({"./foreign"}).size() == 1);
    return;
  }
  const Error error = error_of({"./foreign"});
  CHECK(error.message == "./foreign is a program for another machine (s390x)");
  CHECK(nextest::contains(error.hint, "--target-runner"));
  CHECK(found({"./foreign"}, "", true).size() == 1);
}

TEST_CASE("discover: what cannot be read has to be given a harness" * support::needs(support::Nobody::possible())) {
  const Place place;
  place.add("a", libtest_text, 0111);
  REQUIRE(::chmod(".", 0755) == 0);
  const support::Nobody nobody;
  CHECK(nextest::contains(error_of({"./a"}).message, ::strerror(EACCES)));
  CHECK(found({"./a"}, "libtest").at(0).harness == &libtest_harness);
}

// ---- ids ----

TEST_CASE("discover: an id is the file's name, with as many folders as make it unique") {
  const Place place;
  for (const char* path : {"a", "x/a", "y/a", "x/b", "p/x/a", "q/x/a", "c", "x/c"}) place.add(path);
  CHECK(ids({"./a"}) == Strings{"a"});
  CHECK(ids({"x/a", "x/b"}) == Strings{"a", "b"});
  CHECK(ids({"x/a", "y/a", "x/b"}) == Strings{"x/a", "y/a", "b"});
  CHECK(ids({"p/x/a", "q/x/a", "y/a"}) == Strings{"p/x/a", "q/x/a", "y/a"});
  CHECK(ids({"y/a", "q/x/a", "x/b", "p/x/a"}) == Strings{"y/a", "q/x/a", "b", "p/x/a"});
}

TEST_CASE("discover: an id ends where the path begins") {
  const Place place;
  for (const char* path : {"a", "x/a", "p/x/a"}) place.add(path);
  CHECK(ids({"./a", "x/a"}) == Strings{"a", "x/a"});
  CHECK(ids({"x/a", "p/x/a"}) == Strings{"x/a", "p/x/a"});
}

TEST_CASE("discover: ids are unique, whatever the folders") {
  const Place place;
  support::Numbers numbers(3);
  const char* const names[] = {"a", "b", "c"};
  for (int round = 0; round < 60; ++round) {
    Strings paths;
    for (std::size_t files = 1 + numbers.below(8); files > 0; --files) {
      std::string path = "r" + std::to_string(round) + "/";
      for (std::size_t depth = numbers.below(4); depth > 0; --depth)
        path += std::string("d") + names[numbers.below(2)] + "/";
      path += names[numbers.below(3)];
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    }
    for (const std::string& path : paths) place.add(path);
    Strings all = ids(paths);
    REQUIRE(all.size() == paths.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      CAPTURE(paths[i]);
      CAPTURE(all[i]);
      CHECK(nextest::ends_with("/" + paths[i], "/" + all[i]));
      // One folder less would not do.
      const std::size_t slash = all[i].find('/');
      if (slash == std::string::npos) continue;
      const std::string shorter = all[i].substr(slash);
      int same = 0;
      for (const std::string& path : paths) same += nextest::ends_with("/" + path, shorter);
      CHECK(same > 1);
    }
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  }
}

TEST_CASE("discover: a path given again counts once, and makes no id longer") {
  const Place place;
  place.add("x/a");
  place.add("x/b");
  place.add("y/a");
  CHECK(paths_of({"x/a", "x/b", "x/a"}) == Strings{"x/a", "x/b"});
  CHECK(ids({"x/a", "x/b", "x/a"}) == Strings{"a", "b"});
  CHECK(ids({"x/a", "x/a", "y/a"}) == Strings{"x/a", "y/a"});
}

TEST_CASE("discover: a path given three times counts once") {
  const Place place;
  place.add("x/a");
  CHECK(paths_of({"x/a", "x/a", "x/a"}) == Strings{"x/a"});
  CHECK(paths_of({"x/a", "x/a", "x/a", "x/a", "x/a"}) == Strings{"x/a"});
}

TEST_CASE("discover: spellings of one path give no two binaries of one id") {
  const Place place;
  place.add("x/a");
  for (const Strings& paths :
       {Strings{"x/a", "./x/a"}, Strings{"x//a", "x/a"}, Strings{"x/./a", "x/a"}, Strings{"x/", "./x"}}) {
    CAPTURE(paths[0]);
    Strings all = ids(paths);
    std::sort(all.begin(), all.end());
    CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  }
}

}  // namespace
