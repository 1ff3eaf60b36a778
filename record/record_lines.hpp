// The lines of a record's events file, as trees.
#pragma once

#include "core/base/bytes.hpp"
#include "core/format/json_parser.hpp"
#include "record/allowance.hpp"
#include "record/block_gzip.hpp"

namespace nextest {

class RecordLines {
 public:
  RecordLines(const Bytes& file, Allowance& allowance) : file_(file), allowance_(allowance) {}

  std::uint32_t lost_blocks = 0;

  // The next line as a tree; false at the end, and when no more may be read. What is no line after a lost block was the
  // end of one.
  bool next(JsonValue& tree) {
    while (!allowance_.is_over()) {
      const std::size_t end = text_.find('\n', searched_);
      if (end == std::string::npos) {
        searched_ = text_.size();
        if (!read_block()) return false;
        continue;
      }
      std::uint32_t values_left = most_values;
      Result<JsonValue> parsed = parse_json(std::string_view(text_).substr(at_, end - at_), &values_left);
      at_ = searched_ = end + 1;
      const bool may_be_torn = std::exchange(after_gap_, false);
      if (!allowance_.take(Charge::json_value * (most_values - values_left))) return false;
      if (parsed && parsed.value().kind == JsonKind::Object) {
        tree = std::move(parsed.value());
        return true;
      }
      if (!may_be_torn) ++lost_blocks;
    }
    return false;
  }

 private:
  // Our lines are far shorter, and hold less; what is longer is none of ours.
  static constexpr std::size_t longest_line = 8 << 20;
  static constexpr std::uint32_t most_values = 1 << 18;

  bool read_block() {
    text_.erase(0, at_);
    searched_ -= at_;
    at_ = 0;
    if (text_.size() > longest_line) lose();
    std::string plain;
    const BlockReader::Found found = BlockReader(file_).read(next_, plain, next_);
    if (found == BlockReader::Found::Damaged) lose();
    allowance_.take(found == BlockReader::Found::Damaged ? Charge::block : plain.size());
    text_ += plain;
    return found == BlockReader::Found::Block || found == BlockReader::Found::Damaged;
  }

  void lose() {
    ++lost_blocks;
    text_.clear();
    searched_ = 0;
    after_gap_ = true;
  }

  const Bytes& file_;
  Allowance& allowance_;
  std::uint64_t next_ = 0;
  std::string text_;
  std::size_t at_ = 0;
  std::size_t searched_ = 0;  // there is no newline between at_ and that
  bool after_gap_ = false;
};

}  // namespace nextest
