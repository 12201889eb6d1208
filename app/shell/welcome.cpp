#include "app/shell/welcome.h"

#include "app/cli/presets.h"
#include "app/shell/transport.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

bool chip(const Skin& skin, const Preset& preset, bool chosen) {
  const viz::Theme& t = skin.theme;
  const ImVec2 text = text_size(t.fonts.body, preset.title);
  const ImVec2 size(text.x + skin.px(22), skin.px(26));
  const bool pressed = ImGui::InvisibleButton(preset.name.c_str(), size);
  register_item("preset " + preset.name, preset.title);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const bool hovered = ImGui::IsItemHovered();
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (hovered) list->AddRectFilled(min, max, t.raised, size.y / 2);
  list->AddRect(min, max, chosen || hovered ? t.accent : t.hairline, size.y / 2, 0, std::max(1.0f, skin.scale));
  draw_text(list, t.fonts.body, {min.x + skin.px(11), (min.y + max.y - text.y) / 2}, t.text, preset.title);
  if (mouse_rests(preset.name))
    tooltip(skin, preset.title, preset.description,
            chosen ? "Running now." : "Rebuilds the model; Ctrl+Z returns.");
  return pressed;
}

}  // namespace

void draw_welcome(const PanelInput& in, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const float middle = at.y + size.y / 2, close_x = at.x + size.x - skin.px(26);
  ImDrawList* list = ImGui::GetWindowDrawList();

  float x = at.x + skin.px(4);
  const std::string_view lead = "Start from";
  const ImVec2 lead_size = text_size(t.fonts.small, lead);
  draw_text(list, t.fonts.small, {x, middle - lead_size.y / 2}, t.text_dim, lead);
  x += lead_size.x + skin.px(12);
  for (const Preset& preset : presets()) {
    if (x + text_size(t.fonts.body, preset.title).x + skin.px(22) > close_x) break;
    ImGui::SetCursorScreenPos({x, std::round(middle - skin.px(13))});
    if (chip(skin, preset, ui.preset_title == preset.title)) apply_preset(preset.name, ui, out);
    x = ImGui::GetItemRectMax().x + skin.px(8);
  }
  for (const std::string_view hint : {"or drop a .txt or a config.json on the window", "or drop a .txt here"}) {
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
