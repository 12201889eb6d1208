// A recording of another program's is told as a run, and followed while it grows, is cut, goes back, and when
// ranks come late.
#include "core/session/viewing/recording_viewer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include "core/history/history.h"
#include "core/recordings/looks.h"
#include "tests/support/collector.h"
#include "tests/support/growing_routes.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::uint32_t kAsNumber = 77;

class RecordingViewerTest : public testing::Test {
 protected:
  RecordingWish wish(bool waits = false) const {
    RecordingWish made;
    made.path = path_, made.waits = waits;
    return made;
  }
  // What every rank's tokens of a step chose in a layer.
  std::vector<float> counts_at(std::int64_t step, int layer, int ranks = 1) const {
    std::vector<float> counts(GrowingRoutes::kExperts, 0);
    for (int t = 0; t < GrowingRoutes::kTokens; ++t)
      for (int j = 0; j < 2; ++j)
        counts[static_cast<std::size_t>(routes_.expert(step, layer, t, j))] += static_cast<float>(ranks);
    return counts;
  }
  static std::set<std::int64_t> steps_of(const std::vector<StepRecord>& records) {
    std::set<std::int64_t> steps;
    for (const StepRecord& record : records) steps.insert(record.step);
    return steps;
  }

  TemporaryFolder scratch_;
  std::filesystem::path path_ = scratch_.path() / "routes";
  GrowingRoutes routes_{path_};
};

TEST_F(RecordingViewerTest, TellsWhatWasRecorded) {
  for (int c = 0; c < 3; ++c) routes_.add(0, 1 + 10 * c, 10 + 10 * c);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_until([&] { return window.status().state == RunState::opened; }))
      << window.status().message;
  ASSERT_EQ(window.all().begins.size(), 1u);
  EXPECT_TRUE(window.all().begins[0].past) << "so that it is shown";
  EXPECT_EQ(window.all().begins[0].model_id, kAsNumber);
  ASSERT_EQ(window.all().records.size(), 30u);
  for (const StepRecord& record : window.all().records) {
    EXPECT_EQ(record.model_id, kAsNumber);
    ASSERT_EQ(record.layers.size(), 2u);
    for (int l = 0; l < 2; ++l)
      EXPECT_EQ(record.layers[static_cast<std::size_t>(l)].counts, counts_at(record.step, l));
    EXPECT_NEAR(record.loss, GrowingRoutes::loss_at(record.step), 1e-6);
    EXPECT_TRUE(std::isnan(record.grad_norm));
  }
  EXPECT_EQ(window.all().records.front().wall_s, 0) << "seconds since the first chunk, not of 1970";
  EXPECT_EQ(window.all().records.back().wall_s, 20);

  const RunStatus& status = window.status();
  EXPECT_EQ(status.step, 30);
  EXPECT_EQ(status.config, nullptr) << "no setting is known";
  EXPECT_TRUE(status.run_folder.empty());
  ASSERT_TRUE(status.recorded);
  const OtherRecording& facts = *status.recorded;
  EXPECT_THAT(facts.producer, HasSubstr("switchyard_log"));
  EXPECT_EQ(facts.model, "tutorial");
  ASSERT_EQ(facts.layers.size(), 2u);
  EXPECT_EQ(facts.layers[1], (OtherRecording::Layer{4, "", 4, 2}));
  EXPECT_EQ(facts.top_k(), 2);
  EXPECT_TRUE(facts.has_choices && facts.has_order && facts.has_weights && facts.has_losses &&
              facts.has_token_ids && facts.has_sequences);
  EXPECT_FALSE(facts.has_logits || facts.after_dropping);
  EXPECT_TRUE(facts.sample.empty());

  ASSERT_TRUE(window.all().snapshot);
  EXPECT_EQ(window.all().snapshot->step, 30);
  EXPECT_EQ(window.all().snapshot->model_id, kAsNumber);
  std::set<std::int64_t> looks{window.all().snapshot->step};
  for (const auto& look : window.all().past_looks) looks.insert(look->step);
  EXPECT_EQ(looks.size(), 30u) << "of a short one every step";
}

