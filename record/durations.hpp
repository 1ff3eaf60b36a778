// How long each test took when it last ran: what is known of it decides the order of tests and their shards.
#pragma once

#include "core/base/hash.hpp"
#include "core/base/sorted_order.hpp"
#include "core/model/event.hpp"
#include "record/store.hpp"

namespace nextest {

class Durations {
 public:
  static constexpr Duration unknown{-1};

  bool empty() const { return entries_.empty(); }

  // Of each test of `list`, in its order.
  Vector<Duration> of(const TestList& list) const {
    Vector<Duration> durations;
    durations.reserve(list.tests.size());
    for (const TestCase& test : list.tests) {
      const std::size_t at = find(key_of(list.binaries[test.binary], test));
      durations.push_back(at < sorted_ ? entries_[at].duration : unknown);
    }
    return durations;
  }

  // So many tests will be noted.
  void expect(std::size_t count) { entries_.reserve(count); }

  // Of a test that has just run.
  void note(const TestList& list, const TestFinished& finished) {
    const TestCase& test = list.tests[finished.test];
    entries_.push_back(
        {key_of(list.binaries[test.binary], test), true, finished.result.passed(), finished.result.last().duration});
  }

  // Of the tests that a run noted. One that failed may have done so long before its end: it never makes a known
  // duration shorter.
  void update(const Durations& newer) {
    for (const Entry& entry : newer.entries_) {
      const std::size_t at = find(entry.key);
      if (at == sorted_) entries_.push_back(entry);
      else if (entry.passed || entries_[at].duration < entry.duration) entries_[at] = entry;
      else entries_[at].is_new = true;
    }
    finalize();
  }

  // Of all tests of a record; reads the rest of it.
  static Durations of_record(RecordReader& reader) {
    Durations durations;
    Event event;
    while (reader.next(event, RecordReader::no_outputs)) {
      if (const auto* const finished = std::get_if<TestFinished>(&event.what)) durations.note(reader.list(), *finished);
    }
    durations.finalize();
    return durations;
  }

  // Those that a store keeps of its newest runs; none where there is no such file, or a damaged one.
  static Durations load(const Store& store) {
    Durations durations;
    BytesOfFile file;
    std::string text;
    const bool is_read = file.open(path_in(store)) == 0 && read_blocks(file, text);
    return is_read && durations.from_text(text) ? durations : Durations();
  }
  // Under the store's lock. Returns 0 or errno.
  [[nodiscard]] int save(const Store& store) const { return replace_blocks(path_in(store), to_text(), false); }

  // Eight bytes a test, sorted: of XXH64 of its name, with that of its binary id as seed, the lower half, and the
  // duration in units of a tenth of a millisecond; both little-endian. Two tests of one hash do no harm.
  [[nodiscard]] bool from_text(std::string_view text) {
    for (; text.size() >= 8; text.remove_prefix(8)) {
      const auto key = static_cast<std::uint32_t>(little_endian(text.substr(0, 4)));
      const auto units = static_cast<std::int64_t>(little_endian(text.substr(4, 4)));
      entries_.push_back({key, false, true, {units * unit}});
    }
    finalize();
    return text.empty();
  }

  // Tests that did not run now are kept as long as they do not become too many.
  std::string to_text() const {
    std::size_t fresh = 0;
    for (const Entry& entry : entries_) fresh += entry.is_new;
    const bool keep_old = entries_.size() <= 4 * fresh + 10000;
    std::string text;
    text.reserve(8 * entries_.size());
    for (const Entry& entry : entries_) {
      if (!entry.is_new && !keep_old) continue;
      const std::int64_t units = (entry.duration.ns + unit / 2) / unit;
      append_little_endian(text, entry.key, 4);
      append_little_endian(text, units < UINT32_MAX ? static_cast<std::uint32_t>(units) : UINT32_MAX, 4);
    }
    return text;
  }

  // Of entries of one test, the last stays, if it did not fail sooner than the one before.
  void finalize() {
    Vector<Entry> sorted;
    sorted.reserve(entries_.size());
    for (const std::uint32_t i : sorted_order(
             entries_.size(), [&](std::uint32_t a, std::uint32_t b) { return entries_[a].key < entries_[b].key; })) {
      const Entry& entry = entries_[i];
      if (sorted.empty() || sorted.back().key != entry.key) sorted.push_back(entry);
      else if (entry.passed || sorted.back().duration < entry.duration) sorted.back() = entry;
    }
    entries_ = std::move(sorted);
    sorted_ = entries_.size();
  }

 private:
  static constexpr std::int64_t unit = 100000;  // nanoseconds

  struct Entry {
    std::uint32_t key;
    bool is_new = false;  // of the run that has just ended
    bool passed = true;
    Duration duration;
  };

  static std::string path_in(const Store& store) { return store.folder() + "/durations.gz"; }

  static std::uint32_t key_of(const TestBinary& binary, const TestCase& test) {
    return static_cast<std::uint32_t>(Xxh64::hash(test.name, Xxh64::hash(binary.id)));
  }

  // Its place among the sorted ones; their number when it is not there.
  std::size_t find(std::uint32_t key) const {
    std::size_t from = 0, to = sorted_;
    while (from < to) {
      const std::size_t middle = from + (to - from) / 2;
      if (entries_[middle].key < key) from = middle + 1;
      else to = middle;
    }
    return from < sorted_ && entries_[from].key == key ? from : sorted_;
  }

  Vector<Entry> entries_;
  std::size_t sorted_ = 0;  // how many of them, from the first on
};

}  // namespace nextest
