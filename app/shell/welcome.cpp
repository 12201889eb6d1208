#include "app/shell/welcome.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "app/cli/setups/presets.h"
#include "app/run/transport.h"
#include "app/shell/dialogs/context_menus.h"
#include "app/shell/layout/layout.h"
#include "app/ui/widgets.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

bool chip(const Skin& skin, const Preset& preset, bool chosen) {
  const viz::Theme& t = skin.theme;
  const ImVec2 text = text_size(t.fonts.body, preset.title);
  const ImVec2 size(text.x + skin.px(22), skin.px(26));
  const bool pressed = press_area(preset.name, size).pressed;
  register_item("preset " + preset.name, preset.title);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (hovered) list->AddRectFilled(min, max, t.raised, size.y / 2);
  list->AddRect(min, max, chosen || hovered ? t.accent : t.hairline, size.y / 2, 0, std::max(1.0f, skin.scale));
  draw_text(list, t.fonts.body, {min.x + skin.px(11), (min.y + max.y - text.y) / 2}, t.text, preset.title);
  if (mouse_rests(preset.name))
    tooltip(skin, preset.title, preset.description,
            chosen ? "Running now." : "Begins a new run; Ctrl+Z brings this one back.");
  return pressed;
}

// What one says: "stories · 2,177 steps · validation 1.234", what it is called before that.
std::string summary_text(const RunSummary& run) {
  std::string text = run.name.empty() ? "" : run.name + " · ";
  text += fmt::format("{} · {} steps", run.corpus.empty() ? run.folder.filename().native() : run.corpus,
                      viz::grouped(static_cast<double>(run.steps)));
  if (std::isfinite(run.val_loss)) text += fmt::format(" · val {:.3f}", run.val_loss);
  return printable(text);
}

void draw_curve(ImDrawList* list, const std::vector<CurvePoint>& curve, const viz::Rect& area, viz::Colour colour, float thickness) {
  double low = INFINITY, high = -INFINITY;
  for (const CurvePoint& point : curve)
    if (std::isfinite(point.loss)) low = std::min(low, point.loss), high = std::max(high, point.loss);
  if (!(low < high)) return;
  std::vector<ImVec2> line;
  for (std::size_t i = 0; i < curve.size(); ++i)
    if (std::isfinite(curve[i].loss))
      line.push_back({area.x0 + area.width() * static_cast<float>(i) / static_cast<float>(std::max<std::size_t>(1, curve.size() - 1)),
                      area.y1 - area.height() * static_cast<float>((curve[i].loss - low) / (high - low))});
  list->AddPolyline(line.data(), static_cast<int>(line.size()), colour, 0, thickness);
}

// True when it was clicked.
bool recent_card(const Skin& skin, UiState& ui, const RecentRun& recent, std::size_t index, float width,
                 std::int64_t now_unix_s) {
  const viz::Theme& t = skin.theme;
  const RunSummary& run = recent.run;
  const std::string id = fmt::format("recent {}", index), what = summary_text(run), age = age_text(now_unix_s - run.changed_unix_s);
  const bool pressed = press_area(id, {width, skin.px(38)}).pressed;
  register_item(id, what);
  if (ImGui::IsItemHovered() && ImGui::IsMouseReleased(ImGuiMouseButton_Right))
    open_run_menu(ui, run.id, run.folder.native(), what, ImGui::GetMousePos());
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled(min, max, hovered ? t.raised : t.panel, skin.px(6));
  list->AddRect(min, max, hovered ? t.accent : t.hairline, skin.px(6), 0, std::max(1.0f, skin.scale));
  const float curve = skin.px(64), text_x = min.x + curve + skin.px(22), room = max.x - text_x - skin.px(10);
  draw_curve(list, recent.curve, {min.x + skin.px(10), min.y + skin.px(8), min.x + skin.px(10) + curve, max.y - skin.px(8)},
             viz::curve_colour(t, 0), 1.3f * skin.scale);
  draw_clipped_text(list, t.fonts.body, {text_x, min.y + skin.px(3)}, room, t.text, what);
  const std::int64_t kept = run.newest ? run.newest->label.step : 0;
  draw_clipped_text(list, t.fonts.small, {text_x, min.y + skin.px(20)}, room, t.text_dim,
                    kept > 0 ? fmt::format("Go on at step {}  ·  {}", viz::grouped(static_cast<double>(kept)), age)
                             : fmt::format("Go on from its weights  ·  {}", age));
  if (mouse_rests(id))
    tooltip(
        skin, what,
        printable(run.folder.native()) + (kept > 0 ? "\nWeights, optimizer and place in the data, as they were."
                                                   : "\nThe optimizer's state was not saved."),
        "The run of now is kept; Ctrl+Z brings it back. Right click: move this one to the trash.");
  return pressed;
}

