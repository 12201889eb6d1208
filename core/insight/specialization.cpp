#include "core/insight/specialization.h"

namespace switchyard {

Specialization specialization(const Assignments& assignments, const Labels& labels) {
  Specialization made;
  const std::size_t tokens = assignments.tokens();
  if (tokens == 0 || !labels.known() || labels.of.size() != tokens) return made;
  made.labels = static_cast<std::int32_t>(labels.names.size());
  made.experts = assignments.experts;
  const std::size_t rows = labels.names.size(), n = static_cast<std::size_t>(assignments.experts);
  made.tokens.assign(rows, 0);
  made.counts.assign(rows * n, 0);
  std::vector<std::int64_t> loads(n, 0);
  std::int64_t labelled = 0, given = 0;
  for (std::size_t t = 0; t < tokens; ++t) {
    const std::int32_t label = labels.of[t];
    if (label < 0 || label >= made.labels) continue;
    ++labelled;
    ++made.tokens[static_cast<std::size_t>(label)];
    for (const std::int32_t e : assignments.of(t)) {
      ++made.counts[static_cast<std::size_t>(label) * n + static_cast<std::size_t>(e)];
      ++loads[static_cast<std::size_t>(e)];
      ++given;
    }
  }
  const auto ratio = [](std::int64_t a, std::int64_t b) {
    return b > 0 ? static_cast<double>(a) / static_cast<double>(b) : kMissing;
  };
  for (const std::int64_t load : loads) made.overall.push_back(ratio(load, labelled));
  made.chance = ratio(given, labelled) / static_cast<double>(n);
  made.share.reserve(rows * n);
  made.lift.reserve(rows * n);
  for (std::size_t d = 0; d < rows; ++d)
    for (std::size_t e = 0; e < n; ++e) {
      made.share.push_back(ratio(made.counts[d * n + e], made.tokens[d]));
      made.lift.push_back(loads[e] > 0 ? made.share.back() / made.overall[e] : kMissing);
    }
  return made;
}

}  // namespace switchyard
