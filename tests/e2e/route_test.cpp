// `switchyard route` on a run of the real program: every number agrees with every other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/e2e/program.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

std::vector<double> numbers_in(const Json& row) {
  std::vector<double> numbers;
  for (const Json& number : *row.array_items()) numbers.push_back(*number.number());
  return numbers;
}

class RouteProgram : public testing::Test {
 protected:
  void SetUp() override {
    auto arguments = tiny_model();
    arguments.insert(arguments.end(), {"--headless", "--steps", "8", "--out", folder_ / "run"});
    const Outcome outcome = run_program(arguments);
    ASSERT_EQ(outcome.code, 0) << outcome.err;
  }
  Outcome route(std::vector<std::string> more) {
    more.insert(more.begin(), {"route", "--run", folder_ / "run"});
    return run_program(more);
  }
  ScratchFolder folder_;
};

TEST_F(RouteProgram, NumbersAgree) {
  const std::string text = "Once upon a time\n3 + 4";
  const Outcome outcome = route({"--text", text, "--json", "--full"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json report = strict_json(outcome.out);
  std::string joined;
  for (const Json& token : *report["tokens"].array_items()) joined += *token.text();
  EXPECT_EQ(joined, text);
  const std::size_t positions = text.size();
  ASSERT_EQ(report["logits"].size(), positions);
  for (const Json& row : *report["logits"].array_items()) EXPECT_EQ(row.size(), report["vocabulary"].size());

  ASSERT_EQ(report["layers"].size(), 2u);
  for (const Json& layer : *report["layers"].array_items()) {
    for (const char* key : {"experts", "weights", "kept", "router_logits", "router_inputs"})
      ASSERT_EQ(layer[key].size(), positions) << key;
    for (std::size_t t = 0; t < positions; ++t) {
      const auto experts = numbers_in(layer["experts"][t]);
      const auto weights = numbers_in(layer["weights"][t]);
      const auto logits = numbers_in(layer["router_logits"][t]);
      ASSERT_EQ(experts.size(), 2u);
      ASSERT_EQ(logits.size(), 4u);
      EXPECT_EQ(layer["router_inputs"][t].size(), 16u);
      EXPECT_NE(experts[0], experts[1]);
      // Softmax over the two chosen logits, which are the two largest.
      const double a = logits[static_cast<std::size_t>(experts[0])],
                   b = logits[static_cast<std::size_t>(experts[1])];
      EXPECT_GE(a, b);
      EXPECT_EQ(a, *std::max_element(logits.begin(), logits.end()));
      EXPECT_EQ(std::count_if(logits.begin(), logits.end(), [&](double z) { return z > b; }), a > b ? 1 : 0);
      EXPECT_NEAR(weights[0], 1 / (1 + std::exp(b - a)), 1e-5);
      EXPECT_NEAR(weights[0] + weights[1], 1, 1e-5);
      EXPECT_EQ(layer["kept"][t], Json(std::vector<Json>{true, true}));
    }
  }
}

TEST_F(RouteProgram, LeavesOutInputsUnlessAskedAndHasATable) {
  const Outcome plain = route({"--text", "Once", "--json"});
  ASSERT_EQ(plain.code, 0) << plain.err;
  const Json report = strict_json(plain.out);
  EXPECT_FALSE(report["layers"][0].contains("router_inputs"));
  const Outcome table = route({"--text", "Once"});
  ASSERT_EQ(table.code, 0) << table.err;
  EXPECT_THAT(table.out, HasSubstr("layer 1"));
  EXPECT_THAT(table.out, HasSubstr("computed in fp32"));
}

TEST_F(RouteProgram, SaysWhatItComputesIn) {
  const auto logits_in = [&](const std::string& precision) {
    const Outcome outcome = route({"--text", "Once", "--json", "--precision", precision});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    const Json report = strict_json(outcome.out);
    EXPECT_EQ(report["precision"], precision);
    return report["logits"];
  };
  const Json exact = logits_in("fp32"), rounded = logits_in("bf16");
  EXPECT_EQ(strict_json(route({"--text", "Once", "--json"}).out)["logits"], exact) << "fp32 unless told otherwise";
  double most = 0;
  for (std::size_t i = 0; i < exact[0].size(); ++i)
    most = std::max(most, std::abs(*exact[0][i].number() - *rounded[0][i].number()));
  EXPECT_GT(most, 0);
  EXPECT_LT(most, 0.1);
}

// load.py lies beside the weights; load-script prints the same for weights that were taken elsewhere.
TEST_F(RouteProgram, TheWeightsComeWithTheProgramThatReadsThem) {
  const std::filesystem::path run = folder_ / "run", elsewhere = folder_ / "a copy.safetensors";
  const std::string script = read_text(run / "load.py");
  EXPECT_THAT(script, HasSubstr("class Router"));
  std::filesystem::copy_file(run / "model.safetensors", elsewhere);
  for (const std::filesystem::path& named : {run, elsewhere}) {
    const Outcome outcome = run_program({"load-script", named.native()});
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_EQ(outcome.out, script);
  }
  const Outcome gone = run_program({"load-script", folder_ / "gone"});
  EXPECT_EQ(gone.code, 2);
  EXPECT_THAT(gone.err, HasSubstr("gone"));
}

TEST_F(RouteProgram, RefusesWhatItCannotRoute) {
  EXPECT_EQ(route({"--text", std::string(33, 'a')}).code, 2);  // longer than the context of 32
  EXPECT_EQ(route({"--text", "\xFF"}).code, 2);
  EXPECT_EQ(route({"--text", ""}).code, 2);
  const Outcome gone = run_program({"route", "--run", folder_ / "gone", "--text", "a"});
  EXPECT_EQ(gone.code, 2);
  EXPECT_THAT(gone.err, HasSubstr("gone"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
