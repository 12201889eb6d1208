// The controls of the projection: what it is of, how it is worked out and coloured, in the title's line or, where that
// is short, behind three dots.
//
// Thread safety: window thread only.
#pragma once

#include <vector>

#include "app/run/panel.h"

namespace switchyard::app {

struct ProjectionChoices {
  std::vector<ColourBy> colours;
  ColourBy colour = ColourBy::expert;  // the one shown
  bool points = false;
  bool arrows = false;    // there are some to show
};
// Combos "layer", "colour", "of", "method" and the switch "arrows"; "more" opens the ones that found no room, under the
// same names. True where "of" was folded away: the figure then has to say it elsewhere.
bool projection_header(const PanelInput& in, UiState& ui, std::size_t layers, const ProjectionChoices& choices);

}  // namespace switchyard::app
