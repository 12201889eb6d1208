// Best sets, the router zoo and reference routes of a model whose every route is known in closed form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "core/causes/reference_routes.h"
#include "core/causes/router_zoo.h"
#include "core/insight/route_sets.h"
#include "tests/causes/fake_model.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::FakeModel;

// The router likes 0 and 1 for everybody; domain 1 were better served by 2 and 3: 1 nat each.
FakeModel half_wrong() {
  FakeModel model;
  model.likes = [](std::size_t, std::size_t, std::int32_t expert) { return -static_cast<double>(expert); };
  model.worth = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    return shape.domain_of(token) == expert / 2 ? 1.0 : 0.0;
  };
  return model;
}

// Gates of the zoo: random is by token number, hash by its character; the others as likes says.
TryOut with_gates(const FakeModel& model) {
  return [model](const Intervention& asked) {
    FakeModel made = model;
    made.likes = [model, asked](std::size_t l, std::size_t t, std::int32_t e) {
      const auto gate = l < asked.layers.size() ? asked.layers[l].gate : std::nullopt;
      if (gate == Gate::random) return static_cast<double>((static_cast<std::size_t>(e) + t) % 4);
      if (gate == Gate::hash) return t % 2 == static_cast<std::size_t>(e) % 2 ? 1.0 : 0.0;
      return model.likes(l, t, e);
    };
    return made(asked);
  };
}

InspectToken inspecting(const FakeModel& model) {
  return [model](std::int32_t layer, std::int32_t token) -> Result<Inspection> {
    Inspection found;
    const auto t = static_cast<std::size_t>(token);
    found.own = model.chosen(static_cast<std::size_t>(layer), t, {});
    std::sort(found.own.begin(), found.own.end());
    const auto worth = [&](const std::vector<std::int32_t>& set) {
      return std::accumulate(set.begin(), set.end(), 0.0, [&](double sum, std::int32_t e) {
        return sum + model.worth(static_cast<std::size_t>(layer), t, e);
      });
    };
    for (const auto& set : route_sets(model.experts, model.top_k, found.own, 1000, 1))
      found.sets.push_back({set, static_cast<float>(worth(found.own) - worth(set))});
    std::stable_sort(found.sets.begin(), found.sets.end(),
                     [](const RouteSet& a, const RouteSet& b) { return a.difference < b.difference; });
    found.planned = static_cast<std::int64_t>(found.sets.size());
    found.possible = static_cast<double>(found.planned);
    found.done = true;
    return found;
  };
}

TEST(BestSets, KnowTheRegretOfEverySet) {
  const FakeModel model = half_wrong();
  Trials trials(model);
  const Trial plain = *model({});
  const auto sets = BestSets::of_layer(0, plain, inspecting(model), trials);
  ASSERT_TRUE(sets);
  EXPECT_EQ(sets->best(0), (std::vector<std::int32_t>{0, 1}));
  EXPECT_EQ(sets->best(600), (std::vector<std::int32_t>{2, 3}));
  EXPECT_EQ(sets->regret(0, {0, 1}), 0.0);
  EXPECT_EQ(sets->regret(0, {1, 3}), 1.0);
  EXPECT_EQ(sets->regret(600, {0, 1}), 2.0);
  EXPECT_EQ(sets->regret(600, {2, 3}), 0.0);
  EXPECT_TRUE(std::isnan(sets->regret(0, {0, 7}))) << "no such set was tried";
  EXPECT_TRUE(std::isnan(sets->regret(79, {0, 1}))) << "the last of a sequence has no loss";
}

