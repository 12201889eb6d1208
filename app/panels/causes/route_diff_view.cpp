#include "app/panels/causes/route_diff_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/run/words/names.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr std::string_view kMeasures[] = {"set", "renamed", "best"};

std::string share_of_tokens(double share, std::int64_t tokens, std::string_view of) {
  return std::isfinite(share) ? fmt::format("{} of {} tokens{} have", viz::percent(share),
                                            viz::grouped(static_cast<double>(tokens)), of)
                              : std::string("not known:");
}

}  // namespace

RouteDiffView route_diff_view(const RouteDiff& diff, bool brief) {
  RouteDiffView view;
  view.columns.assign(std::begin(kMeasures), std::end(kMeasures));
  if (brief) view.columns.resize(1);
  view.measures = view.columns.size();
  for (std::size_t g = 0; g < diff.groups.groups.size(); ++g) {
    if (diff.groups.groups[g].kind == GroupKind::all) continue;
    view.groups.push_back(g);
    view.columns.push_back(diff.groups.groups[g].name);
  }
  for (std::size_t l = 0; l < diff.layers.size(); ++l) {
    const LayerRouteDiff& layer = diff.layers[l];
    view.rows.push_back(layer_name(l));
    const double measures[] = {layer.changed, layer.matched, layer.first_changed};
    for (std::size_t m = 0; m < view.measures; ++m) view.shares.push_back(static_cast<float>(measures[m]));
    for (const std::size_t g : view.groups)
      view.shares.push_back(g < layer.changed_by_group.size() ? static_cast<float>(layer.changed_by_group[g])
                                                              : NAN);
  }
  return view;
}

std::string route_diff_words(const RouteDiff& diff) {
  std::size_t most = 0;
  for (std::size_t l = 1; l < diff.layers.size(); ++l)
    if (diff.layers[l].changed > diff.layers[most].changed) most = l;
  if (diff.layers.empty() || !std::isfinite(diff.layers[most].changed)) return {};
  const LayerRouteDiff& layer = diff.layers[most];
  if (layer.changed == 0)
    return fmt::format("No set of experts differs, in any layer and of any of {} tokens.",
                       viz::grouped(static_cast<double>(diff.tokens)));
  std::string text = fmt::format("{}: {} another set of experts",
                                 diff.layers.size() > 1 ? fmt::format("Most in layer {}", most) : "Here",
                                 viz::percent(layer.changed));
  if (std::isfinite(layer.first_changed))
    text += fmt::format(", {} another best one", viz::percent(layer.first_changed));
  return text + '.';
}

std::string route_diff_cell(const RouteDiff& diff, const RouteDiffView& view, std::size_t row,
                            std::size_t column) {
  const LayerRouteDiff& layer = diff.layers[row];
  const double share = static_cast<double>(view.shares[row * view.columns.size() + column]);
  if (column >= view.measures) {
    const TokenGroup& group = diff.groups.groups[view.groups[column - view.measures]];
    return share_of_tokens(share, static_cast<std::int64_t>(group.tokens.size()), " of " + group.name) +
           " another set of experts";
  }
  const std::string of = share_of_tokens(share, diff.tokens, "");
  if (column == 0)
    return of + fmt::format(" another set of experts; of a set {} stays on average",
                            std::isfinite(layer.kept_share) ? viz::percent(layer.kept_share) : "–");
  return of + (column == 1
                   ? " another set once the other's experts are renamed, one to one, by the tokens they share"
                   : " another best expert");
}

void fill_route_diff_table(const RouteDiff& diff, Table& table) {
  const RouteDiffView view = route_diff_view(diff);
  std::vector<std::string> columns{"layer",
                                   "block",
                                   "tokens",
                                   "another set [share]",
                                   "another set, renamed [share]",
                                   "another best expert [share]",
                                   "mean share of a set that stays"};
  for (const std::size_t g : view.groups)
    columns.push_back(fmt::format("{}: another set [share]", diff.groups.groups[g].name));
  columns.insert(columns.end(), {"loss [nats]", "loss of the other [nats]"});
  table.set_header(std::move(columns));
  for (std::size_t l = 0; l < diff.layers.size(); ++l) {
    const LayerRouteDiff& layer = diff.layers[l];
    std::vector<Cell> cells{
        static_cast<std::int64_t>(l), std::int64_t{layer.block}, diff.tokens, layer.changed, layer.matched,
        layer.first_changed,          layer.kept_share};
    for (const std::size_t g : view.groups)
      cells.push_back(g < layer.changed_by_group.size() ? Cell(layer.changed_by_group[g]) : Cell());
    cells.emplace_back(diff.loss_a);
    cells.emplace_back(diff.loss_b);
    table.add_row(std::move(cells));
  }
}

}  // namespace switchyard::app
