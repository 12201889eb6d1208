// The health of routing, watched step by step: a small state machine that says when an alert begins and when it
// ends. In each MoE layer, with u_i = N f_i and windows of whole steps that end with the newest:
//
//   dead       u_i = 0 over at least 8 steps that would have brought the expert 100 assignments at a fair share; over
//              once it had more than 0.15 of one in the shortest window of at least 8 steps that would bring
//              each expert 100: a token now and then is no life
//   starving   mean of u_i, exponential with a half-life of 50 steps and debiased, below 0.1; over above 0.15, so
//              that it does not flicker. Not said of dead experts, nor in a layer that has collapsed.
//   collapsed  k < N, and (F - k/N) / (1 - k/N) >= 0.9 with F the sum of the k largest f_i, or at most k experts
//              active; over the shortest window of at least 8 steps that would bring each expert 100
//              assignments; over below 0.8
//   frozen     by structure (one chosen expert with its weight normalised to 1: the router's task gradient is 0),
//   or
//              norm(task gradient of router) / norm(task gradient of experts) < 1e-6, as the ratio of their sums
//              over the last 50 steps
//
// The Switch loss is no part of it: it can look well at high imbalance (core/model/layers/aux_losses.h).
// Thread safety: one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "core/base/alert.h"
#include "core/base/records.h"

namespace switchyard {

// What of the configuration the alerts depend on.
struct HealthFacts {
  std::int32_t top_k = 1;
  bool chooses = true;               // false: soft mixing; then only frozen routers are looked for
  bool learns = true;                // there is a router and it learns
  bool frozen_by_structure = false;  // one expert a token, its weight normalised
  bool task_alone = true;            // no auxiliary loss: the router's gradient is the task's
  // [MoE layers][N] 1: nobody may choose it, so it is neither dead nor starving, and the others are all there are.
  // Empty: nobody is muted.
  std::vector<std::vector<std::uint8_t>> muted = {};
  std::vector<std::uint8_t> held_routers = {};  // [MoE layers] 1: it does not learn because somebody froze it
  bool is_held(std::size_t layer) const { return layer < held_routers.size() && held_routers[layer] != 0; }
  bool is_muted(std::size_t layer, std::size_t expert) const {
    return layer < muted.size() && expert < muted[layer].size() && muted[layer][expert] != 0;
  }
  bool operator==(const HealthFacts&) const = default;
};

// All that a watch remembers: a run that goes on from it says the very alerts that it would have said without a
// break. Whoever makes one keeps to the sizes: [N] is the same in all of a layer.
struct HealthMemory {
  struct Layer {
    // Experts with too little. [N] each.
    std::vector<double> expected_since;      // assignments at a fair share since the expert's last one
    std::vector<std::int64_t> silent_since;  // first step of that stretch
    std::vector<double> sum;                 // decayed u
    std::vector<std::int64_t> low_since;     // first step of the mean's stretch below kStarving; 0: it is not
    std::vector<std::uint8_t> starves;
    double weight = 0;  // of the sums

    // Windows of whole steps.
    struct Loads {
      std::int64_t step = 0;
      std::vector<float> counts;
    };
    std::deque<Loads> loads;
    struct Norms {
      std::int64_t step = 0;
      double router = 0, experts = 0;
    };
    std::deque<Norms> norms;
    double look_router = kMissing;  // task gradient of the last look
  };

  std::vector<Layer> layers;
  std::vector<HealthAlert> alerts;  // that go on, by layer, then kind
};

class HealthWatch {
 public:
  static constexpr double kLeastExpected = 100;  // assignments
  static constexpr double kHalfLife = 50;        // steps
  static constexpr double kStarving = 0.1, kFed = 0.15;
  static constexpr double kCollapse = 0.9, kSpread = 0.8;
  static constexpr std::size_t kLeastSteps = 8;  // of a window of loads
  static constexpr double kFrozenRatio = 1e-6;
  static constexpr std::size_t kFrozenSteps = 50;

  // The alerts that began (ended = 0) and those that ended with this step, without advice. A record of another
  // model than the one before starts from nothing: what went on is over with its model.
  std::vector<HealthAlert> take(const StepRecord& record, const HealthFacts& facts);
  // Norm of the task gradient at a layer's gate from a look of this model: stands for the record's where
  // auxiliary losses are mixed into that, until the next look.
  void take_task_gradient(std::int32_t layer, double router_norm);

  // Those that go on, by layer, then kind. Experts and message are those of the newest step.
  const std::vector<HealthAlert>& alerts() const { return memory_.alerts; }
  void clear() { *this = HealthWatch(); }

  const HealthMemory& memory() const { return memory_; }
  // Goes on from there, with a model that has this id now.
  void restore(HealthMemory memory, std::uint32_t model_id);

 private:
  using Layer = HealthMemory::Layer;
  // What the newest step says of one kind in one layer.
  struct Finding {
    bool holds = false;
    std::int64_t began = 0;
    std::vector<std::int32_t> experts;
    std::string message;
  };

  // Whether an expert of the layer is muted.
  using Muted = std::function<bool(std::size_t expert)>;
  static void take_loads(Layer& layer, std::int64_t step, const std::vector<float>& counts, const Muted& muted);
  // known: the alert that goes on; may be null.
  static Finding dead(const Layer& layer, std::int64_t step, const HealthAlert* known, const Muted& muted);
  static Finding starving(const Layer& layer, const std::vector<std::int32_t>& dead, const Muted& muted);
  // `already`: the alert goes on.
  static Finding collapsed(const Layer& layer, std::int32_t top_k, bool already, const Muted& muted);
  static Finding frozen(const Layer& layer, const HealthFacts& facts, std::int64_t step);
  const HealthAlert* find(AlertKind kind, std::int32_t layer) const;
  void settle(AlertKind kind, std::int32_t index, std::int32_t block, std::int64_t step, Finding found,
              std::vector<HealthAlert>& changes);

  HealthMemory memory_;
  std::uint32_t model_id_ = 0;
};

}  // namespace switchyard
