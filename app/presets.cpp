#include "app/presets.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <vector>

#include "app/embedded_presets.h"
#include "core/config/json.h"

namespace switchyard::app {
namespace {

// What is compiled in and wrong is a bug of ours, not an error of the user's.
template <class T>
T must(Result<T> result) {
  if (!result) throw std::logic_error(result.error().message);
  return std::move(*result);
}

std::vector<Preset> read_presets() {
  std::vector<Preset> presets;
  for (const EmbeddedPreset& file : embedded_presets()) {
    const std::string where = "assets/presets/" + std::string(file.name) + ".json";
    const Json json = must(parse_json(file.json, where));
    presets.push_back({std::string(file.name), json.at("title").get<std::string>(),
                       json.at("description").get<std::string>(),
                       must(config_from_json(json.at("config"), Config{}, where))});
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

}  // namespace switchyard::app
