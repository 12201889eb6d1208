// What is looked at on request: gradients at the gates, weights of the experts.
#include <ATen/ops/linalg_lstsq.h>
#include <ATen/ops/linalg_svd.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/data/batches.h"
#include "tests/train/naive_reference.h"
#include "tests/train/looks.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::Each;

TEST(Looks, HoldNothingMoreUnlessAsked) {
  const auto trainer = trained(small(), 2);
  const Snapshot plain = *trainer->probe();
  for (const ProbeLayer& layer : plain.layers) {
    EXPECT_TRUE(layer.probabilities.empty() && layer.logits.empty() && layer.input.empty());
    EXPECT_TRUE(layer.gradient.empty() && layer.card.empty());
    EXPECT_TRUE(layer.logit_plane.empty());
    EXPECT_EQ(layer.gate_pca.size(), 8u);
  }
  EXPECT_TRUE(plain.embedding.empty() && plain.embedding_plane.empty());
  EXPECT_TRUE(trainer->probe(everything())->layers[0].input.empty());
  EXPECT_EQ(trainer->probe(everything())->layers[1].input_width, 16);
}

TEST(Looks, OfAnyKindChangeNothing) {
  Config config = small();
  config.accumulation = 2;
  auto watched = make(config), alone = make(config);
  const std::vector<double> unseen = losses(*alone, 4);
  std::vector<double> seen;
  for (int i = 0; i < 4; ++i) {
    ASSERT_FALSE(*watched->advance()) << "half a step: gradients are pending";
    ASSERT_TRUE(watched->probe(everything()));
    auto inspection = watched->inspect(0, 3);
    ASSERT_TRUE(inspection && watched->inspect_more(*inspection, 0));
    seen.push_back(step(*watched).loss);
  }
  EXPECT_EQ(seen, unseen);
  EXPECT_TRUE(same_values(watched->weights(), alone->weights()));
}

TEST(Looks, ADistributionIsTheSoftmaxOfTheLogits) {
  const auto trainer = trained(small(), 3);
  const ProbeLayer layer = trainer->probe(everything())->layers[1];
  const std::size_t tokens = layer.entropy.size();
  ASSERT_EQ(layer.probabilities.size(), 4 * tokens);
  for (std::size_t t = 0; t < tokens; ++t) {
    double sum = 0;
    for (std::size_t e = 0; e < 4; ++e) sum += std::exp(static_cast<double>(layer.logits[4 * t + e]));
    for (std::size_t e = 0; e < 4; ++e)
      EXPECT_NEAR(layer.probabilities[4 * t + e], std::exp(layer.logits[4 * t + e]) / sum, 1e-5);
    EXPECT_EQ(layer.prob[4 * t], layer.probabilities[4 * t + static_cast<std::size_t>(layer.expert[4 * t])]);
  }
}

// The plane is known by where it puts the inputs; the gate's rows must go where a displacement of an input by them
// goes.
TEST(Looks, GateRowsLieInThePlaneOfTheInputs) {
  const auto trainer = trained(small(), 5);
  const Snapshot snapshot = *trainer->probe(everything());
  const ProbeLayer& layer = snapshot.layers[1];
  const at::Tensor x = torch::tensor(layer.input).view({-1, 16}).to(at::kDouble);
  const at::Tensor plane = torch::tensor(layer.pca).view({-1, 2}).to(at::kDouble);
  // Normed inputs leave a direction out; the smallest solution does as well.
  const at::Tensor basis = std::get<0>(at::linalg_lstsq(x - x.mean(0, true), plane, 1e-4, "gelsd"));
  for (const NamedTensor& tensor : trainer->weights())
    if (tensor.name == of_layer(1, "gate.weight")) {
      const at::Tensor wanted = torch::tensor(tensor.values).view({4, 16}).to(at::kDouble).mm(basis);
      EXPECT_TRUE(at::allclose(torch::tensor(layer.gate_pca).view({4, 2}).to(at::kDouble), wanted, 1e-3, 1e-4));
    }
}

