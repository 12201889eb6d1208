// What the panels of a checkpoint share: title, and what stands there while there is nothing to show; the choice
// of a layer; the pass over all experts, which any of them can begin.
//
// Thread safety: window thread only.
#pragma once

#include <string_view>

#include "app/panels/parts/metric_notes.h"
#include "app/run/checkpoint_shown.h"
#include "app/run/panel.h"

namespace switchyard::app {

// Opens the panel. Null: no checkpoint is open, and the panel says how one is opened.
CheckpointShown* begin_checkpoint(const PanelInput& in, UiState& ui, std::string_view subtitle,
                                  const MetricNote& note);
// A combo and two arrows in the title's line; the layer to show.
std::size_t checkpoint_layer(const PanelInput& in, CheckpointShown& shown);

// While it runs a bar with Cancel, else the button that begins it with what it costs, and what became of the last
// one. Nothing where all is read.
void pass_line(const PanelInput& in, CheckpointShown& shown);
// In the place of figures of experts that are not read yet, with the same line.
void draw_unread(const PanelInput& in, CheckpointShown& shown, std::string_view what);

// What the mouse is on: name, figures, and a dimmer line.
void figure_tooltip(const PanelInput& in, std::string_view title, std::string_view figures, std::string_view dim);

// "1.234"; a dash for NaN.
std::string figure_words(double value, int digits = 4);

}  // namespace switchyard::app
