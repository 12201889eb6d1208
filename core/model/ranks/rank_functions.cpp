#include "core/model/ranks/rank_functions.h"

namespace switchyard {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::Function;
using torch::autograd::Variable;
using torch::autograd::variable_list;

// A group outlives every graph that was made with it.
std::int64_t as_number(RankGroup& ranks) { return reinterpret_cast<std::int64_t>(&ranks); }
RankGroup& group_in(AutogradContext* ctx) {
  return *reinterpret_cast<RankGroup*>(ctx->saved_data["ranks"].toInt());
}

at::Tensor summed(const at::Tensor& x, RankGroup& ranks) {
  const at::Tensor sum = x.detach().clone(at::MemoryFormat::Contiguous);
  ranks.sum(sum);
  return sum;
}

struct Exchange : Function<Exchange> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& rows, std::vector<std::int64_t> sent,
                          std::vector<std::int64_t> received, std::int64_t ranks) {
    ctx->saved_data["ranks"] = ranks;
    const at::Tensor arrived = group_in(ctx).exchanged(rows.detach(), sent, received);
    ctx->saved_data["sent"] = std::move(sent);
    ctx->saved_data["received"] = std::move(received);
    return arrived;
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const std::vector<std::int64_t> sent = ctx->saved_data["sent"].toIntVector(),
                                    received = ctx->saved_data["received"].toIntVector();
    return {group_in(ctx).exchanged(grads[0], received, sent), {}, {}, {}};
  }
};

struct Mean : Function<Mean> {
  static Variable forward(AutogradContext*, const at::Tensor& x, std::int64_t ranks) {
    RankGroup& group = *reinterpret_cast<RankGroup*>(ranks);
    return summed(x, group).div_(static_cast<double>(group.size()));
  }
  static variable_list backward(AutogradContext*, variable_list grads) { return {grads[0], {}}; }
};

struct SharedOut : Function<SharedOut> {
  static Variable forward(AutogradContext* ctx, const at::Tensor& x, std::int64_t ranks) {
    ctx->saved_data["ranks"] = ranks;
    return x.detach().clone();
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    return {summed(grads[0], group_in(ctx)), {}};
  }
};

struct PutTogether : Function<PutTogether> {
  static Variable forward(AutogradContext*, const at::Tensor& part, std::int64_t ranks) {
    return summed(part, *reinterpret_cast<RankGroup*>(ranks));
  }
  static variable_list backward(AutogradContext*, variable_list grads) { return {grads[0], {}}; }
};

}  // namespace

at::Tensor exchanged(const at::Tensor& rows, const std::vector<std::int64_t>& sent,
                     const std::vector<std::int64_t>& received, RankGroup& ranks) {
  return Exchange::apply(rows, sent, received, as_number(ranks));
}

at::Tensor mean_over(const at::Tensor& x, RankGroup& ranks) { return Mean::apply(x, as_number(ranks)); }

at::Tensor shared_out(const at::Tensor& x, RankGroup& ranks) { return SharedOut::apply(x, as_number(ranks)); }

at::Tensor put_together(const at::Tensor& part, RankGroup& ranks) {
  return PutTogether::apply(part, as_number(ranks));
}

}  // namespace switchyard
