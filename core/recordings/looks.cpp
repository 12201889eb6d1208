#include "core/recordings/looks.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "core/base/load_balance.h"
#include "core/insight/plane_of_rows.h"
#include "core/recordings/routes.h"

namespace switchyard {
namespace {

constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();
constexpr std::size_t kFewestTokens = 64;
constexpr std::int32_t kMostTokenIds = 1 << 22;  // what counts tokens by id holds a number for each below
constexpr const char* kNamelessToken = "·";

using Rows = std::vector<std::uint32_t>;

std::size_t bytes_of_token(const RecordedChunk& chunk) {
  std::size_t bytes = 64;
  for (const RecordedCells& cells : chunk.cells)
    bytes += 16 * static_cast<std::size_t>(std::max(1, cells.top_k)) +
             (cells.logits.empty() ? 0 : 8 * static_cast<std::size_t>(cells.experts) + 16) +
             (cells.hidden.empty() ? 0 : 8);
  return bytes;
}

// How long each sequence of these rows is, where all are alike and each lies in one piece; else 0.
std::size_t common_length(const RecordedChunk& chunk, const Rows& rows) {
  if (chunk.sequence.empty()) return 0;
  std::size_t length = 0, run = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ++run;
    if (i + 1 < rows.size() && chunk.sequence[rows[i + 1]] == chunk.sequence[rows[i]]) continue;
    if (length != 0 && run != length) return 0;
    length = run, run = 0;
  }
  return length;
}

Rows sample_of(const Rows& rows, std::size_t length, std::size_t most) {
  if (rows.size() <= most) return rows;
  Rows sample;
  if (length > most) {
    sample.assign(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(most));
  } else if (length > 0) {
    const std::size_t there = rows.size() / length, taken = most / length;
    for (std::size_t i = 0; i < taken; ++i) {
      const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(i * there / taken * length);
      sample.insert(sample.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
    }
  } else {
    for (std::size_t i = 0; i < most; ++i) sample.push_back(rows[i * rows.size() / most]);
  }
  return sample;
}

std::shared_ptr<ProbeTokens> tokens_of(const RecordedChunk& chunk, const Rows& rows, std::size_t length) {
  auto made = std::make_shared<ProbeTokens>();
  made->are_numbers = true;
  made->sequence_length = static_cast<std::int32_t>(length == 0 ? rows.size() : std::min(length, rows.size()));
  const bool has_ids = !chunk.token.empty() && std::all_of(rows.begin(), rows.end(), [&](std::uint32_t t) {
    return chunk.token[t] >= 0 && chunk.token[t] < kMostTokenIds;
  });
  for (const std::uint32_t t : rows) {
    if (has_ids) made->id.push_back(chunk.token[t]);
    made->text.push_back(has_ids ? fmt::format("{}", chunk.token[t]) : kNamelessToken);
  }
  return made;
}

// What a token was given, with what stood beside it.
float weight_of(const RecordedCells& cells, std::size_t token, std::int32_t expert) {
  if (cells.weight.empty()) return kUnknown;
  const auto k = static_cast<std::size_t>(cells.top_k);
  const std::size_t begin = cells.start.empty() ? token * k : static_cast<std::size_t>(cells.start[token]);
  const std::size_t end = cells.start.empty() ? begin + k : static_cast<std::size_t>(cells.start[token + 1]);
  for (std::size_t at = begin; at < end; ++at)
    if (cells.expert[at] == expert) return cells.weight[at];
  return kUnknown;
}

void take_choices(const RecordedChunk& chunk, std::size_t l, ChoiceOrder order, const Rows& rows,
                  ProbeLayer& layer) {
  const RecordedCells& cells = chunk.cells[l];
  const Assignments given = assignments_of(chunk, l, order, Choice::all, rows);
  std::size_t k = 1;
  for (std::size_t i = 0; i < given.tokens(); ++i) k = std::max(k, given.of(i).size());
  // Not all of them may be there in a sample.
  if (cells.start.empty()) k = std::max(k, static_cast<std::size_t>(std::max(1, cells.top_k)));
  layer.top_k = layer.ranked = static_cast<std::int32_t>(k);
  layer.best_first = tells_first(order, cells);
  layer.expert.assign(rows.size() * k, kNoExpert);
  layer.weight.assign(rows.size() * k, 0);
  layer.kept.assign(rows.size() * k, 0);
  layer.prob.assign(rows.size() * k, kUnknown);
  for (std::size_t i = 0; i < given.tokens(); ++i)
    for (std::size_t j = 0; j < given.of(i).size(); ++j) {
      layer.expert[i * k + j] = given.of(i)[j];
      layer.weight[i * k + j] = weight_of(cells, rows[i], given.of(i)[j]);
      layer.kept[i * k + j] = 1;
    }
}

// p and what follows from it.
void take_logits(const RecordedCells& cells, const Rows& rows, std::size_t planes, ProbeLayer& layer) {
  if (cells.logits.empty()) return;
  const auto n = static_cast<std::size_t>(cells.experts), ranked = static_cast<std::size_t>(layer.ranked);
  const bool is_given_as_p = are_probabilities(cells);
  layer.probabilities.assign(rows.size() * n, kUnknown);
  if (!is_given_as_p) layer.logits.assign(rows.size() * n, kUnknown);
  layer.entropy.assign(rows.size(), kUnknown);
  std::vector<double> p(n);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const float* const row = cells.logits.data() + rows[i] * n;
    if (!std::all_of(row, row + n, [](float one) { return std::isfinite(one); })) continue;
    probabilities_of(row, is_given_as_p, p);
    for (std::size_t e = 0; e < n; ++e) {
      layer.probabilities[i * n + e] = static_cast<float>(p[e]);
      if (!is_given_as_p) layer.logits[i * n + e] = row[e];
    }
    if (n > 1)
      layer.entropy[i] =
          static_cast<float>(std::clamp(entropy_of(p) / std::log(static_cast<double>(n)), 0.0, 1.0));
    for (std::size_t j = 0; j < ranked; ++j)
      if (const std::int32_t expert = layer.expert[i * ranked + j]; expert >= 0)
        layer.prob[i * ranked + j] = static_cast<float>(p[static_cast<std::size_t>(expert)]);
  }
  if (!is_given_as_p) layer.logit_plane = plane_of_rows(layer.logits, n, planes);
}

// Where each token lies in the plane in which hidden states are widest; these themselves are not kept.
void take_hidden(const RecordedCells& cells, const Rows& rows, std::size_t planes, ProbeLayer& layer) {
  if (cells.hidden.empty()) return;
  const auto width = static_cast<std::size_t>(cells.hidden_width);
  std::span<const float> all(cells.hidden);
  std::vector<float> chosen;
  if (rows.back() - rows.front() + 1 == rows.size()) {
    all = all.subspan(rows.front() * width, rows.size() * width);
  } else {
    chosen.reserve(rows.size() * width);
    for (const std::uint32_t t : rows) {
      const auto row = all.subspan(t * width, width);
      chosen.insert(chosen.end(), row.begin(), row.end());
    }
    all = chosen;
  }
  ProbePlane plane = plane_of_rows(all, width, planes);
  layer.pca = std::move(plane.xy), layer.explained = plane.explained;
}

}  // namespace

