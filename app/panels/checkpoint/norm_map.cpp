#include "app/panels/checkpoint/norm_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/checkpoint/cell_map.h"
#include "app/panels/parts/panel_frame.h"
#include "app/run/words/names.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

std::string three(double value) { return viz::significant(value, 3); }

}  // namespace

bool draw_norm_map(const PanelInput& in, CheckpointShown& shown, const char* id, std::string_view what,
                   const NormsOfLayer& norms) {
  const CheckpointFacts& facts = shown.facts();
  const std::size_t layers = facts.model.layers.size(), experts = shown.experts();
  float least = INFINITY, most = -INFINITY;
  double sum = 0, count = 0;
  std::vector<const std::vector<double>*> of(layers);
  for (std::size_t l = 0; l < layers; ++l) {
    of[l] = norms(l);
    if (!of[l]) continue;
    for (const double norm : *of[l])
      if (std::isfinite(norm)) {
        least = std::min(least, static_cast<float>(norm)), most = std::max(most, static_cast<float>(norm));
        sum += norm, ++count;
      }
  }
  if (count == 0) return false;
  if (Table* table = wanted_table(in)) {
    table->set_header({"layer", "expert", std::string(what)});
    for (std::size_t l = 0; l < layers; ++l)
      for (std::size_t e = 0; of[l] && e < of[l]->size(); ++e)
        table->add_row({layer_words(facts, l), static_cast<std::int64_t>(e), (*of[l])[e]});
  }
  const std::string low = three(static_cast<double>(least)), high = three(static_cast<double>(most));
  const CellMapResult drawn = draw_cell_map(
      in,
      {.id = id,
       .size = ImGui::GetContentRegionAvail(),
       .rows = layers,
       .columns = experts,
       .value =
           [&](CellPlace at) {
             return of[at.row] && at.column < of[at.row]->size() ? static_cast<float>((*of[at.row])[at.column])
                                                                 : NAN;
           },
       .row_name = [&](std::size_t l) { return layer_words(facts, l); },
       .column_name = [&](std::size_t e) { return expert_name(static_cast<int>(e), experts); },
       .from = least,
       .to = most > least ? most : least + 1,
       .usual = static_cast<float>(sum / count),
       .format = three,
       .caption = "rows layers, columns experts",
       .from_label = low,
       .to_label = high,
       .chosen = shown.expert ? std::optional(CellPlace{shown.expert->layer, shown.expert->expert}) : std::nullopt,
       .lit_row = layers > 1 ? static_cast<int>(shown.layer) : -1});
  if (!drawn.place) return true;
  const auto [l, e] = *drawn.place;
  if (!of[l] || e >= of[l]->size()) return true;
  figure_tooltip(
      in, fmt::format("layer {}  {}", layer_words(facts, l), expert_name(static_cast<int>(e), experts)),
      fmt::format("{} {}", what, figure_words((*of[l])[e])),
      drawn.shared > 1
          ? fmt::format("of the {} in this cell the farthest from the mean; a click finds its singular values",
                        drawn.shared)
          : std::string("a click finds its singular values"));
  if (drawn.clicked) choose_expert(shown, {l, e});
  return true;
}

}  // namespace switchyard::app
