// A tape where something is wrong: full disks, queues that are full, damage, files that are none, later versions.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "core/record/tape/tape_tail.h"
#include "core/record/tape/tape_writer.h"
#include "tests/record/tape/tape_fixture.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/mutants.h"
#include "tests/support/random_told.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::all_of;
using test::fake_record;
using test::fake_snapshot;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class TapeTroubleTest : public test::TapeTest {};

TEST_F(TapeTroubleTest, AFullDiskIsSaidOnceAndWhatWaitedIsWrittenOnceThereIsRoom) {
  TapeWriter::Options options;
  options.commit_s = 0.01, options.retry_s = 0.05;
  TapeWriter writer(facts(), 0, options);
  writer.record_in(folder_.path());
  std::vector<RecordingNews> news;
  const auto wait_for = [&](std::size_t count) {
    for (int i = 0; i < 500 && news.size() < count; ++i) {
      for (RecordingNews& one : writer.take_news()) news.push_back(std::move(one));
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  };
  const auto records = steps(1, 3000);
  for (int s = 0; s < 1000; ++s) writer.add(records[static_cast<std::size_t>(s)]);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  {
    const test::FileSizeLimit full(64 << 10);
    for (int s = 1000; s < 3000; ++s) writer.add(records[static_cast<std::size_t>(s)]);
    wait_for(1);
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    for (RecordingNews& one : writer.take_news()) news.push_back(std::move(one));
    ASSERT_THAT(news, SizeIs(1)) << "once";
    EXPECT_TRUE(news[0].trouble);
    EXPECT_THAT(news[0].message, HasSubstr(path_.native()));
  }
  wait_for(2);
  ASSERT_THAT(news, SizeIs(2));
  EXPECT_FALSE(news[1].trouble);
  writer.finish();
  Tape tape = open_tape();
  EXPECT_TRUE(all_of(read(tape)) == all_of(records));
}

TEST_F(TapeTroubleTest, AQueueThatIsFullThinsAndNeverHoldsUpTheRun) {
  TapeWriter::Options options;
  options.queue_bytes = 300 << 10;
  TapeWriter writer(facts(), 0, options);
  for (std::int64_t s = 1; s <= 2000; ++s) {
    writer.add(fake_record(small(), s));
    if (s % 500 == 0) writer.add(fake_snapshot(small(), s));
  }
  writer.record_in(folder_.path());
  writer.finish();
  const auto news = writer.take_news();
  ASSERT_THAT(news, SizeIs(1));
  EXPECT_THAT(news[0].message, HasSubstr("cannot keep up"));
  Tape tape = open_tape();
  const auto records = read(tape);
  ASSERT_GT(records.size(), 100u);
  ASSERT_LT(records.size(), 2000u);
  EXPECT_THAT(records.back().layers[0].counts, IsEmpty());
  EXPECT_THAT(records.front().layers[0].counts, SizeIs(4));
}

TEST_F(TapeTroubleTest, WhatIsNoTapeIsSetAsideAndANewOneBegins) {
  std::ofstream(path_) << std::string(5000, 'x');
  {
    TapeWriter writer(facts(), 0);
    writer.record_in(folder_.path());
    for (const StepRecord& record : steps(1, 5)) writer.add(record);
    writer.finish();
    const auto news = writer.take_news();
    ASSERT_THAT(news, SizeIs(1));
    EXPECT_THAT(news[0].message, testing::AllOf(HasSubstr(path_.native()), HasSubstr("tape-damaged-")));
  }
  Tape tape = open_tape();
  EXPECT_THAT(read(tape), SizeIs(5));
  std::size_t aside = 0;
  for (const auto& entry : fs::directory_iterator(folder_.path()))
    aside += entry.path().filename().native().starts_with("tape-damaged-") && fs::file_size(entry.path()) == 5000;
  EXPECT_EQ(aside, 1u);
}

TEST_F(TapeTroubleTest, ErrorsNameTheFile) {
  for (const char* text : {"", "no database", "SQLite format 3"}) {
    const fs::path file = folder_.path() / "other.sqlite";
    std::ofstream(file) << text;
    const auto tape = Tape::open(file);
    ASSERT_FALSE(tape);
    EXPECT_EQ(tape.error().kind, ErrorKind::usage);
    EXPECT_THAT(tape.error().message, HasSubstr(file.native()));
  }
  EXPECT_THAT(Tape::open(folder_.path()).error().message, HasSubstr("tape.sqlite"));
}

TEST_F(TapeTroubleTest, ABlobOfALaterVersionOrKindIsPassedOverAndSaidOnce) {
  {
    TapeFile file = open_file();
    write(file, steps(1, 600), 600);
    TapeBatch batch;
    batch.events.push_back({1, 5, encode(test::RandomTold(1).event(5))});
    ASSERT_TRUE(file.write(batch));
    file.end();
  }
  {
    auto raw = Database::open(path_, Database::For::writing);
    ASSERT_TRUE(raw);
    // Version 2 in the seal; and a kind of its own.
    ASSERT_TRUE(raw->run("UPDATE tape SET blob = X'06000200' || substr(blob, 5) WHERE kind=6"));
    ASSERT_TRUE(
        raw->run("INSERT INTO tape(kind, step, last, extent, bytes, blob) VALUES(77, 3, 3, 0, 4, "
                 "X'4d0001000000000000000000000000000000000000000000')"));
    raw->fold();
  }
  Tape tape = open_tape();
  EXPECT_THAT(*tape.events(), IsEmpty());
  EXPECT_THAT(*tape.events(), IsEmpty());
  EXPECT_THAT(tape.notes(), ElementsAre(HasSubstr("newer")));
  EXPECT_THAT(read(tape), SizeIs(600));
  Tape::Place place;
  EXPECT_THAT(tape.follow(place)->records, SizeIs(600));
}

TEST_F(TapeTroubleTest, MutantsGiveAMessageOrWhatIsWhole) {
  std::string good;
  {
    TapeFile::Options options;
    options.summary_rows = 16;
    TapeFile file = open_file(options);
    TapeBatch batch;
    batch.facts = encode(facts());
    test::RandomTold told(2);
    const ProbeTokens tokens = told.tokens();
    batch.probes.push_back({BlobKind::tokens, checksum_of(encode(tokens)), encode(tokens)});
    batch.events.push_back({1, 5, encode(told.event(5))});
    batch.looks.push_back({40, encode(told.look(40), {false, checksum_of(encode(tokens))})});
    ASSERT_TRUE(file.write(batch));
    write(file, steps(1, 120), 40);
    file.end();
    std::ifstream in(path_, std::ios::binary);
    good.assign(std::istreambuf_iterator<char>(in), {});
  }
  const auto try_all = [&](const std::string& bad) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bad;
    auto tape = Tape::open(path_);
    if (!tape) {
      EXPECT_THAT(tape.error().message, HasSubstr(path_.native()));
      return false;
    }
    (void)tape->facts(), (void)tape->span(), (void)tape->summary(), (void)tape->events(), (void)tape->looks();
    (void)tape->look(40), (void)tape->end(), (void)tape->has_ended();
    (void)tape->read(0, [](std::vector<StepRecord>&&) { return true; });
    Tape::Place place;
    for (int i = 0; i < 10; ++i)
      if (const auto news = tape->follow(place); !news || !news->more) break;
    return true;
  };
  ASSERT_TRUE(try_all(good));
  test::try_mutants(good, 11, try_all);
  // Whoever writes one takes it up, or sets it aside.
  test::Mutator mutator(12);
  for (int i = 0; i < test::mutant_count() / 10; ++i) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << mutator.mutant(good);
    (void)find_tape_tail(path_, 60, 0);
    (void)cut_tape(path_, 60, 0);
    if (auto file = TapeFile::open(path_, {})) {
      TapeBatch batch;
      batch.records = steps(121, 130);
      (void)file->write(batch);
      file->end();
    }
    for (const char* with : {"-wal", "-shm", "-journal"}) fs::remove(path_.native() + with);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
