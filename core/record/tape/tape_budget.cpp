#include "core/record/tape/tape_budget.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "core/record/tape/blob.h"
#include "core/record/tape/rank_codec.h"
#include "core/record/tape/record_codec.h"

namespace switchyard {
namespace {

struct CountPass {
  std::int64_t steps;  // a row stands for
  bool spares_newest;
};
constexpr std::array kCountPasses{CountPass{8, true},  CountPass{64, true},  CountPass{512, true},
                                  CountPass{8, false}, CountPass{64, false}, CountPass{512, false}};
constexpr std::int64_t kSlackShare = 64;  // once begun, thinning goes on so far below the budget

static_assert(kCountPasses.size() == 6, "as many as TapeBudget remembers");

Result<void> write_thinned(Database& tape, std::int64_t id, std::int64_t steps, const Bytes& blob) {
  auto update = tape.prepare("UPDATE tape SET extent=?1, bytes=?2, blob=?3 WHERE id=?4");
  if (!update) return update.error();
  return update->bind(1, steps)
      .bind(2, static_cast<std::int64_t>(blob.size()))
      .bind(3, std::span<const std::byte>(blob))
      .bind(4, id)
      .run();
}

}  // namespace

Result<TapeBudget> TapeBudget::of(Database& tape, std::uint64_t bytes, std::int64_t full_rate) {
  TapeBudget made;
  made.full_rate_ = full_rate;
  made.set(bytes);
  auto looks = tape.prepare("SELECT id, step, bytes FROM tape WHERE kind=3 ORDER BY step");
  if (!looks) return looks.error();
  for (;;) {
    const auto row = looks->step();
    if (!row) return row.error();
    if (!*row) return made;
    made.add_look(looks->integer(0), looks->integer(1), looks->integer(2));
  }
}

void TapeBudget::set(std::uint64_t bytes) {
  bytes_ = static_cast<std::int64_t>(std::min<std::uint64_t>(bytes, std::numeric_limits<std::int64_t>::max()));
  exceeded_ = false;
}

void TapeBudget::add_look(std::int64_t id, std::int64_t step, std::int64_t bytes) {
  looks_.push_back({id, step, bytes});
  look_bytes_ += bytes;
}

// Of all but the first and the last the one whose neighbours are nearest to each other; of equals the oldest.
Result<void> TapeBudget::drop_a_look(Database& tape) {
  std::size_t victim = 1;
  for (std::size_t i = 2; i + 1 < looks_.size(); ++i)
    if (looks_[i + 1].step - looks_[i - 1].step < looks_[victim + 1].step - looks_[victim - 1].step) victim = i;
  return drop_look(tape, victim);
}

Result<void> TapeBudget::drop_newest_look(Database& tape, std::int64_t step) {
  if (looks_.empty() || looks_.back().step != step) return {};
  return drop_look(tape, looks_.size() - 1);
}

Result<void> TapeBudget::drop_look(Database& tape, std::size_t victim) {
  auto remove = tape.prepare("DELETE FROM tape WHERE id=?1");
  if (!remove) return remove.error();
  if (auto gone = remove->bind(1, looks_[victim].id).run(); !gone) return gone;
  look_bytes_ -= looks_[victim].bytes;
  looks_.erase(looks_.begin() + static_cast<std::ptrdiff_t>(victim));
  return {};
}

// One blob; false: this pass has nothing more.
Result<bool> TapeBudget::thin_counts(Database& tape, std::size_t which, std::int64_t newest) {
  const CountPass& pass = kCountPasses[which];
  auto next = tape.prepare(
      "SELECT id, last, blob, step FROM tape WHERE kind=2 AND step>?1 AND last<=?2 AND extent<?3 AND last>step "
      "ORDER BY "
      "step LIMIT 1");
  if (!next) return next.error();
  const std::int64_t until = pass.spares_newest ? newest - full_rate_ : newest;
  const auto found = next->bind(1, thinned_to_[which]).bind(2, until).bind(3, pass.steps).step();
  if (!found) return found.error();
  if (!*found) return false;
  const std::int64_t id = next->integer(0);
  const std::int64_t first = next->integer(3), last = next->integer(1);
  thinned_to_[which] = last;
  const auto content = unseal_as(BlobKind::counts, next->blob(2));
  const auto counts = content ? decode_counts(*content) : Result<CountRows>(content.error());
  next->reset();
  // What is damaged, or of a later version, stays as it is.
  if (counts)
    if (auto done =
            write_thinned(tape, id, pass.steps, seal(BlobKind::counts, encode(thinned(*counts, pass.steps))));
        !done)
      return done.error();
  if (auto done = thin_ranks(tape, first, last, pass.steps); !done) return done.error();
  return true;
}

// Those of the same steps, where there are any.
Result<void> TapeBudget::thin_ranks(Database& tape, std::int64_t first, std::int64_t last, std::int64_t steps) {
  auto row = tape.prepare("SELECT id, blob FROM tape WHERE kind=10 AND step=?1 AND last=?2 LIMIT 1");
  if (!row) return row.error();
  const auto found = row->bind(1, first).bind(2, last).step();
  if (!found) return found.error();
  if (!*found) return {};
  const std::int64_t id = row->integer(0);
  const auto content = unseal_as(BlobKind::ranks, row->blob(1));
  const auto ranks = content ? decode_ranks(*content) : Result<RankRows>(content.error());
  row->reset();
  if (!ranks) return {};
  return write_thinned(tape, id, steps, seal(BlobKind::ranks, encode(thinned(*ranks, steps))));
}

Result<void> TapeBudget::keep(Database& tape, std::int64_t newest) {
  const std::int64_t share = bytes_ / kLookShare;
  looks_full_ = look_bytes_ > share - share / 8;
  while (look_bytes_ > share && looks_.size() > 2)
    if (auto dropped = drop_a_look(tape); !dropped) return dropped;
  const auto page = tape.number("PRAGMA page_size");
  if (!page) return page.error();
  for (int thins = 0; thins < kThinsACall; ++thins) {
    const auto pages = tape.number("PRAGMA page_count");
    const auto unused = tape.number("PRAGMA freelist_count");
    if (!pages) return pages.error();
    if (!unused) return unused.error();
    const std::int64_t used = *page * (*pages - *unused);
    if (used <= bytes_ - (thinning_ ? bytes_ / kSlackShare : 0)) {
      thinning_ = exceeded_ = false;
      return {};
    }
    thinning_ = true;
    const auto thinned_one = thin_something(tape, newest);
    if (!thinned_one) return thinned_one.error();
    exceeded_ = !*thinned_one && used > bytes_;
    if (!*thinned_one) return {};
  }
  return {};
}

Result<bool> TapeBudget::thin_something(Database& tape, std::int64_t newest) {
  for (std::size_t pass = 0; pass < kCountPasses.size(); ++pass) {
    const auto thinned_one = thin_counts(tape, pass, newest);
    if (!thinned_one || *thinned_one) return thinned_one;
  }
  if (looks_.size() <= 2) return false;
  if (auto dropped = drop_a_look(tape); !dropped) return dropped.error();
  return true;
}

}  // namespace switchyard
