#include "core/model/functions/experts_bf16.h"

#include <algorithm>

#include "core/model/kernels/bf16.h"
#include "core/model/kernels/rows.h"

namespace switchyard {
namespace {

// Hidden columns done together. Between two strips a block's rows of the wider side go through the cache once: of
// wide ones seldomer.
std::int64_t columns_of(const Stack& weights) {
  return std::min<std::int64_t>(weights.width < 512 ? 128 : 256, weights.hidden);
}

// A strip of an expert's weights, laid out when its turn comes: all three matrices at once were, of large experts,
// more than a thread's rows. One room does for them in turn.
std::int64_t weights_size(std::int64_t width, std::int64_t strip) {
  return std::max(Bf16Panels::size(width, strip), Bf16Panels::size(strip, width));
}
Bf16Panels laid_out(Bf16* room, const Matrix& weights) {
  const Bf16Panels to = Bf16Panels::on(room, weights.rows, weights.columns);
  pack(to, weights);
  return to;
}

Bf16* data_of(const at::Tensor& tensor) { return static_cast<Bf16*>(tensor.data_ptr()); }

void clear_tail(Bf16* row, std::int64_t columns) { std::fill(row + columns, row + round_up(columns, kBf16Inner), Bf16{0}); }

// Rows begin .. begin + to.rows - 1 of the plan, rounded.
void gather(const Bf16Rows& to, const DispatchPlan& plan, const Matrix& from, std::int64_t begin) {
  for (std::int64_t r = 0; r < to.rows; ++r) {
    rows::round(to.row(r), from.row(plan.identity ? begin + r : plan.token[begin + r]), to.inner);
    clear_tail(to.row(r), to.inner);
  }
}

void activate(ExpertKind kind, Bf16* a, Bf16* kept1, Bf16* kept3, const float* h1, const float* h3, const float* b1,
              const float* b3, std::int64_t n) {
  switch (kind) {
    case ExpertKind::relu: return rows::relu(a, kept1, h1, b1, n);
    case ExpertKind::gelu: return rows::gelu(a, kept1, h1, b1, n);
    case ExpertKind::swiglu: return rows::swiglu(a, kept1, kept3, h1, h3, b1, b3, n);
    case ExpertKind::geglu: return rows::geglu(a, kept1, kept3, h1, h3, b1, b3, n);
  }
}

float activate_backward(ExpertKind kind, Bf16* grad_h1, Bf16* grad_h3, Bf16* weighted_a, float* sum1, float* sum3,
                        const float* grad, const Bf16* h1, const Bf16* h3, float weight, std::int64_t n) {
  switch (kind) {
    case ExpertKind::relu: return rows::relu_backward(grad_h1, weighted_a, sum1, grad, h1, weight, n);
    case ExpertKind::gelu: return rows::gelu_backward(grad_h1, weighted_a, sum1, grad, h1, weight, n);
    case ExpertKind::geglu:
      return rows::geglu_backward(grad_h1, grad_h3, weighted_a, sum1, sum3, grad, h1, h3, weight, n);
    case ExpertKind::swiglu: break;
  }
  return rows::swiglu_backward(grad_h1, grad_h3, weighted_a, sum1, sum3, grad, h1, h3, weight, n);
}

}  // namespace

std::int64_t bf16_rows(const Stack& weights, const DispatchPlan& plan) {
  const std::int64_t strip = columns_of(weights);
  BlockBytes bytes;
  bytes.kept = kept_bytes(weights, plan, sizeof(Bf16));
  bytes.thread = weights_size(weights.width, strip) * 2;
  // Of the backward, which has the more: the gradient as it is and turned, the input, five strips.
  bytes.row = (3 * weights.width + 5 * strip) * 2;
  return rows_of_block(bytes, weights.width, bf16_unit() == Bf16Unit::amx ? 512 : 256);
}

void forward_span_bf16(const Span& span, const DispatchPlan& plan, const HiddenLayer& layer, const Stack& weights, const Matrix& in,
                       const Bf16Kept& kept, TokenSums& outputs) {
  const std::int64_t width = weights.width, hidden = weights.hidden, e = span.expert;
  const std::int64_t block = std::min(outputs.most_rows(), span.count), strip = columns_of(weights);
  const bool gated = weights.gated();
  Bf16Shelf shelf(weights_size(width, strip) + Bf16Rows::size(block, width) + Bf16Rows::size(block, strip));
  Bf16* const weights_room = shelf.take(weights_size(width, strip));
  const Bf16Rows x_room = shelf.rows(block, width), activated = shelf.rows(block, strip);
  const auto sums = scratch(block * strip * (gated ? 2 : 1));

  for (std::int64_t done = 0; done < span.count; done += block) {
    const std::int64_t begin = span.begin + done, count = std::min(block, span.count - done);
    const Bf16Rows x = Bf16Rows::on(x_room.data, count, width);
    gather(x, plan, in, begin);
    const Matrix y = outputs.room(begin, count);
    fill_rows(y, weights.b2 + e * width);
    for (std::int64_t c = 0; c < hidden; c += strip) {
      const std::int64_t wide = std::min(strip, hidden - c);
      const Matrix h1{sums.get(), count, wide, wide}, h3{sums.get() + (gated ? block * strip : 0), count, wide, wide};
      multiply(h1, x, laid_out(weights_room, weights.up(weights.w1, e).some_rows(c, wide).t()), Into::replace);
      if (gated)
        multiply(h3, x, laid_out(weights_room, weights.up(weights.w3, e).some_rows(c, wide).t()), Into::replace);
      const Bf16Rows a = Bf16Rows::on(activated.data, count, wide);
      for (std::int64_t r = 0; r < count; ++r) {
        const std::int64_t at = (begin + r) * hidden + c;
        activate(layer.kind, a.row(r), data_of(kept.h1) + at, gated ? data_of(kept.h3) + at : nullptr, h1.row(r), h3.row(r),
                 weights.b1 + e * hidden + c, gated ? weights.b3 + e * hidden + c : nullptr, wide);
        if (layer.masks) rows::drop(a.row(r), layer.mask(begin + r), c, wide);
        clear_tail(a.row(r), wide);
      }
      multiply(y, a, laid_out(weights_room, weights.down(e).some_columns(c, wide).t()), Into::add);
    }
    outputs.add(span, begin, y);
  }
}

void Bf16SpanBackward::run(const Span& span, const Stack& sums, std::int64_t into) const {
  const std::int64_t width = weights.width, hidden = weights.hidden, e = span.expert;
  const std::int64_t block = std::min(grad_x.most_rows(), span.count), strip = columns_of(weights);
  const bool gated = weights.gated();
  // The gradient of the activations is done with before they are laid out, in its place.
  const std::int64_t a_size = round_up(Bf16Panels::size(block, strip), kBf16Inner),
                     turned_size = Bf16Rows::size(strip, block);
  Bf16Shelf shelf(weights_size(width, strip) + Bf16Rows::size(block, width) + Bf16Rows::size(width, block) +
                  Bf16Panels::size(block, width) + Bf16Rows::size(block, strip) * 3 + a_size + turned_size);
  Bf16* const weights_room = shelf.take(weights_size(width, strip));
  const Bf16Rows g_room = shelf.rows(block, width), g_t_room = shelf.rows(width, block);
  const Bf16Panels x_room = shelf.panels(block, width);
  const Bf16Rows grad1_room = shelf.rows(block, strip), grad3_room = shelf.rows(block, strip),
                 weighted_room = shelf.rows(block, strip);
  Bf16 *const a_room = shelf.take(a_size + turned_size), *const turned_room = a_room + a_size;
  auto* const grad_a_room = reinterpret_cast<float*>(a_room);
  const auto slopes = scratch(block);

  Into how = Into::replace;
  for (std::int64_t done = 0; done < span.count; done += block, how = Into::add) {
    const std::int64_t begin = span.begin + done, count = std::min(block, span.count - done);
    const auto weight_of = [&](std::int64_t r) { return combine ? combine[plan.assignment[begin + r]] : 1.0F; };
    const Bf16Rows g = Bf16Rows::on(g_room.data, count, width);
    gather(g, plan, in, begin);  // the inputs, until they are laid out
    const Bf16Panels x = Bf16Panels::on(x_room.data, count, width);
    pack(x, g.matrix());
    for (std::int64_t r = 0; r < count; ++r) {
      const float* from = grad.row(plan.identity ? begin + r : plan.token[begin + r]);
      rows::round(g.row(r), from, width);
      clear_tail(g.row(r), width);
      slopes[r] = combine ? rows::dot(from, weights.b2 + e * width, width) : 0.0F;
      rows::add_scaled(sums.b2 + into * width, from, weight_of(r), width);
    }
    const Bf16Rows g_t = Bf16Rows::on(g_t_room.data, width, count);
    pack(g_t, g.matrix().t());
    const Matrix to_x = grad_x.room(begin, count);

    for (std::int64_t c = 0; c < hidden; c += strip) {
      const std::int64_t wide = std::min(strip, hidden - c);
      const Matrix grad_a{grad_a_room, count, wide, wide};
      multiply(grad_a, g, laid_out(weights_room, weights.down(e).some_columns(c, wide)), Into::replace);
      const Bf16Rows grad1 = Bf16Rows::on(grad1_room.data, count, wide), grad3 = Bf16Rows::on(grad3_room.data, count, wide);
      const Bf16Rows weighted = Bf16Rows::on(weighted_room.data, count, wide);
      for (std::int64_t r = 0; r < count; ++r) {
        const std::int64_t at = (begin + r) * hidden + c;
        if (layer.masks) rows::drop(grad_a.row(r), layer.mask(begin + r), c, wide);
        slopes[r] += activate_backward(layer.kind, grad1.row(r), grad3.row(r), weighted.row(r), sums.b1 + into * hidden + c,
                                       gated ? sums.b3 + into * hidden + c : nullptr, grad_a.row(r), data_of(kept.h1) + at,
                                       gated ? data_of(kept.h3) + at : nullptr, weight_of(r), wide);
        if (layer.masks) rows::drop(weighted.row(r), layer.mask(begin + r), c, wide);
        clear_tail(grad1.row(r), wide);
        if (gated) clear_tail(grad3.row(r), wide);
      }
      const Bf16Panels a = Bf16Panels::on(a_room, count, wide);
      pack(a, weighted.matrix());
      multiply(sums.down(into).some_columns(c, wide), g_t, a, how);
      const auto add_gate = [&](float* of, float* gradient, const Bf16Rows& grad_h, Into first) {
        const Bf16Rows turned = Bf16Rows::on(turned_room, wide, count);
        pack(turned, grad_h.matrix().t());
        multiply(sums.up(gradient, into).some_rows(c, wide), turned, x, how);
        multiply(to_x, grad_h, laid_out(weights_room, weights.up(of, e).some_rows(c, wide)), first);
      };
      add_gate(weights.w1, sums.w1, grad1, c == 0 ? Into::replace : Into::add);
      if (gated) add_gate(weights.w3, sums.w3, grad3, Into::add);
    }
    grad_x.add(span, begin, to_x);
    if (combine)
      for (std::int64_t r = 0; r < count; ++r) grad_combine[plan.assignment[begin + r]] = slopes[r];
  }
}

}  // namespace switchyard
