#include "core/model/experts.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "core/model/gemm.h"
#include "core/model/parallel.h"
#include "core/model/rows.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// Rows that go through an expert together: enough for a product to run at speed, few enough that what
// passes between two products is still in the cache.
constexpr std::int64_t kRowBlock = 256;
constexpr std::int64_t kCombineBlock = 64;

std::unique_ptr<float[]> scratch(std::int64_t floats) {
  return std::unique_ptr<float[]>(new float[static_cast<std::size_t>(floats)]);
}

// The stacked parameters of all experts, or their gradients; w3 and b3 are null without a gate.
struct Stack {
  std::int64_t width = 0, hidden = 0;
  float *w1 = nullptr, *b1 = nullptr, *w3 = nullptr, *b3 = nullptr, *w2 = nullptr, *b2 = nullptr;

  Stack(const at::Tensor& w1_in, const at::Tensor& b1_in, const at::Tensor& w3_in, const at::Tensor& b3_in,
        const at::Tensor& w2_in, const at::Tensor& b2_in)
      : width(w1_in.size(2)), hidden(w1_in.size(1)) {
    const auto data = [](const at::Tensor& t) { return t.defined() ? t.data_ptr<float>() : nullptr; };
    w1 = data(w1_in), b1 = data(b1_in), w3 = data(w3_in), b3 = data(b3_in), w2 = data(w2_in), b2 = data(b2_in);
  }

  bool gated() const { return w3 != nullptr; }
  Matrix up(float* stack, std::int64_t e) const { return {stack + e * hidden * width, hidden, width, width}; }
  Matrix down(std::int64_t e) const { return {w2 + e * width * hidden, width, hidden, hidden}; }
};

// A run of one expert's rows, done by one thread. `sums`: which gradients it adds to, the expert's own or,
// for the second and later parts of a split expert, a spare set.
struct Span {
  std::int64_t expert, begin, count, sums;
};

void largest_first(std::vector<Span>& spans) {
  std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.count > b.count; });
}

std::vector<Span> blocks_of(const DispatchPlan& plan) {
  std::vector<Span> spans;
  for (std::int64_t e = 0; e < plan.experts; ++e)
    for (std::int64_t r = plan.offset[e]; r < plan.offset[e + 1]; r += kRowBlock)
      spans.push_back({e, r, std::min(kRowBlock, plan.offset[e + 1] - r), e});
  largest_first(spans);
  return spans;
}

// Whole experts, but none much larger than a thread's fair share: those are split.
std::vector<Span> shares_of(const DispatchPlan& plan) {
  std::vector<Span> spans;
  const std::int64_t threads = at::get_num_threads(), share = std::max<std::int64_t>(1, plan.rows() / threads);
  std::int64_t spare = plan.experts;
  for (std::int64_t e = 0; e < plan.experts; ++e) {
    const std::int64_t rows = plan.offset[e + 1] - plan.offset[e];
    if (rows == 0) continue;
    const std::int64_t parts = threads == 1 ? 1 : std::clamp<std::int64_t>((rows + share / 2) / share, 1, threads);
    for (std::int64_t p = 0; p < parts; ++p) {
      const std::int64_t begin = rows * p / parts, end = rows * (p + 1) / parts;
      spans.push_back({e, plan.offset[e] + begin, end - begin, p == 0 ? e : spare++});
    }
  }
  largest_first(spans);
  return spans;
}

void fill_rows(const Matrix& to, const float* bias) {
  for (std::int64_t r = 0; r < to.rows; ++r)
    std::memcpy(to.row(r), bias, sizeof(float) * static_cast<std::size_t>(to.columns));
}

// to = in W^T + b
void affine(const Matrix& to, const Matrix& in, const Matrix& weight, const float* bias, at::ScalarType compute) {
  fill_rows(to, bias);
  gemm(to, in, weight.t(), Into::add, compute);
}

void gather(const Matrix& to, float* from, const std::int32_t* token) {
  for (std::int64_t r = 0; r < to.rows; ++r)
    std::memcpy(to.row(r), from + token[r] * to.columns, sizeof(float) * static_cast<std::size_t>(to.columns));
}

void activate(ExpertKind kind, float* a, const float* h1, const float* h3, std::int64_t n) {
  switch (kind) {
    case ExpertKind::relu: return rows::relu(a, h1, n);
    case ExpertKind::gelu: return rows::gelu(a, h1, n);
    case ExpertKind::swiglu: return rows::swiglu(a, h1, h3, n);
    case ExpertKind::geglu: return rows::geglu(a, h1, h3, n);
  }
}

