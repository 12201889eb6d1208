// What is known of a run that another program recorded (core/recordings): who wrote it, of what shape its model
// is, what there is of it and what is missing. Thread safety: values.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace switchyard {

struct OtherRecording {
  std::string producer;  // "Megatron-LM router trace"; empty: there is nothing yet, RunStatus::message says what
                         // is waited for
  std::string model;     // as its program calls it; empty: it does not say
  struct Layer {
    std::int32_t id = 0;  // what its program calls it
    std::string block;    // "decoder", "mtp"; empty: there is one kind
    std::int32_t experts = 0, top_k = 0;
    bool operator==(const Layer&) const = default;
  };
  std::vector<Layer> layers;
  std::int64_t ranks = 0;

  // What some step had so far.
  bool has_choices = false;  // of tokens; else loads alone
  bool has_order = false;    // which of a token's experts came first is known
  bool has_weights = false, has_logits = false, has_losses = false, has_token_ids = false, has_sequences = false;
  bool after_dropping =
      false;  // capacity had dropped choices before they were recorded: loads look more even than they were
  // Of a large one loads are first those of some steps, taken evenly over it: the share of its tokens that they
  // are of; 1: they are exact. And the share of it that has been read for those.
  double sampled = 1, read = 1;
  bool is_provisional() const { return sampled < 1; }
  std::string sample;  // how looks are a sample of a step, one sentence; empty: they are whole
  std::vector<std::string> notes;
  bool operator==(const OtherRecording&) const = default;

  // Of any layer the most, as one number for the whole model; 0: not known.
  std::int32_t top_k() const {
    std::int32_t most = 0;
    for (const Layer& layer : layers) most = std::max(most, layer.top_k);
    return most;
  }
};

}  // namespace switchyard
