// Cosines between all pairs of a layer: of router rows, of experts. A click on a pair chooses the expert of its
// row.
//
// Thread safety: window thread only.
#pragma once

#include <memory>
#include <string_view>

#include "app/panels/checkpoint/checkpoint_frame.h"
#include "core/checkpoints/pair_figures.h"

namespace switchyard::app {

struct CosineMap {
  const char* panel;         // its id
  std::string_view of;       // "router rows"
  std::string_view caption;  // below it
  std::string_view note{};   // what has to be known of its figures
  bool by_sketches = false;  // else exact
};

// false: there is no pair with a figure, and nothing was drawn.
bool draw_cosine_map(const PanelInput& in, UiState& ui, CheckpointShown& shown, std::size_t layer,
                     const std::shared_ptr<const PairFigures>& pairs, const CosineMap& map);

}  // namespace switchyard::app
