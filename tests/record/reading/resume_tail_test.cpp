// What lay behind the checkpoint that a run goes on from is not lost.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "core/record/checkpoint/checkpoint_store.h"
#include "tests/record/reading/resume_fixture.h"
#include "tests/record/tensorboard/read_events.h"
#include "tests/support/file_size_limit.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::text_of_file;
using test::checkpoint_of;
using test::record;
using test::ResumeTest;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(ResumeTest, TheTailStaysUntilItIsPassed) {
  Checkpoint checkpoint, later;
  {
    const auto folder = start(path_);
    record(*folder, 1, 10);
    checkpoint = checkpoint_of(*folder, 10);
    const CheckpointStore store(path_);
    ASSERT_TRUE(store.write(checkpoint));
    record(*folder, 11, 16);
    later = checkpoint_of(*folder, 16);
    ASSERT_TRUE(store.write(later));
    record(*folder, 17, 18);
  }
  const auto folder = resume(path_, checkpoint);
  const auto news = folder->take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_THAT(news[0].message,
              AllOf(HasSubstr("behind step 10"), HasSubstr("lost-18"), HasSubstr("passed step 18")));
  EXPECT_FALSE(news[0].trouble);
  EXPECT_THAT(names(path_ / "lost-18"), ElementsAre("checkpoints", "events.jsonl", "metrics.csv", "routing.jsonl",
                                                    "tape.sqlite", "tensorboard-events.bin"));
  EXPECT_THAT(names(path_ / "checkpoints"), ElementsAre("step-000000010.safetensors"));
  record(*folder, 11, 17);
  EXPECT_TRUE(fs::exists(path_ / "lost-18" / "checkpoints" / "step-000000016.safetensors"));
  record(*folder, 18, 18);
  EXPECT_FALSE(fs::exists(path_ / "lost-18"));
}

TEST_F(ResumeTest, ANamedCheckpointIsNeverLostWithTheTail) {
  Checkpoint checkpoint;
  {
    const auto folder = start(path_);
    record(*folder, 1, 10);
    checkpoint = checkpoint_of(*folder, 10);
    record(*folder, 11, 16);
    Checkpoint mine = checkpoint_of(*folder, 16);
    mine.label.name = "mine";
    ASSERT_TRUE(CheckpointStore(path_).write(mine));
  }
  const auto folder = resume(path_, checkpoint);
  record(*folder, 11, 30);
  EXPECT_TRUE(fs::exists(path_ / "lost-16" / "checkpoints" / "step-000000016-mine.safetensors"));
}

// Twice from the same checkpoint, the second time before the first tail was passed.
TEST_F(ResumeTest, TailsOfSeveralResumesStandBesideEachOther) {
  Checkpoint checkpoint;
  {
    const auto folder = start(path_);
    record(*folder, 1, 10);
    checkpoint = checkpoint_of(*folder, 10);
    record(*folder, 11, 20);
  }
  record(*resume(path_, checkpoint), 11, 15);
  record(*resume(path_, checkpoint), 11, 13);
  fs::create_directory(path_ / "lost-13");  // of one that was killed before it had cut anything
  const auto folder = resume(path_, checkpoint);
  EXPECT_THAT(names(path_), testing::IsSupersetOf({"lost-13", "lost-13-2", "lost-15", "lost-20"}));
  record(*folder, 11, 14);
  EXPECT_FALSE(fs::exists(path_ / "lost-13"));
  EXPECT_FALSE(fs::exists(path_ / "lost-13-2"));
  record(*folder, 15, 19);
  EXPECT_FALSE(fs::exists(path_ / "lost-15"));
  EXPECT_TRUE(fs::exists(path_ / "lost-20"));
  record(*folder, 20, 60);
  folder->on_end();
  EXPECT_EQ(texts(path_), straight(60));
}

TEST_F(ResumeTest, HalfALineGoesAside) {
  Checkpoint checkpoint;
  {
    const auto folder = start(path_);
    record(*folder, 1, 12);
    checkpoint = checkpoint_of(*folder, 12);
  }
  std::ofstream(path_ / "metrics.csv", std::ios::app) << "13,999,0.";
  std::ofstream(path_ / "events.jsonl", std::ios::app) << "{\"step\":";
  const auto folder = resume(path_, checkpoint);
  EXPECT_EQ(text_of_file(path_ / "lost-13" / "metrics.csv"), "13,999,0.");
  record(*folder, 13, 60);
  folder->on_end();
  EXPECT_EQ(texts(path_), straight(60));
}

// A power cut may take lines that were never synced: what is there stays, and it is said what is not.
TEST_F(ResumeTest, FilesThatAreShorterKeepWhatTheyHave) {
  Checkpoint checkpoint;
  {
    const auto folder = start(path_);
    record(*folder, 1, 12);
    checkpoint = checkpoint_of(*folder, 12);
  }
  const std::string whole = text_of_file(path_ / "metrics.csv");
  fs::resize_file(path_ / "metrics.csv", whole.size() - 5);
  fs::remove(path_ / "routing.jsonl");
  const auto folder = resume(path_, checkpoint);
  const auto news = folder->take_news();
  ASSERT_EQ(news.size(), 3u);
  EXPECT_TRUE(news[0].trouble);
  EXPECT_THAT(news[0].message, AllOf(HasSubstr("metrics.csv"), HasSubstr("step 12"), HasSubstr("missing")));
  EXPECT_THAT(news[1].message, HasSubstr("routing.jsonl"));
  record(*folder, 13, 14);
  folder->on_end();
  const std::string now = text_of_file(path_ / "metrics.csv");
  const std::string kept = whole.substr(0, whole.rfind('\n', whole.size() - 2) + 1);
  EXPECT_EQ(now.substr(0, kept.size()), kept);
  EXPECT_THAT(now.substr(kept.size()), testing::StartsWith("13,")) << "steps without rows are rows without steps";
  EXPECT_EQ(text_of_file(path_ / "events.jsonl"), straight(14)[2]);
}

