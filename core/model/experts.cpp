#include "core/model/experts.h"

#include <cstring>

#include "core/model/linear.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

constexpr std::int64_t kRowGrain = 64;

at::Tensor activate(const at::Tensor& h1, const at::Tensor& h3, ExpertKind kind) {
  switch (kind) {
    case ExpertKind::relu: return at::relu(h1);
    case ExpertKind::gelu: return at::gelu(h1);
    case ExpertKind::swiglu: break;
  }
  return at::silu(h1).mul_(h3);
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

// out[row] = in[index[row]] for rows of `width` floats.
at::Tensor gather_rows(const at::Tensor& in, const std::vector<std::int32_t>& index) {
  const std::int64_t rows = static_cast<std::int64_t>(index.size()), width = in.size(1);
  at::Tensor out = at::empty({rows, width}, in.options());
  const float* from = in.data_ptr<float>();
  float* to = out.data_ptr<float>();
  at::parallel_for(0, rows, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t r = begin; r < end; ++r)
      std::memcpy(to + r * width, from + index[r] * width, sizeof(float) * width);
  });
  return out;
}

// Rows of one expert in the compute type, rounded up with zeros: oneDNN compiles a kernel for every
// shape it meets, and the number of tokens an expert gets is new at every step.
constexpr std::int64_t kRowBucket = 64;
at::Tensor bucketed(const at::Tensor& rows, at::ScalarType compute) {
  const std::int64_t count = rows.size(0), padded = (count + kRowBucket - 1) / kRowBucket * kRowBucket;
  at::Tensor out = at::empty({padded, rows.size(1)}, rows.options().dtype(compute));
  out.narrow(0, 0, count).copy_(rows);
  out.narrow(0, count, padded - count).zero_();
  return out;
}

// Per expert: out[rows of e] = in[rows of e] W[e]^T + b[e].
at::Tensor grouped_linear(const at::Tensor& in, const at::Tensor& weight, const at::Tensor& bias, const DispatchPlan& plan,
                          at::ScalarType compute) {
  at::Tensor out = at::empty({in.size(0), weight.size(1)}, in.options().dtype(at::kFloat));
  for (std::int64_t e = 0; e < plan.experts; ++e) {
    const std::int64_t begin = plan.offset[e], rows = plan.offset[e + 1] - begin;
    if (rows == 0) continue;
    at::Tensor slice = out.narrow(0, begin, rows);
    const at::Tensor input = in.narrow(0, begin, rows);
    if (compute == at::kFloat) {
      at::addmm_out(slice, bias[e], input, weight[e].t());
    } else {
      slice.copy_(at::mm(bucketed(input, compute), weight[e].to(compute).t()).narrow(0, 0, rows));
      slice.add_(bias[e]);
    }
  }
  return out;
}

// Per expert: out[rows] (+)= grad[rows] W[e].
void grouped_input_grad(at::Tensor& out, const at::Tensor& grad, const at::Tensor& weight, const DispatchPlan& plan,
                        at::ScalarType compute, bool accumulate) {
  for (std::int64_t e = 0; e < plan.experts; ++e) {
    const std::int64_t begin = plan.offset[e], rows = plan.offset[e + 1] - begin;
    if (rows == 0) continue;
    at::Tensor slice = out.narrow(0, begin, rows);
    const at::Tensor g = grad.narrow(0, begin, rows);
    if (compute != at::kFloat) {
      const at::Tensor product = at::mm(bucketed(g, compute), weight[e].to(compute)).narrow(0, 0, rows);
      if (accumulate) slice.add_(product);
      else slice.copy_(product);
    } else if (accumulate) {
      at::addmm_out(slice, slice, g, weight[e]);
    } else {
      at::mm_out(slice, g, weight[e]);
    }
  }
}

// Per expert: dW[e] = grad[rows]^T in[rows], db[e] = column sums of grad[rows].
std::pair<at::Tensor, at::Tensor> grouped_weight_grad(const at::Tensor& grad, const at::Tensor& in, const DispatchPlan& plan,
                                                      at::ScalarType compute) {
  at::Tensor dw = at::empty({plan.experts, grad.size(1), in.size(1)}, grad.options());
  at::Tensor db = at::empty({plan.experts, grad.size(1)}, grad.options());
  for (std::int64_t e = 0; e < plan.experts; ++e) {
    const std::int64_t begin = plan.offset[e], rows = plan.offset[e + 1] - begin;
    at::Tensor weight_slice = dw[e], bias_slice = db[e];
    if (rows == 0) {
      weight_slice.zero_();
      bias_slice.zero_();
      continue;
    }
    const at::Tensor g = grad.narrow(0, begin, rows), x = in.narrow(0, begin, rows);
    if (compute == at::kFloat) at::mm_out(weight_slice, g.t(), x);
    else weight_slice.copy_(at::mm(bucketed(g, compute).t(), bucketed(x, compute)));
    at::sum_out(bias_slice, g, {0});
  }
  return {dw, db};
}

