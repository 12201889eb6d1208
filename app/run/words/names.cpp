#include "app/run/words/names.h"

#include <fmt/format.h>

#include "core/base/expert_label.h"
#include "core/config/knobs.h"

namespace switchyard::app {

std::string layer_name(std::size_t layer) { return fmt::format("layer {}", layer); }

std::string expert_name(int expert, std::size_t experts) { return expert_label(expert, experts); }

std::vector<std::string> expert_names(std::size_t experts) {
  std::vector<std::string> names;
  names.reserve(experts);
  for (std::size_t i = 0; i < experts; ++i) names.push_back(expert_name(static_cast<int>(i), experts));
  return names;
}

std::string_view knob_label(std::string_view key) {
  const Knob* const knob = find_knob(key);
  return knob ? knob->label : key;
}

}  // namespace switchyard::app
