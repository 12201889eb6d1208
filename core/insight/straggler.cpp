#include "core/insight/straggler.h"

#include <fmt/format.h>

#include <utility>

#include "core/insight/rank_balance.h"

namespace switchyard {
namespace {

constexpr double kBegins = 1.5, kEnds = 1.2;  // computing of the slowest over the mean of the others

}  // namespace

std::string StragglerWatch::take(const StepRecord& record) {
  if (record.ranks.size() < 2) return {};
  // Another number of them: another run of the program.
  if (sums_.size() != record.ranks.size()) *this = {}, sums_.resize(record.ranks.size());
  const RankBalance balance = rank_balance(record.ranks, static_cast<double>(record.ranks.size()));
  for (std::size_t r = 0; r < sums_.size(); ++r) {
    sums_[r].compute_ms += record.ranks[r].compute_ms;
    sums_[r].exchange_ms += record.ranks[r].exchange_ms;
    sums_[r].sum_ms += record.ranks[r].sum_ms;
  }
  wait_ms_ += balance.others_wait_ms();
  step_ms_ += balance.step_ms;
  return ++steps_ < kStragglerSteps ? std::string() : judge(record.step);
}

std::string StragglerWatch::judge(std::int64_t last_step) {
  const RankBalance balance = rank_balance(sums_, static_cast<double>(sums_.size()));
  const auto ranks = static_cast<double>(sums_.size()), steps = static_cast<double>(steps_);
  // Of S times the mean all n have n means together, the others n - S. NaN where nobody computes.
  const double slower = balance.imbalance * (ranks - 1) / (ranks - balance.imbalance);
  const double waited_ms = wait_ms_ / steps, step_ms = step_ms_ / steps;
  sums_.assign(sums_.size(), {});
  wait_ms_ = step_ms_ = 0;
  steps_ = 0;
  if (slower >= kBegins && told_ != balance.slowest) {
    told_ = balance.slowest;
    return fmt::format(
        "rank {} is a straggler: in steps {} to {} it computed {:.1f} times as long as the others, which waited "
        "{:.3g} of "
        "{:.3g} ms for it",
        balance.slowest, last_step - kStragglerSteps + 1, last_step, slower, waited_ms, step_ms);
  }
  if (told_ && slower < kEnds)
    return fmt::format("rank {} keeps up with the others again, from step {} on",
                       *std::exchange(told_, std::nullopt), last_step - kStragglerSteps + 1);
  return {};
}

}  // namespace switchyard