std::int64_t last_step_with_tokens(const RecordedChunk& chunk) {
  const auto last = std::max_element(chunk.step.begin(), chunk.step.end());
  return last == chunk.step.end() ? -1 : *last;
}

bool is_head_of_sequence(const RecordedChunk& chunk, std::int64_t step, std::size_t shown) {
  Rows rows;
  for (std::uint32_t t = 0; t < chunk.tokens(); ++t)
    if (chunk.step[t] == step) rows.push_back(t);
  return common_length(chunk, rows) > shown;
}

std::shared_ptr<Snapshot> look_at(const RecordedChunk& chunk, std::int64_t step, ChoiceOrder order,
                                  const LookRoom& room) {
  const bool has_something = std::any_of(chunk.cells.begin(), chunk.cells.end(), [](const RecordedCells& cells) {
    return cells.has_choices() || !cells.logits.empty();
  });
  Rows rows;
  for (std::uint32_t t = 0; has_something && t < chunk.tokens(); ++t)
    if (chunk.step[t] == step) rows.push_back(t);
  if (rows.empty()) return nullptr;
  const std::size_t length = common_length(chunk, rows), there = rows.size();
  rows =
      sample_of(rows, length, std::max(kFewestTokens, std::min(room.tokens, room.bytes / bytes_of_token(chunk))));

  auto look = std::make_shared<Snapshot>();
  look->step = step;
  look->of_tokens = rows.size() < there ? static_cast<std::int64_t>(there) : 0;
  look->tokens = tokens_of(chunk, rows, length);
  for (std::size_t l = 0; l < chunk.cells.size(); ++l) {
    ProbeLayer& layer = look->layers.emplace_back();
    layer.block = chunk.layers[l].id;
    layer.experts = chunk.layers[l].experts;
    take_choices(chunk, l, order, rows, layer);
    take_logits(chunk.cells[l], rows, chunk.cells.size(), layer);
    take_hidden(chunk.cells[l], rows, chunk.cells.size(), layer);
  }
  return look;
}

}  // namespace switchyard
