#include "core/process/open_files.hpp"

#include <doctest/doctest.h>

namespace {

using nextest::OpenFiles;

TEST_CASE("open files: as many units as fit beside the program's own") {
  const std::uint64_t open = 7, needed = OpenFiles(0, open).needed();
  CHECK(OpenFiles(needed - 1, open).units() == 0);
  CHECK(OpenFiles(needed, open).units() == 1);
  CHECK(OpenFiles(needed + 3, open).units() == 1);
  CHECK(OpenFiles(needed + 4, open).units() == 2);
  CHECK(OpenFiles(1024, open).units() > 200);
  CHECK(OpenFiles(UINT64_MAX, 0).units() > UINT32_MAX);
}

TEST_CASE("open files: what is open now counts") {
  const OpenFiles before = OpenFiles::now();
  if (before.allowed() == UINT64_MAX) return;
  const nextest::Fd another(::fcntl(0, F_DUPFD_CLOEXEC, 0));
  REQUIRE(another);
  CHECK(OpenFiles::now().allowed() == before.allowed());
  CHECK(OpenFiles::now().needed() == before.needed() + 1);
}

}  // namespace
