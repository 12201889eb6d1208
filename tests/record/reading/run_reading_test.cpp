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
#include "tests/record/reading/run_reading_fixture.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/mutants.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::fake_record;
using test::FakeTrainer;
using test::text_of_file;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using test::bits_of;
using test::RunReading;
using test::two_layers;

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
  const char* keys[] = {"set",    "rebuild",    "reset",         "go-back", "keep",    "weights", "alert",
                        "health", "health-end", "recording-gap", "operate", "verdict", "routes"};
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
