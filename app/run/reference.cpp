#include "app/run/reference.h"

#include <span>

#include "app/cli/setups/presets.h"

namespace switchyard::app {

const std::string& began_from(const PanelInput& in, const UiState& ui) {
  return is_record(in.status) ? in.run.began_from : ui.knobs.began_from;
}

Reference reference_called(std::string_view title, const UiState& ui) {
  static const Config defaults;
  if (!title.empty())
    for (const std::span<const Preset> list : {presets(), std::span<const Preset>(ui.own_presets)})
      for (const Preset& preset : list)
        if (preset.title == title) return {preset.title, &preset.config};
  return {{}, &defaults};
}

}  // namespace switchyard::app
