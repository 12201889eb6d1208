// What a run tells as bytes and back, bit by bit, and what damage makes of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/record/tape/blob.h"
#include "core/record/tape/look_codec.h"
#include "core/record/tape/rank_codec.h"
#include "core/record/tape/record_codec.h"
#include "core/record/tape/told_codec.h"
#include "tests/support/mutants.h"
#include "tests/support/random_told.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::all_of;
using test::RandomTold;
using testing::HasSubstr;
using testing::SizeIs;

TEST(TapeCodecTest, StepsComeBackToTheBit) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomTold told(seed);
    std::vector<StepRecord> records;
    std::size_t layers = told.below(4), experts = told.below(9);
    for (std::size_t n = told.below(20); n > 0; --n) {
      if (told.below(6) == 0) layers = told.below(4);
      if (told.below(6) == 0) experts = told.below(9);
      records.push_back(told.record(static_cast<std::int64_t>(100 - n), layers, experts));
    }
    auto back = decode_figures(encode_figures(records));
    ASSERT_TRUE(back) << back.error().message;
    const auto counts = decode_counts(encode(counts_of(records)));
    ASSERT_TRUE(counts) << counts.error().message;
    fill_counts(*back, *counts);
    const auto ranks = decode_ranks(encode(ranks_of(records)));
    ASSERT_TRUE(ranks) << ranks.error().message;
    fill_ranks(*back, *ranks);
    EXPECT_EQ(all_of(*back), all_of(records)) << "seed " << seed;
  }
}

TEST(TapeCodecTest, LooksEventsAndWhatTheyPointAtComeBackToTheBit) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomTold told(seed);
    const Snapshot look = told.look(7);
    const ProbeName name{told.below(2) == 0, told.number<std::uint64_t>()};
    const auto back = decode_look(encode(look, name));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(all_of(back->snapshot), all_of(look)) << "seed " << seed;
    EXPECT_EQ(back->probe, name);
    const ProbeTokens tokens = told.tokens();
    const auto tokens_back = decode_tokens(encode(tokens));
    ASSERT_TRUE(tokens_back);
    EXPECT_EQ(all_of(*tokens_back), all_of(tokens)) << "seed " << seed;
    const ProbePoints points = told.points();
    const auto points_back = decode_points(encode(points));
    ASSERT_TRUE(points_back);
    EXPECT_EQ(all_of(*points_back), all_of(points)) << "seed " << seed;
    ProbePoints own = points;
    own.axis_names = {"width", "höhe"}, own.centre = {1e9, -2}, own.spread = {0.5, 3};
    const auto own_back = decode_points(encode(own));
    ASSERT_TRUE(own_back);
    EXPECT_EQ(own_back->axis_names, own.axis_names);
    EXPECT_EQ(own_back->centre, own.centre);
    EXPECT_EQ(own_back->spread, own.spread);
    const RunEvent event = told.event(3);
    const auto event_back = decode_event(encode(event));
    ASSERT_TRUE(event_back && *event_back);
    EXPECT_EQ(all_of(**event_back), all_of(event)) << "seed " << seed;
  }
}

TapeFacts some_facts() {
  TapeFacts facts;
  facts.program = "0.2.0", facts.run = "20261128T151200Z-stories-x7k2mq", facts.parent = RunPoint{"another", 77};
  facts.model_id = 3, facts.step = 1234;
  facts.config.learning_rate = 0.1 + 0.2, facts.config.experts = 12, facts.config.corpus = "/home/ada/book.txt";
  facts.data = {"book.txt",
                {"a", "\n", "<unk>"},
                9021,
                2.25,
                0.5,
                "/home/ada/book.txt",
                {{9021, std::string(64, 'a')}, 61, {3, 0.25, 0.125}}};
  facts.engine = {"1.13.1", "OpenBLAS", "cpu", 2, "bf16", "AVX-512"};
  return facts;
}

TEST(TapeCodecTest, FactsComeBackWithoutSayingWhereTheTextLay) {
  const TapeFacts facts = some_facts();
  const Bytes bytes = encode(facts);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()).find("/home/ada"),
            std::string::npos);
  const auto back = decode_facts(bytes);
  ASSERT_TRUE(back) << back.error().message;
  Config config = facts.config;
  config.corpus = "book.txt";
  EXPECT_EQ(back->config, config);
  EXPECT_EQ(back->run, facts.run);
  EXPECT_EQ(back->parent, facts.parent);
  EXPECT_EQ(back->step, 1234);
  EXPECT_EQ(back->model_id, 3u);
  EXPECT_EQ(back->data.outputs, facts.data.outputs);
  EXPECT_EQ(back->data.path, "");
  EXPECT_EQ(back->data.text.source, facts.data.text.source);
  EXPECT_EQ(back->data.text.unknown.kinds, 3);
  EXPECT_EQ(back->data.bigram_loss, 2.25);
  EXPECT_EQ(back->engine.processor, "AVX-512");
}