float activate_backward(ExpertKind kind, float* grad, float* grad_h3, float* weighted_a, const float* h1, const float* h3,
                        float weight, std::int64_t n) {
  switch (kind) {
    case ExpertKind::relu: return rows::relu_backward(grad, weighted_a, h1, weight, n);
    case ExpertKind::gelu: return rows::gelu_backward(grad, weighted_a, h1, weight, n);
    case ExpertKind::geglu: return rows::geglu_backward(grad, grad_h3, weighted_a, h1, h3, weight, n);
    case ExpertKind::swiglu: break;
  }
  return rows::swiglu_backward(grad, grad_h3, weighted_a, h1, h3, weight, n);
}

// to[t] = sum over the kept choices of t of scale[a] from[row of a]; scale null: 1.
void combine_rows(const Matrix& to, const Matrix& from, const float* scale, const DispatchPlan& plan) {
  parallel_blocks(plan.tokens, kCombineBlock, [&](std::int64_t begin, std::int64_t count) {
    for (std::int64_t t = begin; t < begin + count; ++t) {
      std::fill_n(to.row(t), to.columns, 0.0F);
      for (std::int64_t a = plan.first(t); a < plan.first(t + 1); ++a)
        if (plan.row[a] >= 0) rows::add_scaled(to.row(t), from.row(plan.row[a]), scale ? scale[a] : 1.0F, to.columns);
    }
  });
}

// The backward of one span, a block of rows at a time.
struct SpanBackward {
  const DispatchPlan& plan;
  ExpertKind kind;
  at::ScalarType compute;
  const Stack& weights;
  Matrix xs, h1, h3, grad, grad_xs;
  const float* combine;  // null: every weight is 1 and has no gradient
  float* grad_combine;

  void run(const Span& span, const Stack& sums, std::int64_t into) const {
    const std::int64_t width = weights.width, hidden = weights.hidden, block = std::min(kRowBlock, span.count);
    const bool gated = weights.gated();
    const auto g_rows = scratch(plan.identity ? 0 : block * width);
    const auto hidden_rows = scratch(block * hidden * (gated ? 3 : 2));
    Into how = Into::replace;
    for (std::int64_t done = 0; done < span.count; done += block, how = Into::add) {
      const std::int64_t begin = span.begin + done, count = std::min(block, span.count - done);
      Matrix g{g_rows.get(), count, width, width};
      if (plan.identity) g = grad.some_rows(begin, count);
      else gather(g, grad.data, &plan.token[begin]);
      const Matrix grad_h1{hidden_rows.get(), count, hidden, hidden};
      const Matrix weighted_a{hidden_rows.get() + block * hidden, count, hidden, hidden};
      const Matrix grad_h3{gated ? hidden_rows.get() + 2 * block * hidden : nullptr, count, hidden, hidden};

      gemm(grad_h1, g, weights.down(span.expert), Into::replace, compute);
      float *sum_b1 = sums.b1 + into * hidden, *sum_b2 = sums.b2 + into * width;
      float* sum_b3 = gated ? sums.b3 + into * hidden : nullptr;
      const float* bias = weights.b2 + span.expert * width;
      for (std::int64_t r = 0; r < count; ++r) {
        const std::int64_t a = combine ? plan.assignment[begin + r] : 0;
        const float weight = combine ? combine[a] : 1.0F;
        float* third = gated ? grad_h3.row(r) : nullptr;
        const float slope = activate_backward(kind, grad_h1.row(r), third, weighted_a.row(r), h1.row(begin + r),
                                              gated ? h3.row(begin + r) : nullptr, weight, hidden);
        if (combine) grad_combine[a] = slope + rows::dot(g.row(r), bias, width);
        rows::add_scaled(sum_b1, grad_h1.row(r), 1.0F, hidden);
        if (gated) rows::add_scaled(sum_b3, third, 1.0F, hidden);
        rows::add_scaled(sum_b2, g.row(r), weight, width);
      }
      const Matrix x = xs.some_rows(begin, count), to_x = grad_xs.some_rows(begin, count);
      gemm(sums.down(into), g.t(), weighted_a, how, compute);
      gemm(sums.up(sums.w1, into), grad_h1.t(), x, how, compute);
      gemm(to_x, grad_h1, weights.up(weights.w1, span.expert), Into::replace, compute);
      if (!gated) continue;
      gemm(sums.up(sums.w3, into), grad_h3.t(), x, how, compute);
      gemm(to_x, grad_h3, weights.up(weights.w3, span.expert), Into::add, compute);
    }
  }
};

