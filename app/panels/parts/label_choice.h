// What tokens are sorted by in the panels that ask who specialises in what: the choice of labels, its combo, and the
// matrix's names and colours.
//
// Thread safety: window thread only.
#pragma once

#include <string_view>
#include <vector>

#include "app/panels/parts/panel_parts.h"
#include "core/insight/assignments.h"

namespace switchyard::app {

// Kinds of labels that this look has, the most telling first.
std::vector<LabelKind> label_kinds(const Snapshot& look);
// The kind to show: the one chosen where this look has it, else the most telling.
LabelKind shown_labels(const UiState& ui, const Snapshot& look);
// Combo ("labels") in the title's line where there is a choice; returns the kind to show.
LabelKind label_picker(const PanelInput& in, UiState& ui, const Snapshot& look);
viz::Colour label_colour(const viz::Theme& theme, LabelKind kind, std::size_t label);

}  // namespace switchyard::app
