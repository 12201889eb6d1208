#include "app/transport.h"

#include <imgui.h>

#include "viz/compat.h"

namespace switchyard::app {
namespace {

constexpr std::int64_t kManySteps = 10;

constexpr Shortcut kShortcuts[] = {
    {"Space", "play or pause"},
    {".", "one step"},
    {"Shift + .", "ten steps"},
    {"R", "reset: a new model from the seed"},
    {"Ctrl + Z", "undo an edit of a knob"},
    {"Ctrl + Shift + Z", "redo it"},
    {"Ctrl + click", "type a slider's value"},
    {"Right click", "a knob's default value"},
    {"Enter", "activate the focused control"},
    {"F12", "screenshot into the run folder"},
    {"F1", "this page"},
    {"Ctrl + Q", "quit"},
};

}  // namespace

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

void reset(const RunStatus& status, Commands& out) {
  if (can_run(status)) out.emplace_back(ResetModel{});
}

void handle_shortcuts(const RunStatus& status, UiState& ui, Commands& out) {
  using viz::Key;
  const ImGuiIO& io = ImGui::GetIO();
  if (viz::key_pressed(Key::f1)) ui.show_help = !ui.show_help;
  if (viz::key_pressed(Key::f12)) ui.wants_screenshot = true;
  if (io.KeyCtrl && viz::key_pressed(Key::q)) ui.wants_quit = true;
  if (io.WantTextInput) return;

  if (viz::key_pressed(Key::escape)) ui.show_help = ui.show_about = false;
  if (io.KeyCtrl && viz::key_pressed(Key::z, true)) {
    if (io.KeyShift) redo_edit(ui.knobs, out);
    else undo_edit(ui.knobs, out);
  }
  if (io.KeyCtrl || io.KeyAlt || io.KeySuper) return;
  if (viz::key_pressed(Key::space)) play_or_pause(status, out);
  if (viz::key_pressed(Key::period, true)) step(status, io.KeyShift ? kManySteps : 1, out);
  if (viz::key_pressed(Key::r)) reset(status, out);
}

std::span<const Shortcut> shortcuts() { return kShortcuts; }

}  // namespace switchyard::app
