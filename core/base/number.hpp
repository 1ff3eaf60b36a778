// Numbers of types whose size is the machine's: std::size_t, time_t, nfds_t.
#pragma once

#include <type_traits>

namespace nextest {

// As a cast; but on some machines both types are the same, and there a compiler calls a cast useless (-Wuseless-cast).
template <class To, class From>
constexpr To number_as(From value) {
  if constexpr (std::is_same_v<To, From>) return value;
  else return static_cast<To>(value);
}

}  // namespace nextest
