// The runs of a directory as a table: found by a filter, sorted, grouped; opened, compared, deleted.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "app/files/typed_path.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/runs/panels.h"
#include "app/panels/runs/run_actions.h"
#include "app/panels/runs/run_grid.h"
#include "app/ui/fuzzy.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kToolbar = 28, kGap = 8;    // at scale 1
constexpr float kWideToolbar = 860;         // with the filter beside its buttons
constexpr double kTypingPause_s = 0.6;      // before a filter is called wrong
constexpr std::size_t kMostUnreadable = 8;  // folders named
constexpr const char* kColumnsMenu = "##columns";

std::string shown_directory(const std::filesystem::path& directory) {
  const std::string home = home_folder().native(), path = directory.native();
  return printable(!home.empty() && path.starts_with(home + "/") ? "~" + path.substr(home.size()) : path);
}

std::filesystem::path directory_of(const LibraryView& view) {
  if (view.listing) return view.listing->of->found.directory;
  return view.directory.empty() ? default_runs_directory() : view.directory;
}

std::string count_text(const RunListing& listing) {
  const std::size_t all = listing.table().rows.size(), shown = listing.rows.size();
  const auto number = [](std::size_t count) { return viz::grouped(static_cast<double>(count)); };
  std::string text = shown == all ? fmt::format("{} {}", number(all), all == 1 ? "run" : "runs")
                                  : fmt::format("{} of {} runs", number(shown), number(all));
  if (listing.query.grouped && shown > 0)
    text += fmt::format(" in {} {}", number(listing.group_order.size()),
                        listing.group_order.size() == 1 ? "setup" : "setups");
  return text;
}

float labelled_toggle_width(const Skin& skin, const char* label) {
  return skin.px(34 + 8 + 18) + text_size(skin.theme.fonts.body, label).x;
}

