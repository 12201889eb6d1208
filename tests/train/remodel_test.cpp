// Layers made anew of what a model has learned: what upcycle and split keep to 1e-5 in the logits, what they draw,
// and what they refuse.
#include <gmock/gmock.h>

#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <sstream>

#include "core/config/gates.h"
#include "core/operate/remodel.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_folder.h"
#include "core/session/driving/driver.h"
#include "core/train/weights.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

Config dense(ExpertKind kind = ExpertKind::swiglu) {
  Config config = small();
  config.ffn = Ffn::dense;
  config.expert = kind;
  return config;
}

Config of_gate(Config config, Gate gate) {
  config.gate = gate;
  const Ffn ffn = std::exchange(config.ffn, Ffn::moe);
  config = without_idle_losses(config);
  config.ffn = ffn;
  return config;
}

std::unique_ptr<Trainer> learned(const Config& config, int steps = 6) {
  auto trainer = make(config);
  losses(*trainer, steps);
  return trainer;
}

std::string done(Trainer& trainer, const std::string& line) {
  const auto operation = operation_of(line);
  EXPECT_TRUE(operation) << line;
  const auto said = trainer.operate(*operation, 1);
  return said ? *said : "refused: " + said.error().message;
}

std::vector<std::int64_t> some_ids(std::int64_t vocabulary, std::int64_t count) {
  std::vector<std::int64_t> ids;
  for (std::int64_t i = 0; i < count; ++i) ids.push_back(i * 7 % vocabulary);
  return ids;
}

// Of a model of its weights, in evaluation.
at::Tensor logits(const Trainer& trainer) {
  at::NoGradGuard no_grad;
  const Config& config = trainer.config();
  const auto vocabulary = static_cast<std::int64_t>(trainer.data().outputs.size());
  Initializer init;
  Transformer model(config, vocabulary, init);
  EXPECT_TRUE(import_weights(model, trainer.weights()));
  const at::Tensor ids = torch::tensor(some_ids(vocabulary, 4 * config.context)).view({4, config.context});
  return model.forward(ids, pass_context(config, false, {})).logits;
}

double largest(const at::Tensor& difference) { return difference.abs().max().item<double>(); }

using Values = std::vector<float>;
std::map<std::string, Values> tensors(const Trainer& trainer) {
  TrainerState state;
  EXPECT_TRUE(trainer.save(state));
  std::map<std::string, Values> found;
  for (const StateTensors::Entry& entry : state.tensors.entries) {
    const auto first = state.tensors.values.begin() + static_cast<std::ptrdiff_t>(entry.begin);
    found[entry.name] = {first, first + static_cast<std::ptrdiff_t>(entry.count)};
  }
  return found;
}

std::string of_expert(int expert, const std::string& part, const std::string& kind = "") {
  return kind + "model.layers.0.block_sparse_moe.experts." + std::to_string(expert) + "." + part;
}

struct Upcycled {
  Gate gate;
  const char* line;
};

TEST(Upcycle, TheLogitsAreThoseOfTheDenseModel) {
  const Upcycled cases[] = {
      {Gate::softmax_renormalised, "upcycle 8"},
      {Gate::softmax_renormalised, "upcycle experts=4 top_k=1"},
      {Gate::softmax_renormalised, "upcycle experts=8 groups=2"},
      {Gate::softmax_renormalised, "upcycle experts=12 top_k=6 groups=3"},
      {Gate::softmax, "upcycle experts=4 top_k=4"},
      {Gate::sigmoid, "upcycle experts=6 top_k=3"},
      {Gate::sigmoid, "upcycle experts=8 top_k=4 groups=4"},
      {Gate::hash, "upcycle experts=4"},
      {Gate::random, "upcycle experts=4 top_k=3"},
  };
  for (const ExpertKind kind : {ExpertKind::relu, ExpertKind::gelu, ExpertKind::swiglu, ExpertKind::geglu})
    for (const auto& [gate, line] : cases) {
      Config config = of_gate(dense(kind), gate);
      if (gate == Gate::sigmoid) config.route_scale = 2.5;
      config.shared_router = kind == ExpertKind::gelu;
      const auto trainer = learned(config, 4);
      const at::Tensor before = logits(*trainer);
      const std::string said = done(*trainer, line);
      EXPECT_THAT(said, HasSubstr("upcycled to ")) << line;
      EXPECT_THAT(said, HasSubstr("loss on the fixed probe ")) << line;
      EXPECT_EQ(trainer->config().ffn, Ffn::moe);
      EXPECT_EQ(trainer->step(), 4);
      EXPECT_LT(largest(logits(*trainer) - before), 1e-5) << line << " of kind " << static_cast<int>(kind);
      EXPECT_GT(largest(before), 0.1);
      EXPECT_TRUE(std::isfinite(losses(*trainer, 2).back())) << line;
    }
}

