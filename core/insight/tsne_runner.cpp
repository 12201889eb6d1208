#include "core/insight/tsne_runner.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace switchyard {
namespace {

constexpr int kIterationsShown = 10;  // between two publishes

}  // namespace

TsneRunner::TsneRunner(std::function<void()> wake) : wake_(std::move(wake)), thread_([this] { run(); }) {}

TsneRunner::~TsneRunner() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    ++ticket_;
  }
  changed_.notify_one();
  thread_.join();
}

void TsneRunner::start(TsneRequest request) {
  auto shared = std::make_shared<const TsneRequest>(std::move(request));
  {
    const std::lock_guard lock(mutex_);
    request_.swap(shared);
    latest_.reset();
    ++ticket_;
  }
  changed_.notify_one();
}

void TsneRunner::cancel() {
  const std::lock_guard lock(mutex_);
  request_.reset();
  latest_.reset();
  ++ticket_;
}

std::shared_ptr<const TsneProgress> TsneRunner::latest() const {
  const std::lock_guard lock(mutex_);
  return latest_;
}

void TsneRunner::run() {
  for (;;) {
    std::shared_ptr<const TsneRequest> request;
    std::uint64_t ticket = 0;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || request_; });
      if (stopping_) return;
      request.swap(request_);
      ticket = ticket_;
    }
    try {
      compute(*request, ticket);
    } catch (const std::exception& e) {
      publish({request->id, {}, 0, request->options.iterations, 0, true, e.what()}, ticket);
    }
  }
}

void TsneRunner::compute(const TsneRequest& request, std::uint64_t ticket) {
  const int all = request.options.iterations;
  auto tsne = Tsne::create(request.points, request.dims, request.options, [&] { return current(ticket); });
  if (!tsne) {
    publish({request.id, {}, 0, all, 0, true, tsne.error().message}, ticket);
    return;
  }
  while (current(ticket)) {
    const int until = std::min(all, tsne->iteration() + kIterationsShown);
    while (tsne->iteration() < until && current(ticket)) tsne->iterate();
    const bool done = tsne->iteration() >= all;
    if (!publish({request.id, tsne->positions(), tsne->iteration(), all, tsne->divergence(), done, {}}, ticket))
      return;
    if (done) return;
  }
}

bool TsneRunner::publish(TsneProgress progress, std::uint64_t ticket) {
  auto shared = std::make_shared<const TsneProgress>(std::move(progress));
  {
    const std::lock_guard lock(mutex_);
    if (ticket != ticket_) return false;
    latest_.swap(shared);
  }
  if (wake_) wake_();
  return true;
}

bool TsneRunner::current(std::uint64_t ticket) const {
  const std::lock_guard lock(mutex_);
  return ticket == ticket_;
}

}  // namespace switchyard
