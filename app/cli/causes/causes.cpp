#include "app/cli/causes/causes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <memory>

#include "app/cli/causes/ablation_report.h"
#include "app/cli/causes/prune_report.h"
#include "app/cli/causes/route_diff_report.h"
#include "app/cli/causes/router_reports.h"
#include "app/cli/causes/trial_progress.h"
#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/config/expert_names.h"
#include "core/config/gates.h"
#include "core/session/run_to_go_on.h"

namespace switchyard::app {
namespace {

constexpr std::int64_t kLookEvery = 10;  // steps of a pruned model that learns on

// The run as it stands, or computed in another precision.
Result<std::unique_ptr<Trainer>> open_run(const std::string& where, std::optional<Precision> precision,
                                          const MakeTrainer& make, const MakeTrainerFrom& make_from) {
  auto run = find_run_to_go_on(where);
  if (!run) return run.error();
  for (const std::string& note : run->notes) inform("switchyard: warning: {}\n", printable(note));
  auto trainer = make_trainer_of(*run, make, make_from);
  if (!trainer) return trainer.error();
  Config config = (*trainer)->config();
  if (config.ffn != Ffn::moe)
    return usage_error(fmt::format("{}: this model has no experts (ffn = dense)", where));
  if (precision && config.precision != *precision) {
    config.precision = *precision;
    if (auto applied = (*trainer)->apply(config, 1); !applied) return applied.error();
  }
  if (config.gate == Gate::soft)
    return usage_error(
        fmt::format("{}: gate = soft mixes all tokens; no expert is chosen that could be another", where));
  return trainer;
}

class Causes {
 public:
  Causes(const Options& options, const MakeTrainer& make, const MakeTrainerFrom& make_from)
      : options_(options), asked_(options.cause), make_(make), make_from_(make_from) {}

  Result<std::string> run() {
    auto opened = open_run(asked_.run, asked_.precision, make_, make_from_);
    if (!opened) return opened.error();
    trainer_ = std::move(*opened);
    switch (asked_.what) {
      case Cause::route_diff:
        return route_diff_of_two();
      case Cause::steer:
        return steering();
      case Cause::zoo:
        return zoo();
      case Cause::routes:
        return routes();
      case Cause::prune:
        return prune();
      case Cause::ablate:
        break;
    }
    return ablation();
  }

 private:
  TryOut try_out() {
    return [this](const Intervention& asked) { return trainer_->try_out(asked, {asked_.tokens, false}); };
  }

  Result<std::string> ablation() {
    AblationRequest request = asked_.ablation;
    const Config& config = trainer_->config();
    request.tokens_choose = traits(config.gate).top_k;
    for (NamedInLayer& layer : named_in_layers(config.muted, config))
      request.muted.push_back(std::move(layer.experts));
    if (!request.tokens_choose && request.draws > 0) {
      request.draws = 0;
      inform(
          "switchyard: tokens of this gate do not choose top_k experts each, so there is no control to draw, and "
          "no label\n");
    }
    TrialProgress progress(STDERR_FILENO);
    Trials trials(try_out(), progress.told());
    const auto report = ablate(request, trials);
    progress.finish();
    if (!report) return report.error();
    return options_.json ? ablation_json(*report) : ablation_text(*report);
  }

  // Of the probe's tokens, which are the ones that can be inspected.
  TryOut try_probe() {
    return [this](const Intervention& asked) { return trainer_->try_out(asked, {}); };
  }
  InspectToken inspect() {
    return [this](std::int32_t layer, std::int32_t token) -> Result<Inspection> {
      auto found = trainer_->inspect(layer, token);
      while (found && !found->done)
        if (auto more = trainer_->inspect_more(*found, 0); !more) return more.error();
      return found;
    };
  }

  Result<std::string> steering() {
    TrialProgress progress(STDERR_FILENO);
    Trials trials(try_out(), progress.told());
    const auto sweep = steering_sweep(asked_.steering, trials);
    progress.finish();
    if (!sweep) return sweep.error();
    return options_.json ? steering_json(*sweep) : steering_text(*sweep);
  }

  Result<std::string> zoo() {
    const Config& config = trainer_->config();
    const ZooRequest request{config.gate, config.capacity_factor, config.task == TaskKind::language,
                             asked_.regret};
    TrialProgress progress(STDERR_FILENO);
    Trials trials(try_probe(), progress.told());
    const auto zoo = router_zoo(request, trials, inspect());
    progress.finish();
    if (!zoo) return zoo.error();
    return options_.json ? zoo_json(*zoo)
                         : zoo_text(*zoo, config.capacity_factor, config.overflow != Overflow::dropless);
  }

