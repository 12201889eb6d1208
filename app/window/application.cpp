#include "app/window/application.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "app/cli/console/ends.h"
#include "app/cli/console/progress.h"
#include "app/cli/setups/own_presets.h"
#include "app/cli/terminal.h"
#include "app/library/run_library.h"
#include "app/run/kept_changes.h"
#include "app/run/live.h"
#include "app/run/notices.h"
#include "app/run/settings_opening.h"
#include "app/run/text_opening.h"
#include "app/shell/actions/actions.h"
#include "app/shell/actions/shortcuts.h"
#include "app/shell/guide/tour.h"
#include "app/shell/layout/layouts.h"
#include "app/shell/workbench.h"
#include "app/ui/widgets.h"
#include "app/window/appearance.h"
#include "app/window/auto_writer.h"
#include "app/window/beside/cause_host.h"
#include "app/window/beside/cause_reader.h"
#include "app/window/beside/checkpoint_host.h"
#include "app/window/beside/companions.h"
#include "app/window/beside/ranks_host.h"
#include "app/window/beside/report_host.h"
#include "app/window/beside/study_host.h"
#include "app/window/beside/study_shelf.h"
#include "app/window/ends/window_end.h"
#include "app/window/exporting.h"
#include "app/window/kept_changer.h"
#include "app/window/memory/preferences.h"
#include "app/window/memory/shown_before.h"
#include "app/window/memory/window_memory.h"
#include "app/window/run_notes.h"
#include "app/window/shot.h"
#include "app/window/system/frame_governor.h"
#include "app/window/system/thread_cpu.h"
#include "app/window/system/window.h"
#include "app/window/viewers.h"
#include "app/window/window_runs.h"
#include "core/base/caught.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

