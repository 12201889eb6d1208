// Which expert gets which share of each label's tokens, in one layer; and how well experts and labels agree, against
// shuffled labels, in every layer.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "app/insight_cache.h"
#include "app/panels/label_choice.h"
#include "app/panels/panel_parts.h"
#include "app/panels/panels.h"
#include "app/panels/share_or_lift.h"
#include "app/panels/time_plots.h"
#include "app/ui/panel_frame.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "core/insight/layer_flow.h"
#include "core/insight/specialization.h"
#include "viz/canvas_imgui.h"
#include "viz/compat.h"
#include "viz/format.h"
#include "viz/line_plot.h"
#include "viz/matrix.h"

namespace switchyard::app {
namespace {

void fill_table(const Specialization& s, const std::vector<std::string>& labels, Table& table) {
  table.set_header({"label", "expert", "tokens of the label", "of them to the expert", "share", "lift", "chance k/N", "expert's share of all"});
  for (std::int32_t d = 0; d < s.labels; ++d)
    for (std::int32_t e = 0; e < s.experts; ++e) {
      const auto at = static_cast<std::size_t>(d * s.experts + e);
      table.add_row({labels[static_cast<std::size_t>(d)], std::int64_t{e}, s.tokens[static_cast<std::size_t>(d)], s.counts[at], s.share[at],
                     s.lift[at], s.chance, s.overall[static_cast<std::size_t>(e)]});
    }
}

void cell_tooltip(const PanelInput& in, const Specialization& s, const std::string& label, std::size_t row, int column) {
  const std::size_t at = row * static_cast<std::size_t>(s.experts) + static_cast<std::size_t>(column);
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(fmt::format("{} to {}", label, expert_name(column, static_cast<std::size_t>(s.experts))).c_str());
  }
  ImGui::TextUnformatted(fmt::format("{} of {} tokens: {}", viz::grouped(static_cast<double>(s.counts[at])),
                                     viz::grouped(static_cast<double>(s.tokens[row])), viz::percent(s.share[at]))
                             .c_str());
  {
    const WithFont small(in.theme.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, in.theme.text_dim);
    ImGui::TextUnformatted(fmt::format("of all tokens {} ({} lift); by chance k/N = {}",
                                       viz::percent(s.overall[static_cast<std::size_t>(column)]), viz::times(s.lift[at]),
                                       viz::percent(s.chance))
                               .c_str());
    ImGui::PopStyleColor();
  }
  ImGui::EndTooltip();
}

std::string figure(double value) { return std::isfinite(value) ? fmt::format("{:.3f}", value) : std::string("–"); }

// One line of figures below the matrix, each with its own explanation.
void draw_figures(const PanelInput& in, const LayerAgreement* found, bool is_text) {
  const Skin skin{in.theme, in.scale};
  struct Figure {
    const char* name;
    double value;
    const MetricNote* note;
  };
  std::vector<Figure> figures{{"NMI", found ? found->all.nmi : kMissing, &notes::nmi},
                              {"first choice", found ? found->first.nmi : kMissing, &notes::nmi_first},
                              {"ARI", found ? found->first.ari : kMissing, &notes::ari}};
  if (is_text) figures.push_back({"vocabulary", found ? found->vocabulary : kMissing, &notes::vocabulary});
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const float width = room.x / static_cast<float>(figures.size());
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const float x = at.x + width * static_cast<float>(i);
    canvas.text({x, at.y}, viz::ellipsized(canvas, figures[i].name, width * 0.6f, viz::Font::small), in.theme.text_dim, viz::Font::small);
    const float name = canvas.text_size(figures[i].name, viz::Font::small).x;
    canvas.text({x + std::min(name, width * 0.6f) + skin.px(6), at.y}, figure(figures[i].value), in.theme.text, viz::Font::mono_small);
    ImGui::SetCursorScreenPos({x, at.y});
    ImGui::InvisibleButton(figures[i].name, {std::max(1.0f, width - skin.px(4)), skin.px(18)});
    register_item(figures[i].name, figure(figures[i].value));
    if (ImGui::IsItemHovered()) note_tooltip(*figures[i].note, figure(figures[i].value), in.theme, in.scale);
  }
}

// NMI and ARI of every kept look of this model, as far as they are worked out.
void draw_over_time(const PanelInput& in, UiState& ui, std::uint32_t generation, std::size_t layer, LabelKind kind, ImVec2 size) {
  std::vector<double> x;
  std::vector<float> nmi, ari;
  for (std::size_t i = 0; i < in.kept->size(); ++i) {
    const Snapshot& look = *(*in.kept)[i].snapshot;
    const LayerAgreement* found = look.generation == generation ? in.insight->agreement(look, layer, kind) : nullptr;
    if (!found) continue;
    x.push_back((*in.kept)[i].x);
    nmi.push_back(static_cast<float>(found->all.nmi));
    ari.push_back(static_cast<float>(found->first.ari));
  }
  const viz::View<double> steps(x.data(), x.size());
  const std::array<viz::Curve, 2> curves{{{.label = "NMI",
                                           .x = steps,
                                           .y = viz::View<float>(nmi.data(), nmi.size()),
                                           .colour = viz::curve_colour(in.theme, 0),
                                           .thickness = 2,
                                           .sparse = true},
                                          {.label = "ARI",
                                           .x = steps,
                                           .y = viz::View<float>(ari.data(), ari.size()),
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
                                                     .empty_text = "from the first looks at the model",
                                                     .y_include = 0},
                                                    ui.plots["agreement"], &ui.hover, in.theme, in.scale);
  register_item("agreement over time", std::to_string(x.size()));
  if (result.view_changed) share_x_range(ui, "agreement");
  marks.tooltip(in, result.hovered_event);
}

}  // namespace

