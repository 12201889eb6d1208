// Every probe token or point in a plane: hidden states, router logits or raw inputs, by PCA with the gate's rows as
// arrows, or by t-SNE; coloured by expert, label, entropy or loss. A box selects.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/parts/token_text.h"
#include "app/panels/plane/panels.h"
#include "app/panels/plane/projection_cloud.h"
#include "app/panels/plane/projection_colours.h"
#include "app/panels/plane/projection_controls.h"
#include "app/panels/plane/tsne_line.h"
#include "app/run/tsne_host.h"
#include "app/run/words/recording_words.h"
#include "app/ui/registry.h"
#include "core/insight/plane_turn.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/scatter.h"
#include "viz/widgets/colour_bar.h"

namespace switchyard::app {
namespace {

// Names of experts in the plane, at the means of their tokens or at arrows: as many as stay legible.
constexpr std::size_t kMostNames = 16, kNamesOfMany = 8;

// What is drawn: a plane and the look whose tokens stand in it.
struct Shown {
  std::shared_ptr<const Snapshot> look;
  std::size_t layer = 0;
  CloudPlane plane;
  bool is_tsne = false;
  // Among several runs: the plane in the first one's axes, and what all of them fill together.
  std::vector<float> turned_xy{}, turned_directions{}, of_all{};
  std::size_t tokens() const { return plane.xy.size() / 2; }
  const ProbeLayer& routes() const { return look->layers[layer]; }
};

const MetricNote& note_of(const ProjectionView& view, bool points, bool tsne) {
  if (tsne) return notes::tsne;
  switch (view.of) {
    case ProjectedCloud::logits: return notes::projection_of_logits;
    case ProjectedCloud::inputs: return notes::projection_of_inputs;
    case ProjectedCloud::hidden: break;
  }
  return points ? notes::projection_of_points : notes::projection;
}

// Of the components, not of the axes shown, which are kept steady from look to look.
std::string explained(const CloudPlane& plane) {
  if (!std::isfinite(plane.explained[0]) || !std::isfinite(plane.explained[1])) return "as they are: two dimensions";
  const PlaneComponents components = components_of(plane);
  if (components.xy.empty()) return {};
  return fmt::format("components: {:.1f} % + {:.1f} % of variance", 100 * components.explained[0],
                     100 * components.explained[1]);
}

// The same tokens in the same plane: it is turned onto the first of those beside it, and all have one scale.
void turn_onto_first(const Several& several, ProjectedCloud of, Shown& shown) {
  const auto plane_in = [&](const std::shared_ptr<const Snapshot>& look) {
    return look && shown.layer < look->layers.size() ? plane_of(*look, shown.layer, of) : CloudPlane();
  };
  CloudPlane first;
  for (std::size_t i = 0; i < several.looks.size() && first.xy.empty(); ++i) first = plane_in(several.looks[i]);
  for (const std::shared_ptr<const Snapshot>& look : several.looks) {
    const CloudPlane plane = plane_in(look);
    const std::vector<float> there = turned(plane.xy, turn_onto(plane.xy, first.xy));
    shown.of_all.insert(shown.of_all.end(), there.begin(), there.end());
  }
  const PlaneTurn turn = turn_onto(shown.plane.xy, first.xy);
  shown.turned_xy = turned(shown.plane.xy, turn);
  shown.turned_directions = turned(shown.plane.directions, turn);
  shown.plane.xy = shown.turned_xy;
  shown.plane.directions = shown.turned_directions;
}

// --- t-SNE

// Starts a run where the shown cloud has none; null while there is nothing to start from, `waiting` then says why. A
// new look alone starts nothing: the picture would never come to rest.
const TsneRun* run_for(const PanelInput& in, UiState& ui, std::size_t layer, std::string& waiting) {
  ProjectionView& view = ui.projection;
  const Snapshot& look = *in.snapshot;
  const TsneSubject subject{look.model_id, view.of == ProjectedCloud::inputs ? 0 : layer, view.of};
  const TsneRun* run = in.run.tsne.shown();
  const bool fits = run && run->subject == subject;
  // A figure shows what the window has, and starts nothing.
  if (for_figure(in)) return fits ? run : nullptr;
  if (fits && !view.wants_again) return run;
  if (!fits) in.run.tsne.stop();
  const CloudVectors vectors = vectors_of(look, layer, view.of);
  if (vectors.values.empty()) {
    // Asked for until one look has brought them, and no longer.
    if (ui.timeline.following()) watch_vectors(ui.watching.wanted, look, layer, view.of);
    waiting = !brings_looks(in) ? fmt::format("t-SNE · the looks of this run hold no {}", name_of(view.of))
              : ui.timeline.following()
                  ? fmt::format("t-SNE · waiting for a look at the {}", name_of(view.of))
                  : fmt::format("t-SNE · this kept look holds no {}; LIVE brings them", name_of(view.of));
    return fits ? run : nullptr;
  }
  in.run.tsne.start(look, subject, {vectors.values.begin(), vectors.values.end()}, vectors.width, view.perplexity);
  view.wants_again = false;
  return in.run.tsne.shown();
}

// --- what lies over the points

struct Centroid {
  int expert = 0;
  double x = 0, y = 0;
  std::size_t tokens = 0;
};

// Those with the most tokens first, and the lit one before them.
std::vector<Centroid> centroids(const Shown& shown, int lit) {
  const ProbeLayer& layer = shown.routes();
  std::vector<Centroid> all(static_cast<std::size_t>(std::max(0, layer.experts)));
  for (std::size_t i = 0; i < all.size(); ++i) all[i].expert = static_cast<int>(i);
  for (std::size_t t = 0; t < shown.tokens(); ++t) {
    const auto expert = static_cast<std::size_t>(first_choice(layer, t));  // -1: beyond all of them
    const float x = shown.plane.xy[2 * t], y = shown.plane.xy[2 * t + 1];
    if (expert >= all.size() || !std::isfinite(x) || !std::isfinite(y)) continue;
    all[expert].x += x;
    all[expert].y += y;
    ++all[expert].tokens;
  }
  std::erase_if(all, [](const Centroid& c) { return c.tokens == 0; });
  std::stable_sort(all.begin(), all.end(), [&](const Centroid& a, const Centroid& b) {
    if ((a.expert == lit) != (b.expert == lit)) return a.expert == lit;
    return a.tokens > b.tokens;
  });
  if (all.size() > kMostNames) all.resize(kMostNames);
  for (Centroid& c : all) {
    c.x /= static_cast<double>(c.tokens);
    c.y /= static_cast<double>(c.tokens);
  }
  return all;
}

// One arrow an expert from the cloud's centre, the longest as long as the cloud reaches. `names` [N] outlive them.
std::vector<viz::PlaneArrow> arrows_of(const Shown& shown, const UiState& ui, const viz::Theme& theme,
                                       std::span<const std::string> names) {
  const std::span<const float> d = shown.plane.directions;
  const std::size_t experts = d.size() / 2;
  std::vector<float> length(experts);
  for (std::size_t e = 0; e < experts; ++e) length[e] = std::hypot(d[2 * e], d[2 * e + 1]);
  std::vector<float> falling = length;
  std::sort(falling.begin(), falling.end(), std::greater<>());
  if (falling.empty() || !(falling.front() > 0)) return {};
  const float factor = arrow_reach(shown.plane.xy) / falling.front();
  const float named_from = experts > kMostNames ? falling[kNamesOfMany - 1] : 0;
  std::vector<viz::PlaneArrow> arrows;
  for (std::size_t e = 0; e < experts; ++e) {
    const bool lit = ui.hovered_expert == static_cast<int>(e);
    arrows.push_back({.x1 = factor * d[2 * e],
                      .y1 = factor * d[2 * e + 1],
                      .name = lit || length[e] >= named_from ? std::string_view(names[e]) : std::string_view(),
                      .colour = viz::category_colour(theme, e),
                      .lit = lit});
  }
  return arrows;
}

// --- as a table

void fill_table(const Shown& shown, ProjectedCloud of, Table& table) {
  const Snapshot& look = *shown.look;
  const bool coordinates = !shown.is_tsne && of == ProjectedCloud::inputs && look.points && look.points->dims == 2;
  const auto axis = [&](int i) {
    return shown.is_tsne ? fmt::format("t-SNE {}", i)
           : coordinates && has_own_units(*look.points)
               ? fmt::format("{} [standardised]", look.points->axis_names[static_cast<std::size_t>(i - 1)])
           : coordinates ? std::string(i == 1 ? "x" : "y")
                         : fmt::format("axis {}", i);
  };
  // Beside the steady axes of the figure what they span: the principal components.
  const PlaneComponents components = shown.is_tsne ? PlaneComponents() : components_of(shown.plane);
  const bool turned = !components.xy.empty();
  const Labels known = labels_of(look, look.points ? LabelKind::point_class : LabelKind::domain);
  const Labels characters = look.tokens ? labels_of(look, LabelKind::character) : Labels();
  std::vector<std::string> columns{look.points ? "point" : "token", axis(1), axis(2), look.points ? "class" : "domain"};
  if (look.tokens) columns.emplace_back("character");
  columns.emplace_back("entropy, H(p) / ln N");
  columns.emplace_back("loss [nats]");
  const ProbeLayer& layer = shown.routes();
  add_routing_columns(columns, layer);
  if (turned)
    for (const char* column :
         {"component 1", "component 2", "variance of axis 1 [share]", "variance of axis 2 [share]",
          "variance of component 1 [share]", "variance of component 2 [share]"})
      columns.emplace_back(column);
  table.set_header(std::move(columns));
  const auto word = [](const Labels& labels, std::size_t t) {
    return t < labels.of.size() && labels.of[t] != Labels::kNone ? Cell(labels.names[static_cast<std::size_t>(labels.of[t])]) : Cell();
  };
  for (std::size_t t = 0; t < shown.tokens(); ++t) {
    std::vector<Cell> cells{look.points ? Cell(static_cast<std::int64_t>(t)) : Cell(look.tokens->text[t]),
                            shown.plane.xy[2 * t], shown.plane.xy[2 * t + 1], word(known, t)};
    if (look.tokens) cells.push_back(word(characters, t));
    cells.push_back(t < layer.entropy.size() ? Cell(layer.entropy[t]) : Cell());
    cells.push_back(t < look.token_loss.size() ? Cell(look.token_loss[t]) : Cell());
    add_routing_cells(cells, layer, t);
    if (turned)
      for (const float value : {components.xy[2 * t], components.xy[2 * t + 1], shown.plane.explained[0],
                                shown.plane.explained[1], components.explained[0], components.explained[1]})
        cells.emplace_back(value);
    table.add_row(std::move(cells));
  }
}

// --- the plot

// Returns the expert to light, -1: none.
int draw_plot(const PanelInput& in, UiState& ui, const Shown& shown, ColourBy by, std::string_view caption) {
  const Colouring colouring = colouring_of(*shown.look, shown.layer, by, in.theme);
  const std::size_t tokens = shown.tokens();
  const ProbeLayer& layer = shown.routes();
  const auto experts = static_cast<std::size_t>(std::max(0, layer.experts));
  const std::vector<std::string> names = expert_names(experts);

  ImVec2 room = ImGui::GetContentRegionAvail();
  float bar = 0;
  if (colouring.is_amount() && room.y > 120 * in.scale) {
    viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), in.theme);
    bar = viz::colour_bar_height(canvas, in.scale);
    room.y -= bar + 4 * in.scale;
  }
  if (room.x <= 1 || room.y <= 1) return -1;

