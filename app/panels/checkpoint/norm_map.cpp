#include "app/panels/checkpoint/norm_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "app/panels/checkpoint/cell_map.h"
#include "app/panels/parts/panel_frame.h"
#include "app/run/in_front.h"
#include "app/run/words/names.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

std::string three(double value) { return viz::significant(value, 3); }

// Of those that are numbers; NaN: none is.
float median_of(std::vector<double> norms) {
  std::erase_if(norms, [](double norm) { return !std::isfinite(norm); });
  if (norms.empty()) return NAN;
  const auto middle = norms.begin() + static_cast<std::ptrdiff_t>(norms.size() / 2);
  std::nth_element(norms.begin(), middle, norms.end());
  return static_cast<float>(*middle);
}

void work_out(MapMemo& memo, const NormsOfLayer& norms, std::size_t layers) {
  memo.least = INFINITY, memo.most = -INFINITY;
  for (std::size_t l = 0; l < layers; ++l) {
    memo.norms.push_back(norms(l));
    memo.medians.push_back(median_of(memo.norms.back()));
    for (const double norm : memo.norms.back())
      if (std::isfinite(norm))
        memo.least = std::min(memo.least, static_cast<float>(norm)),
        memo.most = std::max(memo.most, static_cast<float>(norm));
  }
}

}  // namespace

bool draw_norm_map(const PanelInput& in, UiState& ui, CheckpointShown& shown, const char* panel,
                   std::string_view what, const NormsOfLayer& norms, int variant) {
  const CheckpointFacts& facts = shown.facts();
  const std::size_t layers = facts.model.layers.size(), experts = shown.experts();
  MapMemo& memo = map_memo(shown, panel);
  if (memo.begin(shown.news, variant)) work_out(memo, norms, layers);
  const std::vector<std::vector<double>>& of = memo.norms;
  const float least = memo.least, most = memo.most;
  if (least > most) return false;
  if (Table* table = wanted_table(in)) {
    table->set_header({"layer", "expert", std::string(what)});
    for (std::size_t l = 0; l < layers; ++l)
      for (std::size_t e = 0; e < of[l].size(); ++e)
        table->add_row({layer_words(facts, l), static_cast<std::int64_t>(e), of[l][e]});
  }
  const std::string low = three(static_cast<double>(least)), high = three(static_cast<double>(most));
  const CellMapResult drawn = draw_cell_map(
      in,
      {.id = "norms",
       .size = ImGui::GetContentRegionAvail(),
       .rows = layers,
       .columns = experts,
       .value =
           [&](CellPlace at) {
             return at.column < of[at.row].size() ? static_cast<float>(of[at.row][at.column]) : NAN;
           },
       .memo = &memo,
       .row_name = [&](std::size_t l) { return layer_words(facts, l); },
       .column_name = [&](std::size_t e) { return expert_name(static_cast<int>(e), experts); },
       .from = least,
       .to = most > least ? most : least + 1,
       .usual = memo.medians,
       .usual_name = "its layer's median",
       .format = three,
       .caption = "rows layers, columns experts",
       .from_label = low,
       .to_label = high,
       .chosen = shown.expert ? std::optional(CellPlace{shown.expert->layer, shown.expert->expert}) : std::nullopt,
       .lit_row = layers > 1 ? static_cast<int>(shown.layer) : -1});
  if (!drawn.place) return true;
  const auto [l, e] = *drawn.place;
  if (e >= of[l].size()) return true;
  const bool can = !unread_type(shown, {l, e});
  const std::string offer =
      can ? "a click finds its singular values" : "its weights are of a type that is not read";
  figure_tooltip(in, fmt::format("layer {}  {}", layer_words(facts, l), expert_name(static_cast<int>(e), experts)),
                 fmt::format("{} {}", what, figure_words(of[l][e])),
                 drawn.shared > 1 ? fmt::format("of the {} in this cell the farthest from its layer's median; {}",
                                                drawn.shared, offer)
                                  : offer);
  if (!drawn.clicked) return true;
  bring_to_front(ui, "expert-spectrum");
  choose_expert(shown, {l, e});
  return true;
}

}  // namespace switchyard::app
