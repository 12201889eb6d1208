// Ablation: what becomes of each group of tokens without an expert, a pair, or a whole layer; held against what
// becomes of it without as many other choices.
//
//   effect    mean over the group's tokens of (loss without it - loss), nats; above 0: it helped
//   control   the same way with as many (token, choice) contributions, drawn over the layer's other experts;
//   several draws
//
// A label, that an expert serves a group, stands only where both halves of the look say so, each on its own, over
// at least kLeastTokens with kLeastOwn contributions of its own, with kLeastDraws draws: the effect is above that
// of every draw, and further above their mean than one more draw would be but by chance (t distribution of the
// draws); at least kLeastRatio times their mean, and kLeastEffect. The chance is such that of all groups and
// experts of a report none is labelled with 1 - kFamilyLevel, were there nothing. A draw takes some choices of
// every other expert, so the draws alone say nothing of how much experts differ from one another; the ratio does.
// And the router must send the group there: a larger share of its choices goes to the expert than of all others' choices,
// in each half and by kLeastChosen standard errors (two proportions, pooled). Experts that get random tokens learn different things, so one
// of them may well be the better for a letter; it was not asked for that letter. So nobody serves `all`. Whole layers
// have no control, and so no labels.
//
// Thread safety: values; pure function but for the trials.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/causes/token_groups.h"
#include "core/causes/trying.h"

namespace switchyard {

enum class AblationMode : std::uint8_t {
  silence,   // chosen, contribution zero
  around,    // cannot be chosen: the next best is
  stand_in,  // another expert computes in its place
};
std::string_view name_of(AblationMode mode);  // "silence", "around", "stand-in"

inline constexpr double kLeastRatio = 2;
inline constexpr double kLeastEffect = 0.01;  // nats
inline constexpr double kFamilyLevel = 0.05;
inline constexpr std::int64_t kLeastTokens = 30;  // of a group in each half
inline constexpr std::int64_t kLeastOwn = 10;     // contributions of the expert itself, in each half of the group
inline constexpr double kLeastChosen = 3;
inline constexpr int kLeastDraws = 20;            // fewer say too little of their spread

struct AblationRequest {
  std::vector<std::int32_t> layers;   // MoE layers; empty: all
  std::vector<std::int32_t> experts;  // taken out together; empty: every expert alone
  bool whole_layers = true;           // and each layer as a whole, by silence
  std::vector<AblationMode> modes{AblationMode::silence};
  std::int32_t stand_in = -1;  // -1: the busiest other expert of the layer
  int draws = 20;
  std::uint64_t seed = 1;
  // Of the model: whether every token chooses top_k, so that as many must be left; by MoE layer [N] 1 who is muted
  // anyway (empty: nobody).
  bool tokens_choose = true;
  std::vector<std::vector<std::uint8_t>> muted = {};
};

struct GroupEffect {
  HalvedMean effect;
  HalvedMean control;  // mean over draws; NaN without
  HalvedMean highest;  // of the draws
  HalvedMean spread;   // sample standard deviation of the draws; NaN of one
  std::array<std::int64_t, 2> own{};  // contributions of the ablated experts to each half
  bool tested = false;                // whether it could have been labelled: by the rules above but for the effect
  bool labelled = false;
};

struct Ablated {
  std::int32_t layer = 0, block = 0;
  std::vector<std::int32_t> experts;  // empty: the whole layer
  AblationMode mode = AblationMode::silence;
  std::int32_t stand_in = -1;
  std::int64_t contributions = 0;    // kept choices of them, so what was taken out
  std::int64_t drawn = 0;            // by each control; less where the others have no more, or a token could not
                                     // choose k any more
  std::vector<GroupEffect> effects;  // by group

  // As many others as it takes out itself.
  bool has_control() const { return drawn > 0 && drawn == contributions; }
};

struct AblationReport {
  TokenGroups groups;
  std::int64_t tokens = 0;  // with a loss
  double loss = 0, accuracy = 0;
  int draws = 0;
  std::int64_t compared = 0;  // groups times rows that could have been labelled
  std::vector<Ablated> rows;
};

// usage: no such layer or expert; what a trial refuses. interrupted: as Trials.
Result<AblationReport> ablate(const AblationRequest& request, Trials& trials);

}  // namespace switchyard
