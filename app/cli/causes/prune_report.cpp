#include "app/cli/causes/prune_report.h"

#include <fmt/format.h>

#include "app/cli/causes/cause_parts.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

Json learned_json(const LearnedOn& learned) {
  Json json;
  json.member("steps") = learned.step;
  json.member("losses") = Json::array();
  for (const double loss : learned.loss) json.member("losses").push_back(json_or_null(loss));
  json.member("seconds") = learned.seconds;
  return json;
}

Json layers_json(const std::vector<LayerPruning>& layers) {
  Json json = Json::array();
  for (const LayerPruning& layer : layers) {
    Json experts = Json::array();
    for (const MergedExpert& merged : layer.experts) {
      Json one = Json::array();
      for (const auto& [expert, share] : merged) one.push_back({{"expert", expert}, {"share", share}});
      experts.push_back(std::move(one));
    }
    json.push_back({{"block", layer.block}, {"experts", std::move(experts)}});
  }
  return json;
}

}  // namespace

std::string prune_text(const PruneBench& bench) {
  const std::int64_t steps = bench.whole.step.back();
  std::vector<std::vector<std::string>> table{
      {"by", "kept", "loss", "more", fmt::format("after {}", steps), "back at", "time"}};
  table.push_back({"whole", "all", figure(bench.loss), signed_figure(0), figure(bench.whole.loss.back()), "0",
                   fmt::format("{:.1f} s", bench.whole.seconds)});
  for (const PrunePoint& point : bench.points) {
    if (!point.failed.empty()) {
      table.push_back(
          {std::string(name_of(point.method)), fmt::format("{}", point.kept), printable(point.failed)});
      continue;
    }
    table.push_back({std::string(name_of(point.method)), fmt::format("{}", point.kept),
                     figure(point.learned.loss.front()), signed_figure(point.learned.loss.front() - bench.loss),
                     figure(point.learned.loss.back()),
                     point.recovered_at < 0 ? std::string("-") : fmt::format("{}", point.recovered_at),
                     fmt::format("{:.1f} s", point.learned.seconds)});
  }
  return fmt::format(
             "Experts of each layer kept, loss in nats at once and after {} steps of learning on with a fresh "
             "optimizer; back at: the\n"
             "first step looked at with at most {} times the whole model's loss; time: of the steps.\n\n",
             steps, kRecovered) +
         aligned(table, 1);
}

std::string prune_json(const PruneBench& bench) {
  Json json;
  json.member("loss") = json_or_null(bench.loss);
  json.member("whole") = learned_json(bench.whole);
  json.member("points") = Json::array();
  for (const PrunePoint& point : bench.points)
    json.member("points").push_back({{"method", name_of(point.method)},
                                     {"kept", point.kept},
                                     {"failed", point.failed.empty() ? Json() : Json(point.failed)},
                                     {"learned", learned_json(point.learned)},
                                     {"recovered_at", point.recovered_at < 0 ? Json() : Json(point.recovered_at)},
                                     {"layers", layers_json(point.layers)}});
  return dump_json(json, 2) + '\n';
}

}  // namespace switchyard::app
