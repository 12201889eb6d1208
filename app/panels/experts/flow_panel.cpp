// From expert to expert through all MoE layers: how many of one's tokens the next layer gives to whom, of all
// tokens or of one domain; the expert under the mouse is followed through the whole network.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include "app/panels/experts/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/run/derived/insight_cache.h"
#include "app/ui/registry.h"
#include "core/insight/layer_flow.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/plots/sankey.h"

namespace switchyard::app {
namespace {

using Flows = std::vector<LayerFlow>;

double total_of(const LayerFlow& flow) {
  return static_cast<double>(std::accumulate(flow.counts.begin(), flow.counts.end(), std::int64_t{0}));
}
double leaving(const LayerFlow& flow, std::int32_t expert) {
  double sum = 0;
  for (std::int32_t to = 0; to < flow.to; ++to) sum += static_cast<double>(flow.count(expert, to));
  return sum;
}
double arriving(const LayerFlow& flow, std::int32_t expert) {
  double sum = 0;
  for (std::int32_t from = 0; from < flow.from; ++from) sum += static_cast<double>(flow.count(from, expert));
  return sum;
}
std::string share(double part, double whole) { return whole > 0 ? viz::percent(part / whole) : std::string("–"); }

// The pairs of the tokens that the followed expert has; next to its layer only those with it.
std::vector<std::vector<float>> parts_of(const Flows& flows, const FlowFilter::Through& followed) {
  std::vector<std::vector<float>> parts;
  for (std::size_t g = 0; g < flows.size(); ++g) {
    const LayerFlow& flow = flows[g];
    std::vector<float>& part = parts.emplace_back(flow.counts.begin(), flow.counts.end());
    const auto layer = static_cast<std::size_t>(followed.layer);
    for (std::size_t i = 0; i < part.size(); ++i) {
      const auto from = static_cast<std::int32_t>(i / static_cast<std::size_t>(flow.to)),
                 to = static_cast<std::int32_t>(i % static_cast<std::size_t>(flow.to));
      if ((g == layer && from != followed.expert) || (g + 1 == layer && to != followed.expert)) part[i] = 0;
    }
  }
  return parts;
}

// "E05 34.1 %, E00 20.3 %, E07 11.0 %": the largest partners of an expert.
template <class Count>
std::string partners(std::int32_t experts, double whole, Count count) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(experts));
  std::iota(order.begin(), order.end(), 0);
  const std::size_t shown = std::min<std::size_t>(3, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](std::int32_t a, std::int32_t b) { return count(a) > count(b); });
  std::string text;
  for (std::size_t i = 0; i < shown && count(order[i]) > 0; ++i)
    text += fmt::format("{}{} {}", i > 0 ? ", " : "", expert_name(order[i], static_cast<std::size_t>(experts)),
                        share(count(order[i]), whole));
  return text.empty() ? "nobody" : text;
}

void title_line(const PanelInput& in, viz::Colour colour, const std::string& title) {
  viz::push_font(in.theme.fonts.bold);
  ImGui::TextColored(viz::as_vec4(colour), "%s", title.c_str());
  ImGui::PopFont();
}

void node_tooltip(const PanelInput& in, const Flows& flows, std::size_t layer, std::int32_t expert) {
  const LayerFlow& any = layer < flows.size() ? flows[layer] : flows[layer - 1];
  const bool leaves = layer < flows.size();
  const double mine = leaves ? leaving(any, expert) : arriving(any, expert);
  const std::int32_t experts = leaves ? any.from : any.to;
  ImGui::BeginTooltip();
  title_line(in, viz::category_colour(in.theme, static_cast<std::size_t>(expert)),
             fmt::format("{}  {}", expert_name(expert, static_cast<std::size_t>(experts)), layer_name(layer)));
  ImGui::TextUnformatted(
      fmt::format("{} of what passes this layer, fair {}", share(mine, total_of(any)), viz::percent(1.0 / experts))
          .c_str());
  if (layer > 0) {
    const LayerFlow& before = flows[layer - 1];
    ImGui::TextUnformatted(("from  " + partners(before.from, arriving(before, expert), [&](std::int32_t e) {
                              return static_cast<double>(before.count(e, expert));
                            })).c_str());
  }
  if (leaves)
    ImGui::TextUnformatted(("to  " + partners(any.to, mine, [&](std::int32_t e) {
                              return static_cast<double>(any.count(expert, e));
                            })).c_str());
  ImGui::EndTooltip();
}

