// A run with edits, recorded, and the same run with its edits replayed: equal to the bit.
#include "core/session/replay.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <sstream>

#include "core/record/folder/run_folder.h"
#include "core/session/driver.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

// metrics.csv without the columns of the clock.
std::string timeless(const fs::path& file) {
  const std::set<std::string> clock{"wall_s", "tokens_per_s", "step_ms"};
  std::istringstream text(test::text_of_file(file));
  std::string out;
  std::vector<bool> kept;
  for (std::string line; std::getline(text, line); out += '\n') {
    std::istringstream cells(line);
    std::size_t column = 0;
    for (std::string cell; std::getline(cells, cell, ','); ++column) {
      if (out.find('\n') == std::string::npos) kept.push_back(!clock.contains(cell));
      if (kept.at(column)) out += cell + ',';
    }
  }
  return out;
}

struct Recorded {
  std::string metrics, routing;
  std::vector<NamedTensor> weights;
};

// `edit` is asked before each slice.
Recorded record(const fs::path& folder, const Config& config, const Replay* replay,
                const std::function<void(Driver&, int)>& edit) {
  const auto trainer = make(config);
  auto files = RunFolder::create(folder);
  EXPECT_TRUE(files);
  Driver driver(*trainer, files->get());
  driver.start();
  if (replay) driver.replay(*replay);
  for (int slice = 0; trainer->step() < 14; ++slice) {
    if (edit) edit(driver, slice);
    const auto advanced = driver.advance();
    if (!advanced) {
      ADD_FAILURE() << advanced.error().message;
      break;
    }
  }
  driver.finish();
  return {timeless(folder / "metrics.csv"), test::text_of_file(folder / "routing.jsonl"), trainer->weights()};
}

TEST(Replayed, ARunWithSurgeryInTheMiddleOfAStepIsRepeatedToTheBit) {
  Config config = small();
  config.accumulation = 4;
  config.noise_std = 0.3;
  config.expert_dropout = 0.1;
  config.probe_interval = 3;
  const test::TemporaryFolder folder;
  const fs::path first = folder.path() / "first", second = folder.path() / "second",
                 plain = folder.path() / "plain";
  const auto recorded = record(first, config, nullptr, [](Driver& driver, int slice) {
    Config next = driver.trainer().config();
    if (slice == 0) next.learning_rate = 0.1 / 3;
    if (slice == 14) next.experts = 6;                    // two micro-batches into a step
    if (slice == 15) next.top_k = 1, next.z_coef = 1e-3;  // and one further, which begins again
    if (slice == 31) next.experts = 3, next.accumulation = 2;
    if (next != driver.trainer().config()) {
      ASSERT_TRUE(driver.apply(next, static_cast<std::uint64_t>(slice) + 1));
    }
  });
  const auto replay = Replay::read(first);
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ(replay->left(), 4u);
  const auto replayed = record(second, config, &*replay, {});
  EXPECT_EQ(replayed.metrics, recorded.metrics);
  EXPECT_EQ(replayed.routing, recorded.routing);
  EXPECT_TRUE(same_bits(replayed.weights, recorded.weights));
  EXPECT_NE(record(plain, config, nullptr, {}).metrics, recorded.metrics);
  // What it has made is recorded again, and can be replayed in turn.
  EXPECT_EQ(Replay::read(second)->left(), 4u);
}

}  // namespace
}  // namespace switchyard
