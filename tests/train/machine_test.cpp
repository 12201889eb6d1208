// What a trainer makes of the machine it is on: threads and precision that it found out, and what differs elsewhere.
#include <gmock/gmock.h>

#include "core/train/interface/resume.h"
#include "core/train/interface/slow_precision.h"
#include "core/train/interface/state.h"
#include "tests/train/small_trainer.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

TEST(State, WhatAutoMeantIsKept) {
  Config config = small();
  config.threads = 0;
  config.precision = Precision::automatic;
  auto trainer = make(config);
  TrainerState state;
  ASSERT_TRUE(trainer->save(state));
  EXPECT_EQ(state.config, config) << "the configuration says auto";
  EXPECT_EQ(state.engine.threads, trainer->info().threads);
  EXPECT_FALSE(state.engine.processor.empty());

  // Made on a machine with one thread, and the other precision.
  const bool fp32 = state.engine.auto_precision == "fp32";
  state.engine.threads = 1;
  state.engine.auto_precision = fp32 ? "bf16" : "fp32";
  auto other = TrainerImpl::create(state);
  ASSERT_TRUE(other);
  EXPECT_EQ((*other)->config(), config);
  EXPECT_EQ((*other)->info().threads, 1);
  EXPECT_EQ((*other)->info().auto_precision, state.engine.auto_precision);
  EXPECT_EQ(resume_difference(state.engine, (*other)->info()), "");
  Config named = config;
  named.threads = 1;
  named.precision = fp32 ? Precision::bf16 : Precision::fp32;
  EXPECT_EQ(losses(**other, 2), losses(*make(named), 2));
  Config live = config;
  live.learning_rate = 1e-3;
  ASSERT_TRUE((*other)->apply(live, 1));
  EXPECT_EQ((*other)->info().threads, 1) << "an edit does not ask the machine again";

  // More threads than there are here: as many as there are.
  state.engine.threads = 10'000;
  ASSERT_TRUE((*other)->restore(state));
  EXPECT_EQ((*other)->info().threads, trainer->info().threads);
  EXPECT_THAT(resume_difference(state.engine, (*other)->info()), HasSubstr("10000 threads → "));
  losses(*make(small()), 1);  // leaves one thread behind
}

TEST(SlowPrecision, IsSaidWhereTheProcessorDoesNotMultiplyBf16) {
  Config config;
  EngineInfo engine{"1.13.1", "OpenBLAS SkylakeX, OpenMP", "cpu", 2, "fp32", "AVX-512"};
  EXPECT_EQ(slow_precision(config, engine), "") << "fp32";
  config.precision = Precision::automatic;
  EXPECT_EQ(slow_precision(config, engine), "") << "takes what is fast";
  config.precision = Precision::bf16;
  EXPECT_THAT(slow_precision(config, engine), HasSubstr("(AVX-512)"));
  for (const char* fast : {"AVX-512, BF16", "AVX-512, AMX", ""}) {
    engine.processor = fast;
    EXPECT_EQ(slow_precision(config, engine), "") << fast;
  }
  engine = {.libtorch = "", .blas = "", .device = "cuda:0", .processor = "AVX2"};
  EXPECT_EQ(slow_precision(config, engine), "");
}

TEST(ResumeDifference, NamesWhatDiffersInOneLine) {
  EngineInfo saved{"1.13.1", "OpenBLAS SkylakeX, OpenMP", "cpu", 2, "fp32", "AVX-512"};
  EXPECT_EQ(resume_difference(saved, saved), "");
  EngineInfo now = saved;
  now.blas = "OpenBLAS Haswell, OpenMP";
  EXPECT_EQ(resume_difference(saved, now),
            "goes on, not bit for bit: OpenBLAS SkylakeX, OpenMP → OpenBLAS Haswell, OpenMP");
  now.threads = 1;
  now.processor = "AVX2";
  now.libtorch = "2.6.0";
  now.device = "cuda:0";
  now.auto_precision = "bf16";
  EXPECT_EQ(resume_difference(saved, now),
            "goes on, not bit for bit: 2 threads → 1, cpu → cuda:0, OpenBLAS SkylakeX, OpenMP → OpenBLAS Haswell, "
            "OpenMP, "
            "AVX-512 → AVX2, LibTorch 1.13.1 → 2.6.0, precision auto fp32 → bf16");
  now = saved;
  now.layout = "2x1";
  EXPECT_EQ(resume_difference(saved, now), "") << "the state is of a version that told of none";
  saved.layout = "1x1";
  EXPECT_EQ(resume_difference(saved, now), "goes on, not bit for bit: processes 1x1 → 2x1");
  now.auto_precision = "bf16";
  EXPECT_EQ(resume_difference({}, now), "goes on, not bit for bit: precision auto fp32 → bf16")
      << "what is not told is not compared";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
