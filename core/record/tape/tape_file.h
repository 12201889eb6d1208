// A tape as whoever writes it sees it: what was told, a transaction at a time. One that is there goes on behind
// what it holds.
//
// After an error nothing of the batch is in the file and the object is of no more use: opened again it goes on
// from what is. Thread safety: an object belongs to one thread. Errors name the file: failure; usage where it is
// damaged.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/record/files/files.h"
#include "core/record/tape/blob.h"
#include "core/record/tape/database.h"
#include "core/record/tape/tape_budget.h"
#include "core/record/tape/tape_rows.h"
#include "core/record/tape/tape_summary.h"

namespace switchyard {

// What was told since the batch before.
struct TapeBatch {
  struct Look {
    std::int64_t step = 0;
    Bytes content;
  };
  struct Probe {
    BlobKind kind{};
    std::uint64_t checksum = 0;
    Bytes content;
  };
  struct Event {
    std::int64_t number = 0, step = 0;  // number: of all events of the run, from 1
    Bytes content;
  };
  std::optional<Bytes> facts;
  std::int64_t facts_step = 0;
  std::vector<StepRecord> records;
  std::vector<Probe> probes;
  std::vector<Look> looks;
  std::vector<Event> events;

  bool empty() const { return !facts && records.empty() && probes.empty() && looks.empty() && events.empty(); }
};

class TapeFile {
 public:
  static constexpr std::size_t kFullRecords = 512, kFullBytes = std::size_t{4} << 20;

  struct Options {
    std::uint64_t budget_bytes = std::uint64_t{2} << 30;
    std::int64_t full_rate = TapeBudget::kFullRate, summary_rows = TapeSummary::kMostRows;
  };
  // usage: what is there is no whole tape, or of a later format.
  static Result<TapeFile> open(const std::filesystem::path& path, const Options& options);
  const std::filesystem::path& path() const { return path_; }

  // What the file has already is passed over.
  Result<void> write(const TapeBatch& batch);
  // Everything into one file.
  void end();
  void set_budget(std::uint64_t bytes) { budget_.set(bytes); }

  // Whether its name still stands for it.
  bool is_in_place() const { return identity_of(path_) == identity_; }
  bool looks_are_full() const { return budget_.looks_are_full(); }
  bool is_too_large() const { return budget_.is_exceeded(); }

 private:
  TapeFile(std::filesystem::path path, Database tape, TapeBudget budget, TapeSummary summary)
      : path_(std::move(path)), tape_(std::move(tape)), budget_(std::move(budget)), summary_(std::move(summary)) {}
  Result<void> write_all(const TapeBatch& batch);
  Result<void> write_records(const std::vector<StepRecord>& records);
  Result<void> write_steps(std::span<const StepRecord> records, std::vector<std::int64_t>* ids);
  // The number of the row.
  Result<std::int64_t> insert(BlobKind kind, std::int64_t step, std::int64_t last, std::int64_t extent,
                              const Bytes& content, std::int64_t* stored = nullptr);

  std::filesystem::path path_;
  std::optional<FileIdentity> identity_;
  Database tape_;
  TapeBudget budget_;
  TapeSummary summary_;
  std::int64_t last_step_ = 0, last_look_ = -1, last_event_ = 0;
  std::vector<StepRecord> open_;        // in small rows so far
  std::vector<std::int64_t> open_ids_;  // those rows
  std::size_t open_bytes_ = 0;
};

}  // namespace switchyard
