#include "core/model/functions/causal_attention.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/model/functions/composed.h"
#include "core/model/kernels/bf16.h"
#include "core/model/kernels/gemm.h"
#include "core/model/kernels/parallel.h"
#include "core/model/kernels/rows.h"

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
  // In bf16, rows of whole steps, and room behind the last (bf16.h).
  Bf16Rows rounded_scores(Bf16* data, std::int64_t task) const {
    return Bf16Rows::on(data + task * length * round_up(length, kBf16Inner), length, length);
  }
  std::int64_t rounded_size(std::int64_t batch) const { return Bf16Rows::size(batch * heads * length, length); }

  // block(begin, rows, columns): rows begin .. begin + rows - 1 look at columns 0 .. columns - 1.
  template <class Block>
  void each_block(const Block& block) const {
    for (std::int64_t begin = 0; begin < length; begin += kBlock) {
      const std::int64_t count = std::min(kBlock, length - begin);
      block(begin, count, begin + count);
    }
  }
};

// Copies of windows, rounded to bf16.
class RoundedWindows {
 public:
  explicit RoundedWindows(std::initializer_list<Matrix> from) {
    std::size_t floats = 0;
    for (const Matrix& m : from) floats += static_cast<std::size_t>(m.rows * m.columns);
    room_.resize(floats);
    float* next = room_.data();
    for (const Matrix& m : from) {
      windows_.push_back({next, m.rows, m.columns, m.columns});
      for (std::int64_t r = 0; r < m.rows; ++r, next += m.columns) rows::round_into(next, m.row(r), m.columns);
    }
  }
  const Matrix& operator[](std::size_t i) const { return windows_[i]; }

 private:
  std::vector<float> room_;
  std::vector<Matrix> windows_;
};

// What one head of one sequence reads and writes.
struct Forward {
  const Heads& all;
  float *in, *out, scale;

  Matrix q(std::int64_t task) const { return all.window(in, task, 0, 3); }
  Matrix k(std::int64_t task) const { return all.window(in, task, 1, 3); }
  Matrix v(std::int64_t task) const { return all.window(in, task, 2, 3); }
  Matrix o(std::int64_t task) const { return all.window(out, task, 0, 1); }

  void run(std::int64_t task, float* probs) const {
    const Matrix p = all.scores(probs, task);
    all.each_block([&](std::int64_t begin, std::int64_t count, std::int64_t columns) {
      const Matrix block = p.some_rows(begin, count).some_columns(0, columns);
      gemm(block, q(task).some_rows(begin, count), k(task).some_rows(0, columns).t());
      for (std::int64_t r = 0; r < count; ++r) {
        const std::int64_t seen = begin + r + 1;
        rows::softmax(block.row(r), scale, seen);
        std::fill(block.row(r) + seen, block.row(r) + columns, 0.0F);
      }
      gemm(o(task).some_rows(begin, count), block, v(task).some_rows(0, columns));
    });
  }

  // Where a processor does not multiply bf16 by itself: the operands rounded, and multiplied as fp32.
  void run_widened(std::int64_t task, Bf16* probs) const {
    const RoundedWindows rounded({q(task), k(task), v(task)});
    std::vector<float> scratch(static_cast<std::size_t>(std::min(kBlock, all.length) * all.length));
    const Bf16Rows p = all.rounded_scores(probs, task);
    all.each_block([&](std::int64_t begin, std::int64_t count, std::int64_t columns) {
      const Matrix scores{scratch.data(), count, columns, columns};
      gemm(scores, rounded[0].some_rows(begin, count), rounded[1].some_rows(0, columns).t());
      for (std::int64_t r = 0; r < count; ++r) {
        rows::softmax(p.row(begin + r), scores.row(r), scale, begin + r + 1, round_up(columns, kBf16Inner));
        rows::widen(scores.row(r), p.row(begin + r), columns);
      }
      gemm(o(task).some_rows(begin, count), scores, rounded[2].some_rows(0, columns));
    });
  }

