// Do experts and labels say the same of a token? T tokens with a label; a token's weight of 1 is shared evenly by
// its experts, which gives a joint distribution of expert E and label Y.
//
//   raw NMI   I(E; Y) / mean of H(E), H(Y)                   0 to 1; above 0 by chance alone
//   NMI       (I - I0) / (mean of H(E), H(Y) - I0)           0 by chance, 1: each tells the other
//   ARI       adjusted Rand index of first choices (Hubert & Arabie 1985)   0 by chance, 1: the same partition
//
// I0 is the mean of I over `permutations` random permutations of the labels (Vinh 2010 has it in closed form for
// one expert a token; this form serves k > 1 as well). With k > 1 experts a token NMI cannot reach 1, since a
// token's experts cannot follow from its label alone: Choice::first can. Every figure is NaN where it has no
// meaning: nothing is chosen, no labels, one label or one expert in use. Thread safety: pure functions.
#pragma once

#include <cstdint>

#include "core/insight/assignments.h"

namespace switchyard {

struct AgreementOptions {
  int permutations = 32;
  std::uint64_t seed = 1;
};

struct Agreement {
  double nmi = kMissing;
  double raw_nmi = kMissing;
  double ari = kMissing;          // of first choices, whatever `assignments` hold
  double information = kMissing;  // I, nats
  double chance = kMissing;       // I0, nats
  std::int64_t tokens = 0;        // with a label and an expert
  int permutations = 0;           // behind I0
};

Agreement agreement(const Assignments& assignments, const Labels& labels, const AgreementOptions& options = {});

}  // namespace switchyard