TEST(Zoo, SaysOfEachGateWhatItDoesInTheLayer) {
  const FakeModel model = half_wrong();
  Trials trials(with_gates(model));
  ZooRequest request;
  request.capacity_factor = 1;
  const auto zoo = router_zoo(request, trials, inspecting(model));
  ASSERT_TRUE(zoo) << zoo.error().message;
  ASSERT_EQ(zoo->size(), 1u);
  const std::vector<ZooRow>& rows = zoo->front().rows;
  ASSERT_EQ(rows.size(), 8u) << "as it is, and the seven others";
  const ZooRow& own = rows.front();
  EXPECT_TRUE(own.as_trained);
  EXPECT_EQ(own.load, (std::vector<std::int64_t>{640, 640, 0, 0}));
  EXPECT_EQ(own.load_peak, 2.0);
  EXPECT_NEAR(own.load_entropy, 0.5, 1e-12);
  EXPECT_EQ(own.dropped, 0.5) << "room for 320 each";
  EXPECT_EQ(own.overlap, 1.0);
  EXPECT_EQ(own.entropy, 0.5);
  EXPECT_NEAR(own.regret, 1.0, 1e-6) << "nothing for one domain, 2 for the other";
  const ZooRow& random = rows.back();
  EXPECT_EQ(random.gate, Gate::random);
  EXPECT_EQ(random.load_peak, 1.0);
  EXPECT_EQ(random.dropped, 0.0);
  EXPECT_NEAR(random.overlap, 0.5, 1e-12);
  EXPECT_NEAR(random.regret, 1.0, 0.02);
}

TEST(Zoo, LeavesOutWhatPointsDoNotHave) {
  const FakeModel model = half_wrong();
  Trials trials(with_gates(model));
  ZooRequest request;
  request.has_ids = request.regret = false;
  const auto zoo = router_zoo(request, trials, {});
  ASSERT_TRUE(zoo);
  for (const ZooRow& row : zoo->front().rows) {
    EXPECT_EQ(row.refused.empty(), row.gate != Gate::hash);
    EXPECT_TRUE(std::isnan(row.regret));
  }
}

const ReferenceRoute& of(const ReferenceRoutes& routes, Reference reference) {
  for (const ReferenceRoute& route : routes.routes)
    if (route.reference == reference) return route;
  ADD_FAILURE();
  return routes.routes.front();
}

TEST(References, AreTheLossOfRoutesThatNeedNoLearning) {
  const FakeModel model = half_wrong();
  Trials trials(with_gates(model));
  const auto routes = reference_routes({}, trials, inspecting(model));
  ASSERT_TRUE(routes) << routes.error().message;
  EXPECT_NEAR(of(*routes, Reference::learned).loss, 4.0, 1e-6) << "2 off for half of the tokens";
  EXPECT_NEAR(of(*routes, Reference::best).loss, 3.0, 1e-6);
  EXPECT_NEAR(of(*routes, Reference::label).loss, 4.0, 1e-6) << "where the router sends both";
  EXPECT_NEAR(of(*routes, Reference::random).loss, 4.0, 0.02);
  EXPECT_NEAR(of(*routes, Reference::hash).loss, 4.0, 1e-6);
  EXPECT_NEAR(of(*routes, Reference::best).loss_by_group[2], 3.0, 1e-6);
}

TEST(References, ReportARouterThatIsOutside) {
  FakeModel model = half_wrong();
  // It sends everybody where nobody is served.
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    return shape.domain_of(token) == expert / 2 ? 0.0 : 1.0;
  };
  Trials trials(with_gates(model));
  auto routes = reference_routes({}, trials, inspecting(model));
  ASSERT_TRUE(routes);
  EXPECT_EQ(routes->place, RouterPlace::worse_than_chance);

  model = half_wrong();
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    const FakeModel shape;
    return shape.domain_of(token) == expert / 2 ? 1.0 : 0.0;
  };
  Trials good(with_gates(model));
  routes = reference_routes({}, good, inspecting(model));
  ASSERT_TRUE(routes);
  EXPECT_EQ(routes->place, RouterPlace::within);
  EXPECT_NEAR(of(*routes, Reference::label).loss, 3.0, 1e-6) << "a router that is the domain's";
  ReferenceRequest without;
  without.best = false;
  routes = reference_routes(without, good, inspecting(model));
  ASSERT_TRUE(routes);
  EXPECT_EQ(routes->place, RouterPlace::best_not_known);
}

TEST(References, EndBetweenTwoTrials) {
  const FakeModel model = half_wrong();
  std::int64_t last = 0;
  Trials trials(with_gates(model), [&](std::int64_t done, std::int64_t) {
    last = done;
    return done < 100;
  });
  const auto routes = reference_routes({}, trials, inspecting(model));
  ASSERT_FALSE(routes);
  EXPECT_EQ(routes.error().kind, ErrorKind::interrupted);
  EXPECT_EQ(last, 100);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
