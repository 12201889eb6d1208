// What ranks did, on a tape: beside the figures of the same steps, thinned, cut and followed with them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/record/tape/blob.h"
#include "core/record/tape/rank_codec.h"
#include "core/record/tape/tape_summary.h"
#include "core/record/tape/tape_tail.h"
#include "tests/record/tape/tape_fixture.h"
#include "tests/support/fake_ranks.h"
#include "tests/support/random_told.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::all_of;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class RankTapeTest : public test::TapeTest {
 protected:
  static std::vector<StepRecord> rank_steps(std::int64_t from, std::int64_t to) {
    auto records = steps(from, to);
    for (StepRecord& record : records) record.ranks = test::fake_ranks(record.step, 3);
    return records;
  }
  std::int64_t rows_of(BlobKind kind) {
    auto raw = Database::open(path_, Database::For::writing);
    return *raw->number(fmt::format("SELECT count(*) FROM tape WHERE kind={}", static_cast<int>(kind)).c_str());
  }
};

TEST_F(RankTapeTest, ComeBackToTheBitAndAreFollowed) {
  const auto records = rank_steps(1, 1300);
  {
    TapeFile file = open_file();
    write(file, records, 7);
    file.end();
  }
  Tape tape = open_tape();
  EXPECT_TRUE(all_of(read(tape)) == all_of(records));
  EXPECT_TRUE(all_of(*tape.summary()) == all_of(records));  // short enough to be whole
  Tape::Place place;
  std::vector<StepRecord> followed;
  for (bool more = true; more;) {
    auto news = tape.follow(place);
    ASSERT_TRUE(news);
    std::move(news->records.begin(), news->records.end(), std::back_inserter(followed));
    more = news->more;
  }
  EXPECT_TRUE(all_of(followed) == all_of(records));
  EXPECT_THAT(tape.notes(), IsEmpty());
}

TEST_F(RankTapeTest, ARunOfOneProcessHasNone) {
  {
    TapeFile file = open_file();
    write(file, steps(1, 600), 50);
    file.end();
  }
  EXPECT_EQ(rows_of(BlobKind::ranks), 0);
  // What it writes is what programs that know no ranks read.
  auto raw = Database::open(path_, Database::For::writing);
  ASSERT_TRUE(raw);
  EXPECT_EQ(*raw->number("SELECT count(*) FROM summary WHERE substr(blob, 1, 4) <> X'09000100'"), 0);
}

TEST_F(RankTapeTest, AreCutWithTheirSteps) {
  {
    TapeFile file = open_file();
    write(file, rank_steps(1, 700), 700);
  }
  ASSERT_TRUE(cut_tape(path_, 333, 0));
  {
    TapeFile file = open_file();
    write(file, steps(334, 400), 10);  // goes on alone
  }
  Tape tape = open_tape();
  auto all = rank_steps(1, 333);
  const auto alone = steps(334, 400);
  all.insert(all.end(), alone.begin(), alone.end());
  EXPECT_TRUE(all_of(read(tape)) == all_of(all));
}

TEST_F(RankTapeTest, ThinOutWithTheCountsWhereRoomIsShort) {
  TapeFile::Options options;
  options.budget_bytes = 6 << 20, options.full_rate = 1000;
  test::RandomTold told(8);  // counts that no compression makes smaller
  std::vector<StepRecord> records;
  for (std::int64_t s = 1; s <= 8000; ++s) {
    records.push_back(told.record(s, 2, 64));
    records.back().ranks = test::fake_ranks(s, 3);
  }
  {
    TapeFile file = open_file(options);
    write(file, records, 50);
    file.end();
  }
  Tape tape = open_tape();
  const auto back = read(tape);
  ASSERT_THAT(back, SizeIs(8000));
  EXPECT_TRUE(all_of(back.back().ranks) == all_of(records.back().ranks));
  // Of the first eight steps at least, the mean.
  EXPECT_TRUE(all_of(back[0].ranks) == all_of(back[7].ranks));
  EXPECT_FALSE(all_of(back[0].ranks) == all_of(records[0].ranks));
  ASSERT_THAT(back[0].ranks, SizeIs(3));
  EXPECT_NEAR(back[0].ranks[1].compute_ms, test::fake_ranks(2, 3)[1].compute_ms, 0.1);
}

TEST_F(RankTapeTest, ASummaryHoldsTheirMeans) {
  SummaryRow row{rank_steps(1, 1)[0], 1};
  join(row, {rank_steps(2, 2)[0], 1});
  const auto first = test::fake_ranks(1, 3), second = test::fake_ranks(2, 3);
  ASSERT_THAT(row.record.ranks, SizeIs(3));
  EXPECT_NEAR(row.record.ranks[2].compute_ms, (first[2].compute_ms + second[2].compute_ms) / 2, 1e-5);
  const std::vector<SummaryRow> rows{row, {steps(3, 3)[0], 1}, {rank_steps(9, 9)[0], 6}};
  const auto back = decode_summary(encode(std::span<const SummaryRow>(rows)));
  ASSERT_TRUE(back) << back.error().message;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    EXPECT_EQ((*back)[r].steps, rows[r].steps);
    EXPECT_TRUE(all_of((*back)[r].record) == all_of(rows[r].record)) << r;
  }
}

TEST(RankCodecTest, AStepInFrontOfARowHasNone) {
  std::vector<StepRecord> records(6);
  for (std::size_t s = 0; s < records.size(); ++s) records[s].step = static_cast<std::int64_t>(s) + 1;
  RankRows ranks;
  ranks.rows = {{4, 2, std::vector<RankRecord>(2)}};
  fill_ranks(records, ranks);
  std::vector<std::size_t> counts;
  for (const StepRecord& record : records) counts.push_back(record.ranks.size());
  EXPECT_THAT(counts, ElementsAre(0u, 0u, 2u, 2u, 0u, 0u));
  cut(ranks, 3);
  ASSERT_THAT(ranks.rows, SizeIs(1));
  EXPECT_EQ(ranks.rows[0].last, 3);
  EXPECT_EQ(ranks.rows[0].steps, 1);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
