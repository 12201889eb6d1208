// One layer's routing decisions as plain numbers: the one way from tensors to what probe, inspection and route
// report (core/base/looks.h). Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "core/base/looks.h"
#include "core/model/layers/moe_layer.h"

namespace switchyard {

LayerChoices layer_choices(const MoeTrace& seen, const Choices& choices);
// Of one token alone, T = 1.
LayerChoices layer_choices(const MoeTrace& seen, const Choices& choices, std::int64_t token);

}  // namespace switchyard
