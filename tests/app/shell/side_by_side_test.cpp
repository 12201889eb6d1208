// One view of every run that is compared, side by side.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "app/run/compared.h"
#include "tests/app/shell/comparing.h"
#include "tests/support/fake_run.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

class SideBySide : public ComparingTest {
 protected:
  SideBySide() : ComparingTest(1600, 900) {
    live_.run().called = led_;
    look(live_.run(), *live_.status.config, 1);
    open(app::Workspace::compare);
  }
  static void look(app::RunView& view, const Config& config, std::uint32_t model) {
    const auto seen = std::make_shared<Snapshot>(fake_snapshot(config, 60, model));
    view.snapshot = seen;
    view.kept.add(seen);
  }
  void begin_with_a_look(const std::string& id, const Config& config, const std::string& called) {
    app::RunView& view = begin_beside(id, config, called);
    if (config.ffn == Ffn::moe) look(view, config, 1'000'000);
    draw(2);
  }
  std::string led_ = "led";
  void choose(const std::string& view) {
    click("Side by side/view");
    click("Side by side/view/" + view);
    draw(2);
  }
};

TEST_F(SideBySide, EachHasTheViewAndTheFirstItsControls) {
  begin_with_a_look("one", *live_.status.config, "other weights");
  choose("specialization");
  EXPECT_TRUE(has("Side by side/" + led_ + "/figure")) << "what it shows is chosen once";
  EXPECT_FALSE(has("Side by side/other weights/figure"));
  EXPECT_TRUE(has("Side by side/other weights/title"));
  EXPECT_TRUE(has("Side by side/" + led_ + "/title"));
}

TEST_F(SideBySide, OneWithoutExpertsIsNamedInALine) {
  Config dense = *live_.status.config;
  dense.ffn = Ffn::dense;
  begin_with_a_look("one", *live_.status.config, "other weights");
  begin_with_a_look("two", dense, "dense twin");
  choose("projection");
  EXPECT_TRUE(has("Side by side/other weights/title"));
  EXPECT_FALSE(has("Side by side/dense twin/title"));
}

TEST_F(SideBySide, ALightInOneCellIsNotPutOutByTheOthers) {
  begin_with_a_look("one", *live_.status.config, "other weights");
  choose("load over steps");
  const app::Registry::Item first = find("Side by side/" + led_ + "/title"),
                            second = find("Side by side/other weights/title");
  for (const app::Registry::Item* at : {&first, &second}) {
    bool lit = false;
    for (float y = at->max.y + 40; !lit && y < at->max.y + 200; y += 20) {
      for (float x = at->min.x + 60; !lit && x < at->min.x + 300; x += 20) {
        move(x, y);
        draw(3);
        lit = ui_.hovered_expert >= 0;
      }
    }
    ASSERT_TRUE(lit);
    const int expert = ui_.hovered_expert;
    for (int i = 0; i < 4; ++i) {
      draw();
      EXPECT_EQ(ui_.hovered_expert, expert) << "frame by frame";
    }
    move(2, 2);
    draw(3);
    EXPECT_EQ(ui_.hovered_expert, -1);
  }
}

TEST_F(SideBySide, ItsTableHasTheRowsOfEachRun) {
  app::PanelExports exports;
  exports_ = &exports;
  begin_with_a_look("one", *live_.status.config, "other weights");
  choose("specialization");
  exports.ask("side-by-side", {.figure = true, .data = true});
  (void)exports.end_frame();
  draw();
  const std::vector<app::PanelExport> done = exports.end_frame();
  exports_ = &no_exports_;
  ASSERT_EQ(done.size(), 1u);
  ASSERT_TRUE(done[0].table);
  const app::Table& table = *done[0].table;
  EXPECT_EQ(table.columns().at(0), "run");
  std::size_t mine = 0, others = 0;
  for (const auto& row : table.rows()) {
    ASSERT_EQ(row.size(), table.columns().size());
    (row[0].text() == "other weights" ? others : mine) += 1;
  }
  EXPECT_GT(mine, 0u);
  EXPECT_EQ(mine, others);
  EXPECT_TRUE(done[0].drawing);
}

