// Expected failures are values: Result<T> holds a T or an Error. Exceptions are left for bugs and for
// libraries; the engine boundary turns those into Errors once.
//
// Thread safety: plain values. No I/O.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace switchyard {

enum class ErrorKind {
  usage,        // bad argument, knob or input file: exit code 2
  failure,      // disk full, library failure: exit code 1
  diverged,     // what is learned is no number any more: exit code 1
  interrupted,  // the user stopped it: exit code 130
  lost,         // another process of the same model is gone, and the model with it: exit code 1
};

struct Error {
  ErrorKind kind = ErrorKind::failure;
  // One or two sentences for a person; names the file, the key and the allowed range where there is one.
  std::string message;
};

inline Error usage_error(std::string message) { return {ErrorKind::usage, std::move(message)}; }
inline Error failure(std::string message) { return {ErrorKind::failure, std::move(message)}; }

// Process exit code of an error (documented in the README).
constexpr int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return 2;
    case ErrorKind::interrupted: return 130;
    case ErrorKind::failure:
    case ErrorKind::diverged:
    case ErrorKind::lost:
      break;
  }
  return 1;
}

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  explicit operator bool() const { return state_.index() == 0; }
  T& operator*() { return value(); }
  const T& operator*() const { return value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T& value() {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    assert(*this);
    return *std::get_if<0>(&state_);
  }
  const Error& error() const {
    assert(!*this);
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<T, Error> state_;
};

// Success without a value.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  explicit operator bool() const { return !error_; }
  const Error& error() const {
    assert(error_);
    return *error_;
  }

 private:
  std::optional<Error> error_;
};

}  // namespace switchyard
