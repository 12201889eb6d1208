#include "core/model/functions/experts_fp32.h"

#include <algorithm>
#include <array>
#include <memory>

#include "core/model/kernels/rows.h"

namespace switchyard {
namespace {

// Tokens and hidden rows done together: operands and results about fit the second-level cache.
constexpr std::int64_t kTokens = 256, kHidden = 256;
static_assert(kTokens % kPanel == 0);

void activate(ExpertKind kind, float* a, const float* h1, const float* h3, std::int64_t n) {
  switch (kind) {
    case ExpertKind::relu: return rows::relu(a, h1, n);
    case ExpertKind::gelu: return rows::gelu(a, h1, n);
    case ExpertKind::swiglu: return rows::swiglu(a, h1, h3, n);
    case ExpertKind::geglu: return rows::geglu(a, h1, h3, n);
  }
}

void activate_backward(ExpertKind kind, const rows::PanelGradients& panel, const float* h1, const float* h3, const float* weights) {
  switch (kind) {
    case ExpertKind::relu: return rows::relu_backward(panel, h1, weights);
    case ExpertKind::gelu: return rows::gelu_backward(panel, h1, weights);
    case ExpertKind::swiglu: return rows::swiglu_backward(panel, h1, h3, weights);
    case ExpertKind::geglu: return rows::geglu_backward(panel, h1, h3, weights);
  }
}

// Where each row of a block of tokens is.
template <class T>
using RowsOf = std::array<T*, kTokens>;

RowsOf<const float> sources(const DispatchPlan& plan, const Matrix& from, std::int64_t begin, std::int64_t count) {
  RowsOf<const float> rows;
  for (std::int64_t r = 0; r < count; ++r)
    rows[static_cast<std::size_t>(r)] = from.row(plan.identity ? begin + r : plan.token[static_cast<std::size_t>(begin + r)]);
  return rows;
}

RowsOf<float> places(const Matrix& to, std::int64_t begin, std::int64_t count) {
  RowsOf<float> rows;
  for (std::int64_t r = 0; r < count; ++r) rows[static_cast<std::size_t>(r)] = to.row(begin + r);
  return rows;
}

// The hidden rows `strip` of tokens begin .. begin + count - 1 in what is kept.
struct Strip {
  std::int64_t first, count;
};
Panels kept_panels(const at::Tensor& kept, const DispatchPlan& plan, const Span& span, std::int64_t begin, std::int64_t count,
                   const Strip& strip) {
  const std::int64_t hidden = kept.size(1);
  return Panels::on(kept.data_ptr<float>() + plan.offset[static_cast<std::size_t>(span.expert)] * hidden, hidden, 0)
      .some_columns(begin - plan.offset[static_cast<std::size_t>(span.expert)], count)
      .some_rows(strip.first, strip.count);
}

// Operands one after another in one allocation, each on a cache line.
class Shelf {
 public:
  explicit Shelf(std::int64_t floats) : room_(new (std::align_val_t{64}) float[static_cast<std::size_t>(floats)]), next_(room_.get()) {}
  static std::int64_t size(std::int64_t rows, std::int64_t columns) { return (Panels::size(rows, columns) + 15) / 16 * 16; }
  float* take(std::int64_t rows, std::int64_t columns) { return std::exchange(next_, next_ + size(rows, columns)); }

