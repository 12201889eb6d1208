#include "core/record/checkpoint/checkpoint_thinning.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace switchyard {
namespace {

constexpr std::size_t kNewest = 2;
constexpr double kWritesInInterval = 100;

// The checkpoints of one run that are still there, oldest first.
class Remaining {
 public:
  explicit Remaining(const std::vector<KeptCheckpoint>& all)
      : all_(all), order_(all.size()), stays_(all.size(), false) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::stable_sort(order_.begin(), order_.end(),
                     [&](std::size_t a, std::size_t b) { return all_[a].step < all_[b].step; });
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < order_.size(); ++i) {
      const KeptCheckpoint& at = all_[order_[i]];
      bytes_ += at.bytes;
      stays_[order_[i]] = at.pinned || i + kNewest >= order_.size();
      if (!std::isnan(at.val_loss) && (!best || at.val_loss < all_[*best].val_loss)) best = order_[i];
    }
    if (best) stays_[*best] = true;
  }
  std::uint64_t bytes() const { return bytes_; }
  bool can_give() const {
    return std::any_of(order_.begin(), order_.end(), [&](std::size_t i) { return !stays_[i]; });
  }
  // The one whose loss leaves the smallest gap.
  std::size_t give() {
    const double newest = static_cast<double>(all_[order_.back()].step);
    const auto age = [&](double step) { return newest - step + 1; };
    std::size_t chosen = 0;
    double least = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i + 1 < order_.size(); ++i) {
      if (stays_[order_[i]]) continue;
      const double before = i > 0 ? static_cast<double>(all_[order_[i - 1]].step) : 0;
      const double after = static_cast<double>(all_[order_[i + 1]].step);
      const double gap = std::log(age(before) / age(after));
      if (gap < least) least = gap, chosen = i;
    }
    const std::size_t gone = order_[chosen];
    bytes_ -= all_[gone].bytes;
    order_.erase(order_.begin() + static_cast<std::ptrdiff_t>(chosen));
    return gone;
  }

 private:
  const std::vector<KeptCheckpoint>& all_;
  std::vector<std::size_t> order_;
  std::vector<bool> stays_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

Thinning thin_checkpoints(std::span<const std::vector<KeptCheckpoint>> runs, std::uint64_t budget_bytes) {
  Thinning plan;
  std::vector<Remaining> remaining;
  for (const auto& run : runs) {
    remaining.emplace_back(run);
    plan.bytes += remaining.back().bytes();
  }
  while (plan.bytes > budget_bytes) {
    std::optional<std::size_t> most;
    for (std::size_t r = 0; r < remaining.size(); ++r)
      if (remaining[r].can_give() && (!most || remaining[r].bytes() > remaining[*most].bytes())) most = r;
    if (!most) break;
    const std::size_t gone = remaining[*most].give();
    plan.bytes -= runs[*most][gone].bytes;
    plan.drop.emplace_back(*most, gone);
  }
  plan.over_budget = plan.bytes > budget_bytes;
  return plan;
}

std::string thinning_warning(const Thinning& thinning, std::uint64_t budget_bytes, const std::string& where) {
  if (!thinning.over_budget) return {};
  const auto gigabytes = [](std::uint64_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(1 << 30);
  };
  return fmt::format(
      "{}: the checkpoints that must stay take {:.2f} GB, more than the {:.2f} GB allowed; none of them is "
      "dropped. Remove named ones that you no longer want, or allow more",
      where, gigabytes(thinning.bytes), gigabytes(budget_bytes));
}

double least_interval_s(double last_write_cpu_s, std::int32_t threads) {
  return kWritesInInterval * last_write_cpu_s / std::max(threads, 1);
}

}  // namespace switchyard
