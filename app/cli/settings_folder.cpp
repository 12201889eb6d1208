#include "app/cli/settings_folder.h"

#include <cstdlib>

namespace switchyard::app {

std::filesystem::path settings_folder() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  const std::filesystem::path base =
      config && *config ? std::filesystem::path(config) : std::filesystem::path(home ? home : ".") / ".config";
  return base / "switchyard";
}

}  // namespace switchyard::app
