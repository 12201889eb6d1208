// What is listed on a terminal: the tables of knobs and presets, the checkpoints of a run.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "app/cli/setups/presets.h"
#include "app/cli/words/cli.h"
#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/config/knobs.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_description.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kTextWidth = 100, kAllowedWidth = 31;

// Words of `text` in lines of at most `width`, each behind `indent` spaces.
std::string wrapped(std::string_view text, std::size_t indent, std::size_t width) {
  std::string lines, line;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (!line.empty() && indent + line.size() + 1 + word.size() > width) {
      lines += std::string(indent, ' ') + line + '\n';
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  return lines + std::string(indent, ' ') + line + '\n';
}

Json knob_json(const Knob& knob, const Config& defaults) {
  Json json;
  json.member("key") = knob.key;
  json.member("label") = knob.label;
  json.member("group") = name_of(knob.group);
  json.member("type") = name_of(knob.type);
  std::visit([&](const auto& value) { json.member("default") = value; }, knob.get(defaults));
  if (knob.type == KnobType::integer) {
    json.member("minimum") = static_cast<std::int64_t>(knob.minimum);
    json.member("maximum") = static_cast<std::int64_t>(knob.maximum);
  } else if (knob.type == KnobType::real) {
    json.member("minimum") = knob.minimum;
    json.member("maximum") = knob.maximum;
  } else if (knob.type == KnobType::choice) {
    json.member("choices") = Json::array();
    for (std::string_view choice : knob.choices) json.member("choices").push_back(choice);
  }
  json.member("allowed") = allowed_range(knob);
  json.member("unit") = knob.unit;
  json.member("cost") = name_of(knob.cost);
  json.member("level") = name_of(knob.level);
  json.member("help") = knob.help;
  return json;
}

}  // namespace

std::string knob_list(bool json) {
  const Config defaults;
  if (json) {
    Json list = Json::array();
    for (const Knob& knob : knobs()) list.push_back(knob_json(knob, defaults));
    return dump_json(list, 2) + '\n';
  }
  const auto row = [](std::string_view key, std::string_view value, std::string_view allowed,
                      std::string_view unit, std::string_view cost) {
    std::string text = fmt::format("  {:<21} {:<21} {:<{}} {:<10} {}", key, value, allowed, kAllowedWidth, unit, cost);
    return text.substr(0, text.find_last_not_of(' ') + 1) + '\n';
  };
  std::string text = row("key", "default", "allowed", "unit", "a change is");
  const Knob* previous = nullptr;
  for (const Knob& knob : knobs()) {
    if (!previous || previous->group != knob.group) text += fmt::format("\n{}\n", name_of(knob.group));
    previous = &knob;
    const std::string allowed = allowed_range(knob);
    const bool fits = allowed.size() <= kAllowedWidth;
    text += row(knob.key, to_text(knob.get(defaults)), fits ? allowed : "one of", knob.unit, name_of(knob.cost));
    if (!fits) text += wrapped(allowed, 46, kTextWidth);
    text += wrapped(knob.help, 6, kTextWidth);
  }
  return text;
}

std::string preset_list(std::span<const Preset> own) {
  std::size_t width = 0;
  for (const Preset* const preset : all_presets(own)) width = std::max(width, preset->name.size());
  std::string text;
  const auto row = [&](char mark, const Preset& preset) {
    text += fmt::format("{} {:<{}}  {}: {}\n", mark, preset.name, width, preset.title, preset.description);
  };
  for (const Preset& preset : presets()) row(preset.name == kDefaultPreset ? '*' : ' ', preset);
  for (const Preset& preset : own) row('+', preset);
  text += "\n* runs when no preset is named\n";
  return own.empty() ? text : text + "+ yours\n";
}

Result<std::string> checkpoint_list(const std::string& run, bool json) {
  const std::filesystem::path folder = path_of_text(run);
  const auto description = read_run_description(folder);
  if (!description) return usage_error(fmt::format("checkpoints {}: is no folder of a run ({})", run, description.error().message));
  const CheckpointStore::Listing listing = CheckpointStore(folder).list();
  if (json) {
    Json list = Json::array();
    for (const CheckpointHeader& one : listing.checkpoints)
      list.push_back({{"step", one.label.step},
                      {"name", one.label.name},
                      {"why", one.label.why},
                      {"val_loss", one.label.val_loss},
                      {"written", fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(one.label.written_unix_s)))},
                      {"bytes", static_cast<std::int64_t>(one.bytes)},
                      {"file", one.file.native()}});
    return dump_json(list, 2) + '\n';
  }
  std::string text = fmt::format("{:>12}  {:>19}  {:>9}  {:>9}  {}\n", "step", "written (UTC)", "val_loss", "size", "kept");
  for (const CheckpointHeader& one : listing.checkpoints)
    text += fmt::format("{:>12}  {:%Y-%m-%d %H:%M:%S}  {:>9}  {:>6.1f} MB  {}\n", one.label.step,
                        fmt::gmtime(static_cast<std::time_t>(one.label.written_unix_s)),
                        std::isfinite(one.label.val_loss) ? fmt::format("{:.4f}", one.label.val_loss) : std::string("-"),
                        static_cast<double>(one.bytes) / 1e6,
                        one.label.name.empty() ? one.label.why : fmt::format("{} ({})", printable(one.label.name), one.label.why));
  for (const std::string& damaged : listing.damaged) text += printable(damaged) + '\n';
  if (listing.checkpoints.empty() && listing.damaged.empty()) text += "nothing of this run is kept\n";
  return text;
}

}  // namespace switchyard::app
