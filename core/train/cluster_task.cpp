#include "core/train/cluster_task.h"

namespace switchyard {
namespace {

constexpr std::int64_t kMostAtOnce = 4096;  // points in one evaluating pass

at::Tensor points_tensor(const PointSet& points, std::int64_t dims) {
  return torch::tensor(points.x).view({points.size(), dims});
}

at::Tensor labels_tensor(const PointSet& points) {
  return torch::tensor(std::vector<std::int64_t>(points.label.begin(), points.label.end()), at::kLong);
}

}  // namespace

ClusterTask::ClusterTask(const Config& config, std::shared_ptr<const ClusterData> data, bool trainable, const Initializer& init)
    : data_(std::move(data)), model_(config, init), sampler_(data_, static_cast<std::uint64_t>(config.seed)) {
  if (!trainable) return;
  train_x_ = points_tensor(data_->train, data_->dims);
  train_labels_ = labels_tensor(data_->train);
  test_x_ = points_tensor(data_->test, data_->dims);
  test_labels_ = labels_tensor(data_->test);
  prober_ = ClusterProber(*data_, test_x_, test_labels_);
}

TaskPass ClusterTask::next(const Config& config, const PassContext& context) {
  const at::Tensor drawn = torch::tensor(sampler_.next(config.batch_size), at::kLong);
  TaskPass through;
  through.targets = train_labels_.index_select(0, drawn);
  through.pass = model_.forward(train_x_.index_select(0, drawn), context);
  through.logits = through.pass.logits;
  return through;
}

Evaluation ClusterTask::validate(const Config&, const PassContext& context) {
  double loss = 0;
  std::int64_t right = 0;
  const std::int64_t points = test_x_.size(0);
  for (std::int64_t begin = 0; begin < points; begin += kMostAtOnce) {
    const std::int64_t count = std::min(kMostAtOnce, points - begin);
    const at::Tensor logits = model_.forward(test_x_.narrow(0, begin, count), context).logits;
    const at::Tensor targets = test_labels_.narrow(0, begin, count);
    loss += at::cross_entropy_loss(logits, targets).item<double>() * static_cast<double>(count);
    right += count_right(logits, targets);
  }
  return {loss / static_cast<double>(points), static_cast<double>(right) / static_cast<double>(points)};
}

Snapshot ClusterTask::look(const PassContext& context) { return prober_.look(model_, context); }

}  // namespace switchyard
