#include "core/study/pairing.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace switchyard {
namespace {

constexpr std::array<std::string_view, 5> kPortions{"seed", "batch_size", "accumulation", "context",
                                                    "val_batches"};

bool sets_portions(const Knob& knob, TaskKind task) {
  if (knob.key == "context" && task != TaskKind::language) return false;
  return std::find(kPortions.begin(), kPortions.end(), knob.key) != kPortions.end();
}

// `context` says too how long a text must be at least; it is read as before.
bool is_of_data(const Knob& knob, TaskKind task) {
  if (std::find(kPortions.begin(), kPortions.end(), knob.key) != kPortions.end()) return false;
  return knob.key == "task" || (task == TaskKind::language ? knob.of_text : knob.of_points);
}

}  // namespace

std::vector<const Knob*> unpaired_knobs(const Config& a, const Config& b) {
  std::vector<const Knob*> changed = changed_knobs(a, b);
  std::erase_if(changed, [&](const Knob* k) { return !is_of_data(*k, a.task) && !sets_portions(*k, a.task); });
  return changed;
}

std::vector<const Knob*> other_data_knobs(const Config& a, const Config& b) {
  std::vector<const Knob*> changed = changed_knobs(a, b);
  std::erase_if(changed, [&](const Knob* k) { return !is_of_data(*k, a.task); });
  return changed;
}

}  // namespace switchyard
