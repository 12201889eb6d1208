// What pulls at every gate: of each expert's row in each layer the gradient of the task and of the auxiliary
// losses, how much is whose and whether they agree; and below, how large the gradients of router and experts were
// at every step.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/curves/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/parts/time_plots.h"
#include "app/run/derived/insight_cache.h"
#include "app/run/words/recording_words.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/plots/matrix.h"

namespace switchyard::app {
namespace {

// Steps in sight beyond which single figures are a band of noise that costs more than it says.
constexpr std::size_t kMostRawNorms = 2'000;

enum class Show { aux_share, cosine, task_norm };

float figure_of(const GateGradients& gradient, Show show, std::size_t expert) {
  switch (show) {
    case Show::aux_share:
      return gradient.aux_share(expert);
    case Show::cosine:
      return gradient.cosine[expert];
    case Show::task_norm:
      break;
  }
  return gradient.task_norm[expert];
}
float figure_of_all(const GateGradients& gradient, Show show) {
  switch (show) {
    case Show::aux_share:
      return gradient.aux_share_all();
    case Show::cosine:
      return gradient.cosine_all;
    case Show::task_norm:
      break;
  }
  return gradient.task_norm_all;
}

std::string signed_two(double value) { return fmt::format("{:+.2f}", value); }
std::string significant(double value) { return viz::fixed_significant(value, 2); }

void cell_tooltip(const PanelInput& in, const GateGradients& gradient, std::size_t layer, int expert) {
  const bool all = expert < 0;
  const auto e = static_cast<std::size_t>(std::max(0, expert));
  const float task = all ? gradient.task_norm_all : gradient.task_norm[e];
  const float aux = all ? gradient.aux_norm_all : gradient.aux_norm[e];
  const float cosine = all ? gradient.cosine_all : gradient.cosine[e];
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    const std::string who = all ? std::string("all rows") : expert_name(expert, gradient.task_norm.size());
    ImGui::TextUnformatted(fmt::format("{}, {}", who, layer_name(layer)).c_str());
  }
  {
    const WithFont mono(in.theme.fonts.mono_small);
    const float share = GateGradients::share(task, aux);
    ImGui::TextUnformatted(fmt::format("task {}  auxiliary {}\nauxiliary share {}\ncosine {}", significant(task),
                                       significant(aux), std::isfinite(share) ? viz::percent(share) : "–",
                                       std::isfinite(cosine) ? signed_two(cosine) : "–")
                               .c_str());
  }
  ImGui::Separator();
  draw_note(notes::gate_gradients, {}, in.theme, in.scale);
  ImGui::EndTooltip();
}

void fill_table(const Snapshot& look, Table& table) {
  table.set_header({"layer", "expert (empty: all rows)", "task gradient [norm]", "auxiliary gradient [norm]",
                    "auxiliary share [0 to 1]", "cosine [-1 to 1]"});
  for (std::size_t l = 0; l < look.layers.size(); ++l) {
    const GateGradients& g = look.layers[l].gradient;
    if (g.empty()) continue;
    const auto number = [](float value) { return Cell(static_cast<double>(value)); };
    const auto layer = static_cast<std::int64_t>(l);
    table.add_row({layer, Cell(), number(g.task_norm_all), number(g.aux_norm_all), number(g.aux_share_all()),
                   number(g.cosine_all)});
    for (std::size_t e = 0; e < g.task_norm.size(); ++e)
      table.add_row({layer, static_cast<std::int64_t>(e), number(g.task_norm[e]), number(g.aux_norm[e]),
                     number(g.aux_share(e)), number(g.cosine[e])});
  }
}

// Rows: layers. Columns: all rows of the gate, then each.
int draw_matrix(const PanelInput& in, const UiState& ui, const Snapshot& look, Show show, ImVec2 room) {
  std::size_t experts = 0;
  for (const ProbeLayer& layer : look.layers) experts = std::max(experts, layer.gradient.task_norm.size());
  const std::size_t columns = experts + 1, rows = look.layers.size();
  std::vector<float> values(rows * columns, viz::MatrixSpec::kNone);
  std::vector<std::string> layers, names{"all"};
  float most = 0;
  for (std::size_t l = 0; l < rows; ++l) {
    const GateGradients& gradient = look.layers[l].gradient;
    layers.push_back(layer_name(l));
    if (gradient.empty()) continue;
    values[l * columns] = figure_of_all(gradient, show);
    for (std::size_t e = 0; e < gradient.task_norm.size(); ++e) {
      values[l * columns + e + 1] = figure_of(gradient, show, e);
      most = std::max(most, gradient.task_norm[e]);
    }
  }
  std::vector<viz::Colour> colours{in.theme.text_dim};
  for (std::size_t e = 0; e < experts; ++e) {
    names.push_back(expert_name(static_cast<int>(e), experts));
    colours.push_back(viz::category_colour(in.theme, e));
  }
  const std::vector<std::string_view> row_names(layers.begin(), layers.end()),
      column_names(names.begin(), names.end());
  const std::string top = significant(most);
  const bool shares = show == Show::aux_share, cosines = show == Show::cosine;
  viz::MatrixSpec spec{
      .id = "gradients",
      .size = room,
      .rows = rows,
      .columns = columns,
      .values = values,
      .shares = values,
      .share_min = cosines ? -1.0f : 0.0f,
      .share_max = show == Show::task_norm ? std::max(most, 1e-12f) : 1.0f,
      .format = shares    ? viz::in_percent
                : cosines ? signed_two
                          : significant,
      .zero_is_empty = false,
      .row_labels = row_names,
      .column_labels = column_names,
      .column_colours = colours,
      .map = cosines ? viz::ColourMap::diverging : viz::ColourMap::viridis,
      .highlighted_column = ui.hovered_expert >= 0 && static_cast<std::size_t>(ui.hovered_expert) < experts
                                ? ui.hovered_expert + 1
                                : -1,
      .show_legend = true,
      .min_label = shares    ? "0 %"
                   : cosines ? "-1 against"
                             : "0",
      .max_label = shares    ? std::string_view("100 %")
                   : cosines ? std::string_view("along +1")
                             : std::string_view(top),
      .caption = shares    ? "auxiliary losses' share of the pull, %"
                 : cosines ? "cosine of task and auxiliary"
                           : "norm of the task's pull"};
  const viz::MatrixResult result = viz::matrix(spec, in.theme, in.scale);
  register_item("gradients");
  if (result.row >= 0 && result.column >= 0 && !look.layers[static_cast<std::size_t>(result.row)].gradient.empty())
    cell_tooltip(in, look.layers[static_cast<std::size_t>(result.row)].gradient,
                 static_cast<std::size_t>(result.row), result.column - 1);
  return result.column > 0 ? result.column - 1 : -1;
}

void draw_curves(const PanelInput& in, UiState& ui, std::size_t layer, ImVec2 room) {
  // Means of stretches: the norms of single steps are a band of noise as wide as the plot.
  const History& history = in.run.history;
  const viz::PlotState& view = ui.plots["gradient norms"];
  const auto x = as_view(history.x());
  const double low = view.fit_x ? x[0] : view.x_min, high = view.fit_x ? x[x.size() - 1] : view.x_max;
  const auto most = static_cast<std::size_t>(std::clamp(room.x / (2.5f * in.scale), 8.0f, 400.0f));
  CurveBins& kept = in.run.insight.gradient_bins();
  const Bins& bins = kept.stretches(history, {low, high, most});
  const bool with_raw = bins.width > 2 && bins.samples() <= kMostRawNorms;
  std::vector<viz::Curve> curves;
  const auto add = [&](const char* label, LayerScalar scalar, std::size_t which) {
    const viz::Colour colour = viz::curve_colour(in.theme, which);
    if (with_raw)
      curves.push_back({.label = label, .x = x, .y = as_view(history.layer_scalar(layer, scalar)), .colour = colour, .faint = true, .sparse = true});
    curves.push_back({.label = label, .x = bins.x, .y = kept.means(history, layer, scalar), .colour = colour, .sparse = true});
  };
  add("router", LayerScalar::router_grad_norm, 0);
  add("experts", LayerScalar::expert_grad_norm, 1);
  const std::string summary = fmt::format("gradient norms, {}", layer_name(layer));
  const EventMarks marks(history, in.theme, false);
  const viz::LinePlotResult result = viz::line_plot({.id = "gradient norms",
                                                     .size = room,
                                                     .curves = curves,
                                                     .events = marks.marks(),
                                                     .log_y = true,
                                                     .show_legend = room.y > 90 * in.scale,
                                                     .summary = summary},
                                                    ui.plots["gradient norms"], &ui.hover, in.theme, in.scale);
  register_item("norms");
  if (result.view_changed) share_x_range(ui, "gradient norms");
  marks.tooltip(in, result.hovered_event);
}

}  // namespace

