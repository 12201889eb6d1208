#include "app/panels/causes/reference_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/cli/causes/router_reports.h"
#include "app/panels/causes/marks.h"
#include "core/base/printable.h"
#include "viz/base/format.h"
#include "viz/plots/axis.h"

namespace switchyard::app {
namespace {

// In pixels at scale 1.
constexpr float kReferenceRow = 18, kReferenceMostRow = 44, kNamesAbove = 48, kReferenceAxis = 38, kNameLevel = 15;
constexpr float kLearnedRadius = 5.5f, kReferenceRadius = 4;

const ReferenceRoute* route_of(const ReferenceRoutes& routes, Reference reference) {
  for (const ReferenceRoute& route : routes.routes)
    if (route.reference == reference && route.missing.empty()) return &route;
  return nullptr;
}

double loss_in(const ReferenceRoute* route, std::size_t group) {
  return route && group < route->loss_by_group.size() ? route->loss_by_group[group] : kMissing;
}

MarkShape shape_of(Reference reference) {
  switch (reference) {
    case Reference::learned:
      return MarkShape::circle;
    case Reference::label:
      return MarkShape::square;
    case Reference::best:
      return MarkShape::triangle;
    case Reference::hash:
      return MarkShape::diamond;
    case Reference::random:
      return MarkShape::cross;
  }
  return MarkShape::circle;
}

viz::Colour colour_of(Reference reference, const viz::Theme& theme) {
  switch (reference) {
    case Reference::learned:
      return theme.accent;
    case Reference::label:
      return viz::curve_colour(theme, 4);
    case Reference::best:
      return viz::curve_colour(theme, 1);
    case Reference::hash:
      return viz::curve_colour(theme, 5);
    case Reference::random:
      return viz::curve_colour(theme, 2);
  }
  return theme.text;
}

// From the best sets to the worst of chance in a group.
struct Reach {
  double low = kMissing, high = kMissing;
  bool holds(double loss) const { return !(loss > high) && !(loss < low); }
};
Reach reach_of(const ReferenceRoutes& routes, std::size_t group) {
  const double hash = loss_in(route_of(routes, Reference::hash), group),
               random = loss_in(route_of(routes, Reference::random), group);
  return {loss_in(route_of(routes, Reference::best), group), std::fmax(hash, random)};
}

struct ReferenceGrid {
  viz::Axis axis;
  float top = 0, row = 0, names = 0;
};

float row_height(const viz::Rect& rect, const ReferenceRoutes& routes, float scale) {
  const auto rows = static_cast<float>(std::max<std::size_t>(routes.groups.groups.size(), 1));
  const float room = (rect.height() - (kNamesAbove + kReferenceAxis) * scale) / rows;
  return std::floor(std::clamp(room, kReferenceRow * scale, kReferenceMostRow * scale));
}

std::string row_name(const TokenGroup& group) { return group.kind == GroupKind::all ? "all" : group.name; }

ReferenceGrid grid_of(viz::Canvas& canvas, const viz::Rect& rect, const ReferenceRoutes& routes, float scale) {
  ReferenceGrid grid;
  double low = INFINITY, high = -INFINITY;
  for (const ReferenceRoute& route : routes.routes) {
    if (!route.missing.empty()) continue;
    for (const double loss : route.loss_by_group)
      if (std::isfinite(loss)) low = std::min(low, loss), high = std::max(high, loss);
  }
  if (!(low <= high)) low = 0, high = 1;
  const double pad = std::max(0.05 * (high - low), 1e-6 * std::fabs(high) + 1e-9);
  float name = 0;
  for (const TokenGroup& group : routes.groups.groups)
    name = std::max(name, canvas.text_size(row_name(group), viz::Font::body).x);
  grid.names = std::min(name, 0.25f * rect.width());
  const float figure = canvas.text_size("0.0000", viz::Font::mono_small).x;
  grid.axis = {low - pad, high + pad, rect.x0 + grid.names + 14 * scale, rect.x1 - figure - 12 * scale};
  grid.top = rect.y0 + kNamesAbove * scale;
  grid.row = row_height(rect, routes, scale);
  return grid;
}

void draw_axis_of_losses(viz::Canvas& canvas, const viz::Rect& rect, const ReferenceGrid& grid, float bottom,
                         const viz::Theme& theme, float scale) {
  const viz::Axis& axis = grid.axis;
  const float thin = std::max(1.0f, std::floor(scale)), width = axis.screen_max - axis.screen_min;
  float free_from = -INFINITY;
  for (const viz::Tick& tick : viz::ticks(axis, std::max(2, static_cast<int>(width / (56 * scale))))) {
    const float at = std::round(axis.screen_from_data(tick.value)),
                half = canvas.text_size(tick.label, viz::Font::mono_small).x / 2;
    canvas.rect_fill({at, grid.top, at + thin, bottom}, theme.grid);
    if (at - half < free_from) continue;
    free_from = at + half + 6 * scale;
    canvas.text({at, bottom + 4 * scale}, tick.label, theme.text_dim, viz::Font::mono_small, viz::Align::middle);
  }
  canvas.text({(axis.screen_min + axis.screen_max) / 2, bottom + 20 * scale},
              viz::ellipsized(canvas, "loss in nats: further left is better", rect.width(), viz::Font::small),
              theme.text_dim, viz::Font::small, viz::Align::middle);
}

// Names above the first row, each over its mark and with its loss: on the lowest of three levels that has room.
void draw_names(viz::Canvas& canvas, const viz::Rect& rect, const ReferenceRoutes& routes,
                const ReferenceGrid& grid, const viz::Theme& theme, float scale) {
  struct Name {
    Reference reference;
    std::string text;
    float at, x0, x1;
    std::size_t level = 0;
  };
  std::vector<Name> names;
  for (const ReferenceRoute& route : routes.routes) {
    const double loss = loss_in(&route, 0);
    if (!route.missing.empty() || !std::isfinite(loss)) continue;
    Name name{route.reference,
              fmt::format("{} {}", reference_name(route.reference, routes.groups), viz::decimals(loss, 3)),
              grid.axis.screen_from_data(loss), 0, 0};
    const float width = canvas.text_size(name.text, viz::Font::small).x;
    name.x0 = std::clamp(name.at - width / 2, rect.x0, std::max(rect.x0, rect.x1 - width));
    name.x1 = name.x0 + width;
    names.push_back(std::move(name));
  }
  std::sort(names.begin(), names.end(), [](const Name& a, const Name& b) { return a.at < b.at; });
  constexpr std::size_t kLevels = 3;
  float free_from[kLevels] = {-INFINITY, -INFINITY, -INFINITY};
  for (Name& name : names) {
    while (name.level + 1 < kLevels && name.x0 < free_from[name.level]) ++name.level;
    free_from[name.level] = name.x1 + 8 * scale;
  }
  const float first = grid.top + grid.row / 2;
  for (const Name& name : names) {
    const float bottom = grid.top - 4 * scale - static_cast<float>(name.level) * kNameLevel * scale;
    const viz::Colour colour = colour_of(name.reference, theme);
    canvas.line({name.at, bottom}, {name.at, first}, viz::faded(colour, 0.6f), std::max(1.0f, std::floor(scale)));
  }
  // Over the lines, none of which may run through a name.
  for (const Name& name : names) {
    const float bottom = grid.top - 4 * scale - static_cast<float>(name.level) * kNameLevel * scale;
    canvas.rect_fill({name.x0 - 2 * scale, bottom - kNameLevel * scale + scale, name.x1 + 2 * scale, bottom},
                     theme.panel);
    canvas.text({name.x0, bottom - scale}, name.text,
                name.reference == Reference::learned ? theme.text : theme.text_dim, viz::Font::small,
                viz::Align::start, viz::Align::end);
  }
}

}  // namespace

std::string reference_name(Reference reference, const TokenGroups& groups) {
  if (reference == Reference::best) return "best sets";
  if (reference != Reference::label) return std::string(name_of(reference));
  const bool points = std::any_of(groups.groups.begin(), groups.groups.end(),
                                  [](const TokenGroup& group) { return group.kind == GroupKind::point_class; });
  return points ? "by class" : "by domain";
}

float reference_plot_height(const ReferenceRoutes& routes) {
  return kNamesAbove + kReferenceAxis + kReferenceRow * static_cast<float>(routes.groups.groups.size());
}

int reference_row(const viz::Rect& rect, const ReferenceRoutes& routes, viz::Point at, float scale) {
  const float row = (at.y - rect.y0 - kNamesAbove * scale) / row_height(rect, routes, scale);
  return rect.contains(at) && row >= 0 && row < static_cast<float>(routes.groups.groups.size())
             ? static_cast<int>(row)
             : -1;
}

void draw_reference_plot(viz::Canvas& canvas, const viz::Rect& rect, const ReferenceRoutes& routes, int lit_row,
                         const viz::Theme& theme, float scale) {
  const ReferenceGrid grid = grid_of(canvas, rect, routes, scale);
  if (!(grid.axis.screen_min + 20 * scale < grid.axis.screen_max)) return;
  const std::size_t rows = routes.groups.groups.size();
  const float bottom = grid.top + grid.row * static_cast<float>(rows);
  canvas.push_clip(rect);
  draw_axis_of_losses(canvas, rect, grid, bottom, theme, scale);
  draw_names(canvas, rect, routes, grid, theme, scale);
  for (std::size_t g = 0; g < rows; ++g) {
    const TokenGroup& group = routes.groups.groups[g];
    const float y = grid.top + grid.row * static_cast<float>(g), middle = std::round(y + grid.row / 2);
    const bool is_all = group.kind == GroupKind::all;
    const Reach reach = reach_of(routes, g);
    if (std::isfinite(reach.high)) {
      const float x0 = std::isfinite(reach.low) ? grid.axis.screen_from_data(reach.low) : grid.axis.screen_min,
                  x1 = grid.axis.screen_from_data(reach.high);
      canvas.rect_fill({std::min(x0, x1), middle - 5 * scale, std::max(x0, x1), middle + 5 * scale},
                       static_cast<int>(g) == lit_row ? theme.hairline : viz::faded(theme.raised_hover, 0.75f),
                       2 * scale);
    }
    const viz::Font font = is_all ? viz::Font::bold : viz::Font::body;
    canvas.text({rect.x0, middle}, viz::ellipsized(canvas, row_name(group), grid.names + 1, font), theme.text,
                font, viz::Align::start, viz::Align::middle);
    const ReferenceRoute* learned = nullptr;
    for (const ReferenceRoute& route : routes.routes) {
      const double loss = loss_in(&route, g);
      if (!route.missing.empty() || !std::isfinite(loss)) continue;
      if (route.reference == Reference::learned) {
        learned = &route;
        continue;
      }
      draw_shape(canvas, shape_of(route.reference), {grid.axis.screen_from_data(loss), middle},
                 kReferenceRadius * scale, colour_of(route.reference, theme));
    }
    if (!learned) continue;
    const double loss = loss_in(learned, g);
    const viz::Point at{grid.axis.screen_from_data(loss), middle};
    canvas.circle_fill(at, (kLearnedRadius + 1.5f) * scale, theme.panel);
    canvas.circle_fill(at, kLearnedRadius * scale,
                       reach.holds(loss) ? colour_of(Reference::learned, theme) : theme.warn);
    canvas.text({rect.x1, middle}, viz::fixed_significant(loss, 4), is_all ? theme.text : theme.text_dim,
                viz::Font::mono_small, viz::Align::end, viz::Align::middle);
  }
  canvas.pop_clip();
}

double way_from_chance(const ReferenceRoutes& routes) {
  const Reach reach = reach_of(routes, 0);
  const double learned = loss_in(route_of(routes, Reference::learned), 0);
  return reach.high > reach.low ? (reach.high - learned) / (reach.high - reach.low) : kMissing;
}

std::string reference_words(const ReferenceRoutes& routes) {
  std::string text = words_of_place(routes.place);
  const double way = way_from_chance(routes);
  if (routes.place == RouterPlace::within && std::isfinite(way))
    text += fmt::format(" It has gone {:.0f} % of the way from chance to them.", 100 * way);
  return text;
}

std::string reference_missing(const ReferenceRoutes& routes) {
  std::string text;
  if (routes.sampled) text = "Best sets: of a sample of all.";
  for (const ReferenceRoute& route : routes.routes)
    if (!route.missing.empty())
      text += fmt::format("{}No {}: {}.", text.empty() ? "" : " ", reference_name(route.reference, routes.groups),
                          printable(route.missing));
  return text;
}

void fill_reference_table(const ReferenceRoutes& routes, Table& table) {
  std::vector<std::string> columns{"routes", "missing", "loss [nats]", "right [share]"};
  for (const TokenGroup& group : routes.groups.groups)
    if (group.kind != GroupKind::all) columns.push_back(fmt::format("{}: loss [nats]", group.name));
  table.set_header(std::move(columns));
  for (const ReferenceRoute& route : routes.routes) {
    std::vector<Cell> cells{reference_name(route.reference, routes.groups), route.missing, route.loss,
                            route.accuracy};
    for (std::size_t g = 0; g < routes.groups.groups.size(); ++g)
      if (routes.groups.groups[g].kind != GroupKind::all) cells.emplace_back(loss_in(&route, g));
    table.add_row(std::move(cells));
  }
}

}  // namespace switchyard::app
