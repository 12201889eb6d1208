// Keeps a tape within its budget. Looks have an eighth of it to themselves and are thinned evenly in time; beyond
// the whole, the oldest counts give way first, to means of 8, then 64, then 512 steps, those of the newest
// kFullRate steps last; then looks. The figures of steps never do: where they alone are too much, that is all.
//
// Thread safety: an object belongs to one thread. Errors: as of the database.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/base/result.h"
#include "core/record/tape/database.h"

namespace switchyard {

class TapeBudget {
 public:
  static constexpr std::int64_t kLookShare = 8, kFullRate = 20'000;
  static constexpr int kThinsACall = 8;  // blobs written anew at most, so that no transaction is long

  static Result<TapeBudget> of(Database& tape, std::uint64_t bytes, std::int64_t full_rate = kFullRate);
  void set(std::uint64_t bytes);

  // A look that was written.
  void add_look(std::int64_t id, std::int64_t step, std::int64_t bytes);
  // The newest one, where it is of this step.
  Result<void> drop_newest_look(Database& tape, std::int64_t step);
  // Whether looks fill their share, so that what is written makes others go.
  bool looks_are_full() const { return looks_full_; }
  // Thins what is due, in the transaction of whoever writes. newest: the last step.
  Result<void> keep(Database& tape, std::int64_t newest);
  // Whether the tape takes more though nothing is left to thin.
  bool is_exceeded() const { return exceeded_; }

 private:
  struct Look {
    std::int64_t id = 0, step = 0, bytes = 0;
  };
  TapeBudget() = default;
  Result<void> drop_a_look(Database& tape);
  Result<void> drop_look(Database& tape, std::size_t victim);
  Result<bool> thin_counts(Database& tape, std::size_t pass, std::int64_t newest);
  Result<void> thin_ranks(Database& tape, std::int64_t first, std::int64_t last, std::int64_t steps);
  Result<bool> thin_something(Database& tape, std::int64_t newest);

  std::int64_t bytes_ = 0, full_rate_ = kFullRate;
  std::vector<Look> looks_;
  std::int64_t look_bytes_ = 0;
  bool looks_full_ = false, thinning_ = false, exceeded_ = false;
  std::array<std::int64_t, 6> thinned_to_{};  // the step to which each pass over the counts has come
};

}  // namespace switchyard
