// Which share of each label's tokens every expert is given: domains and characters of a text, classes of points;
// against chance, with how well experts and labels agree, now and over time.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/panel_parts.h"
#include "app/panels/panels.h"
#include "app/panels/time_plots.h"
#include "app/ui/panel_frame.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/format.h"
#include "viz/line_plot.h"
#include "viz/matrix.h"

namespace switchyard::app {

namespace {

std::string in_percent(double share) { return fmt::format("{:.0f}", 100 * share); }
std::string as_lift(double lift) { return fmt::format("{:.1f}", lift); }

void cell_tooltip(const PanelInput& in, const LabelInsight& insight, std::size_t row, std::size_t column) {
  const Specialization& all = insight.specialization();
  const auto experts = static_cast<std::size_t>(all.experts);
  const std::size_t at = row * experts + column;
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(fmt::format("{} to {}", insight.labels().names[row], expert_name(static_cast<int>(column), experts)).c_str());
  }
  {
    const WithFont mono(in.theme.fonts.mono_small);
    ImGui::TextUnformatted(fmt::format("{} of {} tokens: {}\nchance {}, its load {}\nlift {}", all.counts[at], all.tokens[row],
                                       std::isfinite(all.share[at]) ? viz::percent(all.share[at]) : "–", viz::percent(all.chance),
                                       viz::percent(all.overall[column]), std::isfinite(all.lift[at]) ? viz::times(all.lift[at]) : "–")
                               .c_str());
  }
  ImGui::Separator();
  draw_note(notes::specialization, {}, in.theme, in.scale);
  ImGui::EndTooltip();
}

void draw_matrix_of(const PanelInput& in, UiState& ui, const LabelInsight& insight, ImVec2 size) {
  const Specialization& all = insight.specialization();
  const auto rows = static_cast<std::size_t>(all.labels), columns = static_cast<std::size_t>(all.experts);
  const bool lift = ui.specialization_lift;
  const std::vector<double>& figures = lift ? all.lift : all.share;
  const std::vector<float> values(figures.begin(), figures.end());
  float most = 0;
  for (const float value : values)
    if (std::isfinite(value)) most = std::max(most, value);
  const std::vector<std::string> experts = expert_names(columns);
  const std::vector<std::string_view> names(experts.begin(), experts.end());
  std::vector<std::string_view> labels(insight.labels().names.begin(), insight.labels().names.end());
  std::vector<viz::Colour> colours;
  for (std::size_t e = 0; e < columns; ++e) colours.push_back(viz::category_colour(in.theme, e));
  const std::string high = lift ? std::string("2×") : viz::percent(most), chance = fmt::format("chance {}", viz::percent(all.chance));
  const viz::MatrixResult result = viz::matrix({.id = "specialization",
                                                .size = size,
                                                .rows = rows,
                                                .columns = columns,
                                                .values = values,
                                                .shares = values,
                                                .share_min = 0,
                                                .share_max = lift ? 2 : std::max(most, 1e-6f),
                                                .format = lift ? as_lift : in_percent,
                                                .zero_is_empty = false,
                                                .row_labels = labels,
                                                .column_labels = names,
                                                .column_colours = colours,
                                                .map = lift ? viz::ColourMap::diverging : viz::ColourMap::viridis,
                                                .highlighted_column = ui.hovered_expert < all.experts ? ui.hovered_expert : -1,
                                                .show_legend = true,
                                                .min_label = lift ? "0×" : "0 %",
                                                .max_label = high,
                                                .caption = lift ? "share against the expert's load" : "% of each row's tokens",
                                                .reference = lift ? 1 : static_cast<float>(all.chance),
                                                .reference_label = lift ? std::string_view("as its load") : std::string_view(chance)},
                                               in.theme, in.scale);
  register_item("matrix");
  if (result.row >= 0 && result.column >= 0)
    cell_tooltip(in, insight, static_cast<std::size_t>(result.row), static_cast<std::size_t>(result.column));
  // A label's name selects its tokens.
  if (result.clicked && result.row >= 0 && in.snapshot) {
    const Labels known = labels_of(*in.snapshot, ui.label_kind);
    std::vector<std::uint8_t> chosen(known.of.size());
    for (std::size_t t = 0; t < chosen.size(); ++t)
      chosen[t] = known.of[t] == result.row &&
                  (result.column < 0 || in.snapshot->layers[static_cast<std::size_t>(shown_layer(ui, in.snapshot->layers.size()))]
                                                .expert[t * static_cast<std::size_t>(in.snapshot->layers[static_cast<std::size_t>(shown_layer(ui, in.snapshot->layers.size()))].ranked)] == result.column);
    ui.selection = select(*in.snapshot, std::move(chosen), known.names[static_cast<std::size_t>(result.row)]);
  }
  light_expert(ui, HoverSource::specialization, result.column);
}

void draw_over_time(const PanelInput& in, UiState& ui, ImVec2 size) {
  const LabelInsight::OverTime& over = ui.labels.over_time();
  const std::array<viz::Curve, 2> curves{{{.label = "NMI",
                                           .x = viz::View<double>(over.x.data(), over.x.size()),
                                           .y = viz::View<float>(over.nmi.data(), over.nmi.size()),
                                           .colour = viz::curve_colour(in.theme, 0),
                                           .thickness = 2,
                                           .sparse = true},
                                          {.label = "ARI",
                                           .x = viz::View<double>(over.x.data(), over.x.size()),
                                           .y = viz::View<float>(over.ari.data(), over.ari.size()),
                                           .colour = viz::curve_colour(in.theme, 1),
                                           .thickness = 2,
                                           .sparse = true}}};
  const viz::ReferenceLine chance{.y = 0, .label = "chance"};
  const EventMarks marks(in.history, in.theme, false, shown_x(ui.timeline, in.history));
  const viz::LinePlotResult result = viz::line_plot({.id = "agreement",
                                                     .size = size,
                                                     .curves = curves,
                                                     .references = std::span(&chance, 1),
                                                     .events = marks.marks(),
                                                     .summary = {},
                                                     .empty_text = "from the first looks at the model",
                                                     .y_include = 0},
                                                    ui.plots["agreement"], &ui.hover, in.theme, in.scale);
  if (result.view_changed) share_x_range(ui, "agreement");
  marks.tooltip(in, result.hovered_event);
}

void fill_table(const LabelInsight& insight, Table& table) {
  const Specialization& all = insight.specialization();
  const auto experts = static_cast<std::size_t>(all.experts);
  table.set_header({"label", "expert", "tokens of the label", "of them to the expert", "share", "lift"});
  for (std::size_t row = 0; row < static_cast<std::size_t>(all.labels); ++row)
    for (std::size_t e = 0; e < experts; ++e)
      table.add_row({insight.labels().names[row], static_cast<std::int64_t>(e), all.tokens[row], all.counts[row * experts + e],
                     all.share[row * experts + e], all.lift[row * experts + e]});
}

}  // namespace

