// Errors as values. Nothing that can fail returns a bare value.
#pragma once

#include <stdlib.h>

#include <memory>
#include <string>
#include <utility>

#include "core/base/exit_code.hpp"
#include "core/base/fd.hpp"

namespace nextest {

// A failure a person has to read: what happened and where, and (optionally) what to do about it.
struct Error {
  ExitCode code = ExitCode::SetupError;
  std::string message;
  std::string hint;
};

// A fault in this program: it would have gone on with a value that it does not have.
[[noreturn]] inline void stop_without_value(const Error& error) {
  const std::string what = error.message.substr(0, error.message.find('\n'));
  static_cast<void>(write_all(2, "error: this program went on after an error: " + what + "\n"));
  ::abort();
}

// Holds a T or an Error. error() may only be called on one; value() of one stops the program, in every build.
template <class T>
class [[nodiscard]] Result {
 public:
  // Not by value: before its version 13, clang would copy what a function returns by name.
  Result(T&& value) : value_(std::move(value)) {}
  Result(const T& value) : value_(value) {}
  Result(Error&& error) : error_(keep(std::move(error))) {}
  Result(const Error& error) : error_(keep(Error(error))) {}

  explicit operator bool() const { return error_ == nullptr; }
  T& value() {
    if (error_ != nullptr) stop_without_value(*error_);
    return value_;
  }
  const T& value() const { return const_cast<Result*>(this)->value(); }
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
