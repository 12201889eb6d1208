// A sweep (core/study/sweep_results.h) as a figure: the validation loss over its axis, or over both as a heatmap,
// or, of more than two, all arms at once in parallel coordinates, then over each axis with the mean of all arms
// that share a value.
//
// After halving it is of the first rung, at whose steps all arms can be held against each other. Arms that have
// not a loss at every seed have no place in it; of a sweep that still learns it is of the seeds at which every arm
// has ended.
//
// Thread safety: pure functions but for the canvas.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/study/axes.h"
#include "core/study/sweep_results.h"
#include "viz/base/theme.h"
#include "viz/canvas/canvas.h"

namespace switchyard::app {

// An arm with a loss at every seed.
struct MeasuredArm {
  std::size_t arm = 0;
  bool may_be_best = false;
  float mean = 0, low = 0, high = 0;
};
// Those that made all steps, in the order of the ranking.
std::vector<MeasuredArm> measured_arms(const SweepResults& results);
bool may_be_best(const SweepRow& row);

class SweepPlot {
 public:
  explicit SweepPlot(const SweepResults& results);  // which outlive it

  struct Part {
    std::string title, what;  // "Validation loss by top_k"; in what unit, and what is shaded
    float height = 0;         // at scale 1, without those words
  };
  const std::vector<Part>& parts() const { return parts_; }
  bool is_empty() const { return plotted_.empty(); }  // no arm has a loss to draw
  void draw(viz::Canvas& canvas, std::size_t part, const viz::Rect& rect, const viz::Theme& theme,
            float scale) const;

 private:
  void draw_axis(viz::Canvas& canvas, const StudyAxis& axis, const viz::Rect& rect, const viz::Theme& theme,
                 float scale) const;
  void draw_both(viz::Canvas& canvas, viz::Rect rect, const viz::Theme& theme, float scale) const;
  void draw_all(viz::Canvas& canvas, const viz::Rect& rect, const viz::Theme& theme, float scale) const;
  std::string loss_title() const;

  const SweepResults& results_;
  std::vector<MeasuredArm> plotted_;
  std::vector<StudyAxis> axes_;  // with more than one value
  std::vector<Part> parts_;
  bool is_provisional_ = false;
};

}  // namespace switchyard::app
