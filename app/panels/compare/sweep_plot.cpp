#include "app/panels/compare/sweep_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/base/file_name.h"
#include "core/config/knobs.h"
#include "viz/base/format.h"
#include "viz/plots/matrix.h"
#include "viz/plots/parallel_plot.h"
#include "viz/plots/value_plot.h"

namespace switchyard::app {
namespace {

// In pixels at scale 1.
constexpr float kOnePlot = 300, kOneOfManyPlots = 200, kNameLine = 18, kLeastCell = 26, kMostMatrix = 420;
constexpr float kNoValue = __builtin_nanf("");
constexpr const char* kNoneYet = "no combination has a loss at every seed yet";

std::string sweep_label(const StudyAxis& axis, const std::string& value) {
  return find_knob(axis.key)->type == KnobType::text ? name_of_file(value) : value;
}

std::vector<std::string> labels_of(const StudyAxis& axis) {
  std::vector<std::string> out;
  for (const std::string& value : axis.values) out.push_back(sweep_label(axis, value));
  return out;
}

MeasuredArm measured_arm(std::size_t arm, bool is_best, const std::vector<double>& losses) {
  const auto [low, high] = std::minmax_element(losses.begin(), losses.end());
  return {arm, is_best, static_cast<float>(spread_of(losses).mean), static_cast<float>(*low),
          static_cast<float>(*high)};
}

bool all_finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
}

// Halving leaves few arms with all steps; at the first rung all of them have as many.
std::vector<MeasuredArm> of_first_rung(const SweepResults& results, const std::vector<MeasuredArm>& at_last) {
  std::vector<MeasuredArm> out;
  const StudyPlan& plan = results.plan();
  for (std::size_t a = 0; a < plan.arms.size(); ++a)
    for (const RungPlace& place : results.rungs[0].places) {
      if (place.folder != plan.arms[a].folder || !std::isfinite(place.mean)) continue;
      const bool is_best = std::any_of(at_last.begin(), at_last.end(),
                                       [&](const MeasuredArm& one) { return one.arm == a && one.may_be_best; });
      out.push_back(measured_arm(a, is_best, place.by_seed));
    }
  return out;
}

// Of the seeds at which every arm has ended, the same for all.
std::vector<MeasuredArm> of_judged_seeds(const StudyResults& results) {
  std::vector<MeasuredArm> out;
  if (results.judged_seeds.empty()) return out;
  for (std::size_t a = 0; a < results.runs.size(); ++a) {
    std::vector<double> losses;
    for (const std::int64_t seed : results.judged_seeds) {
      const auto at = static_cast<std::size_t>(seed - results.plan.first_seed);
      const auto& runs = results.runs[a];
      losses.push_back(at < runs.size() && runs[at] ? runs[at]->val_loss : kMissing);
    }
    if (all_finite(losses)) out.push_back(measured_arm(a, false, losses));
  }
  return out;
}

// What of one axis is drawn, kept for as long as the spec that names it.
struct AxisData {
  std::vector<double> x;
  std::vector<std::string> labels;
  std::vector<std::string_view> names;
  std::vector<float> mean, low, high;
  std::vector<viz::ValueDot> dots;
};

AxisData data_of(const StudyAxis& of, const StudyPlan& plan, const std::vector<MeasuredArm>& arms, bool is_only,
                 const viz::Theme& theme) {
  AxisData out;
  out.labels = labels_of(of);
  std::vector<std::size_t> place;
  for (const MeasuredArm& one : arms) place.push_back(position_of(of, plan.arms[one.arm].config));
  for (std::size_t v = 0; v < of.values.size(); ++v) {
    out.x.push_back(is_number(of) ? axis_number(of.values[v]) : static_cast<double>(v));
    float sum = 0, count = 0, low = kNoValue, high = kNoValue;
    for (std::size_t i = 0; i < arms.size(); ++i) {
      if (place[i] != v) continue;
      const MeasuredArm& one = arms[i];
      sum += one.mean, ++count;
      low = std::fmin(low, one.low), high = std::fmax(high, one.high);
      out.dots.push_back({.value = v,
                          .y = one.mean,
                          .colour = one.may_be_best ? theme.accent : theme.text_dim,
                          .filled = one.may_be_best});
    }
    out.mean.push_back(count > 0 ? sum / count : kNoValue);
    if (!is_only) continue;  // the dots say it
    out.low.push_back(low);
    out.high.push_back(high);
  }
  out.names.assign(out.labels.begin(), out.labels.end());
  return out;
}

}  // namespace

