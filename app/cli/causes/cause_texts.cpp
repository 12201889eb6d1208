#include "app/cli/causes/cause_texts.h"

#include "app/cli/causes/ablation_report.h"
#include "app/cli/causes/prune_report.h"
#include "app/cli/causes/route_diff_report.h"
#include "app/cli/causes/router_reports.h"

namespace switchyard::app {

std::string cause_text(const CauseReport& report) {
  switch (report.what()) {
    case Cause::ablate:
      return ablation_text(std::get<AblationReport>(report.found));
    case Cause::steer:
      return steering_text(std::get<SteeringSweep>(report.found));
    case Cause::zoo:
      return zoo_text(std::get<std::vector<ZooLayer>>(report.found), report.config.capacity_factor,
                      report.config.overflow != Overflow::dropless);
    case Cause::routes:
      return reference_text(std::get<ReferenceRoutes>(report.found));
    case Cause::prune:
      return prune_text(std::get<PruneBench>(report.found));
    case Cause::route_diff:
      break;
  }
  return route_diff_text(std::get<RouteDiff>(report.found));
}

std::string cause_json(const CauseReport& report) {
  switch (report.what()) {
    case Cause::ablate:
      return ablation_json(std::get<AblationReport>(report.found));
    case Cause::steer:
      return steering_json(std::get<SteeringSweep>(report.found));
    case Cause::zoo:
      return zoo_json(std::get<std::vector<ZooLayer>>(report.found));
    case Cause::routes:
      return reference_json(std::get<ReferenceRoutes>(report.found));
    case Cause::prune:
      return prune_json(std::get<PruneBench>(report.found));
    case Cause::route_diff:
      break;
  }
  return route_diff_json(std::get<RouteDiff>(report.found));
}

}  // namespace switchyard::app
