#include "core/data/batches.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace switchyard {
namespace {

void append_sequence(Batch& batch, const std::vector<std::int32_t>& tokens, std::int64_t start) {
  const auto first = tokens.begin() + start;
  batch.inputs.insert(batch.inputs.end(), first, first + batch.context);
  batch.targets.insert(batch.targets.end(), first + 1, first + 1 + batch.context);
}

Batch empty_batch(std::int64_t batch, std::int64_t context) {
  Batch made{batch, context, {}, {}};
  made.inputs.reserve(static_cast<std::size_t>(batch * context));
  made.targets.reserve(static_cast<std::size_t>(batch * context));
  return made;
}

// Start `i` of `count` spread evenly over 0 .. last.
std::int64_t even_start(std::int64_t i, std::int64_t count, std::int64_t last) {
  return count > 1 ? i * last / (count - 1) : 0;
}

// -1, which no token is, where the training text has no newline.
std::int32_t newline_token(const Vocabulary& vocabulary) {
  const std::int32_t id = vocabulary.id(U'\n');
  return id == vocabulary.unknown() ? -1 : id;
}

// The line start nearest to `start`, within `reach` tokens; `start` itself if there is none.
std::int64_t snap_to_line(const std::vector<std::int32_t>& tokens, std::int32_t newline, std::int64_t start,
                          std::int64_t reach, std::int64_t last) {
  const auto starts_line = [&](std::int64_t at) {
    return at == 0 || (at > 0 && at <= last && tokens[static_cast<std::size_t>(at - 1)] == newline);
  };
  for (std::int64_t away = 0; away <= reach; ++away) {
    if (starts_line(start + away)) return start + away;
    if (starts_line(start - away)) return start - away;
  }
  return start;
}

std::vector<std::int64_t> even_line_starts(const Corpus& corpus, std::int64_t context, std::int64_t sequences) {
  const auto& tokens = corpus.validation.tokens;
  const std::int64_t last = static_cast<std::int64_t>(tokens.size()) - context;
  const std::int32_t newline = newline_token(corpus.vocabulary);
  std::vector<std::int64_t> starts;
  for (std::int64_t i = 0; i < sequences; ++i)
    starts.push_back(snap_to_line(tokens, newline, even_start(i, sequences, last), context, last));
  return starts;
}

// Document starts (after an empty line) with room for a stretch behind them.
std::vector<std::int64_t> document_starts(const Corpus& corpus, std::int64_t context) {
  const auto& tokens = corpus.validation.tokens;
  const std::int64_t last = static_cast<std::int64_t>(tokens.size()) - context;
  const std::int32_t newline = newline_token(corpus.vocabulary);
  std::vector<std::int64_t> starts{0};
  for (std::int64_t at = 2; at <= last; ++at)
    if (tokens[static_cast<std::size_t>(at - 1)] == newline && tokens[static_cast<std::size_t>(at - 2)] == newline)
      starts.push_back(at);
  return starts;
}

// Greedy: each stretch is the one that adds most to sum over domains of log(1 + tokens shown), so that
// rare domains are worth more than another page of a common one.
std::vector<std::int64_t> starts_by_domain(const Corpus& corpus, std::int64_t context, std::int64_t sequences) {
  const auto& domain = corpus.validation.domain;
  const std::vector<std::int64_t> candidates = document_starts(corpus, context);
  std::vector<std::vector<double>> inside;  // [candidate][domain] tokens
  for (std::int64_t start : candidates) {
    std::vector<double> counts(corpus.domains.size());
    for (std::int64_t at = start; at < start + context; ++at) ++counts[domain[static_cast<std::size_t>(at)]];
    inside.push_back(std::move(counts));
  }
  std::vector<double> shown(corpus.domains.size());
  std::vector<std::int64_t> starts;
  // The domains take turns to open a stretch, those that open a document at all.
  std::vector<bool> opens(corpus.domains.size());
  for (std::int64_t start : candidates) opens[domain[static_cast<std::size_t>(start)]] = true;
  for (std::int64_t i = 0; i < sequences; ++i) {
    const std::size_t first = static_cast<std::size_t>(i) % opens.size();
    double best_score = -1;
    std::size_t best = 0;
    for (std::size_t c = 0; c < candidates.size(); ++c) {
      const bool overlaps = std::any_of(starts.begin(), starts.end(), [&](std::int64_t taken) {
        return std::abs(taken - candidates[c]) < context;
      });
      if (overlaps || (opens[first] && domain[static_cast<std::size_t>(candidates[c])] != first)) continue;
      double score = 0;
      for (std::size_t d = 0; d < shown.size(); ++d) score += std::log(1 + shown[d] + inside[c][d]);
      if (score > best_score) best_score = score, best = c;
    }
    if (best_score < 0) return {};  // no room for so many
    starts.push_back(candidates[best]);
    for (std::size_t d = 0; d < shown.size(); ++d) shown[d] += inside[best][d];
  }
  // Read from the first domain to the last: a page opens with prose.
  std::stable_sort(starts.begin(), starts.end(), [&](std::int64_t a, std::int64_t b) {
    return domain[static_cast<std::size_t>(a)] < domain[static_cast<std::size_t>(b)];
  });
  return starts;
}

}  // namespace

BatchSampler::BatchSampler(std::shared_ptr<const Corpus> corpus, std::int64_t context, std::uint64_t seed)
    : corpus_(std::move(corpus)), context_(context), key_(philox_key(seed, "batches")) {
  assert(static_cast<std::int64_t>(corpus_->train.tokens.size()) > context_);
}

Batch BatchSampler::at(std::int64_t first, std::int64_t batch) const {
  const auto& tokens = corpus_->train.tokens;
  const std::uint64_t starts = tokens.size() - static_cast<std::uint64_t>(context_);
  Batch made = empty_batch(batch, context_);
  for (std::int64_t i = 0; i < batch; ++i)
    append_sequence(
        made, tokens,
        static_cast<std::int64_t>(philox_below(key_, 0, static_cast<std::uint64_t>(first + i), starts)));
  return made;
}

Batch validation_batch(const Corpus& corpus, std::int64_t context, std::int64_t batch, std::int64_t index,
                       std::int64_t batches) {
  const auto& tokens = corpus.validation.tokens;
  const std::int64_t last = static_cast<std::int64_t>(tokens.size()) - context - 1;
  assert(last >= 0);
  Batch made = empty_batch(batch, context);
  for (std::int64_t i = 0; i < batch; ++i)
    append_sequence(made, tokens, even_start(index * batch + i, batches * batch, last));
  return made;
}

std::vector<std::int64_t> probe_starts(const Corpus& corpus, std::int64_t context, std::int64_t sequences) {
  if (!corpus.domains.empty()) {
    std::vector<std::int64_t> starts = starts_by_domain(corpus, context, sequences);
    if (!starts.empty()) return starts;
  }
  return even_line_starts(corpus, context, sequences);
}

}  // namespace switchyard
