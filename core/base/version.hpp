// This program's version.
#pragma once

namespace nextest {

inline constexpr const char version[] = "0.1.0";

// The version of cargo-nextest whose configuration and filtersets are understood: what a nextest-version asks for.
inline constexpr const char compatible_version[] = "0.9.143";

}  // namespace nextest
