// Edits of a recorded run made again, on a trainer that computes nothing.
#include "core/session/driving/replay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/session/driving/driver.h"
#include "tests/session/small_session.h"
#include "tests/support/notes_observer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::NotesObserver;
using test::TemporaryFolder;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

std::string set_line(int step, const char* key, const char* after) {
  return R"({"step":)" + std::to_string(step) +
         R"(,"wall_s":1.5,"kind":"set","generation":1,"changes":[{"key":")" + key + R"(","before":"?","after":")" +
         after + "\"}]}\n";
}

class ReplayFile : public testing::Test {
 protected:
  Result<Replay> read(const std::string& text) {
    folder_.write("events.jsonl", text);
    return Replay::read(folder_.path() / "events.jsonl");
  }
  std::string refusal(const std::string& text) {
    const auto replay = read(text);
    if (replay) return "accepted";
    EXPECT_EQ(replay.error().kind, ErrorKind::usage);
    return replay.error().message;
  }
  static std::vector<std::string> said(Driver& driver) {
    std::vector<std::string> all;
    for (const RecordingNews& news : driver.take_news()) all.push_back(news.message);
    return all;
  }
  TemporaryFolder folder_;
};

TEST_F(ReplayFile, APersonsEditsAreMadeBehindThoseOfTheirStep) {
  auto edits = read(set_line(2, "top_k", "1"));
  ASSERT_TRUE(edits) << edits.error().message;
  for (const char* said : {"3: clone 0.1", "2: muted=0.3", "1:experts=5", "3: remove 0.0"})
    ASSERT_TRUE(edits->add(said)) << said;
  FakeTrainer trainer(small_config());
  NotesObserver observer;
  Driver driver(trainer, &observer);
  driver.start();
  driver.replay(*edits);
  std::vector<std::string> made;
  for (int slice = 0; slice < 4; ++slice) {
    ASSERT_TRUE(driver.advance());
    for (const RunEvent& event : driver.take_replayed())
      made.push_back(std::to_string(event.step) + " " +
                     (event.message.empty() ? event.changes.at(0).key : event.message));
  }
  EXPECT_THAT(made, ElementsAre("1 experts", "2 top_k", "2 muted", "3 clone 0.1", "3 remove 0.0"));
  EXPECT_EQ(trainer.config().experts, 5);
}

// Of --do alone nothing is a replay of a file.
TEST_F(ReplayFile, APersonsEditsAloneNameNoFile) {
  Replay edits;
  ASSERT_TRUE(edits.add("9: clone 0.1"));
  EXPECT_EQ(edits.announcement(0), "Makes 1 edit, the last before step 9");
  EXPECT_THAT(edits.unreached(5), HasSubstr("1 edit not made: step 5 is the last"));
  edits.made();
  EXPECT_EQ(edits.ending(), "All edits are made");
}

TEST_F(ReplayFile, EditsAreMadeInOrderBeforeTheirSteps) {
  const auto replay =
      read(set_line(1, "top_k", "1") + R"({"step":2,"kind":"alert","message":"x"})" + "\n" +
           set_line(3, "experts", "6") + set_line(3, "top_k", "5") + set_line(3, "experts", "5") +
           R"({"step":3,"kind":"weights","message":"model.safetensors"})" + "\n" + set_line(4, "seed", "1"));
  ASSERT_TRUE(replay) << replay.error().message;
  Config config = small_config();
  config.accumulation = 2;
  config.seed = 1;
  FakeTrainer trainer(config);
  NotesObserver observer;
  Driver driver(trainer, &observer);
  driver.start();
  driver.replay(*replay);
  EXPECT_THAT(said(driver), ElementsAre(AllOf(HasSubstr("Replays 5 edits"), HasSubstr("before step 4"))));
  std::vector<std::string> made;
  for (int slice = 0; slice < 10; ++slice) {
    ASSERT_TRUE(driver.advance());
    for (const RunEvent& event : driver.take_replayed())
      made.push_back(std::to_string(slice) + ": " + std::to_string(event.step) + " " + event.changes.at(0).key +
                     " " + event.changes[0].before + "-" + event.changes[0].after);
  }
  EXPECT_THAT(made, ElementsAre("0: 1 top_k 2-1", "4: 3 experts 4-6", "4: 3 top_k 1-5", "4: 3 experts 6-5"))
      << "the last one changes nothing";
  EXPECT_EQ(trainer.config().experts, 5);
  EXPECT_EQ(trainer.config().top_k, 5);
  EXPECT_THAT(observer.notes, Contains("set at 3").Times(3)) << "recorded again";
  EXPECT_THAT(said(driver), ElementsAre(HasSubstr("replayed")));
}

TEST_F(ReplayFile, WhatIsBehindARunIsNotMadeAgain) {
  const auto replay = read(set_line(2, "top_k", "1") + set_line(6, "top_k", "3") + set_line(50, "top_k", "2"));
  FakeTrainer trainer(small_config());
  Driver driver(trainer, nullptr);
  driver.start();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(driver.advance());
  driver.replay(*replay);
  EXPECT_THAT(said(driver), ElementsAre(AllOf(HasSubstr("2 edits"), HasSubstr("1 edit lie"))));
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(driver.advance());
  EXPECT_EQ(trainer.config().top_k, 3);
  driver.finish();
  EXPECT_THAT(said(driver),
              ElementsAre(AllOf(HasSubstr("1 edit of"), HasSubstr("step 8 is the last"), HasSubstr("step 50"))));
}

