#include "app/panels/causes/zoo_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/cli/causes/router_reports.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

// In pixels at scale 1.
constexpr float kZooHead = 32, kZooRow = 22, kZooMostRow = 58, kZooGap = 10, kZooLeastBars = 40, kZooPad = 3;
constexpr float kZooMostBar = 22;  // wider ones would be blocks

constexpr std::string_view kFairMark = "dashed: fair";

enum class ZooColumn { peak, dropped, entropy, overlap, loss, regret };
struct ZooColumnSpec {
  ZooColumn id;
  std::string_view name, unit;
  int worth;  // the least worth is left out first
};
constexpr std::array<ZooColumnSpec, 6> kZooColumns{{{ZooColumn::peak, "peak", "of mean", 0},
                                                    {ZooColumn::dropped, "dropped", "choices", 3},
                                                    {ZooColumn::entropy, "entropy", "0 to 1", 2},
                                                    {ZooColumn::overlap, "overlap", "of sets", 5},
                                                    {ZooColumn::loss, "loss", "nats", 1},
                                                    {ZooColumn::regret, "regret", "nats", 4}}};

std::string cell_text(const ZooRow& row, ZooColumn column) {
  const auto known = [](double value, auto text) { return std::isfinite(value) ? text(value) : std::string("–"); };
  const auto figure = [](double value) { return viz::fixed_significant(value, 4); };
  switch (column) {
    case ZooColumn::peak:
      return known(row.load_peak, viz::times);
    case ZooColumn::dropped:
      return known(row.dropped, viz::percent);
    case ZooColumn::entropy:
      return known(row.entropy, [](double value) { return viz::decimals(value, 3); });
    case ZooColumn::overlap:
      return known(row.overlap, viz::percent);
    case ZooColumn::loss:
      return known(row.loss, figure);
    case ZooColumn::regret:
      return known(row.regret, [](double value) { return viz::decimals(value, 3); });
  }
  return {};
}

// A bar under the figure: of the whole, or of the largest of all gates. NaN: none.
double cell_share(const ZooLayer& layer, const ZooRow& row, ZooColumn column) {
  if (column == ZooColumn::overlap) return row.overlap;
  if (column != ZooColumn::regret) return kMissing;
  double most = 0;
  for (const ZooRow& one : layer.rows)
    if (std::isfinite(one.regret)) most = std::max(most, one.regret);
  return most > 0 ? row.regret / most : kMissing;
}

double largest_use(const ZooLayer& layer) {
  double most = 1;
  for (const ZooRow& row : layer.rows)
    for (std::size_t e = 0; e < row.load.size(); ++e) most = std::max(most, zoo_utilisation(row, e));
  return most;
}

// Where everything lies.
struct ZooGrid {
  struct Column {
    ZooColumnSpec spec;
    float x0 = 0, x1 = 0;
  };
  float names = 0;  // where they end
  float bars0 = 0, bars1 = 0;
  std::vector<Column> columns;
  float top = 0, row = 0;
  viz::Rect bars_of(std::size_t r, float scale) const {
    const float y = top + row * static_cast<float>(r);
    return {bars0, std::round(y + kZooPad * scale), bars1, std::round(y + row - kZooPad * scale)};
  }
};

