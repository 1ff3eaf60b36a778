// The machine behind regexes and globs: a program over characters, run as a set of states. Time is linear in the text,
// whatever the pattern, and the answer does not depend on which libc there is (a translation for regcomp would: in the
// C locale it matches bytes, and what \b or an empty alternative means, POSIX does not define).
#pragma once

#include "core/base/hash.hpp"
#include "core/base/unicode.hpp"
#include "core/base/utf8.hpp"
#include "core/select/character_class.hpp"

namespace nextest {

class Automaton {
 public:
  enum class Op : std::uint8_t {
    Set,         // one character of ranges_[target, target + count)
    Split,       // goes on with the next instruction and at `target`, in this order
    SplitAside,  // the same in the other order, which only matters where a group is looked for
    Jump,        // goes on at `target`
    Assert,      // goes on where `places` has the place between two characters
    GroupStart,
    GroupEnd,
    Match,
  };
  struct Instruction {
    Op op;
    std::uint16_t places;
    std::int32_t target;  // relative, so that code can be moved and copied
    std::uint32_t count;
  };

  // What lies on either side of a place; a set of places has a bit for each pair, before * 4 + after.
  enum Side : std::uint8_t { Edge, Newline, Word, Other };
  static constexpr std::uint16_t at_start = 0x000F, at_line_start = 0x00FF, at_end = 0x1111, at_line_end = 0x3333,
                                 at_word_edge = 0x4B44, inside_or_outside = 0xB4BB, at_word_start = 0x4044,
                                 at_word_end = 0x0B00, after_no_word = 0xF0FF, before_no_word = 0xBBBB;

  // Bounds what a pattern like (((a{200}){200}){200}) may cost.
  static constexpr std::size_t max_size = 10000;

  // --- building ---

  std::size_t size() const { return code_.size(); }
  void emit(Op op, std::ptrdiff_t target = 0) { code_.push_back(make(op, target)); }
  void emit_assert(std::uint16_t places) {
    emit(Op::Assert);
    code_.back().places = places;
    looks_around_ = true;
  }
  // `ranges` are normalised.
  void emit_set(const CharacterRanges& ranges) {
    emit(Op::Set, static_cast<std::ptrdiff_t>(ranges_.size()));
    code_.back().count = static_cast<std::uint32_t>(ranges.size());
    nextest::append(ranges_, ranges);
  }
  void emit_character(char32_t code) {
    CharacterRanges set;
    set.push_back({code, code});
    emit_set(set);
  }
  void truncate(std::size_t size) { code_.truncate(size); }
  // Only where nothing before `at` jumps behind it.
  void insert(std::size_t at, Op op, std::ptrdiff_t target) { code_.insert(code_.begin() + at, make(op, target)); }

  // The code from `start` on, repeated, as often as may be or, when lazy, as rarely. False when that is too much.
  bool repeat(std::size_t start, std::uint64_t least, std::uint64_t most, bool endless, bool lazy) {
    const Op again = lazy ? Op::SplitAside : Op::Split;
    Vector<Instruction> part;
    for (std::size_t i = start; i < code_.size(); ++i) part.push_back(code_[i]);
    const std::uint64_t copies = endless ? least + 1 : most;
    if (copies > max_size || start + (part.size() + 1) * copies > max_size) return false;
    const std::ptrdiff_t size = static_cast<std::ptrdiff_t>(part.size());
    truncate(start);
    for (std::uint64_t i = 0; i < least; ++i) append(part);
    if (endless && least > 0) {
      emit(lazy ? Op::Split : Op::SplitAside, -size);
    } else if (endless) {
      emit(again, size + 2);
      append(part);
      emit(Op::Jump, -size - 1);
    } else {
      for (std::uint64_t i = least; i < most; ++i) {
        emit(again, size + 1);
        append(part);
      }
    }
    return true;
  }

  // The one group that find_group looks for.
  bool has_group() const { return has_group_; }
  void begin_group() {
    has_group_ = true;
    emit(Op::GroupStart);
  }
  void end_group() { emit(Op::GroupEnd); }

  // Alternatives, one after the other: `next_alternative` behind each but the last one, then `end_alternatives`. The
  // jumps to the end are chained until it is known.
  struct Alternatives {
    std::size_t start;
    std::ptrdiff_t last_jump = -1;
  };
  void next_alternative(Alternatives& alternatives) {
    insert(alternatives.start, Op::Split, static_cast<std::ptrdiff_t>(size() - alternatives.start) + 2);
    emit(Op::Jump, alternatives.last_jump);
    alternatives.last_jump = static_cast<std::ptrdiff_t>(size()) - 1;
    alternatives.start = size();
  }
  void end_alternatives(const Alternatives& alternatives) {
    for (std::ptrdiff_t jump = alternatives.last_jump; jump >= 0;) {
      std::int32_t& target = code_[static_cast<std::size_t>(jump)].target;
      const std::ptrdiff_t before = target;
      target = static_cast<std::int32_t>(static_cast<std::ptrdiff_t>(size()) - jump);
      jump = before;
    }
  }

