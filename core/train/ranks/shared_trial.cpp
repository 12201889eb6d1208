#include "core/train/ranks/shared_trial.h"

namespace switchyard {
namespace {

template <class Each>
void put_numbers(const std::vector<Each>& all, Message& message) {
  message.put(std::vector<std::int64_t>(all.begin(), all.end()));
}

template <class Each>
std::vector<Each> numbers_in(Message& message) {
  const std::vector<std::int64_t> all = message.numbers();
  std::vector<Each> made;
  made.reserve(all.size());
  for (const std::int64_t one : all) made.push_back(static_cast<Each>(one));
  return made;
}

}  // namespace

void put_trial(const Intervention& asked, const TrialWish& wish, Message& message) {
  message.put(wish.tokens).put(std::int64_t{wish.norms}).put(static_cast<std::int64_t>(asked.layers.size()));
  for (const LayerIntervention& layer : asked.layers) {
    put_numbers(layer.banned, message);
    put_numbers(layer.banned_of_token, message);
    put_numbers(layer.silenced, message);
    put_numbers(layer.stand_in, message);
    put_numbers(layer.stand_in_choices, message);
    message.put(layer.steer);
    put_numbers(layer.silenced_choices, message);
    put_numbers(layer.forced, message);
    message.put(layer.gate ? static_cast<std::int64_t>(*layer.gate) : std::int64_t{-1});
  }
}

std::pair<Intervention, TrialWish> trial_in(Message& message) {
  std::pair<Intervention, TrialWish> found;
  auto& [asked, wish] = found;
  wish.tokens = message.number();
  wish.norms = message.number() != 0;
  asked.layers.resize(static_cast<std::size_t>(message.number()));
  for (LayerIntervention& layer : asked.layers) {
    layer.banned = numbers_in<std::uint8_t>(message);
    layer.banned_of_token = numbers_in<std::uint8_t>(message);
    layer.silenced = numbers_in<std::uint8_t>(message);
    layer.stand_in = numbers_in<std::int32_t>(message);
    layer.stand_in_choices = numbers_in<std::int32_t>(message);
    layer.steer = message.floats();
    layer.silenced_choices = numbers_in<std::uint8_t>(message);
    layer.forced = numbers_in<std::int32_t>(message);
    if (const std::int64_t gate = message.number(); gate >= 0) layer.gate = static_cast<Gate>(gate);
  }
  return found;
}

}  // namespace switchyard
