#include "core/record/tape/told_codec.h"

#include <algorithm>
#include <utility>

#include "core/base/json.h"
#include "core/config/json.h"
#include "core/config/knobs.h"

namespace switchyard {
namespace {

template <class Walker, class Facts>
void walk_facts(Walker& bytes, Facts& facts) {
  bytes(facts.program), bytes(facts.run), bytes(facts.model_id), bytes(facts.step);
  auto& data = facts.data;
  bytes(data.name), bytes(data.outputs), bytes(data.examples), bytes(data.bigram_loss), bytes(data.largest_share);
  auto& text = data.text;
  bytes(text.source.bytes), bytes(text.source.sha256), bytes(text.distinct);
  bytes(text.unknown.kinds), bytes(text.unknown.train_share), bytes(text.unknown.validation_share);
  auto& engine = facts.engine;
  bytes(engine.libtorch), bytes(engine.blas), bytes(engine.device), bytes(engine.threads);
  bytes(engine.auto_precision), bytes(engine.processor);
}

template <class Walker, class Alert>
void walk_alert(Walker& bytes, Alert& alert) {
  bytes(alert.layer), bytes(alert.block), bytes(alert.experts), bytes(alert.began), bytes(alert.noticed);
  bytes(alert.ended), bytes(alert.message), bytes(alert.advice);
  bytes.list(alert.remedy, [&](auto& setting) { bytes(setting.key), bytes(setting.value); });
}

template <class Walker, class Gap>
void walk_gap(Walker& bytes, Gap& gap) {
  bytes(gap.from), bytes(gap.to), bytes(gap.rows_kept), bytes(gap.rows_lost), bytes(gap.reason);
}

template <class Walker, class Event>
void walk_event(Walker& bytes, Event& event) {
  bytes(event.step), bytes(event.wall_s), bytes(event.message), bytes(event.model_id), bytes(event.took_s);
  bytes.list(event.changes, [&](auto& change) { bytes(change.key), bytes(change.before), bytes(change.after); });
}

template <class Value>
std::optional<Value> keyed(std::string_view key, const auto& all) {
  const auto at = std::find_if(all.begin(), all.end(), [&](Value value) { return key_of(value) == key; });
  return at == all.end() ? std::nullopt : std::optional(*at);
}

}  // namespace

Bytes encode(const TapeFacts& facts) {
  ByteWriter bytes;
  walk_facts(bytes, facts);
  bytes(dump_json(to_shared_json(facts.config)));
  bytes(facts.parent.has_value());
  if (facts.parent) bytes(facts.parent->run), bytes(facts.parent->step);
  return bytes.take();
}

Result<TapeFacts> decode_facts(std::span<const std::byte> content) {
  ByteReader bytes(content);
  TapeFacts facts;
  std::string knobs;
  bool has_parent = false;
  walk_facts(bytes, facts);
  bytes(knobs), bytes(has_parent);
  if (has_parent) {
    facts.parent.emplace();
    bytes(facts.parent->run), bytes(facts.parent->step);
  }
  if (!bytes.is_done()) return usage_error("what says which run it is is damaged");
  const auto json = parse_json(knobs, "the run's settings");
  if (!json) return json.error();
  // Knobs of a later version are passed over: what is known says enough to show the run.
  Json known = Json::object();
  if (const Json::Object* all = json->members())
    for (const Json::Member& knob : *all)
      if (find_knob(knob.key)) known.add_member(knob.key, knob.value);
  auto config = config_from_json(known, Config(), "the run's settings");
  if (!config) return config.error();
  facts.config = std::move(*config);
  return facts;
}

Bytes encode(const RunEvent& event) {
  ByteWriter bytes;
  bytes(std::string(key_of(event.kind)));
  walk_event(bytes, event);
  bytes(event.health.has_value());
  if (event.health) bytes(std::string(key_of(event.health->kind))), walk_alert(bytes, *event.health);
  bytes(event.gap.has_value());
  if (event.gap) walk_gap(bytes, *event.gap);
  return bytes.take();
}

Result<std::optional<RunEvent>> decode_event(std::span<const std::byte> content) {
  ByteReader bytes(content);
  RunEvent event;
  std::string kind, alert_kind;
  bool has_alert = false, has_gap = false;
  bytes(kind);
  const auto known = keyed<EventKind>(kind, kEventKinds);
  if (!bytes.failed() && !known) return std::optional<RunEvent>();
  walk_event(bytes, event);
  bytes(has_alert);
  std::optional<AlertKind> alert;
  if (has_alert) {
    event.health.emplace();
    bytes(alert_kind);
    walk_alert(bytes, *event.health);
    alert = keyed<AlertKind>(alert_kind, kAlertKinds);
  }
  bytes(has_gap);
  if (has_gap) {
    event.gap.emplace();
    walk_gap(bytes, *event.gap);
  }
  if (!bytes.is_done() || !known) return usage_error("the event is damaged");
  if (has_alert && !alert) return std::optional<RunEvent>();
  event.kind = *known;
  if (alert) event.health->kind = *alert;
  return std::optional(std::move(event));
}

}  // namespace switchyard
