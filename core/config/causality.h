// What a token's experts, and whether they have room for it, depend on in a text. One table, gate x overflow, that
// warnings are made from.
//
// In evaluation capacity acts on each sequence by itself, in training on the micro-batch; of k choices of N
// experts, an expert holds C = expert_capacity(cf, k, S, N) of S tokens. Nothing is dropped where C = S.
//
//                   drop-late   drop-late-token   drop-low, drop-bpr   drop-random
//   softmax, -r     k > 1       no                yes 1                yes             2
//   sigmoid         k > 1       no                yes 1                yes             2
//   sinkhorn        k > 1       no                yes                  yes             2, and in training its plan
//   base            the same
//   hash            k > 1       no                as drop-late-token, drop-late        yes             2
//   random          no          no                no                   no              what is drawn knows no text
//   expert-choice   always, while an expert takes fewer than all tokens; a single one takes the first of them
//   soft            always
//
//   1  but for scores that are the same for all tokens: weights with k = 1 that are normalised, probabilities with
//      N = 1. Equal scores go by position, so drop-low is then drop-late-token and drop-bpr is drop-late
//   2  with one expert everybody chooses it, and a random order of choices knows no text
//
// "Yes": a later token can take an earlier one's place. Where nothing looks ahead but assignments are dropped, C
// still grows with the length of the text: what becomes of a token depends on how long the text is.
// Thread safety: pure functions.
#pragma once

#include "core/config/config.h"

namespace switchyard {

// Beyond the tokens before it: nothing, the length of the text, the tokens after it.
enum class Reach { past, length, future };

// Of points, which have no order, always `past`; of a model without routing too.
Reach reach_in_training(const Config& config);
Reach reach_in_evaluation(const Config& config);

// Whether a sequence, or a point, is evaluated alike alone and beside others. Not with gate = random, whose draws
// go by the place in the pass; of points not where any are dropped, nor with expert-choice and soft: those of a
// pass are one group.
bool evaluates_alone(const Config& config);

}  // namespace switchyard