  // Whole: all of a text has to match, else any part of it.
  void finish(bool whole) {
    whole_ = whole;
    if (whole) emit_assert(at_end);
    emit(Op::Match);
  }

  // --- running ---

  bool matches(std::string_view text) const {
    if (states_.empty()) forget();
    std::size_t state = 0;
    for (std::size_t i = 0;;) {
      const DecodedCharacter next = character_at(text, i);
      const std::size_t column = column_of(next.code);
      std::size_t found = unknown;
      if (column < columns) found = steps_[state * columns + column];
      if (found == unknown) found = step(state, next.code);
      if (found <= matched) return found == matched;
      state = found - first_state;
      i += next.length;
    }
  }

  // What the group took in the first match, where earlier alternatives and longer repetitions (lazy: shorter ones) come
  // before others, as they do in upstream's regexes; empty when it took none. All ways are followed at once, those that
  // come first in front: of two that meet, the second one is dropped.
  std::string_view find_group(std::string_view text) const {
    Vector<Way> now, next, open;
    Way match;
    bool found = false;
    Side before = side(end_of_text, true);
    for (std::size_t i = 0;;) {
      const DecodedCharacter character = character_at(text, i);
      const Side after = side(character.code, i == text.size());
      if (!found) now.push_back(Way());
      seen_.assign(code_.size(), '\0');
      next.clear();
      for (std::size_t first = 0; first < now.size(); ++first) {
        open.push_back(now[first]);
        while (!open.empty()) {
          Way way = open.back();
          open.pop_back();
          if (seen_[way.at] != '\0') continue;
          seen_[way.at] = '\1';
          const Instruction& instruction = code_[way.at];
          Way aside = way;
          aside.at = static_cast<std::uint16_t>(target_of(way.at));
          ++way.at;
          switch (instruction.op) {
            case Op::Set:
              if (i < text.size() && takes(instruction, character.code)) next.push_back(way);
              break;
            case Op::Split:
              open.push_back(aside);
              open.push_back(way);
              break;
            case Op::SplitAside:
              open.push_back(way);
              open.push_back(aside);
              break;
            case Op::Jump: open.push_back(aside); break;
            case Op::Assert:
              if ((instruction.places >> (before * 4u + after) & 1) != 0) open.push_back(way);
              break;
            case Op::GroupStart:
              way.start = i;
              open.push_back(way);
              break;
            case Op::GroupEnd:
              way.end = i;
              open.push_back(way);
              break;
            case Op::Match:  // what comes after this way matters no more
              match = way;
              found = true;
              open.clear();
              now.clear();
              break;
          }
        }
      }
      if (i == text.size() || (found && next.empty())) return text.substr(match.start, match.end - match.start);
      now.swap(next);
      i += character.length;
      before = after;
    }
  }

 private:
  // One way through the program: where it is, and what the group took on it.
  struct Way {
    std::uint16_t at = 0;
    std::size_t start = 0, end = 0;
  };

  // A set of instructions to go on with, all of them behind the same kind of character.
  struct State {
    std::size_t at, count;  // in members_
    std::uint64_t hash;
    Side before;
  };
  // Steps are remembered for ASCII characters and the end of the text.
  static constexpr char32_t end_of_text = 0x110000;
  static constexpr std::size_t columns = 0x81, max_states = 256;
  static std::size_t column_of(char32_t code) { return code < 0x80 ? code : code == end_of_text ? 0x80 : columns; }
  enum : std::uint16_t { unknown, failed, matched, first_state };

  static DecodedCharacter character_at(std::string_view text, std::size_t i) {
    if (i >= text.size()) return {end_of_text, 0, true};
    const unsigned char byte = static_cast<unsigned char>(text[i]);
    return byte < 0x80 ? DecodedCharacter{byte, 1, true} : decode_utf8(text.substr(i));
  }

  static Instruction make(Op op, std::ptrdiff_t target) { return {op, 0, static_cast<std::int32_t>(target), 0}; }
  void append(const Vector<Instruction>& part) {
    for (const Instruction& instruction : part) code_.push_back(instruction);
  }

