// Single characters by experts: whose tokens go to whom, the most frequent or the most specialised ones. Text only.
//
// Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <vector>

#include "app/run/panel.h"
#include "app/ui/table.h"
#include "core/insight/vocabulary.h"

namespace switchyard::app {

// Indices into v.tokens, in the order of the rows: by occurrences, or by (v - v0) / (1 - v0).
std::vector<std::size_t> token_order(const VocabularySpecialization& v, bool frequent);

// As many rows as `size` has room for. A click selects a character's tokens, of a cell those that went to the expert, and
// pins the expert of a column's name. Returns the expert under the mouse, -1: none.
int draw_token_matrix(const PanelInput& in, UiState& ui, const VocabularySpecialization& v, std::size_t layer, ImVec2 size);
// Where the scale of its shares ends, by all of its characters; 0: there are none.
float most_in_token_matrix(const VocabularySpecialization& v);
void fill_token_table(const VocabularySpecialization& v, Table& table);

}  // namespace switchyard::app
