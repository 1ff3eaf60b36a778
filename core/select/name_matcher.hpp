// How a filterset looks at a name: =exact, ~contains, /regex/ or #glob.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/text.hpp"
#include "core/select/automaton.hpp"

namespace nextest {

struct NameMatcher {
  enum Kind : std::uint8_t { Exact, Contains, Pattern } kind = Exact;
  std::string text;
  std::unique_ptr<Automaton> automaton;  // of a Pattern

  bool matches(std::string_view name) const {
    if (kind == Pattern) return automaton->matches(name);
    return kind == Exact ? name == text : contains(name, text);
  }
};

}  // namespace nextest