ZooGrid grid_of(viz::Canvas& canvas, const viz::Rect& rect, const ZooLayer& layer, const ZooRoom& room,
                float scale) {
  ZooGrid grid;
  float name = 0;
  for (const ZooRow& row : layer.rows)
    name = std::max(name,
                    canvas.text_size(gate_text(row.gate), row.as_trained ? viz::Font::bold : viz::Font::body).x);
  name = std::min(name, 0.37f * rect.width());
  grid.names = rect.x0 + 12 * scale + name;
  const auto width_of = [&](const ZooColumnSpec& spec) {
    float width =
        std::max(canvas.text_size(spec.name, viz::Font::small).x, canvas.text_size(spec.unit, viz::Font::small).x);
    for (const ZooRow& row : layer.rows)
      width = std::max(width, canvas.text_size(cell_text(row, spec.id), viz::Font::mono_small).x);
    return width;
  };
  std::vector<ZooColumnSpec> shown(kZooColumns.begin(), kZooColumns.end());
  // "Dropped" would be told of a model that drops nothing.
  for (ZooColumnSpec& spec : shown)
    if (spec.id == ZooColumn::dropped && !room.drops) spec.name = "over", spec.unit = "capacity";
  // Where nobody asked for regret there is none.
  if (std::none_of(layer.rows.begin(), layer.rows.end(),
                   [](const ZooRow& row) { return std::isfinite(row.regret); }))
    std::erase_if(shown, [](const ZooColumnSpec& spec) { return spec.id == ZooColumn::regret; });
  const auto taken = [&] {
    float sum = 0;
    for (const ZooColumnSpec& spec : shown) sum += width_of(spec) + kZooGap * scale;
    return sum;
  };
  grid.bars0 = grid.names + kZooGap * scale;
  while (!shown.empty() && rect.x1 - taken() - grid.bars0 < kZooLeastBars * scale)
    shown.erase(std::min_element(shown.begin(), shown.end(),
                                 [](const auto& a, const auto& b) { return a.worth < b.worth; }));
  float x = rect.x1 - taken();
  // A few experts need no more; the figures then stand next to them.
  const float most = kZooMostBar * scale * static_cast<float>(std::max(layer.experts, 1));
  grid.bars1 = std::max(grid.bars0, std::min(x, grid.bars0 + std::max(most, kZooLeastBars * scale)));
  const float loose =
      shown.empty() ? 0 : std::min(40 * scale, (x - grid.bars1) / static_cast<float>(shown.size()));
  x = grid.bars1;
  for (const ZooColumnSpec& spec : shown) {
    const float x0 = x + kZooGap * scale + loose;
    grid.columns.push_back({spec, x0, x0 + width_of(spec)});
    x = grid.columns.back().x1;
  }
  grid.top = rect.y0 + kZooHead * scale;
  const auto rows = static_cast<float>(std::max<std::size_t>(layer.rows.size(), 1));
  grid.row = std::floor(std::clamp((rect.y1 - grid.top) / rows, kZooRow * scale, kZooMostRow * scale));
  return grid;
}

void draw_load(viz::Canvas& canvas, const viz::Rect& rect, const ZooRow& row, double most, int lit,
               const viz::Theme& theme, float scale) {
  const std::size_t count = row.load.size();
  if (count == 0 || rect.width() < 1 || rect.height() < 2) return;
  const float each = rect.width() / static_cast<float>(count), gap = each > 4 * scale ? std::max(1.0f, scale) : 0;
  const auto up = [&](double value) {
    return rect.y1 - rect.height() * static_cast<float>(std::clamp(value / most, 0.0, 1.0));
  };
  canvas.rect_fill({rect.x0, rect.y1, rect.x1, rect.y1 + std::max(1.0f, std::floor(scale))}, theme.hairline);
  for (std::size_t e = 0; e < count; ++e) {
    const float x = rect.x0 + each * static_cast<float>(e);
    const viz::Rect bar{x, up(zoo_utilisation(row, e)), x + std::max(each - gap, 0.5f), rect.y1};
    const viz::Colour colour = viz::category_colour(theme, e);
    const bool back = lit >= 0 && static_cast<std::size_t>(lit) < count && static_cast<std::size_t>(lit) != e;
    canvas.rect_fill(bar, back ? viz::faded(colour, 0.35f) : colour);
    if (e >= viz::categories_by_colour_alone && each > 5 * scale && bar.height() > 2)
      viz::hatch(canvas, bar, viz::faded(viz::text_on(colour), 0.45f), scale, 4 * scale, static_cast<unsigned>(e));
  }
  const float fair = std::round(up(1));
  viz::dashed_line(canvas, {rect.x0, fair}, {rect.x1, fair}, theme.text, std::max(1.0f, std::floor(scale)),
                   3 * scale, 3 * scale);
}

