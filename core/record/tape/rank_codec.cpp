#include "core/record/tape/rank_codec.h"

#include <algorithm>
#include <cstddef>

#include "core/base/rank_means.h"
#include "core/record/tape/columns.h"

namespace switchyard {
namespace {

bool has_shape_of(const RankRows::Row& a, const RankRows::Row& b) {
  return std::equal(a.ranks.begin(), a.ranks.end(), b.ranks.begin(), b.ranks.end(),
                    [](const RankRecord& x, const RankRecord& y) { return x.rows.size() == y.rows.size(); });
}

// Of rows that have one shape.
template <class Walker, class Rows>
void walk_group(Walker& bytes, Rows& rows, std::span<const std::uint32_t> told) {
  differences(
      bytes, rows, [](auto& row) -> auto& { return row.last; });
  column<std::int64_t>(
      bytes, rows, [](auto& row) -> auto& { return row.steps; });
  for (std::size_t r = 0; r < told.size(); ++r) {
    for (float RankRecord::*const figure : kRankFigures)
      column<float>(
          bytes, rows, [ r, figure ](auto& row) -> auto& { return row.ranks[r].*figure; });
    for (std::size_t to = 0; to < told[r]; ++to)
      column<float>(
          bytes, rows, [ r, to ](auto& row) -> auto& { return row.ranks[r].rows[to]; });
  }
}

}  // namespace

RankRows ranks_of(std::span<const StepRecord> records) {
  RankRows made;
  for (const StepRecord& record : records)
    if (!record.ranks.empty()) made.rows.push_back({record.step, 1, record.ranks});
  return made;
}

Bytes encode(const RankRows& ranks) {
  ByteWriter bytes;
  for (std::span<const RankRows::Row> rows = ranks.rows; !rows.empty();) {
    std::size_t count = 1;
    while (count < rows.size() && has_shape_of(rows[count], rows[0])) ++count;
    const auto group = rows.first(count);
    std::vector<std::uint32_t> told;
    for (const RankRecord& rank : group[0].ranks) told.push_back(static_cast<std::uint32_t>(rank.rows.size()));
    bytes(static_cast<std::uint32_t>(count));
    bytes(static_cast<std::uint32_t>(told.size()));
    for (const std::uint32_t one : told) bytes(one);
    walk_group(bytes, group, told);
    rows = rows.subspan(count);
  }
  return bytes.take();
}

Result<RankRows> decode_ranks(std::span<const std::byte> content) {
  ByteReader bytes(content);
  RankRows made;
  while (bytes.left() > 0) {
    std::uint32_t count = 0, ranks = 0;
    bytes(count), bytes(ranks);
    if (count == 0 || ranks == 0 || !bytes.has(ranks, sizeof(std::uint32_t)))
      return usage_error("its ranks are damaged");
    std::vector<std::uint32_t> told(ranks);
    std::uint64_t row_bytes = 2 * sizeof(std::int64_t);
    for (std::uint32_t& one : told) {
      bytes(one);
      row_bytes += sizeof(float) * (std::size(kRankFigures) + std::uint64_t{one});
    }
    // All that the group must have, before memory is taken for it.
    if (!bytes.has(count, row_bytes)) return usage_error("its ranks are damaged");
    const std::size_t begin = made.rows.size();
    made.rows.resize(begin + count);
    const auto rows = std::span(made.rows).subspan(begin);
    for (RankRows::Row& row : rows) {
      row.ranks.resize(ranks);
      for (std::size_t r = 0; r < ranks; ++r) row.ranks[r].rows.resize(told[r]);
    }
    walk_group(bytes, rows, told);
  }
  if (!bytes.is_done()) return usage_error("its ranks are damaged");
  return made;
}

RankRows thinned(const RankRows& ranks, std::int64_t steps) {
  RankRows thin;
  const auto stretch = [steps](std::int64_t last) { return (last - 1) / steps; };
  for (const RankRows::Row& row : ranks.rows) {
    if (thin.rows.empty() || stretch(thin.rows.back().last) != stretch(row.last)) {
      thin.rows.push_back(row);
      continue;
    }
    RankRows::Row& into = thin.rows.back();
    take_mean(into.ranks, static_cast<double>(into.steps), row.ranks, static_cast<double>(row.steps));
    into.last = row.last;
    into.steps += row.steps;
  }
  return thin;
}

void fill_ranks(std::vector<StepRecord>& records, const RankRows& ranks) {
  std::size_t at = 0;
  for (StepRecord& record : records) {
    while (at < ranks.rows.size() && ranks.rows[at].last < record.step) ++at;
    if (at == ranks.rows.size()) return;
    // A step in front of the row had no ranks.
    if (ranks.rows[at].last - ranks.rows[at].steps < record.step) record.ranks = ranks.rows[at].ranks;
  }
}

void cut(RankRows& ranks, std::int64_t step) {
  std::erase_if(ranks.rows, [step](const RankRows::Row& row) { return row.last - row.steps >= step; });
  for (RankRows::Row& row : ranks.rows) {
    row.steps -= std::max<std::int64_t>(0, row.last - step);
    row.last = std::min(row.last, step);
  }
}

}  // namespace switchyard
