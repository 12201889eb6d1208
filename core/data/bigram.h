// The bar a model with memory must get under: predicting each token from the one before it alone.
// Thread safety: pure function.
#pragma once

#include <cstdint>
#include <vector>

namespace switchyard {

// Mean cross-entropy, nats a token, over the transitions a -> b of `validation` of
//   p(b | a) = (n_ab + 1) / (n_a + V),  n counted on the transitions of `train`.
// V = vocabulary: every token is below it. NaN if `validation` holds no transition. Memory grows with the texts
// and V, not with V^2.
double bigram_loss(const std::vector<std::int32_t>& train, const std::vector<std::int32_t>& validation,
                   std::int32_t vocabulary);

}  // namespace switchyard
