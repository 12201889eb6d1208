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

}  // namespace

Json setup_json(const Config& config) {
  Config named = config;
  for (const TaskKind task : {TaskKind::language, TaskKind::clusters})
    if (std::string& file = named.*data_knob(task).file; file != data_knob(task).built_in)
      file = absolute_text(file);
  return to_json(named, start());
}

std::string setup_command(const Config& config) {
  return "switchyard --config-text " + shell_quoted(dump_json(setup_json(config), -1, true));
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