 private:
  struct Free {
    void operator()(float* p) const { ::operator delete[](p, std::align_val_t{64}); }
  };
  std::unique_ptr<float[], Free> room_;
  float* next_;
};

// A weight as a left operand, whatever its stride.
struct Left {
  explicit Left(const Matrix& weight) : matrix(readable_left(weight, room)) {}
  std::unique_ptr<float[]> room;
  Matrix matrix;
};

}  // namespace

void forward_span_fp32(const Span& span, const DispatchPlan& plan, const HiddenLayer& layer, const Stack& weights, const Matrix& in,
                       const Fp32Kept& kept, const Matrix& outputs) {
  const std::int64_t width = weights.width, hidden = weights.hidden, e = span.expert;
  const std::int64_t block = std::min(kTokens, span.count), wide = std::min(kHidden, hidden);
  const bool gated = weights.gated();
  const Left up1(weights.up(weights.w1, e)), down(weights.down(e));
  const Left up3(gated ? weights.up(weights.w3, e) : Matrix{});
  Shelf shelf(2 * Shelf::size(width, block) + Shelf::size(wide, block));
  float *const x_room = shelf.take(width, block), *const y_room = shelf.take(width, block),
               *const a_room = shelf.take(wide, block);

  for (std::int64_t done = 0; done < span.count; done += block) {
    const std::int64_t begin = span.begin + done, count = std::min(block, span.count - done);
    const Panels x = Panels::on(x_room, width, count), y = Panels::on(y_room, width, count);
    pack_columns(x, sources(plan, in, begin, count).data());
    for (std::int64_t c = 0; c < hidden; c += wide) {
      const Strip strip{c, std::min(wide, hidden - c)};
      const Panels h1 = kept_panels(kept.h1, plan, span, begin, count, strip);
      const Panels h3 = gated ? kept_panels(kept.h3, plan, span, begin, count, strip) : Panels{};
      const Panels a = Panels::on(a_room, strip.count, count);
      multiply_with_bias(h1, up1.matrix.some_rows(c, strip.count), x, weights.b1 + e * hidden + c);
      if (gated) multiply_with_bias(h3, up3.matrix.some_rows(c, strip.count), x, weights.b3 + e * hidden + c);
      for (std::int64_t p = 0; p < a.count(); ++p) {
        activate(layer.kind, a.panel(p), h1.panel(p), gated ? h3.panel(p) : nullptr, strip.count * a.width(p));
        if (layer.masks) rows::drop(a.panel(p), &layer.mask(begin + p * kPanel), c, strip.count, a.width(p));
      }
      const Matrix down_strip = down.matrix.some_columns(c, strip.count);
      if (c == 0) multiply_with_bias(y, down_strip, a, weights.b2 + e * width);
      else multiply(y, down_strip, a, Into::add);
    }
    unpack_columns(places(outputs, begin, count).data(), y);
  }
}

void Fp32SpanBackward::run(const Span& span, const Stack& sums, std::int64_t into) const {
  const std::int64_t width = weights.width, hidden = weights.hidden, e = span.expert;
  const std::int64_t block = std::min(kTokens, span.count), wide = std::min(kHidden, hidden);
  const bool gated = weights.gated();
  const Left down(weights.down(e).t()), up1(weights.up(weights.w1, e).t());
  const Left up3(gated ? weights.up(weights.w3, e).t() : Matrix{});
  Shelf shelf(3 * Shelf::size(width, block) + 4 * Shelf::size(wide, block));
  float *const g_room = shelf.take(width, block), *const x_room = shelf.take(block, width), *const to_x_room = shelf.take(width, block);
  float *const grad1_room = shelf.take(wide, block), *const grad3_room = shelf.take(wide, block);
  float *const weighted_room = shelf.take(wide, block), *const a_room = shelf.take(block, wide);
  std::array<float, kTokens> scale, slopes, ones;
  ones.fill(1.0F);

  Into how = Into::replace;
  for (std::int64_t done = 0; done < span.count; done += block, how = Into::add) {
    const std::int64_t begin = span.begin + done, count = std::min(block, span.count - done);
    for (std::int64_t r = 0; r < count; ++r) {
      const auto i = static_cast<std::size_t>(r);
      scale[i] = combine ? combine[plan.assignment[static_cast<std::size_t>(begin + r)]] : 1.0F;
      slopes[i] = 0;
    }
    const Panels g = Panels::on(g_room, width, count), x = Panels::on(x_room, count, width), to_x = Panels::on(to_x_room, width, count);
    pack_columns(g, sources(plan, grad, begin, count).data());
    pack_rows(x, sources(plan, in, begin, count).data());
    for (std::int64_t p = 0; p < g.count(); ++p) {
      const auto at = static_cast<std::size_t>(p * kPanel);
      rows::add_row_dots(sums.b2 + into * width, g.panel(p), &scale[at], width, g.width(p));
      rows::add_weighted_rows(&slopes[at], g.panel(p), weights.b2 + e * width, width, g.width(p));
    }

    for (std::int64_t c = 0; c < hidden; c += wide) {
      const Strip strip{c, std::min(wide, hidden - c)};
      const Panels h1 = kept_panels(kept.h1, plan, span, begin, count, strip);
      const Panels h3 = gated ? kept_panels(kept.h3, plan, span, begin, count, strip) : Panels{};
      const Panels grad1 = Panels::on(grad1_room, strip.count, count), grad3 = Panels::on(grad3_room, strip.count, count);
      const Panels weighted = Panels::on(weighted_room, strip.count, count), a = Panels::on(a_room, count, strip.count);
      multiply(grad1, down.matrix.some_rows(c, strip.count), g, Into::replace);  // of a, until the activation has passed
      for (std::int64_t p = 0; p < g.count(); ++p) {
        const auto at = static_cast<std::size_t>(p * kPanel);
        const std::int64_t tokens = g.width(p);
        if (layer.masks) rows::drop(grad1.panel(p), &layer.mask(begin + p * kPanel), c, strip.count, tokens);
        activate_backward(layer.kind, {grad1.panel(p), grad3.panel(p), weighted.panel(p), &slopes[at], strip.count, tokens}, h1.panel(p),
                          gated ? h3.panel(p) : nullptr, &scale[at]);
        if (layer.masks) rows::drop(weighted.panel(p), &layer.mask(begin + p * kPanel), c, strip.count, tokens);
        rows::add_row_dots(sums.b1 + into * hidden + c, grad1.panel(p), ones.data(), strip.count, tokens);
        if (gated) rows::add_row_dots(sums.b3 + into * hidden + c, grad3.panel(p), ones.data(), strip.count, tokens);
      }
      pack_flipped(a, weighted);
      multiply(sums.down(into).some_columns(c, strip.count), g, a, how);
      multiply(sums.up(sums.w1, into).some_rows(c, strip.count), grad1, x, how);
      multiply(to_x, up1.matrix.some_columns(c, strip.count), grad1, c == 0 ? Into::replace : Into::add);
      if (!gated) continue;
      multiply(sums.up(sums.w3, into).some_rows(c, strip.count), grad3, x, how);
      multiply(to_x, up3.matrix.some_columns(c, strip.count), grad3, Into::add);
    }
    unpack_columns(places(grad_xs, begin, count).data(), to_x);
    for (std::int64_t r = 0; combine && r < count; ++r)
      grad_combine[plan.assignment[static_cast<std::size_t>(begin + r)]] = slopes[static_cast<std::size_t>(r)];
  }
}

}  // namespace switchyard
