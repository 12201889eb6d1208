#include "core/session/driving/live_run.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/config/knobs.h"
#include "core/operate/remodel.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/run_reading.h"
#include "core/train/interface/allocator.h"
#include "core/train/interface/resume.h"

namespace switchyard {
LiveRun::LiveRun(Link& link, Config config, MakeTrainer make_trainer, LiveRunOptions options)
    : link_(link),
      config_(std::move(config)),
      make_trainer_(std::move(make_trainer)),
      options_(std::move(options)) {
  if (options_.go_on_where.empty()) status_.config = std::make_shared<Config>(config_);
  link_.set_wake(options_.wake);
  guarded([&] { publish_status(); });
}

template <class Call>
void LiveRun::guarded(Call call) {
  const Result<void> done = caught("the trainer threw", [&]() -> Result<void> {
    call();
    return {};
  });
  if (done) return;
  // Without the memory to say what has failed there is still a model to save.
  (void)caught("", [&]() -> Result<void> {
    fail(done.error().message);
    return {};
  });
}

bool LiveRun::obey() {
  guarded([&] {
    double unused = 0;
    const CpuSpan span(driver_ ? driver_->cost().streaming : unused);
    for (Command& command : link_.take_commands()) enqueue(commands_, std::move(command));
  });
  if (stopping_ || (commands_.empty() && !must_load_)) return false;
  guarded([&] { take_next(); });
  return true;
}

void LiveRun::take_next() {
  if (!commands_.empty() && std::holds_alternative<Stop>(commands_.front())) return take(Stop{});
  if (must_load_) return load();
  const Command command = std::move(commands_.front());
  commands_.pop_front();
  std::visit([this](const auto& c) { take(c); }, command);
}

bool LiveRun::train() {
  bool completed = false;
  guarded([&] { completed = train_slice(); });
  return completed;
}

bool LiveRun::serve() {
  if (can_train() || (!generation_ && !inspection_)) return false;
  guarded([&] {
    if (generation_) generate();
    if (inspection_) inspect();
  });
  return true;
}

bool LiveRun::tend() {
  bool behind = false;
  guarded([&] {
    behind = driver_ && driver_->tend_recording();
    tell_of_recording();
  });
  return behind;
}

void LiveRun::finish() {
  const Result<void> done = caught("the trainer threw", [&]() -> Result<void> {
    save_all();
    return {};
  });
  if (!done && status_.saved_in.empty()) status_.not_saved = done.error().message;
  driver_.reset();
  observer_.reset();
  trainer_.reset();
  // Nobody may wait for a run that is gone, whatever its last words cost.
  if (!caught("", [&]() -> Result<void> {
        set_state(RunState::stopped, message_);
        return {};
      }))
    link_.publish_end(std::move(status_.not_saved));
}

void LiveRun::load() {
  must_load_ = false;
  set_state(RunState::loading);
  if (!options_.go_on && !options_.go_on_where.empty()) {
    auto found = find_run_to_go_on(options_.go_on_where);
    if (!found) return fail(found.error().message);
    if (options_.go_on_as_child) *found = as_child(std::move(*found));
    if (found->checkpoint) config_ = options_.child_config.value_or(found->checkpoint->trainer.config);
    options_.go_on = std::make_shared<const RunToGoOn>(std::move(*found));
    options_.go_on_where.clear();
  }
  const std::shared_ptr<const RunToGoOn> run = options_.go_on;
  auto made = run ? make_trainer_of(*run, make_trainer_, options_.make_trainer_from) : make_trainer_(config_);
  if (!made) return fail(made.error().message);
  trainer_ = std::move(*made);
  if (options_.first_model_id > 0) trainer_->number_models_from(options_.first_model_id);
  const std::shared_ptr<const Checkpoint> from = run ? run->checkpoint : nullptr;
  // A child has its own settings before its folder is begun, which says what it tried. What is refused is told
  // below.
  if (from && run->folder.empty() && config_ != trainer_->config() &&
      change_cost(trainer_->config(), config_) != KnobCost::rebuild)
    (void)trainer_->apply(config_, std::max(revision_, from->trainer.revision));
  if (options_.make_observer) {
    auto observer = caught("the run folder", [&]() -> Result<std::unique_ptr<Observer>> {
      if (!from || run->folder.empty()) return options_.make_observer(*trainer_);
      auto folder = RunFolder::resume(run->folder, *from);
      if (!folder) return folder.error();
      return std::unique_ptr<Observer>(std::move(*folder));
    });
    if (observer) observer_ = std::move(*observer);
    // A run that another process holds is not gone on with a second time.
    else if (from && !run->folder.empty()) return trainer_.reset(), fail(observer.error().message);
    else
      publish(Notice{Notice::Level::error, not_recorded_ = "This run is not recorded: " + observer.error().message,
                     0});
  }
  options_.go_on = nullptr;  // a large model's state is not held twice
  driver_.emplace(*trainer_, observer_.get(), [this] { return link_.snapshot_was_seen(); });
  driver_->shadow_by(
      [this](const Trainer& of) { return ShadowFork::of(of, make_trainer_, options_.make_trainer_from); },
      options_.shadows_replay);
  driver_->start(from.get(), run && run->parent ? Driver::As::child : Driver::As::same_run);
  driver_->watch(watch_);
  if (const auto replay = std::exchange(options_.replay, nullptr)) driver_->replay(*replay);
  status_.engine = trainer_->info();
  state_ = options_.playing ? RunState::playing : RunState::paused;
  if (!run) return after_new_model();
  for (const std::string& note : run->notes) publish(Notice{Notice::Level::warning, note, 0});
  if (!from) return after_new_model();
  revision_ = std::max(revision_, from->trainer.revision);
  if (!run->folder.empty()) return show_past(*run);
  after_new_model();
  say_where_it_goes_on(*run);
  // A child may begin with other settings.
  if (config_ != trainer_->config()) take(SetConfig{config_, revision_, 0});
}

void LiveRun::show_past(const RunToGoOn& run) {
  auto past = read_past(run.folder, trainer_->model_id(), kMostPastRecords, &run.checkpoint->recording);
  const bool followed = past && follows_at_end(past->events);
  after_new_model(past ? std::make_shared<const RunPast>(std::move(*past)) : nullptr);
  say_where_it_goes_on(run);
  if (!followed || !driver_->routes().followed.empty()) return;
  driver_->say_router_chooses();
  tell_of_recording();
  publish(Notice{Notice::Level::warning,
                 "This run followed recorded routes when it was kept; now its router chooses. Replay routes… "
                 "follows them on",
                 0});
}

void LiveRun::say_where_it_goes_on(const RunToGoOn& run) {
  std::string text = run.parent ? fmt::format("A new run from step {} of {}", run.parent->step, run.parent->run)
                                : fmt::format("Goes on at step {} of {}", trainer_->step(), name_of_file(run.folder.native()));
  if (const std::string difference = resume_difference(run.checkpoint->trainer.engine, trainer_->info()); !difference.empty())
    text += ": " + difference;
  publish(Notice{Notice::Level::info, std::move(text), 0});
}

bool LiveRun::train_slice() {
  Result<Driver::Slice> slice = driver_->advance();
  tell_of_replayed();
  tell_of_recording();
  if (auto alert = driver_->take_alert()) {
    if (slice) publish(Notice{Notice::Level::warning, "The probe failed: " + alert->message, 0});
    publish(std::move(*alert));
  }
  if (!slice) return fail(slice.error().message), false;
  if (!slice->record) return false;
  if (steps_left_ && --*steps_left_ <= 0) {
    steps_left_.reset();
    state_ = RunState::paused;
  }
  publish(std::move(*slice->record));
  const bool shown = slice->snapshot != nullptr;
  if (shown) publish(std::move(slice->snapshot));
  for (RunEvent& event : slice->health) publish(std::move(event));
  for (RunEvent& event : slice->verdicts) {
    publish(Notice{Notice::Level::info, event.message, 0});
    publish(std::move(event));
  }
  publish_status();
  if (!shown && state_ == RunState::paused) show_model();  // the window rests on the step it asked for
  if (generation_) generate();
  if (inspection_) inspect();
  return true;
}

// --- state

void LiveRun::after_new_model(std::shared_ptr<const RunPast> past) {
  return_unused_memory();  // the next model may be a smaller one
  end_inspection("the model is gone");
  end_generation();  // its text belongs to the model that is gone
  if (state_ == RunState::failed) state_ = RunState::paused;
  message_.clear();
  const DataInfo& data = trainer_->data();
  status_.config = std::make_shared<Config>(trainer_->config());
  status_.corpus_name = data.name;
  status_.vocabulary = static_cast<std::int32_t>(data.outputs.size());
  status_.dims = data.dims;
  status_.bigram_loss = data.bigram_loss;
  status_.largest_share = data.largest_share;
  status_.text = data.text;
  publish(RunBegin{driver_->run(), trainer_->model_id(), trainer_->step(), std::move(past), driver_->parent()});
  publish_status();
  if (const std::string note = unknown_note(data.text); !note.empty())
    publish(Notice{Notice::Level::warning, note, 0});
  if (!data.note.empty()) publish(Notice{Notice::Level::info, fmt::format("{}: {}", data.name, data.note), 0});
  tell_of_recording();
  show_model();
}

void LiveRun::show_model() {
  auto looked = driver_->look();
  if (looked) publish(std::move(*looked));
  else publish(Notice{Notice::Level::warning, "The probe failed: " + looked.error().message, 0});
}

void LiveRun::fail(std::string message) {
  end_inspection("the trainer has failed");
  end_generation();
  steps_left_.reset();
  tell_where_it_was_sane();
  set_state(RunState::failed, std::move(message));
}

void LiveRun::tell_where_it_was_sane() {
  const auto sane = driver_ ? driver_->sane_checkpoint() : std::nullopt;
  status_.sane_checkpoint = sane ? sane->file.native() : std::string();
  status_.sane_step = sane ? sane->label.step : 0;
}

void LiveRun::tell_of_recording() {
  if (!driver_) return;
  for (RecordingNews& news : driver_->take_news()) {
    if (!news.message.empty())
      publish(Notice{news.trouble ? Notice::Level::error
                     : news.quiet ? Notice::Level::detail
                                  : Notice::Level::info,
                     std::move(news.message), 0});
    if (news.event) publish(std::move(*news.event));
  }
}

void LiveRun::tell_of_replayed() {
  std::vector<RunEvent> events = driver_->take_replayed();
  if (events.empty()) return;
  end_inspection("the configuration was changed");
  status_.config = std::make_shared<Config>(trainer_->config());
  status_.replayed += events.size();
  const bool operated =
      std::any_of(events.begin(), events.end(), [](const RunEvent& e) { return e.kind == EventKind::operate; });
  const bool remodelled = std::any_of(events.begin(), events.end(), [](const RunEvent& e) {
    if (e.kind != EventKind::operate) return false;
    const auto operation = operation_of(e.message);
    return operation && remodels(*operation);
  });
  if (remodelled) end_generation();
  for (RunEvent& event : events) publish(std::move(event));
  publish_status();
  if (operated) show_model();
}

void LiveRun::save_all() {
  // Before anything is said: words take memory that may not be there.
  if (driver_ && trainer_->step() > 0) {
    if (const auto exported = driver_->export_weights()) status_.saved_in = exported->folder;
    else status_.not_saved = driver_->observed() ? exported.error().message : not_recorded_;
    driver_->keep_last();
    (void)driver_->record_routes({});
    if (driver_->observed()) (void)driver_->look_at_all();
  }
  if (driver_) driver_->finish();
  tell_of_recording();
  end_generation();
  end_inspection("the run is over");
}

void LiveRun::set_state(RunState state, std::string message) {
  state_ = state;
  message_ = std::move(message);
  publish_status();
}

void LiveRun::publish_status() {
  status_.state = state_;
  status_.message = message_;
  status_.revision = revision_;
  status_.run_folder.clear();
  if (driver_) {
    status_.model_id = trainer_->model_id();
    status_.step = trainer_->step();
    status_.training_cpu_s = driver_->cost().training;
    status_.streaming_cpu_s = driver_->cost().streaming;
    status_.alerts = driver_->alerts();
    status_.run = driver_->run();
    status_.parent = driver_->parent();
    status_.kept_bytes = driver_->kept_bytes();
    status_.routes = driver_->routes();
    if (driver_->observed()) status_.run_folder = observer_->place();
  }
  publish(status_);
}

}  // namespace switchyard