void draw_gradient_panel(const PanelInput& in, UiState& ui, Commands&) {
  ui.watching.wanted.gradients = true;
  open_panel(in, of_look(in), &notes::gate_gradients);
  const Readiness state = readiness(in, true);
  const std::string lacks = why_lacking(in.status, RecordedPart::gradients);
  if (state != Readiness::ready || !lacks.empty()) {
    if (!lacks.empty()) draw_empty(in, lacks);
    else draw_not_ready(in, state, "what pulls at the gates");
    light_expert(ui, HoverSource::gradients, -1);
    return panel_end(in);
  }
  const Snapshot& look = *in.snapshot;
  const auto layer = static_cast<std::size_t>(layer_picker(in, ui, look.layers.size(), true));
  static constexpr std::array kFigures{"auxiliary share", "cosine", "task norm"};
  const std::vector<std::string> figures(kFigures.begin(), kFigures.end());
  ui.gradient_figure = std::clamp(ui.gradient_figure, 0, static_cast<int>(kFigures.size()) - 1);
  panel_header_combo(in, "figure", &ui.gradient_figure, figures);
  if (Table* table = wanted_table(in)) fill_table(look, *table);

  const bool known =
      std::any_of(look.layers.begin(), look.layers.end(), [](const ProbeLayer& l) { return !l.gradient.empty(); });
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const bool both = room.y > skin.px(210) && !in.run.history.empty();
  const float upper = both ? std::clamp(room.y * 0.55f, skin.px(110),
                                        skin.px(64) + skin.px(26) * static_cast<float>(look.layers.size()))
                           : room.y;
  int lights = -1;
  if (room.x > 8 && upper > 8) {
    if (known) {
      lights = draw_matrix(in, ui, look, static_cast<Show>(ui.gradient_figure), {room.x, upper});
    } else {
      viz::begin_child("no gradients", {room.x, upper}, false, ImGuiWindowFlags_NoBackground);
      const bool has_logits = std::any_of(look.layers.begin(), look.layers.end(), [](const ProbeLayer& l) {
        return l.choices && std::isfinite(l.prob.empty() ? NAN : l.prob.front());
      });
      draw_empty(in, has_logits ? brought_by_next_look(in) : "this gate has no logits that learn",
                 has_logits ? "gradients are worked out only while this is seen" : "");
      ImGui::EndChild();
    }
  }
  if (both) {
    ImGui::SetCursorScreenPos({at.x, at.y + upper + skin.px(8)});
    const ImVec2 rest{room.x, room.y - upper - skin.px(8)};
    if (rest.x > 8 && rest.y > 8) draw_curves(in, ui, layer, rest);
  }
  light_expert(ui, HoverSource::gradients, lights);
  panel_end(in);
}

}  // namespace switchyard::app
