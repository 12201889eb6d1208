#include "core/operate/expert_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "core/config/knobs.h"

namespace switchyard {
namespace {

using Experts = std::vector<std::int32_t>;

NewExpert kept(std::int32_t expert) { return {NewExpert::Origin::kept, {{expert, 1.0}}}; }

std::vector<double> loads_of_layer(const ExpertLoads& loads, std::size_t layer, std::int64_t experts) {
  std::vector<double> own = layer < loads.size() ? loads[layer] : std::vector<double>();
  own.resize(static_cast<std::size_t>(experts), 0.0);
  return own;
}

// Of all layers; where they share a router each has the sum.
ExpertLoads settled_loads(const ExpertLoads& loads, const Config& config, std::size_t layers) {
  ExpertLoads settled;
  for (std::size_t l = 0; l < layers; ++l) settled.push_back(loads_of_layer(loads, l, config.experts));
  if (!config.shared_router) return settled;
  std::vector<double> sum(static_cast<std::size_t>(config.experts), 0.0);
  for (const std::vector<double>& layer : settled)
    for (std::size_t e = 0; e < sum.size(); ++e) sum[e] += layer[e];
  return ExpertLoads(layers, sum);
}

ExpertPlan unchanged(const Config& config) {
  ExpertPlan plan;
  plan.before = config.experts;
  for (const std::int32_t block : moe_blocks(config)) {
    LayerPlan layer{block, {}, false};
    for (std::int32_t e = 0; e < config.experts; ++e) layer.experts.push_back(kept(e));
    plan.layers.push_back(std::move(layer));
  }
  return plan;
}

Experts by_load(const std::vector<double>& loads) {
  Experts order(loads.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int32_t a, std::int32_t b) { return loads[a] < loads[b]; });
  return order;
}

// Whom an operation names in each MoE layer, as it names them.
Result<std::vector<Experts>> named_in(const std::vector<ExpertName>& names, const Config& config) {
  const std::vector<std::int32_t> blocks = moe_blocks(config);
  std::vector<Experts> named(blocks.size());
  for (const ExpertName& name : names) {
    const bool is_every = name.block == ExpertName::every_block;
    if (!is_every && std::find(blocks.begin(), blocks.end(), name.block) == blocks.end())
      return usage_error(fmt::format("{}: block {} has no experts; those of this model with experts are {}",
                                     text_of(name), name.block, fmt::join(blocks, ", ")));
    if (name.expert < 0 || name.expert >= config.experts)
      return usage_error(fmt::format("{}: a layer has experts 0 to {}", text_of(name), config.experts - 1));
    for (std::size_t l = 0; l < blocks.size(); ++l) {
      if (!is_every && blocks[l] != name.block) continue;
      if (std::find(named[l].begin(), named[l].end(), name.expert) != named[l].end())
        return usage_error(fmt::format("expert {} of layer {} is named twice", name.expert, blocks[l]));
      named[l].push_back(name.expert);
    }
  }
  return named;
}

// Of layers where nobody is named: as many as elsewhere, the least busy. usage: elsewhere they are not equally
// many.
Result<void> fill_up(std::vector<Experts>& named, const ExpertLoads& loads) {
  std::size_t count = 0;
  for (const Experts& layer : named) count = std::max(count, layer.size());
  for (std::size_t l = 0; l < named.size(); ++l) {
    if (named[l].empty()) {
      const Experts order = by_load(loads[l]);
      named[l].assign(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(count));
      std::sort(named[l].begin(), named[l].end());
    }
    if (named[l].size() != count)
      return usage_error("layers have equally many experts: name as many of each layer, or of one layer alone");
  }
  return {};
}

void erase(std::vector<NewExpert>& experts, const Experts& gone) {
  std::erase_if(experts, [&](const NewExpert& e) {
    return std::find(gone.begin(), gone.end(), e.from.front().first) != gone.end();
  });
}

NewExpert merged(const Experts& experts, const std::vector<double>& loads) {
  double sum = 0;
  for (const std::int32_t e : experts) sum += loads[e];
  NewExpert one{NewExpert::Origin::merged, {}};
  for (const std::int32_t e : experts)
    one.from.emplace_back(e, sum > 0 ? loads[e] / sum : 1.0 / static_cast<double>(experts.size()));
  return one;
}

// usage: layers whose gates' rows are one would change each in its own way.
Result<void> check_alike(const ExpertPlan& plan, const Config& config) {
  if (!config.shared_router) return {};
  const auto same = [](const NewExpert& a, const NewExpert& b) {
    return a.origin == b.origin && a.from == b.from;
  };
  const std::vector<NewExpert>& first = plan.layers.front().experts;
  for (const LayerPlan& layer : plan.layers)
    if (!std::equal(first.begin(), first.end(), layer.experts.begin(), layer.experts.end(), same))
      return usage_error("the layers of this model share one router: name the expert in every layer, as in *.3");
  return {};
}

std::int32_t busiest_of(const std::vector<double>& loads) {
  return static_cast<std::int32_t>(std::max_element(loads.begin(), loads.end()) - loads.begin());
}

Result<ExpertPlan> plan_of_clone(const Operation& operation, const Config& config, const ExpertLoads& loads,
                                 ExpertPlan plan) {
  auto named = named_in(operation.experts, config);
  if (!named) return named.error();
  plan.noise = operation.noise;
  if (operation.onto) {
    const auto onto = named_in({*operation.onto}, config);
    if (!onto) return onto.error();
    if (operation.onto->block != operation.experts.front().block)
      return usage_error(fmt::format("{} onto {}: a copy stays in its layer", text_of(operation.experts.front()),
                                     text_of(*operation.onto)));
    if (operation.onto->expert == operation.experts.front().expert)
      return usage_error(fmt::format("{} onto itself", text_of(*operation.onto)));
    for (std::size_t l = 0; l < plan.layers.size(); ++l)
      if (!(*onto)[l].empty())
        plan.layers[l].experts[(*onto)[l].front()] = {NewExpert::Origin::clone, {{(*named)[l].front(), 1.0}}};
    return plan;
  }
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    const std::int32_t source = (*named)[l].empty() ? busiest_of(loads[l]) : (*named)[l].front();
    plan.layers[l].experts.push_back({NewExpert::Origin::clone, {{source, 1.0}}});
  }
  return plan;
}

