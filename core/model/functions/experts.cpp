#include "core/model/functions/experts.h"

#include <algorithm>
#include <memory>

#include "core/model/functions/composed.h"
#include "core/model/functions/expert_spans.h"
#include "core/model/functions/experts_bf16.h"
#include "core/model/functions/experts_fp32.h"
#include "core/model/functions/token_sums.h"
#include "core/model/kernels/bf16.h"
#include "core/model/kernels/parallel.h"
#include "core/model/kernels/rows.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// Where products in bf16 are no faster the values are rounded all the same, and multiplied as fp32 (experts_fp32.h).
bool multiplies_in_bf16(at::ScalarType compute) { return compute == at::kBFloat16 && bf16_unit() != Bf16Unit::any; }

// work(span) for each. Should one throw, the others wait for none of its rows.
template <class Work>
void on_threads(const std::vector<Span>& spans, TokenSums& sums, const Work& work) {
  parallel_tasks(static_cast<std::int64_t>(spans.size()), [&](std::int64_t i) {
    try {
      work(spans[static_cast<std::size_t>(i)]);
    } catch (...) {
      sums.give_up();
      throw;
    }
  });
}

struct ExpertFunction : Function<ExpertFunction> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& x, const c10::optional<at::Tensor>& weights,
                          const at::Tensor& w1, const at::Tensor& b1, const c10::optional<at::Tensor>& gate,
                          const c10::optional<at::Tensor>& gate_bias, const at::Tensor& w2, const at::Tensor& b2,
                          const c10::intrusive_ptr<DispatchPlan>& plan, std::int64_t kind, at::ScalarType compute,
                          const c10::intrusive_ptr<RowMasks>& masks) {
    const HiddenLayer layer{static_cast<ExpertKind>(kind), masks ? masks->row.data() : nullptr};
    const at::Tensor w3 = gate.value_or(at::Tensor()), b3 = gate_bias.value_or(at::Tensor());
    const at::Tensor input = x.detach().contiguous();
    const at::Tensor combine = weights ? weights->detach().contiguous() : at::Tensor();
    const Stack stack(w1, b1, w3, b3, w2, b2);
    const at::Tensor y = at::empty_like(input);
    const Matrix in = matrix_of(input);
    const std::vector<Span> spans = shares_of(*plan);
    const bool rounded = compute == at::kBFloat16, in_bf16 = multiplies_in_bf16(compute);
    TokenSums outputs(matrix_of(y), *plan, spans, weights ? combine.data_ptr<float>() : nullptr,
                      in_bf16 ? bf16_rows(stack, *plan) : fp32_rows(stack, *plan, rounded));
    at::Tensor h1, h3;
    if (in_bf16) {
      const Bf16Kept kept(plan->rows(), stack.hidden, stack.gated());
      h1 = kept.h1, h3 = kept.h3;
      on_threads(spans, outputs, [&](const Span& span) { forward_span_bf16(span, *plan, layer, stack, in, kept, outputs); });
    } else {
      const Fp32Kept kept(plan->rows(), stack.hidden, stack.gated(), rounded ? at::kBFloat16 : at::kFloat);
      h1 = kept.h1, h3 = kept.h3;
      on_threads(spans, outputs, [&](const Span& span) { forward_span_fp32(span, *plan, layer, stack, in, kept, outputs); });
    }

    // How the hidden layer lies is the unit's that it was made by.
    ctx->saved_data["in_bf16"] = in_bf16;
    ctx->save_for_backward({input, h1, h3, combine, w1, b1, w3, b3, w2, b2});
    ctx->saved_data["plan"] = at::IValue::make_capsule(plan);
    ctx->saved_data["kind"] = kind;
    if (masks) ctx->saved_data["masks"] = at::IValue::make_capsule(masks);
    return y;
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &input = saved[0], &h1 = saved[1], &h3 = saved[2], &combine = saved[3];
    const auto plan = c10::static_intrusive_pointer_cast<DispatchPlan>(ctx->saved_data["plan"].toCapsule());
    const at::Tensor grad = grads[0].contiguous();
    const std::vector<Span> spans = shares_of(*plan);

    // Spare sums are for the parts of split experts. Matrices are overwritten, biases added to.
    const auto spare = static_cast<std::int64_t>(
        std::count_if(spans.begin(), spans.end(), [&](const Span& span) { return span.sums >= plan->experts; }));
    std::vector<at::Tensor> own, extra;  // w1 b1 w3 b3 w2 b2
    for (std::size_t i = 4; i < 10; ++i) {
      const auto room = [&](std::int64_t sets) {
        if (!saved[i].defined()) return at::Tensor();
        std::vector<std::int64_t> shape = saved[i].sizes().vec();
        shape[0] = sets;
        return shape.size() == 3 ? at::empty(shape, grad.options()) : at::zeros(shape, grad.options());
      };
      own.push_back(room(plan->experts));
      extra.push_back(room(spare));
      for (std::int64_t e = 0; own.back().defined() && own.back().dim() == 3 && e < plan->experts; ++e)
        if (plan->offset[e] == plan->offset[e + 1]) own.back()[e].zero_();
    }
    const at::Tensor grad_combine = combine.defined() ? at::zeros_like(combine) : at::Tensor();
    const at::Tensor grad_x = at::empty_like(grad);
    const bool in_bf16 = ctx->saved_data["in_bf16"].toBool();
    const Stack weights(saved[4], saved[5], saved[6], saved[7], saved[8], saved[9]);
    const bool rounded = h1.scalar_type() == at::kBFloat16;
    TokenSums inputs(matrix_of(grad_x), *plan, spans, nullptr,
                     in_bf16 ? bf16_rows(weights, *plan) : fp32_rows(weights, *plan, rounded));
    const Stack sums(own[0], own[1], own[2], own[3], own[4], own[5]);
    const Stack spares(extra[0], extra[1], extra[2], extra[3], extra[4], extra[5]);

    HiddenLayer layer{static_cast<ExpertKind>(ctx->saved_data["kind"].toInt())};
    if (const auto masks = ctx->saved_data.find("masks"); masks != ctx->saved_data.end())
      layer.masks = c10::static_intrusive_pointer_cast<RowMasks>(masks->second.toCapsule())->row.data();
    const float* weight = combine.defined() ? combine.data_ptr<float>() : nullptr;
    float* grad_weight = combine.defined() ? grad_combine.data_ptr<float>() : nullptr;
    const auto run = [&](const auto& backward) {
      on_threads(spans, inputs, [&](const Span& span) {
        const bool is_spare = span.sums >= plan->experts;
        backward.run(span, is_spare ? spares : sums, is_spare ? span.sums - plan->experts : span.sums);
      });
    };
    if (in_bf16)
      run(Bf16SpanBackward{*plan, layer, weights, matrix_of(input), {h1, h3}, matrix_of(grad), inputs, weight, grad_weight});
    else
      run(Fp32SpanBackward{*plan, layer, weights, matrix_of(input), {h1, h3}, matrix_of(grad), inputs, weight, grad_weight});
    for (const Span& span : spans)
      if (span.sums >= plan->experts)
        for (std::size_t i = 0; i < own.size(); ++i)
          if (own[i].defined()) own[i][span.expert].add_(extra[i][span.sums - plan->experts]);
    return {grad_x, grad_combine, own[0], own[1], own[2], own[3], own[4], own[5], {}, {}, {}, {}};
  }
};

