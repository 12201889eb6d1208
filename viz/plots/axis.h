// One axis: where its ticks are, what they say, and the map between data and screen.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace viz {

// A map between an interval of data and an interval of pixels, linear or logarithmic. Pixels may run
// against the data (as y does). With log, both ends of the data must be above 0.
struct Axis {
  double data_min = 0, data_max = 1;
  float screen_min = 0, screen_max = 1;  // where data_min and data_max lie
  bool log = false;

  float screen_from_data(double value) const;
  double data_from_screen(float pixel) const;
  // Screen position = value × slope + offset (of log10 value when log): for inner loops.
  double slope() const;
  double offset() const;

  // Moves by a distance in pixels: the data under the mouse stays under it.
  void pan(float pixels);
  // Shows factor times as much (below 1 zooms in) and keeps the data at `pixel` in place. Refuses to
  // shrink below what doubles can tell apart.
  void zoom(float pixel, double factor);
};

struct Tick {
  double value = 0;
  std::string label;  // empty on the minor ticks of a log axis
};

enum class TickLabels { plain, compact };  // compact: 1k, 2k, 1.5M

// At most about `most` labelled ticks at round values (1, 2, 2.5, 5 × 10^n; powers of ten on a log axis,
// with their multiples where fewer than two powers fit) inside the range. No two labels are equal; at most 4
// significant digits, unless fewer would make neighbours equal. An empty or reversed range gives none.
std::vector<Tick> linear_ticks(double lowest, double highest, int most, TickLabels labels = TickLabels::plain);
std::vector<Tick> log_ticks(double lowest, double highest, int most, TickLabels labels = TickLabels::plain);
// The one that suits the axis.
std::vector<Tick> ticks(const Axis& axis, int most, TickLabels labels = TickLabels::plain);

// Takes the words from labelled ticks that would touch the one before them on the screen. `extent`: of a label,
// along the axis.
void keep_labels_apart(std::vector<Tick>& ticks, const Axis& axis,
                       const std::function<float(const Tick&)>& extent);

}  // namespace viz
