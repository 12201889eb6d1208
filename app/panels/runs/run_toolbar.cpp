#include "app/panels/runs/run_toolbar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "app/files/typed_path.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/runs/run_columns.h"
#include "app/ui/fuzzy.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

constexpr float kToolbarGap = 8;        // at scale 1
constexpr float kWide = 860;            // with the filter beside its buttons, at scale 1
constexpr float kBehindToggle = 18;     // at scale 1
constexpr float kLeastFilter = 150;     // at scale 1
constexpr float kColumnsWidth = 260;    // of their menu, at scale 1
constexpr float kLow = 230;             // below it the rows need the line of the switches, at scale 1
constexpr const char *kHideEqual = "Hide equal columns",
                     *kSaysHideEqual = "Only columns that differ among the rows.";
constexpr const char *kGroupSetups = "Group by setup",
                     *kSaysGroupSetups =
                         "Runs that differ by nothing but their seeds as one row: mean and standard "
                         "deviation of their validation losses.";
constexpr double kTypingPause_s = 0.6;  // before a filter is called wrong
constexpr const char* kColumnsMenu = "##columns";

float labelled_toggle_width(const Skin& skin, const char* label) {
  return skin.px(34 + 8 + kBehindToggle) + text_size(skin.theme.fonts.body, label).x;
}

void labelled_toggle(const Skin& skin, const char* label, const char* says, bool* on, ImVec2& at) {
  ImGui::SetCursorScreenPos({at.x, at.y + skin.px(5)});
  toggle(skin, label, on);
  if (mouse_rests(label)) tooltip(skin, label, says);
  const ImVec2 words = text_size(skin.theme.fonts.body, label);
  draw_text(ImGui::GetWindowDrawList(), skin.theme.fonts.body,
            {at.x + skin.px(34 + 8), at.y + std::round((skin.px(kToolbarHeight) - words.y) / 2)}, skin.theme.text,
            label);
  at.x += labelled_toggle_width(skin, label);
}

// A name with a box; the menu stays. True: it was pressed.
bool column_switch(const Skin& skin, const std::string& key, bool on) {
  const viz::Theme& t = skin.theme;
  const float side = skin.px(12), height = std::round(text_size(t.fonts.body, key).y);
  const bool pressed =
      ImGui::Selectable(("##" + key).c_str(), false, ImGuiSelectableFlags_DontClosePopups, {0, height});
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const ImVec2 box(min.x + skin.px(6), std::round((min.y + max.y - side) / 2));
  ImDrawList* const list = ImGui::GetWindowDrawList();
  const float line = std::max(1.0f, skin.px(1));
  if (on) list->AddRectFilled(box, {box.x + side, box.y + side}, t.accent, skin.px(3));
  else list->AddRect(box, {box.x + side, box.y + side}, t.text_dim, skin.px(3), 0, line);
  const ImVec2 tick[] = {{box.x + side * 0.22f, box.y + side * 0.52f},
                         {box.x + side * 0.42f, box.y + side * 0.72f},
                         {box.x + side * 0.78f, box.y + side * 0.30f}};
  if (on) list->AddPolyline(tick, 3, t.accent_text, 0, 1.5f * line);
  draw_text(list, t.fonts.body, {box.x + side + skin.px(8), (min.y + max.y - height) / 2},
            on ? t.text : t.text_dim, key);
  return pressed;
}

// Every column with a switch, found by some of its letters; before them those of all, where they have no line of
// their own.
void columns_menu(const Skin& skin, UiState& ui, ImVec2 below, bool with_switches) {
  LibraryView& view = ui.library;
  // Beside the edge of a narrow window rather than beyond it.
  below.x = std::min(below.x, ImGui::GetIO().DisplaySize.x - skin.px(kColumnsWidth + 30));
  ImGui::SetNextWindowPos(below);
  ImGui::SetNextWindowSizeConstraints(
      {0, 0}, {FLT_MAX, std::max(skin.px(160), ImGui::GetIO().DisplaySize.y - below.y - skin.px(20))});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(10), skin.px(10)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin.px(8), skin.px(5)});
  if (begin_menu_popup(kColumnsMenu)) {
    const bool appears = ImGui::IsWindowAppearing();
    const float width = skin.px(kColumnsWidth);
    if (with_switches) {
      for (const auto& [label, says, on] : {std::tuple{kHideEqual, kSaysHideEqual, &view.hides_equal},
                                            std::tuple{kGroupSetups, kSaysGroupSetups, &view.query.grouped}}) {
        ImVec2 at = ImGui::GetCursorScreenPos();
        const ImVec2 line = at;
        labelled_toggle(skin, label, says, on, at);
        ImGui::SetCursorScreenPos({line.x, line.y + skin.px(kToolbarHeight)});
      }
      ImGui::Dummy({width, 0});
    }
    text_input(skin, "##column search", &view.column_search, width, "find a column", appears);
    register_item("column search", view.column_search);
    if (!view.columns.empty()) {
      if (button(skin, {.label = "As at first", .look = ButtonLook::quiet, .name = "columns as at first"}))
        view.columns.clear();
      if (mouse_rests("columns as at first"))
        tooltip(skin, "As at first", "What one looks for first, and the settings in which the runs differ.");
    }
    const float room = ImGui::GetIO().DisplaySize.y - ImGui::GetCursorScreenPos().y - skin.px(30);
    viz::begin_child("all columns", {width, std::clamp(room, skin.px(66), skin.px(320))});
    for (const ShownRunColumn& column : run_columns_of(*view.listing, view)) {
      if (column.key == "folder") continue;
      const std::string words = column.knob ? fmt::format("{} {}", column.key, column.knob->label) : column.key;
      if (!view.column_search.empty() && !fuzzy_match(view.column_search, words)) continue;
      if (column_switch(skin, column.key, column.is_shown)) {
        view.columns[column.key] = !column.is_shown;
        if (!column.is_shown && !column.differs) view.hides_equal = false;
      }
      register_item("columns/" + column.key, column.is_shown ? "shown" : "hidden");
      if (mouse_rests(column.key)) tooltip(skin, column.key, about_column(column));
    }
    ImGui::EndChild();
    if (viz::key_pressed(viz::Key::escape)) ImGui::CloseCurrentPopup();
    end_menu_popup();
  }
  ImGui::PopStyleVar(2);
}

}  // namespace

