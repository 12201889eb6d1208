// The health of routing, watched step by step: a small state machine that says when an alert begins and when it
// ends. In each MoE layer, with u_i = N f_i and windows of whole steps that end with the newest:
//
//   dead       u_i = 0 over steps that would have brought the expert kLeastExpected = 100 assignments at a fair
//   share starving   mean of u_i, exponential with a half-life of kHalfLife = 50 steps and debiased, below 0.1;
//   ends above 0.15, so
//              that it does not flicker. Not said of dead experts, nor of a layer that has collapsed.
//   collapsed  k < N, and (F - k/N) / (1 - k/N) >= 0.9 with F the sum of the k largest f_i, or at most k experts
//   active, over the
//              shortest window of at least 8 steps that would bring each expert 100 assignments
//   frozen     by structure (one chosen expert with its weight normalised to 1: the task gradient of the router is
//   exactly 0), or
//              norm(task gradient of router) / norm(task gradient of experts) below 1e-6 as the ratio of sums over
//              the last 50 steps that had both
//
// The Switch loss is no part of it: it can look well at high imbalance (core/model/aux_losses.h).
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "core/base/alert.h"
#include "core/base/records.h"

namespace switchyard {

// What of the configuration the alerts depend on. A change starts the windows afresh.
struct HealthFacts {
  std::int32_t top_k = 1;
  bool chooses = true;               // false: soft mixing; only frozen routers are looked for
  bool learns = true;                // there is a router and it learns
  bool frozen_by_structure = false;  // k = 1 with normalised weights
  bool task_alone = true;            // no auxiliary loss: the router's gradient is the task's
  bool operator==(const HealthFacts&) const = default;
};

class HealthWatch {
 public:
  static constexpr double kLeastExpected = 100;
  static constexpr double kHalfLife = 50;  // steps
  static constexpr double kStarving = 0.1, kFed = 0.15;
  static constexpr double kCollapse = 0.9;
  static constexpr std::size_t kCollapseSteps = 8;  // at least
  static constexpr double kFrozenRatio = 1e-6;
  static constexpr std::size_t kFrozenSteps = 50;

  // What happened with this step: alerts that began (ended = 0) or ended, without advice. A record of another
  // generation than the one before forgets everything: what went on is over with its model and reported as ended
  // at step 0 of none.
  struct Change {
    HealthAlert alert;
    bool begins = true;
  };
  std::vector<Change> take(const StepRecord& record, const HealthFacts& facts);
  // Norms of the task gradient at a layer's router from a look: replaces the record's where losses mix.
  void take_task_gradient(std::int32_t layer, double router_norm);

  // Alerts that go on, by layer, then kind. Experts are those of the newest step.
  const std::vector<HealthAlert>& alerts() const { return alerts_; }

 private:
  struct Layer {
    std::vector<double> expected_since;      // [N] assignments at a fair share since the expert's last token
    std::vector<std::int64_t> silent_since;  // [N] first step of that stretch
    std::vector<double> sum;                 // [N] decayed u
    double weight = 0;                       // of that sum
    std::vector<std::int64_t> low_since;     // [N] first step of the mean's stretch below kStarving, 0: it is not
    std::vector<std::uint8_t> starving;      // [N]
    struct Loads {
      std::int64_t step = 0;
      std::vector<float> counts;
    };
    std::deque<Loads> window;           // of collapse
    std::vector<double> window_counts;  // [N] sums over it
    double window_expected = 0;         // a fair share of it
    struct Norms {
      std::int64_t step = 0;
      double router = 0, experts = 0;
    };
    std::deque<Norms> norms;
    double look_router = kMissing;  // from the last look
  };

  std::vector<Layer> layers_;
  std::vector<HealthAlert> alerts_;
  std::uint32_t generation_ = 0;
  HealthFacts facts_;
};

}  // namespace switchyard
