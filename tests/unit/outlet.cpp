#include "core/base/outlet.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>

#include "tests/unit/support.hpp"

namespace {

using nextest::Outlet;

// A pipe whose reader takes what the test wants it to take.
class SlowReader {
 public:
  SlowReader() {
    REQUIRE(::pipe(ends_) == 0);
    REQUIRE(::fcntl(ends_[0], F_SETFL, O_NONBLOCK) == 0);
  }
  ~SlowReader() {
    close();
    ::close(ends_[1]);
  }
  SlowReader(const SlowReader&) = delete;
  SlowReader& operator=(const SlowReader&) = delete;

  int fd() const { return ends_[1]; }
  // True when it got something.
  bool read(std::size_t size) {
    std::string piece(size, '\0');
    const ssize_t count = ::read(ends_[0], &piece[0], size);
    if (count <= 0) return false;
    text.append(piece, 0, static_cast<std::size_t>(count));
    return true;
  }
  void close() {
    if (ends_[0] >= 0) ::close(ends_[0]);
    ends_[0] = -1;
  }

  std::string text;

 private:
  int ends_[2] = {-1, -1};
};

TEST_CASE("outlet: a slow reader gets all of it, in order, whatever the sizes") {
  SlowReader reader;
  Outlet outlet(reader.fd());
  std::string all;
  const auto add = [&](std::size_t size) {
    std::string text = std::to_string(size) + ' ';
    for (std::size_t i = 0; text.size() < size; ++i) text += static_cast<char>('a' + i % 26);
    outlet.text += text;
    all += text;
    CHECK(outlet.write_some());
  };
  for (std::size_t size : {1u, 300000u, 10u, 65535u, 65536u, 65537u, 5u, 200000u}) {
    add(size);
    reader.read(7000);
  }
  CHECK(outlet.pending());
  CHECK(reader.text.size() < all.size());
  for (std::size_t i = 0; outlet.pending(); ++i) {
    REQUIRE(i < all.size());
    CHECK(reader.read(i % 2 == 0 ? 3 : 9000));
    CHECK(outlet.write_some());
  }
  while (reader.read(65536)) continue;
  CHECK(reader.text == all);
  CHECK(outlet.text.empty());
  CHECK(outlet.write_some());
}

TEST_CASE("outlet: what waits for a slow reader is not kept in one string that grows") {
  SlowReader reader;
  Outlet outlet(reader.fd());
  for (int i = 0; i < 100; ++i) {
    outlet.text += std::string(50000, 'x');
    CHECK(outlet.write_some());
    CHECK(outlet.text.size() < 200000);
  }
  CHECK(outlet.pending());
}

TEST_CASE("outlet: with nobody left to read, nothing waits") {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  SlowReader reader;
  Outlet outlet(reader.fd());
  outlet.text += std::string(300000, 'x');
  CHECK(outlet.write_some());
  outlet.text += "more";
  CHECK(outlet.pending());
  reader.close();
  CHECK_FALSE(outlet.write_some());
  CHECK_FALSE(outlet.pending());
  CHECK(outlet.error() == EPIPE);
  CHECK(outlet.text.empty());
  std::signal(SIGPIPE, before);
}

}  // namespace
