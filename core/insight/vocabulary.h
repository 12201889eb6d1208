// Vocabulary specialization: does a character always go to the same expert, whatever stands around it?
//
//   v(x) = max_i N_{x,i} / N_x      of each token id x with at least `least` occurrences
//   shown: (v - v0) / (1 - v0)      v0: the same with ids shuffled over the positions
//
// v0 is far above 1/N for rare ids and for lop-sided loads, so v alone says little. 0: a character says nothing of
// its expert; 1: all. Definition of v as in OLMoE (2409.02060). NaN where nothing is chosen or no id occurs often
// enough, and where v0 = 1 (one expert in use, or k = N). Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/insight/assignments.h"

namespace switchyard {

struct VocabularyOptions {
  std::int64_t least = 10;
  int shuffles = 16;
  std::uint64_t seed = 1;
};

struct VocabularySpecialization {
  struct Token {
    std::int32_t id = 0;
    std::string text;
    std::int64_t occurrences = 0;
    std::int32_t expert = 0;  // with most of them; the lowest of equals
    double share = 0;         // v
    double chance = 0;        // v0 of an id as frequent
  };
  std::vector<Token> tokens;                   // the most frequent first
  std::int32_t experts = 0;                    // N
  std::vector<std::int64_t> counts;            // [tokens, N] N_{x,i}
  std::vector<double> overall;                 // [N] c_i / T: where a token goes whatever it is
  double even = kMissing;                      // mean experts a token / N
  double share = kMissing, chance = kMissing;  // means over those ids, each counting once
  double value = kMissing;                     // (share - chance) / (1 - chance)
};

VocabularySpecialization vocabulary_specialization(const Assignments& assignments, const ProbeTokens& tokens,
                                                   const Among& among = {}, const VocabularyOptions& options = {});

// One character as one expert sees it.
struct TokenOfExpert {
  std::int32_t id = 0;
  std::string text;
  std::int64_t count = 0;        // tokens of this id that the expert was chosen for
  std::int64_t occurrences = 0;  // tokens of this id
  double lift = 0;               // (count / occurrences) / (c_i / T); 1: no more than its load says
  double z = 0;                  // (count - expected) / its binomial deviation: what lift is worth
};

enum class TopBy : std::uint8_t { lift, count, surprise };

// The `limit` first of one expert's characters; lift and surprise (z): among ids with at least `least` occurrences and
// lift above 1. Equal ones: the more frequent, then the lower id.
std::vector<TokenOfExpert> top_tokens(const Assignments& assignments, const ProbeTokens& tokens,
                                      std::int32_t expert, TopBy by, std::size_t limit, const Among& among = {},
                                      std::int64_t least = 10);

}  // namespace switchyard
