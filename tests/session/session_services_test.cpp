// What a session does beside training: it continues prompts and records.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/session/small_session.h"
#include "tests/support/notes_observer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::Contains;
using testing::HasSubstr;

std::string text_of(const Collector& window, std::uint64_t id) {
  std::string text;
  for (const GenerationChunk& chunk : window.all().generation)
    if (chunk.id == id)
      for (const GeneratedToken& token : chunk.tokens) text += token.text;
  return text;
}
bool is_done(const Collector& window, std::uint64_t id) {
  for (const GenerationChunk& chunk : window.all().generation)
    if (chunk.id == id && chunk.done) return true;
  return false;
}

TEST(Session, ContinuesAPromptWhilePaused) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  session.link().send(Generate{1, "The", 0.8, 0, 9});
  ASSERT_TRUE(window.wait_until([&] { return is_done(window, 1); }));
  EXPECT_EQ(text_of(window, 1), "Once upon");
  EXPECT_EQ(window.all().generation[0].tokens[0].first_expert.size(), 2u);
  EXPECT_TRUE(window.all().records.empty());
}

TEST(Session, ContinuesAPromptBetweenTrainingSteps) {
  Session session(small_config(), fake(), playing());
  Collector window(session.link());
  session.link().send(Generate{1, "The", 0.8, 0, 50});
  ASSERT_TRUE(window.wait_until([&] { return is_done(window, 1); }));
  EXPECT_EQ(text_of(window, 1).size(), 50u);
  const std::int64_t step = window.status().step;
  ASSERT_TRUE(window.wait_for_step(step + 5));
}

TEST(Session, ANewPromptReplacesTheOldAndZeroTokensStop) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  session.link().send(Generate{1, "The", 0.8, 0, 1'000'000'000});
  ASSERT_TRUE(window.wait_until([&] { return !text_of(window, 1).empty(); }));
  session.link().send(Generate{2, "A", 0.8, 0, 1'000'000'000});
  ASSERT_TRUE(window.wait_until([&] { return !text_of(window, 2).empty(); }));
  EXPECT_TRUE(is_done(window, 1));
  session.link().send(Generate{3, "", 0.8, 0, 0});
  ASSERT_TRUE(window.wait_until([&] { return is_done(window, 2); }));
}

TEST(Session, APromptThatCannotBeContinuedIsANotice) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  session.link().send(Generate{1, "refused", 0.8, 0, 10});
  ASSERT_TRUE(window.wait_until([&] { return is_done(window, 1); }));
  EXPECT_EQ(window.all().notices.size(), 1u);
}

// --- looks on request

bool is_inspected(const Collector& window, std::uint64_t id) {
  return window.all().inspection && window.all().inspection->id == id && window.all().inspection->done;
}

TEST(Session, InspectsATokenWhilePaused) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  session.link().send(Inspect{7, 1, 3});
  ASSERT_TRUE(window.wait_until([&] { return is_inspected(window, 7); }));
  const Inspection& seen = *window.all().inspection;
  EXPECT_EQ(seen.layer, 1);
  EXPECT_EQ(seen.token, 3);
  EXPECT_EQ(seen.layers.size(), 2u);
  EXPECT_EQ(static_cast<std::int64_t>(seen.sets.size()), seen.planned);
  EXPECT_FALSE(seen.sampled());
  EXPECT_FLOAT_EQ(seen.regret(), -seen.sets.front().difference);
  EXPECT_TRUE(window.all().records.empty());
}

TEST(Session, InspectsATokenBetweenTrainingSteps) {
  Session session(small_config(), fake(), playing());
  Collector window(session.link());
  session.link().send(Inspect{1, 0, 3});
  ASSERT_TRUE(window.wait_until([&] { return is_inspected(window, 1) && last_step(window) > 5; }));
  expect_whole(window);
}

TEST(Session, ANewerInspectionReplacesTheOlderAndAChangeEndsIt) {
  Config config = small_config();
  config.experts = 24;
  config.top_k = 4;  // 10,625 sets: a thousand are tried, ten a slice
  Session session(config, fake(), paused());
  Collector window(session.link());
  session.link().send({Inspect{1, 0, 3}, Inspect{2, 1, 4}});
  ASSERT_TRUE(window.wait_until([&] { return window.all().inspection && window.all().inspection->id == 2; }));
  config.learning_rate = 0.001;
  session.link().send({Inspect{3, 0, 1}, SetConfig{config, 1}});
  ASSERT_TRUE(window.wait_until([&] { return is_inspected(window, 3); }));
  EXPECT_THAT(window.all().inspection->no_regret, HasSubstr("configuration"));
  EXPECT_TRUE(window.all().inspection->sampled());
}

TEST(Session, AnInspectionThatCannotBeIsAnswered) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  session.link().send(Inspect{5, 0, 1'000'000});
  ASSERT_TRUE(window.wait_until([&] { return is_inspected(window, 5); }));
  EXPECT_THAT(window.all().inspection->no_regret, HasSubstr("token"));
  session.link().send(Inspect{6, Inspect::no_layer, 2});
  ASSERT_TRUE(window.wait_until([&] { return is_inspected(window, 6); }));
  EXPECT_FALSE(window.all().inspection->layers.empty());
  EXPECT_TRUE(window.all().inspection->sets.empty());
}

