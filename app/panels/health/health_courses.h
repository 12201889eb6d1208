// How the figures of routing went over the run, in a few dozen points each: what the small plots of the health grid draw.
//
// Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <vector>

#include "app/panels/health/health_columns.h"
#include "app/run/derived/insight_cache.h"
#include "app/run/panel.h"
#include "app/run/ui_state.h"

namespace switchyard::app {

// A figure over the run.
struct HealthCourse {
  std::vector<double> x;
  std::vector<float> y;
};

// What courses are made from, worked out once a frame.
struct HealthRun {
  const PanelInput& in;
  double low = 0, high = 1;          // of x
  std::size_t most = 8;              // stretches of steps in a course
  std::vector<std::size_t> looks{};  // of the store: those at the shown one's tokens, a few, evenly spread
};

// Over the steps that the loss plot shows, for cells of that width in pixels. `in.run.history` must not be empty.
HealthRun health_run(const PanelInput& in, const UiState& ui, float cell_width);
HealthCourse course_of(const HealthRun& run, const HealthColumn& column, std::size_t layer);

}  // namespace switchyard::app
