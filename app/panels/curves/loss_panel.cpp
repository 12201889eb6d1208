// Cross-entropy over steps: the raw training loss faint behind its smoothed one, validation, the lines to
// get under, and a mark for every edit of the user.
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <span>
#include <vector>

#include "app/panels/curves/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/parts/time_plots.h"
#include "app/run/words/recording_words.h"
#include "viz/base/format.h"

namespace switchyard::app {

namespace {

constexpr std::size_t kMostBehind = 4;  // other runs

std::string read_out(const History& history, float width) {
  const History::Recent recent = history.recent_loss();
  const auto smooth = history.scalar(Scalar::loss_smooth);
  if (smooth.empty() || !std::isfinite(smooth.back())) return {};
  if (width < 280) return {};  // the legend says it as well
  std::string text = viz::fixed_significant(smooth.back(), 4);
  if (std::isfinite(recent.deviation)) text += fmt::format(" ± {}", viz::significant(recent.deviation, 2));
  if (width > 300) text += fmt::format(" last {}", recent.count);
  return text;
}

}  // namespace

void draw_loss_panel(const PanelInput& in, UiState& ui, Commands&) {
  const bool points = learns_points(in.status);
  open_panel(in,
             in.status.recorded ? "as recorded"
             : points           ? "nats per point"
                                : "nats per character",
             points ? &notes::loss_of_points : &notes::loss);
  const std::array<std::string, 2> scales{"linear", "log"};
  int scale = ui.loss_log_y ? 1 : 0;
  if (panel_header_combo(in, "scale", &scale, scales)) {
    ui.loss_log_y = scale == 1;
    ui.plots["loss"].fit_y = true;
  }
  if (!in.others.empty()) {
    const std::array<std::string, 2> runs{"this run", "with other runs"};
    int shown = ui.earlier_runs ? 1 : 0;
    if (panel_header_combo(in, "runs", &shown, runs)) ui.earlier_runs = shown == 1;
  }
  if (in.run.history.empty()) {
    draw_not_ready(in, readiness_of_curves(in), "the curve starts with the first step");
    return panel_end(in);
  }

  if (const std::string why = why_lacking(in.status, RecordedPart::losses); !why.empty()) {
    draw_empty(in, why, "a loop tells them: log.step(n, loss=loss)");
    return panel_end(in);
  }
  const History& history = in.run.history;
  const viz::Theme& theme = in.theme;
  const auto x = as_view(history.x());
  const History::Curve validation = history.validation();
  const viz::Colour train_colour = viz::curve_colour(theme, 0), validation_colour = viz::curve_colour(theme, 1);
  std::vector<viz::Curve> all;
  std::size_t behind = 0;
  for (const RunView* run : in.others) {
    // Where a child came from is always seen; of the others the newest, on request.
    const bool is_parent = in.run.parent && run->id == in.run.parent->run;
    if (!is_parent && (!ui.earlier_runs || ++behind > kMostBehind)) continue;
    all.push_back({.label = is_parent ? "parent" : "other runs",
                   .x = as_view(run->history.x()),
                   .y = as_view(run->history.scalar(Scalar::loss_smooth)),
                   .colour = theme.text_dim,
                   .faint = true});
  }
  const std::array<viz::Curve, 3> own{{
      {.label = "train",
       .x = x,
       .y = as_view(history.scalar(Scalar::loss)),
       .colour = train_colour,
       .faint = true},
      {.label = "train",
       .x = x,
       .y = as_view(history.scalar(Scalar::loss_smooth)),
       .colour = train_colour,
       .thickness = 2},
      {.label = points ? "test" : "validation",
       .x = as_view(validation.x),
       .y = as_view(validation.y),
       .colour = validation_colour,
       .thickness = 2,
       .sparse = true,
       .marked = true},
  }};
  all.insert(all.end(), own.begin(), own.end());
  const std::span<const viz::Curve> curves(all);

  std::array<viz::ReferenceLine, 2> references;
  std::size_t lines = 0;
  std::string bigram, uniform;
  if (in.status.bigram_loss > 0) {
    bigram = fmt::format("character bigram {:.2f}", in.status.bigram_loss);
    references[lines++] = {.y = in.status.bigram_loss, .label = bigram};
  }
  if (in.status.vocabulary > 1) {
    // Over the characters of the text, where some of them share a token.
    const bool folded = in.status.text.unknown.kinds > 0;
    const double most = std::log(folded ? static_cast<double>(in.status.text.distinct) : in.status.vocabulary);
    uniform = fmt::format("uniform ln {} {:.2f}", folded ? fmt::format("{}", in.status.text.distinct) : points ? "C" : "V", most);
    references[lines++] = {.y = most, .label = uniform};
  }

  if (Table* table = wanted_table(in)) {
    const TableCurve columns[] = {{"train loss [nats]", own[0].x, own[0].y, own[0].label},
                                  {"train loss, smoothed [nats]", own[1].x, own[1].y, own[1].label},
                                  {fmt::format("{} loss [nats]", own[2].label), own[2].x, own[2].y, own[2].label}};
    fill_curves(*table, "step", columns, ui.plots["loss"]);
  }

  const ImVec2 room = ImGui::GetContentRegionAvail();
  const EventMarks marks(history, theme, true, shown_x(ui.timeline));
  const std::string summary = read_out(history, room.x / in.scale);
  const viz::LinePlotSpec spec{
      .id = "loss",
      .size = room,
      .curves = curves,
      .references = std::span(references).first(lines),
      .events = marks.marks(),
      .log_y = ui.loss_log_y,
      .show_legend = room.y > 90 * in.scale,
      .summary = summary,
      .y_floor = ui.loss_log_y ? viz::LinePlotSpec::kNone : 0,
      .y_include = in.status.bigram_loss > 0 ? in.status.bigram_loss : viz::LinePlotSpec::kNone,
  };
  if (room.x > 1 && room.y > 1) {
    const viz::LinePlotResult result = viz::line_plot(spec, ui.plots["loss"], &ui.hover, theme, in.scale);
    if (result.view_changed) share_x_range(ui, "loss");
    marks.tooltip(in, result.hovered_event);
  }
  panel_end(in);
}

}  // namespace switchyard::app
