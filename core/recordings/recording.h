// Routing that another program recorded: which experts a model that is not ours gave its tokens. Plain values, the
// same whatever the form of the files: core/recordings/README.md.
//
// Axes are rank, step and layer, and each may have holes: what was not recorded is an empty vector, -1 or NaN,
// never 0. Steps align by number. T tokens of a chunk, N experts of a layer, k choices of a token. Layers are
// counted from 0 in the order of RecordingHead::layers; what the other program calls them is RecordedLayer::id.
// Thread safety: values.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "core/base/records.h"

namespace switchyard {

inline constexpr std::int32_t kNoExpert = -1;
inline constexpr std::int64_t kMostRecordedLayers = 4'096, kMostRecordedExperts = 65'536,
                              kMostRecordedChoices = 1'024, kMostRecordedWidth = 65'536,
                              kMostExpertsInAll = std::int64_t{1}
                                                  << 20,  // of all layers: a step has a figure of each
    kMostRecordedRanks = 1'000'000, kMostRecordedStep = std::int64_t{1} << 53;

// Whether a token's experts stand in the order of its gate, best first, or by their own number, which tells no
// first.
enum class ChoiceOrder : std::uint8_t { gate, id };

struct RecordedLayer {
  std::int32_t id = 0;
  std::string block;  // "decoder", "mtp"; empty: there is one kind
  std::int32_t experts = 0, top_k = 0;
  bool operator==(const RecordedLayer&) const = default;
};

// Of all of them.
std::int64_t experts_in_all(const std::vector<RecordedLayer>& layers);

struct RecordingHead {
  std::vector<RecordedLayer> layers;
  ChoiceOrder order = ChoiceOrder::id;
  // What was recorded are the choices that were left once capacity had dropped others: how even they are says
  // nothing.
  bool after_dropping = false;
  std::optional<std::int64_t> vocabulary;
  std::string model;
};

// One layer of a chunk.
struct RecordedCells {
  std::int32_t experts = 0;         // N
  std::int32_t top_k = 0;           // k; where k varies the most a token has
  std::vector<std::int64_t> start;  // [T + 1] where k varies: token t has expert[start[t]] to expert[start[t + 1]]
  std::vector<std::int32_t> expert;  // [T, k], or [start[T]]; kNoExpert: not recorded
  std::vector<float> weight;         // as expert
  std::vector<float> logits;         // [T, N] of the router
  std::vector<float> hidden;         // [T, d] hidden states, what the router saw
  std::int32_t hidden_width = 0;     // d
  // [S, N] tokens of all the step that chose an expert, also where `expert` has only some of them; -1: that step
  // was not recorded.
  std::vector<std::int64_t> counts;

  bool has_choices() const { return !expert.empty(); }
  bool empty() const { return expert.empty() && logits.empty() && counts.empty(); }
};

// What one rank recorded of some steps.
struct RecordedChunk {
  std::int32_t rank = 0;
  double wall_s = kMissing;                // when it was written, of the other program's clock
  double loss = kMissing;                  // of its last step, where step_loss does not say
  std::vector<RecordedLayer> layers;       // as they were then
  std::vector<std::int64_t> step;          // [T]
  std::vector<std::int32_t> token;         // [T] ids of the vocabulary; empty: not recorded
  std::vector<std::int32_t> sequence;      // [T] which sequence a token is of; empty: not recorded
  std::vector<std::int64_t> counted_step;  // [S] rising, those of `counts` and `step_loss`
  std::vector<float> step_loss;            // [S] nats a token; NaN, or empty: not recorded
  std::vector<RecordedCells> cells;        // [layers]

  std::size_t tokens() const { return step.size(); }
};

}  // namespace switchyard
