// Experts that come, go and change places in a model that is learning, as a plan says
// (core/operate/expert_plan.h), optimizer state included: a clone has its source's, plus a little noise on its
// weights; a half has the moments of its part, those of weights scaled by 2 as a gradient of half the size leaves
// them; merged experts have the weighted means of weights and of both moments; what is drawn anew begins with
// none. What balances without a loss (the selection bias) is their layer's mean then. Thread safety: the trainer's
// thread, no gradients pending.
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/model/base/model.h"
#include "core/operate/expert_plan.h"
#include "core/train/optimizer/adamw.h"

namespace switchyard {

struct Surgery {
  ExpertPlan plan;
  // Noise: plan.noise of each parameter's standard deviation, on clones only; it follows from the seed, the step,
  // the parameter and the expert's number.
  std::uint64_t seed = 0;
  std::int64_t step = 0;
  // A model of the same shape, as drawn at its beginning: where plan.needs_fresh(). Its rows are taken by number.
  Model* fresh = nullptr;
  // Of a transplant, see Operation::donor. What it lacks of the router stays as it is.
  const std::vector<NamedTensor>* donor = nullptr;
};

// All that is new then, made beside the model, for AdamW::adopt(). usage: the donor lacks a tensor, or has one of
// another shape. ranks: those that share the experts out (collective); what comes of it is as if one had them all.
Result<std::vector<AdamW::Selection>> operated_experts(Model& model, const AdamW& optimizer,
                                                       const Surgery& surgery, RankGroup* ranks = nullptr);

}  // namespace switchyard
