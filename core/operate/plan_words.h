// A plan that was carried out, in a sentence; and what one would do.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "core/operate/expert_plan.h"

namespace switchyard {

// What was done, for a person: "removed expert 3 of layer 0 and, for layers have equally many, expert 7 of layer
// 1".
std::string sentence_of(const Operation& operation, const ExpertPlan& plan);

// What so many experts do at once to a model that learned with more or fewer (plan_of_resize), a sentence for a
// person; empty: nothing that it would notice.
std::string resize_note(const Config& config, std::int64_t experts);

}  // namespace switchyard
