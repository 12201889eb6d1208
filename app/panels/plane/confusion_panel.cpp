// Which classes of the test split are taken for which: true ones by row, predicted ones by column.
#include <fmt/format.h>

#include <algorithm>

#include <cmath>
#include <vector>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/plane/panels.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/base/named_text.h"
#include "viz/plots/matrix.h"

namespace switchyard::app {
namespace {

struct Totals {
  std::vector<double> truth, predicted;  // of each row and column
  double all = 0, right = 0;
};

Totals totals_of(const std::vector<std::int32_t>& confusion, std::size_t classes) {
  Totals totals{std::vector<double>(classes), std::vector<double>(classes), 0, 0};
  for (std::size_t r = 0; r < classes; ++r)
    for (std::size_t c = 0; c < classes; ++c) {
      const double count = confusion[r * classes + c];
      totals.truth[r] += count;
      totals.predicted[c] += count;
      totals.all += count;
      if (r == c) totals.right += count;
    }
  return totals;
}

void cell_tooltip(const PanelInput& in, const ProbePoints& points, const Totals& totals, std::size_t row,
                  std::size_t column, double count) {
  const std::string truth = viz::named_text(points.class_names[row]),
                    predicted = viz::named_text(points.class_names[column]);
  const auto share = [](double part, double whole) {
    return whole > 0 ? viz::percent(part / whole) : std::string("–");
  };
  ImGui::BeginTooltip();
  {
    const WithFont bold(in.theme.fonts.bold);
    ImGui::TextUnformatted(row == column ? fmt::format("{}, known for it", truth).c_str()
                                         : fmt::format("{}, taken for {}", truth, predicted).c_str());
  }
  ImGui::TextUnformatted(fmt::format("{} of {} test points: {}", viz::grouped(count),
                                     viz::grouped(totals.truth[row]), share(count, totals.truth[row]))
                             .c_str());
  {
    const WithFont small(in.theme.fonts.small);
    ImGui::PushStyleColor(ImGuiCol_Text, in.theme.text_dim);
    ImGui::TextUnformatted(fmt::format("of {}: {} found (recall), {} of what is called so is right (precision)",
                                       truth, share(row == column ? count : totals.truth[row], totals.truth[row]),
                                       share(count, totals.predicted[column]))
                               .c_str());
    ImGui::PopStyleColor();
  }
  ImGui::EndTooltip();
}

// The confusion of the selected points alone: of the probe, whose predictions are known one by one.
std::vector<std::int32_t> confusion_of(const Snapshot& snapshot, const Selection& selection) {
  const ProbePoints& points = *snapshot.points;
  const auto classes = static_cast<std::size_t>(points.classes);
  std::vector<std::int32_t> out(classes * classes);
  for (std::size_t i = 0; i < std::min(points.label.size(), snapshot.view.predicted.size()); ++i)
    if (selection.has(i))
      ++out[static_cast<std::size_t>(points.label[i]) * classes + static_cast<std::size_t>(snapshot.view.predicted[i])];
  return out;
}

void fill_table(const ProbePoints& points, const std::vector<std::int32_t>& confusion, Table& table) {
  const std::size_t classes = points.class_names.size();
  std::vector<std::string> columns{"true class"};
  for (const std::string& name : points.class_names) columns.push_back("taken for " + name + " [points]");
  table.set_header(std::move(columns));
  for (std::size_t r = 0; r < classes; ++r) {
    std::vector<Cell> cells{points.class_names[r]};
    for (std::size_t c = 0; c < classes; ++c) cells.emplace_back(std::int64_t{confusion[r * classes + c]});
    table.add_row(std::move(cells));
  }
}

}  // namespace

void draw_confusion_panel(const PanelInput& in, UiState& ui, Commands&) {
  const bool some = ui.selection.active();
  open_panel(in,
             of_look(in, some ? "selected points · row: true class, column: predicted"
                              : "test split · row: true class, column: predicted"),
             &notes::confusion);
  const bool ready = in.snapshot && in.snapshot->points;
  const auto classes = ready ? static_cast<std::size_t>(in.snapshot->points->classes) : 0;
  if (!ready || in.snapshot->view.confusion.size() < classes * classes) {
    const Readiness state = readiness(in, true);
    draw_not_ready(in, state == Readiness::ready ? Readiness::first_step : state, "who is taken for whom");
    return panel_end(in);
  }
  const ProbePoints& points = *in.snapshot->points;
  const std::vector<std::int32_t> confusion = some ? confusion_of(*in.snapshot, ui.selection) : in.snapshot->view.confusion;
  const Totals totals = totals_of(confusion, classes);
  chosen_chips(in, ui, 0);
  header_text(in, fmt::format("{} of {} right", viz::grouped(totals.right), viz::grouped(totals.all)));

  if (Table* table = wanted_table(in)) fill_table(points, confusion, *table);

  std::vector<float> values(confusion.begin(), confusion.end()), shares(confusion.size());
  for (std::size_t i = 0; i < shares.size(); ++i)
    shares[i] = totals.truth[i / classes] > 0 ? static_cast<float>(confusion[i] / totals.truth[i / classes]) : 0;
  const std::vector<std::string_view> names(points.class_names.begin(), points.class_names.end());
  std::vector<viz::Colour> colours;
  for (std::size_t c = 0; c < classes; ++c) colours.push_back(class_colour(in.theme, c));
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x > 1 && room.y > 1) {
    const viz::MatrixResult result = viz::matrix({.id = "confusion",
                                                  .size = room,
                                                  .rows = classes,
                                                  .columns = classes,
                                                  .values = values,
                                                  .shares = shares,
                                                  .row_labels = names,
                                                  .column_labels = names,
                                                  .row_colours = colours,
                                                  .column_colours = colours},
                                                 in.theme, in.scale);
    register_item("matrix");
    if (result.row >= 0 && result.column >= 0) {
      const auto row = static_cast<std::size_t>(result.row), column = static_cast<std::size_t>(result.column);
      cell_tooltip(in, points, totals, row, column, confusion[row * classes + column]);
    }
  }
  panel_end(in);
}

}  // namespace switchyard::app