TEST_F(RecordingViewerTest, ALongRecordingHasLooksEvenlyOverIt) {
  routes_.add(0, 1, 3000);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_until([&] { return window.status().state == RunState::opened; }));
  EXPECT_EQ(window.all().records.size(), 3000u);
  EXPECT_EQ(window.all().merged_records, 0u) << "it waits for whoever takes them";
  EXPECT_EQ(window.all().past_looks.size(), 150u);
  EXPECT_EQ(window.all().past_looks[1]->step - window.all().past_looks[0]->step, 20);
}

TEST_F(RecordingViewerTest, ANewLookComesWithinASecondOfItsLine) {
  routes_.add(0, 1, 10);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  for (int step = 11; step < 14; ++step) {
    routes_.add(0, step, step);
    const auto began = std::chrono::steady_clock::now();
    ASSERT_TRUE(window.wait_until([&] {
      return window.all().snapshot->step == step && window.all().records.back().step == step &&
             window.status().state == RunState::followed;
    }));
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s);
  }
  EXPECT_EQ(steps_of(window.all().records).size(), 13u);
  EXPECT_EQ(window.all().begins.size(), 1u);
}

TEST_F(RecordingViewerTest, WaitsForWhatIsNotThereYet) {
  const RecordingViewer viewer(wish(true), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_until([&] { return window.all().begins.size() == 1; }));
  EXPECT_EQ(window.status().state, RunState::followed);
  EXPECT_THAT(window.status().message, HasSubstr("Waiting for " + path_.native()));
  ASSERT_TRUE(window.status().recorded);
  // Half of its first line is no recording yet, and no error.
  std::filesystem::create_directories(path_);
  std::ofstream(path_ / "manifest.jsonl") << "{\"format\": \"swi";
  std::this_thread::sleep_for(500ms);
  window.receive();
  EXPECT_NE(window.status().state, RunState::failed) << window.status().message;
  routes_.cut();
  routes_.add(0, 1, 2);
  ASSERT_TRUE(window.wait_for_step(2));
  EXPECT_TRUE(window.status().message.empty());
  EXPECT_EQ(window.all().begins.size(), 1u) << "the run that was waited for";
}

TEST_F(RecordingViewerTest, OneThatIsNotThereIsAnErrorWithoutWaiting) {
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::failed));
  EXPECT_THAT(window.status().message, HasSubstr("no such file or folder"));
}

TEST_F(RecordingViewerTest, OneThatIsCutIsAnotherRun) {
  routes_.add(0, 1, 20);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  routes_.cut();
  routes_.shift = 1;
  routes_.add(0, 1, 5);
  ASSERT_TRUE(window.wait_until([&] { return window.all().begins.size() == 2 && window.status().step == 5; }));
  EXPECT_NE(window.all().begins[0].run, window.all().begins[1].run);
  EXPECT_EQ(window.status().run, window.all().begins[1].run);
  ASSERT_EQ(window.all().records.size(), 25u);
  EXPECT_EQ(window.all().records.back().layers[0].counts, counts_at(5, 0));
  EXPECT_EQ(window.all().records.back().tokens, 5 * GrowingRoutes::kTokens) << "none of the one before";
}

TEST_F(RecordingViewerTest, StepsThatComeAgainTakeThePlaceOfThoseBefore) {
  routes_.add(0, 1, 20);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  routes_.go_back(0, 15);
  // The past comes first, then the beginning that goes with it.
  ASSERT_TRUE(window.wait_until([&] { return window.all().whole_past && window.all().begins.back().step == 14; }));
  EXPECT_EQ(window.status().step, 14);
  EXPECT_EQ(window.all().whole_past->last()->step, 14);
  EXPECT_EQ(window.all().begins.back().run, window.all().begins.front().run) << "the same run";
  EXPECT_EQ(window.all().begins.back().step, 14);
  routes_.has_collapsed = true;
  routes_.add(0, 15, 17);
  ASSERT_TRUE(window.wait_until([&] { return window.status().step == 17 && window.all().snapshot->step == 17; }));
  EXPECT_EQ(window.all().records.back().layers[0].counts, (std::vector<float>{16, 16, 0, 0}));
  EXPECT_EQ(window.all().records.back().tokens, 17 * GrowingRoutes::kTokens);
}

