// What a run recorded, read back to the bit; whatever became of its files, what is whole of them.
#include "core/record/reading/run_reading.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <bit>
#include <chrono>
#include <fstream>

#include "core/history/history.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/files/files.h"
#include "core/record/files/line_reader.h"
#include "core/record/folder/run_folder.h"
#include "core/record/lines/event_lines.h"
#include "core/record/reading/checkpoint_budget.h"
#include "core/record/reading/run_list.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/mutants.h"
#include "tests/support/small_checkpoint.h"
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
using testing::SizeIs;

Config two_layers() {
  Config config;
  config.layers = 4;
  config.moe_every = 2;  // blocks 1 and 3
  config.experts = 3;
  config.tape_budget_mb = 0;  // what is read here are lines; tapes: tape_past_test.cpp
  return config;
}

class RunReading : public testing::Test {
 protected:
  // Steps 1 to `steps` with windows of `window`; the records as they were told.
  std::vector<StepRecord> record(const fs::path& path, int steps, int window) const {
    FakeTrainer trainer(two_layers());
    auto folder = RunFolder::create(path, {[] { return 0.0; }});
    EXPECT_TRUE(folder);
    (*folder)->on_model(trainer);
    std::vector<StepRecord> told;
    for (int step = 1; step <= steps; ++step) {
      told.push_back(fake_record(two_layers(), step));
      if (step % 2 == 0) told.back().val_loss = 1.0 / step;
      (*folder)->on_step(told.back());
      if (step % window == 0) (*folder)->on_probe(nullptr);
    }
    return told;
  }
  static std::vector<StepRecord> steps_of(const fs::path& folder, ReadCounts* counts = nullptr) {
    std::vector<StepRecord> records;
    const auto read = read_steps(folder, 7, [&](StepRecord&& r) {
      records.push_back(std::move(r));
      return true;
    });
    EXPECT_TRUE(read) << (read ? "" : read.error().message);
    if (counts && read) *counts = *read;
    return records;
  }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories(path_);
    fs::remove(path_ / name);
    std::ofstream(path_ / name, std::ios::binary) << text;
  }

  test::TemporaryFolder scratch_;
  fs::path path_ = scratch_.path() / "run";
};

std::uint64_t bits_of(double value) { return std::isnan(value) ? 0 : std::bit_cast<std::uint64_t>(value); }

TEST_F(RunReading, RowsReadBackToTheBit) {
  const auto told = record(path_, 30, 1);
  ReadCounts counts;
  const auto read = steps_of(path_, &counts);
  EXPECT_EQ(counts.steps, 30);
  EXPECT_EQ(counts.windows, 60);
  EXPECT_EQ(counts.passed_over, 0);
  ASSERT_EQ(read.size(), told.size());
  for (std::size_t i = 0; i < told.size(); ++i) {
    const StepRecord &a = read[i], &b = told[i];
    EXPECT_EQ(std::tie(a.step, a.tokens), std::tie(b.step, b.tokens));
    EXPECT_EQ(a.model_id, 7u);
    for (double StepRecord::*figure :
         {&StepRecord::wall_s, &StepRecord::loss, &StepRecord::val_loss, &StepRecord::total_loss,
          &StepRecord::learning_rate, &StepRecord::grad_norm, &StepRecord::tokens_per_s, &StepRecord::step_ms,
          &StepRecord::train_accuracy, &StepRecord::val_accuracy})
      EXPECT_EQ(bits_of(a.*figure), bits_of(b.*figure));
    for (const AuxLoss loss : kAuxLosses) EXPECT_EQ(bits_of(a.aux[loss]), bits_of(b.aux[loss]));
    ASSERT_EQ(a.layers.size(), b.layers.size());
    for (std::size_t l = 0; l < b.layers.size(); ++l) {
      const LayerRecord &x = a.layers[l], &y = b.layers[l];
      EXPECT_EQ(x.block, y.block);
      for (float LayerRecord::*figure :
           {&LayerRecord::token_entropy, &LayerRecord::load_entropy, &LayerRecord::max_violation,
            &LayerRecord::assignment_drop_rate, &LayerRecord::token_drop_rate, &LayerRecord::router_grad_norm,
            &LayerRecord::expert_grad_norm})
        EXPECT_EQ(bits_of(x.*figure), bits_of(y.*figure));
      for (const AuxLoss loss : kAuxLosses) EXPECT_EQ(bits_of(x.aux[loss]), bits_of(y.aux[loss]));
      EXPECT_EQ(x.counts, y.counts) << "windows of one step";
      EXPECT_EQ(x.mean_prob, y.mean_prob);
      EXPECT_EQ(x.dropped, y.dropped);
    }
  }
}

