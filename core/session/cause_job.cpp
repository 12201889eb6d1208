#include "core/session/cause_job.h"

#include <chrono>
#include <utility>

#include "core/base/caught.h"
#include "core/session/meeting/yielding.h"

namespace switchyard {
namespace {

constexpr std::chrono::milliseconds kToldEvery{100};

}  // namespace

CauseJob::CauseJob(Find find, void (*wake)()) : wake_(wake) {
  thread_ = std::thread([this, find = std::move(find)] { work(find); });
}

CauseJob::~CauseJob() {
  cancel();
  if (thread_.joinable()) thread_.join();
}

void CauseJob::cancel() {
  const std::lock_guard lock(mutex_);
  progress_.cancelled = true;
}

CauseJob::Progress CauseJob::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

std::optional<Result<CauseJob::Answer>> CauseJob::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(outcome_, std::nullopt);
}

void CauseJob::work(const Find& find) {
  yield_to_the_window();
  auto last = std::chrono::steady_clock::now();
  const TrialsTold told = [this, &last](std::int64_t done, std::int64_t planned) {
    const bool goes_on = this->told(done, planned);
    const auto now = std::chrono::steady_clock::now();
    if (wake_ && now - last >= kToldEvery) last = now, wake_();
    return goes_on;
  };
  auto outcome = caught("the trials", [&] { return find(told, [this] { return !progress().cancelled; }); });
  {
    const std::lock_guard lock(mutex_);
    progress_.ended = true;
    outcome_.emplace(std::move(outcome));
  }
  if (wake_) wake_();
}

bool CauseJob::told(std::int64_t done, std::int64_t planned) {
  const std::lock_guard lock(mutex_);
  progress_.done = done, progress_.planned = planned;
  return !progress_.cancelled;
}

}  // namespace switchyard
