#include "core/session/driver.h"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <string>
#include <utility>

#include "core/base/caught.h"
#include "core/config/knobs.h"
#include "core/record/checkpoint/checkpoint_file.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/reading/kept_changes.h"
#include "core/record/reading/stored_run.h"
#include "core/session/remedies.h"

namespace switchyard {

Driver::Driver(Trainer& trainer, Observer* observer, std::function<bool()> want_snapshot)
    : trainer_(trainer), observer_(observer), want_snapshot_(std::move(want_snapshot)) {
  if (observer_) keeper_.emplace([this](Checkpoint& into) { return fill(into); });
}

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
  if (!is_child) return;
  parent_ = RunPoint{from->label.run, from->trainer.step};
  // So that it can be gone on with however soon it ends, and whatever becomes of the other.
  if (keeps())
    if (auto kept = keeper_->keep(trainer_.config(), {}, "at its beginning", true); !kept)
      say({true, "This run is not kept yet: " + kept.error().message});
}

void Driver::finish() {
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

Result<void> Driver::make_due_edits() {
  const std::int64_t step = trainer_.step() + 1;
  while (const Replay::Edit* edit = replay_->due(step)) {
    const auto config = replay_->edited(*edit, trainer_.config());
    auto applied = config ? apply(*config, revision_) : config.error();
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
  if (!advanced) {
    raise_alert(advanced.error());
    return advanced.error();
  }
  Slice slice;
  slice.record = std::move(*advanced);
  if (!slice.record) return slice;
  wall_s_ = slice.record->wall_s;
  if (slice.record->step == validate_at_) validate(*slice.record);
  if (!std::isnan(slice.record->val_loss)) last_val_loss_ = slice.record->val_loss;
  tell([&](Observer& o) { o.on_step(*slice.record); });
  slice.health = watch_health(*slice.record);
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
    auto kept = keep_model(ends ? "before a rebuild" : "before surgery", ends);
    if (!kept) return kept.error();
    ended = std::move(*kept);
  }
  const Result<void> applied = trainer_.apply(config, revision);
  if (!applied) return applied.error();
  revision_ = revision;
  if (config.aux_coef > before.aux_coef || config.bias_rate > before.bias_rate) balanced_at_ = trainer_.step();
  else if (config.aux_coef < before.aux_coef || config.bias_rate < before.bias_rate) balanced_at_ = -1;
  for (const Knob* knob : changed_knobs(before, config))
    change.changes.push_back({std::string(knob->key), shared_text(*knob, before), shared_text(*knob, config)});
  const bool rebuilt = trainer_.model_id() != change.model_id;
  if (change.changes.empty() && !rebuilt) return std::optional<RunEvent>();
  if (rebuilt) change.kind = EventKind::rebuild, ended_ = std::move(ended);
  tell([&](Observer& o) { o.on_event(change); });
  if (rebuilt) start();
  else if (resizes) begin_costs();
  return std::optional<RunEvent>(std::move(change));
}

Result<RunEvent> Driver::reset() {
  const RunEvent change = event(EventKind::reset);
  auto ended = keep_model("before a reset", true);
  if (!ended) return ended.error();
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

// --- keeping

Result<std::filesystem::path> Driver::fill(Checkpoint& into) {
  Result<std::filesystem::path> folder = failure("this run is not recorded");
  tell([&](Observer& o) {
    into.recording = o.recording_state();
    folder = std::filesystem::path(o.place());
  });
  if (!folder) return folder;
  if (auto saved = trainer_.save(into.trainer); !saved) return saved.error();
  into.health = health_.memory();
  into.label.run = run_;
  into.label.val_loss = last_val_loss_;
  return folder;
}

Result<std::optional<Driver::Ended>> Driver::keep_model(const char* why, bool ends) {
  if (trainer_.step() == 0) return std::optional<Ended>();
  const auto stays = [&](const Error& error) {
    return failure(fmt::format("The model of step {} stays, for it cannot be kept: {}. A new one can take its place once it can",
                               trainer_.step(), error.message));
  };
  // Before the checkpoint, which says how far the run's files reached.
  if (observer_ && ends && !observer_->holds_weights(trainer_)) {
    auto written = export_weights();
    if (!written) return stays(written.error());
    std::string where = fmt::format("The weights of step {} are in {}", written->event.step, written->folder);
    say({false, std::move(where), std::move(written->event), true});
  }
  Ended ended{{run_, trainer_.step()}, trainer_.config(), {}, nullptr};
  if (!keeps()) {
    // Surgery can be undone without it.
    if (!ends) return std::optional<Ended>();
    auto copy = std::make_shared<Checkpoint>();
    if (auto saved = trainer_.save(copy->trainer); !saved) return stays(saved.error());
    copy->health = health_.memory();
    copy->label.run = run_;
    copy->label.step = trainer_.step();
    copy->label.val_loss = last_val_loss_;
    ended.unwritten = std::move(copy);
  } else {
    auto kept = keeper_->keep(trainer_.config(), {}, why, ends);
    if (!kept) return stays(kept.error());
    ended.file = kept->file;
  }
  return std::optional<Ended>(std::move(ended));
}

Result<Driver::Kept> Driver::keep(const std::string& name) {
  if (!keeps()) return failure("this run is not recorded: there is no folder to keep it in");
  auto kept = keeper_->keep(trainer_.config(), name, "by name", false);
  if (!kept) return kept.error();
  RunEvent event = this->event(EventKind::keep);
  event.step = trainer_.step();
  event.message = name;
  tell([&](Observer& o) { o.on_event(event); });
  return Kept{std::move(event), kept->file};
}

KeptChanged Driver::change_kept(const KeptChange& change) {
  // What is being written or thinned is not changed under that hand.
  if (keeper_) keeper_->finish_write();
  return switchyard::change_kept(
      change, [this](const std::filesystem::path& folder) { return observer_ && observer_->holds(folder); });
}

std::optional<CheckpointHeader> Driver::sane_checkpoint() const {
  if (!keeps()) return std::nullopt;
  const auto kept = CheckpointStore(observer_->place()).list().checkpoints;
  double best = kMissing;
  for (const CheckpointHeader& one : kept)
    if (std::isfinite(one.label.val_loss) && !(one.label.val_loss >= best)) best = one.label.val_loss;
  for (auto one = kept.rbegin(); one != kept.rend(); ++one)
    if (std::isfinite(one->label.val_loss) && one->label.val_loss <= best + kSane * std::abs(best)) return *one;
  return std::nullopt;
}

void Driver::keep_last() {
  if (!keeps() || trainer_.step() == 0) return;
  if (auto kept = keeper_->keep(trainer_.config(), {}, "at the end", false); !kept)
    say({true, fmt::format("Step {} is not kept, so the run can go on from an earlier one alone: {}", trainer_.step(), kept.error().message)});
}

Result<RunEvent> Driver::bring_back(const Ended& model) {
  if (model.unwritten) return go_on_from(*model.unwritten, {}, As::same_run);
  auto read = read_checkpoint(model.file);
  if (!read) return read.error();
  // Of files a checkpoint has the names alone.
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters})
    read->trainer.config.*data_knob(task).file = model.config.*data_knob(task).file;
  const std::filesystem::path folder = model.file.parent_path().parent_path();
  // What lies there by now may be another. The one in memory needs no finding.
  const auto source = recorded_source(folder);
  const bool is_here =
      read->trainer.config.task == trainer_.config().task && source == trainer_.data().text.source;
  if (source && !is_here) {
    std::vector<std::string> notes;
    if (auto found = find_data(folder, read->trainer.config, notes); !found) return found.error();
    for (std::string& note : notes) say({false, std::move(note)});
  } else if (source) {
    std::string Config::*const file = data_knob(trainer_.config().task).file;
    read->trainer.config.*file = trainer_.config().*file;
  }
  return go_on_from(*read, folder, As::same_run);
}

