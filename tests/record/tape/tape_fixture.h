// A tape in a folder of a test's own, and made-up steps for it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "core/record/tape/look_codec.h"
#include "core/record/tape/tape.h"
#include "core/record/tape/tape_file.h"
#include "tests/support/fake_run.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

class TapeTest : public testing::Test {
 protected:
  static TapeFacts facts() {
    TapeFacts made;
    made.program = "0.2.0", made.run = "run-id", made.model_id = 1;
    made.config = small();
    made.data.name = "stories", made.data.outputs = {"a", "b"};
    return made;
  }
  static Config small() {
    Config config;
    config.layers = 2, config.experts = 4;
    return config;
  }
  static std::vector<StepRecord> steps(std::int64_t from, std::int64_t to) {
    std::vector<StepRecord> records;
    for (std::int64_t s = from; s <= to; ++s) records.push_back(fake_record(small(), s));
    return records;
  }
  TapeFile open_file(TapeFile::Options options = {}) {
    auto file = TapeFile::open(path_, options);
    EXPECT_TRUE(file) << file.error().message;
    return std::move(*file);
  }
  Tape open_tape() {
    auto tape = Tape::open(folder_.path());
    EXPECT_TRUE(tape) << tape.error().message;
    return std::move(*tape);
  }
  // In commits of `each` records.
  static void write(TapeFile& file, const std::vector<StepRecord>& records, std::size_t each) {
    for (std::size_t at = 0; at < records.size(); at += each) {
      TapeBatch batch;
      const auto end = records.begin() + static_cast<std::ptrdiff_t>(std::min(records.size(), at + each));
      batch.records.assign(records.begin() + static_cast<std::ptrdiff_t>(at), end);
      const auto written = file.write(batch);
      ASSERT_TRUE(written) << written.error().message;
    }
  }
  static std::vector<StepRecord> read(Tape& tape, std::int64_t after = 0) {
    std::vector<StepRecord> all;
    const auto done = tape.read(after, [&](std::vector<StepRecord>&& piece) {
      all.insert(all.end(), piece.begin(), piece.end());
      return true;
    });
    EXPECT_TRUE(done) << done.error().message;
    return all;
  }
  static TapeBatch look_at(std::int64_t step) {
    TapeBatch batch;
    batch.looks.push_back({step, encode(fake_snapshot(small(), step), ProbeName{})});
    return batch;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / kTapeFile;
};

}  // namespace switchyard::test
