#include "app/cli/setups/presets.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <vector>

#include "app/cli/setups/embedded_presets.h"
#include "core/base/json.h"
#include "core/config/json.h"

namespace switchyard::app {
namespace {

// What is compiled in and wrong is a bug of ours, not an error of the user's.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::logic_error(result.error().message);
  return std::move(*result);
}

std::string text_in(const Json& json, std::string_view key) {
  const std::string* text = json[key].text();
  if (!text) throw std::logic_error(fmt::format("a preset has no {}", key));
  return *text;
}

std::vector<Preset> read_presets() {
  std::vector<Preset> presets;
  for (const EmbeddedPreset& file : embedded_presets()) {
    const std::string where = "assets/presets/" + std::string(file.name) + ".json";
    const Json json = must(parse_json(file.json, where));
    presets.push_back({std::string(file.name), text_in(json, "title"), text_in(json, "description"),
                       must(config_from_json(json["config"], Config{}, where))});
  }
  return presets;
}

}  // namespace

std::span<const Preset> presets() {
  static const std::vector<Preset> all = read_presets();
  return all;
}

const Preset* find_preset(std::string_view name) {
  const auto all = presets();
  const auto at = std::find_if(all.begin(), all.end(), [&](const Preset& p) { return p.name == name; });
  return at == all.end() ? nullptr : &*at;
}

std::vector<const Preset*> all_presets(std::span<const Preset> own) {
  std::vector<const Preset*> all;
  for (const std::span<const Preset> list : {presets(), own})
    for (const Preset& preset : list) all.push_back(&preset);
  return all;
}

const Preset* find_preset_titled(std::string_view title, std::span<const Preset> own) {
  if (title.empty()) return nullptr;
  for (const std::span<const Preset> list : {presets(), own})
    for (const Preset& preset : list)
      if (preset.title == title) return &preset;
  return nullptr;
}

}  // namespace switchyard::app