// Against a singular value decomposition of the centred logits: same plane, whatever its axes; the shares of variance add
// up to the same; a logit that grows by one moves its token by its axis.
TEST(Looks, TheLogitsPlaneIsThatOfTheirLeadingComponents) {
  const auto trainer = trained(small(), 5);
  const ProbeLayer layer = trainer->probe(everything())->layers[1];
  const at::Tensor z = torch::tensor(layer.logits).view({-1, 4}).to(at::kDouble);
  const at::Tensor centred = z - z.mean(0, true);
  const at::Tensor xy = torch::tensor(layer.logit_plane.xy).view({-1, 2}).to(at::kDouble);
  const at::Tensor axes = torch::tensor(layer.logit_plane.axes).view({4, 2}).to(at::kDouble);
  ASSERT_EQ(xy.size(0), z.size(0));
  EXPECT_TRUE(at::allclose(xy, centred.mm(axes), 1e-4, 1e-5));
  EXPECT_TRUE(at::allclose(axes.t().mm(axes), at::eye(2, at::kDouble), 1e-5, 1e-6));
  const auto [u, s, vh] = at::linalg_svd(centred, false);
  const at::Tensor leading = vh.narrow(0, 0, 2).t();
  EXPECT_TRUE(at::allclose(axes.mm(axes.t()), leading.mm(leading.t()), 1e-3, 1e-4));
  const double total = s.square().sum().item<double>();
  EXPECT_NEAR(layer.logit_plane.explained[0] + layer.logit_plane.explained[1],
              s.narrow(0, 0, 2).square().sum().item<double>() / total, 1e-4);
}

TEST(Looks, TheEmbeddingIsTokenPlusPosition) {
  const auto trainer = trained(small(), 2);
  const Snapshot snapshot = *trainer->probe(everything());
  std::map<std::string, at::Tensor> weights;
  for (const NamedTensor& tensor : trainer->weights()) weights[tensor.name] = torch::tensor(tensor.values).view(tensor.shape);
  const at::Tensor ids = probe_ids(*snapshot.tokens);
  const at::Tensor wanted = (weights["model.embed_tokens.weight"].index_select(0, ids.flatten()).view({ids.size(0), ids.size(1), -1}) +
                             weights["model.embed_positions.weight"].narrow(0, 0, ids.size(1)))
                                .flatten(0, 1);
  EXPECT_EQ(snapshot.embedding_width, 16);
  const at::Tensor seen = torch::tensor(snapshot.embedding).view({-1, 16});
  EXPECT_TRUE(at::equal(seen, wanted));
  const at::Tensor xy = torch::tensor(snapshot.embedding_plane.xy).view({-1, 2});
  ASSERT_EQ(xy.size(0), ids.numel());
  // What a plane through the cloud keeps of its variance is what the shares say.
  const at::Tensor centred = seen - seen.mean(0, true);
  EXPECT_NEAR(xy.square().sum().item<double>() / centred.square().sum().item<double>(),
              snapshot.embedding_plane.explained[0] + snapshot.embedding_plane.explained[1], 1e-3);
}

TEST(Looks, WithoutTwoLogitsThereIsNoPlaneOfThem) {
  Config config = small();
  config.aux_coef = config.z_coef = 0;
  for (const Gate gate : {Gate::hash, Gate::random, Gate::soft}) {
    config.gate = gate;
    EXPECT_TRUE(trained(config, 1)->probe(everything())->layers[0].logit_plane.empty());
  }
  config = small();
  config.experts = config.top_k = 1;
  EXPECT_TRUE(trained(config, 1)->probe(everything())->layers[0].logit_plane.empty());
}

// --- gradients

