// A run whose dense model was given experts on its way goes on in its own folder, as if it had never stopped.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "core/record/reading/run_reading.h"
#include "core/record/reading/tape_steps.h"
#include "tests/record/reading/resume_fixture.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::checkpoint_of;
using test::fake_record;
using test::small_config;
using test::text_of_file;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::int64_t kUpcycledAt = 10;

class ResumeUpcycledTest : public test::ResumeTest {
 protected:
  static Config dense_config() {
    Config config = small_config();
    config.ffn = Ffn::dense;
    return config;
  }
  static void go(RunFolder& folder, std::int64_t from, std::int64_t to) {
    for (std::int64_t step = from; step <= to; ++step) {
      if (step == kUpcycledAt + 1) {
        RunEvent event;
        event.kind = EventKind::operate;
        event.step = step, event.model_id = 1;
        event.message = "upcycle 3";
        event.changes = {{"ffn", "dense", "moe"}};
        folder.on_event(event);
      }
      folder.on_step(fake_record(step > kUpcycledAt ? small_config() : dense_config(), step));
      if (step % 5 == 0) folder.on_probe(nullptr);
    }
  }
  std::unique_ptr<RunFolder> start_dense(const fs::path& path) const {
    auto made = RunFolder::create(path, options());
    EXPECT_TRUE(made);
    (*made)->on_model(test::FakeTrainer(dense_config()));
    return std::move(*made);
  }
  // Where it goes on.
  static void tell_model(RunFolder& folder, std::int64_t step) {
    folder.on_model(test::FakeTrainer(step > kUpcycledAt ? small_config() : dense_config()));
  }
  Checkpoint kept(RunFolder& folder, std::int64_t step) const {
    Checkpoint made = checkpoint_of(folder, step);
    if (step <= kUpcycledAt) made.trainer.config = dense_config();
    return made;
  }
  std::vector<std::string> never_stopped(std::int64_t steps) const {
    const fs::path path = scratch_.path() / "never-stopped";
    const auto folder = start_dense(path);
    go(*folder, 1, steps);
    folder->on_end();
    return texts(path);
  }
  // Of every step of the tape, how many layers it has.
  static std::vector<std::size_t> layers_of(const fs::path& folder) {
    std::vector<std::size_t> layers;
    EXPECT_TRUE(
        read_tape_steps(folder, [&](StepRecord&& step) { return layers.push_back(step.layers.size()), true; }));
    return layers;
  }
};

TEST_F(ResumeUpcycledTest, GoesOnWithTheColumnsOfItsFile) {
  const auto expected = never_stopped(40);
  const std::string metrics = expected[0], routing = expected[1];
  EXPECT_THAT(metrics.substr(0, metrics.find('\n')), Not(HasSubstr("l1_"))) << "of the dense model it began with";
  EXPECT_THAT(routing, testing::StartsWith("{\"step\":15,\"layer\":1,"));
  EXPECT_THAT(expected[3], HasSubstr("layer1/entropy")) << "TensorBoard's file has no columns";
  // Before it, at once after it, and later.
  for (const std::int64_t at : {7, 10, 11, 20, 23}) {
    for (const std::int64_t beyond : {0, 9}) {
      SCOPED_TRACE(fmt::format("kept at {}, ended at {}", at, at + beyond));
      fs::remove_all(path_);
      Checkpoint checkpoint;
      {
        const auto folder = start_dense(path_);
        go(*folder, 1, at);
        checkpoint = kept(*folder, at);
        go(*folder, at + 1, at + beyond);
      }
      auto made = RunFolder::resume(path_, checkpoint, options());
      ASSERT_TRUE(made) << made.error().message;
      tell_model(**made, at);
      go(**made, at + 1, 40);
      (*made)->on_end();
      EXPECT_EQ(texts(path_), expected);
      const auto layers = layers_of(path_);
      ASSERT_EQ(layers.size(), 40U);
      EXPECT_EQ(std::count(layers.begin(), layers.begin() + kUpcycledAt, 0U), kUpcycledAt);
      EXPECT_EQ(std::count(layers.begin() + kUpcycledAt, layers.end(), 1U), 30);
    }
  }
}

// Without its tape: loads are those of routing.jsonl, for metrics.csv has no layers.
TEST_F(ResumeUpcycledTest, ItsLinesAloneTellTheLoadsOfItsLayers) {
  auto folder = start_dense(path_);
  go(*folder, 1, 23);
  const RecordingState open = folder->recording_state();
  folder.reset();
  fs::remove(path_ / "tape.sqlite");
  const auto past = read_past(path_, 1, kMostPastRecords, &open);
  ASSERT_TRUE(past) << past.error().message;
  ASSERT_EQ(past->records.size(), 23U);
  for (const StepRecord& record : past->records) {
    SCOPED_TRACE(record.step);
    ASSERT_EQ(record.layers.size(), record.step > kUpcycledAt ? 1U : 0U);
    if (record.layers.empty()) continue;
    EXPECT_EQ(record.layers[0].block, 1);
    EXPECT_EQ(record.layers[0].counts.size(), 3U);
    EXPECT_TRUE(std::isnan(record.layers[0].token_entropy));
  }
}

// Undo and redo go back and forth over it in one process.
TEST_F(ResumeUpcycledTest, GoesOnInTheProcessThatRecordedIt) {
  const auto expected = never_stopped(40);
  const auto folder = start_dense(path_);
  const std::string run = folder->run();
  go(*folder, 1, 8);
  const RecordingState before = folder->recording_state();
  go(*folder, 9, 20);
  const RecordingState after = folder->recording_state();
  go(*folder, 21, 30);
  for (const std::int64_t at : {20, 8}) {
    ASSERT_TRUE(folder->go_on({run, at}, at == 8 ? before : after, {}));
    tell_model(*folder, at);
    go(*folder, at + 1, 30);
  }
  go(*folder, 31, 40);
  folder->on_end();
  EXPECT_EQ(texts(path_), expected);
}

// A file that is wanted from some step after it on has the columns of the model of then.
TEST_F(ResumeUpcycledTest, AFileSwitchedOnAfterwardsHasTheLayers) {
  Config config = dense_config();
  config.log_csv = false;
  auto made = RunFolder::create(path_, options());
  ASSERT_TRUE(made);
  RunFolder& folder = **made;
  folder.on_model(test::FakeTrainer(config));
  go(folder, 1, 8);
  Checkpoint checkpoint = kept(folder, 8);
  checkpoint.trainer.config = config;
  go(folder, 9, 20);
  RunEvent on;
  on.kind = EventKind::set;
  on.step = 21, on.model_id = 1;
  on.changes = {{"log_csv", "false", "true"}};
  folder.on_event(on);
  go(folder, 21, 22);
  const auto fields = [](std::string_view line) { return std::count(line.begin(), line.end(), ','); };
  const std::string metrics = text_of_file(path_ / "metrics.csv");
  const std::size_t first = metrics.find('\n'), second = metrics.find('\n', first + 1);
  EXPECT_THAT(metrics.substr(0, first), HasSubstr(",l1_entropy,"));
  EXPECT_EQ(fields(metrics.substr(0, first)), fields(metrics.substr(first, second - first)));
  // Of it nothing was there at step 8, and nothing is in the way.
  made->reset();
  const auto again = RunFolder::resume(path_, checkpoint, options());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(text_of_file(path_ / "metrics.csv"), "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
