#include "app/shell/bars/timeline_bar.h"

#include <algorithm>

#include "app/panels/panel_table.h"
#include "app/panels/timeline/timeline_panel.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

void draw_controls(const Skin& skin, const ActionContext& context, ImVec2 at, float height) {
  const viz::Theme& t = skin.theme;
  Timeline& timeline = context.ui.timeline;
  const float small = skin.px(26);
  const float y = at.y + (height - small) / 2;
  float x = at.x;
  const auto step_button = [&](const char* id, const char* name, Icon icon) {
    ImGui::SetCursorScreenPos({x, y});
    const Action* action = find_action(id);
    if (button(skin, {.look = ButtonLook::quiet, .icon = icon, .size = {small, small}, .name = name}))
      run_action(*action, context);
    if (mouse_rests(id)) tooltip(skin, action->title, action->detail, chord_text(*action->chord));
    x += small + skin.px(2);
  };
  step_button("timeline.previous", "previous snapshot", Icon::chevron_left);
  step_button("timeline.play", "play snapshots", timeline.playing ? Icon::pause : Icon::play);
  step_button("timeline.next", "next snapshot", Icon::chevron_right);
  x += skin.px(8);

  const ImVec2 label = text_size(t.fonts.bold, "LIVE");
  const ImVec2 pill(label.x + skin.px(34), skin.px(26));
  ImGui::SetCursorScreenPos({x, y});
  const bool pressed = press_area("LIVE", pill).pressed;
  const bool live = timeline.following();
  register_item("LIVE", live ? "following" : "behind");
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  ImDrawList* list = ImGui::GetWindowDrawList();
  // Of a record the newest look is its last.
  const bool ended = context.in.status.state == RunState::opened;
  const std::string_view word = ended ? "END" : "LIVE";
  const viz::Colour ground = ended ? t.accent : viz::rgb(0xc4372b), on_it = ended ? t.accent_text : viz::rgb(0xffffff);
  const bool filled = live || ImGui::IsItemHovered();
  if (filled) list->AddRectFilled(min, max, ground, pill.y / 2);
  else list->AddRect(min, max, ground, pill.y / 2, 0, std::max(1.0f, 1.5f * skin.scale));
  const viz::Colour ink = filled ? on_it : t.text;
  list->AddCircleFilled({min.x + skin.px(14), (min.y + max.y) / 2}, skin.px(4), filled ? on_it : ground, 16);
  draw_text(list, t.fonts.bold, {min.x + skin.px(23), (min.y + max.y - label.y) / 2}, ink, word);
  if (mouse_rests("live"))
    tooltip(skin, live ? (ended ? "At its end" : "Following") : ended ? "To its end" : "Back to now",
            ended ? "Views show the last look of this record." : "Views show the newest look at the model. Training goes on either way.", "L");
  if (pressed) run_action("timeline.live", context);
}

}  // namespace

void draw_timeline_bar(const ActionContext& context) {
  const PanelSpec& panel = *find_panel("timeline");
  draw_panel(panel, context.in, context.ui, context.out);
  const Skin skin{context.in.theme, context.in.scale};
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  if (Registry* registry = Registry::current()) registry->open_scope(panel.title);
  draw_controls(skin, context, {at.x + size.x - skin.px(kTimelineControls), at.y}, size.y);
  if (Registry* registry = Registry::current()) registry->close_scope();
}

}  // namespace switchyard::app
