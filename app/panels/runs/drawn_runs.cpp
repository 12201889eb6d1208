#include "app/panels/runs/drawn_runs.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/panels/runs/run_columns.h"

namespace switchyard::app {
namespace {

DrawnRun drawn_as(const RunListing& listing, const RunLine& line, const RunOrder& rows, std::size_t place,
                  const viz::Theme& theme) {
  DrawnRun drawn{.name = name_of(listing, line), .label = name_of_line(listing, line).text, .folders = {}};
  const std::size_t count = std::min(rows.size(), kMostSeedsDrawn);
  for (std::size_t i = 0; i < count; ++i) drawn.folders.push_back(listing.of->folders[rows[i]]);
  if (line.kind == RunLine::Kind::group && rows.size() > 1)
    drawn.label += count < rows.size() ? fmt::format(" ({} of {} runs)", count, rows.size())
                                       : fmt::format(" ({} runs)", count);
  drawn.colour = viz::curve_colour(theme, place);
  drawn.style = viz::line_style(place / viz::curve_colour_count);
  return drawn;
}

// Two of one name would share a place in the legend.
void tell_apart(std::vector<DrawnRun>& drawn) {
  for (std::size_t i = 0; i < drawn.size(); ++i) {
    const auto same = [&](const DrawnRun& other) { return other.label == drawn[i].label; };
    if (std::ranges::count_if(drawn, same) < 2) continue;
    const std::string label = drawn[i].label;
    for (DrawnRun& one : drawn)
      if (one.label == label) one.label += " " + one.name.substr(one.name.rfind('-') + 1);
  }
}

}  // namespace

DrawnRuns drawn_runs(const RunListing& listing, const LibraryView& view, const viz::Theme& theme) {
  DrawnRuns out;
  const bool grouped = listing.query.grouped;
  const RunOrder& order = grouped ? listing.group_order : listing.rows;
  for (const bool of_selection : {true, false}) {
    if (of_selection && view.selected.empty()) continue;
    for (const std::size_t at : order) {
      const auto counts = [&](std::size_t row) {
        return !of_selection || view.selected.contains(listing.of->names[row]);
      };
      if (grouped ? std::ranges::none_of(listing.groups.members[at], counts) : !counts(at)) continue;
      if (out.drawn.size() >= kMostDrawn) {
        if (!of_selection) break;
        ++out.left_out;
        continue;
      }
      const RunLine line{grouped ? RunLine::Kind::group : RunLine::Kind::run, at};
      RunOrder rows = runs_of(listing, line);
      std::erase_if(rows, [&](std::size_t row) { return !counts(row); });
      out.drawn.push_back(drawn_as(listing, line, rows, out.drawn.size(), theme));
    }
    out.is_selection = of_selection;
    if (!out.drawn.empty()) break;
  }
  tell_apart(out.drawn);
  return out;
}

}  // namespace switchyard::app
