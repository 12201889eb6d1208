// The runs of a directory as a table: found by a filter, sorted, grouped; opened, compared, deleted.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/runs/panels.h"
#include "app/panels/runs/run_actions.h"
#include "app/panels/runs/run_columns.h"
#include "app/panels/runs/run_grid.h"
#include "app/panels/runs/run_toolbar.h"
#include "app/ui/widgets.h"
#include "core/base/printable.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kActionGap = 8;             // at scale 1
constexpr std::size_t kMostUnreadable = 8;  // folders named

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
  const float end = at.x + ImGui::GetContentRegionAvail().x, gap = skin.px(kActionGap);
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
    const float y = at.y + std::round((skin.px(kToolbarHeight) - size.y) / 2);
    draw_clipped_text(ImGui::GetWindowDrawList(), skin.theme.fonts.body, {at.x, y}, end - at.x, ink, text);
    register_item("says", at, {std::min(end, at.x + size.x), at.y + skin.px(kToolbarHeight)}, text);
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
  constexpr std::string_view kHint = "Click selects a run, Ctrl and Shift more of them";
  const bool hint_fits = at.x + text_size(skin.theme.fonts.body, kHint).x <= end;  // a piece of it helps nobody
  say(selected.empty()       ? std::string(hint_fits ? kHint : "")
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
               shown_directory(view));
    return true;
  }
  const RunListing& listing = *view.listing;
  if (!listing.of->problem.empty()) {
    draw_empty(in, listing.of->problem, "Folder… shows the runs of another one");
    return true;
  }
  if (listing.table().rows.empty()) {
    const std::vector<std::string>& unreadable = listing.of->found.unreadable;
    if (!unreadable.empty()) draw_empty(in, "no run here can be read", unreadable[0]);
    else if (view.directory.empty() && !in.status.run_folder.empty())  // one that is here would be a row
      draw_empty(in, "no runs here yet",
                 fmt::format("what this window shows lies in {}; Folder… shows another directory",
                             printable(std::filesystem::path(in.status.run_folder).parent_path().native())));
    else if (view.directory.empty())
      draw_empty(in, "no runs here yet", "what learns in this window is recorded and comes into this table");
    else
      draw_empty(in, "no runs here",
                 "Folder… shows those of another one: of a comparison or a sweep its own folder");
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
  open_panel(in, listing ? count_text(*listing) + " · " + shown_directory(view) : shown_directory(view));
  const Skin skin{in.theme, in.scale};
  if (!for_figure(in)) draw_run_toolbar(in, ui);
  if (listing)
    if (Table* table = wanted_table(in)) fill_runs_table(*listing, view.hides_equal, *table);
  if (draw_nothing(in, ui)) {
    view.has_keys = view.asks_delete = false;
    return panel_end(in);
  }
  const RunOrder selected = selected_rows(*listing, view);
  const float actions = for_figure(in) ? 0 : skin.px(kToolbarHeight + 6),
              unreadable = unreadable_height(in, *listing);
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
