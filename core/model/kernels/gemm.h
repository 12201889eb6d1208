// One matrix product on the calling thread: C (+)= op(A) op(B) on windows of row-major matrices. Products are
// spread over threads by what calls this (parallel.h), never inside one: threads that share a product
// wait for each other at every panel, and on a busy machine that waiting is most of a training step.
//
// fp32 is sgemm.h's; bf16 rounds both operands and keeps an fp32 result (bf16.h, for those who use an operand more
// than once). Thread safety: reentrant. Errors: none.
#pragma once

#include "core/model/base/torch.h"
#include "core/model/kernels/matrix.h"

namespace switchyard {

// out [m, n], never flipped; a [m, k]; b [k, n]. compute: kFloat or kBFloat16.
void gemm(const Matrix& out, const Matrix& a, const Matrix& b, Into into = Into::replace,
          at::ScalarType compute = at::kFloat);

}  // namespace switchyard
