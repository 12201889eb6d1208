#include "core/train/ranks/rank_records.h"

#include <algorithm>

namespace switchyard {

std::vector<RankRecord> rank_records(const Layout& layout, double worked_s) {
  if (layout.one()) return {};
  const Traffic own = layout.mesh->traffic();
  const std::int64_t shared_by = layout.expert_parallel;
  std::vector<double> told{worked_s, own.exchange_s, own.sum_s, static_cast<double>(own.exchange_bytes)};
  for (std::int64_t r = 0; r < shared_by; ++r)
    told.push_back(static_cast<std::size_t>(r) < own.rows.size()
                       ? static_cast<double>(own.rows[static_cast<std::size_t>(r)])
                       : 0);
  const at::Tensor all = layout.all()->gathered(torch::tensor(told, at::kDouble));
  std::vector<RankRecord> records(static_cast<std::size_t>(layout.ranks()));
  for (std::int64_t r = 0; r < layout.ranks(); ++r) {
    const double* from = all.data_ptr<double>() + r * all.size(1);
    RankRecord& record = records[static_cast<std::size_t>(r)];
    record.compute_ms = static_cast<float>(std::max(0.0, from[0] - from[1] - from[2]) * 1e3);
    record.exchange_ms = static_cast<float>(from[1] * 1e3);
    record.sum_ms = static_cast<float>(from[2] * 1e3);
    record.exchange_mb = static_cast<float>(from[3] / 1e6);
    if (shared_by == 1) continue;
    record.rows.resize(records.size());
    // Its experts are shared out among its neighbours alone.
    const std::int64_t first = r / shared_by * shared_by;
    for (std::int64_t i = 0; i < shared_by; ++i)
      record.rows[static_cast<std::size_t>(first + i)] = static_cast<float>(from[4 + i]);
  }
  return records;
}

}  // namespace switchyard
