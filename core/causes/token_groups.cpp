#include "core/causes/token_groups.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace switchyard {
namespace {

void split_text(const ProbeTokens& tokens, std::vector<std::uint8_t>& half) {
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  const std::size_t sequences = half.size() / length;
  std::map<int, std::vector<std::size_t>> of_domain;
  for (std::size_t s = 0; s < sequences; ++s)
    of_domain[tokens.domain.empty() ? -1 : tokens.domain[s * length]].push_back(s);
  for (const auto& [domain, own] : of_domain)
    for (std::size_t i = 0; i < own.size(); ++i)
      for (std::size_t at = 0; at < length; ++at)
        half[own[i] * length + at] = own.size() > 1 ? i % 2 : at >= length / 2;
}

// Groups of one kind by a label of each token, in the order of labels.
void add_groups(TokenGroups& to, GroupKind kind, const std::vector<std::int32_t>& label,
                const std::vector<std::string>& names, const Trial& trial) {
  std::vector<TokenGroup> made(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) made[i].kind = kind, made[i].name = names[i];
  for (std::size_t t = 0; t < trial.size(); ++t) {
    if (std::isnan(trial.loss[t]) || label[t] < 0 || static_cast<std::size_t>(label[t]) >= made.size()) continue;
    TokenGroup& group = made[static_cast<std::size_t>(label[t])];
    group.tokens.push_back(static_cast<std::int32_t>(t));
    ++group.halves[to.half[t]];
  }
  for (TokenGroup& group : made)
    if (!group.tokens.empty()) to.groups.push_back(std::move(group));
}

void add_characters(TokenGroups& to, const Trial& trial) {
  std::map<std::int32_t, std::int32_t> place;
  std::vector<std::string> names;
  std::vector<std::int32_t> label;
  for (std::size_t t = 0; t < trial.size(); ++t) {
    const auto [at, is_new] = place.emplace(trial.tokens->id[t], static_cast<std::int32_t>(names.size()));
    if (is_new) names.push_back(trial.tokens->text[t]);
    label.push_back(at->second);
  }
  const std::size_t before = to.groups.size();
  add_groups(to, GroupKind::character, label, names, trial);
  std::stable_sort(to.groups.begin() + static_cast<std::ptrdiff_t>(before), to.groups.end(),
                   [](const TokenGroup& a, const TokenGroup& b) { return a.tokens.size() > b.tokens.size(); });
}

}  // namespace

std::string_view name_of(GroupKind kind) {
  switch (kind) {
    case GroupKind::domain:
      return "domain";
    case GroupKind::point_class:
      return "class";
    case GroupKind::character:
      return "character";
    case GroupKind::all:
      break;
  }
  return "all";
}

TokenGroups token_groups(const Trial& trial) {
  TokenGroups made;
  made.half.assign(trial.size(), 0);
  made.label.assign(trial.size(), -1);
  if (trial.tokens) {
    split_text(*trial.tokens, made.half);
    made.labels = trial.tokens->domain_names;
    for (std::size_t t = 0; t < trial.tokens->domain.size(); ++t) made.label[t] = trial.tokens->domain[t];
  } else {
    for (std::size_t t = 0; t < made.half.size(); ++t) made.half[t] = t % 2;
    if (trial.points) made.labels = trial.points->class_names, made.label = trial.points->label;
  }
  add_groups(made, GroupKind::all, std::vector<std::int32_t>(trial.size(), 0), {""}, trial);
  add_groups(made, trial.tokens ? GroupKind::domain : GroupKind::point_class, made.label, made.labels, trial);
  if (trial.tokens) add_characters(made, trial);
  return made;
}

HalvedMean mean_of(const std::vector<double>& values, const TokenGroup& group,
                   const std::vector<std::uint8_t>& half) {
  std::array<double, 2> sum{};
  for (const std::int32_t t : group.tokens)
    sum[half[static_cast<std::size_t>(t)]] += values[static_cast<std::size_t>(t)];
  HalvedMean mean;
  mean.all = (sum[0] + sum[1]) / static_cast<double>(group.tokens.size());
  for (std::size_t h = 0; h < 2; ++h)
    if (group.halves[h] > 0) mean.half[h] = sum[h] / static_cast<double>(group.halves[h]);
  return mean;
}

std::vector<double> loss_difference(const Trial& a, const Trial& b) {
  std::vector<double> difference;
  difference.reserve(a.size());
  for (std::size_t t = 0; t < a.size(); ++t)
    difference.push_back(static_cast<double>(b.loss[t]) - static_cast<double>(a.loss[t]));
  return difference;
}

double mean_loss(const Trial& trial) {
  double sum = 0;
  std::int64_t count = 0;
  for (const float loss : trial.loss)
    if (!std::isnan(loss)) sum += loss, ++count;
  return count > 0 ? sum / static_cast<double>(count) : kMissing;
}

double accuracy_of(const Trial& trial) {
  std::int64_t right = 0, count = 0;
  for (std::size_t t = 0; t < trial.size(); ++t) {
    if (trial.target[t] < 0) continue;
    ++count;
    right += trial.predicted[t] == trial.target[t];
  }
  return count > 0 ? static_cast<double>(right) / static_cast<double>(count) : kMissing;
}

}  // namespace switchyard
