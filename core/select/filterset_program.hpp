// What a filterset is made of: predicates, and how they are put together.
#pragma once

#include <memory>

#include "core/select/automaton.hpp"

namespace nextest {

// Where a filterset stands.
enum class FiltersetPlace : std::uint8_t { CommandLine, DefaultFilter, Config, ListWrapper };

enum class Predicate : std::uint8_t {
  All,
  None,
  Default,
  Test,
  Group,
  Package,
  Deps,
  Rdeps,
  BinaryId,
  Kind,
  Binary,
  Platform,
};

// How a predicate looks at a name: =exact, ~contains, /regex/ or #glob.
struct NameMatcher {
  enum Kind : std::uint8_t { Exact, Contains, Pattern } kind = Exact;
  std::string text;
  std::unique_ptr<Automaton> automaton;  // of a Pattern

  bool matches(std::string_view name) const {
    if (kind == Pattern) return automaton->matches(name);
    return kind == Exact ? name == text : contains(name, text);
  }
};

struct FiltersetLeaf {
  Predicate predicate = Predicate::All;
  bool is_host = false;  // platform(host)
  // The argument in the text.
  std::uint32_t at = 0;
  std::uint32_t size = 0;
  NameMatcher matcher;
};

// Operands first: "a and not b" is a b not and.
struct FiltersetNode {
  enum Kind : std::uint8_t { Leaf, Not, And, Minus, Or } kind;
  std::uint32_t leaf = 0;
};

struct PredicateDefinition {
  std::string_view name;
  Predicate predicate;
  char matcher;  // the default one; '\0': no argument
};
inline constexpr PredicateDefinition predicates[] = {
    {"all", Predicate::All, '\0'},  {"none", Predicate::None, '\0'},    {"default", Predicate::Default, '\0'},
    {"test", Predicate::Test, '~'}, {"group", Predicate::Group, '#'},   {"package", Predicate::Package, '#'},
    {"deps", Predicate::Deps, '#'}, {"rdeps", Predicate::Rdeps, '#'},   {"binary_id", Predicate::BinaryId, '#'},
    {"kind", Predicate::Kind, '='}, {"binary", Predicate::Binary, '#'}, {"platform", Predicate::Platform, '='},
};

inline const PredicateDefinition* predicate_named(std::string_view name) {
  for (const PredicateDefinition& row : predicates) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

// nullptr, or why the predicate can't stand there.
inline const char* banned_at(FiltersetPlace place, Predicate predicate) {
  if (place == FiltersetPlace::CommandLine) return nullptr;
  const bool is_group = predicate == Predicate::Group;
  if (place == FiltersetPlace::ListWrapper) {
    const bool needs_names = is_group || predicate == Predicate::Test || predicate == Predicate::Default;
    return needs_names ? "not for a list wrapper: it is chosen before there is a list of tests" : nullptr;
  }
  if (is_group) return "only on the command line: configuration decides which tests are in a group";
  const bool is_circular = predicate == Predicate::Default && place == FiltersetPlace::DefaultFilter;
  return is_circular ? "not in default-filter: it would stand for itself" : nullptr;
}

}  // namespace nextest