Result<ExpertPlan> no_plan(const Operation& operation) {
  return usage_error(fmt::format("{} makes the layers anew: there is no plan of experts", text_of(operation)));
}

Result<ExpertPlan> plan_of_split(const Operation& operation, const Config& config, const ExpertLoads& loads,
                                 ExpertPlan plan) {
  if (operation.experts.empty()) return no_plan(operation);
  const auto named = named_in(operation.experts, config);
  if (!named) return named.error();
  if (config.d_ff < 2) return usage_error("d_ff = 1: an expert of one dimension has no halves");
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    const std::int32_t whole = (*named)[l].empty() ? busiest_of(loads[l]) : (*named)[l].front();
    plan.layers[l].experts[static_cast<std::size_t>(whole)].origin = NewExpert::Origin::first_half;
    plan.layers[l].experts.push_back({NewExpert::Origin::second_half, {{whole, 1.0}}});
  }
  return plan;
}

Result<ExpertPlan> plan_of_fewer(const Operation& operation, const Config& config, const ExpertLoads& loads,
                                 ExpertPlan plan) {
  auto named = named_in(operation.experts, config);
  if (!named) return named.error();
  if (auto filled = fill_up(*named, loads); !filled) return filled.error();
  const bool merges = operation.kind == OperationKind::merge;
  if (merges && named->front().size() < 2) return usage_error("merge takes at least two experts of one layer");
  if (!merges && named->front().size() >= static_cast<std::size_t>(config.experts))
    return usage_error(fmt::format("one of a layer's {} experts has to stay", config.experts));
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    Experts& gone = (*named)[l];
    if (merges) {
      plan.layers[l].experts[gone.front()] = merged(gone, loads[l]);
      gone.erase(gone.begin());
    }
    erase(plan.layers[l].experts, gone);
  }
  return plan;
}