TEST_F(RecordingViewerTest, ARankThatComesLateIsInTheStepsItBelongsTo) {
  routes_.add(0, 1, 20);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  EXPECT_EQ(window.all().records.back().layers[1].counts, counts_at(20, 1));
  routes_.add(1, 1, 20);
  ASSERT_TRUE(window.wait_until([&] { return window.all().whole_past != nullptr; }));
  EXPECT_EQ(window.all().whole_past->last()->step, 20);
  EXPECT_EQ(window.all().whole_past->last()->layers[1].counts, counts_at(20, 1, 2));
  EXPECT_EQ(window.all().whole_past->size(), 20u);
  ASSERT_TRUE(window.wait_until([&] { return window.status().recorded->ranks == 2; }));
  // Both go on: no step is told before both have it.
  const std::size_t told = window.all().records.size();
  routes_.add(1, 21, 21);
  routes_.add(0, 21, 21);
  ASSERT_TRUE(window.wait_until([&] { return window.all().records.size() > told; }));
  EXPECT_EQ(window.all().records.back().layers[0].counts, counts_at(21, 0, 2));
}

TEST_F(RecordingViewerTest, ACollapsedOneRaisesItsAlertAndAdvisesInWords) {
  routes_.has_collapsed = true;
  routes_.add(0, 1, 40);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  const auto& alerts = window.status().alerts;
  const auto collapsed = std::find_if(alerts.begin(), alerts.end(),
                                      [](const HealthAlert& one) { return one.kind == AlertKind::collapsed; });
  ASSERT_NE(collapsed, alerts.end());
  EXPECT_EQ(collapsed->block, 3) << "what its program calls the layer";
  EXPECT_EQ(collapsed->experts, (std::vector<std::int32_t>{0, 1}));
  EXPECT_THAT(collapsed->advice, HasSubstr("load-balancing loss"));
  EXPECT_TRUE(collapsed->remedy.empty()) << "there is no knob to turn";
  EXPECT_TRUE(std::any_of(window.all().events.begin(), window.all().events.end(), [](const RunEvent& event) {
    return event.kind == EventKind::health && event.health && event.health->kind == AlertKind::collapsed &&
           event.model_id == kAsNumber && !event.health->advice.empty();
  }));
}

TEST_F(RecordingViewerTest, AnEvenOneRaisesNone) {
  routes_.add(0, 1, 40);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  EXPECT_TRUE(window.status().alerts.empty());
  EXPECT_TRUE(window.all().events.empty());
}

TEST_F(RecordingViewerTest, FilesOfAnotherFormAreFollowedToo) {
  const auto file = scratch_.path() / "loads.csv";
  const auto add = [&](int first, int last) {
    std::ofstream out(file, std::ios::app);
    for (int step = first; step <= last; ++step)
      for (int e = 0; e < 4; ++e) out << step << ",0," << e << "," << 10 * (e + 1) + step << "\n";
  };
  add(1, 5);
  RecordingWish asked;
  asked.path = file, asked.keys = {"experts=4", "k=1"};
  const RecordingViewer viewer(asked, kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened)) << window.status().message;
  ASSERT_EQ(window.all().records.size(), 5u);
  EXPECT_EQ(window.all().snapshot, nullptr) << "loads alone have no tokens";
  EXPECT_FALSE(window.status().recorded->has_choices);
  add(6, 9);
  ASSERT_TRUE(window.wait_until([&] { return window.status().step == 9; }));
  EXPECT_EQ(window.all().records.size(), 9u) << "what was told is not told again";
  EXPECT_FALSE(window.all().whole_past);
  EXPECT_EQ(window.all().records.back().layers[0].counts, (std::vector<float>{19, 29, 39, 49}));
  // Cut and written again beyond its end between two looks, it is not the file that it was.
  std::ofstream(file, std::ios::trunc) << "1,0,0,7\n1,0,1,7\n1,0,2,7\n1,0,3,7\n";
  add(2, 12);
  ASSERT_TRUE(window.wait_until([&] { return window.status().step == 12; }));
  const bool is_seen_shorter = window.all().begins.size() > 1;
  if (!is_seen_shorter) {
    EXPECT_EQ(window.all().whole_past->utilisation(0, 3)[0], 1);
  }
  std::ofstream(file, std::ios::trunc);
  add(1, 2);
  ASSERT_TRUE(window.wait_until([&] { return window.all().begins.size() >= 2 && window.status().step == 2; }));
}

