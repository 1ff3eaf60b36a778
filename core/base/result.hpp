// Errors as values. Nothing that can fail returns a bare value.
#pragma once

#include <memory>
#include <string>
#include <utility>

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
  // Not by value: before its version 13, clang would copy what a function returns by name.
  Result(T&& value) : value_(std::move(value)) {}
  Result(const T& value) : value_(value) {}
  Result(Error&& error) : error_(keep(std::move(error))) {}
  Result(const Error& error) : error_(keep(Error(error))) {}

  explicit operator bool() const { return error_ == nullptr; }
  T& value() { return value_; }
  const T& value() const { return value_; }
  Error& error() { return *error_; }
  const Error& error() const { return *error_; }

 private:
  static Error* keep(Error&& error) { return new Error(std::move(error)); }

  T value_{};                     // empty beside an error
  std::unique_ptr<Error> error_;  // most results have none, so it is kept elsewhere
};

struct Nothing {};
using Status = Result<Nothing>;
inline Status success() { return Nothing{}; }

}  // namespace nextest
