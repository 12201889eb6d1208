// Passes over rows of floats: what torch does in several trips through memory, done in one. Compiled for
// each kind of vector unit and chosen when the program starts.
// Thread safety: pure functions of what they are given; outputs must not overlap inputs unless said.
#pragma once

#include <cstdint>

#include "core/model/kernels/row_types.h"

namespace switchyard::rows {

// to = weight * from
void scale(float* to, const float* from, float weight, std::int64_t n);

// to += weight * from
void add_scaled(float* to, const float* from, float weight, std::int64_t n);

float dot(const float* a, const float* b, std::int64_t n);

// softmax(scale * row) in place.
void softmax(float* row, float scale, std::int64_t n);

// With P = softmax(scale * S): from dP to dS = P (dP - <dP, P>) scale, in dP's place.
void softmax_backward(float* grad, const float* probs, float scale, std::int64_t n);

// a = silu(h1) h3; a may be h1 or h3.
void swiglu(float* a, const float* h1, const float* h3, std::int64_t n);

// The same for a = max(h1, 0).
void relu(float* a, const float* h1, std::int64_t n);

// The same for a = h1 Phi(h1).
void gelu(float* a, const float* h1, std::int64_t n);

// The same for a = h1 Phi(h1) h3.
void geglu(float* a, const float* h1, const float* h3, std::int64_t n);

// --- panels (panels.h): [n, width], width at most 32 tokens side by side

// The backward of an expert's hidden layer. grad comes as that of a, and leaves as that of h1; grad_h3 and weighted_a (a times its
// token's weight) are written; <grad, a>, the gradient of a token's weight, is added to its slope.
struct PanelGradients {
  float *grad = nullptr, *grad_h3 = nullptr, *weighted_a = nullptr;  // [rows, width]
  float* slopes = nullptr;                                           // [width]
  std::int64_t rows = 0, width = 0;
};
void swiglu_backward(const PanelGradients& panel, const float* h1, const float* h3, const float* weights);
void geglu_backward(const PanelGradients& panel, const float* h1, const float* h3, const float* weights);
void relu_backward(const PanelGradients& panel, const float* h1, const float* weights);
void gelu_backward(const PanelGradients& panel, const float* h1, const float* weights);

// sums[i] += <row i, weights>; weights [width]
void add_row_dots(float* sums, const float* panel, const float* weights, std::int64_t n, std::int64_t width);
// sums += the rows, each times its weight; weights [n]
void add_weighted_rows(float* sums, const float* panel, const float* weights, std::int64_t n, std::int64_t width);

// --- bf16: what a product reads is rounded, to nearest even, in the pass that makes it; a NaN stays one.

void round(Bf16* to, const float* from, std::int64_t n);
// To what bf16 holds; in place, or with what follows the row fetched on the way.
void round(float* row, std::int64_t n);
void round_into(float* to, const float* from, std::int64_t n);
void widen(float* to, const Bf16* from, std::int64_t n);

// softmax(scale * row), rounded; the rest of `to` up to `room` becomes 0. row is used up.
void softmax(Bf16* to, float* row, float scale, std::int64_t n, std::int64_t room);
// dS, as in softmax_backward above, rounded.
void softmax_backward(Bf16* to, const float* grad, const Bf16* probs, float scale, std::int64_t n);

// The activations on h1 + b1 (and h3 + b3), which are kept, rounded, for the backward.
void swiglu(Bf16* a, Bf16* kept1, Bf16* kept3, const float* h1, const float* h3, const float* b1, const float* b3,
            std::int64_t n);
void geglu(Bf16* a, Bf16* kept1, Bf16* kept3, const float* h1, const float* h3, const float* b1, const float* b3,
           std::int64_t n);
void relu(Bf16* a, Bf16* kept1, const float* h1, const float* b1, std::int64_t n);
void gelu(Bf16* a, Bf16* kept1, const float* h1, const float* b1, std::int64_t n);

// The same as above from what was kept; grad is of a. The gradients of h1 and h3 are also added to the sums, in fp32.
float swiglu_backward(Bf16* grad_h1, Bf16* grad_h3, Bf16* weighted_a, float* sum1, float* sum3, const float* grad,
                      const Bf16* h1, const Bf16* h3, float weight, std::int64_t n);
float geglu_backward(Bf16* grad_h1, Bf16* grad_h3, Bf16* weighted_a, float* sum1, float* sum3, const float* grad,
                     const Bf16* h1, const Bf16* h3, float weight, std::int64_t n);
float relu_backward(Bf16* grad_h1, Bf16* weighted_a, float* sum1, const float* grad, const Bf16* h1, float weight,
                    std::int64_t n);
float gelu_backward(Bf16* grad_h1, Bf16* weighted_a, float* sum1, const float* grad, const Bf16* h1, float weight,
                    std::int64_t n);

// What is dropped of a row: DropMask, row_types.h.
// Columns first .. first + n - 1 of the row, in place: 0 or scale times what it was.
void drop(float* row, const DropMask& mask, std::int64_t first, std::int64_t n);
void drop(Bf16* row, const DropMask& mask, std::int64_t first, std::int64_t n);
// The same of a panel: a mask a token, rows first .. first + n - 1 of the hidden layer.
void drop(float* panel, const DropMask* masks, std::int64_t first, std::int64_t n, std::int64_t width);

// AdamW (Loshchilov and Hutter 2019) on a span: rate is already divided by the first moment's bias
// correction, inverse_second is one over the second's.
struct AdamStep {
  float beta1, beta2, grad_scale, keep, rate, inverse_second;
};
void adamw(float* w, float* m, float* v, const float* grad, const AdamStep& step, std::int64_t n);

}  // namespace switchyard::rows
