// What training a configuration takes of main memory, by arithmetic. Bytes, of floats of 4; P parameters; T = batch
// x context tokens of a micro-batch, d = d_model, L = context, H heads, k experts a token, V outputs, g = 2 with a
// gated activation, else 1.
//
//   16 P   weights, gradients, two moments; 2 P more where gradients are accumulated: those of a layer stand beside
//          their sum
//   4 T x  what the forward pass keeps for the backward one: of each block the norms' inputs and outputs, qkv,
//          attention's output (8 d) and its probabilities (H L), the experts' hidden layer (k g d_ff), what routers
//          decide; the head's input, logits, their log-softmax and the gradients of both (4 V);
//          once more the largest block without its probabilities, for what its backward pass makes before it lets
//          go, and 0.3 of a layer's probabilities, for the gaps that large tensors leave in the heap
//   or, if that is more, a pass over the probe's tokens or over test points without a graph
//   of points the data itself, and 0.4 MB that any run takes
//
// In bf16 probabilities and hidden layers are half as large.
//
// Measured against the program by tests/bench/memory_bench.cpp. Thread safety: pure function.
#pragma once

#include <cstdint>

#include "core/config/config.h"

namespace switchyard {

// Bytes. precision = auto counts as fp32, which is never less. `outputs`: characters, or classes.
double training_bytes(const Config& config, std::int64_t outputs, std::int64_t parameters);

}  // namespace switchyard
