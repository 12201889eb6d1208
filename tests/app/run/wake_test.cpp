#include "app/run/wake.h"

#include <gtest/gtest.h>

#include "tests/app/panels/panel_scene.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

class Wake : public testing::Test {
 protected:
  Wake() : scene_({}) {
    scene_.status.state = RunState::opened;
    scene_.status.step = 50;
    scene_.status.run_folder = "/runs/b";
    scene_.view.kept_steps = {{10, "", "", 1, "/runs/b/10"}, {20, "", "", 1, "/runs/b/20"}, {40, "", "", 1, "/runs/b/40"}};
  }
  std::optional<Waking> at(std::int64_t step) {
    Snapshot look;
    look.step = step;
    ui_.timeline.shown = std::make_shared<const Snapshot>(look);
    PanelInput in = scene_.input();
    in.snapshot = ui_.timeline.shown;
    return waking_of(in, ui_);
  }
  scene::Scene scene_;
  UiState ui_;
};

TEST_F(Wake, TakesTheNearestThatIsKept) {
  EXPECT_EQ(at(14)->step, 10);
  EXPECT_EQ(at(15)->step, 10) << "the earlier of two as near";
  EXPECT_EQ(at(16)->step, 20);
  EXPECT_EQ(at(1)->step, 10);
  EXPECT_EQ(at(900)->step, 40);
  EXPECT_EQ(waking_of(scene_.input(), ui_)->step, 40) << "following: the newest";
  ui_.timeline.kept_file = "/runs/b/20";
  EXPECT_EQ(at(14)->step, 20) << "the one that was gone to";
}

TEST_F(Wake, LeavesWhatLiesBehindItAsItIs) {
  EXPECT_EQ(at(21)->where, "/runs/b/20");
  EXPECT_TRUE(at(21)->as_child);
  EXPECT_EQ(at(39)->where, "/runs/b") << "from its end it goes on itself";
  EXPECT_FALSE(at(39)->as_child);
  scene_.status.state = RunState::followed;
  EXPECT_EQ(at(39)->where, "/runs/b/40");
  EXPECT_TRUE(at(39)->as_child) << "another process records it";
}

TEST_F(Wake, NeedsARecordAndSomethingKept) {
  scene_.status.state = RunState::paused;
  EXPECT_FALSE(at(20)) << "it has its model";
  scene_.status.state = RunState::opened;
  scene_.view.kept_steps.clear();
  EXPECT_FALSE(at(20));
}

TEST_F(Wake, WaitsOnceItIsThere) {
  Commands out;
  ui_.knobs.is_set = true;
  wake_model(*at(21), ui_, out);
  EXPECT_TRUE(ui_.timeline.following());
  ASSERT_EQ(out.size(), 2u);
  EXPECT_EQ(std::get<GoOn>(out[0]).where, "/runs/b/20");
  EXPECT_TRUE(std::get<GoOn>(out[0]).as_child);
  EXPECT_TRUE(std::holds_alternative<Pause>(out[1]));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
