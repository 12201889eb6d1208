// One layer of an ablation, laid out: a row an ablated expert (and the whole layer), a bar of its overall effect
// with what the control's draws cost, then a column for each of the groups most affected. Plain values and one
// drawing; on the screen and in a file alike.
//
// Thread safety: values, pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/causes/ablation.h"
#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

enum class AblationGroups { most_affected, labels, characters };

struct AblationView {
  const AblationReport* report = nullptr;
  std::size_t experts = 0;               // of the layer, for their names
  std::vector<const Ablated*> rows;      // experts first, then the whole layer
  std::vector<std::string> names;        // of the rows: "E03", "E01+E04", "layer"
  std::vector<std::size_t> groups;       // indices into report->groups.groups
  std::vector<std::string> group_names;  // "code", "'a'"
  float scale_nats = 1;                  // ends of the colour map
  std::int64_t labelled = 0;             // cells of the layer that replicate, shown or not
};

// Of the report's rows those of this MoE layer; groups: at most `most` columns, those that replicate first, then
// by how far an expert's effect is from its control.
AblationView ablation_view(const AblationReport& report, std::int32_t layer, std::size_t experts,
                           AblationGroups of, std::size_t most);
// The expert a row is about, -1: several, or the whole layer.
int expert_of(const Ablated& row);
// "'a'", "code": as its column is called.
std::string group_name(const TokenGroup& group);

// "E03 serves code: +0.412 nats without it, +0.021 in the control", strongest first; empty: nothing replicates.
std::vector<std::string> replicated_labels(const AblationReport& report, std::int32_t layer, std::size_t experts);
// What stands where none replicates, or why there is none to expect.
std::string no_labels(const AblationReport& report);

// Bars within rect, one a row of the same height, from the top: the effect on all tokens, and a bracket from the
// mean of the control's draws to the highest.
void draw_ablation_bars(viz::Canvas& canvas, const viz::Rect& rect, const AblationView& view, int lit_row,
                        const viz::Theme& theme, float scale);

}  // namespace switchyard::app
