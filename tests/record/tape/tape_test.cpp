// A run's tape: written, read, followed from another process, killed, cut, thinned.
#include "core/record/tape/tape.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "core/history/history.h"
#include "core/record/tape/tape_tail.h"
#include "core/record/tape/tape_writer.h"
#include "tests/record/tape/tape_fixture.h"
#include "tests/support/random_told.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::all_of;
using test::fake_record;
using test::fake_snapshot;
using test::TapeTest;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(TapeTest, HoldsAllThatWasToldToTheBit) {
  test::RandomTold told(3);
  std::vector<StepRecord> records;
  std::vector<RunEvent> events;
  for (std::int64_t s = 1; s <= 1200; ++s) records.push_back(told.record(s, 2, 3));
  for (int e = 0; e < 5; ++e) events.push_back(told.event(e));
  const auto tokens = std::make_shared<const ProbeTokens>(told.tokens());
  std::vector<Snapshot> looks;
  {
    TapeWriter::Options options;
    options.commit_s = 0.01;
    TapeWriter writer(facts(), 0, options);
    for (const RunEvent& event : events) writer.add(event);
    for (const StepRecord& record : records) {
      writer.add(record);
      if (record.step % 100 == 0) {
        looks.push_back(told.look(record.step));
        looks.back().tokens = tokens;
        writer.add(looks.back());
        std::this_thread::sleep_for(std::chrono::milliseconds(3));
      }
      if (record.step == 150) writer.record_in(folder_.path());
    }
    EXPECT_EQ(writer.events(), 5);
    writer.finish();
    EXPECT_THAT(writer.take_news(), IsEmpty());
  }
  EXPECT_FALSE(fs::exists(path_.native() + "-wal"));
  EXPECT_FALSE(fs::exists(path_.native() + "-shm"));
  Tape tape = open_tape();
  EXPECT_TRUE(all_of(read(tape)) == all_of(records));
  EXPECT_TRUE(all_of(read(tape, 700)) == all_of(std::vector(records.begin() + 700, records.end())));
  EXPECT_TRUE(all_of(*tape.events()) == all_of(events));
  EXPECT_EQ(tape.facts()->run, "run-id");
  EXPECT_EQ(tape.facts()->config, small());
  EXPECT_TRUE(*tape.has_ended());
  ASSERT_THAT(*tape.looks(), SizeIs(12));
  for (const Snapshot& look : looks) {
    const auto back = tape.look(look.step);
    ASSERT_TRUE(back && *back);
    EXPECT_TRUE(all_of(**back) == all_of(look));
    EXPECT_TRUE(all_of(*(*back)->tokens) == all_of(*tokens));
  }
  EXPECT_EQ((*tape.look(149))->step, 100);
  EXPECT_EQ((*tape.look(150))->step, 100);  // as near: the earlier
  EXPECT_EQ((*tape.look(151))->step, 200);
  EXPECT_EQ((*tape.look(200))->tokens, (*tape.look(300))->tokens);
  EXPECT_THAT(tape.notes(), IsEmpty());
  EXPECT_FALSE(fs::exists(path_.native() + "-wal")) << "a reader leaves nothing behind";
}

// Figures of a run, live and reopened, come from the same History.
TEST_F(TapeTest, AHistoryFilledFromItIsTheLiveOne) {
  const auto records = steps(1, 3000);
  HistoryOptions options{.full_rate = 400, .thinned = 300, .rows = 90};
  History live(options), reopened(options);
  for (const StepRecord& record : records) live.append(record);
  {
    TapeFile file = open_file();
    write(file, records, 7);
    file.end();
  }
  Tape tape = open_tape();
  for (const StepRecord& record : read(tape)) reopened.append(record);
  const auto same = [](const auto& a, const auto& b) {
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t i = 0; i < a.size(); ++i) ASSERT_EQ(all_of(a[i]), all_of(b[i])) << i;
  };
  same(live.x(), reopened.x());
  for (std::size_t s = 0; s < kScalars; ++s)
    same(live.scalar(static_cast<Scalar>(s)), reopened.scalar(static_cast<Scalar>(s)));
  for (std::size_t l = 0; l < 2; ++l) {
    for (std::size_t s = 0; s < kLayerScalars; ++s)
      same(live.layer_scalar(l, static_cast<LayerScalar>(s)),
           reopened.layer_scalar(l, static_cast<LayerScalar>(s)));
    for (std::size_t e = 0; e < 4; ++e) same(live.utilisation(l, e), reopened.utilisation(l, e));
  }
}

