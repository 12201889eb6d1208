#include "core/session/cause_work.h"

#include <chrono>
#include <optional>
#include <utility>

#include "core/config/expert_names.h"
#include "core/config/gates.h"
#include "core/config/knobs.h"

namespace switchyard {
namespace {

constexpr std::int64_t kLookEvery = 10;       // steps of a pruned model that learns on
constexpr double kInspectedAtOnce_s = 0.015;  // of a token's sets, so that nobody waits for all of them

Error ended() { return {ErrorKind::interrupted, "ended between two trials"}; }

// Names of experts would mean others, or nobody, in a model with fewer.
Config with_experts(Config config, std::int64_t experts) {
  if (experts != config.experts) config.muted = config.frozen = config.steered = kNobody;
  config.experts = experts;
  config.warmup_steps = 0;
  return config;
}

// The model under trial. It is made, used and let go of on the thread that computes.
class Tried {
 public:
  explicit Tried(const CauseWork& work) : work_(work) {}
  ~Tried() { let_go(); }
  Tried(const Tried&) = delete;
  Tried& operator=(const Tried&) = delete;

  Result<void> open(const CauseWork::Open& opens) {
    let_go();
    return work_.hand([&]() -> Result<void> {
      auto made = opens();
      if (!made) return made.error();
      trainer_ = std::move(*made);
      config_ = trainer_->config();
      step_ = trainer_->step();
      return {};
    });
  }
  void let_go() {
    if (!trainer_) return;
    const auto gone = work_.hand([&]() -> Result<void> {
      trainer_.reset();
      return {};
    });
    // Nobody computes any more, so that there is no thread left that it could disturb.
    if (!gone) trainer_.reset();
  }

  const Config& config() const { return config_; }
  std::int64_t step() const { return step_; }

  // What `call` of the trainer returns, called there.
  template <class Call>
  auto ask(Call call) -> decltype(call(std::declval<Trainer&>())) {
    std::optional<decltype(call(std::declval<Trainer&>()))> answer;
    const auto asked = work_.hand([&]() -> Result<void> {
      answer.emplace(call(*trainer_));
      return {};
    });
    if (!asked) return asked.error();
    return std::move(*answer);
  }

  TryOut try_out(std::int64_t tokens) {
    return [this, tokens](const Intervention& asked) {
      return ask([&](Trainer& trainer) { return trainer.try_out(asked, {tokens, false}); });
    };
  }
  InspectToken inspect() {
    return [this](std::int32_t layer, std::int32_t token) -> Result<Inspection> {
      auto found = ask([&](Trainer& trainer) { return trainer.inspect(layer, token); });
      while (found && !found->done)
        if (auto more = ask([&](Trainer& trainer) { return trainer.inspect_more(*found, kInspectedAtOnce_s); });
            !more)
          return more.error();
      return found;
    };
  }

 private:
  const CauseWork& work_;
  std::unique_ptr<Trainer> trainer_;
  Config config_;
  std::int64_t step_ = 0;
};

class Finder {
 public:
  Finder(const CauseRequest& asked, const CauseWork& work) : work_(work), trials_told_(work.told), tried_(work) {
    report_.asked = asked;
  }

  Result<CauseReport> find() {
    if (auto opened = tried_.open(work_.open); !opened) return opened.error();
    report_.step = tried_.step();
    report_.config = tried_.config();
    if (std::string why = why_not_asked(report_.asked.what, report_.config); !why.empty())
      return usage_error(std::move(why));
    auto found = answer();
    if (!found) return found.error();
    report_.found = std::move(*found);
    return std::move(report_);
  }

 private:
  Result<CauseFound> answer() {
    const Config& config = report_.config;
    CauseRequest& asked = report_.asked;
    const bool text = config.task == TaskKind::language, choose = traits(config.gate).top_k;
    Trials trials(tried_.try_out(asked.tokens), trials_told_);
    Trials probed(tried_.try_out(0), trials_told_);  // of the probe's tokens, the ones that can be inspected
    switch (asked.what) {
      case Cause::ablate:
        asked.ablation.tokens_choose = choose;
        asked.ablation.muted.clear();
        for (NamedInLayer& layer : named_in_layers(config.muted, config))
          asked.ablation.muted.push_back(std::move(layer.experts));
        // There is no control to draw.
        if (!choose) asked.ablation.draws = 0;
        return as_found(ablate(asked.ablation, trials));
      case Cause::steer:
        return as_found(steering_sweep(asked.steering, trials));
      case Cause::zoo:
        return as_found(
            router_zoo({config.gate, config.capacity_factor, text, asked.regret}, probed, tried_.inspect()));
      case Cause::routes:
        return as_found(reference_routes({text, choose, asked.regret}, probed, tried_.inspect()));
      case Cause::prune:
        return pruned();
      case Cause::route_diff:
        break;
    }
    return diff(trials);
  }

