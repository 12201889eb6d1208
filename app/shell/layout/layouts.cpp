#include "app/shell/layout/layouts.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "app/shell/layout/fitting.h"

namespace switchyard::app {
namespace {

// Logical width of the panels' ground from which a third column of data pays.
constexpr float kWide = 1870;
// In the key of a layout that has tabs, before its shape.
constexpr std::string_view kLow = ".low.";

Split train_of_text(const LayoutShape& shape) {
  if (shape.wide())
    return row(1, {column(1, {panel(0.56f, "loss"), panel(0.44f, "routing")}),
                   column(1, {panel(0.56f, "tokens"), panel(0.44f, "generation")}),
                   column(1, {panel(0.44f, "expert-load"), panel(0.56f, "projection")})});
  return row(1, {column(0.53f, {panel(0.40f, "loss"), panel(0.36f, "tokens"), panel(0.24f, "generation")}),
                 column(0.47f, {panel(0.38f, "expert-load"), panel(0.35f, "projection"), panel(0.27f, "routing")})});
}

Split train_of_points(const LayoutShape& shape) {
  const float height = std::max(1.0f, shape.extent.y);
  if (shape.wide()) {
    // Two square maps side by side, and no more.
    const float plane = std::clamp((shape.extent.x / 6 + 80) / height, 0.42f, 0.6f);
    return row(1, {column(1, {panel(0.30f, "loss"), panel(0.30f, "accuracy"), panel(0.40f, "routing")}),
                   column(1, {panel(plane, "plane"), panel(1 - plane, "confusion")}),
                   column(1, {panel(0.44f, "expert-load"), panel(0.56f, "projection")})});
  }
  // A row of the matrix wants a line of text.
  const float confusion = std::clamp((76 + 14 * static_cast<float>(shape.classes)) / height, 0.22f, 0.36f);
  const float loss = 0.27f;
  return row(1, {column(0.53f, {row(loss, {panel(0.5f, "loss"), panel(0.5f, "accuracy")}),
                                panel(1 - loss - confusion, "plane"), panel(confusion, "confusion")}),
                 column(0.47f, {panel(0.38f, "expert-load"), panel(0.35f, "projection"), panel(0.27f, "routing")})});
}

Split roomy_layout(Workspace workspace, const LayoutShape& shape) {
  const bool points = shape.points();
  switch (workspace) {
    case Workspace::train:
      return points ? train_of_points(shape) : train_of_text(shape);
    case Workspace::routing:
      return row(1, {panel(0.5f, "flow"), column(0.5f, {row(0.52f, {panel(0.52f, "co-activation"), panel(0.48f, "expert-load")}),
                                                        panel(0.48f, "routing")})});
    case Workspace::specialization:
      if (shape.wide())
        return row(1, {panel(0.36f, "specialization"), panel(0.35f, "expert"),
                       column(0.29f, {panel(0.56f, points ? "plane" : "tokens"), panel(0.44f, points ? "confusion" : "projection")})});
      // A card of points has fewer lists, and two maps want their height.
      return row(1, {panel(0.48f, "specialization"), column(0.52f, {panel(points ? 0.56f : 0.68f, "expert"),
                                                                     points ? panel(0.44f, "plane") : panel(0.32f, "tokens")})});
    case Workspace::tokens:
      if (points)
        return row(1, {panel(0.6f, "plane"), column(0.4f, {panel(0.5f, "confusion"), panel(0.5f, "accuracy")})});
      return row(1, {panel(0.56f, "strips"), panel(0.44f, "inspector")});
    case Workspace::projection:
      return row(1, {panel(0.68f, "projection"),
                     column(0.32f, {panel(0.5f, "expert-load"), panel(0.5f, points ? "plane" : "tokens")})});
    case Workspace::health:
      return row(1, {column(0.62f, {panel(0.6f, "layer-load"), panel(0.4f, "routing")}),
                     column(0.38f, {panel(0.55f, "health"), panel(0.45f, "gradients")})});
    case Workspace::compare:
      if (shape.wide())
        return row(1, {column(0.3f, {panel(0.58f, "compared-loss"), panel(0.42f, "difference")}),
                       panel(0.27f, "compared"), panel(0.43f, "side-by-side")});
      return row(1, {column(0.46f, {panel(0.58f, "compared-loss"), panel(0.42f, "difference")}),
                     column(0.54f, {panel(0.43f, "compared"), panel(0.57f, "side-by-side")})});
    case Workspace::runs:
      return column(1, {panel(0.63f, "run-table"), panel(0.37f, "run-losses")});
    case Workspace::machines:
      // One process: how several are begun, and no panels about what is not there.
      if (!shape.ranks) return panel(1, "rank-balance");
      // Sentences and bars take the height they need, plots what there is.
      if (shape.wide())
        return row(1, {column(0.57f, {panel(0.46f, "rank-times"), panel(0.54f, "rank-course")}),
                       column(0.43f, {panel(0.24f, "rank-balance"), panel(0.76f, "rank-tokens")})});
      return row(1, {column(0.57f, {panel(0.56f, "rank-times"), panel(0.44f, "rank-course")}),
                     column(0.43f, {panel(0.36f, "rank-balance"), panel(0.64f, "rank-tokens")})});
    case Workspace::causes:
      // Experts, the router, whole models.
      return row(1, {column(0.34f, {panel(0.53f, "ablation"), panel(0.47f, "steering")}),
                     column(0.33f, {panel(0.53f, "zoo"), panel(0.47f, "routes")}),
                     column(0.33f, {panel(0.53f, "prune"), panel(0.47f, "route-diff")})});
    case Workspace::checkpoint:
      // What it is and one expert of it; the routers; the experts.
      return row(
          1, {column(0.3f, {panel(0.5f, "checkpoint"), panel(0.5f, "expert-spectrum")}),
              column(0.35f, {panel(0.32f, "gate-norms"), panel(0.44f, "gate-cosines"), panel(0.24f, "gate-rank")}),
              column(0.35f, {panel(0.45f, "expert-norms"), panel(0.55f, "expert-cosines")})});
  }
  return {};
}

// Of the layout in a window with room for it.
std::string roomy_key(Workspace workspace, const LayoutShape& shape) {
  const WorkspaceSpec& spec = spec_of(workspace);
  const bool alone = workspace == Workspace::machines && !shape.ranks;
  return fmt::format("{}.{}.{}{}", spec.name, spec.version, shape.points() ? "points" : "text",
                     alone          ? ".alone"
                     : shape.wide() ? ".wide"
                                    : "");
}

}  // namespace

bool LayoutShape::wide() const { return extent.x >= kWide; }

Split standard_layout(Workspace workspace, const LayoutShape& shape) {
  const Split split = roomy_layout(workspace, shape);
  return shape.extent.x > 0 && shape.extent.y > 0 ? fitted(split, shape.extent) : split;
}

std::string layout_key(Workspace workspace, const LayoutShape& shape, const Split& standard) {
  const std::string fit = shape_of(standard), key = roomy_key(workspace, shape);
  return fit.empty() ? key : key + std::string(kLow) + fit;
}

bool is_layout_key(std::string_view key) {
  key = key.substr(0, key.find(kLow));
  for (const WorkspaceSpec& workspace : workspaces())
    for (const std::int64_t classes : {0, 2})
      for (const float width : {0.0f, 1e6f})
        if (roomy_key(workspace.id, {classes, {width, 0}}) == key) return true;
  return false;
}

void show_workspace(UiState& ui, Workspace workspace) {
  ui.arranging.workspace = workspace;
  ui.arranging.filled.clear();
  ui.arranging.dragged = -1;
  ui.context_menu.closes = true;
  ui.library.has_keys = ui.library.asks_delete = false;
  ui.hovered_expert = ui.pinned_expert;
  ui.hover_source = HoverSource::none;
}

}  // namespace switchyard::app