TEST_F(RecordingViewerTest, IsARecordingFromItsBeginOn) {
  routes_.add(0, 1, 10);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_until([&] {
    EXPECT_TRUE(window.status().run.empty() || window.status().recorded) << "else it looks like one that learns";
    return window.status().state == RunState::opened;
  }));
  EXPECT_TRUE(window.status().message.empty());
}

TEST_F(RecordingViewerTest, FilesThatCannotBeOpenedBeginNoRun) {
  RecordingWish asked;
  scratch_.write("loads.csv", "1,0,0,5\n1,0,1,6\n");
  asked.path = scratch_.path() / "loads.csv";  // needs experts=N
  const RecordingViewer viewer(asked, kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::failed));
  EXPECT_THAT(window.status().message, HasSubstr("needs experts=N"));
  EXPECT_TRUE(window.all().begins.empty());
}

TEST_F(RecordingViewerTest, WhoWaitsIsToldWhatIsWrong) {
  RecordingWish asked;
  scratch_.write("loads.csv", "step,layer,expert,count\n");
  asked.path = scratch_.path() / "loads.csv", asked.keys = {"experts=2"};
  asked.waits = true;
  const RecordingViewer viewer(asked, kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_until([&] { return window.status().message.find("has no row") != std::string::npos; }));
  EXPECT_EQ(window.status().state, RunState::followed) << "it may come yet";
  std::ofstream(asked.path, std::ios::app) << "1,0,0,5\n1,0,1,6\n";
  ASSERT_TRUE(window.wait_for_step(1));
  EXPECT_TRUE(window.status().message.empty());
  // The same of a folder that goes.
  const RecordingViewer other(wish(true), kAsNumber, &Collector::wake);
  Collector beside(*other.link());
  routes_.add(0, 1, 10);
  ASSERT_TRUE(beside.wait_for_step(10));
  std::filesystem::rename(path_, scratch_.path() / "away");
  ASSERT_TRUE(beside.wait_until([&] { return !beside.status().message.empty(); }));
  std::filesystem::rename(scratch_.path() / "away", path_);
  ASSERT_TRUE(beside.wait_until([&] { return beside.status().message.empty(); }));
}

TEST_F(RecordingViewerTest, ARunAfterARestartHasNothingOfTheOneBefore) {
  routes_.has_collapsed = true;
  routes_.add(0, 1, 40);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  routes_.add(0, 41, 42);
  ASSERT_TRUE(window.wait_for_state(RunState::followed));
  ASSERT_FALSE(window.status().alerts.empty());
  const std::string before = window.status().run;
  // The head alone: there is no step, and no look, yet.
  std::ofstream(path_ / kManifestName, std::ios::trunc)
      << R"({"format": "switchyard-routes/2", "layers": [{"id": 3, "n_experts": 4, "k": 2}], "order": "gate"})"
      << std::endl;
  bool has_ended = false;
  ASSERT_TRUE(window.wait_until([&] {
    has_ended |= window.status().run == before && window.status().state == RunState::opened;
    if (window.status().run != before) {
      EXPECT_EQ(window.all().snapshot, nullptr);
    }
    return window.all().begins.size() == 2;
  }));
  EXPECT_TRUE(has_ended) << "the one before grows no more";
  std::this_thread::sleep_for(300ms);
  window.receive();
  EXPECT_EQ(window.all().snapshot, nullptr);
  EXPECT_TRUE(window.status().alerts.empty());
  ASSERT_TRUE(window.status().recorded);
  EXPECT_EQ(window.status().recorded->ranks, 0);
}

TEST_F(RecordingViewerTest, ARankIsWaitedForSinceItIsBehind) {
  routes_.add(0, 1, 5);
  routes_.add(1, 1, 5);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  std::this_thread::sleep_for(1700ms);  // a step takes long
  routes_.add(0, 6, 6);
  std::this_thread::sleep_for(900ms);
  window.receive();
  EXPECT_EQ(window.all().records.back().step, 5) << "the other has it in a moment";
  routes_.add(1, 6, 6);
  ASSERT_TRUE(window.wait_until([&] { return window.all().records.back().step == 6; }));
  EXPECT_EQ(window.all().records.back().layers[0].counts, counts_at(6, 0, 2));
  EXPECT_EQ(window.all().whole_past, nullptr) << "nothing came late";
  // One that stays away is not waited for.
  routes_.add(0, 7, 7);
  ASSERT_TRUE(window.wait_until([&] { return window.all().records.back().step == 7; }));
}

