// A run's tape, read: by any number of programs at once, while another writes it. What a run is, its summary at
// once, then all of it in order, a look of any step, and what is new.
//
// A History filled from read() is the one that a viewer of the live run had, to the bit, but where the tape holds
// less than was told: loads that the budget thinned are means of up to 512 steps (and the decisiveness from them
// with them), what a full queue let go is missing, and of looks there may be others than a viewer kept. Filled
// from summary() it has the same curves with fewer points; a validation may stand up to a row's stride late, and
// what is smoothed is smoothed anew.
//
// What is damaged or of a later version is passed over, and notes() says it once. Memory holds a piece at a time.
// Thread safety: an object belongs to one thread; `cancel` may be set from any and ends what is under way. Errors:
// usage, naming the file.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/record/files/files.h"
#include "core/record/tape/database.h"
#include "core/record/tape/tape_rows.h"
#include "core/record/tape/told_codec.h"

namespace switchyard {

class Tape {
 public:
  // A tape, or the folder of a run that has one.
  static Result<Tape> open(const std::filesystem::path& path, const std::atomic<bool>* cancel = nullptr);

  // As of the last process that recorded. Its configuration is that of then: the events say what was changed
  // since.
  Result<TapeFacts> facts();
  // Steps held: the first and the last; 0 of none.
  struct Span {
    std::int64_t first = 0, last = 0;
  };
  Result<Span> span();
  // What to show at first: at most some 4,000 rows by step and, behind them, the newest steps one by one
  // (tape_summary.h).
  Result<std::vector<StepRecord>> summary();
  // Every step behind this one, some at a time; on_piece false: enough.
  Result<void> read(std::int64_t after, const std::function<bool(std::vector<StepRecord>&&)>& on_piece);
  // All of them, as they were told.
  Result<std::vector<RunEvent>> events();

  struct LookPlace {
    std::int64_t step = 0, bytes = 0;  // in memory, about
  };
  // By step.
  Result<std::vector<LookPlace>> looks();
  // The one nearest to a step, the earlier of two as near; null: there is none that can be read. Looks of one
  // model share what they point at.
  Result<std::shared_ptr<Snapshot>> look(std::int64_t step);

  // --- following a run that another process writes

  // How far a reader has come. A new one is at the beginning.
  struct Place {
    std::int64_t row = 0, step = 0;
  };
  struct News {
    std::optional<std::int64_t>
        went_back_to;  // the run goes on from the end of this step: what was told of later ones is void
    std::optional<TapeFacts> facts;   // another process records from here on
    std::vector<StepRecord> records;  // in order, behind went_back_to
    std::vector<std::int64_t> looks;  // steps of
    std::vector<RunEvent> events;
    bool more = false;  // there is more already
  };
  // What is new since `place`, some of it, and moves it.
  Result<News> follow(Place& place);
  // Behind all there is now, for whoever has read it.
  Result<Place> end();
  // Whether who wrote it last came to an end. Else it is written at this moment (run_lock.h tells), or was killed.
  Result<bool> has_ended();
  // Whether the file's name still stands for it: false where the run's folder has been removed or made anew.
  bool is_in_place() const { return identity_of(tape_.path()) == identity_; }

  const std::vector<std::string>& notes() const { return notes_->all(); }

 private:
  Tape(Database tape, std::optional<FileIdentity> identity);
  std::shared_ptr<const ProbeTokens> tokens_named(std::uint64_t checksum);
  std::shared_ptr<const ProbePoints> points_named(std::uint64_t checksum);
  Result<std::optional<Bytes>> content_named(BlobKind kind, std::uint64_t checksum);
  void note(const Error& error);

  Database tape_;
  std::optional<FileIdentity> identity_;
  std::unique_ptr<TapeNotes> notes_;
  std::map<std::uint64_t, std::shared_ptr<const ProbeTokens>> tokens_;
  std::map<std::uint64_t, std::shared_ptr<const ProbePoints>> points_;
};

}  // namespace switchyard
