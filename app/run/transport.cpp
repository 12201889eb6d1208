#include "app/run/transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "app/cli/setups/own_presets.h"
#include "app/cli/setups/setup.h"
#include "app/run/notices.h"
#include "core/config/knobs.h"
#include "core/record/folder/kept_text.h"

namespace switchyard::app {
bool is_playing(const RunStatus& status) { return status.state == RunState::playing; }

bool can_run(const RunStatus& status) {
  if (status.recorded) return false;
  return status.state == RunState::playing || status.state == RunState::paused || status.state == RunState::failed;
}

viz::Colour state_colour(const viz::Theme& t, RunState state) {
  switch (state) {
    case RunState::playing:
    case RunState::followed:
      return t.good;
    case RunState::failed:
      return t.bad;
    case RunState::paused:
      return t.warn;
    case RunState::loading:
    case RunState::stopped:
    case RunState::opened:
      break;
  }
  return t.text_dim;
}

void play_or_pause(const RunStatus& status, Commands& out) {
  if (!can_run(status)) return;
  if (is_playing(status)) out.emplace_back(Pause{});
  else out.emplace_back(Play{});
}

void step(const RunStatus& status, std::int64_t steps, Commands& out) {
  if (can_run(status)) out.emplace_back(StepSome{steps});
}

void reset(const RunStatus& status, KnobEdits& edits, Commands& out) {
  if (can_run(status)) reset_model(edits, out);
}

namespace {

// What a configuration learns from, for a person.
std::string name_of_data(const Config& config) {
  if (config.task == TaskKind::clusters && !learns_from_file(config))
    return shared_text(*find_knob("cluster_shape"), config);
  return shared_text(*find_knob(data_knob(config.task).key), config);
}

}  // namespace

void apply_preset(const Preset& preset, const RunStatus& status, UiState& ui, Commands& out, double now_s) {
  // Another run is on its way with settings of its own.
  if (!ui.knobs.is_set || ui.knobs.adopts > 0 || is_in_force(preset, ui)) return;
  KnobEdits& edits = ui.knobs;
  const Config before = edits.draft;
  commit_edit(edits, out, started_from(preset, edits.draft), "Preset " + preset.title, preset.title);
  if (edits.beside) return;  // a run of its own begins with it; this one goes on as it is
  const std::string Config::*const file = data_knob(before.task).file;
  if (learns_from_file(before) && (edits.draft.task != before.task || edits.draft.*file != before.*file))
    add_toast(ui, Notice::Level::info,
              fmt::format("{} learns {}, no longer {}. Undo goes back to it.", preset.title,
                          name_of_data(edits.draft), name_of_data(before)),
              now_s);
  // Where the knobs alone would have changed the model of now, it makes way too; both are one step of undo.
  if (edits.undo.empty() || edits.undo.back().ended > 0 || edits.sent != edits.draft || !can_run(status)) return;
  reset_model(edits, out);
  const std::uint64_t ended = edits.undo.back().ended;
  edits.undo.pop_back();
  edits.undo.back().ended = ended;
}

bool is_in_force(const Preset& preset, const UiState& ui) {
  return ui.knobs.is_set && started_from(preset, ui.knobs.draft) == ui.knobs.draft;
}

void copy_setup(const PanelInput& in, UiState& ui) {
  if (!in.status.config) return;
  ui.to_copy = setup_command(*in.status.config, in.status.text.source);
  add_toast(ui, Notice::Level::info,
            fmt::format("The setup that runs now is copied as a line for a terminal: {}.",
                        setup_summary(*in.status.config)),
            in.now_s);
}

void paste_setup(std::string_view text, const PanelInput& in, UiState& ui) {
  std::vector<std::filesystem::path> runs;
  if (!in.status.run_folder.empty()) runs.push_back(runs_of(in.status.run_folder));
  ui.wants_settings.push_back({{}, std::string(text), std::move(runs)});
}

bool save_setup(const PanelInput& in, UiState& ui, const std::string& title) {
  if (!in.status.config) return false;
  const auto saved = save_own_preset(title, *in.status.config);
  if (!saved) {
    add_toast(ui, Notice::Level::error, "This setup is not saved: " + saved.error().message, in.now_s);
    return false;
  }
  std::vector<Preset>& own = ui.own_presets;
  const auto at = std::find_if(own.begin(), own.end(), [&](const Preset& p) { return p.name >= saved->name; });
  if (at != own.end() && at->name == saved->name) *at = *saved;
  else own.insert(at, *saved);
  add_toast(ui, Notice::Level::info,
            fmt::format("Saved as your preset {}: {}.", saved->title,
                        (own_presets_folder() / (saved->name + ".json")).native()),
            in.now_s);
  return true;
}

void export_run(const PanelInput& in, UiState& ui, Commands& out) {
  if (in.status.recorded) {
    add_toast(ui, Notice::Level::info, "A recording has no model to export; panels export their figures and data.",
              in.now_s);
    return;
  }
  if (in.status.run_folder.empty()) {
    add_toast(ui, Notice::Level::warning, "This run is not recorded, so there is no folder to export.", in.now_s);
    return;
  }
  // The trainer that hears this is that of the run that leads; of another the folder is known.
  if (is_record(in.status)) {
    ui.to_copy = in.status.run_folder;
    const char* const what = in.run.beside ? "; its newest weights come with its end" : "";
    return add_toast(ui, Notice::Level::info,
                     fmt::format("This run is in {} (path copied){}", in.status.run_folder, what), in.now_s);
  }
  // Which folder it is the trainer knows: a new model's is made with its first step, or now.
  out.emplace_back(ExportWeights{});
  ui.exporting = true;
}

}  // namespace switchyard::app