c10::intrusive_ptr<RowMasks> row_masks(const ExpertPass& pass, const DispatchPlan& plan,
                                       std::string_view purpose) {
  if (pass.dropout <= 0) return {};
  Draws draws = pass.draws;
  draws.first *= plan.stride();
  auto masks = c10::make_intrusive<RowMasks>();
  masks->row.reserve(static_cast<std::size_t>(plan.rows()));
  for (const std::uint64_t word : word_draws(draws, purpose, plan.places()))
    masks->row.emplace_back(pass.dropout, word);
  return masks;
}

at::Tensor run_experts(const at::Tensor& x, const c10::optional<at::Tensor>& weights, const Parameter& w1, const Parameter& b1,
                 const Parameter& w3, const Parameter& b3, const Parameter& w2, const Parameter& b2,
                 const c10::intrusive_ptr<DispatchPlan>& plan, ExpertKind kind, const ExpertPass& pass) {
  const auto if_there = [](const at::Tensor& p) { return p.defined() ? c10::make_optional(p) : c10::nullopt; };
  // Where there are no biases zeros stand in: they cost next to nothing, and the passes know one kind of expert.
  const auto bias = [](const Parameter& b, const Parameter& w) {
    if (b.value.defined() || !w.value.defined()) return b.value;
    return at::zeros({w.value.size(0), w.value.size(1)}, w.value.options().requires_grad(false));
  };
  // Experts and the shared ones beside them draw apart.
  const c10::intrusive_ptr<RowMasks> masks =
      row_masks(pass, *plan, w1.per_expert ? "expert dropout" : "dense dropout");
  if (!x.is_cpu())
    return composed::experts(x, weights.value_or(at::Tensor()),
                             {w1.value, bias(b1, w1), w3.value, bias(b3, w3), w2.value, bias(b2, w2)}, *plan,
                             {kind, masks ? masks->row.data() : nullptr}, pass.compute);
  return ExpertFunction::apply(x, weights, w1.value, bias(b1, w1), if_there(w3.value), if_there(bias(b3, w3)),
                               w2.value, bias(b2, w2), plan, static_cast<std::int64_t>(kind), pass.compute, masks);
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
  const bool in_parts = stacked && init.expert_ranks > 1;
  const ExpertRange held =
      in_parts ? experts_of(count, init.expert_rank, init.expert_ranks) : ExpertRange{0, count};
  for (Parameter* p : {&w1_, &b1_, &w3_, &b3_, &w2_, &b2_}) {
    p->per_expert = stacked;
    p->exported = Parameter::Export::experts;
    if (!in_parts || !p->value.defined()) continue;
    p->first_expert = held.first;
    p->all_experts = count;
    p->value = p->value.detach().narrow(0, held.first, held.count).clone().requires_grad_();
  }
}

at::Tensor Experts::forward(const at::Tensor& x, const at::Tensor& weights, const c10::intrusive_ptr<DispatchPlan>& plan,
                            const ExpertPass& pass) const {
  return run_experts(x, weights, w1_, b1_, w3_, b3_, w2_, b2_, plan, kind_, pass);
}

at::Tensor Experts::forward_dense(const at::Tensor& x, const ExpertPass& pass, std::int64_t slots) const {
  return run_experts(x, c10::nullopt, w1_, b1_, w3_, b3_, w2_, b2_,
                     identity_dispatch(x.size(0), w1_.value.size(0), slots), kind_, pass);
}

void Experts::visit(const ParameterVisitor& visitor) {
  for (Parameter* p : {&w1_, &b1_, &w3_, &b3_, &w2_, &b2_})
    if (p->value.defined()) visitor(*p);
}

}  // namespace switchyard
