// A run that goes on: its record is that of a run that never stopped.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/reading/resume_point.h"
#include "core/record/reading/run_reading.h"
#include "tests/record/reading/resume_fixture.h"
#include "tests/support/later_version.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::text_of_file;
using test::checkpoint_of;
using test::record;
using test::ResumeTest;
using test::small_config;
using test::kFiles;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

// A file that was switched on behind the checkpoint is cut to nothing, and has its first line when it begins anew;
// one that was switched off goes on where it ended.
TEST_F(ResumeTest, AFileSwitchedOnBehindTheCheckpointBeginsAnewWithItsHeader) {
  for (const bool was_on : {false, true}) {
    const fs::path path = scratch_.path() / (was_on ? "was-on" : "was-off");
    Config config = small_config();
    config.log_csv = config.log_jsonl = was_on;
    test::FakeTrainer trainer(config);
    auto made = RunFolder::create(path, options());
    ASSERT_TRUE(made);
    const std::unique_ptr<RunFolder> folder = std::move(*made);
    folder->on_model(trainer);
    const auto change = [&](std::int64_t step, bool on) {
      RunEvent event;
      event.kind = EventKind::set;
      event.step = step, event.model_id = 1;
      for (const char* knob : {"log_csv", "log_jsonl"})
        event.changes.push_back({knob, on ? "false" : "true", on ? "true" : "false"});
      folder->on_event(event);
    };
    record(*folder, 1, 5);
    const RecordingState then = folder->recording_state();
    change(6, !was_on);
    record(*folder, 6, 10);
    ASSERT_TRUE(folder->go_on({folder->run(), 5}, then, {}));
    folder->on_model(trainer);
    record(*folder, 6, 8);
    change(9, true);
    record(*folder, 9, 12);
    folder->on_end();
    const std::string metrics = text_of_file(path / "metrics.csv");
    EXPECT_THAT(metrics, testing::StartsWith("step,tokens,"));
    EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), was_on ? 13 : 5);
    EXPECT_THAT(metrics, HasSubstr(was_on ? "\n6," : "\n9,"));
    std::vector<std::int64_t> steps;
    ASSERT_TRUE(read_steps(path, 1, [&](StepRecord&& step) { return steps.push_back(step.step), true; }));
    EXPECT_EQ(steps.front(), was_on ? 1 : 9);
    EXPECT_EQ(steps.back(), 12);
    EXPECT_EQ(text_of_file(path / "routing.jsonl").substr(0, 10), was_on ? "{\"step\":5," : "{\"step\":10");
  }
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

// Weights beside them are no way around it: what the later version learned would be left behind unseen.
TEST_F(ResumeTest, WhatALaterVersionWentOnWithIsRefusedWhateverWeightsThereAre) {
  {
    const auto folder = start(path_);
    const CheckpointStore store(path_);
    for (const int step : {10, 20}) {
      record(*folder, step - 9, step);
      Checkpoint made = checkpoint_of(*folder, step);
      ASSERT_TRUE(store.write(made));
    }
    ASSERT_TRUE(folder->on_weights(trainer_));
  }
  const fs::path weights = path_ / "model.safetensors";
  for (const char* newest : {"step-000000020.safetensors", "step-000000010.safetensors"}) {
    test::label_checkpoint(path_ / "checkpoints" / newest);
    for (const fs::path& named : {path_, weights}) {
      const auto refused = find_resume_point(named.native());
      ASSERT_FALSE(refused) << named << ", " << newest;
      EXPECT_THAT(refused.error().message, HasSubstr("written by switchyard 9.10.1"));
    }
  }
  // Elsewhere they are what they are.
  fs::copy(weights, scratch_.path() / "mine.safetensors");
  EXPECT_TRUE(find_resume_point((scratch_.path() / "mine.safetensors").native()));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
