#include "app/run/words/run_label.h"

#include <fmt/chrono.h>

#include <ctime>

#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/record/folder/run_place.h"

namespace switchyard::app {
namespace {

// "15:12" of "20261128T151200Z-stories-x7k2mq", by the clock on the wall.
std::string hour_of(const std::string& run_name) {
  std::tm when{};
  if (!strptime(run_name.c_str(), "%Y%m%dT%H%M%SZ", &when)) return {};
  return fmt::format("{:%H:%M}", fmt::localtime(timegm(&when)));
}

}  // namespace

std::string run_label(std::string_view run_folder, std::string_view id) {
  const std::string folder = name_of_file(run_folder), name = folder.empty() ? std::string(id) : folder;
  std::string label = name;
  if (is_run_name(name)) {
    const std::size_t from = name.find('-') + 1, to = name.rfind('-');
    label = name.substr(from, to > from ? to - from : std::string::npos) + " " + hour_of(name);
  }
  return printable(label);
}

}  // namespace switchyard::app
