#include "app/export/sweep_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "app/export/figure_fonts.h"
#include "app/export/picture_parts.h"
#include "core/base/file_name.h"
#include "core/base/json.h"
#include "core/base/version.h"
#include "core/study/sweep_report.h"
#include "viz/base/format.h"
#include "viz/canvas/font_files.h"
#include "viz/plots/matrix.h"
#include "viz/plots/value_plot.h"

namespace switchyard::app {
namespace {

// In pixels at scale 1.
constexpr float kSheet = 760, kRim = 20, kHead = 24, kPlot = 300, kPanelPlot = 200, kGap = 14, kWordLine = 18,
                kRankLine = 18, kLeastCell = 26, kMostMatrix = 420;
constexpr std::size_t kMostRanked = 16;
constexpr float kNoValue = __builtin_nanf("");

double place_of(const std::string& value) {
  double out = 0;
  std::from_chars(value.data(), value.data() + value.size(), out);
  return out;
}

std::string sweep_label(const StudyAxis& axis, const std::string& value) {
  return find_knob(axis.key)->type == KnobType::text ? name_of_file(value) : value;
}

bool may_be_best(const SweepRow& row) {
  return row.standing == SweepStanding::lowest || row.standing == SweepStanding::may_be_best;
}

// An arm that made all steps with a loss at every seed.
struct Measured {
  std::size_t arm = 0;
  bool may_be_best = false;
  float mean = 0, low = 0, high = 0;
};

// What of one axis is drawn, kept for as long as the spec that names it.
struct AxisData {
  std::vector<double> x;
  std::vector<std::string> labels;
  std::vector<std::string_view> names;
  std::vector<float> mean, low, high;
  std::vector<viz::ValueDot> dots;
};

class SweepPicture {
 public:
  SweepPicture(const SweepResults& results, const viz::Theme& theme, const viz::MeasureText& measure)
      : results_(results), theme_(theme) {
    words_ = lines_within(results.words, kSheet - 2 * kRim, measure);
    for (const SweepRow& row : results.ranking) {
      const std::vector<double> losses = results.results.losses(row.arm);
      if (row.standing == SweepStanding::no_number || row.standing == SweepStanding::left_behind || losses.empty())
        continue;
      const auto [low, high] = std::minmax_element(losses.begin(), losses.end());
      measured_.push_back({row.arm, may_be_best(row), static_cast<float>(spread_of(losses).mean),
                           static_cast<float>(*low), static_cast<float>(*high)});
    }
    plotted_ = results.rungs.empty() ? measured_ : first_rung();
    for (const StudyAxis& axis : results.axes)
      if (axis.values.size() > 1) axes_.push_back(axis);
    ranks_ = std::min(kMostRanked, results.ranking.size());
  }

  viz::Rect area() const {
    const float rest = results_.ranking.size() > ranks_ ? kRankLine : 0;
    return {0, 0, kSheet,
            2 * kRim + first_part() + kHead + kRankLine * static_cast<float>(ranks_) + rest + kGap +
                kWordLine * static_cast<float>(words_.size()) + kGap + kWordLine};
  }

  void draw_on(viz::Canvas& canvas) const {
    canvas.rect_fill(area(), theme_.ground);
    float y = kRim;
    if (axes_.size() == 1) draw_axis(canvas, y, 0, kPlot, seeds_words());
    else if (axes_.size() == 2) draw_both(canvas, y);
    else
      for (std::size_t a = 0; a < axes_.size(); ++a) draw_axis(canvas, y, a, kPanelPlot, others_words());
    draw_ranking(canvas, y);
    y += kGap;
    for (const std::string& line : words_) {
      canvas.text({kRim, y}, line, theme_.text, viz::Font::body);
      y += kWordLine;
    }
    y += kGap;
    canvas.text({kRim, y}, foot(), theme_.text_dim, viz::Font::small);
    canvas.text({kSheet - kRim, y}, fmt::format("Switchyard {}", version()), theme_.text_dim, viz::Font::small,
                viz::Align::end);
  }

  std::string foot() const {
    const StudyPlan& plan = results_.plan();
    return fmt::format("{} combinations · {} runs · {} steps · seeds {} to {}", plan.arms.size(),
                       results_.results.ended(), viz::grouped(static_cast<double>(plan.steps)), plan.first_seed,
                       plan.first_seed + plan.seeds - 1);
  }

 private:
  std::string unit() const {
    return results_.plan().arms[0].config.task == TaskKind::language ? "nats a token" : "nats a point";
  }
  std::string_view at_last() const { return results_.rungs.empty() ? "" : " at all steps"; }
  std::string seeds_words() const {
    return fmt::format("{}, mean; shaded: least to largest over seeds; filled: may be the best{}", unit(),
                       at_last());
  }
  std::string others_words() const {
    return fmt::format("{}; a dot a combination, filled: may be the best{}; line: their mean", unit(), at_last());
  }