struct ExpertFunction : Function<ExpertFunction> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& x, const c10::optional<at::Tensor>& weights,
                          const at::Tensor& w1, const at::Tensor& b1, const c10::optional<at::Tensor>& gate,
                          const c10::optional<at::Tensor>& gate_bias, const at::Tensor& w2, const at::Tensor& b2,
                          const c10::intrusive_ptr<DispatchPlan>& plan, std::int64_t kind, at::ScalarType compute) {
    const at::Tensor w3 = gate.value_or(at::Tensor()), b3 = gate_bias.value_or(at::Tensor());
    const at::Tensor input = x.detach().contiguous();
    const at::Tensor combine = weights ? weights->detach().contiguous() : at::Tensor();
    const Stack stack(w1, b1, w3, b3, w2, b2);
    const auto buffer = [&](std::int64_t columns) { return at::empty({plan->rows(), columns}, input.options()); };
    const at::Tensor xs = plan->identity ? input : buffer(stack.width), h1 = buffer(stack.hidden);
    const at::Tensor h3 = stack.gated() ? buffer(stack.hidden) : at::Tensor();
    const at::Tensor y = at::empty_like(input), ys = plan->identity ? y : buffer(stack.width);

    const Matrix in = matrix_of(input), rows = matrix_of(xs), first = matrix_of(h1), outputs = matrix_of(ys);
    const Matrix third = stack.gated() ? matrix_of(h3) : Matrix{};
    const std::vector<Span> blocks = blocks_of(*plan);
    parallel_tasks(static_cast<std::int64_t>(blocks.size()), [&](std::int64_t i) {
      const auto [e, begin, count, sums] = blocks[static_cast<std::size_t>(i)];
      const Matrix x_rows = rows.some_rows(begin, count), h1_rows = first.some_rows(begin, count);
      if (!plan->identity) gather(x_rows, in.data, &plan->token[begin]);
      affine(h1_rows, x_rows, stack.up(stack.w1, e), stack.b1 + e * stack.hidden, compute);
      if (stack.gated())
        affine(third.some_rows(begin, count), x_rows, stack.up(stack.w3, e), stack.b3 + e * stack.hidden, compute);
      const auto activated = scratch(count * stack.hidden);
      activate(static_cast<ExpertKind>(kind), activated.get(), h1_rows.data, stack.gated() ? third.row(begin) : nullptr,
               count * stack.hidden);
      affine(outputs.some_rows(begin, count), {activated.get(), count, stack.hidden, stack.hidden}, stack.down(e),
             stack.b2 + e * stack.width, compute);
    });
    if (!plan->identity) combine_rows(matrix_of(y), outputs, combine.data_ptr<float>(), *plan);

    ctx->save_for_backward({xs, h1, h3, combine, w1, b1, w3, b3, w2, b2});
    ctx->saved_data["plan"] = at::IValue::make_capsule(plan);
    ctx->saved_data["kind"] = kind;
    ctx->saved_data["compute"] = compute;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &xs = saved[0], &h1 = saved[1], &h3 = saved[2], &combine = saved[3];
    const auto plan = c10::static_intrusive_pointer_cast<DispatchPlan>(ctx->saved_data["plan"].toCapsule());
    const at::Tensor grad = grads[0].contiguous();
    const std::vector<Span> spans = shares_of(*plan);

    // Experts without rows keep a zero gradient; spare sums are for the parts of split experts.
    const auto spare = static_cast<std::int64_t>(
        std::count_if(spans.begin(), spans.end(), [&](const Span& span) { return span.sums >= plan->experts; }));
    std::vector<at::Tensor> own, extra;  // w1 b1 w3 b3 w2 b2
    for (std::size_t i = 4; i < 10; ++i) {
      own.push_back(saved[i].defined() ? at::zeros(saved[i].sizes(), grad.options()) : at::Tensor());
      std::vector<std::int64_t> shape = saved[i].defined() ? saved[i].sizes().vec() : std::vector<std::int64_t>{};
      if (!shape.empty()) shape[0] = spare;
      extra.push_back(saved[i].defined() ? at::zeros(shape, grad.options()) : at::Tensor());
    }
    const at::Tensor grad_combine = combine.defined() ? at::zeros_like(combine) : at::Tensor();
    const at::Tensor grad_x = at::empty_like(grad), grad_xs = plan->identity ? grad_x : at::empty_like(xs);
    const Stack weights(saved[4], saved[5], saved[6], saved[7], saved[8], saved[9]);
    const Stack sums(own[0], own[1], own[2], own[3], own[4], own[5]);
    const Stack spares(extra[0], extra[1], extra[2], extra[3], extra[4], extra[5]);

    const SpanBackward backward{*plan,
                                static_cast<ExpertKind>(ctx->saved_data["kind"].toInt()),
                                ctx->saved_data["compute"].toScalarType(),
                                weights,
                                matrix_of(xs),
                                matrix_of(h1),
                                weights.gated() ? matrix_of(h3) : Matrix{},
                                matrix_of(grad),
                                matrix_of(grad_xs),
                                combine.defined() ? combine.data_ptr<float>() : nullptr,
                                combine.defined() ? grad_combine.data_ptr<float>() : nullptr};
    parallel_tasks(static_cast<std::int64_t>(spans.size()), [&](std::int64_t i) {
      const Span& span = spans[static_cast<std::size_t>(i)];
      const bool is_spare = span.sums >= plan->experts;
      backward.run(span, is_spare ? spares : sums, is_spare ? span.sums - plan->experts : span.sums);
    });
    for (const Span& span : spans)
      if (span.sums >= plan->experts)
        for (std::size_t i = 0; i < own.size(); ++i)
          if (own[i].defined()) own[i][span.expert].add_(extra[i][span.sums - plan->experts]);
    if (!plan->identity) combine_rows(matrix_of(grad_x), matrix_of(grad_xs), nullptr, *plan);
    return {grad_x, grad_combine, own[0], own[1], own[2], own[3], own[4], own[5], {}, {}, {}};
  }
};

