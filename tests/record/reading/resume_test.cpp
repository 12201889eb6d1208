// A run that goes on: its record is that of a run that never stopped, and what lay behind its checkpoint is not
// lost.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "core/base/json.h"
#include "core/base/random.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/files/files.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/resume_point.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/soak.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using test::fake_record;
using test::FakeTrainer;
using test::text_of_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kFiles[] = {"metrics.csv", "routing.jsonl", "events.jsonl"};

Config small_config() {
  Config config;
  config.layers = 3;
  config.moe_every = 2;
  config.experts = 3;
  return config;
}

// What a driver would tell of these steps: looks every 5, an edit every 7.
void record(RunFolder& folder, std::int64_t from, std::int64_t to) {
  for (std::int64_t step = from; step <= to; ++step) {
    StepRecord made = fake_record(small_config(), step);
    made.layers[0].mean_prob[1] = 0.1F * static_cast<float>(step % 10);
    folder.on_step(made);
    if (step % 5 == 0) folder.on_probe(nullptr);
    if (step % 7 != 0) continue;
    RunEvent event;
    event.kind = EventKind::set;
    event.step = step + 1;
    event.model_id = 1;
    event.changes = {{"top_k", "1", "2"}};
    folder.on_event(event);
  }
}

Checkpoint checkpoint_of(RunFolder& folder, std::int64_t step, std::size_t floats = 100) {
  Checkpoint made = test::small_checkpoint(step, floats);
  made.trainer.config = small_config();
  made.label.run = folder.run();
  made.recording = folder.recording_state();
  return made;
}

class ResumeTest : public testing::Test {
 protected:
  static RunFolder::Options options() {
    return {[] { return 0.0; }};
  }  // no write ever takes long
  std::unique_ptr<RunFolder> start(const fs::path& path) const {
    auto made = RunFolder::create(path, options());
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    (*made)->on_model(trainer_);
    return std::move(*made);
  }
  std::unique_ptr<RunFolder> resume(const fs::path& path, const Checkpoint& checkpoint) const {
    auto made = RunFolder::resume(path, checkpoint, options());
    EXPECT_TRUE(made) << (made ? "" : made.error().message);
    if (!made) return nullptr;
    (*made)->on_model(trainer_);
    return std::move(*made);
  }
  // The three files of a run of so many steps that never stopped.
  std::vector<std::string> straight(std::int64_t steps) const {
    const fs::path path = scratch_.path() / ("straight-" + std::to_string(steps));
    if (!fs::exists(path)) {
      const auto folder = start(path);
      record(*folder, 1, steps);
      folder->on_end();
    }
    return texts(path);
  }
  static std::vector<std::string> texts(const fs::path& folder) {
    std::vector<std::string> all;
    for (const char* file : kFiles) all.push_back(text_of_file(folder / file));
    return all;
  }
  static std::vector<std::string> names(const fs::path& folder) {
    std::vector<std::string> all;
    for (const auto& entry : fs::directory_iterator(folder)) all.push_back(entry.path().filename());
    std::sort(all.begin(), all.end());
    return all;
  }

  test::TemporaryFolder scratch_;
  fs::path path_ = scratch_.path() / "run";
  FakeTrainer trainer_{small_config()};
};

TEST_F(ResumeTest, KeepingChangesNoFileOfTheRun) {
  {
    const auto folder = start(path_);
    const CheckpointStore store(path_);
    for (int step = 1; step <= 20; ++step) {
      record(*folder, step, step);
      const auto before = texts(path_);
      Checkpoint made = checkpoint_of(*folder, step);
      ASSERT_TRUE(store.write(made));
      EXPECT_EQ(texts(path_), before);
    }
    folder->on_end();
  }
  EXPECT_EQ(texts(path_), straight(20));
}

