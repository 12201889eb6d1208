// Matrix products of operands rounded to bf16 (the upper half of a float, to nearest even), summed in fp32, on
// the calling thread.
//
// Operands are laid out as the multiplying unit reads them, rounded on the way, and then used as often as wanted:
// a strip of an expert's weights for a block of its rows, the rows for all strips. A shape never seen before costs
// nothing, where a library compiles for each. How they are multiplied is a matter of the processor, the numbers
// being the same but for the order of sums:
//   amx     Intel's AMX-BF16: tiles of 16 x 32, at ten times the speed of fp32 and, on the small products of
//           experts, at 2 to 6 times that of oneDNN's (at::mm)
//   avx512  AMD's AVX512-BF16 (Zen 4 on): pairs in vectors, in tiles of 14 x 32; measured at twice the speed of
//           fp32, a layer of experts forward and backward at 1.4 to 1.8 times. Intel's, measured at 0.6 times, is
//           not used
//   any     widened again and multiplied as fp32 is (panels.h)
// AMX and AVX512-BF16 take denormals for zero.
// Thread safety: reentrant. Errors: none.
#pragma once

#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "core/model/kernels/bf16_layout.h"

namespace switchyard {

enum class Bf16Unit { any, avx512, amx };
// The best that the processor has and the system grants; measured, a product in bf16 is slower than in fp32 on `any` alone.
Bf16Unit bf16_unit();
// For benchmarks and tests: no better than `most` from now on, in all of the process; says which. Not while others multiply.
Bf16Unit use_bf16_unit(Bf16Unit most);
// Several times as fast as fp32: what precision = auto takes.
inline bool has_fast_bf16() { return bf16_unit() == Bf16Unit::amx; }

// Lays out a matrix of the same shape, which may be flipped; pads with zeros.
void pack(const Bf16Rows& to, const Matrix& from);
void pack(const Bf16Rows& to, const Bf16Matrix& from);
void pack(const Bf16Panels& to, const Matrix& from);
void pack(const Bf16Panels& to, const Bf16Matrix& from);

// out [m, n] (+)= a [m, k] b [k, n].
void multiply(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into);

// Room for operands, not cleared.
class Bf16Room {
 public:
  explicit Bf16Room(std::int64_t elements)
      : data_(static_cast<Bf16*>(::operator new(sizeof(Bf16) * static_cast<std::size_t>(elements), std::align_val_t{64}))) {}
  Bf16* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(Bf16* p) const { ::operator delete(p, std::align_val_t{64}); }
  };
  std::unique_ptr<Bf16, Free> data_;
};

// Operands in one allocation, each beginning on a cache line. elements: the sum of their sizes, of at most 16.
class Bf16Shelf {
 public:
  explicit Bf16Shelf(std::int64_t elements) : room_(elements + 16 * kLine), next_(room_.data()) {}

  Bf16Rows rows(std::int64_t count, std::int64_t inner) {
    return Bf16Rows::on(take(Bf16Rows::size(count, inner)), count, inner);
  }
  Bf16Panels panels(std::int64_t inner, std::int64_t columns) {
    return Bf16Panels::on(take(Bf16Panels::size(inner, columns)), inner, columns);
  }
  template <class T>
  Bf16Rows packed_rows(const MatrixOf<T>& from) {
    const Bf16Rows to = rows(from.rows, from.columns);
    pack(to, from);
    return to;
  }
  template <class T>
  Bf16Panels packed_panels(const MatrixOf<T>& from) {
    const Bf16Panels to = panels(from.rows, from.columns);
    pack(to, from);
    return to;
  }

  // For operands that take turns.
  Bf16* take(std::int64_t elements) { return std::exchange(next_, next_ + round_up(elements, kLine)); }

 private:
  static constexpr std::int64_t kLine = 32;
  Bf16Room room_;
  Bf16* next_;
};

}  // namespace switchyard
