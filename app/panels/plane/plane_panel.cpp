// The plane of the points as the experts divide it and as the classes come out of it, side by side; with more than
// two dimensions the points in their two leading components, and no ground under them.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/panel_tables.h"
#include "app/panels/parts/point_text.h"
#include "app/panels/plane/panels.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "viz/canvas/canvas_imgui.h"
#include "viz/plots/scatter.h"

namespace switchyard::app {
namespace {

// A region is named where it has at least this share of the plane.
constexpr double kNamedShare = 0.02;
constexpr float kLeastMap = 56;  // at scale 1

constexpr int kTableDigits = 7;  // as many as a coordinate is kept with

// How strong the ground is under the points: enough to tell regions, faint enough for the points.
float ground_strength(const viz::Theme& theme) { return theme.is_dark ? 0.42f : 0.34f; }

viz::Colour ground(const viz::Theme& theme, viz::Colour colour, bool faint) {
  return viz::mixed(theme.panel, colour, ground_strength(theme) * (faint ? 0.3f : 1.0f));
}

struct RegionName {
  float x = 0, y = 0;
  std::string text;
};

// Each region's name at the cell of it nearest to its mean, so that it never stands on another's ground.
std::vector<RegionName> region_names(const PlaneMap& map, const std::vector<std::int32_t>& owner,
                                     std::size_t owners) {
  std::vector<double> x(owners), y(owners), count(owners);
  const auto columns = static_cast<std::size_t>(map.columns);
  const auto each_cell = [&](auto use) {
    for (std::size_t cell = 0; cell < owner.size(); ++cell)
      if (static_cast<std::size_t>(owner[cell]) < owners)
        use(static_cast<std::size_t>(owner[cell]), static_cast<double>(cell % columns) + 0.5,
            static_cast<double>(cell / columns) + 0.5);
  };
  each_cell([&](std::size_t e, double c, double r) { x[e] += c, y[e] += r, ++count[e]; });
  std::vector<double> best(owners, INFINITY), best_x(owners), best_y(owners);
  each_cell([&](std::size_t e, double c, double r) {
    const double away = std::hypot(c - x[e] / count[e], r - y[e] / count[e]);
    if (away < best[e]) best[e] = away, best_x[e] = c, best_y[e] = r;
  });
  std::vector<RegionName> names;
  for (std::size_t e = 0; e < owners; ++e) {
    if (count[e] < kNamedShare * static_cast<double>(owner.size())) continue;
    names.push_back({static_cast<float>(map.x_min + best_x[e] / map.columns * (map.x_max - map.x_min)),
                     static_cast<float>(map.y_min + best_y[e] / map.rows * (map.y_max - map.y_min)),
                     expert_name(static_cast<int>(e), owners)});
  }
  return names;
}

// What both maps are drawn from.
struct ShownPlane {
  const Snapshot& snapshot;
  std::size_t layer = 0;
  const ProbeLayer* routed = nullptr;  // null: a dense model
  int lit = -1;                        // the expert that stands out
  std::size_t count() const { return snapshot.points->label.size(); }
  int first_expert(std::size_t point) const {
    return routed ? routed->expert[point * static_cast<std::size_t>(routed->ranked)] : -1;
  }
};

// The axes of a file's points, in their own units: over what the whole map reaches, where that is shown.
std::string axes_text(const Snapshot& snapshot, const viz::PlotState& state) {
  const ProbePoints& points = *snapshot.points;
  const PlaneMap& map = snapshot.view.plane;
  const auto axis = [&](std::size_t i, double low, double high) {
    if (map.columns == 0 || !state.fit_x || !state.fit_y) return points.axis_names[i];
    return fmt::format("{} {} to {}", points.axis_names[i], own_number(points, i, low),
                       own_number(points, i, high));
  };
  return fmt::format("→ {} · ↑ {}", axis(0, map.x_min, map.x_max), axis(1, map.y_min, map.y_max));
}

viz::ScatterSpec base_spec(const PanelInput& in, const ShownPlane& shown, const char* id, ImVec2 size,
                           const std::vector<viz::Colour>& cells) {
  const ProbePoints& points = *shown.snapshot.points;
  const PlaneMap& map = shown.snapshot.view.plane;
  viz::ScatterSpec spec;
  spec.id = id;
  spec.size = size;
  spec.x = {points.xy.data(), shown.count(), 0, shown.count(), 2};
  spec.y = {points.xy.data() + 1, shown.count(), 0, shown.count(), 2};
  spec.box = true;
  spec.radius = shown.count() > 400 ? 1.9f : 2.3f;
  if (!cells.empty()) {
    spec.cells = {static_cast<std::size_t>(map.rows),
                  static_cast<std::size_t>(map.columns),
                  cells,
                  map.x_min,
                  map.x_max,
                  map.y_min,
                  map.y_max,
                  viz::faded(in.theme.panel, 0.9f)};
  }
  return spec;
}

// The two maps show the same part of the plane: a zoom of one is a zoom of the other.
viz::ScatterResult draw_map(const PanelInput& in, UiState& ui, const viz::ScatterSpec& spec, const char* own,
                            const char* other) {
  viz::PlotState& state = ui.plots[own];
  const viz::ScatterResult result = viz::scatter(spec, state, in.theme, in.scale);
  if (result.view_changed) {
    viz::PlotState& follower = ui.plots[other];
    follower = state;
    follower.dragging = false;
  }
  return result;
}

viz::ScatterResult draw_by_expert(const PanelInput& in, UiState& ui, const ShownPlane& shown, ImVec2 size) {
  const PlaneMap& map = shown.snapshot.view.plane;
  const bool has_map = map.columns > 0 && shown.layer < map.first_expert.size();
  const auto expert_colour = [&](int e) {
    return viz::category_colour(in.theme, static_cast<std::size_t>(std::max(0, e)));
  };
  std::vector<viz::Colour> cells, colours(shown.count());
  const std::vector<std::uint8_t> lit = lit_tokens(ui, shown.routed, shown.count());
  std::vector<RegionName> names;
  std::vector<viz::PlaneLabel> labels;
  if (has_map) {
    for (const std::int32_t e : map.first_expert[shown.layer])
      cells.push_back(ground(in.theme, expert_colour(e), shown.lit >= 0 && e != shown.lit));
    names = region_names(map, map.first_expert[shown.layer], static_cast<std::size_t>(shown.routed->experts));
    for (const RegionName& name : names) labels.push_back({name.x, name.y, name.text});
  }
  for (std::size_t i = 0; i < shown.count(); ++i)
    colours[i] = has_map ? viz::faded(in.theme.text, 0.75f) : expert_colour(shown.first_expert(i));
  viz::ScatterSpec spec = base_spec(in, shown, "by expert", size, cells);
  spec.colours = colours;
  spec.lit = lit;
  spec.labels = labels;
  if (has_map) spec.radius *= 0.75f;
  return draw_map(in, ui, spec, "plane by expert", "plane by class");
}

viz::ScatterResult draw_by_class(const PanelInput& in, UiState& ui, const ShownPlane& shown, ImVec2 size) {
  const ProbePoints& points = *shown.snapshot.points;
  const PlaneMap& map = shown.snapshot.view.plane;
  std::vector<viz::Colour> cells, colours(shown.count());
  std::vector<std::uint8_t> wrong(shown.count());
  for (const std::int32_t c : map.predicted)
    cells.push_back(ground(in.theme, class_colour(in.theme, static_cast<std::size_t>(c)), false));
  for (std::size_t i = 0; i < shown.count(); ++i) {
    colours[i] = class_colour(in.theme, static_cast<std::size_t>(points.label[i]));
    wrong[i] = points.label[i] != shown.snapshot.view.predicted[i];
  }
  const std::vector<std::uint8_t> lit = lit_tokens(ui, shown.routed, shown.count());
  viz::ScatterSpec spec = base_spec(in, shown, "by class", size, cells);
  spec.colours = colours;
  spec.ringed = wrong;
  spec.lit = lit;
  return draw_map(in, ui, spec, "plane by class", "plane by expert");
}

// The colours and names of the classes in one line; what finds no room is counted.
void class_chips(const PanelInput& in, const ProbePoints& points) {
  const Skin skin{in.theme, in.scale};
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float right = at.x + ImGui::GetContentRegionAvail().x, middle = at.y + expert_chips_height(in) / 2;
  const float dot = skin.px(4), rest = canvas.text_size("+00", viz::Font::small).x;
  const auto write = [&](float x, viz::Colour colour, std::string_view text) {
    canvas.text({x, middle}, text, colour, viz::Font::small, viz::Align::start, viz::Align::middle);
  };
  float x = at.x;
  for (std::size_t c = 0; c < points.class_names.size(); ++c) {
    const float end = x + 2 * dot + skin.px(5) + canvas.text_size(points.class_names[c], viz::Font::small).x;
    const bool is_last = c + 1 == points.class_names.size();
    if (end + (is_last ? 0 : skin.px(12) + rest) > right) {
      write(x, in.theme.text_dim, fmt::format("+{}", points.class_names.size() - c));
      break;
    }
    canvas.circle_fill({x + dot, middle}, dot, class_colour(in.theme, c));
    write(x + 2 * dot + skin.px(5), in.theme.text, points.class_names[c]);
    register_item(points.class_names[c], {x, at.y}, {end, at.y + expert_chips_height(in)});
    x = end + skin.px(12);
  }
}

void caption(const PanelInput& in, ImVec2 at, float width, std::string_view text) {
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  canvas.text(at, viz::ellipsized(canvas, text, width, viz::Font::small), in.theme.text_dim, viz::Font::small);
}

void fill_table(const ShownPlane& shown, Table& table) {
  const ProbePoints& points = *shown.snapshot.points;
  const PointView& view = shown.snapshot.view;
  const bool flat = points.dims == 2;
  const bool own = has_own_units(points);
  table.set_header({own    ? points.axis_names[0]
                    : flat ? "x"
                           : "component 1",
                    own    ? points.axis_names[1]
                    : flat ? "y"
                           : "component 2",
                    "class", "predicted class", "confidence [probability]", "first expert"});
  const auto name = [&](std::int32_t c) { return points.class_names[static_cast<std::size_t>(c)]; };
  for (std::size_t i = 0; i < shown.count(); ++i)
    table.add_row(
        {own ? Cell(own_number(points, 0, points.xy[2 * i], kTableDigits)) : Cell(points.xy[2 * i]),
         own ? Cell(own_number(points, 1, points.xy[2 * i + 1], kTableDigits)) : Cell(points.xy[2 * i + 1]),
         name(points.label[i]), name(view.predicted[i]),
         i < view.confidence.size() ? Cell(view.confidence[i]) : Cell(),
         shown.routed ? Cell(std::int64_t{shown.first_expert(i)}) : Cell()});
}

}  // namespace

void draw_plane_panel(const PanelInput& in, UiState& ui, Commands&) {
  const bool ready = in.snapshot && in.snapshot->points &&
                     in.snapshot->view.predicted.size() == in.snapshot->points->label.size();
  const bool flat = !ready || in.snapshot->points->dims == 2;
  const bool own = ready && has_own_units(*in.snapshot->points);
  open_panel(in,
             of_look(in, own    ? axes_text(*in.snapshot, ui.plots["plane by class"])
                         : flat ? std::string("test points over the model's map")
                                : fmt::format("{} dimensions, PCA {:.0f} % + {:.0f} %", in.snapshot->points->dims,
                                              100 * in.snapshot->points->explained[0],
                                              100 * in.snapshot->points->explained[1])),
             &notes::plane);
  if (!ready) {
    const Readiness state = readiness(in, true);
    draw_not_ready(in, state == Readiness::ready ? Readiness::first_step : state,
                   "the plane as the experts divide it");
    light_expert(ui, HoverSource::plane, -1);
    return panel_end(in);
  }
  const Snapshot& snapshot = *in.snapshot;
  ShownPlane shown{snapshot};
  if (!snapshot.layers.empty()) {
    shown.layer = static_cast<std::size_t>(layer_picker(in, ui, snapshot.layers.size(), false));
    shown.routed = &snapshot.layers[shown.layer];
    if (ui.hovered_expert < shown.routed->experts) shown.lit = ui.hovered_expert;
  }

  chosen_chips(in, ui, shown.routed ? static_cast<std::size_t>(shown.routed->experts) : 0);
  if (Table* table = wanted_table(in)) fill_table(shown, *table);

  const ImVec2 at = ImGui::GetCursorScreenPos(), room = ImGui::GetContentRegionAvail();
  // In a low panel the maps come first, then what tells them apart, then whose colours they are.
  const float gap = 12 * in.scale, least = kLeastMap * in.scale,
              all_chips = expert_chips_height(in) + 4 * in.scale;
  const float line = room.y >= least + 17 * in.scale ? 17 * in.scale : 0;
  const float chips = room.y >= least + line + all_chips ? all_chips : 0;
  const bool both = shown.routed != nullptr;
  const float width = both ? std::floor((room.x - gap) / 2) : room.x;
  const float height = room.y - line - chips;
  int lights = -1;
  if (width > 8 * in.scale && height > 8 * in.scale) {
    const auto react = [&](const viz::ScatterResult& result) {
      if (result.boxed) {
        const viz::ScatterSpec spec = base_spec(in, shown, "", {}, {});
        ui.selection = select(snapshot, viz::points_in(result, spec.x, spec.y), "a box in the plane");
      }
      if (result.hovered >= 0 && both) {
        point_tooltip(in, shown.layer, static_cast<std::size_t>(result.hovered));
        lights = shown.first_expert(static_cast<std::size_t>(result.hovered));
      } else if (result.on_plane && both) {
        const std::ptrdiff_t cell = plane_cell(snapshot.view.plane, result.plane_x, result.plane_y);
        if (cell < 0 || shown.layer >= snapshot.view.plane.first_expert.size()) return;
        plane_tooltip(in, shown.layer, static_cast<std::size_t>(cell), result.plane_x, result.plane_y);
        lights = snapshot.view.plane.first_expert[shown.layer][static_cast<std::size_t>(cell)];
      }
    };
    float x = at.x;
    if (both) {
      if (line > 0) caption(in, at, width, flat ? "by first expert" : "coloured by first expert");
      ImGui::SetCursorScreenPos({x, at.y + line});
      const viz::ScatterResult by_expert = draw_by_expert(in, ui, shown, {width, height});
      register_item("by expert");
      react(by_expert);
      ImGui::SetCursorScreenPos({x, at.y + line + height + 4 * in.scale});
      const int chip =
          chips > 0 ? expert_chips(in, ui, static_cast<std::size_t>(shown.routed->experts), width) : -1;
      if (chip >= 0) lights = chip;
      x += width + gap;
    }
    if (line > 0)
      caption(in, {x, at.y}, width,
              flat ? "by predicted class · rings: wrong" : "coloured by true class · rings: wrong");
    ImGui::SetCursorScreenPos({x, at.y + line});
    const viz::ScatterResult by_class = draw_by_class(in, ui, shown, {width, height});
    register_item("by class");
    react(by_class);
    ImGui::SetCursorScreenPos({x, at.y + line + height + 4 * in.scale});
    if (chips > 0) class_chips(in, *snapshot.points);
  }
  light_expert(ui, HoverSource::plane, lights);
  panel_end(in);
}

}  // namespace switchyard::app