  // Halving leaves few arms with all steps; at the first rung all of them have as many.
  std::vector<Measured> first_rung() const {
    std::vector<Measured> out;
    const StudyPlan& plan = results_.plan();
    for (std::size_t a = 0; a < plan.arms.size(); ++a)
      for (const RungPlace& place : results_.rungs[0].places) {
        if (place.folder != plan.arms[a].folder || !std::isfinite(place.mean)) continue;
        const auto [low, high] = std::minmax_element(place.by_seed.begin(), place.by_seed.end());
        const bool is_best = std::any_of(measured_.begin(), measured_.end(),
                                         [&](const Measured& one) { return one.arm == a && one.may_be_best; });
        out.push_back(
            {a, is_best, static_cast<float>(place.mean), static_cast<float>(*low), static_cast<float>(*high)});
      }
    return out;
  }
  std::string loss_title() const {
    if (results_.rungs.empty()) return "Validation loss";
    return fmt::format("Loss at {} steps, before halving,",
                       viz::grouped(static_cast<double>(results_.rungs[0].steps)));
  }

  float matrix_height() const {
    return std::clamp(kLeastCell * static_cast<float>(axes_[0].values.size()) + 60, 200.0f, kMostMatrix);
  }
  float first_part() const {
    if (axes_.size() == 1) return kHead + kPlot + kGap;
    if (axes_.size() == 2) return kHead + kWordLine + matrix_height() + kGap;
    return static_cast<float>(axes_.size()) * (kHead + kPanelPlot + kGap);
  }

