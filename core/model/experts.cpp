#include "core/model/experts.h"

#include <algorithm>
#include <cstring>

#include "core/model/linear.h"
#include "core/model/parallel.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr std::int64_t kRowGrain = 64;

// --- one expert's rows; every tensor here is a slice or a temporary of one task

void activate(at::Tensor a, const at::Tensor& h1, const at::Tensor& h3, ExpertKind kind) {
  switch (kind) {
    case ExpertKind::relu: at::clamp_min_out(a, h1, 0); return;
    case ExpertKind::gelu: at::gelu_out(a, h1); return;
    case ExpertKind::swiglu: break;
  }
  at::silu_out(a, h1);
  a.mul_(h3);
}

// Gradients of the pre-activations from that of the activation; h3's is undefined without a gate.
std::pair<at::Tensor, at::Tensor> activate_backward(const at::Tensor& grad, const at::Tensor& h1, const at::Tensor& h3,
                                                    ExpertKind kind) {
  switch (kind) {
    case ExpertKind::relu: return {at::threshold_backward(grad, h1, 0), {}};
    case ExpertKind::gelu: return {at::gelu_backward(grad, h1), {}};
    case ExpertKind::swiglu: break;
  }
  at::Tensor grad_h3 = at::silu(h1).mul_(grad);
  return {at::silu_backward(at::mul(grad, h3), h1), grad_h3};
}

// Rows in the compute type, rounded up with zeros: oneDNN compiles a kernel for every shape it meets, and
// the number of tokens an expert gets is new at every step.
constexpr std::int64_t kRowBucket = 64;
at::Tensor bucketed(const at::Tensor& rows, at::ScalarType compute) {
  const std::int64_t count = rows.size(0), padded = (count + kRowBucket - 1) / kRowBucket * kRowBucket;
  at::Tensor out = at::empty({padded, rows.size(1)}, rows.options().dtype(compute));
  out.narrow(0, 0, count).copy_(rows);
  out.narrow(0, count, padded - count).zero_();
  return out;
}

// out = in W^T + b.
void linear_rows(at::Tensor out, const at::Tensor& in, const at::Tensor& weight, const at::Tensor& bias,
                 at::ScalarType compute) {
  if (compute == at::kFloat) {
    at::addmm_out(out, bias, in, weight.t());
  } else {
    out.copy_(at::mm(bucketed(in, compute), weight.to(compute).t()).narrow(0, 0, in.size(0)));
    out.add_(bias);
  }
}

// out (+)= grad W.
void input_grad(at::Tensor out, const at::Tensor& grad, const at::Tensor& weight, at::ScalarType compute, bool accumulate) {
  if (compute != at::kFloat) {
    const at::Tensor product = at::mm(bucketed(grad, compute), weight.to(compute)).narrow(0, 0, grad.size(0));
    if (accumulate) out.add_(product);
    else out.copy_(product);
  } else if (accumulate) {
    at::addmm_out(out, out, grad, weight);
  } else {
    at::mm_out(out, grad, weight);
  }
}

// dW = grad^T in, db = column sums of grad.
void weight_grad(at::Tensor dw, at::Tensor db, const at::Tensor& grad, const at::Tensor& in, at::ScalarType compute) {
  if (compute == at::kFloat) at::mm_out(dw, grad.t(), in);
  else dw.copy_(at::mm(bucketed(grad, compute).t(), bucketed(in, compute)));
  at::sum_out(db, grad, {0});
}

// --- all experts

// A task for each expert that has rows, the fullest first.
template <class Task>
void for_each_expert(const DispatchPlan& plan, const Task& task) {
  std::vector<std::int64_t> order;
  const auto rows = [&](std::int64_t e) { return plan.offset[e + 1] - plan.offset[e]; };
  for (std::int64_t e = 0; e < plan.experts; ++e)
    if (rows(e) > 0) order.push_back(e);
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return rows(a) > rows(b); });
  parallel_tasks(static_cast<std::int64_t>(order.size()), [&](std::int64_t i) {
    const std::int64_t e = order[i];
    task(e, plan.offset[e], rows(e));
  });
}