TEST(Session, ShowsAtOnceWhatIsWatchedAnew) {
  Session session(small_config(), fake(), paused());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_until([&] { return window.all().snapshot != nullptr; }));
  EXPECT_TRUE(window.all().snapshot->layers[0].card.empty());
  Watch watch;
  watch.experts = true;
  session.link().send(watch);
  ASSERT_TRUE(window.wait_until([&] { return !window.all().snapshot->layers[0].card.empty(); }));
  EXPECT_TRUE(window.all().records.empty());
}

TEST(Session, StatusAndEventsTellOfAlerts) {
  Config config = small_config();
  config.top_k = 1;
  Session session(config, fake(), paused());
  Collector window(session.link());
  session.link().send(StepSome{1});
  ASSERT_TRUE(window.wait_until([&] { return !window.status().alerts.empty(); }));
  ASSERT_TRUE(window.wait_until([&] { return window.all().events.size() == 2; }));
  EXPECT_EQ(window.status().alerts[0].kind, AlertKind::frozen_router);
  EXPECT_EQ(window.all().events[0].kind, EventKind::health);
}

// --- recording

TEST(Session, RecordsAndWritesTheWeightsAtTheEnd) {
  auto notes = std::make_shared<std::vector<std::string>>();
  struct Kept : test::NotesObserver {
    std::shared_ptr<std::vector<std::string>> out;
    ~Kept() override { *out = notes; }
  };
  LiveRunOptions options = paused();
  options.make_observer = [notes](const Trainer&) -> Result<std::unique_ptr<Observer>> {
    auto observer = std::make_unique<Kept>();
    observer->out = notes;
    return std::unique_ptr<Observer>(std::move(observer));
  };
  {
    Session session(small_config(), fake(), options);
    Collector window(session.link());
    session.link().send(StepSome{2});
    ASSERT_TRUE(window.wait_until([&] { return last_step(window) == 2; }));
    EXPECT_EQ(window.status().run_folder, "a folder");
    session.link().send(ExportWeights{});
    ASSERT_TRUE(window.wait_until([&] { return !window.all().notices.empty(); }));
    EXPECT_THAT(window.all().notices[0].message, HasSubstr("a folder"));
  }
  EXPECT_THAT(*notes, testing::ElementsAre("model 1", "step 1", "step 2", "weights 2", "weights at 2", "weights 2",
                                           "weights at 2", "end"));
}

// An observer whose disk is full from step 3 until it has been called idle three times.
struct FullDisk : test::NotesObserver {
  int idle = 0;
  bool full = false;
  void on_step(const StepRecord& record) override {
    if (record.step < 3 || idle == 3) return;
    full = true;
    news.push_back({true, "disk full"});
  }
  bool is_behind() const override { return full; }
  void on_idle() override {
    if (++idle < 3) return;
    full = false;
    RunEvent gap;
    gap.kind = EventKind::recording_gap;
    news.push_back({false, "room again", gap});
  }
};

TEST(Session, SaysOnceThatRecordingWaitsAndTendsItWhilePaused) {
  LiveRunOptions options = paused();
  options.make_observer = [](const Trainer&) -> Result<std::unique_ptr<Observer>> {
    return std::unique_ptr<Observer>(std::make_unique<FullDisk>());
  };
  Session session(small_config(), fake(), options);
  Collector window(session.link());
  session.link().send(StepSome{50});
  ASSERT_TRUE(window.wait_until([&] { return last_step(window) == 50; }));
  ASSERT_TRUE(window.wait_until([&] { return window.all().notices.size() >= 2; }));
  EXPECT_EQ(window.all().notices[0].level, Notice::Level::error);
  EXPECT_EQ(window.all().notices[0].message, "disk full");
  EXPECT_EQ(window.all().notices[1].level, Notice::Level::info);
  EXPECT_EQ(window.all().notices[1].message, "room again");
  EXPECT_EQ(window.status().run_folder, "a folder") << "it is still where the run is recorded";
  ASSERT_TRUE(window.wait_until([&] { return !window.all().events.empty(); }));
  EXPECT_EQ(window.all().events.back().kind, EventKind::recording_gap);
  expect_whole(window);
}

