// The load of every expert in every layer over the run, all layers at a glance: a strip of rows a layer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/load/load_heatmap.h"
#include "app/panels/load/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/time_plots.h"
#include "app/run/derived/insight_cache.h"
#include "app/run/moment.h"
#include "app/run/words/recording_words.h"
#include "app/ui/widgets.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {

namespace {

constexpr float kLeastBand = 3;         // logical pixels below which neighbours share a row
constexpr std::size_t kMostSamples = 240;
constexpr float kName = 74;             // room for the layer's name

struct Bands {
  std::size_t count = 0, experts = 0;
  std::vector<std::string> labels;  // [count]
  std::size_t first(std::size_t band) const { return band * experts / count; }
  bool single(std::size_t band) const { return first(band + 1) - first(band) == 1; }
};

// As many as find room in a strip of that height (logical pixels).
Bands bands_of(std::size_t experts, float height) {
  Bands out;
  out.experts = experts;
  if (experts == 0) return out;
  out.count = std::clamp<std::size_t>(viz::how_many(height, kLeastBand), 1, experts);
  for (std::size_t b = 0; b < out.count; ++b) out.labels.push_back(expert_name(static_cast<int>(out.first(b)), experts));
  return out;
}

std::string band_name(const Bands& bands, std::size_t band) {
  if (bands.single(band)) return bands.labels[band];
  return fmt::format("{} to {}, the farthest from fair", bands.labels[band],
                     expert_name(static_cast<int>(bands.first(band + 1)) - 1, bands.experts));
}

// The layer's name at the left, which chooses it, with its worst figure of now.
void draw_name(const PanelInput& in, UiState& ui, std::size_t layer, ImVec2 at, float height) {
  const Skin skin{in.theme, in.scale};
  const bool chosen = shown_layer(ui, in.run.history.layers()) == static_cast<int>(layer);
  const std::string name = layer_name(layer);
  ImGui::SetCursorScreenPos(at);
  if (press_area(fmt::format("##{}", name), {skin.px(kName - 8), std::max(1.0f, height)}).pressed)
    ui.layer = static_cast<int>(layer);
  register_item(name, chosen ? "chosen" : "");
  const bool hovered = ImGui::IsItemHovered();
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  const LayerRecord& now = moment_of(in, ui).record->layers[layer];
  const std::string figure = std::isfinite(now.max_violation) ? fmt::format("max {:.2f}×", 1 + now.max_violation)
                                                              : std::string("not now");
  const float line = text_size(in.theme.fonts.small, name).y;
  const float both = height > 2.1f * line ? 2 * line : line, top = at.y + (height - both) / 2;
  if (chosen)
    canvas.rect_fill({at.x, at.y + skin.px(2), at.x + skin.px(2), at.y + height - skin.px(2)}, in.theme.accent, skin.px(1));
  canvas.text({at.x + skin.px(8), top}, name, chosen || hovered ? in.theme.text : in.theme.text_dim, viz::Font::small);
  if (both > line) canvas.text({at.x + skin.px(8), top + line}, figure, in.theme.text_dim, viz::Font::mono_small);
}

// Every row of the history, a column an expert of a layer.
void fill_table(const History& history, const viz::PlotState& view, Table& table) {
  std::vector<std::string> columns{"step"};
  for (std::size_t layer = 0; layer < history.layers(); ++layer)
    for (const std::string& name : expert_names(history.experts(layer)))
      columns.push_back(fmt::format("layer {} {} [utilisation, fair share 1]", layer, name));
  table.set_header(std::move(columns));
  const auto x = history.utilisation_x();
  for (std::size_t row = 0; row < x.size(); ++row) {
    if (!view.fit_x && (x[row] < view.x_min || x[row] > view.x_max)) continue;
    std::vector<Cell> cells{x[row]};
    for (std::size_t layer = 0; layer < history.layers(); ++layer)
      for (std::size_t e = 0; e < history.experts(layer); ++e) cells.emplace_back(history.utilisation(layer, e)[row]);
    table.add_row(std::move(cells));
  }
}

}  // namespace

