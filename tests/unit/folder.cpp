#include "core/base/folder.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "core/base/proc.hpp"
#include "support.hpp"

namespace {

using nextest::each_name;

TEST_CASE("folder: every name once, with those of the folder itself and the one above") {
  const support::TempFolder folder;
  std::string names;
  const auto take = [&](const char* name) { names += std::string(name) + ";"; };
  CHECK(each_name(folder.path().c_str(), take) == 0);
  CHECK(names.size() == std::string(".;..;").size());
  support::write_file(folder / "a", "");
  names.clear();
  CHECK(each_name(folder.path().c_str(), take) == 0);
  CHECK(nextest::contains(";" + names, ";a;"));
  CHECK(each_name((folder / "a").c_str(), take) == ENOTDIR);
  CHECK(each_name((folder / "none").c_str(), take) == ENOENT);
}

TEST_CASE("folder: one that cannot be read to its end is an error, whatever was read of it") {
  const support::TempFolder folder;
  const int next_fd = ::dup(0);  // what opendir will have: the lowest that is free
  REQUIRE(next_fd >= 0);
  ::close(next_fd);
  int names = 0;
  CHECK(each_name(folder.path().c_str(), [&](const char*) {
          if (++names == 1) ::close(next_fd);
        }) == EBADF);
  CHECK(names == 2);
}

TEST_CASE("folder: an errno from before is no failure") {
  errno = EIO;
  CHECK(each_name("/", [](const char*) { errno = EIO; }) == 0);
}

TEST_CASE("folder: where we are, and what a relative path is from there") {
  const support::TempFolder folder;
  char* const real = ::realpath(folder.path().c_str(), nullptr);
  const std::string path = real;
  ::free(real);
  const std::string gone = folder.make_folder("gone");
  // What it answers in that folder, after which it is gone.
  const auto in_folder = [](const std::string& where, bool remove) {
    const support::Ended ended = support::in_a_process([&] {
      if (::chdir(where.c_str()) != 0 || (remove && ::rmdir(where.c_str()) != 0)) return;
      const std::string answer =
          nextest::current_folder() + " " + nextest::absolute_path("a") + " " + nextest::absolute_path("/a");
      static_cast<void>(nextest::write_all(2, answer));
    });
    return ended.err;
  };
  CHECK(in_folder(path, false) == path + " " + path + "/a /a");
  CHECK(in_folder("/", false) == "/ //a /a");
  CHECK(in_folder(gone, true) == ". a /a");
}

TEST_CASE("folder: we are among all processes") {
  bool found = false;
  for (const pid_t pid : nextest::all_processes()) found = found || pid == ::getpid();
  CHECK(found == (::access("/proc/self", F_OK) == 0));
}

}  // namespace
