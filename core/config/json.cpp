#include "core/config/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "core/base/nearest.h"
#include "core/config/knobs.h"

namespace switchyard {
namespace {

Error wrong_type(const Knob& knob, const Json& value, const std::string& where) {
  return usage_error(fmt::format("{}: {} = {}: wants {} {}, allowed is {}", where, knob.key, excerpt(value),
                                 knob.type == KnobType::integer ? "an" : "a", name_of(knob.type),
                                 allowed_range(knob)));
}

// The value as set_from_text takes it; empty optional: a wrong type.
std::optional<std::string> text_of(const Knob& knob, const Json& value) {
  switch (knob.type) {
    case KnobType::boolean:
      if (const bool* on = value.boolean()) return *on ? "true" : "false";
      return std::nullopt;
    case KnobType::integer: {
      const auto number = value.number();
      if (!number || *number != std::floor(*number)) return std::nullopt;
      constexpr double most = 1e15;  // beyond all ranges, and exact up to there
      return value.integer() || std::abs(*number) > most ? dump_json(value) : fmt::format("{:.0f}", *number);
    }
    case KnobType::real:
      if (value.number()) return dump_json(value);
      return std::nullopt;
    case KnobType::choice:
      if (const std::string* text = value.text())
        if (std::find(knob.choices.begin(), knob.choices.end(), *text) != knob.choices.end()) return *text;
      return std::nullopt;
    case KnobType::text:
      if (const std::string* text = value.text()) return *text;
      return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

Json to_json(const Config& config) {
  Json object = Json::object();
  for (const Knob& knob : knobs())
    std::visit([&](const auto& value) { object.member(knob.key) = value; }, knob.get(config));
  return object;
}

Json to_json(const Config& config, const Config& base) {
  Json object = Json::object();
  for (const Knob* knob : changed_knobs(base, config))
    std::visit([&](const auto& value) { object.member(knob->key) = value; }, knob->get(config));
  return object;
}

Json to_shared_json(const Config& config) {
  Json object = to_json(config);
  for (const Knob& knob : knobs())
    if (knob.type == KnobType::text) object.member(knob.key) = shared_text(knob, config);
  return object;
}

std::string to_json_text(const Config& config) { return dump_json(to_json(config), 2) + "\n"; }

std::string_view nearest_knob(std::string_view key) {
  std::vector<std::string_view> keys;
  for (const Knob& knob : knobs()) keys.push_back(knob.key);
  return nearest_name(key, keys);
}

Error unknown_knob(std::string_view key) {
  const std::string_view nearest = nearest_knob(key);
  const std::string quoted = excerpt(key);
  return usage_error(
      fmt::format("unknown key '{}' ({})", std::string_view(quoted).substr(1, quoted.size() - 2),
                  nearest.empty() ? "--list-knobs shows them all" : fmt::format("did you mean '{}'?", nearest)));
}

Result<Config> config_from_json(const Json& json, const Config& base, const std::string& where) {
  // A run's config.json has versions and the vocabulary beside the knobs.
  const Json& knobs_in_it = json.contains("config") ? json["config"] : json;
  const Json::Object* object = knobs_in_it.members();
  if (!object)
    return usage_error(fmt::format("{}: wants a JSON object of knobs, {{\"experts\": 8, ...}}, but is {} {}", where,
                                   knobs_in_it.array_items() ? "an" : "a", knobs_in_it.type_name()));
  Config config = base;
  for (const auto& [key, value] : *object) {
    const Knob* knob = find_knob(key);
    if (!knob) return usage_error(fmt::format("{}: {}", where, unknown_knob(key).message));
    const auto text = text_of(*knob, value);
    if (!text) return wrong_type(*knob, value, where);
    const Result<void> set = set_from_text(config, key, *text);
    if (!set) return usage_error(fmt::format("{}: {}", where, set.error().message));
  }
  const std::vector<ConfigProblem> problems = validate(config);
  if (!problems.empty()) return usage_error(fmt::format("{}: {}", where, problems.front().message));
  return config;
}

Result<Config> read_config_file(const std::filesystem::path& path, const Config& base) {
  const Result<Json> json = read_json_file(path);
  if (!json) return json.error();
  return config_from_json(*json, base, path.native());
}

}  // namespace switchyard
