#include "core/record/lines/event_lines.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/base/json.h"

namespace switchyard {
namespace {

Json alert_json(const HealthAlert& alert) {
  Json json = Json::object();
  json.member("kind") = key_of(alert.kind);
  json.member("layer") = alert.block;
  json.member("experts") = alert.experts;
  json.member("began") = alert.began;
  json.member("noticed") = alert.noticed;
  if (alert.ended > 0) json.member("ended") = alert.ended;
  if (!alert.advice.empty()) json.member("advice") = alert.advice;
  for (const KnobSetting& setting : alert.remedy) json.member("remedy").member(setting.key) = setting.value;
  return json;
}

std::string text_in(const Json& json) {
  const std::string* text = json.text();
  return text ? *text : std::string();
}

std::int64_t integer_in(const Json& json) {
  const std::int64_t* value = json.integer();
  return value ? *value : 0;
}

std::int32_t index_in(const Json& json) {
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(integer_in(json), 0, std::numeric_limits<std::int32_t>::max()));
}

std::optional<HealthAlert> alert_in(const Json& json) {
  HealthAlert alert;
  const std::string kind = text_in(json["kind"]);
  const auto at =
      std::find_if(kAlertKinds.begin(), kAlertKinds.end(), [&](AlertKind k) { return key_of(k) == kind; });
  if (at == kAlertKinds.end()) return std::nullopt;
  alert.kind = *at;
  alert.block = index_in(json["layer"]);
  if (const Json::Array* experts = json["experts"].array_items())
    for (const Json& expert : *experts) alert.experts.push_back(index_in(expert));
  alert.began = integer_in(json["began"]);
  alert.noticed = integer_in(json["noticed"]);
  alert.ended = integer_in(json["ended"]);
  alert.advice = text_in(json["advice"]);
  if (const Json::Object* remedy = json["remedy"].members())
    for (const Json::Member& setting : *remedy) alert.remedy.push_back({setting.key, text_in(setting.value)});
  return alert;
}

}  // namespace

std::string event_line(const RunEvent& event) {
  Json line = Json::object();
  line.member("step") = event.step;
  line.member("wall_s") = event.wall_s;
  line.member("kind") = key_of(event.kind);
  line.member("generation") = event.model_id;
  if (!event.changes.empty()) {
    line.member("changes") = Json::array();
    for (const RunEvent::Change& change : event.changes)
      line.member("changes").push_back({{"key", change.key}, {"before", change.before}, {"after", change.after}});
  }
  if (!event.message.empty()) line.member("message") = event.message;
  if (event.health) line.member("alert") = alert_json(*event.health);
  if (event.gap) {
    line.member("from") = event.gap->from;
    line.member("to") = event.gap->to;
    line.member("rows_kept") = event.gap->rows_kept;
    line.member("rows_lost") = event.gap->rows_lost;
    line.member("reason") = event.gap->reason;
  }
  if (!std::isnan(event.took_s)) line.member("took_s") = event.took_s;
  return dump_json(line) + "\n";
}

std::optional<RunEvent> event_of(std::string_view line) {
  const auto json = parse_json(line, "event");
  if (!json || !json->members()) return std::nullopt;
  const std::optional<EventKind> kind = event_kind_of(text_in((*json)["kind"]));
  const std::int64_t* step = (*json)["step"].integer();
  if (!kind || !step || *step < 0) return std::nullopt;
  RunEvent event;
  event.kind = *kind;
  event.step = *step;
  event.wall_s = (*json)["wall_s"].number().value_or(0);
  event.model_id = static_cast<std::uint32_t>(index_in((*json)["generation"]));
  if (const Json::Array* changes = (*json)["changes"].array_items())
    for (const Json& change : *changes)
      event.changes.push_back({text_in(change["key"]), text_in(change["before"]), text_in(change["after"])});
  event.message = text_in((*json)["message"]);
  event.health = alert_in((*json)["alert"]);
  if (event.health) event.health->message = event.message;
  if (event.kind == EventKind::recording_gap)
    event.gap =
        RecordingGap{integer_in((*json)["from"]), integer_in((*json)["to"]), integer_in((*json)["rows_kept"]),
                     integer_in((*json)["rows_lost"]), text_in((*json)["reason"])};
  event.took_s = (*json)["took_s"].number().value_or(kMissing);
  return event;
}

}  // namespace switchyard
