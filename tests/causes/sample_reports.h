// An answer to each question, of a model in closed form or made up, for tests of what is done with answers.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "core/causes/cause_report.h"
#include "tests/causes/fake_model.h"

namespace switchyard::test {

inline TokenGroups sample_groups() {
  TokenGroups groups;
  groups.labels = {"prose", "code", "rare"};
  groups.groups = {{GroupKind::all, "", std::vector<std::int32_t>(101), {51, 50}},
                   {GroupKind::domain, "prose", std::vector<std::int32_t>(64), {33, 31}},
                   {GroupKind::domain, "code", std::vector<std::int32_t>(37), {18, 19}}};
  return groups;
}

inline FakeModel sample_model() {
  FakeModel model;
  model.likes = [](std::size_t, std::size_t token, std::int32_t expert) {
    if (expert == 0) return FakeModel().domain_of(token) == 0 ? 2.0 : 0.1;
    return static_cast<double>((token * 31 + static_cast<std::size_t>(expert) * 17) % 97) / 97;
  };
  model.worth = [](std::size_t, std::size_t token, std::int32_t expert) {
    return expert == 0 && FakeModel().domain_of(token) == 0 ? 1.0 : 0.1;
  };
  return model;
}

inline CauseReport sample_report(Cause what) {
  CauseReport report;
  report.asked.what = what;
  report.step = 400;
  report.config.experts = 4;
  report.config.layers = 2;
  report.config.capacity_factor = 1.5;
  Trials trials(sample_model());
  switch (what) {
    case Cause::ablate:
      report.found = *ablate({}, trials);
      break;
    case Cause::steer:
      report.asked.steering.label = "domain 0";
      report.found = *steering_sweep(report.asked.steering, trials);
      break;
    case Cause::zoo: {
      ZooRow trained{.gate = Gate::softmax_renormalised, .as_trained = true, .refused = {}, .load = {5, 3, 2, 0}};
      trained.load_peak = 2, trained.load_entropy = 0.74, trained.entropy = 0.4, trained.dropped = 0.02;
      trained.overlap = 1, trained.loss = 1.25, trained.regret = 0.01;
      ZooRow hash = trained;
      hash.gate = Gate::hash, hash.as_trained = false, hash.load = {3, 3, 2, 2}, hash.entropy = kMissing;
      ZooRow refused{.gate = Gate::soft, .as_trained = false, .refused = "it mixes \"all\" tokens", .load = {}};
      report.found = std::vector<ZooLayer>{{0, 4, "", true, {trained, hash, refused}},
                                           {1, 4, "nobody asked", false, {trained, hash}}};
      break;
    }
    case Cause::routes: {
      ReferenceRoutes routes;
      routes.groups = sample_groups();
      routes.sampled = true, routes.place = RouterPlace::best_not_known;
      routes.routes = {{Reference::learned, "", 1.2, 0.6, {1.2, 1.1, 1.35}},
                       {Reference::label, "", 1.3, 0.58, {1.3, 1.2, 1.45}},
                       {Reference::best, "it takes a pass a token", kMissing, kMissing, {}},
                       {Reference::hash, "", 1.4, 0.55, {1.4, kMissing, 1.5}},
                       {Reference::random, "", 1.5, 0.5, {1.5, 1.4, 1.65}}};
      report.found = std::move(routes);
      break;
    }
    case Cause::prune: {
      PruneBench bench;
      bench.loss = 1.2;
      bench.whole = {{0, 10, 20}, {1.2, 1.18, 1.17}, 2.5};
      PrunePoint half;
      half.method = PruneMethod::reap, half.kept = 2, half.learned = {{0, 10, 20}, {1.6, 1.3, 1.2}, 2};
      half.recovered_at = 20, half.layers = {{0, {{{0, 1.0}}, {{1, 0.25}, {3, 0.75}}}}, {1, {{{2, 1.0}}}}};
      PrunePoint lost;
      lost.method = PruneMethod::random, lost.kept = 1, lost.failed = "top_k is 2";
      bench.points = {half, lost};
      report.found = std::move(bench);
      break;
    }
    case Cause::route_diff: {
      RouteDiff diff;
      diff.groups = sample_groups();
      diff.tokens = 101, diff.loss_a = 1.2, diff.loss_b = 1.19;
      diff.layers = {{0, 4, 0.25, 0.2, 0.8, 0.1, {0.25, 0.2, 0.4}, {0, 1, 3, 2}},
                     {1, 4, kMissing, 0.2, 0.8, 0.1, {0.25, kMissing, 0.4}, {0, 1, 2, 3}}};
      report.asked.other = "/runs/b@200", report.asked.other_precision = Precision::bf16;
      report.other_step = 200;
      report.found = std::move(diff);
      break;
    }
  }
  return report;
}

}  // namespace switchyard::test