  std::size_t target_of(std::size_t at) const {
    return at + static_cast<std::size_t>(static_cast<std::ptrdiff_t>(code_[at].target));
  }

  bool takes(const Instruction& set, char32_t code) const {
    std::size_t low = static_cast<std::size_t>(set.target), high = low + set.count;
    while (low < high) {
      const std::size_t middle = (low + high) / 2;
      if (code > ranges_[middle].last) low = middle + 1;
      else if (code < ranges_[middle].first) high = middle;
      else return true;
    }
    return false;
  }

  Side side(char32_t code, bool is_end) const {
    if (!looks_around_) return Other;
    return is_end ? Edge : code == '\n' ? Newline : is_word_character(code) ? Word : Other;
  }

  void forget() const {
    states_.clear();
    members_.clear();
    members_.push_back(0);
    steps_.clear();
    add_state({0, 1, 0, looks_around_ ? Edge : Other});
  }

  void add_state(const State& state) const {
    states_.push_back(state);
    for (std::size_t i = 0; i < columns; ++i) steps_.push_back(unknown);
  }

  // What follows `state` when the next character is `code`: failed, matched or a state.
  std::size_t step(std::size_t state, char32_t code) const {
    const bool is_end = code == end_of_text;
    const Side after = side(code, is_end);
    const std::size_t place = states_[state].before * 4u + after;
    seen_.assign(code_.size(), '\0');
    open_.clear();
    for (std::size_t i = 0; i < states_[state].count; ++i) open_.push_back(members_[states_[state].at + i]);
    bool match = false;
    while (!open_.empty()) {
      const std::size_t at = open_.back();
      open_.pop_back();
      if (seen_[at] != '\0') continue;
      seen_[at] = '\1';
      const Instruction& instruction = code_[at];
      const Op op = instruction.op;
      const bool splits = op == Op::Split || op == Op::SplitAside;
      const bool goes_on = splits || op == Op::GroupStart || op == Op::GroupEnd ||
                           (op == Op::Assert && (instruction.places >> place & 1) != 0);
      if (goes_on) open_.push_back(static_cast<std::uint16_t>(at + 1));
      if (splits || op == Op::Jump) open_.push_back(static_cast<std::uint16_t>(target_of(at)));
      if (op == Op::Match) match = true;
    }
    std::size_t found = match ? matched : failed;
    if (!match && !is_end) found = follow(code, after, state);
    const std::size_t column = column_of(code);
    if (column < columns && state < states_.size()) {
      steps_[state * columns + column] = static_cast<std::uint16_t>(found);
    }
    return found;
  }

  // The state behind `code`, from the instructions in seen_. `state` becomes none when it had to be forgotten.
  std::size_t follow(char32_t code, Side after, std::size_t& state) const {
    const std::size_t at = members_.size();
    if (!whole_) members_.push_back(0);
    for (std::size_t i = 0; i < code_.size(); ++i) {
      if (seen_[i] != '\0' && code_[i].op == Op::Set && takes(code_[i], code)) {
        members_.push_back(static_cast<std::uint16_t>(i + 1));
      }
    }
    const std::size_t count = members_.size() - at;
    if (count == 0) return failed;
    const std::string_view bytes(reinterpret_cast<const char*>(&members_[at]), count * sizeof members_[0]);
    const State found = {at, count, Xxh64::hash(bytes), after};
    for (std::size_t i = 1; i < states_.size(); ++i) {
      const State& known = states_[i];
      const std::string_view same(reinterpret_cast<const char*>(&members_[known.at]), bytes.size());
      if (known.hash == found.hash && known.before == after && known.count == count && same == bytes) {
        members_.truncate(at);
        return i + first_state;
      }
    }
    if (states_.size() < max_states) {
      add_state(found);
      return states_.size() - 1 + first_state;
    }
    // What is forgotten leaves its place to this state.
    open_.swap(members_);
    forget();
    for (std::size_t i = 0; i < count; ++i) members_.push_back(open_[at + i]);
    add_state({1, count, found.hash, after});
    state = states_.size();  // its number is another's now
    return 1 + first_state;
  }

  Vector<Instruction> code_;
  CharacterRanges ranges_;
  bool looks_around_ = false;
  bool has_group_ = false;
  bool whole_ = false;

  // What was found out so far. The program has one thread.
  mutable Vector<State> states_;
  mutable Vector<std::uint16_t> members_;
  mutable Vector<std::uint16_t> steps_;
  mutable Vector<std::uint16_t> open_;
  mutable std::string seen_;
};

}  // namespace nextest
