// Every setting of a run. A plain value: copied across threads, compared, written to config.json.
// What each member means, its range, unit and cost live in THE table (knobs.h), nowhere else.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/aux_loss.h"

namespace switchyard {

// What is learned: the next character of a text, or the class of a point.
enum class TaskKind { language, clusters };
enum class ClusterShape { blobs, moons, spirals, checkerboard, mixture };
inline constexpr std::int64_t kMixtureKinds = 9;
enum class Ffn { moe, dense };
enum class ExpertKind { relu, gelu, swiglu, geglu };
// Whether the hidden layer is multiplied by a second one, which costs a third matrix.
constexpr bool is_gated(ExpertKind kind) { return kind == ExpertKind::swiglu || kind == ExpertKind::geglu; }
// What each of them has and lacks: gates.h.
enum class Gate { softmax_renormalised, softmax, sigmoid, sinkhorn, expert_choice, soft, hash, random, base };
// Even loads by a plan for the whole micro-batch, in training alone.
constexpr bool plans_in_training(Gate gate) { return gate == Gate::sinkhorn || gate == Gate::base; }
enum class NormKind { layernorm, rmsnorm };
// Where the Switch loss takes its loads from.
enum class BalanceScope { sequence, micro, global, global_exact };
// Over more than a micro-batch.
constexpr bool is_global(BalanceScope scope) {
  return scope == BalanceScope::global || scope == BalanceScope::global_exact;
}
// What a step does to the selection bias (core/model/routing/gate.h).
enum class BiasRule { sign, centred };
enum class LearnedNoise { none, gaussian, uniform };
enum class Overflow { dropless, drop_late, drop_late_token, drop_low, drop_bpr, drop_random };
enum class DeviceChoice { automatic, cpu, cuda0, cuda1, cuda2, cuda3 };
// automatic: bf16 where the processor is fast at it, else fp32.
enum class Precision { fp32, bf16, automatic };

struct Config {
  // data
  TaskKind task = TaskKind::language;
  std::string corpus = "stories";  // or a file's name as text (core/base/file_name.h)
  std::int64_t vocabulary_limit = 0;
  ClusterShape cluster_shape = ClusterShape::spirals;
  std::int64_t cluster_classes = 3;
  std::int64_t cluster_dims = 2;
  std::int64_t cluster_points = 300;
  double cluster_noise = 0.05;
  double cluster_imbalance = 1.0;
  std::string points = "drawn";  // or a file's name as text

  // routing
  std::int64_t experts = 8;
  std::int64_t top_k = 2;
  Gate gate = Gate::softmax_renormalised;
  double route_scale = 1.0;
  std::int64_t route_groups = 1;
  std::int64_t route_groups_kept = 1;
  bool router_bias = false;
  bool shared_router = false;
  std::int64_t slots = 16;
  double noise_std = 0.0;
  LearnedNoise learned_noise = LearnedNoise::none;
  double jitter = 0.0;
  double logit_dropout = 0.0;
  Overflow overflow = Overflow::dropless;
  double capacity_factor = 1.25;
  double eval_capacity_factor = 0.0;
  // Experts by name (core/config/expert_names.h).
  std::string muted = "none";
  std::string frozen = "none";
  std::string steered = "none";
  double steer = 0.0;

  // balance
  double aux_coef = 0.01;
  double z_coef = 0.001;
  double gshard_coef = 0.0;
  double importance_coef = 0.0;
  double load_coef = 0.0;
  double mse_prob_coef = 0.0;
  double mse_load_coef = 0.0;
  double sequence_coef = 0.0;
  BalanceScope balance_scope = BalanceScope::micro;
  double bias_rate = 0.0;
  BiasRule bias_rule = BiasRule::sign;

  // training
  double learning_rate = 3e-3;
  double min_lr = 3e-4;
  std::int64_t warmup_steps = 20;
  std::int64_t schedule_steps = 2000;
  std::int64_t batch_size = 8;
  std::int64_t accumulation = 1;
  std::int64_t shards = 1;
  double weight_decay = 0.1;
  double beta1 = 0.9;
  double beta2 = 0.95;
  double grad_clip = 1.0;

  // model
  Ffn ffn = Ffn::moe;
  std::int64_t layers = 3;
  std::int64_t moe_every = 1;
  std::int64_t d_model = 128;
  std::int64_t d_ff = 128;
  std::int64_t shared_experts = 0;
  bool residual = true;
  std::int64_t heads = 4;
  std::int64_t context = 128;
  ExpertKind expert = ExpertKind::swiglu;
  bool expert_bias = true;
  double expert_dropout = 0.0;
  bool attention_bias = true;
  NormKind norm = NormKind::layernorm;
  bool tied_head = false;

  // run
  std::int64_t seed = 1;
  std::int64_t weight_seed = 0;
  DeviceChoice device = DeviceChoice::automatic;
  Precision precision = Precision::fp32;
  std::int64_t threads = 0;
  std::int64_t expert_parallel = 1;
  std::int64_t val_interval = 25;
  std::int64_t val_batches = 4;
  std::int64_t probe_interval = 10;
  double checkpoint_interval_s = 30;
  std::int64_t checkpoint_budget_mb = 1024;
  std::int64_t checkpoint_total_mb = 10240;
  std::int64_t tape_budget_mb = 2048;
  std::int64_t record_interval = 1;
  bool log_csv = true;
  bool log_jsonl = true;
  bool log_tensorboard = false;

  bool operator==(const Config&) const = default;
};

// Of weights and noise. The data and their batches follow from `seed` alone.
constexpr std::uint64_t draw_seed(const Config& config) {
  return static_cast<std::uint64_t>(config.weight_seed != 0 ? config.weight_seed : config.seed);
}

// The coefficient of an auxiliary loss.
constexpr double Config::* coefficient_of(AuxLoss loss) {
  constexpr std::array<double Config::*, kAuxLosses.size()> members{
      &Config::aux_coef,      &Config::gshard_coef,   &Config::importance_coef, &Config::load_coef,
      &Config::mse_prob_coef, &Config::mse_load_coef, &Config::sequence_coef,   &Config::z_coef};
  return members[static_cast<std::size_t>(loss)];
}

// The knob that names what a task learns from: a file, or what the program makes itself.
struct DataKnob {
  std::string_view key;
  std::string Config::* file;
  std::string_view built_in;
};
constexpr DataKnob data_knob(TaskKind task) {
  return task == TaskKind::language ? DataKnob{"corpus", &Config::corpus, "stories"}
                                    : DataKnob{"points", &Config::points, "drawn"};
}
inline bool learns_from_file(const Config& config) {
  const DataKnob data = data_knob(config.task);
  return config.*data.file != data.built_in;
}

}  // namespace switchyard
