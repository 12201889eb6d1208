#include "core/operate/after_plan.h"

#include <algorithm>
#include <map>

#include "core/config/expert_names.h"
#include "core/config/knobs.h"

namespace switchyard {

ExpertLoads loads_after(const ExpertPlan& plan, const ExpertLoads& loads) {
  if (loads.empty()) return {};
  ExpertLoads after;
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    const std::vector<NewExpert>& experts = plan.layers[l].experts;
    const std::vector<double>& before = loads[l];
    // How many new ones carry what an old one did.
    std::map<std::int32_t, int> carriers;
    const auto carries = [](const NewExpert& e) {
      return e.origin != NewExpert::Origin::fresh && e.origin != NewExpert::Origin::donor;
    };
    for (const NewExpert& expert : experts)
      if (carries(expert))
        for (const auto& [old, weight] : expert.from) ++carriers[old];
    std::vector<double>& layer = after.emplace_back();
    for (const NewExpert& expert : experts) {
      double load = 0;
      if (carries(expert))
        for (const auto& [old, weight] : expert.from) load += before[old] / carriers[old];
      layer.push_back(load);
    }
  }
  return after;
}

std::int32_t place_after(const LayerPlan& plan, std::int32_t expert) {
  for (std::size_t i = 0; i < plan.experts.size(); ++i) {
    const NewExpert& made = plan.experts[i];
    const bool stays = made.origin != NewExpert::Origin::clone && made.origin != NewExpert::Origin::donor &&
                       made.origin != NewExpert::Origin::second_half;
    if (stays && made.from.front().first == expert) return static_cast<std::int32_t>(i);
  }
  return -1;
}

std::string names_after(std::string_view names, const ExpertPlan& plan) {
  const auto before = experts_named(names);
  if (!before) return std::string(names);
  std::vector<ExpertName> after;
  const auto add = [&](ExpertName name) {
    if (std::find(after.begin(), after.end(), name) == after.end()) after.push_back(name);
  };
  for (const ExpertName& name : *before) {
    if (name.expert == ExpertName::router) {
      add(name);
      continue;
    }
    std::vector<ExpertName> places;
    for (const LayerPlan& layer : plan.layers) {
      if (name.block != ExpertName::every_block && name.block != layer.block) continue;
      if (const std::int32_t place = place_after(layer, name.expert); place >= 0)
        places.push_back({layer.block, place});
      for (std::size_t i = 0; i < layer.experts.size(); ++i)
        if (layer.experts[i].origin == NewExpert::Origin::second_half &&
            layer.experts[i].from.front().first == name.expert)
          places.push_back({layer.block, static_cast<std::int32_t>(i)});
    }
    const bool alike = places.size() == plan.layers.size() &&
                       std::all_of(places.begin(), places.end(),
                                   [&](const ExpertName& one) { return one.expert == places[0].expert; });
    if (name.block == ExpertName::every_block && alike) add({ExpertName::every_block, places[0].expert});
    else
      for (const ExpertName& place : places) add(place);
  }
  return text_of(after);
}

Result<Config> config_after(const ExpertPlan& plan, Config config) {
  config.experts = plan.experts();
  for (std::string Config::*const names : {&Config::muted, &Config::frozen, &Config::steered})
    config.*names = names_after(config.*names, plan);
  if (const auto problems = validate(config); !problems.empty()) return usage_error(problems.front().message);
  return config;
}

}  // namespace switchyard
