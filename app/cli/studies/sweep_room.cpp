#include "app/cli/studies/sweep_room.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <system_error>
#include <tuple>

#include "app/cli/words/words.h"
#include "core/base/limits.h"
#include "core/config/cost.h"

namespace switchyard::app {
namespace {

constexpr double kOfProcess = 250.0 * 1024 * 1024;  // LibTorch's own, not shared with another process
constexpr double kShareOfRoom = 0.7, kPerGigabyte = 1.0 / (1024.0 * 1024 * 1024);

// Of the arm that takes most. Arms that learn from the same data have as many outputs.
Result<double> most_bytes(const StudyPlan& stage) {
  std::map<std::tuple<std::string, std::string, std::int64_t, std::int64_t, std::int64_t>, std::int64_t> outputs;
  double most = 0;
  for (const StudyArm& arm : stage.arms) {
    const Config& config = arm.config;
    const auto data =
        std::tuple(config.corpus, config.points, config.vocabulary_limit, config.cluster_classes, config.context);
    auto known = outputs.find(data);
    if (known == outputs.end()) {
      const auto counted = count_outputs(config);
      if (!counted) return counted.error();
      known = outputs.emplace(data, *counted).first;
    }
    most = std::max(most, model_cost(config, known->second).training_bytes);
  }
  return most;
}

// Without loading LibTorch: where there is a driver a run may take its card.
bool takes_card(const StudyPlan& stage, const std::filesystem::path& root) {
  std::error_code code;
  return std::filesystem::exists(root / "dev/nvidiactl", code) &&
         std::any_of(stage.arms.begin(), stage.arms.end(),
                     [](const StudyArm& arm) { return arm.config.device != DeviceChoice::cpu; });
}

}  // namespace

Result<SweepRoom> room_for(const StudyPlan& stage, std::size_t runs_left, std::size_t asked,
                           const std::filesystem::path& root) {
  std::int64_t threads = 1;
  for (const StudyArm& arm : stage.arms) threads = std::max(threads, arm.config.threads);
  const auto cores = static_cast<std::size_t>(usable_cores(root));
  const std::size_t by_cores = std::max<std::size_t>(1, cores / static_cast<std::size_t>(threads));
  const std::size_t wanted = asked > 0 ? asked : takes_card(stage, root) ? 1 : by_cores;
  SweepRoom out;
  out.jobs = std::max<std::size_t>(1, std::min(wanted, runs_left));
  if (out.jobs == 1) return out;
  if (out.jobs > by_cores)
    out.note = fmt::format("{} runs at once of {} threads each are more than {} cores can do at a time", out.jobs,
                           threads, cores);
  const auto room = memory_room(root);
  const auto bytes = most_bytes(stage);
  if (!bytes) return bytes.error();
  if (!room) return out;
  const double each = *bytes + kOfProcess;
  const auto fits = static_cast<std::size_t>(std::max(1.0, std::floor(kShareOfRoom * room->bytes / each)));
  if (fits >= out.jobs) return out;
  out.note = fmt::format(
      "room for {} at once, not {}: each takes up to {:.1f} GB, and 70 % of what {} leaves is {:.1f} GB", fits,
      out.jobs, each * kPerGigabyte, room->bound, kShareOfRoom * room->bytes * kPerGigabyte);
  out.jobs = fits;
  return out;
}

}  // namespace switchyard::app
