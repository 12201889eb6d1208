// Training batches at random offsets, and the fixed batches of validation.
// Thread safety: pure functions; the corpus is shared and const.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/philox.h"
#include "core/data/corpus.h"

namespace switchyard {

// inputs and targets are [batch, context], row-major; targets are inputs one token later.
struct Batch {
  std::int64_t batch = 0, context = 0;
  std::vector<std::int64_t> inputs, targets;
};

// Where the i-th sequence of training starts follows from the seed and i alone (philox.h), uniform over the
// training split: a position in the data is the number of sequences drawn so far.
class BatchSampler {
 public:
  BatchSampler(std::shared_ptr<const Corpus> corpus, std::int64_t context, std::uint64_t seed);
  // Sequences first .. first + batch - 1.
  Batch at(std::int64_t first, std::int64_t batch) const;

 private:
  std::shared_ptr<const Corpus> corpus_;
  std::int64_t context_;
  PhiloxKey key_;
};

// Batch `index` of a validation of `batches` batches: sequences evenly spread over the validation
// split, the same at every call.
Batch validation_batch(const Corpus& corpus, std::int64_t context, std::int64_t batch, std::int64_t index,
                       std::int64_t batches);

// Starts of `sequences` stretches of `context` tokens in the validation split for the probe: chosen so
// that all domains appear where they are known, and at line starts where there are lines.
std::vector<std::int64_t> probe_starts(const Corpus& corpus, std::int64_t context, std::int64_t sequences);

}  // namespace switchyard