  const bool has_room = room.x > 240 * in.scale && room.y > 170 * in.scale;
  std::vector<viz::PlaneArrow> arrows;
  if (ui.projection.arrows && !shown.is_tsne && has_room) arrows = arrows_of(shown, ui, in.theme, names);
  std::vector<viz::PlaneLabel> labels;
  const bool by_expert = colouring.by == ColourBy::expert;
  if (by_expert && !shown.is_tsne && arrows.empty())
    for (const Centroid& c : centroids(shown, ui.hovered_expert))
      labels.push_back({.x = static_cast<float>(c.x), .y = static_cast<float>(c.y), .text = names[static_cast<std::size_t>(c.expert)]});
  std::vector<viz::LegendEntry> legend;
  // Of experts only where nothing in the plane names them, and never at the cost of the plot.
  if (!by_expert || ((shown.is_tsne || experts > kMostNames) && has_room))
    for (const Colouring::Entry& entry : colouring.entries) legend.push_back({entry.name, entry.colour});
  const std::vector<std::uint8_t> lit = lit_tokens(ui, &layer, tokens);

  const std::string id = fmt::format("projection {} {}", static_cast<int>(ui.projection.of), shown.is_tsne ? "t-SNE" : "PCA");
  const viz::View<float> x(shown.plane.xy.data(), tokens, 0, tokens, 2), y(shown.plane.xy.data() + 1, tokens, 0, tokens, 2);
  const viz::ScatterResult result = viz::scatter({.id = "plot",
                                                  .size = room,
                                                  .x = x,
                                                  .y = y,
                                                  .also_shown = shown.of_all,
                                                  .colours = colouring.colours,
                                                  .lit = lit,
                                                  .labels = labels,
                                                  .arrows = arrows,
                                                  .legend = legend,
                                                  .highlighted_entry = by_expert ? ui.hovered_expert : -1,
                                                  .zero_lines = !shown.is_tsne,
                                                  .box = true,
                                                  .y_name = caption},
                                                 ui.plots[id], in.theme, in.scale);
  register_item("plot");
  if (bar > 0) {
    ImGui::SetCursorPosY(ImGui::GetCursorPosY() + 4 * in.scale - ImGui::GetStyle().ItemSpacing.y);
    draw_amount_bar(in, colouring, room.x);
  }
  if (result.boxed) ui.selection = select(*shown.look, viz::points_in(result, x, y), "a box in the projection");
  if (result.hovered_arrow >= 0) {
    note_tooltip(notes::gate_arrows, names[static_cast<std::size_t>(result.hovered_arrow)], in.theme, in.scale);
    return result.hovered_arrow;
  }
  if (result.hovered_entry >= 0 && by_expert) return result.hovered_entry;
  if (result.hovered < 0) return -1;
  const auto token = static_cast<std::size_t>(result.hovered);
  PanelInput of_look = in;
  of_look.snapshot = shown.look;
  if (shown.look->points) point_tooltip(of_look, shown.layer, token);
  else token_tooltip(of_look, shown.layer, token, true);
  return first_choice(layer, token);
}