// They need not be equally far: each says where it stands, and one that has nothing yet says that.
TEST_F(SideBySide, EachSaysItsStepAndOneWithoutAStepSaysSo) {
  begin_with_a_look("one", *live_.status.config, "other weights");
  app::RunView& fresh = begin_beside("two", *live_.status.config, "just begun");
  fresh.history = History();
  Config dense = *live_.status.config;
  dense.ffn = Ffn::dense;
  app::RunView& twin = begin_beside("three", dense, "dense twin");
  twin.history = History();
  choose("load");
  EXPECT_EQ(find("Side by side/load of run 0").text, "led · step 60");
  EXPECT_EQ(find("Side by side/load of run 1").text, "other weights · step 60");
  EXPECT_EQ(find("Side by side/load of run 2").text, "just begun: no step yet");
  EXPECT_EQ(find("Side by side/load of run 3").text, "dense twin: no experts");
  live_.runs.find("one")->snapshot =
      std::make_shared<Snapshot>(fake_snapshot(*live_.status.config, 50, 1'000'000));
  choose("specialization");
  EXPECT_THAT(find("Side by side/other weights/subtitle").text, ::testing::StartsWith("step 50"));
}

// Of an earlier step a long run has means alone, and says so.
TEST_F(SideBySide, AStepWhoseLoadsAreMeansIsSaidToBeAroundThere) {
  begin_with_a_look("one", *live_.status.config, "other weights");
  for (std::int64_t step = 61; live_.run().history.row_steps() == 1 && step < 200'000; ++step)
    live_.run().history.append(fake_record(*live_.status.config, step, live_.run().model_id));
  ASSERT_GT(live_.run().history.row_steps(), 1u);
  ui_.timeline.shown = live_.run().snapshot;
  draw(2);
  EXPECT_EQ(find("Side by side/load of run 0").text, "led · around step 60");
  EXPECT_EQ(find("Side by side/load of run 1").text, "other weights · step 60");
  choose("load over steps");
  EXPECT_THAT(find("Side by side/led/subtitle").text, ::testing::StartsWith("around step 60"));
}

// Heights and places of two runs can be held against each other: what is fitted last, of the one that has less,
// holds what the other has.
TEST_F(SideBySide, RoutingHasOneScaleForAllRuns) {
  begin_with_a_look("one", *live_.status.config, "other weights");
  for (std::int64_t step = 61; step <= 400; ++step) {
    StepRecord record = fake_record(*live_.status.config, step, live_.run().model_id);
    for (LayerRecord& layer : record.layers) layer.max_violation = 40;
    live_.run().history.append(record);
  }
  choose("routing");
  EXPECT_DOUBLE_EQ(ui_.plots["violation"].x_max, 400);
  EXPECT_GT(ui_.plots["violation"].y_max, 40);
  choose("load over steps");
  EXPECT_EQ(find("Side by side/led/load history").text, "steps 1 to 400");
  EXPECT_EQ(find("Side by side/other weights/load history").text, "steps 1 to 400") << "it has 60 of them";
}

// What is bright in one is as much in the other, also where its own shares are all small.
TEST_F(SideBySide, MatricesHaveOneScaleForAllRuns) {
  begin_with_a_look("one", *live_.status.config, "other weights");
  Snapshot even = fake_snapshot(*live_.status.config, 60, 1'000'000);
  for (ProbeLayer& layer : even.layers)
    for (std::size_t i = 0; i < layer.expert.size(); ++i) {
      const auto ranked = static_cast<std::size_t>(layer.ranked),
                 experts = static_cast<std::size_t>(layer.experts);
      const std::size_t token = i / ranked, apart = 1 + 2 * (token / experts % 4);
      layer.expert[i] = static_cast<std::int32_t>((token + i % ranked * apart) % experts);
    }
  live_.runs.find("one")->snapshot = std::make_shared<Snapshot>(std::move(even));
  Config wide = *live_.status.config;
  wide.experts = 2 * wide.experts;
  begin_with_a_look("two", wide, "more experts");
  for (const char* const view : {"co-activation", "specialization"}) {
    choose(view);
    const std::string scale = find("Side by side/led/matrix").text;
    EXPECT_THAT(scale, ::testing::StartsWith("0 % to ")) << view;
    EXPECT_EQ(find("Side by side/more experts/matrix").text, scale) << view;
    EXPECT_EQ(find("Side by side/other weights/matrix").text, scale) << view;
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
