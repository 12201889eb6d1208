// What came of one question: the figures, and of which model. Thread safety: a value; shared as const.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/causes/cause_request.h"
#include "core/causes/reference_routes.h"
#include "core/causes/route_diff.h"
#include "core/causes/router_zoo.h"

namespace switchyard {

using CauseFound = std::variant<AblationReport, SteeringSweep, std::vector<ZooLayer>, ReferenceRoutes, PruneBench,
                                RouteDiff>;  // in the order of Cause

struct CauseReport {
  CauseRequest asked;
  std::int64_t step = 0;        // of the model that was tried
  Config config;                // its settings
  std::int64_t other_step = 0;  // route-diff: of the model it is held against
  CauseFound found;

  Cause what() const { return static_cast<Cause>(found.index()); }
};

}  // namespace switchyard
