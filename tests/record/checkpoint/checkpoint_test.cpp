// A checkpoint: to the bit, whole or told, of this format or told.
#include "core/record/checkpoint/checkpoint_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <time.h>

#include <bit>
#include <cstring>
#include <fstream>

#include "core/base/json.h"
#include "core/base/version.h"
#include "core/record/checkpoint/checkpoint_parts.h"
#include "core/record/files/safetensors.h"
#include "core/record/reading/stored_run.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/mutants.h"
#include "tests/support/read_file.h"
#include "tests/support/small_checkpoint.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::small_checkpoint;
using test::text_of_file;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

template <class Number>
std::vector<std::uint64_t> bits(const std::vector<Number>& numbers) {
  std::vector<std::uint64_t> all;
  for (const Number n : numbers) {
    if constexpr (sizeof(Number) == 4) all.push_back(std::bit_cast<std::uint32_t>(n));
    else all.push_back(std::bit_cast<std::uint64_t>(n));
  }
  return all;
}
std::uint64_t bits(double number) { return std::bit_cast<std::uint64_t>(number); }

class CheckpointTest : public testing::Test {
 protected:
  void write(const std::string& bytes) const {
    std::filesystem::remove(path_);
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  std::string good() const {
    EXPECT_TRUE(write_checkpoint(path_, small_checkpoint()));
    return text_of_file(path_);
  }
  std::string error() const {
    const auto read = read_checkpoint(path_);
    if (read) return "accepted";
    EXPECT_EQ(read.error().kind, ErrorKind::usage);
    EXPECT_THAT(read.error().message, HasSubstr(path_.native()));
    EXPECT_LT(read.error().message.size(), 600u);
    return read.error().message;
  }
  // The same with its metadata changed, as another program would write it: its checksums fit.
  std::string error_with(const std::string& key, const std::string& text) const {
    CheckpointParts parts = parts_of(small_checkpoint(), "9.9.9");
    parts.texts[key] = text;
    std::vector<TensorView> views;
    for (const auto& entry : parts.doubles.entries)
      views.push_back({entry.name, entry.shape,
                       std::span<const double>(parts.doubles.values).subspan(entry.begin, entry.count)});
    EXPECT_TRUE(write_safetensors(path_, views, parts.texts, true));
    return error();
  }

  test::TemporaryFolder folder_;
  std::filesystem::path path_ = folder_.path() / "step-000001234.safetensors";
};

TEST_F(CheckpointTest, EveryMemberReadsBackToTheBit) {
  const Checkpoint a = small_checkpoint();
  ASSERT_TRUE(write_checkpoint(path_, a));
  const auto read = read_checkpoint(path_);
  ASSERT_TRUE(read) << read.error().message;
  const Checkpoint& b = *read;
  EXPECT_EQ(b.label.run, a.label.run);
  EXPECT_EQ(b.label.why, a.label.why);
  EXPECT_EQ(b.label.step, 1234);
  EXPECT_EQ(b.label.program, version());
  EXPECT_EQ(b.label.val_loss, a.label.val_loss);
  EXPECT_EQ(b.label.written_unix_s, a.label.written_unix_s);

  // Of the text its name: what is shared does not say where it lay.
  Config without_folder = a.trainer.config;
  without_folder.corpus = "caf\u00e9.txt";
  EXPECT_EQ(b.trainer.config, without_folder);
  EXPECT_EQ(test::read(path_).find("/home/ada"), std::string::npos);
  EXPECT_EQ(b.trainer.revision, a.trainer.revision);
  EXPECT_EQ(b.trainer.step, a.trainer.step);
  EXPECT_EQ(b.trainer.tokens, a.trainer.tokens);
  EXPECT_EQ(bits(b.trainer.wall_s), bits(a.trainer.wall_s));
  EXPECT_EQ(b.trainer.drawn, a.trainer.drawn);
  EXPECT_EQ(b.trainer.optimizer_steps, a.trainer.optimizer_steps);
  ASSERT_EQ(b.trainer.loads.size(), a.trainer.loads.size());
  for (std::size_t l = 0; l < a.trainer.loads.size(); ++l)
    EXPECT_EQ(bits(b.trainer.loads[l]), bits(a.trainer.loads[l]));
  EXPECT_EQ(bits(b.trainer.tensors.values), bits(a.trainer.tensors.values));
  ASSERT_EQ(b.trainer.tensors.entries.size(), a.trainer.tensors.entries.size());
  for (std::size_t i = 0; i < a.trainer.tensors.entries.size(); ++i) {
    const auto &x = b.trainer.tensors.entries[i], &y = a.trainer.tensors.entries[i];
    EXPECT_EQ(std::tuple(x.name, x.shape, x.begin, x.count), std::tuple(y.name, y.shape, y.begin, y.count));
  }
  const EngineInfo &x = b.trainer.engine, &y = a.trainer.engine;
  EXPECT_EQ(std::tie(x.libtorch, x.blas, x.device, x.threads, x.auto_precision, x.processor, x.layout),
            std::tie(y.libtorch, y.blas, y.device, y.threads, y.auto_precision, y.processor, y.layout));
  EXPECT_EQ(b.trainer.data_name, a.trainer.data_name);
  EXPECT_EQ(b.trainer.outputs, a.trainer.outputs);
  EXPECT_EQ(b.trainer.examples, a.trainer.examples);

  EXPECT_EQ(b.health.alerts, a.health.alerts);
  ASSERT_EQ(b.health.layers.size(), a.health.layers.size());
  for (std::size_t l = 0; l < a.health.layers.size(); ++l) {
    const HealthMemory::Layer &p = b.health.layers[l], &q = a.health.layers[l];
    EXPECT_EQ(bits(p.expected_since), bits(q.expected_since));
    EXPECT_EQ(p.silent_since, q.silent_since);
    EXPECT_EQ(bits(p.sum), bits(q.sum));
    EXPECT_EQ(p.low_since, q.low_since);
    EXPECT_EQ(p.starves, q.starves);
    EXPECT_EQ(bits(p.weight), bits(q.weight));
    ASSERT_EQ(p.loads.size(), q.loads.size());
    for (std::size_t i = 0; i < q.loads.size(); ++i) {
      EXPECT_EQ(p.loads[i].step, q.loads[i].step);
      EXPECT_EQ(bits(p.loads[i].counts), bits(q.loads[i].counts));
    }
    ASSERT_EQ(p.norms.size(), q.norms.size());
    for (std::size_t i = 0; i < q.norms.size(); ++i) {
      EXPECT_EQ(p.norms[i].step, q.norms[i].step);
      EXPECT_EQ(bits(p.norms[i].router), bits(q.norms[i].router));
      EXPECT_EQ(bits(p.norms[i].experts), bits(q.norms[i].experts));
    }
    EXPECT_EQ(bits(p.look_router), bits(q.look_router));
  }

  EXPECT_EQ(b.recording.metrics_bytes, a.recording.metrics_bytes);
  EXPECT_EQ(b.recording.routing_bytes, a.recording.routing_bytes);
  EXPECT_EQ(b.recording.events_bytes, a.recording.events_bytes);
  ASSERT_EQ(b.recording.windows.size(), a.recording.windows.size());
  for (std::size_t l = 0; l < a.recording.windows.size(); ++l) {
    const RecordingState::Window &p = b.recording.windows[l], &q = a.recording.windows[l];
    EXPECT_EQ(std::tie(p.block, p.dropped, p.steps), std::tie(q.block, q.dropped, q.steps));
    EXPECT_EQ(bits(p.counts), bits(q.counts));
    EXPECT_EQ(bits(p.prob_sum), bits(q.prob_sum));
  }
  // Nothing is left out: written again it is the same file.
  const std::string first = text_of_file(path_);
  ASSERT_TRUE(write_checkpoint(path_, b));
  EXPECT_EQ(text_of_file(path_), first);
}

TEST_F(CheckpointTest, AnEmptyStateIsOneToo) {
  ASSERT_TRUE(write_checkpoint(path_, Checkpoint()));
  const auto read = read_checkpoint(path_);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->trainer.config, Config());
  EXPECT_TRUE(std::isnan(read->label.val_loss));
}

