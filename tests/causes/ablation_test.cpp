// Ablation of models whose every effect is known in closed form.
#include "core/causes/ablation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "core/base/random.h"
#include "tests/causes/fake_model.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::FakeModel;
using testing::HasSubstr;

double any(std::uint64_t seed, std::size_t token, std::int32_t expert) {
  RandomStream random(seed + token * 64 + static_cast<std::uint64_t>(expert), "any");
  return random.uniform();
}

// Expert 0 is liked by domain 0, where it is worth ten times what any other is; expert 3 is never chosen.
FakeModel specialised() {
  FakeModel model;
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    if (expert == 3) return -9.0;
    if (expert == 0) return shape.domain_of(token) == 0 ? 2.0 : any(1, token, expert);
    return any(1, token, expert);
  };
  model.worth = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    return expert == 0 && shape.domain_of(token) == 0 ? 1.0 : 0.1;
  };
  return model;
}

AblationReport ablated(const FakeModel& model, const AblationRequest& request = {}) {
  Trials trials(model);
  auto report = ablate(request, trials);
  EXPECT_TRUE(report) << report.error().message;
  return report ? std::move(*report) : AblationReport{};
}

const GroupEffect& effect_on(const AblationReport& report, const Ablated& row, GroupKind kind,
                             const std::string& name = {}) {
  for (std::size_t g = 0; g < report.groups.groups.size(); ++g)
    if (report.groups.groups[g].kind == kind && report.groups.groups[g].name == name) return row.effects[g];
  ADD_FAILURE() << name;
  return row.effects.front();
}

TEST(Ablation, IsWhatTheExpertIsWorthToEachGroup) {
  const AblationReport report = ablated(specialised());
  ASSERT_EQ(report.rows.size(), 5u) << "four experts and the layer";
  const Ablated& first = report.rows[0];
  const GroupEffect& own = effect_on(report, first, GroupKind::domain, "domain 0");
  EXPECT_NEAR(own.effect.all, 1.0, 1e-6);
  EXPECT_NEAR(own.effect.half[0], 1.0, 1e-6);
  EXPECT_TRUE(own.labelled);
  EXPECT_LT(own.control.all, 0.2);
  const GroupEffect& other = effect_on(report, first, GroupKind::domain, "domain 1");
  EXPECT_LT(other.effect.all, 0.1);
  EXPECT_FALSE(other.labelled);
  EXPECT_EQ(first.drawn, first.contributions);
  EXPECT_FALSE(effect_on(report, report.rows[1], GroupKind::domain, "domain 1").labelled);
}

TEST(Ablation, OfADeadExpertIsExactlyNothing) {
  const AblationReport report = ablated(specialised());
  EXPECT_EQ(report.rows[3].contributions, 0);
  for (const GroupEffect& effect : report.rows[3].effects) {
    EXPECT_EQ(effect.effect.all, 0.0);
    EXPECT_FALSE(effect.labelled);
  }
}

TEST(Ablation, OfALayerIsAllThatItAdds) {
  const AblationReport report = ablated(specialised());
  const Ablated& layer = report.rows.back();
  EXPECT_TRUE(layer.experts.empty());
  EXPECT_EQ(layer.contributions, 2 * 640);
  EXPECT_NEAR(effect_on(report, layer, GroupKind::domain, "domain 0").effect.all, 1.1, 1e-6);
  EXPECT_NEAR(effect_on(report, layer, GroupKind::domain, "domain 1").effect.all, 0.2, 1e-6);
  for (const GroupEffect& effect : layer.effects) EXPECT_FALSE(effect.labelled);
}

TEST(Ablation, RoutesAroundAndStandsInAsItSays) {
  AblationRequest request;
  request.modes = {AblationMode::silence, AblationMode::around, AblationMode::stand_in};
  request.whole_layers = false;
  request.experts = {0};
  request.stand_in = 3;
  const AblationReport report = ablated(specialised(), request);
  ASSERT_EQ(report.rows.size(), 3u);
  for (const std::size_t mode : {1, 2}) {
    const GroupEffect& own = effect_on(report, report.rows[mode], GroupKind::domain, "domain 0");
    EXPECT_NEAR(own.effect.all, 0.9, 1e-6) << "the other is worth 0.1";
    EXPECT_TRUE(own.labelled);
    // The control does the same to others, whom another replaces without loss but where expert 0 is it.
    EXPECT_LE(own.control.all, 1e-6);
  }
  EXPECT_EQ(report.rows[2].stand_in, 3);
}

