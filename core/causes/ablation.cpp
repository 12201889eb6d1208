#include "core/causes/ablation.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/random.h"
#include "core/compare/t_test.h"

namespace switchyard {
namespace {

using Experts = std::vector<std::int32_t>;

bool has(const Experts& experts, std::int32_t expert) {
  return std::find(experts.begin(), experts.end(), expert) != experts.end();
}

// Kept choices of these experts (or of the others), as t k + j.
std::vector<std::size_t> choices_of_experts(const TrialLayer& layer, const Experts& experts, bool others,
                                            std::int32_t except) {
  std::vector<std::size_t> found;
  for (std::size_t a = 0; a < layer.expert.size(); ++a)
    if (layer.kept[a] && has(experts, layer.expert[a]) != others && layer.expert[a] != except) found.push_back(a);
  return found;
}

std::int32_t busiest_but(const TrialLayer& layer, const Experts& experts) {
  std::vector<std::int64_t> count(static_cast<std::size_t>(layer.experts), 0);
  for (const std::int32_t expert : layer.expert) ++count[static_cast<std::size_t>(expert)];
  std::int32_t best = -1;
  for (std::int32_t e = 0; e < layer.experts; ++e)
    if (!has(experts, e) &&
        (best < 0 || count[static_cast<std::size_t>(e)] > count[static_cast<std::size_t>(best)]))
      best = e;
  return best;
}

LayerIntervention without(const Experts& experts, std::int32_t count, AblationMode mode, std::int32_t stand_in) {
  LayerIntervention asked;
  const auto n = static_cast<std::size_t>(count);
  std::vector<std::uint8_t> flags(n, experts.empty() ? 1 : 0);
  for (const std::int32_t expert : experts) flags[static_cast<std::size_t>(expert)] = 1;
  if (mode == AblationMode::silence) asked.silenced = flags;
  if (mode == AblationMode::around) asked.banned = flags;
  if (mode == AblationMode::stand_in)
    for (std::size_t e = 0; e < n; ++e)
      asked.stand_in.push_back(flags[e] ? stand_in : static_cast<std::int32_t>(e));
  return asked;
}

// The same done to single choices.
LayerIntervention without_choices(const std::vector<std::size_t>& choices, const TrialLayer& layer,
                                  AblationMode mode, std::int32_t stand_in) {
  LayerIntervention asked;
  const auto n = static_cast<std::size_t>(layer.experts), k = static_cast<std::size_t>(layer.top_k);
  if (mode == AblationMode::silence) {
    asked.silenced_choices.assign(layer.expert.size(), 0);
    for (const std::size_t a : choices) asked.silenced_choices[a] = 1;
  } else if (mode == AblationMode::around) {
    asked.banned_of_token.assign(layer.expert.size() / k * n, 0);
    // As many as leave a token k to choose from.
    std::vector<std::size_t> of_token(layer.expert.size() / k, 0);
    for (const std::size_t a : choices)
      if (of_token[a / k]++ < n - k)
        asked.banned_of_token[a / k * n + static_cast<std::size_t>(layer.expert[a])] = 1;
  } else {
    asked.stand_in_choices.assign(layer.expert.size(), -1);
    for (const std::size_t a : choices) asked.stand_in_choices[a] = stand_in;
  }
  return asked;
}

// `count` of them, the first of a shuffle.
std::vector<std::size_t> drawn(std::vector<std::size_t> from, std::size_t count, RandomStream& random) {
  for (std::size_t i = 0; i < count; ++i) std::swap(from[i], from[i + random.below(from.size() - i)]);
  from.resize(count);
  return from;
}

bool large_enough(const TokenGroup& group) {
  return group.halves[0] >= kLeastTokens && group.halves[1] >= kLeastTokens;
}

// Whether a half alone says so; `level`: the chance to say so where there is nothing.
bool stands_out(const GroupEffect& found, std::size_t half, int draws, double level) {
  const double effect = found.effect.half[half], control = found.control.half[half],
               spread = found.spread.half[half];
  // Of one more draw, where it and the others are of one normal distribution.
  const TTest next{effect - control, spread * std::sqrt(1 + 1.0 / draws), static_cast<double>(draws - 1), 1};
  const double room = spread > 0 ? half_width(next, 2 * level) : 0;
  return effect >= kLeastEffect && effect > found.highest.half[half] && effect >= kLeastRatio * control &&
         effect - control > room;
}

double part_of_mean(const HalvedMean& mean, std::size_t part) {
  return part == 0 ? mean.all : mean.half[part - 1];
}
double& part_of_mean(HalvedMean& mean, std::size_t part) { return part == 0 ? mean.all : mean.half[part - 1]; }

// Mean, largest and sample standard deviation of the draws of one group.
void note_controls(GroupEffect& to, const std::vector<std::vector<HalvedMean>>& draws, std::size_t group) {
  const auto count = static_cast<double>(draws.size());
  for (std::size_t part = 0; part < 3; ++part) {
    double sum = 0, squares = 0, highest = -std::numeric_limits<double>::infinity();
    for (const auto& draw : draws) {
      const double value = part_of_mean(draw[group], part);
      sum += value;
      highest = std::max(highest, value);
    }
    for (const auto& draw : draws) squares += std::pow(part_of_mean(draw[group], part) - sum / count, 2);
    part_of_mean(to.control, part) = sum / count;
    part_of_mean(to.highest, part) = std::isnan(sum) ? kMissing : highest;
    part_of_mean(to.spread, part) = draws.size() > 1 ? std::sqrt(squares / (count - 1)) : kMissing;
  }
}

class Ablation {
 public:
  Ablation(const AblationRequest& request, Trials& trials, Trial plain)
      : request_(request), trials_(trials), plain_(std::move(plain)), groups_(token_groups(plain_)) {}