void labelled_toggle(const Skin& skin, const char* label, const char* says, bool* on, ImVec2& at) {
  ImGui::SetCursorScreenPos({at.x, at.y + skin.px(5)});
  toggle(skin, label, on);
  if (mouse_rests(label)) tooltip(skin, label, says);
  const ImVec2 words = text_size(skin.theme.fonts.body, label);
  draw_text(ImGui::GetWindowDrawList(), skin.theme.fonts.body,
            {at.x + skin.px(34 + 8), at.y + std::round((skin.px(kToolbar) - words.y) / 2)}, skin.theme.text,
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

// Every column with a switch, found by some of its letters.
void columns_menu(const Skin& skin, UiState& ui, ImVec2 below) {
  LibraryView& view = ui.library;
  ImGui::SetNextWindowPos(below);
  ImGui::SetNextWindowSizeConstraints(
      {0, 0}, {FLT_MAX, std::max(skin.px(160), ImGui::GetIO().DisplaySize.y - below.y - skin.px(20))});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(10), skin.px(10)});
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {skin.px(8), skin.px(5)});
  if (begin_menu_popup(kColumnsMenu)) {
    const bool appears = ImGui::IsWindowAppearing();
    const float width = skin.px(260);
    text_input(skin, "##column search", &view.column_search, width, "find a column", appears);
    register_item("column search", view.column_search);
    if (!view.columns.empty()) {
      if (button(skin, {.label = "As at first", .look = ButtonLook::quiet, .name = "columns as at first"}))
        view.columns.clear();
      if (mouse_rests("columns as at first"))
        tooltip(skin, "As at first", "What one looks for first, and the settings in which the runs differ.");
    }
    viz::begin_child("all columns", {width, skin.px(320)});
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

void draw_toolbar(const PanelInput& in, UiState& ui) {
  const Skin skin{in.theme, in.scale};
  LibraryView& view = ui.library;
  const ImVec2 start = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, gap = skin.px(kGap);
  const ButtonSpec folder{.label = "Folder…", .name = "Folder"};
  const ButtonSpec columns{.label = "Columns", .enabled = view.listing != nullptr};
  const float buttons = button_size(skin, folder).x + gap + button_size(skin, columns).x + 2 * gap +
                        labelled_toggle_width(skin, "Hide equal columns") +
                        labelled_toggle_width(skin, "Group by setup");
  const bool wide = width >= skin.px(kWideToolbar);
  const float field = wide ? width - buttons - gap : width;
  const std::string before = view.query.filter;
  const float field_height = text_size(skin.theme.fonts.mono, "0").y + skin.px(8);
  ImGui::SetCursorScreenPos({start.x, start.y + std::round((skin.px(kToolbar) - field_height) / 2)});
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
  ImVec2 at(wide ? start.x + field + gap : start.x, wide ? start.y : start.y + skin.px(kToolbar) + gap / 2);
  ImGui::SetCursorScreenPos(at);
  if (button(skin, folder)) {
    std::filesystem::path from = directory_of(view);
    begin_choosing(ui.chooser, Chooses::runs, std::move(from), ui.used.of(Chooses::runs), ui.wake);
  }
  if (mouse_rests("Folder"))
    tooltip(skin, "Runs of another folder", "A directory of runs; the folder of a comparison or a sweep.",
            shown_directory(directory_of(view)));
  at.x += button_size(skin, folder).x + gap;
  ImGui::SetCursorScreenPos(at);
  if (button(skin, columns)) ImGui::OpenPopup(kColumnsMenu);
  if (view.listing) columns_menu(skin, ui, {at.x, at.y + skin.px(kToolbar + 4)});
  at.x += button_size(skin, columns).x + 2 * gap;
  labelled_toggle(skin, "Hide equal columns", "Only columns that differ among the rows.", &view.hides_equal, at);
  labelled_toggle(skin, "Group by setup",
                  "Runs that differ by nothing but their seeds as one row: mean and standard deviation of their "
                  "validation losses.",
                  &view.query.grouped, at);
  ImGui::SetCursorScreenPos({start.x, at.y + skin.px(kToolbar + 6)});
  const bool pauses = !typing || in.now_s - view.typed_s > kTypingPause_s;
  if (!view.filter_problem.empty() && pauses) {
    write_words(in, viz::Font::small, in.theme.bad, "Filter: " + view.filter_problem);
    register_item("filter problem", view.filter_problem);
    ImGui::SetCursorScreenPos({start.x, ImGui::GetCursorScreenPos().y + skin.px(4)});
  }
}

// Folders that look like a run's and are none.
float unreadable_height(const PanelInput& in, const RunListing& listing) {
  return listing.of->found.unreadable.empty()
             ? 0
             : text_size(in.theme.fonts.small, "0").y + Skin{in.theme, in.scale}.px(6);
}
void draw_unreadable(const PanelInput& in, const RunListing& listing) {
  const std::vector<std::string>& all = listing.of->found.unreadable;
  if (all.empty()) return;
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x;
  std::string text = all[0];
  if (all.size() > 1) text += fmt::format("  And {} more.", all.size() - 1);
  draw_clipped_text(ImGui::GetWindowDrawList(), skin.theme.fonts.small, {at.x, at.y + skin.px(2)}, width,
                    skin.theme.warn, text);
  ImGui::Dummy({width, unreadable_height(in, listing)});
  register_item("unreadable", text);
  if (!mouse_rests("unreadable")) return;
  std::string body;
  for (std::size_t i = 0; i < std::min(all.size(), kMostUnreadable); ++i) body += (i > 0 ? "\n" : "") + all[i];
  if (all.size() > kMostUnreadable) body += fmt::format("\nand {} more", all.size() - kMostUnreadable);
  tooltip(skin, "Folders that cannot be read as runs", body);
}

// What can be done with what is selected; or the question whether to delete it.
void draw_actions(const PanelInput& in, UiState& ui, const RunListing& listing, const RunOrder& selected,
                  GridAsks& asks) {
  const Skin skin{in.theme, in.scale};
  LibraryView& view = ui.library;
  ImVec2 at = ImGui::GetCursorScreenPos();
  const float end = at.x + ImGui::GetContentRegionAvail().x, gap = skin.px(kGap);
  const auto offer = [&](const ButtonSpec& spec, std::string_view says, std::string_view keys) {
    ImGui::SetCursorScreenPos(at);
    const bool pressed = button(skin, spec);
    const std::string_view name = spec.name.empty() ? spec.label : spec.name;
    if (mouse_rests(name)) tooltip(skin, spec.label, says, keys);
    at.x += button_size(skin, spec).x + gap;
    return pressed;
  };
  const auto say = [&](std::string_view text, viz::Colour ink) {
    const ImVec2 size = text_size(skin.theme.fonts.body, text);
    const float y = at.y + std::round((skin.px(kToolbar) - size.y) / 2);
    draw_clipped_text(ImGui::GetWindowDrawList(), skin.theme.fonts.body, {at.x, y}, end - at.x, ink, text);
    register_item("says", at, {std::min(end, at.x + size.x), at.y + skin.px(kToolbar)}, text);
  };
  if (view.asks_delete && !why_not_delete(listing, selected).empty()) view.asks_delete = false;
  if (view.asks_delete) {
    asks.erase = offer({.label = "Move to trash", .look = ButtonLook::primary}, "The whole folders.", "Enter") ||
                 asks.erase;
    if (offer({.label = "Cancel", .name = "keep them"}, "Nothing is deleted.", "Esc")) view.asks_delete = false;
    return say(delete_question(listing, selected), skin.theme.text);
  }
  const auto or_else = [](const std::string& why_not, const char* says) {
    return why_not.empty() ? std::string(says) : why_not;
  };
  const std::string no_open = why_not_open(selected), no_compare = why_not_compare(selected),
                    no_delete = why_not_delete(listing, selected);
  const ButtonLook look = no_open.empty() ? ButtonLook::primary : ButtonLook::plain;
  asks.open = offer({.label = "Open", .look = look, .enabled = no_open.empty(), .name = "open runs"},
                    or_else(no_open, "It is looked at in this window; nothing is trained."), "Enter") ||
              asks.open;
  asks.compare =
      offer({.label = "Compare", .enabled = no_compare.empty(), .name = "compare runs"},
            or_else(no_compare, "Up to four, over one another; one alone with the run that is shown."), "") ||
      asks.compare;
  asks.copy = offer({.label = "Copy path", .enabled = !selected.empty(), .name = "copy paths"},
                    selected.empty() ? "No run is selected." : "Of each run's folder, a line each.", "Ctrl + C") ||
              asks.copy;
  if (offer({.label = "Delete…", .enabled = no_delete.empty(), .name = "delete runs"},
            or_else(no_delete, "To the trash, for 30 days. It asks first."), "Delete"))
    view.asks_delete = view.has_keys = true;  // Enter answers
  at.x += gap;
  say(selected.empty()       ? std::string("Click selects a run, Ctrl and Shift more of them")
      : selected.size() == 1 ? std::string("1 run selected")
                             : fmt::format("{} runs selected", selected.size()),
      skin.theme.text_dim);
}

// A sentence where there is no row. False: there are some.
bool draw_nothing(const PanelInput& in, UiState& ui) {
  const LibraryView& view = ui.library;
  const Skin skin{in.theme, in.scale};
  if (!view.listing) {
    draw_empty(in, view.filter_problem.empty() ? "reading the runs…" : "no run can be shown by this filter",
               shown_directory(directory_of(view)));
    return true;
  }
  const RunListing& listing = *view.listing;
  if (!listing.of->problem.empty()) {
    draw_empty(in, listing.of->problem, "Folder… shows the runs of another one");
    return true;
  }
  if (listing.table().rows.empty()) {
    draw_empty(
        in, "no runs here yet",
        "what learns in this window is recorded and comes into this table; Folder… shows the runs of another "
        "directory");
    return true;
  }
  if (!listing.rows.empty()) return false;
  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  draw_empty(in, "no run fits this filter",
             fmt::format("{} {} here without it", listing.table().rows.size(),
                         listing.table().rows.size() == 1 ? "is" : "are"));
  const ButtonSpec clear{.label = "Clear filter"};
  const ImVec2 size = button_size(skin, clear);
  if (!for_figure(in) && room.y > skin.px(110)) {
    ImGui::SetCursorScreenPos(
        {std::round(at.x + (room.x - size.x) / 2), std::round(at.y + room.y / 2 + skin.px(26))});
    if (button(skin, clear)) ui.library.query.filter.clear();
  }
  return true;
}

}  // namespace

