// What the data panels share: empty states, the light on an expert, the
// layer picker, colours of experts and domains. Their names: app/run/words/names.h.
//
// Thread safety: window thread only. Nothing here keeps state outside UiState.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/panels/parts/metric_notes.h"
#include "app/run/derived/views.h"
#include "app/run/panel.h"
#include "app/run/words/names.h"
#include "viz/base/geometry.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

// panel_begin() plus a tooltip with the note while the mouse rests on the title.
void open_panel(const PanelInput& in, std::string_view subtitle, const MetricNote* note = nullptr);
// Its model is looked at from time to time: it learns in this window, with the knobs or beside them.
bool brings_looks(const PanelInput& in);
// Why a look lacks what is worked out only while somebody watches: "the next look brings them"; of a record no look comes.
std::string_view brought_by_next_look(const PanelInput& in);
// The subtitle of a panel that shows a look at the model: of one that is looked back at it names the step first.
std::string of_look(const PanelInput& in, std::string_view subtitle = {});

// Small arrows and figures at the right end of the title's line, laid from right to left; what finds no
// room is left out. The cursor stays where it is.
enum class Arrow { left, right };
bool header_arrow(const PanelInput& in, const char* label, Arrow arrow, bool enabled = true);
void header_text(const PanelInput& in, std::string_view shown);

// --- what there is to show

enum class Readiness { loading, failed, first_step, dense, ready };
Readiness readiness(const PanelInput& in, bool needs_snapshot);
// Of a panel of curves that every model has, also one without any MoE layer, while there is no step yet.
Readiness readiness_of_curves(const PanelInput& in);
// Fills what is left of the panel with one considered sentence, and a second, dimmer one.
void draw_empty(const PanelInput& in, std::string_view sentence, std::string_view hint = {});
// The sentence for a panel that is not ready.
void draw_not_ready(const PanelInput& in, Readiness state, std::string_view what);
// Whether a recording of another program's lacks which of a token's experts came first, all over this look; then
// the panel says so.
bool lacks_first_choices(const PanelInput& in);

// Words of a panel, wrapped to `width` pixels (0: what is left), as an item of their size; part of its figure.
// How high they will be.
float words_height(const PanelInput& in, viz::Font font, std::string_view text, float width);
void write_words(const PanelInput& in, viz::Font font, viz::Colour colour, std::string_view text, float width = 0);

// --- layers

// The layer to show, within those there are; the selection itself survives a model with fewer.
int shown_layer(const UiState& ui, std::size_t layers);
// The same for a panel that shows nothing but this layer, which so has a figure for each.
int one_layer(const PanelInput& in, const UiState& ui, std::size_t layers);
// one_layer() with a combo ("layer") and, where wanted, arrows ("previous layer", "next layer") in the title's line; returns the
// layer to show.
int layer_picker(const PanelInput& in, UiState& ui, std::size_t layers, bool arrows);

// --- experts and domains

// Domains wear the colours of curves, which no early expert has, so that the two are never mixed up.
viz::Colour domain_colour(const viz::Theme& theme, std::size_t domain);
// Lights `expert` everywhere while the mouse is on it; -1 puts out a light this source had lit.
void light_expert(UiState& ui, HoverSource source, int expert);
// Lights it until another is pinned, or none (-1); an expert under the mouse outshines it. Its card is shown from then on.
void pin_expert(UiState& ui, int expert);
// Which tokens (points) of the probe a figure counts: "of 1,024 tokens", "of 120 selected tokens".
std::string among_text(const UiState& ui, const Snapshot& snapshot);
// What stands out of the probe in one layer: tokens that are selected and, where an expert is lit, went to it first.
// [tokens]; empty where nothing steps back.
std::vector<std::uint8_t> lit_tokens(const UiState& ui, const ProbeLayer* layer, std::size_t tokens);
// In the title's line, as wide as it needs: "37 selected ×", "E12 ×"; a click takes it back. Nothing where nothing is
// chosen.
void chosen_chips(const PanelInput& in, UiState& ui, std::size_t experts);
// Of a record: "Wake model" and what for, which makes its model again (app/run/wake.h); of a run beside, whose
// model is awake, "Lead": only who leads is asked. size 0: as the label needs.
void wake_button(const PanelInput& in, UiState& ui, Commands& out, std::string_view what_for = {},
                 ImVec2 size = {0, 0});
// Looks into a probe token; layer: where to try other experts, Inspect::no_layer: nowhere. A record's is shown as it was.
void inspect_token(const RunStatus& status, UiState& ui, int token, std::int32_t layer, Commands& out);
// One line of chips, coloured squares with names; returns the expert under the mouse or -1, a click pins it. Experts that
// do not fit into `width` (0: what is left of the panel) are counted at the end.
int expert_chips(const PanelInput& in, UiState& ui, std::size_t experts, float width = 0);
float expert_chips_height(const PanelInput& in);

}  // namespace switchyard::app
