// What differs between two models' routes, laid out: a row a layer, columns the set, the set with the other's
// experts renamed, the best expert, then the set by domain (class).
//
// Thread safety: values, pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/ui/table.h"
#include "core/causes/route_diff.h"

namespace switchyard::app {

struct RouteDiffView {
  std::vector<std::string> rows, columns;  // names
  std::size_t measures = 0;                // the first columns are of all tokens
  std::vector<std::size_t> groups;         // of the others: indices into RouteDiff::groups
  std::vector<float> shares;               // [rows, columns] 0 to 1; NaN: not known
};
// brief: of all tokens the set alone.
RouteDiffView route_diff_view(const RouteDiff& diff, bool brief = false);

// "Most in layer 1: 75.4 % another set of experts, 30.4 % another best one.", or that nothing differs.
std::string route_diff_words(const RouteDiff& diff);
// What a cell says: "70.7 % of 5,120 tokens have another set of experts".
std::string route_diff_cell(const RouteDiff& diff, const RouteDiffView& view, std::size_t row, std::size_t column);

// A row a layer.
void fill_route_diff_table(const RouteDiff& diff, Table& table);

}  // namespace switchyard::app
