#include "core/train/crew/equality.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string_view>

#include "core/base/random.h"
#include "core/config/gates.h"
#include "core/config/knobs.h"

namespace switchyard {
namespace {

constexpr std::string_view kMoments = "adam.first/";

void set(Config& config, std::string_view key, const KnobValue& value) { find_knob(key)->set(config, value); }

// What every row begins with: a model small enough for dozens of them, with a batch that 4 ranks can share.
Config small(TaskKind task) {
  Config config;
  config.task = task;
  config.layers = 2;
  config.d_model = 16;
  config.d_ff = 24;
  config.heads = 2;
  config.context = 16;
  config.batch_size = 8;
  config.experts = 6;
  config.cluster_points = 60;
  config.cluster_dims = 3;
  config.slots = 3;
  config.threads = 1;
  config.device = DeviceChoice::cpu;
  config.val_interval = 1'000'000;
  config.aux_coef = config.z_coef = 0;
  return config;
}

// Values that rows take turns through. Their numbers are told apart by primes, so that pairs come in all
// combinations.
struct Axis {
  std::string_view what;
  std::vector<std::vector<std::pair<std::string_view, KnobValue>>> values;
};

KnobValue text(std::string_view value) { return std::string(value); }
KnobValue whole(std::int64_t value) { return value; }

std::vector<Axis> axes() {
  return {
      {"gate",
       {{{"gate", text("softmax-renormalised")}},
        {{"gate", text("softmax")}},
        {{"gate", text("sigmoid")}},
        {{"gate", text("sinkhorn")}},
        {{"gate", text("expert-choice")}},
        {{"gate", text("soft")}},
        {{"gate", text("hash")}},
        {{"gate", text("random")}},
        {{"gate", text("base")}}}},
      {"overflow",
       {{{"overflow", text("dropless")}},
        {{"overflow", text("drop-late")}},
        {{"overflow", text("drop-late-token")}},
        {{"overflow", text("drop-low")}},
        {{"overflow", text("drop-bpr")}},
        {{"overflow", text("drop-random")}}}},
      {"loss",
       {{{"aux_coef", 0.02}},
        {{"gshard_coef", 0.02}},
        {{"importance_coef", 0.02}},
        {{"load_coef", 0.02}, {"noise_std", 0.5}},
        {{"mse_prob_coef", 0.5}},
        {{"mse_load_coef", 0.5}},
        {{"sequence_coef", 0.02}},
        {{"z_coef", 0.01}},
        {{"aux_coef", 0.05}, {"balance_scope", text("global")}},
        {{"aux_coef", 0.05}, {"balance_scope", text("global-exact")}}}},
      {"noise",
       {{},
        {{"noise_std", 0.3}},
        {{"jitter", 0.1}},
        {{"logit_dropout", 0.2}},
        {{"learned_noise", text("gaussian")}},
        {{"learned_noise", text("uniform")}},
        {{"expert_dropout", 0.2}}}},
      {"k", {{{"top_k", whole(1)}}, {{"top_k", whole(2)}}}},
      {"batches", {{{"accumulation", whole(1)}}, {{"accumulation", whole(2)}}}},
      {"shared", {{{"shared_experts", whole(0)}}, {{"shared_experts", whole(1)}}}},
      {"task", {{{"task", text("language")}}, {{"task", text("clusters")}}}},
      {"shards",
       {{{"shards", whole(1)}},
        {{"shards", whole(4)}},
        {{"shards", whole(1)}},
        {{"shards", whole(8)}},
        {{"shards", whole(2)}}}},
      {"expert", {{{"expert", text("swiglu")}}, {{"expert", text("relu")}}, {{"expert", text("gelu")}}}},
      {"router", {{}, {{"shared_router", true}}, {{"router_bias", true}}}},
  };
}

// What a draw has put together may mean nothing: then what does not fit goes.
Config made_legal(Config config) {
  if (config.task == TaskKind::clusters && config.gate == Gate::hash) config.gate = Gate::sigmoid;
  const bool one_sequence =
      config.task == TaskKind::clusters &&
      (config.gate == Gate::expert_choice || config.gate == Gate::soft || config.sequence_coef != 0);
  if (one_sequence) config.shards = 4;
  for (int tries = 0; tries < 16; ++tries) {
    const auto problems = validate(config);
    if (problems.empty()) break;
    set(config, problems.front().key, find_knob(problems.front().key)->get(small(config.task)));
  }
  return config;
}

std::map<std::string_view, const StateTensors::Entry*> moments_of(const StateTensors& tensors) {
  std::map<std::string_view, const StateTensors::Entry*> found;
  for (const StateTensors::Entry& entry : tensors.entries)
    if (std::string_view(entry.name).starts_with(kMoments))
      found[std::string_view(entry.name).substr(kMoments.size())] = &entry;
  return found;
}

// The parameter that a block of the state is of: queries, keys and values are one. A bias of keys alone has no
// gradient, since it moves all scores of a query alike: what there is of it is rounding, and its size is no
// measure.
std::string parameter_of(std::string_view block) {
  std::string name(block);
  for (const std::string_view part : {"q_proj", "k_proj", "v_proj"})
    if (const auto at = name.find(part); at != std::string::npos) name.replace(at, part.size(), "qkv");
  return name;
}

}  // namespace

Config readable(Config config) {
  config.beta1 = 0;
  config.grad_clip = 0;
  config.warmup_steps = 0;
  return config;
}

Result<GradientStep> gradient_step(Trainer& trainer) {
  GradientStep made;
  for (;;) {
    auto record = trainer.advance();
    if (!record) return record.error();
    if (!*record) continue;
    made.record = std::move(**record);
    break;
  }
  if (auto saved = trainer.save(made.state); !saved) return saved.error();
  return made;
}

Deviation deviation(const GradientStep& one, const GradientStep& other) {
  Deviation found;
  const auto mine = moments_of(one.state.tensors), theirs = moments_of(other.state.tensors);
  if (mine.size() != theirs.size()) return {.gradient = HUGE_VAL, .parameter = "other parameters"};
  std::map<std::string, double> largest;
  for (const auto& [name, entry] : mine) {
    double& most = largest[parameter_of(name)];
    for (std::size_t i = 0; i < entry->count; ++i)
      most = std::max(most, std::abs(static_cast<double>(one.state.tensors.values[entry->begin + i])));
  }
  for (const auto& [name, entry] : mine) {
    const auto at = theirs.find(name);
    if (at == theirs.end() || at->second->count != entry->count)
      return {.gradient = HUGE_VAL, .parameter = std::string(name)};
    const float* a = one.state.tensors.values.data() + entry->begin;
    const float* b = other.state.tensors.values.data() + at->second->begin;
    double apart = 0;
    for (std::size_t i = 0; i < entry->count; ++i)
      apart = std::max(apart, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
    const double share = apart / (1e-6 * largest[parameter_of(name)] + 1e-9);
    if (!(share <= found.gradient)) found.gradient = share, found.parameter = name;
  }
  found.loss = std::abs(one.record.loss - other.record.loss);
  found.norm = std::abs(one.record.grad_norm - other.record.grad_norm) / one.record.grad_norm;
  for (std::size_t l = 0; l < one.record.layers.size(); ++l) {
    const LayerRecord &a = one.record.layers[l], &b = other.record.layers[l];
    // Soft mixing counts masses, which are sums of floats.
    const double slack = one.state.config.gate == Gate::soft ? 1e-3 : 0;
    for (std::size_t e = 0; e < a.counts.size(); ++e)
      if (const double apart = std::abs(static_cast<double>(a.counts[e]) - static_cast<double>(b.counts[e]));
          apart > slack)
        found.counts += apart / 2;
    found.dropped += std::abs(static_cast<double>(a.dropped) - static_cast<double>(b.dropped));
  }
  return found;
}

std::string text_of(const Deviation& d) {
  return fmt::format("gradient {:.2f} of the bound{}, loss {:.1e}, norm {:.1e}, {:.0f} assignments, {:.0f} drops",
                     d.gradient, d.parameter.empty() ? "" : " at " + d.parameter, d.loss, d.norm, d.counts,
                     d.dropped);
}

std::vector<EqualityRow> equality_rows(std::size_t rows) {
  const std::vector<Axis> all = axes();
  RandomStream stream(7, "equality rows");
  std::vector<EqualityRow> made;
  std::vector<std::vector<std::size_t>> turns(all.size());
  for (std::size_t r = 0; r < rows; ++r) {
    // Each axis goes through all its values before it begins again, in an order of its own each time.
    std::vector<std::size_t> chosen(all.size());
    for (std::size_t a = 0; a < all.size(); ++a) {
      if (turns[a].empty())
        for (std::size_t v = 0; v < all[a].values.size(); ++v) turns[a].push_back(v);
      const std::size_t at = stream.below(turns[a].size());
      chosen[a] = turns[a][at];
      turns[a].erase(turns[a].begin() + static_cast<std::ptrdiff_t>(at));
    }
    const bool points = chosen[7] == 1;
    Config config = small(points ? TaskKind::clusters : TaskKind::language);
    for (std::size_t a = 0; a < all.size(); ++a)
      for (const auto& [key, value] : all[a].values[chosen[a]]) set(config, key, value);
    config.capacity_factor = 0.8;
    config.bias_rate = r % 3 == 0 ? 0.01 : 0;
    config = made_legal(config);
    std::string name;
    for (const std::string_view key :
         {"task", "gate", "overflow", "top_k", "accumulation", "shared_experts", "shards", "noise_std", "jitter",
          "logit_dropout", "learned_noise", "expert_dropout", "expert"})
      name += fmt::format("{}{}={}", name.empty() ? "" : " ", key, to_text(find_knob(key)->get(config)));
    for (const AuxLoss loss : kAuxLosses)
      if (config.*coefficient_of(loss) != 0) name += fmt::format(" {}", coefficient_key(loss));
    made.push_back({name, config});
  }
  return made;
}

}  // namespace switchyard
