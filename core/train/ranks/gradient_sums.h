// Gradients of ranks that learn one model become those of all: each parameter's is summed over the ranks that have
// it, a shared-out expert's over its replicas alone. What is summed follows from the parameters, never from which
// gradients there happen to be: one that no rank has stays undefined, one that some lack counts as 0 there.
// Collective. Thread safety: the trainer's thread.
#pragma once

#include <vector>

#include "core/model/base/parameter.h"
#include "core/model/ranks/mesh.h"

namespace switchyard {

void sum_gradients(const std::vector<Parameter*>& parameters, const Layout& layout);

// Sums of squares, as AdamW::squared_grads has them of what is held here, of whole parameters: each expert counts
// once.
void join_squares(std::vector<double>& squares, const std::vector<Parameter*>& parameters, const Layout& layout);

}  // namespace switchyard
