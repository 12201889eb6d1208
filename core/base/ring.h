// Numbers in a fixed amount of memory, and a look at them without a copy.
//
// Strided<T> is a read-only look at numbers that live elsewhere: contiguous, strided (a column of a
// row-major table), or wrapped around the end of a ring. It has the fields of viz::View<T>, so a caller
// hands it to a plot as View<T>(s.data, s.count, s.first, s.capacity, s.stride).
//
// Ring<T> keeps the last `capacity` values pushed; memory is taken once, in the constructor.
//
// Thread safety: none; both belong to one thread. A Strided is valid until its owner changes.
#pragma once

#include <cassert>
#include <cstddef>
#include <utility>
#include <vector>

namespace switchyard {

template <class T>
struct Strided {
  const T* data = nullptr;   // slot 0 of the buffer
  std::size_t count = 0;     // elements in the view
  std::size_t first = 0;     // slot of element 0
  std::size_t capacity = 0;  // slots before wrapping; >= count
  std::size_t stride = 1;    // distance between slots, in T

  T operator[](std::size_t i) const {
    assert(i < count);
    std::size_t slot = first + i;
    if (slot >= capacity) slot -= capacity;
    return data[slot * stride];
  }
  std::size_t size() const { return count; }
  bool empty() const { return count == 0; }
  // The newest element; there must be one.
  T back() const { return (*this)[count - 1]; }
};

template <class T>
class Ring {
 public:
  // capacity >= 1.
  explicit Ring(std::size_t capacity) : values_(capacity) { assert(capacity > 0); }

  // Forgets the oldest value when full.
  void push(T value) {
    values_[slot(count_)] = std::move(value);
    if (count_ < values_.size()) ++count_;
    else first_ = slot(1);
  }
  void clear() { first_ = count_ = 0; }

  // 0 is the oldest.
  const T& operator[](std::size_t i) const {
    assert(i < count_);
    return values_[slot(i)];
  }
  const T& back() const { return (*this)[count_ - 1]; }
  std::size_t size() const { return count_; }
  std::size_t capacity() const { return values_.size(); }
  bool empty() const { return count_ == 0; }
  std::size_t bytes() const { return values_.capacity() * sizeof(T); }

  Strided<T> view() const { return {values_.data(), count_, first_, values_.size(), 1}; }

 private:
  std::size_t slot(std::size_t i) const {
    const std::size_t at = first_ + i;
    return at < values_.size() ? at : at - values_.size();
  }

  std::vector<T> values_;
  std::size_t first_ = 0;
  std::size_t count_ = 0;
};

}  // namespace switchyard
