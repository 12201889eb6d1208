// What a model loses with fewer experts, as two plots side by side, at once and after it learned on: experts kept
// run from all to few, a line a rule, named at its end, against the whole model as a dashed line. Below them when
// each was as good as the whole model again.
//
// Thread safety: pure functions but for the canvas.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/ui/table.h"
#include "core/causes/prune_bench.h"
#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

enum class PruneMoment { at_once, learned_on };

// Of those of a rule that have a loss, from all experts to the fewest; the whole model is the first.
struct PruneLine {
  PruneMethod method = PruneMethod::frequency;
  std::vector<std::int64_t> kept;
  std::vector<double> loss;
};
std::vector<PruneLine> prune_lines(const PruneBench& bench, std::int64_t experts, PruneMoment moment);
viz::Colour prune_colour(PruneMethod method, const viz::Theme& theme);

// "at once", "after 100 steps".
std::string prune_title(const PruneBench& bench, PruneMoment moment);
void draw_prune_plot(viz::Canvas& canvas, const viz::Rect& rect, const PruneBench& bench, std::int64_t experts,
                     PruneMoment moment, const viz::Theme& theme, float scale);

// Step and time: "20 · 1.3 s", "not within 100", "cannot be".
std::string recovery_text(const PruneBench& bench, const PrunePoint& point);
float recovery_height(const PruneBench& bench);  // at scale 1
void draw_recovery(viz::Canvas& canvas, const viz::Rect& rect, const PruneBench& bench, const viz::Theme& theme,
                   float scale);

// The rule that loses least with the fewest experts, at once and later.
std::string prune_words(const PruneBench& bench);
// A row a rule and number of experts, and one for the whole model.
void fill_prune_table(const PruneBench& bench, std::int64_t experts, Table& table);

}  // namespace switchyard::app
