#include "app/panels/checkpoint/cosine_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/checkpoint/cell_map.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/run/in_front.h"
#include "app/run/words/names.h"
#include "core/checkpoints/sketch.h"

namespace switchyard::app {
namespace {

constexpr float kLeastEnd = 0.2f;  // of the colours: what is next to nothing is not made to look like something

std::string in_hundredths(double value) { return fmt::format("{:.2f}", value); }

float of_pair(const PairFigures& pairs, std::size_t i, std::size_t j) {
  const auto a = static_cast<std::int64_t>(std::min(i, j)), b = static_cast<std::int64_t>(std::max(i, j));
  return a == b ? NAN : pairs.at(a, b);
}

}  // namespace

bool draw_cosine_map(const PanelInput& in, UiState& ui, CheckpointShown& shown, std::size_t layer,
                     const std::shared_ptr<const PairFigures>& of, const CosineMap& map) {
  const PairFigures& pairs = *of;
  const auto n = static_cast<std::size_t>(pairs.n);
  MapMemo& memo = map_memo(shown, map.panel);
  if (memo.begin(of)) {
    memo.largest = pairs.largest();
    for (const float value : pairs.values)
      if (!std::isnan(value)) memo.most = std::max(memo.most, std::abs(value));
  }
  const PairFigures::Largest& largest = memo.largest;
  if (std::isnan(largest.value)) return false;
  const float end = std::max(memo.most, kLeastEnd);
  // The closest of many is the one that chance favoured most: it has the bound of all of them.
  const double of_one = Sketch::kThreeSigma, of_all = Sketch::bound_of_all(pairs.values.size());
  if (Table* table = wanted_table(in)) {
    std::vector<std::string> header{"layer", "expert", "with expert", fmt::format("cosine of {}", map.of)};
    if (map.by_sketches)
      header.insert(header.end(), {"three sigma of one pair", "bound of all pairs at once, as sure"});
    table->set_header(std::move(header));
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j) {
        std::vector<Cell> row{layer_words(shown.facts(), layer), static_cast<std::int64_t>(i),
                              static_cast<std::int64_t>(j), static_cast<double>(of_pair(pairs, i, j))};
        if (map.by_sketches) row.insert(row.end(), {of_one, of_all});
        table->add_row(std::move(row));
      }
  }
  const auto name = [&](std::size_t e) { return expert_name(static_cast<int>(e), n); };
  header_text(in, fmt::format("closest {} {} {:+.3f}{}", name(static_cast<std::size_t>(largest.i)),
                              name(static_cast<std::size_t>(largest.j)), largest.value,
                              map.by_sketches ? fmt::format(" ±{:.3f}", of_all) : std::string()));
  const std::string low = in_hundredths(static_cast<double>(-end)), high = in_hundredths(static_cast<double>(end));
  const bool has_chosen = shown.expert && shown.expert->layer == layer && shown.expert->expert < n;
  const CellMapResult drawn =
      draw_cell_map(in, {.id = "cosines",
                         .size = ImGui::GetContentRegionAvail(),
                         .rows = n,
                         .columns = n,
                         .value = [&](CellPlace at) { return of_pair(pairs, at.row, at.column); },
                         .memo = &memo,
                         .row_name = name,
                         .column_name = name,
                         .from = -end,
                         .to = end,
                         .is_of_pairs = true,
                         .is_signed = true,
                         .format = in_hundredths,
                         .caption = map.caption,
                         .from_label = low,
                         .to_label = high,
                         .note = map.note,
                         .lit_row = has_chosen ? static_cast<int>(shown.expert->expert) : -1});
  if (!drawn.place || drawn.place->row == drawn.place->column) return true;
  const auto [i, j] = *drawn.place;
  const float value = of_pair(pairs, i, j);
  const std::string sure =
      map.by_sketches ? fmt::format(" ±{:.3f} at 3 sigma", drawn.shared > 1 ? of_all : of_one) : std::string();
  const std::string offer = unread_type(shown, {layer, i})
                                ? "its weights are of a type that is not read"
                                : fmt::format("a click finds {}'s singular values", name(i));
  figure_tooltip(in, fmt::format("{} with {}", name(i), name(j)),
                 fmt::format("cosine of {} {}{}", map.of, figure_words(static_cast<double>(value), 3), sure),
                 drawn.shared > 1
                     ? fmt::format("of the {} pairs in this cell the farthest from 0; {}", drawn.shared, offer)
                     : offer);
  if (!drawn.clicked) return true;
  bring_to_front(ui, "expert-spectrum");
  choose_expert(shown, {layer, i});
  return true;
}

}  // namespace switchyard::app
