#include "app/panels/runs/run_lines.h"

#include <algorithm>
#include <string_view>

namespace switchyard::app {
namespace {

constexpr std::string_view kGroup = "group ";

bool is_called(const RunListing& listing, const RunLine& line, std::string_view name) {
  if (line.kind != RunLine::Kind::group) return listing.of->names[line.row] == name;
  return name.starts_with(kGroup) && listing.group_names[line.row] == name.substr(kGroup.size());
}

std::size_t line_called(const RunListing& listing, const RunLines& lines, const std::string& name) {
  if (name.empty()) return lines.size();
  const auto at = std::ranges::find_if(lines, [&](const RunLine& line) { return is_called(listing, line, name); });
  return static_cast<std::size_t>(at - lines.begin());
}

void add_to_selection(const RunListing& listing, LibraryView& view, const RunLine& line, bool on) {
  for (const std::size_t row : runs_of(listing, line)) {
    if (on) view.selected.insert(listing.of->names[row]);
    else view.selected.erase(listing.of->names[row]);
  }
}

void select_stretch(const RunListing& listing, LibraryView& view, const RunLines& lines, std::size_t at) {
  std::size_t from = line_called(listing, lines, view.anchor);
  if (from >= lines.size()) from = at;
  view.selected.clear();
  for (std::size_t i = std::min(from, at); i <= std::max(from, at); ++i)
    add_to_selection(listing, view, lines[i], true);
}

}  // namespace

RunLines lines_of(const RunListing& listing, const LibraryView& view) {
  RunLines lines;
  if (!listing.query.grouped) {
    lines.reserve(listing.rows.size());
    for (const std::size_t row : listing.rows) lines.push_back({RunLine::Kind::run, row});
    return lines;
  }
  for (const std::size_t group : listing.group_order) {
    const RunOrder& members = listing.groups.members[group];
    lines.push_back({RunLine::Kind::group, group});
    if (view.unfolded.contains(listing.group_names[group]))
      for (const std::size_t row : members) lines.push_back({RunLine::Kind::member, row});
  }
  return lines;
}

std::string name_of_group(const RunListing& listing, std::size_t group) {
  return std::string(kGroup) + listing.group_names[group];
}

std::string name_of(const RunListing& listing, const RunLine& line) {
  return line.kind == RunLine::Kind::group ? name_of_group(listing, line.row) : listing.of->names[line.row];
}

RunOrder runs_of(const RunListing& listing, const RunLine& line) {
  return line.kind == RunLine::Kind::group ? listing.groups.members[line.row] : RunOrder{line.row};
}

bool unfolds(const RunListing& listing, const RunLine& line) {
  return line.kind == RunLine::Kind::group && listing.groups.members[line.row].size() > 1;
}

bool is_selected(const RunListing& listing, const LibraryView& view, const RunLine& line) {
  if (view.selected.empty()) return false;
  return std::ranges::all_of(runs_of(listing, line),
                             [&](std::size_t row) { return view.selected.contains(listing.of->names[row]); });
}

RunOrder selected_rows(const RunListing& listing, const LibraryView& view) {
  RunOrder rows;
  if (view.selected.empty()) return rows;
  for (const std::size_t row : listing.rows)
    if (view.selected.contains(listing.of->names[row])) rows.push_back(row);
  return rows;
}

void select_line(const RunListing& listing, LibraryView& view, const RunLines& lines, std::size_t at, bool ctrl,
                 bool shift) {
  if (at >= lines.size()) return;
  view.asks_delete = false;  // it was asked of others
  view.lit = name_of(listing, lines[at]);
  if (shift) return select_stretch(listing, view, lines, at);
  view.anchor = view.lit;
  if (ctrl) return add_to_selection(listing, view, lines[at], !is_selected(listing, view, lines[at]));
  view.selected.clear();
  add_to_selection(listing, view, lines[at], true);
}

void move_lit(const RunListing& listing, LibraryView& view, const RunLines& lines, long by, bool ctrl,
              bool shift) {
  if (lines.empty()) return;
  const std::size_t from = lit_line(listing, view, lines);
  const long last = static_cast<long>(lines.size()) - 1;
  const long to = from >= lines.size() ? (by > 0 ? 0 : last) : std::clamp(static_cast<long>(from) + by, 0L, last);
  view.brings_lit = true;
  if (ctrl) view.lit = name_of(listing, lines[static_cast<std::size_t>(to)]);
  else select_line(listing, view, lines, static_cast<std::size_t>(to), false, shift);
}

void select_all(const RunListing& listing, LibraryView& view) {
  view.asks_delete = false;
  view.selected.clear();
  for (const std::size_t row : listing.rows) view.selected.insert(listing.of->names[row]);
}

void fold_or_unfold(const RunListing& listing, LibraryView& view, const RunLine& line) {
  if (line.kind != RunLine::Kind::group) return;
  const std::string& name = listing.group_names[line.row];
  if (view.unfolded.erase(name) == 0) view.unfolded.insert(name);
}

std::size_t lit_line(const RunListing& listing, const LibraryView& view, const RunLines& lines) {
  return line_called(listing, lines, view.lit);
}

}  // namespace switchyard::app
