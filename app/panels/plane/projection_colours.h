// What the points of the projection are coloured by: expert, a label, right and wrong, or an amount on a colour bar.
//
// Pure functions.
#pragma once

#include <string>
#include <vector>

#include "app/run/panel.h"
#include "app/run/ui_state.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

// Colourings this look has, in the order of the combo; never empty.
std::vector<ColourBy> colourings_of(const Snapshot& look);
// The wished one where the look has it, else the label that tells most, else by expert.
ColourBy colouring_shown(const std::vector<ColourBy>& offered, ColourBy wished);
std::string name_of(ColourBy by, bool points);  // "by domain"; of points "by class"

struct Colouring {
  ColourBy by = ColourBy::expert;
  std::vector<viz::Colour> colours;  // [tokens]
  struct Entry {
    std::string name;
    viz::Colour colour = 0;
  };
  std::vector<Entry> entries;  // of the legend; none for amounts
  // Amounts: a bar from `low` to `high`, which move in steps as a model learns, grey for tokens without one.
  double low = 0, high = 1, mean = kMissing;
  std::string caption;                             // "loss, nats"; with what the grey ones lack, where there are any
  bool is_clipped_low = false, is_clipped = false;  // some lie beyond the bar's ends
  bool is_amount() const { return by == ColourBy::entropy || by == ColourBy::loss; }
};
Colouring colouring_of(const Snapshot& look, std::size_t layer, ColourBy by, const viz::Theme& theme);

// The bar of an amount, as high as colour_bar_height() at the cursor's place; part of the figure.
void draw_amount_bar(const PanelInput& in, const Colouring& colouring, float width);

}  // namespace switchyard::app
