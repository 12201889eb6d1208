// The trainer: a task with its model, the optimizer, the random streams, and the step that ties them together.
// Contract: trainer.h. Thread safety: belongs to the thread that created it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/measure/routing_metrics.h"
#include "core/train/adamw.h"
#include "core/train/task.h"
#include "core/train/trainer.h"

namespace switchyard {

class TrainerImpl final : public Trainer {
 public:
  static Result<std::unique_ptr<Trainer>> create(const Config& config);
  // For weights that will be loaded, never trained; `outputs` as in DataInfo.
  static Result<std::unique_ptr<Trainer>> create_for_weights(const Config& config, const std::vector<std::string>& outputs);

  const Config& config() const override { return config_; }
  const DataInfo& data() const override { return data_->info; }
  EngineInfo info() const override;
  std::uint32_t generation() const override { return generation_; }
  std::int64_t step() const override { return run_->step; }

  Result<void> apply(const Config& config, std::uint64_t revision) override;
  Result<void> reset() override;
  Result<std::optional<StepRecord>> advance() override;
  using Trainer::probe;
  Result<Snapshot> probe(const Watch& watch) override;
  Result<Inspection> inspect(std::int32_t layer, std::int32_t token) override;
  Result<void> inspect_more(Inspection& inspection, double seconds) override;
  Result<Evaluation> validate() override;
  std::vector<NamedTensor> weights() const override;
  Result<void> load_weights(const std::vector<NamedTensor>& weights) override;
  Result<RouteTrace> route(const std::string& text, bool with_router_inputs) override;
  Result<void> start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                std::uint64_t seed) override;
  Result<GeneratedToken> generate_token() override;

 private:
  // A step under way: micro-batches add to it.
  struct PartialStep {
    std::int64_t batches = 0, tokens = 0, examples = 0;
    std::int64_t right = 0;                      // tokens whose most probable output is the right one
    double loss = 0, total_loss = 0;             // sums over micro-batches
    PerAuxLoss<double> aux;                      // the same, with their coefficients
    std::vector<std::vector<std::int64_t>> counts;  // [MoE layers][N] assignments so far
    double seconds = 0;
    RoutingMeter meter;
  };
  // Everything that a new model begins afresh.
  struct Run {
    Run(const Config& config, std::shared_ptr<const TaskData> data);
    at::Generator init_noise;
    std::unique_ptr<Task> task;
    std::vector<Parameter*> parameters;  // of its model
    AdamW optimizer;
    PartialStep partial;
    std::int64_t step = 0, tokens = 0;
    std::int64_t drawn = 0;  // examples of the training split, up to the end of the last step
    double wall_s = 0;
    std::vector<std::vector<double>> loads;  // [layers][N] assignments, decayed: who is busy, for surgery
  };

  TrainerImpl(Config config, std::shared_ptr<const TaskData> data);
  static Result<std::unique_ptr<Trainer>> make(const Config& config, Result<std::shared_ptr<const TaskData>> data);
  std::int64_t outputs() const { return static_cast<std::int64_t>(data_->info.outputs.size()); }
  void micro_batch();
  // `squares` as AdamW::squared_grads.
  StepRecord finish_step(const std::vector<double>& squares, double grad_norm, double learning_rate);
  void note_gradients(const std::vector<double>& squares, double batches, std::vector<LayerRecord>& layers);
  void note_loads(const StepRecord& record);
  Error not_finite(const char* what, double value) const;
  void forget_partial_step();

  Config config_;
  std::shared_ptr<const TaskData> data_;
  std::int32_t threads_ = 0;
  std::uint64_t revision_ = 0;
  std::uint32_t generation_ = 1;
  std::unique_ptr<Run> run_;
};

}  // namespace switchyard
