// The configuration of the driver's tests.
#pragma once

#include <cstdint>

#include "core/config/config.h"

namespace switchyard::test {

inline Config config_with(std::int64_t probe_interval) {
  Config config;
  config.layers = 2;
  config.probe_interval = probe_interval;
  return config;
}

}  // namespace switchyard::test