TEST(Upcycle, OfMoeEveryOnlyThoseBlocksBecomeExperts) {
  Config config = dense();
  config.moe_every = 2;
  config.shared_experts = 1;
  const auto trainer = learned(config, 3);
  const at::Tensor before = logits(*trainer);
  EXPECT_THAT(done(*trainer, "upcycle"), HasSubstr("without shared experts"));
  EXPECT_EQ(trainer->config().experts, 4);
  EXPECT_EQ(trainer->config().top_k, 2);
  EXPECT_EQ(trainer->config().shared_experts, 0);
  EXPECT_LT(largest(logits(*trainer) - before), 1e-5);
  EXPECT_EQ(step(*trainer).layers.size(), 1U);
}

TEST(Upcycle, PointsToo) {
  Config config = dense();
  config.task = TaskKind::clusters;
  config.cluster_points = 100;
  const auto trainer = learned(config, 3);
  const auto before = trainer->validate();
  ASSERT_TRUE(before);
  EXPECT_THAT(done(*trainer, "upcycle 4"), HasSubstr("upcycled"));
  const auto after = trainer->validate();
  ASSERT_TRUE(after);
  EXPECT_NEAR(after->loss, before->loss, 1e-5);
}

TEST(Upcycle, CopiesHaveTheMomentsTheRouterIsFreshAndTheRestIsAsItWas) {
  Config config = of_gate(dense(), Gate::sigmoid);
  config.route_scale = 2;
  const auto trainer = learned(config);
  const auto before = tensors(*trainer);
  done(*trainer, "upcycle experts=4 groups=2");
  const auto after = tensors(*trainer);
  const std::string dense_name = "model.layers.0.mlp.";
  for (const std::string kind : {"", "adam.first/", "adam.second/"}) {
    EXPECT_EQ(after.at(kind + "model.layers.1.self_attn.q_proj.weight"),
              before.at(kind + "model.layers.1.self_attn.q_proj.weight"));
    const Values &w1 = before.at(kind + dense_name + "w1.weight"),
                 &w2 = before.at(kind + dense_name + "w2.weight"),
                 &bias = before.at(kind + dense_name + "w2.bias");
    // G / W = 1, and of the bias 1 / W = 1/2; moments as gradients of that size.
    const float of_bias = kind.empty() ? 0.5F : kind == "adam.first/" ? 2.0F : 4.0F;
    for (const int e : {0, 1, 2, 3}) {
      const auto half = static_cast<std::ptrdiff_t>(w1.size() / 2);
      EXPECT_EQ(after.at(of_expert(e, "w1.weight", kind)),
                Values(w1.begin() + e % 2 * half, w1.begin() + (e % 2 + 1) * half));
      for (std::size_t d = 0; d < 16; ++d)
        for (std::size_t h = 0; h < 6; ++h)
          EXPECT_EQ(after.at(of_expert(e, "w2.weight", kind))[d * 6 + h],
                    w2[d * 12 + static_cast<std::size_t>(e % 2) * 6 + h]);
      for (std::size_t d = 0; d < 16; ++d)
        EXPECT_EQ(after.at(of_expert(e, "w2.bias", kind))[d], of_bias * bias[d]);
    }
  }
  const Values& gate = after.at("model.layers.0.block_sparse_moe.gate.weight");
  EXPECT_EQ(Values(gate.begin(), gate.begin() + 16), Values(gate.begin() + 16, gate.begin() + 32))
      << "a virtual group";
  EXPECT_NE(Values(gate.begin(), gate.begin() + 16), Values(gate.begin() + 32, gate.begin() + 48));
  for (const float moment : after.at("adam.first/model.layers.0.block_sparse_moe.gate.weight"))
    EXPECT_EQ(moment, 0);
}

