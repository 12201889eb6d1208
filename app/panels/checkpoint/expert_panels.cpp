// The experts of a checkpoint, once their weights are read: how long they are, which are alike.
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/panels/checkpoint/cosine_map.h"
#include "app/panels/checkpoint/norm_map.h"
#include "app/panels/checkpoint/panels.h"
#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr int kAll = 3;
const std::vector<std::string> kNormsOf{"gate (w1)", "up (w3)", "down (w2)", "all three"};

}  // namespace

void draw_expert_norms_panel(const PanelInput& in, UiState& ui, Commands&) {
  CheckpointShown* const shown = begin_checkpoint(in, ui, "of weights, by layer", notes::weight_norms);
  if (!shown) return panel_end(in);
  panel_header_combo(in, "of", &shown->norm_of, kNormsOf);
  const auto part = static_cast<std::size_t>(std::clamp(shown->norm_of, 0, kAll));
  const NormsOfLayer norms = [&](std::size_t l) {
    const ExpertFigures* const found = shown->news->experts[l].get();
    if (!found) return std::vector<double>();
    if (part == kAll) return found->whole;
    std::vector<double> own;
    for (const auto& three : found->norms) own.push_back(three[part]);
    return own;
  };
  const bool has_some = std::any_of(shown->news->experts.begin(), shown->news->experts.end(),
                                    [](const auto& one) { return one != nullptr; });
  const std::string what = fmt::format("norm of {}", part == kAll ? "all weights" : kNormsOf[part]);
  if (!has_some) draw_unread(in, *shown, "gate, up and down of every expert of every layer");
  else if (!draw_norm_map(in, ui, *shown, "expert-norms", what, norms, static_cast<int>(part)))
    draw_empty(in, "these experts have no such matrix, or it holds no numbers");
  panel_end(in);
}

void draw_expert_cosines_panel(const PanelInput& in, UiState& ui, Commands&) {
  CheckpointShown* const shown = begin_checkpoint(
      in, ui, fmt::format("a pair ±{:.3f} at 3 sigma", Sketch::kThreeSigma), notes::expert_cosines);
  if (!shown) return panel_end(in);
  const std::size_t layer = checkpoint_layer(in, *shown);
  in.exports.shows_layer(shown->layer_at(layer).layer, shown->news->experts.size());
  const std::shared_ptr<const ExpertFigures>& found = shown->news->experts[layer];
  const std::string note =
      found ? fmt::format("±{:.3f} at 3 sigma, of all pairs at once ±{:.3f}; by sketches of {} numbers",
                          Sketch::kThreeSigma, Sketch::bound_of_all(found->cosines.values.size()),
                          viz::grouped(static_cast<double>(Sketch::kNumbers)))
            : std::string();
  if (!found) draw_unread(in, *shown, "which experts of a layer are alike");
  else if (!draw_cosine_map(in, ui, *shown, layer, {found, &found->cosines},
                            {.panel = "expert-cosines",
                             .of = "experts",
                             .caption = "cosine of experts",
                             .note = note,
                             .by_sketches = true}))
    draw_empty(in, found->all_zero()         ? "all of this layer's experts are zeros"
                   : found->whole.size() < 2 ? "one expert has no other to be held against"
                                             : "none of this layer's experts holds numbers");
  panel_end(in);
}

}  // namespace switchyard::app
