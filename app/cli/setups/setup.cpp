#include "app/cli/setups/setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "app/cli/setups/presets.h"
#include "core/base/file_name.h"
#include "core/config/json.h"
#include "core/config/knobs.h"

namespace switchyard::app {
namespace {

const Config& start() { return find_preset(kDefaultPreset)->config; }

// Without its folders; a file that is called as the built-in data are stays a file.
std::string bare_name(const std::string& file, std::string_view built_in) {
  const std::string name = text_of_path(path_of_text(file).filename().native());
  return name == built_in ? "./" + name : name;
}

}  // namespace

Json setup_json(const Config& config) {
  Config named = config;
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters})
    if (std::string& file = named.*data_knob(task).file; file != data_knob(task).built_in)
      file = absolute_text(file);
  return to_json(named, start());
}

std::string setup_command(const Config& config, const Fingerprint& source) {
  Config shared = config;
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters})
    if (std::string& file = shared.*data_knob(task).file; file != data_knob(task).built_in)
      file = task == config.task ? bare_name(file, data_knob(task).built_in) : data_knob(task).built_in;
  Json json = to_json(shared, start());
  if (learns_from_file(config) && !source.sha256.empty())
    json = Json{
        {"config", json},
        {"data",
         Json{{"name", shared.*data_knob(config.task).file}, {"bytes", source.bytes}, {"sha256", source.sha256}}}};
  return "switchyard --config-text " + shell_quoted(dump_json(json, -1, true));
}

std::string setup_summary(const Config& config) {
  constexpr std::size_t kMost = 4;
  const std::vector<const Knob*> changed = changed_knobs(start(), config);
  if (changed.empty()) return "as the program starts";
  std::string text;
  for (std::size_t i = 0; i < std::min(changed.size(), kMost); ++i)
    text += fmt::format("{}{} {}", i > 0 ? ", " : "", changed[i]->key, shared_text(*changed[i], config));
  if (changed.size() > kMost) text += fmt::format(" and {} more", changed.size() - kMost);
  return text;
}

std::string shell_quoted(std::string_view text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') word += "'\\''";
    else word += c;
  }
  return word + "'";
}

}  // namespace switchyard::app
