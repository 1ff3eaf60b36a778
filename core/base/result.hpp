// Errors as values. Nothing that can fail returns a bare value.
#pragma once

#include <string>
#include <utility>
#include <variant>

#include "core/base/exit_code.hpp"

namespace nextest {

// A failure a person has to read: what happened and where, and (optionally) what to do about it.
struct Error {
  ExitCode code = ExitCode::SetupError;
  std::string message;
  std::string hint;
};

// Holds a T or an Error. value() and error() may only be called on the side that is there.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& value() { return *std::get_if<0>(&state_); }
  const T& value() const { return *std::get_if<0>(&state_); }
  Error& error() { return *std::get_if<1>(&state_); }
  const Error& error() const { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

struct Nothing {};
using Status = Result<Nothing>;
inline Status success() { return Nothing{}; }

}  // namespace nextest
