// What bf16.cpp chooses among: laying operands out and multiplying them, for each unit that a processor may have. Each of
// those but `any` needs a processor that has it. Operands: bf16_layout.h.
// Thread safety: reentrant. Errors: none.
#pragma once

#include "core/model/kernels/bf16_layout.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define SWITCHYARD_BF16_X86 1
#else
#define SWITCHYARD_BF16_X86 0
#endif

namespace switchyard {

// Inner elements done before the next: what two panels need of it stays in the first-level cache.
constexpr std::int64_t kInnerBlock = 512;

namespace any_processor {
void pack(const Bf16Rows& to, const Matrix& from);
void pack(const Bf16Rows& to, const Bf16Matrix& from);
void pack(const Bf16Panels& to, const Matrix& from);
void pack(const Bf16Panels& to, const Bf16Matrix& from);
void multiply(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into);
}  // namespace any_processor

#if SWITCHYARD_BF16_X86
namespace avx512_bf16 {
void pack(const Bf16Rows& to, const Matrix& from);
void pack(const Bf16Rows& to, const Bf16Matrix& from);
void pack(const Bf16Panels& to, const Matrix& from);
void pack(const Bf16Panels& to, const Bf16Matrix& from);
void multiply(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into);
}  // namespace avx512_bf16

namespace amx {
void multiply(const Matrix& out, const Bf16Rows& a, const Bf16Panels& b, Into into);
}  // namespace amx
#endif

}  // namespace switchyard
