#include "app/run/lying_over.h"

#include <algorithm>
#include <iterator>

namespace switchyard::app {

bool lies_over(const UiState& ui, Over what) {
  switch (what) {
    case Over::page:
      return ui.show_help || ui.show_about || !ui.reading.term.empty() || !ui.reading.panel.empty();
    case Over::tour:
      return ui.reading.tour >= 0;
    case Over::palette:
      return ui.palette.open != Palette::Open::nothing;
    case Over::name:
      return ui.name_prompt.asks != NamePrompt::Asks::nothing;
    case Over::sweep:
      return !ui.sweep_prompt.key.empty();
    case Over::studies:
      return ui.studies_prompt.is_open;
    case Over::keys:
      return ui.key_prompt.of.has_value();
    case Over::figure:
      return !ui.figure_prompt.panel.empty();
    case Over::chooser:
      return ui.chooser.what != Chooses::nothing;
    case Over::text:
      return !ui.text_offer.path.empty();
  }
  return false;
}

bool dialog_is_open(const UiState& ui) {
  return std::any_of(std::begin(kDialogs), std::end(kDialogs), [&](Over what) { return lies_over(ui, what); });
}

bool something_lies_over(const UiState& ui) { return lies_over(ui, Over::tour) || dialog_is_open(ui); }

}  // namespace switchyard::app