TEST_F(CheckpointTest, TheHeaderAloneSaysWhatAListShows) {
  Checkpoint made = small_checkpoint();
  made.label.name = "before \"lunch\"";
  const auto written = write_checkpoint(path_, made);
  ASSERT_TRUE(written);
  const auto header = read_checkpoint_header(path_);
  ASSERT_TRUE(header) << header.error().message;
  EXPECT_EQ(header->file, path_);
  EXPECT_EQ(header->bytes, std::filesystem::file_size(path_));
  EXPECT_EQ(header->bytes, written->bytes);
  EXPECT_EQ(header->label.name, "before \"lunch\"");
  EXPECT_EQ(header->label.step, 1234);
  EXPECT_EQ(header->label.val_loss, 1.0 / 3);
}

TEST_F(CheckpointTest, AFlippedBitAnywhereIsTold) {
  const std::string whole = good();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string bad = whole;
    bad[at] = static_cast<char>(bad[at] ^ (1 << (at % 8)));
    write(bad);
    ASSERT_NE(error(), "accepted") << "byte " << at << " of " << whole.size();
  }
  std::string tail = whole;
  tail.back() = static_cast<char>(tail.back() ^ 1);
  write(tail);
  EXPECT_THAT(error(), HasSubstr("damaged: the checksum of its numbers does not fit"));
  EXPECT_TRUE(read_checkpoint_header(path_)) << "which is whole";
}