// Every step of a window has the mean of it; those that no window holds have none.
TEST_F(RunReading, CountsAreTheMeanOfTheirWindow) {
  const auto told = record(path_, 12, 5);
  const auto read = steps_of(path_);
  ASSERT_EQ(read.size(), 12u);
  for (const std::size_t l : {0, 1}) {
    for (const std::size_t begin : {0, 5}) {
      for (std::size_t e = 0; e < 3; ++e) {
        double sum = 0;
        for (std::size_t i = begin; i < begin + 5; ++i) sum += told[i].layers[l].counts[e];
        for (std::size_t i = begin; i < begin + 5; ++i)
          EXPECT_FLOAT_EQ(read[i].layers[l].counts[e], static_cast<float>(sum / 5));
      }
    }
    EXPECT_THAT(read[10].layers[l].counts, IsEmpty());
  }
}

// The window that is open where a run stopped is in its checkpoint.
TEST_F(RunReading, TheOpenWindowGivesTheLastStepsTheirCounts) {
  const auto told = record(path_, 12, 5);
  RecordingState open;
  open.windows = {{1, {2, 4, 6}, {1, 0.5, 0.5}, 2, 2}, {3, {1, 1, 1}, {1, 1, 0}, 0, 2}};
  const auto past = read_past(path_, 1, kMostPastRecords, &open);
  ASSERT_TRUE(past);
  EXPECT_THAT(past->records[10].layers[0].counts, ElementsAre(1, 2, 3));
  EXPECT_THAT(past->records[11].layers[0].counts, ElementsAre(1, 2, 3));
  EXPECT_THAT(past->records[11].layers[0].mean_prob, ElementsAre(0.5F, 0.25F, 0.25F));
  EXPECT_EQ(past->records[11].layers[0].dropped, 1);
  EXPECT_THAT(past->records[11].layers[1].counts, ElementsAre(0.5F, 0.5F, 0.5F));
  EXPECT_EQ(past->records[9].layers[1].counts, steps_of(path_)[9].layers[1].counts)
      << "of a window that is written";
}

TEST_F(RunReading, ColumnsAreFoundByName) {
  write("metrics.csv",
        "l3_entropy,future,loss,step,l1_future,l3_z,l1_switch,l_entropy,l99999999999_entropy\n"
        "0.5,x,2.5,10,1,0.25,0.125,9,9\n"
        ",,,11,,,,,\n");
  const auto read = steps_of(path_);
  ASSERT_THAT(read, SizeIs(2));
  EXPECT_EQ(read[0].step, 10);
  EXPECT_EQ(read[0].loss, 2.5);
  EXPECT_TRUE(std::isnan(read[0].learning_rate));
  ASSERT_THAT(read[0].layers, SizeIs(2));
  EXPECT_EQ(read[0].layers[0].block, 3);
  EXPECT_EQ(read[0].layers[0].token_entropy, 0.5F);
  EXPECT_EQ(read[0].layers[0].aux[AuxLoss::z], 0.25F);
  EXPECT_EQ(read[0].layers[1].block, 1);
  EXPECT_EQ(read[0].layers[1].aux[AuxLoss::switch_balance], 0.125F);
  EXPECT_TRUE(std::isnan(read[1].loss));
}