TEST(Upcycle, AsManyDimensionsAreDrawnAnewAsWereAskedForTheSameOfAllParts) {
  Config config = dense();
  config.d_ff = 96;
  const auto trainer = learned(config);
  const auto before = tensors(*trainer);
  done(*trainer, "upcycle experts=4 r=0.3");
  const auto after = tensors(*trainer);
  std::set<std::set<int>> chosen;
  for (int e = 0; e < 4; ++e) {
    std::map<std::string, std::set<int>> moved;
    for (const std::string part : {"w1.weight", "w3.weight", "w2.weight", "w1.bias"}) {
      const Values &old = before.at("model.layers.0.mlp." + part), &now = after.at(of_expert(e, part)),
                   &moment = after.at(of_expert(e, part, "adam.second/"));
      std::vector<double> from, drawn;
      for (std::size_t i = 0; i < old.size(); ++i) {
        const auto h = static_cast<int>(part == "w2.weight" ? i % 96 : part == "w1.bias" ? i : i / 16);
        if (old[i] != now[i]) moved[part].insert(h);
      }
      for (std::size_t i = 0; i < old.size(); ++i) {
        const auto h = static_cast<int>(part == "w2.weight" ? i % 96 : part == "w1.bias" ? i : i / 16);
        if (!moved[part].contains(h)) continue;
        from.push_back(old[i]), drawn.push_back(now[i]);
        EXPECT_EQ(moment[i], 0);
      }
      EXPECT_EQ(moved[part].size(), 28U) << part << ": 0.3 of 96 is 28.8";
      if (part == "w1.bias") continue;
      const auto mean = [](const std::vector<double>& of) {
        return std::accumulate(of.begin(), of.end(), 0.0) / static_cast<double>(of.size());
      };
      const auto spread = [&](const std::vector<double>& of) {
        double sum = 0;
        for (const double value : of) sum += std::pow(value - mean(of), 2);
        return std::sqrt(sum / static_cast<double>(of.size()));
      };
      // 448 draws: the standard error of the mean is 0.046 of the spread, that of the spread 0.033.
      EXPECT_NEAR(mean(drawn), mean(from), 0.19 * spread(from)) << part;
      EXPECT_NEAR(spread(drawn) / spread(from), 1, 0.14) << part;
    }
    EXPECT_EQ(moved["w1.weight"], moved["w2.weight"]);
    EXPECT_EQ(moved["w1.weight"], moved["w3.weight"]);
    EXPECT_EQ(moved["w1.weight"], moved["w1.bias"]);
    chosen.insert(moved["w1.weight"]);
  }
  EXPECT_EQ(chosen.size(), 4U) << "each expert has its own";
}

TEST(Upcycle, WhatWouldNotBeTheSameIsRefusedAndNothingChanges) {
  struct Refused {
    Gate gate;
    const char *line, *why;
  };
  const Refused cases[] = {
      {Gate::softmax, "upcycle 8", "sum to less than 1"},
      {Gate::sinkhorn, "upcycle 8", "gate = sinkhorn"},
      {Gate::base, "upcycle 8", "gate = base"},
      {Gate::expert_choice, "upcycle 8", "gate = expert-choice"},
      {Gate::soft, "upcycle 8", "mixtures of tokens"},
      {Gate::hash, "upcycle experts=8 groups=2", "no router that sends a token to all parts"},
      {Gate::softmax_renormalised, "upcycle experts=8 groups=3", "groups = 3 divides not both"},
      {Gate::softmax_renormalised, "upcycle experts=10 groups=5", "d_ff = 12 cannot be cut"},
      {Gate::softmax_renormalised, "upcycle experts=2 top_k=3", "top_k = 3"},
      {Gate::softmax_renormalised, "split all", "ffn = dense"},
      {Gate::softmax_renormalised, "clone 0.1", "ffn = dense"},
  };
  for (const auto& [gate, line, why] : cases) {
    const auto trainer = learned(of_gate(dense(), gate), 1);
    const auto before = tensors(*trainer);
    EXPECT_THAT(done(*trainer, line), testing::AllOf(HasSubstr("refused"), HasSubstr(why))) << line;
    EXPECT_EQ(trainer->config().ffn, Ffn::dense);
    EXPECT_EQ(tensors(*trainer), before);
  }
  const auto moe = learned(small(), 1);
  EXPECT_THAT(done(*moe, "upcycle 8"), HasSubstr("has experts already"));
}