Result<ExpertPlan> plan_in_place(const Operation& operation, const Config& config, ExpertPlan plan) {
  if (operation.kind == OperationKind::reinitialise_router) {
    if (config.gate == Gate::hash || config.gate == Gate::random)
      return usage_error(fmt::format("gate = {} learns nothing: there is no router to draw anew",
                                     config.gate == Gate::hash ? "hash" : "random"));
    for (const std::int32_t block : operation.routers) {
      const auto at = std::find_if(plan.layers.begin(), plan.layers.end(),
                                   [&](const LayerPlan& layer) { return layer.block == block; });
      if (at == plan.layers.end())
        return usage_error(fmt::format("block {} has no router; those of this model with one are {}", block,
                                       fmt::join(moe_blocks(config), ", ")));
      at->new_router = true;
    }
    if (config.shared_router)
      for (LayerPlan& layer : plan.layers) layer.new_router = true;
    return plan;
  }
  const bool is_transplant = operation.kind == OperationKind::transplant;
  if (is_transplant && operation.onto->block == ExpertName::every_block)
    return usage_error("a transplant takes the place of one expert of one layer");
  const auto named =
      named_in(is_transplant ? std::vector<ExpertName>{*operation.onto} : operation.experts, config);
  if (!named) return named.error();
  for (std::size_t l = 0; l < plan.layers.size(); ++l)
    for (const std::int32_t e : (*named)[l])
      plan.layers[l].experts[e].origin = is_transplant ? NewExpert::Origin::donor : NewExpert::Origin::fresh;
  return plan;
}

}  // namespace

bool LayerPlan::makes(NewExpert::Origin origin) const {
  return std::any_of(experts.begin(), experts.end(),
                     [&](const NewExpert& expert) { return expert.origin == origin; });
}

bool ExpertPlan::makes(NewExpert::Origin origin) const {
  return std::any_of(layers.begin(), layers.end(), [&](const LayerPlan& layer) { return layer.makes(origin); });
}

bool ExpertPlan::needs_fresh() const {
  return makes(NewExpert::Origin::fresh) ||
         std::any_of(layers.begin(), layers.end(), [](const LayerPlan& layer) { return layer.new_router; });
}

Result<ExpertPlan> plan_of(const Operation& operation, const Config& config, const ExpertLoads& loads) {
  ExpertPlan plan = unchanged(config);
  if (plan.layers.empty()) return usage_error("this model has no experts: ffn = dense");
  const ExpertLoads settled = settled_loads(loads, config, plan.layers.size());
  Result<ExpertPlan> made = [&] {
    switch (operation.kind) {
      case OperationKind::clone:
        return plan_of_clone(operation, config, settled, std::move(plan));
      case OperationKind::remove:
      case OperationKind::merge:
        return plan_of_fewer(operation, config, settled, std::move(plan));
      case OperationKind::upcycle:
        return no_plan(operation);
      case OperationKind::split:
        return plan_of_split(operation, config, settled, std::move(plan));
      default:
        return plan_in_place(operation, config, std::move(plan));
    }
  }();
  if (!made) return made;
  // A transplant brings no row of a shared router.
  if (operation.kind != OperationKind::transplant)
    if (auto alike = check_alike(*made, config); !alike) return alike.error();
  return made;
}

std::vector<std::int64_t> surgery_plan(std::vector<double> loads, std::int64_t experts) {
  std::vector<std::int64_t> source;
  const auto old_count = static_cast<std::int64_t>(loads.size());
  for (std::int64_t e = 0; e < std::min(old_count, experts); ++e) source.push_back(e);
  while (static_cast<std::int64_t>(source.size()) < experts) {
    // ExpertLoads of the experts as they now are; clones share what their source had.
    const auto busiest = std::max_element(loads.begin(), loads.end()) - loads.begin();
    source.push_back(source[busiest]);
    loads[busiest] /= 2;
    loads.push_back(loads[busiest]);
  }
  return source;
}

ExpertPlan plan_of_resize(std::int64_t experts, const Config& config, const ExpertLoads& loads) {
  ExpertPlan plan = unchanged(config);
  plan.noise = Operation::kNoise;
  const ExpertLoads settled = settled_loads(loads, config, plan.layers.size());
  for (std::size_t l = 0; l < plan.layers.size(); ++l) {
    std::vector<NewExpert>& made = plan.layers[l].experts;
    made.resize(static_cast<std::size_t>(std::min(experts, config.experts)));
    const std::vector<std::int64_t> sources = surgery_plan(settled[l], experts);
    for (std::size_t e = made.size(); e < sources.size(); ++e)
      made.push_back({NewExpert::Origin::clone, {{static_cast<std::int32_t>(sources[e]), 1.0}}});
  }
  return plan;
}

}  // namespace switchyard
