// A window's runs without a window: updates as a run tells them.
#pragma once

#include <gtest/gtest.h>

#include "app/run/live.h"

namespace switchyard::app {

inline StepRecord record(std::int64_t step, std::uint32_t model_id) {
  StepRecord r;
  r.step = step;
  r.model_id = model_id;
  r.loss = 1.0 / static_cast<double>(step);
  return r;
}

// Of a model with one layer of two experts and a probe of four tokens, of which the first `to_first` go to the
// first.
inline std::shared_ptr<const Snapshot> look(std::int64_t step, std::uint32_t model_id, std::size_t to_first = 2,
                                     const std::string& text = "abcd") {
  auto tokens = std::make_shared<ProbeTokens>();
  for (const char c : text) tokens->text.emplace_back(1, c);
  tokens->id = {0, 1, 2, 3};
  tokens->domain = {0, 0, 1, 1};
  tokens->domain_names = {"prose", "code"};
  tokens->sequence_length = 4;
  ProbeLayer layer;
  layer.experts = 2;
  layer.top_k = layer.ranked = 1;
  for (std::size_t t = 0; t < 4; ++t) layer.expert.push_back(t < to_first ? 0 : 1);
  layer.weight.assign(4, 1);
  layer.kept.assign(4, 1);
  auto made = std::make_shared<Snapshot>();
  made->step = step;
  made->model_id = model_id;
  made->tokens = std::move(tokens);
  made->layers = {std::move(layer)};
  return made;
}

class LiveRuns : public ::testing::Test {
 protected:
  void tell(Update update) { take_update(live_, ui_, std::move(update), 0); }
  // A run's model and its steps up to `last`, with a look at the last.
  Update steps(const std::string& run, std::uint32_t model_id, std::int64_t behind, std::int64_t last) {
    Update update;
    update.begins.push_back({run, model_id, behind, nullptr});
    for (std::int64_t step = behind + 1; step <= last; ++step) update.records.push_back(record(step, model_id));
    update.snapshot = look(last, model_id);
    update.status.model_id = model_id;
    return update;
  }
  // A t-SNE of the look that is shown, of as many iterations as nobody waits for.
  void start_tsne() {
    const Snapshot& shown = *live_.run().snapshot;
    std::vector<float> values;
    for (int i = 0; i < 40; ++i) values.push_back(static_cast<float>(i * i % 17));
    live_.run().tsne.start(shown, {shown.model_id, 0, ProjectedCloud::hidden}, std::move(values), 2, 3);
  }
  Live live_{.runs = Runs({}, 1'000'000'000)};
  UiState ui_;
};

}  // namespace switchyard::app
