#include "app/panels/menus.h"

#include <fmt/format.h>

#include "app/panels/toasts.h"
#include "app/presets.h"
#include "app/transport.h"
#include "app/ui/widgets.h"

namespace switchyard::app {
namespace {

bool begin_menu(const Skin& skin, const char* name) {
  if (button(skin, name, ButtonLook::quiet)) ImGui::OpenPopup(name);
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  ImGui::SetNextWindowPos({min.x, max.y + skin.px(4)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(8), skin.px(8)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin.px(8), skin.px(6)});
  const bool open = ImGui::BeginPopup(name);
  if (!open) ImGui::PopStyleVar(2);
  return open;
}

void end_menu() {
  ImGui::EndPopup();
  ImGui::PopStyleVar(2);
}

bool item(const char* label, const char* shortcut = nullptr, bool chosen = false, bool enabled = true) {
  const bool pressed = ImGui::MenuItem(label, shortcut, chosen, enabled);
  register_item(label);
  return pressed;
}

void heading(const Skin& skin, const char* text) {
  const WithFont font(skin.theme.fonts.small);
  ImGui::PushStyleColor(ImGuiCol_Text, skin.theme.text_dim);
  ImGui::TextUnformatted(text);
  ImGui::PopStyleColor();
}

void export_run(const PanelInput& in, UiState& ui, Commands& out) {
  if (in.status.run_folder.empty()) {
    add_toast(ui, Notice::Level::warning, "This run is not recorded, so there is no folder to export.", in.now_s);
    return;
  }
  out.emplace_back(ExportWeights{});
  ImGui::SetClipboardText(in.status.run_folder.c_str());
  add_toast(ui, Notice::Level::info,
            fmt::format("Everything of this run is in {} (path copied). The weights are being written there now.",
                        in.status.run_folder),
            in.now_s);
}

void file_menu(const Skin& skin, const PanelInput& in, UiState& ui, Commands& out) {
  if (!begin_menu(skin, "File")) return;
  heading(skin, "Open a text (.txt) or a configuration (.json); dropping it on the window does the same");
  if (text_input(skin, "##path to open", &ui.path_to_open, skin.px(440), "path of a file, then Enter") &&
      !ui.path_to_open.empty()) {
    ui.wants_open.push_back(ui.path_to_open);
    ui.path_to_open.clear();
    ImGui::CloseCurrentPopup();
  }
  ImGui::Separator();
  for (const bool seeds : {false, true}) {
    heading(skin, seeds ? "The five systems it grew from" : "Start from");
    for (const Preset& preset : presets()) {
      if (preset.name.starts_with("seed-") != seeds) continue;
      if (item(preset.title.c_str(), nullptr, ui.preset_title == preset.title)) apply_preset(preset.name, ui, out);
      if (mouse_rests(preset.name))
        tooltip(skin, preset.title, preset.description, "Rebuilds the model; Ctrl+Z returns.");
    }
  }
  ImGui::Separator();
  if (item("Export run folder")) export_run(in, ui, out);
  if (!in.status.run_folder.empty()) heading(skin, in.status.run_folder.c_str());
  if (item("Screenshot", "F12")) ui.wants_screenshot = true;
  ImGui::Separator();
  if (item("Quit", "Ctrl+Q")) ui.wants_quit = true;
  end_menu();
}

void view_menu(const Skin& skin, UiState& ui) {
  if (!begin_menu(skin, "View")) return;
  heading(skin, "Theme");
  if (item("Dark", nullptr, !ui.light_theme)) ui.light_theme = false;
  if (item("Light", nullptr, ui.light_theme)) ui.light_theme = true;
  ImGui::Separator();
  heading(skin, "Size of the interface");
  for (const float scale : kScales)
    if (item(fmt::format("{:.0f} %", 100 * scale).c_str(), nullptr, ui.scale == scale)) ui.scale = scale;
  ImGui::Separator();
  if (item("Log", nullptr, ui.show_log)) ui.show_log = !ui.show_log;
  if (item("Presets strip", nullptr, ui.show_welcome)) ui.show_welcome = !ui.show_welcome;
  end_menu();
}

void help_menu(const Skin& skin, UiState& ui) {
  if (!begin_menu(skin, "Help")) return;
  if (item("Reading the window", "F1")) ui.show_help = true;
  if (item("About Switchyard")) ui.show_about = true;
  end_menu();
}

}  // namespace

void draw_menus(const PanelInput& in, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  file_menu(skin, in, ui, out);
  ImGui::SameLine(0, skin.px(2));
  view_menu(skin, ui);
  ImGui::SameLine(0, skin.px(2));
  help_menu(skin, ui);
}

void apply_preset(const std::string& name, UiState& ui, Commands& out) {
  const Preset* preset = find_preset(name);
  if (!preset || !ui.knobs.is_set) return;
  Config next = preset->config;
  next.corpus = ui.knobs.draft.corpus;
  next.threads = ui.knobs.draft.threads;
  commit_edit(ui.knobs, out, next);
  ui.preset_title = preset->title;
}

}  // namespace switchyard::app