TEST(Session, AModelWhoseWeightsCannotBeWrittenIsNotLostByAKey) {
  LiveRunOptions options = paused();
  options.make_observer = [](const Trainer&) -> Result<std::unique_ptr<Observer>> {
    auto observer = std::make_unique<test::NotesObserver>();
    observer->refuse_weights = true;
    return std::unique_ptr<Observer>(std::move(observer));
  };
  Session session(small_config(), fake(), options);
  Collector window(session.link());
  session.link().send(StepSome{2});
  ASSERT_TRUE(window.wait_until([&] { return last_step(window) == 2; }));
  Config config = small_config();
  config.layers = 1;
  session.link().send({ResetModel{}, SetConfig{config, 7}, StepSome{1}});
  ASSERT_TRUE(window.wait_until([&] { return last_step(window) == 3; }));
  EXPECT_EQ(window.status().model_id, 1u);
  ASSERT_EQ(window.all().notices.size(), 2u);
  EXPECT_THAT(window.all().notices[0].message, HasSubstr("disk full"));
  EXPECT_EQ(window.all().notices[1].rejected_revision, 7u) << "the knobs go back";
}

TEST(Session, SaysWhatIsReadAsUnknown) {
  test::FakeOptions text;
  text.text.distinct = 3000;
  text.text.unknown = {1976, 0.65, 0.66};
  Session session(small_config(), fake(text), paused());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_until([&] { return !window.all().notices.empty(); }));
  EXPECT_THAT(window.all().notices[0].message,
              testing::AllOf(HasSubstr("1976 of 3000"), HasSubstr("<unk>"), HasSubstr("66 %")));
  EXPECT_EQ(window.status().text.unknown.kinds, 1976);
}

TEST(Session, TrainsUnrecordedWhereThereIsNoFolder) {
  LiveRunOptions options = playing();
  options.make_observer = [](const Trainer&) -> Result<std::unique_ptr<Observer>> {
    return usage_error("/nowhere: cannot record a run here");
  };
  Session session(small_config(), fake(), options);
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_step(3));
  ASSERT_EQ(window.all().notices.size(), 1u);
  EXPECT_THAT(window.all().notices[0].message, HasSubstr("/nowhere"));
}

TEST(Session, SaysAtTheEndWhatBecameOfTheWeights) {
  const auto ended = [](std::function<Result<std::unique_ptr<Observer>>()> make, std::int64_t steps) {
    LiveRunOptions options = paused();
    options.make_observer = [make](const Trainer&) { return make(); };
    Session session(small_config(), fake(), options);
    Collector window(session.link());
    if (steps > 0) session.link().send(StepSome{steps});
    EXPECT_TRUE(window.wait_until(
        [&] { return last_step(window) == steps && window.status().state == RunState::paused; }));
    session.finish();
    session.finish();  // harmless
    const RunStatus last = session.link().receive().status;
    EXPECT_EQ(last.state, RunState::stopped);
    EXPECT_EQ(last.step, steps);
    return last;
  };
  const auto observer = [](bool refuse) {
    return [refuse]() -> Result<std::unique_ptr<Observer>> {
      auto notes = std::make_unique<test::NotesObserver>();
      notes->refuse_weights = refuse;
      return std::unique_ptr<Observer>(std::move(notes));
    };
  };
  const RunStatus saved = ended(observer(false), 2);
  EXPECT_EQ(saved.saved_in, "a folder");
  EXPECT_EQ(saved.not_saved, "");
  const RunStatus lost = ended(observer(true), 2);
  EXPECT_EQ(lost.saved_in, "");
  EXPECT_EQ(lost.not_saved, "disk full");
  const RunStatus unrecorded =
      ended([]() -> Result<std::unique_ptr<Observer>> { return usage_error("/nowhere"); }, 2);
  EXPECT_EQ(unrecorded.saved_in, "");
  EXPECT_THAT(unrecorded.not_saved, HasSubstr("/nowhere"));
  const RunStatus untrained = ended(observer(false), 0);
  EXPECT_EQ(untrained.saved_in + untrained.not_saved, "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
