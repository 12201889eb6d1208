// How long ranks waited and how fast they computed, over the steps of the run.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/parts/time_plots.h"
#include "app/panels/ranks/panels.h"
#include "app/panels/ranks/shown_ranks.h"
#include "app/run/words/rank_words.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/plots/line_plot.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostLines = 8;  // of ranks; more are the least, the mean and the most
constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

// A figure of every rank over the run.
struct Courses {
  std::vector<double> x;
  std::vector<std::string> names;
  std::vector<std::vector<float>> waiting, speed;  // of each name
};

std::vector<float> of_all(const RankBalance& balance, double (*figure)(const RankShare&)) {
  std::vector<float> all;
  for (const RankShare& share : balance.ranks) all.push_back(static_cast<float>(figure(share)));
  return all;
}

void add(std::vector<std::vector<float>>& courses, const std::vector<float>& all, bool each) {
  if (each) {
    for (std::size_t r = 0; r < courses.size(); ++r) courses[r].push_back(r < all.size() ? all[r] : kNone);
    return;
  }
  double sum = 0;
  for (const float one : all) sum += static_cast<double>(one);
  const auto [least, most] = std::minmax_element(all.begin(), all.end());
  courses[0].push_back(*most);
  courses[1].push_back(static_cast<float>(sum / static_cast<double>(all.size())));
  courses[2].push_back(*least);
}

Courses courses_of(std::span<const RankHistory::Row> rows) {
  std::size_t ranks = 0;
  for (const RankHistory::Row& row : rows) ranks = std::max(ranks, row.ranks.size());
  Courses made;
  const bool each = ranks <= kMostLines;
  if (each)
    for (std::size_t r = 0; r < ranks; ++r) made.names.push_back(rank_name(r));
  else made.names = {"most", "mean", "least"};
  made.waiting.resize(made.names.size()), made.speed.resize(made.names.size());
  for (const RankHistory::Row& row : rows) {
    made.x.push_back(static_cast<double>(row.last));
    const RankBalance balance = rank_balance(row.ranks, row.waits, row.tokens);
    add(made.waiting, of_all(balance, [](const RankShare& s) { return s.wait_ms / s.total_ms(); }), each);
    add(made.speed, of_all(balance, [](const RankShare& s) { return s.tokens_per_s; }), each);
  }
  return made;
}

std::vector<viz::Curve> curves_of(const PanelInput& in, const Courses& courses,
                                  const std::vector<std::vector<float>>& figures) {
  std::vector<viz::Curve> curves;
  for (std::size_t c = 0; c < figures.size(); ++c)
    curves.push_back({.label = courses.names[c],
                      .x = courses.x,
                      .y = figures[c],
                      .colour = rank_colour(in.theme, c),
                      .sparse = true});
  return curves;
}

}  // namespace

void draw_rank_course_panel(const PanelInput& in, UiState& ui, Commands&) {
  const RankHistory& history = in.run.history.ranks();
  open_panel(in, history.empty() ? "" : "waiting as a share of the step, and each rank's own speed",
             &notes::rank_waiting);
  if (history.empty()) {
    draw_no_ranks(in, "how long each process waited, and how fast it computed");
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) {
    const Courses all = courses_of(history.rows());
    std::vector<TableCurve> columns;
    for (std::size_t c = 0; c < all.names.size(); ++c)
      columns.push_back({all.names[c] + ": waiting [share of the step]", all.x, all.waiting[c], all.names[c]});
    for (std::size_t c = 0; c < all.names.size(); ++c)
      columns.push_back({all.names[c] + ": speed [tokens/s]", all.x, all.speed[c], all.names[c]});
    fill_curves(*table, "step", columns, ui.plots["rank waiting"]);
  }
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const float gap = skin.px(12);
  const bool beside = room.x > skin.px(560), below = !beside && room.y > skin.px(220);
  const ImVec2 half = beside  ? ImVec2((room.x - gap) / 2, room.y)
                      : below ? ImVec2(room.x, (room.y - gap) / 2)
                              : room;
  // Means of stretches: single steps are a band of noise as wide as the plot.
  const viz::PlotState& view = ui.plots["rank waiting"];
  constexpr double kEnd = std::numeric_limits<double>::infinity();
  const Courses courses = courses_of(history.stretches(
      view.fit_x ? -kEnd : view.x_min, view.fit_x ? kEnd : view.x_max, viz::how_many(half.x, skin.px(8))));
  const std::vector<viz::Curve> waiting = curves_of(in, courses, courses.waiting),
                                speed = curves_of(in, courses, courses.speed);
  const EventMarks marks(in.run.history, in.theme, false, shown_x(ui.timeline));
  const auto plot = [&](const char* id, const std::vector<viz::Curve>& curves, const char* summary, bool is_share,
                        ImVec2 size) {
    if (size.x < 8 || size.y < 8) return;
    const viz::LinePlotResult result = viz::line_plot({.id = id,
                                                       .size = size,
                                                       .curves = curves,
                                                       .events = marks.marks(),
                                                       .show_legend = size.y > 90 * in.scale,
                                                       .summary = summary,
                                                       .y_percent = is_share,
                                                       .y_floor = 0,
                                                       .y_ceiling = is_share ? 1 : viz::LinePlotSpec::kNone,
                                                       .y_include = is_share ? 0 : viz::LinePlotSpec::kNone},
                                                      ui.plots[id], &ui.hover, in.theme, in.scale);
    register_item(id);
    if (result.view_changed) share_x_range(ui, id);
    marks.tooltip(in, result.hovered_event);
  };
  plot("rank waiting", waiting, "waiting", true, half);
  if (beside || below) {
    ImGui::SetCursorScreenPos(beside ? ImVec2(at.x + half.x + gap, at.y) : ImVec2(at.x, at.y + half.y + gap));
    plot("rank speed", speed, "tokens/s", false, half);
  }
  panel_end(in);
}

}  // namespace switchyard::app
