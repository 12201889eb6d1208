// The routers of a checkpoint: how long each expert's row is, which rows point the same way, how many directions
// there are.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/panels/checkpoint/cosine_map.h"
#include "app/panels/checkpoint/norm_map.h"
#include "app/panels/checkpoint/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/registry.h"
#include "core/base/printable.h"
#include "viz/base/format.h"
#include "viz/plots/bar_chart.h"

namespace switchyard::app {
namespace {

const RouterFigures* router_of(const CheckpointShown& shown, std::size_t layer) {
  const RouterFigures* const found = shown.news->routers[layer].get();
  return found && !found->norms.empty() ? found : nullptr;
}

// The first that has rows, else the first layer.
std::size_t first_router(const CheckpointShown& shown) {
  for (std::size_t l = 0; l < shown.news->routers.size(); ++l)
    if (router_of(shown, l)) return l;
  return 0;
}

template <class Is>
bool is_any(const std::vector<double>& all, const Is& is) {
  return std::any_of(all.begin(), all.end(), is);
}

// Why nothing of it is shown.
void draw_no_router(const PanelInput& in, const CheckpointShown& shown, std::size_t layer) {
  const CheckpointNews& news = *shown.news;
  if (!news.changed.empty()) return draw_empty(in, printable(news.changed), "open it again");
  if (!news.routers[layer])
    return draw_empty(in, news.routing.why_not.empty() ? "reading the routers…" : news.routing.why_not);
  if (!shown.layer_at(layer).router)
    return draw_empty(in, "this layer has no router by the names that are read",
                      "as where experts are chosen by a hash");
  if (!shown.layer_at(layer).router->type->reads)
    return draw_empty(
        in, fmt::format("its router is {}, a type that is not read", shown.layer_at(layer).router->type->name));
  const std::vector<double>& norms = news.routers[layer]->norms;
  if (!is_any(norms, [](double norm) { return std::isfinite(norm); }))
    return draw_empty(in, "none of its router's rows holds numbers alone");
  if (norms.size() < 2) return draw_empty(in, "one expert has no other to be held against");
  draw_empty(in, is_any(norms, [](double norm) { return norm != 0; }) ? "no two of its rows have a direction"
                                                                      : "all rows are zeros");
}

}  // namespace

void draw_gate_norms_panel(const PanelInput& in, UiState& ui, Commands&) {
  CheckpointShown* const shown = begin_checkpoint(in, ui, "of each expert's row, by layer", notes::gate_norms);
  if (!shown) return panel_end(in);
  const NormsOfLayer norms = [&](std::size_t l) {
    const RouterFigures* const found = router_of(*shown, l);
    return found ? found->norms : std::vector<double>();
  };
  if (!draw_norm_map(in, ui, *shown, "gate-norms", "norm of the router row", norms))
    draw_no_router(in, *shown, first_router(*shown));
  panel_end(in);
}

void draw_gate_cosines_panel(const PanelInput& in, UiState& ui, Commands&) {
  CheckpointShown* const shown = begin_checkpoint(in, ui, "between rows", notes::gate_cosines);
  if (!shown) return panel_end(in);
  const std::size_t layer = checkpoint_layer(in, *shown);
  in.exports.shows_layer(shown->layer_at(layer).layer, shown->news->routers.size());
  const RouterFigures* const found = router_of(*shown, layer);
  if (!found) draw_no_router(in, *shown, layer);
  else if (!draw_cosine_map(
               in, ui, *shown, layer, {shown->news->routers[layer], &found->cosines},
               {.panel = "gate-cosines", .of = "router rows", .caption = "cosine of router rows, exact"}))
    draw_no_router(in, *shown, layer);
  panel_end(in);
}

void draw_gate_rank_panel(const PanelInput& in, UiState& ui, Commands&) {
  CheckpointShown* const shown = begin_checkpoint(in, ui, "of each layer's router", notes::gate_rank);
  if (!shown) return panel_end(in);
  const std::size_t layers = shown->news->routers.size();
  std::vector<std::string> names;
  for (std::size_t l = 0; l < layers; ++l) names.push_back(layer_words(shown->facts(), l));
  std::vector<viz::Bar> bars;
  bool has_some = false;
  for (std::size_t l = 0; l < layers; ++l) {
    const RouterFigures* const found = router_of(*shown, l);
    has_some = has_some || (found && !std::isnan(found->effective_rank));
    bars.push_back({.value = found ? static_cast<float>(found->effective_rank) : NAN,
                    .label = names[l],
                    .colour = in.theme.accent});
  }
  if (!has_some) {
    draw_no_router(in, *shown, first_router(*shown));
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) {
    table->set_header({"layer", "experts", "effective rank of the router", "rank"});
    for (std::size_t l = 0; l < layers; ++l)
      if (const RouterFigures* const found = router_of(*shown, l))
        table->add_row({names[l], static_cast<std::int64_t>(found->norms.size()), found->effective_rank,
                        found->rank ? Cell(*found->rank) : Cell("")});
  }
  const auto experts = static_cast<float>(shown->experts());
  const viz::BarChartResult drawn =
      viz::bar_chart({.id = "ranks",
                      .size = ImGui::GetContentRegionAvail(),
                      .bars = bars,
                      .reference = experts,
                      .reference_label = "N",
                      .value_max = 1.12f * experts,
                      .hatched = false,
                      .highlighted = layers > 1 ? static_cast<int>(shown->layer) : -1},
                     in.theme, in.scale);
  register_item("ranks");
  if (drawn.clicked >= 0) shown->layer = static_cast<std::size_t>(drawn.clicked);
  if (drawn.hovered >= 0)
    if (const RouterFigures* const found = router_of(*shown, static_cast<std::size_t>(drawn.hovered)))
      figure_tooltip(
          in, "layer " + names[static_cast<std::size_t>(drawn.hovered)],
          fmt::format("effective rank {} of {} experts; rank {}", figure_words(found->effective_rank, 3),
                      found->norms.size(), found->rank ? viz::grouped(static_cast<double>(*found->rank)) : "–"),
          "a click shows this layer");
  panel_end(in);
}

}  // namespace switchyard::app
