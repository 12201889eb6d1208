// The whole of a run but the window: a real trainer on its thread, commanded over the Link. Runs under
// ThreadSanitizer too, with one torch thread.
#include <gtest/gtest.h>

#include "core/record/folder/run_folder.h"
#include "core/session/cause_work.h"
#include "core/session/session.h"
#include "core/train/trainer_impl.h"
#include "tests/support/collector.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::Collector;

Config small_config() {
  Config config;
  config.layers = 2;
  config.d_model = 16;
  config.d_ff = 12;
  config.heads = 2;
  config.context = 16;
  config.batch_size = 2;
  config.experts = 4;
  config.threads = 1;
  config.val_batches = 1;
  config.probe_interval = 1;
  return config;
}

Result<std::unique_ptr<Trainer>> make_real(const Config& config) { return TrainerImpl::create(config); }

LiveRunOptions playing() {
  LiveRunOptions options;
  options.wake = &Collector::wake;
  return options;
}

TEST(RealSession, KnobsActWhileItLearns) {
  Session session(small_config(), make_real, playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_step(3));

  Config config = small_config();
  config.top_k = 3;
  config.experts = 6;
  session.link().send(SetConfig{config, 1});
  ASSERT_TRUE(window.wait_until([&] { return !window.all().records.empty() && window.all().records.back().revision == 1; }));
  EXPECT_EQ(window.all().records.back().layers.at(0).counts.size(), 6U);
  EXPECT_EQ(window.status().model_id, 1U) << "experts and k are live";

  config.d_ff = 8;
  session.link().send(SetConfig{config, 2});
  ASSERT_TRUE(window.wait_until([&] { return window.status().model_id == 2 && window.status().step >= 2; }));

  config.top_k = 7;  // more than there are
  session.link().send(SetConfig{config, 3});
  ASSERT_TRUE(window.wait_until([&] {
    return !window.all().notices.empty() && window.all().notices.back().rejected_revision == 3;
  }));
  EXPECT_EQ(window.all().notices.back().rejected_revision, 3U);
  const std::int64_t step = window.status().step;
  ASSERT_TRUE(window.wait_for_step(step + 2)) << "the running model goes on";
}

TEST(RealSession, WritesWhileItLearnsAndStopsAtOnce) {
  Session session(small_config(), make_real, playing());
  Collector window(session.link());
  ASSERT_TRUE(window.wait_for_step(1));
  session.link().send(Generate{.id = 5, .prompt = "Once", .temperature = 0.8, .top_k = 0, .tokens = 20});
  ASSERT_TRUE(window.wait_until([&] { return !window.all().generation.empty() && window.all().generation.back().done; }));
  std::size_t tokens = 0;
  for (const GenerationChunk& chunk : window.all().generation)
    for (const GeneratedToken& token : chunk.tokens) {
      ++tokens;
      EXPECT_EQ(token.first_expert.size(), 2U);
    }
  EXPECT_EQ(tokens, 20U);
  session.link().send(Pause{});
  ASSERT_TRUE(window.wait_for_state(RunState::paused));
}

// What a run learns beside others, of other data and shapes, is what it learns alone, to the bit.
TEST(RealLab, EachRunIsWhatItWouldHaveBeenAlone) {
  Config text = small_config(), points = small_config();
  text.noise_std = 0.3;
  text.expert_dropout = 0.1;
  text.accumulation = 3;
  text.top_k = 2;
  points.task = TaskKind::clusters;
  points.seed = 5;
  const std::vector<Config> configs{text, points, text};
  const auto losses = [](const std::vector<Config>& together) {
    Lab lab;
    std::vector<std::shared_ptr<Link>> links;
    for (const Config& config : together) {
      LiveRunOptions options;
      options.playing = false;
      options.wake = &Collector::wake;
      links.push_back(*lab.open(config, make_real, options));
      links.back()->send(StepSome{6});
    }
    std::thread thread([&] { lab.run(); });
    std::vector<std::vector<double>> seen;
    for (const auto& link : links) {
      Collector window(*link);
      EXPECT_TRUE(window.wait_until([&] { return window.status().step == 6 && window.status().state == RunState::paused; }))
          << window.status().message;
      seen.emplace_back();
      for (const StepRecord& record : window.all().records) seen.back().push_back(record.loss), seen.back().push_back(record.grad_norm);
    }
    lab.stop();
    thread.join();
    return seen;
  };
  const auto together = losses(configs);
  ASSERT_EQ(together[0].size(), 12U);
  EXPECT_EQ(together[0], together[2]) << "equal configurations have equal bits";
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ(together[i], losses({configs[i]}).front());
}

