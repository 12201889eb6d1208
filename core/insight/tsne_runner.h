// t-SNE in the background: one thread of its own, the newest positions under one mutex, the latest request wins.
//
// The thread sleeps without a request. A new one, or cancel(), stops what runs within one iteration.
// Thread safety: every method from any thread. The destructor cancels and joins.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/insight/tsne.h"

namespace switchyard {

struct TsneRequest {
  std::uint64_t id = 0;       // the caller's, to know an answer by
  std::vector<float> points;  // [n, dims]
  std::size_t dims = 0;
  TsneOptions options;
};

// The newest state of a request; immutable once published.
struct TsneProgress {
  std::uint64_t id = 0;
  std::vector<float> positions;  // [n, 2]; empty with an error
  int iteration = 0, iterations = 0;
  double divergence = 0;  // KL, nats
  bool done = false;
  std::string error;  // why there will be none
};

class TsneRunner {
 public:
  // `wake` is called on the runner's thread, without the lock, after each publish. Empty: nobody.
  explicit TsneRunner(std::function<void()> wake = {});
  ~TsneRunner();
  TsneRunner(const TsneRunner&) = delete;
  TsneRunner& operator=(const TsneRunner&) = delete;

  // Replaces what runs or waits.
  void start(TsneRequest request);
  // Nothing runs or waits afterwards, and nothing more of it is published.
  void cancel();
  // The newest of the last request; null before its first publish and after cancel().
  std::shared_ptr<const TsneProgress> latest() const;

 private:
  void run();
  void compute(const TsneRequest& request, std::uint64_t ticket);
  // False, and nothing published, if the request has been replaced.
  bool publish(TsneProgress progress, std::uint64_t ticket);
  bool current(std::uint64_t ticket) const;

  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::shared_ptr<const TsneRequest> request_;  // null: none waits
  std::uint64_t ticket_ = 0;                    // grows with every start and cancel
  std::shared_ptr<const TsneProgress> latest_;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace switchyard