// A recording has logits of its layers or hidden states, or both; never what stood before the first layer.
void show_what_is_recorded(const ProbeLayer& layer, ProjectedCloud& of) {
  const bool has_hidden = !layer.pca.empty();
  if (of != ProjectedCloud::hidden || !has_hidden) of = ProjectedCloud::logits;
  if (layer.logits.empty() && has_hidden) of = ProjectedCloud::hidden;
}

// The plot, or why there is none. Returns the expert to light, -1: none.
int draw_body(const PanelInput& in, UiState& ui, std::size_t layer, bool folded, ColourBy by) {
  const ProjectionView& view = ui.projection;
  const Snapshot& look = *in.snapshot;
  const std::size_t tokens = probe_size(&look);
  if (in.status.recorded && look.layers[layer].logits.empty() && look.layers[layer].pca.empty()) {
    const std::string no_logits = why_lacking(in.status, RecordedPart::logits);
    draw_empty(in,
               no_logits.empty() ? "no logits were recorded of this layer" : no_logits + " and no hidden states",
               "with logits or hidden states the cloud of tokens is drawn here");
    return -1;
  }
  if (const std::string_view why = why_no_cloud(look, layer, view.of); !why.empty()) {
    draw_empty(in, why, "hidden states and raw inputs can be shown");
    return -1;
  }
  Shown shown;
  shown.layer = layer;
  if (view.method == ProjectionMethod::tsne && !in.several) {
    std::string waiting;
    const TsneRun* run = run_for(in, ui, layer, waiting);
    tsne_line(in, ui, run, tokens, waiting);
    run = run ? in.run.tsne.shown() : nullptr;
    if (!run || run->positions.empty()) {
      if (run && run->state == TsneRun::State::running) draw_empty(in, "finding every point's neighbours…");
      else if (for_figure(in)) draw_empty(in, "no t-SNE of it has begun");
      return -1;
    }
    shown.look = run->look;
    shown.plane = {run->positions, {static_cast<float>(kMissing), static_cast<float>(kMissing)}, {}};
    shown.is_tsne = true;
  } else {
    watch_plane(ui.watching.wanted, look, view.of);
    shown.look = in.snapshot;
    shown.plane = plane_of(look, layer, view.of);
    if (shown.plane.xy.size() < 2 * tokens) {
      const bool following = ui.timeline.following() && brings_looks(in);
      draw_empty(
          in,
          following ? "waiting for the next look…" : fmt::format("this kept look holds no {}", name_of(view.of)),
          following           ? ""
          : !brings_looks(in) ? "hidden states are always kept"
                              : "LIVE brings them; hidden states are always kept");
      return -1;
    }
    header_text(in, explained(shown.plane));
    if (in.several) turn_onto_first(*in.several, view.of, shown);
  }
  if (Table* table = wanted_table(in)) fill_table(shown, view.of, *table);
  return draw_plot(in, ui, shown, by, folded && view.of != ProjectedCloud::hidden ? name_of(view.of) : std::string_view());
}

}  // namespace

