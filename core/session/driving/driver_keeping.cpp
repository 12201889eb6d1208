// Models that are kept, and those that come back.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/config/knobs.h"
#include "core/record/checkpoint/checkpoint_file.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/reading/kept_changes.h"
#include "core/record/reading/stored_run.h"
#include "core/session/driving/driver.h"

namespace switchyard {

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

Result<std::optional<Driver::Ended>> Driver::keep_model(const char* why, Keeps keeps_what, std::string name) {
  // At step 0 the seed makes it again; but not what an operation is done to, which may have come from a file.
  if (trainer_.step() == 0 && keeps_what != Keeps::model) return std::optional<Ended>();
  const auto stays = [&](const Error& error) {
    return failure(fmt::format("The model of step {} stays, for it cannot be kept: {}. A new one can take its place once it can",
                               trainer_.step(), error.message));
  };
  // Before the checkpoint, which says how far the run's files reached.
  if (observer_ && keeps_what == Keeps::weights && !observer_->holds_weights(trainer_)) {
    auto written = export_weights();
    if (!written) return stays(written.error());
    std::string where = fmt::format("The weights of step {} are in {}", written->event.step, written->folder);
    say({false, std::move(where), std::move(written->event), true});
  }
  Ended ended{{run_, trainer_.step()}, trainer_.config(), {}, nullptr, routes_.follows()};
  if (!keeps()) {
    if (keeps_what == Keeps::shape) return std::optional<Ended>();
    auto copy = std::make_shared<Checkpoint>();
    if (auto saved = trainer_.save(copy->trainer); !saved) return stays(saved.error());
    copy->health = health_.memory();
    copy->label.run = run_;
    copy->label.step = trainer_.step();
    copy->label.val_loss = last_val_loss_;
    ended.unwritten = std::move(copy);
  } else {
    auto kept = keeper_->keep(trainer_.config(), std::move(name), why, keeps_what != Keeps::shape);
    if (!kept) return stays(kept.error());
    ended.file = kept->file;
  }
  return std::optional<Ended>(std::move(ended));
}

std::string Driver::free_name(const std::string& name) const {
  if (!keeps()) return name;
  const auto kept = CheckpointStore(observer_->place()).list().checkpoints;
  const auto is_taken = [&](const std::string& wanted) {
    return std::any_of(kept.begin(), kept.end(), [&](const CheckpointHeader& one) {
      return one.label.step == trainer_.step() && one.label.name == wanted;
    });
  };
  std::string free = name;
  for (int number = 2; is_taken(free); ++number) free = fmt::format("{} {}", name, number);
  return free;
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
  auto done = bring_back_from(model);
  // A child's record is a new one.
  if (done && model.followed && run_ == model.point.run) say_router_chooses();
  return done;
}

Result<RunEvent> Driver::bring_back_from(const Ended& model) {
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
  // What was learned or done since stays, with its record.
  return model.point.run == run_ ? go_on_from(*read, {}, As::child) : go_on_from(*read, folder, As::same_run);
}

Result<RunEvent> Driver::go_on(const RunToGoOn& run, std::uint64_t revision) {
  struct Leaves {
    explicit Leaves(bool& flag) : on(flag) { on = true; }
    ~Leaves() { on = false; }
    bool& on;
  } leaves(leaves_routes_);
  return go_on_with(run, revision);
}

Result<RunEvent> Driver::go_on_with(const RunToGoOn& run, std::uint64_t revision) {
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
  auto ended = keep_model("before going back", Keeps::weights);
  if (!ended) return ended.error();
  drop_shadow("going back");
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
