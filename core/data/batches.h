// Training batches at random offsets from a seeded stream, and the fixed batches of validation.
// Thread safety: a sampler belongs to one thread; the corpus is shared and const.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/random.h"
#include "core/data/corpus.h"

namespace switchyard {

// inputs and targets are [batch, context], row-major; targets are inputs one token later.
struct Batch {
  std::int64_t batch = 0, context = 0;
  std::vector<std::int64_t> inputs, targets;
};

class BatchSampler {
 public:
  BatchSampler(std::shared_ptr<const Corpus> corpus, std::int64_t context, std::uint64_t seed);
  // Uniform over the start positions of the training split.
  Batch next(std::int64_t batch);
  RandomStream& stream() { return stream_; }

 private:
  std::shared_ptr<const Corpus> corpus_;
  std::int64_t context_;
  RandomStream stream_;
};

// Batch `index` of a validation of `batches` batches: sequences evenly spread over the validation
// split, the same at every call.
Batch validation_batch(const Corpus& corpus, std::int64_t context, std::int64_t batch, std::int64_t index,
                       std::int64_t batches);

// Starts of `sequences` stretches of `context` tokens in the validation split for the probe: chosen so
// that all domains appear where they are known, and at line starts where there are lines.
std::vector<std::int64_t> probe_starts(const Corpus& corpus, std::int64_t context, std::int64_t sequences);

}  // namespace switchyard
