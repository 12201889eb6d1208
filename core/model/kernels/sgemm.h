// One product on the calling thread in fp32, straight from the BLAS that torch is bound to, or from torch where
// that one hides its symbols. Thread safety: reentrant. Errors: none.
#pragma once

#include "core/model/kernels/matrix.h"

namespace switchyard {

// out [m, n], never flipped; a [m, k]; b [k, n].
void gemm_fp32(const Matrix& out, const Matrix& a, const Matrix& b, Into into = Into::replace);

}  // namespace switchyard
