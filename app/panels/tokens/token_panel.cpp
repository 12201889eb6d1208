// A validation passage, every token on the colour of the expert that handled it first.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string>
#include <utility>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/parts/token_text.h"
#include "app/panels/tokens/panels.h"
#include "app/ui/registry.h"
#include "viz/widgets/text_strip.h"

namespace switchyard::app {

namespace {

// Whether a token went to the expert, first or later choice.
bool chose(const ProbeLayer& layer, std::size_t token, int expert) {
  const auto ranked = static_cast<std::size_t>(layer.ranked);
  for (std::size_t r = 0; r < static_cast<std::size_t>(layer.top_k); ++r) {
    if (layer.expert[token * ranked + r] == expert) return true;
  }
  return false;
}

// The strip's tokens and, for each, which probe token it is; -1 for the line ends between passages.
struct Strip {
  std::vector<viz::StripToken> tokens;
  std::vector<std::ptrdiff_t> probe;
  std::deque<std::string> names;  // of domains, which tokens point at
  void add(const viz::StripToken& token, std::ptrdiff_t at) {
    tokens.push_back(token);
    probe.push_back(at);
  }
};

void add_passage(const PanelInput& in, const UiState& ui, const ProbeLayer& layer, std::size_t begin,
                 std::size_t end, Strip& strip) {
  const auto k = static_cast<std::size_t>(layer.top_k);
  // A token under the mouse lights its expert everywhere but here: the text would flicker under it.
  const bool own_light = ui.hover_source == HoverSource::token_text;
  const int lit = !own_light && ui.hovered_expert < layer.experts ? ui.hovered_expert : -1;
  for (std::size_t t = begin; t < end; ++t) {
    const int first = first_choice(layer, t);
    const float weight = first >= 0 ? shown_weight(layer, t * k) : 0;
    const bool dropped = layer.kept[t * k] == 0;
    viz::StripToken token{.text = in.snapshot->tokens->text[t]};
    float strength = dropped ? 0.12f : 0.25f + 0.75f * weight;
    token.faint = dropped;
    int shown = first;
    if (lit >= 0) {
      const bool mine = chose(layer, t, lit);
      token.emphasised = first == lit;
      token.faint = !mine;
      if (!mine) strength *= 0.2f;
      // A later choice of the lit expert wears its colour, paler than a first one.
      if (mine && first != lit) {
        shown = lit;
        strength = 0.35f;
      }
    }
    if (!ui.selection.has(t)) {
      token.faint = true;
      strength *= 0.15f;
    } else if (ui.selection.active() && lit < 0) {
      token.emphasised = true;
    }
    if (shown >= 0)
      token.background =
          viz::faded(viz::category_colour(in.theme, static_cast<std::size_t>(std::max(0, shown))), strength);
    strip.add(token, static_cast<std::ptrdiff_t>(t));
  }
}

// The chosen passage on top, the others after it in a circle, so that a tall panel is full of text.
Strip strip_from(const PanelInput& in, const UiState& ui, const ProbeLayer& layer, std::size_t passage,
                 std::size_t passages, std::size_t length) {
  const std::vector<std::string>& text = in.snapshot->tokens->text;
  Strip strip;
  strip.tokens.reserve(text.size() + 2 * passages);
  strip.probe.reserve(text.size() + 2 * passages);
  for (std::size_t i = 0; i < passages; ++i) {
    const std::size_t begin = (passage + i) % passages * length, end = std::min(text.size(), begin + length);
    if (i > 0) {
      if (strip.tokens.back().text != "\n") strip.add({.text = "\n", .faint = true}, -1);
      strip.add({.text = "\n", .faint = true}, -1);
      // The title names the domain of the first alone.
      if (std::string domain = domains_of(*in.snapshot->tokens, begin, end); !domain.empty()) {
        strip.names.push_back(std::move(domain));
        strip.add({.text = strip.names.back(), .faint = true}, -1);
        strip.add({.text = "\n", .faint = true}, -1);
      }
    }
    add_passage(in, ui, layer, begin, end, strip);
  }
  return strip;
}

// The tokens in the order they are shown.
void fill_table(const Snapshot& snapshot, const ProbeLayer& layer, const Strip& strip, Table& table) {
  const ProbeTokens& tokens = *snapshot.tokens;
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  std::vector<std::string> columns{"passage", "position", "token", "domain", "loss [nats]", "router entropy [0 to 1]"};
  add_routing_columns(columns, layer);
  table.set_header(std::move(columns));
  for (const std::ptrdiff_t probe : strip.probe) {
    if (probe < 0) continue;
    const auto t = static_cast<std::size_t>(probe);
    const bool has_domain = t < tokens.domain.size() && tokens.domain[t] < tokens.domain_names.size();
    std::vector<Cell> cells{static_cast<std::int64_t>(t / length), static_cast<std::int64_t>(t % length), tokens.text[t],
                            has_domain ? Cell(tokens.domain_names[tokens.domain[t]]) : Cell(),
                            t < snapshot.token_loss.size() ? Cell(snapshot.token_loss[t]) : Cell(),
                            t < layer.entropy.size() ? Cell(layer.entropy[t]) : Cell()};
    add_routing_cells(cells, layer, t);
    table.add_row(std::move(cells));
  }
}

}  // namespace

void draw_token_panel(const PanelInput& in, UiState& ui, Commands&) {
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready || !in.snapshot->tokens || in.snapshot->tokens->text.empty()) {
    open_panel(in, of_look(in, "validation passage · coloured by first expert"), &notes::tokens);
    draw_not_ready(in, state == Readiness::ready ? Readiness::first_step : state,
                   "a passage of the validation text, coloured by expert");
    light_expert(ui, HoverSource::tokens, -1);
    return panel_end(in);
  }
  const Snapshot& snapshot = *in.snapshot;
  const ProbeTokens& tokens = *snapshot.tokens;
  const std::size_t total = tokens.text.size();
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  const std::size_t passages = (total + length - 1) / length;
  std::size_t passage = std::min(ui.passage, passages - 1);

