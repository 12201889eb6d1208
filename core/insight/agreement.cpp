#include "core/insight/agreement.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/base/random.h"

namespace switchyard {
namespace {

double entropy(const std::vector<double>& masses, double total) {
  double sum = 0;
  for (const double m : masses)
    if (m > 0) sum -= m / total * std::log(m / total);
  return sum;
}

double pairs(double n) { return n * (n - 1) / 2; }

// What takes part: tokens with a label and at least one expert.
struct Sample {
  std::vector<std::size_t> token;
  std::vector<std::int32_t> label;  // renumbered: those in use
  std::size_t labels = 0;
};

Sample sample_of(const Assignments& assignments, const Labels& labels) {
  Sample sample;
  std::vector<std::int32_t> number(labels.names.size(), -1);
  for (std::size_t t = 0; t < assignments.tokens(); ++t) {
    const std::int32_t label = labels.of[t];
    if (label < 0 || static_cast<std::size_t>(label) >= number.size() || assignments.of(t).empty()) continue;
    std::int32_t& own = number[static_cast<std::size_t>(label)];
    if (own < 0) own = static_cast<std::int32_t>(sample.labels++);
    sample.token.push_back(t);
    sample.label.push_back(own);
  }
  return sample;
}

// H(E, Y) of the joint distribution under `label`, which may be permuted.
double joint_entropy(const Assignments& assignments, const Sample& sample, const std::vector<std::int32_t>& label,
                     std::vector<double>& table) {
  std::fill(table.begin(), table.end(), 0.0);
  for (std::size_t i = 0; i < sample.token.size(); ++i) {
    const auto experts = assignments.of(sample.token[i]);
    const double weight = 1.0 / static_cast<double>(experts.size());
    for (const std::int32_t e : experts)
      table[static_cast<std::size_t>(e) * sample.labels + static_cast<std::size_t>(label[i])] += weight;
  }
  return entropy(table, static_cast<double>(sample.token.size()));
}

double adjusted_rand(const Assignments& assignments, const Sample& sample) {
  const auto n = static_cast<std::size_t>(assignments.experts);
  std::vector<double> table(n * sample.labels), by_expert(n), by_label(sample.labels);
  for (std::size_t i = 0; i < sample.token.size(); ++i) {
    const auto e = static_cast<std::size_t>(assignments.of(sample.token[i]).front());
    const auto y = static_cast<std::size_t>(sample.label[i]);
    ++table[e * sample.labels + y];
    ++by_expert[e];
    ++by_label[y];
  }
  double both = 0, experts = 0, labels = 0;
  for (const double c : table) both += pairs(c);
  for (const double c : by_expert) experts += pairs(c);
  for (const double c : by_label) labels += pairs(c);
  const double expected = experts * labels / pairs(static_cast<double>(sample.token.size()));
  const double most = (experts + labels) / 2;
  // One expert or one label, or every token its own: nothing to adjust for.
  return most > expected ? (both - expected) / (most - expected) : kMissing;
}

}  // namespace

Agreement agreement(const Assignments& assignments, const Labels& labels, const AgreementOptions& options) {
  Agreement made;
  if (assignments.tokens() == 0 || labels.of.size() != assignments.tokens()) return made;
  const Sample sample = sample_of(assignments, labels);
  made.tokens = static_cast<std::int64_t>(sample.token.size());
  if (sample.labels < 2 || sample.token.size() < 2) return made;

  const auto total = static_cast<double>(sample.token.size());
  std::vector<double> by_expert(static_cast<std::size_t>(assignments.experts)), by_label(sample.labels);
  std::vector<bool> first(by_expert.size());
  for (std::size_t i = 0; i < sample.token.size(); ++i) {
    const auto experts = assignments.of(sample.token[i]);
    for (const std::int32_t e : experts)
      by_expert[static_cast<std::size_t>(e)] += 1.0 / static_cast<double>(experts.size());
    ++by_label[static_cast<std::size_t>(sample.label[i])];
    first[static_cast<std::size_t>(experts.front())] = true;
  }
  if (std::count(first.begin(), first.end(), true) > 1) made.ari = adjusted_rand(assignments, sample);

  if (std::count_if(by_expert.begin(), by_expert.end(), [](double m) { return m > 0; }) < 2) return made;
  const double apart = entropy(by_expert, total) + entropy(by_label, total);
  std::vector<double> table(by_expert.size() * sample.labels);
  made.information = apart - joint_entropy(assignments, sample, sample.label, table);
  made.raw_nmi = made.information / (apart / 2);

  RandomStream stream(options.seed, "permuted labels");
  std::vector<std::int32_t> label = sample.label;
  double sum = 0;
  for (int p = 0; p < options.permutations; ++p) {
    for (std::size_t i = label.size() - 1; i > 0; --i) std::swap(label[i], label[stream.below(i + 1)]);
    sum += apart - joint_entropy(assignments, sample, label, table);
  }
  if (options.permutations <= 0) return made;
  made.permutations = options.permutations;
  made.chance = sum / options.permutations;
  // Nothing to gain where chance alone explains everything.
  const double room = apart / 2 - made.chance;
  if (room > 1e-12) made.nmi = (made.information - made.chance) / room;
  return made;
}

}  // namespace switchyard
