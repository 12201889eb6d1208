// What a thread of its own makes, once, while the window draws: it is asked for and taken when it is there. Nobody
// waits for it but the end of its owner, and that not for long.
//
// Thread safety: window thread only; `make` runs on its thread, and may look at `cancel`.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "core/base/caught.h"
#include "core/base/result.h"

namespace switchyard::app {

template <class T>
class Errand {
 public:
  // So long is waited for a thread: none is cut off where the disk answers.
  static constexpr auto kPatience = std::chrono::milliseconds(500);

  Errand() = default;
  Errand(const Errand&) = delete;
  Errand& operator=(const Errand&) = delete;
  ~Errand() {
    if (!place_) return;
    place_->cancel = true;
    const auto until = std::chrono::steady_clock::now() + kPatience;
    while (!place_->ended && std::chrono::steady_clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  // make(cancel) gives a T, on a thread of its own; wake, where there is one, is called once that is there. What
  // was under way is let go of. Without a thread to be had nothing comes of it, and nothing is under way.
  template <class Make>
  void begin(Make make, void (*wake)()) {
    let_go();
    auto place = std::make_shared<Place>();
    const Result<void> begun = caught("a thread of the window", [&]() -> Result<void> {
      std::thread([place, make = std::move(make), wake]() mutable {
        auto made = caught("a thread of the window", [&]() -> Result<T> { return make(place->cancel); });
        {
          const std::lock_guard lock(place->mutex);
          place->made = made ? std::move(*made) : T();
        }
        if (wake && !place->cancel) wake();
        place->ended = true;
      }).detach();
      return {};
    });
    if (begun) place_ = std::move(place);
  }
  bool is_under_way() const { return place_ != nullptr; }
  void let_go() {
    if (place_) place_->cancel = true;
    place_.reset();
  }
  // T() where making it threw.
  std::optional<T> take() {
    if (!place_) return std::nullopt;
    std::optional<T> made;
    {
      const std::lock_guard lock(place_->mutex);
      made = std::exchange(place_->made, std::nullopt);
    }
    if (made) place_.reset();
    return made;
  }

 private:
  struct Place {
    std::mutex mutex;
    std::optional<T> made;
    std::atomic<bool> cancel = false, ended = false;
  };
  std::shared_ptr<Place> place_;
};

}  // namespace switchyard::app