at::Tensor run_experts(const at::Tensor& x, const c10::optional<at::Tensor>& weights, const Parameter& w1, const Parameter& b1,
                 const Parameter& w3, const Parameter& b3, const Parameter& w2, const Parameter& b2,
                 const c10::intrusive_ptr<DispatchPlan>& plan, ExpertKind kind, at::ScalarType compute) {
  const auto if_there = [](const at::Tensor& p) { return p.defined() ? c10::make_optional(p) : c10::nullopt; };
  // Where there are no biases zeros stand in: they cost next to nothing, and the passes know one kind of expert.
  const auto bias = [](const Parameter& b, const Parameter& w) {
    if (b.value.defined() || !w.value.defined()) return b.value;
    return at::zeros({w.value.size(0), w.value.size(1)}, w.value.options().requires_grad(false));
  };
  return ExpertFunction::apply(x, weights, w1.value, bias(b1, w1), if_there(w3.value), if_there(bias(b3, w3)), w2.value, bias(b2, w2), plan,
                               static_cast<std::int64_t>(kind), compute);
}

}  // namespace

Experts::Experts(std::int64_t count, std::int64_t width, std::int64_t hidden, ExpertKind kind, const std::string& name,
                 const Initializer& init, bool has_bias)
    : kind_(kind) {
  const bool stacked = name.find("{}") != std::string::npos;
  const auto matrix = [&](Parameter& p, const char* part, std::int64_t out, std::int64_t in, double gain) {
    p.name = name + part + ".weight";
    p.value = init.matrix({count, out, in}, gain);
    p.decays = true;
  };
  const auto bias = [&](Parameter& p, const char* part, std::int64_t out) {
    if (!has_bias) return;
    p.name = name + part + ".bias";
    p.value = init.constant({count, out}, 0.0);
  };
  matrix(w1_, "w1", hidden, width, 1.0);
  bias(b1_, "w1", hidden);
  if (is_gated(kind)) {
    matrix(w3_, "w3", hidden, width, 1.0);
    bias(b3_, "w3", hidden);
  }
  matrix(w2_, "w2", width, hidden, init.residual_gain);
  bias(b2_, "w2", width);
  for (Parameter* p : {&w1_, &b1_, &w3_, &b3_, &w2_, &b2_}) {
    p->per_expert = stacked;
    p->exported = Parameter::Export::experts;
  }
}

at::Tensor Experts::forward(const at::Tensor& x, const at::Tensor& weights, const c10::intrusive_ptr<DispatchPlan>& plan,
                            at::ScalarType compute) const {
  return run_experts(x, weights, w1_, b1_, w3_, b3_, w2_, b2_, plan, kind_, compute);
}

at::Tensor Experts::forward_dense(const at::Tensor& x, at::ScalarType compute) const {
  return run_experts(x, c10::nullopt, w1_, b1_, w3_, b3_, w2_, b2_, identity_dispatch(x.size(0), w1_.value.size(0)), kind_, compute);
}

void Experts::visit(const ParameterVisitor& visitor) {
  for (Parameter* p : {&w1_, &b1_, &w3_, &b3_, &w2_, &b2_})
    if (p->value.defined()) visitor(*p);
}

}  // namespace switchyard