// to[t] = sum over the kept choices of t of scale[a] rows[row of a]; scale null: 1.
void combine_rows(const at::Tensor& to, const at::Tensor& rows, const float* scale, const DispatchPlan& plan) {
  const std::int64_t width = to.size(1), k = plan.top_k;
  const float* from = rows.data_ptr<float>();
  float* out = to.data_ptr<float>();
  at::parallel_for(0, plan.tokens, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t t = begin; t < end; ++t) {
      float* sum = out + t * width;
      std::fill(sum, sum + width, 0.0F);
      for (std::int64_t a = t * k; a < (t + 1) * k; ++a) {
        if (plan.row[a] < 0) continue;
        const float weight = scale ? scale[a] : 1.0F;
        const float* row = from + plan.row[a] * width;
        for (std::int64_t i = 0; i < width; ++i) sum[i] += weight * row[i];
      }
    }
  });
}

struct ExpertFunction : Function<ExpertFunction> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weights, const at::Tensor& w1,
                          const at::Tensor& b1, const c10::optional<at::Tensor>& gate,
                          const c10::optional<at::Tensor>& gate_bias, const at::Tensor& w2, const at::Tensor& b2,
                          const c10::intrusive_ptr<DispatchPlan>& plan, std::int64_t kind, at::ScalarType compute) {
    const at::Tensor w3 = gate.value_or(at::Tensor()), b3 = gate_bias.value_or(at::Tensor());
    const at::Tensor input = x.detach().contiguous(), combine = weights.detach().contiguous();
    const std::int64_t rows = plan->rows(), width = input.size(1), hidden = w1.size(1);
    const auto buffer = [&](std::int64_t columns) { return at::empty({rows, columns}, input.options()); };
    const at::Tensor xs = buffer(width), h1 = buffer(hidden), a = buffer(hidden), ys = buffer(width);
    const at::Tensor h3 = w3.defined() ? buffer(hidden) : at::Tensor();

    const float* tokens = input.data_ptr<float>();
    float* gathered = xs.data_ptr<float>();
    for_each_expert(*plan, [&](std::int64_t e, std::int64_t begin, std::int64_t count) {
      for (std::int64_t r = begin; r < begin + count; ++r)
        std::memcpy(gathered + r * width, tokens + plan->token[r] * width, sizeof(float) * width);
      const auto rows_of = [&](const at::Tensor& all) { return all.defined() ? all.narrow(0, begin, count) : all; };
      linear_rows(rows_of(h1), rows_of(xs), w1.detach()[e], b1.detach()[e], compute);
      if (w3.defined()) linear_rows(rows_of(h3), rows_of(xs), w3.detach()[e], b3.detach()[e], compute);
      activate(rows_of(a), rows_of(h1), rows_of(h3), static_cast<ExpertKind>(kind));
      linear_rows(rows_of(ys), rows_of(a), w2.detach()[e], b2.detach()[e], compute);
    });
    const at::Tensor y = at::empty_like(input);
    combine_rows(y, ys, combine.data_ptr<float>(), *plan);

    ctx->save_for_backward({xs, h1, h3, a, ys, combine, w1, w3, w2});
    ctx->saved_data["plan"] = at::IValue::make_capsule(plan);
    ctx->saved_data["kind"] = kind;
    ctx->saved_data["compute"] = compute;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &xs = saved[0], &h1 = saved[1], &h3 = saved[2], &a = saved[3], &ys = saved[4], &combine = saved[5];
    const auto plan = c10::static_intrusive_pointer_cast<DispatchPlan>(ctx->saved_data["plan"].toCapsule());
    const auto kind = static_cast<ExpertKind>(ctx->saved_data["kind"].toInt());
    const auto compute = ctx->saved_data["compute"].toScalarType();
    const at::Tensor grad = grads[0].contiguous();
    const at::Tensor w1 = saved[6].detach(), w2 = saved[8].detach();
    const at::Tensor w3 = saved[7].defined() ? saved[7].detach() : saved[7];
    const std::int64_t width = grad.size(1), hidden = w1.size(1), n = plan->experts;

    // Experts without rows keep a zero gradient.
    const auto zeros = [&](at::IntArrayRef shape) { return at::zeros(shape, grad.options()); };
    const at::Tensor grad_w1 = zeros(w1.sizes()), grad_b1 = zeros({n, hidden});
    const at::Tensor grad_w2 = zeros(w2.sizes()), grad_b2 = zeros({n, width});
    const at::Tensor grad_w3 = w3.defined() ? zeros(w3.sizes()) : w3, grad_b3 = w3.defined() ? zeros({n, hidden}) : w3;
    const at::Tensor grad_weights = at::zeros_like(combine), grad_xs = at::empty_like(xs);
    const float *g = grad.data_ptr<float>(), *w = combine.data_ptr<float>(), *outputs = ys.data_ptr<float>();
    float* grad_w = grad_weights.data_ptr<float>();

    for_each_expert(*plan, [&](std::int64_t e, std::int64_t begin, std::int64_t count) {
      const auto rows_of = [&](const at::Tensor& all) { return all.defined() ? all.narrow(0, begin, count) : all; };
      const at::Tensor grad_y = at::empty({count, width}, grad.options());
      float* to = grad_y.data_ptr<float>();
      for (std::int64_t r = begin; r < begin + count; ++r, to += width) {
        const std::int32_t assignment = plan->assignment[r];
        const float *from = g + plan->token[r] * width, *output = outputs + r * width;
        float dot = 0;
        for (std::int64_t i = 0; i < width; ++i) {
          to[i] = w[assignment] * from[i];
          dot += from[i] * output[i];
        }
        grad_w[assignment] = dot;
      }
      weight_grad(grad_w2[e], grad_b2[e], grad_y, rows_of(a), compute);
      const at::Tensor grad_a = at::empty({count, hidden}, grad.options());
      input_grad(grad_a, grad_y, w2[e], compute, false);
      const auto [grad_h1, grad_h3] = activate_backward(grad_a, rows_of(h1), rows_of(h3), kind);
      weight_grad(grad_w1[e], grad_b1[e], grad_h1, rows_of(xs), compute);
      input_grad(rows_of(grad_xs), grad_h1, w1[e], compute, false);
      if (!grad_h3.defined()) return;
      weight_grad(grad_w3[e], grad_b3[e], grad_h3, rows_of(xs), compute);
      input_grad(rows_of(grad_xs), grad_h3, w3[e], compute, true);
    });
    const at::Tensor grad_x = at::empty_like(grad);
    combine_rows(grad_x, grad_xs, nullptr, *plan);
    return {grad_x, grad_weights, grad_w1, grad_b1, grad_w3, grad_b3, grad_w2, grad_b2, {}, {}, {}};
  }
};

}  // namespace

