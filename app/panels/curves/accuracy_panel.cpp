// The share of points given their right class, over steps: the training batch faint behind its smoothed curve, the
// whole test split, and what guessing scores.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "app/panels/curves/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/parts/time_plots.h"
#include "viz/base/format.h"

namespace switchyard::app {

void draw_accuracy_panel(const PanelInput& in, UiState& ui, Commands&) {
  open_panel(in, "points given their class", &notes::accuracy);
  if (in.run.history.empty()) {
    draw_not_ready(in, readiness_of_curves(in), "the curve starts with the first step");
    return panel_end(in);
  }
  const History& history = in.run.history;
  const viz::Theme& theme = in.theme;
  const auto x = as_view(history.x());
  const History::Curve held_out = history.validation_accuracy();
  const viz::Colour train_colour = viz::curve_colour(theme, 0), test_colour = viz::curve_colour(theme, 1);
  const std::array<viz::Curve, 3> curves{{
      {.label = "train",
       .x = x,
       .y = as_view(history.scalar(Scalar::train_accuracy)),
       .colour = train_colour,
       .faint = true},
      {.label = "train",
       .x = x,
       .y = as_view(history.scalar(Scalar::accuracy_smooth)),
       .colour = train_colour,
       .thickness = 2},
      {.label = "test",
       .x = as_view(held_out.x),
       .y = as_view(held_out.y),
       .colour = test_colour,
       .thickness = 2,
       .sparse = true,
       .marked = true},
  }};
  // Two kinds of guessing; of classes of one size they are the same.
  std::array<viz::ReferenceLine, 2> references;
  std::size_t lines = 0;
  std::string chance, largest;
  const double uniform = in.status.vocabulary > 0 ? 1.0 / in.status.vocabulary : kMissing;
  if (std::isfinite(uniform)) {
    chance = fmt::format("chance {}", viz::percent(uniform));
    references[lines++] = {.y = uniform, .label = chance};
  }
  if (in.status.largest_share > 1.02 * uniform) {
    largest = fmt::format("largest class {}", viz::percent(in.status.largest_share));
    references[lines++] = {.y = in.status.largest_share, .label = largest};
  }
  if (const double now = history.last_validation_accuracy(); std::isfinite(now))
    header_text(in, viz::percent(now) + " test");

  if (Table* table = wanted_table(in)) {
    const TableCurve columns[] = {{"train accuracy [share]", curves[0].x, curves[0].y, curves[0].label},
                                  {"train accuracy, smoothed [share]", curves[1].x, curves[1].y, curves[1].label},
                                  {"test accuracy [share]", curves[2].x, curves[2].y, curves[2].label}};
    fill_curves(*table, "step", columns, ui.plots["accuracy"]);
  }

  const ImVec2 room = ImGui::GetContentRegionAvail();
  const EventMarks marks(history, theme, false, shown_x(ui.timeline));
  const viz::LinePlotSpec spec{.id = "accuracy",
                               .size = room,
                               .curves = curves,
                               .references = std::span(references).first(lines),
                               .events = marks.marks(),
                               .show_legend = room.y > 90 * in.scale,
                               .summary = {},
                               .y_percent = true,
                               .y_floor = 0,
                               .y_ceiling = 1.02,
                               .y_include = 1};
  if (room.x > 1 && room.y > 1) {
    const viz::LinePlotResult result = viz::line_plot(spec, ui.plots["accuracy"], &ui.hover, theme, in.scale);
    if (result.view_changed) share_x_range(ui, "accuracy");
    marks.tooltip(in, result.hovered_event);
  }
  panel_end(in);
}

}  // namespace switchyard::app
