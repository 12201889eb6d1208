#include "core/model/functions/experts_fp32.h"

#include <algorithm>
#include <array>
#include <memory>

#include "core/model/kernels/rows.h"

namespace switchyard {
namespace {

// Tokens and hidden rows done together: operands and results about fit the second-level cache. The backward has twice as many.
constexpr std::int64_t kTokens = 256, kHidden = 256, kHiddenBackward = 128;
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

RowsOf<float> places(const Matrix& to) {
  RowsOf<float> rows;
  for (std::int64_t r = 0; r < to.rows; ++r) rows[static_cast<std::size_t>(r)] = to.row(r);
  return rows;
}

// Some rows of the hidden layer, of a block of tokens that begins at row `begin`: where they are kept, or, where
// they are kept in bf16, in fp32 beside that, if there is room for all of them; else a piece at a time.
struct Strip {
  std::int64_t first, count;
};
class HiddenPanels {
 public:
  HiddenPanels() = default;
  HiddenPanels(const at::Tensor& kept, float* room, std::int64_t begin, std::int64_t count, const Strip& strip)
      : width_(count), height_(kept.size(1)), first_(strip.first) {
    if (kept.scalar_type() == at::kBFloat16) {
      rounded_ = static_cast<Bf16*>(kept.data_ptr()) + begin * height_;
      if (room) panels_ = Panels::on(room, strip.count, count);
    } else {
      panels_ =
          Panels::on(kept.data_ptr<float>() + begin * height_, height_, count).some_rows(first_, strip.count);
    }
  }

  operator const Panels&() const { return panels_; }  // NOLINT: it is them
  float* at(std::int64_t p, std::int64_t row) const { return panels_.data ? panels_.panel(p) + row * panels_.width(p) : nullptr; }
  // Rows of panel p.
  void keep(std::int64_t p, std::int64_t row, std::int64_t count) const {
    if (rounded_) rows::round(kept(p, row), at(p, row), count * panel_width(p));
  }
  const float* fetch(float* piece, std::int64_t p, std::int64_t row, std::int64_t count) const {
    if (!rounded_) return at(p, row);
    rows::widen(piece, kept(p, row), count * panel_width(p));
    return piece;
  }