std::filesystem::path directory_of(const LibraryView& view) {
  if (view.listing) return view.listing->of->found.directory;
  return view.directory.empty() ? default_runs_directory() : view.directory;
}

std::string shown_directory(const LibraryView& view) {
  const std::string home = home_folder().native(), path = directory_of(view).native();
  return printable(!home.empty() && path.starts_with(home + "/") ? "~" + path.substr(home.size()) : path);
}

void draw_run_toolbar(const PanelInput& in, UiState& ui) {
  const Skin skin{in.theme, in.scale};
  LibraryView& view = ui.library;
  const ImVec2 start = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, gap = skin.px(kToolbarGap);
  const ButtonSpec folder{.label = "Folder…", .name = "Folder"};
  const ButtonSpec columns{.label = "Columns", .enabled = view.listing != nullptr};
  const float buttons = button_size(skin, folder).x + gap + button_size(skin, columns).x;
  const float switches = labelled_toggle_width(skin, kHideEqual) + labelled_toggle_width(skin, kGroupSetups);
  // Behind the filter stand buttons and switches, or the buttons alone, or nothing.
  const bool wide = width >= skin.px(kWide), beside = width - buttons - gap >= skin.px(kLeastFilter);
  const bool in_menu = !wide && ImGui::GetContentRegionAvail().y < skin.px(kLow);
  const float field = wide ? width - buttons - 2 * gap - switches - gap : beside ? width - buttons - gap : width;
  const std::string before = view.query.filter;
  const float field_height = text_size(skin.theme.fonts.mono, "0").y + skin.px(8);
  ImGui::SetCursorScreenPos({start.x, start.y + std::round((skin.px(kToolbarHeight) - field_height) / 2)});
  text_input(skin, "##filter", &view.query.filter, field, "filter: top_k=2 and val_loss<1.9");
  const bool typing = ImGui::IsItemActive();
  register_item("filter", view.query.filter);
  if (mouse_rests("filter") && !typing)
    tooltip(skin, "Filter",
            "What SQL has behind WHERE: and, or, not, in, between, like, is null. Columns are called as in the "
            "table; texts and choices stand in single quotes.",
            "gate='sigmoid' and steps>=1000");
  if (view.query.filter != before) view.typed_s = in.now_s;
  if (typing) view.has_keys = false;
  const float next_line = start.y + skin.px(kToolbarHeight) + gap / 2;
  ImVec2 at(wide || beside ? start.x + field + gap : start.x, wide || beside ? start.y : next_line);
  ImGui::SetCursorScreenPos(at);
  if (button(skin, folder)) {
    std::filesystem::path from = directory_of(view);
    begin_choosing(ui.chooser, Chooses::runs, std::move(from), ui.used.of(Chooses::runs), ui.wake);
  }
  if (mouse_rests("Folder"))
    tooltip(skin, "Runs of another folder", "A directory of runs; the folder of a comparison or a sweep.",
            shown_directory(view));
  at.x += button_size(skin, folder).x + gap;
  ImGui::SetCursorScreenPos(at);
  if (button(skin, columns)) ImGui::OpenPopup(kColumnsMenu);
  if (view.listing) columns_menu(skin, ui, {at.x, at.y + skin.px(kToolbarHeight + 4)}, in_menu);
  at.x += button_size(skin, columns).x + 2 * gap;
  if (!wide && beside && !in_menu) at = {start.x, next_line};
  const auto make_room = [&](const char* label) {
    if (at.x + labelled_toggle_width(skin, label) - skin.px(kBehindToggle) <= start.x + width) return;
    at = {start.x, at.y + skin.px(kToolbarHeight)};
  };
  if (!in_menu) {
    make_room(kHideEqual);
    labelled_toggle(skin, kHideEqual, kSaysHideEqual, &view.hides_equal, at);
    make_room(kGroupSetups);
    labelled_toggle(skin, kGroupSetups, kSaysGroupSetups, &view.query.grouped, at);
  }
  ImGui::SetCursorScreenPos({start.x, at.y + skin.px(kToolbarHeight + 6)});
  const bool pauses = !typing || in.now_s - view.typed_s > kTypingPause_s;
  if (!view.filter_problem.empty() && pauses) {
    write_words(in, viz::Font::small, in.theme.bad, "Filter: " + view.filter_problem);
    register_item("filter problem", view.filter_problem);
    ImGui::SetCursorScreenPos({start.x, ImGui::GetCursorScreenPos().y + skin.px(4)});
  }
}

}  // namespace switchyard::app
