#include "core/study/sweep_plan.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "core/base/file_name.h"

namespace switchyard {
namespace {

constexpr std::size_t kBytesOfFolder = 47;  // of a long name; a hash of all of it is behind them

// Names that are cut alike stay apart, whatever else is swept in the same folder (FNV-1a, 32 bits).
std::string folder_of_combination(const std::string& name) {
  std::string folder = safe_file_name(name);
  if (folder.size() >= name.size()) return folder;
  std::uint32_t hash = 2166136261U;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return fmt::format("{}-{:08x}", safe_file_name(folder.substr(0, kBytesOfFolder)), hash);
}

}  // namespace

Result<StudyAxis> sweep_axis_from_text(std::string_view text) {
  auto axis = axis_from_text(text);
  if (!axis) return axis;
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters})
    if (axis->key == data_knob(task).key)
      for (std::string& value : axis->values)
        if (value != data_knob(task).built_in) value = absolute_text(value);
  return axis;
}

Result<StudyPlan> make_sweep_plan(Config base, std::vector<StudyAxis> axes, const SweepSize& size) {
  name_files_in_full(base);
  // The same bits on any machine, however many learn at once; and many runs of one thread each learn faster than
  // one after the other with many.
  if (base.threads == 0) base.threads = 1;
  auto found = size.drawn > 0 ? drawn(base, axes, size.drawn, static_cast<std::uint64_t>(size.first_seed))
                              : grid(base, axes);
  if (!found) return found.error();
  if (found->valid.empty())
    return usage_error(fmt::format("every combination is refused, such as {}: {}", found->left_out[0].name,
                                   found->left_out[0].why));
  if (found->valid.size() > kMostArms)
    return usage_error(
        fmt::format("{} combinations: allowed are up to {}; switchyard sweep --random N draws N of them",
                    found->valid.size(), kMostArms));
  std::vector<StudyArm> arms;
  for (Combination& one : found->valid)
    arms.push_back({one.name, folder_of_combination(one.name), std::move(one.config)});
  auto plan = make_plan(std::move(arms), size.steps, size.seeds, size.first_seed);
  if (!plan) return plan.error();
  plan->sweep = {std::move(axes), size.drawn, size.halves, std::move(found->left_out)};
  return plan;
}

}  // namespace switchyard
