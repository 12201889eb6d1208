// Rank 0's trainer: to everybody outside a trainer like any other. What it is asked it has all ranks do with it
// (orders.h), each on its own part; so who drives a run knows of no ranks.
//
// Where a rank is lost, a call fails, and so does every further one: the group is over. Thread safety: as Trainer.
#pragma once

#include <memory>
#include <optional>

#include "core/train/interface/trainer.h"
#include "core/train/ranks/message.h"
#include "core/train/crew/orders.h"
#include "core/train/crew/rank_crew.h"

namespace switchyard {

class LeadTrainer final : public Trainer {
 public:
  static Result<std::unique_ptr<Trainer>> create(const Config& config, RankCrew& crew);
  static Result<std::unique_ptr<Trainer>> create(const TrainerState& state, RankCrew& crew);
  ~LeadTrainer() override;

  const Config& config() const override { return own_->config(); }
  const DataInfo& data() const override { return own_->data(); }
  std::shared_ptr<const std::string> text() const override { return own_->text(); }
  EngineInfo info() const override { return own_->info(); }
  std::uint32_t model_id() const override { return own_->model_id(); }
  void number_models_from(std::uint32_t first) override { own_->number_models_from(first); }
  std::int64_t step() const override { return own_->step(); }

  Result<void> apply(const Config& config, std::uint64_t revision) override;
  Result<std::string> operate(const Operation& operation, std::uint64_t revision) override;
  Result<void> reset() override;
  Result<std::optional<StepRecord>> advance() override;
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
  LeadTrainer(std::unique_ptr<Trainer> own, RankCrew& crew) : own_(std::move(own)), crew_(crew) {}
  bool shares_out_experts() const;

  std::unique_ptr<Trainer> own_;
  RankCrew& crew_;
  std::int64_t inspected_ = -1;  // layer and token of the last inspection, the only one the others know
};

}  // namespace switchyard
