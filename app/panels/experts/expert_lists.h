// The lists of an expert's card, each with a title that explains itself: its tokens, labels, contexts and points, and the
// experts it works with. Drawn at the cursor, `width` pixels wide; the cursor goes below. Every figure stands beside what
// chance or the others would give.
//
// Thread safety: window thread only. View choices go to UiState, intent leaves as Commands.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "app/panels/experts/expert_card.h"
#include "app/panels/parts/metric_notes.h"
#include "app/run/panel.h"

namespace switchyard::app {

// Logical pixels of a title and of a row below it.
inline constexpr float kListTitle = 20, kListRow = 16;

// Figures as the card writes them; a dash for what does not exist.
std::string shown_share(double value);
std::string times_text(double value);
// What takes part, for sentences: "tokens" or "points".
const char* what_of(const PanelInput& in);
viz::Colour ink_of(const PanelInput& in, int expert);

// The title of a list with its note, and what its figures stand beside at the right.
void list_title(const PanelInput& in, const char* title, std::string_view reference, const MetricNote& note, float width);

// Labels of one kind, as this expert sees them.
struct LabelList {
  LabelKind kind;
  const ExpertProfile* profile;
};

// At most `most` rows of each. A click selects a token's or a label's occurrences, or inspects a context.
void draw_tokens(const PanelInput& in, UiState& ui, const ExpertCard& card, std::size_t most, float width);
void draw_labels(const PanelInput& in, UiState& ui, const ExpertCard& card, const LabelList& list, std::size_t most, float width);
// A stretch of text a line, the token in the middle in the expert's colour.
void draw_contexts(const PanelInput& in, UiState& ui, const ExpertCard& card, std::size_t most, float width, Commands& out);
// Points it was given with the largest weight.
void draw_points(const PanelInput& in, const ExpertCard& card, std::size_t most, float width);

// Partners and alikes (expert_company.cpp); a click shows that one's card. Returns the expert under the mouse, -1: none.
int draw_company(const PanelInput& in, UiState& ui, const ExpertCard& card, float width);

}  // namespace switchyard::app
