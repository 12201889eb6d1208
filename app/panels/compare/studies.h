// What several seeds say, in the panel of the runs that are compared: the study of "How sure?" with its verdict as
// intervals, and the sweep over one or two knobs with its ranking and figure; each with how far it is.
//
// Thread safety: window thread only.
#pragma once

#include <string>
#include <vector>

#include "app/run/panel.h"
#include "app/ui/table.h"

namespace switchyard::app {

void draw_studies(const PanelInput& in, UiState& ui);

// Columns behind those of the table, of the arm that the row is called (`labels`, a row each): what was found
// against the first. Arms that are none of the rows follow as rows of their own, named in the first column.
// Nothing without a verdict.
void add_verdict_columns(Table& table, const std::vector<std::string>& labels, const StudyShown& study);

}  // namespace switchyard::app
