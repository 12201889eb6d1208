// The rules between knobs: what is refused, what is warned of, what a change costs.
#include <fmt/format.h>

#include <algorithm>

#include "core/base/printable.h"
#include "core/config/causality.h"
#include "core/config/expert_names.h"
#include "core/config/gates.h"
#include "core/config/knobs.h"

namespace switchyard {

std::vector<ConfigProblem> validate(const Config& config) {
  std::vector<ConfigProblem> problems;
  const auto report = [&](std::string_view key, std::string message) {
    problems.push_back({std::string(key), std::move(message)});
  };
  for (const Knob& knob : knobs()) {
    const KnobValue value = knob.get(config);
    double number = 0;
    if (const auto* whole = std::get_if<std::int64_t>(&value)) number = static_cast<double>(*whole);
    else if (const auto* real = std::get_if<double>(&value)) number = *real;
    else continue;
    if (!(number >= knob.minimum && number <= knob.maximum)) report(knob.key, range_message(knob, to_text(value)));
  }
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters}) {
    const DataKnob data = data_knob(task);
    const std::string& name = config.*data.file;
    if (name.empty())
      report(data.key, fmt::format("{} is empty: allowed is {}", data.key, allowed_range(*find_knob(data.key))));
    else if (!is_printable(name))
      report(data.key,
             fmt::format("{} = {}: is no printable text; allowed is {}, a printable path, or file: with what is "
                         "not percent-encoded",
                         data.key, printable(name), data.built_in));
  }
  if (!problems.empty()) {
    for (ConfigProblem& problem : problems) problem.out_of_range = true;
    return problems;
  }

  if (config.top_k > config.experts)
    report("top_k", fmt::format("top_k = {}: allowed is 1 to experts = {}", config.top_k, config.experts));
  const bool clusters = config.task == TaskKind::clusters;
  if (clusters && !learns_from_file(config) && config.cluster_shape == ClusterShape::mixture &&
      config.cluster_classes > kMixtureKinds)
    report("cluster_classes", fmt::format("cluster_classes = {}: allowed is 2 to {} with cluster_shape = mixture",
                                          config.cluster_classes, kMixtureKinds));
  if (!clusters && config.d_model % config.heads != 0)
    report("d_model", fmt::format("d_model = {}: must be a multiple of heads = {}", config.d_model, config.heads));
  if (config.ffn == Ffn::moe) {
    if (clusters && config.gate == Gate::hash)
      report("gate", "gate = hash: it goes by the id of a token, which the points of task = clusters do not have");
    const std::int64_t groups = config.route_groups, kept = config.route_groups_kept;
    if (config.experts % groups != 0)
      report("route_groups", fmt::format("route_groups = {}: must divide experts = {}", groups, config.experts));
    else if (groups > 1 && kept > groups)
      report("route_groups_kept", fmt::format("route_groups_kept = {}: allowed is 1 to route_groups = {}", kept, groups));
    else if (groups > 1 && kept * (config.experts / groups) < config.top_k)
      report("route_groups_kept", fmt::format("route_groups_kept = {} of {} experts each: too few for top_k = {}", kept,
                                              config.experts / groups, config.top_k));
    for (NamesProblem& problem : problems_of_names(config)) report(problem.key, std::move(problem.message));
    for (const AuxLoss loss : kAuxLosses) {
      if (config.*coefficient_of(loss) == 0) continue;
      const std::string why = why_no_loss(loss, config), key = coefficient_key(loss);
      if (!why.empty())
        report(key, fmt::format("{} = {}: allowed is 0, {}", key, config.*coefficient_of(loss), why));
    }
  }
  if (config.batch_size % config.shards != 0)
    report("shards", fmt::format("shards = {}: must divide batch_size = {}", config.shards, config.batch_size));
  if (config.moe_every > config.layers)
    report("moe_every", fmt::format("moe_every = {}: allowed is 1 to layers = {}", config.moe_every, config.layers));
  return problems;
}