void draw_projection_panel(const PanelInput& in, UiState& ui, Commands&) {
  const bool points = learns_points(in.status);
  // One of several takes a minute of the processor.
  const bool tsne = ui.projection.method == ProjectionMethod::tsne && !in.several;
  open_panel(in, of_look(in), &note_of(ui.projection, points, tsne));
  Readiness state = readiness(in, true);
  if (state == Readiness::ready && probe_size(in.snapshot.get()) == 0) state = Readiness::first_step;
  int lights = -1;
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "what the router sees, in two components");
  } else {
    const Snapshot& look = *in.snapshot;
    const auto before = static_cast<std::size_t>(shown_layer(ui, look.layers.size()));
    if (in.status.recorded) show_what_is_recorded(look.layers[before], ui.projection.of);
    const std::vector<ColourBy> colours = colourings_of(look);
    const bool folded =
        projection_header(in, ui, look.layers.size(),
                          {.colours = colours,
                           .colour = colouring_shown(colours, ui.projection.colour),
                           .points = look.points != nullptr,
                           .arrows = !tsne && !plane_of(look, before, ui.projection.of).directions.empty()});
    const auto layer = static_cast<std::size_t>(shown_layer(ui, look.layers.size()));
    chosen_chips(in, ui, static_cast<std::size_t>(look.layers[layer].experts));
    lights = draw_body(in, ui, layer, folded, colouring_shown(colours, ui.projection.colour));
  }
  light_expert(ui, HoverSource::projection, lights);
  panel_end(in);
}

}  // namespace switchyard::app
