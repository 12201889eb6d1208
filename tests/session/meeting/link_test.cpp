#include "core/session/meeting/link.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <thread>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

StepRecord record(std::int64_t step, double loss = 0, std::uint32_t model_id = 1) {
  StepRecord r;
  r.step = step;
  r.loss = loss;
  r.model_id = model_id;
  return r;
}

Command set(std::uint64_t revision) { return SetConfig{Config{}, revision}; }

std::vector<Command> queued(std::vector<Command> sent) {
  std::deque<Command> waiting;
  for (Command& command : sent) enqueue(waiting, std::move(command));
  return {waiting.begin(), waiting.end()};
}

TEST(Commands, NeighboursOfOneKindBecomeOneAndNothingOvertakes) {
  const auto waiting = queued({set(1), set(2), ResetModel{3}, set(4), set(5), set(6), Pause{}, set(7)});
  ASSERT_EQ(waiting.size(), 5u);
  EXPECT_EQ(std::get<SetConfig>(waiting[0]).revision, 2u);
  EXPECT_EQ(std::get<SetConfig>(waiting[0]).first_revision, 1u);
  EXPECT_EQ(std::get<ResetModel>(waiting[1]).revision, 3u);
  EXPECT_EQ(std::get<SetConfig>(waiting[2]).revision, 6u);
  EXPECT_EQ(std::get<SetConfig>(waiting[2]).first_revision, 4u);
  EXPECT_TRUE(std::holds_alternative<Pause>(waiting[3]));
  EXPECT_EQ(std::get<SetConfig>(waiting[4]).revision, 7u);
}

TEST(Commands, StepsAddUpAndTheLastWatchHolds) {
  Watch wanted;
  wanted.gradients = true;
  const auto waiting = queued({StepSome{2}, StepSome{3}, Watch{}, wanted, Play{}, StepSome{1}, ResetModel{1}, ResetModel{2}});
  ASSERT_EQ(waiting.size(), 6u);
  EXPECT_EQ(std::get<StepSome>(waiting[0]).steps, 5);
  EXPECT_EQ(std::get<Watch>(waiting[1]), wanted);
  EXPECT_EQ(std::get<StepSome>(waiting[3]).steps, 1);
  EXPECT_EQ(std::get<ResetModel>(waiting[5]).revision, 2u);  // each reset ends a model of its own
}

TEST(Commands, StopGoesFirst) {
  const auto waiting = queued({set(1), Play{}, Stop{}});
  EXPECT_TRUE(std::holds_alternative<Stop>(waiting[0]));
  EXPECT_EQ(waiting.size(), 3u);
}

TEST(Link, TakesCommandsInOrder) {
  Link link;
  link.send(set(1));
  link.send({Play{}, set(2)});
  ASSERT_TRUE(link.has_commands());
  const auto taken = link.take_commands();
  ASSERT_EQ(taken.size(), 3u);
  EXPECT_TRUE(std::holds_alternative<Play>(taken[1]));
  EXPECT_FALSE(link.has_commands());
}

TEST(Link, HandsOverEverythingOnceAndKeepsStatusAndSnapshot) {
  Link link;
  link.publish(record(1));
  link.publish(Notice{Notice::Level::warning, "careful", 0});
  link.publish(GenerationChunk{7, {}, true});
  RunEvent event;
  event.kind = EventKind::reset;
  link.publish(event);
  RunStatus status;
  status.step = 5;
  link.publish(status);
  auto snapshot = std::make_shared<Snapshot>();
  link.publish(std::shared_ptr<const Snapshot>(snapshot));

  const auto first = link.receive();
  EXPECT_EQ(first.records.size(), 1u);
  EXPECT_EQ(first.notices.at(0).message, "careful");
  EXPECT_EQ(first.generation.at(0).id, 7u);
  EXPECT_EQ(first.events.at(0).kind, EventKind::reset);
  const auto second = link.receive();
  EXPECT_TRUE(second.records.empty() && second.notices.empty() && second.generation.empty() &&
              second.events.empty());
  EXPECT_EQ(second.status.step, 5);
  EXPECT_EQ(second.snapshot, snapshot);
}