TEST_F(ReplayFile, AnotherRunInTheFileEndsIt) {
  for (const char* kind : {"rebuild", "reset", "go-back"}) {
    const auto replay =
        read(set_line(2, "top_k", "1") + R"({"step":4,"kind":")" + kind +
             "\",\"changes\":[{\"key\":\"d_model\",\"after\":\"32\"}]}\n" + set_line(1, "top_k", "3"));
    ASSERT_TRUE(replay) << replay.error().message;
    FakeTrainer trainer(small_config());
    Driver driver(trainer, nullptr);
    driver.start();
    driver.replay(*replay);
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(driver.advance());
    said(driver);
    ASSERT_TRUE(driver.advance());
    EXPECT_THAT(said(driver),
                ElementsAre(AllOf(HasSubstr("events.jsonl: line 2"), HasSubstr(kind), HasSubstr("another run"))));
    EXPECT_EQ(trainer.config().top_k, 1);
    EXPECT_EQ(trainer.model_id(), 1u);
  }
}

TEST_F(ReplayFile, AnotherModelEndsIt) {
  const auto replay = read(set_line(4, "top_k", "1"));
  FakeTrainer trainer(small_config());
  Driver driver(trainer, nullptr);
  driver.start();
  driver.replay(*replay);
  ASSERT_TRUE(driver.advance());
  said(driver);
  ASSERT_TRUE(driver.reset());
  EXPECT_THAT(said(driver), ElementsAre(HasSubstr("The replay ends")));
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(driver.advance());
  EXPECT_EQ(trainer.config().top_k, 2);
}

TEST_F(ReplayFile, AnEditThatTheSettingsRefuseIsAnErrorAndTheRunCanGoOn) {
  const auto replay = read(set_line(2, "top_k", "5"));  // of 4 experts
  FakeTrainer trainer(small_config());
  NotesObserver observer;
  Driver driver(trainer, &observer);
  driver.start();
  driver.replay(*replay);
  ASSERT_TRUE(driver.advance());
  const auto refused = driver.advance();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::usage);
  EXPECT_THAT(refused.error().message,
              AllOf(HasSubstr("events.jsonl: line 1"), HasSubstr("top_k = 5"), HasSubstr("1 to experts = 4")));
  EXPECT_EQ(driver.take_alert()->message, refused.error().message);
  EXPECT_EQ(trainer.config().top_k, 2);
  ASSERT_TRUE(driver.advance());
  EXPECT_EQ(trainer.step(), 2);
}

TEST_F(ReplayFile, AKnobThatMakesANewModelIsNoEdit) {
  const auto replay = read(set_line(1, "d_model", "32"));
  FakeTrainer trainer(small_config());
  Driver driver(trainer, nullptr);
  driver.start();
  driver.replay(*replay);
  EXPECT_THAT(driver.advance().error().message,
              AllOf(HasSubstr("line 1"), HasSubstr("d_model = 32"), HasSubstr("new model")));
  EXPECT_EQ(trainer.model_id(), 1u);
}

TEST_F(ReplayFile, IsReadWholeBeforeAnythingIsMade) {
  const std::string good = set_line(1, "top_k", "1");
  EXPECT_THAT(refusal(good + set_line(2, "topk", "1")),
              AllOf(HasSubstr("events.jsonl: line 2"), HasSubstr("did you mean 'top_k'?")));
  EXPECT_THAT(refusal(good + set_line(2, "top_k", "0")), AllOf(HasSubstr("line 2"), HasSubstr("1 to 256")));
  EXPECT_THAT(refusal(good + good + set_line(0, "top_k", "2")),
              AllOf(HasSubstr("line 3"), HasSubstr("step 0 stands behind step 1")));
  EXPECT_THAT(refusal(good + "{\"step\":\n" + good), AllOf(HasSubstr("line 2"), HasSubstr("no event")));
  EXPECT_THAT(refusal(good + "{\"step\":3"), AllOf(HasSubstr("line 2"), HasSubstr("no end")));
  EXPECT_THAT(refusal(good + std::string(2'000'000, 'x') + "\n"), HasSubstr("too long"));
  EXPECT_THAT(Replay::read(folder_.path() / "none").error().message, HasSubstr("none"));
  EXPECT_EQ(read("")->left(), 0u);
  ASSERT_TRUE(read(good));
  EXPECT_EQ(Replay::read(folder_.path())->left(), 1u) << "the folder of a run";
}

// In a window the settings that run, and what it shows of them, follow.
TEST_F(ReplayFile, TheSessionTellsWhatItHasSet) {
  const auto replay = read(set_line(5, "top_k", "1") + set_line(7, "experts", "6"));
  LiveRunOptions options = paused();
  options.replay = std::make_shared<const Replay>(*replay);
  Session session(small_config(), fake(), std::move(options));
  Collector window(session.link());
  session.link().send(StepSome{10});
  ASSERT_TRUE(window.wait_for_step(10));
  ASSERT_TRUE(window.wait_for_state(RunState::paused));
  EXPECT_EQ(window.status().replayed, 2u);
  EXPECT_EQ(window.status().config->top_k, 1);
  EXPECT_EQ(window.status().config->experts, 6);
  std::vector<std::int64_t> steps;
  for (const RunEvent& event : window.all().events)
    if (event.kind == EventKind::set) steps.push_back(event.step);
  EXPECT_THAT(steps, ElementsAre(5, 7));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
