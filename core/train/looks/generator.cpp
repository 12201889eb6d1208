#include "core/train/looks/generator.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace switchyard {

TextGenerator::TextGenerator(std::vector<std::int64_t> ids, double temperature, std::int64_t top_k, std::uint64_t seed)
    : ids_(std::move(ids)), temperature_(temperature), top_k_(top_k), stream_(seed, "generation") {}

std::int64_t TextGenerator::draw(const at::Tensor& logits, const Vocabulary& vocabulary) {
  const at::Tensor plain = logits.to(at::kCPU, at::kDouble).contiguous();
  const double* score = plain.data_ptr<double>();
  std::vector<std::int64_t> order(static_cast<std::size_t>(plain.numel()));
  std::iota(order.begin(), order.end(), 0);
  // <unk> is no text: it is never drawn.
  if (vocabulary.unknown() >= 0) std::erase(order, vocabulary.unknown());
  std::stable_sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) { return score[a] > score[b]; });
  if (temperature_ <= 0) return order.front();
  if (top_k_ > 0 && top_k_ < static_cast<std::int64_t>(order.size())) order.resize(top_k_);
  std::vector<double> mass;
  double total = 0;
  for (const std::int64_t id : order) {
    mass.push_back(std::exp((score[id] - score[order.front()]) / temperature_));
    total += mass.back();
  }
  double target = stream_.uniform() * total;
  for (std::size_t i = 0; i < order.size(); ++i)
    if ((target -= mass[i]) < 0) return order[i];
  return order.back();
}

GeneratedToken TextGenerator::next(const Transformer& model, const PassContext& context, const Vocabulary& vocabulary,
                                   std::int64_t max_context) {
  at::NoGradGuard no_grad;
  const auto run = [&] {
    const auto length = std::min<std::int64_t>(static_cast<std::int64_t>(ids_.size()), max_context);
    const at::Tensor input = torch::tensor(std::vector<std::int64_t>(ids_.end() - length, ids_.end()), at::kLong).unsqueeze(0);
    return model.forward(input, context);
  };
  if (!primed_) {
    ids_.push_back(draw(run().logits[0][-1], vocabulary));
    primed_ = true;
  }
  const ForwardPass pass = run();
  GeneratedToken token;
  token.text = vocabulary.token(static_cast<std::int32_t>(ids_.back()));
  for (const MoeTrace& layer : pass.trace)
    token.first_expert.push_back(static_cast<std::int32_t>(choices_of(layer).experts[-1][0].item<std::int64_t>()));
  ids_.push_back(draw(pass.logits[0][-1], vocabulary));
  // Only the last context of tokens is ever read again.
  if (static_cast<std::int64_t>(ids_.size()) > 4 * max_context) ids_.erase(ids_.begin(), ids_.end() - 2 * max_context);
  return token;
}

}  // namespace switchyard
