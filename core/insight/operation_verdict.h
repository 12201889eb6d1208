// What an operation on experts did (core/operate/operation.h), told kOperationSteps steps later: the loss beside
// what the trend before it would have come to, and how evenly tokens are spread.
//
// The trend is a straight line of the training loss over the logarithm of the step, by least squares over the
// steps before (at most kOperationSteps of them); what is judged is the mean of the second half of those after.
// The standard error is of that mean's difference from the line, residuals counting as many as their
// autocorrelation at one step leaves of them: n (1 - r) / (1 + r). Within two of them there is no difference to
// tell.
//
// Where a shadow was asked for, a copy that was not operated on and learns the same batches, its losses of the
// same steps stand in the trend's place: what most of the noise of a batch does, it does to both. The standard
// error is that of the mean of their differences, which count as many in the same way.
//
// Thread safety: belongs to one thread.
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

  // Of the shadow, over the same steps as `loss`; NaN: none was asked for, or it ended before its time. The
  // validation losses are of one step, the last of those 200 at which both have one.
  double shadow = std::numeric_limits<double>::quiet_NaN();
  double shadow_error = std::numeric_limits<double>::quiet_NaN();  // standard error of loss - shadow
  double violation_shadow = 0, dead_shadow = 0;
  double val_loss = std::numeric_limits<double>::quiet_NaN();
  double val_shadow = std::numeric_limits<double>::quiet_NaN();
  std::string no_shadow;  // why one that was asked for tells nothing
};
std::string text_of(const OperationVerdict& verdict);

class OperationWatch {
 public:
  // shadowed: take() will be given what a shadow made of the same steps.
  void begin(std::string operation, std::int64_t step, bool shadowed = false);
  // Something else was changed after step `step`: those under way say so, and no trend reaches behind it.
  void disturb(const std::string& what, std::int64_t step);
  // Those whose verdict is still to come.
  std::vector<std::string> open() const;
  // There is no shadow any more, or there never was: whoever was to be held against it is judged by the trend.
  void end_shadow(const std::string& why);
  bool has_shadow() const;
  // Those that this step completes. shadow: its record of the same step; null: there is none.
  std::vector<OperationVerdict> take(const StepRecord& record, const StepRecord* shadow = nullptr);

 private:
  struct Seen {
    std::int64_t step = 0;
    double loss = 0, violation = 0, dead = 0;
    double val_loss = std::numeric_limits<double>::quiet_NaN();
  };
  static Seen seen_in(const StepRecord& record);
  struct Open {
    OperationVerdict verdict;
    std::vector<Seen> before, after, shadow;
    bool shadowed = false;
  };
  static void judge_by_trend(Open& open, const std::vector<Seen>& late);
  static void judge_by_shadow(Open& open, const std::vector<Seen>& late);
  std::deque<Seen> last_;
  std::vector<Open> open_;
};

}  // namespace switchyard
