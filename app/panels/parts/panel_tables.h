// The tables behind panels, for their export as CSV: what several of them share.
//
// Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "app/ui/table.h"
#include "core/base/records.h"
#include "viz/base/view.h"
#include "viz/widgets/plot_state.h"

namespace switchyard::app {

struct TableCurve {
  std::string column;        // with its unit: "loss [nats]"
  viz::View<double> x{};     // must not descend
  viz::View<float> y{};      // as long as x
  std::string_view label{};  // in the plot's legend; a curve that is switched off there is left out
};
// A row for every x within the stretch shown at which a curve has a sample, in order; a column for every curve
// shown.
void fill_curves(Table& table, std::string_view x_column, std::span<const TableCurve> curves,
                 const viz::PlotState& state);

// Columns and cells of a probe token's routing in one layer: "choice 1", "weight 1", "kept 1", ...
void add_routing_columns(std::vector<std::string>& columns, const ProbeLayer& layer);
void add_routing_cells(std::vector<Cell>& cells, const ProbeLayer& layer, std::size_t token);

}  // namespace switchyard::app
