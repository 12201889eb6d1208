// Runs engine code that may throw (torch, allocation) and turns an exception into an Error, once.
#pragma once

#include <new>
#include <utility>

#include "core/base/result.h"
#include "core/model/base/torch.h"

namespace switchyard {

template <class F>
auto guarded(F&& work) -> decltype(work()) {
  try {
    return work();
  } catch (const c10::Error& error) {
    return failure(error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    return failure("out of memory");
  } catch (const std::exception& error) {
    return failure(error.what());
  }
}

}  // namespace switchyard
