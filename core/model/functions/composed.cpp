#include "core/model/functions/composed.h"

#include <cmath>

#include "core/model/kernels/rows.h"

namespace switchyard::composed {
namespace {

at::Tensor product(const at::Tensor& a, const at::Tensor& b, at::ScalarType compute) {
  return compute == at::kFloat ? at::matmul(a, b) : at::matmul(a.to(compute), b.to(compute)).to(at::kFloat);
}

at::Tensor activated(ExpertKind kind, const at::Tensor& h1, const at::Tensor& h3) {
  switch (kind) {
    case ExpertKind::relu: return at::relu(h1);
    case ExpertKind::gelu: return at::gelu(h1);
    case ExpertKind::geglu: return at::gelu(h1) * h3;
    case ExpertKind::swiglu: break;
  }
  return at::silu(h1) * h3;
}

at::Tensor index_on(const std::vector<std::int32_t>& values, const at::Device& device) {
  return torch::tensor(values, at::kInt).to(at::kLong).to(device);
}

}  // namespace

at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias, at::ScalarType compute) {
  const at::Tensor y = product(x, weight.t(), compute);
  return bias.defined() ? y + bias : y;
}

at::Tensor causal_attention(const at::Tensor& qkv, std::int64_t heads, at::ScalarType compute) {
  const std::int64_t batch = qkv.size(0), length = qkv.size(1), width = qkv.size(2) / 3;
  const at::Tensor split = qkv.view({batch, length, 3, heads, width / heads}).permute({2, 0, 3, 1, 4});  // [3, B, H, L, d]
  const double scale = 1.0 / std::sqrt(static_cast<double>(width / heads));
  const at::Tensor ahead = at::ones({length, length}, at::TensorOptions(at::kBool).device(qkv.device())).triu(1);
  const at::Tensor scores = product(split[0], split[1].transpose(-1, -2), compute) * scale;
  const at::Tensor probs = at::softmax(scores.masked_fill(ahead, -std::numeric_limits<double>::infinity()), -1);
  return product(probs, split[2], compute).transpose(1, 2).reshape({batch, length, width});
}

at::Tensor experts(const at::Tensor& x, const at::Tensor& weights, const ExpertWeights& all, const DispatchPlan& plan,
                   const HiddenLayer& layer, at::ScalarType compute) {
  const at::Tensor token = plan.identity ? at::Tensor() : index_on(plan.token, x.device());
  const at::Tensor gathered = plan.identity ? x : x.index_select(0, token);
  std::vector<at::Tensor> made;
  for (std::int64_t e = 0; e < plan.experts; ++e) {
    const std::int64_t count = plan.offset[e + 1] - plan.offset[e];
    if (count == 0) continue;
    const at::Tensor in = gathered.narrow(0, plan.offset[e], count);
    const at::Tensor h1 = linear(in, all.w1[e], all.b1[e], compute);
    const at::Tensor h3 = all.w3.defined() ? linear(in, all.w3[e], all.b3[e], compute) : at::Tensor();
    at::Tensor a = activated(layer.kind, h1, h3);
    if (layer.masks) {
      at::Tensor mask = at::ones(a.sizes(), at::kFloat);
      for (std::int64_t r = 0; r < count; ++r)
        rows::drop(mask.data_ptr<float>() + r * a.size(1), layer.mask(plan.offset[e] + r), 0, a.size(1));
      a = a * mask.to(a.device());
    }
    made.push_back(linear(a, all.w2[e], all.b2[e], compute));
  }
  // Nothing, and yet made of x: what comes before it may be an exchange that other ranks wait in.
  if (made.empty()) return at::zeros_like(x).index_add(0, index_on({}, x.device()), x.narrow(0, 0, 0));
  const at::Tensor outputs = at::cat(made);
  if (plan.identity) return outputs;
  const at::Tensor scale = weights.reshape({-1}).index_select(0, index_on(plan.assignment, x.device()));
  return at::zeros_like(x).index_add(0, token, outputs * scale.unsqueeze(1));
}

}  // namespace switchyard::composed
