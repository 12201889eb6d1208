// Norms and similarities of the experts' weights. Definitions: ExpertCards in core/base/looks.h. Thread safety:
// the trainer's thread.
#pragma once

#include "core/base/looks.h"
#include "core/model/base/model.h"
#include "core/model/ranks/rank_group.h"

namespace switchyard {

// Of the MoE layer in one block; empty if there is none. Costs a product of N rows with themselves over all
// weights.
// `ranks`: those that share the experts out (collective); null: all are here.
ExpertCards expert_cards(Model& model, std::int64_t block, RankGroup* ranks = nullptr);

}  // namespace switchyard
