// How the tokens of one layer share out over its experts: now, as bars against the fair share, and over
// steps, as a heatmap.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/load/load_heatmap.h"
#include "app/panels/load/panels.h"
#include "app/panels/parts/load_health.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/time_plots.h"
#include "app/run/derived/insight_cache.h"
#include "app/run/moment.h"
#include "app/run/words/recording_words.h"
#include "app/ui/registry.h"
#include "core/base/load_spread.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/plots/bar_chart.h"

namespace switchyard::app {

namespace {

void load_tooltip(const PanelInput& in, const LayerRecord& record, std::size_t layer, std::size_t expert, double k,
                  const ExpertLoad& load, const Moment& moment) {
  const std::size_t experts = record.counts.size();
  double sum = 0;
  for (const float count : record.counts) sum += count;
  const viz::Theme& theme = in.theme;
  ImGui::BeginTooltip();
  viz::push_font(theme.fonts.bold);
  ImGui::TextColored(viz::as_vec4(viz::category_colour(theme, expert)), "%s",
                     expert_name(static_cast<int>(expert), experts).c_str());
  ImGui::PopFont();
  ImGui::SameLine();
  ImGui::Text("layer %d", static_cast<int>(layer));
  if (load.state != LoadState::healthy) {
    ImGui::SameLine();
    ImGui::TextColored(viz::as_vec4(theme.bad), "%s", load.state == LoadState::dead ? "dead" : "starving");
  }
  const double tokens = k > 0 ? sum / k : 0;
  viz::push_font(theme.fonts.mono);
  const auto row = [&](const char* name, const std::string& value) {
    ImGui::PushStyleColor(ImGuiCol_Text, theme.text_dim);
    ImGui::TextUnformatted(name);
    ImGui::PopStyleColor();
    ImGui::SameLine(130 * in.scale);
    ImGui::TextUnformatted(value.c_str());
  };
  if (moment.is_now)
    row("now", fmt::format("{}  {} of {} choices", viz::times(load.now), viz::grouped(record.counts[expert]),
                           viz::grouped(sum)));
  else
    row("then", moment.mean_of > 1 ? fmt::format("{}  mean of {} steps", viz::times(load.now), moment.mean_of)
                                   : viz::times(load.now));
  if (std::isfinite(load.window_mean)) {
    row("mean", fmt::format("{}  over {} steps", viz::times(load.window_mean),
                            viz::grouped(static_cast<double>(load.window_steps))));
  }
  if (tokens > 0) {
    row("of the tokens", fmt::format("{}, fair {}", viz::percent(record.counts[expert] / tokens),
                                     viz::percent(k / static_cast<double>(experts))));
  }
  // Of an earlier step the proportions are kept, the counts are not.
  if (moment.is_now) {
    const LoadSpread all = load_spread(record.counts);
    row("of all experts", fmt::format("{} to {}, std {:.1f}", viz::grouped(all.min), viz::grouped(all.max), all.std));
    row("p50 75 90 95", fmt::format("{:.0f}  {:.0f}  {:.0f}  {:.0f}", all.p50, all.p75, all.p90, all.p95));
  }
  if (expert < record.mean_prob.size()) row("mean p, P_i", fmt::format("{:.4f}", record.mean_prob[expert]));
  ImGui::PopFont();
  if (load.state == LoadState::dead) {
    ImGui::TextColored(viz::as_vec4(theme.bad), "no token chose it where %s were expected",
                       viz::grouped(load.window_expected).c_str());
  } else if (load.state == LoadState::starving) {
    ImGui::TextColored(viz::as_vec4(theme.bad), "below 0.1 of its fair share");
  }
  ImGui::Separator();
  draw_note(notes::utilisation, {}, theme, in.scale);
  ImGui::EndTooltip();
}

viz::BarChartResult draw_bars(const PanelInput& in, const UiState& ui, const LayerRecord& record,
                              const std::vector<ExpertLoad>& loads, ImVec2 size) {
  const std::vector<std::string> names = expert_names(record.counts.size());
  std::vector<viz::Bar> bars(names.size());
  for (std::size_t i = 0; i < bars.size(); ++i) {
    bars[i] = {.value = static_cast<float>(loads[i].now), .label = names[i]};
    if (loads[i].state != LoadState::healthy) bars[i].value_colour = in.theme.bad;
    else if (loads[i].now < 0.5 || loads[i].now > 2) bars[i].value_colour = in.theme.warn;
  }
  return viz::bar_chart({.id = "load bars",
                         .size = size,
                         .bars = bars,
                         .format = viz::times,
                         .reference = 1,
                         .reference_label = "fair",
                         .value_max = in.several && in.several->most > 0 ? in.several->most : NAN,
                         .highlighted = ui.hovered_expert},
                        in.theme, in.scale);
}

viz::HeatmapResult draw_history(const PanelInput& in, UiState& ui, std::size_t layer, std::size_t experts, ImVec2 size) {
  const std::vector<std::string> names = expert_names(experts);
  const std::vector<std::string_view> labels(names.begin(), names.end());
  LoadBins& kept = in.run.insight.load_bins();
  const BinnedLoads& loads = shown_loads(in, ui, kept, layer, LoadBins::Picture::one_layer, 400);
  std::vector<viz::View<float>> rows(experts);
  for (std::size_t i = 0; i < experts && i < loads.width; ++i) rows[i] = loads.of(i);
  const std::string caption = for_figure(in) ? "utilisation, " + steps_shown(in, ui) : "utilisation over steps";
  const viz::HeatmapResult result =
      draw_load_heatmap(in, ui,
                        {.id = "load history",
                         .size = size,
                         .bins = loads.bins,
                         .rows = rows,
                         .labels = labels,
                         .caption = caption,
                         .show_legend = size.y > 60 * in.scale,
                         .highlighted = ui.hovered_expert < static_cast<int>(experts) ? ui.hovered_expert : -1});
  if (result.row >= 0 && result.column >= 0)
    load_cell_tooltip(in, result, loads.bins, names[static_cast<std::size_t>(result.row)]);
  return result;
}

// The rows of the heatmap, and the bars as the last one: of the last step alone, unless that is the heatmap's last
// row.
void fill_table(const PanelInput& in, const UiState& ui, std::size_t layer, const std::vector<ExpertLoad>& loads, Table& table) {
  std::vector<std::string> columns{"step"};
  for (const std::string& name : expert_names(loads.size())) columns.push_back(name + " [utilisation, fair share 1]");
  columns.emplace_back("steps averaged");
  table.set_header(std::move(columns));
  const History& history = in.run.history;
  const auto x = history.utilisation_x();
  const auto plot = ui.plots.find("loss");
  for (std::size_t row = 0; row < x.size(); ++row) {
    if (plot != ui.plots.end() && !plot->second.fit_x && (x[row] < plot->second.x_min || x[row] > plot->second.x_max)) continue;
    std::vector<Cell> cells{x[row]};
    for (std::size_t e = 0; e < loads.size(); ++e)
      cells.push_back(e < history.experts_ever(layer) ? Cell(history.utilisation(layer, e)[row]) : Cell());
    cells.emplace_back(static_cast<std::int64_t>(history.row_steps()));
    table.add_row(std::move(cells));
  }
  const double last = history.x().back();
  if (history.row_steps() == 1 && !table.empty() && x.back() == last) return;
  std::vector<Cell> now{last};
  for (const ExpertLoad& load : loads) now.emplace_back(load.now);
  now.emplace_back(std::int64_t{1});
  table.add_row(std::move(now));
}

}  // namespace

float most_expert_load(const PanelInput& in, const UiState& ui) {
  const StepRecord* const record = moment_of(in, ui).record;
  if (!record || record->layers.empty()) return 0;
  const auto layer = static_cast<std::size_t>(shown_layer(ui, record->layers.size()));
  float most = 1;
  for (const float load : utilisation_in(*record, layer)) most = std::max(most, load);
  return most;
}

void draw_expert_load_panel(const PanelInput& in, UiState& ui, Commands&) {
  const Moment moment = moment_of(in, ui);
  const std::string of = of_what(in.status);
  open_panel(in, fmt::format("utilisation{}{}, {}", of.empty() ? "" : " ", of, step_name(moment)),
             &notes::utilisation);
  const Readiness state = readiness(in, false);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "one bar an expert, from the first step");
    light_expert(ui, HoverSource::load, -1);
    return panel_end(in);
  }
  const StepRecord& last = *moment.record;
  const auto layer = static_cast<std::size_t>(layer_picker(in, ui, last.layers.size(), true));
  const LayerRecord& record = last.layers[layer];
  if (record.counts.empty()) {
    draw_empty(in, "nothing of this layer was recorded in this step");
    light_expert(ui, HoverSource::load, -1);
    return panel_end(in);
  }
  const std::vector<ExpertLoad> loads = expert_loads(in.run.history, layer, moment.record);

  if (Table* table = wanted_table(in)) fill_table(in, ui, layer, loads, *table);

  const ImVec2 room = ImGui::GetContentRegionAvail();
  const bool with_history = room.y > 120 * in.scale;
  const float gap = 6 * in.scale;
  const float bars_height = with_history ? std::floor((room.y - gap) * 0.58f) : room.y;
  int lit = -1;
  if (room.x > 1 && room.y > 1) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const viz::BarChartResult bars = draw_bars(in, ui, record, loads, {room.x, bars_height});
    register_item("load bars");
    const int bar = bars.hovered;
    lit = bar;
    if (bars.clicked >= 0) pin_expert(ui, bars.clicked);
    // k as the trainer counts it: choices by token, whatever the knob says by now.
    const double k = top_k_of(in.status);
    if (bar >= 0) {
      load_tooltip(in, record, layer, static_cast<std::size_t>(bar), k, loads[static_cast<std::size_t>(bar)], moment);
    }
    if (with_history) {
      ImGui::SetCursorScreenPos({at.x, at.y + bars_height + gap});
      const viz::HeatmapResult over = draw_history(in, ui, layer, record.counts.size(), {room.x, room.y - bars_height - gap});
      if (over.row >= 0) lit = over.row;
      if (over.row >= 0 && over.clicked) pin_expert(ui, over.row);
    }
  }
  light_expert(ui, HoverSource::load, lit);
  panel_end(in);
}

}  // namespace switchyard::app
