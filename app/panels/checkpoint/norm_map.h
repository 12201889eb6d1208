// Norms of every expert of every layer: rows are layers, columns experts. A click chooses the expert.
//
// Thread safety: window thread only.
#pragma once

#include <functional>
#include <string_view>

#include "app/panels/checkpoint/checkpoint_frame.h"

namespace switchyard::app {

// Null: not known of this layer. [N]; NaN: none of that expert.
using NormsOfLayer = std::function<const std::vector<double>*(std::size_t layer)>;

// False: no layer has any, and nothing was drawn.
bool draw_norm_map(const PanelInput& in, CheckpointShown& shown, const char* id, std::string_view what,
                   const NormsOfLayer& norms);

}  // namespace switchyard::app
