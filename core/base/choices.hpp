// The words that a value may be: which they are stands once, for whoever reads them, lists them or completes them.
#pragma once

#include "core/base/switches.hpp"
#include "core/base/text.hpp"
#include "core/base/vector.hpp"

namespace nextest {

// By position, as an enumeration that goes with them counts. A null ends the list.
struct Choices {
  const char* words[10] = {};
  const char* needing = "";              // those of them, between blanks, that this build cannot do
  const FeatureRow* left_out = nullptr;  // why it cannot
  const char* alias = nullptr;           // another word for the one at `alias_of`
  std::size_t alias_of = 0;

  bool is_there(std::size_t i) const {
    return is_whole_build || left_out == nullptr || !contains(needing, " " + std::string(words[i]) + " ");
  }

  Vector<std::string_view> all() const {
    Vector<std::string_view> all;
    for (std::size_t i = 0; words[i] != nullptr; ++i) all.push_back(words[i]);
    return all;
  }

  // "a, b, c"; without `all`, those that this build can do.
  std::string listed(bool all) const {
    std::string list;
    for (std::size_t i = 0; words[i] != nullptr; ++i) {
      if (all || is_there(i)) list.append(list.empty() ? "" : ", ").append(words[i]);
    }
    return list;
  }
};

// Some of the words (`needing`, with a blank before and after each) need the feature.
constexpr Choices needs(Feature feature, const char* needing, Choices choices) {
  if (built_in(feature)) return choices;
  choices.needing = needing;
  choices.left_out = &row_of(feature);
  return choices;
}

constexpr Choices with_alias(const char* alias, std::size_t alias_of, Choices choices) {
  choices.alias = alias;
  choices.alias_of = alias_of;
  return choices;
}

}  // namespace nextest
