// How much goes from where to where through a row of stages: columns of nodes, ribbons between neighbours as thick
// as what flows. Shares of tokens through the experts of a network, layer by layer.
//
// Every gap between two columns is drawn to the same height, whatever its weights sum to: a node is as tall as its
// share of what arrives or leaves, whichever is more. Of thousands of ribbons the thickest are drawn. A part of
// every flow (what passes one node somewhere else) can be lit.
#pragma once

#include <span>
#include <string_view>

#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace viz {

struct SankeyNode {
  std::string_view label{};
  Colour colour = 0;  // of its bar and of what leaves it; 0: category_colour by index
};

struct SankeyColumn {
  std::string_view title{};
  std::span<const SankeyNode> nodes{};
};

struct SankeyGap {
  std::span<const float>
      weights{};                  // [nodes of this column, nodes of the next]; not above 0 or not finite: nothing
  std::span<const float> part{};  // the same shape: how much of each weight is lit; empty: none
};

struct SankeySpec {
  const char* id = "sankey";
  ImVec2 size{0, 0};  // 0: what is left of the region
  std::span<const SankeyColumn> columns{};
  std::span<const SankeyGap> gaps{};   // one fewer than columns
  int lit_column = -1, lit_node = -1;  // lit with its ribbons while the others step back; a column of -1 with a
                                       // node: that node in every column
  std::string_view empty_text = "no data yet";
};

struct SankeyResult {
  int column = -1, node = -1;        // the node under the mouse
  int gap = -1, from = -1, to = -1;  // or the ribbon: between columns gap and gap + 1
  bool clicked = false;              // whichever it is
};

SankeyResult sankey(const SankeySpec& spec, const Theme& theme, float scale);
// `hovered` as sankey() returns it: nothing is hovered by default.
void draw_sankey(Canvas& canvas, const Rect& rect, const SankeySpec& spec, const SankeyResult& hovered,
                 const Theme& theme, float scale);

}  // namespace viz