 private:
  std::int64_t panel_width(std::int64_t p) const { return std::min(kPanel, width_ - p * kPanel); }
  Bf16* kept(std::int64_t p, std::int64_t row) const {
    return rounded_ + p * kPanel * height_ + (first_ + row) * panel_width(p);
  }
  Panels panels_{};
  Bf16* rounded_ = nullptr;
  std::int64_t width_ = 0, height_ = 0, first_ = 0;
};

// piece(panel, row, rows) for what goes through all passes while it is in the first-level cache.
constexpr std::int64_t kPieceRows = 64;
template <class Piece>
void each_piece(const Panels& panels, const Piece& piece) {
  for (std::int64_t p = 0; p < panels.count(); ++p)
    for (std::int64_t row = 0; row < panels.rows; row += kPieceRows)
      piece(p, row, std::min(kPieceRows, panels.rows - row));
}

// Of the backward.
std::int64_t strips_of(bool gated) { return gated ? 4 : 3; }
// Where weights are rounded a strip of them lies beside the rows too, so the narrower does.
std::int64_t forward_strip(const Stack& weights, bool rounds) {
  return std::min(rounds ? kHiddenBackward : kHidden, weights.hidden);
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

}  // namespace

std::int64_t fp32_rows(const Stack& weights, const DispatchPlan& plan, bool rounded) {
  const std::int64_t there = forward_strip(weights, rounded), back = std::min(kHiddenBackward, weights.hidden);
  const Matrix up = weights.up(weights.w1, 0), down = weights.down(0);
  BlockBytes bytes;
  bytes.kept = kept_bytes(weights, plan, rounded ? sizeof(Bf16) : sizeof(float));
  for (const Matrix& window : {up.some_rows(0, there), down.some_columns(0, there), down.t().some_rows(0, back),
                               up.t().some_columns(0, back)})
    bytes.thread = std::max<std::int64_t>(bytes.thread, LeftOperand::room(window, rounded) * 4);
  bytes.row = (3 * weights.width + strips_of(weights.gated()) * back) * 4;  // of the backward, which has the more
  return rows_of_block(bytes, weights.width, kTokens);
}

void forward_span_fp32(const Span& span, const DispatchPlan& plan, const HiddenLayer& layer, const Stack& weights, const Matrix& in,
                       const Fp32Kept& kept, TokenSums& outputs) {
  const std::int64_t width = weights.width, hidden = weights.hidden, e = span.expert;
  const std::int64_t block = std::min(outputs.most_rows(), span.count),
                     wide = forward_strip(weights, kept.rounded());
  const bool gated = weights.gated(), rounds = kept.rounded();
  LeftOperand laid_out(rounds);  // one room for all matrices, whose turns come one after another
  Shelf shelf(2 * Shelf::size(width, block) + Shelf::size(wide, block) * (rounds ? gated ? 3 : 2 : 1));
  float *const x_room = shelf.take(width, block), *const y_room = shelf.take(width, block), *const a_room = shelf.take(wide, block);
  float *const h1_room = rounds ? shelf.take(wide, block) : nullptr, *const h3_room = rounds && gated ? shelf.take(wide, block) : nullptr;

  for (std::int64_t done = 0; done < span.count; done += block) {
    const std::int64_t begin = span.begin + done, count = std::min(block, span.count - done);
    const Panels x = Panels::on(x_room, width, count), y = Panels::on(y_room, width, count);
    const RowsOf<const float> from = sources(plan, in, begin, count);
    for (std::int64_t p = 0; p < x.count(); ++p) {
      pack_columns(x.some_columns(p * kPanel, x.width(p)), &from[static_cast<std::size_t>(p * kPanel)]);
      if (rounds) rows::round(x.panel(p), width * x.width(p));
    }
    for (std::int64_t c = 0; c < hidden; c += wide) {
      const Strip strip{c, std::min(wide, hidden - c)};
      const HiddenPanels h1(kept.h1, h1_room, begin, count, strip);
      const HiddenPanels h3 = gated ? HiddenPanels(kept.h3, h3_room, begin, count, strip) : HiddenPanels();
      const Panels a = Panels::on(a_room, strip.count, count);
      multiply_with_bias(h1, laid_out(weights.up(weights.w1, e).some_rows(c, strip.count)), x,
                         weights.b1 + e * hidden + c);
      if (gated)
        multiply_with_bias(h3, laid_out(weights.up(weights.w3, e).some_rows(c, strip.count)), x,
                           weights.b3 + e * hidden + c);
      each_piece(a, [&](std::int64_t p, std::int64_t row, std::int64_t high) {
        const std::int64_t tokens = a.width(p), size = high * tokens;
        float* const to = a.panel(p) + row * tokens;
        activate(layer.kind, to, h1.at(p, row), h3.at(p, row), size);
        h1.keep(p, row, high);
        h3.keep(p, row, high);
        if (rounds) rows::round(to, size);
        if (!layer.masks) return;
        rows::drop(to, &layer.mask(begin + p * kPanel), c + row, high, tokens);
        if (rounds) rows::round(to, size);
      });
      const Matrix down_strip = laid_out(weights.down(e).some_columns(c, strip.count));
      if (c == 0) multiply_with_bias(y, down_strip, a, weights.b2 + e * width);
      else multiply(y, down_strip, a, Into::add);
    }
    const Matrix to = outputs.room(begin, count);
    unpack_columns(places(to).data(), y);
    outputs.add(span, begin, to);
  }
}

void Fp32SpanBackward::run(const Span& span, const Stack& sums, std::int64_t into) const {
  const std::int64_t width = weights.width, hidden = weights.hidden, e = span.expert;
  const std::int64_t block = std::min(grad_x.most_rows(), span.count), wide = std::min(kHiddenBackward, hidden);
  const bool gated = weights.gated(), rounds = kept.rounded();
  LeftOperand laid_out(rounds);
  Shelf shelf(3 * Shelf::size(width, block) + strips_of(gated) * Shelf::size(wide, block));
  float *const g_room = shelf.take(width, block), *const x_room = shelf.take(block, width), *const to_x_room = shelf.take(width, block);
  float *const grad1_room = shelf.take(wide, block), *const grad3_room = gated ? shelf.take(wide, block) : nullptr;
  float *const weighted_room = shelf.take(wide, block), *const a_room = shelf.take(block, wide);
  std::array<float, kTokens> scale, slopes, ones;
  std::array<float, kPieceRows * kPanel> piece1, piece3;
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
    pack_rows(x, sources(plan, in, begin, count).data());
    if (rounds) rows::round(x_room, width * count);
    const RowsOf<const float> from = sources(plan, grad, begin, count);
    for (std::int64_t p = 0; p < g.count(); ++p) {
      const auto at = static_cast<std::size_t>(p * kPanel);
      pack_columns(g.some_columns(p * kPanel, g.width(p)), &from[at]);
      rows::add_row_dots(sums.b2 + into * width, g.panel(p), &scale[at], width, g.width(p));
      rows::add_weighted_rows(&slopes[at], g.panel(p), weights.b2 + e * width, width, g.width(p));
      if (rounds) rows::round(g.panel(p), width * g.width(p));
    }

    for (std::int64_t c = 0; c < hidden; c += wide) {
      const Strip strip{c, std::min(wide, hidden - c)};
      const HiddenPanels h1(kept.h1, nullptr, begin, count, strip);
      const HiddenPanels h3 = gated ? HiddenPanels(kept.h3, nullptr, begin, count, strip) : HiddenPanels();
      const Panels grad1 = Panels::on(grad1_room, strip.count, count), grad3 = Panels::on(grad3_room, strip.count, count);
      const Panels weighted = Panels::on(weighted_room, strip.count, count), a = Panels::on(a_room, count, strip.count);
      // Of a, until the activation has passed.
      multiply(grad1, laid_out(weights.down(e).t().some_rows(c, strip.count)), g, Into::replace);
      each_piece(grad1, [&](std::int64_t p, std::int64_t row, std::int64_t high) {
        const auto first = static_cast<std::size_t>(p * kPanel);
        const std::int64_t tokens = g.width(p), size = high * tokens;
        const auto at = [&](const Panels& of) { return of.panel(p) + row * tokens; };
        float *const to1 = at(grad1), *const to3 = gated ? at(grad3) : nullptr, *const to_a = at(weighted);
        const float* const kept1 = h1.fetch(piece1.data(), p, row, high);
        const float* const kept3 = gated ? h3.fetch(piece3.data(), p, row, high) : nullptr;
        if (layer.masks) rows::drop(to1, &layer.mask(begin + p * kPanel), c + row, high, tokens);
        activate_backward(layer.kind, {to1, to3, to_a, &slopes[first], high, tokens}, kept1, kept3, &scale[first]);
        rows::add_row_dots(sums.b1 + into * hidden + c + row, to1, ones.data(), high, tokens);
        if (gated) rows::add_row_dots(sums.b3 + into * hidden + c + row, to3, ones.data(), high, tokens);
        for (float* const operand : {to1, to3, to_a})
          if (rounds && operand) rows::round(operand, size);
        if (!layer.masks) return;
        rows::drop(to_a, &layer.mask(begin + p * kPanel), c + row, high, tokens);
        if (rounds) rows::round(to_a, size);
      });
      pack_flipped(a, weighted);
      multiply(sums.down(into).some_columns(c, strip.count), g, a, how);
      multiply(sums.up(sums.w1, into).some_rows(c, strip.count), grad1, x, how);
      multiply(to_x, laid_out(weights.up(weights.w1, e).t().some_columns(c, strip.count)), grad1,
               c == 0 ? Into::replace : Into::add);
      if (!gated) continue;
      multiply(sums.up(sums.w3, into).some_rows(c, strip.count), grad3, x, how);
      multiply(to_x, laid_out(weights.up(weights.w3, e).t().some_columns(c, strip.count)), grad3, Into::add);
    }
    const Matrix to = grad_x.room(begin, count);
    unpack_columns(places(to).data(), to_x);
    grad_x.add(span, begin, to);
    for (std::int64_t r = 0; combine && r < count; ++r)
      grad_combine[plan.assignment[static_cast<std::size_t>(begin + r)]] = slopes[static_cast<std::size_t>(r)];
  }
}

}  // namespace switchyard
