#include "core/base/private_folder.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

#include "tests/unit/support.hpp"

namespace {

using nextest::make_private_folder;
using nextest::remove_tree;

bool is_there(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

TEST_CASE("private folder: it is made in TMPDIR, for its owner alone, by a path that is good from everywhere") {
  support::TempFolder folder;
  const support::Variable variable("TMPDIR", folder.path().c_str());
  std::string one, other;
  REQUIRE(make_private_folder(one) == 0);
  REQUIRE(make_private_folder(other) == 0);
  CHECK(one != other);
  CHECK(nextest::starts_with(one, folder.path() + "/nextest-tmp-"));
  struct stat info {};
  REQUIRE(::stat(one.c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0700);
  CHECK(remove_tree(one));
  CHECK_FALSE(is_there(one));
  CHECK(is_there(other));
  const support::Variable relative("TMPDIR", ".");
  REQUIRE(make_private_folder(one) == 0);
  CHECK(one[0] == '/');
  CHECK(remove_tree(one));
}

TEST_CASE("private folder: one that cannot be made says why") {
  const support::Variable variable("TMPDIR", "/there/is/no/such/folder");
  std::string path = "before";
  CHECK(make_private_folder(path) == ENOENT);
  CHECK(path.empty());
}

TEST_CASE("private folder: links are removed, and what they lead to is not") {
  support::TempFolder folder;
  folder.make_folder("outside/inner");
  support::write_file(folder / "outside/kept", "x");
  folder.make_folder("own/a/b");
  support::write_file(folder / "own/a/file", "x");
  for (const char* const link : {"own/folder", "own/a/folder", "own/a/b/folder"}) {
    REQUIRE(::symlink((folder / "outside").c_str(), (folder / link).c_str()) == 0);
  }
  REQUIRE(::symlink("nowhere", (folder / "own/dangling").c_str()) == 0);
  REQUIRE(::link((folder / "outside/kept").c_str(), (folder / "own/hard").c_str()) == 0);
  REQUIRE(::mkfifo((folder / "own/pipe").c_str(), 0600) == 0);
  CHECK(remove_tree(folder / "own"));
  CHECK_FALSE(is_there(folder / "own"));
  CHECK(is_there(folder / "outside/kept"));
  CHECK(is_there(folder / "outside/inner"));
}

TEST_CASE("private folder: where a link has taken its place, nothing is removed") {
  support::TempFolder folder;
  support::write_file(folder.make_folder("outside") + "/kept", "x");
  REQUIRE(::symlink((folder / "outside").c_str(), (folder / "own").c_str()) == 0);
  CHECK_FALSE(remove_tree(folder / "own"));
  CHECK_FALSE(remove_tree(folder / "gone"));
  CHECK(is_there(folder / "outside/kept"));
}

TEST_CASE("private folder: depth and names do not matter") {
  support::TempFolder folder;
  std::string deep = folder.make_folder("own");
  const int before = static_cast<int>(support::open_descriptors().size());
  REQUIRE(::chdir(deep.c_str()) == 0);
  for (int i = 0; i < 700; ++i) {  // deeper than a path may be long
    for (const char* const name : {".nextest-0", "a folder", ".nextest-1"}) ::mkdir(name, 0700);
    support::write_file("file", "x");
    REQUIRE(::chdir(i % 2 == 0 ? ".nextest-0" : "a folder") == 0);
  }
  REQUIRE(::chdir("/") == 0);
  CHECK(remove_tree(folder / "own"));
  CHECK_FALSE(is_there(folder / "own"));
  CHECK(static_cast<int>(support::open_descriptors().size()) == before);
}

// For root every folder is open. To nobody the way to this one need not be.
TEST_CASE("private folder: modes do not keep it" * support::needs(support::Nobody::possible())) {
  support::TempFolder folder;
  REQUIRE(::chmod(folder.path().c_str(), 0777) == 0);
  REQUIRE(::chdir(folder.path().c_str()) == 0);
  {
    const support::Nobody nobody;
    for (const mode_t mode : {0000u, 0500u, 0555u, 0300u}) {
      CAPTURE(mode);
      for (const char* const name : {"own", "own/a", "own/a/b", "own/a/b/c"}) REQUIRE(::mkdir(name, 0700) == 0);
      support::write_file("own/a/file", "x", 0000);
      support::write_file("own/a/b/file", "x", 0444);
      for (const char* const name : {"own/a/b/c", "own/a/b", "own/a", "own"}) REQUIRE(::chmod(name, mode) == 0);
      CHECK(remove_tree("own"));
      CHECK_FALSE(is_there("own"));
    }
  }
  REQUIRE(::chdir("/") == 0);
}

}  // namespace
