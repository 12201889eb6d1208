// How many experts the model needs, and which: experts kept against loss, a line a rule, at once and after it
// learned on.
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "app/panels/causes/cause_frame.h"
#include "app/panels/causes/panels.h"
#include "app/panels/causes/prune_plot.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/registry.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {
namespace {

constexpr CauseTexts kPruneTexts{"How many experts does the model need, and which?",
                                 "Loss at once and after it learned on, by four rules.", "Prune and merge"};
constexpr std::int64_t kLearnOns[] = {25, 100, 400};
constexpr std::string_view kLearnOnNames[] = {"25 steps on", "100 steps on", "400 steps on"};
constexpr float kLeastPrunePlot = 150;

void prune_options(UiState& ui, CauseLine& line) {
  const Skin& skin = line.skin();
  std::int64_t& learn_on = ui.causes[Cause::prune].asked.learn_on;
  int which = 1;
  for (std::size_t i = 0; i < std::size(kLearnOns); ++i)
    if (kLearnOns[i] == learn_on) which = static_cast<int>(i);
  const float width = skin.px(116);
  line.next(width);
  if (combo(skin, "learn on", &which, kLearnOnNames, width)) learn_on = kLearnOns[which];
  if (mouse_rests("learn on"))
    tooltip(skin, "Steps of learning on",
            "Each model with fewer experts learns on for so many steps, with a fresh optimizer; so does the whole "
            "one. Seventeen models: "
            "with 100 steps it takes some minutes.");
}

std::string line_text(const PruneBench& bench, std::int64_t experts, PruneMoment moment) {
  std::string text;
  for (const PruneLine& line : prune_lines(bench, experts, moment))
    text += fmt::format("{}{} {}", text.empty() ? "" : "; ", name_of(line.method),
                        viz::fixed_significant(line.loss.back(), 4));
  return text;
}

void draw_prune(const PanelInput& in, const PruneBench& bench, std::int64_t experts) {
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  if (room.x < 1) return;
  const Skin skin{in.theme, in.scale};
  const float table = skin.px(recovery_height(bench)), gap = skin.px(8);
  const float plots = std::max(skin.px(kLeastPrunePlot), room.y - table - gap);
  const float each = (room.x - skin.px(16)) / 2;
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme);
  ImGui::InvisibleButton("losses", {room.x, plots});
  register_item("losses", line_text(bench, experts, PruneMoment::at_once) + " | " +
                              line_text(bench, experts, PruneMoment::learned_on));
  if (ImGui::IsItemHovered()) {
    const bool left = ImGui::GetMousePos().x < at.x + room.x / 2;
    const PruneMoment moment = left ? PruneMoment::at_once : PruneMoment::learned_on;
    tooltip(skin, fmt::format("Loss with the fewest experts, {}", prune_title(bench, moment)),
            line_text(bench, experts, moment) + " nats",
            "frequency: those chosen most stay. reap: those whose outputs weigh most. merge: the two most alike "
            "become their mean. random: "
            "some stay by chance.");
  }
  draw_prune_plot(canvas, {at.x, at.y, at.x + each, at.y + plots}, bench, experts, PruneMoment::at_once, in.theme,
                  in.scale);
  draw_prune_plot(canvas, {at.x + room.x - each, at.y, at.x + room.x, at.y + plots}, bench, experts,
                  PruneMoment::learned_on, in.theme, in.scale);
  ImGui::SetCursorScreenPos({at.x, at.y + plots + gap});
  ImGui::InvisibleButton("recovery", {room.x, table});
  std::string text;
  for (const PrunePoint& point : bench.points)
    text += fmt::format("{}{} {}: {}", text.empty() ? "" : "; ", name_of(point.method), point.kept,
                        recovery_text(bench, point));
  register_item("recovery", text);
  draw_recovery(canvas, {at.x, at.y + plots + gap, at.x + room.x, at.y + plots + gap + table}, bench, in.theme,
                in.scale);
}

}  // namespace

void draw_prune_panel(const PanelInput& in, UiState& ui, Commands&) {
  const CauseReport* const found = begin_cause(in, ui, Cause::prune, kPruneTexts, notes::prune_bench,
                                               [&](CauseLine& line) { prune_options(ui, line); });
  if (!found) return panel_end(in);
  const PruneBench& bench = std::get<PruneBench>(found->found);
  const std::int64_t experts = found->config.experts;
  if (Table* table = wanted_table(in)) fill_prune_table(bench, experts, *table);
  panel_scroll_begin(in, "prune");
  const std::string words = prune_words(bench);
  if (!words.empty()) {
    write_words(in, viz::Font::small, in.theme.text, words);
    register_item("prune words", words);
    ImGui::Dummy({0, ImGui::GetContentRegionAvail().y > 0 ? 4 * in.scale : 0});
  }
  draw_prune(in, bench, experts);
  panel_scroll_end(in);
  panel_end(in);
}

}  // namespace switchyard::app