TEST(Looks, GateGradientsEqualANaiveReference) {
  Config config = small();
  config.aux_coef = 0.02;
  config.z_coef = 0.003;
  const auto trainer = trained(config, 6);
  const Snapshot snapshot = *trainer->probe(everything());
  const NaiveReference reference(config, trainer->weights());
  const at::Tensor ids = probe_ids(*snapshot.tokens);
  at::Tensor aux;
  const at::Tensor all = reference.token_losses(ids, at::roll(ids, -1, 1), aux).view_as(ids);
  const at::Tensor task = all.narrow(1, 0, ids.size(1) - 1).mean();
  const auto gradients = [&](const at::Tensor& loss) {
    std::vector<at::Tensor> rows;
    loss.backward({}, true);
    for (std::size_t l = 0; l < 2; ++l) {
      const at::Tensor& gate = reference.weight(of_layer(l, "gate.weight"));
      rows.push_back(gate.grad().clone().to(at::kDouble));
    }
    for (std::size_t l = 0; l < 2; ++l) reference.weight(of_layer(l, "gate.weight")).mutable_grad().reset();
    return rows;
  };
  const std::vector<at::Tensor> of_task = gradients(task), of_aux = gradients(aux);
  for (std::size_t l = 0; l < 2; ++l) {
    const GateGradients& seen = snapshot.layers[l].gradient;
    ASSERT_EQ(seen.task_norm.size(), 4u);
    const auto near = [](double value) {
      return testing::FloatNear(static_cast<float>(value), static_cast<float>(2e-3 * std::abs(value) + 1e-7));
    };
    for (std::int64_t e = 0; e < 4; ++e) {
      const at::Tensor t = of_task[l][e], a = of_aux[l][e];
      const auto i = static_cast<std::size_t>(e);
      EXPECT_THAT(seen.task_norm[i], near(t.norm().item<double>())) << l << " " << e;
      EXPECT_THAT(seen.aux_norm[i], near(a.norm().item<double>())) << l << " " << e;
      EXPECT_NEAR(seen.cosine[i], (t * a).sum().item<double>() / t.norm().item<double>() / a.norm().item<double>(),
                  5e-3);
      EXPECT_FLOAT_EQ(seen.aux_share(i), seen.aux_norm[i] / (seen.aux_norm[i] + seen.task_norm[i]));
    }
    EXPECT_THAT(seen.task_norm_all, near(of_task[l].norm().item<double>()));
    EXPECT_THAT(seen.aux_norm_all, near(of_aux[l].norm().item<double>()));
  }
}

TEST(Looks, WithOneRenormalisedExpertTheTaskPullsAtNoGate) {
  Config config = small();
  config.top_k = 1;
  config.aux_coef = 0.02;
  const GateGradients seen = trained(config, 2)->probe(everything())->layers[0].gradient;
  EXPECT_THAT(seen.task_norm, Each(0.0F));
  EXPECT_GT(seen.aux_norm_all, 0);
  EXPECT_EQ(seen.aux_share_all(), 1);
  EXPECT_TRUE(std::isnan(seen.cosine_all));
}

TEST(Looks, WithoutLogitsThereIsNoGradient) {
  Config config = small();
  for (const Gate gate : {Gate::hash, Gate::random, Gate::soft}) {
    config.gate = gate;
    config.aux_coef = config.z_coef = 0;
    const Snapshot snapshot = *trained(config, 1)->probe(everything());
    EXPECT_TRUE(snapshot.layers[0].gradient.empty());
    EXPECT_EQ(snapshot.layers[0].choices, gate != Gate::soft);
    EXPECT_TRUE(snapshot.layers[0].logits.empty());
    EXPECT_FALSE(snapshot.layers[0].card.empty());
  }
}

TEST(Looks, OfPointsHoldTheSame) {
  Config config = small();
  config.task = TaskKind::clusters;
  const auto trainer = trained(config, 2);
  const Snapshot snapshot = *trainer->probe(everything());
  EXPECT_GT(snapshot.layers[0].gradient.task_norm_all, 0);
  EXPECT_EQ(snapshot.layers[0].card.experts, 4);
  EXPECT_EQ(snapshot.points->x, snapshot.points->xy) << "two dimensions";
}

// --- norms of every step