TEST_F(TapeTest, SummaryIsShortAndTheNewestStepsFollowIt) {
  TapeFile::Options options;
  options.summary_rows = 100;
  const auto records = steps(1, 20'000);
  {
    TapeFile file = open_file(options);
    write(file, records, 300);
  }
  Tape tape = open_tape();
  const auto summary = tape.summary();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->back().step, 20'000);
  std::int64_t before = 0;
  std::size_t rows = 0;
  for (const StepRecord& row : *summary) {
    ASSERT_GT(row.step, before);
    if (row.step - before > 1) ++rows;
    // The figures are those of the step, loads the mean of the steps since the row before.
    EXPECT_EQ(row.loss, records[static_cast<std::size_t>(row.step) - 1].loss);
    double mean = 0;
    for (std::int64_t s = before + 1; s <= row.step; ++s)
      mean += records[static_cast<std::size_t>(s) - 1].layers[1].counts[2];
    EXPECT_NEAR(row.layers[1].counts[2], mean / static_cast<double>(row.step - before), 1e-3);
    before = row.step;
  }
  EXPECT_LE(rows, 100u);
  EXPECT_GE(rows, 40u);
  // It goes on after a kill as if there had been none.
  TapeFile again = open_file(options);
  write(again, steps(20'001, 24'000), 500);
  EXPECT_EQ((*open_tape().summary()).back().step, 24'000);
}

TEST_F(TapeTest, AnotherProcessFollowsItWithinASecondAndAKillCostsNoMore) {
  const pid_t child = ::fork();
  if (child == 0) {
    TapeWriter writer(facts(), 0);
    writer.record_in(folder_.path());
    for (std::int64_t s = 1;; ++s) {
      StepRecord record = fake_record(small(), s);
      record.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
      writer.add(record);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }
  const auto now = [] {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  };
  const double began = now();
  std::optional<Tape> tape;
  Tape::Place place;
  std::vector<StepRecord> records;
  double oldest = 0;
  while (now() < began + 2.5) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (!tape) {
      if (auto opened = Tape::open(path_)) tape = std::move(*opened);
      continue;
    }
    const auto news = tape->follow(place);
    ASSERT_TRUE(news) << news.error().message;
    for (const StepRecord& record : news->records) oldest = std::max(oldest, now() - record.wall_s);
    records.insert(records.end(), news->records.begin(), news->records.end());
  }
  ::kill(child, SIGKILL);
  const double killed = now();
  ::waitpid(child, nullptr, 0);
  ASSERT_GT(records.size(), 100u);
  EXPECT_LT(oldest, 1.5);  // half a second, and what a busy machine adds
  for (std::size_t i = 0; i < records.size(); ++i) ASSERT_EQ(records[i].step, static_cast<std::int64_t>(i) + 1);
  // Whoever follows has it open; whoever comes now reads what was whole.
  Tape later = open_tape();
  const auto all = read(later);
  EXPECT_FALSE(*later.has_ended());
  ASSERT_FALSE(all.empty());
  EXPECT_GE(all.size(), records.size());
  EXPECT_LT(killed - all.back().wall_s, 1.5);
  for (std::size_t i = 0; i < all.size(); ++i) ASSERT_EQ(all[i].step, static_cast<std::int64_t>(i) + 1);
  // And the run goes on behind them.
  const std::int64_t next = all.back().step + 1;
  TapeFile file = open_file();
  write(file, steps(next, next + 10), 3);
  EXPECT_EQ(read(later).back().step, next + 10);
}

// A kill right behind a checkpoint leaves no gap before it.
TEST_F(TapeTest, IsWrittenAtOnceWhereACheckpointAsks) {
  TapeWriter::Options options;
  options.commit_s = 3600;
  TapeWriter writer(facts(), 0, options);
  writer.record_in(folder_.path());
  for (const StepRecord& record : steps(1, 7)) writer.add(record);
  writer.commit_soon();
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  std::int64_t last = 0;
  while (last < 7 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (auto tape = Tape::open(path_))
      if (const auto span = tape->span()) last = span->last;
  }
  EXPECT_EQ(last, 7);
}

TEST_F(TapeTest, FollowersMeetEachStepOnceWhileRowsAreJoined) {
  TapeFile file = open_file();
  Tape quick = open_tape(), slow = open_tape();
  Tape::Place quick_place, slow_place;
  std::vector<std::int64_t> quick_steps, slow_steps;
  const auto take = [](Tape& tape, Tape::Place& place, std::vector<std::int64_t>& into) {
    for (bool more = true; more;) {
      const auto news = tape.follow(place);
      ASSERT_TRUE(news);
      for (const StepRecord& record : news->records) into.push_back(record.step);
      more = news->more;
    }
  };
  const auto records = steps(1, 1500);
  for (std::size_t at = 0; at < records.size(); at += 30) {
    write(file,
          std::vector(records.begin() + static_cast<std::ptrdiff_t>(at),
                      records.begin() + static_cast<std::ptrdiff_t>(at + 30)),
          30);
    take(quick, quick_place, quick_steps);
    if (at % 420 == 0) take(slow, slow_place, slow_steps);
  }
  take(slow, slow_place, slow_steps);
  std::vector<std::int64_t> all(1500);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i) + 1;
  EXPECT_EQ(quick_steps, all);
  EXPECT_EQ(slow_steps, all);
}

TEST_F(TapeTest, IsCutToACheckpointAndWhatLayBehindIsATapeOfItsOwn) {
  std::vector<RunEvent> events;
  test::RandomTold told(1);
  {
    TapeFile file = open_file();
    TapeBatch batch;
    batch.facts = encode(facts());
    for (int e = 1; e <= 3; ++e) {
      events.push_back(told.event(334));
      batch.events.push_back({e, 334, encode(events.back())});
    }
    ASSERT_TRUE(file.write(batch));
    write(file, steps(1, 700), 10);
    for (const std::int64_t s : {10, 300, 340, 690}) ASSERT_TRUE(file.write(look_at(s)));
  }
  Tape follower = open_tape();
  Tape::Place place = *follower.end();
  EXPECT_EQ(place.step, 700);

  // Two of the three events had been told at the checkpoint.
  const auto tail = find_tape_tail(path_, 333, 2);
  ASSERT_TRUE(tail) << tail.error().message;
  EXPECT_EQ(tail->last_step, 700);
  EXPECT_EQ(tail->events, 2);
  const fs::path lost = folder_.path() / "lost.sqlite";
  const auto copied = copy_tape_tail(path_, 333, 2, lost);
  ASSERT_TRUE(copied) << copied.error().message;
  const auto cut = cut_tape(path_, 333, 2);
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_EQ(find_tape_tail(path_, 333, 2)->rows, 0);

  Tape tape = open_tape();
  EXPECT_TRUE(all_of(read(tape)) == all_of(steps(1, 333)));
  EXPECT_THAT(*tape.events(), SizeIs(2));
  EXPECT_THAT(*tape.looks(), SizeIs(2));
  EXPECT_EQ(tape.summary()->back().step, 333);
  auto aside = Tape::open(lost);
  ASSERT_TRUE(aside) << aside.error().message;
  EXPECT_TRUE(all_of(read(*aside, 333)) == all_of(steps(334, 700)));
  EXPECT_THAT(*aside->events(), SizeIs(1));
  EXPECT_THAT(*aside->looks(), SizeIs(2));
  EXPECT_EQ(aside->facts()->run, "run-id");

  TapeFile file = open_file();
  auto other = steps(334, 400);
  for (StepRecord& record : other) record.loss = -1;
  write(file, other, 9);
  const auto news = follower.follow(place);
  ASSERT_TRUE(news) << news.error().message;
  EXPECT_EQ(news->went_back_to, 333);
  ASSERT_THAT(news->records, SizeIs(67));
  EXPECT_EQ(news->records.front().step, 334);
  EXPECT_EQ(news->records.front().loss, -1);
  EXPECT_THAT(read(tape), SizeIs(400));
}

TEST_F(TapeTest, GivesWayWithinItsBudgetOldestCountsFirstFiguresNever) {
  TapeFile::Options options;
  options.budget_bytes = 7 << 20;
  options.full_rate = 1000;
  test::RandomTold told(8);
  std::vector<StepRecord> records;
  for (std::int64_t s = 1; s <= 8000; ++s) records.push_back(told.record(s, 2, 64));
  TapeFile file = open_file(options);
  for (std::size_t at = 0; at < records.size(); at += 20) {
    TapeBatch batch = look_at(static_cast<std::int64_t>(at) + 20);
    batch.records.assign(records.begin() + static_cast<std::ptrdiff_t>(at),
                         records.begin() + static_cast<std::ptrdiff_t>(at + 20));
    ASSERT_TRUE(file.write(batch));
  }
  EXPECT_FALSE(file.is_too_large());
  EXPECT_TRUE(file.looks_are_full());
  file.end();
  EXPECT_LT(fs::file_size(path_), options.budget_bytes + options.budget_bytes / 8);
  Tape tape = open_tape();
  auto back = read(tape);
  ASSERT_THAT(back, SizeIs(8000));
  EXPECT_TRUE(all_of(back.back()) == all_of(records.back()));
  EXPECT_FALSE(all_of(back[200].layers[0].counts) == all_of(records[200].layers[0].counts));
  for (auto* all : {&back, &records})
    for (StepRecord& record : *all) {
      for (LayerRecord& layer : record.layers) layer.counts = {}, layer.mean_prob = {};
      record.ranks = {};
    }
  EXPECT_TRUE(all_of(back) == all_of(records));
  // Looks within their share, evenly over the run.
  const auto looks = *tape.looks();
  ASSERT_GT(looks.size(), 4u);
  ASSERT_LT(looks.size(), 400u);
  EXPECT_EQ(looks.front().step, 20);
  EXPECT_EQ(looks.back().step, 8000);
  for (std::size_t i = 1; i < looks.size(); ++i)
    EXPECT_LE(looks[i].step - looks[i - 1].step, 4 * 8000 / static_cast<std::int64_t>(looks.size()));
  // Where even that is too much it is said, and nothing else goes.
  TapeFile::Options tiny = options;
  tiny.budget_bytes = 2 << 20;
  TapeFile again = open_file(tiny);
  for (int i = 0; i < 200 && !again.is_too_large(); ++i) ASSERT_TRUE(again.write({}));
  EXPECT_TRUE(again.is_too_large());
  EXPECT_THAT(read(tape), SizeIs(8000));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
