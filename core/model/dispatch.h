// Which assignment goes to which row of which expert: computed once a layer and pass, shared by the
// experts' forward and backward.
//
// An assignment is (token t, choice j), numbered a = t k + j. Rows are the kept assignments sorted by
// expert, by token within one. Thread safety: immutable after build.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/config.h"
#include "core/model/torch.h"

namespace switchyard {

struct DispatchPlan : torch::CustomClassHolder {
  std::int64_t tokens = 0, top_k = 0, experts = 0;
  std::vector<std::int64_t> offset;   // [N + 1] rows of expert e: offset[e] to offset[e + 1]
  std::vector<std::int32_t> token;    // [rows] token of a row
  std::vector<std::int32_t> row;      // [T k] row of an assignment, -1 if it was dropped
  std::vector<std::int32_t> assignment;  // [rows] assignment of a row
  std::vector<std::int64_t> counts;   // [N] assignments before capacity
  std::int64_t dropped_tokens = 0;    // tokens that lost all k
  bool identity = false;  // one expert, row t is token t with weight 1: only offset and tokens are set

  std::int64_t rows() const { return offset.back(); }
  std::int64_t dropped() const { return tokens * top_k - rows(); }
};

struct CapacityRule {
  Overflow overflow = Overflow::dropless;
  double capacity_factor = 1.25;
};

// Room of one expert: max(1, min(T, ceil(cf k T / N - 1e-6))).
std::int64_t expert_capacity(double capacity_factor, std::int64_t top_k, std::int64_t tokens, std::int64_t experts);

// experts [T, k] int64. drop-late keeps all first choices by position, then all second choices, ...
// until an expert is full (GShard, Lepikhin 2020; Switch).
c10::intrusive_ptr<DispatchPlan> build_dispatch(const at::Tensor& chosen, std::int64_t experts, const CapacityRule& rule);

// All tokens to the one expert of a dense feed-forward.
c10::intrusive_ptr<DispatchPlan> identity_dispatch(std::int64_t tokens);

}  // namespace switchyard
