#include "app/export/export_writer.h"

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace switchyard::app {
namespace {

// A picture may be larger than the memory that is left.
ExportWriter::Written written_or_reason(const ExportWriter::Job& job) {
  try {
    return write_export(job.panel, job.status, {job.look.theme, job.look.typefaces, job.look.scale}, job.folder);
  } catch (const std::exception& error) {
    return failure(fmt::format("{}: the figure could not be made: {}", job.panel.panel, error.what()));
  }
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
    waiting_.push_back(std::move(job));
  }
  changed_.notify_all();
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
    const Job job = std::move(waiting_.front());
    waiting_.pop_front();
    busy_ = true;
    lock.unlock();
    changed_.notify_all();
    Written written = written_or_reason(job);
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
