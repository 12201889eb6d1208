// A learned router between what it is measured against, as a figure: loss runs to the right, a row all tokens and
// then each domain (class); the learned router is the large dot, references are marks of their own shape, named
// above the first row. The band reaches from the best sets to the worst of chance: a router outside is drawn in
// another colour, and said in words.
//
// Thread safety: pure functions but for the canvas.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/ui/table.h"
#include "core/causes/reference_routes.h"
#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

// "learned", "by domain", "best sets", "hash", "random".
std::string reference_name(Reference reference, const TokenGroups& groups);

// At scale 1.
float reference_plot_height(const ReferenceRoutes& routes);
void draw_reference_plot(viz::Canvas& canvas, const viz::Rect& rect, const ReferenceRoutes& routes, int lit_row,
                         const viz::Theme& theme, float scale);
// The row under a point: index into ReferenceRoutes::groups; -1: none.
int reference_row(const viz::Rect& rect, const ReferenceRoutes& routes, viz::Point at, float scale);

// Where the learned router lies, and what it is worth of what the best sets are against chance: "84 % of the way
// from chance to the best sets."
std::string reference_words(const ReferenceRoutes& routes);
// What is not there, and why; empty: all is.
std::string reference_missing(const ReferenceRoutes& routes);
// Loss of the worst of hash and random less the learned router's, over the same less that of the best sets; NaN
// where one of them is not known.
double way_from_chance(const ReferenceRoutes& routes);

// A row a reference.
void fill_reference_table(const ReferenceRoutes& routes, Table& table);

}  // namespace switchyard::app
