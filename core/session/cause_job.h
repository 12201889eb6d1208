// A question that is being answered while a window goes on: on a thread of its own, which tells how far it is and
// can be ended between two trials.
//
// Thread safety: made and destroyed on one thread; the rest from any.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "core/base/result.h"
#include "core/causes/cause_report.h"
#include "core/causes/trying.h"

namespace switchyard {

class CauseJob {
 public:
  using Answer = std::shared_ptr<const CauseReport>;
  // find_cause() with what it needs; called on the job's thread. goes_on is that of CauseWork.
  using Find = std::function<Result<Answer>(const TrialsTold& told, const std::function<bool()>& goes_on)>;
  struct Progress {
    std::int64_t done = 0, planned = 0;  // trials
    bool cancelled = false, ended = false;
  };

  // wake: from the job's thread, ten times a second at most and once it has ended. Null: nobody.
  CauseJob(Find find, void (*wake)());
  // Cancels, and waits for the trial that is under way.
  ~CauseJob();
  CauseJob(const CauseJob&) = delete;
  CauseJob& operator=(const CauseJob&) = delete;

  void cancel();
  Progress progress() const;
  // What came of it, once, when it has ended.
  std::optional<Result<Answer>> take();

 private:
  void work(const Find& find);
  bool told(std::int64_t done, std::int64_t planned);

  void (*wake_)();
  mutable std::mutex mutex_;
  Progress progress_;
  std::optional<Result<Answer>> outcome_;
  std::thread thread_;
};

}  // namespace switchyard
