// A run with edits, recorded, and the same run with its edits replayed: equal to the bit.
#include "core/session/driving/replay.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "core/base/file_name.h"
#include "core/record/folder/run_folder.h"
#include "core/session/driving/driver.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

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

TEST(Replayed, ARunWithOperationsOnItsExpertsIsRepeatedToTheBit) {
  Config config = small();
  config.accumulation = 2;
  config.noise_std = 0.3;
  const test::TemporaryFolder folder;
  const fs::path first = folder.path() / "first\x01", second = folder.path() / "second";
  const auto recorded = record(first, config, nullptr, [&](Driver& driver, int slice) {
    const std::map<int, std::string> lines{
        {5, "clone 0.1"},
        {8, "merge 0.0 0.2"},
        {13, "reinitialise 1.1"},
        {14, "transplant 0.1 onto 1.2 from " + text_of_path(first.native() + "@before clone 0.1")},
        {19, "reinitialise router 0"}};
    const auto at = lines.find(slice);
    if (at == lines.end()) return;
    const auto done = driver.operate(*operation_of(at->second), static_cast<std::uint64_t>(slice));
    ASSERT_TRUE(done) << done.error().message;
    // A transplant says which very expert it was.
    EXPECT_TRUE(done->event.message == at->second ||
                done->event.message.starts_with("transplant 0.1 onto 1.2 checked "))
        << done->event.message;
    const auto before = driver.take_ended();
    ASSERT_TRUE(before) << "the model before it can be asked back";
    EXPECT_TRUE(fs::exists(before->file));
  });
  const auto replay = Replay::read(first);
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ(replay->left(), 5u);
  const auto replayed = record(second, config, &*replay, {});
  EXPECT_EQ(replayed.metrics, recorded.metrics);
  EXPECT_EQ(replayed.routing, recorded.routing);
  EXPECT_TRUE(same_bits(replayed.weights, recorded.weights));
  EXPECT_EQ(Replay::read(second)->left(), 5u);
}

// What lies where its text lay is another by now, of the same characters: the model goes on with the one it
// learned from.
TEST(BroughtBack, AModelHasItsOwnTextAgain) {
  const test::TemporaryFolder folder;
  const auto text_of = [](std::string_view line) {
    std::string text;
    for (int i = 0; i < 100; ++i) text += line;
    return text;
  };
  folder.write("book.txt", text_of("the fox met an owl\n"));
  folder.write("other.txt", text_of("a quick brown dog sleeps\n"));
  Config config = small();
  config.corpus = (folder.path() / "book.txt").native();
  const auto trainer = make(config);
  const Fingerprint learned_from = trainer->data().text.source;
  auto files = RunFolder::create(folder.path() / "runs" / "one");
  ASSERT_TRUE(files);
  Driver driver(*trainer, files->get());
  driver.start();
  while (trainer->step() < 3) ASSERT_TRUE(driver.advance());
  const auto bring_back = [&](const char* other) {
    Config elsewhere = config;
    elsewhere.corpus = (folder.path() / other).native();
    ASSERT_TRUE(driver.apply(elsewhere, 1));
    const auto ended = driver.take_ended();
    ASSERT_TRUE(ended);
    ASSERT_NE(trainer->data().text.source, learned_from);
    folder.write("book.txt", text_of("the owl met an fox\n"));
    const auto back = driver.bring_back(*ended);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(trainer->data().text.source, learned_from);
    EXPECT_EQ(trainer->step(), 3);
    EXPECT_EQ(*trainer->text(), text_of("the fox met an owl\n"));
  };
  bring_back("other.txt");
  // The other one under the same name, too.
  std::error_code code;
  std::filesystem::copy_file(folder.path() / "book.txt", folder.path() / "moved.txt", code);
  bring_back("moved.txt");
  driver.finish();
}

// A file of weights says no more of its text than the name: the run's folder beside it has the text.
TEST(BroughtBack, WeightsAloneHaveTheirTextTooThoughItLiesElsewhereByNow) {
  const test::TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 100; ++i) text += "the fox met an owl\n";
  folder.write("book.txt", text);
  Config config = small();
  config.corpus = (folder.path() / "book.txt").native();
  {
    const auto trainer = make(config);
    auto files = RunFolder::create(folder.path() / "runs" / "one");
    ASSERT_TRUE(files);
    Driver driver(*trainer, files->get());
    driver.start();
    ASSERT_TRUE(driver.advance());
    ASSERT_TRUE(driver.export_weights());
    driver.finish();
  }
  fs::remove(folder.path() / "book.txt");
  const auto trainer = make(small());
  Driver driver(*trainer, nullptr);
  driver.start();
  RunToGoOn run;
  run.file = folder.path() / "runs" / "one" / "model.safetensors";
  const auto done = driver.go_on(run, 1);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(*trainer->text(), text);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
