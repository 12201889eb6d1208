#include "app/export/study_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "app/export/figure_fonts.h"
#include "app/export/picture_parts.h"
#include "core/base/json.h"
#include "core/base/version.h"
#include "core/study/study_report.h"
#include "viz/base/format.h"
#include "viz/canvas/font_files.h"
#include "viz/plots/line_plot_draw.h"

namespace switchyard::app {
namespace {

// In pixels at scale 1.
constexpr float kStudyWide = 760, kEdge = 20, kHeading = 24, kLossPlot = 300, kDifferencePlot = 220, kBetween = 14,
                kTextLine = 18;

class StudyPicture {
 public:
  StudyPicture(const StudyResults& results, const std::vector<ArmCurve>& curves, const viz::Theme& theme,
               const viz::MeasureText& measure)
      : results_(results), curves_(curves), theme_(theme) {
    words_ = lines_within(results.words, kStudyWide - 2 * kEdge, measure);
  }

  viz::Rect area() const {
    const float words = words_.empty() ? 0 : kBetween + kTextLine * static_cast<float>(words_.size());
    const float second = has_differences() ? kBetween + kHeading + kDifferencePlot : 0;
    return {0, 0, kStudyWide, 2 * kEdge + kHeading + kLossPlot + second + words + kBetween + kTextLine};
  }

  void draw_on(viz::Canvas& canvas) const {
    canvas.rect_fill(area(), theme_.ground);
    const StudyPlan& plan = results_.plan;
    float y = kEdge;
    heading(canvas, y, "Validation loss",
            fmt::format("{}, mean; shaded: least to largest over seeds", unit_of_loss(plan)));
    loss_plot(canvas, {kEdge, y + kHeading, kStudyWide - kEdge, y + kHeading + kLossPlot});
    y += kHeading + kLossPlot;
    if (has_differences()) {
      y += kBetween;
      heading(
          canvas, y, fmt::format("Difference from {}", plan.arms[0].name),
          fmt::format("{}, below 0 is better; shaded: 95 % interval at each step by itself", unit_of_loss(plan)));
      difference_plot(canvas, {kEdge, y + kHeading, kStudyWide - kEdge, y + kHeading + kDifferencePlot});
      y += kHeading + kDifferencePlot;
    }
    if (!words_.empty()) y += kBetween;
    for (const std::string& line : words_) {
      canvas.text({kEdge, y}, line, theme_.text, viz::Font::body);
      y += kTextLine;
    }
    y += kBetween;
    canvas.text({kEdge, y}, foot(), theme_.text_dim, viz::Font::small);
    canvas.text({kStudyWide - kEdge, y}, fmt::format("Switchyard {}", version()), theme_.text_dim,
                viz::Font::small, viz::Align::end);
  }

  std::string foot() const {
    const StudyPlan& plan = results_.plan;
    return fmt::format("{} runs · {} steps · seeds {} to {}", results_.ended(),
                       viz::grouped(static_cast<double>(plan.steps)), plan.first_seed,
                       plan.first_seed + plan.seeds - 1);
  }

 private:
  // Some arm has a step with an interval.
  bool has_differences() const {
    return std::any_of(curves_.begin(), curves_.end(), [](const ArmCurve& curve) {
      return std::any_of(curve.difference.begin(), curve.difference.end(), [](float v) { return v - v == 0; });
    });
  }

  void heading(viz::Canvas& canvas, float y, const std::string& title, const std::string& what) const {
    draw_heading(canvas, {kEdge, y}, kStudyWide - kEdge, title, what, theme_);
  }

  viz::Curve curve_of(std::size_t arm) const {
    return {.label = results_.plan.arms[arm].name,
            .x = curves_[arm].step,
            .colour = viz::curve_colour(theme_, arm),
            .thickness = 2,
            .style = viz::line_style(arm),
            .sparse = true};
  }

  void loss_plot(viz::Canvas& canvas, const viz::Rect& rect) const {
    std::vector<viz::Curve> shown;
    for (std::size_t a = 0; a < curves_.size(); ++a) {
      viz::Curve curve = curve_of(a);
      curve.y = curves_[a].mean, curve.low = curves_[a].low, curve.high = curves_[a].high;
      shown.push_back(curve);
    }
    plot(canvas, rect, {.curves = shown, .empty_text = "no run has been validated yet"});
  }

  void difference_plot(viz::Canvas& canvas, const viz::Rect& rect) const {
    std::vector<viz::Curve> shown;
    for (std::size_t a = 1; a < curves_.size(); ++a) {
      viz::Curve curve = curve_of(a);
      curve.y = curves_[a].difference;
      curve.low = curves_[a].difference_low, curve.high = curves_[a].difference_high;
      shown.push_back(curve);
    }
    const viz::ReferenceLine none[] = {{0, results_.plan.arms[0].name}};
    plot(canvas, rect, {.curves = shown, .references = none, .y_include = 0});
  }

  void plot(viz::Canvas& canvas, const viz::Rect& rect, const viz::LinePlotSpec& spec) const {
    viz::draw_line_plot(canvas, rect, spec, {}, viz::LinePlotSpec::kNone, theme_, 1);
  }

  const StudyResults& results_;
  const std::vector<ArmCurve>& curves_;
  const viz::Theme& theme_;
  std::vector<std::string> words_;
};

}  // namespace

Result<DrawnFigures> draw_study_figures(const StudyResults& results, const std::vector<ArmCurve>& curves,
                                        bool light_theme, const std::filesystem::path& folder) {
  Glyphs glyphs;
  glyphs.add(results.words);
  for (const StudyArm& arm : results.plan.arms) glyphs.add(arm.name);
  const FigureFonts fonts(glyphs, light_theme);
  const viz::FontFiles files(fonts.typefaces());
  const auto measure = [&](std::string_view text, viz::Font font) { return files.text_size(text, font); };
  const StudyPicture picture(results, curves, fonts.theme(), measure);
  return write_study_picture({.stem = "comparison",
                              .title = "Comparison",
                              .about = picture.foot(),
                              .metadata = dump_json(report_json(results), -1, true),
                              .area = picture.area(),
                              .draw = [&](viz::Canvas& canvas) { picture.draw_on(canvas); }},
                             fonts, folder);
}

}  // namespace switchyard::app
