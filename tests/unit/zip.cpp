#include "record/zip.hpp"

#include <doctest/doctest.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <string>
#include <string_view>
#include <utility>

#include "tests/unit/support.hpp"

namespace {

using nextest::Bytes;
using nextest::BytesInMemory;
using nextest::BytesPart;
using nextest::crc32;
using nextest::Fd;
using nextest::Result;
using nextest::ZipReader;
using nextest::ZipWriter;

using Contents = nextest::Vector<std::pair<std::string, std::string>>;

// What a command prints, with what it says on standard error; it must end with 0.
std::string output_of(const std::string& command) {
  FILE* const pipe = ::popen(("( " + command + " ) 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  std::string text;
  char buffer[4096];
  while (const std::size_t got = ::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, got);
  const int status = ::pclose(pipe);
  INFO(text);
  REQUIRE(status == 0);
  return text;
}

void write_zip(const std::string& path, const Contents& contents) {
  const Fd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  REQUIRE(bool(file));
  ZipWriter zip(file.get());
  for (const auto& [name, content] : contents) REQUIRE(zip.add(name, BytesInMemory(content)) == 0);
  REQUIRE(zip.finish() == 0);
}

std::string zip_of(const Contents& contents) {
  const support::TempFolder folder;
  write_zip(folder / "a.zip", contents);
  return support::read_file(folder / "a.zip");
}

// What lies in memory of its own size, so that a sanitizer sees the first byte past the end.
class Exactly {
 public:
  explicit Exactly(std::string_view text) : bytes_(text.begin(), text.end()), view_({bytes_.data(), bytes_.size()}) {}
  const Bytes& bytes() const { return view_; }

 private:
  nextest::Vector<char> bytes_;
  BytesInMemory view_;
};

std::string text_of(const Bytes& file, const ZipReader::Entry& entry) {
  const BytesPart part(file, entry.offset, entry.size);
  std::string text(static_cast<std::size_t>(part.size()), '\0');
  REQUIRE(part.read(0, &text[0], text.size()) == text.size());
  return text;
}

ZipReader opened(const Bytes& file) {
  Result<ZipReader> zip = ZipReader::open(file);
  INFO((zip ? "" : zip.error().message));
  REQUIRE(bool(zip));
  return std::move(zip.value());
}

std::string problem_of(std::string_view file) {
  const Exactly exact(file);
  const Result<ZipReader> zip = ZipReader::open(exact.bytes());
  return zip ? "" : zip.error().message;
}

void check_contents(const std::string& file, const Contents& contents) {
  const BytesInMemory bytes(file);
  const ZipReader zip = opened(bytes);
  REQUIRE(zip.entries().size() == contents.size());
  for (std::size_t i = 0; i < contents.size(); ++i) {
    const ZipReader::Entry& entry = zip.entries()[i];
    CHECK(entry.name == contents[i].first);
    CHECK(entry.stored);
    CHECK(entry.size == contents[i].second.size());
    CHECK(entry.crc == crc32(contents[i].second));
    CHECK((text_of(bytes, entry) == contents[i].second));
    CHECK(zip.find(contents[i].first) == &entry);
  }
}

// All that may be believed of any file.
void check_bounds(std::string_view file) {
  const Exactly exact(file);
  const Result<ZipReader> zip = ZipReader::open(exact.bytes());
  if (!zip) {
    CHECK_FALSE(zip.error().message.empty());
    return;
  }
  for (const ZipReader::Entry& entry : zip.value().entries()) {
    REQUIRE(entry.offset <= file.size());
    REQUIRE(entry.size <= file.size() - entry.offset);
  }
}

void set(std::string& file, std::size_t at, std::uint64_t value, unsigned size) {
  for (; size > 0; --size, value >>= 8) file.at(at++) = static_cast<char>(value & 0xFF);
}

std::string noise(std::size_t size) {
  support::Numbers numbers(size + 1);
  std::string text;
  while (text.size() < size) text += static_cast<char>(numbers.below(256));
  return text;
}

const Contents three = {{"run.gz", noise(100)}, {"folder/output.gz", ""}, {"gr\xC3\xBC\xC3\x9F.txt", "hello\n"}};

}  // namespace

TEST_CASE("bytes part: a range of other bytes, within them") {
  const BytesInMemory whole("0123456789");
  char buffer[16];
  const auto read = [&](const Bytes& bytes, std::uint64_t at, std::size_t count) {
    return std::string(buffer, bytes.read(at, buffer, count));
  };
  const BytesPart middle(whole, 2, 5);
  CHECK(middle.size() == 5);
  CHECK(read(middle, 0, 16) == "23456");
  CHECK(read(middle, 3, 1) == "5");
  CHECK(read(middle, 3, 16) == "56");
  CHECK(read(middle, 5, 1).empty());
  CHECK(read(middle, UINT64_MAX, 1).empty());
  CHECK(read(BytesPart(middle, 1, UINT64_MAX), 1, 16) == "456");
  CHECK(read(BytesPart(whole, 8, 5), 0, 16) == "89");
  CHECK(BytesPart(whole, 8, 5).size() == 2);
  CHECK(BytesPart(whole, UINT64_MAX, UINT64_MAX).size() == 0);
  CHECK(BytesPart(whole, 10, 1).size() == 0);
}

TEST_CASE("zip: what is written is read again") {
  check_contents(zip_of(three), three);
  check_contents(zip_of({}), {});
  check_contents(zip_of({{"large", noise(200001)}, {std::string(65535, 'n'), "x"}}),
                 {{"large", noise(200001)}, {std::string(65535, 'n'), "x"}});
  const std::string file = zip_of(three);
  CHECK(opened(BytesInMemory(file)).find("run") == nullptr);
  CHECK(zip_of(three) == file);  // the same bytes each time
}

const Contents small_and_large = {three[0], three[1], three[2], {"large", noise(100000)}};

TEST_CASE("zip: unzip reads what is written" *
          support::needs(support::tool("zipinfo", "unzip"), support::utf8_locale())) {
  const support::TempFolder folder;
  write_zip(folder / "a.zip", small_and_large);
  const std::string tested = output_of("cd " + folder.path() + " && TZ=UTC unzip -tq a.zip && zipinfo -l a.zip");
  CHECK(nextest::contains(tested, "No errors detected"));
  CHECK(nextest::contains(tested, "-rw-------"));
  output_of("mkdir " + folder / "out && cd " + folder / "out && LC_ALL=C.UTF-8 unzip -q ../a.zip");
  for (const auto& [name, content] : small_and_large) {
    CHECK((support::read_file(folder / "out/" + name) == content));
  }
}

TEST_CASE("zip: python reads what is written" * support::needs(support::tool("python3"))) {
  const support::TempFolder folder;
  write_zip(folder / "a.zip", small_and_large);
  const std::string told = output_of(
      "python3 -c 'import sys, zipfile, zlib\n"
      "z = zipfile.ZipFile(sys.argv[1])\n"
      "print(z.testzip())\n"
      "for i in z.infolist():\n"
      "  assert i.compress_type == 0 and i.flag_bits == 0x800 and not i.extra and i.external_attr >> 16 == 0o100600\n"
      "  print(ascii(i.filename), i.file_size, zlib.crc32(z.read(i)) == i.CRC, *i.date_time)\n"
      "' " +
      folder / "a.zip");
  CHECK(told ==
        "None\n'run.gz' 100 True 1980 1 1 0 0 0\n'folder/output.gz' 0 True 1980 1 1 0 0 0\n"
        "'gr\\xfc\\xdf.txt' 6 True 1980 1 1 0 0 0\n'large' 100000 True 1980 1 1 0 0 0\n");

  write_zip(folder / "empty.zip", {});
  CHECK(output_of("python3 -m zipfile -t " + folder / "empty.zip") == "Done testing\n");
}

TEST_CASE("zip: into a pipe") {
  const support::TempFolder folder;
  const std::string large = noise(300000);
  FILE* const pipe = ::popen(("cat > " + folder / "a.zip").c_str(), "w");
  REQUIRE(pipe != nullptr);
  ZipWriter zip(::fileno(pipe));
  CHECK(zip.add("large", BytesInMemory(large)) == 0);
  CHECK(zip.finish() == 0);
  REQUIRE(::pclose(pipe) == 0);
  check_contents(support::read_file(folder / "a.zip"), {{"large", large}});
}

TEST_CASE("zip: what cannot be written is an error") {
  const Fd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  const BytesInMemory nothing("");
  ZipWriter names(null.get());
  CHECK(names.add("", nothing) == EINVAL);
  CHECK(names.add(std::string(65536, 'n'), nothing) == EINVAL);

  ZipWriter many(null.get());
  for (int i = 0; i < 1000; ++i) REQUIRE(many.add(std::to_string(i), nothing) == 0);
  CHECK(many.add("1000", nothing) == EINVAL);

  ZipWriter closed(-1);
  CHECK(closed.add("a", nothing) == EBADF);

  struct Lying final : Bytes {
    bool shrinks = false;
    mutable char next = 'a';
    std::uint64_t size() const override { return 1; }
    std::size_t read(std::uint64_t, char* buffer, std::size_t) const override {
      *buffer = next++;
      return shrinks ? 0 : 1;
    }
  };
  Lying lying;
  CHECK(ZipWriter(null.get()).add("a", lying) == EIO);
  lying.shrinks = true;
  CHECK(ZipWriter(null.get()).add("a", lying) == EIO);
}

TEST_CASE("zip: archives of Info-ZIP are read" * support::needs(support::tool("zip"))) {
  const support::TempFolder folder;
  const std::string text(5000, 'a');
  support::write_file(folder / "one", text);
  support::write_file(folder / "two", noise(300));
  folder.make_folder("sub");
  const std::string cd = "cd " + folder.path() + " && ";
  output_of(cd +
            "zip -q -0 stored.zip one two && zip -q mixed.zip one two && zip -q -r folder.zip sub && "
            "zip -q -0 -P secret secret.zip one && cat one | zip -q -0 piped.zip - && "
            "cat one | zip -q -0 -fz stream.zip - && zip -q -0 - one | cat > out.zip");
  check_contents(support::read_file(folder / "stored.zip"), {{"one", text}, {"two", noise(300)}});
  check_contents(support::read_file(folder / "piped.zip"), {{"-", text}});
  check_contents(support::read_file(folder / "stream.zip"), {{"-", text}});
  check_contents(support::read_file(folder / "out.zip"), {{"one", text}});
  check_contents(support::read_file(folder / "folder.zip"), {{"sub/", ""}});

  const std::string mixed = support::read_file(folder / "mixed.zip");
  const ZipReader zip = opened(BytesInMemory(mixed));
  REQUIRE(zip.entries().size() == 2);
  CHECK_FALSE(zip.entries()[0].stored);
  CHECK(zip.entries()[0].size < 100);
  CHECK(zip.entries()[0].crc == crc32(text));
  CHECK(zip.entries()[1].stored);  // what does not get smaller

  const std::string secret = support::read_file(folder / "secret.zip");
  CHECK_FALSE(opened(BytesInMemory(secret)).entries().at(0).stored);

  // Piece by piece from a file.
  nextest::BytesOfFile file;
  REQUIRE(file.open(folder / "stored.zip") == 0);
  CHECK((text_of(file, *opened(file).find("one")) == text));
}

TEST_CASE("zip: archives of python are read" * support::needs(support::tool("python3"))) {
  const support::TempFolder folder;
  output_of("cd " + folder.path() +
            " && python3 -c 'import zipfile\n"
            "with zipfile.ZipFile(\"comment.zip\", \"w\") as z:\n"
            "  z.comment = b\"PK\\5\\6\" + b\"c\" * 65531\n"
            "  z.writestr(\"a\", \"one\")\n"
            "  z.writestr(\"b\", \"two\")\n"
            "with zipfile.ZipFile(\"zip64.zip\", \"w\") as z:\n"
            "  with z.open(\"a\", \"w\", force_zip64=True) as f: f.write(b\"one\")\n"
            "  z.infolist()[0].comment = b\"of the entry\"\n"
            "zipfile.ZIP64_LIMIT = 2; zipfile.ZIP_FILECOUNT_LIMIT = 1\n"
            "with zipfile.ZipFile(\"all64.zip\", \"w\") as z:\n"
            "  z.writestr(\"a\", \"one\")\n"
            "  z.writestr(\"b\", \"more\")\n"
            "zipfile.ZIP64_LIMIT = 1 << 31; zipfile.ZIP_FILECOUNT_LIMIT = 65535\n"
            "with zipfile.ZipFile(\"thousand.zip\", \"w\") as z:\n"
            "  for i in range(1000): z.writestr(str(i), str(i))\n"
            "with zipfile.ZipFile(\"more.zip\", \"w\") as z:\n"
            "  for i in range(1001): z.writestr(str(i), str(i))\n"
            "with zipfile.ZipFile(\"many.zip\", \"w\") as z:\n"
            "  for i in range(65536): z.writestr(str(i), b\"\")\n"
            "'");
  check_contents(support::read_file(folder / "comment.zip"), {{"a", "one"}, {"b", "two"}});
  check_contents(support::read_file(folder / "zip64.zip"), {{"a", "one"}});
  const std::string all = support::read_file(folder / "all64.zip");
  CHECK(nextest::contains(all, "PK\x06\x07"));
  check_contents(all, {{"a", "one"}, {"b", "more"}});
  const std::string thousand = support::read_file(folder / "thousand.zip");
  CHECK(opened(BytesInMemory(thousand)).entries().size() == 1000);
  CHECK(problem_of(support::read_file(folder / "more.zip")) == "a zip file of more than 1000 entries");
  CHECK(problem_of(support::read_file(folder / "many.zip")) == "a zip file of more than 1000 entries");
}

void check_damage(const std::string& whole) {
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK_FALSE(problem_of(whole.substr(0, size)).empty());
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    CAPTURE(i);
    std::string changed = whole;
    for (const unsigned flip : {0x01u, 0x80u, 0xFFu}) {
      changed[i] = static_cast<char>(static_cast<unsigned char>(whole[i]) ^ flip);
      check_bounds(changed);
    }
    for (const char value : {'\0', '\xFF'}) {
      changed[i] = value;
      check_bounds(changed);
    }
  }
  CHECK_FALSE(problem_of("x" + whole).empty());
  CHECK_FALSE(problem_of(whole + "x").empty());
}

TEST_CASE("zip: cut short or changed anywhere, it is refused or read within its bounds") {
  check_damage(zip_of(three));
}

TEST_CASE("zip: cut short or changed anywhere, one with 64-bit numbers is refused or read within its bounds" *
          support::needs(support::tool("python3"))) {
  const support::TempFolder folder;
  output_of("cd " + folder.path() +
            " && python3 -c 'import zipfile\n"
            "zipfile.ZIP64_LIMIT = 2; zipfile.ZIP_FILECOUNT_LIMIT = 1\n"
            "with zipfile.ZipFile(\"all64.zip\", \"w\") as z:\n"
            "  z.comment = b\"comment\"\n"
            "  z.writestr(\"a\", \"one\")\n"
            "  z.writestr(\"b\", \"more\")\n"
            "'");
  check_damage(support::read_file(folder / "all64.zip"));
}

TEST_CASE("zip: numbers that lie") {
  const std::string whole = zip_of({{"a", "one"}, {"b", "two"}});
  const std::size_t end = whole.size() - 22;
  const std::size_t directory = end - 2 * 47;
  const std::string damaged = "a damaged zip file";
  const auto with = [&](std::size_t at, std::uint64_t value, unsigned size) {
    std::string changed = whole;
    set(changed, at, value, size);
    return problem_of(changed);
  };
  CHECK(with(0, 0x04034B50, 4).empty());
  // The end: disks, counts, size and place of the directory.
  CHECK(with(end + 4, 1, 2) == "one part of a zip file of several");
  CHECK(with(end + 8, 1, 2) == "one part of a zip file of several");
  CHECK(with(end + 8, 0x0001'0001, 4) == damaged);
  CHECK(with(end + 8, 0x0003'0003, 4) == damaged);
  CHECK(with(end + 8, 0x03E9'03E9, 4) == "a zip file of more than 1000 entries");
  CHECK(with(end + 8, 0xFFFF'FFFF, 4) == damaged);  // zip64 without a locator
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{93}, std::uint64_t{95}, std::uint64_t{0xFFFFFFFE}, std::uint64_t{0xFFFFFFFF}}) {
    CHECK(with(end + 12, value, 4) == damaged);
    CHECK(with(end + 16, value, 4) == damaged);
  }
  // An entry: 4 GiB of data, compressed or not; lengths of the name, the field and the comment; the local header.
  for (const std::uint64_t value : {std::uint64_t{0xFFFFFFFE}, std::uint64_t{0xFFFFFFFF}}) {
    CHECK(with(directory + 20, value, 4) == damaged);
    CHECK(with(directory + 20, value << 32 | value, 8) == damaged);
    CHECK(with(directory + 42, value, 4) == damaged);
  }
  CHECK(with(directory + 24, 4, 4) == damaged);
  for (const std::size_t at : {28u, 30u, 32u}) {
    CHECK(with(directory + at, 2, 2) == damaged);
    CHECK(with(directory + at, 0xFFFF, 2) == damaged);
  }
  CHECK(with(directory + 42, 1, 4) == damaged);
  CHECK(with(directory + 10, 8, 2) == damaged);  // deflated, the local header says stored
  CHECK(with(directory + 8, 0x801, 2) == damaged);
  CHECK(with(30, 'b', 1) == damaged);  // the name
  CHECK(with(28, 0xFFFF, 2) == damaged);

  // Two names for the same data overlap, which does no harm.
  std::string twice = zip_of({{"a", "one"}, {"a", "one"}});
  set(twice, directory + 47 + 42, 0, 4);
  const BytesInMemory bytes(twice);
  const ZipReader zip = opened(bytes);
  CHECK(zip.entries()[0].offset == zip.entries()[1].offset);
  CHECK(text_of(bytes, zip.entries()[1]) == "one");
}

TEST_CASE("zip: entries and places beyond 4 GiB are read") {
  // Pieces of a file with a hole between them.
  struct Sparse final : Bytes {
    nextest::Vector<std::pair<std::uint64_t, std::string>> pieces;
    std::uint64_t size() const override { return pieces.back().first + pieces.back().second.size(); }
    std::size_t read(std::uint64_t at, char* buffer, std::size_t wanted) const override {
      std::size_t got = 0;
      for (; got < wanted && at < size(); ++got, ++at) {
        buffer[got] = '\0';
        for (const auto& [from, text] : pieces) {
          if (at >= from && at - from < text.size()) buffer[got] = text[static_cast<std::size_t>(at - from)];
        }
      }
      return got;
    }
  };
  constexpr std::uint64_t large = std::uint64_t{5} << 30, mark = 0xFFFFFFFF;
  const auto header = [](nextest::ZipBlock& out, std::uint64_t size, std::uint64_t extra) {
    out.u16(45).u16(0).u16(0).u32(0).u32(0).u32(size).u32(size).u16(1).u16(extra);
  };
  nextest::ZipBlock first, rest;
  header(first.u32(0x04034B50), mark, 20);
  first.text("a").u16(1).u16(16).u64(large).u64(large);
  const std::uint64_t second_at = first.bytes.size() + large;
  header(rest.u32(0x04034B50), 3, 0);
  rest.text("b").text("two");
  const std::uint64_t directory_at = second_at + rest.bytes.size();
  header(rest.u32(0x02014B50).u16(45), mark, 26);
  rest.u16(0).u16(0).u16(0).u32(0).u32(0).text("a").u16(0x5455).u16(2).u16(7).u16(1).u16(16).u64(large).u64(large);
  header(rest.u32(0x02014B50).u16(45), 3, 12);
  rest.u16(0).u16(0).u16(0).u32(0).u32(mark).text("b").u16(1).u16(8).u64(second_at);
  const std::uint64_t end_at = second_at + rest.bytes.size();
  rest.u32(0x06064B50).u64(44).u16(45).u16(45).u32(0).u32(0).u64(2).u64(2).u64(end_at - directory_at).u64(directory_at);
  rest.u32(0x07064B50).u32(0).u64(end_at).u32(1);
  rest.u32(0x06054B50).u32(0).u16(2).u16(2).u32(end_at - directory_at).u32(mark).u16(0);

  Sparse file;
  file.pieces = {{0, first.bytes}, {second_at, rest.bytes}};
  const ZipReader zip = opened(file);
  REQUIRE(zip.entries().size() == 2);
  CHECK(zip.entries()[0].size == large);
  CHECK(zip.entries()[0].offset == first.bytes.size());
  CHECK(zip.entries()[0].stored);
  CHECK(text_of(file, zip.entries()[1]) == "two");

  // Cut out of the middle it does not fit any more.
  file.pieces[1].first -= 1;
  CHECK_FALSE(bool(ZipReader::open(file)));
}
