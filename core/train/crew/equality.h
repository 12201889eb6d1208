// Whether many ranks do what one process does: a step's gradients before clipping and before AdamW, its losses,
// counts and drops, of the same weights on the same global batch. Read from a trainer as anybody could: with beta1
// = 0 and no clipping AdamW's first moment after one step is the gradient.
//
// Bounds: a parameter's largest deviation is within 1e-6 of its largest gradient, plus 1e-9; cross-entropy within
// 2e-6 nats; the norm within 1e-6 of itself; counts and drops equal. Where two experts' scores are closer than
// 1e-6 (fp32's own noise) a token may go either way. Thread safety: as the trainers.
#pragma once

#include <string>
#include <vector>

#include "core/train/interface/trainer.h"

namespace switchyard {

// A step that leaves its gradient.
struct GradientStep {
  StepRecord record;
  TrainerState state;
};
// `config` as one can read gradients from it.
Config readable(Config config);
// The trainer's next whole step; its configuration is a readable one.
Result<GradientStep> gradient_step(Trainer& trainer);

struct Deviation {
  double gradient = 0;    // largest of |dg| / (1e-6 max|g| + 1e-9), over all parameters; <= 1 is within the bound
  std::string parameter;  // where
  double loss = 0;        // |d cross-entropy|, nats
  double norm = 0;        // |d norm| / norm
  double counts = 0;      // assignments that went elsewhere, of all layers
  double dropped = 0;     // |d drops|
  bool within() const { return gradient <= 1 && loss <= 2e-6 && norm <= 1e-6 && counts == 0 && dropped == 0; }
};
Deviation deviation(const GradientStep& one, const GradientStep& other);
// "gradient 0.31 of the bound at ..., loss 2.1e-08, norm 4e-08, 0 assignments, 0 drops"
std::string text_of(const Deviation& deviation);

// A configuration to try, small, and what it tries.
struct EqualityRow {
  std::string name;
  Config config;
};
// All gates, overflows, losses, kinds of noise, k, micro-batches, shared experts and both tasks, each value with
// many of the others' (`rows` of them, the same every time); runs on 1, 2 and 4 ranks with expert_parallel up
// to 4.
std::vector<EqualityRow> equality_rows(std::size_t rows);

}  // namespace switchyard
