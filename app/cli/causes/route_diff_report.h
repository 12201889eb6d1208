// `switchyard route-diff` as text and as JSON. Thread safety: pure functions.
#pragma once

#include <string>

#include "core/causes/route_diff.h"

namespace switchyard::app {

std::string route_diff_text(const RouteDiff& diff);
std::string route_diff_json(const RouteDiff& diff);

}  // namespace switchyard::app
