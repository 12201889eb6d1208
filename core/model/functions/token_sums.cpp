#include "core/model/functions/token_sums.h"

#include <algorithm>

#include "core/model/kernels/parallel.h"
#include "core/model/kernels/rows.h"

namespace switchyard {
namespace {

constexpr std::int64_t kClearedRows = 64, kWaitingBlocks = 2;  // the second: a thread

}  // namespace

TokenSums::TokenSums(const Matrix& to, const DispatchPlan& plan, const std::vector<Span>& spans,
                     const float* scale, std::int64_t most_rows)
    : to_(to),
      plan_(plan),
      scale_(scale),
      most_rows_(most_rows),
      most_waiting_(kWaitingBlocks * at::get_num_threads()) {
  if (plan.identity) return;
  parallel_blocks(to.rows, kClearedRows, [&](std::int64_t begin, std::int64_t count) {
    for (std::int64_t t = begin; t < begin + count; ++t) std::fill_n(to.row(t), to.columns, 0.0F);
  });
  for (const Span& span : spans) {
    room_floats_ = std::max(room_floats_, std::min(most_rows, span.count) * to.columns);
    parts_.push_back({span.expert, span.begin + span.count, plan.token[static_cast<std::size_t>(span.begin)]});
  }
}

Matrix TokenSums::room(std::int64_t begin, std::int64_t count) {
  if (plan_.identity) return to_.some_rows(begin, count);
  TORCH_INTERNAL_ASSERT(count * to_.columns <= room_floats_, "a block of ", count, " rows, of at most ",
                        most_rows_);
  const std::lock_guard lock(mutex_);
  if (free_rooms_.empty()) {
    rooms_.push_back(scratch(room_floats_));
    free_rooms_.push_back(rooms_.back().get());
  }
  float* const data = free_rooms_.back();
  free_rooms_.pop_back();
  return {data, count, to_.columns, to_.columns};
}

void TokenSums::add(const Span& span, std::int64_t begin, const Matrix& rows) {
  if (plan_.identity) return;
  std::unique_lock lock(mutex_);
  if (given_up_) return free_rooms_.push_back(rows.data);
  Part& own = parts_[static_cast<std::size_t>(span.place)];
  own.waiting.push_back({begin, rows});
  ++waiting_;
  add_what_may(lock);
  // Of all that wait none waits for another: the earliest always goes, so its thread never waits here.
  while (waiting_ > most_waiting_ && !own.waiting.empty() && !given_up_) {
    gone_.wait(lock);
    add_what_may(lock);
  }
}

void TokenSums::give_up() {
  const std::lock_guard lock(mutex_);
  given_up_ = true;
  gone_.notify_all();
}

bool TokenSums::may_go(std::size_t place) const {
  const Part& part = parts_[place];
  const Block& block = part.waiting.front();
  const std::int64_t last = plan_.token[static_cast<std::size_t>(block.begin + block.rows.rows - 1)];
  for (std::size_t before = first_open_; before < place; ++before)
    if (parts_[before].expert != part.expert && parts_[before].past <= last) return false;
  return true;
}

// The earliest first, since others wait for it.
void TokenSums::add_what_may(std::unique_lock<std::mutex>& lock) {
  for (std::size_t place = first_open_; place < parts_.size();) {
    Part& part = parts_[place];
    if (part.busy || part.waiting.empty() || !may_go(place)) {
      ++place;
      continue;
    }
    const Block block = part.waiting.front();
    part.waiting.erase(part.waiting.begin());
    part.busy = true;
    lock.unlock();
    add_rows(block);
    lock.lock();
    part.busy = false;
    const std::int64_t next = block.begin + block.rows.rows;
    part.past = next == part.end ? plan_.tokens : plan_.token[static_cast<std::size_t>(next)];
    while (first_open_ < parts_.size() && parts_[first_open_].past == plan_.tokens) ++first_open_;
    free_rooms_.push_back(block.rows.data);
    --waiting_;
    gone_.notify_all();
    place = first_open_;
  }
}

void TokenSums::add_rows(const Block& block) const {
  for (std::int64_t r = 0; r < block.rows.rows; ++r) {
    const auto row = static_cast<std::size_t>(block.begin + r);
    rows::add_scaled(to_.row(plan_.token[row]), block.rows.row(r), scale_ ? scale_[plan_.assignment[row]] : 1.0F, to_.columns);
  }
}

}  // namespace switchyard
