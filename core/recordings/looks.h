// A look at one step of a recording, as a Snapshot: the panels that show a model's looks show it too.
//
// Of a step of more tokens than a look has room for it is a sample: whole sequences taken evenly where sequences
// are known and alike in length (of one that is longer than the room its beginning), else tokens taken evenly;
// Snapshot::of_tokens says of how many. What was not recorded is empty: weights and probabilities are NaN, an
// expert is -1, figures of a token are empty vectors. A token is shown by its number in the vocabulary, or as a
// dot. Where experts stand by number and nothing tells their order, ProbeLayer::best_first is false.
//
// Of one rank: token by token nobody says whose tokens of another rank are the same. Thread safety: pure function.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "core/base/records.h"
#include "core/recordings/recording.h"

namespace switchyard {

struct LookRoom {
  std::size_t tokens = 2'048;
  std::size_t bytes = std::size_t{16} << 20;  // about; 64 tokens are shown whatever they take
};

// Null: this step has no token with a choice or logits in the chunk.
std::shared_ptr<Snapshot> look_at(const RecordedChunk& chunk, std::int64_t step, ChoiceOrder order,
                                  const LookRoom& room = {});

// Whether a look of so many tokens shows the beginning of a sequence that is longer than its room.
bool is_head_of_sequence(const RecordedChunk& chunk, std::int64_t step, std::size_t shown);

// The last step of a chunk that has tokens; below 0: none has.
std::int64_t last_step_with_tokens(const RecordedChunk& chunk);

}  // namespace switchyard
