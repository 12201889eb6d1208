#include "core/model/causal_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/model/composed.h"
#include "core/model/gemm.h"
#include "core/model/parallel.h"
#include "core/model/rows.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// Rows go in blocks: a row needs no column to its right, so a block's scores stop at its last row.
constexpr std::int64_t kBlock = 64;

// One head of one sequence: windows [L, head] on a fused [L, 3 d] matrix, or on [L, d].
struct Heads {
  std::int64_t heads, length, head;

  Matrix window(float* data, std::int64_t task, std::int64_t part, std::int64_t parts) const {
    const std::int64_t width = heads * head, stride = parts * width;
    return {data + task / heads * length * stride + part * width + task % heads * head, length, head, stride};
  }
  Matrix scores(float* data, std::int64_t task) const { return {data + task * length * length, length, length, length}; }

  // block(begin, rows, columns): rows begin .. begin + rows - 1 look at columns 0 .. columns - 1.
  template <class Block>
  void each_block(const Block& block) const {
    for (std::int64_t begin = 0; begin < length; begin += kBlock) {
      const std::int64_t count = std::min(kBlock, length - begin);
      block(begin, count, begin + count);
    }
  }
};

struct AttentionFunction : Function<AttentionFunction> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& qkv_in, std::int64_t heads, at::ScalarType compute) {
    const at::Tensor qkv = qkv_in.detach().contiguous();
    const std::int64_t batch = qkv.size(0), length = qkv.size(1), width = qkv.size(2) / 3;
    const Heads all{heads, length, width / heads};
    // Above the diagonal of its blocks probs stays unwritten, and is never read.
    const at::Tensor probs = at::empty({batch, heads, length, length}, qkv.options());
    const at::Tensor out = at::empty({batch, length, width}, qkv.options());
    float *in = qkv.data_ptr<float>(), *p_data = probs.data_ptr<float>(), *out_data = out.data_ptr<float>();
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(all.head)));
    parallel_tasks(batch * heads, [&](std::int64_t task) {
      const Matrix q = all.window(in, task, 0, 3), k = all.window(in, task, 1, 3), v = all.window(in, task, 2, 3);
      const Matrix p = all.scores(p_data, task), o = all.window(out_data, task, 0, 1);
      all.each_block([&](std::int64_t begin, std::int64_t count, std::int64_t columns) {
        const Matrix block = p.some_rows(begin, count).some_columns(0, columns);
        gemm(block, q.some_rows(begin, count), k.some_rows(0, columns).t(), Into::replace, compute);
        for (std::int64_t r = 0; r < count; ++r) {
          const std::int64_t seen = begin + r + 1;
          rows::softmax(block.row(r), scale, seen);
          std::fill(block.row(r) + seen, block.row(r) + columns, 0.0F);
        }
        gemm(o.some_rows(begin, count), block, v.some_rows(0, columns), Into::replace, compute);
      });
    });
    ctx->save_for_backward({qkv, probs});
    ctx->saved_data["heads"] = heads;
    ctx->saved_data["compute"] = compute;
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const std::int64_t heads = ctx->saved_data["heads"].toInt();
    const auto compute = ctx->saved_data["compute"].toScalarType();
    const at::Tensor &qkv = saved[0], &probs = saved[1], grad_out = grads[0].contiguous(), grad_qkv = at::empty_like(qkv);
    const std::int64_t batch = qkv.size(0), length = qkv.size(1), width = qkv.size(2) / 3;
    const Heads all{heads, length, width / heads};
    float *in = qkv.data_ptr<float>(), *p_data = probs.data_ptr<float>();
    float *from = grad_out.data_ptr<float>(), *to = grad_qkv.data_ptr<float>();
    const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(all.head)));
    parallel_tasks(batch * heads, [&](std::int64_t task) {
      const Matrix q = all.window(in, task, 0, 3), k = all.window(in, task, 1, 3), v = all.window(in, task, 2, 3);
      const Matrix dq = all.window(to, task, 0, 3), dk = all.window(to, task, 1, 3), dv = all.window(to, task, 2, 3);
      const Matrix p = all.scores(p_data, task), g = all.window(from, task, 0, 1);
      std::vector<float> scratch(static_cast<std::size_t>(std::min(kBlock, length) * length));
      for (std::int64_t r = 0; r < length; ++r) {
        std::fill_n(dk.row(r), all.head, 0.0F);
        std::fill_n(dv.row(r), all.head, 0.0F);
      }
      all.each_block([&](std::int64_t begin, std::int64_t count, std::int64_t columns) {
        const Matrix block = p.some_rows(begin, count).some_columns(0, columns), rows_of_g = g.some_rows(begin, count);
        const Matrix ds{scratch.data(), count, columns, columns};
        gemm(dv.some_rows(0, columns), block.t(), rows_of_g, Into::add, compute);
        gemm(ds, rows_of_g, v.some_rows(0, columns).t(), Into::replace, compute);
        for (std::int64_t r = 0; r < count; ++r) rows::softmax_backward(ds.row(r), block.row(r), scale, columns);
        gemm(dq.some_rows(begin, count), ds, k.some_rows(0, columns), Into::replace, compute);
        gemm(dk.some_rows(0, columns), ds.t(), q.some_rows(begin, count), Into::add, compute);
      });
    });
    return {grad_qkv, {}, {}};
  }
};

}  // namespace

at::Tensor causal_attention(const at::Tensor& qkv, std::int64_t heads, at::ScalarType compute) {
  if (!qkv.is_cpu()) return composed::causal_attention(qkv, heads, compute);
  return AttentionFunction::apply(qkv, heads, compute);
}

}  // namespace switchyard
