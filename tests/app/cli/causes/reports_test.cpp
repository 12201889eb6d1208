// What ablate and its like print.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/causes/ablation_report.h"
#include "app/cli/causes/cause_parts.h"
#include "app/cli/causes/prune_report.h"
#include "app/cli/causes/route_diff_report.h"
#include "app/cli/causes/router_reports.h"
#include "app/cli/causes/trial_progress.h"
#include "tests/causes/fake_model.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

test::FakeModel camps() {
  test::FakeModel model;
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    const test::FakeModel shape;
    return (shape.domain_of(token) == expert / 2 ? 3.0 : 0.0) - 0.1 * expert;
  };
  model.worth = [](std::size_t, std::size_t token, std::int32_t expert) {
    const test::FakeModel shape;
    return shape.domain_of(token) == expert / 2 ? 1.0 : 0.0;
  };
  return model;
}

Json read_json_text(const std::string& text) {
  auto json = parse_json(text, "text");
  EXPECT_TRUE(json) << json.error().message;
  return json ? *json : Json();
}

TEST(CauseReports, AlignColumnsWhateverStandsInThem) {
  EXPECT_EQ(aligned({{"a", "long head"}, {"äöü", "1"}}, 1), "a    long head\näöü          1\n");
  EXPECT_THAT(aligned({{"a\nb", "1"}}, 1), Not(HasSubstr("a\nb")));
}

TEST(CauseReports, AblationSaysEffectControlAndLabels) {
  Trials trials(camps());
  AblationRequest request;
  request.draws = 5;
  const auto report = ablate(request, trials);
  ASSERT_TRUE(report);
  const std::string text = ablation_text(*report);
  EXPECT_THAT(text, AllOf(HasSubstr("layer  out    name"), HasSubstr("E00"), HasSubstr("domain 0"),
                          HasSubstr("silence"), HasSubstr("labels: not tested, which takes at least 20 draws")));
  const Json json = read_json_text(ablation_json(*report));
  EXPECT_EQ(json["tokens"], Json(632));
  ASSERT_EQ(json["ablations"].size(), 5u);
  EXPECT_EQ(json["ablations"][0]["experts"], Json(std::vector<int>{0}));
  EXPECT_TRUE(json["ablations"][4]["experts"].is_null());
  EXPECT_EQ(json["ablations"][0]["effects"].size(), json["groups"].size());
  EXPECT_EQ(json["ablations"][0]["effects"][0]["effect"]["halves"].size(), 2u);
  EXPECT_TRUE(json["ablations"][4]["effects"][0]["control"]["all"].is_null());
}

TEST(CauseReports, RouteDiffOfItselfIsNothing) {
  const Trial trial = *camps()({});
  const auto diff = route_diff(trial, trial);
  ASSERT_TRUE(diff);
  EXPECT_THAT(route_diff_text(*diff), HasSubstr("0.0 %"));
  const Json json = read_json_text(route_diff_json(*diff));
  EXPECT_EQ(json["layers"][0]["changed"].number(), 0.0);
  EXPECT_EQ(json["groups"].size(), 3u);
}

TEST(CauseReports, SteeringZooReferencesAndPruneAreWhole) {
  Trials trials(camps());
  SteeringRequest steering;
  steering.label = "domain 0";
  steering.alphas = {0, 1};
  const auto sweep = steering_sweep(steering, trials);
  ASSERT_TRUE(sweep);
  EXPECT_THAT(steering_text(*sweep), AllOf(HasSubstr("lift 2.00"), HasSubstr("mix domain 1"), HasSubstr("+1")));
  EXPECT_EQ(read_json_text(steering_json(*sweep))["points"].size(), 2u);

  ZooRequest zoo_request;
  zoo_request.has_ids = zoo_request.regret = false;
  const auto zoo = router_zoo(zoo_request, trials, {});
  ASSERT_TRUE(zoo);
  EXPECT_THAT(zoo_text(*zoo, 1.25, false),
              AllOf(HasSubstr("softmax-renormalised, as it is"), HasSubstr("goes by characters"),
                    HasSubstr("over: beyond capacity at capacity factor 1.25"),
                    HasSubstr("training drops nothing"), Not(HasSubstr("dropped"))));
  EXPECT_THAT(zoo_text(*zoo, 1.25, true),
              AllOf(HasSubstr("dropped: at capacity factor 1.25"),
                    testing::ContainsRegex("spread +dropped +entropy"), Not(HasSubstr("training drops nothing"))));
  EXPECT_EQ(read_json_text(zoo_json(*zoo))["layers"][0]["gates"].size(), 8u);

  ReferenceRequest references;
  references.best = false;
  const auto routes = reference_routes(references, trials, {});
  ASSERT_TRUE(routes);
  EXPECT_THAT(reference_text(*routes), AllOf(HasSubstr("learned"), HasSubstr("no best: not asked for"),
                                             HasSubstr("the best sets are not known")));
  EXPECT_EQ(read_json_text(reference_json(*routes))["routes"].size(), 5u);

  PruneBench bench;
  bench.loss = 2;
  bench.whole = {{0, 100}, {2, 1.9}, 3};
  bench.points.push_back({PruneMethod::reap, 4, {{0, 100}, {2.5, 2.01}, 2}, 100, {{1, {{{0, 1.0}}}}}, {}});
  bench.points.push_back({PruneMethod::merge, 3, {}, -1, {}, "no such model"});
  EXPECT_THAT(prune_text(bench),
              AllOf(HasSubstr("reap"), HasSubstr("+0.5000"), HasSubstr("after 100"), HasSubstr("no such model")));
  EXPECT_EQ(read_json_text(prune_json(bench))["points"][0]["layers"][0]["experts"].size(), 1u);
}

TEST(CauseReports, ProgressIsALine) {
  EXPECT_EQ(trial_line(3, 12, kMissing, 0), " 25%  trial 3/12");
  EXPECT_THAT(trial_line(6, 12, 70, 80), AllOf(HasSubstr("[#"), HasSubstr("1 m 10 s left")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
