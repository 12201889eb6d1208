// One expert of one layer, as the tokens of a look and its weights tell it: the expert's card. T tokens take part, the
// expert was chosen for c_i of them.
//
//   share        c_i / T                        against chance: mean experts a token / N
//   top          its characters: of id x the share N_{x,i} / N_x, against c_i / T; the least likely by chance first (z)
//   labels       as core/insight/specialization.h, this expert's column
//   partners     as core/insight/co_activation.h, this expert's row: the highest lift among experts it shares at least
//                `least_together` tokens with
//   loss         mean loss of its tokens, against that of all tokens: it says what the expert works on, not how well
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/insight/assignments.h"
#include "core/insight/vocabulary.h"

namespace switchyard {

struct ExpertProfile {
  std::int32_t expert = 0, experts = 0;  // N
  std::int64_t tokens = 0;               // T; 0 where nothing is chosen
  std::int64_t had = 0;                  // c_i
  double share = kMissing, chance = kMissing;
  double loss = kMissing, loss_of_all = kMissing;  // nats

  std::vector<TokenOfExpert> top;  // of a text
  // Tokens (points) that were given to it with the largest weight: first one of each of its top characters, then the
  // rest, never two within kApart tokens of a passage.
  static constexpr std::size_t kApart = 6;
  std::vector<std::size_t> examples;
  std::vector<float> example_weight;  // combine weight of each

  struct Label {
    std::string name;
    std::size_t index = 0;
    std::int64_t tokens = 0;  // N_D
    std::int64_t mine = 0;    // N_{i,D}
    double share = kMissing;  // of the label's tokens
    double lift = kMissing;   // share / (c_i / T)
  };
  std::vector<Label> labels;  // those with a token that takes part, in their order

  struct Partner {
    std::int32_t expert = 0;
    std::int64_t together = 0;  // tokens
    double share = kMissing;    // of this expert's tokens
    double lift = kMissing;
  };
  std::vector<Partner> partners;     // the highest lift first
  double partner_chance = kMissing;  // (k - 1) / (N - 1); NaN with one expert a token
};

struct ProfileOptions {
  std::size_t top = 24, examples = 48, partners = 3;
  std::int64_t least_occurrences = 3;  // of a top character
  std::int64_t least_together = 3;
};

// `layer` and `expert` must exist.
ExpertProfile expert_profile(const Snapshot& look, std::size_t layer, std::int32_t expert, LabelKind kind,
                             const Among& among = {}, const ProfileOptions& options = {});

// What an expert's weights say beside those of the others.
struct WeightProfile {
  double norm = kMissing, mean_of_others = kMissing;
  std::int32_t rank = 0;  // 1: the largest norm; equals share the better one; 0: not known
  struct Alike {
    std::int32_t expert = 0;
    float cosine = 0;
  };
  std::vector<Alike> alike;                 // the most alike first
  double mean_cosine = kMissing;            // with all the others
};
// Nothing of cards that are empty or have no such expert.
WeightProfile weight_profile(const ExpertCards& cards, std::int32_t expert, std::size_t alike = 3);

}  // namespace switchyard
