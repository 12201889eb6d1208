// Router health: what is wrong, since when, and a remedy in one click; below it the figures of every layer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/health/alerts.h"
#include "app/panels/health/health_grid.h"
#include "app/panels/health/layer_health.h"
#include "app/panels/health/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/time_plots.h"
#include "app/run/moment.h"
#include "app/run/words/recording_words.h"
#include "app/ui/widgets.h"
#include "core/base/alert.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {

namespace {

// What helps now is no remedy for what was.
void draw_alert(const PanelInput& in, const AlertGroup& group, std::size_t index, bool is_now, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const HealthAlert& alert = group.front();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, pad = skin.px(12), room = width - 2 * pad;
  const std::string name = fmt::format("alert {}", index), title = title_of(in, group);
  const std::string what = fmt::format("since step {}; {}{}", viz::grouped(static_cast<double>(began(group))),
                                       group.size() > 1 ? fmt::format("layer {}: ", alert.layer) : std::string(), alert.message);
  const bool buttons = !for_figure(in);
  ImGui::PushID(name.c_str());
  // The ground comes first, in a figure too, and so its height has to be known.
  const float spacing = ImGui::GetStyle().ItemSpacing.y;
  float bottom = at.y + skin.px(9) + words_height(in, viz::Font::bold, title, room) + spacing +
                 words_height(in, viz::Font::small, what, room) + spacing +
                 words_height(in, viz::Font::small, alert.advice, room) + skin.px(9);
  if (buttons) bottom += 2 * spacing + skin.px(3) + button_size(skin, {.label = "Show"}).y;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const viz::Rect ground{at.x, at.y, at.x + width, bottom};
  canvas.rect_fill(ground, viz::faded(t.bad, t.is_dark ? 0.16f : 0.10f), skin.px(6));
  canvas.rect_outline(ground, viz::faded(t.bad, 0.7f), std::max(1.0f, skin.scale), skin.px(6));

  ImGui::SetCursorScreenPos({at.x + pad, at.y + skin.px(9)});
  ImGui::BeginGroup();
  write_words(in, viz::Font::bold, t.text, title, room);
  write_words(in, viz::Font::small, t.text_dim, what, room);
  write_words(in, viz::Font::small, t.text, alert.advice, room);
  if (buttons) {
    ImGui::Dummy({0, skin.px(3)});
    if (is_now && !alert.remedy.empty()) {
      const std::string label = "Set " + settings_text(alert.remedy), id = fmt::format("remedy {}", index);
      if (button(skin, {.label = label, .look = ButtonLook::primary, .name = id}))
        apply_remedy(in, alert.remedy, ui, out);
      ImGui::SameLine(0, skin.px(6));
    }
    const std::string show = fmt::format("show {}", index);
    if (button(skin, {.label = "Show", .look = ButtonLook::quiet, .name = show})) show_alert(ui, alert);
  }
  ImGui::EndGroup();
  register_item(name, at, {at.x + width, bottom}, title);
  ImGui::PopID();
  ImGui::SetCursorScreenPos({at.x, bottom + skin.px(8)});
  ImGui::Dummy({0, 0});
}

void draw_all_clear(const PanelInput& in) {
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  // What capacity left is never called well spread; of a recording nobody knows whether its routers learn.
  const bool is_after_dropping = in.status.recorded && in.status.recorded->after_dropping;
  const std::string text =
      is_after_dropping ? "No alert; but this was recorded after capacity had dropped choices, so loads look more "
                          "even than they were."
      : in.status.recorded
          ? "No expert is dead or starving, no layer has collapsed. Gradients of routers were not recorded."
          : "No expert is dead or starving, no layer has collapsed, no router is frozen.";
  const float line = text_size(in.theme.fonts.small, text).y;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  canvas.circle_fill({at.x + skin.px(5), at.y + line / 2}, skin.px(4),
                     is_after_dropping ? in.theme.warn : in.theme.good);
  ImGui::SetCursorScreenPos({at.x + skin.px(16), at.y});
  write_words(in, viz::Font::small, in.theme.text, text);
  register_item("all clear", text);
  ImGui::SetCursorScreenPos({at.x, ImGui::GetCursorScreenPos().y});
  ImGui::Dummy({ImGui::GetContentRegionAvail().x, skin.px(8)});
}

// A figure says what its colours and lines are.
std::string all_layers(const PanelInput& in, const UiState& ui) {
  if (!for_figure(in)) return "every layer";
  return fmt::format("every layer, now and over {}; shaded: healthy, dashed: by chance", steps_shown(in, ui));
}

}  // namespace

void draw_health_panel(const PanelInput& in, UiState& ui, Commands& out) {
  const Moment moment = moment_of(in, ui);
  const std::vector<AlertGroup> groups = grouped_alerts(alerts_at(in, moment));
  std::string about = groups.empty() ? all_layers(in, ui)
                                     : fmt::format("{} alert{}", groups.size(), groups.size() == 1 ? "" : "s");
  if (!moment.is_now) about += ", " + step_name({moment.record, false, 1});
  open_panel(in, about);
  const Readiness state = readiness(in, false);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "alerts with a remedy, and the figures of every layer");
    return panel_end(in);
  }
  const double k = top_k_of(in.status);
  const std::vector<LayerHealth> layers = layer_health(in.run, in.snapshot.get(), k, moment.record);
  if (Table* table = wanted_table(in)) fill_health_table(layers, *table);

  panel_scroll_begin(in, "health");
  if (groups.empty()) draw_all_clear(in);
  for (std::size_t i = 0; i < groups.size(); ++i) draw_alert(in, groups[i], i, moment.is_now, ui, out);
  draw_health_grid(in, ui, layers, ImGui::GetContentRegionAvail().y - 2 * in.scale);
  panel_scroll_end(in);
  panel_end(in);
}

}  // namespace switchyard::app
