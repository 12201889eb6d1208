#include "core/model/kernels/panels.h"

#include <cstring>
#include <utility>

#include "core/model/kernels/rows.h"

namespace switchyard {
namespace {

// Element (i, k) of the left operand is a[i a_stride + k], or flipped a[i + k a_stride]; it comes in `parts` of `inner` elements,
// a_jump apart.
struct TileTask {
  const float* a = nullptr;
  std::int64_t a_stride = 0, a_jump = 0, parts = 1, inner = 0;
  const float* b = nullptr;
  std::int64_t b_stride = 0;
  float* out = nullptr;
  std::int64_t out_stride = 0, columns = 0;
  const float* bias = nullptr;
  bool add = false;
};

struct ProductTask {
  TileTask task;
  std::int64_t rows = 0;
  bool flipped = false;
  Panels right;
  std::int64_t skip = 0;               // rows of `right` that other products have done
  const Panels* out_panels = nullptr;  // null: task.out is a plain matrix
  bool cold = false;                   // the left operand comes from memory
};

constexpr std::int64_t kLine = 16;  // floats

namespace plain {
constexpr int kLanes = 4, kRows = 6;
#include "core/model/kernels/panel_tile.h"
}  // namespace plain

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define SWITCHYARD_X86 1
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v3")
namespace avx2 {
constexpr int kLanes = 8, kRows = 6;
#include "core/model/kernels/panel_tile.h"
}  // namespace avx2
#pragma GCC pop_options
#pragma GCC push_options
#pragma GCC target("arch=x86-64-v4")
namespace avx512 {
constexpr int kLanes = 16, kRows = 14;
#include "core/model/kernels/panel_tile.h"
}  // namespace avx512
#pragma GCC pop_options
#endif

Vectors find_vectors() {
#ifdef SWITCHYARD_X86
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512dq"))
    return Vectors::avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return Vectors::avx2;
#endif
  return Vectors::any;
}

// The call as compiled for those vectors.
#ifdef SWITCHYARD_X86
#define SWITCHYARD_IN(vectors, call)               \
  switch (vectors) {                               \
    case Vectors::avx512: return avx512::call;     \
    case Vectors::avx2: return avx2::call;         \
    default: return plain::call;                   \
  }
#else
#define SWITCHYARD_IN(vectors, call) \
  static_cast<void>(vectors);        \
  plain::call
#endif

void run(const ProductTask& task, Vectors vectors) { SWITCHYARD_IN(vectors, product(task)); }

void multiply_left(const Panels& out, const Matrix& a, const Panels& b, bool add, const float* bias, Vectors vectors) {
  ProductTask p;
  p.task.a = a.data;
  p.task.a_stride = a.stride;
  p.task.inner = b.rows;
  p.task.add = add;
  p.task.bias = bias;
  p.rows = a.rows;
  p.flipped = a.flipped;
  p.right = b;
  p.out_panels = &out;
  p.cold = true;
  run(p, vectors);
}

void flip_in(float* to, std::int64_t to_stride, const float* const* from, std::int64_t rows, std::int64_t columns, Vectors vectors) {
  SWITCHYARD_IN(vectors, flip_in(to, to_stride, from, rows, columns));
}

}  // namespace

Vectors widest_vectors() {
  static const Vectors found = find_vectors();
  return found;
}

void multiply(const Panels& out, const Matrix& a, const Panels& b, Into into, Vectors vectors) {
  multiply_left(out, a, b, into == Into::add, nullptr, vectors);
}

void multiply_with_bias(const Panels& out, const Matrix& a, const Panels& b, const float* bias, Vectors vectors) {
  multiply_left(out, a, b, false, bias, vectors);
}

void multiply(const Matrix& out, const Panels& a, const Panels& b, Into into, Vectors vectors) {
  ProductTask p;
  p.task.a_jump = kPanel * a.height;
  p.task.out = out.data;
  p.task.out_stride = out.stride;
  p.rows = a.rows;
  p.right = b;
  const std::int64_t whole = a.columns / kPanel;
  bool add = into == Into::add;
  const auto part = [&](std::int64_t first_panel, std::int64_t parts, std::int64_t inner) {
    p.task.a = a.panel(first_panel);
    p.task.a_stride = p.task.inner = inner;
    p.task.parts = parts;
    p.task.add = std::exchange(add, true);
    p.skip = first_panel * kPanel;
    run(p, vectors);
  };
  if (whole > 0) part(0, whole, kPanel);
  if (whole < a.count()) part(whole, 1, a.width(whole));
}

void pack_rows(const Panels& to, const float* const* rows) {
  for (std::int64_t p = 0; p < to.count(); ++p) {
    const std::int64_t width = to.width(p);
    float* at = to.panel(p);
    for (std::int64_t r = 0; r < to.rows; ++r, at += width)
      std::memcpy(at, rows[r] + p * kPanel, sizeof(float) * static_cast<std::size_t>(width));
  }
}

void pack_columns(const Panels& to, const float* const* rows, Vectors vectors) {
  for (std::int64_t p = 0; p < to.count(); ++p)
    flip_in(to.panel(p), to.width(p), rows + p * kPanel, to.width(p), to.rows, vectors);
}

void pack_flipped(const Panels& to, const Panels& from, Vectors vectors) {
  // Panel by panel of both: a square of at most 32 x 32.
  for (std::int64_t p = 0; p < to.count(); ++p) {
    const std::int64_t high = to.width(p);
    for (std::int64_t q = 0; q < from.count(); ++q) {
      const std::int64_t wide = from.width(q);
      const float* rows[kPanel];
      for (std::int64_t r = 0; r < high; ++r) rows[r] = from.panel(q) + (p * kPanel + r) * wide;
      flip_in(to.panel(p) + q * kPanel * high, high, rows, high, wide, vectors);
    }
  }
}

void unpack_columns(float* const* rows, const Panels& from, Vectors vectors) {
  const auto flip = [&](std::int64_t p) {
    SWITCHYARD_IN(vectors, flip_out(rows + p * kPanel, from.panel(p), from.width(p), from.rows, from.width(p)));
  };
  for (std::int64_t p = 0; p < from.count(); ++p) flip(p);
}

std::int64_t LeftOperand::room(const Matrix& window, bool rounds) {
  // A flipped operand touches a new line at every step, and with a wide power of two they all fall on few sets.
  const std::int64_t too_wide = window.flipped ? 512 : 1024;
  if (!rounds && (window.stride < too_wide || window.stride % 256 != 0)) return 0;
  return window.flipped ? window.columns * (window.rows + kLine) : window.rows * (window.columns + kLine);
}

Matrix LeftOperand::operator()(const Matrix& window) {
  const std::int64_t floats = room(window, rounds_);
  if (floats == 0) return window;
  const Matrix lying = window.flipped ? window.t() : window;
  Matrix copy{nullptr, lying.rows, lying.columns, lying.columns + kLine};
  if (floats > size_) {
    size_ = floats;
    room_.reset(new float[static_cast<std::size_t>(size_)]);
  }
  copy.data = room_.get();
  for (std::int64_t r = 0; r < lying.rows; ++r) {
    if (rounds_) rows::round_into(copy.row(r), lying.row(r), lying.columns);
    else std::memcpy(copy.row(r), lying.row(r), sizeof(float) * static_cast<std::size_t>(lying.columns));
  }
  return window.flipped ? copy.t() : copy;
}

}  // namespace switchyard
