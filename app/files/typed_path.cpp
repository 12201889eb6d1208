#include "app/files/typed_path.h"

#include <cstdlib>

#include "core/base/file_name.h"
#include "core/base/printable.h"

namespace switchyard::app {

namespace fs = std::filesystem;

fs::path home_folder() {
  const char* const home = std::getenv("HOME");
  const fs::path path = home ? home : "";
  return path.is_absolute() ? tidy(path) : fs::path();
}

bool says_where(std::string_view typed) { return typed == "~" || typed == ".." || typed.find('/') != typed.npos; }

fs::path tidy(const fs::path& path) {
  fs::path out = path.lexically_normal();
  return out.has_relative_path() && !out.has_filename() ? out.parent_path() : out;
}

fs::path path_of_typed(std::string_view typed, const fs::path& folder) {
  const fs::path home = home_folder();
  if (!home.empty() && (typed == "~" || typed.starts_with("~/")))
    return tidy(home / fs::path(typed.size() > 2 ? typed.substr(2) : std::string_view()));
  return tidy(folder / path_of_text(typed));
}

std::string typed_of_path(const fs::path& path) {
  const fs::path home = home_folder();
  if (!home.empty() && is_printable(path.native())) {
    if (path == home) return "~";
    if (home.has_relative_path() && path.native().starts_with(home.native() + "/"))
      return "~" + path.native().substr(home.native().size());
  }
  return text_of_path(path.native());
}

}  // namespace switchyard::app
