#include "core/model/attention.h"

#include <cmath>
#include <limits>

#include "core/model/linear.h"

namespace switchyard {

Attention::Attention(std::int64_t width, std::int64_t heads, std::int64_t context, const std::string& prefix,
                     double output_std, const Initializer& init)
    : heads_(heads) {
  qkv_.name = prefix + "{}_proj.weight";
  qkv_.value = init.normal({3 * width, width}, 0.02);
  qkv_.decays = true;
  qkv_bias_.name = prefix + "{}_proj.bias";
  qkv_bias_.value = init.constant({3 * width}, 0.0);
  for (Parameter* p : {&qkv_, &qkv_bias_}) {
    p->exported = Parameter::Export::parts;
    p->parts = {"q", "k", "v"};
  }
  out_.name = prefix + "o_proj.weight";
  out_.value = init.normal({width, width}, output_std);
  out_.decays = true;
  out_bias_.name = prefix + "o_proj.bias";
  out_bias_.value = init.constant({width}, 0.0);
  mask_ = at::full({context, context}, -std::numeric_limits<float>::infinity(), at::TensorOptions(at::kFloat).device(init.device))
              .triu(1);
}

at::Tensor Attention::forward(const at::Tensor& x, at::ScalarType compute) const {
  const std::int64_t batch = x.size(0), length = x.size(1), width = x.size(2), head = width / heads_;
  const at::Tensor qkv =
      linear(x, qkv_.value, qkv_bias_.value, compute).view({batch, length, 3, heads_, head}).permute({2, 0, 3, 1, 4});
  const auto flat = [&](std::int64_t i) { return qkv[i].reshape({batch * heads_, length, head}).to(compute); };
  const at::Tensor q = flat(0), k = flat(1), v = flat(2);
  const double scale = 1.0 / std::sqrt(static_cast<double>(head));
  const at::Tensor mask = mask_.narrow(0, 0, length).narrow(1, 0, length);
  at::Tensor scores;
  if (compute == at::kFloat)
    scores = at::baddbmm(mask.expand({batch * heads_, length, length}), q, k.transpose(1, 2), 1.0, scale);
  else
    scores = at::bmm(q, k.transpose(1, 2)).to(at::kFloat) * scale + mask;
  const at::Tensor mixed = at::bmm(at::softmax(scores, -1).to(compute), v)
                               .to(at::kFloat)
                               .view({batch, heads_, length, head})
                               .transpose(1, 2)
                               .reshape({batch, length, width});
  return linear(mixed, out_.value, out_bias_.value, compute);
}

void Attention::visit(const ParameterVisitor& visitor) {
  for (Parameter* p : {&qkv_, &qkv_bias_, &out_, &out_bias_}) visitor(*p);
}

}  // namespace switchyard