void draw_specialization_panel(const PanelInput& in, UiState& ui, Commands&) {
  open_panel(in, "Specialization", {}, &notes::specialization);
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "which expert serves which domain, against chance");
    light_expert(ui, HoverSource::specialization, -1);
    return panel_end(in);
  }
  const Snapshot& snapshot = *in.snapshot;
  const auto layer = static_cast<std::size_t>(layer_picker(in, ui, snapshot.layers.size(), false));
  const std::vector<LabelKind> kinds = label_kinds(snapshot);
  std::vector<std::string> names;
  for (const LabelKind kind : kinds) names.push_back(fmt::format("by {}", name_of(kind)));
  int by = static_cast<int>(std::find(kinds.begin(), kinds.end(), ui.label_kind) - kinds.begin());
  if (by == static_cast<int>(kinds.size())) by = 0;
  if (kinds.size() > 1) panel_header_combo(in, "label", &by, names);
  ui.label_kind = kinds[static_cast<std::size_t>(by)];
  const std::array<std::string, 2> figures{"share", "lift"};
  int figure = ui.specialization_lift ? 1 : 0;
  if (panel_header_combo(in, "figure", &figure, figures)) ui.specialization_lift = figure == 1;
  chosen_chips(in, ui, static_cast<std::size_t>(snapshot.layers[layer].experts));

  ui.labels.update(snapshot, layer, ui.label_kind, ui.selection.chosen);
  const LabelInsight& insight = ui.labels;
  if (insight.specialization().empty()) {
    draw_empty(in, "nothing is chosen here", "soft mixing gives every expert a share of every token");
    light_expert(ui, HoverSource::specialization, -1);
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) fill_table(insight, *table);

  const Agreement& agreement = insight.agreement();
  const auto figure_text = [](double value) { return std::isfinite(value) ? fmt::format("{:.2f}", value) : std::string("–"); };
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const std::string line = fmt::format("NMI {} (chance 0, raw {})   ARI {}   chance of a cell k/N {}", figure_text(agreement.nmi),
                                       figure_text(agreement.raw_nmi), figure_text(agreement.ari),
                                       viz::percent(insight.specialization().chance));
  const float height = skin.px(19);
  draw_clipped_text(ImGui::GetWindowDrawList(), in.theme.fonts.mono_small, at, room.x, in.theme.text, line);
  ImGui::InvisibleButton("agreement line", {std::max(1.0f, std::min(room.x, text_size(in.theme.fonts.mono_small, line).x)), height});
  register_item("agreement", line);
  if (ImGui::IsItemHovered()) note_tooltip(notes::agreement, {}, in.theme, in.scale);

  const bool with_time = room.y > 260 * in.scale && in.kept;
  const float plot = with_time ? std::floor(std::min(0.34f * room.y, skin.px(190))) : 0, gap = with_time ? skin.px(8) : 0;
  const float left = room.y - height - plot - gap;
  if (room.x > 8 && left > 8) {
    ImGui::SetCursorScreenPos({at.x, at.y + height});
    draw_matrix_of(in, ui, insight, {room.x, left});
  }
  if (with_time) {
    ui.labels.update_over_time(*in.kept, snapshot.generation, layer, ui.label_kind);
    ImGui::SetCursorScreenPos({at.x, at.y + room.y - plot});
    draw_over_time(in, ui, {room.x, plot});
  }
  panel_end(in);
}

}  // namespace switchyard::app
