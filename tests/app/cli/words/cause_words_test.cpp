// The words of ablate and its like.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/words/cli.h"
#include "tests/app/cli/words/parse.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(CauseWords, SayWhatOfWhichRunIsTried) {
  auto options = parse({"ablate", "runs/first@400"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->mode, Mode::cause);
  EXPECT_EQ(options->cause.what, Cause::ablate);
  EXPECT_EQ(options->cause.run, "runs/first@400");
  EXPECT_EQ(options->cause.tokens, kTrialTokens);
  EXPECT_EQ(options->cause.ablation.draws, 20);
  EXPECT_TRUE(options->cause.ablation.whole_layers);
  EXPECT_THAT(options->cause.ablation.modes, ElementsAre(AblationMode::silence));

  options = parse({"ablate", "r", "--layer", "0,2", "--experts", "3,1", "--mode", "around,stand-in", "--draws",
                   "0", "--tokens", "900", "--json"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_THAT(options->cause.ablation.layers, ElementsAre(0, 2));
  EXPECT_THAT(options->cause.ablation.experts, ElementsAre(3, 1));
  EXPECT_FALSE(options->cause.ablation.whole_layers);
  EXPECT_THAT(options->cause.ablation.modes, ElementsAre(AblationMode::around, AblationMode::stand_in));
  EXPECT_EQ(options->cause.ablation.draws, 0);
  EXPECT_EQ(options->cause.tokens, 900);
  EXPECT_TRUE(options->json);
  EXPECT_THAT(parse({"ablate", "r", "--stand-in", "2"})->cause.ablation.modes,
              ElementsAre(AblationMode::stand_in));
  EXPECT_EQ(parse({"ablate", "r", "--mode", "all"})->cause.ablation.modes.size(), 3u);

  options = parse({"route-diff", "a", "b@best", "--other-precision", "bf16"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->cause.what, Cause::route_diff);
  EXPECT_EQ(options->cause.other, "b@best");
  EXPECT_FALSE(options->cause.precision);
  EXPECT_EQ(options->cause.other_precision, Precision::bf16);

  options = parse({"steer", "a", "--label", "code", "--alphas", "-1,0,2.5"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->cause.steering.label, "code");
  EXPECT_THAT(options->cause.steering.alphas, ElementsAre(-1, 0, 2.5));
  options = parse({"steer", "a", "--layer", "1", "--expert", "7"});
  EXPECT_EQ(options->cause.steering.layer, 1);
  EXPECT_EQ(options->cause.steering.expert, 7);

  EXPECT_EQ(parse({"zoo", "a"})->cause.what, Cause::zoo);
  EXPECT_FALSE(parse({"zoo", "a", "--no-regret"})->cause.regret);
  EXPECT_EQ(parse({"routes", "a"})->cause.what, Cause::routes);
  options = parse({"prune", "a", "--keep", "6,4", "--method", "reap,random", "--steps", "50"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_THAT(options->cause.prune.kept, ElementsAre(6, 4));
  EXPECT_THAT(options->cause.prune.methods, ElementsAre(PruneMethod::reap, PruneMethod::random));
  EXPECT_EQ(options->cause.learn_on, 50);
}

TEST(CauseWords, NameWhatIsWrongAndWhatIsAllowed) {
  EXPECT_THAT(refusal({"ablate"}), HasSubstr("run"));
  EXPECT_THAT(refusal({"ablate", ""}), HasSubstr("ablate ''"));
  EXPECT_THAT(refusal({"ablate", "r", "--layer", "x"}),
              AllOf(HasSubstr("--layer x"), HasSubstr("a whole number, 0 to")));
  EXPECT_THAT(refusal({"ablate", "r", "--experts", "1,,2"}), HasSubstr("--experts ''"));
  EXPECT_THAT(refusal({"ablate", "r", "--mode", "loud"}),
              AllOf(HasSubstr("--mode loud"), HasSubstr("silence, around, stand-in")));
  EXPECT_THAT(refusal({"ablate", "r", "--draws", "-1"}), HasSubstr("0 to 1000"));
  EXPECT_THAT(refusal({"ablate", "r", "--tokens", "0"}), HasSubstr("1 to 1000000"));
  EXPECT_THAT(refusal({"route-diff", "a"}), HasSubstr("other"));
  EXPECT_THAT(refusal({"route-diff", "a", "b", "--precision", "fp8"}), HasSubstr("--precision"));
  EXPECT_THAT(refusal({"steer", "a"}), HasSubstr("--expert N or --label NAME"));
  EXPECT_THAT(refusal({"steer", "a", "--expert", "1", "--label", "code"}), HasSubstr("one of them"));
  EXPECT_THAT(refusal({"steer", "a", "--expert", "1", "--alphas", "1,inf"}), HasSubstr("--alphas inf"));
  EXPECT_THAT(refusal({"prune", "a", "--method", "magic"}), HasSubstr("frequency, reap, merge, random"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
