// Looks at a classifier through the test points, and in two dimensions through a grid over their plane: the
// Snapshot. Thread safety: the trainer's thread.
#pragma once

#include <memory>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/data/clusters.h"
#include "core/model/layers/classifier.h"
#include "core/train/interface/trial.h"
#include "core/train/looks/prober.h"

namespace switchyard {

// Logits [points, classes] of any number of points, without gradient. Where a router works on groups of points
// (expert choice, soft), the groups are those of training, `batch` points each, so that both see the same room.
at::Tensor evaluate_points(const Classifier& model, const at::Tensor& x, const PassContext& context,
                           std::int64_t batch);

class ClusterProber {
 public:
  // Points shown and routed one by one, at most; the confusion matrix counts the whole split.
  static constexpr std::int64_t kPoints = 640;
  // Cells of the plane's map along each side: as many as the model's arithmetic for all of them stays below
  // kMapFlops.
  static constexpr std::int32_t kMostCells = 96, kLeastCells = 32;
  static constexpr double kMapFlops = 4e8;
  static std::int32_t cells_for(double flops_a_point);

  ClusterProber() = default;
  // test_x [points, dims], test_labels [points] int64: data.test as tensors.
  ClusterProber(const ClusterData& data, at::Tensor test_x, at::Tensor test_labels,
                std::int32_t cells = kMostCells, std::int64_t most_points = kPoints);
  std::int64_t size() const { return static_cast<std::int64_t>(points_->label.size()); }

  // Everything but revision, model_id and step is filled in. Routes are shown as of one group of all points;
  // predictions are those of evaluate_points.
  Snapshot look(const Classifier& model, const PassContext& context, const Config& config, const Watch& watch);

  // Contract: Trainer::inspect and inspect_more.
  Result<Inspection> inspect(const Classifier& model, const PassContext& context, const Config& config,
                             std::int32_t layer, std::int32_t point) const;
  void inspect_more(const Classifier& model, const PassContext& context, Inspection& inspection) const;
  // Contract: Trainer::try_out; all points are one group. Everything but model_id and step is filled in.
  Trial try_out(const Classifier& model, const PassContext& context) const;

 private:
  PlaneMap map_of(const Classifier& model, const PassContext& context, std::int64_t batch) const;

  std::shared_ptr<const ProbePoints> points_;
  at::Tensor test_x_, test_labels_;
  at::Tensor grid_;  // [cells, 2], row by row from the lowest y; undefined unless dims = 2
  PlaneMap frame_;   // columns, rows and edges of the map
  std::vector<LayerPlanes> planes_;
};

// [classes, classes] from true and predicted classes, rows the true ones.
std::vector<std::int32_t> confusion_matrix(const std::vector<std::int32_t>& truth,
                                           const std::vector<std::int32_t>& predicted, std::int32_t classes);

}  // namespace switchyard
