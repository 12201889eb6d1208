// What an operation on experts did (core/operate/operation.h), told kOperationSteps steps later: the loss beside
// what the trend before it would have come to, and how evenly tokens are spread.
//
// The trend is a straight line of the training loss over the logarithm of the step, by least squares over the
// steps before (at most kOperationSteps of them); what is judged is the mean of the second half of those after.
// The standard error is of that mean's difference from the line, residuals counting as many as their
// autocorrelation at one step leaves of them: n (1 - r) / (1 + r). Within two of them there is no difference to
// tell. Thread safety: belongs to one thread.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "core/base/records.h"

namespace switchyard {

inline constexpr std::int64_t kOperationSteps = 200;
// Fewer steps before make no trend.
inline constexpr std::size_t kTrendSteps = 40;

struct OperationVerdict {
  std::string operation;
  std::int64_t step = 0;                                    // the last one before it
  double loss = std::numeric_limits<double>::quiet_NaN();   // nats, mean of the second half of the steps after
  double trend = std::numeric_limits<double>::quiet_NaN();  // of the same steps; NaN: too few before
  double standard_error = std::numeric_limits<double>::quiet_NaN();  // of their difference
  double violation_before = 0, violation_after = 0;                  // max violation, mean over layers and steps
  double dead_before = 0, dead_after = 0;  // experts without a token in a step, of all layers, mean
  std::string disturbed_by;                // what else was changed meanwhile, and when
};
std::string text_of(const OperationVerdict& verdict);

class OperationWatch {
 public:
  void begin(std::string operation, std::int64_t step);
  // Something else was changed after step `step`: those under way say so, and no trend reaches behind it.
  void disturb(const std::string& what, std::int64_t step);
  // Those whose verdict is still to come.
  std::vector<std::string> open() const;
  // Those that this step completes.
  std::vector<OperationVerdict> take(const StepRecord& record);

 private:
  struct Seen {
    std::int64_t step = 0;
    double loss = 0, violation = 0, dead = 0;
  };
  struct Open {
    OperationVerdict verdict;
    std::vector<Seen> before, after;
  };
  std::deque<Seen> last_;
  std::vector<Open> open_;
};

}  // namespace switchyard