void draw_runs_panel(const PanelInput& in, UiState& ui, Commands& out) {
  LibraryView& view = ui.library;
  view.in_sight = true;
  // Held: what is asked for may come in another listing with the next frame.
  const std::shared_ptr<const RunListing> listing = view.listing;
  open_panel(in, listing ? count_text(*listing) + " · " + shown_directory(directory_of(view))
                         : shown_directory(directory_of(view)));
  const Skin skin{in.theme, in.scale};
  if (!for_figure(in)) draw_toolbar(in, ui);
  if (listing)
    if (Table* table = wanted_table(in)) fill_runs_table(*listing, view.hides_equal, *table);
  if (draw_nothing(in, ui)) return panel_end(in);
  const RunOrder selected = selected_rows(*listing, view);
  const float actions = for_figure(in) ? 0 : skin.px(kToolbar + 6), unreadable = unreadable_height(in, *listing);
  const float height = ImGui::GetContentRegionAvail().y - actions - unreadable;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  GridAsks asks;
  if (height > skin.px(30)) {
    asks = draw_run_grid(in, ui, *listing, drawn_runs(*listing, view, in.theme), height);
    ImGui::SetCursorScreenPos({at.x, at.y + height});
    draw_unreadable(in, *listing);
    ImGui::SetCursorScreenPos({at.x, at.y + height + unreadable + skin.px(6)});
    if (!for_figure(in)) draw_actions(in, ui, *listing, selected, asks);
  }
  if (asks.open) open_runs(*listing, selected, ui);
  if (asks.compare) compare_runs(in, *listing, selected, ui);
  if (asks.copy) copy_paths(in, *listing, selected, ui);
  if (asks.erase) delete_runs(*listing, selected, ui, out);
  panel_end(in);
}

}  // namespace switchyard::app
