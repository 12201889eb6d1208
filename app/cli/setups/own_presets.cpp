#include "app/cli/setups/own_presets.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

#include "app/cli/setups/settings_folder.h"
#include "app/cli/setups/setup.h"
#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/record/files/files.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostPresets = 200;  // more is no list for a person

const Preset* compiled_in(std::string_view title) {
  const Preset* const named = find_preset(title);
  return named ? named : find_preset_titled(title, {});
}

Result<Preset> read_preset(const fs::path& file) {
  const auto json = read_json_file(file);
  if (!json) return json.error();
  const std::string where = file.native();
  const auto wrong = [&](std::string_view what) { return usage_error(fmt::format("{}: {}", where, what)); };
  if (!json->members() || !(*json)["config"].members())
    return wrong("is no preset: wants {\"title\": \"...\", \"description\": \"...\", \"config\": {...}}");
  Preset preset;
  preset.name = printable(file.stem().native());
  preset.title = preset.name;
  for (const auto& [key, text] :
       {std::pair{"title", &preset.title}, std::pair{"description", &preset.description}}) {
    const Json& value = (*json)[key];
    if (value.is_null()) continue;
    if (!value.text()) return wrong(fmt::format("{} is a {}, wants a text", key, value.type_name()));
    *text = printable(*value.text());
  }
  if (preset.title.empty()) preset.title = preset.name;
  if (compiled_in(preset.name))
    return wrong(fmt::format("'{}' is a preset of the program: give the file another name", preset.name));
  auto config = config_from_json((*json)["config"], find_preset(kDefaultPreset)->config, where);
  if (!config) {
    const std::string* const program = (*json)["switchyard"].text();
    return Error{config.error().kind,
                 config.error().message + (program ? said_of_later(*program) : std::string())};
  }
  preset.config = std::move(*config);
  return preset;
}

std::vector<fs::path> preset_files() {
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator at(own_presets_folder(), code), end; !code && at != end; at.increment(code))
    if (at->path().extension() == ".json") files.push_back(at->path());
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

fs::path own_presets_folder() { return settings_folder() / "presets"; }

OwnPresets read_own_presets() {
  OwnPresets read;
  std::vector<fs::path> files = preset_files();
  if (files.size() > kMostPresets) {
    read.warnings.push_back(fmt::format("{}: holds {} presets, the first {} are offered",
                                        own_presets_folder().native(), files.size(), kMostPresets));
    files.resize(kMostPresets);
  }
  for (const fs::path& file : files) {
    auto preset = read_preset(file);
    if (preset) read.presets.push_back(std::move(*preset));
    else read.warnings.push_back(preset.error().message);
  }
  return read;
}

Result<Preset> find_any_preset(std::string_view name) {
  if (const Preset* preset = find_preset(name)) return *preset;
  // What is asked for by its file is read, or it is said why not; of the others nothing is.
  for (const fs::path& file : preset_files())
    if (file.stem().native() == name) return read_preset(file);
  OwnPresets own = read_own_presets();
  for (Preset& preset : own.presets)
    if (preset.title == name || preset.name == name) return std::move(preset);
  std::vector<std::string_view> names;
  for (const Preset& known : presets()) names.push_back(known.name);
  for (const Preset& known : own.presets) names.push_back(known.name);
  return usage_error(fmt::format("--preset {}: allowed is {}", name, fmt::join(names, ", ")));
}

Result<Preset> save_own_preset(std::string_view title, const Config& config) {
  title.remove_prefix(std::min(title.find_first_not_of(' '), title.size()));
  title = title.substr(0, title.find_last_not_of(' ') + 1);
  Preset preset{safe_file_name(title), printable(title), setup_summary(config), config};
  if (preset.name.empty()) return usage_error(fmt::format("'{}': a name wants a letter or a digit", preset.title));
  for (const std::string& taken : {preset.name, preset.title})
    if (const Preset* own = compiled_in(taken))
      return usage_error(
          fmt::format("'{}' is a preset of the program ({}): choose another name", preset.title, own->name));
  const fs::path folder = own_presets_folder(), file = folder / (preset.name + ".json");
  std::error_code code;
  if (const auto there = read_preset(file); there && there->title != preset.title)
    return usage_error(fmt::format("{} holds the preset '{}': choose another name", file.native(), there->title));
  else if (!there && fs::exists(file, code))
    return usage_error(fmt::format("{} (it stays as it is: choose another name)", there.error().message));
  fs::create_directories(folder, code);
  if (code) return failure(fmt::format("{}: cannot create the folder: {}", folder.native(), code.message()));
  const Json json{{"title", preset.title},
                  {"description", preset.description},
                  {"switchyard", version()},
                  {"config", setup_json(config)}};
  if (const auto written = replace_file(file, dump_json(json, 2) + "\n"); !written) return written.error();
  return preset;
}

Config started_from(const Preset& preset, const Config& now) {
  const Config& start = find_preset(kDefaultPreset)->config;
  Config config = preset.config;
  if (config.corpus == start.corpus) config.corpus = now.corpus;
  if (config.task == TaskKind::language && config.points == start.points) config.points = now.points;
  if (config.threads == start.threads) config.threads = now.threads;
  return config;
}

}  // namespace switchyard::app