TEST_F(CheckpointTest, EveryCutIsTold) {
  const std::string whole = good();
  for (std::size_t length = 0; length < whole.size(); length += 1 + length / 50) {
    write(whole.substr(0, length));
    EXPECT_NE(error(), "accepted") << length;
  }
  write(whole + "x");
  EXPECT_THAT(error(), HasSubstr("1 bytes after the last tensor"));
}

TEST_F(CheckpointTest, ALaterFormatIsSaidToBeLater) {
  EXPECT_THAT(error_with("checkpoint", R"({"format": 2, "program": "9.9.9", "what": []})"),
              HasSubstr("written by switchyard 9.9.9, newer than this one (" + std::string(version()) + ")"));
  EXPECT_THAT(read_checkpoint_header(path_).error().message, HasSubstr("newer than this one"));
  // What another version of the same format adds to the knobs.
  EXPECT_THAT(error_with("config", R"({"experts_of_experts": 3})"),
              AllOf(HasSubstr("unknown key 'experts_of_experts'"), HasSubstr("written by switchyard 9.9.9")));
}

TEST(CheckpointParts, AnOlderOneKnowsNoProcessorAndNoLayout) {
  CheckpointParts parts = parts_of(small_checkpoint(), version());
  std::string& state = parts.texts["state"];
  const std::string_view newer = R"(,"processor":"AVX-512, AMX","layout":"2x1")";
  const std::size_t at = state.find(newer);
  ASSERT_NE(at, std::string::npos) << state;
  state.erase(at, newer.size());
  const auto read = checkpoint_of(parts.texts, parts.doubles, "a file");
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->trainer.engine.processor, "");
  EXPECT_EQ(read->trainer.engine.layout, "");
  EXPECT_EQ(read->trainer.engine.auto_precision, "bf16");
}

TEST_F(CheckpointTest, WeightsAloneAreToldApart) {
  ASSERT_TRUE(write_safetensors(path_, {{"w", {1}, {1}}}, {{"config", "{}"}, {"vocabulary", "[]"}}));
  EXPECT_THAT(error(), HasSubstr("weights alone, no checkpoint: the optimizer's state was not saved"));
  good();
  EXPECT_THAT(StoredRun::open(path_).error().message, HasSubstr("is a checkpoint"));
}

TEST_F(CheckpointTest, WhatDoesNotFitIsTold) {
  EXPECT_THAT(error_with("health", "[]"), HasSubstr("metadata 'health': is not an object"));
  EXPECT_THAT(error_with("health", R"({"layers": 3, "alerts": []})"), HasSubstr("'health/2/experts' is missing"));
  EXPECT_THAT(error_with("health", R"({"layers": 99999999999, "alerts": []})"), HasSubstr("'"));
  EXPECT_THAT(error_with("health", R"({"layers": 0, "alerts": [{"kind": "ill"}]})"),
              HasSubstr("no kind of alert"));
  EXPECT_THAT(error_with("recording", R"({"metrics_bytes": -1})"),
              HasSubstr("'metrics_bytes' is not a whole number"));
  EXPECT_THAT(error_with("state", "{}"), HasSubstr("'revision'"));
  EXPECT_THAT(error_with("config", R"({"experts": 0})"), HasSubstr("allowed is 1 to 256"));
  EXPECT_THAT(error_with("vocabulary", "[1]"), HasSubstr("not a list of texts"));
}

