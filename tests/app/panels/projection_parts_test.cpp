// What the projection is made of: colours, clouds with their directions, and the one t-SNE of the window.
#include <gmock/gmock.h>

#include <chrono>
#include <cmath>
#include <semaphore>

#include "app/panels/plane/projection_cloud.h"
#include "app/panels/plane/projection_colours.h"
#include "app/run/tsne_host.h"
#include "tests/support/fake_run.h"
#include "viz/base/colour_map.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using app::ColourBy;
using app::ProjectedCloud;
using app::TsneRun;
using testing::HasSubstr;
using testing::Not;

TEST(ProjectionColours, AmountsLieOnABarAndWhatIsMissingIsGrey) {
  const viz::Theme theme = viz::dark();
  Snapshot look = fake_snapshot(Config{}, 5);
  look.token_loss.assign(look.token_loss.size(), 1.2f);
  look.token_loss[0] = 0;
  look.token_loss[1] = 3;
  look.token_loss[2] = kMissing;
  const app::Colouring loss = app::colouring_of(look, 0, ColourBy::loss, theme);
  EXPECT_DOUBLE_EQ(loss.high, 1.5);  // the next half above 98 of 100
  EXPECT_TRUE(loss.is_clipped);
  EXPECT_NE(loss.colours[0], loss.colours[3]);
  EXPECT_NE(loss.colours[1], loss.colours[3]);
  EXPECT_EQ(loss.colours[1], viz::map_colour(viz::ColourMap::viridis, 1));  // at the bar's end
  EXPECT_EQ(loss.colours[2], viz::faded(theme.text_dim, 0.45f));
  EXPECT_THAT(loss.caption, HasSubstr("grey"));
  const auto n = static_cast<double>(look.token_loss.size());
  EXPECT_NEAR(loss.mean, (3 + 1.2 * (n - 3)) / (n - 1), 1e-5);

  // Entropies lie on a stretch of 0 to 1 that moves in tenths.
  look.layers[0].entropy.assign(look.token_loss.size(), 0.93f);
  look.layers[0].entropy[0] = 0.4f;
  const app::Colouring entropy = app::colouring_of(look, 0, ColourBy::entropy, theme);
  EXPECT_NEAR(entropy.low, 0.9, 1e-9);
  EXPECT_NEAR(entropy.high, 1, 1e-9);
  EXPECT_TRUE(entropy.is_clipped_low);
  EXPECT_FALSE(entropy.is_clipped);
  EXPECT_THAT(entropy.caption, Not(HasSubstr("grey")));
  look.layers[0].entropy.assign(look.token_loss.size(), kMissing);
  const app::Colouring none = app::colouring_of(look, 0, ColourBy::entropy, theme);
  EXPECT_TRUE(std::isnan(none.mean));
  EXPECT_THAT(none.colours, testing::Each(viz::faded(theme.text_dim, 0.45f)));
  EXPECT_THAT(none.caption, HasSubstr("no probabilities"));
}

TEST(ProjectionColours, LabelsThatDoNotOccurHaveNoEntry) {
  Snapshot look = fake_snapshot(Config{}, 5);
  const app::Colouring characters = app::colouring_of(look, 0, ColourBy::character, viz::dark());
  std::vector<std::string> names;
  for (const auto& entry : characters.entries) names.push_back(entry.name);
  EXPECT_THAT(names, testing::Contains("digit"));
  EXPECT_THAT(names, Not(testing::Contains("other")));
}

TEST(ProjectionCloud, DirectionsAreThoseOfItsOwnSpace) {
  Watch watch;
  watch.logit_plane = true;
  const Snapshot look = fake_snapshot(Config{}, 5, 1, watch);
  const ProbeLayer& layer = look.layers[1];
  EXPECT_EQ(app::plane_of(look, 1, ProjectedCloud::hidden).directions.data(), layer.gate_pca.data());
  EXPECT_EQ(app::plane_of(look, 1, ProjectedCloud::logits).directions.data(), layer.logit_plane.axes.data());
  EXPECT_TRUE(app::plane_of(look, 1, ProjectedCloud::inputs).xy.empty()) << "was not watched";
}

TEST(ProjectionCloud, ArrowsReachAsFarAsAllButTheFarthestPoints) {
  std::vector<float> xy;
  for (int i = 1; i <= 100; ++i) xy.insert(xy.end(), {0.6f * static_cast<float>(i), 0.8f * static_cast<float>(i)});
  EXPECT_NEAR(app::arrow_reach(xy), 95, 1e-3);
  EXPECT_EQ(app::arrow_reach({}), 0);
}

