#include "app/panels/timeline/run_events.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>
#include <span>

#include "app/panels/parts/point_text.h"
#include "app/panels/timeline/timeline_strip.h"
#include "app/run/names.h"
#include "core/base/alert.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

std::string_view words_of(HappeningKind kind) {
  switch (kind) {
    case HappeningKind::edit:
      return "edit";
    case HappeningKind::model:
      return "new model";
    case HappeningKind::alert:
      return "alert";
    case HappeningKind::alert_end:
      return "end of an alert";
    case HappeningKind::kept:
      return "kept";
    case HappeningKind::other:
      break;
  }
  return "other";
}

HappeningKind kind_of(EventKind kind) {
  if (kind == EventKind::alert || kind == EventKind::health) return HappeningKind::alert;
  if (kind == EventKind::health_end) return HappeningKind::alert_end;
  if (kind == EventKind::keep) return HappeningKind::kept;
  if (ends_a_model(kind)) return HappeningKind::model;
  return kind == EventKind::set ? HappeningKind::edit : HappeningKind::other;
}

std::string words_of_alert(const HealthAlert& alert) {
  switch (alert.kind) {
    case AlertKind::dead:
      return "dead experts";
    case AlertKind::starving:
      return "starving experts";
    case AlertKind::collapsed:
      return "collapsed";
    case AlertKind::frozen_router:
      return "frozen router";
  }
  return {};
}

std::string words_of_event(const RunEvent& event) {
  switch (event.kind) {
    case EventKind::reset:
      return "Reset";
    case EventKind::go_back:
      return "Back to a kept model";
    case EventKind::keep:
      return "Kept";
    case EventKind::weights:
      return "Weights exported";
    case EventKind::alert:
      return "Training failed";
    case EventKind::recording_gap:
      return "Not recorded for a while";
    default:
      return std::string(key_of(event.kind));
  }
}

std::string changes_text(const std::vector<RunEvent::Change>& changes) {
  std::string text;
  for (const RunEvent::Change& change : changes)
    text +=
        fmt::format("{}{} {}→{}", text.empty() ? "" : ", ", knob_label(change.key), change.before, change.after);
  return text;
}

Happening happening_of(const History::Event& event) {
  const RunEvent& of = event.event;
  Happening out{.x = event.x, .step = of.step, .kind = kind_of(of.kind)};
  if (of.health) {
    const bool ends = of.kind == EventKind::health_end;
    out.what = fmt::format("{}: {}{}", layer_name(static_cast<std::size_t>(std::max(0, of.health->layer))),
                           words_of_alert(*of.health), ends ? ", over" : "");
    out.what.front() = 'L';
    out.layer = of.health->layer;
    out.detail = of.health->message;
    out.alike = fmt::format("{} {}", key_of(of.kind), key_of(of.health->kind));
  } else if (!of.changes.empty()) {
    out.what = changes_text(of.changes);
    out.detail = of.message;
    if (of.changes.size() == 1) {
      out.knob = knob_label(of.changes[0].key);
      out.before = of.changes[0].before;
      out.after = of.changes[0].after;
    }
    out.alike = std::string(key_of(of.kind));
    for (const RunEvent::Change& change : of.changes) out.alike += " " + change.key;
  } else {
    out.what = words_of_event(of);
    out.detail = of.message;
    out.alike = std::string(key_of(of.kind));
  }
  return out;
}

// Of steps that were kept those count that still are, where it is known.
bool is_listed(const History::Event& event, const PanelInput& in) {
  return event.event.kind != EventKind::keep || in.run.kept_steps.empty();
}

// What all of them did together.
std::string words_of_row(std::span<const Happening> row) {
  const Happening &first = row.front(), &last = row.back();
  if (!first.knob.empty()) return fmt::format("{} {}→{}", first.knob, first.before, last.after);
  std::set<int> layers;
  for (const Happening& one : row)
    if (one.layer >= 0) layers.insert(one.layer);
  if (layers.size() < 2) return first.what;
  return fmt::format("Layers {}{}", fmt::join(layers, ", "), first.what.substr(first.what.find(':')));
}

}  // namespace

std::vector<Happening> happenings(const PanelInput& in) {
  std::vector<Happening> out;
  for (const History::Event& event : in.run.history.events())
    if (is_listed(event, in)) out.push_back(happening_of(event));
  for (const KeptStep& kept : in.run.kept_steps) {
    const std::string name = printable(kept.name), why = printable(kept.why);
    out.push_back({.x = static_cast<double>(kept.step),
                   .step = kept.step,
                   .kind = HappeningKind::kept,
                   .what = name.empty() ? "Kept" + (why.empty() ? "" : ", " + why) : "Kept as " + name,
                   .file = kept.file,
                   .alike = name.empty() ? "kept " + why : "kept as " + name});
  }
  std::stable_sort(out.begin(), out.end(), [](const Happening& a, const Happening& b) { return a.x < b.x; });
  return out;
}

std::size_t count_happenings(const PanelInput& in) {
  const std::vector<History::Event>& events = in.run.history.events();
  const auto told = std::count_if(events.begin(), events.end(),
                                  [&](const History::Event& event) { return is_listed(event, in); });
  return static_cast<std::size_t>(told) + in.run.kept_steps.size();
}

std::vector<HappeningRow> folded(const std::vector<Happening>& all) {
  std::vector<HappeningRow> rows;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (!rows.empty() && all[rows.back().last].alike == all[i].alike) rows.back().last = i;
    else rows.push_back({i, i, {}});
  }
  for (HappeningRow& row : rows) row.what = words_of_row(std::span(all).subspan(row.first, row.count()));
  return rows;
}

viz::Colour colour_of(const viz::Theme& theme, HappeningKind kind) {
  switch (kind) {
    case HappeningKind::edit:
    case HappeningKind::kept:
      return theme.accent;
    case HappeningKind::model:
      return theme.warn;
    case HappeningKind::alert:
      return theme.bad;
    case HappeningKind::alert_end:
      return theme.good;
    case HappeningKind::other:
      break;
  }
  return theme.text_dim;
}

void go_to(const PanelInput& in, UiState& ui, const Happening& one) {
  Timeline& timeline = ui.timeline;
  const bool points = learns_points(in.status);
  const StepSpan shown = shown_range(in, timeline);
  if (one.file.empty()) show_at(timeline, in.run.kept, one.x, points);
  else show_kept(timeline, in.run.kept, one.x, one.file, points);
  if (one.layer >= 0) ui.layer = one.layer;
  if (timeline.fit || (one.x >= shown.low && one.x <= shown.high)) return;
  // As wide as it was, with the moment in its middle.
  const StepSpan all = whole_run(in);
  const double width = shown.high - shown.low;
  timeline.x_min = std::clamp(one.x - width / 2, all.low, std::max(all.low, all.high - width));
  timeline.x_max = timeline.x_min + width;
  timeline.to_newest = false;
}

void fill_events_table(const std::vector<Happening>& all, Table& table) {
  table.set_header({"step", "kind", "what", "detail"});
  for (const Happening& one : all)
    table.add_row({one.step, std::string(words_of(one.kind)), one.what, one.detail});
}

}  // namespace switchyard::app
