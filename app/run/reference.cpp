#include "app/run/reference.h"

#include "app/cli/setups/presets.h"

namespace switchyard::app {

const std::string& began_from(const PanelInput& in, const UiState& ui) {
  return is_record(in.status) ? in.run.began_from : ui.knobs.began_from;
}

Reference reference_called(std::string_view title, const UiState& ui) {
  static const Config defaults;
  const Preset* const preset = find_preset_titled(title, ui.own_presets);
  return preset ? Reference{preset->title, &preset->config} : Reference{{}, &defaults};
}

}  // namespace switchyard::app