TEST(Looks, GradientNormsOfAStepAreThoseOfTheReference) {
  const Config config = small();
  auto trainer = make(config);
  const NaiveReference reference(config, trainer->weights());
  BatchSampler sampler(load_corpus(config.corpus, config.context).value(), config.context,
                       static_cast<std::uint64_t>(config.seed));
  Batch batch = sampler.at(0, config.batch_size);
  const auto tensor = [&](const std::vector<std::int64_t>& v) {
    return torch::tensor(v, at::kLong).view({batch.batch, batch.context});
  };
  at::Tensor total;
  reference.loss(tensor(batch.inputs), tensor(batch.targets), total);
  total.backward();
  const StepRecord record = step(*trainer);
  for (std::size_t l = 0; l < 2; ++l) {
    EXPECT_NEAR(record.layers[l].router_grad_norm,
                reference.weight(of_layer(l, "gate.weight")).grad().norm().item<double>(), 1e-5);
    double square = 0;
    for (int e = 0; e < 4; ++e)
      for (const char* part : {"w1", "w2", "w3"})
        for (const char* kind : {".weight", ".bias"}) {
          const at::Tensor grad =
              reference.weight(of_layer(l, "experts." + std::to_string(e) + "." + part + kind)).grad();
          if (grad.defined()) square += grad.square().sum().item<double>();
        }
    EXPECT_NEAR(record.layers[l].expert_grad_norm, std::sqrt(square), 1e-4);
    EXPECT_LT(record.layers[l].expert_grad_norm, record.grad_norm);
  }
}

TEST(Looks, GradientNormsOfLayersThatShareARouterAreTheSame) {
  Config config = small();
  config.shared_router = true;
  const StepRecord record = step(*make(config));
  EXPECT_GT(record.layers[0].router_grad_norm, 0);
  EXPECT_EQ(record.layers[0].router_grad_norm, record.layers[1].router_grad_norm);
  EXPECT_NE(record.layers[0].expert_grad_norm, record.layers[1].expert_grad_norm);
}

TEST(Looks, GradientNormsOfRoutersThatDoNotLearn) {
  Config config = small();
  config.aux_coef = config.z_coef = 0;
  config.gate = Gate::hash;
  EXPECT_TRUE(std::isnan(step(*make(config)).layers[0].router_grad_norm));
  config.gate = Gate::softmax_renormalised;
  config.top_k = 1;
  EXPECT_EQ(step(*make(config)).layers[0].router_grad_norm, 0);
  config.gate = Gate::soft;
  EXPECT_GT(step(*make(config)).layers[0].router_grad_norm, 0) << "the slots";
}

// --- weights of experts

TEST(Looks, ExpertCardsFromTheWeightsOneByOne) {
  const auto trainer = trained(small(), 3);
  const ExpertCards card = trainer->probe(everything())->layers[1].card;
  ASSERT_EQ(card.experts, 4);
  std::vector<std::vector<double>> flat(4);
  for (const NamedTensor& tensor : trainer->weights())
    for (std::size_t e = 0; e < 4; ++e)
      if (tensor.name.starts_with(of_layer(1, "experts." + std::to_string(e) + ".")))
        flat[e].insert(flat[e].end(), tensor.values.begin(), tensor.values.end());
  EXPECT_EQ(card.parameters, static_cast<std::int64_t>(flat[0].size()));
  const auto dot = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (std::size_t i = 0; i < flat[a].size(); ++i) sum += flat[a][i] * flat[b][i];
    return sum;
  };
  for (std::size_t a = 0; a < 4; ++a) {
    EXPECT_NEAR(card.norm[a], std::sqrt(dot(a, a)), 1e-4);
    for (std::size_t b = 0; b < 4; ++b)
      EXPECT_NEAR(card.similarity[4 * a + b], dot(a, b) / std::sqrt(dot(a, a) * dot(b, b)), 1e-4);
  }
}

TEST(Looks, AClonedExpertIsLikeItsParent) {
  auto trainer = trained(small(), 3);
  Config config = trainer->config();
  config.experts = 5;
  ASSERT_TRUE(trainer->apply(config, 1));
  const ExpertCards card = trainer->probe(everything())->layers[0].card;
  ASSERT_EQ(card.experts, 5);
  float nearest = 0;
  for (std::size_t e = 0; e < 4; ++e) nearest = std::max(nearest, card.similarity[5 * 4 + e]);
  EXPECT_GT(nearest, 0.99F);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
