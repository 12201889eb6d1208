// tape.sqlite: how a tape lies in its file.
//
//   tape      id, kind, step, last, extent, bytes, blob      a row a blob (blob.h), ids rise as they are written
//     figures, counts, ranks   steps `step` to `last`; extent: steps a row of counts or ranks stands for at most;
//                       ranks where a step has some
//     look              of a step; extent: its bytes before compression
//     tokens, points    last: their checksum
//     event             last: its number among the run's events, from 1
//     facts             of a process that recorded, from the end of `step` on
//     cut               the run went back to the end of `step`
//   summary   first, last, stride, rows, blob                 rows of the summary (tape_summary.h), some a blob
//   state     name, value                                     ended: whether who wrote it last came to an end
//
// A batch of steps is written at first as small rows, a commit each, and then anew as one row in their place:
// whoever follows by id meets steps twice and takes them once.
//
// Thread safety: an object belongs to one thread. Errors: as of the database; usage where the file is no tape, or
// of a later format.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/record/tape/blob.h"
#include "core/record/tape/database.h"
#include "core/record/tape/rank_codec.h"
#include "core/record/tape/record_codec.h"

namespace switchyard {

inline constexpr const char* kTapeFile = "tape.sqlite";
inline constexpr std::int64_t kTapeFormat = 1;

// Makes the tables where there are none, for whoever writes: what is written from here on survives a failure of
// the system.
Result<void> make_tables(Database& tape);
// usage: it is no tape, or of a later format.
Result<void> check_tables(Database& tape);

// What was passed over, for a person: each thing once.
class TapeNotes {
 public:
  void add(std::string note);
  const std::vector<std::string>& all() const { return notes_; }

 private:
  std::vector<std::string> notes_;
};

// What lies beside the figures of the same steps.
class BesideFigures {
 public:
  static Result<BesideFigures> of(Database& tape);
  // Counts and ranks of steps `first` to `last` into their records; damaged ones, and those of a later version,
  // are told as notes.
  void fill(std::vector<StepRecord>& records, std::int64_t first, std::int64_t last, TapeNotes& notes);
  void reset();

 private:
  BesideFigures(Database& tape, Statement which) : tape_(&tape), which_(std::move(which)) {}
  Result<Bytes> content(BlobKind kind, std::int64_t first, std::int64_t last);

  Database* tape_;
  Statement which_;
};

class StepReader {
 public:
  // `notes` outlives it.
  static Result<StepReader> of(Database& tape, TapeNotes& notes);
  // The next row's steps after this one, with their counts and ranks; empty: there are none. Rows that are damaged
  // or of a later version are passed over. Not within a transaction.
  Result<std::vector<StepRecord>> after(std::int64_t step);

 private:
  StepReader(Database& tape, TapeNotes& notes, Statement holding, Statement behind, BesideFigures beside)
      : tape_(&tape),
        notes_(&notes),
        holding_(std::move(holding)),
        behind_(std::move(behind)),
        beside_(std::move(beside)) {}
  struct Row {
    std::int64_t last = 0;
    Result<std::vector<StepRecord>> records;
  };
  Result<std::optional<Row>> row_after(std::int64_t step);

  Database* tape_;
  TapeNotes* notes_;
  Statement holding_, behind_;
  BesideFigures beside_;
};

// The file's name before an error of what a blob holds.
Error in_tape(const Database& tape, const Error& error);

}  // namespace switchyard