// A line of recent runs, as many as find room.
void draw_recent(const PanelInput& in, UiState& ui, Commands& out, ImVec2 at, float width) {
  if (ui.recent.empty()) return;
  const Skin skin{in.theme, in.scale};
  const std::int64_t now = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  const float gap = skin.px(10), least = skin.px(250);
  const auto fitting = std::max<std::size_t>(1, static_cast<std::size_t>((width + gap) / (least + gap)));
  const std::size_t count = std::min(ui.recent.size(), fitting);
  const float card = std::min(skin.px(360), (width - gap * static_cast<float>(count - 1)) / static_cast<float>(count));
  for (std::size_t i = 0; i < count; ++i) {
    ImGui::SetCursorScreenPos({at.x + static_cast<float>(i) * (card + gap), at.y + skin.px(3)});
    if (!recent_card(skin, ui, ui.recent[i], i, card, now) || !ui.knobs.is_set) continue;
    go_on_with(ui.knobs, out, absolute_text(text_of_path(ui.recent[i].run.folder.native())));
    ui.show_welcome = false;
    break;
  }
}

}  // namespace

void draw_welcome(const PanelInput& in, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  if (size.y > skin.px(kWelcomeHeight)) draw_recent(in, ui, out, {at.x, at.y + skin.px(kWelcomeHeight)}, size.x);
  const float middle = at.y + skin.px(kWelcomeHeight) / 2, close_x = at.x + size.x - skin.px(26);
  ImDrawList* list = ImGui::GetWindowDrawList();

  float x = at.x + skin.px(4);
  const std::string_view lead = "Start from";
  const ImVec2 lead_size = text_size(t.fonts.small, lead);
  draw_text(list, t.fonts.small, {x, middle - lead_size.y / 2}, t.text_dim, lead);
  x += lead_size.x + skin.px(12);
  for (const Preset& preset : presets()) {
    if (x + text_size(t.fonts.body, preset.title).x + skin.px(22) > close_x) break;
    ImGui::SetCursorScreenPos({x, std::round(middle - skin.px(13))});
    if (chip(skin, preset, is_in_force(preset, ui))) apply_preset(preset, in.status, ui, out, in.now_s);
    x = ImGui::GetItemRectMax().x + skin.px(8);
  }
  for (const std::string_view hint : {"or drop a .txt, a .csv or a config.json on the window",
                                      "or drop a .txt or .csv on the window", "or drop a .txt here"}) {
    const ImVec2 hint_size = text_size(t.fonts.small, hint);
    if (x + skin.px(4) + hint_size.x > close_x - skin.px(8)) continue;
    draw_text(list, t.fonts.small, {x + skin.px(4), middle - hint_size.y / 2}, t.text_dim, hint);
    break;
  }
  ImGui::SetCursorScreenPos({close_x, std::round(middle - skin.px(11))});
  if (button(skin, {.label = "",
                    .look = ButtonLook::quiet,
                    .icon = Icon::close,
                    .size = {skin.px(22), skin.px(22)},
                    .name = "close presets"}))
    ui.show_welcome = false;
}

}  // namespace switchyard::app
