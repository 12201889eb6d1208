// ablate, steer, zoo, routes, prune and route-diff on a run of the real program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/program.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

class CausesProgram : public testing::Test {
 protected:
  Outcome train(const std::string& name, std::vector<std::string> more = {}) {
    auto arguments = tiny_model();
    arguments.insert(arguments.end(), {"--headless", "--steps", "8", "--out", folder_ / name});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_program(arguments);
  }
  Json said(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--json"});
    const Outcome outcome = run_program(arguments);
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    return strict_json(outcome.out);
  }
  ScratchFolder folder_;
};

TEST_F(CausesProgram, EachSaysWhatItFound) {
  ASSERT_EQ(train("run").code, 0);
  const std::string run = folder_ / "run";
  const Json ablated = said({"ablate", run, "--tokens", "320", "--draws", "2", "--mode", "all"});
  EXPECT_EQ(ablated["draws"], Json(2));
  EXPECT_GT(ablated["ablations"].size(), 10u);
  EXPECT_GT(ablated["groups"].size(), 5u);

  const Json same = said({"route-diff", run, run, "--tokens", "320"});
  ASSERT_EQ(same["layers"].size(), 2u);
  for (const Json& layer : *same["layers"].array_items()) EXPECT_EQ(layer["changed"].number(), 0.0);
  EXPECT_EQ(same["losses"][0], same["losses"][1]);

  EXPECT_EQ(said({"steer", run, "--expert", "1", "--alphas", "0,5", "--tokens", "320"})["points"].size(), 2u);
  EXPECT_EQ(said({"zoo", run, "--no-regret"})["layers"][0]["gates"].size(), 8u);
  EXPECT_EQ(said({"routes", run, "--no-best"})["routes"].size(), 5u);
  const Json pruned =
      said({"prune", run, "--keep", "3", "--method", "reap,merge", "--steps", "2", "--tokens", "320"});
  ASSERT_EQ(pruned["points"].size(), 2u);
  EXPECT_EQ(pruned["points"][1]["layers"][0]["experts"].size(), 3u);
  EXPECT_EQ(pruned["points"][0]["learned"]["losses"].size(), 2u);
}

TEST_F(CausesProgram, RefusalsNameWhatIsWrong) {
  ASSERT_EQ(train("soft", {"--set", "gate=soft", "--set", "aux_coef=0", "--set", "z_coef=0"}).code, 0);
  Outcome outcome = run_program({"ablate", folder_ / "soft"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("gate = soft"));
  outcome = run_program({"ablate", folder_ / "nothing"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(outcome.out.empty());
}

TEST_F(CausesProgram, EndsCleanlyWhenInterrupted) {
  ASSERT_EQ(train("run").code, 0);
  RunOptions options;
  options.terminal = true;
  options.interrupt_at = "trial";
  const Outcome outcome = run_program({"ablate", folder_ / "run", "--draws", "1000"}, options);
  EXPECT_EQ(outcome.code, 130) << outcome.err;
  EXPECT_THAT(outcome.err, HasSubstr("interrupted"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
