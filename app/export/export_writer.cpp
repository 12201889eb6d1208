#include "app/export/export_writer.h"

#include <fmt/format.h>

#include <memory>
#include <utility>

#include "core/base/caught.h"

namespace switchyard::app {
namespace {

ExportWriter::Work work_of(ExportWriter::Job job) {
  // Shared, for a function is copied.
  return [job = std::make_shared<const ExportWriter::Job>(std::move(job))] {
    // A picture may be larger than the memory that is left.
    return caught(fmt::format("{}: the figure could not be made", job->panel.title), [&] {
      return write_export(job->panel, job->status,
                          {job->look.theme, job->look.typefaces, job->look.scale, job->look.form}, job->folder);
    });
  };
}

}  // namespace

ExportWriter::ExportWriter(void (*wake)()) : wake_(wake), thread_([this] { work(); }) {}

ExportWriter::~ExportWriter() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void ExportWriter::write(Job job) {
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_.size() < kMostWaiting; });
    waiting_.push_back(work_of(std::move(job)));
  }
  changed_.notify_all();
}

bool ExportWriter::try_write(Job job) { return try_write(work_of(std::move(job))); }

bool ExportWriter::try_write(Work work) {
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= kMostWaiting) return false;
    waiting_.push_back(std::move(work));
  }
  changed_.notify_all();
  return true;
}

std::vector<ExportWriter::Written> ExportWriter::take_done() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, {});
}

std::vector<ExportWriter::Written> ExportWriter::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return waiting_.empty() && !busy_; });
  return std::exchange(done_, {});
}

void ExportWriter::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ends_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    const Work work = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    changed_.notify_all();
    Written written = caught("the export", work);
    lock.lock();
    done_.push_back(std::move(written));
    busy_ = false;
    lock.unlock();
    changed_.notify_all();
    if (wake_) wake_();
    lock.lock();
  }
}

}  // namespace switchyard::app
