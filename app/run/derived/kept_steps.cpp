#include "app/run/derived/kept_steps.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/record/checkpoint/checkpoint_store.h"

namespace switchyard::app {
namespace {

std::vector<KeptStep> read_kept(const std::string& folder) {
  std::vector<KeptStep> kept;
  for (const CheckpointHeader& one : CheckpointStore(path_of_text(folder)).list().checkpoints)
    kept.push_back(
        {one.label.step, one.label.name, one.label.why, one.label.val_loss, one.file.native(), one.bytes});
  return kept;
}

}  // namespace

const KeptStep* nearest_kept(std::span<const KeptStep> kept, double step) {
  const KeptStep* found = nullptr;
  double best = 0;
  for (const KeptStep& one : kept) {
    const double far = std::abs(static_cast<double>(one.step) - step);
    if (!found || far < best || (far == best && found->name.empty() && !one.name.empty()))
      found = &one, best = far;
  }
  return found;
}

void KeptSteps::refresh(const std::string& run_folder, double now_s, void (*wake)()) {
  if (reading_.valid() || run_folder.empty() || (run_folder == folder_ && now_s < next_s_)) return;
  folder_ = run_folder;
  next_s_ = now_s + kEvery_s;
  // Without a thread to be had nothing is marked.
  (void)caught("what is kept", [&]() -> Result<void> {
    reading_ = std::async(std::launch::async, [folder = run_folder, wake] {
      auto kept = caught("what is kept", [&]() -> Result<std::vector<KeptStep>> { return read_kept(folder); });
      if (wake) wake();
      return kept ? std::move(*kept) : std::vector<KeptStep>();
    });
    return {};
  });
}

bool KeptSteps::take(std::string& run_folder, std::vector<KeptStep>& into) {
  if (!reading_.valid() || reading_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return false;
  run_folder = folder_;
  into = reading_.get();
  return true;
}

}  // namespace switchyard::app
