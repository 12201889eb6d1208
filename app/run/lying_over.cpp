#include "app/run/lying_over.h"

namespace switchyard::app {

bool page_is_open(const UiState& ui) {
  return ui.show_help || ui.show_about || !ui.reading.term.empty() || !ui.reading.panel.empty();
}

bool dialog_is_open(const UiState& ui) {
  return ui.palette.open != Palette::Open::nothing || ui.name_prompt.asks != NamePrompt::Asks::nothing ||
         !ui.sweep_prompt.key.empty() || ui.studies_prompt.is_open || ui.key_prompt.of ||
         !ui.figure_prompt.panel.empty() || ui.chooser.what != Chooses::nothing || !ui.text_offer.path.empty();
}

bool something_lies_over(const UiState& ui) { return ui.reading.tour >= 0 || dialog_is_open(ui); }

}  // namespace switchyard::app