  Result<std::string> routes() {
    const Config& config = trainer_->config();
    const ReferenceRequest request{config.task == TaskKind::language, traits(config.gate).top_k, asked_.regret};
    TrialProgress progress(STDERR_FILENO);
    Trials trials(try_probe(), progress.told());
    const auto found = reference_routes(request, trials, inspect());
    progress.finish();
    if (!found) return found.error();
    return options_.json ? reference_json(*found) : reference_text(*found);
  }

  Result<std::string> prune() {
    const Config config = trainer_->config();
    PruneRequest request = asked_.prune;
    request.experts = config.experts, request.top_k = traits(config.gate).top_k ? config.top_k : 1;
    if (config.gate == Gate::hash)
      return usage_error(
          "gate = hash: who gets a token follows from how many experts there are, not from who is kept; allowed "
          "is "
          "any gate that scores experts");
    request.why_not = [&](std::int64_t kept) {
      const auto problems = validate(with_experts(config, kept));
      return problems.empty() ? std::string() : problems.front().message;
    };
    const auto looked = trainer_->try_out({}, {asked_.tokens, true});
    if (!looked) return looked.error();
    const std::vector<NamedTensor> weights = trainer_->weights();
    trainer_.reset();
    TrialProgress progress(STDERR_FILENO);
    Trials trials({}, progress.told());
    const auto bench = prune_bench(
        request, *looked, weights,
        [&](std::int64_t experts, const std::vector<NamedTensor>& of) { return learned_on(config, experts, of); },
        trials);
    progress.finish();
    if (!bench) return bench.error();
    return options_.json ? prune_json(*bench) : prune_text(*bench);
  }

  // Names of experts would mean others, or nobody, in a model with fewer.
  static Config with_experts(Config config, std::int64_t experts) {
    if (experts != config.experts) config.muted = config.frozen = config.steered = kNobody;
    config.experts = experts;
    config.warmup_steps = 0;
    return config;
  }

  // A new model of so many experts with these weights; its optimizer begins afresh, without a warmup.
  Result<LearnedOn> learned_on(const Config& config, std::int64_t experts,
                               const std::vector<NamedTensor>& weights) const {
    auto trainer = make_(with_experts(config, experts));
    if (!trainer) return trainer.error();
    if (auto loaded = (*trainer)->load_weights(weights); !loaded) return loaded.error();
    LearnedOn learned;
    const auto look = [&]() -> Result<void> {
      const auto trial = (*trainer)->try_out({}, {asked_.tokens, false});
      if (!trial) return trial.error();
      learned.step.push_back((*trainer)->step());
      learned.loss.push_back(mean_loss(*trial));
      return {};
    };
    if (auto done = look(); !done) return done.error();
    while ((*trainer)->step() < asked_.learn_on) {
      if (EndSignals::asked_to_end()) return EndSignals::request();
      const auto start = std::chrono::steady_clock::now();
      const auto step = (*trainer)->advance();
      if (!step) return step.error();
      learned.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (*step && ((*step)->step % kLookEvery == 0 || (*step)->step == asked_.learn_on))
        if (auto done = look(); !done) return done.error();
    }
    return learned;
  }

  Result<std::string> route_diff_of_two() {
    TrialProgress progress(STDERR_FILENO);
    Trials trials(try_out(), progress.told());
    trials.plan(2);
    const auto first = trials.run({});
    if (!first) return first.error();
    // One at a time: two models need not fit side by side.
    trainer_.reset();
    auto other = open_run(asked_.other, asked_.other_precision, make_, make_from_);
    if (!other) return other.error();
    trainer_ = std::move(*other);
    const auto second = trials.run({});
    progress.finish();
    if (!second) return second.error();
    const auto diff = route_diff(*first, *second);
    if (!diff) return diff.error();
    return options_.json ? route_diff_json(*diff) : route_diff_text(*diff);
  }

  const Options& options_;
  const CauseRequest& asked_;
  const MakeTrainer& make_;
  const MakeTrainerFrom& make_from_;
  std::unique_ptr<Trainer> trainer_;
};

}  // namespace

Result<std::string> report_cause(const Options& options, const MakeTrainer& make,
                                 const MakeTrainerFrom& make_from) {
  const EndSignals signals;
  auto report = caught("the trials", [&] { return Causes(options, make, make_from).run(); });
  if (!report && report.error().kind == ErrorKind::interrupted && EndSignals::asked_to_end())
    return EndSignals::request();
  return report;
}

}  // namespace switchyard::app
