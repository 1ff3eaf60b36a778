// What is shown of an output that is very long: its beginning, its end, and between them how much is left out.
#pragma once

#include <algorithm>

#include "core/base/text.hpp"

namespace nextest {

// At most `most` bytes of `text`, but no fewer than 256, in whole lines where lines are not as long as that, and in
// whole characters. Of what it made itself it leaves nothing out. `room` holds it where it is not `text`.
inline std::string_view shown_part(std::string_view text, std::uint64_t most, std::string& room) {
  constexpr std::size_t gap_size = 80;  // at most
  most = std::max<std::uint64_t>(most, 256);
  if (text.size() <= most) return text;
  const std::size_t half = (number_as<std::size_t>(most) - gap_size) / 2;
  const auto continues = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80; };

  std::size_t head = half, tail = text.size() - half;
  const std::size_t line_end = text.rfind('\n', head - 1);
  if (line_end != std::string_view::npos && line_end > half / 2) head = line_end + 1;
  while (head > half - 3 && continues(head)) --head;
  const std::size_t line_start = text.find('\n', tail - 1);
  if (line_start != std::string_view::npos && line_start + 1 < text.size() - half / 2) tail = line_start + 1;
  while (tail < text.size() - half + 3 && continues(tail)) ++tail;

  room.assign(text.substr(0, head));
  if (room.back() != '\n') room += '\n';
  append_format(room, "... %llu bytes of output not shown here ...\n", static_cast<unsigned long long>(tail - head));
  return room.append(text.substr(tail));
}

}  // namespace nextest
