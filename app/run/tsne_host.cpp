#include "app/run/tsne_host.h"

#include <algorithm>
#include <utility>

#include "core/history/snapshot_store.h"

namespace switchyard::app {
namespace {

std::size_t stride_of(std::size_t tokens) { return std::max<std::size_t>(1, (tokens + Tsne::kMostPoints - 1) / Tsne::kMostPoints); }

std::size_t part_of(std::size_t tokens) {
  const std::size_t every = stride_of(tokens);
  return (tokens + every - 1) / every;
}

// What the picture and its tooltips speak of.
std::shared_ptr<const Snapshot> essence_of(const Snapshot& look) {
  auto whole = std::make_shared<Snapshot>(look);
  Snapshot& out = *whole;
  out.view.plane = {};
  out.embedding = {};
  for (ProbeLayer& layer : out.layers) {
    layer.probabilities = layer.logits = layer.input = {};
    layer.card = {};
  }
  return whole;
}

}  // namespace

double TsneHost::most_perplexity(std::size_t tokens) {
  const auto n = static_cast<double>(part_of(tokens));
  return std::max(kLeastPerplexity, (n - 1) / 3);
}

TsneHost::TsneHost(std::function<void()> wake, int iterations) : wake_(std::move(wake)), iterations_(iterations) {}

const TsneRun* TsneHost::shown() {
  is_shown_ = true;
  if (!run_) return nullptr;
  if (run_->state == TsneRun::State::interrupted) begin(run_->perplexity);
  if (run_->state == TsneRun::State::running)
    if (const auto latest = runner_->latest(); latest && latest->id == id_) take(*latest);
  return &*run_;
}

void TsneHost::take(const TsneProgress& progress) {
  if (!progress.error.empty()) {
    run_->state = TsneRun::State::failed;
    run_->error = progress.error;
    return;
  }
  run_->iterations = progress.iterations;
  if (progress.iteration == run_->iteration && !run_->positions.empty()) return;
  run_->iteration = progress.iteration;
  run_->divergence = progress.divergence;
  run_->positions.assign(2 * run_->tokens, static_cast<float>(kMissing));
  for (std::size_t i = 0; 2 * i + 1 < progress.positions.size(); ++i) {
    const std::size_t token = i * run_->every;
    run_->positions[2 * token] = progress.positions[2 * i];
    run_->positions[2 * token + 1] = progress.positions[2 * i + 1];
  }
  if (progress.done) run_->state = TsneRun::State::done;
}

void TsneHost::start(const Snapshot& look, const TsneSubject& subject, std::vector<float> values, std::size_t width,
                     double perplexity) {
  run_.emplace();
  run_->subject = subject;
  run_->look = essence_of(look);
  run_->tokens = width > 0 ? values.size() / width : 0;
  run_->every = stride_of(run_->tokens);
  width_ = width;
  points_ = std::move(values);
  if (run_->every > 1) {
    for (std::size_t i = 1; i * run_->every < run_->tokens; ++i)
      std::copy_n(points_.begin() + static_cast<std::ptrdiff_t>(i * run_->every * width), width,
                  points_.begin() + static_cast<std::ptrdiff_t>(i * width));
    points_.resize(part_of(run_->tokens) * width);
  }
  begin(perplexity);
}

void TsneHost::restart(double perplexity) {
  if (run_) begin(perplexity);
}

void TsneHost::begin(double perplexity) {
  TsneOptions options;
  options.iterations = iterations_;
  options.perplexity = std::clamp(perplexity, kLeastPerplexity, most_perplexity(run_->tokens));
  run_->perplexity = options.perplexity;
  run_->state = TsneRun::State::running;
  run_->iteration = 0;
  run_->iterations = options.iterations;
  run_->positions.clear();
  run_->error.clear();
  is_shown_ = true;
  if (!runner_) runner_ = std::make_unique<TsneRunner>(wake_);
  runner_->start({++id_, points_, width_, options});
}

void TsneHost::stop() {
  if (!run_ || run_->state != TsneRun::State::running) return;
  runner_->cancel();
  run_->state = TsneRun::State::stopped;
}

void TsneHost::end_frame() {
  if (!is_shown_ && run_ && run_->state == TsneRun::State::running) {
    stop();
    run_->state = TsneRun::State::interrupted;
  }
  is_shown_ = false;
}

void TsneHost::rest() {
  is_shown_ = false;
  end_frame();
  // To end the thread of an interrupted one would be to wait for its iteration.
  if (run_ && run_->state != TsneRun::State::interrupted) runner_ = nullptr;
}

void TsneHost::clear() {
  runner_ = nullptr;
  run_.reset();
  points_ = std::vector<float>();
}

std::size_t TsneHost::bytes() const {
  std::size_t bytes = points_.capacity() * sizeof(float);
  if (run_)
    bytes +=
        sizeof(TsneRun) + run_->positions.capacity() * sizeof(float) + (run_->look ? bytes_of(*run_->look) : 0);
  return bytes;
}

}  // namespace switchyard::app
