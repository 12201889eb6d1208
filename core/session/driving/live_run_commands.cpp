// What a LiveRun does with each command.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "core/base/file_name.h"
#include "core/config/knobs.h"
#include "core/operate/remodel.h"
#include "core/record/reading/kept_changes.h"
#include "core/session/driving/live_run.h"

namespace switchyard {
namespace {

constexpr std::size_t kMostUnwritten = 3;         // ended models of runs that nobody records

}  // namespace

void LiveRun::take(const SetConfig& command) {
  revision_ = command.revision;
  if (!driver_) {
    config_ = command.config;
    status_.config = std::make_shared<Config>(config_);
    must_load_ = true;
    return;
  }
  end_inspection("the configuration was changed");
  auto applied = driver_->apply(command.config, command.revision);
  tell_of_recording();
  if (!applied) {
    publish(Notice{Notice::Level::error, applied.error().message, command.revision});
    return publish_status();
  }
  if (note_ended(command.first_revision > 0 ? command.first_revision : command.revision, command.revision)) say_ended();
  const bool rebuilt = *applied && (*applied)->kind == EventKind::rebuild;
  if (*applied) publish(std::move(**applied));
  if (rebuilt) return after_new_model();
  const bool resized = status_.config && status_.config->experts != trainer_->config().experts;
  status_.config = std::make_shared<Config>(trainer_->config());
  publish_status();
  if (state_ != RunState::playing || resized) show_model();
}

void LiveRun::take(const Operate& command) {
  revision_ = std::max(revision_, command.revision);
  const auto refuse = [&](const std::string& why) {
    publish(Notice{Notice::Level::error, why, command.revision});
    publish_status();
  };
  if (!driver_) return refuse("there is no model yet to operate on");
  end_inspection("experts were changed");
  if (remodels(command.operation)) end_generation();
  auto done = driver_->operate(command.operation, command.revision, command.against_shadow);
  tell_of_recording();
  if (!done) return refuse(done.error().message);
  const bool can_be_undone = note_ended(command.revision, command.revision);
  exact_.insert(command.revision);
  publish(Notice{
      Notice::Level::info,
      fmt::format("Before step {}: {}.{}{}", done->event.step, done->done,
                  done->shadowed ? fmt::format(" A copy that it was not done to learns beside it until step {}.",
                                               trainer_->step() + kOperationSteps)
                                 : "",
                  can_be_undone ? " Ctrl+Z goes back to the model before that" : ""),
      0});
  publish(std::move(done->event));
  status_.config = std::make_shared<Config>(trainer_->config());
  publish_status();
  show_model();
}

void LiveRun::take(const Play&) {
  steps_left_.reset();
  if (!driver_) {
    must_load_ = true;
    options_.playing = true;
    return;
  }
  set_state(RunState::playing);
}

void LiveRun::take(const Pause&) {
  steps_left_.reset();
  if (state_ == RunState::playing) set_state(RunState::paused);
}

void LiveRun::take(const StepSome& command) {
  if (!driver_ || command.steps <= 0) return;
  // Pressed again before it was done: that many more.
  steps_left_ = steps_left_.value_or(0) + command.steps;
  set_state(RunState::playing);
}

void LiveRun::take(const ResetModel& command) {
  revision_ = std::max(revision_, command.revision);
  if (!driver_) {
    must_load_ = true;
    return;
  }
  auto done = driver_->reset();
  tell_of_recording();
  if (!done) return publish(Notice{Notice::Level::error, done.error().message, command.revision});
  if (note_ended(command.revision, command.revision)) say_ended();
  publish(std::move(*done));
  after_new_model();
}

void LiveRun::say_ended() {
  publish(Notice{Notice::Level::info,
                 fmt::format("A new model. Ctrl+Z brings back the one of step {}, as it was.", ended_.back().model.point.step), 0});
}

// The model that a command ended, by its number; of one whose number was merged into a later one too.
const Driver::Ended* LiveRun::ended_by(std::uint64_t revision) const {
  for (auto ended = ended_.rbegin(); ended != ended_.rend(); ++ended)
    if (revision >= ended->first && revision <= ended->last) return &ended->model;
  return nullptr;
}

bool LiveRun::note_ended(std::uint64_t first, std::uint64_t last) {
  auto model = driver_->take_ended();
  if (!model) return false;
  ended_.push_back({first, last, std::move(*model)});
  if (ended_.size() > Keeper::kPins) ended_.pop_front();
  // What nobody records lies in memory.
  std::size_t unwritten = 0;
  for (auto ended = ended_.rbegin(); ended != ended_.rend(); ++ended)
    if (ended->model.unwritten && ++unwritten > kMostUnwritten) ended->model.unwritten = nullptr;
  return true;
}

void LiveRun::take(const BringBack& command) {
  const Driver::Ended* found = driver_ ? ended_by(command.ended_by) : nullptr;
  const bool is_exact = exact_.contains(command.ended_by);
  if (!found || (!found->unwritten && found->file.empty())) {
    if (!is_exact) return take(SetConfig{command.config, command.revision, 0});
    // No setting makes an expert what it was.
    revision_ = command.revision;
    publish(Notice{Notice::Level::error,
                   "The model before that operation is not kept any more: the one of now stays",
                   command.revision});
    return publish_status();
  }
  if (is_exact) exact_.insert(command.revision);
  const Driver::Ended model = *found;
  // Of another shape: a model of the wanted configuration was never there.
  if (change_cost(model.config, command.config) == KnobCost::rebuild)
    return take(SetConfig{command.config, command.revision, 0});
  end_inspection("the model is gone");
  auto done = driver_->bring_back(model);
  tell_of_recording();
  revision_ = command.revision;
  if (!done) {
    publish(Notice{Notice::Level::error, done.error().message, command.revision});
    return publish_status();
  }
  note_ended(command.revision, command.revision);
  publish(std::move(*done));
  after_new_model();
  publish(Notice{Notice::Level::info,
                 fmt::format("Back at step {}, as it was. Ctrl+Shift+Z returns to the other model.", model.point.step), 0});
  // What differs without a new model is set; an edit of several knobs may have been one of many. Where the file
  // lies that it learns from by now is no difference.
  Config wanted = command.config;
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters})
    if (std::string Config::*const file = data_knob(task).file; wanted.*file == model.config.*file)
      wanted.*file = trainer_->config().*file;
  if (trainer_->config() != wanted) take(SetConfig{wanted, command.revision, 0});
}

