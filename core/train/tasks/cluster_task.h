// The class of a point: synthetic clusters, a classifier, accuracy over the whole test split. Thread safety: as
// Task.
#pragma once

#include "core/data/clusters.h"
#include "core/model/layers/classifier.h"
#include "core/train/looks/cluster_prober.h"
#include "core/train/tasks/task.h"

namespace switchyard {

class ClusterTask final : public Task {
 public:
  ClusterTask(const Config& config, std::shared_ptr<const ClusterData> data, bool trainable,
              const Initializer& init);

  Model& model() override { return model_; }
  TaskPass train(std::int64_t examples, const PassContext& context, std::int64_t drawn) override;
  Evaluation validate(const Config& config, const PassContext& context, RankGroup* replicas) override;
  Snapshot look(const Config& config, const PassContext& context, const Watch& watch) override;
  Result<Inspection> inspect(const Config& config, const PassContext& context, std::int32_t layer,
                             std::int32_t token) override;
  void inspect_more(const PassContext& context, Inspection& inspection) override;
  std::int64_t tokens_to_try(const Config& config, std::int64_t tokens) override;
  Trial try_out(const Config& config, const PassContext& context, std::int64_t tokens) override;

 private:
  std::shared_ptr<const ClusterData> data_;
  Classifier model_;
  PointSampler sampler_;
  ClusterProber prober_;
  ClusterProber wider_;  // over as many points as a trial asked for
  std::int64_t wider_points_ = 0;
  const ClusterProber& tried_by(std::int64_t points);

  at::Tensor train_x_, train_labels_, test_x_, test_labels_;  // [points, dims] [points]
};

}  // namespace switchyard