bool may_be_best(const SweepRow& row) {
  return row.standing == SweepStanding::lowest || row.standing == SweepStanding::may_be_best;
}

std::vector<MeasuredArm> measured_arms(const SweepResults& results) {
  std::vector<MeasuredArm> out;
  for (const SweepRow& row : results.ranking) {
    const std::vector<double> losses = results.results.losses(row.arm);
    if (row.standing == SweepStanding::no_number || row.standing == SweepStanding::left_behind || losses.empty())
      continue;
    out.push_back(measured_arm(row.arm, may_be_best(row), losses));
  }
  return out;
}

SweepPlot::SweepPlot(const SweepResults& results) : results_(results) {
  const StudyPlan& plan = results.plan();
  plotted_ = measured_arms(results);
  if (!results.rungs.empty()) {
    plotted_ = of_first_rung(results, plotted_);
  } else if (results.results.ended() < results.results.planned() && !results.results.judged_seeds.empty()) {
    is_provisional_ = true;
    plotted_ = of_judged_seeds(results.results);
  }
  for (const StudyAxis& axis : results.axes)
    if (axis.values.size() > 1) axes_.push_back(axis);

  const std::string_view unit = unit_of_loss(plan);
  const std::string seeds =
      is_provisional_ ? fmt::format(" over {} of {} seeds", results.results.judged_seeds.size(), plan.seeds)
                      : std::string(" over seeds");
  const std::string best = is_provisional_         ? std::string()
                           : results.rungs.empty() ? "may be the best"
                                                   : "may be the best at all steps";
  if (axes_.size() == 2) {
    const float height =
        std::clamp(kLeastCell * static_cast<float>(axes_[0].values.size()) + 60, 200.0f, kMostMatrix);
    parts_.push_back({fmt::format("{} by {} and {}", loss_title(), axes_[0].key, axes_[1].key),
                      fmt::format("{}, mean{}{}", unit, seeds, best.empty() ? "" : "; framed: " + best),
                      height + kNameLine});
    return;
  }
  if (axes_.size() > 2)
    parts_.push_back({fmt::format("{} by all {} knobs", loss_title(), axes_.size()),
                      fmt::format("{}; a line a combination{}", unit, best.empty() ? seeds : ", bright: " + best),
                      kOnePlot});
  for (const StudyAxis& axis : axes_) {
    std::string what = axes_.size() == 1 ? fmt::format("{}, mean; shaded: least to largest{}{}", unit, seeds,
                                                       best.empty() ? "" : "; filled: " + best)
                                         : fmt::format("{}; a dot a combination{}; line: their mean", unit,
                                                       best.empty() ? seeds : ", filled: " + best);
    parts_.push_back({fmt::format("{} by {}", loss_title(), axis.key), std::move(what),
                      axes_.size() == 1 ? kOnePlot : kOneOfManyPlots});
  }
}

std::string SweepPlot::loss_title() const {
  if (results_.rungs.empty()) return "Validation loss";
  return fmt::format("Loss at {} steps, before halving,",
                     viz::grouped(static_cast<double>(results_.rungs[0].steps)));
}

void SweepPlot::draw(viz::Canvas& canvas, std::size_t part, const viz::Rect& rect, const viz::Theme& theme,
                     float scale) const {
  if (axes_.size() == 2) return draw_both(canvas, rect, theme, scale);
  const std::size_t before = axes_.size() > 2 ? 1 : 0;
  if (part < before) draw_all(canvas, rect, theme, scale);
  else if (part - before < axes_.size()) draw_axis(canvas, axes_[part - before], rect, theme, scale);
}

void SweepPlot::draw_all(viz::Canvas& canvas, const viz::Rect& rect, const viz::Theme& theme, float scale) const {
  std::vector<std::vector<std::string>> labels;
  std::vector<std::vector<std::string_view>> names;
  for (const StudyAxis& axis : axes_) {
    labels.push_back(labels_of(axis));
    names.emplace_back(labels.back().begin(), labels.back().end());
  }
  std::vector<viz::ParallelAxis> axes;
  for (std::size_t a = 0; a < axes_.size(); ++a) axes.push_back({axes_[a].key, names[a]});
  std::vector<std::vector<std::size_t>> at;
  for (const MeasuredArm& one : plotted_) {
    at.emplace_back();
    for (const StudyAxis& axis : axes_)
      at.back().push_back(position_of(axis, results_.plan().arms[one.arm].config));
  }
  std::vector<viz::ParallelLine> lines;
  for (std::size_t i = 0; i < plotted_.size(); ++i)
    lines.push_back({at[i], plotted_[i].mean, plotted_[i].may_be_best});
  viz::draw_parallel_plot(canvas, rect, {.axes = axes, .lines = lines, .y_name = "loss", .empty_text = kNoneYet},
                          theme, scale);
}

