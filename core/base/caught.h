// The few places that catch everything: the main function, a run, a frame. Whatever a library or a bug throws
// there becomes an Error, so that what is above can still save what was trained and end in order.
//
// Thread safety: as of what is called.
#pragma once

#include <fmt/format.h>

#include <exception>
#include <new>
#include <string_view>
#include <type_traits>

#include "core/base/result.h"

namespace switchyard {

// What `call` returns, a Result; failure "DOING: out of memory" (or what() of the exception) where it throws
// instead.
template <class Call>
std::invoke_result_t<Call> caught(std::string_view doing, Call&& call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    return failure(fmt::format("{}: out of memory", doing));
  } catch (const std::exception& error) {
    return failure(fmt::format("{}: {}", doing, error.what()));
  } catch (...) {
    return failure(fmt::format("{}: something was thrown that is not an exception", doing));
  }
}

}  // namespace switchyard