TEST(Ablation, OfAPairIsTheSumWhereTheyDoNotInteract) {
  AblationRequest request;
  request.whole_layers = false;
  request.experts = {0, 1};
  const AblationReport pair = ablated(specialised(), request), single = ablated(specialised());
  EXPECT_NEAR(pair.rows[0].effects[0].effect.all,
              single.rows[0].effects[0].effect.all + single.rows[1].effects[0].effect.all, 1e-6);
  EXPECT_EQ(pair.rows[0].contributions, single.rows[0].contributions + single.rows[1].contributions);
}

// Experts that differ, some worth half more than others, but whose tokens are drawn: nothing to label, whatever
// number of groups is asked about. In 20 reports one may err.
// Expert 2 is the better for 'A', as chance made it, but nobody sends it more of them than others.
TEST(Ablation, LabelsNothingWhereRoutesAreRandom) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    FakeModel model;
    model.experts = 8;
    model.domains = 4;
    model.sequences = 20;
    model.characters = 8;
    std::vector<double> likes, worth;
    for (std::size_t token = 0; token < model.tokens(); ++token)
      for (std::int32_t expert = 0; expert < 8; ++expert) {
        likes.push_back(any(seed * 1'000'003, token, expert));
        const bool is_good = expert == 2 && token % 8 == 0;
        worth.push_back((is_good ? 10 : 1 + 0.25 * (expert % 3)) * any(seed * 7'000'003, token, expert));
      }
    model.likes = [&](std::size_t, std::size_t token, std::int32_t expert) {
      return likes[token * 8 + static_cast<std::size_t>(expert)];
    };
    model.worth = [&](std::size_t, std::size_t token, std::int32_t expert) {
      return worth[token * 8 + static_cast<std::size_t>(expert)];
    };
    const AblationReport report = ablated(model);
    const GroupEffect& better = effect_on(report, report.rows[2], GroupKind::character, "A");
    EXPECT_GE(std::min(better.own[0], better.own[1]), kLeastOwn);
    for (const std::size_t half : {0u, 1u}) {
      EXPECT_GT(better.effect.half[half], better.highest.half[half]) << "no draw comes near it";
      EXPECT_GT(better.effect.half[half], kLeastRatio * better.control.half[half]);
    }
    for (const Ablated& row : report.rows)
      for (const GroupEffect& effect : row.effects) EXPECT_FALSE(effect.labelled) << "seed " << seed;
  }
}

// Of a pair a token can choose both.
TEST(Ablation, LabelsAPairByItsShareOfTheChoices) {
  AblationRequest request;
  request.experts = {0, 1};
  FakeModel model = specialised();
  model.experts = 8;
  model.domains = 4;
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    FakeModel shape;
    shape.domains = 4;
    return (expert < 2 && shape.domain_of(token) == 0 ? 2.0 : 0.0) + any(1, token, expert);
  };
  model.worth = [](std::size_t, std::size_t token, std::int32_t expert) {
    FakeModel shape;
    shape.domains = 4;
    return expert < 2 && shape.domain_of(token) == 0 ? 1.0 : 0.1;
  };
  const AblationReport report = ablated(model, request);
  EXPECT_TRUE(effect_on(report, report.rows[0], GroupKind::domain, "domain 0").labelled);
  EXPECT_FALSE(effect_on(report, report.rows[0], GroupKind::domain, "domain 1").labelled);
  EXPECT_FALSE(effect_on(report, report.rows[0], GroupKind::all).labelled) << "nobody serves everybody";
}

TEST(Ablation, LabelsNothingByFewDraws) {
  AblationRequest request;
  request.draws = kLeastDraws - 1;
  const AblationReport report = ablated(specialised(), request);
  EXPECT_EQ(report.compared, 0);
  for (const Ablated& row : report.rows)
    for (const GroupEffect& effect : row.effects) EXPECT_FALSE(effect.labelled);
}

// Eight tokens, four in each half, that nobody else could serve.
TEST(Ablation, LabelsNothingByAHandfulOfItsOwnChoices) {
  FakeModel model = specialised();
  const auto own = [](std::size_t token) { return token % 80 == 7; };
  model.likes = [own](std::size_t, std::size_t token, std::int32_t expert) {
    return expert == 0 ? (own(token) ? 2.0 : -9.0) : any(1, token, expert);
  };
  model.worth = [own](std::size_t, std::size_t token, std::int32_t expert) {
    return expert == 0 && own(token) ? 1000.0 : 0.1;
  };
  const AblationReport report = ablated(model);
  ASSERT_EQ(report.rows[0].contributions, 8);
  EXPECT_EQ(report.rows[0].effects[0].own, (std::array<std::int64_t, 2>{4, 4}));
  EXPECT_GT(report.rows[0].effects[0].effect.half[0], 10);
  for (const GroupEffect& effect : report.rows[0].effects) EXPECT_FALSE(effect.labelled);
}

