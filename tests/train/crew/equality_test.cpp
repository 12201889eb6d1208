// Many ranks do what one process does: the table of core/train/crew/equality.h, over the loopback.
#include "core/train/crew/equality.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <iostream>

#include "core/config/knobs.h"
#include "core/config/ranks_fit.h"
#include "tests/train/crew/rank_threads.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

struct LayoutCase {
  std::int64_t data, experts;
  std::int64_t ranks() const { return data * experts; }
  friend std::ostream& operator<<(std::ostream& out, const LayoutCase& c) {
    return out << c.data << "x" << c.experts;
  }
};

GradientStep step_of(Trainer& trainer) {
  auto made = gradient_step(trainer);
  EXPECT_TRUE(made) << made.error().message;
  return made ? std::move(*made) : GradientStep{};
}

GradientStep one_process(const Config& config) {
  auto trainer = TrainerImpl::create(config);
  EXPECT_TRUE(trainer) << trainer.error().message;
  return trainer ? step_of(**trainer) : GradientStep{};
}

GradientStep many_ranks(const Config& config, std::int64_t ranks) {
  GradientStep made;
  on_ranks(ranks, [&](RankCrew& crew) {
    auto trainer = TrainerImpl::create(config, &crew.mesh());
    ASSERT_TRUE(trainer) << trainer.error().message;
    GradientStep own = step_of(**trainer);
    if (crew.leads()) made = std::move(own);
  });
  return made;
}

// What a shard is, apart from ranks: a micro-batch of its own in all that acts on micro-batches.
TEST(Shards, AreWhatAsManySmallerMicroBatchesAre) {
  for (EqualityRow& row : equality_rows(48)) {
    Config in_shards = readable(row.config);
    if (in_shards.balance_scope == BalanceScope::global) continue;  // counts so far: that is not the same
    in_shards.accumulation = 1;
    in_shards.shards = 4;
    if (!validate(in_shards).empty()) continue;
    Config apart = in_shards;
    apart.shards = 1;
    apart.batch_size = in_shards.batch_size / 4;
    apart.accumulation = 4;
    const Deviation found = deviation(one_process(in_shards), one_process(apart));
    EXPECT_TRUE(found.within()) << row.name << "\n  " << text_of(found);
  }
}

// Of the whole step's loads, whether they come in one micro-batch or in four.
TEST(GlobalExact, IsTheLossOfTheWholeBatchInOne) {
  for (const Gate gate : {Gate::softmax, Gate::softmax_renormalised, Gate::sigmoid}) {
    Config whole = readable(equality_rows(1)[0].config);
    whole.task = TaskKind::language;
    whole.gate = gate;
    whole.overflow = Overflow::dropless;
    whole.shards = whole.accumulation = 1;
    whole.batch_size = 16;
    whole.noise_std = 0.3;
    whole.expert_dropout = 0.2;
    whole.aux_coef = 0.5;
    whole.balance_scope = BalanceScope::global_exact;
    Config in_four = whole;
    in_four.accumulation = 4;
    in_four.batch_size = 4;
    ASSERT_THAT(validate(in_four), testing::IsEmpty());
    const GradientStep one = one_process(whole);
    const Deviation found = deviation(one, one_process(in_four));
    EXPECT_TRUE(found.within()) << text_of(found);
    in_four.balance_scope = BalanceScope::global;
    EXPECT_GT(deviation(one, one_process(in_four)).gradient, 10) << "the counts so far are not those of the step";
  }
}

class RankEquality : public ::testing::TestWithParam<LayoutCase> {};

TEST_P(RankEquality, GradientsLossesCountsAndDropsAreThoseOfOneProcess) {
  const char* asked = std::getenv("SWITCHYARD_EQUALITY_ROWS");
  double worst = 0;
  std::string where;
  for (EqualityRow& row : equality_rows(asked ? std::stoul(asked) : 32)) {
    row.config.expert_parallel = GetParam().experts;
    if (!problems_of_ranks(row.config, GetParam().ranks()).empty()) {
      // Points whose shards are sequences cannot be split; all else fits every layout.
      EXPECT_EQ(row.config.task, TaskKind::clusters) << row.name;
      continue;
    }
    const Config config = readable(row.config);
    const Deviation found = deviation(one_process(config), many_ranks(config, GetParam().ranks()));
    EXPECT_TRUE(found.within()) << row.name << "\n  " << text_of(found);
    if (found.gradient > worst) worst = found.gradient, where = row.name;
  }
  std::cout << GetParam() << ": gradients within " << worst << " of the bound, worst at " << where << "\n";
}

INSTANTIATE_TEST_SUITE_P(Layouts, RankEquality,
                         ::testing::Values(LayoutCase{2, 1}, LayoutCase{1, 2}, LayoutCase{2, 2}),
                         [](const auto& of) {
                           return std::to_string(of.param.data) + "by" + std::to_string(of.param.experts);
                         });

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
