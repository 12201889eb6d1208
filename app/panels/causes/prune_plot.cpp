#include "app/panels/causes/prune_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/panels/causes/marks.h"
#include "core/base/printable.h"
#include "viz/base/format.h"
#include "viz/plots/axis.h"

namespace switchyard::app {
namespace {

// In pixels at scale 1.
constexpr float kPruneTitle = 20, kPruneAxis = 36, kPruneMark = 4, kNameHeight = 14, kRecoveryRow = 20,
                kRecoveryHead = 38;

MarkShape shape_of(PruneMethod method) {
  switch (method) {
    case PruneMethod::frequency:
      return MarkShape::circle;
    case PruneMethod::reap:
      return MarkShape::square;
    case PruneMethod::merge:
      return MarkShape::triangle;
    case PruneMethod::random:
      return MarkShape::cross;
  }
  return MarkShape::circle;
}

// Distinct, in the order asked.
std::vector<PruneMethod> methods_of(const PruneBench& bench) {
  std::vector<PruneMethod> out;
  for (const PrunePoint& point : bench.points)
    if (std::find(out.begin(), out.end(), point.method) == out.end()) out.push_back(point.method);
  return out;
}

// From most to fewest.
std::vector<std::int64_t> kept_of(const PruneBench& bench) {
  std::vector<std::int64_t> out;
  for (const PrunePoint& point : bench.points)
    if (std::find(out.begin(), out.end(), point.kept) == out.end()) out.push_back(point.kept);
  std::sort(out.rbegin(), out.rend());
  return out;
}

double loss_at(const LearnedOn& learned, PruneMoment moment) {
  if (learned.loss.empty()) return kMissing;
  return moment == PruneMoment::at_once ? learned.loss.front() : learned.loss.back();
}

double whole_at(const PruneBench& bench, PruneMoment moment) {
  return moment == PruneMoment::at_once ? bench.loss : loss_at(bench.whole, moment);
}

std::int64_t steps_of(const PruneBench& bench) { return bench.whole.step.empty() ? 0 : bench.whole.step.back(); }

const PrunePoint* point_of(const PruneBench& bench, PruneMethod method, std::int64_t kept) {
  for (const PrunePoint& point : bench.points)
    if (point.method == method && point.kept == kept) return &point;
  return nullptr;
}

void draw_whole(viz::Canvas& canvas, const viz::Rect& data, const viz::Axis& y, double whole,
                const viz::Theme& theme, float scale) {
  if (!std::isfinite(whole)) return;
  const float at = std::round(y.screen_from_data(whole));
  viz::dashed_line(canvas, {data.x0, at}, {data.x1, at}, theme.text_dim, std::max(1.0f, std::floor(scale)),
                   4 * scale, 3 * scale);
  // Lines rise from it towards the right, some after a dip: below it that end is free.
  canvas.text({data.x1 - 4 * scale, at + 2 * scale},
              fmt::format("whole model {}", viz::fixed_significant(whole, 4)), theme.text_dim, viz::Font::small,
              viz::Align::end);
}

}  // namespace

std::vector<PruneLine> prune_lines(const PruneBench& bench, std::int64_t experts, PruneMoment moment) {
  std::vector<PruneLine> out;
  const std::vector<std::int64_t> counts = kept_of(bench);
  for (const PruneMethod method : methods_of(bench)) {
    PruneLine line{method, {experts}, {whole_at(bench, moment)}};
    for (const std::int64_t kept : counts) {
      const PrunePoint* const point = point_of(bench, method, kept);
      const double loss = point && point->failed.empty() ? loss_at(point->learned, moment) : kMissing;
      if (!std::isfinite(loss) || kept == experts) continue;
      line.kept.push_back(kept), line.loss.push_back(loss);
    }
    if (line.kept.size() > 1) out.push_back(std::move(line));
  }
  return out;
}

viz::Colour prune_colour(PruneMethod method, const viz::Theme& theme) {
  switch (method) {
    case PruneMethod::frequency:
      return viz::curve_colour(theme, 0);
    case PruneMethod::reap:
      return viz::curve_colour(theme, 1);
    case PruneMethod::merge:
      return viz::curve_colour(theme, 2);
    case PruneMethod::random:
      return viz::curve_colour(theme, 5);
  }
  return theme.text;
}

std::string prune_title(const PruneBench& bench, PruneMoment moment) {
  return moment == PruneMoment::at_once ? "at once" : fmt::format("after {} steps", steps_of(bench));
}

void draw_prune_plot(viz::Canvas& canvas, const viz::Rect& rect, const PruneBench& bench, std::int64_t experts,
                     PruneMoment moment, const viz::Theme& theme, float scale) {
  canvas.push_clip(rect);
  canvas.text({rect.x0, rect.y0},
              viz::ellipsized(canvas, fmt::format("loss {}, nats", prune_title(bench, moment)), rect.width(),
                              viz::Font::small),
              theme.text, viz::Font::small);
  const std::vector<PruneLine> lines = prune_lines(bench, experts, moment);
  const double whole = whole_at(bench, moment);
  double low = std::isfinite(whole) ? whole : INFINITY, high = std::isfinite(whole) ? whole : -INFINITY;
  float names = 0;
  for (const PruneLine& line : lines) {
    names = std::max(names, canvas.text_size(name_of(line.method), viz::Font::small).x);
    for (const double loss : line.loss) low = std::min(low, loss), high = std::max(high, loss);
  }
  if (lines.empty() || !(low <= high)) {
    canvas.text({(rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2},
                viz::ellipsized(canvas, "no model with fewer experts has a loss", rect.width(), viz::Font::small),
                theme.text_dim, viz::Font::small, viz::Align::middle, viz::Align::middle);
    return canvas.pop_clip();
  }
  const double pad = std::max(0.08 * (high - low), 1e-6 * std::fabs(high));
  viz::Rect data{rect.x0, rect.y0 + kPruneTitle * scale, rect.x1 - names - 12 * scale,
                 rect.y1 - kPruneAxis * scale};
  // Room for the words under the dashed line.
  const double under =
      data.height() > 0 ? (high - low + pad) * static_cast<double>(18 * scale / data.height()) : 0;
  const viz::Axis y{low - std::max(pad, under), high + pad, data.y1, data.y0};
  const std::vector<viz::Tick> y_ticks =
      viz::ticks(y, std::max(2, static_cast<int>(data.height() / (28 * scale))));
  float gutter = 0;
  for (const viz::Tick& tick : y_ticks)
    gutter = std::max(gutter, canvas.text_size(tick.label, viz::Font::mono_small).x);
  data.x0 += std::round(gutter + 6 * scale);
  if (data.width() < 30 * scale || data.height() < 20 * scale) return canvas.pop_clip();
  const std::vector<std::int64_t> counts = kept_of(bench);
  // From all to few: against the numbers.
  const viz::Axis x{-static_cast<double>(experts), -static_cast<double>(std::min(counts.back(), experts - 1)),
                    data.x0 + 8 * scale, data.x1 - 6 * scale};
  const float thin = std::max(1.0f, std::floor(scale));
  for (const viz::Tick& tick : y_ticks) {
    const float at = std::round(y.screen_from_data(tick.value));
    canvas.rect_fill({data.x0, at, data.x1, at + thin}, theme.grid);
    canvas.text({data.x0 - 6 * scale, at}, tick.label, theme.text_dim, viz::Font::mono_small, viz::Align::end,
                viz::Align::middle);
  }
  float free_from = -INFINITY;
  std::vector<std::int64_t> ticks = counts;
  if (ticks.empty() || ticks.front() != experts) ticks.insert(ticks.begin(), experts);
  for (const std::int64_t kept : ticks) {
    const float at = std::round(x.screen_from_data(-static_cast<double>(kept)));
    const std::string label = fmt::format("{}", kept);
    const float half = canvas.text_size(label, viz::Font::mono_small).x / 2;
    canvas.rect_fill({at, data.y1, at + thin, data.y1 + 4 * scale}, theme.hairline);
    if (at - half < free_from) continue;
    free_from = at + half + 6 * scale;
    canvas.text({at, data.y1 + 5 * scale}, label, theme.text_dim, viz::Font::mono_small, viz::Align::middle);
  }
  canvas.text({(rect.x0 + rect.x1) / 2, data.y1 + 20 * scale},
              viz::ellipsized(canvas, "experts kept in each layer", rect.width(), viz::Font::small),
              theme.text_dim, viz::Font::small, viz::Align::middle);
  draw_whole(canvas, data, y, whole, theme, scale);
  std::vector<float> ends;
  for (const PruneLine& line : lines) {
    const viz::Colour colour = prune_colour(line.method, theme);
    std::vector<viz::Point> points;
    for (std::size_t i = 0; i < line.kept.size(); ++i)
      points.push_back({x.screen_from_data(-static_cast<double>(line.kept[i])), y.screen_from_data(line.loss[i])});
    canvas.polyline(points, colour, 2 * scale, viz::Stroke::smooth);
    for (std::size_t i = 1; i < points.size(); ++i)
      draw_shape(canvas, shape_of(line.method), points[i], kPruneMark * scale, colour);
    ends.push_back(points.back().y);
  }
  const std::vector<float> at = spread_out(ends, kNameHeight * scale, data.y0, data.y1);
  for (std::size_t i = 0; i < lines.size(); ++i)
    canvas.text({rect.x1 - names, at[i]}, name_of(lines[i].method), prune_colour(lines[i].method, theme),
                viz::Font::small, viz::Align::start, viz::Align::middle);
  canvas.pop_clip();
}

std::string recovery_text(const PruneBench& bench, const PrunePoint& point) {
  if (!point.failed.empty()) return "cannot be";
  if (point.recovered_at < 0) return fmt::format("not in {}", steps_of(bench));
  if (point.recovered_at == 0) return "at once";
  const double steps = point.learned.step.empty() ? 0 : static_cast<double>(point.learned.step.back());
  const double seconds =
      steps > 0 ? point.learned.seconds * static_cast<double>(point.recovered_at) / steps : kMissing;
  return fmt::format("{} · {} s", point.recovered_at, viz::significant(seconds, 2));
}

float recovery_height(const PruneBench& bench) {
  return kRecoveryHead + kRecoveryRow * static_cast<float>(methods_of(bench).size());
}

void draw_recovery(viz::Canvas& canvas, const viz::Rect& rect, const PruneBench& bench, const viz::Theme& theme,
                   float scale) {
  const std::vector<PruneMethod> methods = methods_of(bench);
  const std::vector<std::int64_t> counts = kept_of(bench);
  if (methods.empty()) return;
  canvas.push_clip(rect);
  canvas.text({rect.x0, rect.y0},
              viz::ellipsized(canvas, "as good again (1.01 times the whole model's loss) at step · time",
                              rect.width(), viz::Font::small),
              theme.text, viz::Font::small);
  float names = 0;
  for (const PruneMethod method : methods)
    names = std::max(names, canvas.text_size(name_of(method), viz::Font::small).x);
  const float from = rect.x0 + names + 30 * scale,
              each = (rect.x1 - from) / static_cast<float>(std::max<std::size_t>(counts.size(), 1));
  const float head = rect.y0 + 18 * scale;
  for (std::size_t k = 0; k < counts.size(); ++k)
    canvas.text({from + each * (static_cast<float>(k) + 1), head},
                viz::ellipsized(canvas, fmt::format("{} kept", counts[k]), each - 4 * scale, viz::Font::small),
                theme.text_dim, viz::Font::small, viz::Align::end);
  for (std::size_t m = 0; m < methods.size(); ++m) {
    const float y = rect.y0 + kRecoveryHead * scale + kRecoveryRow * scale * static_cast<float>(m),
                middle = std::round(y + kRecoveryRow * scale / 2);
    canvas.rect_fill({rect.x0, y, rect.x1, y + std::max(1.0f, std::floor(scale))}, theme.grid);
    draw_shape(canvas, shape_of(methods[m]), {rect.x0 + 6 * scale, middle}, kPruneMark * scale,
               prune_colour(methods[m], theme));
    canvas.text({rect.x0 + 18 * scale, middle}, name_of(methods[m]), theme.text, viz::Font::small,
                viz::Align::start, viz::Align::middle);
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const PrunePoint* const point = point_of(bench, methods[m], counts[k]);
      if (!point) continue;
      const bool back = point->failed.empty() && point->recovered_at >= 0;
      std::string text = recovery_text(bench, *point);
      // The step says more than the time.
      if (back && canvas.text_size(text, viz::Font::mono_small).x > each - 6 * scale)
        text = fmt::format("{}", point->recovered_at);
      canvas.text({from + each * (static_cast<float>(k) + 1), middle},
                  viz::ellipsized(canvas, text, each - 4 * scale, viz::Font::mono_small),
                  back ? theme.text : theme.text_dim, viz::Font::mono_small, viz::Align::end, viz::Align::middle);
    }
  }
  canvas.pop_clip();
}

std::string prune_words(const PruneBench& bench) {
  const std::vector<std::int64_t> counts = kept_of(bench);
  const auto least = [&](PruneMoment moment) -> const PrunePoint* {
    const PrunePoint* found = nullptr;
    for (const PrunePoint& point : bench.points) {
      const double loss =
          point.failed.empty() && point.kept == counts.back() ? loss_at(point.learned, moment) : kMissing;
      if (std::isfinite(loss) && (!found || loss < loss_at(found->learned, moment))) found = &point;
    }
    return found;
  };
  const PrunePoint *at_once = counts.empty() ? nullptr : least(PruneMoment::at_once),
                   *later = counts.empty() ? nullptr : least(PruneMoment::learned_on);
  if (!at_once || !later) return {};
  const auto more = [&](const PrunePoint& point, PruneMoment moment) {
    return fmt::format("{} ({:+.3f} nats)", name_of(point.method),
                       loss_at(point.learned, moment) - whole_at(bench, moment));
  };
  return fmt::format("With {} experts left {} loses least at once; after {} steps {}.", counts.back(),
                     more(*at_once, PruneMoment::at_once), steps_of(bench), more(*later, PruneMoment::learned_on));
}

void fill_prune_table(const PruneBench& bench, std::int64_t experts, Table& table) {
  table.set_header(
      {"rule", "experts kept", "step", "loss [nats]", "as good again at step", "seconds of all steps", "failed"});
  const auto add = [&](std::string_view rule, std::int64_t kept, const LearnedOn& learned, Cell back,
                       const std::string& failed) {
    const std::string name(rule);
    if (learned.step.empty()) table.add_row({name, kept, Cell(), Cell(), back, Cell(), failed});
    for (std::size_t i = 0; i < learned.step.size(); ++i)
      table.add_row({name, kept, learned.step[i], learned.loss[i], back, learned.seconds, failed});
  };
  add("whole", experts, bench.whole, std::int64_t{0}, {});
  for (const PrunePoint& point : bench.points)
    add(name_of(point.method), point.kept, point.learned,
        point.recovered_at < 0 ? Cell() : Cell(point.recovered_at), printable(point.failed));
}

}  // namespace switchyard::app