  Result<AblationReport> run() {
    const auto layers = static_cast<std::int32_t>(plain_.layers.size());
    std::vector<std::int32_t> asked = request_.layers;
    if (asked.empty())
      for (std::int32_t l = 0; l < layers; ++l) asked.push_back(l);
    for (const std::int32_t l : asked) {
      if (l < 0 || l >= layers)
        return usage_error(fmt::format("layer {}: the model has MoE layers 0 to {}", l, layers - 1));
      if (auto good = plan_layer(l); !good) return good.error();
    }
    AblationReport report;
    report.loss = mean_loss(plain_);
    report.accuracy = accuracy_of(plain_);
    report.tokens = groups_.groups.empty() ? 0 : static_cast<std::int64_t>(groups_.groups.front().tokens.size());
    report.draws = request_.draws;
    for (const Ablated& row : rows_) trials_.plan(1 + (row.drawn > 0 ? request_.draws : 0));
    for (Ablated& row : rows_)
      if (auto done = measure(row); !done) return done.error();
    report.compared = label_rows();
    report.groups = std::move(groups_);
    report.rows = std::move(rows_);
    return report;
  }

 private:
  Result<void> plan_layer(std::int32_t l) {
    const TrialLayer& layer = plain_.layers[static_cast<std::size_t>(l)];
    std::vector<Experts> sets;
    if (!request_.experts.empty()) sets.push_back(request_.experts);
    else
      for (std::int32_t e = 0; e < layer.experts; ++e) sets.push_back({e});
    for (const Experts& set : sets) {
      for (const std::int32_t e : set)
        if (e < 0 || e >= layer.experts)
          return usage_error(fmt::format("expert {}: layer {} has experts 0 to {}", e, l, layer.experts - 1));
      for (const AblationMode mode : request_.modes) {
        Ablated row = row_of(l, set, mode);
        if (mode == AblationMode::stand_in) {
          row.stand_in = request_.stand_in >= 0 ? request_.stand_in : busiest_but(layer, set);
          // One does not stand in for itself.
          if (has(set, row.stand_in) && sets.size() > 1) continue;
          if (row.stand_in < 0 || row.stand_in >= layer.experts || has(set, row.stand_in))
            return usage_error(fmt::format("stand-in {}: allowed is an expert of 0 to {} that stays", row.stand_in,
                                           layer.experts - 1));
        }
        row.contributions = static_cast<std::int64_t>(choices_of_experts(layer, set, false, -1).size());
        row.drawn = std::min(row.contributions,
                             static_cast<std::int64_t>(choices_of_experts(layer, set, true, row.stand_in).size()));
        rows_.push_back(std::move(row));
      }
    }
    if (request_.whole_layers) {
      Ablated row = row_of(l, {}, AblationMode::silence);
      row.contributions = std::count(layer.kept.begin(), layer.kept.end(), 1);
      rows_.push_back(std::move(row));
    }
    return {};
  }

