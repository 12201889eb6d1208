#include "core/study/pairing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> keys(const std::vector<const Knob*>& knobs) {
  std::vector<std::string> out;
  for (const Knob* knob : knobs) out.emplace_back(knob->key);
  return out;
}

Config of(TaskKind task) {
  Config config;
  config.task = task;
  return config;
}

TEST(Pairing, WhatALearnerIsDoesNotChangeWhatItSees) {
  const Config a = of(TaskKind::language);
  Config b = a;
  b.experts = 4, b.top_k = 1, b.gate = Gate::sigmoid, b.noise_std = 1, b.layers = 2, b.learning_rate = 0.1;
  b.ffn = Ffn::dense, b.threads = 3, b.precision = Precision::bf16, b.weight_seed = 77;
  EXPECT_THAT(keys(unpaired_knobs(a, b)), IsEmpty());
}

TEST(Pairing, BatchesOfAnotherShapeAreNoPair) {
  const Config a = of(TaskKind::language);
  Config b = a;
  b.batch_size = 16, b.accumulation = 2, b.context = 64, b.seed = 9, b.val_batches = 8;
  EXPECT_THAT(keys(unpaired_knobs(a, b)),
              testing::UnorderedElementsAre("batch_size", "accumulation", "context", "seed", "val_batches"));
  EXPECT_THAT(keys(other_data_knobs(a, b)), IsEmpty()) << "the same text in other portions";
}

TEST(Pairing, OtherDataAreNamed) {
  const Config text = of(TaskKind::language);
  Config other = text;
  other.corpus = "/book.txt";
  EXPECT_THAT(keys(other_data_knobs(text, other)), ElementsAre("corpus"));
  EXPECT_THAT(keys(unpaired_knobs(text, other)), ElementsAre("corpus"));

  const Config points = of(TaskKind::clusters);
  Config noisier = points;
  noisier.cluster_noise = 0.2;
  EXPECT_THAT(keys(other_data_knobs(points, noisier)), ElementsAre("cluster_noise"));
}

TEST(Pairing, KnobsOfTheOtherTaskDoNotCount) {
  const Config text = of(TaskKind::language);
  Config b = text;
  b.cluster_noise = 0.2, b.cluster_classes = 5;
  EXPECT_THAT(keys(unpaired_knobs(text, b)), IsEmpty());
  const Config points = of(TaskKind::clusters);
  Config c = points;
  c.corpus = "/book.txt", c.context = 32, c.vocabulary_limit = 50;
  EXPECT_THAT(keys(unpaired_knobs(points, c)), IsEmpty());
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
