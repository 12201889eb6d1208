#include "core/session/driver.h"

#include <string>
#include <utility>

#include "core/config/knobs.h"
#include "core/session/remedies.h"

namespace switchyard {

Driver::Driver(Trainer& trainer, Observer* observer, std::function<bool()> want_snapshot)
    : trainer_(trainer), observer_(observer), want_snapshot_(std::move(want_snapshot)) {}

template <class Call>
void Driver::tell(Call call) {
  if (!observer_) return;
  const CpuSpan span(cost_.recording);
  const Result<void> told = call(*observer_);
  if (told) return;
  observer_error_ = told.error();
  observer_ = nullptr;
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
  tell([&](Observer& o) { return o.on_event(*alert_); });
}

std::vector<RunEvent> Driver::watch_health(const StepRecord& record) {
  std::vector<RunEvent> events;
  for (HealthAlert& alert : health_.take(record, health_facts(trainer_.config()))) {
    RunEvent made = event(alert.ended == 0 ? "health" : "health-end");
    made.step = record.step;
    advise(alert, trainer_.config());
    made.message = alert.message;
    made.health = std::move(alert);
    tell([&](Observer& o) { return o.on_event(made); });
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
  tell([&](Observer& o) { return o.on_model(trainer_); });
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
  tell([&](Observer& o) { return o.on_step(*slice.record); });
  slice.health = watch_health(*slice.record);
  if (slice.record->step % trainer_.config().probe_interval != 0) return slice;

  if (can_look() && (!want_snapshot_ || want_snapshot_())) {
    auto looked = look();
    if (looked) slice.snapshot = std::move(*looked);
    else raise_alert(looked.error());
  }
  tell([&](Observer& o) { return o.on_probe(slice.snapshot.get()); });
  return slice;
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
  const Result<void> applied = trainer_.apply(config, revision);
  if (!applied) return applied.error();
  for (const Knob* knob : changed_knobs(before, config))
    change.changes.push_back({std::string(knob->key), shared_text(*knob, before), shared_text(*knob, config)});
  const bool rebuilt = trainer_.generation() != change.generation;
  if (change.changes.empty() && !rebuilt) return std::optional<RunEvent>();
  if (rebuilt) change.kind = "rebuild";
  tell([&](Observer& o) { return o.on_event(change); });
  if (rebuilt) start();
  return std::optional<RunEvent>(std::move(change));
}

Result<RunEvent> Driver::reset() {
  const RunEvent change = event("reset");
  const Result<void> done = trainer_.reset();
  if (!done) return done.error();
  tell([&](Observer& o) { return o.on_event(change); });
  start();
  return change;
}

std::optional<RunEvent> Driver::export_weights() {
  if (!observer_) return std::nullopt;
  tell([&](Observer& o) { return o.on_weights(trainer_); });
  if (!observer_) return std::nullopt;
  RunEvent exported = event("weights");
  exported.message = "model.safetensors";  // in the record's own folder, which it need not name
  tell([&](Observer& o) { return o.on_event(exported); });
  return exported;
}

}  // namespace switchyard
