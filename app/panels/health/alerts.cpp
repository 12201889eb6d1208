#include "app/panels/health/alerts.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/panels/parts/panel_parts.h"
#include "app/run/edits.h"
#include "app/run/notices.h"
#include "core/config/knobs.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostNamed = 4;

std::string_view word_of(AlertKind kind) {
  switch (kind) {
    case AlertKind::dead:
      return "dead";
    case AlertKind::starving:
      return "starving";
    case AlertKind::collapsed:
      return "collapsed";
    case AlertKind::frozen_router:
      return "frozen router";
  }
  return "";
}

std::string layers_of(const AlertGroup& group) {
  std::string text = group.size() > 1 ? "Layers " : "Layer ";
  for (std::size_t i = 0; i < group.size(); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : i + 1 == group.size() ? " and " : ", ", group[i].layer);
  return text;
}

}  // namespace

std::vector<AlertGroup> grouped_alerts(const std::vector<HealthAlert>& alerts) {
  std::vector<AlertGroup> groups;
  for (const HealthAlert& alert : alerts) {
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const AlertGroup& group) {
      return group.front().kind == alert.kind && group.front().remedy == alert.remedy && group.front().advice == alert.advice;
    });
    if (same != groups.end()) same->push_back(alert);
    else groups.push_back({alert});
  }
  return groups;
}

std::string title_of(const PanelInput& in, const AlertGroup& group) {
  const HealthAlert& alert = group.front();
  const std::string layers = layers_of(group);
  if (alert.kind == AlertKind::frozen_router) return fmt::format("{}: frozen router{}", layers, group.size() > 1 ? "s" : "");
  std::string who;
  if (group.size() == 1) {
    const std::size_t experts = in.run.history.experts(static_cast<std::size_t>(std::max(0, alert.layer)));
    for (std::size_t i = 0; i < std::min(alert.experts.size(), kMostNamed); ++i)
      who += (who.empty() ? "" : ", ") + expert_name(alert.experts[i], experts);
    if (alert.experts.size() > kMostNamed) who += fmt::format(" and {} more", alert.experts.size() - kMostNamed);
  } else if (alert.kind != AlertKind::collapsed) {
    std::size_t concerned = 0;
    for (const HealthAlert& one : group) concerned += one.experts.size();
    if (concerned > 0) who = fmt::format("{} experts", concerned);
  }
  if (alert.kind == AlertKind::collapsed) return fmt::format("{}: collapsed{}", layers, who.empty() ? "" : " onto " + who);
  return fmt::format("{}: {} {}", layers, who.empty() ? "experts" : who, word_of(alert.kind));
}

std::int64_t began(const AlertGroup& group) {
  return std::min_element(group.begin(), group.end(), [](const HealthAlert& a, const HealthAlert& b) { return a.began < b.began; })
      ->began;
}

std::string settings_text(const std::vector<KnobSetting>& remedy) {
  std::string text;
  for (const KnobSetting& setting : remedy) {
    const Knob* knob = find_knob(setting.key);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", knob ? knob->label : std::string_view(setting.key), setting.value);
  }
  return text;
}

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
