// This program's version.
#pragma once

namespace nextest {

inline constexpr const char version[] = "0.1.0";

}  // namespace nextest
