#include "app/cli/headless/run_costs.h"

#include <fmt/format.h>

#include "core/insight/rank_balance.h"

namespace switchyard::app {

void RunCosts::take(const StepRecord& record) {
  worked_ms_ += record.step_ms;
  ahead_ms_ += record.ahead_ms;
  if (record.ranks.empty()) return;
  const RankBalance balance = rank_balance(record.ranks, static_cast<double>(record.ranks.size()));
  ++steps_;
  rank_step_ms_ += balance.step_ms;
  even_ms_ += balance.even_ms;
  for (const RankRecord& rank : record.ranks) sent_mb_ += static_cast<double>(rank.exchange_mb);
}

std::string RunCosts::text() const {
  std::string text;
  if (ahead_ms_ > 0)
    text += fmt::format(
        "the pass ahead of each step (balance_scope = global-exact) took {:.0f} % of the time of training\n",
        100 * ahead_ms_ / worked_ms_);
  if (steps_ == 0) return text;
  const auto steps = static_cast<double>(steps_);
  if (sent_mb_ > 0)
    text += fmt::format("between processes {:.3g} MB a step travelled to experts and back\n", sent_mb_ / steps);
  text += fmt::format("a step took {:.3g} ms; with perfect balance it would have taken {:.3g}\n",
                      rank_step_ms_ / steps, even_ms_ / steps);
  return text;
}

}  // namespace switchyard::app