TEST_F(RunReading, WhatIsNoRowIsPassedOver) {
  write("metrics.csv",
        "step,loss\n1,0.5\nnonsense\n2,0.4,7\n2\n3,word\n3,0.1\n2,0.1\n-4,1\n99999999999999999999,1\n" +
            std::string(3 << 20, '9') + "\n4,inf\n5,0.");
  ReadCounts counts;
  const auto read = steps_of(path_, &counts);
  std::vector<std::int64_t> steps;
  for (const StepRecord& r : read) steps.push_back(r.step);
  EXPECT_THAT(steps, ElementsAre(1, 3, 4)) << "half a line at the end is none";
  EXPECT_TRUE(std::isnan(read[1].loss));
  EXPECT_TRUE(std::isinf(read[2].loss));
  EXPECT_EQ(counts.passed_over, 8);
}

TEST_F(RunReading, SaysWhatCannotBeRead) {
  const auto error = [&] {
    const auto read = read_steps(path_, 1, [](StepRecord&&) { return true; });
    return read ? std::string("read") : read.error().message;
  };
  EXPECT_THAT(error(), AllOf(HasSubstr("metrics.csv"), HasSubstr("no such file")));
  write("metrics.csv", "loss,lr\n1,2\n");
  EXPECT_THAT(error(), HasSubstr("does not name a column 'step'"));
  write("metrics.csv", "");
  EXPECT_EQ(error(), "read") << "a run that has only just begun";
}

TEST(EventKinds, AreTheirKeysInTheFile) {
  const char* keys[] = {"set",     "rebuild", "reset",  "go-back",    "keep",
                        "weights", "alert",   "health", "health-end", "recording-gap"};
  ASSERT_EQ(std::size(keys), kEventKinds.size());
  std::vector<std::string> ends;
  for (std::size_t i = 0; i < kEventKinds.size(); ++i) {
    const auto event = event_of(fmt::format(R"({{"step":3,"kind":"{}"}})", keys[i]));
    ASSERT_TRUE(event) << keys[i];
    EXPECT_EQ(event->kind, kEventKinds[i]) << keys[i];
    EXPECT_THAT(event_line(*event), HasSubstr(fmt::format(R"("kind":"{}")", keys[i])));
    if (ends_a_model(event->kind)) ends.push_back(keys[i]);
  }
  EXPECT_THAT(ends, ElementsAre("rebuild", "reset", "go-back"));
  EXPECT_FALSE(event_of(R"({"step":3,"kind":"sets"})")) << "a kind of a newer version";
  EXPECT_FALSE(event_of(R"({"step":3})"));
}

TEST_F(RunReading, EventsReadBackAsTheyWereTold) {
  RunEvent set;
  set.kind = EventKind::set;
  set.step = 12, set.wall_s = 1.0 / 3;
  set.changes = {{"top_k", "1", "2"}, {"corpus", "a \"b\"\n", ""}};
  RunEvent health;
  health.kind = EventKind::health;
  health.step = 13;
  health.message = "experts 1, 2 got no tokens";
  health.health =
      HealthAlert{AlertKind::collapsed, 1, 3, {1, 2}, 5, 13, 0, health.message, "why", {{"aux_coef", "0.01"}}};
  RunEvent gap;
  gap.kind = EventKind::recording_gap;
  gap.step = 20;
  gap.message = "no room";
  gap.gap = RecordingGap{6, 20, 14, 1, "no room"};
  RunEvent weights;
  weights.kind = EventKind::weights;
  weights.took_s = 0.25;
  {
    FakeTrainer trainer(two_layers());
    auto folder = RunFolder::create(path_);
    (*folder)->on_model(trainer);
    (*folder)->on_step(fake_record(two_layers(), 1));
    for (const RunEvent& event : {set, health, gap, weights}) (*folder)->on_event(event);
    (*folder)->on_end();
  }
  std::ofstream(path_ / "events.jsonl", std::ios::app) << "nonsense\n{\"kind\":\"set\"}\n{\"step\":1,";
  const auto past = read_past(path_, 9);
  ASSERT_TRUE(past);
  ASSERT_THAT(past->events, SizeIs(4));
  EXPECT_EQ(past->events[0].step, 12);
  EXPECT_EQ(past->events[0].model_id, 9u);
  EXPECT_EQ(past->events[0].wall_s, 1.0 / 3);
  ASSERT_THAT(past->events[0].changes, SizeIs(2));
  EXPECT_EQ(past->events[0].changes[1].before, "a \"b\"\n");
  EXPECT_EQ(past->events[1].health, health.health);
  EXPECT_EQ(past->events[2].gap->rows_kept, 14);
  EXPECT_EQ(past->events[2].gap->reason, "no room");
  EXPECT_EQ(past->events[3].took_s, 0.25);
}

