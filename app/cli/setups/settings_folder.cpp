#include "app/cli/setups/settings_folder.h"

#include <cstdlib>

namespace switchyard::app {
namespace {

std::filesystem::path base_folder(const char* variable, const char* below_home) {
  const char* named = std::getenv(variable);
  const char* home = std::getenv("HOME");
  return named && *named ? std::filesystem::path(named) : std::filesystem::path(home ? home : ".") / below_home;
}

}  // namespace

std::filesystem::path settings_folder() { return base_folder("XDG_CONFIG_HOME", ".config") / "switchyard"; }
std::filesystem::path state_folder() { return base_folder("XDG_STATE_HOME", ".local/state") / "switchyard"; }

}  // namespace switchyard::app
