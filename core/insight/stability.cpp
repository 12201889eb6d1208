#include "core/insight/stability.h"

#include <algorithm>

namespace switchyard {
namespace {

// Experts of every token where all have as many, else 0.
std::size_t common_k(const Assignments& assignments) {
  const std::size_t tokens = assignments.tokens();
  if (tokens == 0 || assignments.expert.size() % tokens != 0) return 0;
  const std::size_t k = assignments.expert.size() / tokens;
  for (std::size_t t = 0; t < tokens; ++t)
    if (assignments.of(t).size() != k) return 0;
  return k;
}

std::vector<double> shares(const Assignments& assignments) {
  std::vector<double> share(static_cast<std::size_t>(assignments.experts), 0);
  for (const std::int32_t e : assignments.expert)
    share[static_cast<std::size_t>(e)] += 1.0 / static_cast<double>(assignments.tokens());
  return share;
}

}  // namespace

Stability stability(const Assignments& now, const Assignments& reference) {
  Stability made;
  const std::size_t k = common_k(now), tokens = now.tokens();
  if (k == 0 || tokens != reference.tokens() || k != common_k(reference)) return made;
  std::int64_t kept = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    const auto before = reference.of(t);
    for (const std::int32_t e : now.of(t)) kept += std::find(before.begin(), before.end(), e) != before.end();
  }
  made.saturation = static_cast<double>(kept) / static_cast<double>(tokens * k);
  made.churn = 1 - made.saturation;
  const std::vector<double> a = shares(now), b = shares(reference);
  made.chance = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    made.chance += a[i] * b[i] / static_cast<double>(k);
  return made;
}

bool same_tokens(const Snapshot& a, const Snapshot& b) {
  if (a.tokens && b.tokens)
    return a.tokens == b.tokens || (!a.tokens->id.empty() && a.tokens->id == b.tokens->id &&
                                    a.tokens->sequence_length == b.tokens->sequence_length);
  if (a.points && b.points)
    return a.points == b.points || (a.points->xy == b.points->xy && a.points->label == b.points->label);
  return false;
}

std::vector<Stability> stability(const Snapshot& now, const Snapshot& reference) {
  std::vector<Stability> layers;
  if (!same_tokens(now, reference) || now.layers.size() != reference.layers.size()) return layers;
  for (std::size_t l = 0; l < now.layers.size(); ++l)
    layers.push_back(stability(assignments_of(now.layers[l]), assignments_of(reference.layers[l])));
  return layers;
}

Repetition repetition(const Assignments& assignments, std::int32_t sequence_length) {
  Repetition made;
  const std::size_t tokens = assignments.tokens();
  if (sequence_length < 2 || tokens == 0) return made;
  std::vector<double> first(static_cast<std::size_t>(assignments.experts), 0);
  std::int64_t same = 0, counted = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    const auto here = assignments.of(t);
    if (here.empty()) continue;
    ++first[static_cast<std::size_t>(here.front())];
    ++counted;
    if (t + 1 == tokens || (t + 1) % static_cast<std::size_t>(sequence_length) == 0) continue;
    const auto next = assignments.of(t + 1);
    if (next.empty()) continue;
    ++made.pairs;
    same += here.front() == next.front();
  }
  if (made.pairs == 0) return made;
  made.share = static_cast<double>(same) / static_cast<double>(made.pairs);
  made.chance = 0;
  for (const double c : first) made.chance += c * c / static_cast<double>(counted) / static_cast<double>(counted);
  return made;
}

}  // namespace switchyard
