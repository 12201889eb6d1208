#include "core/history/snapshot_store.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

constexpr std::size_t kFloats = 1000;

std::shared_ptr<const ProbeTokens> probe() {
  auto tokens = std::make_shared<ProbeTokens>();
  tokens->text.assign(100, "a");
  tokens->id.assign(100, 1);
  return tokens;
}

std::shared_ptr<const Snapshot> snapshot(std::int64_t step, std::shared_ptr<const ProbeTokens> tokens,
                                         std::uint32_t model_id = 1) {
  auto out = std::make_shared<Snapshot>();
  out->model_id = model_id;
  out->step = step;
  out->tokens = std::move(tokens);
  out->layers.resize(1);
  out->layers[0].prob.assign(kFloats, 0.5f);
  out->layers.shrink_to_fit();
  return out;
}

TEST(SnapshotBytes, CountWhatIsHeld) {
  const auto tokens = probe();
  const auto one = snapshot(0, tokens);
  EXPECT_EQ(bytes_of(*one), sizeof(Snapshot) + sizeof(ProbeLayer) + kFloats * sizeof(float));
  // Texts of one character need no memory of their own.
  EXPECT_EQ(probe_bytes(*one), sizeof(ProbeTokens) + 100 * (sizeof(std::string) + sizeof(std::int32_t)));
  auto long_words = std::make_shared<ProbeTokens>(*tokens);
  long_words->text.assign(1, std::string(50, 'x'));
  long_words->text.shrink_to_fit();
  EXPECT_EQ(probe_bytes(*snapshot(0, long_words)),
            sizeof(ProbeTokens) + sizeof(std::string) + long_words->text[0].capacity() + 1 + 100 * sizeof(std::int32_t));
}

TEST(SnapshotStore, SharedTokensAreCountedOnce) {
  SnapshotStore store;
  const auto tokens = probe();
  const auto one = snapshot(1, tokens);
  for (int i = 1; i <= 10; ++i) store.add(snapshot(i, tokens));
  const std::size_t of_snapshots = 10 * bytes_of(*one), of_probe = probe_bytes(*one);
  EXPECT_GE(store.bytes(), of_snapshots + of_probe);
  EXPECT_LT(store.bytes(), of_snapshots + of_probe + 64 * sizeof(SnapshotStore::Kept));
  store.add(snapshot(11, probe(), 2));  // another model's
  EXPECT_GE(store.bytes(), of_snapshots + bytes_of(*one) + 2 * of_probe);
}

TEST(SnapshotStore, TheSameIsTakenOnceAndTheSameStepReplaced) {
  SnapshotStore store;
  const auto tokens = probe();
  const auto first = snapshot(5, tokens), again = snapshot(5, tokens);
  store.add(first);
  const std::size_t bytes = store.bytes();
  store.add(first);
  EXPECT_EQ(store.size(), 1u);
  store.add(again);
  ASSERT_EQ(store.size(), 1u);
  EXPECT_EQ(store[0].snapshot, again);
  EXPECT_EQ(store.bytes(), bytes);
  store.add(nullptr);
  EXPECT_EQ(store.size(), 1u);
}

TEST(SnapshotStore, ARunThatWentBackHasTheLaterOnesBehindIt) {
  SnapshotStore store;
  const auto tokens = probe();
  for (int i = 1; i <= 5; ++i) store.add(snapshot(10 * i, tokens));
  store.add(snapshot(25, tokens, 2));
  ASSERT_EQ(store.size(), 3u);
  EXPECT_EQ(store[1].snapshot->step, 20);
  EXPECT_EQ(store[2].snapshot->step, 25);
  const std::size_t bytes = store.bytes();
  store.add(snapshot(25, tokens, 2));
  EXPECT_EQ(store.bytes(), bytes);
}

TEST(SnapshotStore, LooksOfThePastComeInAnyOrder) {
  SnapshotStore store;
  const auto tokens = probe();
  store.add(snapshot(50, tokens));
  for (const int step : {10, 30, 20, 40, 30}) store.add_past(snapshot(step, tokens));
  ASSERT_EQ(store.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(store[i].snapshot->step, 10 * static_cast<std::int64_t>(i + 1));
  SnapshotStore live;
  for (int step = 10; step <= 50; step += 10) live.add(snapshot(step, tokens));
  EXPECT_EQ(store.bytes(), live.bytes());
  store.add(snapshot(60, tokens));  // and the run goes on
  EXPECT_EQ(store.size(), 6u);
}

TEST(SnapshotStore, KeepsTheBudgetTheEndsAndEvenDistances) {
  const auto tokens = probe();
  const std::size_t each = bytes_of(*snapshot(0, tokens)) + sizeof(SnapshotStore::Kept);
  const std::size_t budget = 40 * each + probe_bytes(*snapshot(0, tokens));
  SnapshotStore store(budget);
  for (int i = 0; i < 1000; ++i) {
    store.add(snapshot(i, tokens));
    EXPECT_LE(store.bytes(), budget);
    EXPECT_EQ(store[store.size() - 1].snapshot->step, i);
    EXPECT_EQ(store[0].snapshot->step, 0);
  }
  // As many as fit but for the room the list grows by, and no gap much wider than another.
  EXPECT_GT(store.size(), 20u);
  const double fair = 999.0 / static_cast<double>(store.size() - 1);
  for (std::size_t i = 0; i + 1 < store.size(); ++i) EXPECT_LE(store[i + 1].x - store[i].x, 2.5 * fair) << i;
}

TEST(SnapshotStore, NeverGivesUpTheNewest) {
  const auto tokens = probe();
  SnapshotStore store(1);
  for (int i = 0; i < 5; ++i) store.add(snapshot(i, tokens));
  ASSERT_EQ(store.size(), 1u);
  EXPECT_EQ(store[0].snapshot->step, 4);
}

TEST(SnapshotStore, FindsTheNearest) {
  SnapshotStore store;
  const auto tokens = probe();
  for (const int x : {10, 20, 40}) store.add(snapshot(x, tokens));
  EXPECT_EQ(store.nearest(-5), 0u);
  EXPECT_EQ(store.nearest(15), 0u);  // the earlier of two as near
  EXPECT_EQ(store.nearest(16), 1u);
  EXPECT_EQ(store.nearest(31), 2u);
  EXPECT_EQ(store.nearest(1e9), 2u);
}

TEST(SnapshotStore, ForgetsEverything) {
  SnapshotStore store(12345);
  store.add(snapshot(1, probe()));
  store.clear();
  EXPECT_TRUE(store.empty());
  EXPECT_EQ(store.bytes(), 0u);
  EXPECT_EQ(store.budget(), 12345u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
