// A number for each of many rows and columns as coloured cells. Where a cell would be too small to be seen or hit,
// neighbours share one: it shows the number among them that stands out, and the mouse on it is on that one.
//
// Thread safety: window thread only.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/run/checkpoint_shown.h"
#include "app/run/panel.h"
#include "core/checkpoints/pair_figures.h"
#include "viz/base/colour_map.h"

namespace switchyard::app {

struct CellPlace {
  std::size_t row = 0, column = 0;
  bool operator==(const CellPlace&) const = default;
};

// What was worked out of the numbers of a map; it stands until they are others.
struct MapMemo {
  // Of other numbers than these it forgets all; true: it did. variant: which of them.
  bool begin(std::shared_ptr<const void> numbers, int which = 0);

  std::shared_ptr<const void> of;
  int variant = 0;
  // Over all of them.
  float least = 0, most = 0;
  std::vector<std::vector<double>> norms;  // by layer; empty: none
  std::vector<float> medians;              // so
  PairFigures::Largest largest;
  // Of cells of so many rows and columns; 0: not yet.
  std::size_t rows_each = 0, columns_each = 0;
  std::vector<float> values;
  std::vector<CellPlace> places;
};
// Of the panel with this name.
MapMemo& map_memo(CheckpointShown& shown, const std::string& panel);

struct CellMapSpec {
  const char* id = "map";
  ImVec2 size{0, 0};
  std::size_t rows = 0, columns = 0;
  std::function<float(CellPlace)> value{};  // NaN: none; not asked again before `memo` forgot
  MapMemo* memo = nullptr;                  // never null
  std::function<std::string(std::size_t)> row_name{}, column_name{};
  float from = 0, to = 1;    // ends of the colours
  std::span<const float> usual{};  // by row: what is farthest from it stands out; empty: 0
  std::string_view usual_name = "0";
  bool is_of_pairs = false;  // rows and columns are the same things
  bool is_signed = false;    // colours go both ways from the middle
  std::string (*format)(double) = nullptr;
  std::string_view caption{}, from_label{}, to_label{};
  std::string_view note{};            // what has to be known of its figures, in a line of its own below
  std::optional<CellPlace> chosen{};  // framed
  int lit_row = -1;                   // outlined; -1: none
};

struct CellMapResult {
  std::optional<CellPlace> place;  // under the mouse; of several that stands out
  std::size_t shared = 0;          // how many numbers its cell stands for; a pair counts once
  bool clicked = false;
};

CellMapResult draw_cell_map(const PanelInput& in, const CellMapSpec& spec);

}  // namespace switchyard::app
