#include "app/window/memory/shown_before.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <optional>
#include <utility>

#include "app/cli/setups/own_presets.h"
#include "app/cli/setups/presets.h"
#include "app/run/checkpoint_shown.h"
#include "app/shell/actions/actions.h"
#include "app/shell/dialogs/figure_prompt.h"

namespace switchyard::app {
namespace {

// The offered scale nearest to what the display asks for.
float offered_scale(float wanted) {
  return *std::min_element(std::begin(kScales), std::end(kScales),
                           [&](float a, float b) { return std::abs(a - wanted) < std::abs(b - wanted); });
}

}  // namespace

void show_as_before(const Preferences& remembered, const Options& options, float content_scale, UiState& ui) {
  ui.light_theme = options.has_theme ? options.light_theme : remembered.light_theme;
  ui.scale = offered_scale(options.scale > 0      ? static_cast<float>(options.scale)
                           : remembered.scale > 0 ? remembered.scale
                                                  : content_scale);
  ui.show_welcome = remembered.show_welcome && options.screenshot.empty();
  ui.knob_choice.all = remembered.all_knobs;
  fill_in(ui.figure_prompt, remembered.figure);
  ui.arranging.workspace = options.workspace.value_or(remembered.workspace);
  ui.layer = remembered.layer;
  ui.arranging.shares = remembered.shares;
  for (const auto& [name, shown] : remembered.knobs)
    ui.arranging.knobs[static_cast<std::size_t>(find_workspace(name)->id)] = shown;
}

Preferences as_shown(const UiState& ui, Preferences before, float content_scale) {
  Preferences now = std::move(before);
  now.light_theme = ui.light_theme;
  now.show_welcome = ui.show_welcome;
  now.all_knobs = ui.knob_choice.all;
  if (const auto form = form_of(ui.figure_prompt)) now.figure = *form;
  // A checkpoint is not opened again.
  const bool is_of_checkpoint = ui.arranging.workspace == Workspace::checkpoint;
  if (!is_of_checkpoint) now.workspace = ui.arranging.workspace;
  else if (ui.checkpoint) now.workspace = ui.checkpoint->came_from;
  now.layer = ui.layer;
  now.shares = ui.arranging.shares;
  for (const WorkspaceSpec& spec : workspaces()) {
    const std::optional<bool> shown = ui.arranging.knobs[static_cast<std::size_t>(spec.id)];
    if (shown) now.knobs[std::string(spec.name)] = *shown;
  }
  if (ui.scale != offered_scale(content_scale)) now.scale = ui.scale;
  return now;
}

std::string title_of_preset(const Options& options, std::span<const Preset> own) {
  std::string title;
  for (const Preset* const preset : all_presets(own))
    if (preset->name == options.preset) title = preset->title;
  return title;
}

}  // namespace switchyard::app
