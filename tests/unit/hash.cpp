#include "core/base/hash.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace {

using nextest::Xxh64;

constexpr std::uint64_t prime32 = 2654435761, prime64 = 11400714785074694797u;

// The buffer of xxHash's own sanity check (XSUM_fillTestBuffer, since 0.8.0).
std::string sanity_buffer(std::size_t size) {
  std::string buffer;
  std::uint64_t generator = prime32;
  for (std::size_t i = 0; i < size; ++i, generator *= prime64) buffer += static_cast<char>(generator >> 56);
  return buffer;
}

// The one before it.
std::string old_sanity_buffer(std::size_t size) {
  std::string buffer;
  std::uint32_t generator = prime32;
  for (std::size_t i = 0; i < size; ++i, generator *= generator) buffer += static_cast<char>(generator >> 24);
  return buffer;
}

// All constants here were confirmed with xxhsum -H64 and libxxhash, version 0.8.1.
TEST_CASE("hash: known texts") {
  const struct {
    std::string_view text;
    std::uint64_t hash;
  } rows[] = {
      {"", 0xEF46DB3751D8E999},
      {"a", 0xD24EC4F1A98C6E5B},
      {"abc", 0x44BC2CF5AD770999},
      {"Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1},
      {"Call me Ishmael. Some years ago--never mind how long precisely-", 0x02A2E85470D6FD96},
  };
  for (const auto& row : rows) {
    CAPTURE(row.text);
    CHECK(Xxh64::hash(row.text) == row.hash);
  }
}

TEST_CASE("hash: the vectors of xxHash's sanity check, with and without a seed") {
  const struct {
    std::size_t size;
    std::uint64_t seed, hash;
  } rows[] = {
      {0, 0, 0xEF46DB3751D8E999},       {0, prime32, 0xAC75FDA2929B17EF},   {1, 0, 0xE934A84ADB052768},
      {1, prime32, 0x5014607643A9B4C3}, {4, 0, 0x9136A0DCA57457EE},         {4, prime32, 0xCAAB286BD8E9FDB5},
      {14, 0, 0x8282DCC4994E35C8},      {14, prime32, 0xC3BD6BF63DEB6DF0},  {101, 0, 0xA51EA2101B2D114C},
      {222, 0, 0xB641AE8CB691C174},     {222, prime32, 0x20CB8AB7AE10C14A}, {1024, 0, 0x4775BF7CACE4D177},
  };
  for (const auto& row : rows) {
    CAPTURE(row.size);
    CAPTURE(row.seed);
    CHECK(Xxh64::hash(sanity_buffer(row.size), row.seed) == row.hash);
  }
}

TEST_CASE("hash: the vectors of the older sanity check") {
  CHECK(Xxh64::hash(old_sanity_buffer(1)) == 0x4FCE394CC88952D8);
  CHECK(Xxh64::hash(old_sanity_buffer(14)) == 0xCFFA8DB881BC3A3D);
  CHECK(Xxh64::hash(old_sanity_buffer(101)) == 0x0EAB543384F878AD);
  CHECK(Xxh64::hash(old_sanity_buffer(1), prime32) == 0x739840CB819FA723);
  CHECK(Xxh64::hash(old_sanity_buffer(14), prime32) == 0x5B9611585EFCC9CB);
  CHECK(Xxh64::hash(old_sanity_buffer(101), prime32) == 0xCAA65939306F1E21);
}

TEST_CASE("hash: every length up to two blocks") {
  constexpr std::uint64_t hashes[] = {
      0xEF46DB3751D8E999, 0xE934A84ADB052768, 0x5D48CD60A77E23FF, 0xFF7E1959CB50794A, 0x9136A0DCA57457EE,
      0x9B046FB1397F09A5, 0xC72565B7154268A8, 0x6C83909A9F01ED25, 0xCDBCF538E71D1348, 0x554B1AE991EDA6B6,
      0x5D00E7351392EA84, 0x6345D5746F35DA70, 0x0723BF50086EAD9A, 0xC2E5013E3C40BCF7, 0x8282DCC4994E35C8,
      0x180719316D622D84, 0x98C90B57FDFCB55C, 0x0D39A2D051A30C2C, 0x33E84A4333B2B2EB, 0xE91C6EF31FC08F82,
      0x5F8C68355769439E, 0x42B0B8EE353AC461, 0x65C935C6978098B1, 0xD2460ECC840B74DD, 0xF75A6DEA42DC5BF4,
      0x52FAA43C3F20B994, 0x8DB7831EC345F9A3, 0x88945AA08051FC2D, 0x64CD9E8C96A9E2DD, 0x8C8F345B634AC2B9,
      0xE2677241D4C46CAF, 0x299B39A290E6D783, 0x18B216492BB44B70, 0x55C8DC3E578F5B59, 0xD0CE7CBAE371BEB2,
      0xCB0AA8E2A7A29707, 0x0AE67584084DC6A4, 0x292F5332C92B73CE, 0x5F398E2A8478BED3, 0xB888CAF07592B1B3,
      0x23B3810D7D8B1731, 0x5342C966C7F3D5F4, 0x77454B74F1DBBF63, 0x9904C9350F597190, 0x24EC2B3D0E442641,
      0x4EC307EBE0A650A4, 0x7DD1C5514B2240EF, 0x84A42E167CBD1FEF, 0xFD0FEEAC7A939933, 0xA91BFF78A7185B66,
      0xDFFE9F293DDD101D, 0x2332585C18D7483A, 0x5A0056511F9DD653, 0x4426A2F5C8D59469, 0x39EAF8893520636A,
      0xAFEA98CC4E92F7E1, 0xB7A6414B8D3E2597, 0xF33D64569CD4B1C0, 0x93FA072F0E8FE7CA, 0x4F2890576949D6ED,
      0x3378C44F459C290B, 0x40D486FDDDAD5CB7, 0x21664C60C551CC87, 0xA9EFBE0FA0F3F4E7, 0xEF558F8ACAC2B5CD,
  };
  std::size_t size = 0;
  for (const std::uint64_t hash : hashes) {
    CAPTURE(size);
    CHECK(Xxh64::hash(sanity_buffer(size++)) == hash);
  }
  CHECK(size == 65);
}

TEST_CASE("hash: where the bytes lie does not matter") {
  const std::string text = sanity_buffer(50);
  for (std::size_t shift = 0; shift < 8; ++shift) {
    const std::string moved = std::string(shift, 'x') + text;
    CHECK(Xxh64::hash(std::string_view(moved).substr(shift)) == Xxh64::hash(text));
  }
}

}  // namespace
