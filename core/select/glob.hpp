// Globs as upstream's glob library reads them: * ? [..] [!..] {a,b} and ** between slashes, against a whole text; a
// slash is a character like any other, and a backslash too (what is special is written as [*]).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.hpp"
#include "core/base/utf8.hpp"
#include "core/base/vector.hpp"
#include "core/select/automaton.hpp"
#include "core/select/character_class.hpp"

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
  static const char* compile(std::string_view text, Automaton& automaton) {
    return Compiler{text, automaton, 0, {}}.run();
  }

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

  struct Compiler {
    std::string_view text;
    Automaton& automaton;
    std::size_t at;
    Vector<Branches> open;  // the glob itself, and each { that waits for its }

    const char* run() {
      open.push_back({{0}, {}});
      char before = '\0';
      while (at < text.size()) {
        if (automaton.size() > Automaton::max_size) return "it is too large";
        const char c = text[at];
        if (c == '*') {
          star(before);
        } else if (c == '[') {
          if (const char* fault = set()) return fault;
        } else if (c == '{') {
          begin(Token::Any);
          open.push_back({{automaton.size()}, {}});
          ++at;
        } else if (c == '}') {
          if (open.size() == 1) return "a '}' without its '{'";
          automaton.end_alternatives(open.back().all);
          open.pop_back();
          ++at;
        } else if (c == ',' && open.size() > 1) {
          automaton.next_alternative(open.back().all);
          open.back().last = {};
          ++at;
        } else if (c == '?') {
          begin(Token::Any);
          any();
          ++at;
        } else {
          const DecodedCharacter character = decode_utf8(text.substr(at));
          begin(c == '/' ? Token::Slash : Token::Any);
          automaton.emit_character(character.code);
          at += character.length;
        }
        before = text[at - 1];
      }
      if (open.size() > 1) return "a '{' without its '}'";
      // "**" alone is everything, and not just what ends in a slash.
      const Token& last = open.back().last;
      if (last.kind == Token::Prefix && last.only) {
        automaton.truncate(0);
        anything();
      }
      automaton.finish(true);
      return nullptr;
    }

    void begin(Token::Kind kind) {
      Token& last = open.back().last;
      last = {kind, automaton.size(), last.kind == Token::None};
    }

    // Any character but a newline, as upstream.
    void any() {
      CharacterRanges set;
      set.push_back({'\n', '\n'});
      complement(set);
      automaton.emit_set(set);
    }
    void anything() {
      automaton.emit(Automaton::Op::Split, 3);
      any();
      automaton.emit(Automaton::Op::Jump, -2);
    }
    // Nothing, or anything that ends in a slash.
    void folders() {
      automaton.emit(Automaton::Op::Split, 5);
      anything();
      automaton.emit_character('/');
    }

    void star(char before) {
      const bool is_double = text.substr(at, 2) == "**";
      at += is_double ? 2 : 1;
      const char after = at < text.size() ? text[at] : '\0';
      Token& last = open.back().last;
      const bool ends = at == text.size() || (open.size() > 1 && (after == ',' || after == '}'));
      if (is_double && last.kind == Token::None && (at == text.size() || after == '/')) {
        begin(Token::Prefix);
        folders();
        if (after == '/') ++at;
      } else if (is_double && last.kind != Token::None && before == '/' && (ends || after == '/')) {
        if (after == '/') ++at;
        if (last.kind == Token::Prefix || last.kind == Token::Suffix) return;
        // It takes the slash before it with it.
        automaton.truncate(last.start);
        last.kind = ends ? Token::Suffix : Token::Middle;
        automaton.emit_character('/');
        if (ends) anything();
        else folders();
      } else {
        begin(Token::Any);
        anything();
      }
    }

    const char* set() {
      ++at;
      const bool negated = at < text.size() && (text[at] == '!' || text[at] == '^');
      if (negated) ++at;
      CharacterRanges ranges;
      bool in_range = false;
      for (bool first = true;; first = false) {
        if (at >= text.size()) return "a '[' without its ']'";
        const DecodedCharacter character = decode_utf8(text.substr(at));
        at += character.length;
        if (character.code == ']' && !first) break;
        if (in_range) {
          ranges.back().last = character.code;
          if (character.code < ranges.back().first) return "a range that ends before it begins";
          in_range = false;
        } else if (character.code == '-' && !first) {
          in_range = true;
        } else {
          ranges.push_back({character.code, character.code});
        }
      }
      if (in_range) ranges.push_back({'-', '-'});
      normalise(ranges);
      if (negated) complement(ranges);
      begin(Token::Any);
      automaton.emit_set(ranges);
      return nullptr;
    }
  };

  std::unique_ptr<Automaton> automaton_ = std::make_unique<Automaton>();
};

}  // namespace nextest