  const std::string domain = domains_of(tokens, passage * length, std::min(total, (passage + 1) * length));
  // What is chosen needs the room of the words.
  const bool chosen = ui.selection.active() || ui.pinned_expert >= 0;
  open_panel(
      in,
      of_look(in, chosen           ? std::string("by first expert")
                  : domain.empty() ? fmt::format("{} · by first expert",
                                                 in.status.recorded ? "recorded tokens" : "validation passage")
                                   : fmt::format("validation, {} · by first expert", domain)),
      &notes::tokens);
  const auto layer_index = static_cast<std::size_t>(layer_picker(in, ui, snapshot.layers.size(), false));
  if (passages > 1) {
    panel_header_wants(70 * in.scale);
    if (header_arrow(in, "next passage", Arrow::right)) ui.passage = passage = (passage + 1) % passages;
    header_text(in, fmt::format("{}/{}", passage + 1, passages));
    if (header_arrow(in, "previous passage", Arrow::left))
      ui.passage = passage = (passage + passages - 1) % passages;
  }
  if (lacks_first_choices(in)) {
    light_expert(ui, HoverSource::tokens, -1);
    light_expert(ui, HoverSource::token_text, -1);
    return panel_end(in);
  }
  const ProbeLayer& layer = snapshot.layers[layer_index];
  chosen_chips(in, ui, static_cast<std::size_t>(layer.experts));
  const Strip strip = strip_from(in, ui, layer, passage, passages, length);

  if (Table* table = wanted_table(in)) fill_table(snapshot, layer, strip, *table);

  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const float chips = expert_chips_height(in);
  const bool with_chips = room.y > 3 * chips;
  const float text_height = with_chips ? room.y - chips - 4 * in.scale : room.y;
  int lit = -1, lit_by_text = -1;
  if (room.x > 1 && text_height > 1) {
    const viz::TextStripResult result =
        viz::text_strip({.id = "passage",
                         .size = {room.x, text_height},
                         .tokens = strip.tokens,
                         .opacity = 0.6f,
                         .scroll_bar = !for_figure(in)},
                        in.theme, in.scale);
    panel_hides(in, result.hidden_height);
    register_item("passage");
    if (result.hovered >= 0 && static_cast<std::size_t>(result.hovered) < strip.probe.size()) {
      const std::ptrdiff_t token = strip.probe[static_cast<std::size_t>(result.hovered)];
      if (token >= 0) {
        token_tooltip(in, layer_index, static_cast<std::size_t>(token), false);
        lit_by_text = first_choice(layer, static_cast<std::size_t>(token));
      }
    }
    if (with_chips) {
      ImGui::SetCursorScreenPos({at.x, at.y + text_height + 4 * in.scale});
      lit = expert_chips(in, ui, static_cast<std::size_t>(layer.experts));
    }
  }
  light_expert(ui, HoverSource::tokens, lit);
  light_expert(ui, HoverSource::token_text, lit_by_text);
  panel_end(in);
}

}  // namespace switchyard::app
