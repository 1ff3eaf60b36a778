// Globs as upstream's glob library reads them: * ? [..] [!..] {a,b} and ** between slashes, against a whole text; a
// slash is a character like any other, and a backslash too (what is special is written as [*]).
#pragma once

#include <memory>

#include "core/select/automaton.hpp"
#include "core/select/character_class.hpp"
#include "core/select/pattern_text.hpp"

namespace nextest {

class Glob {
 public:
  static Result<Glob> parse(std::string_view text) {
    Glob glob;
    if (const char* fault = compile(text, *glob.automaton_)) {
      Error error;
      error.message.append("not a glob: '").append(text).append("' (").append(fault).append(")");
      return error;
    }
    return glob;
  }
  bool matches(std::string_view text) const { return automaton_->matches(text); }

  // nullptr, or what is wrong.
  static const char* compile(std::string_view text, Automaton& automaton) { return Compiler(text, automaton).run(); }

 private:
  // What has been read last in a branch: "**" looks back at it.
  struct Token {
    enum Kind : unsigned char { None, Slash, Prefix, Suffix, Middle, Any } kind = None;
    std::size_t start = 0;
    bool only = false;  // the first of its branch
  };
  struct Branches {
    Automaton::Alternatives all;
    Token last;
  };

  class Compiler : TextCursor {
   public:
    Compiler(std::string_view text, Automaton& automaton) : TextCursor(text), automaton_(automaton) {}

    const char* run() {
      open_.push_back({{0}, {}});
      char before = '\0';
      while (!done()) {
        if (automaton_.size() > Automaton::max_size) return "it is too large";
        if (next_is('*')) {
          star(before);
        } else if (take("[")) {
          if (const char* fault = set()) return fault;
        } else if (take("{")) {
          begin(Token::Any);
          open_.push_back({{automaton_.size()}, {}});
        } else if (take("}")) {
          if (open_.size() == 1) return "a '}' without its '{'";
          automaton_.end_alternatives(open_.back().all);
          open_.pop_back();
        } else if (open_.size() > 1 && take(",")) {
          automaton_.next_alternative(open_.back().all);
          open_.back().last = {};
        } else if (take("?")) {
          begin(Token::Any);
          any();
        } else {
          begin(next_is('/') ? Token::Slash : Token::Any);
          automaton_.emit_character(take_character());
        }
        before = text_[at_ - 1];
      }
      if (open_.size() > 1) return "a '{' without its '}'";
      // "**" alone is everything, and not just what ends in a slash.
      const Token& last = open_.back().last;
      if (last.kind == Token::Prefix && last.only) {
        automaton_.truncate(0);
        anything();
      }
      automaton_.finish(true);
      return nullptr;
    }

   private:
    void begin(Token::Kind kind) {
      Token& last = open_.back().last;
      last = {kind, automaton_.size(), last.kind == Token::None};
    }

    // Any character but a newline, as upstream.
    void any() {
      CharacterRanges set;
      set.push_back({'\n', '\n'});
      complement(set);
      automaton_.emit_set(set);
    }
    void anything() {
      automaton_.emit(Automaton::Op::Split, 3);
      any();
      automaton_.emit(Automaton::Op::Jump, -2);
    }
    // Nothing, or anything that ends in a slash.
    void folders() {
      automaton_.emit(Automaton::Op::Split, 5);
      anything();
      automaton_.emit_character('/');
    }

    void star(char before) {
      const bool is_double = take("**");
      if (!is_double) take("*");
      Token& last = open_.back().last;
      const bool is_end = done(), is_slash = next_is('/');
      const bool ends = is_end || (open_.size() > 1 && (next_is(',') || next_is('}')));
      if (is_double && last.kind == Token::None && (is_end || is_slash)) {
        begin(Token::Prefix);
        folders();
        take("/");
      } else if (is_double && last.kind != Token::None && before == '/' && (ends || is_slash)) {
        take("/");
        if (last.kind == Token::Prefix || last.kind == Token::Suffix) return;
        // It takes the slash before it with it.
        automaton_.truncate(last.start);
        last.kind = ends ? Token::Suffix : Token::Middle;
        automaton_.emit_character('/');
        if (ends) anything();
        else folders();
      } else {
        begin(Token::Any);
        anything();
      }
    }

    // Behind its '['.
    const char* set() {
      const bool negated = take("!") || take("^");
      CharacterRanges ranges;
      bool in_range = false;
      for (bool first = true;; first = false) {
        if (done()) return "a '[' without its ']'";
        const char32_t code = take_character();
        if (code == ']' && !first) break;
        if (in_range) {
          ranges.back().last = code;
          if (code < ranges.back().first) return "a range that ends before it begins";
          in_range = false;
        } else if (code == '-' && !first) {
          in_range = true;
        } else {
          ranges.push_back({code, code});
        }
      }
      if (in_range) ranges.push_back({'-', '-'});
      normalise(ranges);
      if (negated) complement(ranges);
      begin(Token::Any);
      automaton_.emit_set(ranges);
      return nullptr;
    }

    Automaton& automaton_;
    Vector<Branches> open_;  // the glob itself, and each { that waits for its }
  };

  std::unique_ptr<Automaton> automaton_ = std::make_unique<Automaton>();
};

}  // namespace nextest
