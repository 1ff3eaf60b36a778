#include "core/base/folder.hpp"

#include <doctest/doctest.h>
#include <errno.h>
#include <fcntl.h>
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

TEST_CASE("folder: we are among all processes") {
  bool found = false;
  for (const pid_t pid : nextest::all_processes()) found = found || pid == ::getpid();
  CHECK(found == (::access("/proc/self", F_OK) == 0));
}

}  // namespace
