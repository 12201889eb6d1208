// Spreads independent tasks over the pool of threads, each task whole on one thread: small matrix
// products lose their time in hand-offs when a single one is split, and a task done by one thread gives
// the same bits however many there are.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "core/model/base/torch.h"

namespace switchyard {

// task(i) for i in 0 .. count - 1, begun in that order: put the largest first. Inside a task BLAS and
// torch run on one thread, and no gradient is recorded.
template <class Task>
void parallel_tasks(std::int64_t count, const Task& task) {
  const std::int64_t threads = std::min<std::int64_t>(at::get_num_threads(), count);
  if (threads <= 1) {
    at::NoGradGuard no_grad;
    for (std::int64_t i = 0; i < count; ++i) task(i);
    return;
  }
  std::atomic<std::int64_t> next{0};
  at::parallel_for(0, threads, 1, [&](std::int64_t, std::int64_t) {
    at::NoGradGuard no_grad;
    for (std::int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) task(i);
  });
}

// task(begin, count) for blocks of `size` out of n.
template <class Task>
void parallel_blocks(std::int64_t n, std::int64_t size, const Task& task) {
  parallel_tasks((n + size - 1) / size, [&](std::int64_t i) { task(i * size, std::min(size, n - i * size)); });
}

}  // namespace switchyard
