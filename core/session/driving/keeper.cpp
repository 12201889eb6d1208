#include "core/session/driving/keeper.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/caught.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_place.h"
#include "core/record/folder/trash.h"
#include "core/record/reading/checkpoint_budget.h"
#include "core/session/meeting/cpu_clock.h"

namespace switchyard {
namespace {

double clock_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr std::uint64_t kBeside = std::uint64_t{4}
                                  << 20;  // bytes of a checkpoint beside its tensors, and of other files meanwhile
constexpr int kWritesToAll = 10;  // all runs are looked through at the first write and every so many

}  // namespace

Keeper::Keeper(Fill fill, Options options) : fill_(std::move(fill)), options_(std::move(options)) {
  if (!options_.now_s) options_.now_s = clock_s;
  begin();
}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Keeper::begin(double best_val_loss) {
  best_ = best_val_loss;
  began_s_ = last_s_ = last_best_s_ = options_.now_s();
}

void Keeper::after_step(const StepRecord& record, const Config& config) {
  const double now = options_.now_s();
  const bool is_best = record.val_loss < best_ || (best_ != best_ && record.val_loss == record.val_loss);
  if (is_best) best_ = record.val_loss;
  // 0: whatever the writes cost.
  const double every = std::min(config.checkpoint_interval_s, std::max(kYoungest_s, (now - began_s_) / 2));
  bool best_due = is_best;
  if (now < last_s_ + every && !(is_best && now >= last_best_s_ + every)) return;
  {
    const std::lock_guard lock(mutex_);
    if (work_) return;
    const double least = every > 0 ? std::max(every, least_interval_s(last_write_cpu_s_, buffer_.trainer.engine.threads)) : 0;
    best_due = is_best && now >= last_best_s_ + least;
    if (now < last_s_ + least && !best_due) return;
    last_s_ = now;
    if (best_due) last_best_s_ = now;
  }
  auto work = copy(config, {}, best_due ? "best validation" : "at intervals");
  {
    const std::lock_guard lock(mutex_);
    if (!work) {
      if (!std::exchange(failing_, true)) news_.push_back("This run is not kept at intervals: " + work.error().message);
      return;
    }
    work_ = std::move(*work);
  }
  if (!thread_.joinable()) {
    // Where there is no thread to be had, what is due is written here.
    const Result<void> started = caught("keeping", [&]() -> Result<void> {
      thread_ = std::thread([this] { run(); });
      return {};
    });
    if (!started) {
      const Written written = write(*work_);
      const std::lock_guard lock(mutex_);
      note(written);
      work_.reset();
      return;
    }
  }
  changed_.notify_all();
}

Result<CheckpointHeader> Keeper::keep(const Config& config, std::string name, std::string why, bool pin) {
  {
    std::unique_lock lock(mutex_);
    wait_for_write(lock);
  }
  auto work = copy(config, std::move(name), std::move(why));
  if (!work) return work.error();
  if (pin) {
    pins_.push_back({work->run_folder, buffer_.trainer.step});
    if (pins_.size() > kPins) pins_.erase(pins_.begin());
    work->pinned.push_back(buffer_.trainer.step);
  }
  Written written = write(*work);
  const std::lock_guard lock(mutex_);
  note(written);
  return std::move(written.checkpoint);
}

Result<Keeper::Work> Keeper::copy(const Config& config, std::string name, std::string why) {
  return caught("the run's state could not be copied", [&]() -> Result<Work> {
    buffer_.label = {};
    buffer_.label.name = std::move(name);
    buffer_.label.why = std::move(why);
    auto folder = fill_(buffer_);
    if (!folder) return folder.error();
    Work work{std::move(*folder), static_cast<std::uint64_t>(config.checkpoint_budget_mb) << 20,
              static_cast<std::uint64_t>(config.checkpoint_total_mb) << 20, buffer_.label.run, {}};
    for (const Pin& pin : pins_)
      if (pin.run_folder == work.run_folder) work.pinned.push_back(pin.step);
    return work;
  });
}

// On either thread.
Keeper::Written Keeper::write(const Work& work) {
  Written done;
  const CpuSpan span(done.cpu_s);
  done.checkpoint = caught("the checkpoint was not written", [&]() -> Result<CheckpointHeader> {
    auto written = CheckpointStore(work.run_folder).write(buffer_);
    // On a full disk what was deleted goes first.
    const std::uint64_t needed = buffer_.trainer.tensors.values.size() * sizeof(float) + kBeside;
    if (!written && Trash(work.run_folder.parent_path()).make_room(needed) > 0)
      written = CheckpointStore(work.run_folder).write(buffer_);
    if (!written) return written;
    const CheckpointStore::Kept kept = keep_run_within(work.run_folder, work.run, work.budget_bytes, work.pinned);
    done.run = work.run;
    done.kept_bytes = kept.bytes;
    done.warning = kept.warning;
    return written;
  });
  return done;
}

// In a folder that somebody named nothing but the run's own is touched, and what was deleted there long ago.
std::string Keeper::thin_all_runs(const Work& work) {
  const std::filesystem::path directory = default_runs_directory();
  Trash(work.run_folder.parent_path())
      .empty_old(
          std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch())
              .count());
  if (work.run_folder.parent_path() != directory) return {};
  std::vector<RunPoint> pinned;
  for (const std::int64_t step : work.pinned) pinned.push_back({work.run, step});
  const std::filesystem::path held[] = {work.run_folder};
  return keep_runs_within(directory, work.total_bytes, held, pinned).warning;
}

void Keeper::note(const Written& written) {
  last_write_cpu_s_ = written.cpu_s;
  if (written.checkpoint) kept_run_ = written.run, kept_bytes_ = written.kept_bytes;
  if (!written.warning.empty() && written.warning != last_warning_) news_.push_back(last_warning_ = written.warning);
}

void Keeper::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return work_ || ends_; });
    if (!work_) return;
    const Work work = *work_;
    const bool all = writes_++ % kWritesToAll == 0;
    lock.unlock();
    Written written = write(work);
    if (written.checkpoint && all && written.warning.empty())
      (void)caught("thinning", [&]() -> Result<void> {
        written.warning = thin_all_runs(work);
        return {};
      });
    lock.lock();
    note(written);
    if (!written.checkpoint && !std::exchange(failing_, true))
      news_.push_back("This run is not kept at intervals: " + written.checkpoint.error().message + ". It is tried again");
    if (written.checkpoint && std::exchange(failing_, false)) news_.push_back("This run is kept again");
    work_.reset();
    changed_.notify_all();
  }
}

void Keeper::wait_for_write(std::unique_lock<std::mutex>& lock) {
  changed_.wait(lock, [this] { return !work_; });
}

void Keeper::finish_write() {
  std::unique_lock lock(mutex_);
  wait_for_write(lock);
}

std::vector<std::string> Keeper::take_news() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

std::uint64_t Keeper::kept_bytes(const std::string& run) {
  const std::lock_guard lock(mutex_);
  return run == kept_run_ ? kept_bytes_ : 0;
}

}  // namespace switchyard
