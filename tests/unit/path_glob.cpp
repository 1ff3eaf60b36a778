#include "core/list/path_glob.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <string>

#include "tests/unit/support.hpp"

namespace {

using Strings = nextest::Vector<std::string>;

// What a pattern stands for in a folder with these files, without the folder's name.
Strings expand(const std::string& pattern) {
  static const support::TempFolder folder;
  static bool made = false;
  if (!made) {
    made = true;
    for (const char* const name : {"a", "a/b", "a/b/c", "x.d"}) folder.make_folder(name);
    for (const char* const name : {"one_test", "two_test", "two.cpp", ".hidden_test", "a/one_test", "a/b/one_test",
                                   "a/b/c/three_test", "x.d/one_test"}) {
      support::write_file(folder / name, "");
    }
    REQUIRE(::symlink(".", (folder / "a/around").c_str()) == 0);
  }
  nextest::Result<Strings> files = nextest::PathGlob::expand(folder / pattern);
  REQUIRE(bool(files));
  for (std::string& file : files.value()) {
    REQUIRE(nextest::starts_with(file, folder.path() + "/"));
    file.erase(0, folder.path().size() + 1);
  }
  return files.value();
}

}  // namespace

TEST_CASE("path glob: without wildcards it is the file, if there is one") {
  CHECK(expand("one_test") == Strings{"one_test"});
  CHECK(expand("a/./b//one_test") == Strings{"a/b/one_test"});
  CHECK(expand("none") == Strings{});
  CHECK(expand("a") == Strings{});
}

TEST_CASE("path glob: wildcards stay within a part, and what begins with a dot has to be named") {
  CHECK(expand("*_test") == Strings{"one_test", "two_test"});
  CHECK(expand(".*_test") == Strings{});
  CHECK(expand(".hidden_test") == Strings{".hidden_test"});
  CHECK(expand("*/one_test") == Strings{"a/one_test", "x.d/one_test"});
  CHECK(expand("t?o.{cpp,hpp}") == Strings{"two.cpp"});
  CHECK(expand("[!o]*_test") == Strings{"two_test"});
}

TEST_CASE("path glob: ** is any folders, also none, and follows no links") {
  CHECK(expand("**/one_test") == Strings{"one_test", "a/one_test", "a/b/one_test", "x.d/one_test"});
  CHECK(expand("a/**/three_test") == Strings{"a/b/c/three_test"});
  CHECK(expand("a/**") == Strings{"a/b/c/three_test", "a/b/one_test", "a/one_test"});
}

TEST_CASE("path glob: a malformed one is an error") {
  CHECK_FALSE(bool(nextest::PathGlob::expand("/tmp/[")));
  CHECK_FALSE(bool(nextest::PathGlob::expand("/tmp/{a")));
}
