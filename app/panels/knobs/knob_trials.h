// Other values of a knob that are worth a try beside the one it has, and the one its run began from.
//
// Pure functions. Thread safety: none needed.
#pragma once

#include <string>
#include <vector>

#include "app/run/reference.h"
#include "core/config/knobs.h"

namespace switchyard::app {

// Of a choice the others, of a switch the other, of a number half and double of it, within its range and whole
// where it is. Of a text none.
std::vector<KnobValue> values_to_try(const Knob& knob, const Config& config);

// With the one it has, as a person types a sweep's axis: "1,2,4"; of those values the ones that fit the other
// knobs. Of a number at 0 two of its slider beside it.
std::string values_to_sweep(const Knob& knob, const Config& config);

// "Back to 8, as in Switch", or where no preset is known "Back to the default". capital: it begins a line.
std::string back_to(const Reference& reference, const Knob& knob, bool capital = true);

// A choice that takes the meaning from an auxiliary loss sets that loss' coefficient to 0 with it.
Config with_value(const Config& config, const Knob& knob, const KnobValue& value);

}  // namespace switchyard::app