Experts::Experts(std::int64_t count, std::int64_t width, std::int64_t hidden, ExpertKind kind, const std::string& name,
                 const Initializer& init)
    : kind_(kind) {
  const bool stacked = name.find("{}") != std::string::npos;
  const auto matrix = [&](Parameter& p, const char* part, std::int64_t out, std::int64_t in, double gain) {
    p.name = name + part + ".weight";
    p.value = init.matrix({count, out, in}, gain);
    p.decays = true;
  };
  const auto bias = [&](Parameter& p, const char* part, std::int64_t out) {
    p.name = name + part + ".bias";
    p.value = init.constant({count, out}, 0.0);
  };
  matrix(w1_, "w1", hidden, width, 1.0);
  bias(b1_, "w1", hidden);
  if (kind == ExpertKind::swiglu) {
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
  const auto if_there = [](const Parameter& p) { return p.value.defined() ? c10::make_optional(p.value) : c10::nullopt; };
  return ExpertFunction::apply(x, weights, w1_.value, b1_.value, if_there(w3_), if_there(b3_), w2_.value, b2_.value, plan,
                               static_cast<std::int64_t>(kind_), compute);
}

at::Tensor Experts::forward_dense(const at::Tensor& x, at::ScalarType compute) const {
  const at::Tensor h1 = linear(x, w1_.value[0], b1_.value[0], compute);
  at::Tensor a;
  switch (kind_) {
    case ExpertKind::relu: a = at::relu(h1); break;
    case ExpertKind::gelu: a = at::gelu(h1); break;
    case ExpertKind::swiglu: a = at::silu(h1) * linear(x, w3_.value[0], b3_.value[0], compute); break;
  }
  return linear(a, w2_.value[0], b2_.value[0], compute);
}

void Experts::visit(const ParameterVisitor& visitor) {
  for (Parameter* p : {&w1_, &b1_, &w3_, &b3_, &w2_, &b2_})
    if (p->value.defined()) visitor(*p);
}

}  // namespace switchyard
