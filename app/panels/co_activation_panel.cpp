// Which experts are chosen for the same token, over all pairs of its experts, against what their loads alone would give.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "app/panels/panel_parts.h"
#include "app/panels/panels.h"
#include "app/ui/panel_frame.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "core/insight/co_activation.h"
#include "viz/format.h"
#include "viz/matrix.h"

namespace switchyard::app {

namespace {

std::string in_percent(double share) { return fmt::format("{:.0f}", 100 * share); }
std::string as_lift(double lift) { return fmt::format("{:.1f}", lift); }

void pair_tooltip(const PanelInput& in, const CoActivation& all, int i, int j) {
  const auto experts = static_cast<std::size_t>(all.experts);
  const std::size_t at = all.at(i, j);
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(fmt::format("{} with {}", expert_name(i, experts), expert_name(j, experts)).c_str());
  }
  {
    const WithFont mono(in.theme.fonts.mono_small);
    ImGui::TextUnformatted(fmt::format("{} of {} tokens: {}\nchance {}\nlift {}", all.pairs[at], all.tokens[static_cast<std::size_t>(i)],
                                       std::isfinite(all.share[at]) ? viz::percent(all.share[at]) : "–",
                                       std::isfinite(all.chance) ? viz::percent(all.chance) : "–",
                                       std::isfinite(all.lift[at]) ? viz::times(all.lift[at]) : "–")
                               .c_str());
  }
  ImGui::Separator();
  draw_note(notes::co_activation, {}, in.theme, in.scale);
  ImGui::EndTooltip();
}

void fill_table(const CoActivation& all, Table& table) {
  table.set_header({"expert", "with expert", "tokens of the expert", "of them with both", "share", "lift"});
  for (int i = 0; i < all.experts; ++i)
    for (int j = 0; j < all.experts; ++j) {
      if (i == j) continue;
      const std::size_t at = all.at(i, j);
      table.add_row({std::int64_t{i}, std::int64_t{j}, all.tokens[static_cast<std::size_t>(i)], all.pairs[at], all.share[at], all.lift[at]});
    }
}

}  // namespace

void draw_co_activation_panel(const PanelInput& in, UiState& ui, Commands&) {
  open_panel(in, "Co-activation", {}, &notes::co_activation);
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "which experts serve the same tokens");
    light_expert(ui, HoverSource::co_activation, -1);
    return panel_end(in);
  }
  const auto index = static_cast<std::size_t>(layer_picker(in, ui, in.snapshot->layers.size(), false));
  const ProbeLayer& layer = in.snapshot->layers[index];
  const std::array<std::string, 2> figures{"lift", "share"};
  int figure = ui.co_activation_share ? 1 : 0;
  if (panel_header_combo(in, "figure", &figure, figures)) ui.co_activation_share = figure == 1;
  chosen_chips(in, ui, static_cast<std::size_t>(layer.experts));
  const CoActivation all = co_activation(assignments_of(layer), ui.selection.chosen);
  if (all.empty() || layer.top_k < 2) {
    draw_empty(in, all.empty() ? "nothing is chosen here" : "one expert a token: none are chosen together",
               all.empty() ? "soft mixing gives every expert a share of every token" : "set Top-k to 2 and pairs appear");
    light_expert(ui, HoverSource::co_activation, -1);
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) fill_table(all, *table);

  const bool lift = !ui.co_activation_share;
  const auto experts = static_cast<std::size_t>(all.experts);
  const std::vector<double>& source = lift ? all.lift : all.share;
  const std::vector<float> values(source.begin(), source.end());
  float most = 0;
  for (const float value : values)
    if (std::isfinite(value)) most = std::max(most, value);
  const std::vector<std::string> names = expert_names(experts);
  const std::vector<std::string_view> labels(names.begin(), names.end());
  std::vector<viz::Colour> colours;
  for (std::size_t e = 0; e < experts; ++e) colours.push_back(viz::category_colour(in.theme, e));
  const int lit = ui.hovered_expert < all.experts ? ui.hovered_expert : -1;
  const std::string high = lift ? std::string("2×") : viz::percent(most);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  int lights = -1;
  if (room.x > 8 && room.y > 8) {
    const viz::MatrixResult result = viz::matrix({.id = "pairs",
                                                  .size = room,
                                                  .rows = experts,
                                                  .columns = experts,
                                                  .values = values,
                                                  .shares = values,
                                                  .share_min = 0,
                                                  .share_max = lift ? 2 : std::max(most, 1e-6f),
                                                  .format = lift ? as_lift : in_percent,
                                                  .zero_is_empty = false,
                                                  .row_labels = labels,
                                                  .column_labels = labels,
                                                  .row_colours = colours,
                                                  .column_colours = colours,
                                                  .map = lift ? viz::ColourMap::diverging : viz::ColourMap::viridis,
                                                  .highlighted_row = lit,
                                                  .highlighted_column = lit,
                                                  .show_legend = true,
                                                  .min_label = lift ? "0×" : "0 %",
                                                  .max_label = high,
                                                  .caption = lift ? "tokens shared, against their loads" : "% of the row's tokens",
                                                  .reference = lift ? 1 : static_cast<float>(all.chance),
                                                  .reference_label = lift ? "as loads" : "chance"},
                                                 in.theme, in.scale);
    register_item("pairs");
    if (result.row >= 0 && result.column >= 0 && result.row != result.column) pair_tooltip(in, all, result.row, result.column);
    lights = result.row >= 0 ? result.row : result.column;
    if (result.clicked && lights >= 0) pin_expert(ui, lights);
  }
  light_expert(ui, HoverSource::co_activation, lights);
  panel_end(in);
}

}  // namespace switchyard::app
