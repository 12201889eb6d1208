#include "core/insight/straggler.h"

#include <fmt/format.h>

#include <utility>

#include "core/insight/rank_balance.h"

namespace switchyard {
namespace {

constexpr double kBegins = 1.5, kEnds = 1.2;  // a rank's computing over the mean of the others

// NaN where the others compute nothing.
double slowness(const std::vector<RankRecord>& ranks, std::size_t of) {
  double others = 0;
  for (std::size_t r = 0; r < ranks.size(); ++r)
    if (r != of) others += static_cast<double>(ranks[r].compute_ms);
  return static_cast<double>(ranks[of].compute_ms) * static_cast<double>(ranks.size() - 1) / others;
}

}  // namespace

std::string StragglerWatch::take(const StepRecord& record) {
  if (record.ranks.size() < 2) return {};
  // Other processes, or another model, whose steps count anew.
  if (sums_.size() != record.ranks.size() || model_id_ != record.model_id) {
    *this = {};
    sums_.resize(record.ranks.size());
    model_id_ = record.model_id;
  }
  if (steps_ == 0) first_step_ = record.step;
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
  const std::size_t slowest = rank_balance(sums_, static_cast<double>(sums_.size())).slowest;
  const double slower = slowness(sums_, slowest), told_is = told_ ? slowness(sums_, *told_) : 0;
  const auto steps = static_cast<double>(steps_);
  const double waited_ms = wait_ms_ / steps, step_ms = step_ms_ / steps;
  sums_.assign(sums_.size(), {});
  wait_ms_ = step_ms_ = 0;
  steps_ = 0;
  // Of two that are slow the one that was told of stays the one.
  if (told_ && told_is >= kEnds) return {};
  if (slower >= kBegins) {
    told_ = slowest;
    return fmt::format(
        "rank {} is a straggler: in steps {} to {} it computed {:.1f} times as long as the others, which waited "
        "{:.3g} "
        "of {:.3g} ms for it",
        slowest, first_step_, last_step, slower, waited_ms, step_ms);
  }
  if (!told_) return {};
  return fmt::format("rank {} keeps up with the others again, from step {} on",
                     *std::exchange(told_, std::nullopt), first_step_);
}

}  // namespace switchyard