void LiveRun::take(const GoOn& command) {
  const auto refuse = [&](const Error& error) {
    publish(Notice{Notice::Level::error, error.message, command.revision});
    publish_status();
  };
  revision_ = std::max(revision_, command.revision);
  auto run = find_run_to_go_on(command.where);
  if (!run) return refuse(run.error());
  if (command.as_child) *run = as_child(std::move(*run));
  if (!driver_) {
    options_.go_on = std::make_shared<const RunToGoOn>(std::move(*run));
    must_load_ = true;
    return;
  }
  end_inspection("the model is gone");
  auto done = driver_->go_on(*run, command.revision);
  tell_of_recording();
  if (!done) return refuse(done.error());
  note_ended(command.revision, command.revision);
  publish(std::move(*done));
  for (const std::string& note : run->notes) publish(Notice{Notice::Level::warning, note, 0});
  if (run->checkpoint && !run->folder.empty()) show_past(*run);
  else after_new_model();
  if (run->parent) say_where_it_goes_on(*run);
}

void LiveRun::take(const Keep& command) {
  if (!driver_) return;
  auto kept = driver_->keep(command.name);
  tell_of_recording();
  if (!kept) return publish(Notice{Notice::Level::error, "This model is not kept: " + kept.error().message, 0});
  publish(Notice{Notice::Level::info,
                 fmt::format("Kept step {} as {}: {}", kept->event.step, command.name, kept->file.native()), 0});
  publish(std::move(kept->event));
  publish_status();  // what is kept is more by now
}