TEST_F(RecordingViewerTest, AStepInSeveralChunksIsToldOnce) {
  routes_.add(0, 1, 5);
  const RecordingViewer viewer(wish(), kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  const auto half = [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    RecordedChunk chunk = routes_.chunk(0, 6, 6);
    const auto cut = [](auto& of, std::ptrdiff_t from, std::ptrdiff_t to) {
      of.erase(of.begin() + to, of.end());
      of.erase(of.begin(), of.begin() + from);
    };
    cut(chunk.step, begin, end), cut(chunk.token, begin, end), cut(chunk.sequence, begin, end);
    for (RecordedCells& cells : chunk.cells)
      cut(cells.expert, 2 * begin, 2 * end), cut(cells.weight, 2 * begin, 2 * end);
    return chunk;
  };
  routes_.add(half(0, 6));
  std::this_thread::sleep_for(300ms);
  routes_.add(half(6, 16));
  ASSERT_TRUE(window.wait_until([&] { return window.status().step == 6; }));
  EXPECT_EQ(window.all().records.back().layers[0].counts, counts_at(6, 0));
  EXPECT_EQ(window.all().records.size(), 6u);
  EXPECT_EQ(window.all().whole_past, nullptr);
  ASSERT_EQ(window.all().snapshot->step, 6);
  EXPECT_EQ(window.all().snapshot->tokens->text.size(), 10u);
  EXPECT_EQ(window.all().snapshot->of_tokens, 16) << "a piece of it, as it says";
  EXPECT_THAT(window.status().recorded->sample, HasSubstr("10 of 16 tokens"));
  // A look at a whole step again.
  routes_.add(0, 7, 7);
  ASSERT_TRUE(window.wait_until([&] { return window.status().step == 7; }));
  EXPECT_TRUE(window.status().recorded->sample.empty());
}

TEST_F(RecordingViewerTest, HalfALineOfAFileThatGrowsIsNoLine) {
  RecordingWish asked;
  scratch_.write("loads.csv", "1,0,0,5\n1,0,1,6\n");
  asked.path = scratch_.path() / "loads.csv", asked.keys = {"experts=2"};
  const RecordingViewer viewer(asked, kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened));
  std::ofstream out(asked.path, std::ios::app);
  out << "2,0,0,7\n2,0,1,8\n3,0,1,4\n3,0,0,1" << std::flush;  // of 123
  ASSERT_TRUE(window.wait_for_step(2)) << "what is behind another step is whole" << window.status().message;
  EXPECT_EQ(window.all().records.back().step, 2);
  out << "23\n" << std::flush;
  ASSERT_TRUE(window.wait_for_step(3)) << "once the file is still";
  EXPECT_EQ(window.all().records.back().layers[0].counts, (std::vector<float>{123, 4}));
  // More of a step that was let go is read with what was there before.
  out << "3,0,0,1\n4,0,0,1\n4,0,1,1\n" << std::flush;
  ASSERT_TRUE(window.wait_until([&] { return window.all().whole_past != nullptr; }));
  EXPECT_EQ(window.all().whole_past->utilisation(0, 0)[2], 124.0F / 64);
  // A layer that was not there before.
  out << "5,0,0,2\n5,7,1,2\n6,0,0,1\n" << std::flush;
  ASSERT_TRUE(window.wait_until(
      [&] { return window.status().step >= 5 && window.status().recorded->layers.size() == 2; }));
  EXPECT_THAT(window.status().recorded->notes, testing::IsEmpty());
}

