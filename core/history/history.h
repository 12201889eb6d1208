// What a viewer remembers of one run: every curve of it, in flat memory, as views without copies.
//
// The x axis is the run's own step, from 0. A record of a step that was seen already says that the run went back: what
// was seen of that step and later ones is forgotten.
//
// Figures per step are kept for each of the last `full_rate` steps. Older ones are thinned evenly to at
// most `thinned` points by doubling the distance between kept steps; the smoothed loss is computed at
// full rate before that. Loads per expert are kept as at most `rows` rows, each the mean of the steps it
// stands for. A figure that does not exist (of a layer, of an expert not yet added) is NaN, as is a figure that came out NaN.
//
// Layers are counted among the MoE layers, from 0. Thread safety: an object belongs to one thread at a time. Views are O(1) and
// valid until the next append() or clear().
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/records.h"
#include "core/base/ring.h"
#include "core/history/rank_history.h"

namespace switchyard {

// Figures of a step. Units as in StepRecord.
enum class Scalar {
  loss,
  loss_smooth,  // debiased exponential mean of loss
  val_loss,     // NaN on steps without validation: to draw a line use History::validation()
  total_loss,
  learning_rate,
  grad_norm,
  tokens_per_s,
  step_ms,
  train_accuracy,
  accuracy_smooth,  // of train_accuracy, as loss_smooth
};
inline constexpr std::size_t kScalars = 10;

// Figures of an MoE layer in a step. Units as in LayerRecord. After these come the auxiliary losses.
enum class LayerScalar {
  token_entropy,
  load_entropy,
  max_violation,
  assignment_drop_rate,
  token_drop_rate,
  router_grad_norm,
  expert_grad_norm,
  decisiveness,
  first_aux_loss,
};
inline constexpr std::size_t kLayerScalars = static_cast<std::size_t>(LayerScalar::first_aux_loss) + kAuxLosses.size();
constexpr LayerScalar scalar_of(AuxLoss loss) {
  return static_cast<LayerScalar>(static_cast<std::size_t>(LayerScalar::first_aux_loss) + static_cast<std::size_t>(loss));
}

// Of a layer in a step: H(P) - mean H(p_t) in nats, 0 to ln N, what a token says of its expert. NaN without
// probabilities, or of one expert.
float decisiveness(const LayerRecord& layer);

struct HistoryOptions {
  std::size_t full_rate = 20'000;
  std::size_t thinned = 20'000;
  std::size_t rows = 4'000;
  // Weight of the past in loss_smooth: half of it is forgotten after ln 2 / -ln(0.9) = 6.6 steps.
  double smoothing = 0.9;
  // Ceiling of bytes(). Rows per expert give way first: they are thinned further to keep it.
  std::size_t budget_bytes = std::size_t{256} << 20;
};

class History {
 public:
  explicit History(HistoryOptions options = {});

  void append(const StepRecord& record);
  void append(const RunEvent& event);
  // The run goes on from the end of this step: what came after it is forgotten, what was said of it since too.
  void go_on_from(std::int64_t step);
  void clear();

  // --- figures per step: all of one length, size(), and against x()
  std::size_t size() const { return x_.size(); }
  bool empty() const { return x_.empty(); }
  Strided<double> x() const;
  Strided<float> scalar(Scalar which) const;
  Strided<float> layer_scalar(std::size_t layer, LayerScalar which) const;

  // The steps that evaluated, alone: x and value of the same length, not size().
  struct Curve {
    Strided<double> x;
    Strided<float> y;
  };
  Curve validation() const;
  Curve validation_accuracy() const;
  // NaN before the first validation.
  double last_validation() const { return last_validation_; }
  double last_validation_accuracy() const { return last_accuracy_; }

  // Mean and sample standard deviation of the finite losses among the last 100 steps.
  struct Recent {
    double mean = kMissing;       // NaN without a finite loss
    double deviation = kMissing;  // NaN below two of them
    std::size_t count = 0;
  };
  Recent recent_loss() const;
  // Null before the first step. Holds the counts and mean_prob of every layer of the last step.
  const StepRecord* last() const { return last_ ? &*last_ : nullptr; }

  // --- layers and experts
  std::size_t layers() const;
  // In this layer, 0 if there is no such layer; and the most there ever were.
  std::size_t experts(std::size_t layer) const;
  std::size_t experts_ever(std::size_t layer) const;

  // Utilisation N f_i (1: fair share) by rows in time. utilisation_x() is the last x of each row. An
  // expert's column is strided; the whole table is row-major, [rows, experts_ever(layer)].
  Strided<double> utilisation_x() const;
  Strided<float> utilisation(std::size_t layer, std::size_t expert) const;
  const float* utilisation_table(std::size_t layer) const;
  std::size_t rows() const { return row_x_.size(); }
  // Steps a row stands for, and so the most by which the table may lag.
  std::size_t row_steps() const { return row_steps_; }
  // While it stays the same, rows are only added: what was read of the others still holds. No two histories share one,
  // copies aside. The other is the same for figures per step.
  std::uint64_t rows_epoch() const { return rows_epoch_; }
  std::uint64_t steps_epoch() const { return steps_epoch_; }

  // --- several processes that train one model; empty of one
  const RankHistory& ranks() const { return ranks_; }

  // --- events
  struct Event {
    double x = 0;
    RunEvent event;
  };
  const std::vector<Event>& events() const { return events_; }  // in the order they came

  // Bytes held, capacity included; flat once the run is longer than the limits above.
  std::size_t bytes() const;

 private:
  struct Layer {
    std::vector<float> scalars[kLayerScalars];
    std::vector<float> table;      // [rows, width]
    std::size_t width = 0;         // experts_ever
    std::vector<double> open_sum;  // of the row being gathered
    std::vector<std::uint32_t> open_count;
  };
  void append_rows(const StepRecord& record, double x);
  void widen(Layer& layer, std::size_t width);
  void close_row();
  void halve_rows();
  std::size_t row_limit() const;
  void thin();
  void forget_steps_after(std::int64_t step);
  static std::uint64_t new_epoch();

  HistoryOptions options_;
  std::vector<double> x_;
  std::vector<float> scalars_[kScalars];
  std::vector<double> validation_x_;
  std::vector<float> validation_y_, validation_accuracy_;
  std::vector<Layer> layers_;
  std::size_t old_ = 0;         // the first old_ points are the thinned ones
  std::size_t old_stride_ = 1;  // steps between them
  std::size_t old_seen_ = 0;    // steps that have left the full-rate part

  std::vector<double> row_x_;
  std::vector<std::uint32_t> row_count_;  // steps in each row
  std::size_t row_steps_ = 1;
  std::uint64_t rows_epoch_ = new_epoch(), steps_epoch_ = new_epoch();
  std::size_t open_steps_ = 0;
  double open_x_ = 0;

  // A debiased exponential mean: values that are not finite pass through and are forgotten.
  struct Smooth {
    double sum = 0, weight = 0;
    double take(double value, double past);
  };
  Smooth smooth_loss_, smooth_accuracy_;
  double last_validation_ = kMissing, last_accuracy_ = kMissing;
  Ring<double> recent_;
  std::optional<StepRecord> last_;
  RankHistory ranks_;
  std::vector<Event> events_;
};

}  // namespace switchyard
