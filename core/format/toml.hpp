// TOML 1.0.0: a strict reader into a small tree that knows where in the document everything stands.
#pragma once

#include "core/base/escape.hpp"
#include "core/base/hash.hpp"
#include "core/format/toml_lexer.hpp"
#include "core/format/toml_source.hpp"
#include "core/format/toml_value.hpp"

namespace nextest {

// How deep keys, arrays and inline tables may nest, all together: reading and destroying a tree recurse.
constexpr std::size_t toml_depth_limit = 100;

// TOML 1.1 lets an inline table span lines and end with a comma; nothing else of it is taken.
enum class TomlDialect : std::uint8_t { V1_0, V1_1_inline_tables };

// Recursive descent over the grammar of TOML 1.0.0. Used once, through parse_toml.
class TomlParser : private TomlLexer {
 public:
  TomlParser(const TomlSource& source, TomlDialect dialect) : TomlLexer(source), dialect_(dialect), slots_(64) {}

  Result<TomlValue> parse() {
    Result<TomlValue> root = TomlValue{};
    root.value().span = {0, position(text_.size())};
    if (!check_characters() || !parse_document(root.value())) return error();
    return root;
  }

 private:
  struct Key {
    std::string text;
    TomlSpan span;
  };
  using Path = Vector<Key>;

  // What wrote a member decides what may still be added to it (section "Table").
  enum class Origin : std::uint8_t { Value, SuperTable, Header, DottedKey, TableArray };

  // A table under construction. The number stands for it in slots_; vectors move their tables, numbers stay.
  struct Place {
    TomlValue* table;
    std::uint32_t number;
  };

  // A member of a table, found by the hash of its key: looking through the members would be quadratic.
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t owner = 0;   // the number of the table it is in
    std::uint32_t index = 0;   // among the members of that table
    std::uint32_t number = 0;  // its own, when it is a table; of an array of tables the last one's. 0: a free slot
    Origin origin = Origin::Value;
  };

  // --- the document ---

  bool parse_document(TomlValue& root) {
    if (starts_with(text_, TomlSource::byte_order_mark)) at_ = TomlSource::byte_order_mark.size();
    Place section = {&root, 1};
    std::size_t depth = 0;
    for (skip_blanks_and_lines(); at_ < text_.size(); skip_blanks_and_lines()) {
      const bool parsed = next_is("[") ? parse_header(root, section, depth) : parse_assignment(section, depth);
      if (!parsed) return false;
      skip_blanks();
      if (next_is("#") || next_is_line_end()) continue;
      return fail_here("expected the line to end here");
    }
    return true;
  }

