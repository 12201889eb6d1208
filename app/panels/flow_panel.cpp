// The way of tokens through the network: from expert to expert, layer by layer. The expert under the mouse is followed.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/insights.h"
#include "app/panels/panel_parts.h"
#include "app/panels/panels.h"
#include "app/ui/panel_frame.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "core/insight/layer_flow.h"
#include "viz/format.h"
#include "viz/sankey.h"

namespace switchyard::app {

namespace {

// Tokens the flow can be narrowed to: everything, or those of one label.
struct Narrowing {
  std::vector<std::string> names{"all tokens"};
  std::vector<std::pair<LabelKind, std::int32_t>> labels{{LabelKind::domain, -1}};
};

Narrowing narrowings(const Snapshot& snapshot) {
  Narrowing out;
  if (snapshot.points) out.names[0] = "all points";
  for (const LabelKind kind : label_kinds(snapshot)) {
    const Labels labels = labels_of(snapshot, kind);
    for (std::size_t i = 0; i < labels.names.size(); ++i) {
      out.names.push_back(fmt::format("{}: {}", name_of(kind), labels.names[i]));
      out.labels.emplace_back(kind, static_cast<std::int32_t>(i));
    }
  }
  return out;
}

// The tokens of a label that are selected; empty: all.
Among among_of(const Snapshot& snapshot, const std::pair<LabelKind, std::int32_t>& label, const Selection& selection) {
  Among among;
  if (label.second >= 0) among = with_label(labels_of(snapshot, label.first), label.second);
  if (!selection.active()) return among;
  if (among.empty()) return selection.chosen;
  for (std::size_t t = 0; t < among.size(); ++t) among[t] = among[t] && selection.has(t);
  return among;
}

std::vector<float> as_floats(const std::vector<std::int64_t>& counts) {
  return std::vector<float>(counts.begin(), counts.end());
}

void flow_tooltip(const PanelInput& in, const std::vector<ProbeLayer>& layers, const std::vector<LayerFlow>& flow,
                  const viz::SankeyResult& hit) {
  ImGui::BeginTooltip();
  const auto name = [&](int layer, int expert) {
    return fmt::format("layer {} {}", layer, expert_name(expert, static_cast<std::size_t>(layers[static_cast<std::size_t>(layer)].experts)));
  };
  {
    const WithFont mono(in.theme.fonts.mono_small);
    if (hit.gap >= 0) {
      const LayerFlow& gap = flow[static_cast<std::size_t>(hit.gap)];
      std::int64_t leaving = 0;
      for (std::int32_t e = 0; e < gap.to; ++e) leaving += gap.count(hit.from, e);
      const double count = static_cast<double>(gap.count(hit.from, hit.to));
      ImGui::TextUnformatted(fmt::format("{} to {}\n{} pairs, {} of what leaves", name(hit.gap, hit.from), name(hit.gap + 1, hit.to),
                                         viz::grouped(count), viz::percent(leaving > 0 ? count / static_cast<double>(leaving) : 0))
                                 .c_str());
    } else {
      ImGui::TextUnformatted(name(hit.column, hit.node).c_str());
    }
  }
  ImGui::Separator();
  draw_note(notes::layer_flow, {}, in.theme, in.scale);
  ImGui::EndTooltip();
}

void fill_table(const std::vector<LayerFlow>& flow, Table& table) {
  table.set_header({"from layer", "expert", "to expert of the next layer", "pairs"});
  for (std::size_t l = 0; l < flow.size(); ++l)
    for (std::int32_t e = 0; e < flow[l].from; ++e)
      for (std::int32_t next = 0; next < flow[l].to; ++next)
        table.add_row({static_cast<std::int64_t>(l), std::int64_t{e}, std::int64_t{next}, flow[l].count(e, next)});
}

}  // namespace

void draw_flow_panel(const PanelInput& in, UiState& ui, Commands&) {
  open_panel(in, "Layer flow", {}, &notes::layer_flow);
  const Readiness state = readiness(in, true);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "where the tokens of an expert go in the next layer");
    light_expert(ui, HoverSource::flow, -1);
    return panel_end(in);
  }
  const Snapshot& snapshot = *in.snapshot;
  const Narrowing narrowing = narrowings(snapshot);
  ui.flow_tokens = std::clamp(ui.flow_tokens, 0, static_cast<int>(narrowing.names.size()) - 1);
  panel_header_combo(in, "tokens", &ui.flow_tokens, narrowing.names);
  const std::array<std::string, 2> choices{"all choices", "first choice"};
  int first = ui.flow_first ? 1 : 0;
  if (panel_header_combo(in, "choices", &first, choices)) ui.flow_first = first == 1;
  chosen_chips(in, ui, static_cast<std::size_t>(snapshot.layers.front().experts));

  FlowFilter filter;
  filter.choice = ui.flow_first ? Choice::first : Choice::all;
  filter.among = among_of(snapshot, narrowing.labels[static_cast<std::size_t>(ui.flow_tokens)], ui.selection);
  const std::vector<LayerFlow> flow = layer_flow(snapshot.layers, filter);
  const bool none = std::any_of(flow.begin(), flow.end(), [](const LayerFlow& gap) { return gap.empty(); });
  if (flow.empty() || none) {
    draw_empty(in, flow.empty() ? "one MoE layer: there is no next one" : "nothing is chosen here",
               flow.empty() ? "set Layers to 2 or more" : "soft mixing gives every expert a share of every token");
    light_expert(ui, HoverSource::flow, -1);
    return panel_end(in);
  }
  if (Table* table = wanted_table(in)) fill_table(flow, *table);

  // The node under the mouse in the frame before is followed through all layers.
  std::vector<LayerFlow> part;
  const bool follows = ui.flow_layer >= 0 && ui.flow_layer < static_cast<int>(snapshot.layers.size()) &&
                       ui.flow_expert < snapshot.layers[static_cast<std::size_t>(ui.flow_layer)].experts;
  if (follows) {
    filter.through = FlowFilter::Through{ui.flow_layer, ui.flow_expert};
    part = layer_flow(snapshot.layers, filter);
  }
  std::vector<std::vector<std::string>> names;
  std::vector<std::vector<viz::SankeyNode>> nodes;
  std::vector<std::string> titles;
  names.reserve(snapshot.layers.size());
  for (std::size_t l = 0; l < snapshot.layers.size(); ++l) {
    names.push_back(expert_names(static_cast<std::size_t>(snapshot.layers[l].experts)));
    titles.push_back(layer_name(l));
    std::vector<viz::SankeyNode>& of_layer = nodes.emplace_back();
    for (std::size_t e = 0; e < names[l].size(); ++e) of_layer.push_back({names[l][e], viz::category_colour(in.theme, e)});
  }
  std::vector<viz::SankeyColumn> columns;
  for (std::size_t l = 0; l < nodes.size(); ++l) columns.push_back({titles[l], nodes[l]});
  std::vector<std::vector<float>> weights, parts;
  for (std::size_t g = 0; g < flow.size(); ++g) {
    weights.push_back(as_floats(flow[g].counts));
    parts.push_back(follows && !part[g].empty() ? as_floats(part[g].counts) : std::vector<float>());
  }
  std::vector<viz::SankeyGap> gaps;
  for (std::size_t g = 0; g < flow.size(); ++g) gaps.push_back({weights[g], parts[g]});

  const ImVec2 room = ImGui::GetContentRegionAvail();
  int lights = -1;
  ui.flow_layer = -1;
  if (room.x > 8 && room.y > 8) {
    const viz::SankeyResult result = viz::sankey({.id = "flow",
                                                  .size = room,
                                                  .columns = columns,
                                                  .gaps = gaps,
                                                  .lit_column = -1,
                                                  .lit_node = follows ? -1 : ui.hovered_expert},
                                                 in.theme, in.scale);
    register_item("flow");
    if (result.node >= 0) {
      ui.flow_layer = result.column;
      ui.flow_expert = lights = result.node;
      if (result.clicked) ui.layer = result.column;
    }
    if (result.node >= 0 || result.gap >= 0) flow_tooltip(in, snapshot.layers, flow, result);
  }
  light_expert(ui, HoverSource::flow, lights);
  panel_end(in);
}

}  // namespace switchyard::app
