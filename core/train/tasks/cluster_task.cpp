#include "core/train/tasks/cluster_task.h"

#include "core/config/cost.h"

namespace switchyard {
namespace {

at::Tensor points_tensor(const PointSet& points, std::int64_t dims) {
  return torch::tensor(points.x).view({points.size(), dims});
}

at::Tensor labels_tensor(const PointSet& points) {
  return torch::tensor(std::vector<std::int64_t>(points.label.begin(), points.label.end()), at::kLong);
}

}  // namespace

ClusterTask::ClusterTask(const Config& config, std::shared_ptr<const ClusterData> data, bool trainable,
                         const Initializer& init)
    : data_(std::move(data)), model_(config, init), sampler_(data_, static_cast<std::uint64_t>(config.seed)) {
  if (!trainable) return;
  train_x_ = points_tensor(data_->train, data_->dims);
  train_labels_ = labels_tensor(data_->train);
  test_x_ = points_tensor(data_->test, data_->dims);
  test_labels_ = labels_tensor(data_->test);
  const double flops = model_cost(config, config.cluster_classes).forward_flops_per_token;
  prober_ = ClusterProber(*data_, test_x_, test_labels_, ClusterProber::cells_for(flops));
}

TaskPass ClusterTask::train(std::int64_t examples, const PassContext& context, std::int64_t drawn) {
  const at::Tensor points = torch::tensor(sampler_.at(drawn, examples), at::kLong);
  TaskPass through;
  through.sequences = context.routing.sequences;
  through.targets = train_labels_.index_select(0, points);
  through.pass = model_.forward(train_x_.index_select(0, points), context);
  through.logits = through.pass.logits;
  return through;
}

Evaluation ClusterTask::validate(const Config& config, const PassContext& context, RankGroup*) {
  const at::Tensor logits = evaluate_points(model_, test_x_, context, config.batch_size);
  return {at::cross_entropy_loss(logits, test_labels_).item<double>(),
          static_cast<double>(count_right(logits, test_labels_)) / static_cast<double>(test_labels_.numel())};
}

Snapshot ClusterTask::look(const Config& config, const PassContext& context, const Watch& watch) {
  return prober_.look(model_, context, config, watch);
}

Result<Inspection> ClusterTask::inspect(const Config& config, const PassContext& context, std::int32_t layer,
                                        std::int32_t point) {
  return prober_.inspect(model_, context, config, layer, point);
}

void ClusterTask::inspect_more(const PassContext& context, Inspection& inspection) {
  prober_.inspect_more(model_, context, inspection);
}

const ClusterProber& ClusterTask::tried_by(std::int64_t points) {
  if (points <= 0) return prober_;
  if (wider_points_ != points) {
    wider_ = ClusterProber(*data_, test_x_, test_labels_, ClusterProber::kLeastCells, points);
    wider_points_ = points;
  }
  return wider_;
}

std::int64_t ClusterTask::tokens_to_try(const Config&, std::int64_t points) { return tried_by(points).size(); }

Trial ClusterTask::try_out(const Config&, const PassContext& context, std::int64_t points) {
  return tried_by(points).try_out(model_, context);
}

}  // namespace switchyard
