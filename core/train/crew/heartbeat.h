// A heartbeat apart from training: who is alive, though his work may take long. Each rank's beat is a number in
// the store that all see. A rank that is silent is named; nothing ends for it, that is for those who wait for its
// answer.
//
// Two threads: one beats and listens, which may hang with the store; one watches the clock. Thread safety: any
// thread.
#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace switchyard {

class Heartbeat {
 public:
  using Connect = std::function<c10::intrusive_ptr<c10d::Store>()>;
  using News = std::function<void(std::int64_t rank, const std::string& text)>;
  // `connect` makes a connection of its own to the store, which throws where it cannot; `keeper` keeps the store.
  // names[r] is what rank r is called.
  Heartbeat(Connect connect, std::int64_t rank, std::vector<std::string> names, std::int64_t keeper,
            double silence_s, News news);
  ~Heartbeat();
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  // [ranks] seconds since each was heard of.
  std::vector<double> silent_s() const;
  // The rank that has been silent longest, as soon as that is longer than a live one ever is; none within
  // `wait_s`.
  std::optional<std::int64_t> missing(double wait_s) const;
  const std::string& name(std::int64_t rank) const { return names_[static_cast<std::size_t>(rank)]; }

 private:
  void beat();
  void watch();
  void heard(std::int64_t rank);
  bool sleep(double seconds);  // false: it ends

  Connect connect_;
  std::int64_t rank_, keeper_;
  std::vector<std::string> names_;
  double silence_s_, interval_s_;
  News news_;
  mutable std::mutex mutex_;
  std::condition_variable ends_;
  bool ended_ = false;
  std::vector<double> heard_s_;  // when, by the monotonic clock
  std::thread beats_, watches_;
};

}  // namespace switchyard
