// What is so once a plan is carried out: loads, where an expert stands by now, what knobs name, the settings.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/operate/expert_plan.h"

namespace switchyard {

// The loads of the new experts: a clone halves its source's, merged ones add theirs up, new ones have none.
ExpertLoads loads_after(const ExpertPlan& plan, const ExpertLoads& loads);
// Where an old expert of a layer is by now, its first half where it was split; -1: gone. What is said of it
// follows it there.
std::int32_t place_after(const LayerPlan& plan, std::int32_t expert);

// The value of a knob that names experts (core/config/expert_names.h), once they are where the plan puts them;
// those that went are named no more.
std::string names_after(std::string_view names, const ExpertPlan& plan);

// The settings then: as many experts, named where they are by now. usage: what is left is no valid configuration.
Result<Config> config_after(const ExpertPlan& plan, Config config);

}  // namespace switchyard