TEST_F(CheckpointTest, AFullDiskLeavesWhatWasThere) {
  const std::string before = good();
  {
    const test::FileSizeLimit limit(4096);
    const auto written = write_checkpoint(path_, small_checkpoint(1235, 5000));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().kind, ErrorKind::failure);
    EXPECT_THAT(written.error().message, HasSubstr(path_.native()));
  }
  EXPECT_EQ(text_of_file(path_), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 1)
      << "nothing is left beside it";
}

double peak_of_reading_mb() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

TEST_F(CheckpointTest, MutantsOfItsFile) {
  const double before = peak_of_reading_mb();
  const int taken = test::try_mutants(good(), 4, [&](const std::string& bad) {
    write(bad);
    return error() == "accepted";
  });
  EXPECT_LT(taken, test::mutant_count() / 10) << "only those that changed nothing";
  EXPECT_LT(peak_of_reading_mb() - before, 512) << "of which ASan alone keeps 256 that are freed";
}

// Damage that somebody put right again: checksums that fit, so that everything behind them is tried.
TEST_F(CheckpointTest, MutantsWhoseChecksumsFit) {
  const CheckpointParts whole = parts_of(small_checkpoint(), version());
  int texts = 0;
  for (const std::string key : {"checkpoint", "config", "vocabulary", "state", "health", "recording"}) {
    test::Mutator mutator(static_cast<std::uint64_t>(5 + texts++));
    for (int i = 0; i < test::mutant_count() / 6; ++i) {
      Metadata bad = whole.texts;
      bad[key] = mutator.mutant(bad[key]);
      const auto read = checkpoint_of(bad, whole.doubles, "file");
      EXPECT_TRUE(read || read.error().message.find("file") == 0);
    }
  }
  test::Mutator mutator(11);
  for (int i = 0; i < test::mutant_count(); ++i) {
    // Blocks renamed, reshaped, of other numbers.
    DoubleBlocks bad = whole.doubles;
    auto& entry = bad.entries[static_cast<std::size_t>(i) % bad.entries.size()];
    switch (i / 7 % 3) {
      case 0:
        entry.name = mutator.mutant(entry.name);
        break;
      case 1:
        std::reverse(entry.shape.begin(), entry.shape.end());
        break;
      default:
        for (double& value : bad.values) value = i % 2 ? -value : value * 1.5;
    }
    const auto read = checkpoint_of(whole.texts, bad, "file");
    EXPECT_TRUE(read || read.error().message.find("file") == 0);
  }
}

// What a default model's weights and moments cost, or those of SWITCHYARD_CHECKPOINT_FLOATS. Said, not held
// against a clock that others share.
TEST_F(CheckpointTest, SaysWhatItCosts) {
  const auto floats = static_cast<std::size_t>(test::soak_count("SWITCHYARD_CHECKPOINT_FLOATS", 9'000'000));
  const Checkpoint made = small_checkpoint(500, floats);
  const auto seconds = [](clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  };
  struct Cost {
    double wall_ms = 1e9, cpu_ms = 1e9;
  };
  const auto cost_of = [&](auto call) {
    Cost least;
    for (int i = 0; i < 3; ++i) {
      const double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
      call();
      least.wall_ms = std::min(least.wall_ms, 1000 * (seconds(CLOCK_MONOTONIC) - wall));
      least.cpu_ms = std::min(least.cpu_ms, 1000 * (seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu));
    }
    return least;
  };
  const Cost write = cost_of([&] { EXPECT_TRUE(write_checkpoint(path_, made)); });
  const Cost read = cost_of([&] { EXPECT_TRUE(read_checkpoint(path_)); });
  const Cost header = cost_of([&] { EXPECT_TRUE(read_checkpoint_header(path_)); });
  std::printf(
      "a checkpoint of %.0f MB: written in %.1f ms (CPU %.1f), read in %.1f ms (CPU %.1f), its header in %.2f "
      "ms\n",
      static_cast<double>(std::filesystem::file_size(path_)) / 1e6, write.wall_ms, write.cpu_ms, read.wall_ms,
      read.cpu_ms, header.wall_ms);
  EXPECT_LT(header.wall_ms, 50);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