namespace {

// What a text's later characters decide, in training and in evaluation: see causality.h.
void warn_of_leaks(const Config& config, std::vector<ConfigProblem>& found) {
  const auto named = [&](std::string_view key) {
    return fmt::format("{} = {}", key, to_text(find_knob(key)->get(config)));
  };
  const Reach training = reach_in_training(config), evaluation = reach_in_evaluation(config);
  const char* where = training == Reach::future ? "in validation too" : "in validation";
  const bool gate_trains_ahead =
      training == Reach::future && plans_in_training(config.gate) && config.top_k < config.experts;
  if (evaluation == Reach::future && !traits(config.gate).top_k) {
    found.push_back({"gate", fmt::format("{}: what happens to a character depends on those after it, {}: the loss is "
                                         "too good to be true, and generated text shows it",
                                         named("gate"), where)});
    return;
  }
  if (training == Reach::future && !traits(config.gate).top_k) {
    found.push_back({"gate", named("gate") +
                                 ": in training what happens to a character depends on those after it; in "
                                 "validation every expert takes all of them, so the two differ"});
    return;
  }
  if (gate_trains_ahead)
    found.push_back(
        {"gate", named("gate") +
                     ": in training a token's experts depend on later tokens; validation is greedy, so "
                     "the two differ"});
  if (evaluation == Reach::future)
    found.push_back(
        {"eval_capacity_factor",
         fmt::format("{} with {}: a later character can take the place of an earlier one, {}: the loss is too good "
                     "to be true, and generated text shows it",
                     named("overflow"), named("eval_capacity_factor"), where)});
  else if (training == Reach::future && !gate_trains_ahead)
    found.push_back({"overflow", named("overflow") +
                                     ": in training a later character can take the place of an earlier one; in "
                                     "validation none can, so the two differ"});
  if (evaluation == Reach::length) {
    const bool chooses = !traits(config.gate).top_k;
    const char* factor = config.eval_capacity_factor > 0 ? "eval_capacity_factor" : "capacity_factor";
    found.push_back(
        {factor, fmt::format("{} with {}: an expert's room grows with the text, so what becomes of a character "
                             "depends on how long the text is",
                             named(chooses ? "gate" : "overflow"), named(factor))});
  }
}

}  // namespace

std::vector<ConfigProblem> warnings(const Config& config) {
  std::vector<ConfigProblem> found;
  if (config.ffn == Ffn::dense) return found;
  const std::string gate = to_text(find_knob("gate")->get(config));
  const bool one = config.top_k == 1 && config.experts > 1;
  if (one && (config.gate == Gate::softmax_renormalised || config.gate == Gate::sigmoid))
    found.push_back({"gate", fmt::format("top_k = 1 with gate = {}: the weight is always the same and the router gets no "
                                         "gradient from the task; choose gate = softmax",
                                         gate)});
  if (config.steered != kNobody && config.steer != 0 && plans_in_training(config.gate))
    found.push_back(
        {"steered", fmt::format("gate = {}: in training tokens are planned so that every expert gets its "
                                "share whatever is added to its logits; steer acts in evaluation alone",
                                gate)});
  warn_of_leaks(config, found);
  bool balanced = (config.bias_rate > 0 && traits(config.gate).correction) || plans_in_training(config.gate) ||
                  !traits(config.gate).balance;
  for (const AuxLoss loss : kAuxLosses)
    balanced |= loss != AuxLoss::z && loss != AuxLoss::mse_load && config.*coefficient_of(loss) > 0;
  if (config.mse_load_coef > 0)
    found.push_back({"mse_load_coef", "mse_load_coef > 0: loads are counts, this loss has no gradient and balances nothing"});
  if (!balanced && config.experts > 4)
    found.push_back({"aux_coef", "no balance loss, no bias: nothing balances the experts; expect a few to take all the tokens"});
  return found;
}

std::vector<const Knob*> changed_knobs(const Config& before, const Config& after) {
  std::vector<const Knob*> changed;
  for (const Knob& knob : knobs())
    if (knob.get(before) != knob.get(after)) changed.push_back(&knob);
  return changed;
}

std::vector<const Knob*> changed_setup(const Config& before, const Config& after) {
  std::vector<const Knob*> changed = changed_knobs(before, after);
  std::erase_if(changed, [](const Knob* knob) { return knob->only_recorded; });
  return changed;
}

KnobCost change_cost(const Config& before, const Config& after) {
  KnobCost cost = KnobCost::live;
  for (const Knob* knob : changed_knobs(before, after)) cost = std::max(cost, knob->cost);
  // Soft mixing has parameters of its own.
  if ((before.gate == Gate::soft) != (after.gate == Gate::soft) && after.ffn == Ffn::moe) cost = KnobCost::rebuild;
  return cost;
}

}  // namespace switchyard
