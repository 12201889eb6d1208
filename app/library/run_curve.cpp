#include "app/library/run_curve.h"

#include <algorithm>
#include <cmath>

#include "core/record/reading/run_whole.h"

namespace switchyard::app {

RunCurve read_run_curve(const std::filesystem::path& folder, const std::atomic<bool>* cancel) {
  RunCurve curve;
  read_validations(folder, [&](const Validation& one) {
    const auto step = static_cast<double>(one.step);
    if (std::isfinite(one.val_loss) && (curve.step.empty() || step > curve.step.back())) {
      curve.step.push_back(step);
      curve.val_loss.push_back(static_cast<float>(one.val_loss));
    }
    return !(cancel && cancel->load(std::memory_order_relaxed));
  });
  return curve;
}

RunCurve mean_curve(const std::vector<const RunCurve*>& runs) {
  if (runs.empty()) return {};
  if (runs.size() == 1) return *runs[0];
  RunCurve out;
  std::vector<std::size_t> at(runs.size(), 0);
  for (std::size_t first = 0; first < runs[0]->step.size(); ++first) {
    const double step = runs[0]->step[first];
    double sum = 0;
    float low = runs[0]->val_loss[first], high = low;
    bool all_have_it = true;
    for (std::size_t r = 0; r < runs.size() && all_have_it; ++r) {
      const RunCurve& run = *runs[r];
      while (at[r] < run.step.size() && run.step[at[r]] < step) ++at[r];
      all_have_it = at[r] < run.step.size() && run.step[at[r]] == step;
      if (!all_have_it) break;
      const float loss = run.val_loss[at[r]];
      sum += loss, low = std::min(low, loss), high = std::max(high, loss);
    }
    if (!all_have_it) continue;
    out.step.push_back(step);
    out.val_loss.push_back(static_cast<float>(sum / static_cast<double>(runs.size())));
    out.low.push_back(low);
    out.high.push_back(high);
  }
  return out;
}

}  // namespace switchyard::app
