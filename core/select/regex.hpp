// Regular expressions as upstream's regex library reads them. What is left out is an error that says so, never another
// answer: \p{..}, classes in classes, (?x), (?u), and (?i) beyond ASCII.
#pragma once

#include "core/select/automaton.hpp"
#include "core/select/character_class.hpp"
#include "core/select/pattern_text.hpp"

namespace nextest {

class Regex : private PatternText {
 public:
  // Whether the automaton keeps what the first group took.
  enum class Group : std::uint8_t { Dropped, Kept };

  // False: `fault` is why not.
  static bool compile(std::string_view text, Automaton& automaton, PatternFault& fault, Group group = Group::Dropped) {
    Regex regex(text, automaton, fault);
    regex.keeps_group_ = group == Group::Kept;
    if (!regex.alternatives(0)) return false;
    if (!regex.done()) return regex.fail(regex.at_, 1, "there is no '(' for it");
    automaton.finish(false);
    return true;
  }

 private:
  Regex(std::string_view text, Automaton& automaton, PatternFault& fault)
      : PatternText(text, fault), automaton_(automaton) {}

  struct Flags {
    bool ignore_case = false;  // i
    bool multi_line = false;   // m
    bool dot_all = false;      // s
    bool lazy = false;         // U: repetitions are, and with a '?' they are not
  };

  // What an escape stands for.
  struct Escaped {
    enum Kind : std::uint8_t { Character, Class, Place } kind = Character;
    char32_t code = 0;
    std::uint16_t places = 0;
  };

  static constexpr const char* too_large = "the regex is too large";

  // --- the structure ---

  // Up to the end or a ')'.
  bool alternatives(unsigned depth) {
    const Flags outside = flags_;
    Automaton::Alternatives all = {automaton_.size()};
    for (;;) {
      if (automaton_.size() > Automaton::max_size) return fail(0, text_.size(), too_large);
      if (done() || next_is(')')) break;
      const std::size_t from = at_;
      const std::size_t start = automaton_.size();
      if (take("|")) {
        automaton_.next_alternative(all);
        continue;
      }
      bool is_item = true;
      const char c = text_[at_];
      if (c == '*' || c == '+' || c == '?' || c == '{') return fail(from, 1, "there is nothing to repeat");
      if (take("(")) {
        if (!group(depth, from, is_item)) return false;
      } else if (c == '[') {
        if (!bracket()) return false;
      } else if (!single()) {
        return false;
      }
      while (is_item && !done()) {
        bool repeated = false;
        if (!repetition(start, repeated)) return false;
        if (!repeated) break;
      }
    }
    automaton_.end_alternatives(all);
    flags_ = outside;
    return true;
  }

