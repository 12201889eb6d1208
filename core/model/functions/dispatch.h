// Which assignment goes to which row of which expert: computed once a layer and pass, shared by the
// experts' forward and backward.
//
// An assignment is (token t, choice j), numbered token by token, so a = t k + j where all tokens have k. Rows are the kept assignments sorted by
// expert, by token within one. Thread safety: immutable after build.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/config/config.h"
#include "core/model/base/torch.h"

namespace switchyard {

struct DispatchPlan : torch::CustomClassHolder {
  std::int64_t tokens = 0, top_k = 0, experts = 0;  // top_k: the most a token has
  std::vector<std::int64_t> offset;   // [N + 1] rows of expert e: offset[e] to offset[e + 1]
  std::vector<std::int32_t> token;    // [rows] token of a row
  std::vector<std::int64_t> start;    // [T + 1] first assignment of a token where tokens differ in how many they have, else empty
  std::vector<std::int32_t> row;      // [assignments] row of an assignment, -1 if it was dropped
  std::vector<std::int32_t> assignment;  // [rows] assignment of a row
  std::vector<std::int64_t> counts;   // [N] assignments before capacity
  std::int64_t dropped_tokens = 0;    // tokens that lost all k
  bool identity =
      false;  // row t is token t with weight 1, whatever its expert: only offset, tokens and slots are set
  std::int64_t slots = 1;  // of identity: rows that an expert has of each sequence
  std::vector<std::int64_t>
      given_places;  // [rows] where places() does not follow from the plan: rows of other ranks

  std::int64_t rows() const { return offset.back(); }
  // Assignments of token t: first(t) to first(t + 1).
  std::int64_t first(std::int64_t t) const { return start.empty() ? t * top_k : start[static_cast<std::size_t>(t)]; }
  std::int64_t assignments() const { return first(tokens); }
  std::int64_t dropped() const { return assignments() - rows(); }
  // Places that a token has for its assignments, the same however many it has.
  std::int64_t stride() const { return identity ? 1 : start.empty() ? top_k : experts; }
  // [rows] Which place each row has among all that the tokens could have; of soft mixing (sequence N + expert)
  // slots + slot.
  std::vector<std::int64_t> places() const;
};

struct CapacityRule {
  Overflow overflow = Overflow::dropless;
  double capacity_factor = 1.25;
  // T = groups x length; each group of neighbouring tokens has places of its own, by its length.
  std::int64_t groups = 1;

  bool operator==(const CapacityRule&) const = default;
};

// What some policies rank assignments by; the others leave it alone.
struct DispatchScores {
  at::Tensor weights;    // [T, k] combine weights: drop-low
  at::Tensor probs;      // [T, N] router probabilities: drop-bpr; undefined: the weights stand in
  // int64, the assignments of a group of S tokens in a random order: [S k] for every group alike, or [groups x S
  // k].
  at::Tensor mixed;  // drop-random
};

// chosen [T, k] int64. Assignments are taken in an order until their expert is full; ties go to the lower
// number.
//   drop-late        all first choices by position, then all second choices, ... (GShard, Lepikhin 2020; Switch)
//   drop-late-token  token by token, its choices in order: a later one never takes the place of an earlier one
//   drop-low         largest weights first (Megatron-LM, "probs")
//   drop-bpr         as drop-late, but tokens in the order of their largest probability (V-MoE, Riquelme 2021)
//   drop-random      a random order: of each expert's a uniformly random subset stays
c10::intrusive_ptr<DispatchPlan> build_dispatch(const at::Tensor& chosen, std::int64_t experts, const CapacityRule& rule,
                                                const DispatchScores& scores = {});

// [T k] which assignments of chosen find room, by the same rule; 1 or 0.
std::vector<std::uint8_t> kept_assignments(const at::Tensor& chosen, std::int64_t experts,
                                           const CapacityRule& rule, const DispatchScores& scores = {});
// The plan of an answer that is known; empty: all are kept.
c10::intrusive_ptr<DispatchPlan> dispatch_of_kept(const at::Tensor& chosen, std::int64_t experts,
                                                  std::span<const std::uint8_t> kept);

// What `plan` leaves of it where only `count` experts from `first` on are at hand: rows are those experts', which
// count from 0; all tokens and their assignments stay, those of other experts without a row.
c10::intrusive_ptr<DispatchPlan> part_of(const DispatchPlan& plan, std::int64_t first, std::int64_t count);

// The same where tokens differ in how many experts they have: chosen [assignments], those of token t from start[t] to
// start[t + 1], start [T + 1]. Nothing is dropped; dropped_tokens are those that no expert chose.
c10::intrusive_ptr<DispatchPlan> build_dispatch(const at::Tensor& chosen, std::vector<std::int64_t> start, std::int64_t experts);

// Rows in place, in equal runs, one an expert. One expert: a dense feed-forward.
c10::intrusive_ptr<DispatchPlan> identity_dispatch(std::int64_t tokens, std::int64_t experts = 1,
                                                   std::int64_t slots = 1);

}  // namespace switchyard
