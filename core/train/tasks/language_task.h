// The next character of a text: corpus, batches, transformer, probe, generation. Thread safety: as Task.
#pragma once

#include <optional>

#include "core/data/batches.h"
#include "core/train/looks/generator.h"
#include "core/train/looks/prober.h"
#include "core/train/tasks/task.h"

namespace switchyard {

class LanguageTask final : public Task {
 public:
  LanguageTask(const Config& config, std::shared_ptr<const Corpus> corpus, bool trainable,
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
  void reconfigured(const Config& config) override;
  Result<RouteTrace> route(const Config& config, const PassContext& context, const std::string& text,
                           bool with_router_inputs) override;
  Result<void> start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                std::uint64_t seed) override;
  Result<GeneratedToken> generate_token(const Config& config, const PassContext& context) override;

 private:
  TaskPass forward(Batch& batch, const PassContext& context) const;
  const Prober& tried_by(const Config& config, std::int64_t tokens);
  std::vector<std::int64_t> token_counts() const;

  std::shared_ptr<const Corpus> corpus_;
  Transformer model_;
  std::optional<BatchSampler> sampler_;
  std::optional<Prober> prober_;
  std::optional<Prober> wider_;  // over as many tokens as a trial asked for
  std::int64_t wider_tokens_ = 0;
  std::optional<TextGenerator> text_;
};

}  // namespace switchyard
