// Ranks as threads of one process, over Gloo and the loopback: what processes do, in a test that can look inside.
#pragma once

#include <gtest/gtest.h>
#include <torch/csrc/distributed/c10d/HashStore.hpp>

#include <functional>
#include <thread>
#include <vector>

#include "core/train/crew/rank_crew.h"
#include "core/train/trainer_impl.h"

namespace switchyard {

// work(crew) on every rank at once.
inline void on_ranks(std::int64_t ranks, const std::function<void(RankCrew&)>& work,
                     std::chrono::milliseconds timeout = std::chrono::seconds(60)) {
  const auto store = c10::make_intrusive<c10d::HashStore>();
  std::vector<std::thread> threads;
  for (std::int64_t r = 0; r < ranks; ++r)
    threads.emplace_back([&, r] {
      try {
        const auto crew = RankCrew::of_store({store, "127.0.0.1", timeout}, r, ranks);
        work(*crew);
      } catch (const std::exception& error) {
        ADD_FAILURE() << "rank " << r << ": " << error.what();
      }
    });
  for (std::thread& thread : threads) thread.join();
}

}  // namespace switchyard
