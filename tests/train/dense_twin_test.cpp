// A mixture of one expert is a dense model: with its weights it learns what that learns. What a comparison with a
// dense twin leans on.
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

constexpr std::string_view kDense = ".mlp.", kExpert = ".block_sparse_moe.experts.0.";

// What the mixture calls a tensor of the dense model.
std::string name_in_mixture(std::string name) {
  if (const std::size_t at = name.find(kDense); at != name.npos) name.replace(at, kDense.size(), kExpert);
  return name;
}

Config without_regulation(Ffn ffn) {
  Config config = small();
  config.ffn = ffn;
  config.experts = config.top_k = 1;
  config.aux_coef = config.z_coef = 0;
  config.weight_decay = config.grad_clip = 0;
  config.schedule_steps = 200;
  return config;
}

TEST(DenseTwin, OneExpertWithADenseModelsWeightsLearnsWhatThatLearns) {
  for (const Gate gate : {Gate::softmax_renormalised, Gate::softmax}) {
    const auto dense = make(without_regulation(Ffn::dense));
    Config config = without_regulation(Ffn::moe);
    config.gate = gate;
    const auto mixture = make(config);
    std::map<std::string, std::vector<float>> values;
    for (NamedTensor& tensor : dense->weights()) values[name_in_mixture(tensor.name)] = tensor.values;
    std::vector<NamedTensor> weights = mixture->weights();
    std::size_t copied = 0;
    for (NamedTensor& tensor : weights)
      if (const auto found = values.find(tensor.name); found != values.end())
        tensor.values = found->second, ++copied;
    ASSERT_EQ(copied, values.size()) << "every tensor of the dense model has its place";
    ASSERT_TRUE(mixture->load_weights(weights));
    const std::vector<double> a = losses(*dense, 100), b = losses(*mixture, 100);
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], i < 10 ? 1e-6 : 1e-3) << "step " << i + 1;
    EXPECT_LT(a.back(), a.front()) << "and it learns";
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
