#include "core/session/side_work.h"

#include "core/base/caught.h"

namespace switchyard {
namespace {

Error nobody_computes() { return {ErrorKind::interrupted, "nothing is computed here any more"}; }

}  // namespace

Result<void> SideWork::run(const Piece& piece) {
  Waiting own{&piece};
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return nobody_computes();
    waiting_.push_back(&own);
  }
  bell_->ring();
  std::unique_lock lock(mutex_);
  served_.wait(lock, [&] { return own.outcome.has_value(); });
  return std::move(*own.outcome);
}

bool SideWork::serve_one() {
  Waiting* next = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty()) return false;
    next = waiting_.front();
    waiting_.pop_front();
  }
  Result<void> outcome;
  // Whoever waits must hear, even where there is no memory for the words.
  try {
    outcome = caught("a piece of work", *next->piece);
  } catch (...) {
    outcome = failure("no memory");
  }
  {
    const std::lock_guard lock(mutex_);
    next->outcome.emplace(std::move(outcome));
  }
  served_.notify_all();
  return true;
}

void SideWork::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (Waiting* one : waiting_) one->outcome.emplace(nobody_computes());
    waiting_.clear();
  }
  served_.notify_all();
}

}  // namespace switchyard
