#include "core/insight/expert_profile.h"

#include <algorithm>
#include <cmath>

#include "core/insight/co_activation.h"
#include "core/insight/specialization.h"

namespace switchyard {
namespace {

// Of a recording weights may be missing.
float known(float weight) { return std::isnan(weight) ? 0 : weight; }

// Tokens the expert has, with their weight, the heaviest first; equals in the order of the text.
struct Held {
  std::size_t token = 0;
  float weight = 0;
};
std::vector<Held> held_tokens(const ProbeLayer& layer, const Assignments& assignments, std::int32_t expert, const Among& among) {
  std::vector<Held> held;
  const auto ranked = static_cast<std::size_t>(layer.ranked), k = static_cast<std::size_t>(layer.top_k);
  const bool all = among.size() != assignments.tokens();
  for (std::size_t t = 0; t < assignments.tokens(); ++t) {
    const auto experts = assignments.of(t);
    if ((!all && among[t] == 0) || std::find(experts.begin(), experts.end(), expert) == experts.end()) continue;
    float weight = 0;
    for (std::size_t r = 0; r < k && r < ranked; ++r)
      if (layer.expert[t * ranked + r] == expert && t * k + r < layer.weight.size())
        weight = layer.weight[t * k + r];
    held.push_back({t, weight});
  }
  std::stable_sort(held.begin(), held.end(),
                   [](const Held& a, const Held& b) { return known(a.weight) > known(b.weight); });
  return held;
}

void add_examples(const Snapshot& look, const std::vector<Held>& held, std::size_t limit, ExpertProfile& profile) {
  const std::size_t length = look.tokens ? static_cast<std::size_t>(std::max(1, look.tokens->sequence_length)) : 0;
  const auto apart = [&](std::size_t token) {
    if (length == 0) return std::find(profile.examples.begin(), profile.examples.end(), token) == profile.examples.end();
    return std::none_of(profile.examples.begin(), profile.examples.end(), [&](std::size_t other) {
      const std::size_t between = other > token ? other - token : token - other;
      return other / length == token / length && between < ExpertProfile::kApart;
    });
  };
  const auto take = [&](const Held& one) {
    profile.examples.push_back(one.token);
    profile.example_weight.push_back(one.weight);
  };
  for (const TokenOfExpert& top : profile.top) {
    if (profile.examples.size() >= limit) return;
    const auto found = std::find_if(held.begin(), held.end(), [&](const Held& one) {
      return look.tokens->id[one.token] == top.id && apart(one.token);
    });
    if (found != held.end()) take(*found);
  }
  for (const Held& one : held) {
    if (profile.examples.size() >= limit) return;
    if (apart(one.token)) take(one);
  }
}

// Mean of the finite ones among a look's losses.
template <class Takes>
double mean_loss(const std::vector<float>& loss, Takes takes) {
  double sum = 0;
  std::int64_t count = 0;
  for (std::size_t t = 0; t < loss.size(); ++t)
    if (takes(t) && std::isfinite(loss[t])) sum += static_cast<double>(loss[t]), ++count;
  return count > 0 ? sum / static_cast<double>(count) : kMissing;
}

void add_partners(const CoActivation& pairs, const ProfileOptions& options, ExpertProfile& profile) {
  if (pairs.empty() || !std::isfinite(pairs.chance)) return;
  profile.partner_chance = pairs.chance;
  for (std::int32_t other = 0; other < pairs.experts; ++other) {
    const std::size_t at = pairs.at(profile.expert, other);
    if (other == profile.expert || pairs.pairs[at] < options.least_together || !std::isfinite(pairs.lift[at])) continue;
    profile.partners.push_back({other, pairs.pairs[at], pairs.share[at], pairs.lift[at]});
  }
  std::stable_sort(profile.partners.begin(), profile.partners.end(), [](const auto& a, const auto& b) { return a.lift > b.lift; });
  if (profile.partners.size() > options.partners) profile.partners.resize(options.partners);
}

}  // namespace

ExpertProfile expert_profile(const Snapshot& look, std::size_t layer_index, std::int32_t expert, LabelKind kind, const Among& among,
                             const ProfileOptions& options) {
  const ProbeLayer& layer = look.layers[layer_index];
  ExpertProfile profile;
  profile.expert = expert;
  profile.experts = layer.experts;
  const Assignments assignments = assignments_of(layer);
  const std::size_t tokens = assignments.tokens();
  if (tokens == 0) return profile;
  const bool all = among.size() != tokens;
  const auto takes_part = [&](std::size_t t) { return all || among[t] != 0; };
  std::int64_t given = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    if (!takes_part(t)) continue;
    ++profile.tokens;
    given += static_cast<std::int64_t>(assignments.of(t).size());
  }
  if (profile.tokens == 0) return profile;
  const std::vector<Held> held = held_tokens(layer, assignments, expert, among);
  profile.had = static_cast<std::int64_t>(held.size());
  const auto total = static_cast<double>(profile.tokens);
  profile.share = static_cast<double>(profile.had) / total;
  profile.chance = static_cast<double>(given) / total / layer.experts;

