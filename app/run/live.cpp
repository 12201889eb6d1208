#include "app/run/live.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "app/cli/setups/own_presets.h"
#include "app/cli/setups/presets.h"
#include "app/run/arriving.h"
#include "app/run/edits.h"
#include "app/run/kept_changes.h"
#include "app/run/notices.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/checkpoints/expert_model.h"
#include "core/data/own_points.h"
#include "core/record/reading/path_kind.h"
#include "core/recordings/forms/forms.h"

namespace switchyard::app {
namespace {

// Another sentence follows.
std::string as_sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

void note_used(UiState& ui, Chooses what, const std::filesystem::path& path) {
  ui.used.note(what, path_of_text(absolute_text(text_of_path(path.native()))));
}

// A toast where nothing can be opened.
bool can_open(UiState& ui, const std::string& path, double now_s) {
  std::error_code error;
  if (!ui.knobs.is_set) add_toast(ui, Notice::Level::warning, "Still loading: open it again in a moment.", now_s);
  else if (!std::filesystem::exists(path, error))
    add_toast(ui, Notice::Level::error,
              fmt::format("{}: {}", path, error ? error.message() : "there is no such file"), now_s);
  else return true;
  return false;
}

// What was chosen in a run when an earlier window left it. In one that is only looked at, what was taken along
// comes first.
void choose_as_left(Live& live, UiState& ui) {
  const RunView& run = live.run();
  if (probe_size(run.snapshot.get()) == 0) return;
  const auto left = live.runs.remembered.extract(run.id);
  if (left.empty()) return;
  const bool is_free = !ui.selection.active() && ui.pinned_expert < 0;
  if (is_free || live.runs.shows_live()) choose_again(ui, left.mapped(), *run.snapshot);
}

void arrive_in_shown(Live& live, UiState& ui) {
  const RunView& run = live.run();
  arrive(ui, run.history, run.kept, run.snapshot.get());
  choose_as_left(live, ui);
}

// `next` names the file, as the data_knob() of its task does.
// preset: of the settings that it is learned with; null: those of now.
void learn_file(UiState& ui, std::vector<Command>& out, const Config& next, const Preset* preset,
                std::string_view what, const std::string& path, double now_s) {
  const std::string name = name_of_file(next.*data_knob(next.task).file);
  commit_edit(ui.knobs, out, next, fmt::format("{}{}", what, name),
              preset ? std::optional(preset->title) : std::nullopt);
  note_used(ui, Chooses::text, path);
  if (ui.knobs.beside) return;  // whoever begins the run beside says what it learns
  put_toast(ui, Notice::Level::info, fmt::format("Learning {} from the start.", printable(name)), now_s)
      ->announces = ui.knobs.sent_revision;
}

// What is new of a run whose status is its view's own.
void take_news(RunView& view, Update& update) {
  for (const StepRecord& record : update.records) view.history.append(record);
  for (const RunEvent& event : update.events) view.history.append(event);
  for (std::shared_ptr<const Snapshot>& look : update.past_looks) view.kept.add_past(std::move(look));
  if (update.snapshot && update.snapshot != view.snapshot) {
    view.kept.add(update.snapshot);
    view.snapshot = std::move(update.snapshot);
  }
  view.status = std::move(update.status);
}

// The model before this one told of the end of its run.
void take_news_of_others(Runs& runs, const RunView& view, Update& update) {
  const auto is_taken = [&](const auto& news) {
    RunView* const other = news.model_id == view.model_id ? nullptr : runs.find_model(news.model_id);
    if (!other || other == &view) return false;
    other->history.append(news);
    return true;
  };
  std::erase_if(update.records, is_taken);
  std::erase_if(update.events, is_taken);
  if (update.snapshot && view.model_id != 0 && update.snapshot->model_id != view.model_id)
    update.snapshot = nullptr;
}

// It is a record from here on.
void leave_beside(Runs& runs, const std::string& id) {
  RunView* const view = id.empty() ? nullptr : runs.find(id);
  if (!view || runs.is_live(id)) return;
  view->beside.reset();
  view->status.state = RunState::opened;
}

}  // namespace

void take_update(Live& live, UiState& ui, Update update, double now_s) {
  for (const RunBegin& begin : update.begins) {
    // What is left can be looked at as any record. Of a run that came and went between two frames nothing was told.
    RunView& before = live.runs.live();
    if (live.status.run == before.id) before.status = live.status;
    before.status.state = RunState::opened;
    // What the model before wrote is not this one's, and what it still writes is nobody's.
    ++ui.generation_id;
    ui.generated.clear();
    ui.generated_from.clear();
    ui.generating = false;
    // A window's own first run comes once the engine is there. Who opened another one meanwhile stays with that.
    const bool stays = !live.runs.has_live() && ui.knobs.undo.empty();
    if (Standing here = standing_in(ui); live.runs.begin(begin, here, stays)) stand(ui, std::move(here));
  }
  for (const StepRecord& record : update.records) live.runs.of(record.model_id).history.append(record);
  for (const RunEvent& event : update.events) live.runs.of(event.model_id).history.append(event);
  const RunState before = live.status.state;
  live.status = std::move(update.status);
  RunView& run = live.runs.live();
  if (update.inspection) run.inspection = std::move(update.inspection);
  // The newest look may still be of the run before.
  if (update.snapshot && (run.model_id == 0 || update.snapshot->model_id == run.model_id)) {
    run.kept.add(update.snapshot);
    run.snapshot = std::move(update.snapshot);
  }
  if (!live.runs.shows_live()) run.status = live.status;  // as every other that is not shown
  arrive_in_shown(live, ui);
  take_status(ui.knobs, live.status);

  for (Notice& notice : update.notices) {
    if (ui.exporting && !notice.folder.empty()) {
      ui.to_copy = notice.folder;
      notice.message =
          fmt::format("Everything of this run is in {} (path copied), the weights of now too", notice.folder);
    }
    if (!notice.folder.empty() || notice.level == Notice::Level::error) ui.exporting = false;
    const bool reverted = take_refusal(ui.knobs, notice, live.status);
    // What it said would be is not.
    if (reverted)
      std::erase_if(ui.toasts, [&](const Toast& toast) { return toast.announces == notice.rejected_revision; });
    add_toast(
        ui, notice.level,
        reverted ? as_sentence(notice.message) + " The settings are back to what is running." : notice.message,
        now_s);
  }
  for (KeptChanged& changed : update.kept_changes) take_kept_change(live.runs, ui, changed, now_s);
  if (live.status.state == RunState::failed && before != RunState::failed)
    add_toast(ui, Notice::Level::error,
              as_sentence(live.status.message) +
                  " The model is as it was before that step; Play tries again, Reset starts anew." +
                  (live.status.sane_checkpoint.empty()
                       ? std::string()
                       : fmt::format(" Edit, Go back returns to step {}, when the loss was sane.", live.status.sane_step)),
              now_s);

  for (GenerationChunk& chunk : update.generation) {
    if (chunk.id != ui.generation_id) continue;
    for (GeneratedToken& token : chunk.tokens) ui.generated.push_back(std::move(token));
    if (chunk.done) ui.generating = false;
  }
}

void take_viewed(Live& live, UiState& ui, Update update, double now_s, const std::string& was) {
  for (Notice& notice : update.notices) add_toast(ui, notice.level, std::move(notice.message), now_s);
  const std::string id = update.status.run;
  // Before a begin: what was told of a run comes before what it goes back to.
  if (RunView* const known = live.runs.find(id); known && !live.runs.is_live(id) && update.whole_past)
    known->history = std::move(*update.whole_past);
  for (const RunBegin& begin : update.begins) {
    const bool is_meant = was.empty() || was == id || live.run().id == was;
    live.runs.open(begin);
    if (begin.past && is_meant) stand_on(live, ui, id);
  }
  RunView* const view = live.runs.find(id);
  // One that learns here meanwhile tells of itself.
  if (!view || live.runs.is_live(id)) return;
  take_news(*view, update);
  arrive_in_shown(live, ui);
}

void take_beside(Live& live, UiState& ui, Update update, const std::string& was, const std::string& called,
                 double now_s) {
  for (Notice& notice : update.notices) add_toast(ui, notice.level, std::move(notice.message), now_s);
  // Asked of it while it had the lead.
  for (KeptChanged& changed : update.kept_changes) take_kept_change(live.runs, ui, changed, now_s);
  std::string now = was;
  for (const RunBegin& begin : update.begins) {
    if (begin.run != now) leave_beside(live.runs, now);
    RunView& begun = live.runs.open(begin);
    if (!called.empty()) begun.called = called;
    now = begin.run;
  }
  RunView* const view = update.status.run.empty() ? nullptr : live.runs.find(update.status.run);
  if (!view || live.runs.is_live(view->id)) return;
  const RunState state = update.status.state;
  const bool ended = state == RunState::stopped;
  if (state == RunState::failed && view->beside != RunState::failed)
    add_toast(ui, Notice::Level::error,
              fmt::format("{}: {}", view->label(update.status), as_sentence(update.status.message)), now_s);
  // Looked at as a record is: its knobs are not the ones beside.
  update.status.state = ended ? RunState::opened : RunState::followed;
  take_news_of_others(live.runs, *view, update);
  take_news(*view, update);
  view->beside = ended ? std::nullopt : std::optional(state);
  arrive_in_shown(live, ui);
}

void lead_with(Live& live, UiState& ui, const std::string& run) {
  RunView* const next = live.runs.find(run);
  if (!next || !next->beside || live.runs.is_live(run)) return;
  RunView& before = live.runs.live();
  before.status = live.status;
  before.beside = before.status.state;
  before.status.state = RunState::followed;
  if (!ui.knobs.wants_origin) before.began_from = ui.knobs.began_from;
  live.status = next->status;
  live.status.state = *std::exchange(next->beside, std::nullopt);
  live.runs.lead(run);
  // What was deleted can be put back still.
  std::vector<EditStep> deleted = std::move(ui.knobs.undo);
  std::erase_if(deleted, [](const EditStep& step) { return !step.change; });
  const std::uint64_t sent = ui.knobs.sent_revision;
  ui.knobs = {};
  ui.knobs.sent_revision = sent;
  ui.knobs.undo = std::move(deleted);
  ui.knobs.began_from = next->began_from;
  ui.knobs.wants_origin = next->began_from.empty();
  ui.watching.sent = {};
  ++ui.generation_id;
  ui.generated.clear();
  ui.generated_from.clear();
  ui.generating = false;
  ui.exporting = false;
  take_status(ui.knobs, live.status);
  ui.knobs.sent_revision = std::max(sent, ui.knobs.sent_revision);  // they only rise
  stand_on(live, ui, run);
}

void stand_on(Live& live, UiState& ui, const std::string& run) {
  if (Standing here = standing_in(ui); live.runs.show(run, here)) {
    stand(ui, std::move(here));
    arrive_in_shown(live, ui);
  }
}

void open_run(UiState& ui, const std::string& folder) {
  note_used(ui, Chooses::run, folder);
  ui.wants_view.push_back(absolute_text(text_of_path(folder)));
}

void open_path(UiState& ui, std::vector<Command>& out, const std::string& path, double now_s) {
  NamedPath named = named_path(path);
  if (named.kind == PathKind::run) return open_run(ui, path);
  if (named.kind != PathKind::missing && named.kind != PathKind::weights && form_of(path_of_text(path))) {
    note_used(ui, Chooses::run, path);
    ui.wants_recording.push_back({path_of_text(absolute_text(text_of_path(path))), {}, {}, false});
    if (ui.knobs.is_set && form_of(path_of_text(path)) == form_named("routes"))
      add_toast(ui, Notice::Level::info,
                "Routes, opened to be looked at. Replay routes, above the timeline, has the run that learns here "
                "follow them.",
                now_s);
    return;
  }
  if (named.kind != PathKind::missing && is_others_checkpoint(path_of_text(path)))
    return ui.wants_checkpoint.push_back(path_of_text(absolute_text(text_of_path(path))));
  if (!can_open(ui, path, now_s)) return;
  switch (named.kind) {
    case PathKind::weights:  // what was kept of a run goes on
      return go_on_with(ui.knobs, out, absolute_text(text_of_path(path)));
    case PathKind::settings:
      return ui.wants_settings.push_back({std::move(named.path)});
    case PathKind::folder:
      return add_toast(
          ui, Notice::Level::error,
          fmt::format("{}: neither a run nor a recording; drop the folder of one, a .json, a .txt or a .csv",
                      path),
          now_s);
    case PathKind::run:
    case PathKind::missing:
    case PathKind::points:
    case PathKind::text:
      break;
  }
  ui.wants_text.push_back(path);
}

void open_text(UiState& ui, std::vector<Command>& out, const std::string& path, double now_s) {
  if (!can_open(ui, path, now_s)) return;
  // Settings made for points do not suit a text.
  const Preset* const preset = ui.knobs.draft.task == TaskKind::language ? nullptr : find_preset(kDefaultPreset);
  Config next = preset ? preset->config : ui.knobs.draft;
  next.corpus = absolute_text(text_of_path(path));
  learn_file(ui, out, next, preset, "Text ", path, now_s);
}

void open_points(UiState& ui, std::vector<Command>& out, const std::string& path, PointsShape shape,
                 double now_s) {
  if (!can_open(ui, path, now_s)) return;
  // Nor do those made for a text suit points.
  const Config& draft = ui.knobs.draft;
  const Preset* const preset = draft.task == TaskKind::clusters ? nullptr : find_preset(kPointsPreset);
  Config next = preset ? started_from(*preset, draft) : draft;
  suit_to_dims(next, shape.dims);
  next.cluster_classes = shape.classes;
  next.points = absolute_text(text_of_path(path));
  learn_file(ui, out, next, preset, "Points ", path, now_s);
}

}  // namespace switchyard::app
