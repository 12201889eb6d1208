// The figures of an expert's card: which expert, what the look says of it, and the table behind the panel.
//
// Thread safety: window thread only.
#pragma once

#include <cstddef>

#include "app/run/panel.h"
#include "app/ui/table.h"
#include "core/insight/expert_profile.h"

namespace switchyard::app {

struct ExpertCard {
  std::size_t layer = 0, experts = 0;
  int expert = 0;
  double load = kMissing;        // utilisation in the last step, fair share 1
  double load_share = kMissing;  // of the last step's tokens
  const ExpertProfile* profile = nullptr;
  WeightProfile weights{};  // not known without a look at the weights
};

// The expert whose card is shown in a layer: the one chosen last, where the layer has it. While none was, the one that had
// most to do since the model was built, which seldom changes.
int shown_expert(const PanelInput& in, const UiState& ui, std::size_t layer);
// Another expert's card; an expert that is pinned gives way to it.
void choose_expert(UiState& ui, int expert);
// Load from the history, weights from the look. `profile` must outlive the card.
ExpertCard card_of(const PanelInput& in, const UiState& ui, std::size_t layer, int expert, const ExpertProfile& profile);
// A row a figure: what it is, of whom, its value, what it counts, and its reference; then the load over steps.
void fill_card_table(const PanelInput& in, const ExpertCard& card, Table& table);

}  // namespace switchyard::app