// TensorBoard's file is cut behind a whole event, wherever the checkpoint says it ended: events that waited then
// may have been lost, and others lie there.
TEST_F(ResumeTest, NoEventIsCutInTheMiddle) {
  Checkpoint checkpoint;
  {
    const auto folder = start(path_);
    record(*folder, 1, 12);
    checkpoint = checkpoint_of(*folder, 12);
    record(*folder, 13, 20);
  }
  checkpoint.recording.tensorboard_bytes -= 3;
  const auto folder = resume(path_, checkpoint);
  EXPECT_THAT(folder->take_news().at(0).message, AllOf(HasSubstr("tfevents"), HasSubstr("missing")));
  record(*folder, 13, 14);
  folder->on_end();
  const auto events = test::read_events(texts(path_)[3]);
  EXPECT_EQ(test::scalars_of(events, "loss/train").size(), 13u) << "of step 12 it was the last";
  EXPECT_EQ(test::scalars_of(events, "loss/train").rbegin()->first, 14);
}

// A folder of a version that did not yet write how loads spread: it goes on, in the columns it has.
TEST_F(ResumeTest, AnEarlierVersionsColumnsStay) {
  Checkpoint checkpoint;
  {
    const auto folder = start(path_);
    record(*folder, 1, 3);
    checkpoint = checkpoint_of(*folder, 3);
  }
  // The columns of now without those behind l1_z, which is the last an earlier version knew.
  std::istringstream now(text_of_file(path_ / "metrics.csv"));
  std::string earlier, line;
  std::size_t columns = 0;
  while (std::getline(now, line)) {
    if (columns == 0) {
      const std::string known = line.substr(0, line.find(",l1_tokens_min"));
      ASSERT_LT(known.size(), line.size());
      columns = static_cast<std::size_t>(std::count(known.begin(), known.end(), ','));
    }
    std::size_t end = 0;
    for (std::size_t c = 0; c <= columns; ++c) end = line.find(',', end + (c > 0));
    earlier += line.substr(0, end) + "\n";
  }
  std::ofstream(path_ / "metrics.csv") << earlier;
  checkpoint.recording.metrics_bytes = static_cast<std::int64_t>(earlier.size());
  const auto folder = resume(path_, checkpoint);
  record(*folder, 4, 6);
  std::istringstream after(text_of_file(path_ / "metrics.csv"));
  std::size_t rows = 0;
  for (; std::getline(after, line); ++rows) EXPECT_EQ(static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')), columns) << line;
  EXPECT_EQ(rows, 7u);
  EXPECT_THAT(text_of_file(path_ / "metrics.csv"), testing::StartsWith(earlier));
}

TEST_F(ResumeTest, AFileCutToNothingBeginsAnew) {
  Checkpoint checkpoint;
  {
    const auto folder = start(path_);
    record(*folder, 1, 3);
    checkpoint = checkpoint_of(*folder, 3);
  }
  fs::resize_file(path_ / "metrics.csv", 20);
  const auto folder = resume(path_, checkpoint);
  record(*folder, 4, 4);
  EXPECT_THAT(text_of_file(path_ / "metrics.csv"), testing::StartsWith("step,tokens"));
  EXPECT_THAT(text_of_file(path_ / "metrics.csv"), HasSubstr("\n4,"));
}

TEST_F(ResumeTest, WithoutRoomForTheTailNothingIsCut) {
  Checkpoint checkpoint;
  {
    const auto folder = start(path_);
    record(*folder, 1, 2);
    checkpoint = checkpoint_of(*folder, 2);
    record(*folder, 3, 60);
  }
  const auto before = texts(path_);
  {
    const test::FileSizeLimit full(2000);
    const auto refused = RunFolder::resume(path_, checkpoint);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, AllOf(HasSubstr("lost-60"), HasSubstr("File too large")));
  }
  EXPECT_EQ(texts(path_), before);
}

TEST_F(ResumeTest, LeftoversAreClearedUnderTheLock) {
  Checkpoint checkpoint;
  {
    const auto folder = start(path_);
    record(*folder, 1, 2);
    checkpoint = checkpoint_of(*folder, 2);
    ASSERT_TRUE(CheckpointStore(path_).write(checkpoint));
    ASSERT_TRUE(replace_file(path_ / ".1-0a1b2c3d.tmp", "half"));
    ASSERT_TRUE(replace_file(path_ / "checkpoints" / ".1-0a1b2c3d.tmp", "half"));
    EXPECT_FALSE(RunFolder::resume(path_, checkpoint));
    EXPECT_TRUE(fs::exists(path_ / ".1-0a1b2c3d.tmp")) << "whoever does not hold the run touches nothing";
  }
  ASSERT_TRUE(resume(path_, checkpoint));
  EXPECT_FALSE(fs::exists(path_ / ".1-0a1b2c3d.tmp"));
  EXPECT_FALSE(fs::exists(path_ / "checkpoints" / ".1-0a1b2c3d.tmp"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
