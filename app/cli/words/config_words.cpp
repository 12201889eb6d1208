// What of the command line says what to train: the settings, in the order in which later words win.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "app/cli/setups/own_presets.h"
#include "app/cli/setups/presets.h"
#include "app/cli/words/words.h"
#include "core/base/json.h"
#include "core/config/json.h"
#include "core/config/knobs.h"
#include "core/data/own_points.h"
#include "core/record/folder/data_record.h"

namespace switchyard::app {
namespace {

constexpr std::int64_t kMostSteps = 1'000'000'000'000;

// Whoever names a text or points gets those, and is told if they are not the recorded ones; otherwise these are
// found.
Result<void> settle_data(const RecordedConfig& recorded, bool is_given, Config& config,
                         std::vector<std::string>& notes) {
  if (config.task != recorded.config.task) return {};
  std::string Config::*const file = data_knob(config.task).file;
  if (!is_given) {
    auto found = find_data_file(recorded, &notes);
    if (!found) return found.error();
    config.*file = std::move(*found);
    return {};
  }
  if (!learns_from_file(config) && config.task == TaskKind::clusters) return {};
  const auto note = note_of_another_file(recorded, config.*file);
  if (!note) return note.error();
  if (!note->empty()) notes.push_back(*note);
  return {};
}

}  // namespace

std::optional<std::int64_t> to_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Result<std::int64_t> steps_from(std::string_view argument, const std::string& text) {
  const auto steps = to_integer(text);
  if (!steps || *steps < 1 || *steps > kMostSteps)
    return bad_argument(argument, text, fmt::format("a whole number from 1 to {}", kMostSteps));
  return *steps;
}

Result<void> read_theme_word(const Words& words, Options& options) {
  if (!words.theme) return {};
  if (*words.theme != "light" && *words.theme != "dark")
    return bad_argument("--theme", *words.theme, "light, dark");
  options.light_theme = *words.theme == "light";
  options.has_theme = true;
  return {};
}

Result<Config> read_config_words(const Words& words, std::string& preset_name, std::vector<std::string>& notes) {
  preset_name = words.preset.value_or(std::string(words.points ? kPointsPreset : kDefaultPreset));
  const auto preset = find_any_preset(preset_name);
  if (!preset) return preset.error();
  preset_name = preset->name;
  Config config = preset->config;
  // What cannot be read is told by whoever reads it whole.
  if (words.points && !words.preset && !words.config)
    if (const auto dims = count_point_dims(*words.points)) suit_to_dims(config, *dims);
  std::optional<RecordedConfig> recorded;
  if (words.config) {
    auto read = read_recorded_config(*words.config, config);
    if (!read) return read.error();
    recorded = std::move(*read);
    config = recorded->config;
  }
  const auto set = [&](std::string_view argument, std::string_view key, std::string_view value) -> Result<void> {
    const auto done = set_from_text(config, key, value);
    if (!done) return usage_error(fmt::format("{}: {}", argument, done.error().message));
    return {};
  };
  std::vector<std::string> given;
  const auto named = named_data(words);
  if (!named) return named.error();
  if (words.config_text) {
    const auto json = parse_json(*words.config_text, "--config-text");
    if (!json) return json.error();
    auto read = config_from_json(*json, config, "--config-text");
    if (!read) return read.error();
    config = std::move(*read);
    if (const Json::Object* knobs = (json->contains("config") ? (*json)["config"] : *json).members())
      for (const Json::Member& knob : *knobs) given.push_back(knob.key);
  }
  if (*named) {
    const std::string_view key = data_knob((*named)->task).key;
    if (const auto done = set(fmt::format("--{}", key), key, (*named)->file); !done) return done.error();
    given.emplace_back(key);
  }
  if (words.seed)
    if (const auto done = set("--seed", "seed", *words.seed); !done) return done.error();
  if (const auto done = set_words(words, config, given); !done) return done.error();
  const bool names_data = std::find(given.begin(), given.end(), data_knob(config.task).key) != given.end();
  if (recorded)
    if (const auto settled = settle_data(*recorded, names_data, config, notes); !settled) return settled.error();
  return config;
}

}  // namespace switchyard::app
