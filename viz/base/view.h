// A read-only look at numbers that live elsewhere: contiguous, strided, or wrapped around the end of a
// ring buffer. Plots read these; nothing is copied.
//
// Thread safety: as that of the memory behind it. The view must not outlive it.
#pragma once

#include <cstddef>
#include <vector>

namespace viz {

template <class T>
struct View {
  const T* data = nullptr;   // slot 0 of the buffer
  std::size_t count = 0;     // elements in the view
  std::size_t first = 0;     // slot of element 0
  std::size_t capacity = 0;  // slots before wrapping; >= count
  std::size_t stride = 1;    // distance between slots, in T

  View() = default;
  View(const T* values, std::size_t size) : data(values), count(size), capacity(size) {}
  View(const std::vector<T>& values) : View(values.data(), values.size()) {}
  View(const T* buffer, std::size_t size, std::size_t start, std::size_t slots, std::size_t step = 1)
      : data(buffer), count(size), first(start), capacity(slots), stride(step) {}

  T operator[](std::size_t i) const {
    std::size_t slot = first + i;
    if (slot >= capacity) slot -= capacity;
    return data[slot * stride];
  }
  // Elements [from, to) without the test for wrapping in the loop: calls use(pointer, how_many, stride) once or
  // twice, in order.
  template <class Use>
  void for_stretches(std::size_t from, std::size_t to, Use&& use) const {
    if (from >= to) return;
    const std::size_t before_wrap = first + from < capacity ? capacity - first - from : 0;
    const std::size_t head = to - from < before_wrap ? to - from : before_wrap;
    if (head > 0) use(data + (first + from) * stride, head, stride);
    if (head < to - from) use(data + (first + from + head - capacity) * stride, to - from - head, stride);
  }
  std::size_t size() const { return count; }
  bool empty() const { return count == 0; }
};

}  // namespace viz
