// A recording at a glance: what it has, layer by layer, and how its loads were, over all of its steps. Means are
// over the steps that a layer has, figures as in StepRecord; what no step has is NaN.
//
// Thread safety: an object belongs to one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/recordings/reader.h"

namespace switchyard {

struct RecordedLayerSummary {
  RecordedLayer layer;
  std::int64_t steps = 0;                                                              // that have something of it
  std::vector<double> counts;                                                          // [N] over all steps
  double load_entropy = kMissing, max_violation = kMissing, token_entropy = kMissing;  // means
  double worst_violation = kMissing;
  std::int64_t worst_step = 0;
  double largest_share = kMissing;   // of assignments, over all steps, 0 to 1
  std::int32_t largest = kNoExpert;  // that expert
  std::int32_t unused = 0;           // experts that no token chose; 0 too where nothing was recorded
  bool has_weights = false, has_logits = false, logits_are_probabilities = false, has_hidden = false;
};

struct RecordingSummary {
  std::string form;
  RecordingHead head;
  std::int64_t steps = 0, first_step = 0, last_step = 0, tokens = 0, chunks = 0, ranks = 0, late = 0;
  double first_loss = kMissing, last_loss = kMissing;  // of the first and last step that has one
  std::vector<RecordedLayerSummary> layers;
  std::vector<std::string> notes;
};

// Reads all of it, one chunk at a time; each is shown to `on_chunk`, whose error ends it. failure: memory does
// not suffice.
// Without it tokens are counted where they lie, if the form can. on_progress: after each chunk, the share that has
// been read.
Result<RecordingSummary> summary_of(RecordingReader& reader,
                                    const std::function<Result<void>(RecordedChunk&&)>& on_chunk = {},
                                    const std::function<void(double)>& on_progress = {});

}  // namespace switchyard
