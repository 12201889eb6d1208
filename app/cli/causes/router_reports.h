// `switchyard steer`, `zoo` and `routes` as text and as JSON. Thread safety: pure functions.
#pragma once

#include <string>
#include <vector>

#include "core/causes/reference_routes.h"
#include "core/causes/router_zoo.h"
#include "core/causes/steering_sweep.h"

namespace switchyard::app {

std::string gate_text(Gate gate);               // "softmax-renormalised": as its knob says it
std::string words_of_place(RouterPlace place);  // a sentence: where the learned router lies

std::string steering_text(const SteeringSweep& sweep);
std::string steering_json(const SteeringSweep& sweep);

// `drops`: whether training drops what is beyond the capacity.
std::string zoo_text(const std::vector<ZooLayer>& zoo, double capacity_factor, bool drops);
std::string zoo_json(const std::vector<ZooLayer>& zoo);

std::string reference_text(const ReferenceRoutes& routes);
std::string reference_json(const ReferenceRoutes& routes);

}  // namespace switchyard::app