TEST(Upcycle, AgainItIsTheSameToTheBitAndAStateOfItGoesOn) {
  const auto run = [](std::unique_ptr<Trainer>& trainer) {
    trainer = learned(dense(), 3);
    done(*trainer, "upcycle experts=4 r=0.5");
    return losses(*trainer, 4);
  };
  std::unique_ptr<Trainer> first, second;
  EXPECT_EQ(run(first), run(second));
  EXPECT_EQ(tensors(*first), tensors(*second));
  TrainerState state;
  ASSERT_TRUE(first->save(state));
  auto on = TrainerImpl::create(state);
  ASSERT_TRUE(on) << on.error().message;
  EXPECT_EQ(losses(**on, 3), losses(*first, 3));
}

std::vector<NamedTensor> recorded(const std::filesystem::path& folder, const Replay* replay,
                                  const std::map<int, std::string>& lines, std::optional<Driver::Ended>* before) {
  const auto trainer = make(dense());
  auto files = RunFolder::create(folder);
  EXPECT_TRUE(files);
  Driver driver(*trainer, files->get());
  driver.start();
  if (replay) driver.replay(*replay);
  for (int slice = 0; trainer->step() < 12; ++slice) {
    if (const auto at = lines.find(slice); at != lines.end()) {
      const auto operated = driver.operate(*operation_of(at->second), static_cast<std::uint64_t>(slice));
      EXPECT_TRUE(operated) << (operated ? "" : operated.error().message);
      auto ended = driver.take_ended();
      if (before && !before->has_value()) *before = std::move(ended);
    }
    const auto advanced = driver.advance();
    EXPECT_TRUE(advanced) << (advanced ? "" : advanced.error().message);
    if (!advanced) break;
  }
  driver.finish();
  if (before && before->has_value()) {
    const auto back = driver.bring_back(**before);
    EXPECT_TRUE(back) << (back ? "" : back.error().message);
    EXPECT_EQ(trainer->config(), dense());
    EXPECT_EQ(trainer->step(), 3);
    return {};
  }
  return trainer->weights();
}

TEST(Upcycle, ARunWithItIsReplayedToTheBitAndTheDenseModelComesBack) {
  const test::TemporaryFolder folder;
  const std::map<int, std::string> lines{{3, "upcycle experts=4 r=0.5"}, {6, "split 0.1"}, {9, "split all"}};
  const auto first = recorded(folder.path() / "first", nullptr, lines, nullptr);
  const auto replay = Replay::read(folder.path() / "first");
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ(replay->left(), 3U);
  EXPECT_TRUE(same_bits(recorded(folder.path() / "second", &*replay, {}, nullptr), first));
  std::optional<Driver::Ended> before;
  recorded(folder.path() / "third", nullptr, lines, &before);
  ASSERT_TRUE(before);
}

// A file of lines, without the columns of metrics.csv that clocks fill.
std::vector<std::string> lines_without_clocks(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::istringstream text(test::text_of_file(file));
  for (std::string line; std::getline(text, line);) {
    std::istringstream row(line);
    std::string kept;
    int column = 0;
    if (file.extension() != ".csv") kept = line;
    else
      for (std::string field; std::getline(row, field, ','); ++column)
        if (column != 2 && column != 8 && column != 9) kept += field + ",";
    lines.push_back(std::move(kept));
  }
  return lines;
}