void draw_head(viz::Canvas& canvas, const viz::Rect& rect, const ZooGrid& grid, const viz::Theme& theme,
               float scale) {
  const float line = 14 * scale;
  const auto two = [&](float x, std::string_view first, std::string_view second, viz::Align align, float width) {
    canvas.text({x, rect.y0}, viz::ellipsized(canvas, first, width, viz::Font::small), theme.text,
                viz::Font::small, align);
    canvas.text({x, rect.y0 + line}, viz::ellipsized(canvas, second, width, viz::Font::small), theme.text_dim,
                viz::Font::small, align);
  };
  const float bars = (grid.columns.empty() ? grid.bars1 : grid.columns.front().x0 - 8 * scale) - grid.bars0;
  two(grid.bars0, "load", canvas.text_size(kFairMark, viz::Font::small).x > bars ? "- - fair" : kFairMark,
      viz::Align::start, bars);
  for (const ZooGrid::Column& column : grid.columns)
    two(column.x1, column.spec.name, column.spec.unit, viz::Align::end, rect.width());
}

}  // namespace

double zoo_utilisation(const ZooRow& row, std::size_t expert) {
  double sum = 0;
  for (const std::int64_t load : row.load) sum += static_cast<double>(load);
  return sum > 0 ? static_cast<double>(row.load[expert]) * static_cast<double>(row.load.size()) / sum : 0;
}

float zoo_plot_height(const ZooLayer& layer) { return kZooHead + kZooRow * static_cast<float>(layer.rows.size()); }

void draw_zoo_plot(viz::Canvas& canvas, const viz::Rect& rect, const ZooLayer& layer, const ZooRoom& room, int lit,
                   int lit_row, const viz::Theme& theme, float scale) {
  canvas.push_clip(rect);
  const ZooGrid grid = grid_of(canvas, rect, layer, room, scale);
  const double most = largest_use(layer);
  draw_head(canvas, rect, grid, theme, scale);
  for (std::size_t r = 0; r < layer.rows.size(); ++r) {
    const ZooRow& row = layer.rows[r];
    const float y = grid.top + grid.row * static_cast<float>(r), middle = std::round(y + grid.row / 2);
    if (static_cast<int>(r) == lit_row)
      canvas.rect_fill({rect.x0, y, rect.x1, y + grid.row}, viz::faded(theme.raised, 0.7f), 4 * scale);
    else if (r > 0) canvas.rect_fill({rect.x0, y, rect.x1, y + std::max(1.0f, std::floor(scale))}, theme.grid);
    if (row.as_trained) canvas.circle_fill({rect.x0 + 4 * scale, middle}, 3 * scale, theme.accent);
    const viz::Font font = row.as_trained ? viz::Font::bold : viz::Font::body;
    canvas.text({rect.x0 + 12 * scale, middle},
                viz::ellipsized(canvas, gate_text(row.gate), grid.names - rect.x0 - 12 * scale + 1, font),
                theme.text, font, viz::Align::start, viz::Align::middle);
    if (!row.refused.empty()) {
      canvas.text({grid.bars0, middle},
                  viz::ellipsized(canvas, row.refused, rect.x1 - grid.bars0, viz::Font::small), theme.text_dim,
                  viz::Font::small, viz::Align::start, viz::Align::middle);
      continue;
    }
    draw_load(canvas, grid.bars_of(r, scale), row, most, lit, theme, scale);
    for (const ZooGrid::Column& column : grid.columns) {
      const std::string text = cell_text(row, column.spec.id);
      const double share = cell_share(layer, row, column.spec.id);
      const float lift = std::isfinite(share) ? 2 * scale : 0;  // room for the bar
      canvas.text({column.x1, middle - lift}, text, text == "–" ? theme.text_dim : theme.text,
                  viz::Font::mono_small, viz::Align::end, viz::Align::middle);
      if (!std::isfinite(share)) continue;
      const float width = column.x1 - column.x0, bar = middle + 7 * scale, thick = 2 * scale;
      canvas.rect_fill({column.x0, bar, column.x1, bar + thick}, theme.raised_hover);
      canvas.rect_fill(
          {column.x0, bar, column.x0 + width * static_cast<float>(std::clamp(share, 0.0, 1.0)), bar + thick},
          theme.text_dim);
    }
  }
  canvas.pop_clip();
}

