#include "app/cli/causes/router_reports.h"

#include <fmt/format.h>

#include <cmath>

#include "app/cli/causes/cause_parts.h"
#include "core/base/printable.h"
#include "core/config/expert_names.h"
#include "core/config/knobs.h"

namespace switchyard::app {
namespace {

Json figures_json(const std::vector<double>& values) {
  Json json = Json::array();
  for (const double value : values) json.push_back(json_or_null(value));
  return json;
}

Json groups_json(const TokenGroups& groups) {
  Json json = Json::array();
  for (const TokenGroup& group : groups.groups) json.push_back(group_json(group));
  return json;
}

}  // namespace

std::string gate_text(Gate gate) {
  Config config;
  config.gate = gate;
  return to_text(find_knob("gate")->get(config));
}

std::string words_of_place(RouterPlace place) {
  switch (place) {
    case RouterPlace::worse_than_chance:
      return "The learned router is outside: it loses more than routes by chance do.";
    case RouterPlace::better_than_best:
      return "The learned router is outside: it loses less than the best sets, which were found one token and "
             "layer at a time.";
    case RouterPlace::best_not_known:
      return "The learned router loses no more than routes by chance do; the best sets are not known.";
    case RouterPlace::within:
      break;
  }
  return "The learned router lies between the best sets and chance.";
}

std::string steering_text(const SteeringSweep& sweep) {
  std::string text = "steered:";
  for (const SteeredExpert& one : sweep.steered) {
    text += fmt::format(" layer {} {} ({})", one.layer, expert_text(one.expert, 1),
                        text_of(ExpertName{one.block, one.expert}));
    if (!std::isnan(one.lift)) text += fmt::format(" (lift {:.2f})", one.lift);
    if (&one != &sweep.steered.back()) text += ',';
  }
  std::vector<std::vector<std::string>> table{{"alpha", "loss", "right", "load"}};
  std::vector<std::size_t> shown;
  for (std::size_t g = 0; g < sweep.groups.groups.size(); ++g) {
    if (sweep.groups.groups[g].kind == GroupKind::all) continue;
    shown.push_back(g);
    table.front().push_back(sweep.groups.groups[g].name);
  }
  for (const std::string& label : sweep.groups.labels) table.front().push_back("mix " + label);
  for (const SteeringPoint& point : sweep.points) {
    std::vector<std::string> row{fmt::format("{:+g}", point.alpha), figure(point.loss), share_text(point.accuracy),
                                 share_text(point.load)};
    for (const std::size_t g : shown) row.push_back(figure(point.loss_by_group[g]));
    for (const double share : point.mix) row.push_back(share_text(share));
    table.push_back(std::move(row));
  }
  return text +
         "\nalpha is added to their logits; load: share of their layers' choices that go to them; then the loss "
         "of each\ndomain (class), and "
         "mix: its share of their tokens.\n\n" +
         aligned(table, 0);
}

std::string steering_json(const SteeringSweep& sweep) {
  Json json;
  json.member("groups") = groups_json(sweep.groups);
  json.member("labels") = sweep.groups.labels;
  json.member("steered") = Json::array();
  for (const SteeredExpert& one : sweep.steered)
    json.member("steered").push_back(
        {{"layer", one.layer}, {"block", one.block}, {"expert", one.expert}, {"lift", json_or_null(one.lift)}});
  json.member("points") = Json::array();
  for (const SteeringPoint& point : sweep.points)
    json.member("points").push_back({{"alpha", point.alpha},
                                     {"loss", json_or_null(point.loss)},
                                     {"accuracy", json_or_null(point.accuracy)},
                                     {"load", json_or_null(point.load)},
                                     {"loss_by_group", figures_json(point.loss_by_group)},
                                     {"mix", figures_json(point.mix)}});
  return dump_json(json, 2) + '\n';
}

std::string zoo_text(const std::vector<ZooLayer>& zoo, double capacity_factor, bool drops) {
  // "Dropped" would be told of a model that drops nothing.
  const std::string column = drops ? "dropped" : "over";
  const std::string over = fmt::format("{} at capacity factor {:g}, the look as one batch{}",
                                       drops ? "dropped:" : "over: beyond capacity", capacity_factor,
                                       drops ? "" : " (training drops nothing: overflow = dropless)");
  std::string text =
      "Each gate in one layer alone, on the hidden states and logits of the model as it is. peak: largest load "
      "over the mean;\nspread: "
      "entropy of loads, 1 is even; expert-choice: experts take capacity factor tokens each of a fair share of "
      "one choice "
      "a token, not of top_k;\n" +
      over +
      "; entropy: of p, mean "
      "over tokens;\noverlap: with "
      "the trained gate's sets; loss: of the model then; regret: of its sets, mean over tokens, nats.\n";
  for (std::size_t l = 0; l < zoo.size(); ++l) {
    const ZooLayer& layer = zoo[l];
    std::vector<std::vector<std::string>> table{
        {fmt::format("layer {}", l) +
             (layer.block == static_cast<std::int32_t>(l) ? "" : fmt::format(", block {}", layer.block)),
         "peak", "spread", column, "entropy", "overlap", "loss", "regret"}};
    for (const ZooRow& row : layer.rows) {
      const std::string name = gate_text(row.gate) + (row.as_trained ? ", as it is" : "");
      if (!row.refused.empty()) {
        table.push_back({name, row.refused});
        continue;
      }
      table.push_back({name, figure(row.load_peak, 2), figure(row.load_entropy, 3), share_text(row.dropped),
                       figure(row.entropy, 3), share_text(row.overlap), figure(row.loss), figure(row.regret)});
    }
    text += '\n' + aligned(table, 1);
    if (!layer.no_regret.empty()) text += fmt::format("no regret: {}\n", printable(layer.no_regret));
    if (layer.sampled) text += "a sample of sets was tried: regrets are lower bounds\n";
  }
  return text;
}

std::string zoo_json(const std::vector<ZooLayer>& zoo) {
  Json json;
  json.member("layers") = Json::array();
  for (std::size_t l = 0; l < zoo.size(); ++l) {
    Json layer;
    layer.member("layer") = static_cast<std::int64_t>(l);
    layer.member("block") = zoo[l].block;
    layer.member("no_regret") = zoo[l].no_regret;
    layer.member("sampled") = zoo[l].sampled;
    layer.member("gates") = Json::array();
    for (const ZooRow& row : zoo[l].rows) {
      Json one;
      one.member("gate") = gate_text(row.gate);
      one.member("as_trained") = row.as_trained;
      one.member("refused") = row.refused;
      one.member("load") = row.load;
      for (const auto& [name, value] :
           {std::pair{"load_peak", row.load_peak}, std::pair{"load_entropy", row.load_entropy},
            std::pair{"dropped", row.dropped}, std::pair{"entropy", row.entropy},
            std::pair{"overlap", row.overlap}, std::pair{"loss", row.loss}, std::pair{"regret", row.regret}})
        one.member(name) = json_or_null(value);
      layer.member("gates").push_back(std::move(one));
    }
    json.member("layers").push_back(std::move(layer));
  }
  return dump_json(json, 2) + '\n';
}

std::string reference_text(const ReferenceRoutes& routes) {
  std::vector<std::vector<std::string>> table{{"routes", "loss", "right"}};
  for (const TokenGroup& group : routes.groups.groups)
    if (group.kind != GroupKind::all) table.front().push_back(group.name);
  for (const ReferenceRoute& route : routes.routes) {
    std::vector<std::string> row{std::string(name_of(route.reference))};
    if (route.missing.empty()) {
      row.insert(row.end(), {figure(route.loss), share_text(route.accuracy)});
      for (std::size_t g = 0; g < routes.groups.groups.size(); ++g)
        if (routes.groups.groups[g].kind != GroupKind::all) row.push_back(figure(route.loss_by_group[g]));
    }
    table.push_back(std::move(row));
  }
  std::string text = aligned(table, 1) + '\n' + words_of_place(routes.place) + '\n';
  if (routes.sampled) text += "best: of a sample of all sets.\n";
  for (const ReferenceRoute& route : routes.routes)
    if (!route.missing.empty())
      text += fmt::format("no {}: {}\n", name_of(route.reference), printable(route.missing));
  return text;
}

std::string reference_json(const ReferenceRoutes& routes) {
  Json json;
  json.member("groups") = groups_json(routes.groups);
  json.member("routes") = Json::array();
  for (const ReferenceRoute& route : routes.routes)
    json.member("routes").push_back({{"routes", name_of(route.reference)},
                                     {"missing", route.missing.empty() ? Json() : Json(route.missing)},
                                     {"loss", json_or_null(route.loss)},
                                     {"accuracy", json_or_null(route.accuracy)},
                                     {"loss_by_group", figures_json(route.loss_by_group)}});
  json.member("sampled") = routes.sampled;
  json.member("router") = routes.place == RouterPlace::within              ? "within"
                          : routes.place == RouterPlace::worse_than_chance ? "worse than chance"
                          : routes.place == RouterPlace::best_not_known    ? "not below chance, best not known"
                                                                           : "better than best";
  return dump_json(json, 2) + '\n';
}

}  // namespace switchyard::app
