// A regex for what a test prints, as a setting has it.
#pragma once

#include <string>

#include "core/select/automaton.hpp"

namespace nextest {

struct OutputPattern {
  std::string text;  // as written
  Automaton regex;
};

}  // namespace nextest