  void run(std::int64_t task, Bf16* probs) const {
    if (bf16_unit() == Bf16Unit::any) return run_widened(task, probs);
    const std::int64_t length = all.length, head = all.head, most = std::min(kBlock, length);
    Bf16Shelf shelf(Bf16Rows::size(length, head) + Bf16Panels::size(head, length) + Bf16Panels::size(length, head));
    const Bf16Rows queries = shelf.packed_rows(q(task));
    const Bf16Panels keys = shelf.packed_panels(k(task).t()), values = shelf.packed_panels(v(task));
    std::vector<float> scratch(static_cast<std::size_t>(most * length));
    const Bf16Rows p = all.rounded_scores(probs, task);
    all.each_block([&](std::int64_t begin, std::int64_t count, std::int64_t columns) {
      const Matrix scores{scratch.data(), count, columns, columns};
      multiply(scores, queries.some_rows(begin, count), keys.some_columns(0, columns), Into::replace);
      const Bf16Rows block = p.some_rows(begin, count).first_inner(columns);
      for (std::int64_t r = 0; r < count; ++r)
        rows::softmax(block.row(r), scores.row(r), scale, begin + r + 1, round_up(columns, kBf16Inner));
      multiply(o(task).some_rows(begin, count), block, values.some_inner(0, columns), Into::replace);
    });
  }
};

struct Backward {
  const Heads& all;
  float *in, *from, *to, scale;

  Matrix part(float* data, std::int64_t task, std::int64_t which) const { return all.window(data, task, which, 3); }

  void run(std::int64_t task, float* probs) const {
    const Matrix q = part(in, task, 0), k = part(in, task, 1), v = part(in, task, 2);
    const Matrix dq = part(to, task, 0), dk = part(to, task, 1), dv = part(to, task, 2);
    const Matrix p = all.scores(probs, task), g = all.window(from, task, 0, 1);
    std::vector<float> scratch(static_cast<std::size_t>(std::min(kBlock, all.length) * all.length));
    clear(dk);
    clear(dv);
    all.each_block([&](std::int64_t begin, std::int64_t count, std::int64_t columns) {
      const Matrix block = p.some_rows(begin, count).some_columns(0, columns), rows_of_g = g.some_rows(begin, count);
      const Matrix ds{scratch.data(), count, columns, columns};
      gemm(dv.some_rows(0, columns), block.t(), rows_of_g, Into::add);
      gemm(ds, rows_of_g, v.some_rows(0, columns).t());
      for (std::int64_t r = 0; r < count; ++r) rows::softmax_backward(ds.row(r), block.row(r), scale, columns);
      gemm(dq.some_rows(begin, count), ds, k.some_rows(0, columns));
      gemm(dk.some_rows(0, columns), ds.t(), q.some_rows(begin, count), Into::add);
    });
  }

  void run_widened(std::int64_t task, Bf16* probs) const {
    const Matrix dq = part(to, task, 0), dk = part(to, task, 1), dv = part(to, task, 2);
    const RoundedWindows rounded({part(in, task, 0), part(in, task, 1), part(in, task, 2), all.window(from, task, 0, 1)});
    const Matrix &q = rounded[0], &k = rounded[1], &v = rounded[2], &g = rounded[3];
    const std::int64_t most = std::min(kBlock, all.length) * all.length;
    std::vector<float> scratch(static_cast<std::size_t>(2 * most));
    std::vector<Bf16> slopes(static_cast<std::size_t>(all.length));
    const Bf16Rows kept = all.rounded_scores(probs, task);
    clear(dk);
    clear(dv);
    all.each_block([&](std::int64_t begin, std::int64_t count, std::int64_t columns) {
      const Matrix p{scratch.data(), count, columns, columns}, ds{scratch.data() + most, count, columns, columns};
      const Matrix rows_of_g = g.some_rows(begin, count);
      for (std::int64_t r = 0; r < count; ++r) rows::widen(p.row(r), kept.row(begin + r), columns);
      gemm(dv.some_rows(0, columns), p.t(), rows_of_g, Into::add);
      gemm(ds, rows_of_g, v.some_rows(0, columns).t());
      for (std::int64_t r = 0; r < count; ++r) {
        rows::softmax_backward(slopes.data(), ds.row(r), kept.row(begin + r), scale, columns);
        rows::widen(ds.row(r), slopes.data(), columns);
      }
      gemm(dq.some_rows(begin, count), ds, k.some_rows(0, columns));
      gemm(dk.some_rows(0, columns), ds.t(), q.some_rows(begin, count), Into::add);
    });
  }

