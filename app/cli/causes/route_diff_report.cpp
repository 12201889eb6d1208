#include "app/cli/causes/route_diff_report.h"

#include <fmt/format.h>

#include "app/cli/causes/cause_parts.h"

namespace switchyard::app {

std::string route_diff_text(const RouteDiff& diff) {
  std::vector<std::vector<std::string>> table{{"layer", "changed", "renamed", "first", "kept"}};
  const auto shown = [](const TokenGroup& group) { return group.kind != GroupKind::all; };
  for (const TokenGroup& group : diff.groups.groups)
    if (shown(group)) table.front().push_back(group.name);
  for (std::size_t l = 0; l < diff.layers.size(); ++l) {
    const LayerRouteDiff& layer = diff.layers[l];
    std::vector<std::string> row{fmt::format("{}", l), share_text(layer.changed), share_text(layer.matched),
                                 share_text(layer.first_changed), share_text(layer.kept_share)};
    for (std::size_t g = 0; g < diff.groups.groups.size(); ++g)
      if (shown(diff.groups.groups[g])) row.push_back(share_text(layer.changed_by_group[g]));
    table.push_back(std::move(row));
  }
  return fmt::format(
             "{} tokens; loss {} and {} nats. changed: tokens whose set of experts is another; renamed: the same "
             "with the second's\n"
             "experts named as they share most tokens; first: whose best expert is another; kept: mean share of a "
             "set that stays.\n\n",
             diff.tokens, figure(diff.loss_a), figure(diff.loss_b)) +
         aligned(table, 1);
}

std::string route_diff_json(const RouteDiff& diff) {
  Json json;
  json.member("tokens") = diff.tokens;
  json.member("losses") = Json(Json::Array{json_or_null(diff.loss_a), json_or_null(diff.loss_b)});
  json.member("groups") = Json::array();
  for (const TokenGroup& group : diff.groups.groups) json.member("groups").push_back(group_json(group));
  json.member("layers") = Json::array();
  for (std::size_t l = 0; l < diff.layers.size(); ++l) {
    const LayerRouteDiff& layer = diff.layers[l];
    Json one;
    one.member("layer") = static_cast<std::int64_t>(l);
    one.member("block") = layer.block;
    one.member("changed") = json_or_null(layer.changed);
    one.member("changed_renamed") = json_or_null(layer.matched);
    one.member("first_changed") = json_or_null(layer.first_changed);
    one.member("kept_share") = json_or_null(layer.kept_share);
    one.member("changed_by_group") = Json::array();
    for (const double share : layer.changed_by_group)
      one.member("changed_by_group").push_back(json_or_null(share));
    one.member("renamed") = layer.renamed;
    json.member("layers").push_back(std::move(one));
  }
  return dump_json(json, 2) + '\n';
}

}  // namespace switchyard::app