TEST(Link, KnowsWhetherTheSnapshotWasSeen) {
  Link link;
  EXPECT_TRUE(link.snapshot_was_seen());  // so that the first probe is wanted
  link.publish(std::make_shared<const Snapshot>());
  EXPECT_FALSE(link.snapshot_was_seen());
  (void)link.receive();
  EXPECT_TRUE(link.snapshot_was_seen());
}

TEST(Link, MergesTheOldestPairwiseWhenTheWindowStaysAway) {
  Link link;
  const auto limit = static_cast<std::int64_t>(Link::kMaxQueuedRecords);
  for (std::int64_t i = 0; i <= limit; ++i) {
    StepRecord r = record(i, static_cast<double>(i));
    if (i == 2) r.val_loss = 42, r.val_accuracy = 0.5;
    r.train_accuracy = i % 2 == 0 ? 0.25 : 0.75;
    r.layers.resize(1);
    r.layers[0].counts = {1, 2};
    r.layers[0].mean_prob = {0.25f, static_cast<float>(i % 2)};
    link.publish(std::move(r));
  }
  const auto update = link.receive();
  const std::size_t pairs = (Link::kMaxQueuedRecords + 1) / 4;
  EXPECT_EQ(update.merged_records, pairs);
  ASSERT_EQ(update.records.size(), Link::kMaxQueuedRecords + 1 - pairs);
  EXPECT_EQ(update.records[0].step, 1);
  EXPECT_DOUBLE_EQ(update.records[0].loss, 0.5);
  EXPECT_EQ(update.records[0].layers[0].counts, (std::vector<float>{2, 4}));
  EXPECT_EQ(update.records[0].layers[0].mean_prob, (std::vector<float>{0.25f, 0.5f}));
  EXPECT_DOUBLE_EQ(update.records[0].train_accuracy, 0.5);
  EXPECT_DOUBLE_EQ(update.records[1].val_accuracy, 0.5);
  EXPECT_DOUBLE_EQ(update.records[1].val_loss, 42);  // of the earlier one: the later has none
  EXPECT_EQ(update.records.back().step, limit);
  for (std::size_t i = 1; i < update.records.size(); ++i)
    ASSERT_LT(update.records[i - 1].step, update.records[i].step);
}

TEST(Link, MergesWhatRanksDidAsTheirMean) {
  Link link;
  for (std::int64_t i = 1; i <= static_cast<std::int64_t>(Link::kMaxQueuedRecords) + 1; ++i) {
    StepRecord r = record(i);
    r.ranks = {{i % 2 ? 10.0F : 14.0F, 2, 1, 0, {}}, {20, 0, 1, 0, {}}};
    link.publish(std::move(r));
  }
  const auto update = link.receive();
  ASSERT_EQ(update.records[0].ranks.size(), 2u);
  EXPECT_EQ(update.records[0].ranks[0].compute_ms, 12);
  EXPECT_EQ(update.records[0].ranks[1].compute_ms, 20);
}

