#include "app/run/words/alert_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "app/run/words/names.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostNamed = 4;

std::string_view alert_word(AlertKind kind) {
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

bool are_alike(const HealthAlert& a, const HealthAlert& b) {
  return a.kind == b.kind && a.remedy == b.remedy && a.advice == b.advice;
}

std::vector<AlertGroup> grouped_alerts(const std::vector<HealthAlert>& alerts) {
  std::vector<AlertGroup> groups;
  for (const HealthAlert& alert : alerts) {
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&](const AlertGroup& group) { return are_alike(group.front(), alert); });
    if (same != groups.end()) same->push_back(alert);
    else groups.push_back({alert});
  }
  return groups;
}

std::string title_of(const History& history, const AlertGroup& group) {
  const HealthAlert& alert = group.front();
  const std::string layers = layers_of(group);
  if (alert.kind == AlertKind::frozen_router)
    return fmt::format("{}: frozen router{}", layers, group.size() > 1 ? "s" : "");
  std::string who;
  if (group.size() == 1) {
    const std::size_t experts = history.experts(static_cast<std::size_t>(std::max(0, alert.layer)));
    for (std::size_t i = 0; i < std::min(alert.experts.size(), kMostNamed); ++i)
      who += (who.empty() ? "" : ", ") + expert_name(alert.experts[i], experts);
    if (alert.experts.size() > kMostNamed) who += fmt::format(" and {} more", alert.experts.size() - kMostNamed);
  } else if (alert.kind != AlertKind::collapsed) {
    std::size_t concerned = 0;
    for (const HealthAlert& one : group) concerned += one.experts.size();
    if (concerned > 0) who = fmt::format("{} experts", concerned);
  }
  if (alert.kind == AlertKind::collapsed)
    return fmt::format("{}: collapsed{}", layers, who.empty() ? "" : " onto " + who);
  return fmt::format("{}: {} {}", layers, who.empty() ? "experts" : who, alert_word(alert.kind));
}

HealthAlert as_it_began(const History& history, const RunEvent& end) {
  HealthAlert ended = *end.health;
  const std::vector<History::Event>& events = history.events();
  const auto is_begin = [&](const History::Event& one) {
    const std::optional<HealthAlert>& of = one.event.health;
    return of && one.event.kind == EventKind::health && one.event.step <= end.step && of->kind == ended.kind &&
           of->layer == ended.layer && of->began == ended.began;
  };
  const auto begin = std::find_if(events.rbegin(), events.rend(), is_begin);
  if (begin == events.rend()) return ended;
  std::vector<std::int32_t> experts = begin->event.health->experts;
  // Of others all that were concerned at any time; a collapse is onto some at a time, and those follow each other.
  if (ended.kind == AlertKind::collapsed) ended.experts.clear();
  for (const std::int32_t expert : ended.experts)
    if (std::find(experts.begin(), experts.end(), expert) == experts.end()) experts.push_back(expert);
  ended.experts = std::move(experts);
  return ended;
}

std::string end_title_of(const History& history, const AlertGroup& group) {
  return title_of(history, group) + ", over";
}

std::int64_t began(const AlertGroup& group) {
  return std::min_element(group.begin(), group.end(),
                          [](const HealthAlert& a, const HealthAlert& b) { return a.began < b.began; })
      ->began;
}

std::string settings_text(const std::vector<KnobSetting>& remedy) {
  std::string text;
  for (const KnobSetting& setting : remedy)
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", knob_label(setting.key), setting.value);
  return text;
}

}  // namespace switchyard::app