TEST(TsneHost, WithoutSomebodyWhoLooksARunEnds) {
  app::TsneHost host({}, 1'000'000);
  EXPECT_EQ(host.shown(), nullptr);
  const Snapshot look = fake_snapshot(Config{}, 5);
  const std::vector<float>& cloud = look.layers[0].pca;
  host.start(look, {1, 0, ProjectedCloud::hidden}, cloud, 2, 30);
  const TsneRun* run = host.shown();
  host.end_frame();
  EXPECT_EQ(run->state, TsneRun::State::running);
  host.end_frame();
  EXPECT_EQ(run->state, TsneRun::State::interrupted);
  EXPECT_EQ(host.shown()->state, TsneRun::State::running);
  host.stop();
  host.end_frame();
  host.end_frame();
  EXPECT_EQ(host.shown()->state, TsneRun::State::stopped) << "whoever stopped it wants it stopped";
}

TEST(TsneHost, OfMorePointsThanItCanEveryFewTakePart) {
  std::counting_semaphore<> woke{0};
  app::TsneHost host([&] { woke.release(); }, 10);
  const std::size_t tokens = 4500;
  std::vector<float> values;
  for (std::size_t i = 0; i < tokens; ++i) values.push_back(static_cast<float>(i % 97));
  Snapshot look = fake_snapshot(Config{}, 5);
  host.start(look, {1, 0, ProjectedCloud::hidden}, values, 1, 1e9);
  EXPECT_NEAR(host.shown()->perplexity, 1499 / 3.0, 1e-9);
  ASSERT_TRUE(woke.try_acquire_for(std::chrono::seconds(120)));
  const TsneRun& run = *host.shown();
  EXPECT_EQ(run.state, TsneRun::State::done) << run.error;
  EXPECT_EQ(run.every, 3u);
  ASSERT_EQ(run.positions.size(), 2 * tokens);
  for (std::size_t t = 0; t < tokens; ++t) EXPECT_EQ(std::isfinite(run.positions[2 * t]), t % 3 == 0);
}

TEST(TsneHost, SaysWhyThereIsNone) {
  std::counting_semaphore<> woke{0};
  app::TsneHost host([&] { woke.release(); });
  host.start(fake_snapshot(Config{}, 5), {}, {1, 2, 3}, 1, 30);
  ASSERT_TRUE(woke.try_acquire_for(std::chrono::seconds(60)));
  EXPECT_EQ(host.shown()->state, TsneRun::State::failed);
  EXPECT_THAT(host.shown()->error, HasSubstr("7 to 2000"));
}

// A cloud of 12.7 % and 9.7 % of its variance in two components, seen along axes 40 degrees on.
TEST(PlaneComponentsOf, APlaneIsTurnedBackToItsComponents) {
  const double turn = 40 * 3.14159265358979 / 180, c = std::cos(turn), s = std::sin(turn);
  std::vector<float> xy;
  std::vector<double> first, second;
  for (int i = 0; i < 400; ++i) {
    const double angle = 2 * 3.14159265358979 * i / 400;
    first.push_back(std::sqrt(12.7) * std::cos(angle));
    second.push_back(std::sqrt(9.7) * std::sin(angle));
    xy.push_back(static_cast<float>(c * first.back() - s * second.back()));
    xy.push_back(static_cast<float>(s * first.back() + c * second.back()));
  }
  const double along_x = 12.7 * c * c + 9.7 * s * s, along_y = 12.7 * s * s + 9.7 * c * c;
  const app::CloudPlane plane{xy, {static_cast<float>(along_x / 100), static_cast<float>(along_y / 100)}, {}};
  const app::PlaneComponents found = app::components_of(plane);
  EXPECT_NEAR(found.explained[0], 0.127, 1e-5);
  EXPECT_NEAR(found.explained[1], 0.097, 1e-5);
  ASSERT_EQ(found.xy.size(), xy.size());
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_NEAR(found.xy[2 * i], first[i], 1e-4);
    EXPECT_NEAR(found.xy[2 * i + 1], second[i], 1e-4);
  }
}

TEST(PlaneComponentsOf, CoordinatesAndOnePointHaveNone) {
  const float none = NAN;
  const std::vector<float> xy{1, 2, 3, 4}, one{1, 2}, same{1, 2, 1, 2}, odd{NAN, 1, 2, NAN};
  EXPECT_TRUE(app::components_of({xy, {none, none}, {}}).xy.empty());
  for (const std::vector<float>& few : {one, same, odd})
    EXPECT_TRUE(app::components_of({few, {0.5f, 0.5f}, {}}).xy.empty());
  EXPECT_TRUE(app::components_of({{}, {0.5f, 0.5f}, {}}).xy.empty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
