// Points of a snapshot in words and colours: the colour of a class, the tooltip of a point or a place in the
// plane.
//
// Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <string>

#include "app/run/panel.h"
#include "viz/base/geometry.h"

namespace switchyard::app {

// Whether the run learns points (task = clusters): its panels then speak of classes instead of characters. False
// before there is a configuration.
bool learns_points(const RunStatus& status);

// Classes wear the colours of domains: no early expert has them.
viz::Colour class_colour(const viz::Theme& theme, std::size_t index);

// A place in the plane of two coordinates, or of the two leading components: "x 0.51, y -1.20"; of a file's points
// in its own units, by its columns' names.
std::string place_text(const ProbePoints& points, double x, double y);
bool has_own_units(const ProbePoints& points);
// A coordinate in them, to so many digits of what it varies by.
std::string own_number(const ProbePoints& points, std::size_t axis, double at, int digits = 3);

// Who a probe point is, what it was taken for, which experts it went to in a layer and with what weight.
void point_tooltip(const PanelInput& in, std::size_t layer, std::size_t point);

// The cell of the plane's map at data coordinates; -1 outside.
std::ptrdiff_t plane_cell(const PlaneMap& map, double x, double y);
void plane_tooltip(const PanelInput& in, std::size_t layer, std::size_t cell, double x, double y);

}  // namespace switchyard::app
