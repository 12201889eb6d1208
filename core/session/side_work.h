// Work that another thread has for the one that computes (lab.h): a piece at a time between slices of training, so
// that nothing waits for more than one of them.
//
// Thread safety: run() from any thread but the one that computes; serve_one() on that one; close() from any.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "core/base/result.h"
#include "core/session/meeting/bell.h"

namespace switchyard {

class SideWork {
 public:
  using Piece = std::function<Result<void>()>;

  // bell: what the thread that computes sleeps on.
  explicit SideWork(std::shared_ptr<Bell> bell) : bell_(std::move(bell)) {}

  // Waits until the piece has been run there; what it returns, or what it threw as a failure. interrupted: nobody
  // computes any more, and it was not run.
  Result<void> run(const Piece& piece);
  // Runs the first that waits. False: none does.
  bool serve_one();
  // No piece is run from here on; those that wait are told.
  void close();

 private:
  struct Waiting {
    const Piece* piece = nullptr;
    std::optional<Result<void>> outcome{};
  };

  const std::shared_ptr<Bell> bell_;
  std::mutex mutex_;
  std::condition_variable served_;
  std::deque<Waiting*> waiting_;
  bool closed_ = false;
};

}  // namespace switchyard