void ribbon_tooltip(const PanelInput& in, const LayerFlow& flow, std::size_t layer, std::int32_t from,
                    std::int32_t to) {
  const double pairs = static_cast<double>(flow.count(from, to)), all = total_of(flow), out = leaving(flow, from),
               arrived = arriving(flow, to);
  const std::string a = expert_name(from, static_cast<std::size_t>(flow.from)),
                    b = expert_name(to, static_cast<std::size_t>(flow.to));
  ImGui::BeginTooltip();
  title_line(in, viz::category_colour(in.theme, static_cast<std::size_t>(from)), fmt::format("{} → {}", a, b));
  ImGui::TextUnformatted(fmt::format("{} to {}: {} pairs, {} of all", layer_name(layer), layer_name(layer + 1),
                                     viz::grouped(pairs), share(pairs, all))
                             .c_str());
  ImGui::TextUnformatted(
      fmt::format("{} of what leaves {}, {} of what reaches {}", share(pairs, out), a, share(pairs, arrived), b)
          .c_str());
  if (out > 0 && arrived > 0)
    ImGui::TextUnformatted(
        fmt::format("lift {}; 1.00× would be chance", viz::times(pairs * all / (out * arrived))).c_str());
  ImGui::EndTooltip();
}

void fill_table(const Flows& flows, Table& table) {
  table.set_header({"from layer", "from expert", "to expert in the next layer", "pairs [tokens x choices]",
                    "share of what leaves [0 to 1]", "lift [chance 1]"});
  for (std::size_t g = 0; g < flows.size(); ++g) {
    const LayerFlow& flow = flows[g];
    const double all = total_of(flow);
    for (std::int32_t from = 0; from < flow.from; ++from) {
      const double out = leaving(flow, from);
      for (std::int32_t to = 0; to < flow.to; ++to) {
        const double pairs = static_cast<double>(flow.count(from, to)), by_chance = out * arriving(flow, to) / all;
        table.add_row({static_cast<std::int64_t>(g), std::int64_t{from}, std::int64_t{to}, flow.count(from, to),
                       out > 0 ? Cell(pairs / out) : Cell(), by_chance > 0 ? Cell(pairs / by_chance) : Cell()});
      }
    }
  }
}

// What the panel follows: the node under the mouse here, else the expert lit elsewhere, in the layer shown there.
std::optional<FlowFilter::Through> followed(const UiState& ui, const std::vector<ProbeLayer>& layers) {
  FlowFilter::Through through{ui.flow.layer, ui.flow.expert};
  if (ui.hover_source != HoverSource::flow) through = {shown_layer(ui, layers.size()), ui.hovered_expert};
  if (through.layer < 0 || static_cast<std::size_t>(through.layer) >= layers.size() || through.expert < 0 ||
      through.expert >= layers[static_cast<std::size_t>(through.layer)].experts)
    return std::nullopt;
  return through;
}

