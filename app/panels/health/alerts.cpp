#include "app/panels/health/alerts.h"

#include <fmt/format.h>

#include "app/panels/parts/panel_parts.h"
#include "app/run/edits.h"
#include "app/run/notices.h"
#include "core/config/knobs.h"

namespace switchyard::app {

std::vector<AlertGroup> alerts_now(const PanelInput& in) { return grouped_alerts(in.status.alerts); }

void apply_remedy(const PanelInput& in, const std::vector<KnobSetting>& remedy, UiState& ui, Commands& out) {
  Config next = ui.knobs.draft;
  for (const KnobSetting& setting : remedy) {
    const auto set = set_from_text(next, setting.key, setting.value);
    if (!set) return add_toast(ui, Notice::Level::error, set.error().message, in.now_s);
  }
  commit_edit(ui.knobs, out, next);
  add_toast(ui, Notice::Level::info, fmt::format("{}. Ctrl+Z takes it back.", settings_text(remedy)), in.now_s);
}

void show_alert(UiState& ui, const HealthAlert& alert) {
  ui.layer = alert.layer;
  if (!alert.experts.empty()) pin_expert(ui, alert.experts.front());
}

}  // namespace switchyard::app
