#include "app/cli/setups/run_origin.h"

#include <optional>
#include <utility>

#include "app/cli/setups/own_presets.h"
#include "core/config/json.h"
#include "core/record/folder/kept_text.h"

namespace switchyard::app {
namespace {

constexpr int kMostAncestors = 20;

}  // namespace

std::string origin_of_run(const std::filesystem::path& folder, std::span<const Preset> own) {
  const auto about = read_run_description(folder);
  return about ? origin_of_run(folder, *about, read_run_note(folder), own) : std::string();
}

std::string origin_of_run(const std::filesystem::path& folder, const RunDescription& about, const RunNote& note,
                          std::span<const Preset> own) {
  if (!note.preset.empty()) return note.preset;
  std::filesystem::path at = folder;
  std::optional<RunPoint> parent = about.run.parent;
  for (int i = 1; i < kMostAncestors && parent && parent->run.find('/') == std::string::npos; ++i) {
    at = runs_of(at) / parent->run;
    const auto its = read_run_description(at);
    if (!its || its->run.id != parent->run) break;
    if (std::string preset = read_run_note(at).preset; !preset.empty()) return preset;
    parent = its->run.parent;
  }
  const auto config = config_from_json(about.json, Config{}, kConfigFile);
  if (!config) return {};
  for (const Preset* const preset : all_presets(own))
    if (started_from(*preset, *config) == *config) return preset->title;
  return {};
}

std::string origin_of_checkpoint(const std::filesystem::path& file, std::span<const Preset> own) {
  std::error_code code;
  for (std::filesystem::path at = file.parent_path(); at.has_relative_path(); at = at.parent_path())
    if (std::filesystem::exists(at / kConfigFile, code)) return origin_of_run(at, own);
  return {};
}

}  // namespace switchyard::app
