#include "core/operate/remodel.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/config/expert_names.h"
#include "core/config/knobs.h"
#include "core/config/shape.h"
#include "core/operate/after_plan.h"

namespace switchyard {
namespace {

std::string gate_name(const Config& config) { return to_text(find_knob("gate")->get(config)); }

Result<Config> valid(Config config) {
  if (const auto problems = validate(config); !problems.empty()) return usage_error(problems.front().message);
  return config;
}

bool has_dense_blocks(const Config& config) {
  for (std::int64_t block = 0; block < config.layers; ++block)
    if (!is_moe_block(config, block)) return true;
  return false;
}

// `config`: of the model that is to be.
Result<void> weighs_alike(const Config& config) {
  switch (config.gate) {
    case Gate::softmax_renormalised:
    case Gate::sigmoid:
    case Gate::hash:
    case Gate::random:
      return {};
    case Gate::softmax:
      if (config.top_k == config.experts) return {};
      break;
    case Gate::soft:
      return usage_error("upcycle: gate = soft gives experts mixtures of tokens, which no dense feed-forward saw");
    default:
      break;
  }
  return usage_error(
      fmt::format("upcycle: with gate = {} the weights of a token's experts sum to less than 1, to another number "
                  "for each token: no scale makes of them what the dense model was. Set gate to "
                  "softmax-renormalised or sigmoid first",
                  gate_name(config)));
}

Result<Config> upcycled(const Upcycling& asked, const Config& config) {
  if (config.ffn != Ffn::dense) return usage_error("upcycle: this model has experts already (ffn = moe)");
  for (const auto& [key, names] : {std::pair{"muted", &config.muted}, std::pair{"steered", &config.steered},
                                   std::pair{"frozen", &config.frozen}})
    if (*names != kNobody)
      return usage_error(
          fmt::format("upcycle: {} = {} would act on the new experts: set it to none first", key, *names));
  Config after = config;
  after.ffn = Ffn::moe;
  if (asked.experts > 0) after.experts = asked.experts;
  if (asked.top_k > 0) after.top_k = asked.top_k;
  else if (asked.groups > 1) after.top_k = asked.groups;
  // Every token would go through them besides.
  after.shared_experts = 0;
  if (asked.groups > 1) {
    if (after.experts % asked.groups != 0 || after.top_k % asked.groups != 0)
      return usage_error(fmt::format(
          "upcycle: groups = {} divides not both of experts = {} and top_k = {}; allowed are "
          "multiples of it",
          asked.groups, after.experts, after.top_k));
    if (config.d_ff % asked.groups != 0)
      return usage_error(fmt::format("upcycle: groups = {}: d_ff = {} cannot be cut into as many equal parts",
                                     asked.groups, config.d_ff));
    after.d_ff = config.d_ff / asked.groups;
    if (has_dense_blocks(after))
      return usage_error(fmt::format(
          "upcycle: groups = {} makes experts narrower than the feed-forwards that stay dense, and d_ff "
          "is one number for both: it takes moe_every = 1",
          asked.groups));
    if (after.gate == Gate::hash || after.gate == Gate::random)
      return usage_error(
          fmt::format("upcycle: groups = {}: gate = {} has no router that sends a token to all parts of "
                      "one copy",
                      asked.groups, gate_name(after)));
    if (after.route_groups > 1)
      return usage_error(fmt::format(
          "upcycle: groups = {} goes with route_groups = 1: groups of experts would part a virtual group",
          asked.groups));
  }
  if (after.overflow != Overflow::dropless && (after.eval_capacity_factor > 0 || asked.groups > 1))
    return usage_error(fmt::format(
        "upcycle: a full expert turns tokens away ({}), so that the model would not be what the dense one was; it "
        "takes overflow = dropless",
        asked.groups > 1
            ? fmt::format("one part of a copy without the other, groups = {}", asked.groups)
            : fmt::format("in evaluation too, eval_capacity_factor = {}", after.eval_capacity_factor)));
  if (after.top_k > after.experts)
    return usage_error(
        fmt::format("upcycle: top_k = {}: allowed is 1 to {}, the number of experts", after.top_k, after.experts));
  if (auto alike = weighs_alike(after); !alike) return alike.error();
  return valid(std::move(after));
}

// Both halves have what is said of the whole.
std::string names_of_halves(const std::string& names) {
  const auto before = experts_named(names);
  if (!before) return names;
  std::vector<ExpertName> after;
  for (const ExpertName& name : *before) {
    if (name.expert == ExpertName::router) {
      after.push_back(name);
      continue;
    }
    for (const std::int32_t half : {0, 1}) after.push_back({name.block, 2 * name.expert + half});
  }
  return text_of(after);
}

Result<Config> all_split(const Config& config) {
  const auto refused = [](const std::string& why) {
    return usage_error("split all: " + why + "; what the layer makes would not stay the same");
  };
  if (config.ffn != Ffn::moe) return usage_error("this model has no experts: ffn = dense");
  if (config.gate != Gate::softmax_renormalised && config.gate != Gate::softmax && config.gate != Gate::sigmoid)
    return refused(fmt::format(
        "gate = {} does not send a token to both halves of each expert it went to, with half the weight; allowed "
        "are softmax-renormalised, softmax and sigmoid",
        gate_name(config)));
  if (config.overflow != Overflow::dropless)
    return refused("a full expert turns away tokens that its other half may keep; it takes overflow = dropless");
  if (config.route_groups > 1)
    return refused("the halves of one expert would count as two of its group; it takes route_groups = 1");
  if (config.d_ff % 2 != 0) return usage_error(fmt::format("split all: d_ff = {} is odd", config.d_ff));
  if (has_dense_blocks(config))
    return usage_error(fmt::format(
        "split all: d_ff is one number for experts and for the feed-forwards that stay dense; it takes "
        "moe_every = 1, here it is {}",
        config.moe_every));
  Config after = config;
  after.experts *= 2;
  after.top_k *= 2;
  after.d_ff /= 2;
  after.shared_experts *= 2;
  for (std::string Config::*const names : {&Config::muted, &Config::frozen, &Config::steered})
    after.*names = names_of_halves(config.*names);
  return valid(std::move(after));
}

}  // namespace

bool remodels(const Operation& operation) {
  return operation.kind == OperationKind::upcycle ||
         (operation.kind == OperationKind::split && operation.experts.empty());
}

Result<Config> remodelled(const Operation& operation, const Config& config) {
  return operation.kind == OperationKind::upcycle ? upcycled(operation.upcycling, config) : all_split(config);
}

Result<Config> settings_after(const Operation& operation, const Config& config) {
  if (remodels(operation)) return remodelled(operation, config);
  const auto plan = plan_of(operation, config, {});
  if (!plan) return plan.error();
  return config_after(*plan, config);
}

double weight_of_chosen(const Config& config) { return config.gate == Gate::sigmoid ? config.route_scale : 1.0; }

std::string sentence_of(const Operation& operation, const Config& before, const Config& after) {
  if (operation.kind == OperationKind::split)
    return fmt::format("each of a layer's {} experts is two of half its width, {} of which a token goes to",
                       before.experts, after.top_k);
  const Upcycling& asked = operation.upcycling;
  std::string text = fmt::format("upcycled to {} experts a layer, {} a token, each ", after.experts, after.top_k);
  text += asked.groups > 1 ? fmt::format("one of {} parts of the dense feed-forward", asked.groups)
                           : std::string("a copy of the dense feed-forward");
  if (asked.redrawn > 0) text += fmt::format(", {:.3g} % of its dimensions drawn anew", 100 * asked.redrawn);
  if (before.shared_experts > 0) text += "; without shared experts, which would be added to it";
  return text;
}

}  // namespace switchyard
