// Random (version 4) UUIDs, RFC 9562: they name runs.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "core/base/clock.hpp"
#include "core/base/fd.hpp"
#include "core/base/hash.hpp"

namespace nextest {

inline std::string make_uuid() {
  unsigned char bytes[16];
  const Fd random(::open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  if (!random || read_some(random.get(), reinterpret_cast<char*>(bytes), sizeof bytes) != sizeof bytes) {
    // No /dev in this sandbox: two runs still differ by time or process.
    const std::int64_t seed[3] = {wall_time().ns, read_clock(CLOCK_MONOTONIC).ns, getpid()};
    const std::string_view text(reinterpret_cast<const char*>(seed), sizeof seed);
    for (std::size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<unsigned char>(Xxh64::hash(text, i));
  }
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  std::string text;
  for (std::size_t i = 0; i < sizeof bytes; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += "0123456789abcdef"[bytes[i] >> 4];
    text += "0123456789abcdef"[bytes[i] & 0x0F];
  }
  return text;
}

}  // namespace nextest
