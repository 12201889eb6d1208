#include "app/export/sweep_figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/export/figure_fonts.h"
#include "app/export/picture_parts.h"
#include "app/panels/compare/sweep_plot.h"
#include "core/base/json.h"
#include "core/base/version.h"
#include "core/study/sweep_report.h"
#include "viz/base/format.h"
#include "viz/canvas/font_files.h"

namespace switchyard::app {
namespace {

// In pixels at scale 1.
constexpr float kSheet = 760, kRim = 20, kHead = 24, kGap = 14, kWordLine = 18, kRankLine = 18;
constexpr std::size_t kMostRanked = 16;

class SweepPicture {
 public:
  SweepPicture(const SweepResults& results, const viz::Theme& theme, const viz::MeasureText& measure)
      : results_(results), theme_(theme), plot_(results), measured_(measured_arms(results)) {
    words_ = lines_within(results.words, kSheet - 2 * kRim, measure);
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
    for (std::size_t i = 0; i < plot_.parts().size(); ++i) {
      const SweepPlot::Part& part = plot_.parts()[i];
      draw_heading(canvas, {kRim, y}, kSheet - kRim, part.title, part.what, theme_);
      y += kHead;
      plot_.draw(canvas, i, {kRim, y, kSheet - kRim, y + part.height}, theme_, 1);
      y += part.height + kGap;
    }
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
  float first_part() const {
    float height = 0;
    for (const SweepPlot::Part& part : plot_.parts()) height += kHead + part.height + kGap;
    return height;
  }

  // A row an arm: place, name, its mean with the range of its seeds on a common scale, the mean as a number.
  void draw_ranking(viz::Canvas& canvas, float& y) const {
    draw_heading(
        canvas, {kRim, y}, kSheet - kRim, "Ranking",
        fmt::format("{}, mean and range over seeds; filled: may be the best", unit_of_loss(results_.plan())),
        theme_);
    y += kHead;
    float low = INFINITY, high = -INFINITY;
    std::size_t shown = 0;
    for (const MeasuredArm& one : measured_)
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
      const MeasuredArm& one = measured_[r];
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
  SweepPlot plot_;
  std::vector<MeasuredArm> measured_;  // in the order of the ranking, at whose head they stand
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
