// What a rank recorded again later, taken out of what it had recorded before. Thread safety: pure function.
#pragma once

#include <cstdint>

#include "core/recordings/recording.h"

namespace switchyard {

// Rows, counts and losses of this step and later ones are gone; the chunk's own loss, which is of its last step,
// too.
void leave_out_from(RecordedChunk& chunk, std::int64_t step);

}  // namespace switchyard