  std::vector<std::uint8_t> mine(tokens, 0);
  for (const Held& one : held) mine[one.token] = 1;
  profile.loss = mean_loss(look.token_loss, [&](std::size_t t) { return t < tokens && mine[t] != 0; });
  profile.loss_of_all = mean_loss(look.token_loss, [&](std::size_t t) { return t < tokens && takes_part(t); });

  if (look.tokens) profile.top = top_tokens(assignments, *look.tokens, expert, TopBy::surprise, options.top, among, options.least_occurrences);
  add_examples(look, held, options.examples, profile);

  const Labels labels = only(labels_of(look, kind), among);
  const Specialization columns = specialization(assignments, labels);
  for (std::int32_t d = 0; !columns.empty() && d < columns.labels; ++d) {
    const auto row = static_cast<std::size_t>(d);
    const std::size_t at = row * static_cast<std::size_t>(columns.experts) + static_cast<std::size_t>(expert);
    if (columns.tokens[row] == 0) continue;
    profile.labels.push_back({labels.names[row], row, columns.tokens[row], columns.counts[at], columns.share[at], columns.lift[at]});
  }
  add_partners(co_activation(assignments, among), options, profile);
  return profile;
}

WeightProfile weight_profile(const ExpertCards& cards, std::int32_t expert, std::size_t alike) {
  WeightProfile profile;
  if (cards.empty() || expert < 0 || expert >= cards.experts) return profile;
  const auto n = static_cast<std::size_t>(cards.experts), own = static_cast<std::size_t>(expert);
  if (cards.norm.size() < n) return profile;
  profile.norm = static_cast<double>(cards.norm[own]);
  profile.rank = 1;
  double norms = 0, cosines = 0;
  const bool compares = cards.similarity.size() >= n * n;
  for (std::size_t other = 0; other < n; ++other) {
    if (other == own) continue;
    norms += static_cast<double>(cards.norm[other]);
    if (cards.norm[other] > cards.norm[own]) ++profile.rank;
    if (!compares) continue;
    const float cosine = cards.similarity[own * n + other];
    cosines += static_cast<double>(cosine);
    profile.alike.push_back({static_cast<std::int32_t>(other), cosine});
  }
  if (n > 1) profile.mean_of_others = norms / static_cast<double>(n - 1);
  if (n > 1 && compares) profile.mean_cosine = cosines / static_cast<double>(n - 1);
  std::stable_sort(profile.alike.begin(), profile.alike.end(), [](const auto& a, const auto& b) { return a.cosine > b.cosine; });
  if (profile.alike.size() > alike) profile.alike.resize(alike);
  return profile;
}

}  // namespace switchyard
