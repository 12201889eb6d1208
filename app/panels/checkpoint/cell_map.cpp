#include "app/panels/checkpoint/cell_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/ui/registry.h"
#include "viz/plots/matrix.h"

namespace switchyard::app {
namespace {

constexpr float kLeastCell = 2.5f;                // at scale 1, to be seen and hit
constexpr float kLeastMap = 90;                   // at scale 1, in height, with a line below it
constexpr float kNamesRoom = 40, kEndsRoom = 44;  // at scale 1: left of the cells, above and below them

// Neighbours of one axis in groups of one size; the last may be smaller.
struct Groups {
  std::size_t of = 0, size = 1;
  std::size_t count() const { return (of + size - 1) / size; }
  std::size_t first(std::size_t group) const { return std::min(of, group * size); }
  std::size_t group(std::size_t index) const { return index / size; }
};

Groups groups_of(std::size_t of, float room) {
  const auto fit = static_cast<std::size_t>(std::max(1.0f, room / kLeastCell));
  return {of, (of + fit - 1) / fit};
}

// The number that stands out of every cell, and where it lies.
void group_cells(const CellMapSpec& spec, const Groups& rows, const Groups& columns) {
  MapMemo& memo = *spec.memo;
  if (memo.rows_each == rows.size && memo.columns_each == columns.size) return;
  memo.rows_each = rows.size, memo.columns_each = columns.size;
  memo.values.assign(rows.count() * columns.count(), NAN);
  memo.places.assign(memo.values.size(), {});
  for (std::size_t gr = 0; gr < rows.count(); ++gr)
    for (std::size_t gc = spec.is_of_pairs ? gr : 0; gc < columns.count(); ++gc) {
      const std::size_t at = gr * columns.count() + gc;
      memo.places[at] = {rows.first(gr), columns.first(gc)};
      float farthest = -1;
      for (std::size_t r = rows.first(gr); r < rows.first(gr + 1); ++r)
        for (std::size_t c = columns.first(gc); c < columns.first(gc + 1); ++c) {
          const float value = spec.value({r, c}),
                      away = std::abs(value - (spec.usual.empty() ? 0 : spec.usual[r]));
          if (away > farthest) farthest = away, memo.values[at] = value, memo.places[at] = {r, c};
        }
      if (!spec.is_of_pairs) continue;
      const std::size_t turned = gc * columns.count() + gr;
      memo.values[turned] = memo.values[at];
      if (gc > gr) memo.places[turned] = {memo.places[at].column, memo.places[at].row};
    }
}

// Numbers in a cell, those that there are.
std::size_t count_of(const CellMapSpec& spec, const Groups& rows, const Groups& columns, std::size_t gr,
                     std::size_t gc) {
  std::size_t count = 0;
  for (std::size_t r = rows.first(gr); r < rows.first(gr + 1); ++r)
    for (std::size_t c = columns.first(gc); c < columns.first(gc + 1); ++c)
      count += std::isnan(spec.value({r, c})) ? 0 : 1;
  return spec.is_of_pairs && gr == gc ? count / 2 : count;
}

}  // namespace

bool MapMemo::begin(std::shared_ptr<const void> numbers, int which) {
  if (of && of == numbers && variant == which) return false;
  *this = {};
  of = std::move(numbers), variant = which;
  return true;
}

MapMemo& map_memo(CheckpointShown& shown, const std::string& panel) {
  std::shared_ptr<MapMemo>& memo = shown.maps[panel];
  if (!memo) memo = std::make_shared<MapMemo>();
  return *memo;
}

CellMapResult draw_cell_map(const PanelInput& in, const CellMapSpec& spec) {
  CellMapResult result;
  if (spec.size.x < 1 || spec.size.y < 1 || spec.rows == 0 || spec.columns == 0) return result;
  Groups rows = groups_of(spec.rows, spec.size.y / in.scale - kEndsRoom),
         columns = groups_of(spec.columns, spec.size.x / in.scale - kNamesRoom);
  // Of pairs both axes are the same, and the diagonal stays one.
  if (spec.is_of_pairs) rows.size = columns.size = std::max(rows.size, columns.size);
  group_cells(spec, rows, columns);
  const std::vector<float>& values = spec.memo->values;
  std::string note(spec.note);
  if (rows.size > 1 || columns.size > 1)
    note += fmt::format("{}a cell: the farthest of {} × {} from {}", note.empty() ? "" : "; ", rows.size,
                        columns.size, spec.usual_name);
  // Below the map, wrapped: a legend has no room for it. A low panel is its map; the tooltip says the same.
  float note_height =
      note.empty() ? 0 : words_height(in, viz::Font::small, note, spec.size.x) + ImGui::GetStyle().ItemSpacing.y;
  if (!for_figure(in) && spec.size.y - note_height < kLeastMap * in.scale) note_height = 0;
  const auto names = [](const Groups& groups, const auto& name) {
    std::vector<std::string> out;
    for (std::size_t g = 0; g < groups.count(); ++g) out.push_back(name(groups.first(g)));
    return out;
  };
  const std::vector<std::string> row_names = names(rows, spec.row_name),
                                 column_names = names(columns, spec.column_name);
  const std::vector<std::string_view> row_labels(row_names.begin(), row_names.end()),
      column_labels(column_names.begin(), column_names.end());
  std::vector<std::size_t> framed;
  if (spec.chosen && spec.chosen->row < spec.rows && spec.chosen->column < spec.columns)
    framed.push_back(rows.group(spec.chosen->row) * columns.count() + columns.group(spec.chosen->column));
  const bool lights = spec.lit_row >= 0 && static_cast<std::size_t>(spec.lit_row) < spec.rows && spec.rows > 1;
  const viz::MatrixResult drawn = viz::matrix(
      {.id = spec.id,
       .size = {spec.size.x, spec.size.y - note_height},
       .rows = rows.count(),
       .columns = columns.count(),
       .values = values,
       .shares = values,
       .share_min = spec.from,
       .share_max = spec.to,
       .format = spec.format,
       .zero_is_empty = false,
       .row_labels = row_labels,
       .column_labels = column_labels,
       .map = spec.is_signed ? viz::ColourMap::diverging : viz::ColourMap::viridis,
       .outlined = framed,
       .highlighted_row = lights ? static_cast<int>(rows.group(static_cast<std::size_t>(spec.lit_row))) : -1,
       .show_legend = true,
       .min_label = spec.from_label,
       .max_label = spec.to_label,
       .caption = spec.caption},
      in.theme, in.scale);
  register_item(spec.id);
  if (note_height > 0) write_words(in, viz::Font::small, in.theme.text_dim, note, spec.size.x);
  if (drawn.row < 0 || drawn.column < 0) return result;
  const auto gr = static_cast<std::size_t>(drawn.row), gc = static_cast<std::size_t>(drawn.column);
  result.place = spec.memo->places[gr * columns.count() + gc];
  result.shared = count_of(spec, rows, columns, gr, gc);
  result.clicked = drawn.clicked;
  return result;
}

}  // namespace switchyard::app