struct ExpertFunction : Function<ExpertFunction> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weights, const at::Tensor& w1,
                          const at::Tensor& b1, const c10::optional<at::Tensor>& gate, const c10::optional<at::Tensor>& gate_bias,
                          const at::Tensor& w2, const at::Tensor& b2, const c10::intrusive_ptr<DispatchPlan>& plan,
                          std::int64_t kind, at::ScalarType compute) {
    const at::Tensor w3 = gate.value_or(at::Tensor()), b3 = gate_bias.value_or(at::Tensor());
    const at::Tensor input = x.contiguous(), combine = weights.contiguous();
    const at::Tensor xs = gather_rows(input, plan->token);
    const at::Tensor h1 = grouped_linear(xs, w1, b1, *plan, compute);
    const at::Tensor h3 = w3.defined() ? grouped_linear(xs, w3, b3, *plan, compute) : at::Tensor();
    const at::Tensor a = activate(h1, h3, static_cast<ExpertKind>(kind));
    const at::Tensor ys = grouped_linear(a, w2, b2, *plan, compute);

    const std::int64_t width = input.size(1), k = plan->top_k;
    at::Tensor y = at::zeros_like(input);
    const float* rows = ys.data_ptr<float>();
    const float* w = combine.data_ptr<float>();
    float* out = y.data_ptr<float>();
    at::parallel_for(0, plan->tokens, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t a_id = begin * k; a_id < end * k; ++a_id) {
        const std::int32_t row = plan->row[a_id];
        if (row < 0) continue;
        const float* from = rows + row * width;
        float* to = out + a_id / k * width;
        for (std::int64_t i = 0; i < width; ++i) to[i] += w[a_id] * from[i];
      }
    });

    ctx->save_for_backward({xs, h1, h3, a, ys, combine, w1, w3, w2});
    ctx->saved_data["plan"] = at::IValue::make_capsule(plan);
    ctx->saved_data["kind"] = kind;
    ctx->saved_data["compute"] = compute;
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &xs = saved[0], &h1 = saved[1], &h3 = saved[2], &a = saved[3], &ys = saved[4], &combine = saved[5];
    const at::Tensor &w1 = saved[6], &w3 = saved[7], &w2 = saved[8];
    const auto plan = c10::static_intrusive_pointer_cast<DispatchPlan>(ctx->saved_data["plan"].toCapsule());
    const auto kind = static_cast<ExpertKind>(ctx->saved_data["kind"].toInt());
    const auto compute = ctx->saved_data["compute"].toScalarType();
    const at::Tensor grad = grads[0].contiguous();
    const std::int64_t width = grad.size(1), k = plan->top_k;

    // Gradient of each row's output, and of each combine weight.
    at::Tensor grad_ys = at::empty_like(ys), grad_weights = at::zeros_like(combine);
    {
      const float *g = grad.data_ptr<float>(), *w = combine.data_ptr<float>(), *rows = ys.data_ptr<float>();
      float *to = grad_ys.data_ptr<float>(), *gw = grad_weights.data_ptr<float>();
      at::parallel_for(0, plan->rows(), kRowGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t r = begin; r < end; ++r) {
          const std::int32_t a_id = plan->assignment[r];
          const float* from = g + plan->token[r] * width;
          float dot = 0;
          for (std::int64_t i = 0; i < width; ++i) {
            to[r * width + i] = w[a_id] * from[i];
            dot += from[i] * rows[r * width + i];
          }
          gw[a_id] = dot;
        }
      });
    }

    auto [grad_w2, grad_b2] = grouped_weight_grad(grad_ys, a, *plan, compute);
    at::Tensor grad_a = at::empty_like(a);
    grouped_input_grad(grad_a, grad_ys, w2, *plan, compute, false);
    const auto [grad_h1, grad_h3] = activate_backward(grad_a, h1, h3, kind);
    auto [grad_w1, grad_b1] = grouped_weight_grad(grad_h1, xs, *plan, compute);
    at::Tensor grad_xs = at::empty_like(xs), grad_w3, grad_b3;
    grouped_input_grad(grad_xs, grad_h1, w1, *plan, compute, false);
    if (grad_h3.defined()) {
      std::tie(grad_w3, grad_b3) = grouped_weight_grad(grad_h3, xs, *plan, compute);
      grouped_input_grad(grad_xs, grad_h3, w3, *plan, compute, true);
    }

    at::Tensor grad_x = at::zeros_like(grad);
    {
      const float* rows = grad_xs.data_ptr<float>();
      float* out = grad_x.data_ptr<float>();
      at::parallel_for(0, plan->tokens, kRowGrain, [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t a_id = begin * k; a_id < end * k; ++a_id) {
          const std::int32_t row = plan->row[a_id];
          if (row < 0) continue;
          const float* from = rows + row * width;
          float* to = out + a_id / k * width;
          for (std::int64_t i = 0; i < width; ++i) to[i] += from[i];
        }
      });
    }
    return {grad_x, grad_weights, grad_w1, grad_b1, grad_w3, grad_b3, grad_w2, grad_b2, {}, {}, {}};
  }
};

}  // namespace

Experts::Experts(std::int64_t count, std::int64_t width, std::int64_t hidden, ExpertKind kind, const std::string& name,
                 double output_std, const Initializer& init)
    : kind_(kind) {
  const bool stacked = name.find("{}") != std::string::npos;
  const auto matrix = [&](Parameter& p, const char* part, std::int64_t out, std::int64_t in, double std) {
    p.name = name + part + ".weight";
    p.value = init.normal({count, out, in}, std);
    p.decays = true;
  };
  const auto bias = [&](Parameter& p, const char* part, std::int64_t out) {
    p.name = name + part + ".bias";
    p.value = init.constant({count, out}, 0.0);
  };
  matrix(w1_, "w1", hidden, width, 0.02);
  bias(b1_, "w1", hidden);
  if (kind == ExpertKind::swiglu) {
    matrix(w3_, "w3", hidden, width, 0.02);
    bias(b3_, "w3", hidden);
  }
  matrix(w2_, "w2", width, hidden, output_std);
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
