// Experts and routers that a step leaves as they are (Config::frozen), and experts that are muted (Config::muted):
// they get no gradient, but decay and moments would still move them. Their gradients are forgotten before they
// count for the norm, and weights, moments and selection bias are put back after it, to the bit. Thread safety:
// the trainer's thread; one object a step, after its gradients are whole.
#pragma once

#include <vector>

#include "core/config/config.h"
#include "core/train/optimizer/adamw.h"

namespace switchyard {

class FrozenParts {
 public:
  // Takes what is to stay, and their gradients away. The optimizer outlives it. Nothing frozen: nothing is done.
  FrozenParts(const Config& config, const AdamW& optimizer);
  // After the optimizer's step and whatever else changes a router.
  void put_back() const;

 private:
  struct Kept {
    at::Tensor part;  // a row of a parameter or of its state
    at::Tensor was;
  };
  std::vector<Kept> kept_;
};

}  // namespace switchyard
