// What a recording of another program's has, and why a view of it is empty: one line each.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "core/run/update.h"

namespace switchyard::app {

enum class RecordedPart { losses, gradients, choices, order, logits, hidden, drops, aux_losses, model };

// "this recording has no logits". Empty: the run is one of ours, or has it.
std::string why_lacking(const RunStatus& status, RecordedPart part);
// Why nothing trains it here.
std::string why_no_training(const RunStatus& status);
// "a sample of 1 % so far", while its loads are those of a sample. Empty: they are exact.
std::string sample_so_far(const RunStatus& status);
// What its loads are of, where that is not all a router gave: "of a sample of 1 % so far", "of what capacity
// left". Empty: nothing to say.
std::string of_what(const RunStatus& status);
// Experts a token as far as known; 0: not known.
double top_k_of(const RunStatus& status);

}  // namespace switchyard::app
