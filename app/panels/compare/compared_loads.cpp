// The load of one layer in every run that is compared, one above the other, against one scale.
#include "app/panels/compare/compared_loads.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/panels/parts/load_health.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/run/moment.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/base/format.h"
#include "viz/plots/bar_chart.h"

namespace switchyard::app {
namespace {

// "stories 15:12 · step 400": several need not be equally far.
std::string label_at(const Compared& run, const Moment& moment) {
  return fmt::format("{} · {}", run.label, numbered_step(moment));
}

// Of one without loads: why.
std::string label_without(const Compared& run, const StepRecord* record) {
  const bool is_dense = run.status->config && run.status->config->ffn != Ffn::moe;
  return run.label + (record || is_dense ? ": no experts" : ": no step yet");
}

}  // namespace

void draw_compared_loads(const PanelInput& in, UiState& ui, std::span<const Compared> runs) {
  std::size_t layers = 0;
  std::vector<const StepRecord*> records;
  std::vector<Moment> moments;
  for (const Compared& one : runs) {
    moments.push_back(moment_of(*one.run, ui));
    records.push_back(moments.back().record);
    if (records.back()) layers = std::max(layers, records.back()->layers.size());
  }
  if (layers == 0) return draw_not_ready(in, readiness(in, false), "the load comes with the first step");
  const auto layer = static_cast<std::size_t>(layer_picker(in, ui, layers, false));
  std::vector<std::vector<float>> loads;
  float most = 1;
  std::size_t routed = 0, last_routed = 0;
  for (const StepRecord* const record : records) {
    loads.push_back(record ? utilisation_in(*record, layer) : std::vector<float>());
    for (const float load : loads.back()) most = std::max(most, load);
    if (!loads.back().empty()) ++routed, last_routed = loads.size() - 1;
  }
  if (Table* table = wanted_table(in)) {
    table->set_header({"run", "step", "layer", "expert", "load [fair shares]"});
    for (std::size_t r = 0; r < runs.size(); ++r)
      for (std::size_t e = 0; e < loads[r].size(); ++e)
        table->add_row({runs[r].label, records[r]->step, static_cast<std::int64_t>(layer),
                        expert_name(static_cast<int>(e), loads[r].size()), loads[r][e]});
  }
  const Skin skin{in.theme, in.scale};
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float words = text_size(in.theme.fonts.small, "0").y + skin.px(2);
  // One without experts takes its words alone; names stand below the last.
  const float each = (room.y - words * static_cast<float>(runs.size() - routed)) /
                     static_cast<float>(std::max<std::size_t>(routed, 1));
  ImVec2 at = ImGui::GetCursorScreenPos();
  int hovered = -1;
  for (std::size_t r = 0; r < runs.size(); ++r) {
    const bool has_experts = !loads[r].empty();
    ImGui::SetCursorScreenPos(at);
    const std::string label = has_experts ? label_at(runs[r], moments[r]) : label_without(runs[r], records[r]);
    write_words(in, viz::Font::small, in.theme.text_dim, label, room.x);
    register_item(fmt::format("load of run {}", r), at, {at.x + room.x, at.y + words}, label);
    if (has_experts) {
      ImGui::SetCursorScreenPos({at.x, at.y + words});
      const std::vector<std::string> names = expert_names(loads[r].size());
      std::vector<viz::Bar> bars(loads[r].size());
      for (std::size_t e = 0; e < bars.size(); ++e)
        bars[e] = {.value = loads[r][e],
                   .label = r == last_routed ? std::string_view(names[e]) : std::string_view()};
      const std::string id = fmt::format("compared load {}", r);
      const viz::BarChartResult result =
          viz::bar_chart({.id = id.c_str(),
                          .size = {room.x, std::max(1.0f, each - words - skin.px(4))},
                          .bars = bars,
                          .format = viz::times,
                          .reference = 1,
                          .reference_label = "fair",
                          .value_max = most,
                          .highlighted = ui.hovered_expert},
                         in.theme, in.scale);
      if (result.hovered >= 0) hovered = result.hovered;
    }
    at.y += has_experts ? each : words;
  }
  light_expert(ui, HoverSource::compared, hovered);
}

}  // namespace switchyard::app
