// Loads over stretches of steps, kept from frame to frame, are those worked out afresh, whatever the run did.
#include "app/run/derived/load_bins.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "app/panels/parts/panel_parts.h"
#include "core/base/random.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using Picture = LoadBins::Picture;

// A step with random loads of a model of this size.
StepRecord random_step(RandomStream& random, std::int64_t step, std::uint32_t model_id, std::size_t layers, std::size_t experts) {
  StepRecord record;
  record.step = step;
  record.model_id = model_id;
  record.loss = 1;
  for (std::size_t l = 0; l < layers; ++l) {
    LayerRecord layer;
    layer.max_violation = static_cast<float>(random.uniform());
    for (std::size_t e = 0; e < experts; ++e) layer.counts.push_back(static_cast<float>(random.below(20)));
    record.layers.push_back(std::move(layer));
  }
  return record;
}

void expect_fresh(const History& history, LoadBins& kept, std::size_t layer, double low, double high, std::size_t most) {
  const BinnedLoads& loads = kept.of(history, layer, Picture::layers, {low, high, most}, 2);
  const Bins bins = make_bins(as_view(history.utilisation_x()), low, high, most);
  std::vector<float> means;
  bin_table(bins, history.utilisation_table(layer), history.experts_ever(layer), means);
  ASSERT_EQ(loads.bins.edges, bins.edges);
  ASSERT_EQ(loads.bins.x, bins.x);
  ASSERT_EQ(loads.means.size(), means.size());
  const auto same = [](const std::vector<float>& a, const std::vector<float>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](float x, float y) { return x == y || (std::isnan(x) && std::isnan(y)); });
  };
  ASSERT_TRUE(same(loads.means, means));
  std::vector<float> worst;
  worst_of_bands(means, history.experts_ever(layer), history.experts(layer), 2, worst);
  ASSERT_TRUE(same(loads.worst, worst));
}

void expect_fresh(const History& history, CurveBins& kept, std::size_t layer, double low, double high, std::size_t most) {
  const Bins bins = make_bins(as_view(history.x()), low, high, most);
  ASSERT_EQ(kept.stretches(history, {low, high, most}).edges, bins.edges);
  std::vector<float> means;
  bin_means(bins, as_view(history.layer_scalar(layer, LayerScalar::max_violation)), means);
  const std::vector<float>& found = kept.means(history, layer, LayerScalar::max_violation);
  ASSERT_EQ(found.size(), means.size());
  for (std::size_t i = 0; i < means.size(); ++i)
    ASSERT_TRUE(found[i] == means[i] || (std::isnan(found[i]) && std::isnan(means[i]))) << "stretch " << i;
}

// Steps one by one or many at once, new models, more experts, rows thinned on the way, zooms in and out.
TEST(LoadBins, OfRandomHistoriesAreThoseFromScratch) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    RandomStream random(seed, "load bins");
    History history({.full_rate = 200, .thinned = 100, .rows = 64 + 16 * seed});
    LoadBins kept;
    CurveBins curves;
    std::uint32_t model_id = 1;
    std::int64_t step = 0;
    std::size_t layers = 2, experts = 3;
    double low = 0, high = 1e9;
    for (int round = 0; round < 120; ++round) {
      const std::uint64_t what = random.below(20);
      if (what == 0) ++model_id, step = 0;                                     // a new model
      if (what == 1) experts += 1 + random.below(3);                             // experts added
      if (what == 2) experts = std::max<std::size_t>(2, experts - 1);            // and removed
      if (what == 3) layers = 1 + random.below(3), ++model_id, step = 0;       // a rebuild
      if (what == 4) low = static_cast<double>(random.below(50)), high = low + 1 + static_cast<double>(random.below(200));
      if (what == 5) low = 0, high = 1e9;
      const std::uint64_t steps = what < 10 ? 1 : random.below(30);
      for (std::uint64_t i = 0; i < steps; ++i) history.append(random_step(random, ++step, model_id, layers, experts));
      for (std::size_t layer = 0; layer < history.layers(); ++layer) {
        const double end = history.rows() > 0 ? std::min(high, history.utilisation_x()[history.rows() - 1]) : high;
        expect_fresh(history, kept, layer, low, end, 20);
        expect_fresh(history, curves, layer, low, end, 20);
        if (HasFatalFailure()) FAIL() << "seed " << seed << ", round " << round;
      }
    }
  }
}

TEST(LoadBins, ANewStepCostsTheNewestStretch) {
  RandomStream random(1, "load bins");
  History history;
  for (std::int64_t step = 1; step <= 1000; ++step) history.append(random_step(random, step, 1, 1, 4));
  LoadBins kept;
  kept.of(history, 0, Picture::layers, {1, 1000, 100});
  const std::size_t at_first = kept.worked_out();
  EXPECT_GT(at_first, 50u);
  kept.of(history, 0, Picture::layers, {1, 1000, 100});
  EXPECT_EQ(kept.worked_out(), at_first) << "nothing is new";
  history.append(random_step(random, 1001, 1, 1, 4));
  kept.of(history, 0, Picture::layers, {1, 1001, 100});
  EXPECT_EQ(kept.worked_out(), at_first + 1);
}

TEST(LoadBins, AnotherHistoryWithTheSameStepsIsReadAfresh) {
  RandomStream random(2, "load bins");
  LoadBins kept;
  for (int i = 0; i < 2; ++i) {
    History history;
    for (std::int64_t step = 1; step <= 50; ++step) history.append(random_step(random, step, 1, 1, 3));
    expect_fresh(history, kept, 0, 1, 50, 20);
  }
}

TEST(LoadBins, WithoutRowsThereIsNothing) {
  LoadBins kept;
  EXPECT_TRUE(kept.of(History{}, 0, Picture::timeline, {0, 1, 20}).bins.x.empty());
}

TEST(WorstOfBands, IsTheFarthestFromFair) {
  const float none = static_cast<float>(kMissing);
  // Two moments of four experts; two bands.
  const std::vector<float> table{1.0F, 0.5F, none, 1.25F, none, none, 3.0F, 0.0F};
  std::vector<float> worst;
  worst_of_bands(table, 4, 4, 2, worst);
  ASSERT_EQ(worst.size(), 4u);
  EXPECT_EQ(worst[0], 0.5F);
  EXPECT_EQ(worst[1], 1.25F);
  EXPECT_TRUE(std::isnan(worst[2]));
  EXPECT_EQ(worst[3], 3.0F);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
