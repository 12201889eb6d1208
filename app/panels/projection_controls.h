// The controls of the projection: what it is of, how it is worked out and coloured, in the title's line or, where that
// is short, behind three dots; and the line of t-SNE.
//
// Thread safety: window thread only.
#pragma once

#include <vector>

#include "app/panel.h"
#include "app/tsne_host.h"

namespace switchyard::app {

struct ProjectionChoices {
  std::vector<ColourBy> colours;
  ColourBy colour = ColourBy::expert;  // the one shown
  bool points = false;
  bool tsne = false;      // is offered
  bool arrows = false;    // there are some to show
};
// Combos "layer", "colour", "of", "method" and the switch "arrows"; "more" opens the ones that found no room, under the
// same names. True where some were folded away.
bool projection_header(const PanelInput& in, UiState& ui, std::size_t layers, const ProjectionChoices& choices);

// One line of figures about a run, its slider "perplexity" and "Stop" or "Again". `run` null: none yet. `waiting`, if not
// empty, says what the next one waits for.
void tsne_line(const PanelInput& in, UiState& ui, const TsneRun* run, std::size_t tokens, std::string_view waiting);
float tsne_line_height(const PanelInput& in);
// The perplexity to use for so many tokens.
double perplexity_for(const ProjectionView& view, std::size_t tokens);

}  // namespace switchyard::app