void draw_layer_load_panel(const PanelInput& in, UiState& ui, Commands&) {
  const std::string of = of_what(in.status);
  open_panel(in, fmt::format("utilisation {}{}over steps, every expert", of, of.empty() ? "" : " "),
             &notes::utilisation);
  const Readiness state = readiness(in, false);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "a strip a layer, a row an expert, from the first step");
    light_expert(ui, HoverSource::health, -1);
    return panel_end(in);
  }
  const History& history = in.run.history;
  const std::size_t layers = history.layers();
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const float name = kName * in.scale, gap = 5 * in.scale, legend = 20 * in.scale;
  // Layers beyond what fits scroll.
  const float least = 26 * in.scale;
  const float plural = static_cast<float>(layers);
  const float strip = std::max(least, std::floor((room.y - legend - gap * (plural - 1)) / plural));
  if (Table* table = wanted_table(in)) fill_table(history, ui.plots["loss"], *table);
  LoadBins& kept = in.run.insight.load_bins();
  const std::string caption = fmt::format("fair share 1×{}", for_figure(in) ? ", " + steps_shown(in, ui) : "");
  int lit = -1;
  panel_scroll_begin(in, "layers", room);
  const ImVec2 top = ImGui::GetCursorScreenPos();
  for (std::size_t layer = 0; layer < layers; ++layer) {
    const bool is_last = layer + 1 == layers;
    const ImVec2 corner{top.x, top.y + static_cast<float>(layer) * (strip + gap)};
    const float height = strip + (is_last ? legend : 0);
    if (!ImGui::IsRectVisible(corner, {corner.x + room.x, corner.y + height})) {
      ImGui::SetCursorScreenPos(corner);
      ImGui::Dummy({1, height});
      continue;
    }
    draw_name(in, ui, layer, corner, strip);
    const Bands bands = bands_of(history.experts(layer), strip / in.scale);
    const BinnedLoads& loads = shown_loads(in, ui, kept, layer, LoadBins::Picture::layers, kMostSamples, bands.count);
    std::vector<viz::View<float>> rows(bands.count);
    for (std::size_t b = 0; b < std::min(bands.count, loads.bands); ++b) rows[b] = loads.worst_of(b);
    const std::vector<std::string_view> labels(bands.labels.begin(), bands.labels.end());
    int row = -1;  // of the lit expert
    for (std::size_t b = 0; b < bands.count && ui.hovered_expert >= 0; ++b)
      if (static_cast<int>(bands.first(b)) <= ui.hovered_expert && ui.hovered_expert < static_cast<int>(bands.first(b + 1)))
        row = static_cast<int>(b);
    ImGui::SetCursorScreenPos({corner.x + name, corner.y});
    const std::string id = fmt::format("load of {}", layer_name(layer));
    const viz::HeatmapResult result = draw_load_heatmap(in, ui,
                                                        {.id = id.c_str(),
                                                         .size = {room.x - name - 2 * in.scale, height},
                                                         .bins = loads.bins,
                                                         .rows = rows,
                                                         .labels = labels,
                                                         .caption = caption,
                                                         .show_legend = is_last,
                                                         .highlighted = row});
    if (result.row < 0 || result.column < 0) continue;
    const auto band = static_cast<std::size_t>(result.row);
    if (bands.single(band)) lit = static_cast<int>(bands.first(band));
    if (result.clicked) {
      ui.layer = static_cast<int>(layer);
      if (bands.single(band)) pin_expert(ui, static_cast<int>(bands.first(band)));
    }
    load_cell_tooltip(in, result, loads.bins, fmt::format("{}  {}", layer_name(layer), band_name(bands, band)));
  }
  panel_scroll_end(in);
  ImGui::SetCursorScreenPos({at.x, at.y + room.y});
  light_expert(ui, HoverSource::health, lit);
  panel_end(in);
}

}  // namespace switchyard::app
