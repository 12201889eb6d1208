#include "core/session/driver.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "core/base/caught.h"
#include "core/config/knobs.h"
#include "core/session/remedies.h"

namespace switchyard {

Driver::Driver(Trainer& trainer, Observer* observer, std::function<bool()> want_snapshot)
    : trainer_(trainer), observer_(observer), want_snapshot_(std::move(want_snapshot)) {}

template <class Call>
void Driver::tell(Call call) {
  if (!observer_) return;
  const CpuSpan span(cost_.recording);
  const Result<void> told = caught("recording", [&]() -> Result<void> {
    call(*observer_);
    for (RecordingNews& news : observer_->take_news()) say(std::move(news));
    return {};
  });
  if (!told) say({true, told.error().message});
}

void Driver::say(RecordingNews news) {
  if (news.trouble && news.message == last_trouble_) return;
  last_trouble_ = news.trouble ? news.message : std::string();
  news_.push_back(std::move(news));
}

RunEvent Driver::event(std::string kind) const {
  RunEvent made;
  made.kind = std::move(kind);
  made.step = trainer_.step() + 1;
  made.wall_s = wall_s_;
  made.generation = trainer_.generation();
  return made;
}

void Driver::raise_alert(const Error& error) {
  alert_ = event("alert");
  alert_->message = error.message;
  tell([&](Observer& o) { o.on_event(*alert_); });
}

std::vector<RunEvent> Driver::watch_health(const StepRecord& record) {
  std::vector<RunEvent> events;
  for (HealthAlert& alert : health_.take(record, health_facts(trainer_.config()))) {
    RunEvent made = event(alert.ended == 0 ? "health" : "health-end");
    made.step = record.step;
    advise(alert, trainer_.config());
    made.message = alert.message;
    made.health = std::move(alert);
    tell([&](Observer& o) { o.on_event(made); });
    events.push_back(std::move(made));
  }
  return events;
}

std::vector<HealthAlert> Driver::alerts() const {
  std::vector<HealthAlert> alerts = health_.alerts();
  for (HealthAlert& alert : alerts) advise(alert, trainer_.config());
  return alerts;
}

bool Driver::watch(const Watch& watch) {
  const bool more = watch.exceeds(watch_);
  watch_ = watch;
  return more;
}

void Driver::start() {
  health_.clear();
  tell([&](Observer& o) { o.on_model(trainer_); });
}

void Driver::finish() {
  tell([](Observer& o) { o.on_end(); });
}

bool Driver::tend_recording() {
  if (!observer_ || !observer_->is_behind()) return false;
  tell([](Observer& o) { o.on_idle(); });
  return observer_->is_behind();
}

Result<Driver::Slice> Driver::advance() {
  Result<std::optional<StepRecord>> advanced = [&] {
    const CpuSpan span(cost_.training);
    return trainer_.advance();
  }();
  if (!advanced) {
    raise_alert(advanced.error());
    return advanced.error();
  }
  Slice slice;
  slice.record = std::move(*advanced);
  if (!slice.record) return slice;
  wall_s_ = slice.record->wall_s;
  if (slice.record->step == validate_at_) validate(*slice.record);
  tell([&](Observer& o) { o.on_step(*slice.record); });
  slice.health = watch_health(*slice.record);
  if (slice.record->step % trainer_.config().probe_interval != 0) return slice;

  if (can_look() && (!want_snapshot_ || want_snapshot_())) {
    auto looked = look();
    if (looked) slice.snapshot = std::move(*looked);
    else raise_alert(looked.error());
  }
  tell([&](Observer& o) { o.on_probe(slice.snapshot.get()); });
  return slice;
}

void Driver::validate(StepRecord& record) {
  if (!std::isnan(record.val_loss)) return;
  const CpuSpan span(cost_.training);
  // Without it the figure is missing, in the record and wherever the record is shown.
  const Result<Evaluation> seen = trainer_.validate();
  if (seen) record.val_loss = seen->loss, record.val_accuracy = seen->accuracy;
}

Result<std::shared_ptr<const Snapshot>> Driver::look() {
  const CpuSpan span(cost_.streaming), looking(cost_.looking);
  Result<Snapshot> probed = trainer_.probe(watch_);
  if (!probed) return probed.error();
  for (std::size_t l = 0; l < probed->layers.size(); ++l)
    if (const GateGradients& gradient = probed->layers[l].gradient; !gradient.empty())
      health_.take_task_gradient(static_cast<std::int32_t>(l), gradient.task_norm_all);
  return std::shared_ptr<const Snapshot>(std::make_shared<Snapshot>(std::move(*probed)));
}

Result<std::optional<RunEvent>> Driver::apply(const Config& config, std::uint64_t revision) {
  RunEvent change = event("set");
  const Config before = trainer_.config();
  if (change_cost(before, config) == KnobCost::rebuild && switchyard::validate(config).empty())
    if (auto kept = keep_weights(); !kept) return kept.error();
  const Result<void> applied = trainer_.apply(config, revision);
  if (!applied) return applied.error();
  for (const Knob* knob : changed_knobs(before, config))
    change.changes.push_back({std::string(knob->key), shared_text(*knob, before), shared_text(*knob, config)});
  const bool rebuilt = trainer_.generation() != change.generation;
  if (change.changes.empty() && !rebuilt) return std::optional<RunEvent>();
  if (rebuilt) change.kind = "rebuild";
  tell([&](Observer& o) { o.on_event(change); });
  if (rebuilt) start();
  return std::optional<RunEvent>(std::move(change));
}

Result<RunEvent> Driver::reset() {
  const RunEvent change = event("reset");
  if (auto kept = keep_weights(); !kept) return kept.error();
  const Result<void> done = trainer_.reset();
  if (!done) return done.error();
  tell([&](Observer& o) { o.on_event(change); });
  start();
  return change;
}

Result<Driver::Exported> Driver::export_weights() {
  if (!observer_) return failure("this run is not recorded: there is no folder for its weights");
  const auto began = std::chrono::steady_clock::now();
  Result<std::string> folder = failure("the weights are not written");
  tell([&](Observer& o) {
    folder = caught("the weights are not written", [&] { return o.on_weights(trainer_); });
  });
  if (!folder) return folder.error();
  RunEvent exported = event("weights");
  exported.step = trainer_.step();
  exported.message = "model.safetensors";  // in the record's own folder, which it need not name
  exported.took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  tell([&](Observer& o) { o.on_event(exported); });
  return Exported{std::move(exported), std::move(*folder)};
}

Result<void> Driver::keep_weights() {
  if (!observer_ || trainer_.step() == 0 || observer_->holds_weights(trainer_)) return {};
  auto kept = export_weights();
  if (!kept)
    return failure(
        fmt::format("The model of step {} stays, for its weights cannot be written: {}. A new one can take its "
                    "place once they can",
                    trainer_.step(), kept.error().message));
  std::string where = fmt::format("The weights of step {} are in {}", kept->event.step, kept->folder);
  say({false, std::move(where), std::move(kept->event)});
  return {};
}

}  // namespace switchyard
