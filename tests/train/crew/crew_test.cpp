// A trainer that several ranks share does all that one alone does: looks, text, edits, surgery, states in and out.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/train/crew/equality.h"
#include "core/train/crew/follower.h"
#include "core/train/crew/lead_trainer.h"
#include "tests/support/temporary_folder.h"
#include "tests/train/crew/rank_threads.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

Config shared_out(std::int64_t expert_parallel = 2) {
  Config config;
  config.layers = 2;
  config.d_model = 16;
  config.d_ff = 12;
  config.heads = 2;
  config.context = 16;
  config.batch_size = 4;
  config.experts = 5;
  config.threads = 1;
  config.learning_rate = 1e-2;
  config.val_interval = 1000;
  config.val_batches = 3;
  config.expert_parallel = expert_parallel;
  return config;
}

// What a driver does with rank 0's trainer, the other ranks obeying.
void with_crew(std::int64_t ranks, const Config& config, const std::function<void(Trainer&)>& work) {
  on_ranks(ranks, [&](RankCrew& crew) {
    if (!crew.leads()) {
      const auto code = follow(crew);
      EXPECT_TRUE(code) << code.error().message;
      if (code) {
        EXPECT_EQ(*code, 3);
      }
      return;
    }
    auto trainer = LeadTrainer::create(config, crew);
    EXPECT_TRUE(trainer) << trainer.error().message;
    if (trainer) work(**trainer);
    if (trainer) trainer->reset();
    crew.leave(3);
  });
}

std::unique_ptr<Trainer> alone(const Config& config) {
  auto trainer = TrainerImpl::create(config);
  EXPECT_TRUE(trainer) << trainer.error().message;
  return std::move(*trainer);
}

StepRecord step(Trainer& trainer) {
  for (;;) {
    auto advanced = trainer.advance();
    EXPECT_TRUE(advanced) << advanced.error().message;
    if (!advanced || *advanced) return advanced ? **advanced : StepRecord{};
  }
}

float largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  EXPECT_EQ(a.size(), b.size());
  float largest = 0;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (!std::isnan(a[i]) || !std::isnan(b[i])) largest = std::max(largest, std::abs(a[i] - b[i]));
  return largest;
}

void expect_same_weights(const std::vector<NamedTensor>& a, const std::vector<NamedTensor>& b, float within) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    EXPECT_EQ(a[i].shape, b[i].shape);
    EXPECT_LE(largest_difference(a[i].values, b[i].values), within) << a[i].name;
  }
}

TEST(RankCrew, LooksAreThoseOfOneProcess) {
  for (const Gate gate :
       {Gate::softmax, Gate::sigmoid, Gate::expert_choice, Gate::soft, Gate::hash, Gate::random, Gate::base}) {
    Config config = shared_out();
    config.gate = gate;
    config.aux_coef = config.z_coef = gate == Gate::softmax ? 0.01 : 0;
    const auto one = alone(config);
    Watch watch;
    watch.distributions = watch.gradients = watch.experts = true;
    const auto wanted = one->probe(watch);
    ASSERT_TRUE(wanted) << wanted.error().message;
    with_crew(2, config, [&](Trainer& trainer) {
      const auto seen = trainer.probe(watch);
      ASSERT_TRUE(seen) << seen.error().message;
      EXPECT_LE(largest_difference(seen->token_loss, wanted->token_loss), 2e-5F);
      ASSERT_EQ(seen->layers.size(), wanted->layers.size());
      for (std::size_t l = 0; l < seen->layers.size(); ++l) {
        EXPECT_EQ(seen->layers[l].expert, wanted->layers[l].expert)
            << "gate " << static_cast<int>(gate) << " layer " << l;
        EXPECT_LE(largest_difference(seen->layers[l].weight, wanted->layers[l].weight), 2e-5F);
        EXPECT_LE(largest_difference(seen->layers[l].gradient.task_norm, wanted->layers[l].gradient.task_norm),
                  2e-5F);
        EXPECT_LE(largest_difference(seen->layers[l].card.similarity, wanted->layers[l].card.similarity), 1e-6F);
      }
      expect_same_weights(trainer.weights(), one->weights(), 0);
    });
  }
}