  AxisData data_of(std::size_t axis) const {
    const StudyAxis& of = axes_[axis];
    AxisData out;
    const bool is_only = axes_.size() == 1;
    for (std::size_t v = 0; v < of.values.size(); ++v) {
      out.x.push_back(is_number(of) ? place_of(of.values[v]) : static_cast<double>(v));
      out.labels.push_back(sweep_label(of, of.values[v]));
      float sum = 0, count = 0, low = kNoValue, high = kNoValue;
      for (const Measured& one : plotted_) {
        if (position_of(of, results_.plan().arms[one.arm].config) != v) continue;
        sum += one.mean, ++count;
        low = std::fmin(low, one.low), high = std::fmax(high, one.high);
        out.dots.push_back({.value = v,
                            .y = one.mean,
                            .colour = one.may_be_best ? theme_.accent : theme_.text_dim,
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

  void draw_axis(viz::Canvas& canvas, float& y, std::size_t axis, float height, const std::string& what) const {
    const StudyAxis& of = axes_[axis];
    draw_heading(canvas, {kRim, y}, kSheet - kRim, fmt::format("{} by {}", loss_title(), of.key), what, theme_);
    y += kHead;
    const AxisData data = data_of(axis);
    const std::string name = is_log(of) ? of.key + ", logarithmic" : of.key;
    viz::draw_value_plot(canvas, {kRim, y, kSheet - kRim, y + height},
                         {.x = data.x,
                          .labels = data.names,
                          .log_x = is_log(of),
                          .mean = data.mean,
                          .low = data.low,
                          .high = data.high,
                          .connected = is_number(of),
                          .dots = data.dots,
                          .x_name = name,
                          .empty_text = "no combination has a loss at every seed yet"},
                         theme_, 1);
    y += height + kGap;
  }

  void draw_both(viz::Canvas& canvas, float& y) const {
    const StudyAxis &rows = axes_[0], &columns = axes_[1];
    draw_heading(canvas, {kRim, y}, kSheet - kRim,
                 fmt::format("{} by {} and {}", loss_title(), rows.key, columns.key),
                 fmt::format("{}, mean over seeds; framed: may be the best{}", unit(), at_last()), theme_);
    y += kHead;
    canvas.text({kRim, y}, rows.key + " ↓", theme_.text_dim, viz::Font::small);
    canvas.text({kSheet - kRim, y}, "→ " + columns.key, theme_.text_dim, viz::Font::small, viz::Align::end);
    y += kWordLine;
    const std::size_t across = columns.values.size(), count = rows.values.size() * across;
    std::vector<float> values(count, kNoValue), shares(count, kNoValue), sorted;
    std::vector<std::size_t> framed;
    for (const Measured& one : plotted_) {
      const Config& config = results_.plan().arms[one.arm].config;
      const std::size_t cell = position_of(rows, config) * across + position_of(columns, config);
      if (cell >= count) continue;
      values[cell] = one.mean, shares[cell] = -one.mean;
      sorted.push_back(one.mean);
      if (one.may_be_best) framed.push_back(cell);
    }
    std::sort(sorted.begin(), sorted.end());
    // One that went astray does not take the colours of all others.
    const float best = sorted.empty() ? 0 : sorted.front(), worst = sorted.empty() ? 1 : sorted.back();
    const float middle = sorted.empty() ? 0 : sorted[sorted.size() / 2];
    const bool is_cut = worst > best + 4 * (middle - best) && middle > best;
    const float end = is_cut ? best + 4 * (middle - best) : worst;
    const std::string at_worst = fmt::format("{}{}", viz::decimals(static_cast<double>(end), 4),
                                             is_cut ? " and more" : ""),
                      at_best = viz::decimals(static_cast<double>(best), 4);
    const std::vector<std::string> row_names = names_of(rows), column_names = names_of(columns);
    const std::vector<std::string_view> row_labels(row_names.begin(), row_names.end()),
        column_labels(column_names.begin(), column_names.end());
    viz::draw_matrix(canvas, {kRim, y, kSheet - kRim, y + matrix_height()},
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
                      .empty_text = "no combination has a loss at every seed yet"},
                     -1, -1, theme_, 1);
    y += matrix_height() + kGap;
  }

  static std::vector<std::string> names_of(const StudyAxis& axis) {
    std::vector<std::string> out;
    for (const std::string& value : axis.values) out.push_back(sweep_label(axis, value));
    return out;
  }

  // A row an arm: place, name, its mean with the range of its seeds on a common scale, the mean as a number.
  void draw_ranking(viz::Canvas& canvas, float& y) const {
    draw_heading(canvas, {kRim, y}, kSheet - kRim, "Ranking",
                 fmt::format("{}, mean and range over seeds; filled: may be the best", unit()), theme_);
    y += kHead;
    float low = INFINITY, high = -INFINITY;
    std::size_t shown = 0;
    for (const Measured& one : measured_)
      if (shown++ < ranks_) low = std::fmin(low, one.low), high = std::fmax(high, one.high);
    const float left = kRim + 0.42f * (kSheet - 2 * kRim), right = kSheet - kRim - 74;
    const auto at = [&](float loss) {
      return high > low ? left + (loss - low) / (high - low) * (right - left) : (left + right) / 2;
    };
    for (std::size_t r = 0; r < ranks_; ++r, y += kRankLine) {
      const SweepRow& row = results_.ranking[r];
      const float middle = y + kRankLine / 2;
      const bool is_best = may_be_best(row);
      const viz::Colour colour = is_best ? theme_.accent : theme_.text_dim;
      canvas.text({kRim + 22, middle}, fmt::format("{}", r + 1), theme_.text_dim, viz::Font::mono_small,
                  viz::Align::end, viz::Align::middle);
      canvas.text({kRim + 30, middle},
                  viz::ellipsized(canvas, results_.plan().arms[row.arm].name, left - kRim - 44, viz::Font::small),
                  is_best ? theme_.text : theme_.text_dim, viz::Font::small, viz::Align::start,
                  viz::Align::middle);
      if (r >= measured_.size()) {
        canvas.text({left, middle}, why_not(row), theme_.text_dim, viz::Font::small, viz::Align::start,
                    viz::Align::middle);
        continue;
      }
      const Measured& one = measured_[r];
      canvas.rect_fill({left, std::floor(middle), right, std::floor(middle) + 1}, theme_.grid);
      canvas.rect_fill({at(one.low), middle - 1.5f, at(one.high), middle + 1.5f}, viz::faded(colour, 0.6f), 1.5f);
      canvas.circle_fill({at(one.mean), middle}, 4, is_best ? colour : theme_.ground);
      canvas.circle_outline({at(one.mean), middle}, 4, colour, 1.5f);
      canvas.text({kSheet - kRim, middle}, fmt::format("{:.4f}", one.mean),
                  is_best ? theme_.text : theme_.text_dim, viz::Font::mono_small, viz::Align::end,
                  viz::Align::middle);
    }
    if (results_.ranking.size() <= ranks_) return;
    canvas.text({kRim + 30, y + kRankLine / 2},
                fmt::format("and {} more: arms.csv", results_.ranking.size() - ranks_), theme_.text_dim,
                viz::Font::small, viz::Align::start, viz::Align::middle);
    y += kRankLine;
  }

  std::string why_not(const SweepRow& row) const {
    if (row.standing == SweepStanding::left_behind)
      return fmt::format("left by halving at {} steps", viz::grouped(static_cast<double>(row.steps)));
    return "no loss at every seed: diverged, refused or not ended";
  }

  const SweepResults& results_;
  const viz::Theme& theme_;
  std::vector<std::string> words_;
  std::vector<Measured> measured_;  // in the order of the ranking, at whose head they stand
  std::vector<Measured> plotted_;   // those of the first part
  std::vector<StudyAxis> axes_;     // with more than one value
  std::size_t ranks_ = 0;
};

}  // namespace

Result<DrawnFigures> draw_sweep_figures(const SweepResults& results, bool light_theme,
                                        const std::filesystem::path& folder) {
  Glyphs glyphs;
  glyphs.add(results.words);
  glyphs.add("→↓");
  for (const StudyArm& arm : results.plan().arms) glyphs.add(arm.name);
  const FigureFonts fonts(glyphs, light_theme);
  const viz::FontFiles files(fonts.typefaces());
  const auto measure = [&](std::string_view text, viz::Font font) { return files.text_size(text, font); };
  const SweepPicture picture(results, fonts.theme(), measure);
  return write_study_picture({.stem = "sweep",
                              .title = "Sweep",
                              .about = picture.foot(),
                              .metadata = dump_json(sweep_json(results), -1, true),
                              .area = picture.area(),
                              .draw = [&](viz::Canvas& canvas) { picture.draw_on(canvas); }},
                             fonts, folder);
}

}  // namespace switchyard::app
