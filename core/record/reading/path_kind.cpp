#include "core/record/reading/path_kind.h"

#include <fcntl.h>

#include <system_error>

#include "core/data/data_file.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_place.h"

namespace switchyard {
namespace {

NamedPath named_folder(const std::filesystem::path& path) {
  std::error_code code;
  const auto holds = [&](const char* file) { return std::filesystem::exists(path / file, code); };
  if (run_changed_unix_s(AT_FDCWD, path.native())) return {PathKind::run, path};
  if (holds("model.safetensors")) return {PathKind::weights, path};
  if (holds(kConfigFile)) return {PathKind::settings, path / kConfigFile};
  return {PathKind::folder, path};
}

}  // namespace

NamedPath named_path(const std::filesystem::path& path) {
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) return {PathKind::missing, path};
  if (std::filesystem::is_directory(status)) return named_folder(path);
  const std::filesystem::path ending = path.extension();
  if (ending == ".safetensors") return {PathKind::weights, path};
  if (ending == ".json") return {PathKind::settings, path};
  return {task_of_file(path) == TaskKind::clusters ? PathKind::points : PathKind::text, path};
}

}  // namespace switchyard
