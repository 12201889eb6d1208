#include "core/model/layers/soft_mixing.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

constexpr std::int64_t kExperts = 3, kSlots = 2, kWidth = 4, kLength = 5, kSequences = 2;

class Mixing : public ::testing::Test {
 protected:
  Mixing() {
    const auto collect = [&](Parameter& parameter) { values[parameter.name] = parameter.value; };
    mixing.visit(collect);
    experts.visit(collect);
    at::NoGradGuard no_grad;
    for (auto& [name, value] : values) value.normal_(0, 0.7, generator);
    x = at::empty({kSequences * kLength, kWidth}).normal_(0, 1, generator);
    context.sequences = kSequences;
    context.top_k = 2;
  }
  // The definition, token by token and slot by slot, in double.
  at::Tensor definition(const at::Tensor& all) const {
    const auto as_double = [&](const char* name) { return values.at(name).to(at::kDouble); };
    const at::Tensor phi = as_double("slots.weight"), in = all.to(at::kDouble);
    at::Tensor y = at::zeros_like(in);
    for (std::int64_t s = 0; s < kSequences; ++s) {
      const at::Tensor tokens = in.narrow(0, s * kLength, kLength);
      at::Tensor logits = at::zeros({kLength, kExperts * kSlots}, at::kDouble), made = at::zeros({kExperts * kSlots, kWidth}, at::kDouble);
      for (std::int64_t t = 0; t < kLength; ++t)
        for (std::int64_t j = 0; j < kExperts * kSlots; ++j) {
          const at::Tensor slot = phi[j / kSlots][j % kSlots];
          logits[t][j] = as_double("slots.scale")[0] * tokens[t].dot(slot) / (tokens[t].norm() * slot.norm());
        }
      const at::Tensor dispatch = at::softmax(logits, 0), combine = at::softmax(logits, 1);
      for (std::int64_t j = 0; j < kExperts * kSlots; ++j) {
        const std::int64_t e = j / kSlots;
        const at::Tensor slot = at::mv(tokens.t(), dispatch.select(1, j));
        const auto layer = [&](const char* name, const at::Tensor& in_) {
          const std::string prefix = std::string("experts.{}.") + name;
          return at::mv(values.at(prefix + ".weight")[e].to(at::kDouble), in_) + values.at(prefix + ".bias")[e].to(at::kDouble);
        };
        made[j] = layer("w2", at::silu(layer("w1", slot)) * layer("w3", slot));
      }
      y.narrow(0, s * kLength, kLength).copy_(combine.mm(made));
    }
    return y;
  }
  at::Tensor run() const { return mixing.forward(x, experts, context, at::kFloat).y; }

  at::Generator generator = at::detail::createCPUGenerator(6);
  SoftMixing mixing{kExperts, kSlots, kWidth, "", Initializer{generator}};
  Experts experts{kExperts, kWidth, 6, ExpertKind::swiglu, "experts.{}.", Initializer{generator}};
  std::map<std::string, at::Tensor> values;
  at::Tensor x;
  RoutingContext context;
};

TEST_F(Mixing, EqualsItsDefinition) {
  at::NoGradGuard no_grad;
  EXPECT_LT((run() - definition(x)).abs().max().item<double>(), 1e-5);
}

TEST_F(Mixing, GradientsMatchFiniteDifferences) {
  const at::Tensor mix = at::empty(x.sizes()).normal_(0, 1, generator);
  (run() * mix).sum().backward();
  at::NoGradGuard no_grad;
  for (auto& [name, value] : values) {
    at::Tensor flat = value.detach().view(-1);
    const at::Tensor analytic = value.grad().view(-1);
    for (std::int64_t i = 0; i < flat.numel(); i += 3) {
      const float kept = flat[i].item<float>();
      flat[i].fill_(kept + 1e-2);
      const double above = (definition(x) * mix).sum().item<double>();
      flat[i].fill_(kept - 1e-2);
      const double below = (definition(x) * mix).sum().item<double>();
      flat[i].fill_(kept);
      EXPECT_NEAR((above - below) / 2e-2, analytic[i].item<double>(), 1e-3) << name << " entry " << i;
    }
  }
}

TEST_F(Mixing, ReportsSharesThatSumToOneAndKeepsSequencesApart) {
  at::NoGradGuard no_grad;
  const SoftMixing::Mixed mixed = mixing.forward(x, experts, context, at::kFloat);
  EXPECT_TRUE(at::allclose(mixed.routing.probs.sum(-1), at::ones({kSequences * kLength})));
  EXPECT_EQ(mixed.routing.logits.sizes().vec(), (std::vector<std::int64_t>{kSequences * kLength, kExperts * kSlots}));
  x.narrow(0, 0, kLength).mul_(-2);
  const at::Tensor other = run();
  EXPECT_TRUE(other.narrow(0, kLength, kLength).equal(mixed.y.narrow(0, kLength, kLength)));
  EXPECT_FALSE(other.narrow(0, 0, kLength).equal(mixed.y.narrow(0, 0, kLength)));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
