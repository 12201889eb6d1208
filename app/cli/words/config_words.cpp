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
#include "core/record/folder/kept_text.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

constexpr std::int64_t kMostSteps = 1'000'000'000'000;

// Whose kept texts a setup may be of: where this run will lie, and where runs lie by themselves.
std::vector<std::filesystem::path> directories_of_runs(const Words& words) {
  std::vector<std::filesystem::path> directories = words.text_runs;
  if (words.out) directories.push_back(runs_of(*words.out));
  directories.push_back(default_runs_directory());
  return directories;
}

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

Result<void> read_figure_words(const Words& words, Options& options) {
  FigureForm& form = options.figure_form;
  form.light_theme = options.light_theme;
  const auto read = [&](const char* argument, const std::optional<std::string>& word, auto into) -> Result<void> {
    if (!word) return {};
    const Result<void> done = into(*word, form);
    return done ? done : Result<void>(usage_error(fmt::format("{}: {}", argument, done.error().message)));
  };
  if (auto done = read("--figure-size", words.figure_size, read_figure_size); !done) return done;
  if (auto done = read("--figure-font", words.figure_font, read_figure_font); !done) return done;
  if (auto done = read("--figure-format", words.figure_format, read_figure_formats); !done) return done;
  if (words.figure_font && !words.figure_size)
    return usage_error("--figure-font: goes with --figure-size, which says how wide the figure is on paper");
  if (words.figure_panels && words.figure_panels->find_first_not_of(',') == std::string::npos)
    return bad_argument("--figure-panels", fmt::format("'{}'", *words.figure_panels),
                        "names of panels, with commas between; without it all are drawn");
  if (words.figure_panels)
    for (std::string_view rest = *words.figure_panels;;) {
      const auto comma = rest.find(',');
      if (comma != 0 && !rest.empty()) form.panels.emplace_back(rest.substr(0, comma));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
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
  if ((words.config || words.config_text) && !words.preset) preset_name.clear();  // they are what it begins with
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
    auto read = recorded_config_of(*json, config, "--config-text", directories_of_runs(words));
    if (!read) return read.error();
    config = read->config;
    if (const Json::Object* knobs = (json->contains("config") ? (*json)["config"] : *json).members())
      for (const Json::Member& knob : *knobs) given.push_back(knob.key);
    // A setup that says which file it learns from is that one's record.
    if (read->names_data && read->source) {
      std::erase(given, data_knob(config.task).key);
      recorded = std::move(*read);
    }
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