// A copy of the model is asked all that needs trials, and learns on with fewer experts, while the run goes on.
TEST(RealLab, WhatIsTriedMeanwhileChangesNoBitOfARun) {
  const auto losses = [](bool asks) {
    LiveRunOptions options = playing();
    options.playing = false;
    Config config = small_config();
    config.noise_std = 0.3;
    config.expert_dropout = 0.1;
    config.accumulation = 3;
    Session session(config, make_real, options);
    Collector window(session.link());
    EXPECT_TRUE(window.wait_for_state(RunState::paused));
    session.link().send(StepSome{40});
    if (asks) {
      const std::string run = window.status().run;
      const CauseWork work{
          .hand = [side = session.lab().side_work()](const SideWork::Piece& piece) { return side->run(piece); },
          .make = make_real,
          .open = [&session, run]() -> Result<std::unique_ptr<Trainer>> {
            const auto state = session.lab().state_of(run);
            if (!state) return state.error();
            auto copy = make_real(state->config);
            if (!copy) return copy;
            if (auto restored = (*copy)->restore(*state); !restored) return restored.error();
            return copy;
          },
          .open_other = {}};
      CauseRequest asked;
      asked.tokens = 64;
      asked.learn_on = 3;
      asked.ablation.draws = 2;
      asked.prune.kept = {3};
      asked.prune.methods = {PruneMethod::frequency};
      asked.steering.layer = 0, asked.steering.expert = 1;
      for (const Cause what : {Cause::ablate, Cause::steer, Cause::prune}) {
        asked.what = what;
        const auto report = find_cause(asked, work);
        EXPECT_TRUE(report) << report.error().message;
      }
    }
    EXPECT_TRUE(window.wait_for_step(40));
    std::vector<double> out;
    for (const StepRecord& record : window.all().records) {
      out.push_back(record.loss);
      out.push_back(record.grad_norm);
    }
    return out;
  };
  const std::vector<double> without = losses(false), with = losses(true);
  EXPECT_EQ(without.size(), 80u);
  EXPECT_EQ(with, without);
}

// Undo brings a model back though its file is another by now: it learns on from the run's own copy, to the bit.
class ComesBack : public testing::TestWithParam<TaskKind> {};

TEST_P(ComesBack, ThoughItsFileIsAnotherByNow) {
  const test::TemporaryFolder folder;
  std::string content;
  for (int i = 0; i < 90; ++i)
    content += GetParam() == TaskKind::language
                   ? "The fox met an owl by the river.\n"
                   : std::to_string(i % 9) + "," + std::to_string(i % 7) + "," + std::to_string(i % 3) + "\n";
  folder.write("data", content);
  Config config = small_config();
  config.task = GetParam();
  config.checkpoint_interval_s = 0;
  config.*data_knob(GetParam()).file = (folder.path() / "data").native();
  LiveRunOptions options = playing();
  options.playing = false;
  options.make_observer = [&](const Trainer&) -> Result<std::unique_ptr<Observer>> {
    auto made = RunFolder::create(folder.path() / "run");
    if (!made) return made.error();
    return std::unique_ptr<Observer>(std::move(*made));
  };
  Session session(config, make_real, options);
  Collector window(session.link());
  session.link().send(StepSome{3});
  ASSERT_TRUE(window.wait_for_step(3));
  Config other = config;
  other.*data_knob(GetParam()).file = std::string(data_knob(GetParam()).built_in);
  session.link().send({SetConfig{other, 1}, StepSome{2}});
  ASSERT_TRUE(window.wait_until([&] { return window.status().revision == 1 && window.status().step == 2; }));
  folder.write("data", content + content);
  session.link().send({BringBack{1, config, 2}, StepSome{1}});
  ASSERT_TRUE(window.wait_until([&] { return window.status().revision == 2 && window.status().step == 4; }))
      << "the model itself, not a new one of that name";
  EXPECT_EQ(window.status().text.source.bytes, content.size());
  EXPECT_EQ(window.status().config.get()->*data_knob(GetParam()).file, (folder.path() / "run/text/data").native());
  for (const Notice& notice : window.all().notices)
    EXPECT_NE(notice.level, Notice::Level::error) << notice.message;
}
INSTANTIATE_TEST_SUITE_P(RealSession, ComesBack, testing::Values(TaskKind::language, TaskKind::clusters),
                         [](const auto& task) { return task.param == TaskKind::language ? "Text" : "Points"; });

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
