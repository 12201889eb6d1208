// A number for each of many rows and columns as coloured cells. Where a cell would be too small to be seen or hit,
// neighbours share one: it shows the number among them that stands out, and the mouse on it is on that one.
//
// Thread safety: window thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "app/run/panel.h"
#include "viz/base/colour_map.h"

namespace switchyard::app {

struct CellPlace {
  std::size_t row = 0, column = 0;
  bool operator==(const CellPlace&) const = default;
};

struct CellMapSpec {
  const char* id = "map";
  ImVec2 size{0, 0};
  std::size_t rows = 0, columns = 0;
  std::function<float(CellPlace)> value{};  // NaN: none
  std::function<std::string(std::size_t)> row_name{}, column_name{};
  float from = 0, to = 1;    // ends of the colours
  float usual = 0;           // what is farthest from it stands out
  bool is_of_pairs = false;  // rows and columns are the same things
  bool is_signed = false;    // colours go both ways from the middle
  std::string (*format)(double) = nullptr;
  std::string_view caption{}, from_label{}, to_label{};
  std::optional<CellPlace> chosen{};  // framed
  int lit_row = -1;                   // outlined; -1: none
};

struct CellMapResult {
  std::optional<CellPlace> place;  // under the mouse; of several that stands out
  std::size_t shared = 0;          // how many numbers its cell stands for
  bool clicked = false;
};

CellMapResult draw_cell_map(const PanelInput& in, const CellMapSpec& spec);

}  // namespace switchyard::app
