// Which experts are chosen for the same token, over all pairs of its experts, in one layer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/experts/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/share_or_lift.h"
#include "app/run/derived/insight_cache.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/plots/matrix.h"

namespace switchyard::app {
namespace {

void fill_table(const CoActivation& c, Table& table) {
  table.set_header({"expert", "with expert", "tokens of the expert", "of them with both", "share", "lift", "chance (k-1)/(N-1)"});
  for (std::int32_t i = 0; i < c.experts; ++i)
    for (std::int32_t j = 0; j < c.experts; ++j)
      if (i != j)
        table.add_row({std::int64_t{i}, std::int64_t{j}, c.tokens[static_cast<std::size_t>(i)], c.pairs[c.at(i, j)], c.share[c.at(i, j)],
                       c.lift[c.at(i, j)], c.chance});
}

void pair_tooltip(const PanelInput& in, const CoActivation& c, std::int32_t i, std::int32_t j) {
  const auto experts = static_cast<std::size_t>(c.experts);
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(fmt::format("{} with {}", expert_name(i, experts), expert_name(j, experts)).c_str());
  }
  if (i == j) {
    ImGui::TextUnformatted(fmt::format("{} tokens", viz::grouped(static_cast<double>(c.tokens[static_cast<std::size_t>(i)]))).c_str());
  } else {
    ImGui::TextUnformatted(fmt::format("{} of {} tokens: {}", viz::grouped(static_cast<double>(c.pairs[c.at(i, j)])),
                                       viz::grouped(static_cast<double>(c.tokens[static_cast<std::size_t>(i)])),
                                       viz::percent(c.share[c.at(i, j)]))
                               .c_str());
    const WithFont small(in.theme.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, in.theme.text_dim);
    ImGui::TextUnformatted(fmt::format("{} as often as their loads alone would have it; by chance (k−1)/(N−1) = {}",
                                       viz::times(c.lift[c.at(i, j)]), viz::percent(c.chance))
                               .c_str());
    ImGui::PopStyleColor();
  }
  ImGui::EndTooltip();
}

}  // namespace

float most_co_activation(const PanelInput& in, const UiState& ui) {
  if (readiness(in, true) != Readiness::ready) return 0;
  const auto layer = static_cast<std::size_t>(shown_layer(ui, in.snapshot->layers.size()));
  const CoActivation& c = in.run.insight.co_activation(*in.snapshot, layer, ui.selection.chosen);
  return c.empty() ? 0 : ShareOrLift::top_of(c.share, c.chance);
}

void draw_co_activation_panel(const PanelInput& in, UiState& ui, Commands&) {
  open_panel(in, of_look(in), &notes::co_activation);
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "which experts are chosen together");
    light_expert(ui, HoverSource::co_activation, -1);
    return panel_end(in);
  }
  const Snapshot& look = *in.snapshot;
  const auto layer = static_cast<std::size_t>(layer_picker(in, ui, look.layers.size(), true));
  int as = ui.co_activation_lift ? 1 : 0;
  if (panel_header_combo(in, "figure", &as, std::vector<std::string>{"share", "lift"})) ui.co_activation_lift = as == 1;
  chosen_chips(in, ui, static_cast<std::size_t>(look.layers[layer].experts));
  header_text(in, among_text(ui, look));
  const CoActivation& c = in.run.insight.co_activation(look, layer, ui.selection.chosen);
  const bool pairs = std::any_of(c.pairs.begin(), c.pairs.end(), [](std::int64_t n) { return n > 0; });
  if (c.empty() || !pairs) {
    draw_empty(in,
               c.empty() && c.experts > 0 ? "too many experts to lay side by side"
               : c.empty()                ? "soft mixing sends every token everywhere"
                                          : "one expert a token: nobody is chosen together",
               c.empty() || in.status.recorded ? "" : "set Top-k to 2 or more");
    light_expert(ui, HoverSource::co_activation, -1);
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) fill_table(c, *table);

  const bool lifts = ui.co_activation_lift;
  const ShareOrLift shown(c.share, c.lift, lifts, c.chance, in.several ? in.several->most : 0);
  const auto experts = static_cast<std::size_t>(c.experts);
  const std::vector<std::string> names = expert_names(experts);
  const std::vector<std::string_view> labels(names.begin(), names.end());
  std::vector<viz::Colour> colours;
  for (std::size_t e = 0; e < experts; ++e) colours.push_back(viz::category_colour(in.theme, e));
  const int lit = ui.hovered_expert < c.experts ? ui.hovered_expert : -1;
  int lights = -1;
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x > 1 && room.y > 1) {
    viz::MatrixSpec spec{.id = "co-activation",
                         .size = room,
                         .rows = experts,
                         .columns = experts,
                         .row_labels = labels,
                         .column_labels = labels,
                         .row_colours = colours,
                         .column_colours = colours,
                         .highlighted_row = lit,
                         .highlighted_column = lit,
                         .caption = lifts ? "against what their loads alone give" : "of the row's tokens, how many the column has too, %"};
    shown.fill(spec, "chance");
    const viz::MatrixResult result = viz::matrix(spec, in.theme, in.scale);
    register_item("matrix", shown.scale_text());
    lights = result.row >= 0 ? result.row : result.column;
    if (result.clicked && lights >= 0) pin_expert(ui, lights);
    if (result.row >= 0 && result.column >= 0) pair_tooltip(in, c, result.row, result.column);
  }
  light_expert(ui, HoverSource::co_activation, lights);
  panel_end(in);
}

}  // namespace switchyard::app
