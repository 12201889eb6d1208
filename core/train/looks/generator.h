// Continues a text token by token with a model, and tells which experts handled each new token.
// Thread safety: the trainer's thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/random.h"
#include "core/base/records.h"
#include "core/data/corpus.h"
#include "core/model/layers/transformer.h"

namespace switchyard {

class TextGenerator {
 public:
  // ids: the prompt, at least one token. temperature 0: greedy. top_k 0: every token may come.
  TextGenerator(std::vector<std::int64_t> ids, double temperature, std::int64_t top_k, std::uint64_t seed);

  // A token's own routing is known only once the model has read it, so each call runs the model on the
  // text so far, its newest token included, and draws the one after it for the next call.
  GeneratedToken next(const Transformer& model, const PassContext& context, const Vocabulary& vocabulary,
                      std::int64_t max_context);

 private:
  std::int64_t draw(const at::Tensor& logits, const Vocabulary& vocabulary);

  std::vector<std::int64_t> ids_;
  double temperature_;
  std::int64_t top_k_;
  RandomStream stream_;
  bool primed_ = false;  // the last of ids_ was drawn but not yet reported
};

}  // namespace switchyard