double now_s() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Application {
 public:
  Application(const Options& options, std::unique_ptr<Window> window, const Preferences& remembered,
              FrameHook each_frame)
      : options_(options),
        drops_(options.drops),
        window_(std::move(window)),
        remembered_(remembered),
        each_frame_(std::move(each_frame)),
        memory_(options.screenshot.empty()),
        governor_(usable_cores()) {
    memory_.give(live_.runs);
    ui_.used = memory_.used();
    if (!memory_.study().empty()) ui_.comparing.study_asked = StudyAsked{memory_.study(), false, 0, true};
    if (!memory_.sweep().empty()) ui_.comparing.sweep_asked = StudyAsked{memory_.sweep(), false, 0, true};
    ui_.wake = &Window::wake;
    show_as_before(remembered, options, window_->content_scale(), ui_);
    // Who names a workspace knows the way.
    tour_is_due_ = !remembered.tour_seen && options.screenshot.empty() && !options.workspace;
    if (options.recording && !options.workspace) turns_from_ = ui_.arranging.workspace;
    OwnPresets own = read_own_presets();
    ui_.own_presets = std::move(own.presets);
    for (std::string& warning : own.warnings) add_toast(ui_, Notice::Level::warning, std::move(warning), now_s());
    if (options.resume) ui_.knobs.wants_origin = true;
    else ui_.knobs.began_from = title_of_preset(options, ui_.own_presets);
    if (!options.screenshot.empty()) {
      shot_.emplace(options.after_steps);
      progress_.emplace(STDERR_FILENO, options.after_steps, unit_of(options.config));
    }
    window_->on_input = [this] {
      last_input_s_ = now_s();
      governor_.input(last_input_s_);
    };
    window_->on_key = [this](const KeyEvent& event) {
      // Quitting does not wait behind other keys.
      const Action* const quit = find_action("file.quit");
      if (quit && quit->chord && asks_for(event, *quit->chord)) ui_.wants_quit = true;
    };
    window_->on_refresh = [this] { governor_.data(); };
    window_->on_drop = [this](std::vector<std::string> paths) {
      for (std::string& path : paths) ui_.wants_open.push_back(std::move(path));
    };
  }

  Result<void> run(MakeTrainer make_trainer) {
    if (options_.screenshot.empty()) recent_.read(default_runs_directory(), memory_.folders(), &Window::wake);
    // The first frame before the engine: the window is there at once.
    frame();
    make_trainer_ = std::move(make_trainer);
    if (options_.weights) ui_.wants_checkpoint.push_back(options_.weights->path);
    if (options_.recording) viewers_.open(*options_.recording, live_, ui_, now_s());
    else if (options_.open.empty()) begin_session(run_options(options_));
    else viewers_.open(options_.open, live_, ui_, now_s());
    const Result<void> left = caught("the window", [&] { return loop(); });
    // Ending waits for a training step and the weights: not in front of the user.
    window_->hide();
    checkpoint_.end_all();  // it reads for nobody by now; the run that is saved has the cores and the disk
    Result<void> ended = left;
    if (session_) {
      end_->seen_to();
      session_->finish();
      const RunStatus stopped = std::exchange(link_, nullptr)->receive().status;
      std::vector<Saved> runs{saved_by(stopped, recorded_)};
      for (Saved& beside : companions_->saved()) runs.push_back(std::move(beside));
      ended = with_all_saved(left, std::move(runs));
      if (stopped.run == live_.status.run && !stopped.run_folder.empty())
        live_.status.run_folder = stopped.run_folder;  // it may have been made just now
      notes_.end(live_, ui_);
      end_->said(ended);
      // Who looked at a checkpoint and never pressed Play leaves no run behind.
      if (options_.weights && stopped.step == 0) remove_unused_run(live_.status.run_folder);
    }
    remember();
    for (const ExportWriter::Written& files : exporting_.finish())
      if (!files && ended) return files.error();
    return ended;
  }

 private:
  void begin_session(LiveRunOptions wanted) {
    recorded_ = static_cast<bool>(wanted.make_observer);
    session_ = std::make_unique<Session>(options_.config, make_trainer_, std::move(wanted));
    link_ = session_->shared_link();
    companions_.emplace(make_trainer_, [this] { return companion_options(options_); });
    end_ = std::make_unique<WindowEnd>(*session_, recorded_, &Window::wake);
  }

  // Where nothing learns yet, what goes on with a run begins it; nobody is there for anything else.
  void wake_for(Commands&& commands) {
    ui_.watching.sent = {};
    const auto asked = std::find_if(commands.begin(), commands.end(), [](const Command& one) { return std::holds_alternative<GoOn>(one); });
    for (auto one = commands.begin(); one != asked; ++one)
      if (const ChangeKept* change = std::get_if<ChangeKept>(&*one)) kept_changer_.begin(change->change, &Window::wake);
    if (asked == commands.end()) return;
    const GoOn& go_on = std::get<GoOn>(*asked);
    LiveRunOptions wanted = run_options(options_);
    wanted.go_on_where = go_on.where;
    wanted.go_on_as_child = go_on.as_child;
    // What was deleted can be put back still.
    std::vector<EditStep> deleted = std::move(ui_.knobs.undo);
    std::erase_if(deleted, [](const EditStep& step) { return !step.change; });
    const KnobEdits asking = std::exchange(ui_.knobs, {});
    ui_.knobs.began_from = asking.began_from;
    ui_.knobs.wants_origin = asking.wants_origin;
    ui_.knobs.undo = std::move(deleted);
    begin_session(std::move(wanted));
    link_->send({std::make_move_iterator(asked + 1), std::make_move_iterator(commands.end())});
  }

  // Runs that are none of this window's may go by the thousand: what learns does not wait for them.
  void delete_elsewhere(Commands& commands) {
    std::erase_if(commands, [&](const Command& one) {
      const ChangeKept* const change = std::get_if<ChangeKept>(&one);
      if (!change || change->change.kind != KeptChange::Kind::remove_run) return false;
      const std::string& folder = change->change.where;
      const bool is_here =
          folder == live_.status.run_folder ||
          std::ranges::any_of(live_.runs.all(), [&](const auto& run) { return run->status.run_folder == folder; });
      if (!is_here) kept_changer_.begin(change->change, &Window::wake);
      return !is_here;
    });
  }

  Result<void> loop() {
    while (true) {
      if (EndSignals::asked_to_end()) return EndSignals::request();
      if (window_->should_close() || ui_.wants_quit) return {};
      governor_.set_focus(window_->focused(), window_->iconified());
      // A wake in the last moment of a wait looks like its end, and there is no second one.
      if ((link_ && link_->has_news()) || viewers_.has_news() || checkpoint_.has_news() ||
          (companions_ && companions_->has_news()))
        governor_.data();
      const double before = now_s(), wait = governor_.wait_s(before);
      window_->wait_events(wait);
      if (window_->should_close() || ui_.wants_quit) continue;
      if (wait > 0) {
        // Woken early and not by input: the trainer published something.
        if (now_s() - before < 0.95 * wait) governor_.data();
        continue;
      }
      if (auto done = frame()) return *done;
    }
  }

  // A value when the program is to end.
  std::optional<Result<void>> frame() {
    const double began = now_s();
    // An interrupted wait for the picture still has to notice the trainer.
    Commands commands;
    if (link_) {
      Update update = link_->receive();
      if (progress_)
        for (const StepRecord& record : update.records) progress_->update(record);
      take_update(live_, ui_, std::move(update), began);
    }
    if (companions_) companions_->receive(live_, ui_, began);
    viewers_.receive(live_, ui_, began);
    notes_.frame(live_, ui_, began);
    for (const KeptChanged& changed : kept_changer_.take()) take_kept_change(live_.runs, ui_, changed, began);
    if (std::exchange(ui_.kept_changed, false)) kept_steps_.look_again();
    if (std::exchange(ui_.runs_changed, false))
      recent_.read(default_runs_directory(), memory_.folders(), &Window::wake);
    refresh_kept_steps(began);
    memory_.recorded_in(live_.status.run_folder);
    if (companions_)
      for (const std::string& folder : companions_->folders()) memory_.recorded_in(folder);
    if (recent_.take(ui_.recent)) say_unfinished(began);
    if (appearance_.refresh(live_, ui_, exports_)) window_->upload_fonts();
    // Where a record is looked at no engine is waited for.
    if (ui_.knobs.is_set || (make_trainer_ && !session_))
      for (std::string& path : std::exchange(drops_, {})) ui_.wants_open.push_back(std::move(path));
    for (const std::string& path : std::exchange(ui_.wants_open, {})) open_path(ui_, commands, path, began);
    texts_.frame(ui_, commands, began);
    settings_.frame(ui_, commands, began);
    memory_.opened(ui_.used);
    for (const std::string& folder : std::exchange(ui_.wants_view, {})) viewers_.open(folder, live_, ui_, began);
    for (const RecordingWish& wish : std::exchange(ui_.wants_recording, {})) {
      if (!live_.shown_status().recorded && !options_.workspace) turns_from_ = ui_.arranging.workspace;
      viewers_.open(wish, live_, ui_, began);
    }
    checkpoint_.serve(ui_, began);
    if (std::exchange(ui_.wants_live, false) && live_.runs.has_live()) ui_.wants_shown = live_.runs.live().id;
    if (const std::string run = std::exchange(ui_.wants_keys, {}); !run.empty())
      viewers_.ask_keys(run, ui_, began);
    if (const std::string run = std::exchange(ui_.wants_shown, {}); !run.empty()) stand_on(live_, ui_, run);
    if (const std::string run = std::exchange(ui_.wants_closed, {}); !run.empty()) viewers_.close(run, live_, ui_);
    for (const std::string& run : std::exchange(ui_.wants_also_closed, {})) viewers_.close(run, live_, ui_);

    window_->begin_frame(!shot_, text_is_awaited(ui_));
    // A picture waits for nothing: it shows all figures there are.
    live_.run().insight.begin_frame(shot_ ? nullptr : now_s);
    const PanelInput in{.run = live_.run(),
                        .snapshot = shown_snapshot(ui_.timeline, live_.run().snapshot),
                        .status = live_.shown_status(),
                        .theme = appearance_.theme(),
                        .exports = exports_,
                        .others = live_.runs.others(),
                        .scale = ui_.scale,
                        .now_s = began};
    // Who opens a recording of loads alone sees them, not what it lacks.
    if (turns_from_ && ui_.arranging.workspace != *turns_from_) turns_from_.reset();  // somebody has chosen
    if (in.status.recorded && !in.run.history.empty() && std::exchange(turns_from_, std::nullopt) &&
        !in.status.recorded->has_choices)
      show_workspace(ui_, Workspace::health);
    if (tour_is_due_ && is_time_for_tour(in, ui_)) {
      tour_is_due_ = false;
      start_tour(ui_);
      remembered_.tour_seen = true;
      write_preferences(remembered_);  // at once: however this window ends, it starts once
    }
    const WindowFigures figures{shot_ ? 0 : governor_.rate(began), resident_bytes(), window_->draws_in_software()};
    draw_workbench(in, figures, ui_, commands);
    viewers_.scrub(live_, ui_);
    if (each_frame_) each_frame_(live_, ui_, commands);
    window_->end_frame();

    const double cpu = cpu_.seconds(began);
    governor_.frame_done(began, std::max(0.0, cpu - cpu_before_));
    cpu_before_ = cpu;

    if (options_.steps && !shot_ && !steps_asked_ && live_.status.state == RunState::paused) {
      steps_asked_ = true;
      commands.emplace_back(StepSome{*options_.steps});
    }
    std::optional<Result<void>> done;
    // A process of its own needs nobody who learns here.
    for (StudyHost* const host : {&study_, &sweep_}) host->serve(ui_, studies_, began);
    if (shelf_.serve(ui_.studies_prompt, studies_, began)) governor_.data();
    memory_.shows_studies(study_.folder(), sweep_.folder());
    report_.serve(ui_, live_.shown_status().run_folder, began);
    ranks_.serve(ui_, default_runs_directory(), began);
    // It is asked behind the drawing: its news want a frame more.
    if (causes_.serve(in, live_, ui_, session_ && !session_->lab().is_over() ? &session_->lab() : nullptr,
                      make_trainer_, began))
      governor_.data();
    if (answers_.serve(in, live_, ui_)) governor_.data();
    serve_comparing(commands, began);
    if (window_->iconified()) ui_.library.in_sight = false;
    if (library_.frame(ui_.library, began)) governor_.data();
    if (shot_ && link_) done = take_shot(commands);
    else if (live_.runs.shows_live()) writer_.frame(live_.status, ui_, commands, began);
    if (link_) delete_elsewhere(commands);
    if (!link_) wake_for(std::move(commands));
    else if (!commands.empty()) link_->send(std::move(commands));
    if (std::exchange(ui_.wants_screenshot, false)) exporting_.save_screenshot(window_->picture(), live_.shown_status(), ui_, began);
    if (const auto asked = exports_.take()) exporting_.export_panel(*asked, in, appearance_, ui_);
    if (exporting_.serve(ui_.figure_prompt, in, appearance_, ui_)) governor_.data();
    exports_.end_frame();
    if (exporting_.tell(ui_, began)) governor_.data();
    // Last: what was begun in this frame is looked at again though nobody wakes the window.
    governor_.animate_at(in.run.insight.put_off() ? began : next_change(began));
    return done;
  }

  // What was asked of runs that are compared.
  void serve_comparing(Commands& commands, double now) {
    std::vector<BesideWish> wishes = std::exchange(ui_.knobs.besides, {});
    std::vector<Comparing::Asked> asked = std::exchange(ui_.comparing.asked, {});
    if (!companions_) {
      if (!wishes.empty())
        add_toast(ui_, Notice::Level::warning, "Nothing learns here: there is no run to begin one beside.", now);
      return;
    }
    companions_->follow(commands);
    for (const BesideWish& wish : wishes) companions_->begin(wish, *session_, live_, ui_, now);
    for (const Comparing::Asked& one : asked) {
      if (one.what == BesideAsk::lead) companions_->lead(one.run, link_, commands, live_, ui_);
      else companions_->ask(one);
    }
  }

  void refresh_kept_steps(double now) {
    if (shot_) return;
    std::string folder;
    std::vector<KeptStep> kept;
    if (kept_steps_.take(folder, kept) && folder == live_.shown_status().run_folder)
      live_.run().kept_steps = std::move(kept);
    kept_steps_.refresh(live_.shown_status().run_folder, now, &Window::wake);
  }

  void say_unfinished(double now) {
    // The run that goes on is none of those to go on with.
    std::erase_if(ui_.recent, [&](const RecentRun& recent) { return recent.run.id == live_.run().id; });
    if (options_.resume || !options_.open.empty() || options_.recording || std::exchange(unfinished_said_, true))
      return;
    if (const std::string text = unfinished_text(ui_.recent); !text.empty()) add_toast(ui_, Notice::Level::info, text, now);
  }

  // When something on the screen changes though nothing arrives.
  double next_change(double now) {
    double next = std::min({expire_toasts(ui_, now), study_.next_s(), sweep_.next_s(), shelf_.next_s(),
                            report_.next_s(), ranks_.next_s(), library_.next_s()});
    if (!window_->iconified()) next = std::min(next, notes_.next_s());
    const double rest = last_input_s_ + kRestSeconds + 0.05;  // a tooltip may be due
    if (rest > now) next = std::min(next, rest);
    if (ui_.timeline.playing) next = std::min(next, ui_.timeline.next_at_s);
    if (ImGui::GetIO().WantTextInput) next = std::min(next, now + 0.4);  // the text cursor blinks
    return next;
  }

  std::optional<Result<void>> take_shot(Commands& commands) {
    switch (shot_->frame(live_, ui_, writer_, commands)) {
      case Shot::Next::wait:
        return std::nullopt;
      case Shot::Next::draw:
        governor_.data();
        return std::nullopt;
      case Shot::Next::failed:
        return Result<void>(failure(live_.status.message));
      case Shot::Next::save:
        break;
    }
    progress_->finish();
    auto picture = window_->picture();
    if (!picture) return Result<void>(picture.error());
    return write_png(options_.screenshot, *picture, picture_text(live_.status));
  }

  void remember() {
    if (!options_.screenshot.empty()) return;
    Preferences now = as_shown(ui_, remembered_, window_->content_scale());
    window_->size(now.width, now.height);
    if (now != remembered_) write_preferences(now);
    memory_.are_gone(recent_.gone());
    memory_.end(live_, ui_);
  }

  const Options& options_;
  std::vector<std::string> drops_;  // until the run is there
  std::unique_ptr<Window> window_;
  Preferences remembered_;
  FrameHook each_frame_;
  MakeTrainer make_trainer_;
  std::unique_ptr<Session> session_;  // null: nothing learns here yet
  std::unique_ptr<WindowEnd> end_;
  bool recorded_ = false;
  std::shared_ptr<Link> link_;  // of the run that leads
  std::optional<Companions> companions_;
  const std::filesystem::path studies_ = default_studies_directory();
  StudyHost study_{HostedStudy::compare, "/proc/self/exe", &Window::wake};
  StudyHost sweep_{HostedStudy::sweep, "/proc/self/exe", &Window::wake};
  StudyShelf shelf_{&Window::wake};
  ReportHost report_{"/proc/self/exe"};
  CheckpointHost checkpoint_{&Window::wake};
  RanksHost ranks_{"/proc/self/exe"};
  Viewers viewers_{&Window::wake};
  RunNotes notes_{&Window::wake};
  Live live_{.runs = Runs(&Window::wake)};
  UiState ui_;
  RecentRuns recent_;
  RunLibrary library_{&Window::wake};
  KeptSteps kept_steps_;
  KeptChanger kept_changer_;  // of what no thread holds
  bool unfinished_said_ = false;
  TextOpening texts_{&Window::wake};
  SettingsOpening settings_{&Window::wake};
  WindowMemory memory_;
  AutoWriter writer_;
  std::optional<Shot> shot_;
  std::optional<Progress> progress_;  // in the terminal, while a picture is on its way
  bool steps_asked_ = false;
  bool tour_is_due_ = false;
  std::optional<Workspace> turns_from_{};
  double last_input_s_ = -1e300;

  FrameGovernor governor_;
  DrawingCpu cpu_;
  double cpu_before_ = 0;

  PanelExports exports_;
  Appearance appearance_;
  Exporting exporting_{&Window::wake};
  CauseReader answers_{&Window::wake};
  CauseHost causes_{make_engine_trainer_from, &Window::wake};  // last: what it tries ends before the lab does
};

}  // namespace

Result<void> run_window(const Options& options, MakeTrainer make_trainer, FrameHook each_frame) {
  const EndSignals signals;
  const bool for_picture = !options.screenshot.empty();
  const Preferences remembered = for_picture ? Preferences{} : read_preferences();
  WindowOptions wanted;
  wanted.width = options.has_size ? options.width : remembered.width;
  wanted.height = options.has_size ? options.height : remembered.height;
  wanted.fit_screen = !for_picture;
  auto window = Window::open(wanted);
  if (!window) return window.error();
  return caught("the window", [&] {
    return Application(options, std::move(*window), remembered, std::move(each_frame))
        .run(std::move(make_trainer));
  });
}

}  // namespace switchyard::app