  void run(std::int64_t task, Bf16* probs) const {
    if (bf16_unit() == Bf16Unit::any) return run_widened(task, probs);
    const std::int64_t length = all.length, head = all.head, most = std::min(kBlock, length);
    const Matrix q = part(in, task, 0), dq = part(to, task, 0), dk = part(to, task, 1), dv = part(to, task, 2);
    const Matrix g = all.window(from, task, 0, 1);
    Bf16Shelf shelf(Bf16Rows::size(length, head) + Bf16Panels::size(head, length) + Bf16Panels::size(length, head) +
                    Bf16Panels::size(most, head) * 2 + Bf16Rows::size(most, length) + Bf16Rows::size(length, most));
    const Bf16Rows upstream = shelf.packed_rows(g);
    const Bf16Panels values = shelf.packed_panels(part(in, task, 2).t()), keys = shelf.packed_panels(part(in, task, 1));
    const Bf16Panels g_room = shelf.panels(most, head), q_room = shelf.panels(most, head);
    const Bf16Rows ds_room = shelf.rows(most, length), flipped_room = shelf.rows(length, most);
    std::vector<float> scratch(static_cast<std::size_t>(most * length));
    const Bf16Rows p = all.rounded_scores(probs, task);
    clear(dk);
    clear(dv);
    all.each_block([&](std::int64_t begin, std::int64_t count, std::int64_t columns) {
      const Bf16Rows block = p.some_rows(begin, count).first_inner(columns);
      const Bf16Panels own_g = Bf16Panels::on(g_room.data, count, head), own_q = Bf16Panels::on(q_room.data, count, head);
      const Bf16Rows ds = Bf16Rows::on(ds_room.data, count, columns), flipped = Bf16Rows::on(flipped_room.data, columns, count);
      pack(own_g, upstream.some_rows(begin, count).matrix());
      pack(own_q, q.some_rows(begin, count));
      pack(flipped, block.matrix().t());
      multiply(dv.some_rows(0, columns), flipped, own_g, Into::add);
      const Matrix dp{scratch.data(), count, columns, columns};
      multiply(dp, upstream.some_rows(begin, count), values.some_columns(0, columns), Into::replace);
      for (std::int64_t r = 0; r < count; ++r) {
        rows::softmax_backward(ds.row(r), dp.row(r), block.row(r), scale, columns);
        std::fill(ds.row(r) + columns, ds.row(r) + ds.stride, Bf16{0});
      }
      multiply(dq.some_rows(begin, count), ds, keys.some_inner(0, columns), Into::replace);
      pack(flipped, ds.matrix().t());
      multiply(dk.some_rows(0, columns), flipped, own_q, Into::add);
    });
  }

  static void clear(const Matrix& m) {
    for (std::int64_t r = 0; r < m.rows; ++r) std::fill_n(m.row(r), m.columns, 0.0F);
  }
};

struct AttentionFunction : Function<AttentionFunction> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& qkv_in, std::int64_t heads, at::ScalarType compute) {
    const at::Tensor qkv = qkv_in.detach().contiguous();
    const std::int64_t batch = qkv.size(0), length = qkv.size(1), width = qkv.size(2) / 3;
    const Heads all{heads, length, width / heads};
    // Above the diagonal of its blocks probs stays unwritten, and is never read.
    const bool rounded = compute == at::kBFloat16;
    const at::Tensor probs = at::empty({rounded ? all.rounded_size(batch) : batch * heads * length * length}, compute);
    const at::Tensor out = at::empty({batch, length, width}, qkv.options());
    const Forward pass{all, qkv.data_ptr<float>(), out.data_ptr<float>(), scale_of(all)};
    parallel_tasks(batch * heads, [&](std::int64_t task) {
      if (rounded) pass.run(task, static_cast<Bf16*>(probs.data_ptr()));
      else pass.run(task, probs.data_ptr<float>());
    });
    ctx->save_for_backward({qkv, probs});
    ctx->saved_data["heads"] = heads;
    return out;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const std::int64_t heads = ctx->saved_data["heads"].toInt();
    const at::Tensor &qkv = saved[0], &probs = saved[1], grad_out = grads[0].contiguous(), grad_qkv = at::empty_like(qkv);
    const Heads all{heads, qkv.size(1), qkv.size(2) / 3 / heads};
    const Backward pass{all, qkv.data_ptr<float>(), grad_out.data_ptr<float>(), grad_qkv.data_ptr<float>(), scale_of(all)};
    parallel_tasks(qkv.size(0) * heads, [&](std::int64_t task) {
      if (probs.scalar_type() == at::kBFloat16) pass.run(task, static_cast<Bf16*>(probs.data_ptr()));
      else pass.run(task, probs.data_ptr<float>());
    });
    return {grad_qkv, {}, {}};
  }

  static float scale_of(const Heads& all) { return static_cast<float>(1.0 / std::sqrt(static_cast<double>(all.head))); }
};

}  // namespace

at::Tensor causal_attention(const at::Tensor& qkv, std::int64_t heads, at::ScalarType compute) {
  if (!qkv.is_cpu()) return composed::causal_attention(qkv, heads, compute);
  return AttentionFunction::apply(qkv, heads, compute);
}

}  // namespace switchyard
