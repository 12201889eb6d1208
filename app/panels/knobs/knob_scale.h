// A knob's number on its slider and in print. The slider covers the soft range; a value beyond it (typed)
// sits at the nearer end. On a log scale zero, where it is allowed, is the left end. What a drag gives is
// rounded to a number a person would choose: 0.003, not 0.0029837; 96, not 97, for widths and batches.
//
// Pure functions. Thread safety: none needed.
#pragma once

#include <string>

#include "core/config/knobs.h"

namespace switchyard::app {

// A number's value as double; 0 for other types.
double number_of(const KnobValue& value);
KnobValue as_value(const Knob& knob, double number);

// 0 to 1, left to right.
float slider_position(const Knob& knob, double value);
double slider_value(const Knob& knob, float position);
// The number `steps` places further (back where negative) of those that the slider comes by, a hundred at most; a
// value beyond the slider's stretch stays.
KnobValue turned_value(const Knob& knob, const KnobValue& value, int steps);

// For display: 3.0e-3, 0.10, 10,000, softmax.
std::string value_text(const Knob& knob, const KnobValue& value);

}  // namespace switchyard::app