// Trains until that step, upcycled before the fourth and split before the tenth, and keeps the model of the sixth.
void upcycled_run(Trainer& trainer, RunFolder& files, const Checkpoint* from, std::int64_t until) {
  const std::map<std::int64_t, std::string> lines{{3, "upcycle experts=4 r=0.5"}, {9, "split all"}};
  Driver driver(trainer, &files);
  driver.start(from);
  while (trainer.step() < until) {
    if (const auto at = lines.find(trainer.step()); at != lines.end()) {
      const auto operated = driver.operate(*operation_of(at->second), static_cast<std::uint64_t>(trainer.step()));
      ASSERT_TRUE(operated) << operated.error().message;
    }
    const auto advanced = driver.advance();
    ASSERT_TRUE(advanced) << advanced.error().message;
    if (trainer.step() == 6) {
      ASSERT_TRUE(driver.keep("sixth"));
    }
  }
  driver.finish();
}

TEST(Upcycle, ARunWithItGoesOnInItsFolderAsIfItHadNeverStopped) {
  const test::TemporaryFolder folder;
  const auto whole = folder.path() / "whole", stopped = folder.path() / "stopped";
  const auto never = make(dense()), before = make(dense());
  upcycled_run(*never, **RunFolder::create(whole), nullptr, 12);
  upcycled_run(*before, **RunFolder::create(stopped), nullptr, 8);
  const auto found = CheckpointStore(stopped).read("sixth");
  ASSERT_TRUE(found) << found.error().message;
  const auto again = TrainerImpl::create(found->checkpoint.trainer);
  ASSERT_TRUE(again) << again.error().message;
  const auto files = RunFolder::resume(stopped, found->checkpoint);
  ASSERT_TRUE(files) << files.error().message;
  upcycled_run(**again, **files, &found->checkpoint, 12);
  EXPECT_TRUE(same_bits((*again)->weights(), never->weights()));
  for (const char* file : {"metrics.csv", "routing.jsonl"})
    EXPECT_EQ(lines_without_clocks(stopped / file), lines_without_clocks(whole / file)) << file;
  EXPECT_EQ(lines_without_clocks(whole / "metrics.csv").size(), 13U);
  EXPECT_THAT(test::text_of_file(whole / "routing.jsonl"), HasSubstr("\"layer\":1"));
}

TEST(SplitAll, TheLogitsStayAndATokenGoesToBothHalvesOfWhatItWentTo) {
  for (const Gate gate : {Gate::softmax_renormalised, Gate::softmax, Gate::sigmoid})
    for (const ExpertKind kind : {ExpertKind::relu, ExpertKind::gelu, ExpertKind::swiglu, ExpertKind::geglu}) {
      Config config = of_gate(small(), gate);
      config.expert = kind;
      config.bias_rate = 0.05;
      config.shared_experts = kind == ExpertKind::gelu ? 1 : 0;
      config.router_bias = kind == ExpertKind::relu;
      config.shared_router = kind == ExpertKind::geglu;
      config.route_scale = gate == Gate::sigmoid ? 2.5 : 1;
      config.muted = kind == ExpertKind::swiglu ? "0.1" : "none";
      const auto trainer = learned(config);
      const at::Tensor before = logits(*trainer);
      const auto routes = trainer->route("once there was", false);
      ASSERT_TRUE(routes);
      EXPECT_THAT(done(*trainer, "split all"), HasSubstr("each of a layer's 4 experts is two of half its width"));
      EXPECT_EQ(trainer->config().experts, 8);
      EXPECT_EQ(trainer->config().top_k, 4);
      EXPECT_EQ(trainer->config().d_ff, 6);
      EXPECT_EQ(trainer->config().muted, kind == ExpertKind::swiglu ? "0.2 0.3" : "none");
      EXPECT_LT(largest(logits(*trainer) - before), 1e-5)
          << static_cast<int>(gate) << " " << static_cast<int>(kind);
      const auto halves = trainer->route("once there was", false);
      ASSERT_TRUE(halves);
      for (std::size_t l = 0; l < routes->layers.size(); ++l) {
        const std::size_t tokens = routes->layers[l].expert.size() / 2;
        for (std::size_t t = 0; t < tokens; ++t) {
          std::set<int> wholes, both;
          for (std::size_t j = 0; j < 2; ++j) {
            wholes.insert(2 * routes->layers[l].expert[2 * t + j]);
            wholes.insert(2 * routes->layers[l].expert[2 * t + j] + 1);
          }
          for (std::size_t j = 0; j < 4; ++j) both.insert(halves->layers[l].expert[4 * t + j]);
          EXPECT_EQ(both, wholes);
        }
      }
      EXPECT_TRUE(std::isfinite(losses(*trainer, 2).back()));
    }
}

