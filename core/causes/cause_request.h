// What of a trained model is to be tried, and how: the settings of all six questions, as a command line or a panel
// gives them. Thread safety: a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/causes/ablation.h"
#include "core/causes/prune_bench.h"
#include "core/causes/steering_sweep.h"
#include "core/config/config.h"

namespace switchyard {

enum class Cause : std::uint8_t { ablate, steer, zoo, routes, prune, route_diff };
inline constexpr std::size_t kCauses = 6;
// As the command and the report's file are called: "ablate" leaves "ablation-400.json".
std::string_view command_of(Cause cause);
std::string_view file_of(Cause cause);

inline constexpr std::int64_t kTrialTokens = 5120;  // unless somebody says how many

struct CauseRequest {
  Cause what = Cause::ablate;
  std::string run, other;  // DIR, DIR@STEP, DIR@NAME; `other`: of route-diff
  std::int64_t tokens = kTrialTokens;
  std::optional<Precision> precision, other_precision;  // nothing: as the run was trained
  AblationRequest ablation;
  SteeringRequest steering;
  PruneRequest prune;
  std::int64_t learn_on = 100;  // prune: steps
  bool regret = true;           // zoo, routes: what takes a pass a token
};

}  // namespace switchyard