// At whatever step it is kept, however far it went on and however it ended.
TEST_F(ResumeTest, GoesOnAsIfItHadNeverStopped) {
  const auto expected = straight(60);
  for (const int kept : {1, 4, 5, 7, 14, 20, 33, 35}) {
    for (const int beyond : {0, 1, 13}) {
      for (const bool in_order : {false, true}) {
        SCOPED_TRACE(
            fmt::format("kept at {}, ended at {}, {}", kept, kept + beyond, in_order ? "in order" : "killed"));
        fs::remove_all(path_);
        Checkpoint checkpoint;
        std::string id;
        {
          const auto folder = start(path_);
          record(*folder, 1, kept);
          checkpoint = checkpoint_of(*folder, kept);
          record(*folder, kept + 1, kept + beyond);
          if (in_order) {
            EXPECT_TRUE(folder->on_weights(trainer_));
            folder->on_end();
          }
          id = folder->run();
        }
        const auto before = texts(path_);
        const std::string config = text_of_file(path_ / "config.json");
        const auto folder = resume(path_, checkpoint);
        EXPECT_EQ(folder->run(), id);
        for (std::size_t f = 0; f < std::size(kFiles); ++f) {
          const std::string now = text_of_file(path_ / kFiles[f]);
          EXPECT_EQ(now, expected[f].substr(0, now.size()));
          // What was cut lies aside, whole.
          std::string lost;
          for (const std::string& name : names(path_))
            if (name.starts_with("lost-")) lost = text_of_file(path_ / name / kFiles[f]);
          EXPECT_EQ(now + lost, before[f]);
        }
        record(*folder, kept + 1, 60);
        folder->on_end();
        EXPECT_EQ(texts(path_), expected);
        EXPECT_EQ(text_of_file(path_ / "config.json"), config);
        for (const std::string& name : names(path_)) EXPECT_FALSE(name.starts_with("lost-")) << "it is passed";
      }
    }
  }
}

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
  EXPECT_THAT(names(path_ / "lost-18"),
              ElementsAre("checkpoints", "events.jsonl", "metrics.csv", "routing.jsonl", "tape.sqlite"));
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

