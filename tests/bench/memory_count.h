// Counts what is allocated and not yet freed, by tensors and by `new`: for one file of a benchmark to include, since it
// replaces operator new. A ledger tells what a peak is made of.
#pragma once

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>
#include <utility>

namespace switchyard {

inline std::atomic<std::int64_t> live_bytes{0}, peak_bytes{0};

// What asked for it: a tensor, an aligned `new`, any other.
enum class Asker { tensor, aligned, other };

// What is live while a ledger is open, of blocks worth a line, and what was live at the peak.
constexpr std::size_t kLedgerBytes = 4096, kLedgerRows = 4096;
struct Entry {
  void* memory = nullptr;
  std::int64_t bytes = 0;
  Asker asker = Asker::other;
};
struct Ledger {
  std::mutex mutex;
  bool open = false;
  std::size_t live_rows = 0, peak_rows = 0;
  std::int64_t live_bytes = 0, peak_bytes = 0;
  Entry live[kLedgerRows], peak[kLedgerRows];

  void start() {
    const std::lock_guard lock(mutex);
    open = true;
    live_rows = peak_rows = 0;
    live_bytes = peak_bytes = 0;
  }
  // The peak so far is forgotten, what lives stays.
  void next_peak() {
    const std::lock_guard lock(mutex);
    peak_bytes = 0;
    note_peak();
  }
  void close() {
    const std::lock_guard lock(mutex);
    open = false;
  }
  void add(void* memory, std::int64_t bytes, Asker asker) {
    const std::lock_guard lock(mutex);
    if (!open || live_rows == kLedgerRows) return;
    live[live_rows++] = {memory, bytes, asker};
    live_bytes += bytes;
    note_peak();
  }
  void remove(void* memory) {
    const std::lock_guard lock(mutex);
    if (!open) return;
    Entry* const end = live + live_rows;
    Entry* const found = std::find_if(live, end, [&](const Entry& e) { return e.memory == memory; });
    if (found == end) return;
    live_bytes -= found->bytes;
    *found = live[--live_rows];
  }

 private:
  void note_peak() {
    if (live_bytes <= peak_bytes) return;
    peak_bytes = live_bytes;
    peak_rows = live_rows;
    std::copy(live, live + live_rows, peak);
  }
};
inline Ledger ledger;

inline void count_bytes(std::int64_t change) {
  const std::int64_t now = live_bytes.fetch_add(change, std::memory_order_relaxed) + change;
  for (std::int64_t peak = peak_bytes.load(); now > peak && !peak_bytes.compare_exchange_weak(peak, now);) {
  }
}

inline void* counted(void* memory, Asker asker) {
  if (!memory) std::abort();
  const std::size_t bytes = malloc_usable_size(memory);
  count_bytes(static_cast<std::int64_t>(bytes));
  if (bytes >= kLedgerBytes) ledger.add(memory, static_cast<std::int64_t>(bytes), asker);
  return memory;
}
inline void* counted(std::size_t bytes, std::size_t line, Asker asker) {
  return counted(std::aligned_alloc(line, (bytes + line - 1) / line * line), asker);
}
inline void forget(void* memory) {
  if (memory) {
    const std::size_t bytes = malloc_usable_size(memory);
    count_bytes(-static_cast<std::int64_t>(bytes));
    if (bytes >= kLedgerBytes) ledger.remove(memory);
  }
  std::free(memory);
}

// From now on tensors are counted as well.
inline void count_tensors() {
  struct Counting final : at::Allocator {
    // LibTorch 1.13 asks with const, 2.6 without, and has copy_data: whichever is there is overridden.
    at::DataPtr allocate(std::size_t bytes) const {
      void* memory = bytes == 0 ? nullptr : counted(bytes, 64, Asker::tensor);
      return {memory, memory, &forget, at::Device(at::kCPU)};
    }
    at::DataPtr allocate(std::size_t bytes) { return std::as_const(*this).allocate(bytes); }
    void copy_data(void* to, const void* from, std::size_t bytes) const { std::memcpy(to, from, bytes); }
    at::DeleterFnPtr raw_deleter() const override { return &forget; }
  };
  static Counting counting;
  c10::SetCPUAllocator(&counting, 255);
}

}  // namespace switchyard

// Those for arrays too: an allocator that is linked in may bring its own, which the others would never hear of.
void* operator new(std::size_t bytes) { return switchyard::counted(std::malloc(bytes), switchyard::Asker::other); }
void* operator new[](std::size_t bytes) { return operator new(bytes); }
void* operator new(std::size_t bytes, std::align_val_t to) { return switchyard::counted(bytes, static_cast<std::size_t>(to), switchyard::Asker::aligned); }
void* operator new[](std::size_t bytes, std::align_val_t to) { return operator new(bytes, to); }
void operator delete(void* memory) noexcept { switchyard::forget(memory); }
void operator delete(void* memory, std::size_t) noexcept { switchyard::forget(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { switchyard::forget(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { switchyard::forget(memory); }
void operator delete[](void* memory) noexcept { switchyard::forget(memory); }
void operator delete[](void* memory, std::size_t) noexcept { switchyard::forget(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { switchyard::forget(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { switchyard::forget(memory); }
