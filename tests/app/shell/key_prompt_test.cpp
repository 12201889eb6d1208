// What a dropped recording does not say is asked for, with what its data suggest; what is told opens it.
#include "app/shell/dialogs/key_prompt.h"

#include <gmock/gmock.h>

#include <chrono>
#include <string>
#include <thread>
#include <utility>

#include "app/window/viewers.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/growing_routes.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using viz::Key;

class KeyPromptTest : public WorkbenchTest {
 protected:
  KeyPromptTest() {
    ui_.show_welcome = false;
    path_ = scratch_.path() / "loads.csv";
    scratch_.write("loads.csv", "step,layer,expert,count\n1,0,0,5\n1,0,5,6\n2,0,1,4\n");
    draw(2);
  }
  void open(RecordingWish wish) { viewers_.open(wish, live_, ui_, now_s_); }
  void drop() { open({path_, {}, {}, false}); }
  bool wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      viewers_.receive(live_, ui_, now_s_);
    }
    draw(3);
    return true;
  }
  void put(const std::string& field, const std::string& text) {
    click(field);
    draw(2);
    press_key(Key::a, true);
    type(text);
    draw();
  }
  // As the window does.
  void open_what_is_wanted() {
    for (const RecordingWish& wish : std::exchange(ui_.wants_recording, {})) open(wish);
  }
  std::int64_t experts_shown() const {
    const auto& facts = live_.run().status.recorded;
    return facts && !facts->layers.empty() ? facts->layers[0].experts : 0;
  }

  TemporaryFolder scratch_;
  std::filesystem::path path_;
  app::Viewers viewers_{nullptr};
};

TEST_F(KeyPromptTest, AsksForWhatADroppedFileDoesNotSay) {
  drop();
  ASSERT_TRUE(wait_until([&] { return ui_.key_prompt.of.has_value(); }));
  EXPECT_THAT(ui_.toasts, testing::Each(testing::Field(&app::Toast::level, testing::Ne(Notice::Level::error))));
  EXPECT_THAT(find("keys/says").text, HasSubstr("needs experts=N"));
  EXPECT_THAT(find("keys/says").text, testing::Not(HasSubstr(path_.native()))) << "the title says whose keys";
  EXPECT_EQ(find("keys/experts").text, "8") << "suggested: the power of two above number 5";
  EXPECT_THAT(find("keys/experts/help").text, HasSubstr("allowed: 1 to 65536"));
  EXPECT_THAT(find("keys/experts/help").text, HasSubstr("the highest is number 5"));
  EXPECT_EQ(find("keys/k").text, "");
  EXPECT_THAT(find("keys/dropped/help").text, HasSubstr("yes or no"));
  EXPECT_FALSE(has("keys/layers")) << "no key of this form";

  put("keys/experts", "many");
  EXPECT_THAT(find("keys/problem").text, HasSubstr("experts=many: allowed is a whole number from 1 to 65536"));
  click("Open");
  EXPECT_THAT(ui_.wants_recording, IsEmpty());
  put("keys/experts", "6");
  put("keys/k", "2");
  click("Open");
  EXPECT_FALSE(ui_.key_prompt.of) << "it is closed";
  ASSERT_EQ(ui_.wants_recording.size(), 1U);
  EXPECT_EQ(ui_.wants_recording[0].path, path_);
  EXPECT_EQ(ui_.wants_recording[0].form, "csv");
  EXPECT_THAT(ui_.wants_recording[0].keys, ElementsAre("experts=6", "k=2"));
  open_what_is_wanted();
  ASSERT_TRUE(wait_until([&] { return experts_shown() == 6; }));

  // Of one that is open they can be told anew: what was told stands there.
  ui_.wants_keys = live_.run().id;
  viewers_.ask_keys(std::exchange(ui_.wants_keys, {}), ui_, now_s_);
  draw(3);
  EXPECT_EQ(find("keys/experts").text, "6");
  EXPECT_EQ(find("keys/k").text, "2");
  put("keys/experts", "12");
  press_key(Key::enter);
  draw(2);
  open_what_is_wanted();
  ASSERT_TRUE(wait_until([&] { return experts_shown() == 12; }));
  EXPECT_EQ(live_.runs.all().size(), 1U) << "this recording, once";
}

TEST_F(KeyPromptTest, WhatWasRefusedIsAskedForAgainAndCanBeLeft) {
  open({path_, {}, {"experts=3"}, false});
  ASSERT_TRUE(wait_until([&] { return ui_.key_prompt.of.has_value(); }));
  EXPECT_THAT(find("keys/says").text, HasSubstr("has an expert 5"));
  EXPECT_EQ(find("keys/experts").text, "8");
  click("Cancel");
  EXPECT_FALSE(ui_.key_prompt.of);
  EXPECT_THAT(ui_.wants_recording, IsEmpty());
  // What no key mends is a message.
  path_ = scratch_.path() / "rows.csv";
  scratch_.write("rows.csv", "step,layer,expert,count\n");
  drop();
  ASSERT_TRUE(wait_until([&] { return !ui_.toasts.empty() && ui_.toasts.back().level == Notice::Level::error; }));
  EXPECT_FALSE(ui_.key_prompt.of);
}

TEST_F(KeyPromptTest, ALookOnePointedAtIsReadThen) {
  GrowingRoutes routes(scratch_.path() / "routes");
  routes.add(0, 1, 3000);
  path_ = scratch_.path() / "routes";
  drop();
  ASSERT_TRUE(
      wait_until([&] { return live_.run().status.state == RunState::opened && live_.run().kept.size() > 100; }));
  ASSERT_TRUE(live_.run().snapshot);
  // What is kept fills its room: one more, between two others, goes at once.
  SnapshotStore full(live_.run().kept.bytes());
  for (std::size_t i = 0; i < live_.run().kept.size(); ++i) full.add(live_.run().kept[i].snapshot);
  live_.run().kept = full;
  // Between two that are kept, every twentieth.
  show_at(ui_.timeline, live_.run().kept, 1210, false);
  ASSERT_NE(ui_.timeline.shown->step, 1210);
  EXPECT_NEAR(static_cast<double>(ui_.timeline.shown->step), 1210, 20) << "the nearest stands there meanwhile";
  viewers_.scrub(live_, ui_);
  ASSERT_TRUE(wait_until([&] { return ui_.timeline.shown && ui_.timeline.shown->step == 1210; }));
  EXPECT_EQ(live_.run().status.state, RunState::opened);
}

TEST_F(KeyPromptTest, SuggestsTheShapeOfAnswers) {
  // 2 tokens in front of the last, 48 numbers: 24 a token, 3 layers with k = 8.
  std::string zeros(256, 'A');
  scratch_.write(
      "answers.jsonl",
      "{\"meta_info\":{\"prompt_tokens\":2,\"completion_tokens\":1,\"routed_experts\":\"" + zeros + "\"}}\n");
  path_ = scratch_.path() / "answers.jsonl";
  drop();
  ASSERT_TRUE(wait_until([&] { return ui_.key_prompt.of.has_value(); }));
  EXPECT_EQ(find("keys/k").text, "8");
  EXPECT_EQ(find("keys/layers").text, "3");
  EXPECT_EQ(find("keys/experts").text, "1");
  EXPECT_THAT(find("keys/layers/help").text, HasSubstr("a token has 24 numbers"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