TEST(RankCrew, TrialsAreThoseOfOneProcess) {
  const Config config = shared_out();
  const auto one = alone(config);
  Intervention asked;
  LayerIntervention& layer = asked.layer(1);
  const auto experts = static_cast<std::size_t>(config.experts);
  layer.silenced.assign(experts, 0);
  layer.silenced[1] = 1;
  layer.steer.assign(experts, 0.F);
  layer.steer[2] = 0.5F;
  layer.stand_in.assign(experts, 0);
  for (std::size_t e = 0; e < experts; ++e) layer.stand_in[e] = static_cast<std::int32_t>(e / 2);
  asked.layer(0).gate = Gate::sigmoid;
  const auto wanted = one->try_out(asked, {200, true});
  ASSERT_TRUE(wanted) << wanted.error().message;
  with_crew(2, config, [&](Trainer& trainer) {
    const auto seen = trainer.try_out(asked, {200, true});
    ASSERT_TRUE(seen) << seen.error().message;
    EXPECT_LE(largest_difference(seen->loss, wanted->loss), 2e-5F);
    EXPECT_EQ(seen->layers[1].expert, wanted->layers[1].expert);
    EXPECT_LE(largest_difference(seen->layers[0].norm, wanted->layers[0].norm), 2e-5F);
    Intervention beyond;
    beyond.layer(2) = asked.layers[1];
    EXPECT_FALSE(trainer.try_out(beyond, {})) << "both refuse alike";
    EXPECT_TRUE(trainer.try_out({}, {}));
  });
}

TEST(RankCrew, TextRoutesAndRegretAreThoseOfOneProcess) {
  const Config config = shared_out();
  const auto one = alone(config);
  const auto text_of = [](Trainer& trainer) {
    std::string text;
    EXPECT_TRUE(trainer.start_generation("The", 0, 0, 1));
    for (int i = 0; i < 20; ++i) {
      auto token = trainer.generate_token();
      EXPECT_TRUE(token) << token.error().message;
      if (token) text += token->text;
    }
    return text;
  };
  const auto regret_of = [](Trainer& trainer) {
    auto found = trainer.inspect(1, 5);
    EXPECT_TRUE(found) << found.error().message;
    while (found && !found->done && found->no_regret.empty()) EXPECT_TRUE(trainer.inspect_more(*found, 0.01));
    std::vector<float> sets;
    if (found)
      for (const RouteSet& set : found->sets) sets.push_back(set.difference);
    return sets;
  };
  for (Trainer* trainer : {one.get()})
    for (int i = 0; i < 3; ++i) step(*trainer);
  const std::string text = text_of(*one);
  const std::vector<float> regret = regret_of(*one);
  EXPECT_FALSE(regret.empty());
  const auto routed = one->route("Once upon", false);
  ASSERT_TRUE(routed);
  const auto valued = one->validate();
  ASSERT_TRUE(valued);
  with_crew(2, config, [&](Trainer& trainer) {
    for (int i = 0; i < 3; ++i) step(trainer);
    EXPECT_EQ(text_of(trainer), text);
    EXPECT_LE(largest_difference(regret_of(trainer), regret), 1e-4F);
    const auto route = trainer.route("Once upon", false);
    ASSERT_TRUE(route) << route.error().message;
    EXPECT_LE(largest_difference(route->logits, routed->logits), 1e-4F);
    EXPECT_EQ(route->layers[0].expert, routed->layers[0].expert);
    const auto value = trainer.validate();
    ASSERT_TRUE(value) << value.error().message;
    EXPECT_NEAR(value->loss, valued->loss, 1e-5);
    EXPECT_NEAR(value->accuracy, valued->accuracy, 1e-9);
  });
}

TEST(RankCrew, ExpertsComeAndGoAsInOneProcess) {
  Config config = shared_out();
  const auto one = alone(config);
  with_crew(2, config, [&](Trainer& trainer) {
    std::uint64_t revision = 0;
    for (const std::int64_t experts : {9, 4, 2}) {
      step(*one);
      step(trainer);
      config.experts = experts;
      ASSERT_TRUE(one->apply(config, ++revision));
      const auto applied = trainer.apply(config, revision);
      ASSERT_TRUE(applied) << applied.error().message;
      expect_same_weights(trainer.weights(), one->weights(), 2e-3F);
    }
    config.experts = 1;
    config.top_k = 1;
    const auto refused = trainer.apply(config, ++revision);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("expert_parallel = 2: allowed is 1 to experts = 1"));
    EXPECT_NEAR(step(trainer).loss, step(*one).loss, 1e-4) << "what was refused changed nothing";
  });
}