void draw_specialization_panel(const PanelInput& in, UiState& ui, Commands&) {
  open_panel(in, "Specialization", {}, &notes::specialization);
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "who specialises in what");
    light_expert(ui, HoverSource::specialization, -1);
    return panel_end(in);
  }
  const Snapshot& look = *in.snapshot;
  const auto layer = static_cast<std::size_t>(layer_picker(in, ui, look.layers.size(), true));
  const LabelKind kind = label_picker(in, ui, look);
  int as = ui.specialization_lift ? 1 : 0;
  if (panel_header_combo(in, "figure", &as, std::vector<std::string>{"share", "lift"})) ui.specialization_lift = as == 1;

  chosen_chips(in, ui, static_cast<std::size_t>(look.layers[layer].experts));

  const Labels labels = only(labels_of(look, kind), ui.selection.chosen);
  const Assignments assignments = assignments_of(look.layers[layer]);
  const Specialization s = specialization(assignments, labels);
  if (s.empty()) {
    draw_empty(in, look.layers[layer].choices ? "these tokens have no labels to compare with" : "soft mixing sends every token everywhere",
               look.layers[layer].choices ? "" : "there is no choice of which one could ask what it follows");
    light_expert(ui, HoverSource::specialization, -1);
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) fill_table(s, labels.names, *table);

  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const float figures = room.y > skin.px(90) ? skin.px(24) : 0;
  const float over_time = room.y > skin.px(300) && in.kept && in.insight ? std::floor(std::min(0.32f * room.y, skin.px(180))) : 0;
  const float foot = figures + over_time;
  const bool lifts = ui.specialization_lift;
  const ShareOrLift shown(s.share, s.lift, lifts, s.chance);
  const auto experts = static_cast<std::size_t>(s.experts);
  const std::vector<std::string> names = expert_names(experts);
  const std::vector<std::string_view> columns(names.begin(), names.end()), rows(labels.names.begin(), labels.names.end());
  std::vector<viz::Colour> expert_colours, label_colours;
  for (std::size_t e = 0; e < experts; ++e) expert_colours.push_back(viz::category_colour(in.theme, e));
  for (std::size_t d = 0; d < labels.names.size(); ++d) label_colours.push_back(label_colour(in.theme, kind, d));
  int lights = -1;
  if (room.x > 1 && room.y - foot > 1) {
    viz::MatrixSpec spec{.id = "specialization",
                         .size = {room.x, room.y - foot},
                         .rows = labels.names.size(),
                         .columns = experts,
                         .row_labels = rows,
                         .column_labels = columns,
                         .row_colours = label_colours,
                         .column_colours = expert_colours,
                         .highlighted_column = ui.hovered_expert < s.experts ? ui.hovered_expert : -1,
                         .caption = lifts ? "against the expert's share of all tokens" : "share of a label's tokens, %"};
    shown.fill(spec, "k/N");
    const viz::MatrixResult result = viz::matrix(spec, in.theme, in.scale);
    register_item("matrix");
    lights = result.column;
    if (result.clicked && result.row >= 0) {
      // A label selects its tokens, a cell those of them that went to the expert.
      std::vector<std::uint8_t> chosen = with_label(labels_of(look, kind), result.row);
      for (std::size_t t = 0; t < chosen.size() && result.column >= 0; ++t) {
        const auto of = assignments.of(t);
        chosen[t] = chosen[t] && std::find(of.begin(), of.end(), result.column) != of.end();
      }
      ui.selection = select(look, std::move(chosen), labels.names[static_cast<std::size_t>(result.row)]);
    }
    if (result.row >= 0 && result.column >= 0)
      cell_tooltip(in, s, labels.names[static_cast<std::size_t>(result.row)], static_cast<std::size_t>(result.row), result.column);
  }
  light_expert(ui, HoverSource::specialization, lights);
  if (figures > 0) {
    ImGui::SetCursorScreenPos({at.x, at.y + room.y - foot + skin.px(6)});
    draw_figures(in, in.insight ? in.insight->agreement(look, layer, kind) : nullptr, look.tokens != nullptr);
  }
  if (over_time > 0) {
    ImGui::SetCursorScreenPos({at.x, at.y + room.y - over_time + skin.px(4)});
    draw_over_time(in, ui, look.generation, layer, kind, {room.x, over_time - skin.px(4)});
  }
  panel_end(in);
}

}  // namespace switchyard::app
