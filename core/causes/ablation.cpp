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
  for (std::size_t a = 0; a < layer.expert.size(); ++a)
    if (is_choice(layer, a)) ++count[static_cast<std::size_t>(layer.expert[a])];
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
    for (const std::size_t a : choices)
      asked.banned_of_token[a / k * n + static_cast<std::size_t>(layer.expert[a])] = 1;
  } else {
    asked.stand_in_choices.assign(layer.expert.size(), -1);
    for (const std::size_t a : choices) asked.stand_in_choices[a] = stand_in;
  }
  return asked;
}

// `count` of them, the first of a shuffle that no token has more than `of_one` of.
std::vector<std::size_t> drawn(std::vector<std::size_t> from, std::size_t count, const TrialLayer& layer,
                               std::int64_t of_one, RandomStream& random) {
  const auto k = static_cast<std::size_t>(layer.top_k);
  std::vector<std::int64_t> of_token(layer.expert.size() / k, 0);
  std::vector<std::size_t> taken;
  for (std::size_t i = 0; i < from.size() && taken.size() < count; ++i) {
    std::swap(from[i], from[i + random.below(from.size() - i)]);
    if (of_token[from[i] / k]++ < of_one) taken.push_back(from[i]);
  }
  return taken;
}

// How many of them there are where no token can have more than `of_one`.
std::int64_t at_most_of_token(const std::vector<std::size_t>& choices, const TrialLayer& layer,
                              std::int64_t of_one) {
  const auto k = static_cast<std::size_t>(layer.top_k);
  std::vector<std::int64_t> of_token(layer.expert.size() / k, 0);
  return std::count_if(choices.begin(), choices.end(), [&](std::size_t a) { return of_token[a / k]++ < of_one; });
}

bool large_enough(const TokenGroup& group, const GroupEffect& found) {
  const auto enough = [](const std::array<std::int64_t, 2>& halves, std::int64_t least) {
    return halves[0] >= least && halves[1] >= least;
  };
  return enough(group.halves, kLeastTokens) && enough(found.own, kLeastOwn);
}

