#include "app/panels/runs/run_actions.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/run/compared.h"
#include "app/run/live.h"
#include "app/run/notices.h"

namespace switchyard::app {
namespace {

std::string plural(std::size_t count, const char* one, const char* many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

std::string text_of(const RunListing& listing, std::size_t row, std::string_view key) {
  const std::string* const text = std::get_if<std::string>(&cell_of_run(listing.table(), row, key));
  return text ? *text : std::string();
}

RunOrder at_rest(const RunListing& listing, RunOrder rows) {
  std::erase_if(rows, [&](std::size_t row) { return listing.of->learns[row] != 0; });
  return rows;
}

}  // namespace

std::string why_not_open(const RunOrder& selected) {
  if (selected.empty()) return "No run is selected.";
  if (selected.size() > kMostOpened) return fmt::format("At most {} are opened at once.", kMostOpened);
  return {};
}

std::string why_not_compare(const RunOrder& selected) {
  if (selected.empty()) return "No run is selected.";
  if (selected.size() > kMostCompared) return fmt::format("At most {} runs are compared.", kMostCompared);
  return {};
}

std::string why_not_delete(const RunListing& listing, const RunOrder& selected) {
  if (selected.empty()) return "No run is selected.";
  if (std::ranges::all_of(selected, [&](std::size_t row) { return listing.of->learns[row] != 0; }))
    return selected.size() == 1 ? "Somebody records it now." : "Somebody records each of them now.";
  return {};
}

void open_runs(const RunListing& listing, const RunOrder& selected, UiState& ui) {
  if (!why_not_open(selected).empty()) return;
  // The one opened last is shown.
  for (auto row = selected.rbegin(); row != selected.rend(); ++row)
    open_run(ui, listing.of->folders[*row].native());
  ui.wants_workspace = Workspace::train;
}

void compare_runs(const PanelInput& in, const RunListing& listing, const RunOrder& selected, UiState& ui) {
  if (!why_not_compare(selected).empty()) return;
  std::set<std::string> ids;
  for (const std::size_t row : selected) ids.insert(text_of(listing, row, "id"));
  std::vector<const RunView*> here = in.others;
  here.push_back(&in.run);
  ui.comparing.left_out.clear();
  for (const RunView* run : here)
    if (!run->id.empty() && !ids.contains(run->id) && !(selected.size() == 1 && run == &in.run))
      ui.comparing.left_out.insert(run->id);
  for (auto row = selected.rbegin(); row != selected.rend(); ++row)
    open_run(ui, listing.of->folders[*row].native());
  ui.wants_workspace = Workspace::compare;
}

void copy_paths(const PanelInput& in, const RunListing& listing, const RunOrder& selected, UiState& ui) {
  if (selected.empty()) return;
  ui.to_copy.clear();
  for (const std::size_t row : selected)
    ui.to_copy += (ui.to_copy.empty() ? "" : "\n") + listing.of->folders[row].native();
  add_toast(ui, Notice::Level::info,
            selected.size() == 1 ? "Its path is in the clipboard."
                                 : fmt::format("{} paths are in the clipboard.", selected.size()),
            in.now_s);
}

std::string delete_question(const RunListing& listing, const RunOrder& selected) {
  const std::size_t going = at_rest(listing, selected).size(), staying = selected.size() - going;
  std::string text =
      fmt::format("Move {} to the trash? {} there for 30 days; Undo brings {} back.", plural(going, "run", "runs"),
                  going == 1 ? "It stays" : "They stay", going == 1 ? "it" : "them");
  if (staying > 0)
    text += fmt::format(" {} in use and {} where {}.", staying == 1 ? "1 is" : fmt::format("{} are", staying),
                        staying == 1 ? "stays" : "stay", staying == 1 ? "it is" : "they are");
  return text;
}

void delete_runs(const RunListing& listing, const RunOrder& selected, UiState& ui, Commands& out) {
  RunOrder going = at_rest(listing, selected);
  // A run that another began from stays while that could not go on without it.
  std::stable_sort(going.begin(), going.end(), [&](std::size_t a, std::size_t b) {
    return text_of(listing, a, "started") > text_of(listing, b, "started");
  });
  LibraryView& view = ui.library;
  view.deleting.clear();
  view.trashed.clear();
  for (const std::size_t row : going) {
    const std::string folder = listing.of->folders[row].native();
    view.deleting.insert(folder);
    out.emplace_back(ChangeKept{{KeptChange::Kind::remove_run, folder}});
    view.selected.erase(listing.of->names[row]);
  }
  view.asks_delete = false;
}

}  // namespace switchyard::app
