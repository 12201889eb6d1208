// The trainer: data, a model that learns from it, and the step that ties them together.
// Contract: trainer.h. Thread safety: belongs to the thread that created it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/operate/expert_plan.h"
#include "core/train/interface/trainer.h"
#include "core/train/live_model.h"
#include "core/train/looks/edits.h"
#include "core/train/means/guarded.h"
#include "core/train/means/means.h"
#include "core/train/means/memory.h"
#include "core/train/means/threads.h"
#include "core/train/optimizer/frozen.h"
#include "core/train/tasks/task.h"

namespace switchyard {

class TrainerImpl final : public Trainer {
 public:
  // With a mesh, which outlives the trainer, it is one of those that train a model together: every call that may
  // need the others is collective then, made by all with the same arguments, and what failed on one has failed on
  // all.
  static Result<std::unique_ptr<Trainer>> create(const Config& config, Mesh* mesh = nullptr);
  static Result<std::unique_ptr<Trainer>> create(const TrainerState& state, Mesh* mesh = nullptr);
  // For weights that will be loaded, never trained; `outputs` as in DataInfo.
  static Result<std::unique_ptr<Trainer>> create_for_weights(const Config& config,
                                                             const std::vector<std::string>& outputs);

  const Config& config() const override { return config_; }
  const DataInfo& data() const override { return data_->info; }
  std::shared_ptr<const std::string> text() const override;
  EngineInfo info() const override;
  std::uint32_t model_id() const override { return model_id_; }
  void number_models_from(std::uint32_t first) override { model_id_ = first; }
  std::int64_t step() const override { return model_->step; }

  Result<void> apply(const Config& config, std::uint64_t revision) override;
  Result<std::string> operate(const Operation& operation, std::uint64_t revision) override;
  Result<void> reset() override;
  Result<std::optional<StepRecord>> advance() override;
  Result<void> tell_routes(RouteTap* tap) override;
  Result<void> follow_routes(RouteGuide* guide) override;
  using Trainer::probe;
  Result<Snapshot> probe(const Watch& watch) override;
  Result<Inspection> inspect(std::int32_t layer, std::int32_t token) override;
  Result<void> inspect_more(Inspection& inspection, double seconds) override;
  Result<Trial> try_out(const Intervention& asked, const TrialWish& wish) override;
  Result<Evaluation> validate() override;
  std::vector<NamedTensor> weights() const override;
  Result<void> load_weights(const std::vector<NamedTensor>& weights) override;
  Result<void> save(TrainerState& into) const override;
  Result<void> restore(const TrainerState& state) override;
  Result<RouteTrace> route(const std::string& text, bool with_router_inputs) override;
  Result<void> start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                std::uint64_t seed) override;
  Result<GeneratedToken> generate_token() override;

 private:
  TrainerImpl(Config config, const Means& means, Config running, std::shared_ptr<const TaskData> data,
              std::unique_ptr<LiveModel> model);
  static Result<std::unique_ptr<Trainer>> make(const Config& config, Result<std::shared_ptr<const TaskData>> data,
                                               Mesh* mesh);
  // A model of the state, built aside; checks memory beside `before`.
  static Result<std::unique_ptr<LiveModel>> built_from(const TrainerState& state, const Config& running,
                                                       const std::shared_ptr<const TaskData>& data,
                                                       const StandingModel& before, const Layout& layout);
  // The model as it stands, laid out as `config` asks.
  Result<std::unique_ptr<LiveModel>> laid_out_anew(const Config& config, const Config& running);
  // operate(), by what it makes of the model (core/operate/remodel.h).
  Result<std::string> remodel(const Operation& operation, std::uint64_t revision);
  Result<std::string> operate_in_place(const Operation& operation, std::uint64_t revision);
  // Carries out a plan; what can fail comes first.
  Result<void> carry_out(const ExpertPlan& plan, const Operation& operation);
  // This rank's part of a micro-batch's examples, and of the pass that looks at them.
  std::int64_t examples_here() const { return running_.batch_size / model_->layout.ranks(); }
  // Of the step's micro-batch behind `batches` others.
  PassContext training_context(std::int64_t batches) const;
  PassContext evaluation_context() const;
  std::int64_t outputs() const { return static_cast<std::int64_t>(data_->info.outputs.size()); }
  Result<TaskPass> micro_batch(std::int64_t batches);
  // The experts that the guide names for this micro-batch, into the context. usage: it has others, or for another
  // batch.
  Result<void> take_guided(PassContext& context, std::int64_t batches);
  Result<void> check_guided(const TaskPass& seen, std::int64_t batches);
  // What it was routed by, for the tap.
  Result<void> note_routes(const TaskPass& seen, std::int64_t batches);
  // `squares` as AdamW::squared_grads.
  StepRecord finish_step(const std::vector<double>& squares, double grad_norm, double learning_rate,
                         const FrozenParts& frozen);
  Error not_finite(const char* what, double value) const;
  // guarded(), on this model's number of threads: another trainer of the same thread may have set its own.
  template <class Work>
  auto computing(Work&& work) const -> decltype(work()) {
    set_threads(running_.threads);
    return guarded(std::forward<Work>(work));
  }

  Config config_;   // as it was asked for
  Means means_;     // what it leaves open is, for this model
  Config running_;  // both together: what everything here goes by
  std::shared_ptr<const TaskData> data_;
  std::uint64_t revision_ = 0;
  std::uint32_t model_id_ = 1;
  std::unique_ptr<LiveModel> model_;
  mutable StandingEdits edits_;  // of running_
  RouteTap* tap_ = nullptr;
  RouteGuide* guide_ = nullptr;
  std::int64_t checked_routes_ = -1;  // the step whose routes fit checked_by_
  Config checked_by_;
  StepRoutes routes_;  // of the step under way, where somebody is told
};

}  // namespace switchyard
