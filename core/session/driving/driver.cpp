#include "core/session/driving/driver.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "core/config/knobs.h"
#include "core/operate/remodel.h"
#include "core/session/driving/donor.h"
#include "core/session/driving/remedies.h"

namespace switchyard {

Driver::Driver(Trainer& trainer, Observer* observer, std::function<bool()> want_snapshot)
    : trainer_(trainer), routes_(trainer), observer_(observer), want_snapshot_(std::move(want_snapshot)) {
  if (observer_) keeper_.emplace([this](Checkpoint& into) { return fill(into); });
}

void Driver::say(RecordingNews news) {
  if (news.trouble && news.message == last_trouble_) return;
  last_trouble_ = news.trouble ? news.message : std::string();
  news_.push_back(std::move(news));
}

RunEvent Driver::event(EventKind kind) const {
  RunEvent made;
  made.kind = kind;
  made.step = trainer_.step() + 1;
  made.wall_s = wall_s_;
  made.model_id = trainer_.model_id();
  return made;
}

void Driver::raise_alert(const Error& error) {
  alert_ = event(EventKind::alert);
  alert_->message = error.message;
  tell([&](Observer& o) { o.on_event(*alert_); });
}

std::vector<RunEvent> Driver::watch_health(const StepRecord& record) {
  std::vector<RunEvent> events;
  for (HealthAlert& alert : health_.take(record, health_facts(trainer_.config()))) {
    RunEvent made = event(alert.ended == 0 ? EventKind::health : EventKind::health_end);
    made.step = record.step;
    counsel(alert);
    made.message = alert.message;
    made.health = std::move(alert);
    tell([&](Observer& o) { o.on_event(made); });
    events.push_back(std::move(made));
  }
  return events;
}

void Driver::drop_shadow(const std::string& why) {
  if (!shadow_) return;
  operations_.end_shadow(fmt::format("{} after step {}", why, trainer_.step()));
  shadow_.reset();
}

std::optional<StepRecord> Driver::follow_with_shadow() {
  if (!shadow_) return std::nullopt;
  auto followed = caught("the shadow", [&] { return shadow_->follow(trainer_.step()); });
  if (followed) return std::move(*followed);
  operations_.end_shadow(fmt::format("it ended at step {}: {}", trainer_.step(), followed.error().message));
  shadow_.reset();
  return std::nullopt;
}

std::vector<RunEvent> Driver::judge_operations(const StepRecord& record, const StepRecord* shadow) {
  std::vector<RunEvent> events;
  for (const OperationVerdict& verdict : operations_.take(record, shadow)) {
    RunEvent made = event(EventKind::verdict);
    made.step = record.step;
    made.message = text_of(verdict);
    tell([&](Observer& o) { o.on_event(made); });
    events.push_back(std::move(made));
  }
  if (!operations_.has_shadow()) shadow_.reset();
  return events;
}

std::vector<HealthAlert> Driver::alerts() const {
  std::vector<HealthAlert> alerts = health_.alerts();
  for (HealthAlert& alert : alerts) counsel(alert);
  return alerts;
}

void Driver::counsel(HealthAlert& alert) const {
  advise(alert, trainer_.config());
  const std::int64_t until = balanced_at_ + kRemedySteps;
  if (balanced_at_ < 0 || trainer_.step() >= until || alert.remedy.empty() || alert.kind == AlertKind::frozen_router) return;
  alert.remedy.clear();
  alert.advice = fmt::format("Balancing was made stronger at step {}; it has until step {} to act.", balanced_at_, until);
}

bool Driver::watch(const Watch& watch) {
  const bool more = watch.exceeds(watch_);
  watch_ = watch;
  return more;
}

void Driver::start(const Checkpoint* from, As as) {
  begin_costs();
  leave_operations();
  balanced_at_ = -1;
  if (std::exchange(replay_, std::nullopt))
    say({false, "The replay ends: another model has taken the place of the one it edits"});
  if (from) {
    health_.restore(from->health, trainer_.model_id());
    wall_s_ = from->trainer.wall_s;
    revision_ = from->trainer.revision;
  } else {
    health_.clear();
    wall_s_ = 0;
  }
  last_val_loss_ = from ? from->label.val_loss : kMissing;
  const bool is_child = from && as == As::child;
  tell([&](Observer& o) {
    if (is_child) o.begin_child({from->label.run, from->trainer.step});
    o.on_model(trainer_);
  });
  if (keeper_) keeper_->begin(last_val_loss_);
  if (observer_ && !observer_->run().empty()) run_ = observer_->run();
  else
    run_ = from && !is_child && !from->label.run.empty() ? from->label.run : fmt::format("unrecorded {}", trainer_.model_id());
  parent_ = observer_ ? observer_->parent() : std::nullopt;
  (void)caught("", [&]() -> Result<void> {
    routes_.begin_model(!leaves_routes_);
    return {};
  });
  tell_of_routes();
  if (!is_child) return;
  parent_ = RunPoint{from->label.run, from->trainer.step};
  // So that it can be gone on with however soon it ends, and whatever becomes of the other.
  if (keeps())
    if (auto kept = keeper_->keep(trainer_.config(), {}, "at its beginning", true); !kept)
      say({true, "This run is not kept yet: " + kept.error().message});
}

void Driver::leave_operations() {
  for (const std::string& operation : operations_.open())
    say({false,
         fmt::format("There is no verdict on {}: fewer than {} steps came after it", operation, kOperationSteps)});
  operations_ = {};
  shadow_.reset();
}

void Driver::finish() {
  leave_operations();
  routes_.end_recording();
  tell_of_routes();
  if (replay_ && replay_->left() > 0) say({false, replay_->unreached(trainer_.step())});
  tell([](Observer& o) { o.on_end(); });
}

bool Driver::tend_recording() {
  if (!observer_ || !observer_->is_behind()) return false;
  tell([](Observer& o) { o.on_idle(); });
  return observer_->is_behind();
}

void Driver::replay(Replay edits) {
  const std::size_t behind = edits.pass_over(trainer_.step());
  say({false, edits.announcement(behind)});
  replay_ = std::move(edits);
}

Result<std::optional<RunEvent>> Driver::edited(const Replay::Edit& edit) {
  const auto config = replay_->edited(edit, trainer_.config());
  return config ? apply(*config, revision_) : config.error();
}

Result<std::optional<RunEvent>> Driver::operated(const Operation& operation) {
  auto done = operate(operation, revision_, shadows_replay_);
  ended_.reset();  // nobody asks a replay's back
  if (!done) return done.error();
  say({false, fmt::format("Before step {}: {}", done->event.step, done->done)});
  return std::optional<RunEvent>(std::move(done->event));
}

Result<void> Driver::make_due_edits() {
  const std::int64_t step = trainer_.step() + 1;
  while (const Replay::Edit* edit = replay_->due(step)) {
    auto applied = edit->operation ? operated(*edit->operation) : edited(*edit);
    if (!applied) {
      // What the settings do not allow they will not allow later; what could not be kept perhaps can be then.
      if (applied.error().kind == ErrorKind::usage) replay_.reset();
      return applied.error();
    }
    if (*applied) replayed_.push_back(std::move(**applied));
    replay_->made();
  }
  if (!replay_->is_over(step)) return {};
  say({false, replay_->ending()});
  replay_.reset();
  return {};
}

Result<Driver::Slice> Driver::advance() {
  if (replay_)
    if (const Result<void> made = make_due_edits(); !made) {
      raise_alert(made.error());
      return made.error();
    }
  Result<std::optional<StepRecord>> advanced = [&] {
    const CpuSpan span(cost_.training);
    return trainer_.advance();
  }();
  bool goes_on = false;
  if (!advanced || *advanced) {
    const auto noted = caught("recorded routes", [&]() -> Result<bool> {
      return routes_.after_step(advanced ? nullptr : &advanced.error());
    });
    goes_on = noted && *noted;
    tell_of_routes();
  }
  if (goes_on) {
    operations_.disturb("the end of recorded routes", trainer_.step());
    return Slice{};
  }
  if (!advanced) {
    raise_alert(advanced.error());
    return advanced.error();
  }
  Slice slice;
  slice.record = std::move(*advanced);
  const std::optional<StepRecord> shadow = follow_with_shadow();
  if (!slice.record) return slice;
  wall_s_ = slice.record->wall_s;
  if (slice.record->step == validate_at_) validate(*slice.record);
  if (!std::isnan(slice.record->val_loss)) last_val_loss_ = slice.record->val_loss;
  tell([&](Observer& o) { o.on_step(*slice.record); });
  slice.health = watch_health(*slice.record);
  slice.verdicts = judge_operations(*slice.record, shadow ? &*shadow : nullptr);
  end_step(*slice.record, slice);
  if (keeps()) {
    keeper_->after_step(*slice.record, trainer_.config());
    for (std::string& news : keeper_->take_news()) say({true, std::move(news)});
  }
  return slice;
}

void Driver::end_step(const StepRecord& record, Slice& slice) {
  if (record.step % trainer_.config().probe_interval != 0) return;

  if (can_look() && (!want_snapshot_ || want_snapshot_())) {
    auto looked = look_at_model();
    if (looked) slice.snapshot = std::move(*looked);
    else raise_alert(looked.error());
  }
  tell([&](Observer& o) { o.on_probe(slice.snapshot.get()); });
}

void Driver::validate(StepRecord& record) {
  if (!std::isnan(record.val_loss)) return;
  const CpuSpan span(cost_.training);
  // Without it the figure is missing, in the record and wherever the record is shown.
  const Result<Evaluation> seen = trainer_.validate();
  if (seen) record.val_loss = seen->loss, record.val_accuracy = seen->accuracy;
}

Result<std::shared_ptr<const Snapshot>> Driver::look() {
  auto looked = look_at_model();
  if (looked) tell([&](Observer& o) { o.on_look(**looked); });
  return looked;
}

Result<std::shared_ptr<const Snapshot>> Driver::look_at_all() {
  const Watch watched = watch_;
  watch_ = {.distributions = true, .gradients = true, .experts = true, .input = 0, .logit_plane = true, .embedding_plane = true, .embeddings = true};
  auto looked = caught("the look at the model", [&] { return look(); });
  watch_ = watched;
  return looked;
}

Result<std::shared_ptr<const Snapshot>> Driver::look_at_model() {
  const CpuSpan span(cost_.streaming), looking(cost_.looking);
  Result<Snapshot> probed = trainer_.probe(watch_);
  if (!probed) return probed.error();
  for (std::size_t l = 0; l < probed->layers.size(); ++l)
    if (const GateGradients& gradient = probed->layers[l].gradient; !gradient.empty())
      health_.take_task_gradient(static_cast<std::int32_t>(l), gradient.task_norm_all);
  return std::shared_ptr<const Snapshot>(std::make_shared<Snapshot>(std::move(*probed)));
}

Result<std::optional<RunEvent>> Driver::apply(const Config& config, std::uint64_t revision) {
  RunEvent change = event(EventKind::set);
  const Config before = trainer_.config();
  std::optional<Ended> ended;
  const bool ends = change_cost(before, config) == KnobCost::rebuild, resizes = config.experts != before.experts;
  if ((ends || resizes) && switchyard::validate(config).empty()) {
    auto kept = keep_model(ends ? "before a rebuild" : "before surgery", ends ? Keeps::weights : Keeps::shape);
    if (!kept) return kept.error();
    ended = std::move(*kept);
    drop_shadow("its memory was wanted");
  }
  const Result<void> applied = trainer_.apply(config, revision);
  if (!applied) return applied.error();
  revision_ = revision;
  if (config.aux_coef > before.aux_coef || config.bias_rate > before.bias_rate) balanced_at_ = trainer_.step();
  else if (config.aux_coef < before.aux_coef || config.bias_rate < before.bias_rate) balanced_at_ = -1;
  for (const Knob* knob : changed_knobs(before, config))
    change.changes.push_back({std::string(knob->key), shared_text(*knob, before), shared_text(*knob, config)});
  if (!change.changes.empty())
    operations_.disturb(change.changes.front().key + " = " + change.changes.front().after, trainer_.step());
  if (!operations_.has_shadow()) shadow_.reset();
  const bool rebuilt = trainer_.model_id() != change.model_id;
  if (change.changes.empty() && !rebuilt) return std::optional<RunEvent>();
  if (rebuilt) change.kind = EventKind::rebuild, ended_ = std::move(ended);
  tell([&](Observer& o) { o.on_event(change); });
  if (rebuilt) start();
  else if (resizes) begin_costs();
  return std::optional<RunEvent>(std::move(change));
}

Result<Driver::Operated> Driver::operate(Operation operation, std::uint64_t revision, bool against_shadow) {
  // What is refused leaves nothing behind.
  if (const auto left = settings_after(operation, trainer_.config()); !left) return left.error();
  if (operation.kind == OperationKind::transplant)
    if (auto read = read_donor(operation); !read) return read.error();
  RunEvent change = event(EventKind::operate);
  const std::string line = change.message = text_of(operation);
  const Config before = trainer_.config();
  auto kept =
      keep_model("before an operation", Keeps::model, free_name("before " + line.substr(0, line.find(" from "))));
  if (!kept) return kept.error();
  std::optional<ShadowFork> shadow;
  if (against_shadow && routes_.follows()) {
    say({true, fmt::format("No copy learns on without {}: it would choose its own routes, and recorded ones are "
                           "followed here",
                           line)});
  } else if (against_shadow) {
    drop_shadow(line);
    auto made = make_shadow_ ? caught("the shadow", [&] { return make_shadow_(trainer_); })
                             : Result<ShadowFork>(usage_error("no model is made beside this one"));
    if (made) shadow.emplace(std::move(*made));
    else say({true, fmt::format("No copy learns on without {}: {}", line, made.error().message)});
  }
  auto done = trainer_.operate(operation, revision);
  if (!done) {
    if (*kept && !(*kept)->file.empty()) {
      std::error_code code;
      std::filesystem::remove((*kept)->file, code);
    }
    return done.error();
  }
  revision_ = revision;
  ended_ = std::move(*kept);
  for (const Knob* knob : changed_knobs(before, trainer_.config()))
    change.changes.push_back(
        {std::string(knob->key), shared_text(*knob, before), shared_text(*knob, trainer_.config())});
  tell([&](Observer& o) { o.on_event(change); });
  operations_.begin(line, trainer_.step(), shadow.has_value());
  const bool shadowed = shadow.has_value();
  shadow_ = std::move(shadow);
  begin_costs();
  return Operated{std::move(change), std::move(*done), shadowed};
}

Result<RunEvent> Driver::reset() {
  const RunEvent change = event(EventKind::reset);
  auto ended = keep_model("before a reset", Keeps::weights);
  if (!ended) return ended.error();
  drop_shadow("reset");
  const Result<void> done = trainer_.reset();
  if (!done) return done.error();
  ended_ = std::move(*ended);
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
  RunEvent exported = event(EventKind::weights);
  exported.step = trainer_.step();
  exported.message = "model.safetensors";  // in the record's own folder, which it need not name
  exported.took_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  tell([&](Observer& o) { o.on_event(exported); });
  return Exported{std::move(exported), std::move(*folder)};
}

}  // namespace switchyard
