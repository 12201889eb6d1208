#include "app/shell/actions/menus.h"

#include <fmt/format.h>

#include "app/ui/widgets.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

bool begin_menu(const Skin& skin, const char* name) {
  if (button(skin, name, ButtonLook::quiet)) ImGui::OpenPopup(name);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  ImGui::SetNextWindowPos({min.x, max.y + skin.px(4)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(8), skin.px(8)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin.px(8), skin.px(6)});
  const bool open = begin_menu_popup(name);
  if (!open) ImGui::PopStyleVar(2);
  return open;
}

void end_menu() {
  end_menu_popup();
  ImGui::PopStyleVar(2);
}

void item(const Skin& skin, const ActionContext& context, const Action& action) {
  const std::string keys = action.chord ? chord_text(*action.chord) : std::string();
  const bool chosen = action.chosen && action.chosen(context);
  const std::string said = action.says ? printable(action.says(context)) : action.title;
  if (ImGui::MenuItem(fmt::format("{}###{}", said, action.id).c_str(), keys.empty() ? nullptr : keys.c_str(), chosen, is_enabled(action, context)))
    run_action(action, context);
  register_item(action.title, action.says ? said : keys);
  if (!action.detail.empty() && mouse_rests(action.id)) tooltip(skin, action.title, action.detail, keys);
}

void item(const Skin& skin, const ActionContext& context, std::string_view id) {
  if (const Action* action = find_action(id)) item(skin, context, *action);
}

// Every action whose id begins so, but for those that go on with `except`.
void items(const Skin& skin, const ActionContext& context, std::string_view begin, std::string_view except = {}) {
  for (const Action& action : actions())
    if (action.id.starts_with(begin) && (except.empty() || !action.id.starts_with(except))) item(skin, context, action);
}

void heading(const Skin& skin, const char* text) {
  const WithFont font(skin.theme.fonts.small);
  ImGui::PushStyleColor(ImGuiCol_Text, skin.theme.text_dim);
  ImGui::TextUnformatted(text);
  ImGui::PopStyleColor();
}

void file_menu(const Skin& skin, const ActionContext& context) {
  if (!begin_menu(skin, "File")) return;
  UiState& ui = context.ui;
  items(skin, context, "file.open-");
  ImGui::Separator();
  // Before the presets, which a low window has no room for.
  item(skin, context, "file.keep");
  for (const char* id : {"file.copy-setup", "file.paste-setup", "file.save-setup"}) item(skin, context, id);
  item(skin, context, "file.export-run");
  if (!context.in.status.run_folder.empty()) heading(skin, printable(context.in.status.run_folder).c_str());
  item(skin, context, "file.report");
  item(skin, context, "file.screenshot");
  ImGui::Separator();
  heading(skin, "Start from: each begins a new run; Ctrl+Z brings this one back");
  items(skin, context, "preset.", "preset.seed-");
  if (const std::vector<Action> own = own_preset_actions(ui); !own.empty()) {
    heading(skin, "Yours");
    for (const Action& preset : own) item(skin, context, preset);
  }
  heading(skin, "The five systems it grew from");
  items(skin, context, "preset.seed-");
  ImGui::Separator();
  item(skin, context, "file.quit");
  end_menu();
}

void edit_menu(const Skin& skin, const ActionContext& context) {
  if (!begin_menu(skin, "Edit")) return;
  items(skin, context, "edit.");
  ImGui::Separator();
  if (const std::vector<Action> whole = model_actions(context.in, context.ui); !whole.empty()) {
    heading(skin, "The model as a whole");
    for (const Action& action : whole) item(skin, context, action);
    ImGui::Separator();
  }
  heading(skin, "Whom tokens go to");
  items(skin, context, "routes.");
  ImGui::Separator();
  heading(skin, "Beside this run, to be compared with it");
  items(skin, context, "compare.");
  ImGui::Separator();
  heading(skin, "By several processes");
  for (const char* id : {"run.ranks", "run.end-ranks", "run.self-check"}) item(skin, context, id);
  end_menu();
}

void view_menu(const Skin& skin, const ActionContext& context) {
  if (!begin_menu(skin, "View")) return;
  item(skin, context, "view.palette");
  item(skin, context, "view.find");
  ImGui::Separator();
  heading(skin, "Workspace");
  items(skin, context, "workspace.");
  ImGui::Separator();
  for (const char* id : {"view.knobs", "view.timeline", "view.events", "view.presets", "view.log"})
    item(skin, context, id);
  ImGui::Separator();
  for (const char* id : {"view.dividers", "view.reset-layout"}) item(skin, context, id);
  ImGui::Separator();
  heading(skin, "Theme");
  items(skin, context, "view.theme.");
  heading(skin, "Size of the interface");
  items(skin, context, "view.scale.");
  end_menu();
}

void help_menu(const Skin& skin, const ActionContext& context) {
  if (!begin_menu(skin, "Help")) return;
  items(skin, context, "help.");
  end_menu();
}

}  // namespace

void draw_menus(const ActionContext& context) {
  const Skin skin{context.in.theme, context.in.scale};
  file_menu(skin, context);
  ImGui::SameLine(0, skin.px(2));
  edit_menu(skin, context);
  ImGui::SameLine(0, skin.px(2));
  view_menu(skin, context);
  ImGui::SameLine(0, skin.px(2));
  help_menu(skin, context);
}

float menus_width(const Skin& skin) {
  float width = 3 * skin.px(2);
  for (const char* name : {"File", "Edit", "View", "Help"})
    width += button_size(skin, {.label = name, .look = ButtonLook::quiet}).x;
  return width;
}

}  // namespace switchyard::app
