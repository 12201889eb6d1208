// What becomes of the experts of every layer: each of the new ones comes from old ones, by weights, or is new. All
// layers have equally many, so what changes their number in one layer does so in all: where an operation names
// nobody of a layer, clone and split take its busiest expert, remove its least busy, merge its two (or more) least
// busy.
//
// `loads`: [MoE layers][N] assignments, decayed (TrainerState::loads); a layer without: all equal. Ties go to the
// lower id. Where layers share one router, their gates' rows are one: they change alike, by loads summed over
// layers. Thread safety: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/config/config.h"
#include "core/operate/operation.h"

namespace switchyard {

struct NewExpert {
  // A half: that part in width of the one it comes from, no weight out (zeros of w2) of the rest, and what it adds
  // to the output twice, since both share one's weight.
  enum class Origin : std::uint8_t { kept, clone, merged, fresh, donor, first_half, second_half };
  Origin origin = Origin::kept;
  // Old experts and their weights, which sum to 1; fresh and donor: the one whose place it takes.
  std::vector<std::pair<std::int32_t, double>> from;
};

struct LayerPlan {
  std::int32_t block = 0;
  std::vector<NewExpert> experts;
  bool new_router = false;
  bool makes(NewExpert::Origin origin) const;
};

struct ExpertPlan {
  std::vector<LayerPlan> layers;  // all MoE layers, in order
  std::int64_t before = 0;        // experts a layer had
  double noise = 0;               // of clones, as a share of each tensor's standard deviation
  std::int64_t experts() const { return static_cast<std::int64_t>(layers.front().experts.size()); }
  bool makes(NewExpert::Origin origin) const;
  bool needs_fresh() const;  // anything drawn as at the beginning
};

using ExpertLoads = std::vector<std::vector<double>>;

// usage: a layer or expert is not there, named twice, or the layers cannot change alike; an operation that
// remodel.h is about.
Result<ExpertPlan> plan_of(const Operation& operation, const Config& config, const ExpertLoads& loads);
// More: clones of the busiest, whose load then counts as shared; fewer: the highest ids go.
ExpertPlan plan_of_resize(std::int64_t experts, const Config& config, const ExpertLoads& loads);
// Which old expert each of `experts` new ones comes from, given the old ones' loads.
std::vector<std::int64_t> surgery_plan(std::vector<double> loads, std::int64_t experts);

}  // namespace switchyard
