// The router's input of every probe token in its two leading components, by expert or by domain.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/panel_parts.h"
#include "app/panels/panels.h"
#include "app/panels/token_text.h"
#include "app/ui/panel_frame.h"
#include "viz/format.h"
#include "viz/scatter.h"

namespace switchyard::app {

namespace {

// Names of the busiest experts at the means of their tokens: as many as stay legible.
constexpr std::size_t kMostCentroids = 16;

struct Centroid {
  int expert = 0;
  double x = 0, y = 0;
  std::size_t tokens = 0;
};

std::vector<Centroid> centroids(const ProbeLayer& layer, std::size_t tokens) {
  std::vector<Centroid> all(static_cast<std::size_t>(std::max(0, layer.experts)));
  const auto ranked = static_cast<std::size_t>(layer.ranked);
  for (std::size_t i = 0; i < all.size(); ++i) all[i].expert = static_cast<int>(i);
  for (std::size_t t = 0; t < tokens; ++t) {
    const auto expert = static_cast<std::size_t>(layer.expert[t * ranked]);
    const float x = layer.pca[2 * t], y = layer.pca[2 * t + 1];
    if (expert >= all.size() || !std::isfinite(x) || !std::isfinite(y)) continue;
    all[expert].x += x;
    all[expert].y += y;
    ++all[expert].tokens;
  }
  std::erase_if(all, [](const Centroid& c) { return c.tokens == 0; });
  if (all.size() > kMostCentroids) {
    const auto cut = all.begin() + kMostCentroids;
    std::nth_element(all.begin(), cut, all.end(),
                     [](const Centroid& a, const Centroid& b) { return a.tokens > b.tokens; });
    all.erase(cut, all.end());
  }
  for (Centroid& c : all) {
    c.x /= static_cast<double>(c.tokens);
    c.y /= static_cast<double>(c.tokens);
  }
  return all;
}

std::string explained(const ProbeLayer& layer) {
  if (!std::isfinite(layer.explained[0]) || !std::isfinite(layer.explained[1])) return {};
  return fmt::format("{:.0f} % + {:.0f} % variance", 100 * layer.explained[0], 100 * layer.explained[1]);
}

}  // namespace

void draw_projection_panel(const PanelInput& in, UiState& ui, Commands&) {
  open_panel(in, "Hidden states", "PCA", &notes::projection);
  Readiness state = readiness(in, true);
  const std::size_t tokens = state == Readiness::ready ? in.snapshot->tokens->text.size() : 0;
  std::size_t layer_index = 0;
  if (state == Readiness::ready) {
    layer_index = static_cast<std::size_t>(shown_layer(ui, in.snapshot->layers.size()));
    if (in.snapshot->layers[layer_index].pca.size() < 2 * tokens) state = Readiness::first_step;
  }
  if (state != Readiness::ready || tokens == 0) {
    draw_not_ready(in, state == Readiness::ready ? Readiness::first_step : state,
                   "what the router sees, in two components");
    light_expert(ui, HoverSource::projection, -1);
    return panel_end(in);
  }
  const ProbeTokens& probe = *in.snapshot->tokens;
  const bool has_domains = probe.domain.size() == tokens && !probe.domain_names.empty();

  layer_index = static_cast<std::size_t>(layer_picker(in, ui, in.snapshot->layers.size(), false));
  if (has_domains) {
    const std::array<std::string, 2> colours{"by expert", "by domain"};
    int by = ui.projection_colour == ColourBy::domain ? 1 : 0;
    if (panel_header_combo(in, "colour", &by, colours)) {
      ui.projection_colour = by == 1 ? ColourBy::domain : ColourBy::expert;
    }
  }
  const bool by_domain = has_domains && ui.projection_colour == ColourBy::domain;
  const ProbeLayer& layer = in.snapshot->layers[layer_index];
  header_text(in, explained(layer));

  const auto ranked = static_cast<std::size_t>(layer.ranked);
  std::vector<viz::Colour> colours(tokens);
  for (std::size_t t = 0; t < tokens; ++t) {
    colours[t] = by_domain ? domain_colour(in.theme, probe.domain[t])
                           : viz::category_colour(in.theme,
                                                  static_cast<std::size_t>(std::max(0, layer.expert[t * ranked])));
  }
  std::vector<std::uint8_t> lit;
  if (ui.hovered_expert >= 0 && ui.hovered_expert < layer.experts) {
    lit.resize(tokens);
    for (std::size_t t = 0; t < tokens; ++t) lit[t] = layer.expert[t * ranked] == ui.hovered_expert;
  }
  const std::vector<Centroid> means = centroids(layer, tokens);
  std::vector<std::string> mean_names;
  for (const Centroid& c : means)
    mean_names.push_back(expert_name(c.expert, static_cast<std::size_t>(layer.experts)));
  std::vector<viz::PlaneLabel> labels;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const viz::Colour line = by_domain ? viz::faded(in.theme.text_dim, 0.5f)
                                       : viz::category_colour(in.theme, static_cast<std::size_t>(means[i].expert));
    labels.push_back(
        {static_cast<float>(means[i].x), static_cast<float>(means[i].y), mean_names[i], line, means.size() <= 16});
  }
  std::vector<viz::LegendEntry> legend;
  if (by_domain) {
    for (std::size_t d = 0; d < probe.domain_names.size(); ++d) {
      legend.push_back({probe.domain_names[d], domain_colour(in.theme, d)});
    }
  }

  const ImVec2 room = ImGui::GetContentRegionAvail();
  int lights = -1;
  if (room.x > 1 && room.y > 1) {
    const viz::ScatterResult result = viz::scatter({.id = "pca",
                                                    .size = room,
                                                    .x = {layer.pca.data(), tokens, 0, tokens, 2},
                                                    .y = {layer.pca.data() + 1, tokens, 0, tokens, 2},
                                                    .colours = colours,
                                                    .lit = lit,
                                                    .labels = labels,
                                                    .legend = legend,
                                                    .x_name = {},
                                                    .y_name = {}},
                                                   ui.plots["projection"], in.theme, in.scale);
    if (result.hovered >= 0) {
      const auto token = static_cast<std::size_t>(result.hovered);
      token_tooltip(in, layer_index, token, true);
      lights = layer.expert[token * ranked];
    }
  }
  light_expert(ui, HoverSource::projection, lights);
  panel_end(in);
}

}  // namespace switchyard::app