// Whether the tokens of the group choose those experts more often than the others do, in each half. `most`: how
// many of them a token can choose.
bool is_sent_there(const TokenGroup& group, const GroupEffect& found, const TokenGroup& all,
                   const GroupEffect& of_all, double most) {
  for (std::size_t half = 0; half < 2; ++half) {
    const double inside = most * static_cast<double>(group.halves[half]),
                 outside = most * static_cast<double>(all.halves[half]) - inside;
    if (inside <= 0 || outside <= 0) return false;
    const auto own = static_cast<double>(found.own[half]), others = static_cast<double>(of_all.own[half]) - own;
    const double pooled = (own + others) / (inside + outside);
    const double error = std::sqrt(pooled * (1 - pooled) * (1 / inside + 1 / outside));
    const double more = own / inside - others / outside;
    if (more <= 0 || more < kLeastChosen * error) return false;
  }
  return true;
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
        if (mode == AblationMode::around && left_without(l, set) < fewest_left()) {
          if (sets.size() > 1 && request_.modes.size() > 1) continue;
          return usage_error(
              fmt::format("layer {}: {} experts would be left to go around to, allowed is at least {}", l,
                          left_without(l, set), fewest_left()));
        }
        if (mode == AblationMode::stand_in) {
          row.stand_in = request_.stand_in >= 0 ? request_.stand_in : busiest_but(layer, set);
          // One does not stand in for itself.
          if (has(set, row.stand_in) && sets.size() > 1) continue;
          if (row.stand_in < 0 || row.stand_in >= layer.experts || has(set, row.stand_in))
            return usage_error(fmt::format("stand-in {}: allowed is an expert of 0 to {} that stays", row.stand_in,
                                           layer.experts - 1));
        }
        row.contributions = static_cast<std::int64_t>(choices_of_experts(layer, set, false, -1).size());
        row.drawn = std::min(
            row.contributions,
            at_most_of_token(choices_of_experts(layer, set, true, row.stand_in), layer, most_of_token(row)));
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

  bool is_muted(std::int32_t l, std::int32_t expert) const {
    const auto layer = static_cast<std::size_t>(l), e = static_cast<std::size_t>(expert);
    return layer < request_.muted.size() && e < request_.muted[layer].size() && request_.muted[layer][e] != 0;
  }
  // Experts that tokens can still choose among.
  std::int64_t left_without(std::int32_t l, const Experts& experts) const {
    std::int64_t left = 0;
    for (std::int32_t e = 0; e < plain_.layers[static_cast<std::size_t>(l)].experts; ++e)
      left += !is_muted(l, e) && !has(experts, e);
    return left;
  }
  std::int64_t fewest_left() const {
    return request_.tokens_choose && !plain_.layers.empty() ? plain_.layers.front().top_k : 1;
  }
  // Choices that a control can take of one token.
  std::int64_t most_of_token(const Ablated& row) const {
    const std::int64_t k = plain_.layers[static_cast<std::size_t>(row.layer)].top_k;
    return row.mode == AblationMode::around ? std::clamp<std::int64_t>(left_without(row.layer, {}) - k, 0, k) : k;
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
    for (const HalvedMean& effect : *own) row.effects.push_back({effect, {}, {}, {}, {}, false, false});
    note_own(row, layer);
    if (row.drawn == 0 || request_.draws <= 0) return {};
    const std::vector<std::size_t> others = choices_of_experts(layer, row.experts, true, row.stand_in);
    // The same draws for every mode.
    RandomStream random(request_.seed, fmt::format("ablation {} {}", row.layer, row.experts.front()));
    std::vector<std::vector<HalvedMean>> draws;
    for (int draw = 0; draw < request_.draws; ++draw) {
      const auto choices = drawn(others, static_cast<std::size_t>(row.drawn), layer, most_of_token(row), random);
      auto control = effects_of(row.layer, without_choices(choices, layer, row.mode, row.stand_in));
      if (!control) return control.error();
      draws.push_back(std::move(*control));
    }
    for (std::size_t g = 0; g < row.effects.size(); ++g) note_controls(row.effects[g], draws, g);
    return {};
  }

  // What the experts themselves add to each group, in each half.
  void note_own(Ablated& row, const TrialLayer& layer) const {
    if (row.experts.empty()) return;
    std::vector<std::int64_t> of_token(plain_.size(), 0);
    for (const std::size_t a : choices_of_experts(layer, row.experts, false, -1))
      ++of_token[a / static_cast<std::size_t>(layer.top_k)];
    for (std::size_t g = 0; g < row.effects.size(); ++g)
      for (const std::int32_t t : groups_.groups[g].tokens)
        row.effects[g].own[groups_.half[static_cast<std::size_t>(t)]] += of_token[static_cast<std::size_t>(t)];
  }

  // Whether labels are tried for: a control as large as what is taken out, and draws enough to tell its spread.
  bool can_label(const Ablated& row) const { return row.has_control() && request_.draws >= kLeastDraws; }

  bool may_be_labelled(const Ablated& row, std::size_t g) const {
    const TokenGroup& all = groups_.groups.front();
    const std::size_t most = std::min(
        row.experts.size(), static_cast<std::size_t>(plain_.layers[static_cast<std::size_t>(row.layer)].top_k));
    return large_enough(groups_.groups[g], row.effects[g]) &&
           is_sent_there(groups_.groups[g], row.effects[g], all, row.effects.front(), static_cast<double>(most));
  }

  // All rows and groups are one family; both halves must stand out, so each at the root of a comparison's share.
  std::int64_t label_rows() {
    std::int64_t compared = 0;
    for (Ablated& row : rows_)
      for (std::size_t g = 0; can_label(row) && g < row.effects.size(); ++g)
        compared += row.effects[g].tested = may_be_labelled(row, g);
    if (compared == 0) return 0;
    const double level = std::sqrt(kFamilyLevel / static_cast<double>(compared));
    for (Ablated& row : rows_)
      for (GroupEffect& effect : row.effects)
        effect.labelled = effect.tested && stands_out(effect, 0, request_.draws, level) &&
                          stands_out(effect, 1, request_.draws, level);
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
