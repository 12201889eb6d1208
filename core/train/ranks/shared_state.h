// A trainer's state, and weights by name, from rank 0 to all. Thread safety: the trainer's thread.
#pragma once

#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/train/interface/state.h"
#include "core/train/ranks/message.h"

namespace switchyard {

void put_state(const TrainerState& state, Message& into);
// usage: it is of another version, whose configuration cannot be read.
Result<TrainerState> state_in(Message& message);

void put_weights(const std::vector<NamedTensor>& weights, Message& into);
std::vector<NamedTensor> weights_in(Message& message);

// Rank 0's becomes everybody's. Collective.
void share_state(TrainerState& state, RankGroup& ranks);

}  // namespace switchyard