  Ablated row_of(std::int32_t l, const Experts& experts, AblationMode mode) const {
    Ablated row;
    row.layer = l;
    row.block = plain_.layers[static_cast<std::size_t>(l)].block;
    row.experts = experts;
    row.mode = mode;
    return row;
  }

  Result<std::vector<HalvedMean>> effects_of(std::int32_t l, LayerIntervention asked) {
    Intervention intervention;
    intervention.layer(static_cast<std::size_t>(l)) = std::move(asked);
    const auto trial = trials_.run(intervention);
    if (!trial) return trial.error();
    const std::vector<double> difference = loss_difference(plain_, *trial);
    std::vector<HalvedMean> means;
    for (const TokenGroup& group : groups_.groups) means.push_back(mean_of(difference, group, groups_.half));
    return means;
  }

  Result<void> measure(Ablated& row) {
    const TrialLayer& layer = plain_.layers[static_cast<std::size_t>(row.layer)];
    const auto own = effects_of(row.layer, without(row.experts, layer.experts, row.mode, row.stand_in));
    if (!own) return own.error();
    for (const HalvedMean& effect : *own) row.effects.push_back({effect, {}, {}, {}, false});
    if (row.drawn == 0 || request_.draws <= 0) return {};
    const std::vector<std::size_t> others = choices_of_experts(layer, row.experts, true, row.stand_in);
    // The same draws for every mode.
    RandomStream random(request_.seed, fmt::format("ablation {} {}", row.layer, row.experts.front()));
    std::vector<std::vector<HalvedMean>> draws;
    for (int draw = 0; draw < request_.draws; ++draw) {
      const auto choices = drawn(others, static_cast<std::size_t>(row.drawn), random);
      auto control = effects_of(row.layer, without_choices(choices, layer, row.mode, row.stand_in));
      if (!control) return control.error();
      draws.push_back(std::move(*control));
    }
    for (std::size_t g = 0; g < row.effects.size(); ++g) note_controls(row.effects[g], draws, g);
    return {};
  }

  // Whether labels are tried for: a control as large as what is taken out, and draws to tell its spread.
  bool can_label(const Ablated& row) const {
    return row.drawn > 0 && row.drawn == row.contributions && request_.draws > 1;
  }

  // All rows and groups are one family; both halves must stand out, so each at the root of a comparison's share.
  std::int64_t label_rows() {
    const auto large = std::count_if(groups_.groups.begin(), groups_.groups.end(), large_enough);
    const std::int64_t compared =
        large * std::count_if(rows_.begin(), rows_.end(), [&](const Ablated& row) { return can_label(row); });
    if (compared == 0) return 0;
    const double level = std::sqrt(kFamilyLevel / static_cast<double>(compared));
    for (Ablated& row : rows_)
      for (std::size_t g = 0; can_label(row) && g < row.effects.size(); ++g)
        row.effects[g].labelled = large_enough(groups_.groups[g]) &&
                                  stands_out(row.effects[g], 0, request_.draws, level) &&
                                  stands_out(row.effects[g], 1, request_.draws, level);
    return compared;
  }

  const AblationRequest& request_;
  Trials& trials_;
  const Trial plain_;
  TokenGroups groups_;
  std::vector<Ablated> rows_;
};

}  // namespace

std::string_view name_of(AblationMode mode) {
  switch (mode) {
    case AblationMode::around:
      return "around";
    case AblationMode::stand_in:
      return "stand-in";
    case AblationMode::silence:
      break;
  }
  return "silence";
}

Result<AblationReport> ablate(const AblationRequest& request, Trials& trials) {
  trials.plan(1);
  auto plain = trials.run({});
  if (!plain) return plain.error();
  if (plain->layers.empty()) return usage_error("this model has no MoE layer: there is nothing to take out");
  return Ablation(request, trials, std::move(*plain)).run();
}

}  // namespace switchyard