TEST(Link, NeverHoldsMoreThanItsLimit) {
  Link link;
  for (std::int64_t i = 1; i <= 100'000; ++i) link.publish(record(i));
  const auto update = link.receive();
  EXPECT_LE(update.records.size(), Link::kMaxQueuedRecords);
  EXPECT_EQ(update.records.size() + update.merged_records, 100'000u);
  EXPECT_EQ(update.records.back().step, 100'000);
}

TEST(Link, DoesNotAverageAcrossModels) {
  Link link;
  const std::size_t count = Link::kMaxQueuedRecords + 1;
  for (std::size_t i = 0; i < count; ++i)
    link.publish(record(static_cast<std::int64_t>(i), i % 2 ? 1 : 3, static_cast<std::uint32_t>(i)));
  EXPECT_DOUBLE_EQ(link.receive().records[0].loss, 1);
}

Link* woken_link = nullptr;
int wakes = 0;

TEST(Link, WakesWithoutItsLock) {
  Link link;
  woken_link = &link;
  wakes = 0;
  link.set_wake([] {
    ++wakes;
    (void)woken_link->receive();  // would hang under the lock
  });
  link.publish(record(1));
  link.publish(RunStatus{});
  EXPECT_EQ(wakes, 2);
}

TEST(Link, WakesOnceUntilTheWindowHasLooked) {
  Link link;
  wakes = 0;
  link.set_wake([] { ++wakes; });
  EXPECT_FALSE(link.has_news());
  for (int i = 1; i <= 5; ++i) link.publish(record(i));
  EXPECT_EQ(wakes, 1);
  EXPECT_TRUE(link.has_news());  // for a window that took its wake for something else
  EXPECT_EQ(link.receive().records.size(), 5u);
  EXPECT_FALSE(link.has_news());
  link.publish(record(6));
  EXPECT_EQ(wakes, 2);
}

TEST(Link, RingsForACommand) {
  const auto bell = std::make_shared<Bell>();
  Link link(bell);
  std::thread trainer([&] {
    bell->wait();
    EXPECT_EQ(link.take_commands().size(), 1u);
  });
  link.send(Play{});
  trainer.join();
}

TEST(Bell, ARingBeforeTheWaitIsNotLostAndEndsOneWait) {
  Bell bell;
  bell.ring();
  bell.ring();
  bell.wait();
  bell.wait(std::chrono::milliseconds(1));  // the rings are spent: it ends by the clock
}

TEST(Link, TheEndIsSaidOverWhatWasLastSaid) {
  Link link;
  RunStatus status;
  status.step = 7;
  link.publish(status);
  link.publish_end("no memory");
  EXPECT_EQ(link.receive().status.state, RunState::stopped);
  EXPECT_EQ(link.receive().status.step, 7);
  EXPECT_EQ(link.receive().status.not_saved, "no memory");
  status.saved_in = "/runs/a";
  link.publish(status);
  link.publish_end("no memory");
  EXPECT_EQ(link.receive().status.not_saved, "") << "the weights were saved";
}

// One thread plays the window, the other the trainer, both as fast as they can.
TEST(Link, LosesNothingAndKeepsOrderUnderContention) {
  constexpr std::int64_t kRecords = 8'000;  // below the limit: nothing may be merged
  constexpr std::uint64_t kRevisions = 4'000;
  const auto bell = std::make_shared<Bell>();
  Link link(bell);
  std::thread trainer([&] {
    std::int64_t sent = 0, steps = 0;
    std::uint64_t revision = 0;
    while (sent < kRecords || revision < kRevisions) {
      if (sent < kRecords) link.publish(record(++sent));
      if (sent % 16 == 0) link.publish(std::make_shared<const Snapshot>());
      if (sent == kRecords && revision < kRevisions) bell->wait();
      for (const Command& command : link.take_commands()) {
        if (const auto* config = std::get_if<SetConfig>(&command)) {
          EXPECT_GT(config->revision, revision);
          revision = config->revision;
        } else if (const auto* some = std::get_if<StepSome>(&command)) {
          EXPECT_EQ(some->steps, ++steps);
        }
      }
    }
    EXPECT_EQ(steps, static_cast<std::int64_t>(kRevisions));
    EXPECT_EQ(revision, kRevisions);
  });
  std::int64_t seen = 0;
  std::uint64_t sent = 0;
  while (seen < kRecords || sent < kRevisions) {
    // The last StepSome goes first, so that all have arrived with the last SetConfig.
    if (sent < kRevisions) {
      ++sent;
      link.send({StepSome{static_cast<std::int64_t>(sent)}, set(sent)});
    }
    const auto update = link.receive();
    EXPECT_EQ(update.merged_records, 0u);
    for (const StepRecord& r : update.records) EXPECT_EQ(r.step, ++seen);
  }
  trainer.join();
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
