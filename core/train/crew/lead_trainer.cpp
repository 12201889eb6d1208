#include "core/train/crew/lead_trainer.h"

#include <chrono>

#include "core/config/json.h"
#include "core/train/ranks/shared_state.h"
#include "core/train/ranks/shared_trial.h"
#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

using Clock = std::chrono::steady_clock;

// An order with what it says, then `work` with all ranks.
template <class Work>
auto ordered(RankCrew& crew, Order order, Message message, const Work& work) -> decltype(work()) {
  if (auto told = crew.tell(order, message); !told) return told.error();
  return crew.together(work);
}

Message of_state(const TrainerState& state) {
  Message message;
  put_state(state, message);
  return message;
}

Message of_config(const Config& config, std::uint64_t revision) {
  return Message().put(to_json_text(config)).put(static_cast<std::int64_t>(revision));
}

std::int64_t place_of(const Inspection& inspection) {
  return (static_cast<std::int64_t>(inspection.layer) << 32) + inspection.token;
}

}  // namespace

Result<std::unique_ptr<Trainer>> LeadTrainer::create(const Config& config, RankCrew& crew) {
  auto own = ordered(crew, Order::create, of_config(config, 0),
                     [&] { return TrainerImpl::create(config, &crew.mesh()); });
  if (!own) return own.error();
  return std::unique_ptr<Trainer>(new LeadTrainer(std::move(*own), crew));
}

Result<std::unique_ptr<Trainer>> LeadTrainer::create(const TrainerState& state, RankCrew& crew) {
  auto own =
      ordered(crew, Order::create_from, of_state(state), [&] { return TrainerImpl::create(state, &crew.mesh()); });
  if (!own) return own.error();
  return std::unique_ptr<Trainer>(new LeadTrainer(std::move(*own), crew));
}

LeadTrainer::~LeadTrainer() {
  Message nothing;
  if (!crew_.lost()) (void)crew_.tell(Order::drop, nothing);
}

bool LeadTrainer::shares_out_experts() const {
  const Config& config = own_->config();
  return config.ffn == Ffn::moe && config.expert_parallel > 1;
}

Result<void> LeadTrainer::apply(const Config& config, std::uint64_t revision) {
  return ordered(crew_, Order::apply, of_config(config, revision), [&] { return own_->apply(config, revision); });
}

Result<std::string> LeadTrainer::operate(const Operation& operation, std::uint64_t revision) {
  Message message;
  message.put(text_of(operation));
  put_weights(operation.donor, message);
  message.put(static_cast<std::int64_t>(revision));
  return ordered(crew_, Order::operate, std::move(message), [&] { return own_->operate(operation, revision); });
}

Result<void> LeadTrainer::reset() {
  return ordered(crew_, Order::reset, {}, [&] { return own_->reset(); });
}

Result<std::optional<StepRecord>> LeadTrainer::advance() {
  return ordered(crew_, Order::advance, {}, [&] { return own_->advance(); });
}

Result<Snapshot> LeadTrainer::probe(const Watch& watch) {
  const auto own = [&] { return own_->probe(watch); };
  if (!shares_out_experts()) return crew_.together(own);
  Message wish;
  wish.put(std::vector<std::int64_t>{watch.distributions, watch.gradients, watch.experts, watch.input,
                                     watch.logit_plane, watch.embedding_plane, watch.embeddings});
  return ordered(crew_, Order::probe, wish, own);
}

Result<Inspection> LeadTrainer::inspect(std::int32_t layer, std::int32_t token) {
  const auto own = [&] { return own_->inspect(layer, token); };
  if (!shares_out_experts()) return crew_.together(own);
  auto found = ordered(crew_, Order::inspect, Message().put(std::int64_t{layer}).put(std::int64_t{token}), own);
  if (found) inspected_ = place_of(*found);
  return found;
}

Result<void> LeadTrainer::inspect_more(Inspection& inspection, double seconds) {
  if (!shares_out_experts()) return crew_.together([&] { return own_->inspect_more(inspection, seconds); });
  if (place_of(inspection) != inspected_) return usage_error("another token was looked at since: look again");
  // A set at a time, so that all ranks try the same ones.
  const auto start = Clock::now();
  do {
    if (auto done = ordered(crew_, Order::inspect_more, {}, [&] { return own_->inspect_more(inspection, 0); });
        !done)
      return done;
  } while (!inspection.done && std::chrono::duration<double>(Clock::now() - start).count() < seconds);
  return {};
}

Result<Trial> LeadTrainer::try_out(const Intervention& asked, const TrialWish& wish) {
  const auto own = [&] { return own_->try_out(asked, wish); };
  if (!shares_out_experts()) return crew_.together(own);
  Message message;
  put_trial(asked, wish, message);
  return ordered(crew_, Order::try_out, std::move(message), own);
}

Result<Evaluation> LeadTrainer::validate() {
  return ordered(crew_, Order::validate, {}, [&] { return own_->validate(); });
}

std::vector<NamedTensor> LeadTrainer::weights() const {
  if (!shares_out_experts()) return own_->weights();
  using Weights = Result<std::vector<NamedTensor>>;
  auto all = ordered(crew_, Order::weights, {},
                     [&]() -> Weights { return guarded([&]() -> Weights { return own_->weights(); }); });
  return all ? std::move(*all) : std::vector<NamedTensor>();
}

Result<void> LeadTrainer::load_weights(const std::vector<NamedTensor>& weights) {
  Message message;
  put_weights(weights, message);
  return ordered(crew_, Order::load_weights, std::move(message), [&] { return own_->load_weights(weights); });
}

Result<void> LeadTrainer::save(TrainerState& into) const {
  if (!shares_out_experts()) return crew_.together([&] { return own_->save(into); });
  return ordered(crew_, Order::save, {}, [&] { return own_->save(into); });
}

Result<void> LeadTrainer::restore(const TrainerState& state) {
  return ordered(crew_, Order::restore, of_state(state), [&] { return own_->restore(state); });
}

Result<RouteTrace> LeadTrainer::route(const std::string& text, bool with_router_inputs) {
  const auto own = [&] { return own_->route(text, with_router_inputs); };
  if (!shares_out_experts()) return crew_.together(own);
  return ordered(crew_, Order::route, Message().put(text).put(std::int64_t{with_router_inputs}), own);
}

Result<void> LeadTrainer::start_generation(const std::string& prompt, double temperature, std::int64_t top_k,
                                           std::uint64_t seed) {
  const auto own = [&] { return own_->start_generation(prompt, temperature, top_k, seed); };
  if (!shares_out_experts()) return crew_.together(own);
  return ordered(crew_, Order::start_generation,
                 Message().put(prompt).put(temperature).put(top_k).put(static_cast<std::int64_t>(seed)), own);
}

Result<GeneratedToken> LeadTrainer::generate_token() {
  const auto own = [&] { return own_->generate_token(); };
  if (!shares_out_experts()) return crew_.together(own);
  return ordered(crew_, Order::generate_token, {}, own);
}

}  // namespace switchyard