// The drawing and what the mouse does to it.
void draw_flows(const PanelInput& in, UiState& ui, InsightCache& insight, FlowQuestion asked, const Flows& flows, ImVec2 size) {
  const Snapshot& snapshot = *in.snapshot;
  const std::size_t layers = snapshot.layers.size();
  std::vector<std::vector<std::string>> names;
  std::vector<std::vector<viz::SankeyNode>> nodes(layers);
  std::vector<std::string> titles;
  for (const ProbeLayer& layer : snapshot.layers) {
    names.push_back(expert_names(static_cast<std::size_t>(layer.experts)));
    titles.push_back(layer_name(titles.size()));
  }
  std::vector<viz::SankeyColumn> columns;
  for (std::size_t l = 0; l < layers; ++l) {
    for (const std::string& name : names[l]) nodes[l].push_back({name, 0});
    columns.push_back({titles[l], nodes[l]});
  }
  const auto through = followed(ui, snapshot.layers);
  asked.through = through;
  const auto parts = through ? parts_of(insight.flow(snapshot, asked, ui.selection.chosen), *through) : std::vector<std::vector<float>>();
  std::vector<std::vector<float>> weights;
  for (const LayerFlow& flow : flows) weights.emplace_back(flow.counts.begin(), flow.counts.end());
  std::vector<viz::SankeyGap> gaps;
  for (std::size_t g = 0; g < weights.size(); ++g)
    gaps.push_back({weights[g], g < parts.size() ? std::span<const float>(parts[g]) : std::span<const float>()});

  const viz::SankeyResult result = viz::sankey({.id = "flow",
                                                .size = size,
                                                .columns = columns,
                                                .gaps = gaps,
                                                .lit_column = through ? through->layer : -1,
                                                .lit_node = through ? through->expert : -1,
                                                .empty_text = "no token chose experts in two layers in a row"},
                                               in.theme, in.scale);
  register_item("flow");
  ui.flow.layer = result.column;
  ui.flow.expert = result.node;
  light_expert(ui, HoverSource::flow, result.node);
  if (result.node >= 0) {
    node_tooltip(in, flows, static_cast<std::size_t>(result.column), result.node);
    if (result.clicked) {  // the other panels go there
      ui.layer = result.column;
      pin_expert(ui, result.node);
    }
  } else if (result.gap >= 0) {
    ribbon_tooltip(in, flows[static_cast<std::size_t>(result.gap)], static_cast<std::size_t>(result.gap),
                   result.from, result.to);
  }
}

}  // namespace

void draw_flow_panel(const PanelInput& in, UiState& ui, Commands&) {
  const bool points = learns_points(in.status);
  open_panel(in, of_look(in, points ? "points from expert to expert" : "tokens from expert to expert"), &notes::layer_flow);
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready || in.snapshot->layers.size() < 2) {
    if (state != Readiness::ready) draw_not_ready(in, state, "what passes from expert to expert, layer by layer");
    else
      draw_empty(in, "this model has one MoE layer", "with two or more, what passes between them is drawn here");
    light_expert(ui, HoverSource::flow, -1);
    return panel_end(in);
  }
  const Snapshot& snapshot = *in.snapshot;
  const std::vector<std::string> choices{"all choices", "first choice"};
  const bool has_first = std::all_of(snapshot.layers.begin(), snapshot.layers.end(),
                                     [](const ProbeLayer& layer) { return layer.best_first; });
  int choice = ui.flow.first_choice ? 1 : 0;
  if (has_first && panel_header_combo(in, "choice", &choice, choices)) ui.flow.first_choice = choice == 1;
  FlowQuestion asked{.choice = ui.flow.first_choice && has_first ? Choice::first : Choice::all,
                     .kind = points ? LabelKind::point_class : LabelKind::domain};
  if (has_labels(snapshot, asked.kind)) {
    const std::vector<std::string>& labels = points ? snapshot.points->class_names : snapshot.tokens->domain_names;
    std::vector<std::string> names{points ? "all classes" : "all domains"};
    names.insert(names.end(), labels.begin(), labels.end());
    const int most = static_cast<int>(labels.size()) - 1;
    int shown = std::clamp(ui.flow.label, -1, most) + 1;
    if (panel_header_combo(in, "of", &shown, names)) ui.flow.label = shown - 1;
    if (ui.flow.label <= most) asked.label = ui.flow.label;
  }
  chosen_chips(in, ui, static_cast<std::size_t>(snapshot.layers.front().experts));
  InsightCache& insight = in.run.insight;
  const Flows& flows = insight.flow(snapshot, asked, ui.selection.chosen);
  header_text(in, fmt::format("{}{} {}", viz::grouped(static_cast<double>(flows.front().tokens)), ui.selection.active() ? " selected" : "",
                              points ? "points" : "tokens"));
  if (Table* table = wanted_table(in)) fill_table(flows, *table);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x > 1 && room.y > 1) draw_flows(in, ui, insight, asked, flows, room);
  panel_end(in);
}

}  // namespace switchyard::app
