// THE table of figures in the health grid: what each is called, how it is written, where its course comes from, and
// between what it should be.
//
// Thread safety: pure functions.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <string_view>

#include "app/panels/health/layer_health.h"
#include "app/panels/parts/metric_notes.h"
#include "core/history/history.h"

namespace switchyard::app {

// What a figure may be, and what it should be: low and high of each, NaN where there is no end.
struct HealthRange {
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
};

// Where a course over the run comes from: figures of steps, mean loads of stretches of steps, or kept looks, each against
// the one before or against the shown one.
enum class CourseFrom { step, load, before, now };

struct HealthColumn {
  std::string_view title;
  const MetricNote* note;
  std::string (*text)(double);
  double LayerHealth::*value;
  CourseFrom from = CourseFrom::step;
  LayerScalar scalar = LayerScalar::max_violation;
  // The scale of the course; null: as its values are, in powers of ten.
  HealthRange (*possible)(const LayerHealth&) = nullptr;
  HealthRange (*healthy)(const LayerHealth&) = nullptr;
  std::string (*words)(const LayerHealth&) = nullptr;  // of the healthy range
  double LayerHealth::*chance = nullptr;
};

// Those that tell most first.
std::span<const HealthColumn> health_columns();

// Whether the layer's value lies in the healthy range, or there is none of either.
bool is_well(const HealthColumn& column, const LayerHealth& health);

}  // namespace switchyard::app
