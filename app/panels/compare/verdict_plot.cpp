#include "app/panels/compare/verdict_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "viz/plots/axis.h"

namespace switchyard::app {
namespace {

// In pixels at scale 1.
constexpr float kVerdictRow = 24, kVerdictAxis = 36, kMarkRadius = 4, kCap = 4, kBetweenColumns = 10;
constexpr float kNameShare = 0.3f, kMostName = 170;

viz::Colour colour_of_verdict(const Verdict& verdict, const viz::Theme& theme) {
  if (verdict.finding == Finding::better) return theme.accent;
  return verdict.finding == Finding::worse ? theme.warn : theme.text_dim;
}

// Filled: told apart. A circle is better, a square worse.
void draw_mark(viz::Canvas& canvas, viz::Point at, const Verdict& verdict, const viz::Theme& theme, float scale) {
  const viz::Colour colour = colour_of_verdict(verdict, theme);
  const float r = kMarkRadius * scale;
  if (verdict.finding == Finding::worse) {
    canvas.rect_fill({at.x - r, at.y - r, at.x + r, at.y + r}, colour);
    return;
  }
  canvas.circle_fill(at, r, verdict.finding == Finding::better ? colour : theme.panel);
  canvas.circle_outline(at, r, colour, 1.5f * scale);
}

// All intervals and 0, with room at both ends.
viz::Axis axis_of(std::span<const Verdict> verdicts, float left, float right) {
  double low = 0, high = 0;
  for (const Verdict& verdict : verdicts) {
    if (!has_interval(verdict)) continue;
    low = std::min(low, verdict.difference - verdict.half_width);
    high = std::max(high, verdict.difference + verdict.half_width);
  }
  if (!(low < high)) low = -1e-3, high = 1e-3;
  const double pad = 0.08 * (high - low);
  return {low - pad, high + pad, left, right};
}

void draw_verdict_axis(viz::Canvas& canvas, const viz::Axis& axis, float top, float bottom, std::string_view first,
                       std::string_view unit, const viz::Theme& theme, float scale) {
  const float width = axis.screen_max - axis.screen_min, thin = std::max(1.0f, std::floor(scale));
  float free_from = -INFINITY;
  for (const viz::Tick& tick : viz::ticks(axis, std::max(2, static_cast<int>(width / (64 * scale))))) {
    const float at = std::round(axis.screen_from_data(tick.value));
    canvas.rect_fill({at, top, at + thin, bottom}, theme.grid);
    const float half = canvas.text_size(tick.label, viz::Font::mono_small).x / 2;
    if (at - half < free_from) continue;
    free_from = at + half + 6 * scale;
    canvas.text({at, bottom + 3 * scale}, tick.label, theme.text_dim, viz::Font::mono_small, viz::Align::middle);
  }
  const float zero = std::round(axis.screen_from_data(0));
  viz::dashed_line(canvas, {zero, top}, {zero, bottom}, theme.text_dim, thin, 4 * scale, 3 * scale);
  const std::string name = fmt::format("difference from {} in {}: below 0 is better", first, unit);
  canvas.text({(axis.screen_min + axis.screen_max) / 2, bottom + 18 * scale},
              viz::ellipsized(canvas, name, 2 * width, viz::Font::small), theme.text_dim, viz::Font::small,
              viz::Align::middle);
}

}  // namespace

std::string words_of_finding(const Verdict& verdict) {
  std::string words;
  switch (verdict.finding) {
    case Finding::too_few_seeds:
      return "too few seeds";
    case Finding::diverged:
      return "diverged";
    case Finding::identical_bits:
      return "identical";
    case Finding::undecided:
      words = "cannot be told";
      break;
    case Finding::better:
      words = "better";
      break;
    case Finding::worse:
      words = "worse";
      break;
  }
  return verdict.is_provisional ? words + ", so far" : words;
}

bool has_interval(const Verdict& verdict) {
  return verdict.finding == Finding::undecided || verdict.finding == Finding::better ||
         verdict.finding == Finding::worse;
}

float verdict_plot_height(std::span<const Verdict> verdicts) {
  const bool has_axis = std::any_of(verdicts.begin(), verdicts.end(), has_interval);
  return kVerdictRow * static_cast<float>(verdicts.size()) + (has_axis ? kVerdictAxis : 0);
}

void draw_verdict_plot(viz::Canvas& canvas, const viz::Rect& rect, std::string_view first,
                       std::span<const Verdict> verdicts, std::string_view unit, const viz::Theme& theme,
                       float scale) {
  float words = 0;
  for (const Verdict& verdict : verdicts)
    words = std::max(words, canvas.text_size(words_of_finding(verdict), viz::Font::small).x);
  const float name = std::min(kNameShare * rect.width(), kMostName * scale), gap = kBetweenColumns * scale;
  const viz::Axis axis = axis_of(verdicts, rect.x0 + name + gap, rect.x1 - words - gap);
  if (!(axis.screen_min + 20 * scale < axis.screen_max)) return;
  const float bottom = rect.y0 + kVerdictRow * scale * static_cast<float>(verdicts.size());
  if (std::any_of(verdicts.begin(), verdicts.end(), has_interval))
    draw_verdict_axis(canvas, axis, rect.y0, bottom, first, unit, theme, scale);
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    const Verdict& verdict = verdicts[i];
    const float middle = std::round(rect.y0 + kVerdictRow * scale * (static_cast<float>(i) + 0.5f));
    canvas.text({rect.x0, middle}, viz::ellipsized(canvas, verdict.name, name, viz::Font::body), theme.text,
                viz::Font::body, viz::Align::start, viz::Align::middle);
    canvas.text({rect.x1 - words, middle}, words_of_finding(verdict),
                has_interval(verdict) ? theme.text : theme.text_dim, viz::Font::small, viz::Align::start,
                viz::Align::middle);
    if (verdict.finding == Finding::identical_bits)
      draw_mark(canvas, {axis.screen_from_data(0), middle}, verdict, theme, scale);
    if (!has_interval(verdict)) continue;
    const float low = axis.screen_from_data(verdict.difference - verdict.half_width),
                high = axis.screen_from_data(verdict.difference + verdict.half_width), cap = kCap * scale,
                thick = std::max(1.5f, 1.5f * scale);
    const viz::Colour colour = colour_of_verdict(verdict, theme);
    const viz::Point lines[] = {{low, middle},       {high, middle},       {low, middle - cap},
                                {low, middle + cap}, {high, middle - cap}, {high, middle + cap}};
    canvas.segments(lines, colour, thick);
    draw_mark(canvas, {axis.screen_from_data(verdict.difference), middle}, verdict, theme, scale);
  }
}

}  // namespace switchyard::app
