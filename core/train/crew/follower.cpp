#include "core/train/crew/follower.h"

#include "core/config/json.h"
#include "core/train/ranks/shared_state.h"
#include "core/train/ranks/shared_trial.h"
#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

class Follower {
 public:
  explicit Follower(RankCrew& crew) : crew_(crew) {}

  Result<int> run() {
    for (;;) {
      Message message;
      const auto order = crew_.wait_for_order(message);
      if (!order) return order.error();
      if (*order == Order::leave) return static_cast<int>(message.number());
      // What is refused is refused on all ranks, and rank 0 tells of it.
      const Result<void> done = crew_.together([&] { return obey(*order, message); });
      if (crew_.lost()) return done.error();
    }
  }

 private:
  template <class Made>
  static Result<void> outcome(const Result<Made>& made) {
    return made ? Result<void>() : made.error();
  }

  Result<void> take(Result<std::unique_ptr<Trainer>> made) {
    if (!made) return made.error();
    trainer_ = std::move(*made);
    return {};
  }

  static Result<Config> config_in(Message& message) {
    const auto json = parse_json(message.text(), "rank 0");
    if (!json) return json.error();
    return config_from_json(*json, Config{}, "rank 0");
  }

  Result<void> obey(Order order, Message& message) {
    switch (order) {
      case Order::create: {
        trainer_.reset();
        const auto config = config_in(message);
        return config ? take(TrainerImpl::create(*config, &crew_.mesh())) : config.error();
      }
      case Order::create_from: {
        trainer_.reset();
        const auto state = state_in(message);
        return state ? take(TrainerImpl::create(*state, &crew_.mesh())) : state.error();
      }
      case Order::drop:
        trainer_.reset();
        return {};
      default:
        break;
    }
    return trainer_ ? with_trainer(order, message) : failure("there is no model yet");
  }

  Result<void> with_trainer(Order order, Message& message) {
    Trainer& trainer = *trainer_;
    switch (order) {
      case Order::apply: {
        const auto config = config_in(message);
        if (!config) return config.error();
        return trainer.apply(*config, static_cast<std::uint64_t>(message.number()));
      }
      case Order::operate: {
        auto operation = operation_of(message.text());
        if (!operation) return operation.error();
        operation->donor = weights_in(message);
        return outcome(trainer.operate(*operation, static_cast<std::uint64_t>(message.number())));
      }
      case Order::reset:
        return trainer.reset();
      case Order::advance:
        return outcome(trainer.advance());
      case Order::validate:
        return outcome(trainer.validate());
      case Order::load_weights:
        return trainer.load_weights(weights_in(message));
      case Order::restore: {
        const auto state = state_in(message);
        return state ? trainer.restore(*state) : state.error();
      }
      case Order::probe: {
        const std::vector<std::int64_t> w = message.numbers();
        return outcome(trainer.probe(
            {w[0] != 0, w[1] != 0, w[2] != 0, static_cast<std::int32_t>(w[3]), w[4] != 0, w[5] != 0, w[6] != 0}));
      }
      case Order::inspect: {
        const auto layer = static_cast<std::int32_t>(message.number()),
                   token = static_cast<std::int32_t>(message.number());
        auto found = trainer.inspect(layer, token);
        if (!found) return found.error();
        inspection_ = std::move(*found);
        return {};
      }
      case Order::inspect_more:
        return trainer.inspect_more(inspection_, 0);
      case Order::try_out: {
        const auto [asked, wish] = trial_in(message);
        return outcome(trainer.try_out(asked, wish));
      }
      case Order::weights:
        return guarded([&]() -> Result<void> {
          trainer.weights();
          return {};
        });
      case Order::save: {
        TrainerState state;
        return trainer.save(state);
      }
      case Order::route: {
        const std::string text = message.text();
        return outcome(trainer.route(text, message.number() != 0));
      }
      case Order::start_generation: {
        const std::string prompt = message.text();
        const double temperature = message.real();
        const std::int64_t top_k = message.number();
        return trainer.start_generation(prompt, temperature, top_k, static_cast<std::uint64_t>(message.number()));
      }
      case Order::generate_token:
        return outcome(trainer.generate_token());
      default:
        return failure("an order of another version");
    }
  }

  RankCrew& crew_;
  std::unique_ptr<Trainer> trainer_;
  Inspection inspection_;
};

}  // namespace

Result<int> follow(RankCrew& crew) { return Follower(crew).run(); }

}  // namespace switchyard