void LiveRun::take(const ChangeKept& command) {
  const KeptChange& change = command.change;
  const auto is_it = [&](const std::filesystem::path& file) {
    std::error_code code;
    return !file.empty() && std::filesystem::equivalent(file, change.where, code) && !code;
  };
  if (change.kind == KeptChange::Kind::remove)
    for (const Ended& ended : ended_)
      if (is_it(ended.model.file)) {
        KeptChanged refused{.change = change};
        refused.refused =
            fmt::format("Ctrl+Z needs it: it brings back the model of step {}", ended.model.point.step);
        return publish(std::move(refused));
      }
  std::vector<std::filesystem::path*> renamed;
  if (change.kind == KeptChange::Kind::name)
    for (Ended& ended : ended_)
      if (is_it(ended.model.file)) renamed.push_back(&ended.model.file);
  KeptChanged changed = driver_ ? driver_->change_kept(change) : change_kept(change);
  if (changed.refused.empty())
    for (std::filesystem::path* file : renamed) *file = changed.place;
  publish(std::move(changed));
  if (state_ != RunState::failed || !driver_) return;
  tell_where_it_was_sane();
  publish_status();
}

void LiveRun::take(const Generate& command) {
  end_generation();
  if (command.tokens <= 0) return;
  if (!driver_) {
    publish(Notice{Notice::Level::warning, "There is no model yet to continue a text", 0});
    return publish(GenerationChunk{command.id, {}, true});
  }
  const auto started = trainer_->start_generation(command.prompt, command.temperature, command.top_k, command.id);
  if (!started) {
    publish(Notice{Notice::Level::error, started.error().message, 0});
    return publish(GenerationChunk{command.id, {}, true});
  }
  generation_ = Generation{command.id, command.tokens};
}

void LiveRun::take(const Watch& command) {
  watch_ = command;
  if (driver_ && driver_->watch(command)) show_model();
}

void LiveRun::take(const Inspect& command) {
  inspection_.reset();  // the newer one wins
  Inspection refused;
  refused.id = command.id;
  refused.layer = command.layer;
  refused.token = command.token;
  refused.done = true;
  refused.no_regret = "there is no model yet";
  if (driver_) {
    auto begun = trainer_->inspect(command.layer, command.token);
    if (begun) {
      begun->id = command.id;
      if (!begun->done) inspection_ = *begun;
      return publish(std::shared_ptr<const Inspection>(std::make_shared<Inspection>(std::move(*begun))));
    }
    refused.no_regret = begun.error().message;
  }
  publish(std::shared_ptr<const Inspection>(std::make_shared<Inspection>(std::move(refused))));
}

void LiveRun::take(const ExportWeights&) {
  if (!driver_ || !driver_->observed())
    return publish(
        Notice{Notice::Level::warning, "This run is not recorded: there is no folder for its weights", 0});
  auto exported = driver_->export_weights();
  tell_of_recording();
  if (!exported)
    return publish(Notice{Notice::Level::error, "The weights are not written: " + exported.error().message, 0});
  publish(Notice{Notice::Level::info, "Weights written to " + exported->folder, 0, exported->folder});
  publish(std::move(exported->event));
}

void LiveRun::take(const RecordRoutes& command) {
  if (!driver_)
    return publish(Notice{Notice::Level::warning, "There is no model yet whose routes could be recorded", 0});
  const auto done = driver_->record_routes(path_of_text(command.folder));
  tell_of_recording();
  if (!done) publish(Notice{Notice::Level::error, "Routes are not recorded: " + done.error().message, 0});
  publish_status();
}

void LiveRun::take(const FollowRoutes& command) {
  if (!driver_)
    return publish(Notice{Notice::Level::warning, "There is no model yet that could follow routes", 0});
  const auto done = driver_->follow_routes(path_of_text(command.folder));
  tell_of_recording();
  if (!done)
    publish(Notice{
        Notice::Level::error,
        fmt::format("These routes are not followed, the run goes on as it did: {}", done.error().message), 0});
  publish_status();
}

void LiveRun::take(const Stop&) { stopping_ = true; }

}  // namespace switchyard
