// History's curves as views of viz, without copies. Thread safety: pure.
#pragma once

#include "core/base/ring.h"
#include "viz/base/view.h"

namespace switchyard::app {

template <class T>
viz::View<T> as_view(const Strided<T>& s) {
  return viz::View<T>(s.data, s.count, s.first, s.capacity, s.stride);
}

}  // namespace switchyard::app
