// The figures of a step that is looked back at, from what a History keeps of it.
//
// Thread safety: pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/base/records.h"
#include "core/history/history.h"

namespace switchyard {

// Of the kept step nearest to this one, the earlier of two as near; nothing of an empty history. What an expert
// was given is the mean of the row that the step lies in (History::row_steps() steps), as shares of the choices of
// the last step: their proportions hold, their sum is the last step's. mean_prob and dropped are not kept, nor
// tokens and wall_s; what ranks did has rows of its own (History::ranks()).
std::optional<StepRecord> record_at(const History& history, std::int64_t step);

// One figure of a layer at that step; NaN where it does not exist.
float figure_at(const History& history, std::size_t layer, LayerScalar which, std::int64_t step);

}  // namespace switchyard
