#include "core/causes/cause_request.h"

namespace switchyard {

std::string_view command_of(Cause cause) {
  switch (cause) {
    case Cause::ablate:
      return "ablate";
    case Cause::steer:
      return "steer";
    case Cause::zoo:
      return "zoo";
    case Cause::routes:
      return "routes";
    case Cause::prune:
      return "prune";
    case Cause::route_diff:
      break;
  }
  return "route-diff";
}

std::string_view file_of(Cause cause) {
  switch (cause) {
    case Cause::ablate:
      return "ablation";
    case Cause::steer:
      return "steering";
    case Cause::zoo:
      return "zoo";
    case Cause::routes:
      return "routes";
    case Cause::prune:
      return "prune";
    case Cause::route_diff:
      break;
  }
  return "route-diff";
}

}  // namespace switchyard
