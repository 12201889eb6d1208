// Counts what is allocated and not yet freed, by tensors and by `new`: for one file of a benchmark to include, since it
// replaces operator new.
#pragma once

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace switchyard {

inline std::atomic<std::int64_t> live_bytes{0}, peak_bytes{0};

inline void count_bytes(std::int64_t change) {
  const std::int64_t now = live_bytes.fetch_add(change, std::memory_order_relaxed) + change;
  for (std::int64_t peak = peak_bytes.load(); now > peak && !peak_bytes.compare_exchange_weak(peak, now);) {
  }
}

inline void* counted(void* memory) {
  if (!memory) std::abort();
  count_bytes(static_cast<std::int64_t>(malloc_usable_size(memory)));
  return memory;
}
inline void* counted(std::size_t bytes, std::size_t line) {
  return counted(std::aligned_alloc(line, (bytes + line - 1) / line * line));
}
inline void forget(void* memory) {
  if (memory) count_bytes(-static_cast<std::int64_t>(malloc_usable_size(memory)));
  std::free(memory);
}

// From now on tensors are counted as well.
inline void count_tensors() {
  struct Counting final : at::Allocator {
    at::DataPtr allocate(std::size_t bytes) const override {
      void* memory = bytes == 0 ? nullptr : counted(bytes, 64);
      return {memory, memory, &forget, at::Device(at::kCPU)};
    }
    at::DeleterFnPtr raw_deleter() const override { return &forget; }
  };
  static Counting counting;
  c10::SetCPUAllocator(&counting, 255);
}

}  // namespace switchyard

void* operator new(std::size_t bytes) { return switchyard::counted(std::malloc(bytes)); }
void* operator new(std::size_t bytes, std::align_val_t to) { return switchyard::counted(bytes, static_cast<std::size_t>(to)); }
void operator delete(void* memory) noexcept { switchyard::forget(memory); }
void operator delete(void* memory, std::size_t) noexcept { switchyard::forget(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { switchyard::forget(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { switchyard::forget(memory); }
