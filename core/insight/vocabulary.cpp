#include "core/insight/vocabulary.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/base/random.h"

namespace switchyard {
namespace {

// Tokens that take part, with ids renumbered in the order of their first appearance.
struct Occurrences {
  std::vector<std::size_t> token;
  std::vector<std::size_t> id;      // renumbered
  std::vector<std::size_t> first;   // [ids] a token with that id
  std::vector<std::int64_t> count;  // [ids]
};

Occurrences occurrences_of(const Assignments& assignments, const ProbeTokens& tokens, const Among& among) {
  Occurrences made;
  if (tokens.id.size() != assignments.tokens()) return made;
  std::vector<std::size_t> number;  // by id, one too high
  const bool all = among.size() != tokens.id.size();
  for (std::size_t t = 0; t < tokens.id.size(); ++t) {
    if (!all && among[t] == 0) continue;
    const auto id = static_cast<std::size_t>(tokens.id[t]);
    if (id >= number.size()) number.resize(id + 1, 0);
    if (number[id] == 0) {
      made.first.push_back(t);
      made.count.push_back(0);
      number[id] = made.first.size();
    }
    made.token.push_back(t);
    made.id.push_back(number[id] - 1);
    ++made.count[number[id] - 1];
  }
  return made;
}

// [ids, experts] how often each id went to each expert.
void count_pairs(const Assignments& assignments, const Occurrences& seen, const std::vector<std::size_t>& id,
                 std::vector<std::int64_t>& counts) {
  const auto n = static_cast<std::size_t>(assignments.experts);
  counts.assign(seen.count.size() * n, 0);
  for (std::size_t i = 0; i < seen.token.size(); ++i)
    for (const std::int32_t e : assignments.of(seen.token[i])) ++counts[id[i] * n + static_cast<std::size_t>(e)];
}

}  // namespace

VocabularySpecialization vocabulary_specialization(const Assignments& assignments, const ProbeTokens& tokens,
                                                   const Among& among, const VocabularyOptions& options) {
  VocabularySpecialization made;
  const Occurrences seen = occurrences_of(assignments, tokens, among);
  const auto n = static_cast<std::ptrdiff_t>(assignments.experts);
  if (seen.token.empty() || n == 0) return made;
  std::vector<std::size_t> shown;
  for (std::size_t x = 0; x < seen.count.size(); ++x)
    if (seen.count[x] >= options.least) shown.push_back(x);
  if (shown.empty()) return made;
  std::stable_sort(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) {
    return seen.count[a] != seen.count[b] ? seen.count[a] > seen.count[b] : tokens.id[seen.first[a]] < tokens.id[seen.first[b]];
  });

  std::vector<std::int64_t> counts;
  const auto best_of = [&](std::size_t x) {
    const auto row = counts.begin() + static_cast<std::ptrdiff_t>(x) * n;
    return std::max_element(row, row + n);
  };
  const auto share_of = [&](std::size_t x) {
    return static_cast<double>(*best_of(x)) / static_cast<double>(seen.count[x]);
  };
  count_pairs(assignments, seen, seen.id, counts);
  for (const std::size_t x : shown) {
    VocabularySpecialization::Token token;
    token.id = tokens.id[seen.first[x]];
    token.text = tokens.text[seen.first[x]];
    token.occurrences = seen.count[x];
    token.expert = static_cast<std::int32_t>((best_of(x) - counts.begin()) % n);
    token.share = share_of(x);
    made.tokens.push_back(std::move(token));
    const auto row = counts.begin() + static_cast<std::ptrdiff_t>(x) * n;
    made.counts.insert(made.counts.end(), row, row + n);
  }
  made.experts = assignments.experts;
  std::vector<std::int64_t> loads(static_cast<std::size_t>(n), 0);
  for (std::size_t i = 0; i < counts.size(); ++i) loads[i % loads.size()] += counts[i];
  for (const std::int64_t load : loads) made.overall.push_back(static_cast<double>(load) / static_cast<double>(seen.token.size()));
  made.even = std::accumulate(made.overall.begin(), made.overall.end(), 0.0) / static_cast<double>(n);

  RandomStream stream(options.seed, "shuffled ids");
  std::vector<std::size_t> id = seen.id;
  const int shuffles = std::max(1, options.shuffles);
  for (int s = 0; s < shuffles; ++s) {
    for (std::size_t i = id.size() - 1; i > 0; --i) std::swap(id[i], id[stream.below(i + 1)]);
    count_pairs(assignments, seen, id, counts);
    for (std::size_t i = 0; i < shown.size(); ++i) made.tokens[i].chance += share_of(shown[i]) / shuffles;
  }

  made.share = made.chance = 0;
  for (const auto& token : made.tokens) {
    made.share += token.share / static_cast<double>(made.tokens.size());
    made.chance += token.chance / static_cast<double>(made.tokens.size());
  }
  if (made.chance < 1 - 1e-12) made.value = (made.share - made.chance) / (1 - made.chance);
  return made;
}

std::vector<TokenOfExpert> top_tokens(const Assignments& assignments, const ProbeTokens& tokens,
                                      std::int32_t expert, TopBy by, std::size_t limit, const Among& among,
                                      std::int64_t least) {
  std::vector<TokenOfExpert> found;
  const Occurrences seen = occurrences_of(assignments, tokens, among);
  if (seen.token.empty() || expert < 0 || expert >= assignments.experts) return found;
  std::vector<std::int64_t> mine(seen.count.size(), 0);
  std::int64_t load = 0;
  for (std::size_t i = 0; i < seen.token.size(); ++i) {
    const auto experts = assignments.of(seen.token[i]);
    if (std::find(experts.begin(), experts.end(), expert) == experts.end()) continue;
    ++mine[seen.id[i]];
    ++load;
  }
  const double share = static_cast<double>(load) / static_cast<double>(seen.token.size());
  for (std::size_t x = 0; x < mine.size(); ++x) {
    if (mine[x] == 0) continue;
    const auto occurrences = static_cast<double>(seen.count[x]);
    TokenOfExpert token{tokens.id[seen.first[x]], tokens.text[seen.first[x]], mine[x], seen.count[x], 0, 0};
    token.lift = static_cast<double>(mine[x]) / (occurrences * share);
    const double deviation = std::sqrt(occurrences * share * (1 - share));
    token.z = deviation > 0 ? (static_cast<double>(mine[x]) - occurrences * share) / deviation : 0;
    if (by != TopBy::count && (token.occurrences < least || token.lift <= 1)) continue;
    found.push_back(std::move(token));
  }
  std::sort(found.begin(), found.end(), [by](const TokenOfExpert& a, const TokenOfExpert& b) {
    if (by == TopBy::lift && a.lift != b.lift) return a.lift > b.lift;
    if (by == TopBy::surprise && a.z != b.z) return a.z > b.z;
    if (a.count != b.count) return a.count > b.count;
    return a.occurrences != b.occurrences ? a.occurrences > b.occurrences : a.id < b.id;
  });
  if (found.size() > limit) found.resize(limit);
  return found;
}

}  // namespace switchyard
