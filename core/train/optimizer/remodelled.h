// What a model has learned, in layers of another shape (core/operate/remodel.h), AdamW's moments with it: each
// weight that comes from an old one has that one's moments, if it is scaled by c the first divided by c and the
// second by c squared, as gradients of the same function leave them; what is drawn has none. Free of torch. Thread
// safety: pure.
#pragma once

#include "core/base/result.h"
#include "core/operate/operation.h"
#include "core/train/interface/state.h"

namespace switchyard {

// `made`: the state of a model of the new settings, as drawn at its beginning; its tensors and counters become
// those of `old`, a whole state, as far as they come from there. What is drawn besides follows from the seed, the
// step, block and expert. failure: `old` lacks a tensor, or has another shape.
Result<void> take_over(const Operation& operation, const TrainerState& old, TrainerState& made);

}  // namespace switchyard
