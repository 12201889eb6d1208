#include "app/shell/transport.h"

#include <fmt/format.h>
#include <imgui.h>

#include "app/cli/presets.h"
#include "app/run/notices.h"

namespace switchyard::app {
bool is_playing(const RunStatus& status) { return status.state == RunState::playing; }

bool can_run(const RunStatus& status) {
  return status.state != RunState::loading && status.state != RunState::stopped;
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

void apply_preset(const std::string& name, UiState& ui, Commands& out) {
  const Preset* preset = find_preset(name);
  if (!preset || !ui.knobs.is_set) return;
  Config next = preset->config;
  next.corpus = ui.knobs.draft.corpus;
  next.threads = ui.knobs.draft.threads;
  commit_edit(ui.knobs, out, next, "Preset " + preset->title);
  ui.preset_title = preset->title;
}

void export_run(const PanelInput& in, UiState& ui, Commands& out) {
  if (in.status.run_folder.empty()) {
    add_toast(ui, Notice::Level::warning, "This run is not recorded, so there is no folder to export.", in.now_s);
    return;
  }
  out.emplace_back(ExportWeights{});
  ImGui::SetClipboardText(in.status.run_folder.c_str());
  add_toast(ui, Notice::Level::info,
            fmt::format("Everything of this run is in {} (path copied). The weights are being written there now.",
                        in.status.run_folder),
            in.now_s);
}

}  // namespace switchyard::app