// Of three experts a token can do without one: a control bans no two of a token, and as many as it says.
TEST(Ablation, AControlOfAroundBansWhatItSays) {
  FakeModel model = specialised();
  model.experts = 3;
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    return expert == 0 ? (shape.domain_of(token) == 0 ? 2.0 : -9.0) : any(1, token, expert);
  };
  int controls = 0;
  const auto banned_in = [&](const Intervention& asked) {
    if (asked.layers.empty() || asked.layers[0].banned_of_token.empty()) return;
    const std::vector<std::uint8_t>& banned = asked.layers[0].banned_of_token;
    EXPECT_EQ(std::count(banned.begin(), banned.end(), 1), 320);
    for (std::size_t t = 0; t < 640; ++t) EXPECT_LE(banned[3 * t] + banned[3 * t + 1] + banned[3 * t + 2], 1);
    ++controls;
  };
  Trials trials([&](const Intervention& asked) {
    banned_in(asked);
    return model(asked);
  });
  AblationRequest request;
  request.experts = {0};
  request.modes = {AblationMode::around};
  const auto report = ablate(request, trials);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->rows[0].contributions, 320);
  EXPECT_EQ(report->rows[0].drawn, 320);
  EXPECT_EQ(controls, request.draws);
}

TEST(Ablation, SaysFirstWhereTooFewWouldBeLeftToGoAroundTo) {
  int tried = 0;
  const auto why = [&](const FakeModel& model, const AblationRequest& request) {
    tried = 0;
    Trials trials([&](const Intervention& asked) {
      ++tried;
      return model(asked);
    });
    const auto report = ablate(request, trials);
    if (!report) return report.error().message;
    for (const Ablated& row : report->rows)
      if (row.mode == AblationMode::around) return std::string("around");
    return std::string();
  };
  FakeModel two = specialised();
  two.experts = 2;
  AblationRequest request;
  request.modes = {AblationMode::around};
  EXPECT_THAT(why(two, request), HasSubstr("1 experts would be left to go around to, allowed is at least 2"));
  EXPECT_EQ(tried, 1) << "before any trial but the plain one";
  request.modes = {AblationMode::silence, AblationMode::around};
  EXPECT_EQ(why(two, request), "") << "those that cannot be are left out";
  request.modes = {AblationMode::around};
  request.experts = {0};
  EXPECT_EQ(why(specialised(), request), "around");
  request.muted = {{0, 1, 1, 0}};
  EXPECT_THAT(why(specialised(), request), HasSubstr("1 experts would be left"));
  request.tokens_choose = false;
  request.draws = 0;
  request.muted = {{0, 1, 1, 1}};
  EXPECT_THAT(why(specialised(), request),
              HasSubstr("0 experts would be left to go around to, allowed is at least 1"));
}

// What one half alone shows is no finding.
TEST(Ablation, LabelsNothingThatOneHalfDoesNotShow) {
  FakeModel model = specialised();
  model.worth = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    const bool first_half = token / 80 % 2 == 0;
    return expert == 0 && shape.domain_of(token) == 0 && first_half ? 1.0 : 0.1;
  };
  const AblationReport report = ablated(model);
  const GroupEffect& own = effect_on(report, report.rows[0], GroupKind::domain, "domain 0");
  EXPECT_NEAR(own.effect.half[0], 1.0, 1e-6);
  EXPECT_NEAR(own.effect.half[1], 0.1, 1e-6);
  EXPECT_FALSE(own.labelled);
}

TEST(Ablation, EndsBetweenTwoTrialsAndCountsThem) {
  std::int64_t last = 0, planned = 0;
  Trials counted(specialised(), [&](std::int64_t done, std::int64_t of) {
    last = done, planned = of;
    return true;
  });
  AblationRequest request;
  ASSERT_TRUE(ablate(request, counted));
  EXPECT_EQ(planned, 1 + 3 * 21 + 1 + 1) << "the plain one, three experts with controls, a dead one, the layer";
  EXPECT_EQ(last, planned);
  Trials ended(specialised(), [](std::int64_t done, std::int64_t) { return done < 10; });
  const auto report = ablate(request, ended);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().kind, ErrorKind::interrupted);
}

TEST(Ablation, RefusesWhatIsNotThere) {
  const auto why = [](const AblationRequest& request) {
    Trials trials(specialised());
    const auto report = ablate(request, trials);
    return report ? std::string() : report.error().message;
  };
  AblationRequest request;
  request.layers = {1};
  EXPECT_THAT(why(request), HasSubstr("layer 1: the model has MoE layers 0 to 0"));
  request.layers = {};
  request.experts = {4};
  EXPECT_THAT(why(request), HasSubstr("experts 0 to 3"));
  request.experts = {1};
  request.modes = {AblationMode::stand_in};
  request.stand_in = 1;
  EXPECT_THAT(why(request), HasSubstr("stand-in 1"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
