#include "app/shell/dialogs/chooser_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "app/files/typed_path.h"
#include "app/run/route_wishes.h"
#include "app/shell/dialogs/chooser_keys.h"
#include "app/shell/dialogs/chooser_list.h"
#include "app/shell/dialogs/chooser_places.h"
#include "app/ui/widgets.h"
#include "core/base/file_name.h"
#include "core/checkpoints/expert_model.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;
using viz::Key;

constexpr float kChooserWidth = 860, kHeight = 560, kPlaces = 150, kChooserGap = 8;  // pixels at scale 1
constexpr const char* kPopup = "##chooser";

struct Words {
  const char *title, *hint;
};
Words words_of(Chooses what) {
  switch (what) {
    case Chooses::run:
      return {"Open a run", "a name, or a path: ~/ and / begin one, Tab completes it"};
    case Chooses::settings:
      return {"Open settings", "a name, or a path: ~/ and / begin one, Tab completes it"};
    case Chooses::runs:
      return {"Runs of a folder",
              "a name, or a path: ~/ and / begin one; Ctrl + Enter takes the folder that is listed"};
    case Chooses::routes:
      return {"Replay routes", "a folder that routes were recorded into, or a path: ~/ and / begin one"};
    case Chooses::text:
    case Chooses::nothing:
      break;
  }
  return {"Open a text or points", "a name, or a path: ~/ and / begin one, Tab completes it"};
}

// Of the lit row, or of what is typed.
std::optional<Chosen> take_lit(Chooser& chooser, const std::vector<Place>& places) {
  if (!chooser.in_places) return enter(chooser);
  if (chooser.lit_place < static_cast<int>(places.size()))
    go_to_place(chooser, places[static_cast<std::size_t>(chooser.lit_place)]);
  return std::nullopt;
}

void take(UiState& ui, Commands& out, Chooses what, const Chosen& chosen, bool goes_on) {
  const std::string path = chosen.path.native();
  if (what == Chooses::run && goes_on) {
    ui.used.note(Chooses::run, chosen.path);
    go_on_with(ui.knobs, out, absolute_text(text_of_path(path)));
    ui.show_welcome = false;
  } else if (what == Chooses::routes) {
    follow_routes(ui, out, text_of_path(path));
  } else if (what == Chooses::runs) {
    ui.used.note(Chooses::runs, chosen.path);
    ui.library.directory = chosen.path;
  } else if (what == Chooses::run && (chosen.kind == EntryKind::file || chosen.kind == EntryKind::settings)) {
    ui.used.note(Chooses::run, chosen.path);
    if (is_others_checkpoint(chosen.path))
      return ui.wants_checkpoint.push_back(path_of_text(absolute_text(text_of_path(path))));
    // No text to be learned: of a file that is no recording that is said.
    ui.wants_recording.push_back({path_of_text(absolute_text(text_of_path(path))), {}, {}, false});
  } else if (what == Chooses::text) {
    ui.wants_text.push_back(path);
  } else {
    ui.wants_open.push_back(path);
  }
}

bool can_go_on(const Chooser& chooser) {
  if (chooser.lit < 0 || chooser.lit >= static_cast<int>(chooser.rows.size())) return false;
  const Chooser::Row& row = chooser.rows[static_cast<std::size_t>(chooser.lit)];
  if (row.is_heading) return false;
  const EntryKind kind = entry_of(chooser, row).kind;
  const EntryLook* const look = look_of(chooser, row);
  return kind == EntryKind::weights || (kind == EntryKind::run && !(look && look->is_running));
}

}  // namespace