TEST(RankCrew, OperationsOnExpertsAreThoseOfOneProcess) {
  const Config config = shared_out();
  const auto one = alone(config);
  with_crew(2, config, [&](Trainer& trainer) {
    std::uint64_t revision = 0;
    const std::vector<NamedTensor> weights = one->weights();
    for (const char* line :
         {"clone 0.1", "merge 0.4 0.0 1.1 1.2", "clone 1.3 onto 1.0", "reinitialise 0.2 1.4",
          "reinitialise router 1", "transplant 0.1 onto 0.3 from elsewhere", "remove 0.0 1.4"}) {
      step(*one);
      step(trainer);
      auto operation = operation_of(line);
      ASSERT_TRUE(operation) << operation.error().message;
      if (operation->kind == OperationKind::transplant)
        for (const NamedTensor& tensor : weights)
          if (const std::string part = "model.layers.0.block_sparse_moe.experts.1."; tensor.name.starts_with(part))
            operation->donor.push_back({tensor.name.substr(part.size()), tensor.shape, tensor.values});
      const auto alone = one->operate(*operation, ++revision), together = trainer.operate(*operation, revision);
      ASSERT_TRUE(alone) << alone.error().message;
      ASSERT_TRUE(together) << together.error().message;
      EXPECT_EQ(*alone, *together);
      expect_same_weights(trainer.weights(), one->weights(), 2e-3F);
    }
    auto lacking = *operation_of("transplant 0.1 onto 0.3 from elsewhere");
    const auto refused = trainer.operate(lacking, ++revision);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("the expert to transplant lacks"));
    EXPECT_NEAR(step(trainer).loss, step(*one).loss, 1e-4) << "what was refused changed nothing";
  });
}

std::string without_losses(const std::string& said) { return said.substr(0, said.find("; loss on the fixed probe ")); }

// Layers of another shape, of state that lies in parts on the ranks, and on in them as one process goes on.
TEST(RankCrew, LayersAreMadeAnewAsInOneProcess) {
  for (const std::int64_t expert_parallel : {1, 2}) {
    Config config = shared_out(expert_parallel);
    config.ffn = Ffn::dense;
    config.overflow = Overflow::dropless;
    const auto one = alone(config);
    with_crew(2, config, [&](Trainer& trainer) {
      std::uint64_t revision = 0;
      for (const char* line : {"upcycle experts=4 top_k=2", "split all", "split 0.3"}) {
        step(*one);
        step(trainer);
        const auto operation = operation_of(line);
        ASSERT_TRUE(operation) << operation.error().message;
        const auto alone = one->operate(*operation, ++revision), together = trainer.operate(*operation, revision);
        ASSERT_TRUE(alone) << alone.error().message;
        ASSERT_TRUE(together) << together.error().message;
        EXPECT_THAT(*together, HasSubstr("; loss on the fixed probe ")) << "measured on the ranks as well";
        EXPECT_EQ(without_losses(*alone), without_losses(*together));
        expect_same_weights(trainer.weights(), one->weights(), 2e-3F);
        EXPECT_NEAR(step(trainer).loss, step(*one).loss, 1e-4) << line;
      }
      EXPECT_EQ(trainer.config().experts, 9);
      const auto refused = trainer.operate(*operation_of("upcycle experts=4"), ++revision);
      ASSERT_FALSE(refused) << "it is a mixture by now";
      EXPECT_NEAR(step(trainer).loss, step(*one).loss, 1e-4) << "what was refused changed nothing";
    });
  }
}

TEST(RankCrew, AStateOfAnyLayoutGoesOnInAnyOther) {
  const Config config = readable(shared_out(1));
  TrainerState state;
  GradientStep wanted;
  {
    const auto one = alone(config);
    for (int i = 0; i < 2; ++i) step(*one);
    ASSERT_TRUE(one->save(state));
    auto made = gradient_step(*one);
    ASSERT_TRUE(made);
    wanted = std::move(*made);
  }
  for (const auto& [ranks, expert_parallel] : {std::pair<std::int64_t, std::int64_t>{2, 1}, {2, 2}, {4, 2}}) {
    TrainerState there;
    with_crew(ranks, shared_out(), [&, e = expert_parallel](Trainer& trainer) {
      TrainerState laid_out = state;
      laid_out.config.expert_parallel = e;
      const auto restored = trainer.restore(laid_out);
      ASSERT_TRUE(restored) << restored.error().message;
      ASSERT_TRUE(trainer.save(there));
      const auto made = gradient_step(trainer);
      ASSERT_TRUE(made) << made.error().message;
      const Deviation found = deviation(wanted, *made);
      EXPECT_TRUE(found.within()) << text_of(found);
    });
    EXPECT_EQ(there.tensors.values, state.tensors.values) << "through " << ranks << " ranks and back, to the bit";
  }
}

