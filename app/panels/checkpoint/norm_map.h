// Norms of every expert of every layer: rows are layers, columns experts. A click chooses the expert.
//
// Thread safety: window thread only.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "app/panels/checkpoint/checkpoint_frame.h"

namespace switchyard::app {

// [N]; NaN: none of that expert. Empty: not known of this layer. Asked where news are others.
using NormsOfLayer = std::function<std::vector<double>(std::size_t layer)>;

// False: no layer has any, and nothing was drawn. panel: its id; variant: which of its norms.
bool draw_norm_map(const PanelInput& in, UiState& ui, CheckpointShown& shown, const char* panel,
                   std::string_view what, const NormsOfLayer& norms, int variant = 0);

}  // namespace switchyard::app
