#include "app/run/selection.h"

#include <algorithm>
#include <utility>

namespace switchyard::app {

std::size_t probe_size(const Snapshot* snapshot) {
  if (!snapshot) return 0;
  if (snapshot->points) return snapshot->points->label.size();
  return snapshot->tokens ? snapshot->tokens->text.size() : 0;
}

const void* probe_of(const Snapshot* snapshot) {
  if (!snapshot) return nullptr;
  if (snapshot->points) return snapshot->points.get();
  return snapshot->tokens.get();
}

Selection select(const Snapshot& snapshot, std::vector<std::uint8_t> chosen, std::string of) {
  Selection out;
  chosen.resize(probe_size(&snapshot), 0);
  out.count = static_cast<std::size_t>(std::count_if(chosen.begin(), chosen.end(), [](std::uint8_t c) { return c != 0; }));
  if (out.count == 0) return {};
  out.chosen = std::move(chosen);
  out.of = std::move(of);
  out.probe = probe_of(&snapshot);
  return out;
}

void drop_stale(Selection& selection, const Snapshot* snapshot) {
  // Between two models there is no snapshot for a moment; the next one tells.
  if (selection.active() && snapshot && selection.probe != probe_of(snapshot)) selection = {};
}

}  // namespace switchyard::app