Result<RunEvent> Driver::go_on(const RunToGoOn& run, std::uint64_t revision) {
  if (run.checkpoint) return go_on_from(*run.checkpoint, run.folder, run.parent ? As::child : As::same_run);
  const auto stored = StoredRun::open(run.file);
  if (!stored) return stored.error();
  const auto weights = stored->weights();
  if (!weights) return weights.error();
  Config config = stored->config();
  std::vector<std::string> notes;
  if (auto found = find_data(run.file.parent_path(), config, notes, run.data); !found) return found.error();
  for (std::string& note : notes) say({false, std::move(note)});
  // A model of that shape first, or the same one afresh.
  const bool other = change_cost(trainer_.config(), config) == KnobCost::rebuild;
  std::optional<RunEvent> change;
  if (other || trainer_.config() != config) {
    auto applied = apply(config, revision);
    if (!applied) return applied.error();
    change = std::move(*applied);
  }
  if (!other) {
    auto done = reset();
    if (!done) return done;
    change = std::move(*done);
  }
  if (auto loaded = trainer_.load_weights(*weights); !loaded) return loaded.error();
  return *change;
}

Result<RunEvent> Driver::go_on_from(const Checkpoint& from, const std::filesystem::path& folder, As as) {
  RunEvent change = event(EventKind::go_back);
  const RunPoint point{from.label.run, from.trainer.step};
  change.message = fmt::format("to step {} of run {}", point.step, point.run);
  auto ended = keep_model("before going back", true);
  if (!ended) return ended.error();
  const Result<void> restored = trainer_.restore(from.trainer);
  if (!restored) return restored.error();
  ended_ = std::move(*ended);
  tell([&](Observer& o) { o.on_event(change); });
  if (observer_ && !folder.empty()) {
    Result<void> goes_on = failure("recording failed");
    tell([&](Observer& o) { goes_on = o.go_on(point, from.recording, folder); });
    // What was learned is worth more than where it is written.
    if (!goes_on) {
      say({true, "The run goes on as a child of its own: " + goes_on.error().message});
      as = As::child;
    }
  }
  start(&from, as);
  return change;
}

}  // namespace switchyard