ZooPlace zoo_place(viz::Canvas& canvas, const viz::Rect& rect, const ZooLayer& layer, const ZooRoom& room,
                   viz::Point at, float scale) {
  ZooPlace place;
  if (!rect.contains(at)) return place;
  const ZooGrid grid = grid_of(canvas, rect, layer, room, scale);
  const float row = (at.y - grid.top) / grid.row;
  if (row < 0 || row >= static_cast<float>(layer.rows.size())) return place;
  place.row = static_cast<int>(row);
  const std::size_t count = layer.rows[static_cast<std::size_t>(place.row)].load.size();
  if (count > 0 && at.x >= grid.bars0 && at.x < grid.bars1)
    place.expert = static_cast<int>((at.x - grid.bars0) / (grid.bars1 - grid.bars0) * static_cast<float>(count));
  return place;
}

std::string zoo_words(const ZooLayer& layer) {
  if (!layer.no_regret.empty()) return fmt::format("No regret: {}.", layer.no_regret);
  const ZooRow *trained = nullptr, *least = nullptr, *most = nullptr;
  for (const ZooRow& row : layer.rows) {
    if (!std::isfinite(row.regret)) continue;
    if (row.as_trained) trained = &row;
    if (!least || row.regret < least->regret) least = &row;
    if (!most || row.regret > most->regret) most = &row;
  }
  if (!trained) return {};
  std::string text = fmt::format("Best sets would save {} nats a token against the trained gate's",
                                 viz::decimals(trained->regret, 3));
  if (least != trained && least->regret < trained->regret)
    text += fmt::format("; least with {}: {}", gate_text(least->gate), viz::decimals(least->regret, 3));
  if (most != trained && most->regret > trained->regret)
    text += fmt::format("; most with {}: {}", gate_text(most->gate), viz::decimals(most->regret, 3));
  return text + (layer.sampled ? ". A sample of sets was tried: regrets are lower bounds." : ".");
}

std::string zoo_room_words(const ZooRoom& room) {
  if (room.drops) return {};
  return fmt::format(
      "Over capacity: the share of choices that would find no room at capacity factor {:g}, these tokens as one "
      "batch. Training drops none: its overflow is dropless.",
      room.capacity_factor);
}

void fill_zoo_table(const std::vector<ZooLayer>& zoo, Table& table) {
  std::size_t experts = 0;
  for (const ZooLayer& layer : zoo)
    experts = std::max(experts, static_cast<std::size_t>(std::max(layer.experts, 0)));
  std::vector<std::string> columns{
      "layer",           "gate",         "as trained",      "refused",     "peak [of mean load]", "load entropy",
      "dropped [share]", "entropy of p", "overlap [share]", "loss [nats]", "regret [nats]"};
  for (std::size_t e = 0; e < experts; ++e) columns.push_back(fmt::format("choices of expert {}", e));
  table.set_header(std::move(columns));
  for (std::size_t l = 0; l < zoo.size(); ++l)
    for (const ZooRow& row : zoo[l].rows) {
      std::vector<Cell> cells{static_cast<std::int64_t>(l),
                              gate_text(row.gate),
                              std::string(row.as_trained ? "yes" : "no"),
                              row.refused,
                              row.load_peak,
                              row.load_entropy,
                              row.dropped,
                              row.entropy,
                              row.overlap,
                              row.loss,
                              row.regret};
      for (std::size_t e = 0; e < experts; ++e) cells.push_back(e < row.load.size() ? Cell(row.load[e]) : Cell());
      table.add_row(std::move(cells));
    }
}

}  // namespace switchyard::app
