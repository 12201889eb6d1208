// How sure a comparison is, as a figure: a row an arm, its difference from the first as a dot with its interval, 0
// as a dashed line, and in words what is found. What it finds is told by the mark's shape and words too, never by
// colour alone.
//
// Thread safety: pure functions but for the canvas.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/compare/verdict.h"
#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

// "better", "worse, so far", "cannot be told", "too few seeds".
std::string words_of_finding(const Verdict& verdict);
// An interval is known: it has one to draw.
bool has_interval(const Verdict& verdict);

// At scale 1; lower while there is no interval yet.
float verdict_plot_height(std::span<const Verdict> verdicts);
// first: what they are held against. unit: "nats a token".
void draw_verdict_plot(viz::Canvas& canvas, const viz::Rect& rect, std::string_view first,
                       std::span<const Verdict> verdicts, std::string_view unit, const viz::Theme& theme,
                       float scale);

}  // namespace switchyard::app
