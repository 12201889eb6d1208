#include "core/session/meeting/link.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/base/rank_means.h"

namespace switchyard {
namespace {

// Two steps as one point of a curve. Across models there is nothing to average: the later one stays.
StepRecord merged(const StepRecord& earlier, StepRecord later) {
  if (earlier.model_id != later.model_id) return later;
  const auto average = [](auto& into, auto other) { into = (into + other) / 2; };
  average(later.loss, earlier.loss);
  average(later.total_loss, earlier.total_loss);
  average(later.train_accuracy, earlier.train_accuracy);
  average(later.grad_norm, earlier.grad_norm);
  average(later.tokens_per_s, earlier.tokens_per_s);
  average(later.step_ms, earlier.step_ms);
  for (const AuxLoss loss : kAuxLosses) average(later.aux[loss], earlier.aux[loss]);
  if (later.val_loss != later.val_loss) {
    later.val_loss = earlier.val_loss;
    later.val_accuracy = earlier.val_accuracy;
  }
  std::vector<RankRecord> ranks = earlier.ranks;
  take_mean(ranks, 1, later.ranks, 1);
  later.ranks = std::move(ranks);
  if (later.layers.size() != earlier.layers.size()) return later;
  for (std::size_t l = 0; l < later.layers.size(); ++l) {
    LayerRecord& into = later.layers[l];
    const LayerRecord& from = earlier.layers[l];
    if (into.counts.size() != from.counts.size() || into.mean_prob.size() != from.mean_prob.size()) continue;
    for (std::size_t e = 0; e < into.counts.size(); ++e) into.counts[e] += from.counts[e];
    for (std::size_t e = 0; e < into.mean_prob.size(); ++e) average(into.mean_prob[e], from.mean_prob[e]);
    into.dropped += from.dropped;
    average(into.token_entropy, from.token_entropy);
    average(into.load_entropy, from.load_entropy);
    average(into.max_violation, from.max_violation);
    average(into.assignment_drop_rate, from.assignment_drop_rate);
    average(into.token_drop_rate, from.token_drop_rate);
    average(into.router_grad_norm, from.router_grad_norm);
    average(into.expert_grad_norm, from.expert_grad_norm);
    for (const AuxLoss loss : kAuxLosses) average(into.aux[loss], from.aux[loss]);
  }
  return later;
}

}  // namespace

void Link::send(Command command) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(command));
  }
  ring();
}

void Link::send(std::vector<Command> commands) {
  if (commands.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    std::move(commands.begin(), commands.end(), std::back_inserter(commands_));
  }
  ring();
}

Update Link::receive() {
  Update update;
  const std::lock_guard lock(mutex_);
  update.begins.swap(begins_);
  update.records.swap(records_);
  update.notices.swap(notices_);
  update.kept_changes.swap(kept_changes_);
  update.generation.swap(generation_);
  update.events.swap(events_);
  update.snapshot = snapshot_;
  update.past_looks.swap(past_looks_);
  update.whole_past = std::move(whole_past_);
  update.inspection = inspection_;
  update.status = status_;
  update.merged_records = merged_records_;
  snapshot_seen_ = true;
  woken_ = false;
  return update;
}

std::vector<Command> Link::take_commands() {
  std::vector<Command> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(commands_);
  }
  return taken;
}

bool Link::has_news() const {
  const std::lock_guard lock(mutex_);
  return woken_;
}

bool Link::has_commands() const {
  const std::lock_guard lock(mutex_);
  return !commands_.empty();
}

void Link::ring() {
  if (bell_) bell_->ring();
}

template <class Change>
void Link::publish_with(Change change) {
  void (*wake)() = nullptr;
  {
    const std::lock_guard lock(mutex_);
    change();
    // Once until the window has looked: each wake is a call into the screen library.
    if (!std::exchange(woken_, true)) wake = wake_;
  }
  if (wake) wake();
}

void Link::publish(RunBegin begin) {
  publish_with([&] { begins_.push_back(std::move(begin)); });
}

void Link::publish(StepRecord record) {
  publish_with([&] {
    records_.push_back(std::move(record));
    if (records_.size() > kMaxQueuedRecords) merge_oldest();
  });
}

// Half at a time, so that a window that stays away costs each record a constant.
void Link::merge_oldest() {
  const std::size_t pairs = records_.size() / 4;
  for (std::size_t i = 0; i < pairs; ++i) records_[i] = merged(records_[2 * i], std::move(records_[2 * i + 1]));
  records_.erase(records_.begin() + static_cast<std::ptrdiff_t>(pairs),
                 records_.begin() + static_cast<std::ptrdiff_t>(2 * pairs));
  merged_records_ += pairs;
}

void Link::publish(std::shared_ptr<const Snapshot> snapshot) {
  // The old one may be the last reference: freed by the swap's leftover, after the lock.
  publish_with([&] {
    snapshot_.swap(snapshot);
    snapshot_seen_ = false;
  });
}

void Link::publish_past(std::shared_ptr<const Snapshot> look) {
  publish_with([&] { past_looks_.push_back(std::move(look)); });
}

void Link::publish_past(std::unique_ptr<History> whole) {
  publish_with([&] { whole_past_.swap(whole); });
}

void Link::publish_anew(std::unique_ptr<History> whole, RunBegin begin, std::shared_ptr<const Snapshot> newest,
                        RunStatus status) {
  publish_with([&] {
    whole_past_.swap(whole);
    begins_.push_back(std::move(begin));
    snapshot_.swap(newest);
    snapshot_seen_ = !snapshot_;
    std::swap(status_, status);
  });
}

void Link::publish(RunStatus status) {
  publish_with([&] { std::swap(status_, status); });
}

void Link::publish_end(std::string not_saved) {
  publish_with([&] {
    status_.state = RunState::stopped;
    if (status_.saved_in.empty()) status_.not_saved = std::move(not_saved);
  });
}

void Link::publish(Notice notice) {
  publish_with([&] { notices_.push_back(std::move(notice)); });
}

void Link::publish(KeptChanged changed) {
  publish_with([&] { kept_changes_.push_back(std::move(changed)); });
}

void Link::publish(GenerationChunk chunk) {
  publish_with([&] { generation_.push_back(std::move(chunk)); });
}

void Link::publish(RunEvent event) {
  publish_with([&] { events_.push_back(std::move(event)); });
}

void Link::publish(std::shared_ptr<const Inspection> inspection) {
  publish_with([&] { inspection_.swap(inspection); });
}

bool Link::snapshot_was_seen() const {
  const std::lock_guard lock(mutex_);
  return snapshot_seen_;
}

void Link::set_wake(void (*wake)()) {
  const std::lock_guard lock(mutex_);
  wake_ = wake;
}

}  // namespace switchyard