void SweepPlot::draw_axis(viz::Canvas& canvas, const StudyAxis& axis, const viz::Rect& rect,
                          const viz::Theme& theme, float scale) const {
  const AxisData data = data_of(axis, results_.plan(), plotted_, axes_.size() == 1, theme);
  const std::string name = is_log(axis) ? axis.key + ", logarithmic" : axis.key;
  viz::draw_value_plot(canvas, rect,
                       {.x = data.x,
                        .labels = data.names,
                        .log_x = is_log(axis),
                        .mean = data.mean,
                        .low = data.low,
                        .high = data.high,
                        .connected = is_number(axis),
                        .dots = data.dots,
                        .x_name = name,
                        .empty_text = kNoneYet},
                       theme, scale);
}

void SweepPlot::draw_both(viz::Canvas& canvas, viz::Rect rect, const viz::Theme& theme, float scale) const {
  if (plotted_.empty()) {
    canvas.text({(rect.x0 + rect.x1) / 2, (rect.y0 + rect.y1) / 2},
                viz::ellipsized(canvas, kNoneYet, rect.width(), viz::Font::small), theme.text_dim,
                viz::Font::small, viz::Align::middle, viz::Align::middle);
    return;
  }
  const StudyAxis &rows = axes_[0], &columns = axes_[1];
  canvas.text({rect.x0, rect.y0}, rows.key + " ↓", theme.text_dim, viz::Font::small);
  canvas.text({rect.x1, rect.y0}, "→ " + columns.key, theme.text_dim, viz::Font::small, viz::Align::end);
  rect.y0 += kNameLine * scale;
  const std::size_t across = columns.values.size(), count = rows.values.size() * across;
  std::vector<float> values(count, kNoValue), shares(count, kNoValue), sorted;
  std::vector<std::size_t> framed;
  for (const MeasuredArm& one : plotted_) {
    const Config& config = results_.plan().arms[one.arm].config;
    const std::size_t cell = position_of(rows, config) * across + position_of(columns, config);
    if (cell >= count) continue;
    values[cell] = one.mean, shares[cell] = -one.mean;
    sorted.push_back(one.mean);
    if (one.may_be_best) framed.push_back(cell);
  }
  std::sort(sorted.begin(), sorted.end());
  // One that went astray does not take the colours of all others.
  const float best = sorted.front(), worst = sorted.back();
  const float middle = sorted[sorted.size() / 2];
  const bool is_cut = worst > best + 4 * (middle - best) && middle > best;
  const float end = is_cut ? best + 4 * (middle - best) : worst;
  const std::string at_worst =
                        fmt::format("{}{}", viz::decimals(static_cast<double>(end), 4), is_cut ? " and more" : ""),
                    at_best = viz::decimals(static_cast<double>(best), 4);
  const std::vector<std::string> row_names = labels_of(rows), column_names = labels_of(columns);
  const std::vector<std::string_view> row_labels(row_names.begin(), row_names.end()),
      column_labels(column_names.begin(), column_names.end());
  viz::draw_matrix(canvas, rect,
                   {.rows = rows.values.size(),
                    .columns = across,
                    .values = values,
                    .shares = shares,
                    .share_min = -std::max(end, best + 1e-6f * std::max(1.0f, std::fabs(best))),
                    .share_max = -best,
                    .format = [](double loss) { return viz::decimals(loss, 4); },
                    .zero_is_empty = false,
                    .row_labels = row_labels,
                    .column_labels = column_labels,
                    .outlined = framed,
                    .show_legend = true,
                    .min_label = at_worst,
                    .max_label = at_best,
                    .caption = "the brighter the better; empty: no loss at every seed",
                    .empty_text = kNoneYet},
                   -1, -1, theme, scale);
}

}  // namespace switchyard::app
