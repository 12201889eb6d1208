// How the ranks find each other in a store: each says its hello, rank 0 judges whether all are there and can train
// one model, and all hear the same verdict. Where it is a refusal, rank 0 stays until those that came have heard
// it: the store may be its own, and whoever was still reading would know only of a broken connection.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/train/crew/hello.h"

namespace switchyard {

struct RollCall {
  std::int64_t rank = 0, size = 1;
  std::string address;  // "node1:29500": where they meet, for messages
  double join_s = 120;  // for all to be there
};

// What all ranks said, in their order. usage: one is missing or differs; the same words on every rank that came.
// Throws as the store does. Thread safety: a store and a thread a rank.
Result<std::vector<Hello>> roll_call(c10d::Store& store, const RollCall& call, const Hello& own);

}  // namespace switchyard
