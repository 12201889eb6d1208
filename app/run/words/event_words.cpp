#include "app/run/words/event_words.h"

#include <fmt/format.h>

#include "app/run/words/alert_words.h"
#include "app/run/words/names.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

// Of an event that is neither an edit nor an alert of routing.
std::string plain_title(const RunEvent& event) {
  switch (event.kind) {
    case EventKind::reset:
      return "Reset";
    case EventKind::go_back:
      return "Back to a kept model";
    case EventKind::keep:
      return kept_title(event.message, {});
    case EventKind::weights:
      return "Weights exported";
    case EventKind::operate:
    case EventKind::verdict:
    case EventKind::routes:
      return printable(event.message);
    case EventKind::alert:
      return "Training failed";
    case EventKind::recording_gap:
      return "Not recorded for a while";
    default:
      return std::string(key_of(event.kind));
  }
}

}  // namespace

HappeningKind kind_of(EventKind kind) {
  if (kind == EventKind::alert || kind == EventKind::health) return HappeningKind::alert;
  if (kind == EventKind::health_end) return HappeningKind::alert_end;
  if (kind == EventKind::keep) return HappeningKind::kept;
  if (ends_a_model(kind)) return HappeningKind::model;
  return kind == EventKind::set || kind == EventKind::operate || kind == EventKind::routes ? HappeningKind::edit
                                                                                           : HappeningKind::other;
}

std::string_view word_of(HappeningKind kind) {
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

std::string event_title(const History& history, const RunEvent& event) {
  if (event.health)
    return event.kind == EventKind::health_end ? end_title_of(history, {as_it_began(history, event)})
                                               : title_of(history, {*event.health});
  if (event.changes.empty() || event.kind == EventKind::operate) return plain_title(event);
  std::string text;
  for (const RunEvent::Change& change : event.changes) text += (text.empty() ? "" : ", ") + change_text(change);
  return text;
}

std::string event_label(const History& history, const RunEvent& event) {
  if (event.health || event.changes.size() < 2) return event_title(history, event);
  return fmt::format("{} +{}", change_text(event.changes.front()), event.changes.size() - 1);
}

std::string kept_title(std::string_view name, std::string_view why) {
  if (!name.empty()) return "Kept as " + printable(name);
  return why.empty() ? std::string("Kept") : "Kept, " + printable(why);
}

std::string change_text(const RunEvent::Change& change) {
  return fmt::format("{} {}→{}", knob_label(change.key), change.before, change.after);
}

}  // namespace switchyard::app