TEST(TapeCodecTest, ThinnedCountsAreMeansOfStretchesAndFiguresStay) {
  std::vector<StepRecord> records(10);
  for (std::size_t i = 0; i < 10; ++i) {
    records[i].step = static_cast<std::int64_t>(i) + 1;
    records[i].layers.resize(1);
    records[i].layers[0].counts = {static_cast<float>(i), 1};
    records[i].layers[0].dropped = static_cast<float>(i);
  }
  const CountRows thin = thinned(thinned(counts_of(records), 2), 4);
  ASSERT_THAT(thin.rows, SizeIs(3));
  EXPECT_EQ(thin.rows[0].last, 4);
  EXPECT_EQ(thin.rows[0].steps, 4);
  EXPECT_EQ(thin.rows[0].layers[0].counts[0], 1.5F);
  EXPECT_EQ(thin.rows[2].last, 10);
  EXPECT_EQ(thin.rows[2].steps, 2);
  EXPECT_EQ(thin.rows[2].layers[0].counts[0], 8.5F);
  auto back = *decode_figures(encode_figures(records));
  fill_counts(back, *decode_counts(encode(thin)));
  EXPECT_EQ(back[4].layers[0].counts, (std::vector<float>{5.5F, 1}));
  EXPECT_EQ(back[4].layers[0].dropped, 4);
}

TEST(BlobTest, IsSmallWhereThatPaysAndToldWhereItIsDamagedOrOfAnotherTime) {
  Bytes content(100'000);
  const Bytes blob = seal(BlobKind::look, content);
  EXPECT_LT(blob.size(), 200u);
  EXPECT_EQ(*unseal_as(BlobKind::look, blob), content);
  EXPECT_THAT(unseal_as(BlobKind::event, blob).error().message, HasSubstr("of kind 3"));
  for (std::size_t at = 0; at < blob.size(); ++at) {
    Bytes bad = blob;
    bad[at] ^= std::byte{4};
    const auto back = unseal_as(BlobKind::look, bad);
    EXPECT_TRUE(!back || *back != content) << at;
  }
  for (const std::size_t at : {std::size_t{0}, std::size_t{2}}) {  // kind, version
    Bytes later = blob;
    later[at] = std::byte{99};
    const auto back = unseal(later);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_FALSE(back->is_known);
  }
}

// Flipped bits reach what reads them here, past the seal's checksum.
TEST(TapeCodecTest, MutantsAreRefusedOrReadInLittleMemory) {
  RandomTold told(5);
  std::vector<StepRecord> records;
  for (int s = 1; s <= 6; ++s) records.push_back(told.record(s, 2, 4));
  const auto as_text = [](const Bytes& bytes) {
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  const auto as_bytes = [](const std::string& text) { return std::as_bytes(std::span(text)); };
  test::try_mutants(as_text(encode_figures(records)), 1,
                    [&](const std::string& bad) { return bool(decode_figures(as_bytes(bad))); });
  test::try_mutants(as_text(encode(counts_of(records))), 2,
                    [&](const std::string& bad) { return bool(decode_counts(as_bytes(bad))); });
  test::try_mutants(as_text(encode(ranks_of(records))), 9,
                    [&](const std::string& bad) { return bool(decode_ranks(as_bytes(bad))); });
  test::try_mutants(as_text(encode(told.look(3), {})), 3,
                    [&](const std::string& bad) { return bool(decode_look(as_bytes(bad))); });
  test::try_mutants(as_text(encode(told.tokens())), 4,
                    [&](const std::string& bad) { return bool(decode_tokens(as_bytes(bad))); });
  test::try_mutants(as_text(encode(told.points())), 5,
                    [&](const std::string& bad) { return bool(decode_points(as_bytes(bad))); });
  test::try_mutants(as_text(encode(told.event(3))), 6,
                    [&](const std::string& bad) { return bool(decode_event(as_bytes(bad))); });
  test::try_mutants(as_text(encode(some_facts())), 7,
                    [&](const std::string& bad) { return bool(decode_facts(as_bytes(bad))); });
  const Bytes blob = seal(BlobKind::figures, encode_figures(records));
  EXPECT_LT(
      test::try_mutants(as_text(blob), 8,
                        [&](const std::string& bad) { return bool(unseal_as(BlobKind::figures, as_bytes(bad))); }),
      test::mutant_count() / 50);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
