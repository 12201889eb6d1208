#include "app/panels/parts/panel_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace switchyard::app {

void fill_curves(Table& table, std::string_view x_column, std::span<const TableCurve> curves,
                 const viz::PlotState& state) {
  std::vector<const TableCurve*> shown;
  std::vector<std::string> columns{std::string(x_column)};
  for (const TableCurve& curve : curves) {
    if (state.hidden.contains(std::string(curve.label))) continue;
    shown.push_back(&curve);
    columns.push_back(curve.column);
  }
  table.set_header(std::move(columns));

  std::vector<std::size_t> next(shown.size());
  const auto length = [&](std::size_t i) { return std::min(shown[i]->x.size(), shown[i]->y.size()); };
  while (true) {
    double x = INFINITY;
    for (std::size_t i = 0; i < shown.size(); ++i)
      if (next[i] < length(i)) x = std::min(x, shown[i]->x[next[i]]);
    if (!std::isfinite(x)) return;
    std::vector<Cell> cells{x};
    for (std::size_t i = 0; i < shown.size(); ++i) {
      const bool has = next[i] < length(i) && shown[i]->x[next[i]] == x;
      cells.push_back(has ? Cell(shown[i]->y[next[i]++]) : Cell());
    }
    if (state.fit_x || (x >= state.x_min && x <= state.x_max)) table.add_row(std::move(cells));
  }
}

void add_routing_columns(std::vector<std::string>& columns, const ProbeLayer& layer) {
  for (int r = 1; r <= layer.top_k; ++r)
    for (const char* what : {"choice", "weight", "kept"}) columns.push_back(fmt::format("{} {}", what, r));
}

void add_routing_cells(std::vector<Cell>& cells, const ProbeLayer& layer, std::size_t token) {
  const auto k = static_cast<std::size_t>(layer.top_k), ranked = static_cast<std::size_t>(layer.ranked);
  for (std::size_t r = 0; r < k; ++r) {
    // What was not recorded is empty.
    const std::int32_t expert = layer.expert[token * ranked + r];
    cells.push_back(expert >= 0 ? Cell(std::int64_t{expert}) : Cell());
    cells.push_back(expert >= 0 ? Cell(layer.weight[token * k + r]) : Cell());
    cells.push_back(expert >= 0 ? Cell(std::int64_t{layer.kept[token * k + r]}) : Cell());
  }
}

}  // namespace switchyard::app