TEST_F(ResumeTest, RefusesWhatIsNotItsOwn) {
  const auto error = [&](const fs::path& path, const Checkpoint& checkpoint) {
    const auto made = RunFolder::resume(path, checkpoint);
    if (made) return std::string("accepted");
    EXPECT_EQ(made.error().kind, ErrorKind::usage);
    EXPECT_THAT(made.error().message, HasSubstr(path.native()));
    return made.error().message;
  };
  Checkpoint checkpoint;
  EXPECT_THAT(error(path_, checkpoint), HasSubstr("no such run folder"));
  {
    const auto folder = start(path_);
    record(*folder, 1, 12);
    checkpoint = checkpoint_of(*folder, 12);
    EXPECT_THAT(error(path_, checkpoint), HasSubstr("held by process " + std::to_string(getpid())));
  }
  const auto before = texts(path_);
  Checkpoint another = checkpoint;
  another.label.run = "20261128T151200Z-other-x7k2mq";
  EXPECT_THAT(error(path_, another), AllOf(HasSubstr("is the folder of run"), HasSubstr("other-x7k2mq")));
  Checkpoint deeper = checkpoint;
  deeper.trainer.config.layers = 5;
  EXPECT_THAT(error(path_, deeper), HasSubstr("metrics.csv: its columns are not those"));
  EXPECT_EQ(texts(path_), before);
  EXPECT_EQ(error(path_, checkpoint), "accepted") << "nobody holds it any more";
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

// --- back to an earlier run of the same process

TEST_F(ResumeTest, UndoOfAResetGoesOnInTheRunThatItEnded) {
  const auto folder = start(path_);
  record(*folder, 1, 12);
  const Checkpoint checkpoint = checkpoint_of(*folder, 12);
  const std::string first = folder->run();
  RunEvent reset;
  reset.kind = EventKind::reset;
  reset.step = 13, reset.model_id = 1;
  folder->on_event(reset);
  ASSERT_TRUE(trainer_.reset());
  folder->on_model(trainer_);
  const std::string second = folder->run();
  record(*folder, 1, 9);
  EXPECT_NE(first, second);
  EXPECT_EQ(folder->place(), (scratch_.path() / "run-2").native());
  EXPECT_TRUE(is_run_held(path_)) << "nobody else may take what undo goes back to";

  const auto unknown = folder->go_on({"20261128T151200Z-other-x7k2mq", 3}, {}, "nowhere");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(folder->run(), second);
  ASSERT_TRUE(folder->go_on({first, 12}, checkpoint.recording, {}));
  folder->on_model(trainer_);
  EXPECT_EQ(folder->run(), first);
  EXPECT_EQ(folder->place(), path_.native());
  record(*folder, 13, 60);
  folder->on_end();
  EXPECT_EQ(texts(path_), straight(60));
  const std::string other = text_of_file(scratch_.path() / "run-2" / "metrics.csv");
  EXPECT_EQ(std::count(other.begin(), other.end(), '\n'), 10);
  EXPECT_EQ(text_of_file(scratch_.path() / "run-2" / "routing.jsonl").substr(0, 10), "{\"step\":5,");
}

// The new model has made no step: it has no folder, and never gets one.
TEST_F(ResumeTest, UndoBeforeTheFirstStepLeavesNoRunBehind) {
  const auto folder = start(path_);
  record(*folder, 1, 12);
  const Checkpoint checkpoint = checkpoint_of(*folder, 12);
  const std::string first = folder->run();
  ASSERT_TRUE(trainer_.reset());
  folder->on_model(trainer_);
  ASSERT_TRUE(folder->go_on({first, 12}, checkpoint.recording, {}));
  folder->on_model(trainer_);
  record(*folder, 13, 60);
  folder->on_end();
  EXPECT_EQ(texts(path_), straight(60));
  EXPECT_FALSE(fs::exists(scratch_.path() / "run-2"));
}

// --- what a person names

TEST_F(ResumeTest, IsFoundByFolderStepNameOrFile) {
  {
    const auto folder = start(path_);
    const CheckpointStore store(path_);
    for (const int step : {10, 20, 30}) {
      record(*folder, step - 9, step);
      Checkpoint made = checkpoint_of(*folder, step);
      if (step == 20) made.label.name = "good @ home";
      ASSERT_TRUE(store.write(made));
    }
  }
  const auto step_of = [&](const std::string& named) {
    const auto point = find_resume_point(named);
    if (!point) return fmt::format("error: {}", point.error().message);
    return fmt::format("{} in {}", point->checkpoint ? point->checkpoint->trainer.step : -1,
                       point->folder.filename().native());
  };
  const std::string run = path_.native();
  EXPECT_EQ(step_of(run), "30 in run");
  EXPECT_EQ(step_of(run + "/"), "30 in run");
  EXPECT_EQ(step_of(run + "@10"), "10 in run");
  EXPECT_EQ(step_of(run + "@good---home"), "20 in run");
  EXPECT_EQ(step_of(run + "/checkpoints/step-000000010.safetensors"), "10 in run");
  EXPECT_EQ(step_of(run + "/metrics.csv").substr(0, 6), "error:");
  EXPECT_THAT(step_of(run + "@11"),
              AllOf(HasSubstr("no checkpoint '11'"), HasSubstr("there are 30, 20 (good @ home), 10")));
  EXPECT_THAT(step_of(run + "x"), HasSubstr("no such run folder"));
  EXPECT_THAT(step_of(run + "x@3"), HasSubstr("no such run folder"));
  EXPECT_THAT(step_of(scratch_.path().native()), HasSubstr("is no folder of a run"));
  // Elsewhere a checkpoint begins a run of its own.
  fs::copy(path_ / "checkpoints" / "step-000000010.safetensors", scratch_.path() / "copy.safetensors");
  EXPECT_EQ(step_of((scratch_.path() / "copy.safetensors").native()), "10 in ");
  // The newest is damaged: the one before it, and it is said.
  fs::resize_file(path_ / "checkpoints" / "step-000000030.safetensors", 100);
  EXPECT_EQ(step_of(run), "20 in run");
  EXPECT_THAT(find_resume_point(run)->notes, ElementsAre(HasSubstr("step-000000030")));
}

TEST_F(ResumeTest, AFolderOfAnEarlierVersionHasItsWeightsAlone) {
  {
    const auto folder = start(path_);
    record(*folder, 1, 3);
    ASSERT_TRUE(folder->on_weights(trainer_));
  }
  const fs::path weights = path_ / "model.safetensors";
  for (const fs::path& named : {path_, weights}) {
    const auto point = find_resume_point(named.native());
    ASSERT_TRUE(point) << point.error().message;
    EXPECT_FALSE(point->checkpoint);
    EXPECT_EQ(point->file, weights);
    EXPECT_EQ(point->folder, "");
    EXPECT_THAT(point->notes, ElementsAre(HasSubstr("the optimizer's state was not saved")));
  }
  Checkpoint kept = checkpoint_of(
      *resume(path_,
              [&] {
                Checkpoint made = test::small_checkpoint(3);
                made.trainer.config = small_config();
                made.label.run = *(*read_json_file(path_ / "config.json"))["run"].text();
                made.recording.metrics_bytes = static_cast<std::int64_t>(fs::file_size(path_ / "metrics.csv"));
                return made;
              }()),
      3);
  ASSERT_TRUE(CheckpointStore(path_).write(kept));
  EXPECT_EQ(find_resume_point(weights.native())->checkpoint->trainer.step, 3) << "its run has more than weights";
  std::ofstream(path_ / "checkpoints" / "step-000000003.safetensors") << "nonsense";
  EXPECT_THAT(find_resume_point(path_.native())->notes, testing::SizeIs(2)) << "and what is damaged is said";
}

// --- kills

// Makes checkpoints after every step until it is killed, from where the last process left off.
[[noreturn]] void write_until_killed(const fs::path& path) {
  FakeTrainer trainer(small_config());
  const CheckpointStore store(path);
  std::unique_ptr<RunFolder> folder;
  std::int64_t step = 0;
  if (auto found = store.read("")) {
    auto made = RunFolder::resume(path, found->checkpoint);
    if (!made) _exit(3);
    folder = std::move(*made);
    step = found->checkpoint.trainer.step;
  } else {
    auto made = RunFolder::create(path);
    if (!made) _exit(4);
    folder = std::move(*made);
  }
  folder->on_model(trainer);
  while (true) {
    ++step;
    record(*folder, step, step);
    Checkpoint made = checkpoint_of(*folder, step, 50'000);
    if (!store.write(made)) _exit(5);
    store.keep_within(4 << 20, {});
  }
}

TEST_F(ResumeTest, AKillAtAnyMomentLosesAtMostOneInterval) {
  const auto kills = test::soak_count("SWITCHYARD_SOAK_KILLS", 10);
  RandomStream random(test::soak_seed(), "kills");
  const fs::path checkpoints = path_ / "checkpoints";
  const auto has = [&](std::string_view ending) {
    std::error_code code;
    for (fs::directory_iterator at(checkpoints, code), end; !code && at != end; at.increment(code))
      if (at->path().native().ends_with(ending)) return true;
    return false;
  };
  std::int64_t reached = 0, leftovers = 0;
  for (std::int64_t kill_number = 0; kill_number < kills; ++kill_number) {
    SCOPED_TRACE(kill_number);
    const pid_t child = fork();
    if (child == 0) write_until_killed(path_);
    const auto began = std::chrono::steady_clock::now();
    const auto running = [&] { return std::chrono::steady_clock::now() - began < std::chrono::seconds(30); };
    while (!has(".safetensors") && running()) usleep(200);
    if (kill_number % 2 == 0) {
      usleep(static_cast<useconds_t>(random.below(40'000)));
      while (!has(".tmp") && running()) {
      }
    } else {
      usleep(static_cast<useconds_t>(random.below(60'000)));
    }
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << WEXITSTATUS(status);
    leftovers += has(".tmp");

    const auto found = CheckpointStore(path_).read("");
    ASSERT_TRUE(found) << found.error().message;
    EXPECT_THAT(found->passed_over, IsEmpty()) << "no torn checkpoint under a checkpoint's name";
    const std::int64_t step = found->checkpoint.trainer.step;
    EXPECT_GE(step, reached) << "nothing that was kept is lost";
    reached = step;
    const std::string metrics = text_of_file(path_ / "metrics.csv");
    EXPECT_EQ(metrics.back(), '\n');
    const std::size_t last = metrics.rfind('\n', metrics.size() - 2);
    EXPECT_LE(std::stoll(metrics.substr(last + 1)), step + 1) << "at most one interval";
  }
  const auto folder = resume(path_, CheckpointStore(path_).read("")->checkpoint);
  EXPECT_FALSE(has(".tmp")) << "cleared";
  record(*folder, reached + 1, reached + 20);
  folder->on_end();
  EXPECT_EQ(texts(path_), straight(reached + 20)) << "as if it had never been killed";
  for (const std::string& name : names(path_)) EXPECT_FALSE(name.starts_with("lost-")) << name;
  EXPECT_GT(leftovers, 0) << "some were killed while they wrote";
  std::printf("%d kills, %d in the middle of a write, %d steps kept\n", static_cast<int>(kills),
              static_cast<int>(leftovers), static_cast<int>(reached));
}

// While tails are set aside and cut, over and over.
TEST_F(ResumeTest, AKillWhileItIsCutLosesNothing) {
  const auto kills = test::soak_count("SWITCHYARD_SOAK_KILLS", 10);
  {
    const auto folder = start(path_);
    record(*folder, 1, 10);
    Checkpoint made = checkpoint_of(*folder, 10);
    ASSERT_TRUE(CheckpointStore(path_).write(made));
  }
  RandomStream random(test::soak_seed(), "cuts");
  for (std::int64_t kill_number = 0; kill_number < kills; ++kill_number) {
    const pid_t child = fork();
    if (child == 0) {
      FakeTrainer trainer(small_config());
      while (true) {
        const auto found = CheckpointStore(path_).read("");
        auto folder = RunFolder::resume(path_, found->checkpoint);
        if (!folder) _exit(3);
        (*folder)->on_model(trainer);
        record(**folder, 11, 40);
      }
    }
    usleep(static_cast<useconds_t>(random.below(30'000)));
    ASSERT_EQ(kill(child, SIGKILL), 0);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended by itself with " << WEXITSTATUS(status);
  }
  const auto folder = resume(path_, CheckpointStore(path_).read("")->checkpoint);
  record(*folder, 11, 60);
  folder->on_end();
  EXPECT_EQ(texts(path_), straight(60));
  for (const std::string& name : names(path_)) EXPECT_FALSE(name.starts_with("lost-")) << name;
}

}  // namespace
}  // namespace switchyard
