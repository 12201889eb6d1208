#include "core/train/ranks/shared_state.h"

#include "core/config/json.h"

namespace switchyard {

void put_state(const TrainerState& state, Message& into) {
  into.put(to_json_text(state.config))
      .put(static_cast<std::int64_t>(state.revision))
      .put(state.step)
      .put(state.tokens);
  into.put(state.wall_s).put(state.drawn).put(state.optimizer_steps).put(state.loads);
  into.put(static_cast<std::int64_t>(state.tensors.entries.size()));
  for (const StateTensors::Entry& entry : state.tensors.entries)
    into.put(entry.name)
        .put(entry.shape)
        .put(static_cast<std::int64_t>(entry.begin))
        .put(static_cast<std::int64_t>(entry.count));
  into.put(state.tensors.values);
  const EngineInfo& engine = state.engine;
  into.put(engine.libtorch).put(engine.blas).put(engine.device).put(static_cast<std::int64_t>(engine.threads));
  into.put(engine.auto_precision).put(engine.processor).put(engine.layout);
  into.put(state.data_name).put(state.outputs).put(state.examples);
}

Result<TrainerState> state_in(Message& message) {
  TrainerState state;
  const auto json = parse_json(message.text(), "rank 0");
  if (!json) return json.error();
  const auto config = config_from_json(*json, Config{}, "rank 0");
  if (!config) return config.error();
  state.config = *config;
  state.revision = static_cast<std::uint64_t>(message.number());
  state.step = message.number();
  state.tokens = message.number();
  state.wall_s = message.real();
  state.drawn = message.number();
  state.optimizer_steps = message.number();
  for (std::int64_t left = message.number(); left > 0; --left) state.loads.push_back(message.reals());
  for (std::int64_t left = message.number(); left > 0; --left) {
    StateTensors::Entry& entry = state.tensors.entries.emplace_back();
    entry.name = message.text();
    entry.shape = message.numbers();
    entry.begin = static_cast<std::size_t>(message.number());
    entry.count = static_cast<std::size_t>(message.number());
  }
  state.tensors.values = message.floats();
  EngineInfo& engine = state.engine;
  engine.libtorch = message.text();
  engine.blas = message.text();
  engine.device = message.text();
  engine.threads = static_cast<std::int32_t>(message.number());
  engine.auto_precision = message.text();
  engine.processor = message.text();
  engine.layout = message.text();
  state.data_name = message.text();
  state.outputs = message.texts();
  state.examples = message.number();
  return state;
}

void put_weights(const std::vector<NamedTensor>& weights, Message& into) {
  into.put(static_cast<std::int64_t>(weights.size()));
  for (const NamedTensor& one : weights) into.put(one.name).put(one.shape).put(one.values);
}

std::vector<NamedTensor> weights_in(Message& message) {
  std::vector<NamedTensor> weights(static_cast<std::size_t>(message.number()));
  for (NamedTensor& one : weights) {
    one.name = message.text();
    one.shape = message.numbers();
    one.values = message.floats();
  }
  return weights;
}

void share_state(TrainerState& state, RankGroup& ranks) {
  Message message;
  if (ranks.first()) put_state(state, message);
  message.share(ranks);
  if (ranks.first()) return;
  if (auto shared = state_in(message)) state = std::move(*shared);
}

}  // namespace switchyard