// Lines of other forms are read on where they were: what was told stands, and nothing is told twice.
class GrowingLines : public testing::TestWithParam<int> {
 protected:
  struct Form {
    const char *name, *file;
    std::vector<std::string> keys;
    std::function<std::string(std::int64_t step)>
        line;  // of one step, each with one token, of expert (step + 1) % 4, then 3
  };
  static Form form() {
    const auto number = [](std::int64_t step) { return std::to_string(step); };
    const auto expert = [](std::int64_t step) { return std::to_string((step + 1) % 4); };
    switch (GetParam()) {
      case 0:
        return {"vllm", "answers.jsonl", {"experts=4"}, [=](std::int64_t step) {
                  return "{\"choices\":[{\"routed_experts\":[[[" + expert(step) + "],[3]]]}]}\n";
                }};
      case 1: {
        static constexpr const char* kText[] = {"AAAAAAMAAAA=", "AQAAAAMAAAA=", "AgAAAAMAAAA=", "AwAAAAMAAAA="};
        return {"sglang", "answers.jsonl", {"experts=4", "layers=2", "k=1"}, [=](std::int64_t step) {
                  return std::string("{\"meta_info\":{\"routed_experts\":\"") + kText[(step + 1) % 4] + "\"}}\n";
                }};
      }
      case 2: {
        static constexpr const char* kText[] = {"AAADAA==", "AQADAA==", "AgADAA==", "AwADAA=="};
        return {"nemo", "routes.nemo", {"experts=4"}, [=](std::int64_t step) {
                  return std::string("nrlre1:int16:1x2x1:") + kText[(step + 1) % 4] + "\n";
                }};
      }
      case 3:
        return {"colibri", "trace.txt", {"experts=4"}, [=](std::int64_t step) {
                  return number(step) + " 0 0 " + expert(step) + ":1\n" + number(step) + " 0 1 3:1\n";
                }};
      case 4:
        return {"megatron",
                "router_trace_rank0.jsonl",
                {"experts=4", "stages=0", "dropped=no"},
                [=](std::int64_t step) {
                  std::string lines;
                  for (int l = 0; l < 2; ++l)
                    lines += "{\"step\":" + number(step) + ",\"layer\":" + std::to_string(l) +
                             ",\"topk\":1,\"top_indices\":[[" + (l == 0 ? expert(step) : "3") + "]]}\n";
                  return lines;
                }};
      default:
        return {"csv", "loads.csv", {"experts=4"}, [=](std::int64_t step) {
                  return number(step) + ",0," + expert(step) + ",1\n" + number(step) + ",1,3,1\n";
                }};
    }
  }
  TemporaryFolder scratch_;
};

TEST_P(GrowingLines, AreReadOnWhereTheyWere) {
  const Form form = GrowingLines::form();
  RecordingWish wish;
  wish.path = scratch_.path() / form.file, wish.form = form.name, wish.keys = form.keys;
  std::ofstream out(wish.path, std::ios::app);
  for (int step = 0; step < 6; ++step) out << form.line(step) << std::flush;
  const RecordingViewer viewer(wish, kAsNumber, &Collector::wake);
  Collector window(*viewer.link());
  ASSERT_TRUE(window.wait_for_state(RunState::opened)) << window.status().message;
  ASSERT_EQ(window.all().records.size(), 6u);
  const bool has_looks = std::string(form.name) != "csv";
  for (int step = 6; step < 12; ++step) {
    const std::string line = form.line(step);
    out << line.substr(0, line.size() / 2) << std::flush;
    std::this_thread::sleep_for(250ms);
    out << line.substr(line.size() / 2) << std::flush;
    if (has_looks && step % 2 == 0) {
      // The last step may not be whole until another one begins.
      ASSERT_TRUE(
          window.wait_until([&] { return window.all().snapshot && window.all().snapshot->step >= step - 1; }));
    }
  }
  ASSERT_TRUE(window.wait_for_step(11));
  EXPECT_FALSE(window.all().whole_past) << "it was read from its start again";
  EXPECT_EQ(window.all().begins.size(), 1u);
  ASSERT_EQ(window.all().records.size(), 12u);
  for (std::size_t step = 0; step < 12; ++step) {
    std::vector<float> counts(4, 0);
    counts[(step + 1) % 4] = 1;
    EXPECT_EQ(window.all().records[step].step, static_cast<std::int64_t>(step));
    EXPECT_EQ(window.all().records[step].layers[0].counts, counts);
    EXPECT_EQ(window.all().records[step].layers[1].counts, (std::vector<float>{0, 0, 0, 1}));
    if (has_looks) {
      EXPECT_EQ(window.all().records[step].tokens, static_cast<std::int64_t>(step + 1));
    }
  }
  EXPECT_TRUE(window.status().recorded->notes.empty()) << window.status().recorded->notes[0];
}

INSTANTIATE_TEST_SUITE_P(Forms, GrowingLines, testing::Range(0, 6));

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
