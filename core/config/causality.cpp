#include "core/config/causality.h"

#include "core/config/cost.h"
#include "core/config/gates.h"

namespace switchyard {
namespace {

bool routes_text(const Config& config) { return config.ffn == Ffn::moe && config.task == TaskKind::language; }

// Whether every assignment weighs the same, whoever the token is.
bool weights_are_equal(const Config& config) {
  const bool one = config.top_k == 1;
  switch (config.gate) {
    case Gate::softmax_renormalised:
    case Gate::sigmoid:
      return one;
    case Gate::softmax:
      return config.experts == 1;
    case Gate::hash:
    case Gate::random:
      return true;
    case Gate::sinkhorn:
    case Gate::base:
    case Gate::expert_choice:
    case Gate::soft:
      break;
  }
  return false;
}

// Whether what stays of the assignments of tokens that choose depends on later tokens, given that some go.
bool drops_look_ahead(const Config& config) {
  // Who is chosen, and by what weight, is drawn.
  if (config.gate == Gate::random) return false;
  const bool by_rank = config.top_k > 1;
  switch (config.overflow) {
    case Overflow::dropless:
    case Overflow::drop_late_token:
      return false;
    case Overflow::drop_late:
      return by_rank;
    case Overflow::drop_low:
      return !weights_are_equal(config);
    case Overflow::drop_bpr: {
      const bool equal = traits(config.gate).probabilities ? config.experts == 1 : weights_are_equal(config);
      return !equal || by_rank;
    }
    case Overflow::drop_random:
      return config.experts > 1;
  }
  return true;
}

// Whether tokens that choose can lose a choice. capacity_factor 0: nothing is dropped.
bool drops(const Config& config, double capacity_factor, std::int64_t tokens) {
  return traits(config.gate).top_k && config.overflow != Overflow::dropless && capacity_factor > 0 &&
         expert_capacity(capacity_factor, config.top_k, tokens, config.experts) < tokens;
}

// Gates by which the tokens of a group decide for each other, without anything dropped.
bool mixes(const Config& config, double capacity_factor, std::int64_t tokens) {
  if (config.gate == Gate::soft) return true;
  return config.gate == Gate::expert_choice &&
         expert_capacity(capacity_factor, 1, tokens, config.experts) < tokens;
}

double factor_in_evaluation(const Config& config) {
  return config.eval_capacity_factor > 0 ? config.eval_capacity_factor : config.capacity_factor;
}

}  // namespace

Reach reach_in_training(const Config& config) {
  if (!routes_text(config)) return Reach::past;
  // Where all tokens look alike to the only expert, it takes the first of them.
  const bool alike = config.gate == Gate::expert_choice && config.experts == 1;
  if (mixes(config, config.capacity_factor, config.context)) return alike ? Reach::past : Reach::future;
  // The plan decides who is chosen.
  if (plans_in_training(config.gate) && config.top_k < config.experts) return Reach::future;
  // Every sequence of training has the same length.
  const bool loses = drops(config, config.capacity_factor, config.batch_size / config.shards * config.context);
  return loses && drops_look_ahead(config) ? Reach::future : Reach::past;
}

Reach reach_in_evaluation(const Config& config) {
  if (!routes_text(config)) return Reach::past;
  const bool alike = config.gate == Gate::expert_choice && config.experts == 1;
  if (mixes(config, factor_in_evaluation(config), config.context)) return alike ? Reach::length : Reach::future;
  if (!drops(config, config.eval_capacity_factor, config.context)) return Reach::past;
  return drops_look_ahead(config) ? Reach::future : Reach::length;
}

bool evaluates_alone(const Config& config) {
  if (config.ffn != Ffn::moe) return true;
  const bool text = config.task == TaskKind::language;
  const bool loses = drops(config, config.eval_capacity_factor, text ? config.context : config.batch_size);
  if (!text && (loses || mixes(config, factor_in_evaluation(config), config.batch_size))) return false;
  if (config.gate != Gate::random || config.experts == 1) return true;
  // A token that takes all experts draws nothing but their order.
  const bool by_rank = config.overflow != Overflow::drop_late_token && config.overflow != Overflow::drop_low;
  return config.top_k == config.experts && !(loses && by_rank);
}

}  // namespace switchyard