  template <class T>
  static Result<CauseFound> as_found(Result<T> found) {
    if (!found) return found.error();
    return CauseFound(std::move(*found));
  }

  Result<CauseFound> pruned() {
    const Config config = report_.config;
    PruneRequest& asked = report_.asked.prune;
    asked.experts = config.experts, asked.top_k = traits(config.gate).top_k ? config.top_k : 1;
    asked.why_not = [&config](std::int64_t kept) {
      const auto problems = validate(with_experts(config, kept));
      return problems.empty() ? std::string() : problems.front().message;
    };
    const auto looked = tried_.ask([&](Trainer& t) { return t.try_out({}, {report_.asked.tokens, true}); });
    if (!looked) return looked.error();
    const auto weights = tried_.ask([](Trainer& t) { return Result<std::vector<NamedTensor>>(t.weights()); });
    if (!weights) return weights.error();
    tried_.let_go();
    Trials trials({}, trials_told_);
    auto bench = prune_bench(
        asked, *looked, *weights,
        [&](std::int64_t experts, const std::vector<NamedTensor>& of) { return learned_on(config, experts, of); },
        trials);
    asked.why_not = {};
    return as_found(std::move(bench));
  }

  // A new model of so many experts with these weights; its optimizer begins afresh, without a warmup.
  Result<LearnedOn> learned_on(const Config& config, std::int64_t experts,
                               const std::vector<NamedTensor>& weights) {
    Tried fewer(work_);
    const auto made = fewer.open([&]() -> Result<std::unique_ptr<Trainer>> {
      auto trainer = work_.make(with_experts(config, experts));
      if (!trainer) return trainer;
      if (auto loaded = (*trainer)->load_weights(weights); !loaded) return loaded.error();
      return trainer;
    });
    if (!made) return made.error();
    LearnedOn learned;
    std::int64_t step = 0;
    const auto look = [&]() -> Result<void> {
      const auto trial = fewer.ask([&](Trainer& t) { return t.try_out({}, {report_.asked.tokens, false}); });
      if (!trial) return trial.error();
      learned.step.push_back(step);
      learned.loss.push_back(mean_loss(*trial));
      return {};
    };
    if (auto done = look(); !done) return done.error();
    while (step < report_.asked.learn_on) {
      if (work_.goes_on && !work_.goes_on()) return ended();
      const auto slice = fewer.ask([&](Trainer& t) {
        const auto start = std::chrono::steady_clock::now();
        auto advanced = t.advance();
        learned.seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        return advanced;
      });
      if (!slice) return slice.error();
      if (!*slice) continue;
      step = (*slice)->step;
      if (step % kLookEvery == 0 || step == report_.asked.learn_on)
        if (auto done = look(); !done) return done.error();
    }
    return learned;
  }

  Result<CauseFound> diff(Trials& trials) {
    trials.plan(2);
    const auto first = trials.run({});
    if (!first) return first.error();
    // One at a time: two models need not fit side by side.
    if (auto opened = tried_.open(work_.open_other); !opened) return opened.error();
    if (std::string why = why_not_asked(Cause::route_diff, tried_.config()); !why.empty())
      return usage_error("the other model: " + why);
    report_.other_step = tried_.step();
    const auto second = trials.run({});
    if (!second) return second.error();
    return as_found(route_diff(*first, *second));
  }

  const CauseWork& work_;
  const TrialsTold trials_told_;
  CauseReport report_;
  Tried tried_;
};

}  // namespace

Result<CauseReport> find_cause(const CauseRequest& asked, const CauseWork& work) {
  return Finder(asked, work).find();
}

std::string why_never_tried(const Config& config) {
  if (config.ffn != Ffn::moe) return "this model has no experts (ffn = dense)";
  if (config.gate == Gate::soft) return "gate = soft mixes all tokens; no expert is chosen that could be another";
  return {};
}

std::string why_not_asked(Cause what, const Config& config) {
  if (std::string why = why_never_tried(config); !why.empty()) return why;
  if (what == Cause::prune && config.gate == Gate::hash)
    return "gate = hash: who gets a token follows from how many experts there are, not from who is kept; allowed "
           "is "
           "any gate that scores experts";
  if (what == Cause::steer && (config.gate == Gate::hash || config.gate == Gate::random))
    return "gate = " + std::string(config.gate == Gate::hash ? "hash" : "random") +
           ": nobody is chosen by logits that could be added to";
  return {};
}

}  // namespace switchyard