TEST(SplitAll, WhatWouldNotStayTheSameIsRefusedWithTheReason) {
  const auto refused = [](const std::function<void(Config&)>& change, const char* why) {
    Config config = small();
    change(config);
    const auto trainer = make(without_idle_losses(config));
    EXPECT_THAT(done(*trainer, "split all"), testing::AllOf(HasSubstr("refused"), HasSubstr(why)));
    EXPECT_EQ(trainer->config().experts, config.experts);
  };
  refused([](Config& c) { c.overflow = Overflow::drop_late; }, "overflow = dropless");
  refused([](Config& c) { c.gate = Gate::hash; }, "gate = hash");
  refused([](Config& c) { c.gate = Gate::sinkhorn; }, "gate = sinkhorn");
  refused([](Config& c) { c.gate = Gate::expert_choice; }, "gate = expert-choice");
  refused([](Config& c) { c.route_groups = 2; }, "route_groups = 1");
  refused([](Config& c) { c.d_ff = 11; }, "d_ff = 11 is odd");
  refused([](Config& c) { c.moe_every = 2; }, "moe_every = 1");
  refused([](Config& c) { c.experts = 200; }, "experts = 400");
}

TEST(SplitOne, ItsHalvesAddUpToItAndTheNoticeSaysWhatItCost) {
  const auto trainer = learned(small());
  const auto before = tensors(*trainer);
  const std::string said = done(*trainer, "split 0.2");
  EXPECT_THAT(said, testing::AllOf(HasSubstr("split E02 of layer 0 and, for layers have equally many, "),
                                   HasSubstr("loss on the fixed probe ")));
  EXPECT_EQ(trainer->config().experts, 5);
  EXPECT_EQ(trainer->config().top_k, 2);
  EXPECT_EQ(trainer->config().d_ff, 12);
  const auto after = tensors(*trainer);
  for (const std::string part : {"w1.weight", "w3.weight", "w1.bias", "w2.weight"}) {
    const Values &whole = before.at(of_expert(2, part)), &first = after.at(of_expert(2, part)),
                 &second = after.at(of_expert(4, part));
    if (part != "w2.weight") {
      EXPECT_EQ(first, whole) << part << ": what the other half reads, too";
      EXPECT_EQ(second, whole) << part;
      continue;
    }
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(first[i], i % 12 < 6 ? 2 * whole[i] : 0.0F);
      EXPECT_EQ(second[i], i % 12 < 6 ? 0.0F : 2 * whole[i]);
    }
  }
  EXPECT_EQ(after.at(of_expert(4, "w2.bias")), before.at(of_expert(2, "w2.bias")));
  EXPECT_TRUE(std::isfinite(losses(*trainer, 3).back()));
  // All of their width learns: zeros on the way out at the first step, and so the way in from the second.
  const auto later = tensors(*trainer);
  for (const std::string part : {"w1.weight", "w3.weight", "w1.bias", "w2.weight"})
    for (const int half : {2, 4}) {
      const Values &then = after.at(of_expert(half, part)), &now = later.at(of_expert(half, part));
      std::size_t learned_here = 0, own = 0;
      for (std::size_t i = 0; i < now.size(); ++i) {
        const std::size_t h = part == "w2.weight" ? i % 12 : part == "w1.bias" ? i : i / 16;
        if ((h < 6) == (half == 2)) continue;
        ++own;
        learned_here += now[i] != then[i];
      }
      EXPECT_EQ(own, now.size() / 2);
      EXPECT_GT(learned_here, own * 3 / 4) << part << " of " << half;
    }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