  bool parse_header(TomlValue& root, Place& section, std::size_t& depth) {
    const std::size_t start = at_;
    const bool is_array = take("[[");
    if (!is_array) ++at_;
    Path path;
    skip_blanks();
    if (!parse_path(path, 0)) return false;
    const std::string_view bracket = is_array ? "]]" : "]";
    if (!take(bracket)) {
      return fail_here(is_array ? "expected ']]' after the name of an array of tables"
                                : "expected ']' after the name of a table");
    }
    header_ = since(start);
    depth = path.size();
    section = {&root, 1};
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      if (!enter(section, path[i], Origin::SuperTable)) return false;
    }
    return is_array ? add_to_array(section, path.back()) : define_table(section, path.back());
  }

  bool define_table(Place& place, Key& key) {
    bool is_new = false;
    Slot& slot = look_up(place, key, Origin::Header, is_new);
    TomlMember& member = place.table->members[slot.index];
    if (is_new) {
      member.value.span = header_;
    } else if (slot.origin == Origin::SuperTable) {
      slot.origin = Origin::Header;
      member.key_span = key.span;
      member.value.span = header_;
    } else {
      return fail_defined(slot, member, key.span, Origin::Header);
    }
    place = {&member.value, slot.number};
    return true;
  }

  bool add_to_array(Place& place, Key& key) {
    bool is_new = false;
    Slot& slot = look_up(place, key, Origin::TableArray, is_new);
    TomlMember& member = place.table->members[slot.index];
    if (is_new) {
      member.value.kind = TomlKind::Array;
      member.value.span = header_;
    } else if (slot.origin != Origin::TableArray) {
      return fail_defined(slot, member, key.span, Origin::TableArray);
    } else {
      slot.number = ++last_number_;
    }
    TomlValue& table = member.value.items.emplace_back();
    table.span = header_;
    place = {&table, slot.number};
    return true;
  }

  // key = value, in a section or in an inline table.
  bool parse_assignment(Place place, std::size_t depth) {
    Path path;
    if (!parse_path(path, depth)) return false;
    if (!take("=")) return fail_here("expected '=' after the key");
    skip_blanks();
    for (std::size_t i = 0; i + 1 < path.size(); ++i) {
      if (!enter(place, path[i], Origin::DottedKey)) return false;
    }
    bool is_new = false;
    const Slot& slot = look_up(place, path.back(), Origin::Value, is_new);
    TomlMember& member = place.table->members[slot.index];
    if (!is_new) return fail_defined(slot, member, path.back().span, Origin::Value);
    return parse_value(member.value, depth + path.size());
  }

  // --- tables ---

  // Goes into the table of that key, which is made when it is not there yet. A header passes through all that headers
  // and dotted keys made. A dotted key passes through what has no header of its own, and so defines it.
  bool enter(Place& place, Key& key, Origin origin) {
    bool is_new = false;
    Slot& slot = look_up(place, key, origin, is_new);
    TomlMember& member = place.table->members[slot.index];
    const bool is_dotted = origin == Origin::DottedKey;
    if (is_new) {
      member.value.span = is_dotted ? key.span : header_;
    } else if (is_dotted && slot.origin == Origin::SuperTable) {
      slot.origin = Origin::DottedKey;
    } else if (slot.origin == Origin::Value || (is_dotted && slot.origin != Origin::DottedKey)) {
      return fail_defined(slot, member, key.span, origin);
    }
    place = {slot.origin == Origin::TableArray ? &member.value.items.back() : &member.value, slot.number};
    return true;
  }

  // The member of that key; a new one is an empty table. The reference holds until the next call.
  Slot& look_up(const Place& place, Key& key, Origin origin, bool& is_new) {
    if (last_number_ >= slots_.size() / 2) grow();
    const std::uint64_t hash = Xxh64::hash(key.text, place.number);
    Vector<TomlMember>& members = place.table->members;
    std::size_t i = static_cast<std::size_t>(hash);
    for (;; ++i) {
      Slot& slot = slots_[i & (slots_.size() - 1)];
      is_new = slot.number == 0;
      if (is_new) {
        slot = {hash, place.number, static_cast<std::uint32_t>(members.size()), ++last_number_, origin};
        TomlMember& member = members.emplace_back();
        member.key = std::move(key.text);
        member.key_span = key.span;
        return slot;
      }
      if (slot.hash == hash && slot.owner == place.number && members[slot.index].key == key.text) return slot;
    }
  }

  void grow() {
    Vector<Slot> larger(slots_.size() * 2);
    for (const Slot& slot : slots_) {
      if (slot.number == 0) continue;
      std::size_t i = static_cast<std::size_t>(slot.hash);
      while (larger[i & (larger.size() - 1)].number != 0) ++i;
      larger[i & (larger.size() - 1)] = slot;
    }
    slots_.swap(larger);
  }

  bool fail_defined(const Slot& slot, const TomlMember& member, TomlSpan again, Origin by) {
    constexpr std::size_t longest = 60;
    std::string message = safe_name(member.key);
    if (message.size() > longest) message = "this key";
    else message = "the key '" + message + "'";
    append_format(message, " is already defined in line %u", source_.line_of(member.key_span.begin));
    const bool adds = by != Origin::Value;
    const char* hint = "";
    if (slot.origin == Origin::TableArray) {
      if (by == Origin::Header) hint = "another table of an array of tables has its name in [[ ]]";
    } else if (slot.origin != Origin::Value) {
      if (by == Origin::DottedKey) hint = "a table that has a header is added to below that header only";
    } else if (adds && member.value.kind == TomlKind::Table) {
      hint = "nothing can be added to an inline table after its '}'";
    } else if (adds && member.value.kind == TomlKind::Array) {
      hint = "nothing can be added to an array after its ']'";
    }
    return fail(again, message, hint);
  }

  // --- keys ---

  // Bare, quoted and dotted keys, with the blanks after them.
  bool parse_path(Path& path, std::size_t depth) {
    do {
      skip_blanks();
      const std::size_t start = at_;
      Key& key = path.emplace_back();
      if (next_is("\"\"\"") || next_is("'''")) return fail_here("a key cannot be a multi-line string");
      if (next_is("\"") || next_is("'")) {
        if (!parse_string(key.text)) return false;
      } else {
        take_all_of(key_characters);
        if (at_ == start) {
          return fail_here("expected a key", "a key of other characters than A-Z a-z 0-9 _ - stands in quotes");
        }
        key.text = text_.substr(start, at_ - start);
      }
      key.span = since(start);
      if (depth + path.size() > toml_depth_limit) return fail(key.span, too_deep);
      skip_blanks();
    } while (take("."));
    return true;
  }

  // --- values ---

  bool parse_value(TomlValue& value, std::size_t depth) {
    const std::size_t start = at_;
    bool parsed = false;
    if (next_is("[") || next_is("{")) {
      if (depth >= toml_depth_limit) return fail_here(too_deep);
      parsed = next_is("[") ? parse_array(value, depth + 1) : parse_inline_table({&value, ++last_number_}, depth + 1);
    } else if (next_is("\"") || next_is("'")) {
      value.kind = TomlKind::String;
      parsed = parse_string(value.text);
    } else {
      parsed = parse_word(value);
    }
    value.span = since(start);
    return parsed;
  }

  bool parse_array(TomlValue& array, std::size_t depth) {
    array.kind = TomlKind::Array;
    const TomlSpan opened = {position(at_), position(at_ + 1)};
    ++at_;
    for (;;) {
      skip_blanks_and_lines();
      if (take("]")) return true;
      if (at_ == text_.size()) return fail(opened, "an array must be closed with ']'");
      if (!parse_value(array.items.emplace_back(), depth)) return false;
      skip_blanks_and_lines();
      if (!take(",") && !next_is("]") && at_ < text_.size()) return fail_here("expected ',' or ']'");
    }
  }

  bool parse_inline_table(const Place& place, std::size_t depth) {
    const TomlSpan opened = {position(at_), position(at_ + 1)};
    ++at_;
    const bool may_span_lines = dialect_ != TomlDialect::V1_0;
    for (bool is_first = true;; is_first = false) {
      may_span_lines ? skip_blanks_and_lines() : skip_blanks();
      if ((is_first || may_span_lines) && take("}")) return true;
      if (next_is("}")) return fail_here("a comma cannot come before the '}' of an inline table");
      if (at_ == text_.size() || next_is_line_end()) break;
      if (!parse_assignment(place, depth)) return false;
      may_span_lines ? skip_blanks_and_lines() : skip_blanks();
      if (take("}")) return true;
      if (at_ == text_.size() || next_is_line_end()) break;
      if (!take(",")) return fail_here("expected ',' or '}'");
    }
    return fail(opened, may_span_lines ? "an inline table must be closed with '}'"
                                       : "an inline table must be closed with '}' before the line ends");
  }

  static constexpr const char* too_deep = "keys, arrays and tables nest more than 100 deep";

  TomlDialect dialect_;
  TomlSpan header_;                // of the section at hand
  Vector<Slot> slots_;             // a hash table with open addressing, never more than half full
  std::uint32_t last_number_ = 1;  // given to a table or a member; 1 is the root
};

// The root table. Errors read as TomlSource::error_at writes them. A document has less than 4 GiB.
inline Result<TomlValue> parse_toml(const TomlSource& source, TomlDialect dialect = TomlDialect::V1_1_inline_tables) {
  return TomlParser(source, dialect).parse();
}

}  // namespace nextest