void open_chooser(const PanelInput& in, UiState& ui, Chooses what) {
  const auto& used = ui.used.of(what);
  fs::path folder;
  if (!used.empty()) folder = used.front().parent_path();
  else if (what == Chooses::routes && !in.status.run_folder.empty()) folder = path_of_text(in.status.run_folder);
  else if (what == Chooses::run || what == Chooses::routes) folder = default_runs_directory();
  else if (const Config* const config = in.status.config.get();
           config && what == Chooses::text && learns_from_file(*config))
    folder = path_of_text(config->*data_knob(config->task).file).parent_path();
  for (const fs::path& other : {working_folder(), home_folder(), fs::path("/")})
    if (!folder.is_absolute()) folder = other;
  begin_choosing(ui.chooser, what, std::move(folder), used, ui.wake);
}

void draw_chooser(const PanelInput& in, UiState& ui, Commands& out) {
  Chooser& chooser = ui.chooser;
  if (chooser.what == Chooses::nothing) return;
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = skin.theme;
  const Words words = words_of(chooser.what);
  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  const ImVec2 size(std::min(skin.px(kChooserWidth), screen.x - skin.px(24)),
                    std::min(skin.px(kHeight), screen.y - skin.px(24)));
  if (!ImGui::IsPopupOpen(kPopup)) ImGui::OpenPopup(kPopup);
  ImGui::SetNextWindowPos({std::round((screen.x - size.x) / 2), std::round((screen.y - size.y) / 2)});
  ImGui::SetNextWindowSize(size);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(16), skin.px(12)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(10));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  ImGui::PushStyleColor(ImGuiCol_PopupBg, t.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, t.hairline);
  const bool open =
      ImGui::BeginPopupModal(kPopup, nullptr,
                             ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                                 ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoNavInputs |
                                 ImGuiWindowFlags_NoScrollbar | ImGuiWindowFlags_NoScrollWithMouse);
  if (!open) {
    ImGui::PopStyleColor(2);
    ImGui::PopStyleVar(3);
    return;
  }
  const std::vector<Place> places = places_of(chooser, ui.used);
  const bool fresh = std::exchange(chooser.just_opened, false);
  bool escaped = false, entered = false, goes_on = false, takes_folder = false;
  if (!fresh) {
    walk_by_keys(chooser, places);
    arrange_by_keys(chooser);
    escaped = viz::key_pressed(Key::escape);
    entered = viz::key_pressed(Key::enter);
    goes_on = entered && ImGui::GetIO().KeyCtrl && chooser.what == Chooses::run && can_go_on(chooser);
    takes_folder = entered && ImGui::GetIO().KeyCtrl && chooser.what == Chooses::runs;
  }

  const float left = ImGui::GetCursorScreenPos().x, width = ImGui::GetContentRegionAvail().x, right = left + width;
  {
    const WithFont font(t.fonts.bold);
    ImGui::TextUnformatted(words.title);
  }
  float y = ImGui::GetCursorScreenPos().y + skin.px(4);
  const ButtonSpec up{.label = "",
                      .look = ButtonLook::quiet,
                      .icon = Icon::chevron_left,
                      .size = {skin.px(24), skin.px(26)},
                      .name = "folder above"};
  ImGui::SetCursorScreenPos({left - skin.px(4), y});
  if (button(skin, up)) list_parent(chooser);
  if (mouse_rests("folder above")) tooltip(skin, "The folder above", {}, "Backspace, or Alt + ↑");
  const ButtonSpec hidden{.label = chooser.hidden ? "Leave out hidden files" : "Show hidden files",
                          .look = ButtonLook::quiet,
                          .name = "hidden files"};
  const float hidden_width = button_size(skin, hidden).x;
  ImGui::SetCursorScreenPos({right - hidden_width, y});
  if (button(skin, hidden)) {
    chooser.hidden = !chooser.hidden;
    arrange_rows(chooser);
  }
  if (mouse_rests("hidden files")) tooltip(skin, "Hidden files", "Their names begin with a dot.", "Ctrl + H");
  ImGui::SetCursorScreenPos({left + skin.px(22), y});
  draw_crumbs(skin, chooser, right - hidden_width - skin.px(8) - left - skin.px(22));
  y += skin.px(26 + 4);

  ImGui::SetCursorScreenPos({left, y});
  LineEdit edit{std::exchange(chooser.put, {}), false};
  text_input(skin, "##chooser field", &chooser.typed, width, words.hint,
             std::exchange(chooser.wants_keyboard, false), edit);
  const bool typing = ImGui::IsItemActive();
  register_item("chooser field", chooser.typed);
  chooser.put = std::move(edit.put);
  if (!chooser.typed.empty() && chooser.typed != chooser.typed_before) chooser.in_places = false;
  update(chooser);
  if (edit.tab) complete(chooser);
  y += ImGui::GetItemRectSize().y + skin.px(kChooserGap);

  // The last line first: it takes its room from below.
  const float bottom = ImGui::GetWindowPos().y + size.y - skin.px(12), buttons = bottom - skin.px(28);
  const bool shows_places = width > skin.px(520);
  const float list_x = shows_places ? left + skin.px(kPlaces + kChooserGap) : left,
              list_height = buttons - skin.px(kChooserGap) - y;
  if (shows_places) {
    ImGui::SetCursorScreenPos({left, y});
    draw_places(skin, chooser, places, {skin.px(kPlaces), list_height});
  }
  ImGui::SetCursorScreenPos({list_x, y});
  const bool twice = draw_chooser_list(skin, chooser, {right - list_x, list_height});

  float x = right;
  const auto offer = [&](const ButtonSpec& spec) {
    x -= button_size(skin, spec).x;
    ImGui::SetCursorScreenPos({x, buttons});
    const bool pressed = button(skin, spec);
    if (chooser.what == Chooses::run && mouse_rests(spec.name))
      tooltip(skin, spec.label,
              spec.look == ButtonLook::primary ? "It is looked at; nothing is trained."
                                               : "Its model is woken and learns on; the run of now is kept.",
              spec.look == ButtonLook::primary ? "Enter" : "Ctrl + Enter");
    x -= skin.px(kChooserGap);
    return pressed;
  };
  const bool of_runs = chooser.what == Chooses::runs;
  if (of_runs && offer({.label = "Show its runs", .look = ButtonLook::primary, .name = "chooser use"}))
    takes_folder = true;
  bool pressed = offer({.label = chooser.what == Chooses::routes ? "Replay" : "Open",
                        .look = of_runs ? ButtonLook::plain : ButtonLook::primary,
                        .enabled = chooser.lit >= 0 || chooser.in_places,
                        .name = "chooser open"});
  if (chooser.what == Chooses::run &&
      offer({.label = "Go on", .enabled = can_go_on(chooser), .name = "chooser go on"}))
    pressed = goes_on = true;
  if (offer({.label = "Cancel", .name = "chooser cancel"})) escaped = true;
  std::string says = chooser.problem;
  if (says.empty() && chooser.listed && !chooser.rows.empty()) says = chooser.listed->problem;
  const viz::Colour ink = says.empty() ? t.text_dim : t.bad;
  if (says.empty()) says = "Backspace: folder above   Ctrl + L: path   Ctrl + T: by name or age";
  const float line = text_size(t.fonts.small, says).y;
  draw_clipped_text(ImGui::GetWindowDrawList(), t.fonts.small, {left, buttons + (skin.px(28) - line) / 2},
                    x - left, ink, says);
  register_item("chooser says", {left, buttons}, {x, bottom}, says);

  std::optional<Chosen> chosen;
  if (takes_folder) chosen = Chosen{chooser.folder, EntryKind::folder};
  else if (pressed || twice || entered || chooser.enters) chosen = take_lit(chooser, places);
  const bool closes = chosen || escaped;
  if (closes) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(3);

  if (closes) {
    const Chooses what = chooser.what;
    end_choosing(chooser);
    ImGui::SetWindowFocus(nullptr);
    if (chosen) take(ui, out, what, *chosen, goes_on);
  } else if (entered || (!typing && ImGui::IsMouseReleased(ImGuiMouseButton_Left))) {
    chooser.wants_keyboard = true;  // the field keeps it
  }
}

}  // namespace switchyard::app