TEST(RankCrew, ExpertsAreSharedOutWhileTheModelLearns) {
  Config config = readable(shared_out(1));
  const auto one = alone(config);
  step(*one);
  auto wanted = gradient_step(*one);
  ASSERT_TRUE(wanted);
  with_crew(2, config, [&](Trainer& trainer) {
    step(trainer);
    config.expert_parallel = 2;
    const auto applied = trainer.apply(config, 1);
    ASSERT_TRUE(applied) << applied.error().message;
    const auto made = gradient_step(trainer);
    ASSERT_TRUE(made);
    EXPECT_LE(deviation(*wanted, *made).loss, 1e-5) << text_of(deviation(*wanted, *made));
    ASSERT_EQ(made->record.ranks.size(), 2u);
    EXPECT_EQ(made->record.ranks[0].rows.size(), 2u);
  });
}

TEST(RankCrew, BytesOfTokensAreThoseOfTheFormula) {
  Config config = shared_out();
  with_crew(2, config, [&](Trainer& trainer) {
    const StepRecord record = step(trainer);
    ASSERT_EQ(record.ranks.size(), 2u);
    double sent = 0, rows = 0, all = 0;
    for (std::size_t r = 0; r < 2; ++r) {
      sent += static_cast<double>(record.ranks[r].exchange_mb) * 1e6;
      rows += static_cast<double>(record.ranks[r].rows[1 - r]);
      all += static_cast<double>(record.ranks[r].rows[0] + record.ranks[r].rows[1]);
    }
    EXPECT_GT(sent, 0);
    // A row there and back, and the same of gradients.
    EXPECT_NEAR(sent, rows * static_cast<double>(config.d_model) * 4 * 4, 1);
    EXPECT_EQ(all, static_cast<double>(config.batch_size * config.context * config.top_k * config.layers));
  });
}

TEST(RankCrew, AssignmentsOfThePassAheadAreNotCountedTwice) {
  Config config = shared_out();
  config.accumulation = 2;
  config.balance_scope = BalanceScope::global_exact;
  config.aux_coef = 0.01;
  with_crew(2, config, [&](Trainer& trainer) {
    const StepRecord record = step(trainer);
    double all = 0;
    for (const RankRecord& rank : record.ranks) all += static_cast<double>(rank.rows[0] + rank.rows[1]);
    EXPECT_EQ(all, static_cast<double>(2 * config.batch_size * config.context * config.top_k * config.layers));
    EXPECT_GT(record.ahead_ms, 0);
  });
}

TEST(RankCrew, ALostRankEndsTheGroupAndNothingElse) {
  on_ranks(
      2,
      [&](RankCrew& crew) {
        if (!crew.leads()) return;  // it is gone
        auto trainer = LeadTrainer::create(shared_out(1), crew);
        ASSERT_FALSE(trainer);
        EXPECT_EQ(trainer.error().kind, ErrorKind::lost) << trainer.error().message;
        EXPECT_TRUE(crew.lost());
        crew.leave(0);
      },
      std::chrono::seconds(5));
}

// One rank of another machine may find another text by the same name.
TEST(RankData, WhatDiffersIsRefusedOnAllWithWhatBothHave) {
  const test::TemporaryFolder folder;
  const auto text = [&](const char* name, const std::string& sentence) {
    std::string long_enough;
    while (long_enough.size() < 4000) long_enough += sentence;
    std::filesystem::create_directories(folder.path() / name);
    std::ofstream(folder.path() / name / "book.txt") << long_enough;
    return (folder.path() / name / "book.txt").string();
  };
  const std::string here = text("here", "the cat sat on the mat. "),
                    there = text("there", "the cat sat on the hat. ");
  on_ranks(2, [&](RankCrew& crew) {
    Config config = shared_out(1);
    config.corpus = crew.leads() ? here : there;
    const auto trainer = TrainerImpl::create(config, &crew.mesh());
    ASSERT_FALSE(trainer);
    EXPECT_EQ(trainer.error().kind, ErrorKind::usage);
    EXPECT_THAT(trainer.error().message, HasSubstr("the data of two ranks differ: rank 0 has 'book.txt' with "));
    EXPECT_THAT(trainer.error().message, HasSubstr(", rank 1 has 'book.txt' with "));
  });
  // The same text elsewhere is the same.
  on_ranks(2, [&](RankCrew& crew) {
    Config config = shared_out(1);
    config.corpus = here;
    if (!crew.leads()) config.corpus = text("elsewhere", "the cat sat on the mat. ");
    const auto trainer = TrainerImpl::create(config, &crew.mesh());
    EXPECT_TRUE(trainer) << trainer.error().message;
  });
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
