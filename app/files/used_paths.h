// What was opened last, by what it was: a chooser begins with it.
//
// Thread safety: a value.
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "app/files/chooser.h"

namespace switchyard::app {

struct UsedPaths {
  static constexpr std::size_t kMost = 12;

  std::vector<std::filesystem::path> texts, runs, settings, directories, routes;  // absolute; the newest first

  std::vector<std::filesystem::path>& of(Chooses what) {
    return what == Chooses::run        ? runs
           : what == Chooses::settings ? settings
           : what == Chooses::runs     ? directories
           : what == Chooses::routes   ? routes
                                       : texts;
  }
  const std::vector<std::filesystem::path>& of(Chooses what) const {
    return const_cast<UsedPaths*>(this)->of(what);
  }
  // Becomes the newest.
  void note(Chooses what, std::filesystem::path path);
  // `other` behind what is here, while there is room.
  void append(const UsedPaths& other);
  bool empty() const {
    return texts.empty() && runs.empty() && settings.empty() && directories.empty() && routes.empty();
  }
  bool operator==(const UsedPaths&) const = default;
};

}  // namespace switchyard::app
