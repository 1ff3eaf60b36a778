// From the text of a filterset to a flat program. The grammar is upstream's (nextest-filtering/reference.md). A fault
// does not end the parsing: where it is clear where the next part begins, that is looked at as well.
#pragma once

#include <memory>

#include "core/base/utf8.hpp"
#include "core/select/filterset_faults.hpp"
#include "core/select/filterset_program.hpp"
#include "core/select/glob.hpp"
#include "core/select/pattern_text.hpp"
#include "core/select/regex.hpp"

namespace nextest {

class FiltersetParser : private TextCursor {
 public:
  FiltersetParser(std::string_view text, FiltersetPlace place, Vector<FiltersetLeaf>& leaves,
                  Vector<FiltersetNode>& nodes, FiltersetFaults& faults)
      : TextCursor(text), place_(place), leaves_(leaves), nodes_(nodes), faults_(faults) {}

  // An operand, then operators with an operand each; what waits for its second operand is in pending_, so that neither
  // depth nor length costs stack.
  void run() {
    do {
      if (!operand()) return;
      close_groups();
    } while (next_operator());
    if (groups_ > 0) faults_.add(at_, 0, "missing `)`");
    reduce(0);
  }

 private:
  // Of what waits, by how tightly it binds.
  enum Pending : std::uint8_t { Group, Or, And, Minus, Not };
  static constexpr std::size_t max_depth = 1000;