// A viewer takes what is read as it takes a live run.
TEST_F(RunReading, AHistoryOfItIsThatOfTheRun) {
  History live, again;
  for (const StepRecord& told : record(path_, 40, 1)) live.append(told);
  const auto past = read_past(path_, 1);
  ASSERT_TRUE(past);
  for (const StepRecord& read : past->records) again.append(read);
  EXPECT_EQ(again.layers(), live.layers());
  const auto same = [&](const auto& a, const auto& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(bits_of(a[i]), bits_of(b[i])) << i;
  };
  for (const Scalar scalar : {Scalar::loss, Scalar::loss_smooth, Scalar::val_loss, Scalar::learning_rate})
    same(again.scalar(scalar), live.scalar(scalar));
  for (std::size_t l = 0; l < live.layers(); ++l)
    for (const LayerScalar scalar : {LayerScalar::token_entropy, LayerScalar::decisiveness, scalar_of(AuxLoss::z)})
      same(again.layer_scalar(l, scalar), live.layer_scalar(l, scalar));
}

TEST_F(RunReading, APastIsBounded) {
  std::string rows = "step,loss,val_loss\n";
  for (int step = 1; step <= 5000; ++step) rows += fmt::format("{},1,{}\n", step, step % 25 == 0 ? "1" : "");
  write("metrics.csv", rows);
  const auto past = read_past(path_, 1, 400);
  ASSERT_TRUE(past);
  EXPECT_LE(past->records.size(), 401u);
  EXPECT_GE(past->records.size(), 200u);
  EXPECT_EQ(past->records.front().step, 1);
  EXPECT_EQ(past->records.back().step, 5000);
  EXPECT_EQ(past->records[past->records.size() - 150].step, 4851) << "the newest at full rate";
  for (std::size_t i = 1; i < past->records.size(); ++i)
    EXPECT_GT(past->records[i].step, past->records[i - 1].step);
  const auto validated = std::count_if(past->records.begin(), past->records.end(),
                                       [](const StepRecord& r) { return !std::isnan(r.val_loss); });
  EXPECT_GT(validated, 80);
}

double peak_of_past_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// Found by damaged copies: one that was no object at all ended the program.
TEST_F(RunReading, ADescriptionOfAnyKindIsReadOrPassedOver) {
  record(path_, 3, 3);
  for (const char* text : {"null", "true", "3", "\"run\"", "[]", "[{\"run\": 1}]", "{}", "{\"run\": []}", "{\"parent\": 3}", ""}) {
    write("config.json", text);
    const auto description = read_run_description(path_);
    if (description) {
      EXPECT_EQ(description->run.id, "") << text;
    }
    (void)summarize_run(path_);
    EXPECT_TRUE(read_past(path_, 1)) << text;
  }
}

