// What a model can be held against: kept steps of its run, the other runs of the window, and itself, as it is or
// in another precision.
//
// Thread safety: pure functions of what is shown.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "app/run/panel.h"
#include "core/causes/cause_report.h"

namespace switchyard::app {

struct RouteSide {
  std::string label;  // "step 100", "before clone 0.3, step 400", "itself in bf16"
  std::string other;  // as CauseRequest::other; empty: the model itself
  std::optional<Precision> precision{};
};
// Kept steps from the newest, then runs, then itself; never empty.
std::vector<RouteSide> route_sides(const PanelInput& in);
// The one that is asked for; where that is none of them the earliest kept step that is not this model's, else the
// last.
std::size_t route_side(const PanelInput& in, const std::vector<RouteSide>& sides, const CauseRequest& asked);

// What the answer holds the model against, without any path: "step 100", "stories 15:12 at step 400", "itself in
// bf16".
std::string other_name(const PanelInput& in, const CauseReport& report);

}  // namespace switchyard::app
