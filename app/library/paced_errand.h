// An errand that is sent again and again, paced so that no more than a share of the time goes into it however slow
// the disk is. When it is due, beyond that, is its owner's to say.
//
// Thread safety: as Errand (errand.h).
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <utility>

#include "app/library/errand.h"

namespace switchyard::app {

template <class T>
class PacedErrand {
 public:
  static constexpr double kShare = 1.0 / 15;

  // make(cancelled) gives a T; what can fail says so in it.
  template <class Make>
  void begin(Make make, void (*wake)()) {
    errand_.begin(
        [make = std::move(make)](const std::atomic<bool>& cancel) mutable -> Result<Timed> {
          const auto began = std::chrono::steady_clock::now();
          Timed timed{make(cancel), 0};
          timed.took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
          return timed;
        },
        wake);
  }
  bool is_under_way() const { return errand_.is_under_way(); }
  void let_go() { errand_.let_go(); }
  std::optional<T> take() {
    auto timed = errand_.take();
    if (!timed) return std::nullopt;
    rest_s_ = timed->took_s / kShare;
    return std::move(timed->made);
  }
  // How long it rests after the one that was taken last.
  double rest_s() const { return rest_s_; }

 private:
  struct Timed {
    T made{};
    double took_s = 0;
  };
  Errand<Timed> errand_;
  double rest_s_ = 0;
};

}  // namespace switchyard::app