  // Behind its '('. Setting flags for what follows is no item: nothing to repeat.
  bool group(unsigned depth, std::size_t from, bool& is_item) {
    if (depth >= 250) return fail(from, 1, "more than 250 groups in each other");
    if (take("?=") || take("?!") || take("?<=") || take("?<!")) return fail(from, "look-around is not supported");
    const Flags outside = flags_;
    bool captures = true;
    if (take("?P<") || take("?<")) {
      const std::size_t name = at_;
      while (!done() && text_[at_] != '>') ++at_;
      if (done()) return fail(from, "the group's name does not end");
      if (at_ == name) return fail(from, "the group's name is empty");
      for (std::size_t i = name; i < at_; ++i) {
        const char c = text_[i];
        const bool anywhere = is_letter(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
        const bool later = is_digit(c) || c == '.' || c == '[' || c == ']';
        if (!anywhere && (i == name || !later)) return fail(i, 1, "not a character for a group's name");
      }
      ++at_;
    } else if (take("?")) {
      if (!flags(from, is_item)) return false;
      if (!is_item) return true;
      captures = false;
    }
    const bool is_kept = captures && keeps_group_ && !automaton_.has_group();
    if (is_kept) automaton_.begin_group();
    if (!alternatives(depth + 1)) return false;
    if (is_kept) automaton_.end_group();
    flags_ = outside;
    return take(")") || fail(from, 1, "this group is not closed");
  }

  // Behind "(?": flags up to ')' or ':'.
  bool flags(std::size_t from, bool& is_item) {
    bool value = true;
    bool dangling = false;
    std::string_view seen = text_.substr(at_, 0);
    for (;; ++at_) {
      if (done()) return fail(from, "the flags do not end");
      const char c = text_[at_];
      if (c == ')' || c == ':') {
        if (dangling) return fail(at_ - 1, 1, "no flag follows");
        if (c == ')' && seen.empty()) return fail(from, 2, "there is nothing to repeat");
        is_item = c == ':';
        ++at_;
        return true;
      }
      if (contains(seen, text_.substr(at_, 1))) {
        return fail(at_, 1, c == '-' ? "a second '-'" : "the flag is there twice");
      }
      dangling = c == '-';
      if (c == '-') value = false;
      else if (c == 'i') flags_.ignore_case = value;
      else if (c == 'm') flags_.multi_line = value;
      else if (c == 's') flags_.dot_all = value;
      else if (c == 'U') flags_.lazy = value;
      else
        return fail(at_, 1, c == 'x' || c == 'u' || c == 'R' ? "this flag is not supported" : "there is no such flag");
      seen = std::string_view(seen.data(), seen.size() + 1);
    }
  }

  // An operator behind the code from `start` on.
  bool repetition(std::size_t start, bool& repeated) {
    const std::size_t from = at_;
    std::uint64_t least = 0, most = 1;
    bool endless = true;
    if (take("?")) {
      endless = false;
    } else if (take("+")) {
      least = 1;
    } else if (take("{")) {
      if (!count(from, least)) return false;
      most = least;
      endless = take(",");
      if (endless && !next_is('}')) {
        endless = false;
        if (!count(from, most)) return false;
      }
      if (!take("}")) return fail(from, "this repetition is not closed");
      if (!endless && most < least) return fail(from, "the first count is above the second");
    } else if (!take("*")) {
      return true;
    }
    const bool lazy = take("?") != flags_.lazy;
    repeated = true;
    return automaton_.repeat(start, least, most, endless, lazy) || fail(from, too_large);
  }

  bool count(std::size_t from, std::uint64_t& number) {
    const auto is_blank = [](char c) { return c == ' '; };
    take_while(is_blank);
    const std::string_view digits = take_while(is_digit);
    take_while(is_blank);
    if (done()) return fail(from, "this repetition is not closed");
    if (digits.empty()) return fail(from, "a count is missing");
    return parse_number(digits, number, UINT32_MAX) || fail(from, too_large);
  }

  // --- one character ---

  bool single() {
    const std::size_t from = at_;
    if (next_is('\\')) {
      Escaped escaped;
      if (!escape(escaped)) return false;
      if (escaped.kind == Escaped::Place) {
        automaton_.emit_assert(escaped.places);
        return true;
      }
      CharacterRanges set;
      if (!add(escaped, from, set)) return false;
      automaton_.emit_set(set);
      return true;
    }
    if (take("^")) {
      automaton_.emit_assert(flags_.multi_line ? Automaton::at_line_start : Automaton::at_start);
    } else if (take("$")) {
      automaton_.emit_assert(flags_.multi_line ? Automaton::at_line_end : Automaton::at_end);
    } else {
      CharacterRanges set;
      if (take(".")) {
        if (!flags_.dot_all) set.push_back({'\n', '\n'});
        complement(set);
      } else {
        const char32_t code = take_character();
        if (!add_range(code, code, from, set)) return false;
      }
      automaton_.emit_set(set);
    }
    return true;
  }

  // Both cases where case is ignored; the set stays normalised if one range is all there is in it.
  bool add_range(char32_t first, char32_t last, std::size_t from, CharacterRanges& set) {
    set.push_back({first, last});
    if (!flags_.ignore_case) return true;
    if (last >= 0x80) return fail(from, "only ASCII characters are supported where (?i) ignores case");
    for (char32_t code = first; code <= last; ++code) {
      const char32_t lower = code | 0x20;
      if (code < 'A' || lower < 'a' || lower > 'z') continue;
      set.push_back({code ^ 0x20, code ^ 0x20});
      if (lower == 'k') set.push_back({0x212A, 0x212A});  // Unicode folds the Kelvin sign and the long s to these
      if (lower == 's') set.push_back({0x017F, 0x017F});
    }
    normalise(set);
    return true;
  }

  bool add(const Escaped& escaped, std::size_t from, CharacterRanges& set) {
    if (escaped.kind == Escaped::Character) return add_range(escaped.code, escaped.code, from, set);
    append_class(set, static_cast<char>(escaped.code));
    return true;
  }

  bool escape(Escaped& escaped) {
    const std::size_t from = at_;
    ++at_;
    if (done()) return fail(from, "the escape is cut off");
    const char32_t code = take_character();
    escaped.code = code;
    const char c = code < 0x80 ? static_cast<char>(code) : '\0';
    static constexpr struct {
      char letter, code;
    } controls[] = {{'a', '\a'}, {'f', '\f'}, {'t', '\t'}, {'n', '\n'}, {'r', '\r'}, {'v', '\v'}};
    for (const auto& control : controls) {
      if (control.letter != c) continue;
      escaped.code = static_cast<char32_t>(control.code);
      return true;
    }
    static constexpr struct {
      std::string_view text;
      std::uint16_t places;
    } places[] = {
        {"b{start}", Automaton::at_word_start},
        {"b{end}", Automaton::at_word_end},
        {"b{start-half}", Automaton::after_no_word},
        {"b{end-half}", Automaton::before_no_word},
        {"b", Automaton::at_word_edge},
        {"B", Automaton::inside_or_outside},
        {"<", Automaton::at_word_start},
        {">", Automaton::at_word_end},
        {"A", Automaton::at_start},
        {"z", Automaton::at_end},
    };
    at_ = from + 1;
    for (const auto& place : places) {
      if (!take(place.text)) continue;
      escaped.kind = Escaped::Place;
      escaped.places = place.places;
      return true;
    }
    take_character();
    const char lower = ascii_lower(c);
    if (c == 'x' || lower == 'u') return hexadecimal(from, c == 'x' ? 2 : c == 'u' ? 4 : 8, escaped.code);
    if (lower == 'd' || lower == 's' || lower == 'w') {
      escaped.kind = Escaped::Class;
      return true;
    }
    if (lower == 'p') return fail(from, "Unicode classes are not supported");
    if (is_digit(c)) return fail(from, "back-references are not supported");
    if (code >= 0x80 || is_letter(c)) return fail(from, "there is no such escape");
    return true;
  }

  // \x7F \u007F \U0000007F, or as many digits as wanted in braces.
  bool hexadecimal(std::size_t from, std::size_t digits, char32_t& code) {
    const bool braces = take("{");
    std::size_t count = 0;
    code = 0;
    for (; braces ? !next_is('}') : count < digits; ++count, ++at_) {
      if (done()) return fail(from, "the escape is cut off");
      const unsigned digit = hex_digit(text_[at_]);
      if (digit > 15) return fail(at_, 1, "not a hexadecimal digit");
      if (code <= 0x10FFFF) code = code << 4 | digit;
    }
    if (braces) ++at_;
    if (count == 0) return fail(from, "the digits are missing");
    return is_scalar_value(code) || fail(from, "there is no such character");
  }

  // --- [...] ---

  bool bracket() {
    const std::size_t from = at_++;
    const bool negated = take("^");
    CharacterRanges set;
    // Dashes that come first are no ranges; a ']' that comes first ends nothing.
    if (take("]")) set.push_back({']', ']'});
    else if (next_is('-')) set.push_back({'-', '-'});
    if (text_[at_ - 1] != ']') {
      while (take("-")) {
      }
    }
    while (!next_is(']')) {
      if (done()) return fail(from, 1, "this class is not closed");
      const std::size_t item = at_;
      bool is_named = false;
      if (!named_class(set, is_named)) return false;
      if (is_named) continue;
      if (next_is('[')) return fail(item, 1, "classes in classes are not supported");
      if (take("&&") || take("--") || take("~~")) return fail(item, "set operations in classes are not supported");
      Escaped begin, end;
      if (!literal(begin)) return false;
      const std::string_view rest = text_.substr(at_);
      if (rest.empty()) return fail(from, 1, "this class is not closed");
      if (rest[0] != '-' || starts_with(rest, "-]") || starts_with(rest, "--")) {
        if (!add(begin, item, set)) return false;
        continue;
      }
      ++at_;
      if (done()) return fail(from, 1, "this class is not closed");
      if (!literal(end)) return false;
      if (begin.kind == Escaped::Class || end.kind == Escaped::Class) {
        return fail(item, "a class can't be the end of a range");
      }
      if (end.code < begin.code) return fail(item, "the range ends before it begins");
      if (!add_range(begin.code, end.code, item, set)) return false;
    }
    ++at_;
    normalise(set);
    if (negated) complement(set);
    automaton_.emit_set(set);
    return true;
  }

  bool literal(Escaped& escaped) {
    const std::size_t from = at_;
    if (next_is('\\')) {
      if (!escape(escaped)) return false;
      if (escaped.kind != Escaped::Place) return true;
      return fail(from, "this escape means nothing in a class");
    }
    escaped.code = take_character();
    return true;
  }

  // [:alpha:] and its like, [:^alpha:]: of ASCII only, upstream too.
  bool named_class(CharacterRanges& set, bool& is_named) {
    const std::size_t from = at_;
    if (!take("[:")) return true;
    const bool negated = take("^");
    for (const NamedClass& row : named_classes) {
      if (!take(row.name)) continue;
      if (!take(":]")) break;
      CharacterRanges ranges;
      const char* pair = row.pairs;
      do {
        if (!add_range(static_cast<char32_t>(pair[0]), static_cast<char32_t>(pair[1]), from, ranges)) return false;
        pair += 2;
      } while (*pair != '\0');
      normalise(ranges);
      if (negated) complement(ranges);
      append(set, ranges);
      is_named = true;
      return true;
    }
    at_ = from;
    return true;
  }

  Automaton& automaton_;
  Flags flags_;
  bool keeps_group_ = false;
};

}  // namespace nextest
