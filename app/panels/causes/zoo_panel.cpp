// This batch through every gate, on the same hidden states and logits, one layer at a time.
#include <fmt/format.h>

#include <cmath>
#include <string>

#include "app/cli/causes/router_reports.h"
#include "app/panels/causes/cause_frame.h"
#include "app/panels/causes/panels.h"
#include "app/panels/causes/zoo_plot.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/registry.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr CauseTexts kZooTexts{"What would other gates make of this batch?",
                               "Loads, drops, overlap with the learned gate, regret.", "Try every gate"};
constexpr std::string_view kRegretNames[] = {"with regret", "without regret"};

void zoo_options(UiState& ui, CauseLine& line) {
  const Skin& skin = line.skin();
  bool& regret = ui.causes[Cause::zoo].asked.regret;
  int which = regret ? 0 : 1;
  const float width = skin.px(124);
  line.next(width);
  if (combo(skin, "regret", &which, kRegretNames, width)) regret = which == 0;
  if (mouse_rests("regret"))
    tooltip(skin, "Regret",
            "Loss with the gate's set less the least over all sets, of each token in each layer. It takes a pass "
            "a token and "
            "layer: some minutes; without it some seconds.");
}

std::string known(double value, std::string (*text)(double)) {
  return std::isfinite(value) ? text(value) : std::string("–");
}
std::string four_digits(double value) { return viz::fixed_significant(value, 4); }

ZooRoom room_of(const CauseReport& report) {
  return {report.config.capacity_factor, report.config.overflow != Overflow::dropless};
}

void zoo_tooltip(const PanelInput& in, const ZooLayer& layer, const ZooPlace& place, const CauseReport& report) {
  const ZooRow& row = layer.rows[static_cast<std::size_t>(place.row)];
  const Skin skin{in.theme, in.scale};
  const std::string title = gate_text(row.gate) + (row.as_trained ? ", as it was trained" : "");
  if (!row.refused.empty()) return tooltip(skin, title, row.refused);
  std::string body;
  if (place.expert >= 0) {
    const auto e = static_cast<std::size_t>(place.expert);
    body = fmt::format("{}: {} of its fair share, {} choices. ", expert_name(place.expert, row.load.size()),
                       viz::times(zoo_utilisation(row, e)), viz::grouped(static_cast<double>(row.load[e])));
  }
  body += fmt::format(
      "Largest load {} of the mean; entropy of loads {}, of p {}. {} of the sets' choices are the trained gate's "
      "too. "
      "Loss of the model with it in this layer {} nats.",
      known(row.load_peak, viz::times), known(row.load_entropy, viz::three_digits),
      known(row.entropy, viz::three_digits), known(row.overlap, viz::percent), known(row.loss, four_digits));
  if (std::isfinite(row.regret)) body += fmt::format(" Regret {} nats a token.", viz::three_digits(row.regret));
  tooltip(
      skin, title, body,
      fmt::format("{} of the choices would {} at capacity factor {:g}, the look as one batch{}. hash "
                  "and random have no p, "
                  "and weigh evenly.",
                  known(row.dropped, viz::percent),
                  room_of(report).drops ? "be dropped" : "find their expert full", report.config.capacity_factor,
                  room_of(report).drops ? "" : "; training drops nothing, its overflow is dropless"));
}

// The expert under the mouse; -1: none.
int draw_zoo(const PanelInput& in, UiState& ui, const ZooLayer& layer, const CauseReport& report) {
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  const float height = std::max(room.y, zoo_plot_height(layer) * in.scale);
  if (room.x < 1) return -1;
  ImGui::InvisibleButton("gates", {room.x, std::max(1.0f, height)});
  register_item("gates", fmt::format("{} gates", layer.rows.size()));
  const viz::Rect rect{at.x, at.y, at.x + room.x, at.y + height};
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme);
  ZooPlace place;
  if (ImGui::IsItemHovered())
    place = zoo_place(canvas, rect, layer, room_of(report), ImGui::GetMousePos(), in.scale);
  draw_zoo_plot(canvas, rect, layer, room_of(report), ui.hovered_expert, place.row, in.theme, in.scale);
  if (place.row >= 0) zoo_tooltip(in, layer, place, report);
  if (place.expert >= 0 && ImGui::IsItemClicked()) pin_expert(ui, place.expert);
  return place.expert;
}

}  // namespace

void draw_zoo_panel(const PanelInput& in, UiState& ui, Commands&) {
  const CauseReport* const found = begin_cause(in, ui, Cause::zoo, kZooTexts, notes::router_zoo,
                                               [&](CauseLine& line) { zoo_options(ui, line); });
  if (!found) {
    light_expert(ui, HoverSource::zoo, -1);
    return panel_end(in);
  }
  const auto& zoo = std::get<std::vector<ZooLayer>>(found->found);
  if (Table* table = wanted_table(in)) fill_zoo_table(zoo, *table);
  if (zoo.empty()) {
    draw_empty(in, "this model has no layer with experts");
    return panel_end(in);
  }
  const ZooLayer& layer = zoo[static_cast<std::size_t>(layer_picker(in, ui, zoo.size(), true))];
  const Skin skin{in.theme, in.scale};
  std::string words = zoo_words(layer);
  if (const std::string about = zoo_room_words(room_of(*found)); !about.empty())
    words += (words.empty() ? "" : " ") + about;
  panel_scroll_begin(in, "zoo");
  if (!words.empty()) {
    write_words(in, viz::Font::small, in.theme.text, words);
    register_item("zoo words", words);
    ImGui::Dummy({0, skin.px(4)});
  }
  light_expert(ui, HoverSource::zoo, draw_zoo(in, ui, layer, *found));
  panel_scroll_end(in);
  panel_end(in);
}

}  // namespace switchyard::app