TEST_F(RunReading, MutantsOfItsFiles) {
  const double before = peak_of_past_mb();
  record(path_, 12, 3);
  write(
      "events.jsonl",
      R"({"step":3,"wall_s":0.1,"kind":"health","generation":1,"message":"m","alert":{"kind":"dead","layer":3,)"
      R"("experts":[1],"began":2,"noticed":9,"advice":"why","remedy":{"aux_coef":"0.01"}}})"
      "\n"
      R"({"step":4,"wall_s":0.2,"kind":"set","generation":1,"changes":[{"key":"top_k","before":"2","after":"1"}]})"
      "\n");
  for (const char* file : {"metrics.csv", "routing.jsonl", "events.jsonl", "config.json"}) {
    const std::string good = text_of_file(path_ / file);
    const int taken = test::try_mutants(good, 21, [&](const std::string& bad) {
      write(file, bad);
      const auto past = read_past(path_, 1);
      const auto summary = summarize_run(path_);
      sample_curve(path_, 16);
      if (past) {
        EXPECT_LE(past->records.size(), 20'000u);
        std::int64_t last = -1;
        for (const StepRecord& r : past->records) EXPECT_GT(r.step, std::exchange(last, r.step));
      } else {
        EXPECT_THAT(past.error().message, HasSubstr(path_.native()));
      }
      EXPECT_TRUE(summary || summary.error().message.find(path_.native()) != std::string::npos);
      return static_cast<bool>(past);
    });
    EXPECT_GT(taken, 0) << file;
    write(file, good);
  }
  EXPECT_LT(peak_of_past_mb() - before, 512) << "of which ASan alone keeps 256 that are freed";
}

// --- the list of runs

TEST_F(RunReading, ARunAtAGlance) {
  const auto told = record(path_, 31, 5);
  Checkpoint kept = test::small_checkpoint(25);
  ASSERT_TRUE(CheckpointStore(path_).write(kept));
  kept = test::small_checkpoint(30);
  kept.label.val_loss = 0.25;
  ASSERT_TRUE(CheckpointStore(path_).write(kept));
  std::ofstream(path_ / "metrics.csv", std::ios::app) << "32,";
  const auto summary = summarize_run(path_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->steps, 31);
  EXPECT_EQ(summary->val_loss, 1.0 / 30);
  EXPECT_EQ(summary->corpus, FakeTrainer().data().name);
  EXPECT_EQ(summary->config, two_layers());
  EXPECT_THAT(summary->started, testing::MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9:]+Z"));
  EXPECT_EQ(summary->newest->label.step, 30);
  EXPECT_FALSE(summary->is_running);
  EXPECT_FALSE(summary->has_weights);
  EXPECT_FALSE(summary->parent);
  EXPECT_GT(summary->changed_unix_s, 1'700'000'000);
  // The newest is not whole: the one before it.
  fs::resize_file(summary->newest->file, 10);
  EXPECT_EQ(summarize_run(path_)->newest->label.step, 25);
  EXPECT_THAT(summarize_run(scratch_.path()).error().message, HasSubstr("no such file"));
}

TEST_F(RunReading, RecentRunsAreListedNewestFirst) {
  using std::chrono::seconds;
  const auto now = fs::file_time_type::clock::now();
  for (int i = 0; i < 4; ++i) {
    const fs::path run = scratch_.path() / fmt::format("run{}", i);
    record(run, 3 + i, 2);
    fs::last_write_time(run / "metrics.csv", now - seconds(50 + (i * 7) % 4 * 100));  // newest: 0, 3, 2, 1
  }
  fs::create_directory(scratch_.path() / "empty");
  write("config.json", "{}");
  std::ofstream(scratch_.path() / "file") << "x";
  FakeTrainer trainer(two_layers());
  const auto running = RunFolder::create(scratch_.path() / "live");
  (*running)->on_model(trainer);
  const auto runs = list_runs(scratch_.path(), 3);
  ASSERT_THAT(runs, SizeIs(3));
  EXPECT_EQ(runs[0].folder.filename(), "live");
  EXPECT_TRUE(runs[0].is_running);
  EXPECT_EQ(runs[0].steps, 0);
  EXPECT_EQ(runs[1].folder.filename(), "run0");
  EXPECT_EQ(runs[2].folder.filename(), "run3");
  EXPECT_EQ(runs[2].steps, 6);
  EXPECT_THAT(list_runs(scratch_.path(), 100), SizeIs(5));
  EXPECT_THAT(list_runs("/nowhere/at/all", 3), IsEmpty());
}

TEST_F(RunReading, ACurveIsSampledEvenly) {
  const auto told = record(path_, 1000, 10);
  const auto curve = sample_curve(path_, 50);
  EXPECT_GE(curve.size(), 45u);
  EXPECT_LE(curve.size(), 51u);
  EXPECT_EQ(curve.front().step, 1);
  EXPECT_EQ(curve.back().step, 1000);
  for (const CurvePoint& point : curve) EXPECT_EQ(point.loss, told[static_cast<std::size_t>(point.step - 1)].loss);
  for (std::size_t i = 1; i < curve.size(); ++i) EXPECT_LT(curve[i].step - curve[i - 1].step, 45);
  record(scratch_.path() / "short", 3, 10);
  EXPECT_THAT(sample_curve(scratch_.path() / "short", 50), SizeIs(3));
  record(scratch_.path() / "none", 0, 10);
  EXPECT_THAT(sample_curve(scratch_.path() / "none", 50), IsEmpty());
}

TEST_F(RunReading, SaysWhatItCosts) {
  record(path_, 5000, 10);
  Checkpoint kept = test::small_checkpoint(5000, 1'000'000);
  ASSERT_TRUE(CheckpointStore(path_).write(kept));
  const auto ms = [](auto call) {
    const auto began = std::chrono::steady_clock::now();
    call();
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
  };
  const double past = ms([&] { EXPECT_THAT(read_past(path_, 1)->records, SizeIs(5000)); });
  const double list = ms([&] { EXPECT_THAT(list_runs(scratch_.path(), 10), SizeIs(1)); });
  const double curve = ms([&] { EXPECT_GT(sample_curve(path_, 100).size(), 90u); });
  std::printf("5,000 steps of two layers read in %.1f ms, listed in %.2f ms, 100 of them sampled in %.2f ms\n",
              past, list, curve);
  EXPECT_LT(list, 200);
}

// --- one budget for all runs

TEST_F(RunReading, AllRunsTogetherKeepWithinABudget) {
  std::uint64_t bytes = 0;
  const auto keep = [&](const std::string& name, int count) {
    const fs::path run = scratch_.path() / name;
    fs::create_directory(run);
    for (int i = 1; i <= count; ++i) {
      Checkpoint made = test::small_checkpoint(100 + 10 * i);
      made.label.run = name;
      made.label.val_loss = kMissing;
      bytes = CheckpointStore(run).write(made)->bytes;
    }
    return run;
  };
  const auto count = [&](const fs::path& run) { return CheckpointStore(run).list().checkpoints.size(); };
  const fs::path mine = keep("mine", 8), other = keep("other", 10), held = keep("held", 9);
  const auto lock = RunLock::take(held);
  const auto own = RunLock::take(mine);
  // A child of other's step 140; undo needs mine's step 120.
  fs::create_directory(scratch_.path() / "child");
  std::ofstream(scratch_.path() / "child" / "config.json")
      << R"({"config": {}, "run": "child", "parent": {"run": "other", "step": 140}})";
  EXPECT_EQ(checkpoint_bytes(scratch_.path()), 27 * bytes);
  const std::vector<fs::path> holds{mine};
  const std::vector<RunPoint> undo{{"mine", 120}};
  EXPECT_EQ(keep_runs_within(scratch_.path(), 27 * bytes, holds, undo).dropped, 0u);
  const auto kept = keep_runs_within(scratch_.path(), 20 * bytes, holds, undo);
  EXPECT_EQ(kept.dropped, 7u);
  EXPECT_EQ(kept.warning, "");
  EXPECT_EQ(count(held), 9u) << "another's";
  EXPECT_LE(count(other), 6u);
  const auto none = keep_runs_within(scratch_.path(), bytes, holds, undo);
  EXPECT_THAT(none.warning, HasSubstr("must stay"));
  EXPECT_EQ(count(held), 9u);
  EXPECT_EQ(count(mine), 3u);
  EXPECT_EQ(count(other), 3u);
  EXPECT_TRUE(CheckpointStore(other).find("140"));
  EXPECT_TRUE(CheckpointStore(mine).find("120"));
}

}  // namespace
}  // namespace switchyard
