#include "core/train/crew/heartbeat.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace switchyard {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string key_of(std::size_t rank) { return fmt::format("beat {}", rank); }

}  // namespace

Heartbeat::Heartbeat(Connect connect, std::int64_t rank, std::vector<std::string> names, std::int64_t keeper,
                     double silence_s, News news)
    : connect_(std::move(connect)),
      rank_(rank),
      keeper_(keeper),
      names_(std::move(names)),
      silence_s_(silence_s),
      interval_s_(std::min(1.0, silence_s / 4)),
      news_(std::move(news)),
      heard_s_(names_.size(), now_s()) {
  beats_ = std::thread([this] { beat(); });
  watches_ = std::thread([this] { watch(); });
}

Heartbeat::~Heartbeat() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  ends_.notify_all();
  beats_.join();
  watches_.join();
}

bool Heartbeat::sleep(double seconds) {
  std::unique_lock lock(mutex_);
  return !ends_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return ended_; });
}

void Heartbeat::heard(std::int64_t rank) {
  const std::lock_guard lock(mutex_);
  heard_s_[static_cast<std::size_t>(rank)] = now_s();
}

void Heartbeat::beat() {
  c10::intrusive_ptr<c10d::Store> store;
  std::vector<std::vector<std::uint8_t>> last(names_.size());
  std::uint64_t count = 0;
  do {
    try {
      if (!store) store = connect_();
      const auto* bytes = reinterpret_cast<const std::uint8_t*>(&++count);
      store->set(key_of(static_cast<std::size_t>(rank_)), std::vector<std::uint8_t>(bytes, bytes + sizeof count));
      heard(rank_);
      for (std::size_t r = 0; r < names_.size(); ++r) {
        // A key that is not there would be waited for.
        if (static_cast<std::int64_t>(r) == rank_ || !store->check({key_of(r)})) continue;
        std::vector<std::uint8_t> seen = store->get(key_of(r));
        if (seen == last[r]) continue;
        last[r] = std::move(seen);
        heard(static_cast<std::int64_t>(r));
      }
    } catch (const std::exception&) {
      // Its keeper is not heard of either: that is what the clock says soon.
      store.reset();
    }
  } while (sleep(interval_s_));
}

void Heartbeat::watch() {
  std::vector<double> silent_since(names_.size(), 0);  // 0: it is not
  double before = now_s();
  while (sleep(std::min(0.2, interval_s_))) {
    const double now = now_s();
    const bool stopped = now - before > silence_s_ / 2;
    before = now;
    std::vector<std::pair<std::int64_t, std::string>> told;
    {
      const std::lock_guard lock(mutex_);
      // This process stood still itself: nobody can say what the others did.
      if (stopped) std::fill(heard_s_.begin(), heard_s_.end(), now);
      // A store that does not answer says nothing of those whose beats it has.
      const auto k = static_cast<std::size_t>(keeper_);
      const bool keeper_silent = keeper_ != rank_ && now - heard_s_[static_cast<std::size_t>(rank_)] > silence_s_;
      for (std::size_t r = 0; r < names_.size(); ++r) {
        if (static_cast<std::int64_t>(r) == rank_) continue;
        const bool silent = keeper_silent ? r == k : now - heard_s_[r] > silence_s_;
        if (silent && silent_since[r] == 0) {
          silent_since[r] = heard_s_[r];
          told.emplace_back(r, fmt::format("{} has been silent for {:.0f} s; the others wait for it", names_[r],
                                           now - heard_s_[r]));
        } else if (!silent && silent_since[r] > 0 && !keeper_silent) {
          told.emplace_back(r, fmt::format("{} is back after {:.0f} s", names_[r], now - silent_since[r]));
          silent_since[r] = 0;
        }
      }
    }
    for (const auto& [rank, text] : told)
      if (news_) news_(rank, text);
  }
}

std::vector<double> Heartbeat::silent_s() const {
  const std::lock_guard lock(mutex_);
  std::vector<double> silent;
  for (const double heard : heard_s_) silent.push_back(now_s() - heard);
  return silent;
}

std::optional<std::int64_t> Heartbeat::missing(double wait_s) const {
  const double until = now_s() + wait_s;
  do {
    const std::vector<double> silent = silent_s();
    // This rank's own beat is heard through the store: where that does not answer, its keeper is missing. Where
    // this rank keeps it, it is only slow, and has heard nothing of the others meanwhile.
    const bool store_answers = silent[static_cast<std::size_t>(rank_)] <= 3 * interval_s_;
    if (!store_answers && rank_ != keeper_) return keeper_;
    const auto longest = std::max_element(silent.begin(), silent.end());
    if (store_answers && *longest > 3 * interval_s_) return longest - silent.begin();
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  } while (now_s() < until);
  return {};
}

}  // namespace switchyard
