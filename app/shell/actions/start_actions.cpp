#include "app/shell/actions/groups.h"

#include <fmt/format.h>

#include "app/cli/setups/presets.h"
#include "app/run/transport.h"
#include "app/shell/actions/actions.h"
#include "core/config/knobs.h"

namespace switchyard::app {
namespace {

using Context = ActionContext;

Action preset_action(const char* id, const Preset& preset) {
  return {.id = id + preset.name,
          .group = "Start from",
          .title = preset.title,
          .run = [preset](const Context& c) { apply_preset(preset, c.in.status, c.ui, c.out, c.in.now_s); },
          .enabled = [](const Context& c) { return c.ui.knobs.is_set; },
          .chosen = [preset](const Context& c) { return is_in_force(preset, c.ui); },
          .detail = preset.description};
}

}  // namespace

void add_presets(std::vector<Action>& out) {
  for (const Preset& preset : presets()) out.push_back(preset_action("preset.", preset));
}

void add_knobs(std::vector<Action>& out) {
  for (const Knob& knob : knobs())
    out.push_back({.id = fmt::format("knob.{}", knob.key),
                   .group = "Set",
                   .title = std::string(knob.label),
                   .run =
                       [key = std::string(knob.key)](const Context& c) {
                         Arranging& a = c.ui.arranging;
                         if (!a.shows_knobs()) a.knobs[static_cast<std::size_t>(a.workspace)] = true;
                         c.ui.knobs.wanted_key = key;
                       },
                   .enabled = [](const Context& c) { return c.ui.knobs.is_set; },
                   .detail = fmt::format("{} · {}", knob.key, allowed_range(knob))});
}

std::vector<Action> own_preset_actions(const UiState& ui) {
  std::vector<Action> out;
  for (const Preset& preset : ui.own_presets) out.push_back(preset_action("own-preset.", preset));
  return out;
}

}  // namespace switchyard::app
