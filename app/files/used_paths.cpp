#include "app/files/used_paths.h"

#include <algorithm>
#include <utility>

namespace switchyard::app {

void UsedPaths::note(Chooses what, std::filesystem::path path) {
  auto& list = of(what);
  std::erase(list, path);
  list.insert(list.begin(), std::move(path));
  if (list.size() > kMost) list.resize(kMost);
}

void UsedPaths::append(const UsedPaths& other) {
  for (const Chooses what : {Chooses::text, Chooses::run, Chooses::settings, Chooses::runs, Chooses::routes}) {
    auto& list = of(what);
    for (const std::filesystem::path& path : other.of(what))
      if (list.size() < kMost && std::count(list.begin(), list.end(), path) == 0) list.push_back(path);
  }
}

}  // namespace switchyard::app
