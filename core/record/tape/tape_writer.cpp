#include "core/record/tape/tape_writer.h"

#include <fmt/format.h>
#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <system_error>
#include <utility>

#include "core/base/caught.h"
#include "core/record/files/files.h"

namespace switchyard {
namespace {

double tape_clock_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::size_t bytes_in_queue(const StepRecord& record) {
  std::size_t bytes = sizeof(StepRecord);
  for (const LayerRecord& layer : record.layers)
    bytes += sizeof(LayerRecord) + sizeof(float) * (layer.counts.size() + layer.mean_prob.size());
  return bytes;
}

}  // namespace

TapeWriter::TapeWriter(const TapeFacts& facts, std::int64_t events, const Options& options)
    : events_(events), options_(options), facts_(encode(facts)), facts_step_(facts.step) {}

TapeWriter::~TapeWriter() { finish(); }

void TapeWriter::finish() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TapeWriter::record_in(const std::filesystem::path& folder) {
  {
    const std::lock_guard lock(mutex_);
    if (folder_ == folder) return;
    folder_ = folder;
  }
  changed_.notify_all();
  if (thread_.joinable()) return;
  const Result<void> started = caught("the run's tape", [&]() -> Result<void> {
    thread_ = std::thread([this] { run(); });
    return {};
  });
  if (!started) say(true, "This run has no tape: " + started.error().message);
}

void TapeWriter::set_budget(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  options_.file.budget_bytes = bytes;
}

// --- what is told

void TapeWriter::add(const StepRecord& record) {
  bool wakes = false;
  {
    const std::size_t bytes = bytes_in_queue(record);
    StepRecord copy = record;
    const std::lock_guard lock(mutex_);
    if (queue_.bytes + bytes > options_.queue_bytes) {
      ++queue_.lost_records;
      return;
    }
    if (queue_.bytes + bytes > options_.queue_bytes / 4 * 3) {
      ++queue_.lost_counts;
      for (LayerRecord& layer : copy.layers) layer.counts = {}, layer.mean_prob = {};
    }
    wakes = queue_.batch.empty();
    queue_.bytes += bytes;
    queue_.batch.records.push_back(std::move(copy));
    wakes = wakes || queue_.batch.records.size() == TapeFile::kFullRecords;
  }
  if (wakes) changed_.notify_all();
}

ProbeName TapeWriter::probe_of(const Snapshot& look) {
  const std::shared_ptr<const void> probe =
      look.points ? std::shared_ptr<const void>(look.points) : std::shared_ptr<const void>(look.tokens);
  if (!probe) return {};
  if (probe == probe_) return probe_name_;
  Bytes content = look.points ? encode(*look.points) : encode(*look.tokens);
  const std::uint64_t checksum = checksum_of(content);
  probe_ = probe;
  probe_name_ = {look.points != nullptr, checksum};
  const std::lock_guard lock(mutex_);
  queue_.bytes += content.size();
  queue_.batch.probes.push_back({look.points ? BlobKind::points : BlobKind::tokens, checksum, std::move(content)});
  return probe_name_;
}

void TapeWriter::add(const Snapshot& look) {
  const double now = tape_clock_s();
  {
    const std::lock_guard lock(mutex_);
    if (looks_full_ && now < last_look_s_ + kLookEvery_s) return;
    if (queue_.bytes > options_.queue_bytes / 2) {
      ++queue_.lost_looks;
      return;
    }
  }
  last_look_s_ = now;
  const ProbeName probe = probe_of(look);
  Bytes content = encode(look, probe);
  {
    const std::lock_guard lock(mutex_);
    queue_.bytes += content.size();
    queue_.batch.looks.push_back({look.step, std::move(content)});
  }
  changed_.notify_all();
}

void TapeWriter::add(const RunEvent& event) {
  Bytes content = encode(event);
  {
    const std::lock_guard lock(mutex_);
    ++events_;
    if (queue_.bytes > 2 * options_.queue_bytes) return;
    queue_.bytes += content.size();
    queue_.batch.events.push_back({events_, event.step, std::move(content)});
  }
  changed_.notify_all();
}

void TapeWriter::commit_soon() {
  {
    const std::lock_guard lock(mutex_);
    commits_soon_ = true;
  }
  changed_.notify_all();
}

std::vector<RecordingNews> TapeWriter::take_news() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

void TapeWriter::say(bool trouble, std::string message) {
  const std::lock_guard lock(mutex_);
  news_.push_back({trouble, std::move(message), {}});
}

void TapeWriter::say_lost(const Queue& taken) {
  if (taken.lost_records + taken.lost_counts + taken.lost_looks == 0) {
    said_slow_ = false;
    return;
  }
  if (std::exchange(said_slow_, true)) return;
  say(false, fmt::format("The tape in {} cannot keep up, training goes on: {} looks, the loads of {} steps and {} "
                         "steps are missing in it "
                         "so far",
                         path_.native(), taken.lost_looks, taken.lost_counts, taken.lost_records));
}

// --- its own thread

void TapeWriter::run() {
  ::pthread_setname_np(::pthread_self(), "tape");
  Queue waiting;
  double next_try_s = 0;
  std::unique_lock lock(mutex_);
  while (true) {
    const auto pause = std::chrono::duration<double>(options_.commit_s);
    // While nothing is told there is nothing to wake up for.
    if (file_ && waiting.batch.empty()) changed_.wait(lock, [this] { return ends_ || !queue_.batch.empty(); });
    changed_.wait_for(lock, pause,
                      [this] { return ends_ || commits_soon_ || queue_.batch.records.size() >= TapeFile::kFullRecords; });
    const bool ends = ends_;
    commits_soon_ = false;
    const double now = tape_clock_s();
    // Where it failed all stays in the queue, which bounds it, until it is tried again.
    if (!ends && now < next_try_s) {
      if (queue_.batch.records.size() >= TapeFile::kFullRecords)
        changed_.wait_for(lock, std::min(pause, std::chrono::duration<double>(next_try_s - now)),
                          [this] { return ends_; });
      continue;
    }
    if (waiting.batch.empty()) waiting = std::exchange(queue_, {});
    path_ = folder_ / kTapeFile;
    const std::uint64_t budget = options_.file.budget_bytes;
    lock.unlock();
    if (file_) file_->set_budget(budget);
    if (!waiting.batch.empty() || !file_) {
      say_lost(waiting);
      const Result<void> written = caught("the run's tape", [&] { return write(waiting.batch); });
      if (written) {
        if (std::exchange(in_trouble_, false)) say(false, fmt::format("The tape goes on in {}", path_.native()));
        waiting = {};
        next_try_s = 0;
      } else {
        if (!std::exchange(in_trouble_, true))
          say(true, fmt::format("The tape waits, training goes on: {}; it is tried again every {} s",
                                written.error().message, options_.retry_s));
        file_.reset();
        next_try_s = tape_clock_s() + options_.retry_s;
      }
    }
    const bool left = !waiting.batch.empty();
    if (ends && !left && file_) file_->end();
    const bool full = file_ && file_->looks_are_full();
    if (file_ && file_->is_too_large() && !std::exchange(said_too_large_, true))
      say(false,
          fmt::format("{}: the figures of its steps alone take more than tape_budget_mb allows; they are kept",
                      path_.native()));
    lock.lock();
    looks_full_ = full;
    // What came meanwhile is taken first; a tape that cannot be written is not waited for.
    if (ends && (in_trouble_ || queue_.batch.empty())) return;
  }
}

Result<void> TapeWriter::open() {
  if (file_ && (file_->path() != path_ || !file_->is_in_place())) file_.reset();
  if (file_) return {};
  std::error_code code;
  if (!std::filesystem::is_directory(path_.parent_path(), code))
    return failure(fmt::format("{}: the run's folder is not there", path_.parent_path().native()));
  TapeFile::Options options;
  {
    const std::lock_guard lock(mutex_);
    options = options_.file;
  }
  auto file = TapeFile::open(path_, options);
  if (!file) {
    if (auto aside = set_aside(file.error()); !aside) return aside;
    file = TapeFile::open(path_, options);
  }
  if (!file) return file.error();
  file_ = std::move(*file);
  TapeBatch first;
  first.facts = facts_;
  first.facts_step = facts_step_;
  first.probes = probes_;
  return file_->write(first);
}

Result<void> TapeWriter::write(const TapeBatch& batch) {
  probes_.insert(probes_.end(), batch.probes.begin(), batch.probes.end());
  // One at a time is in use; more are of models that were.
  constexpr std::size_t kMostProbes = 4;
  if (probes_.size() > kMostProbes) probes_.erase(probes_.begin(), probes_.end() - kMostProbes);
  if (auto opened = open(); !opened) return opened;
  auto written = file_->write(batch);
  if (written || written.error().kind != ErrorKind::usage) return written;
  file_.reset();
  if (auto aside = set_aside(written.error()); !aside) return aside;
  if (auto opened = open(); !opened) return opened;
  return file_->write(batch);
}

Result<void> TapeWriter::set_aside(const Error& why) {
  if (why.kind != ErrorKind::usage) return why;
  const std::filesystem::path aside = path_.parent_path() / fmt::format("tape-damaged-{}.sqlite", random_name(6));
  if (std::rename(path_.c_str(), aside.c_str()) != 0) return why;
  std::rename((path_.native() + "-wal").c_str(), (aside.native() + "-wal").c_str());
  std::remove((path_.native() + "-shm").c_str());
  say(true, fmt::format("{}; it is kept as {}, and a new tape begins", why.message, aside.filename().native()));
  return {};
}

}  // namespace switchyard
