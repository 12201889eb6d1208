// A plan that was carried out, in a sentence.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "core/operate/expert_plan.h"

namespace switchyard {

// What was done, for a person: "removed expert 3 of layer 0 and, for layers have equally many, expert 7 of layer
// 1".
std::string sentence_of(const Operation& operation, const ExpertPlan& plan);

}  // namespace switchyard
