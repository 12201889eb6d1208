// The experts of one MoE layer: N feed-forward networks with their weights stacked, run as one
// differentiable function: gather -> grouped product -> activation -> grouped product -> weighted
// combine, with a hand-written backward. Experts without tokens cost nothing.
//
//   relu, gelu:  E(x) = W2 act(W1 x + b1) + b2
//   swiglu:      E(x) = W2 (silu(W1 x + b1) * (W3 x + b3)) + b2     (Shazeer 2020; names as in Mixtral)
//   geglu:       the same with gelu in place of silu
//
// y[t] = sum over kept choices j of weight[t, j] E_{expert[t, j]}(x[t]); a dropped assignment adds
// nothing and gives no gradient to its expert or its weight.
//
// Dropout in the hidden layer: what becomes of a unit follows from the token's place in the step and which of its
// choices it is, place k + choice (expert choice: place N + choice), not from where dispatch puts it; in every
// precision alike. Thread safety: as the model that holds it.
#pragma once

#include <string>

#include "core/config/config.h"
#include "core/model/base/parameter.h"
#include "core/model/functions/dispatch.h"
#include "core/model/kernels/draws.h"
#include "core/model/ranks/rank_group.h"

namespace switchyard {

// How one pass runs its experts.
struct ExpertPass {
  // A pass without dropout is its precision alone.
  ExpertPass(at::ScalarType compute_in = at::kFloat, double dropout_in = 0, const Draws& draws_in = {})  // NOLINT
      : compute(compute_in), dropout(dropout_in), draws(draws_in) {}
  ExpertPass in_layer(std::int64_t layer) const {
    ExpertPass pass = *this;
    pass.draws.layer = layer;
    return pass;
  }
  at::ScalarType compute;  // of the matrix products: kFloat or kBFloat16
  double dropout;          // chance that a hidden unit is 0 for an assignment, the others divided by 1 - it
  Draws draws;             // its place counts tokens; dropout alone
};

class Experts {
 public:
  // `count` experts of hidden width `hidden`. `name` holds "{}" where the expert's number goes, or no
  // braces for a single dense feed-forward, which is an Experts of one.
  Experts(std::int64_t count, std::int64_t width, std::int64_t hidden, ExpertKind kind, const std::string& name,
          const Initializer& init, bool bias = true);

  // x [T, d], weights [T, k] -> [T, d].
  at::Tensor forward(const at::Tensor& x, const at::Tensor& weights, const c10::intrusive_ptr<DispatchPlan>& plan,
                     const ExpertPass& pass) const;
  // Rows in place with weight 1, in N equal runs, one an expert: of one expert the dense feed-forward. Of several
  // experts pass.draws.first counts slots: each run is `slots` of every sequence (soft_mixing.h).
  at::Tensor forward_dense(const at::Tensor& x, const ExpertPass& pass, std::int64_t slots = 1) const;

  void visit(const ParameterVisitor& visitor);
  // All experts of the layer, and those of them that are held here.
  std::int64_t all() const { return w1_.in_parts() ? w1_.all_experts : w1_.value.size(0); }
  ExpertRange here() const { return {w1_.first_expert, w1_.value.size(0)}; }

 private:
  ExpertKind kind_;
  Parameter w1_, b1_, w3_, b3_, w2_, b2_;  // [N, ff, d] [N, ff] (w3, b3 alike) [N, d, ff] [N, d]; biases may be absent
};

}  // namespace switchyard