  void wait(Pending kind) { pending_ += static_cast<char>(kind); }
  static bool is_word(char c) {
    return is_letter(c) || is_digit(c) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  }
  std::string_view word() const {
    std::size_t end = at_;
    while (end < text_.size() && is_word(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }
  // Tabs are no blanks, upstream too.
  void skip_blanks() {
    while (take(" ") || take("\n") || take("\r\n")) {
    }
  }

  // --- operators ---

  // An operator where one can be, or what is taken for one where it is misspelled. `found` is its text.
  bool take_operator(Pending& kind, std::string_view& found) {
    static constexpr struct {
      std::string_view text;
      Pending kind;
      std::string_view instead;
    } operators[] = {
        {"and", And, {}}, {"or", Or, {}}, {"AND", And, "and"}, {"OR", Or, "or"}, {"&&", And, "&"},
        {"||", Or, "|"},  {"&", And, {}}, {"|", Or, {}},       {"+", Or, {}},    {"-", Minus, {}},
    };
    const std::string_view here = is_word(text_[at_]) ? word() : text_.substr(at_, 2);
    for (const auto& row : operators) {
      if (is_word(row.text[0]) ? here != row.text : !starts_with(here, row.text)) continue;
      kind = row.kind;
      found = row.text;
      if (expects_operator_ && !row.instead.empty()) {
        faults_.add(at_, found.size(), kind == And ? "expected `&` or `and`" : "expected `|`, `+` or `or`",
                    row.instead);
      }
      at_ += found.size();
      return true;
    }
    return false;
  }

  bool next_operator() {
    skip_blanks();
    while (!done()) {
      Pending kind;
      std::string_view found;
      expects_operator_ = true;
      if (take_operator(kind, found)) {
        reduce(kind);
        wait(kind);
        return true;
      }
      if (predicate_named(word()) != nullptr) {
        faults_.add(at_, word().size(), "expected an operator before this");
        wait(Or);
        return true;
      }
      const std::size_t end = groups_ > 0 ? text_.find(')', at_) : std::string_view::npos;
      const std::size_t size = (end == std::string_view::npos ? text_.size() : end) - at_;
      faults_.add(at_, size, groups_ > 0 ? "expected an operator or `)`" : "expected an operator or the end");
      at_ += size;
      close_groups();
    }
    return false;
  }

  void close_groups() {
    for (skip_blanks(); groups_ > 0 && take(")"); skip_blanks()) {
      reduce(0);
      pending_.pop_back();
      --groups_;
      --depth_;
      reduce(Not);
    }
  }

  // What binds at least as tightly as `kind` has its operands now. 0: up to the group or the start.
  void reduce(unsigned kind) {
    unsigned least = kind;
    if (kind == 0) least = Or;
    else if (kind == Minus) least = And;
    static constexpr FiltersetNode::Kind kinds[] = {FiltersetNode::Leaf, FiltersetNode::Or, FiltersetNode::And,
                                                    FiltersetNode::Minus, FiltersetNode::Not};
    while (!pending_.empty() && pending_.back() != Group && static_cast<unsigned char>(pending_.back()) >= least) {
      if (pending_.back() == Not) --depth_;
      nodes_.push_back({kinds[static_cast<unsigned char>(pending_.back())], 0});
      pending_.pop_back();
    }
  }

  // --- operands ---

  // False: it is too deep to go on.
  bool operand() {
    for (;;) {
      skip_blanks();
      const std::size_t from = at_;
      if (done() || next_is(')')) {
        faults_.add(at_, 0, "missing expression");
        return true;
      }
      const std::string_view name = word();
      if (take("(")) {
        wait(Group);
        ++groups_;
      } else if (name == "not" || name == "NOT" || next_is('!')) {
        at_ += name.empty() ? 1 : name.size();
        if (name == "NOT") faults_.add(from, 3, "there is no such operator", "not");
        wait(Not);
      } else {
        Pending kind;
        std::string_view found;
        expects_operator_ = false;
        if (take_operator(kind, found)) {
          faults_.add(from, found.size(), "missing expression before this operator");
          continue;
        }
        if (!name.empty()) {
          at_ += name.size();
          predicate(name, from);
          reduce(Not);
          return true;
        }
        // Up to where something may begin again.
        while (!done() && !is_word(text_[at_]) &&
               std::string_view(" \n()").find(text_[at_]) == std::string_view::npos) {
          ++at_;
        }
        faults_.add(from, at_ - from, "expected an expression");
        if (next_is('(') || (!done() && is_word(text_[at_]))) continue;
        return true;
      }
      if (++depth_ > max_depth) {
        faults_.add(from, at_ - from, "more than 1000 levels");
        return false;
      }
    }
  }

  // Behind its name.
  void predicate(std::string_view name, std::size_t from) {
    const PredicateDefinition* known = predicate_named(name);
    const bool is_known = known != nullptr;
    const PredicateDefinition definition = is_known ? *known : PredicateDefinition{name, Predicate::All, '~'};
    if (!is_known) {
      std::string lower(name);
      for (char& c : lower) c = ascii_lower(c);
      Vector<std::string_view> names;
      for (const PredicateDefinition& row : predicates) names.push_back(row.name);
      faults_.add(from, name.size(), "there is no such predicate", nearest(lower, names));
    } else if (const char* why = banned_at(place_, definition.predicate)) {
      faults_.add(from, name.size(), why);
    }
    leaves_.emplace_back();
    leaves_.back().predicate = definition.predicate;
    nodes_.push_back({FiltersetNode::Leaf, static_cast<std::uint32_t>(leaves_.size() - 1)});
    const std::size_t behind_name = at_;
    skip_blanks();
    if (!take("(")) {
      at_ = behind_name;
      if (!is_known) return;
      const bool is_closed = take(")");
      faults_.add(behind_name, 0, is_closed ? "missing `(`" : "missing `(` and `)`");
      return;
    }
    const std::size_t behind_open = at_;
    skip_blanks();
    if (!is_known && take(")")) return;
    if (definition.matcher == '\0') no_argument(behind_open);
    else argument(definition.matcher, leaves_.back());
    skip_blanks();
    if (next_is(',')) {
      faults_.add(at_, 1, "there is one argument at most");
      skip_to_close();
    }
    if (!take(")")) faults_.add(at_, 0, "missing `)`");
  }

  void skip_to_close() {
    const std::size_t close = text_.find(')', at_);
    at_ = close == std::string_view::npos ? text_.size() : close;
  }

  void no_argument(std::size_t from) {
    at_ = from;
    skip_to_close();
    const std::string_view found = trim(text_.substr(from, at_ - from));
    if (found.empty()) return;
    faults_.add(static_cast<std::size_t>(found.data() - text_.data()), found.size(), "this predicate has no argument");
  }

  void argument(char matcher, FiltersetLeaf& leaf) {
    const std::size_t whole = at_;
    const bool is_platform = leaf.predicate == Predicate::Platform;
    const bool is_explicit =
        !is_platform && !done() && std::string_view("=~/#").find(text_[at_]) != std::string_view::npos;
    if (is_explicit) matcher = text_[at_++];
    if (matcher != '/') skip_blanks();
    const std::size_t from = at_;
    if (matcher == '/') {
      regex(leaf.matcher);
    } else if (string(leaf.matcher.text)) {
      const std::string& text = leaf.matcher.text;
      const std::size_t size = at_ - from;
      if (text.empty()) {
        faults_.add(from, 0, "missing name");
      } else if (is_platform) {
        leaf.is_host = text == "host";
        if (!leaf.is_host && text != "target") {
          faults_.add(from, size, "expected `host` or `target`", nearest(text, {"host", "target"}));
        }
      } else if (matcher == '#') {
        if (const char* fault = Glob::compile(text, pattern(leaf.matcher))) {
          faults_.add(from, size, fault);
        }
      } else if (matcher == '~') {
        leaf.matcher.kind = NameMatcher::Contains;
      }
    }
    leaf.at = static_cast<std::uint32_t>(whole);
    leaf.size = static_cast<std::uint32_t>(at_ - whole);
  }

  // Up to the next ',' or ')', without the blanks before that (\u{20} is none). False when an escape is wrong.
  bool string(std::string& out) {
    bool valid = true;
    std::size_t kept = 0;  // of `out`; what is behind it may be blanks only
    std::size_t end = at_;
    while (!done() && !next_is(',') && !next_is(')')) {
      const char c = text_[at_];
      if (c == '\\') {
        if (!escape(out)) valid = false;
      } else {
        out += c;
        ++at_;
      }
      if (c == ' ' || c == '\n' || (c == '\r' && next_is('\n'))) continue;
      kept = out.size();
      end = at_;
    }
    out.resize(kept);
    at_ = end;
    return valid;
  }

  bool escape(std::string& out) {
    const std::size_t from = at_++;
    if (take("u{")) {
      char32_t code = 0;
      std::size_t digits = 0;
      for (; !done() && digits < 7; ++digits, ++at_) {
        const unsigned digit = hex_digit(text_[at_]);
        if (digit > 15) break;
        code = code << 4 | digit;
      }
      if (digits > 0 && digits < 7 && is_scalar_value(code) && take("}")) {
        append_utf8(out, code);
        return true;
      }
    } else if (!done()) {
      constexpr std::string_view letters = "nrtbf\\/),", meanings = "\n\r\t\b\f\\/),";
      const std::size_t i = letters.find(text_[at_]);
      if (i != std::string_view::npos) {
        out += meanings[i];
        ++at_;
        return true;
      }
      take_character();
    }
    faults_.add(from, at_ - from, "there is no such escape");
    return false;
  }

  static Automaton& pattern(NameMatcher& matcher) {
    matcher.kind = NameMatcher::Pattern;
    matcher.automaton = std::make_unique<Automaton>();
    return *matcher.automaton;
  }

  // Behind its first slash. "\/" is a slash, every other escape is the regex's own.
  void regex(NameMatcher& matcher) {
    const std::size_t from = at_;
    for (; !done() && !next_is('/'); ++at_) {
      if (starts_with(text_.substr(at_), "\\/")) ++at_;
      matcher.text += text_[at_];
    }
    if (!take("/")) {
      at_ = from;
      skip_to_close();
      faults_.add(at_, 0, "missing `/`");
      return;
    }
    PatternFault fault;
    if (Regex::compile(matcher.text, pattern(matcher), fault)) return;
    // Where that is in the text: each "\/" before it is one character longer there.
    std::size_t places[] = {fault.at, fault.at + fault.size};
    for (std::size_t& place : places) {
      std::size_t in_text = from;
      for (std::size_t i = 0; i < place; ++i) in_text += starts_with(text_.substr(in_text), "\\/") ? 2 : 1;
      place = in_text;
    }
    faults_.add(places[0], places[1] - places[0], fault.what);
  }

  FiltersetPlace place_;
  Vector<FiltersetLeaf>& leaves_;
  Vector<FiltersetNode>& nodes_;
  FiltersetFaults& faults_;
  std::string pending_;     // Pending, a byte each
  std::size_t groups_ = 0;  // of pending_
  std::size_t depth_ = 0;   // groups and nots of pending_
  bool expects_operator_ = false;
};

}  // namespace nextest
