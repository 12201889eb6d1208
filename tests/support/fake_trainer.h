// A Trainer that computes nothing: instant, deterministic, with records and snapshots that look like a
// model learning. For tests and pictures of everything that is not the engine.
//
// Thread safety: as Trainer. The hooks run on the trainer's thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/train/interface/trainer.h"
#include "tests/support/fake_run.h"

namespace switchyard::test {

struct FakeOptions {
  // advance() fails when it would complete this step, so many times.
  std::int64_t fail_at_step = -1;
  int failures = 1;
  ErrorKind fails_as = ErrorKind::failure;
  // advance() throws std::runtime_error when it would complete this step, once.
  std::int64_t throw_at_step = -1;
  bool probe_fails = false;
  std::int64_t weights_gone_at = -1;  // from this step on weights() has none
  // Called at the start of every slice; may block.
  std::function<void()> before_slice = {};
  // A configuration the engine would refuse though validate() takes it.
  std::function<std::optional<Error>(const Config&)> refuse = {};
  // Processes that would train it; they share the experts out where expert_parallel says so.
  std::size_t ranks = 0;
  TextFacts text = {};
  // The text's file and what was read of it.
  std::string path = {};
  std::shared_ptr<const std::string> bytes = nullptr;
};

class FakeTrainer : public Trainer {
 public:
  explicit FakeTrainer(Config config = {}, FakeOptions options = {});

  const Config& config() const override { return config_; }
  const DataInfo& data() const override { return data_; }
  std::shared_ptr<const std::string> text() const override { return options_.bytes; }
  EngineInfo info() const override;
  std::uint32_t model_id() const override { return model_id_; }
  void number_models_from(std::uint32_t first) override { model_id_ = first; }
  std::int64_t step() const override { return step_; }
  Result<void> apply(const Config& config, std::uint64_t revision) override;
  Result<std::string> operate(const Operation& operation, std::uint64_t revision) override;
  Result<void> reset() override;
  // Token t of step s chooses (t + s) mod N and those behind it, in every layer, unless a guide says otherwise.
  Result<void> tell_routes(RouteTap* tap) override;
  Result<void> follow_routes(RouteGuide* guide) override;
  Result<std::optional<StepRecord>> advance() override;
  using Trainer::probe;
  Result<Snapshot> probe(const Watch& watch) override;
  Result<Inspection> inspect(std::int32_t layer, std::int32_t token) override;
  Result<void> inspect_more(Inspection& inspection, double seconds) override;
  Result<Evaluation> validate() override;
  std::vector<NamedTensor> weights() const override;
  Result<void> load_weights(const std::vector<NamedTensor>& weights) override;
  // Two tensors, of the step; and counters.
  Result<void> save(TrainerState& into) const override;
  Result<void> restore(const TrainerState& state) override;
  Result<RouteTrace> route(const std::string& text, bool with_router_inputs) override;
  Result<void> start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                std::uint64_t seed) override;
  Result<GeneratedToken> generate_token() override;

 private:
  StepRoutes own_routes() const;

  Config config_;
  FakeOptions options_;
  std::shared_ptr<const Corpus> corpus_;
  DataInfo data_;
  std::uint32_t model_id_ = 1;
  std::uint64_t revision_ = 0;
  std::int64_t step_ = 0, slice_ = 0, tokens_ = 0;
  std::size_t generated_ = 0;
  RouteTap* tap_ = nullptr;
  RouteGuide* guide_ = nullptr;
};

}  // namespace switchyard::test
