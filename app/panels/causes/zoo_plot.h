// One layer's router zoo as a figure: a row a gate, its load as small bars against the fair share on one scale for
// all, then its figures. What finds no room is left out, the least telling column first.
//
// Thread safety: pure functions but for the canvas.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/ui/table.h"
#include "core/causes/router_zoo.h"
#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

// What lies under a point: indices into ZooLayer::rows and of an expert; -1: none.
struct ZooPlace {
  int row = -1, expert = -1;
};

// Of load, in fair shares: 1 is the mean.
double zoo_utilisation(const ZooRow& row, std::size_t expert);

// The room that what is dropped is of; where training drops nothing the column says what would be over it.
struct ZooRoom {
  double capacity_factor = 1.25;
  bool drops = true;
};

// At scale 1: below it rows would be cut.
float zoo_plot_height(const ZooLayer& layer);
// lit: an expert that stands out; -1: none. lit_row: a gate.
void draw_zoo_plot(viz::Canvas& canvas, const viz::Rect& rect, const ZooLayer& layer, const ZooRoom& room, int lit,
                   int lit_row, const viz::Theme& theme, float scale);
ZooPlace zoo_place(viz::Canvas& canvas, const viz::Rect& rect, const ZooLayer& layer, const ZooRoom& room,
                   viz::Point at, float scale);

// "hash and random cost most here: 1.312 and 1.082 nats of regret": which gate is the nearest to the trained one,
// which the furthest; why there is no regret, or of what it is a lower bound.
std::string zoo_words(const ZooLayer& layer);
// What the column of what is over capacity says, where training drops nothing; else empty.
std::string zoo_room_words(const ZooRoom& room);

// A row a layer and gate, with its load by expert.
void fill_zoo_table(const std::vector<ZooLayer>& zoo, Table& table);

}  // namespace switchyard::app
