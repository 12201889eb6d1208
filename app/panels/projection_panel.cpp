// The router's input of every probe token or point in its two leading components, by expert, domain or class, or
// by what the model got right.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <vector>

#include "app/panels/panel_parts.h"
#include "app/panels/panel_tables.h"
#include "app/panels/panels.h"
#include "app/panels/point_text.h"
#include "app/panels/token_text.h"
#include "app/ui/panel_frame.h"
#include "app/ui/registry.h"
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

namespace {

// What a probe token or point can be coloured by besides its expert: its domain, or class.
struct Labels {
  std::vector<std::size_t> of;  // [tokens]; empty: unknown
  std::span<const std::string> names;
};

Labels labels_of(const Snapshot& snapshot) {
  if (snapshot.points)
    return {{snapshot.points->label.begin(), snapshot.points->label.end()}, snapshot.points->class_names};
  const ProbeTokens& tokens = *snapshot.tokens;
  if (tokens.domain.size() != tokens.text.size()) return {};
  return {{tokens.domain.begin(), tokens.domain.end()}, tokens.domain_names};
}

// The choices of the colour combo that this snapshot has, in the order of ColourBy.
std::vector<std::string> colourings(const Snapshot& snapshot, const Labels& labels) {
  if (snapshot.points) return {"by expert", "by class", "by correctness"};
  if (labels.names.empty()) return {"by expert"};
  return {"by expert", "by domain"};
}

void fill_table(const Snapshot& snapshot, const ProbeLayer& layer, const Labels& known, Table& table) {
  std::vector<std::string> columns{snapshot.points ? "point" : "token", "component 1", "component 2",
                                   snapshot.points ? "class" : "domain"};
  add_routing_columns(columns, layer);
  table.set_header(std::move(columns));
  for (std::size_t t = 0; t < layer.pca.size() / 2; ++t) {
    std::vector<Cell> cells{snapshot.points ? Cell(static_cast<std::int64_t>(t)) : Cell(snapshot.tokens->text[t]),
                            layer.pca[2 * t], layer.pca[2 * t + 1],
                            t < known.of.size() && known.of[t] < known.names.size() ? Cell(known.names[known.of[t]]) : Cell()};
    add_routing_cells(cells, layer, t);
    table.add_row(std::move(cells));
  }
}

}  // namespace

void draw_projection_panel(const PanelInput& in, UiState& ui, Commands&) {
  const bool points = learns_points(in.status);
  open_panel(in, "Hidden states", "PCA", points ? &notes::projection_of_points : &notes::projection);
  Readiness state = readiness(in, true);
  std::size_t tokens = 0, layer_index = 0;
  if (state == Readiness::ready) {
    const Snapshot& snapshot = *in.snapshot;
    tokens = snapshot.points ? snapshot.points->label.size() : snapshot.tokens->text.size();
    layer_index = static_cast<std::size_t>(shown_layer(ui, snapshot.layers.size()));
    if (snapshot.layers[layer_index].pca.size() < 2 * tokens) state = Readiness::first_step;
  }
  if (state != Readiness::ready || tokens == 0) {
    draw_not_ready(in, state == Readiness::ready ? Readiness::first_step : state,
                   "what the router sees, in two components");
    light_expert(ui, HoverSource::projection, -1);
    return panel_end(in);
  }
  const Snapshot& snapshot = *in.snapshot;
  const Labels known = labels_of(snapshot);

  layer_index = static_cast<std::size_t>(layer_picker(in, ui, snapshot.layers.size(), false));
  const std::vector<std::string> choices = colourings(snapshot, known);
  int by = std::min(static_cast<int>(ui.projection_colour), static_cast<int>(choices.size()) - 1);
  if (choices.size() > 1 && panel_header_combo(in, "colour", &by, choices))
    ui.projection_colour = static_cast<ColourBy>(by);
  const auto colouring = static_cast<ColourBy>(by);
  const ProbeLayer& layer = snapshot.layers[layer_index];
  chosen_chips(in, ui, static_cast<std::size_t>(layer.experts));
  header_text(in, explained(layer));

  if (Table* table = wanted_table(in)) fill_table(snapshot, layer, known, *table);

  const auto ranked = static_cast<std::size_t>(layer.ranked);
  const auto is_right = [&](std::size_t t) { return snapshot.points->label[t] == snapshot.view.predicted[t]; };
  std::vector<viz::Colour> colours(tokens);
  for (std::size_t t = 0; t < tokens; ++t) {
    switch (colouring) {
      case ColourBy::expert:
        colours[t] =
            viz::category_colour(in.theme, static_cast<std::size_t>(std::max(0, layer.expert[t * ranked])));
        break;
      case ColourBy::domain:
        colours[t] = domain_colour(in.theme, known.of[t]);
        break;
      case ColourBy::correct:
        colours[t] = is_right(t) ? viz::faded(in.theme.text_dim, 0.7f) : in.theme.bad;
        break;
    }
  }
  const std::vector<std::uint8_t> lit = lit_tokens(ui, &layer, tokens);
  const std::vector<Centroid> means = centroids(layer, tokens);
  std::vector<std::string> mean_names;
  for (const Centroid& c : means)
    mean_names.push_back(expert_name(c.expert, static_cast<std::size_t>(layer.experts)));
  std::vector<viz::PlaneLabel> labels;
  for (std::size_t i = 0; i < means.size(); ++i) {
    const viz::Colour line = colouring == ColourBy::expert
                                 ? viz::category_colour(in.theme, static_cast<std::size_t>(means[i].expert))
                                 : viz::faded(in.theme.text_dim, 0.5f);
    labels.push_back(
        {static_cast<float>(means[i].x), static_cast<float>(means[i].y), mean_names[i], line, means.size() <= 16});
  }
  std::vector<viz::LegendEntry> legend;
  if (colouring == ColourBy::domain) {
    for (std::size_t d = 0; d < known.names.size(); ++d)
      legend.push_back({known.names[d], domain_colour(in.theme, d)});
  } else if (colouring == ColourBy::correct) {
    legend = {{"right", in.theme.text_dim}, {"wrong", in.theme.bad}};
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
                                                    .box = true,
                                                    .x_name = {},
                                                    .y_name = {}},
                                                   ui.plots["projection"], in.theme, in.scale);
    register_item("pca");
    if (result.boxed) {
      const viz::View<float> x(layer.pca.data(), tokens, 0, tokens, 2), y(layer.pca.data() + 1, tokens, 0, tokens, 2);
      ui.selection = select(snapshot, viz::points_in(result, x, y), "a box in the projection");
    }
    if (result.hovered >= 0) {
      const auto token = static_cast<std::size_t>(result.hovered);
      if (snapshot.points) point_tooltip(in, layer_index, token);
      else token_tooltip(in, layer_index, token, true);
      lights = layer.expert[token * ranked];
    }
  }
  light_expert(ui, HoverSource::projection, lights);
  panel_end(in);
}

}  // namespace switchyard::app
