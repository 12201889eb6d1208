#include "core/session/worker.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "core/base/caught.h"
#include "core/base/file_name.h"
#include "core/config/knobs.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/run_reading.h"
#include "core/train/resume.h"

namespace switchyard {
namespace {

// What generation may take of a training step; a pause of the stream to hear commands when paused.
constexpr std::chrono::milliseconds kGenerationSlice{15};
constexpr double kInspectionSlice_s = 0.015;  // the same for a counterfactual
constexpr std::size_t kMostUnwritten = 3;         // ended models of runs that nobody records
constexpr std::chrono::milliseconds kTend{100};  // how often a paused run looks after a recording that is behind

}  // namespace

Worker::Worker(Link& link, Config config, MakeTrainer make_trainer, SessionOptions options)
    : link_(link),
      config_(std::move(config)),
      make_trainer_(std::move(make_trainer)),
      options_(std::move(options)) {
  status_.config = std::make_shared<Config>(config_);
}

void Worker::run() {
  link_.set_wake(options_.wake);
  publish_status();
  const auto guarded = [](auto call) {
    return caught("the trainer threw", [&]() -> Result<void> {
      call();
      return {};
    });
  };
  // Without the memory to say what has failed there is still a model to save.
  (void)guarded([&] {
    while (!stopping_)
      if (const Result<void> done = guarded([&] { turn(); }); !done) fail(done.error().message);
  });
  if (const Result<void> done = guarded([&] { finish(); }); !done && status_.saved_in.empty())
    status_.not_saved = done.error().message;
  driver_.reset();
  observer_.reset();
  trainer_.reset();
  set_state(RunState::stopped, message_);
}

void Worker::turn() {
  {
    double unused = 0;
    const CpuSpan span(driver_ ? driver_->cost().streaming : unused);
    for (Command& command : link_.take_commands()) enqueue(commands_, std::move(command));
  }
  if (!commands_.empty() && std::holds_alternative<Stop>(commands_.front())) return take(Stop{});
  if (must_load_) return load();
  if (!commands_.empty()) {
    const Command command = std::move(commands_.front());
    commands_.pop_front();
    return std::visit([this](const auto& c) { take(c); }, command);
  }
  if (can_train()) return train();
  if (generation_) generate();
  if (inspection_) inspect();
  if (generation_ || inspection_) return;
  // A recording that is behind is tried again while nothing else happens.
  const bool behind = driver_ && driver_->tend_recording();
  tell_of_recording();
  if (behind) link_.wait_for_command(kTend);
  else link_.wait_for_command();
}

void Worker::load() {
  must_load_ = false;
  set_state(RunState::loading);
  const std::shared_ptr<const RunToGoOn> run = options_.go_on;
  auto made = run ? make_trainer_of(*run, make_trainer_, options_.make_trainer_from) : make_trainer_(config_);
  if (!made) return fail(made.error().message);
  trainer_ = std::move(*made);
  const std::shared_ptr<const Checkpoint> from = run ? run->checkpoint : nullptr;
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
  driver_->start(from.get());
  driver_->watch(watch_);
  if (const auto replay = std::exchange(options_.replay, nullptr)) driver_->replay(*replay);
  status_.engine = trainer_->info();
  state_ = options_.playing ? RunState::playing : RunState::paused;
  if (!run) return after_new_model();
  for (const std::string& note : run->notes) publish(Notice{Notice::Level::warning, note, 0});
  if (!from || run->folder.empty()) return after_new_model();
  revision_ = std::max(revision_, from->trainer.revision);
  show_past(*run);
}

void Worker::show_past(const RunToGoOn& run) {
  auto past = read_past(run.folder, trainer_->model_id(), kMostPastRecords, &run.checkpoint->recording);
  after_new_model(past ? std::make_shared<const RunPast>(std::move(*past)) : nullptr);
  std::string text = fmt::format("Goes on at step {} of {}", trainer_->step(), name_of_file(run.folder.native()));
  if (const std::string difference = resume_difference(run.checkpoint->trainer.engine, trainer_->info()); !difference.empty())
    text += ": " + difference;
  publish(Notice{Notice::Level::info, std::move(text), 0});
}

void Worker::train() {
  Result<Driver::Slice> slice = driver_->advance();
  tell_of_replayed();
  tell_of_recording();
  if (auto alert = driver_->take_alert()) {
    if (slice) publish(Notice{Notice::Level::warning, "The probe failed: " + alert->message, 0});
    publish(std::move(*alert));
  }
  if (!slice) return fail(slice.error().message);
  if (!slice->record) return;
  if (steps_left_ && --*steps_left_ <= 0) {
    steps_left_.reset();
    state_ = RunState::paused;
  }
  publish(std::move(*slice->record));
  const bool shown = slice->snapshot != nullptr;
  if (shown) publish(std::move(slice->snapshot));
  for (RunEvent& event : slice->health) publish(std::move(event));
  publish_status();
  if (!shown && state_ == RunState::paused) show_model();  // the window rests on the step it asked for
  if (generation_) generate();
  if (inspection_) inspect();
}

// --- commands

void Worker::take(const SetConfig& command) {
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
  status_.config = std::make_shared<Config>(trainer_->config());
  publish_status();
  if (state_ != RunState::playing) show_model();
}

void Worker::take(const Play&) {
  steps_left_.reset();
  if (!driver_) {
    must_load_ = true;
    options_.playing = true;
    return;
  }
  set_state(RunState::playing);
}

void Worker::take(const Pause&) {
  steps_left_.reset();
  if (state_ == RunState::playing) set_state(RunState::paused);
}

void Worker::take(const StepSome& command) {
  if (!driver_ || command.steps <= 0) return;
  // Pressed again before it was done: that many more.
  steps_left_ = steps_left_.value_or(0) + command.steps;
  set_state(RunState::playing);
}

void Worker::take(const ResetModel& command) {
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

void Worker::say_ended() {
  publish(Notice{Notice::Level::info,
                 fmt::format("A new model. Ctrl+Z brings back the one of step {}, as it was.", ended_.back().model.point.step), 0});
}

// The model that a command ended, by its number; of one whose number was merged into a later one too.
const Driver::Ended* Worker::ended_by(std::uint64_t revision) const {
  for (auto ended = ended_.rbegin(); ended != ended_.rend(); ++ended)
    if (revision >= ended->first && revision <= ended->last) return &ended->model;
  return nullptr;
}

bool Worker::note_ended(std::uint64_t first, std::uint64_t last) {
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

void Worker::take(const BringBack& command) {
  const Driver::Ended* found = driver_ ? ended_by(command.ended_by) : nullptr;
  if (!found || (!found->unwritten && found->file.empty()))
    return take(SetConfig{command.config, command.revision, 0});
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
  // What differs without a new model is set; an edit of several knobs may have been one of many.
  if (trainer_->config() != command.config) take(SetConfig{command.config, command.revision, 0});
}

void Worker::take(const GoOn& command) {
  const auto refuse = [&](const Error& error) {
    publish(Notice{Notice::Level::error, error.message, command.revision});
    publish_status();
  };
  revision_ = std::max(revision_, command.revision);
  auto run = find_run_to_go_on(command.where);
  if (!run) return refuse(run.error());
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
}

void Worker::take(const Keep& command) {
  if (!driver_) return;
  auto kept = driver_->keep(command.name);
  tell_of_recording();
  if (!kept) return publish(Notice{Notice::Level::error, "This model is not kept: " + kept.error().message, 0});
  publish(Notice{Notice::Level::info,
                 fmt::format("Kept step {} as {}: {}", kept->event.step, command.name, kept->file.native()), 0});
  publish(std::move(kept->event));
}

void Worker::take(const Generate& command) {
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

void Worker::take(const Watch& command) {
  watch_ = command;
  if (driver_ && driver_->watch(command)) show_model();
}

void Worker::take(const Inspect& command) {
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

void Worker::take(const ExportWeights&) {
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

void Worker::take(const Stop&) { stopping_ = true; }

// --- generation

// A few tokens, at least one, then back to training and commands.
void Worker::generate() {
  const auto until = std::chrono::steady_clock::now() + kGenerationSlice;
  GenerationChunk chunk{generation_->id, {}, false};
  do {
    auto token = trainer_->generate_token();
    if (!token) {
      publish(Notice{Notice::Level::error, token.error().message, 0});
      generation_->tokens_left = 0;
      break;
    }
    chunk.tokens.push_back(std::move(*token));
  } while (--generation_->tokens_left > 0 && std::chrono::steady_clock::now() < until);
  chunk.done = generation_->tokens_left <= 0;
  if (chunk.done) generation_.reset();
  publish(std::move(chunk));
}

void Worker::end_generation() {
  if (!generation_) return;
  publish(GenerationChunk{generation_->id, {}, true});
  generation_.reset();
}

// --- inspection

void Worker::inspect() {
  const Result<void> tried = trainer_->inspect_more(*inspection_, kInspectionSlice_s);
  if (!tried) return end_inspection(tried.error().message.c_str());
  publish(std::shared_ptr<const Inspection>(std::make_shared<Inspection>(*inspection_)));
  if (inspection_->done) inspection_.reset();
}

void Worker::end_inspection(const char* why) {
  if (!inspection_) return;
  inspection_->done = true;
  inspection_->no_regret = why;
  publish(std::shared_ptr<const Inspection>(std::make_shared<Inspection>(std::move(*inspection_))));
  inspection_.reset();
}

// --- state

void Worker::after_new_model(std::shared_ptr<const RunPast> past) {
  end_inspection("the model is gone");
  end_generation();  // its text belongs to the model that is gone
  if (state_ == RunState::failed) state_ = RunState::paused;
  message_.clear();
  const DataInfo& data = trainer_->data();
  status_.config = std::make_shared<Config>(trainer_->config());
  status_.corpus_name = data.name;
  status_.vocabulary = static_cast<std::int32_t>(data.outputs.size());
  status_.bigram_loss = data.bigram_loss;
  status_.largest_share = data.largest_share;
  status_.text = data.text;
  publish(RunBegin{driver_->run(), trainer_->model_id(), trainer_->step(), std::move(past)});
  publish_status();
  if (const std::string note = unknown_note(data.text); !note.empty())
    publish(Notice{Notice::Level::warning, note, 0});
  tell_of_recording();
  show_model();
}

void Worker::show_model() {
  auto looked = driver_->look();
  if (looked) publish(std::move(*looked));
  else publish(Notice{Notice::Level::warning, "The probe failed: " + looked.error().message, 0});
}

void Worker::fail(std::string message) {
  end_inspection("the trainer has failed");
  end_generation();
  steps_left_.reset();
  const auto sane = driver_ ? driver_->sane_checkpoint() : std::nullopt;
  status_.sane_checkpoint = sane ? sane->file.native() : std::string();
  status_.sane_step = sane ? sane->label.step : 0;
  set_state(RunState::failed, std::move(message));
}

void Worker::tell_of_recording() {
  if (!driver_) return;
  for (RecordingNews& news : driver_->take_news()) {
    publish(Notice{news.trouble ? Notice::Level::error
                   : news.quiet ? Notice::Level::detail
                                : Notice::Level::info,
                   std::move(news.message), 0});
    if (news.event) publish(std::move(*news.event));
  }
}

void Worker::tell_of_replayed() {
  std::vector<RunEvent> events = driver_->take_replayed();
  if (events.empty()) return;
  end_inspection("the configuration was changed");
  status_.config = std::make_shared<Config>(trainer_->config());
  status_.replayed += events.size();
  for (RunEvent& event : events) publish(std::move(event));
  publish_status();
}

void Worker::finish() {
  // Before anything is said: words take memory that may not be there.
  if (driver_ && trainer_->step() > 0) {
    if (const auto exported = driver_->export_weights()) status_.saved_in = exported->folder;
    else status_.not_saved = driver_->observed() ? exported.error().message : not_recorded_;
    driver_->keep_last();
  }
  if (driver_) driver_->finish();
  tell_of_recording();
  end_generation();
  end_inspection("the run is over");
}

void Worker::set_state(RunState state, std::string message) {
  state_ = state;
  message_ = std::move(message);
  publish_status();
}

void Worker::publish_status() {
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
    status_.kept_bytes = driver_->kept_bytes();
    if (driver_->observed()) status_.run_folder = observer_->place();
  }
  publish(status_);
}

template <class Message>
void Worker::publish(Message message) {
  double unused = 0;
  const CpuSpan span(driver_ ? driver_->cost().streaming : unused);
  link_.publish(std::move(message));
}

}  // namespace switchyard
