#include "core/record/checkpoint/checkpoint_health.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace switchyard {
namespace {

constexpr std::size_t kExpertFigures = 5, kNormFigures = 3;

std::int64_t size_of(std::size_t size) { return static_cast<std::int64_t>(size); }

Json json_of(const HealthAlert& alert) {
  Json json = Json::object();
  json.member("kind") = key_of(alert.kind);
  json.member("layer") = alert.layer;
  json.member("block") = alert.block;
  json.member("experts") = alert.experts;
  json.member("began") = alert.began;
  json.member("noticed") = alert.noticed;
  json.member("ended") = alert.ended;
  json.member("message") = alert.message;
  json.member("advice") = alert.advice;
  json.member("remedy") = Json::array();
  for (const KnobSetting& setting : alert.remedy)
    json.member("remedy").push_back({{"key", setting.key}, {"value", setting.value}});
  return json;
}

HealthAlert alert_of(Members& alert) {
  HealthAlert made;
  const std::string kind = alert.text("kind");
  const auto at =
      std::find_if(kAlertKinds.begin(), kAlertKinds.end(), [&](AlertKind k) { return key_of(k) == kind; });
  if (at == kAlertKinds.end()) alert.fail("'kind' is no kind of alert");
  else made.kind = *at;
  made.layer = alert.index("layer");
  made.block = alert.index("block");
  for (const Json& expert : alert.items("experts")) {
    const std::int64_t* index = expert.integer();
    if (!index || *index < 0 || *index > std::numeric_limits<std::int32_t>::max())
      alert.fail("'experts' are not indices");
    else made.experts.push_back(static_cast<std::int32_t>(*index));
  }
  made.began = alert.integer("began");
  made.noticed = alert.integer("noticed");
  made.ended = alert.integer("ended");
  made.message = alert.text("message");
  made.advice = alert.text("advice");
  for (const Json& item : alert.items("remedy")) {
    Members setting(item, alert.where() + ", remedy");
    made.remedy.push_back({setting.text("key"), setting.text("value")});
    if (setting.error()) alert.fail("'remedy' is no list of settings");
  }
  return made;
}

HealthMemory::Layer health_layer(NamedBlocks& blocks, std::size_t l) {
  HealthMemory::Layer layer;
  const std::string experts = block_name("health", l, "experts"), loads = block_name("health", l, "loads");
  const std::string norms = block_name("health", l, "norms"), figures = block_name("health", l, "figures");
  const auto* table = blocks.find(experts, 2);
  const auto* window = blocks.find(loads, 2);
  const auto* course = blocks.find(norms, 2);
  const std::vector<double> two = blocks.vector(figures);
  if (!table || !window || !course) return layer;
  const auto n = static_cast<std::size_t>(table->shape[1]);
  if (table->shape[0] != size_of(kExpertFigures) || window->shape[1] != size_of(1 + n) ||
      course->shape[1] != size_of(kNormFigures) || two.size() != 2) {
    blocks.fail(experts, "does not fit the others of its layer");
    return layer;
  }
  const std::span<const double> rows = blocks.numbers(*table);
  for (std::size_t e = 0; e < n; ++e) {
    layer.expected_since.push_back(rows[e]);
    layer.silent_since.push_back(blocks.step(rows[n + e], experts));
    layer.sum.push_back(rows[2 * n + e]);
    layer.low_since.push_back(blocks.step(rows[3 * n + e], experts));
    layer.starves.push_back(rows[4 * n + e] != 0);
  }
  for (auto row = blocks.numbers(*window); !row.empty(); row = row.subspan(1 + n)) {
    HealthMemory::Layer::Loads& step = layer.loads.emplace_back();
    step.step = blocks.step(row[0], loads);
    for (const double count : row.subspan(1, n)) step.counts.push_back(static_cast<float>(count));
  }
  for (auto row = blocks.numbers(*course); !row.empty(); row = row.subspan(kNormFigures))
    layer.norms.push_back({blocks.step(row[0], norms), row[1], row[2]});
  if (layer.loads.empty() &&
      std::any_of(layer.starves.begin(), layer.starves.end(), [](auto s) { return s != 0; }))
    blocks.fail(loads, "is empty though experts starve");
  layer.weight = two[0];
  layer.look_router = two[1];
  return layer;
}

}  // namespace

void add_health(const HealthMemory& health, CheckpointParts& parts) {
  Json json = Json::object();
  json.member("layers") = health.layers.size();
  json.member("alerts") = Json::array();
  for (const HealthAlert& alert : health.alerts) json.member("alerts").push_back(json_of(alert));
  parts.texts["health"] = dump_json(json);

  std::vector<double> numbers;
  for (std::size_t l = 0; l < health.layers.size(); ++l) {
    const HealthMemory::Layer& layer = health.layers[l];
    const std::size_t n = layer.sum.size();
    numbers.clear();
    const auto put = [&](const auto& values) {
      for (const auto value : values) numbers.push_back(static_cast<double>(value));
    };
    put(layer.expected_since);
    put(layer.silent_since);
    put(layer.sum);
    put(layer.low_since);
    put(layer.starves);
    parts.doubles.add(block_name("health", l, "experts"), {size_of(kExpertFigures), size_of(n)}, numbers);
    numbers.clear();
    for (const auto& loads : layer.loads) {
      numbers.push_back(static_cast<double>(loads.step));
      put(loads.counts);
    }
    parts.doubles.add(block_name("health", l, "loads"), {size_of(layer.loads.size()), size_of(1 + n)}, numbers);
    numbers.clear();
    for (const auto& norms : layer.norms)
      numbers.insert(numbers.end(), {static_cast<double>(norms.step), norms.router, norms.experts});
    parts.doubles.add(block_name("health", l, "norms"), {size_of(layer.norms.size()), size_of(kNormFigures)},
                      numbers);
    parts.doubles.add(block_name("health", l, "figures"), {2}, std::array{layer.weight, layer.look_router});
  }
}

Result<HealthMemory> health_of(const Metadata& texts, NamedBlocks& blocks, const std::string& where) {
  const auto json = text_json(texts, "health", where);
  if (!json) return json.error();
  Members members(*json, where + ", metadata 'health'");
  HealthMemory health;
  for (std::size_t l = 0, layers = layers_in(members); l < layers && !blocks.error(); ++l)
    health.layers.push_back(health_layer(blocks, l));
  for (const Json& item : members.items("alerts")) {
    Members alert(item, members.where() + ", alert");
    health.alerts.push_back(alert_of(alert));
    if (alert.error()) return *alert.error();
  }
  if (members.error()) return *members.error();
  return health;
}

}  // namespace switchyard
